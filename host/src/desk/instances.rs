//! The instances that serve one desk: warm between calls, one call at a time each.

use crate::catalog::{Digest, Source};
use crate::contract::connector::Manifest;
use crate::contract::types;
use crate::engine::{
    ComputedTooLong, GuestSettings, HostState, Instance, Linked, Profile, Runtime, Stopped,
};
use crate::error::{Error, Problem};
use crate::gate::{CallRecord, Gate};
use crate::settings::Limits;
use crate::trust::Asks;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;

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
pub(super) type Called<'a, R> =
    Pin<Box<dyn Future<Output = wasmtime::Result<Result<R, types::Error>>> + Send + 'a>>;

/// How a call ended.
pub(super) enum Outcome<R> {
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
    pub(super) async fn call<R: Send>(
        &self,
        learned: Option<Arc<[u8]>>,
        call: impl for<'a> FnOnce(&'a mut Instance) -> Called<'a, R> + Send,
    ) -> Result<Outcome<R>, Error> {
        self.call_telling(learned, call, &AtomicBool::new(false))
            .await
    }

    /// The same, and tells whether a request that may have changed something in the desk went out.
    pub(super) async fn call_telling<R: Send>(
        &self,
        learned: Option<Arc<[u8]>>,
        call: impl for<'a> FnOnce(&'a mut Instance) -> Called<'a, R> + Send,
        wrote: &AtomicBool,
    ) -> Result<Outcome<R>, Error> {
        let _permit = self.calls.acquire().await;
        let warm = self.idle().pop();
        let record = Arc::new(std::sync::OnceLock::new());
        let work = async {
            let (mut instance, calls) = match warm {
                Some(warm) => warm,
                None => {
                    let mut state = HostState::new(&self.desk, &self.limits);
                    state.begin(None, None, None, self.limits.compute_timeout);
                    let linked = &self.prepared.linked;
                    (self.runtime.instantiate(linked, state).await?, 0)
                }
            };
            let current = instance.store.data_mut().begin(
                Some(&self.gate),
                Some(&self.settings),
                learned,
                self.limits.compute_timeout,
            );
            let _ = record.set(current);
            match call(&mut instance).await {
                Ok(result) => Ok((instance, calls, result)),
                Err(trap) => Err(instance.stopped(trap)),
            }
        };
        let ended = tokio::time::timeout(self.limits.call_timeout, work).await;
        if record.get().is_some_and(|record| record.wrote()) {
            wrote.store(true, Ordering::Relaxed);
        }
        let trouble = || {
            record
                .get()
                .and_then(|record: &Arc<CallRecord>| record.take_trouble())
        };
        match ended {
            // The instance was dropped with its call: it is never used again.
            Err(_) => Err(trouble().unwrap_or_else(|| self.overran())),
            Ok(Err(stopped)) => Err(trouble().unwrap_or_else(|| crash(&stopped))),
            Ok(Ok((instance, calls, result))) => {
                self.keep(instance, calls + 1);
                match (result, trouble()) {
                    (Ok(answer), None) => Ok(Outcome::Answered(answer)),
                    // It went on after a failed request, as it may; not after a forbidden one.
                    (Ok(answer), Some(trouble)) if !matches!(trouble, Error::Refused(_)) => {
                        tracing::debug!(desk = %self.desk, %trouble, "a request failed on the way");
                        Ok(Outcome::Answered(answer))
                    }
                    // It has looked further than to the request that had no answer, and knows more.
                    (
                        Err(error @ types::Error::InvalidSetting(_)),
                        Some(Error::Unavailable { .. }),
                    ) => Ok(Outcome::Refused(error)),
                    (_, Some(trouble)) => Err(trouble),
                    (Err(error), None) => Ok(Outcome::Refused(error)),
                }
            }
        }
    }

    /// Keeps an instance warm, unless it has served long enough or grown too large.
    fn keep(&self, instance: Instance, calls: u32) {
        let large = instance.store.data().memory.peak() > self.limits.memory / 2;
        let mut idle = self.idle();
        // With the lock: whoever closes it now clears afterwards.
        if calls < self.limits.instance_calls && !large && !self.closed.load(Ordering::Relaxed) {
            idle.push((instance, calls));
        }
    }

    fn overran(&self) -> Error {
        Error::Connector(Problem::new(format!(
            "the connector {} did not end its call within {} s and was stopped (limit \
             \"call_timeout\")",
            self.prepared.manifest.id,
            self.limits.call_timeout.as_secs_f32()
        )))
    }
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
