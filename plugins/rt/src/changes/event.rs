//! RT's transactions as the contract's events.

use super::history::Transaction;
use super::names::Names;
use crate::fields::Fields;
use sgi_guest::changes::{Event, Kind};
use sgi_guest::object::is_number;
use sgi_guest::time;
use sgi_guest::types::Error;

/// The dates of a ticket. RT's history has them as its database does: UTC without saying so.
const DATES: [&str; 5] = ["Due", "Starts", "Started", "Resolved", "Told"];
/// Where RT's links to its own tickets begin.
const OWN_LINK: &str = "fsck.com-rt://";

/// What became of the references of a ticket by one transaction. Empty where nothing did.
#[derive(Default, Debug, PartialEq, Eq)]
pub(crate) struct References {
    pub(crate) lost: Vec<String>,
    pub(crate) won: Vec<String>,
}

/// The objects that a change of the objects' field is about: it names one value, or two where one took
/// the place of the other.
pub(crate) fn references(row: &Transaction, fields: &Fields<'_>) -> Option<References> {
    let one = |value: &Option<String>| value.iter().filter(|v| is_number(v)).cloned().collect();
    is_of(row, &fields.objects.ids()).then(|| References {
        lost: one(&row.old),
        won: one(&row.new),
    })
}

/// Whether it is a change of one of these custom fields.
pub(crate) fn is_of(row: &Transaction, fields: &[u64]) -> bool {
    let field = row.field.as_deref().and_then(|field| field.parse().ok());
    row.what == "CustomField" && field.is_some_and(|field| fields.contains(&field))
}

/// Adds what a transaction says. With references it is those; otherwise one event, or none where RT notes
/// the same thing twice.
pub(crate) fn push(
    events: &mut Vec<Event>,
    row: &Transaction,
    references: Option<References>,
    names: &mut Names<'_>,
) -> Result<(), Error> {
    let id = format!("txn-{}", row.id);
    if let Some(References { lost, won }) = references
        && lost.len() + won.len() > 0
    {
        let lost = lost.into_iter().map(Kind::Unreferenced);
        let kinds: Vec<Kind> = lost.chain(won.into_iter().map(Kind::Referenced)).collect();
        let several = kinds.len() > 1;
        for (number, kind) in kinds.into_iter().enumerate() {
            let id = match several {
                true => format!("{id}-{}", part(number)),
                false => id.clone(),
            };
            events.push(Event {
                id,
                kind,
                ..bare(row)
            });
        }
        return Ok(());
    }
    if let Some(event) = single(row, names)? {
        events.push(Event { id, ..event });
    }
    Ok(())
}

/// `a`, `b` … `z`, and numbers from there on.
fn part(number: usize) -> String {
    let letter = u8::try_from(number).ok().and_then(|n| b'a'.checked_add(n));
    match letter.filter(u8::is_ascii_lowercase) {
        Some(letter) => char::from(letter).to_string(),
        None => number.to_string(),
    }
}

fn bare(row: &Transaction) -> Event {
    Event {
        id: String::new(),
        ticket: row.ticket.to_string(),
        at: row.at,
        actor: row.actor.clone(),
        kind: Kind::Created,
        field: None,
        old: None,
        new: None,
        text: None,
    }
}

fn single(row: &Transaction, names: &mut Names<'_>) -> Result<Option<Event>, Error> {
    let field = row.field.as_deref().unwrap_or_default();
    let (old, new) = (row.old.clone(), row.new.clone());
    let values = |kind, old, new| Event {
        kind,
        old,
        new,
        ..bare(row)
    };
    let event = match (row.what.as_str(), field) {
        ("Create", _) => bare(row),
        ("Correspond", _) => values(Kind::Replied, None, None),
        ("Comment", _) => values(Kind::Commented, None, None),
        ("Status", _) => {
            let kind = match new.as_deref() {
                Some("deleted") => Kind::Deleted,
                Some(status) if names.is_done(status)? => match old.as_deref() {
                    // The work had ended before.
                    Some(before) if names.is_done(before)? => Kind::Status,
                    _ => Kind::Resolved,
                },
                _ => Kind::Status,
            };
            values(kind, old, new)
        }
        // What RT's pages call taking and giving.
        ("Set" | "Take" | "Untake" | "Steal" | "Give" | "Force", "Owner") => {
            values(Kind::Owner, person(names, old)?, person(names, new)?)
        }
        // The same change once more, as one of the people in the role of the owner.
        ("SetWatcher", "Owner") => return Ok(None),
        ("Set", "Queue") => values(
            Kind::Queue,
            old.map(|id| names.queue(id)),
            new.map(|id| names.queue(id)),
        ),
        ("Set", "Priority") => values(Kind::Priority, old, new),
        ("Set", "Subject") => values(Kind::Subject, old, new),
        ("Set", date) if DATES.contains(&date) => Event {
            field: Some(date.to_owned()),
            ..values(
                Kind::Other(row.what.clone()),
                old.and_then(utc),
                new.and_then(utc),
            )
        },
        ("AddLink", "MergedInto") if row.merged_into().is_some() => {
            let into = row.merged_into().unwrap_or_default().to_string();
            values(Kind::Merged(into), None, None)
        }
        ("AddLink" | "DeleteLink", _) => Event {
            field: row.field.clone(),
            ..values(Kind::Other(row.what.clone()), old.map(link), new.map(link))
        },
        ("AddWatcher" | "DelWatcher" | "SetWatcher", _) => Event {
            field: row.field.clone(),
            ..values(
                Kind::Other(row.what.clone()),
                person(names, old)?,
                person(names, new)?,
            )
        },
        ("CustomField", id) => Event {
            field: Some(names.field(id)),
            ..values(Kind::Other(row.what.clone()), old, new)
        },
        _ => Event {
            field: row.field.clone(),
            ..values(Kind::Other(row.what.clone()), old, new)
        },
    };
    Ok(Some(event))
}

fn person(names: &mut Names<'_>, id: Option<String>) -> Result<Option<String>, Error> {
    match id {
        Some(id) => names.person(id),
        None => Ok(None),
    }
}

/// `2026-12-24 10:00:00` is UTC in RT's database, and 1970 is none at all.
fn utc(date: String) -> Option<String> {
    let written = format!("{}Z", date.replacen(' ', "T", 1));
    match time::rfc3339(&written) {
        Some(0) => None,
        Some(_) => Some(written),
        None => Some(date),
    }
}

/// A ticket by its number, anything else by its address.
fn link(target: String) -> String {
    match target
        .strip_prefix(OWN_LINK)
        .and_then(|own| own.rsplit_once("/ticket/"))
    {
        Some((_, number)) => number.to_owned(),
        None => target,
    }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
