//! Delivery into a logbook that the CMDB keeps in this very process.

use super::{Cmdb, Failure, Found, Outcome, Sent, Trouble};
use crate::entry::{Entry, EntryId};
use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

/// Entries that are added at once.
const BATCH: usize = 500;
/// A journal that has not answered by then is given up, and asked later what it has.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long a journal may still be at work on what it was given up for.
const SETTLE: Duration = Duration::from_secs(10);

/// The logbook of a CMDB that embeds this library: a table of its own, with the entry's id as the key.
///
/// There is much less to promise than for a [`Cmdb`] behind a network: adding is idempotent, since an id
/// that is there already is left alone. So an entry arrives once whatever gets lost in between.
pub trait Journal: Send + Sync {
    /// Adds the entries that are not there yet, in this order and in one transaction: all of them or, with
    /// an error, none. An error stands for a journal in trouble, and all entries wait; what one entry alone
    /// makes impossible, [`refuses`](Self::refuses) tells before. By [`Embedded::settle`] after it has ended or was dropped nothing is under way.
    fn add(&self, entries: &[Entry]) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Those of the ids that are there.
    fn has(
        &self,
        ids: &[EntryId],
    ) -> impl Future<Output = Result<HashSet<EntryId>, Trouble>> + Send;

    /// Why this entry can never be added (the CMDB has no such object, say); none: it can.
    fn refuses(
        &self,
        entry: &Entry,
    ) -> impl Future<Output = Result<Option<String>, Trouble>> + Send {
        let _ = entry;
        std::future::ready(Ok(None))
    }
}

/// A [`Journal`] as what entries are delivered to.
#[derive(Debug, Clone)]
pub struct Embedded<J> {
    journal: J,
    /// How long the journal may still be at work after a call was dropped.
    pub settle: Duration,
    /// How long one call may take before it is dropped.
    pub patience: Duration,
}

impl<J: Journal> Embedded<J> {
    /// Delivers into this journal.
    pub fn new(journal: J) -> Self {
        Self {
            journal,
            settle: SETTLE,
            patience: PATIENCE,
        }
    }

    /// The journal.
    pub fn journal(&self) -> &J {
        &self.journal
    }
}

impl<J: Journal> Cmdb for Embedded<J> {
    async fn deliver(&self, entries: &[Entry]) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes = Vec::with_capacity(entries.len());
        let mut fit = Vec::with_capacity(entries.len());
        for entry in entries {
            let refused = self.journal.refuses(entry).await;
            // Nothing has been added by now.
            outcomes.push(match refused.map_err(Failure::NotSent)? {
                Some(reason) => Outcome::Refused {
                    reason,
                    for_good: true,
                },
                None => {
                    fit.push(entry.clone());
                    Outcome::Delivered { remote: None }
                }
            });
        }
        if !fit.is_empty() {
            self.journal.add(&fit).await.map_err(Failure::NotSent)?;
        }
        Ok(outcomes)
    }

    async fn look_up(&self, sent: &[Sent]) -> Result<Vec<Found>, Trouble> {
        let ids: Vec<EntryId> = sent.iter().map(|sent| sent.entry.id.clone()).collect();
        let there = self.journal.has(&ids).await?;
        let found = |id: &EntryId| match there.contains(id) {
            true => Found::There { remote: None },
            false => Found::NotThere,
        };
        Ok(ids.iter().map(found).collect())
    }

    fn batch(&self) -> usize {
        BATCH
    }

    fn settle_time(&self) -> Duration {
        self.settle
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}
