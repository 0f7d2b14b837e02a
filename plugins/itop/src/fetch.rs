//! Tickets by their ids, with the attributes of their classes and their links.

use crate::api;
use crate::changes::Query;
use crate::knowledge::Knowledge;
use crate::model;
use crate::oql;
use crate::reply::{Ci, Entry};
use sgi_guest::Settings;
use sgi_guest::types::Error;
use std::collections::BTreeMap;

/// Up to so many tickets are asked for their links along with the rest. iTop makes a query of its own
/// for each of these lists, so for more tickets one call for all links is cheaper.
const FEW: usize = 25;

/// A ticket and the configuration items that it is linked to.
pub(crate) struct Linked {
    pub(crate) entry: Entry,
    pub(crate) cis: Vec<Ci>,
}

/// iTop sends links in the order of names, which change; ids do not.
fn linked(entry: Entry, mut cis: Vec<Ci>) -> Linked {
    cis.sort_by_key(|ci| ci.id);
    cis.dedup();
    Linked { entry, cis }
}

/// All of these tickets, by id. One that has gone in the meantime is left out.
pub(crate) fn fetch(
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
            linked(entry, cis.unwrap_or_default())
        })
        .collect())
}

/// The configuration items of these tickets.
fn links(settings: &Settings, tickets: &[u64]) -> Result<BTreeMap<u64, Vec<Ci>>, Error> {
    let mut links: BTreeMap<u64, Vec<Ci>> = BTreeMap::new();
    for ids in tickets.chunks(oql::CHUNK) {
        // By ids and not by pages: a link that is deleted meanwhile would let another ticket's be skipped,
        // and a logbook would note that its object was taken from it.
        let class = "lnkFunctionalCIToTicket";
        let query = Query {
            class,
            begin: format!(
                "SELECT {class} AS l WHERE l.ticket_id {} AND",
                oql::any_id(ids)
            ),
            id: "l.id",
            fields: "ticket_id,functionalci_id,functionalci_name,impact_code".to_owned(),
        };
        for entry in query.all(settings, 0, usize::MAX)?.unwrap_or_default() {
            if let (Some(ticket), Some(ci)) = (entry.reference("ticket_id"), entry.link()) {
                links.entry(ticket).or_default().push(ci);
            }
        }
    }
    Ok(links)
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
            linked(entry, cis)
        }))
}
