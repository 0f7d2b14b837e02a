//! The tickets of an object, and one ticket.
//!
//! A call costs iTop 100 to 150 ms whatever it asks, so a list has as few as possible: one that finds the
//! tickets by their configuration item, one for each family of classes among them, and one for the
//! attribute of their configuration items where the links do not show it.

use crate::api;
use crate::cis;
use crate::host;
use crate::knowledge::Knowledge;
use crate::model;
use crate::object::Match;
use crate::oql;
use crate::reply::{Ci, Entry};
use crate::ticket;
use sgi_guest::tickets::{Filter, Page, Query};
use sgi_guest::types::{Error, StatusClass, Ticket};
use sgi_guest::{Settings, fail};
use std::collections::{BTreeMap, BTreeSet};

/// Tickets a page at most.
const PAGE: u32 = 100;
/// Up to so many tickets are asked for their links along with the rest. iTop makes a query of its own
/// for each of these lists, so for more tickets one call for all links is cheaper.
const FEW: usize = 25;

/// A ticket and the configuration items that it is linked to.
pub(crate) struct Linked {
    pub(crate) entry: Entry,
    pub(crate) cis: Vec<Ci>,
}

/// One page. Pages are cut by ticket id, in an order of our own: iTop's pages move when tickets come and
/// go, and its queries take no order.
pub(crate) fn page(
    settings: &Settings,
    knowledge: &Knowledge,
    query: &Query,
) -> Result<Page, Error> {
    let matching = Match::of(settings)?;
    let value = matching.value(&query.object)?;
    let after =
        match &query.next {
            None => None,
            Some(next) => Some(next.parse::<u64>().map_err(|_| {
                fail::invalid_input("this is not a page that iTop's connector named")
            })?),
        };
    let oql = search(
        cis::known_class(knowledge)?,
        matching.attribute,
        value,
        query.filter,
        after,
    );
    let mut found = api::query_all(settings, model::TICKET, &oql, "id")?;
    found.sort_by_key(|entry| entry.key);
    let total = found.len();
    let size = query.limit.clamp(1, PAGE) as usize;
    found.truncate(size);
    let last = found.last().map(|entry| entry.key);
    let linked = fetch(settings, knowledge, &found)?;
    let all: Vec<&Ci> = linked.iter().flat_map(|linked| &linked.cis).collect();
    let values = cis::values(settings, knowledge, &matching, &all)?;
    let exact: BTreeSet<u64> = values
        .iter()
        .filter(|(_, found)| found.as_str() == value)
        .map(|(id, _)| *id)
        .collect();
    if exact.len() > 1 {
        host::warn(&format!(
            "iTop has {} configuration items with the {:?} of one object; the tickets of all of them are \
             listed",
            exact.len(),
            matching.attribute
        ));
    }
    let zone = ticket::zone(settings)?;
    let mut tickets = Vec::with_capacity(linked.len());
    for Linked { entry, cis } in &linked {
        if !cis.iter().any(|ci| exact.contains(&ci.id)) {
            continue;
        }
        let objects = objects(&matching, cis, &values, Some(&query.object.id));
        let ticket = ticket::ticket(settings, &zone, entry, cis, objects);
        if passes(query.filter, ticket.status_class) {
            tickets.push(ticket);
        }
    }
    // What iTop counted and what is exact may differ, and then nobody knows the total.
    let counted = query.next.is_none() && tickets.len() == total.min(size);
    Ok(Page {
        tickets,
        next: last.filter(|_| total > size).map(|id| id.to_string()),
        total: u32::try_from(total).ok().filter(|_| counted),
    })
}

/// The query for tickets that are linked to a configuration item with this value.
fn search(class: &str, attribute: &str, value: &str, filter: Filter, after: Option<u64>) -> String {
    let mut oql = format!(
        "SELECT Ticket AS t JOIN lnkFunctionalCIToTicket AS l ON l.ticket_id = t.id JOIN {class} AS c ON \
         l.functionalci_id = c.id WHERE c.{attribute} = {}",
        oql::literal(value)
    );
    let filter = match filter {
        Filter::All => None,
        Filter::Open => Some(model::OPEN),
        Filter::Closed => Some(model::CLOSED),
    };
    if let Some(filter) = filter {
        oql.push_str(" AND ");
        oql.push_str(filter);
    }
    if let Some(after) = after {
        oql.push_str(&format!(" AND t.id > {after}"));
    }
    oql
}

/// A ticket may have changed between two calls.
fn passes(filter: Filter, class: StatusClass) -> bool {
    let open = matches!(
        class,
        StatusClass::New | StatusClass::Open | StatusClass::Pending
    );
    match filter {
        Filter::All => true,
        Filter::Open => open || class == StatusClass::Unknown,
        Filter::Closed => !open,
    }
}

/// All of these tickets, by id. One that has gone in the meantime is left out.
fn fetch(
    settings: &Settings,
    knowledge: &Knowledge,
    found: &[Entry],
) -> Result<Vec<Linked>, Error> {
    let mut families: BTreeMap<&str, (String, Vec<u64>)> = BTreeMap::new();
    for entry in found {
        let class = knowledge.asks(&entry.class)?;
        let (_, ids) = families
            .entry(&class.name)
            .or_insert_with(|| (class.fields.join(","), Vec::new()));
        ids.push(entry.key);
    }
    let few = found.len() <= FEW;
    let mut all = Vec::with_capacity(found.len());
    for (class, (mut fields, ids)) in families {
        if few {
            fields.push_str(",functionalcis_list");
        }
        for ids in ids.chunks(oql::CHUNK) {
            let oql = format!("SELECT {class} AS t WHERE t.id {}", oql::any_id(ids));
            all.extend(api::query_all(settings, class, &oql, &fields)?);
        }
    }
    all.sort_by_key(|entry| entry.key);
    let mut links = if few {
        BTreeMap::new()
    } else {
        let ids: Vec<u64> = all.iter().map(|entry| entry.key).collect();
        links(settings, &ids)?
    };
    Ok(all
        .into_iter()
        .map(|entry| {
            let cis = entry.cis().or_else(|| links.remove(&entry.key));
            let cis = cis.unwrap_or_default();
            Linked { entry, cis }
        })
        .collect())
}

/// The configuration items of these tickets.
fn links(settings: &Settings, tickets: &[u64]) -> Result<BTreeMap<u64, Vec<Ci>>, Error> {
    let mut links: BTreeMap<u64, Vec<Ci>> = BTreeMap::new();
    for ids in tickets.chunks(oql::CHUNK) {
        let class = "lnkFunctionalCIToTicket";
        let oql = format!("SELECT {class} AS l WHERE l.ticket_id {}", oql::any_id(ids));
        let fields = "ticket_id,functionalci_id,functionalci_name";
        for entry in api::query_all(settings, class, &oql, fields)? {
            if let (Some(ticket), Some(ci)) = (entry.reference("ticket_id"), entry.link()) {
                links.entry(ticket).or_default().push(ci);
            }
        }
    }
    Ok(links)
}

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

/// One ticket, with the attributes of its class, its links, and the `more` that is asked for.
pub(crate) fn one(
    settings: &Settings,
    knowledge: &Knowledge,
    id: u64,
    more: &str,
) -> Result<Option<Linked>, Error> {
    let oql = format!("SELECT Ticket AS t WHERE t.id = {id}");
    let mut found = api::query_all(settings, model::TICKET, &oql, "id")?;
    found.retain(|entry| entry.key == id);
    let Some(class) = found.first().map(|entry| entry.class.as_str()) else {
        return Ok(None);
    };
    let class = knowledge.asks(class)?;
    let oql = format!("SELECT {} AS t WHERE t.id = {id}", class.name);
    let fields = format!("{},functionalcis_list{more}", class.fields.join(","));
    let entries = api::query_all(settings, &class.name, &oql, &fields)?;
    Ok(entries
        .into_iter()
        .find(|entry| entry.key == id)
        .map(|entry| {
            let cis = entry.cis().unwrap_or_default();
            Linked { entry, cis }
        }))
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
    let values = if matching.holds == crate::object::Holds::Id && !cis.is_empty() {
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
    let linked = one(settings, knowledge, id, "")?.ok_or_else(|| {
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

    /// The recorded query, with this connector's conditions.
    #[test]
    fn tickets_are_found_by_their_configuration_item() {
        assert_eq!(
            search("FunctionalCI", "name", "srv-o'brien", Filter::All, None),
            r"SELECT Ticket AS t JOIN lnkFunctionalCIToTicket AS l ON l.ticket_id = t.id JOIN FunctionalCI AS c ON l.functionalci_id = c.id WHERE c.name = 'srv-o\'brien'"
        );
        let open = search(
            "PhysicalDevice",
            "asset_number",
            "A",
            Filter::Open,
            Some(17),
        );
        assert!(open.ends_with(
            "c.asset_number = 'A' AND t.operational_status != 'resolved' AND t.operational_status != 'closed' AND t.id > 17"
        ));
        let closed = search("FunctionalCI", "name", "A", Filter::Closed, None);
        assert!(closed.ends_with("AND t.operational_status IN ('resolved','closed')"));
    }

    #[test]
    fn a_filter_holds_what_the_contract_says() {
        use StatusClass as S;
        for class in [S::New, S::Open, S::Pending] {
            assert!(passes(Filter::Open, class) && !passes(Filter::Closed, class));
        }
        for class in [S::Resolved, S::Closed, S::Rejected] {
            assert!(!passes(Filter::Open, class) && passes(Filter::Closed, class));
        }
        assert!(passes(Filter::Open, S::Unknown) && passes(Filter::Closed, S::Unknown));
    }

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
