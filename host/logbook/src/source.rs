//! Where events come from.

use crate::event::{Event, Seen};
use jiff::Timestamp;
use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

/// What happened after a cursor, or a part of it. `wit/changes.wit` has the rules.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The changed tickets as they are now.
    pub tickets: Vec<Seen>,
    /// What the desk's history says; the events of one ticket in the order in which they happened.
    pub events: Vec<Event>,
    /// The tickets of which `events` has everything.
    pub complete: HashSet<String>,
    /// None: objects are named by their ids; otherwise by the values of this attribute.
    pub objects_by: Option<String>,
    /// For the next batch.
    pub cursor: String,
    /// More is there now.
    pub more: bool,
    /// About how many tickets are left to read.
    pub remaining: Option<u64>,
}

/// Why a source did not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// A word for the kind of failure, stable (`unavailable`, `bad-credentials` …).
    pub code: &'static str,
    /// What happened and what to do, for people.
    pub message: String,
    /// Whether it may pass by itself.
    pub passing: bool,
    /// When the desk wants to be asked again.
    pub retry_after: Option<Duration>,
}

/// A desk that tells what happened in it.
pub trait Source: Send + Sync {
    /// What happened after the cursor, or from `start` on.
    fn since(
        &self,
        cursor: Option<&str>,
        start: Option<Timestamp>,
        limit: u32,
    ) -> impl Future<Output = Result<Batch, SourceError>> + Send;

    /// Those of the tickets that the account still sees; at most 1,000 a call.
    fn still_there(
        &self,
        tickets: &[String],
    ) -> impl Future<Output = Result<HashSet<String>, SourceError>> + Send;
}
