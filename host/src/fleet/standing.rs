//! How a desk stands, for those who look after it.

use crate::catalog::{Digest, Source};
use crate::error::Error;
use crate::model::Report;
use jiff::Timestamp;

/// The connector that serves a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, whatever it is called.
    pub digest: Digest,
    /// Where it comes from.
    pub source: Source,
    /// What its id and address come to in the logbook: another one is another system.
    pub identity: String,
}

/// A swap that failed: what there was before stays.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// When.
    pub at: Timestamp,
    /// The type that was to serve the desk.
    pub kind: String,
    /// What failed.
    pub error: Error,
}

/// How far the desk's events are in the logbook.
#[derive(Debug, Clone, Default)]
pub struct Following {
    /// Whether they are followed at all.
    pub active: bool,
    /// Another process does it.
    pub elsewhere: bool,
    /// When the last pass ended that read everything there was.
    pub read: Option<Timestamp>,
    /// Why the last pass failed, in words; none: it did not.
    pub trouble: Option<String>,
    /// About how many tickets are left to read in the pass under way.
    pub remaining: Option<u64>,
    /// Entries that are new since the process began.
    pub entries: u64,
}

/// How a desk stands. It holds no secret.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The desk's name.
    pub desk: String,
    /// The type that its settings name.
    pub kind: String,
    /// Its address.
    pub url: String,
    /// Where people open it, where that is another.
    pub link_url: Option<String>,
    /// The account.
    pub username: String,
    /// When false, nothing is asked.
    pub active: bool,
    /// The connector that serves it; none: none could be opened, or it is inactive.
    pub serving: Option<Serving>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Counts the connectors that have served it since the process began.
    pub generation: u64,
    /// What the last check found, and when.
    pub checked: Option<(Timestamp, Report)>,
    /// The last swap, where it failed.
    pub refused: Option<Refusal>,
    /// How far its events are in the logbook.
    pub following: Following,
}
