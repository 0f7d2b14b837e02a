//! The instances that serve one desk: warm between calls, one call at a time each.

use super::calls::{Call, Make};
use crate::catalog::{Digest, Source};
use crate::contract::connector::Manifest;
use crate::contract::types;
use crate::diagnosis::{self, Diagnoses, Failed, Played};
use crate::engine::{
    ComputedTooLong, GuestSettings, HostState, Instance, Linked, Profile, Runtime, Stopped,
};
use crate::error::{Error, Problem};
use crate::gate::{CallRecord, Gate};
use crate::settings::Limits;
use crate::spent::Spent;
use crate::trust::Asks;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Semaphore;
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi_http::FieldMapError;

/// Calls to one desk at once; more wait. Far above what any desk answers in parallel, far below
/// what the pool holds.
const CALLS: usize = 16;

/// A component that was compiled and linked, with what it says of itself.
pub(crate) struct Prepared {
    pub(crate) digest: Digest,
    pub(crate) source: Source,
    pub(crate) profile: Profile,
    pub(crate) linked: Linked,
    pub(crate) manifest: Manifest,
    /// What it asks for, or why it may not. None where it is built in: nobody compares it.
    pub(crate) asks: Option<Result<Asks, Error>>,
}

impl Prepared {
    pub(crate) fn asks(&self) -> Result<Asks, Error> {
        let unknown = || Err(Error::Host(Problem::new("nobody looked what it asks for")));
        self.asks.clone().unwrap_or_else(unknown)
    }
}

/// What a call of the guest comes to: its own result, or a trap.
pub(crate) type Called<'a, R> =
    Pin<Box<dyn Future<Output = wasmtime::Result<Result<R, types::Error>>> + Send + 'a>>;

/// How a call ended.
pub(crate) enum Outcome<R> {
    Answered(R),
    /// The connector's own error.
    Refused(types::Error),
}

pub(super) struct Instances {
    runtime: Arc<Runtime>,
    prepared: Arc<Prepared>,
    desk: Arc<str>,
    gate: Arc<Gate>,
    settings: Arc<GuestSettings>,
    limits: Limits,
    idle: Mutex<Vec<(Instance, u32)>>,
    /// None is kept warm any more.
    closed: AtomicBool,
    calls: Semaphore,
    diagnoses: Diagnoses,
}

impl Instances {
    pub(super) fn new(
        runtime: &Arc<Runtime>,
        prepared: &Arc<Prepared>,
        desk: &Arc<str>,
        gate: Gate,
        settings: GuestSettings,
        limits: Limits,
    ) -> Self {
        Self {
            runtime: Arc::clone(runtime),
            prepared: Arc::clone(prepared),
            desk: Arc::clone(desk),
            gate: Arc::new(gate),
            settings: Arc::new(settings),
            limits,
            idle: Mutex::new(Vec::new()),
            closed: AtomicBool::new(false),
            calls: Semaphore::new(CALLS),
            diagnoses: Diagnoses::default(),
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Instance, u32)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the warm instances, and those of calls in progress once these have ended, as they would. The pool
    /// is for all desks: one that was replaced holds nothing of it for as long as somebody remembers it.
    pub(super) fn cool(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.idle().clear();
    }

    /// One call of the connector, within its limits. What the gate saw explains a failure better
    /// than the connector can.
    pub(super) async fn call<C: Call>(
        &self,
        learned: Option<Arc<[u8]>>,
        call: &C,
    ) -> Result<Outcome<C::Answer>, Error> {
        self.call_telling(learned, call, &AtomicBool::new(false))
            .await
    }

    /// The same, and tells whether a request that may have changed something in the desk went out.
    pub(super) async fn call_telling<C: Call>(
        &self,
        learned: Option<Arc<[u8]>>,
        call: &C,
        wrote: &AtomicBool,
    ) -> Result<Outcome<C::Answer>, Error> {
        let _permit = self.calls.acquire().await;
        let begun = Instant::now();
        let warm = self.idle().pop();
        let calls_before = warm.as_ref().map_or(0, |(_, calls)| *calls);
        let kept = warm.is_some();
        let record = Arc::new(CallRecord::default());
        let making = Making {
            runtime: &self.runtime,
            prepared: &self.prepared,
            desk: &self.desk,
            limits: &self.limits,
            settings: &self.settings,
            learned: learned.clone(),
            record: &record,
        };
        let way = Way::Gate(&self.gate);
        let ended = making
            .make(warm.map(|(instance, _)| instance), way, call)
            .await;
        self.tell(&record.spent(&self.desk, C::NAME, begun.elapsed(), kept));
        if record.wrote() {
            wrote.store(true, Ordering::Relaxed);
        }
        let (stopped, trace) = match &ended {
            Ended::Stopped(stopped) => (true, stopped.trace()),
            Ended::Overran | Ended::Answered(..) => (false, None),
        };
        let (outcome, instance) = judged(&record, &self.prepared.manifest.id, &self.limits, ended);
        if let Some(instance) = instance {
            self.keep(*instance, calls_before + 1);
        }
        let Err(error) = outcome else { return outcome };
        if !stopped && !matches!(error, Error::Connector(_)) {
            return Err(error);
        }
        let Some(state) = &self.runtime.state else {
            return Err(error);
        };
        let failed = Failed {
            desk: &self.desk,
            prepared: &self.prepared,
            gate: &self.gate,
            settings: &self.settings,
            limits: &self.limits,
            call: call.clone().into(),
            calls_before,
            learned: learned.as_deref(),
            error: &error,
            trace,
            tape: &record.tape,
        };
        Err(match self.diagnoses.keep(state, failed) {
            Some(file) => diagnosis::naming(error, &file),
            None => error,
        })
    }

    /// Tells what a call used up.
    fn tell(&self, spent: &Spent) {
        tracing::debug!(
            desk = %self.desk,
            call = spent.call,
            took = ?spent.took,
            guest = ?spent.guest,
            host = ?spent.host,
            network = ?spent.network,
            memory = spent.memory,
            requests = spent.requests,
            sent = spent.sent,
            received = spent.received,
            kept_connections = spent.kept_connections,
            kept_instance = spent.kept_instance,
            "call"
        );
        if let Some(watcher) = self.runtime.watcher.get() {
            watcher(spent);
        }
    }

    /// Keeps an instance warm, unless it has served long enough or grown too large.
    fn keep(&self, instance: Instance, calls: u32) {
        let large = instance.store.data().memory.held() > self.limits.memory / 2;
        let mut idle = self.idle();
        // With the lock: whoever closes it now clears afterwards.
        if calls < self.limits.instance_calls && !large && !self.closed.load(Ordering::Relaxed) {
            idle.push((instance, calls));
        }
    }
}

/// Where the requests of a call go.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    /// Nowhere: there is no desk yet.
    Closed,
    Gate(&'a Arc<Gate>),
    /// To a file, which has the answers.
    Played(&'a Arc<Played>),
}

/// All that a call needs beside an instance.
pub(crate) struct Making<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) prepared: &'a Prepared,
    pub(crate) desk: &'a Arc<str>,
    pub(crate) limits: &'a Limits,
    pub(crate) settings: &'a Arc<GuestSettings>,
    pub(crate) learned: Option<Arc<[u8]>>,
    pub(crate) record: &'a Arc<CallRecord>,
}

/// How a call ended, before what the gate saw is looked at.
pub(crate) enum Ended<R> {
    Answered(Box<Instance>, Result<R, types::Error>),
    Stopped(Stopped),
    /// The instance was dropped with its call: it is never used again.
    Overran,
}

impl Making<'_> {
    /// Makes a call, in a new instance where there is none from before.
    pub(crate) async fn make<M: Make>(
        self,
        warm: Option<Instance>,
        way: Way<'_>,
        call: &M,
    ) -> Ended<M::Answer> {
        let compute = self.limits.compute_timeout;
        let work = async {
            let mut instance = match warm {
                Some(warm) => warm,
                None => {
                    let mut state = HostState::new(self.desk, self.limits);
                    state.begin(self.record, Way::Closed, None, None, compute);
                    let linked = &self.prepared.linked;
                    self.runtime.instantiate(linked, state).await?
                }
            };
            let settings = Some(self.settings);
            let state = instance.store.data_mut();
            state.begin(self.record, way, settings, self.learned, compute);
            match call.make(&mut instance).await {
                Ok(result) => Ok((instance, result)),
                Err(trap) => Err(instance.stopped(trap)),
            }
        };
        let work = self.record.meter.measure(work);
        match tokio::time::timeout(self.limits.call_timeout, work).await {
            Ok(Ok((instance, result))) => Ended::Answered(Box::new(instance), result),
            Ok(Err(stopped)) => Ended::Stopped(stopped),
            Err(_) => Ended::Overran,
        }
    }
}

/// What a call came to, with its instance where that may be used again.
pub(crate) fn judged<R>(
    record: &CallRecord,
    id: &str,
    limits: &Limits,
    ended: Ended<R>,
) -> (Result<Outcome<R>, Error>, Option<Box<Instance>>) {
    let trouble = record.take_trouble();
    let (instance, result) = match ended {
        Ended::Overran => return (Err(trouble.unwrap_or_else(|| overran(id, limits))), None),
        Ended::Stopped(stopped) => return (Err(trouble.unwrap_or_else(|| crash(&stopped))), None),
        Ended::Answered(instance, result) => (instance, result),
    };
    let outcome = match (result, trouble) {
        (Ok(answer), None) => Ok(Outcome::Answered(answer)),
        // It went on after a failed request, as it may; not after a forbidden one.
        (Ok(answer), Some(trouble)) if !matches!(trouble, Error::Refused(_)) => {
            tracing::debug!(%trouble, "a request failed on the way");
            Ok(Outcome::Answered(answer))
        }
        // It has looked further than to the request that had no answer, and knows more.
        (Err(error @ types::Error::InvalidSetting(_)), Some(Error::Unavailable { .. })) => {
            Ok(Outcome::Refused(error))
        }
        (_, Some(trouble)) => Err(trouble),
        (Err(error), None) => Ok(Outcome::Refused(error)),
    };
    (outcome, Some(instance))
}

fn overran(id: &str, limits: &Limits) -> Error {
    Error::Connector(Problem::new(format!(
        "the connector {id} did not end its call within {} s and was stopped (limit \
         \"call_timeout\")",
        limits.call_timeout.as_secs_f32()
    )))
}

/// Part of what the engine says when a guest hands over too much; it has no type for that.
const TOO_MUCH: &str = "hostcalls has been exhausted";

/// Why a connector was stopped, for people.
pub(crate) fn crash(stopped: &Stopped) -> Error {
    let Stopped {
        trap,
        refused,
        handles,
        result,
    } = stopped;
    let message = if let Some(ComputedTooLong(after)) = trap.downcast_ref() {
        format!(
            "the connector computed for {} s and was stopped (limit \"compute_timeout\")",
            after.as_secs_f32()
        )
    } else if let Some(memory) = refused {
        format!("the connector ran out of memory: {memory} (limit \"memory\")")
    } else if format!("{trap:#}").contains(TOO_MUCH) {
        format!(
            "the connector handed over more than {} at once and was stopped (limit \"result\")",
            crate::text::size(*result)
        )
    } else if let Some(ResourceTableError::Full) = trap.downcast_ref() {
        format!(
            "the connector used {handles} of {handles} handles and wanted another (limit \"handles\")"
        )
    } else if let Some(FieldMapError::TotalSizeTooBig | FieldMapError::TooManyFields) =
        trap.downcast_ref()
    {
        "the connector put more headers into a request than any desk takes (128 KiB) and was stopped"
            .to_owned()
    } else {
        match trap.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => {
                "the connector crashed: its calls are nested too deeply".to_owned()
            }
            Some(trap) => format!("the connector crashed: {trap}"),
            None => "the connector broke the contract and was stopped".to_owned(),
        }
    };
    Error::Connector(Problem::new(message).with_detail(format!("{trap:#}")))
}
