//! Tickets of objects, kept for a short while: a page of the CMDB is not slower than this process, whatever
//! the desk is.
//!
//! What is younger than [`FRESH`] is given as it is. What is older is given, too, and asked for anew at the
//! same time; older than [`KEPT`] it is gone. A desk is asked for an object once, however many wait for the
//! answer, and the answer is kept even when nobody waits any more.

use crate::metrics::Metrics;
use jiff::Timestamp;
use sgi_host::{Desk, Error, Filter, Fleet, Object, Problem, Ticket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// No older than this, a list is not asked for anew.
pub(crate) const FRESH: Duration = Duration::from_secs(15);
/// No older than this, a list is shown.
pub(crate) const KEPT: Duration = Duration::from_secs(600);
/// After a failure the desk is left alone for so long.
const QUIET: Duration = Duration::from_secs(5);
/// What all lists may take up, in bytes.
const ROOM: u64 = 128 << 20;
/// Lists that one desk is asked for at once; more wait.
const AT_ONCE: usize = 16;
/// Lists that wait for one desk; more are turned away.
const WAITING: usize = 512;

/// Which list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    desk: String,
    /// Of the fleet: what another connector brought is another list.
    generation: u64,
    object: String,
    filter: Filter,
}

/// A list as it was.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// The tickets, in the desk's order.
    pub(crate) tickets: Arc<[Ticket]>,
    /// When the desk was asked.
    pub(crate) as_of: Timestamp,
    /// How long ago.
    pub(crate) age: Duration,
}

/// What there is to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// The list, where there is one.
    pub(crate) listed: Option<Listed>,
    /// Whether the desk is being asked at this moment.
    pub(crate) asking: bool,
    /// Why the last attempt failed.
    pub(crate) error: Option<Error>,
}

#[derive(Default)]
struct State {
    listed: Option<(Instant, Timestamp, Arc<[Ticket]>)>,
    failed: Option<(Instant, Error)>,
    asking: Option<watch::Receiver<bool>>,
}

impl State {
    fn answer(&self) -> Answer {
        let listed = self.listed.as_ref().map(|(at, as_of, tickets)| Listed {
            tickets: Arc::clone(tickets),
            as_of: *as_of,
            age: at.elapsed(),
        });
        Answer {
            listed: listed.filter(|listed| listed.age < KEPT),
            asking: self.asking.is_some(),
            error: self.failed.as_ref().map(|(_, error)| error.clone()),
        }
    }

    fn weight(&self) -> u64 {
        let tickets = self
            .listed
            .iter()
            .flat_map(|(_, _, tickets)| tickets.iter());
        tickets.map(weight).sum()
    }
}

#[derive(Default)]
struct Slot(Mutex<State>);

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lists of all desks.
#[derive(Clone)]
pub(crate) struct Tickets {
    fleet: Fleet,
    slots: moka::sync::Cache<Key, Arc<Slot>>,
    desks: moka::sync::Cache<String, Arc<Queue>>,
    metrics: Arc<Metrics>,
}

/// The lists that wait for one desk: one that hangs makes nobody else wait.
struct Queue {
    places: Semaphore,
    calls: Semaphore,
}

impl Tickets {
    /// Nothing is known yet.
    pub(crate) fn new(fleet: Fleet, metrics: Arc<Metrics>) -> Self {
        let weigh = |key: &Key, slot: &Arc<Slot>| {
            let weight = slot.lock().weight() + key.object.len() as u64 + 256;
            u32::try_from(weight).unwrap_or(u32::MAX)
        };
        Self {
            fleet,
            slots: moka::sync::Cache::builder()
                .weigher(weigh)
                .max_capacity(ROOM)
                .time_to_live(KEPT + QUIET)
                .build(),
            desks: moka::sync::Cache::builder().max_capacity(10_000).build(),
            metrics,
        }
    }

    /// The tickets of an object in a desk. A list that is not there is waited for, no longer than `wait`; then
    /// the answer is that the desk is being asked.
    pub(crate) async fn of(
        &self,
        desk: &str,
        object: &Object,
        filter: Filter,
        wait: Duration,
    ) -> Result<Answer, Error> {
        let (served, generation) = self.fleet.generation(desk)?;
        let key = Key {
            desk: desk.to_owned(),
            generation,
            object: serde_json::to_string(object).unwrap_or_else(|_| object.id.clone()),
            filter,
        };
        let slot = self.slots.get_with(key.clone(), Arc::default);
        let mut asking = {
            let mut state = slot.lock();
            let answer = state.answer();
            if let Some(listed) = &answer.listed
                && listed.age < FRESH
            {
                self.metrics.listed(desk, "fresh");
                return Ok(answer);
            }
            let quiet = matches!(&state.failed, Some((at, _)) if at.elapsed() < QUIET);
            if state.asking.is_none() {
                if quiet {
                    self.metrics.listed(desk, "quiet");
                    return Ok(answer);
                }
                let (done, asking) = watch::channel(false);
                state.asking = Some(asking);
                let work = self
                    .clone()
                    .ask(served, key, object.clone(), Arc::clone(&slot), done);
                tokio::spawn(work);
            }
            if answer.listed.is_some() {
                self.metrics.listed(desk, "stale");
                return Ok(Answer {
                    asking: true,
                    ..answer
                });
            }
            state.asking.clone()
        };
        self.metrics.listed(desk, "asked");
        if let Some(asking) = &mut asking {
            let done = tokio::time::timeout(wait, asking.wait_for(|done| *done)).await;
            if done.is_err() {
                return Ok(Answer {
                    asking: true,
                    error: Some(late(desk, wait)),
                    listed: None,
                });
            }
        }
        let answer = slot.lock().answer();
        match answer {
            Answer {
                listed: None,
                error: Some(error),
                ..
            } => Err(error),
            answer => Ok(answer),
        }
    }

    async fn ask(
        self,
        desk: Desk,
        key: Key,
        object: Object,
        slot: Arc<Slot>,
        done: watch::Sender<bool>,
    ) {
        let (began, as_of) = (Instant::now(), Timestamp::now());
        let outcome = self.ask_desk(&desk, &object, key.filter).await;
        self.metrics.called(
            &key.desk,
            "tickets",
            outcome.as_ref().err(),
            began.elapsed(),
        );
        {
            let mut state = slot.lock();
            state.asking = None;
            match outcome {
                Ok(tickets) => {
                    state.listed = Some((began, as_of, tickets.into()));
                    state.failed = None;
                }
                Err(error) => state.failed = Some((Instant::now(), error)),
            }
        }
        // Weighed anew.
        self.slots.insert(key, slot);
        // Nobody waits any more: fine.
        let _ = done.send(true);
    }

    async fn ask_desk(
        &self,
        desk: &Desk,
        object: &Object,
        filter: Filter,
    ) -> Result<Vec<Ticket>, Error> {
        let queue = self.desks.get_with(desk.name().to_owned(), || {
            Arc::new(Queue {
                places: Semaphore::new(WAITING),
                calls: Semaphore::new(AT_ONCE),
            })
        });
        let Ok(_place) = queue.places.try_acquire() else {
            return Err(Error::Unavailable {
                problem: Problem::new(format!(
                    "{WAITING} lists wait for the desk already: it is slower than it is asked"
                )),
                retry_after: Some(QUIET),
            });
        };
        // The semaphore is never closed.
        let _call = queue.calls.acquire().await;
        desk.tickets(object, filter).await
    }

    /// Forgets the lists of a desk: something was changed through this process.
    pub(crate) fn forget(&self, desk: &str) {
        let of_desk: Vec<Arc<Key>> = self
            .slots
            .iter()
            .map(|(key, _)| key)
            .filter(|key| key.desk == desk)
            .collect();
        for key in of_desk {
            self.slots.invalidate(&*key);
        }
    }
}

fn late(desk: &str, wait: Duration) -> Error {
    Error::Unavailable {
        problem: Problem::new(format!(
            "the desk {desk} has not answered within {} s; its answer is kept when it comes, and is there \
             when you ask again",
            wait.as_secs_f32()
        )),
        retry_after: Some(QUIET),
    }
}

/// About what a ticket takes up.
fn weight(ticket: &Ticket) -> u64 {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let lists = ticket.requestors.iter().chain(&ticket.objects);
    let fields = ticket.fields.iter();
    let length = ticket.id.len()
        + ticket.number.len()
        + ticket.subject.len()
        + ticket.status.len()
        + ticket.url.len()
        + optional(&ticket.class)
        + optional(&ticket.queue)
        + optional(&ticket.priority)
        + optional(&ticket.owner)
        + lists.map(|text| text.len() + 24).sum::<usize>()
        + fields
            .map(|field| {
                48 + field.name.len() + field.values.iter().map(|v| v.len() + 24).sum::<usize>()
            })
            .sum::<usize>();
    length as u64 + size_of::<Ticket>() as u64
}
