//! Which entries are wanted.

use super::delivery::State;
use crate::entry::Entry;
use jiff::Timestamp;

/// Entries that match all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// At this object.
    pub object: Option<String>,
    /// From this desk.
    pub desk: Option<String>,
    /// About this ticket, by the desk's own key.
    pub ticket: Option<String>,
    /// Of one of these kinds, by [`crate::Kind::code`]; empty: of any.
    pub kinds: Vec<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
    /// Whose delivery is in one of these states; empty: in any, or not to be delivered.
    pub states: Vec<State>,
    /// Newest first.
    pub newest_first: bool,
}

/// Where a listing goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Of the last entry.
    pub at: Timestamp,
    /// Of the last entry: the order of commits.
    pub sequence: i64,
}

/// An entry of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it stands.
    pub place: Place,
    /// The entry.
    pub entry: Entry,
    /// When it was committed.
    pub recorded: Timestamp,
    /// How far its delivery is; none: it is not to be delivered.
    pub state: Option<State>,
    /// Why it has not arrived.
    pub reason: Option<String>,
    /// The CMDB's own id of it.
    pub remote: Option<String>,
}
