//! Bringing the logbook up to date with a desk.

mod backoff;
mod compare;
mod digest;
mod follow;
mod timeline;

pub use follow::{Told, follow};

use crate::source::{Source, SourceError};
use crate::store::{DeskState, Kept, Store, StoreError};
use digest::{Desk, digest, digest_vanished};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Batches without anything new, one after the other, after which the source is not believed.
const MAX_BARREN: u32 = 1000;
/// Known tickets that are looked for at once.
const AT_ONCE: u32 = 1000;

/// How a desk is read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The desk, by its name in the settings.
    pub desk: String,
    /// What stands behind the name: the connector and the address. Another one begins a new generation.
    pub identity: String,
    /// What happened earlier is of no interest.
    pub start: Option<Timestamp>,
    /// Tickets in one batch.
    pub limit: u32,
    /// How often known tickets are looked for, to find those that vanished without a word.
    pub reconcile: SignedDuration,
    /// Whether new entries are to be delivered to the CMDB.
    pub deliver: bool,
}

/// How far a pass is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Batches committed.
    pub batches: u64,
    /// Changed tickets read.
    pub tickets: u64,
    /// Entries that are new.
    pub entries: u64,
    /// About how many tickets are left to read.
    pub remaining: Option<u64>,
    /// Whether everything was read.
    pub finished: bool,
}

/// Why a pass ended early. What was committed before stays, and the next pass goes on from there.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SyncError {
    /// The desk did not answer as it should.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// The store did not keep it.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Reads all that happened in a desk since the last pass. `progress` is told after each batch, and says
/// whether to go on.
///
/// # Errors
/// The source or the store failed. Whatever it was, the next pass neither loses nor doubles an entry.
pub async fn pass<S: Source, T: Store>(
    source: &S,
    store: &T,
    lease: &T::Lease,
    settings: &Settings,
    mut progress: impl FnMut(Progress) -> bool,
) -> Result<Progress, SyncError> {
    let began = Timestamp::now();
    let mut state = store
        .open(lease, &settings.identity, settings.start)
        .await?;
    let mut told = Progress::default();
    // Those that are gone are looked for first and believed last: a deletion or a merge that the
    // history tells in between has its own event.
    let missing = match due(&state, settings, began) {
        true => Some(missing(source, store, lease).await?),
        false => None,
    };
    // What an interrupted pass left in the middle began before this one, and ends without what happened
    // since: then it is read once more.
    let (mut cursor, mut resumed) = Resume::read(state.cursor.take());
    let mut barren = 0;
    loop {
        let batch = source
            .since(cursor.as_deref(), state.start, settings.limit)
            .await?;
        let mut ids: Vec<String> = batch.tickets.iter().map(|t| t.id.clone()).collect();
        ids.extend(batch.events.iter().map(|event| event.ticket.clone()));
        ids.sort_unstable();
        ids.dedup();
        let kept = by_id(store.kept(lease, &ids).await?);
        let desk = Desk {
            name: &settings.desk,
            state: &state,
            objects_by: batch.objects_by.as_deref(),
            now: began,
        };
        let mut step = digest(&desk, &batch, &kept);
        step.deliver = settings.deliver;
        let ended = !batch.more && !resumed;
        step.cursor = Some(Resume::text(&batch.cursor, batch.more));
        step.synced = ended.then_some(began);
        let new = store.commit(lease, &step).await?;
        let stands = batch.more && cursor.as_ref() == Some(&batch.cursor);
        barren = if stands || (batch.tickets.is_empty() && batch.events.is_empty()) {
            barren + 1
        } else {
            0
        };
        cursor = Some(batch.cursor);
        resumed &= batch.more;
        told.batches += 1;
        told.tickets += batch.tickets.len() as u64;
        told.entries += new;
        told.remaining = batch.remaining;
        if ended {
            break;
        }
        if barren > MAX_BARREN {
            return Err(SyncError::Source(endless()));
        }
        if !progress(told) {
            return Ok(told);
        }
    }
    if let Some(missing) = missing {
        told.entries += let_go(store, lease, settings, &state, &missing, began).await?;
    }
    told.finished = true;
    progress(told);
    Ok(told)
}

/// Whether known tickets are to be looked for in this pass. In the first there are none.
fn due(state: &DeskState, settings: &Settings, now: Timestamp) -> bool {
    let last = state.reconciled.or(state.synced);
    last.is_some_and(|last| now.duration_since(last) >= settings.reconcile)
}

/// Known tickets that the account does not see now.
async fn missing<S: Source, T: Store>(
    source: &S,
    store: &T,
    lease: &T::Lease,
) -> Result<Vec<String>, SyncError> {
    let mut missing = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let known = store.known(lease, after.as_deref(), AT_ONCE).await?;
        let Some(last) = known.last() else {
            return Ok(missing);
        };
        after = Some(last.clone());
        let there = source.still_there(&known).await?;
        missing.extend(known.into_iter().filter(|id| !there.contains(id)));
    }
}

/// Logs and forgets those of the missing tickets that nothing else has explained since.
async fn let_go<T: Store>(
    store: &T,
    lease: &T::Lease,
    settings: &Settings,
    state: &DeskState,
    missing: &[String],
    now: Timestamp,
) -> Result<u64, SyncError> {
    let mut new = 0;
    let mut chunks = missing.chunks(AT_ONCE as usize).peekable();
    loop {
        let ids = chunks.next().unwrap_or_default();
        let last = chunks.peek().is_none();
        let kept = store.kept(lease, ids).await?;
        let desk = Desk {
            name: &settings.desk,
            state,
            objects_by: None,
            now,
        };
        let mut step = digest_vanished(&desk, &kept);
        step.deliver = settings.deliver;
        step.reconciled = last.then_some(now);
        new += store.commit(lease, &step).await?;
        if last {
            return Ok(new);
        }
    }
}

/// A cursor as it is kept: with a mark whether the source had more.
struct Resume;

impl Resume {
    fn text(cursor: &str, more: bool) -> String {
        format!("{}{cursor}", if more { '+' } else { '=' })
    }

    /// The source's cursor, and whether reading was interrupted there.
    fn read(kept: Option<String>) -> (Option<String>, bool) {
        match kept {
            None => (None, false),
            Some(kept) => (
                kept.strip_prefix(['+', '=']).map(str::to_owned),
                kept.starts_with('+'),
            ),
        }
    }
}

/// The cursor that a source goes on from, of what is kept of a desk.
pub fn cursor(state: &DeskState) -> Option<&str> {
    let kept = state.cursor.as_deref()?;
    kept.strip_prefix(['+', '='])
}

fn by_id(kept: Vec<Kept>) -> HashMap<String, Kept> {
    kept.into_iter()
        .map(|kept| (kept.seen.id.clone(), kept))
        .collect()
}

fn endless() -> SourceError {
    SourceError {
        code: "connector",
        message: format!(
            "the connector brought {MAX_BARREN} batches without anything new and still says that \
             there is more"
        ),
        passing: false,
        retry_after: None,
    }
}
