//! What is asked of OTRS to find what has changed.

use super::wall::Wall;
use crate::batch::readable;
use crate::channel::{Operation, Transport};
use crate::client::{Client, object};
use crate::failure::Failure;
use crate::object::References;
use crate::reply::{Found, Histories, History};
use serde_json::{Map, Value, json};
use sgi_guest::fail;

/// Ids are cheap: this many take OTRS a fraction of a second, and say how many tickets are left to read.
pub(super) const MANY: usize = 10_000;
/// A time that is still to come.
const NEVER: &str = "2099-12-31 12:00:00";

/// A search for what was changed since a second, the second itself included.
pub(super) struct Changed<'a> {
    client: &'a Client<'a>,
    references: &'a References<'a>,
}

impl<'a> Changed<'a> {
    pub(super) fn new(client: &'a Client<'a>, references: &'a References<'a>) -> Self {
        Self { client, references }
    }

    /// In the order in which they were changed, the longest ago first; at most [`MANY`].
    pub(super) fn oldest(&self, from: Wall) -> Result<Vec<u64>, Failure> {
        let mut search = self.search("TicketLastChangeTimeNewerDate", from)?;
        search.insert("SortBy".to_owned(), "Changed".into());
        search.insert("OrderBy".to_owned(), "Up".into());
        search.insert("Limit".to_owned(), MANY.into());
        search.insert("SearchInArchive".to_owned(), "AllTickets".into());
        let found: Found = self.client.call(Operation::TicketSearch, search)?;
        let mut ids: Vec<u64> = Vec::with_capacity(found.ids.0.len());
        let mut known = std::collections::HashSet::new();
        ids.extend(
            found
                .ids
                .0
                .into_iter()
                .map(|id| id.0)
                .filter(|id| known.insert(*id)),
        );
        Ok(ids)
    }

    /// All of this one second, in the order of ids.
    pub(super) fn within(&self, second: Wall) -> Result<Vec<u64>, Failure> {
        let mut search = self.search("TicketLastChangeTimeNewerDate", second)?;
        let date = date(second)?;
        search.insert("TicketLastChangeTimeOlderDate".to_owned(), date.into());
        self.client.search(search)
    }

    /// All, in the order of ids.
    pub(super) fn all(&self, from: Wall) -> Result<Vec<u64>, Failure> {
        self.client
            .search(self.search("TicketLastChangeTimeNewerDate", from)?)
    }

    /// All whose history grew, in the order of ids. By OTRS's public source, what a customer writes twice
    /// in a row is in the history and does not count as a change of the ticket.
    pub(super) fn told_of(&self, from: Wall) -> Result<Vec<u64>, Failure> {
        self.client
            .search(self.search("TicketChangeTimeNewerDate", from)?)
    }

    fn search(&self, what: &str, from: Wall) -> Result<Map<String, Value>, Failure> {
        let mut search = Map::new();
        search.insert(what.to_owned(), date(from)?.into());
        if let Some((field, tenant)) = self.references.tenant {
            search.insert(field.parameter(), json!({ "Equals": tenant }));
        }
        Ok(search)
    }
}

fn date(wall: Wall) -> Result<String, Failure> {
    let written = wall.written();
    written.ok_or_else(|| fail::invalid_input("there is no such date").into())
}

/// Whether OTRS heeds a search for what was changed since a time. What it cannot make sense of finds
/// nothing, and what it does not know at all is left out, both without a word.
pub(crate) fn heeds_changes(client: &Client<'_>) -> Result<bool, Failure> {
    let ever = date(Wall::BEGINNING)?;
    for (since, expected) in [(ever.as_str(), true), (NEVER, false)] {
        let search = object(json!({
            "TicketLastChangeTimeNewerDate": since,
            "SortBy": "Changed",
            "OrderBy": "Up",
            "Limit": 1,
            "SearchInArchive": "AllTickets",
        }));
        let found: Found = client.call(Operation::TicketSearch, search)?;
        if found.ids.0.is_empty() == expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the web service tells the history of a ticket that can be read.
pub(crate) fn tells_histories(client: &Client<'_>, ticket: u64) -> Result<bool, Failure> {
    match histories(client, &[ticket]) {
        Ok(read) => Ok(read.is_some()),
        // The operation is there and does not work: tickets can be compared all the same.
        Err(Failure::Refused { .. }) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// The histories of those of the tickets whose history can be read; none where the web service does not
/// tell them, as OTRS's up to 5 and most for SOAP.
pub(super) fn histories(client: &Client<'_>, ids: &[u64]) -> Result<Option<Vec<History>>, Failure> {
    match readable(ids, |list| some_histories(client, list)) {
        Ok(read) => Ok(Some(read)),
        Err(Failure::NoOperation(_)) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn some_histories(client: &Client<'_>, asked: &[u64]) -> Result<Option<Vec<History>>, Failure> {
    let ids = match client.names().transport {
        Transport::Rest => Value::from(asked.to_vec()),
        Transport::Soap | Transport::StockRest => {
            let ids: Vec<String> = asked.iter().map(u64::to_string).collect();
            Value::from(ids.join(","))
        }
    };
    let parameters = object(json!({ "TicketID": ids }));
    match client.call::<Histories>(Operation::TicketHistoryGet, parameters) {
        Ok(read) => {
            let histories = read.histories.0;
            let mut answered: Vec<u64> = histories.iter().map(|one| one.ticket.0).collect();
            let mut asked = asked.to_vec();
            answered.sort_unstable();
            asked.sort_unstable();
            if answered != asked {
                return Err(fail::protocol(format!(
                    "OTRS was asked for the histories of {} tickets and answered with {}, not all of \
                     them the same",
                    asked.len(),
                    answered.len()
                ))
                .into());
            }
            Ok(Some(histories))
        }
        Err(failure) if failure.is_denied() => Ok(None),
        Err(failure) => Err(failure),
    }
}
