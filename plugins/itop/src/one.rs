//! One ticket, and the objects that a ticket references.

use crate::cis;
use crate::fetch::{self, Linked};
use crate::knowledge::Knowledge;
use crate::object::{Holds, Match};
use crate::reply::Ci;
use crate::ticket;
use sgi_guest::types::{Error, Ticket};
use sgi_guest::{Settings, fail};
use std::collections::BTreeMap;

/// Ids of the CMDB objects that a ticket references: all of them where iTop's attribute holds ids, else
/// the one that was asked for.
pub(crate) fn objects(
    matching: &Match<'_>,
    cis: &[Ci],
    values: &BTreeMap<u64, String>,
    asked: Option<&str>,
) -> Vec<String> {
    let mut objects: Vec<String> = Vec::new();
    let of_cis = cis.iter().filter_map(|ci| values.get(&ci.id));
    for id in asked
        .into_iter()
        .chain(of_cis.filter_map(|value| matching.id(value)))
    {
        if !objects.iter().any(|known| known == id) {
            objects.push(id.to_owned());
        }
    }
    objects
}

/// A ticket that was read alone, as the contract has it.
pub(crate) fn finish(
    settings: &Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    linked: &Linked,
    known: &[(u64, &str)],
) -> Result<Ticket, Error> {
    let cis: Vec<&Ci> = linked.cis.iter().collect();
    let values = if matching.holds == Holds::Id && !cis.is_empty() {
        cis::values(settings, knowledge, matching, &cis)?
    } else {
        BTreeMap::new()
    };
    let mut objects = objects(matching, &linked.cis, &values, None);
    for (ci, object) in known {
        let linked = linked.cis.iter().any(|linked| linked.id == *ci);
        if linked && !objects.iter().any(|known| known == object) {
            objects.push((*object).to_owned());
        }
    }
    let zone = ticket::zone(settings)?;
    Ok(ticket::ticket(
        settings,
        &zone,
        &linked.entry,
        &linked.cis,
        objects,
    ))
}

/// One ticket by its id.
pub(crate) fn get(settings: &Settings, knowledge: &Knowledge, id: u64) -> Result<Ticket, Error> {
    let matching = Match::of(settings)?;
    let linked = fetch::one(settings, knowledge, id, "")?.ok_or_else(|| {
        fail::not_found(format!(
            "iTop has no ticket with the id {id}, or the account {:?} may not see it (its allowed \
             organizations)",
            settings.username()
        ))
    })?;
    finish(settings, knowledge, &matching, &linked, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    #[test]
    fn a_ticket_references_the_ids_that_its_configuration_items_hold() {
        let ci = |id| Ci {
            id,
            name: format!("ci-{id}"),
        };
        let cis = [ci(1), ci(2), ci(3), ci(4)];
        let values = [(1, "1001"), (2, "1002"), (3, ""), (4, "1001")]
            .map(|(id, value)| (id, value.to_owned()))
            .into();
        let by_id = settings(&[]);
        let by_id = Match::of(&by_id).expect("a match");
        assert_eq!(
            objects(&by_id, &cis, &values, Some("1002")),
            ["1002", "1001"]
        );
        assert_eq!(objects(&by_id, &cis, &values, None), ["1001", "1002"]);
        let by_name = settings(&[("objects-attribute", "name")]);
        let by_name = Match::of(&by_name).expect("a match");
        assert_eq!(objects(&by_name, &cis, &values, Some("7")), ["7"]);
        assert!(objects(&by_name, &cis, &values, None).is_empty());
    }
}
