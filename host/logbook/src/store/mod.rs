//! Where the logbook is kept: the narrow interface that every backend implements.
//!
//! One behavioural suite (`tests/store/`) holds for all of them.

mod delivery;
mod filter;
mod memory;
pub mod sqlite;

pub use delivery::{Delivery, Mark, State};
pub use filter::{Filter, Listed, Place};
pub use memory::{MemoryLease, MemoryStore};
pub use sqlite::{SqliteLease, SqliteStore};

use crate::entry::{Entry, EntryId};
use crate::event::Seen;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;

/// What a lease is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Work {
    /// Bringing a desk's events into the logbook.
    Sync(String),
    /// Delivering entries to the CMDB.
    Delivery,
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sync(desk) => write!(f, "reading the desk {desk}"),
            Self::Delivery => f.write_str("delivering to the CMDB"),
        }
    }
}

/// What is kept of a desk as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskState {
    /// Counts the sources that stood behind the desk's name: another connector or another address is
    /// another generation, whose events are other events.
    pub generation: i64,
    /// Which source it is.
    pub identity: String,
    /// Where reading goes on; none: from `start`.
    pub cursor: Option<String>,
    /// What happened earlier is of no interest; none: everything is.
    pub start: Option<Timestamp>,
    /// When the last pass began that read everything there was.
    pub synced: Option<Timestamp>,
    /// When the known tickets were last looked for.
    pub reconciled: Option<Timestamp>,
}

/// A ticket as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its state.
    pub seen: Seen,
    /// Set where entries of it were derived.
    pub derived: Option<Derived>,
}

/// How far a ticket's entries were derived from its states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// What a history tells of the time before that is in the logbook already.
    pub until: Timestamp,
    /// How many states were compared: it tells a change from the same change made again.
    pub count: u32,
    /// None: the state that is kept was compared, and what a history tells of `until` itself is in the
    /// logbook, too. Otherwise a history has been told since, and these of its events at `until` are.
    pub covered: Option<Vec<String>>,
    /// Objects that the ticket came to reference without a word of its history, as when an object takes
    /// another's place in what the ticket names. What happened before that is not theirs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub came: BTreeMap<String, Timestamp>,
    /// Set while the account does not see the ticket: what it referenced then. It is still said of these
    /// objects what a history tells of it, and when it comes back they are what it is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<BTreeSet<String>>,
}

/// What one batch comes to. All of it is committed, or nothing. Where something is said twice, the last
/// counts of `keep`, the first of `entries`, and `forget` counts more than `keep`.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// Tickets to keep from now on, in place of what was kept of them.
    pub keep: Vec<Kept>,
    /// Ids of tickets to keep no longer.
    pub forget: Vec<String>,
    /// New entries. One whose id is there already is left out.
    pub entries: Vec<Entry>,
    /// Whether new entries are to be delivered to the CMDB.
    pub deliver: bool,
    /// The new cursor; none: the old one stays.
    pub cursor: Option<String>,
    /// See [`DeskState::synced`]; none: stays.
    pub synced: Option<Timestamp>,
    /// See [`DeskState::reconciled`]; none: stays.
    pub reconciled: Option<Timestamp>,
}

/// Why the store did not do it. Nothing of the step was kept.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The lease was taken over by another process.
    #[error("another process has taken over {0}; this one has stopped its work there")]
    LeaseLost(String),
    /// It was written by a later version.
    #[error("the store {place} was written by a later version of this program: update it")]
    Newer {
        /// Where the store is.
        place: String,
    },
    /// No room is left.
    #[error(
        "no room is left for the store {place}: nothing of this step was kept, and what was there before \
         is unharmed; make room on its disk (or raise the quota), and it goes on from there"
    )]
    Full {
        /// Where the store is.
        place: String,
    },
    /// What it holds cannot be read.
    #[error(
        "the store {place} is damaged: {reason}; stop every sgi, set this file and those beside it (-wal, \
         -shm) aside, and put a copy from before in its place"
    )]
    Damaged {
        /// Where the store is.
        place: String,
        /// What was found.
        reason: String,
    },
    /// It may be read and not written.
    #[error(
        "the store {place} may not be written: its file system is read-only, or the files belong to another \
         user; make them writable for the user that runs sgi, or set state_dir in [host] of sgi.toml to a \
         folder that is"
    )]
    ReadOnly {
        /// Where the store is.
        place: String,
    },
    /// It cannot be reached, read or written.
    #[error("the store {place} cannot be used: {reason}")]
    Unusable {
        /// Where the store is.
        place: String,
        /// What happened, and what to do.
        reason: String,
    },
}

/// The right to do a piece of work, of which one process at a time has it. Given back when it is
/// dropped; when the process dies, by the system.
pub trait Lease: Send + Sync {
    /// What it is for.
    fn work(&self) -> &Work;
}

/// Where a new source begins: desks tell whole seconds, and what is told of this one may have happened later.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// A place where the logbook is kept.
///
/// Every function either does all that it says or nothing, and what it has done survives the loss of
/// the process and of power. [`Self::open`], [`Self::rewind`], [`Self::commit`] and [`Self::mark`] do
/// nothing once the lease is lost. A lease for other work is refused as [`StoreError::Unusable`].
///
/// Instants between the years 1678 and 2262 are kept, compared and ordered to the nanosecond; beyond,
/// they count as the first or last of them (an entry still tells its own).
pub trait Store: Send + Sync + 'static {
    /// See [`Lease`].
    type Lease: Lease;

    /// Waits until nobody else has the lease, and takes it.
    fn lease(&self, work: Work) -> impl Future<Output = Result<Self::Lease, StoreError>> + Send;

    /// The lease, if nobody has it now.
    fn try_lease(
        &self,
        work: Work,
    ) -> impl Future<Output = Result<Option<Self::Lease>, StoreError>> + Send;

    /// What is kept of a desk.
    fn desk(
        &self,
        name: &str,
    ) -> impl Future<Output = Result<Option<DeskState>, StoreError>> + Send;

    /// What is kept of the lease's desk, for this source: of one that is there already `start` changes
    /// nothing ([`Self::rewind`] does). Where another one stood behind the name, that is set aside. One that
    /// was set aside before goes on where it was, in its own generation: nothing that happened meanwhile is
    /// lost, and nothing is doubled. Otherwise a new generation begins, without cursor and tickets, from
    /// `start` or from the second in which any earlier one was last read to its end, whichever is later.
    /// Entries stay.
    fn open(
        &self,
        lease: &Self::Lease,
        identity: &str,
        start: Option<Timestamp>,
    ) -> impl Future<Output = Result<DeskState, StoreError>> + Send;

    /// Forgets the cursor of the lease's desk, so that it is read again from `start` on, in the same
    /// generation: what the logbook has already is not doubled. Tickets stay, and so does when they were
    /// read.
    fn rewind(
        &self,
        lease: &Self::Lease,
        start: Option<Timestamp>,
    ) -> impl Future<Output = Result<DeskState, StoreError>> + Send;

    /// Those of the tickets that are kept, of the lease's desk, in the order of their ids.
    fn kept(
        &self,
        lease: &Self::Lease,
        tickets: &[String],
    ) -> impl Future<Output = Result<Vec<Kept>, StoreError>> + Send;

    /// Ids of kept tickets that reference an object, in the order of their text (byte by byte), those
    /// after `after`.
    fn known(
        &self,
        lease: &Self::Lease,
        after: Option<&str>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send;

    /// Commits a step of the lease's desk, which has been opened. Tells how many entries are new.
    fn commit(
        &self,
        lease: &Self::Lease,
        step: &Step,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Entries, oldest first, or newest first: by their instant, and of one instant by when they were
    /// committed.
    fn entries(
        &self,
        filter: &Filter,
        after: Option<&Place>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Listed>, StoreError>> + Send;

    /// Tickets kept of a desk that reference an object, by id: an index for desks that cannot be
    /// searched for it.
    fn tickets_of(
        &self,
        desk: &str,
        object: &str,
    ) -> impl Future<Output = Result<Vec<Kept>, StoreError>> + Send;

    /// Entries to deliver whose time has come, in the order in which they were committed. One of which
    /// an earlier entry at the same object (by [`Entry::object`]) is waiting or being sent, and not due
    /// yet, is left out: what is told of an object keeps its order.
    fn due(
        &self,
        lease: &Self::Lease,
        now: Timestamp,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Delivery>, StoreError>> + Send;

    /// Notes what became of deliveries. What is not to be delivered is left out; of an entry that is
    /// there twice, the last mark counts.
    fn mark(
        &self,
        lease: &Self::Lease,
        marks: &[Mark],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The delivery of an entry, in whatever state; none: there is no such entry, or it is not to be
    /// delivered.
    fn delivery(
        &self,
        lease: &Self::Lease,
        entry: &EntryId,
    ) -> impl Future<Output = Result<Option<Delivery>, StoreError>> + Send;

    /// When [`due`](Self::due) next has something: the earliest due of those that are waiting or being
    /// sent and have no earlier one at their object. None: nothing waits.
    fn next_due(&self) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;
}
