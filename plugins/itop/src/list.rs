//! The tickets of an object.
//!
//! A call costs iTop 100 to 150 ms whatever it asks, so a list has as few as possible: one that finds the
//! tickets by their configuration item, one for each family of classes among them, and one for the
//! attribute of their configuration items where the links do not show it.

use crate::api;
use crate::cis;
use crate::fetch::{self, Linked};
use crate::host;
use crate::knowledge::Knowledge;
use crate::model;
use crate::object::Match;
use crate::one;
use crate::oql;
use crate::reply::Ci;
use crate::ticket;
use sgi_guest::tickets::{Filter, Page, Query};
use sgi_guest::types::{Error, StatusClass};
use sgi_guest::{Settings, fail};
use std::collections::BTreeSet;

/// Tickets a page at most.
const PAGE: u32 = 100;

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
    let linked = fetch::fetch(settings, knowledge, &found)?;
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
        let objects = one::objects(&matching, cis, &values, Some(&query.object.id));
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
