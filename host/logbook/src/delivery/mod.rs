//! Delivering entries to the CMDB: the outbox.
//!
//! ```text
//! Waiting ──▶ Sending ──▶ Delivered
//!    ▲           │ ├────▶ Refused ───┐
//!    │           │ └────▶ Undecided ─┤ a person
//!    └───────────┴───────────────────┘
//! ```
//!
//! `Sending` is written down before anything is sent. Whatever is found in it later (the process died,
//! the answer was lost) has an unknown outcome: it waits until the CMDB cannot be at work on it any
//! more, and is looked up. Only what the CMDB is known not to have is sent again.
//!
//! Entries of one object are sent in the order in which they were committed: while one is waiting for a
//! later attempt or for its look-up, those after it wait, too ([`Store::due`]). The order is lost where
//! one of a batch fails and those after it do not, and behind one that is undecided or refused.

mod cmdb;
mod embedded;
mod follow;
mod pause;
mod resolve;

pub use cmdb::{Cmdb, Failure, Found, Outcome, Sent, Trouble};
pub use embedded::{Embedded, Journal};
pub use follow::{Told, follow};
pub use pause::Breaker;
pub use resolve::{Decision, ResolveError, resolve};

use crate::entry::Entry;
use crate::store::{Delivery, Mark, State, Store, StoreError};
use jiff::Timestamp;
use pause::{after, later};
use std::time::Duration;

/// Deliveries that are taken from the store at once.
const AT_ONCE: u32 = 500;

/// How entries are delivered.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Attempts after which an entry that the CMDB refuses, though not for good, is given up.
    pub attempts: u32,
    /// The pause after a first failure; it doubles with each one more.
    pub first_pause: Duration,
    /// No pause is longer, unless the CMDB wishes so.
    pub longest_pause: Duration,
}

impl Default for Settings {
    /// Ten attempts take some three hours.
    fn default() -> Self {
        Self {
            attempts: 10,
            first_pause: Duration::from_secs(30),
            longest_pause: Duration::from_secs(3600),
        }
    }
}

/// What a pass did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Entries that the CMDB has now, those found by a look-up included.
    pub delivered: u64,
    /// Entries that it will never take.
    pub refused: u64,
    /// Entries that a person must look for.
    pub undecided: u64,
    /// Entries that will be tried again or looked up.
    pub postponed: u64,
    /// When the next pass has something to do; none: as soon as there are new entries.
    pub again: Option<Timestamp>,
}

/// Delivers what is due. `progress` is told after each batch, and says whether to go on.
///
/// A pass may be dropped at any moment. That the CMDB cannot be reached is no error: the breaker says
/// so, and [`Progress::again`] when to come back.
///
/// # Errors
/// The store failed. What had been sent by then will be looked up.
pub async fn pass<C: Cmdb, T: Store>(
    cmdb: &C,
    store: &T,
    lease: &T::Lease,
    settings: &Settings,
    breaker: &mut Breaker,
    mut progress: impl FnMut(&Progress) -> bool,
) -> Result<Progress, StoreError> {
    let mut told = Progress::default();
    loop {
        let now = Timestamp::now();
        if breaker.is_open(now) {
            break;
        }
        let due = store.due(lease, now, AT_ONCE).await?;
        let (unknown, waiting): (Vec<Delivery>, Vec<Delivery>) = due
            .into_iter()
            .partition(|delivery| delivery.state == State::Sending);
        // First: what comes after them at their objects waits for them.
        let marks = if !unknown.is_empty() {
            let unknown = unknown.into_iter().take(cmdb.batch().max(1)).collect();
            look_up(cmdb, settings, breaker, unknown).await
        } else if !waiting.is_empty() {
            let batch = batch(waiting, cmdb.batch(), breaker.doubts());
            send(cmdb, store, lease, settings, breaker, batch).await?
        } else {
            break;
        };
        store.mark(lease, &marks).await?;
        for mark in &marks {
            *match mark.state {
                State::Delivered => &mut told.delivered,
                State::Refused => &mut told.refused,
                State::Undecided => &mut told.undecided,
                State::Waiting | State::Sending => &mut told.postponed,
            } += 1;
        }
        if !progress(&told) {
            break;
        }
    }
    let due = store.next_due().await?;
    told.again = due.max(due.and(breaker.until()));
    Ok(told)
}

/// The next deliveries to send together. One that failed before shares its batch with half as many
/// others each time, so that in the end a bad one is alone and spoils nothing.
fn batch(waiting: Vec<Delivery>, most: usize, one: bool) -> Vec<Delivery> {
    let mut room = if one { 1 } else { most.max(1) };
    let mut batch: Vec<Delivery> = Vec::new();
    for delivery in waiting {
        room = room.min(most.checked_shr(delivery.attempts).unwrap_or(0).max(1));
        if batch.len() >= room {
            break;
        }
        batch.push(delivery);
    }
    batch
}

/// Sends a batch. What it returns is not written down yet.
async fn send<C: Cmdb, T: Store>(
    cmdb: &C,
    store: &T,
    lease: &T::Lease,
    settings: &Settings,
    breaker: &mut Breaker,
    batch: Vec<Delivery>,
) -> Result<Vec<Mark>, StoreError> {
    let sent = Timestamp::now();
    let longest = cmdb.patience().saturating_add(cmdb.settle_time());
    let sending: Vec<Mark> = batch
        .iter()
        .map(|delivery| Mark {
            entry: delivery.entry.id.clone(),
            state: State::Sending,
            attempts: delivery.attempts.saturating_add(1),
            sent: Some(sent),
            due: Some(later(sent, longest)),
            reason: Some("it is being sent, or was when the program ended".to_owned()),
            remote: None,
        })
        .collect();
    store.mark(lease, &sending).await?;
    let entries: Vec<Entry> = batch.iter().map(|d| d.entry.clone()).collect();
    let answer = tokio::time::timeout(cmdb.patience(), cmdb.deliver(&entries))
        .await
        .unwrap_or_else(|_| {
            Err(Failure::Unknown(Trouble::new(
                "the CMDB did not answer in time",
            )))
        });
    let now = Timestamp::now();
    let settled = later(now, cmdb.settle_time());
    let marks = match answer {
        Ok(mut outcomes) => {
            outcomes.resize_with(sending.len(), || Outcome::Unknown {
                reason: "the CMDB's answer does not tell what became of it".to_owned(),
            });
            match setback(&outcomes) {
                Some((reason, wish)) => breaker.failed(settings, &reason, wish),
                None => breaker.reset(),
            }
            sending
                .into_iter()
                .zip(outcomes)
                .map(|(mark, outcome)| judged(settings, mark, outcome, now, settled))
                .collect()
        }
        Err(Failure::NotSent(trouble)) => {
            breaker.failed(settings, &trouble.reason, trouble.after);
            // As if it had not been tried; the breaker says when it is.
            sending
                .into_iter()
                .zip(batch)
                .map(|(mark, before)| Mark {
                    state: State::Waiting,
                    attempts: before.attempts,
                    sent: before.sent,
                    due: Some(now),
                    reason: Some(trouble.reason.clone()),
                    ..mark
                })
                .collect()
        }
        Err(Failure::Unknown(trouble)) => {
            breaker.failed(settings, &trouble.reason, trouble.after);
            sending
                .into_iter()
                .map(|mark| Mark {
                    due: Some(settled),
                    reason: Some(trouble.reason.clone()),
                    ..mark
                })
                .collect()
        }
    };
    Ok(marks)
}

/// Why nothing of a batch got through, if that is so: the rest would fare no better now.
fn setback(outcomes: &[Outcome]) -> Option<(String, Option<Duration>)> {
    let mut first = None;
    for outcome in outcomes {
        let (reason, wish) = match outcome {
            Outcome::Delivered { .. } | Outcome::Refused { .. } => return None,
            Outcome::Retry { reason, after } => (reason, *after),
            Outcome::Unknown { reason } => (reason, None),
        };
        first.get_or_insert_with(|| (reason.clone(), wish));
    }
    first
}

/// What one outcome makes of a delivery that is being sent.
fn judged(
    settings: &Settings,
    mark: Mark,
    outcome: Outcome,
    now: Timestamp,
    settled: Timestamp,
) -> Mark {
    let again = |wish| {
        let seed = mark.entry.as_str().as_bytes();
        Some(after(settings, mark.attempts, wish, seed, now))
    };
    match outcome {
        Outcome::Delivered { remote } => Mark {
            state: State::Delivered,
            due: None,
            reason: None,
            remote,
            ..mark
        },
        Outcome::Refused { reason, for_good } if for_good || mark.attempts >= settings.attempts => {
            let reason = match for_good {
                true => reason,
                false => format!("given up after {} attempts: {reason}", mark.attempts),
            };
            Mark {
                state: State::Refused,
                due: None,
                reason: Some(reason),
                ..mark
            }
        }
        Outcome::Refused { reason, .. } => Mark {
            state: State::Waiting,
            due: again(None),
            reason: Some(reason),
            ..mark
        },
        Outcome::Retry { reason, after } => Mark {
            state: State::Waiting,
            due: again(after),
            reason: Some(reason),
            ..mark
        },
        Outcome::Unknown { reason } => Mark {
            due: Some(settled),
            reason: Some(reason),
            ..mark
        },
    }
}

/// Looks up deliveries whose outcome is not known. What it returns is not written down yet.
async fn look_up<C: Cmdb>(
    cmdb: &C,
    settings: &Settings,
    breaker: &mut Breaker,
    unknown: Vec<Delivery>,
) -> Vec<Mark> {
    let now = Timestamp::now();
    let sent: Vec<Sent> = unknown
        .iter()
        .map(|delivery| Sent {
            entry: delivery.entry.clone(),
            // Without an instant all of the logbook is looked through.
            at: delivery.sent.unwrap_or(Timestamp::UNIX_EPOCH),
        })
        .collect();
    let found = match cmdb.look_up(&sent).await {
        Ok(found) => found,
        Err(trouble) => {
            breaker.failed(settings, &trouble.reason, trouble.after);
            return Vec::new();
        }
    };
    // That it can be read does not say that it can be written: the breaker keeps its doubts.
    let missing = std::iter::repeat_with(|| Found::CannotTell {
        reason: "the CMDB was asked for it and did not answer".to_owned(),
    });
    unknown
        .into_iter()
        .zip(found.into_iter().chain(missing))
        .map(|(delivery, found)| {
            let mut mark = Mark {
                entry: delivery.entry.id.clone(),
                state: State::Delivered,
                attempts: delivery.attempts,
                sent: delivery.sent,
                due: None,
                reason: None,
                remote: None,
            };
            match found {
                Found::There { remote } => mark.remote = remote,
                Found::NotThere => {
                    mark.state = State::Waiting;
                    mark.reason =
                        Some("it was sent, and has not arrived: it will be sent again".to_owned());
                    let seed = delivery.entry.id.as_str().as_bytes();
                    mark.due = Some(match delivery.attempts {
                        0 | 1 => now,
                        more => after(settings, more - 1, None, seed, now),
                    });
                }
                Found::CannotTell { reason } => {
                    mark.state = State::Undecided;
                    mark.reason = Some(reason);
                }
            }
            mark
        })
        .collect()
}
