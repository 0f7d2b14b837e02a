//! Tickets by their `last_update`, where the account may not read the history.

use super::cursor::{Cursor, Pass, Progress};
use super::listing::{self, Listing, PAGE, Query};
use super::{dates, objects};
use crate::host;
use crate::knowledge::Knowledge;
use crate::model;
use crate::object::Match;
use crate::reply::Entry;
use crate::ticket;
use sgi_guest::Settings;
use sgi_guest::changes::Batch;
use sgi_guest::types::{Error, Instant};

/// The next tickets. Those that are changed meanwhile stay among those after `from`, whose latest is open:
/// they are found at their id in this pass or, where it has gone by, in the next.
pub(super) fn batch(
    settings: &Settings,
    knowledge: &Knowledge,
    mut progress: Progress<String>,
    limit: usize,
) -> Result<Batch, Error> {
    let here = host::now();
    let mut listing = next(settings, &progress, limit)?;
    let mut pass = match progress.pass.take() {
        Some(pass) => pass,
        None => {
            if let Some(at) = listing.at
                && progress.put_back(at, here)
            {
                listing = next(settings, &progress, limit)?;
                let since = progress.from.as_deref().unwrap_or_default();
                host::warn(&format!(
                    "iTop's clock was put back: what was changed since {since} is read again"
                ));
            }
            begin(settings, &listing)?
        }
    };
    let last = listing.all && listing.entries.len() <= limit;
    listing.entries.truncate(limit);
    pass.after = match listing.entries.last() {
        Some(entry) if listing.entries.len() == limit => entry.key,
        _ => listing.upto,
    };
    let matching = Match::of(settings)?;
    let read = objects::read(settings, knowledge, &matching, &listing.entries)?;
    let remaining = listing.found.saturating_sub(listing.entries.len());
    let progress = if last {
        progress.done(pass)
    } else {
        progress.during(pass)
    };
    Ok(Batch {
        tickets: read.tickets,
        events: Vec::new(),
        complete: Vec::new(),
        objects_by: objects::named_by(&matching),
        cursor: Cursor::Updates(progress).write()?,
        more: !last,
        remaining: Some(remaining as u64),
    })
}

/// The next tickets after what was read.
fn next(settings: &Settings, progress: &Progress<String>, limit: usize) -> Result<Listing, Error> {
    let zone = ticket::zone(settings)?;
    // Without a date those come, too, whose date was never set.
    let condition = progress.from.as_ref().map(|from| {
        let from = dates::earlier(&zone, from);
        format!("t.last_update > '{from}' AND")
    });
    let query = Query {
        class: model::TICKET,
        begin: format!(
            "SELECT Ticket AS t WHERE {}",
            condition.as_deref().unwrap_or_default()
        )
        .trim_end()
        .to_owned(),
        id: "t.id",
        fields: "last_update".to_owned(),
    };
    let after = progress.pass.as_ref().map_or(0, |pass| pass.after);
    query.lowest(settings, after, limit)
}

/// Notes how far iTop is.
fn begin(settings: &Settings, listing: &Listing) -> Result<Pass<String>, Error> {
    let at = listing.at;
    let upto = listing::newest(
        listing,
        |entry| date(entry, at),
        |newest| {
            let oql = format!("SELECT Ticket AS t WHERE t.last_update > '{newest}'");
            listing::ask(settings, model::TICKET, &oql, "last_update", PAGE)
        },
    )?;
    Ok(Pass {
        after: 0,
        upto,
        at,
        moved: None,
    })
}

fn date(entry: &Entry, now: Option<Instant>) -> Option<String> {
    let date = entry.text("last_update")?;
    dates::is_past(date, now).then(|| date.to_owned())
}
