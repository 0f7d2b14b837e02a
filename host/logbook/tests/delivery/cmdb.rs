//! A CMDB in memory that does what it is told to do wrong.

use sgi_logbook::Entry;
use sgi_logbook::delivery::{Cmdb, Failure, Found, Outcome, Sent, Trouble};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to one call of `deliver`.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// All is well.
    Well,
    /// Nothing is sent.
    NotSent,
    /// So many are taken, then the answer is lost.
    LostAfter(usize),
    /// Nothing is taken before the answer is lost, all of it later: while it settles.
    Late,
    /// So many are taken, then nothing is heard any more.
    HangAfter(usize),
    /// So many are told of, and all taken.
    Fewer(usize),
    /// This outcome for each; none is taken.
    Each(Outcome),
    /// This outcome for the entries of this object; the others are taken.
    At(&'static str, Outcome),
}

#[derive(Debug, Default)]
struct Inner {
    log: Vec<(String, String)>,
    fates: VecDeque<Fate>,
    always: Option<Fate>,
    look_ups: VecDeque<Result<bool, ()>>,
    calls: Vec<usize>,
}

/// See the module. A clone is the same CMDB.
#[derive(Debug, Clone)]
pub(crate) struct Fake {
    inner: Arc<Mutex<Inner>>,
    pub(crate) batch: usize,
}

impl Fake {
    pub(crate) fn new(fates: impl IntoIterator<Item = Fate>) -> Self {
        let inner = Inner {
            fates: fates.into_iter().collect(),
            ..Inner::default()
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            batch: 8,
        }
    }

    /// What happens when no other fate is left.
    pub(crate) fn always(self, fate: Fate) -> Self {
        self.inner.lock().unwrap().always = Some(fate);
        self
    }

    /// How the next look-ups end: properly, with "cannot tell", or not at all.
    pub(crate) fn look_ups(self, ends: impl IntoIterator<Item = Result<bool, ()>>) -> Self {
        self.inner.lock().unwrap().look_ups = ends.into_iter().collect();
        self
    }

    /// The entries it has, in the order in which it took them: object and id.
    pub(crate) fn log(&self) -> Vec<(String, String)> {
        self.inner.lock().unwrap().log.clone()
    }

    /// How many entries each call of `deliver` had.
    pub(crate) fn calls(&self) -> Vec<usize> {
        self.inner.lock().unwrap().calls.clone()
    }

    fn take(&self, entry: &Entry) {
        let row = (entry.object.clone(), entry.id.to_string());
        self.inner.lock().unwrap().log.push(row);
    }
}

impl Cmdb for Fake {
    async fn deliver(&self, entries: &[Entry]) -> Result<Vec<Outcome>, Failure> {
        let fate = {
            let mut inner = self.inner.lock().unwrap();
            inner.calls.push(entries.len());
            let fate = inner.fates.pop_front().or_else(|| inner.always.clone());
            fate.unwrap_or(Fate::Well)
        };
        let trouble = || Trouble::new("as it was told");
        tokio::task::yield_now().await;
        let taken = match &fate {
            Fate::Well | Fate::Fewer(_) => entries.len(),
            Fate::LostAfter(count) | Fate::HangAfter(count) => (*count).min(entries.len()),
            Fate::NotSent | Fate::Late | Fate::Each(_) | Fate::At(..) => 0,
        };
        for entry in entries.iter().take(taken) {
            self.take(entry);
            tokio::task::yield_now().await;
        }
        let all = |entries: &[Entry]| {
            let delivered = |_| Outcome::Delivered { remote: None };
            entries.iter().map(delivered).collect::<Vec<_>>()
        };
        match fate {
            Fate::Well => Ok(all(entries)),
            Fate::NotSent => Err(Failure::NotSent(trouble())),
            Fate::LostAfter(_) => Err(Failure::Unknown(trouble())),
            Fate::HangAfter(_) => std::future::pending().await,
            Fate::Late => {
                let (fake, late) = (self.clone(), entries.to_vec());
                tokio::spawn(async move {
                    tokio::time::sleep(SETTLE / 3).await;
                    late.iter().for_each(|entry| fake.take(entry));
                });
                Err(Failure::Unknown(trouble()))
            }
            Fate::Fewer(count) => Ok(all(&entries[..count.min(entries.len())])),
            Fate::Each(outcome) => Ok(vec![outcome; entries.len()]),
            Fate::At(object, outcome) => {
                let judge = |entry: &Entry| {
                    if entry.object == object {
                        return outcome.clone();
                    }
                    self.take(entry);
                    Outcome::Delivered { remote: None }
                };
                Ok(entries.iter().map(judge).collect())
            }
        }
    }

    async fn look_up(&self, sent: &[Sent]) -> Result<Vec<Found>, Trouble> {
        let end = self.inner.lock().unwrap().look_ups.pop_front();
        tokio::task::yield_now().await;
        match end {
            Some(Err(())) => Err(Trouble::new("no answer")),
            Some(Ok(false)) => Ok(vec![
                Found::CannotTell {
                    reason: "too many rows".to_owned()
                };
                sent.len()
            ]),
            Some(Ok(true)) | None => {
                let log = self.log();
                let find = |sent: &Sent| {
                    let id = sent.entry.id.as_str();
                    match log.iter().any(|(_, there)| there == id) {
                        true => Found::There {
                            remote: Some(format!("remote {id}")),
                        },
                        false => Found::NotThere,
                    }
                };
                Ok(sent.iter().map(find).collect())
            }
        }
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn settle_time(&self) -> Duration {
        SETTLE
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(15)
    }
}

/// Long enough for a busy machine to be late by half of it.
const SETTLE: Duration = Duration::from_millis(30);
