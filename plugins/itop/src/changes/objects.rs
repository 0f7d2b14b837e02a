//! Tickets as they are, with the objects that they reference by whatever the CMDB knows them by.

use crate::cis;
use crate::fetch::{self, Linked};
use crate::knowledge::Knowledge;
use crate::object::{Holds, Match};
use crate::oql;
use crate::reply::{Ci, Entry};
use crate::ticket;
use sgi_guest::Settings;
use sgi_guest::types::{Error, Ticket};
use std::collections::BTreeMap;

/// The attribute of the objects whose values name them; none: their ids do.
pub(super) fn named_by(matching: &Match<'_>) -> Option<String> {
    match matching.holds {
        Holds::Id => None,
        Holds::Title => Some("title".to_owned()),
        Holds::Attribute => Some(matching.attribute.to_owned()),
    }
}

/// The object that a configuration item's value stands for.
fn object<'v>(matching: &Match<'_>, value: &'v str) -> Option<&'v str> {
    match matching.holds {
        Holds::Id => matching.id(value),
        Holds::Title | Holds::Attribute => Some(value).filter(|value| !value.trim().is_empty()),
    }
}

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    pub(super) tickets: Vec<Ticket>,
    /// The configuration items of each ticket, by its id.
    pub(super) linked: BTreeMap<u64, Vec<u64>>,
    /// The object of each configuration item.
    pub(super) objects: BTreeMap<u64, String>,
}

/// Tickets by class and id. One that is gone or out of sight is left out.
pub(super) fn read(
    settings: &Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    found: &[Entry],
) -> Result<Read, Error> {
    if found.is_empty() {
        return Ok(Read::default());
    }
    let linked = fetch::fetch(settings, knowledge, found)?;
    let all: Vec<&Ci> = linked.iter().flat_map(|linked| &linked.cis).collect();
    let values = if all.is_empty() {
        BTreeMap::new()
    } else {
        cis::values(settings, knowledge, matching, &all)?
    };
    let objects = told(matching, values);
    let zone = ticket::zone(settings)?;
    let mut read = Read {
        objects,
        ..Read::default()
    };
    for Linked { entry, cis } in &linked {
        let mut of_ticket: Vec<String> = Vec::new();
        for object in cis.iter().filter_map(|ci| read.objects.get(&ci.id)) {
            if !of_ticket.contains(object) {
                of_ticket.push(object.clone());
            }
        }
        let ticket = ticket::ticket(settings, &zone, entry, cis, of_ticket);
        read.tickets.push(ticket);
        let ids = cis.iter().map(|ci| ci.id).collect();
        read.linked.insert(entry.key, ids);
    }
    Ok(read)
}

/// The objects of further configuration items: those that a ticket is no longer linked to.
pub(super) fn of_cis(
    settings: &Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    cis: &[u64],
) -> Result<BTreeMap<u64, String>, Error> {
    let class = cis::known_class(knowledge)?;
    let attribute = matching.attribute;
    let mut values = BTreeMap::new();
    for ids in cis.chunks(oql::CHUNK) {
        let oql = format!("SELECT {class} AS c WHERE c.id {}", oql::any_id(ids));
        for entry in crate::api::query_all(settings, class, &oql, attribute)? {
            if let Some(value) = cis::value(&entry, attribute) {
                values.insert(entry.key, value);
            }
        }
    }
    Ok(told(matching, values))
}

fn told(matching: &Match<'_>, values: BTreeMap<u64, String>) -> BTreeMap<u64, String> {
    let known = values.into_iter();
    known
        .filter_map(|(ci, value)| object(matching, &value).map(|object| (ci, object.to_owned())))
        .collect()
}
