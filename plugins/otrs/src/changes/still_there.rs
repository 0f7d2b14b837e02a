//! Which known tickets are still tickets of their own.

use crate::client::Client;
use crate::failure::Failure;
use crate::object::References;
use crate::reply::RawTicket;
use crate::ticket::{Reader, number, status_class};
use serde_json::{Map, json};
use sgi_guest::types::{Error, StatusClass};
use std::collections::HashSet;

/// The types of states of what is no ticket any more; OTRS still finds them.
const ENDED: [&str; 2] = ["merged", "removed"];

/// Those that the account sees, that were not merged and have the tenant of the settings.
pub(crate) fn still_there(
    client: &Client<'_>,
    reader: &Reader<'_>,
    ids: &[String],
) -> Result<Vec<String>, Error> {
    let mut numbers = ids
        .iter()
        .map(|id| number(id))
        .collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    numbers.dedup();
    let there = match client.tickets(&numbers, false) {
        Ok(read) => read
            .iter()
            .filter(|ticket| is_ticket(&reader.references, ticket))
            .map(|ticket| ticket.id.0)
            .collect(),
        // Too many are gone to find out which one by one.
        Err(Failure::Failed(Error::Forbidden(_))) => {
            all(client, &reader.references).map_err(|failure| client.explain(failure))?
        }
        Err(failure) => return Err(client.explain(failure)),
    };
    let is_there = |id: &&String| number(id).is_ok_and(|id| there.contains(&id));
    Ok(ids.iter().filter(is_there).cloned().collect())
}

fn is_ticket(references: &References<'_>, ticket: &RawTicket) -> bool {
    let class = status_class(ticket.state_type.as_str());
    !matches!(class, StatusClass::Merged | StatusClass::Deleted) && of_tenant(references, ticket)
}

/// Whether a ticket has the tenant of the settings, whatever OTRS's search found.
pub(super) fn of_tenant(references: &References<'_>, ticket: &RawTicket) -> bool {
    references.tenant.is_none_or(|(field, tenant)| {
        let values = ticket.values(field.as_str()).unwrap_or_default();
        // As a database compares.
        let same = |value: &String| value.trim_end().to_lowercase() == tenant.to_lowercase();
        values.iter().any(same)
    })
}

/// Every ticket that the account sees.
fn all(client: &Client<'_>, references: &References<'_>) -> Result<HashSet<u64>, Failure> {
    let mut search = Map::new();
    if let Some((field, tenant)) = references.tenant {
        search.insert(field.parameter(), json!({ "Equals": tenant }));
    }
    let mut all: HashSet<u64> = client.search(search.clone())?.into_iter().collect();
    search.insert("StateType".to_owned(), json!(ENDED));
    for ended in client.search(search)? {
        all.remove(&ended);
    }
    Ok(all)
}
