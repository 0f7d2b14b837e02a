//! Tickets whose configuration items stand for other objects than before: somebody changed the attribute that
//! says which. The tickets themselves do not change by that; iTop's history of the configuration items tells.

use super::cursor::Moved;
use super::details::SCALAR;
use super::listing::Query;
use crate::object::Match;
use crate::oql;
use crate::reply::Entry;
use sgi_guest::Settings;
use sgi_guest::types::Error;
use std::collections::BTreeSet;

/// The next tickets, by their ids.
pub(super) struct Next {
    pub(super) tickets: Vec<Entry>,
    /// The operations that they are about.
    upto: u64,
    /// These are all tickets of them.
    whole: bool,
    /// There are no further operations.
    last: bool,
}

impl Next {
    /// How far it is read when these tickets are; none: to the end.
    pub(super) fn then(&self, from: Moved, read: &[u64]) -> Option<Moved> {
        let left = read.len() < self.tickets.len();
        match (left || !self.whole, self.last) {
            (true, _) => Some(Moved {
                ticket: read.last().copied().unwrap_or(from.ticket),
                ..from
            }),
            (false, false) => Some(Moved {
                operation: self.upto,
                ticket: 0,
            }),
            (false, true) => None,
        }
    }
}

/// What comes after this. What is no configuration item and has an attribute of that name only makes a ticket
/// be read in vain.
pub(super) fn next(
    settings: &Settings,
    matching: &Match<'_>,
    from: Moved,
    limit: usize,
) -> Result<Next, Error> {
    let query = Query {
        class: SCALAR,
        begin: format!(
            "SELECT {SCALAR} AS o WHERE o.attcode = '{}' AND",
            matching.attribute
        ),
        id: "o.id",
        fields: "objkey".to_owned(),
    };
    let mut operations = query.lowest(settings, from.operation, oql::CHUNK)?;
    let some = operations.entries.len() > oql::CHUNK;
    operations.entries.truncate(oql::CHUNK);
    let upto = match operations.entries.last() {
        Some(entry) if some => entry.key,
        _ => operations.upto,
    };
    let last = operations.all && !some;
    let cis: BTreeSet<u64> = operations
        .entries
        .iter()
        .filter_map(|entry| entry.reference("objkey"))
        .collect();
    if cis.is_empty() {
        return Ok(Next {
            tickets: Vec::new(),
            upto,
            whole: true,
            last,
        });
    }
    let cis: Vec<u64> = cis.into_iter().collect();
    let query = Query {
        class: crate::model::TICKET,
        begin: format!(
            "SELECT Ticket AS t JOIN lnkFunctionalCIToTicket AS l ON l.ticket_id = t.id WHERE \
             l.functionalci_id {} AND",
            oql::any_id(&cis)
        ),
        id: "t.id",
        fields: "id".to_owned(),
    };
    let mut tickets = query.lowest(settings, from.ticket, limit)?;
    let whole = tickets.all && tickets.entries.len() <= limit;
    tickets.entries.truncate(limit);
    Ok(Next {
        tickets: tickets.entries,
        upto,
        whole,
        last,
    })
}
