//! What must have happened between two states of a ticket, where no history tells.
//!
//! Several changes of one field between two looks are seen as one, and when something was written, only
//! that the ticket was changed. The order within the interval is unknown: a change is told to the objects
//! of both states.

use crate::event::{Event, Kind, Phase, Seen};
use crate::store::Kept;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The word for a change of which nothing else is known.
const UPDATED: &str = "updated";
/// The word for a ticket that has come back.
const AGAIN: &str = "visible again";

/// A derived event, with the objects whose logbook it belongs to.
pub(super) struct Found {
    pub(super) event: Event,
    pub(super) objects: BTreeSet<String>,
}

/// What is new about a ticket. `now` stands in where the desk does not say when it was changed.
pub(super) fn compare(
    old: Option<&Kept>,
    new: &Seen,
    start: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Found> {
    match old {
        Some(old) => changes(old, new, now),
        None => first_sight(new, start).into_iter().collect(),
    }
}

impl Found {
    /// Whether it says only that something was changed.
    pub(super) fn says_nothing_more(&self) -> bool {
        matches!(&self.event.kind, Kind::Other(word) if word == UPDATED)
    }
}

/// A ticket that was never seen: it is new, or it is older than the logbook.
fn first_sight(new: &Seen, start: Option<Timestamp>) -> Option<Found> {
    let within = |at: Timestamp| start.is_none_or(|start| at >= start);
    let (kind, at) = match (new.created, new.updated) {
        (Some(created), _) if within(created) => (Kind::Created, created),
        (_, Some(updated)) if within(updated) => (Kind::Other(UPDATED.to_owned()), updated),
        _ => return None,
    };
    let id = event_id(&[&new.id, kind.code(), &at.to_string()]);
    Some(Found {
        event: event(id, new, at, kind, None, None),
        objects: new.objects.clone(),
    })
}

fn changes(old: &Kept, new: &Seen, now: Timestamp) -> Vec<Found> {
    let count = old.derived.as_ref().map_or(0, |derived| derived.count);
    let was = &old.seen;
    let at = new.updated.unwrap_or(now);
    let both: BTreeSet<String> = was.objects.union(&new.objects).cloned().collect();
    let mut found = Vec::new();
    let mut tell = |kind: Kind, old: Option<&str>, new_value: Option<&str>, objects| {
        let id = event_id(&[
            &new.id,
            kind.code(),
            old.unwrap_or("\0"),
            new_value.unwrap_or("\0"),
            &new.updated.map(|at| at.to_string()).unwrap_or_default(),
            &count.to_string(),
        ]);
        found.push(Found {
            event: event(id, new, at, kind, old, new_value),
            objects,
        });
    };
    for gone in was.objects.difference(&new.objects) {
        let kind = Kind::Unreferenced(gone.clone());
        tell(kind, Some(gone), None, BTreeSet::from([gone.clone()]));
    }
    for come in new.objects.difference(&was.objects) {
        let kind = Kind::Referenced(come.clone());
        tell(kind, None, Some(come), BTreeSet::from([come.clone()]));
    }
    let fields = [
        (Kind::Subject, Some(&was.subject), Some(&new.subject)),
        (Kind::Queue, was.queue.as_ref(), new.queue.as_ref()),
        (Kind::Owner, was.owner.as_ref(), new.owner.as_ref()),
        (Kind::Priority, was.priority.as_ref(), new.priority.as_ref()),
    ];
    for (kind, was, is) in fields {
        if was != is {
            tell(
                kind,
                was.map(String::as_str),
                is.map(String::as_str),
                both.clone(),
            );
        }
    }
    if was.status != new.status || was.phase != new.phase {
        let kind = match (was.phase, new.phase) {
            (_, Phase::Deleted) => Kind::Deleted,
            (Phase::Active, Phase::Done) => Kind::Resolved,
            _ => Kind::Status,
        };
        tell(kind, Some(&was.status), Some(&new.status), both.clone());
    }
    if found.is_empty() && was.updated != new.updated {
        let id = event_id(&[
            &new.id,
            UPDATED,
            &new.updated.map(|at| at.to_string()).unwrap_or_default(),
            &count.to_string(),
        ]);
        found.push(Found {
            event: event(id, new, at, Kind::Other(UPDATED.to_owned()), None, None),
            objects: both,
        });
    }
    found
}

/// A reference that is there or gone although a history that should have everything does not say so.
pub(super) fn reference(old: &Kept, new: &Seen, object: &str, is: bool, at: Timestamp) -> Found {
    let count = old.derived.as_ref().map_or(0, |derived| derived.count);
    let (kind, was, value) = if is {
        (Kind::Referenced(object.to_owned()), None, Some(object))
    } else {
        (Kind::Unreferenced(object.to_owned()), Some(object), None)
    };
    let updated = new.updated.map(|at| at.to_string()).unwrap_or_default();
    let id = event_id(&[&new.id, kind.code(), object, &updated, &count.to_string()]);
    Found {
        event: event(id, new, at, kind, was, value),
        objects: BTreeSet::from([object.to_owned()]),
    }
}

/// A known ticket that the account no longer sees.
pub(super) fn vanished(old: &Kept, now: Timestamp) -> Found {
    let count = old.derived.as_ref().map_or(0, |derived| derived.count);
    let updated = old.seen.updated.map(|at| at.to_string());
    let updated = updated.unwrap_or_default();
    let id = event_id(&[&old.seen.id, "vanished", &updated, &count.to_string()]);
    Found {
        event: event(id, &old.seen, now, Kind::Vanished, None, None),
        objects: old.seen.objects.clone(),
    }
}

/// One that the account sees again.
pub(super) fn returned(old: &Kept, new: &Seen, now: Timestamp) -> Found {
    let count = old.derived.as_ref().map_or(0, |derived| derived.count);
    let kind = Kind::Other(AGAIN.to_owned());
    let updated = new.updated.map(|at| at.to_string()).unwrap_or_default();
    let id = event_id(&[&new.id, AGAIN, &updated, &count.to_string()]);
    let at = new.updated.filter(|_| old.seen.updated != new.updated);
    Found {
        event: event(id, new, at.unwrap_or(now), kind, None, None),
        objects: old.seen.objects.union(&new.objects).cloned().collect(),
    }
}

/// The same change read twice has the same id; none of a desk's own begins like these.
fn event_id(parts: &[&str]) -> String {
    let mut hash = blake3::Hasher::new_derive_key("sgi-logbook 2026-11 derived event");
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    format!("derived-{}", &hash.finalize().to_hex().as_str()[..32])
}

fn event(
    id: String,
    ticket: &Seen,
    at: Timestamp,
    kind: Kind,
    old: Option<&str>,
    new: Option<&str>,
) -> Event {
    Event {
        id,
        ticket: ticket.id.clone(),
        at,
        actor: None,
        kind,
        field: None,
        old: old.map(str::to_owned),
        new: new.map(str::to_owned),
        text: None,
    }
}
