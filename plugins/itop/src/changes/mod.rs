//! What happened in an iTop since the last look.
//!
//! Two ways, by what the account may read. With iTop's history (`CMDBChangeOp`) each operation on a ticket
//! is an event, deletions included, and the ids of operations say how far one is: `history`. Without it
//! (measured: a plain account is refused), tickets are found by their `last_update`, which linking and
//! unlinking a configuration item moves, too, and the host compares: `updates`.
//!
//! Both go through what they find by ascending ids, because iTop's queries take no order and its pages
//! shift when tickets come, go, or are changed: `listing`. And both look at the latest changes again until
//! none can come in late any more: `cursor`.

mod cursor;
mod dates;
mod details;
mod events;
mod history;
mod listing;
mod logs;
mod moved;
mod names;
mod objects;
mod readable;
mod references;
mod updates;

use crate::knowledge::Knowledge;
use crate::{model, oql, ticket};
use cursor::{Cursor, Progress};
use sgi_guest::Settings;
use sgi_guest::changes::Batch;
use sgi_guest::types::{Error, Instant};

pub(crate) use listing::Query;
pub(crate) use readable::readable;

/// Tickets in one batch at most, so that one with long case logs stays within the limits of a call.
const MAX_TICKETS: u32 = 100;
/// What is of interest begins a day before what was asked for: the settings may name a zone that is
/// hours away from iTop's own, and the host passes over what is too early.
const DAY: Instant = 24 * 60 * 60 * 1000;

pub(crate) fn since(
    settings: &Settings,
    knowledge: &Knowledge,
    cursor: Option<&str>,
    start: Option<Instant>,
    limit: u32,
) -> Result<Batch, Error> {
    let cursor = cursor.map(Cursor::read).transpose()?;
    let zone = ticket::zone(settings)?;
    let limit = limit.clamp(1, MAX_TICKETS) as usize;
    let start = start.and_then(|start| zone.local(start.saturating_sub(DAY)));
    match (&knowledge.history, cursor) {
        (Some(history), Some(Cursor::History { since, progress })) => {
            history::batch(settings, knowledge, history, since, progress, limit)
        }
        // The account may read more than before: true events begin a day before the last comparison,
        // and the host passes over those of which it has told already.
        (Some(history), before) => {
            let since = match before {
                Some(Cursor::Updates(Progress { from, .. })) => from,
                _ => None,
            };
            let since = since.and_then(|from| dates::shifted(&from, -DAY));
            let since = since.or(start).filter(|date| dates::is_date(date));
            history::batch(
                settings,
                knowledge,
                history,
                since,
                Progress::default(),
                limit,
            )
        }
        (None, Some(Cursor::Updates(progress))) => {
            updates::batch(settings, knowledge, progress, limit)
        }
        // Or it may read less: all tickets are compared once.
        (None, _) => {
            let progress = Progress::from(start.filter(|date| dates::is_date(date)));
            updates::batch(settings, knowledge, progress, limit)
        }
    }
}

pub(crate) fn accepts(cursor: &str) -> bool {
    Cursor::read(cursor).is_ok()
}

pub(crate) fn still_there(settings: &Settings, ids: &[String]) -> Result<Vec<String>, Error> {
    let numbers: Vec<u64> = ids
        .iter()
        .filter_map(|id| ticket::number(id).ok())
        .collect();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let oql = format!("SELECT Ticket AS t WHERE t.id {}", oql::any_id(&numbers));
    // All on one page: tickets cannot be skipped between two.
    let listed = listing::ask(settings, model::TICKET, &oql, "id", numbers.len())?;
    listed.whole()?;
    let there = listed.entries.iter().map(|entry| entry.key.to_string());
    Ok(there.filter(|id| ids.contains(id)).collect())
}
