//! The CMDB that entries are delivered to: what an embedding host implements.

use crate::entry::Entry;
use jiff::Timestamp;
use std::future::Future;
use std::time::Duration;

/// What became of one entry. Reasons are for people: what happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The CMDB has it.
    Delivered {
        /// Its own id of the entry, where it told one.
        remote: Option<String>,
    },
    /// The CMDB said no to this entry, and does not have it.
    Refused {
        /// Why.
        reason: String,
        /// It will never take it: the object is gone, say. Otherwise it is tried again some times.
        for_good: bool,
    },
    /// The CMDB does not have it, for a reason that has nothing to do with the entry.
    Retry {
        /// Why.
        reason: String,
        /// Not earlier than after this time.
        after: Option<Duration>,
    },
    /// Whether the CMDB has it is not known: it will be looked up.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// Why a call to the CMDB came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Trouble {
    /// For people: what happened, and what to do.
    pub reason: String,
    /// Not to be tried earlier than after this time.
    pub after: Option<Duration>,
}

impl Trouble {
    /// One without a time.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            after: None,
        }
    }
}

/// Why a whole batch failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It is certain that the CMDB has taken none of it: no connection, a wrong key. Nothing is held
    /// against the entries.
    #[error("{0}")]
    NotSent(Trouble),
    /// The CMDB may have taken all, some or none of it.
    #[error("{0}")]
    Unknown(Trouble),
}

/// An entry whose outcome is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The entry.
    pub entry: Entry,
    /// When it was written down that it is being sent, by this machine's clock. It was not sent earlier.
    pub at: Timestamp,
}

/// Whether the CMDB has an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It has.
    There {
        /// Its own id of it.
        remote: Option<String>,
    },
    /// It has not, and the whole of the place was seen in which the entry would be.
    NotThere,
    /// Not all of that place could be seen, or nobody knows where it is: a person must look.
    CannotTell {
        /// Why.
        reason: String,
    },
}

/// A CMDB with a logbook of its own.
///
/// # Exactly once
/// [`super::pass`] brings each entry into the CMDB exactly once as long as three things hold:
///
/// 1. Nothing that was sent takes effect later than [`settle_time`](Self::settle_time) after
///    [`deliver`](Self::deliver) has ended or was dropped.
/// 2. [`look_up`](Self::look_up) finds every entry that has taken effect by then.
/// 3. The machine's clock is not set forward, and the process not suspended, by about the settle time
///    just when an entry is being sent and the process then dies.
///
/// Where the second cannot be kept, it must answer [`Found::CannotTell`]: then the entry is undecided,
/// is in the CMDB at most once, and is not sent again before a person says so.
pub trait Cmdb: Send + Sync {
    /// Sends entries, in this order, and tells what became of each, in this order. Must never send one
    /// twice by itself unless it knows that it did not arrive.
    fn deliver(
        &self,
        entries: &[Entry],
    ) -> impl Future<Output = Result<Vec<Outcome>, Failure>> + Send;

    /// Looks for entries with unknown outcomes; one answer an entry, in this order.
    fn look_up(&self, sent: &[Sent]) -> impl Future<Output = Result<Vec<Found>, Trouble>> + Send;

    /// How many entries it takes at once, now.
    fn batch(&self) -> usize;

    /// How long the CMDB may still be at work on what was sent, after the connection is gone.
    fn settle_time(&self) -> Duration;

    /// The longest that [`deliver`](Self::deliver) takes; it is dropped after that.
    fn patience(&self) -> Duration;
}
