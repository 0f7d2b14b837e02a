//! Operations of iTop's history, with what their classes say of each.
//!
//! Asked for by class, with named attributes: `*+` brings everything in one answer (measured), the former
//! text of descriptions and former files included.

use super::listing::{self, PAGE, Query};
use super::readable::OPERATION;
use crate::knowledge::History;
use crate::oql;
use crate::reply::Entry;
use sgi_guest::Settings;
use sgi_guest::types::Error;
use std::collections::BTreeMap;

const DELETED: &str = "CMDBChangeOpDelete";
pub(super) const ATTRIBUTE: &str = "CMDBChangeOpSetAttribute";
pub(super) const SCALAR: &str = "CMDBChangeOpSetAttributeScalar";
pub(super) const LINKS: &str = "CMDBChangeOpSetAttributeLinksAddRemove";
/// Something about a link itself was changed.
const TUNE: &str = "CMDBChangeOpSetAttributeLinksTune";
/// What a link says of a configuration item that somebody took out by hand.
const OUT: &str = "not_impacted";
pub(super) const LOG: &str = "CMDBChangeOpSetAttributeCaseLog";

/// Operations of several tickets in one batch; more are read for one ticket alone.
const MANY: usize = 5000;

/// Something that was done to a ticket.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) id: u64,
    /// What was done at once.
    pub(super) change: u64,
    pub(super) date: String,
    pub(super) user: Option<u64>,
    /// What the desk says of who did it, from the best to the worst.
    pub(super) who: Vec<String>,
    /// The ticket's class.
    pub(super) class: String,
    pub(super) ticket: u64,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Created,
    /// With the name that people knew it by.
    Deleted {
        name: String,
    },
    /// An attribute with its value before and after.
    Value {
        code: String,
        old: String,
        new: String,
    },
    /// Something in a list of links.
    Link {
        code: String,
        class: String,
        id: u64,
        added: bool,
    },
    /// An entry of a case log, counted from 0.
    Log {
        code: String,
        entry: usize,
    },
    /// An attribute of which nothing more is said.
    Attribute {
        code: String,
    },
    /// Anything else, by the class of the operation without its beginning.
    Other(String),
}

/// All operations on these tickets after one, by id; none if they are very many and not of one ticket
/// alone.
pub(super) fn of_tickets(
    settings: &Settings,
    history: &History,
    begin: &str,
    after: u64,
    tickets: &[u64],
) -> Result<Option<Vec<Operation>>, Error> {
    let query = Query {
        class: OPERATION,
        begin: format!("{begin} o.objkey {} AND", oql::any_id(tickets)),
        id: "o.id",
        fields: history.fields.join(","),
    };
    let most = if tickets.len() > 1 { MANY } else { usize::MAX };
    let Some(entries) = query.all(settings, after, most)? else {
        return Ok(None);
    };
    let details = details(settings, &entries)?;
    let tuned = tuned(settings, &entries, &details)?;
    Ok(Some(
        entries
            .iter()
            .filter_map(|entry| {
                let mut operation = operation(entry, details.get(&entry.key))?;
                if let Some(what) = tuned.get(&entry.key) {
                    operation.what = what.clone();
                }
                Some(operation)
            })
            .collect(),
    ))
}

/// Links that were marked as such without impact, or no longer so, by the id of the operation: to iTop's
/// users the configuration item is taken out of the ticket then, or back into it. The operation on the ticket
/// says which link it was, and that on the link what became of it.
fn tuned(
    settings: &Settings,
    entries: &[Entry],
    details: &BTreeMap<u64, Entry>,
) -> Result<BTreeMap<u64, What>, Error> {
    let of_tickets = entries.iter().filter(|entry| entry.class == TUNE);
    let tunes: Vec<(u64, u64, u64, &Entry)> = of_tickets
        .filter_map(|entry| {
            let more = details.get(&entry.key)?;
            let change = entry.reference("change")?;
            Some((entry.key, change, more.reference("link_id")?, more))
        })
        .collect();
    let links: Vec<u64> = tunes.iter().map(|(_, _, link, _)| *link).collect();
    let mut marks: BTreeMap<(u64, u64), bool> = BTreeMap::new();
    for links in links.chunks(oql::CHUNK) {
        let query = Query {
            class: SCALAR,
            begin: format!(
                "SELECT {SCALAR} AS o WHERE o.objclass = 'lnkFunctionalCIToTicket' AND o.attcode = \
                 'impact_code' AND o.objkey {} AND",
                oql::any_id(links)
            ),
            id: "o.id",
            fields: "change,objkey,oldvalue,newvalue".to_owned(),
        };
        for entry in query.all(settings, 0, usize::MAX)?.unwrap_or_default() {
            let key = entry.reference("change").zip(entry.reference("objkey"));
            let (was, is) = (entry.exact("oldvalue"), entry.exact("newvalue"));
            if let Some(key) = key
                && (was == Some(OUT)) != (is == Some(OUT))
            {
                marks.insert(key, was == Some(OUT));
            }
        }
    }
    let moves = tunes.into_iter().filter_map(|(id, change, link, more)| {
        let added = *marks.get(&(change, link))?;
        let what = What::Link {
            code: more.shown("attcode")?,
            class: more.shown("item_class")?,
            id: more.reference("item_id")?,
            added,
        };
        Some((id, what))
    });
    Ok(moves.collect())
}

/// What the classes say, by the id of the operation.
fn details(settings: &Settings, entries: &[Entry]) -> Result<BTreeMap<u64, Entry>, Error> {
    let mut by_class: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for entry in entries {
        let asked = match entry.class.as_str() {
            SCALAR => (SCALAR, "attcode,oldvalue,newvalue"),
            LINKS => (LINKS, "attcode,item_class,item_id,type"),
            LOG => (LOG, "attcode,lastentry"),
            TUNE => (TUNE, "attcode,item_class,item_id,link_id"),
            DELETED => (DELETED, "fname"),
            class if class.starts_with(ATTRIBUTE) => (ATTRIBUTE, "attcode"),
            _ => continue,
        };
        by_class.entry(asked).or_default().push(entry.key);
    }
    let mut details = BTreeMap::new();
    for ((class, fields), ids) in by_class {
        for ids in ids.chunks(PAGE) {
            let oql = format!("SELECT {class} AS o WHERE o.id {}", oql::any_id(ids));
            let answer = listing::ask(settings, class, &oql, fields, PAGE)?;
            answer.whole()?;
            details.extend(answer.entries.into_iter().map(|entry| (entry.key, entry)));
        }
    }
    Ok(details)
}

fn operation(entry: &Entry, more: Option<&Entry>) -> Option<Operation> {
    let owned = |name: &str| entry.text(name).map(str::to_owned);
    let user = entry.reference("user_id");
    // A user's own name is better than what the change says, which for REST is the request's comment; and
    // that is better than a login.
    let login = owned("user_id_friendlyname");
    Some(Operation {
        id: entry.key,
        change: entry.reference("change")?,
        date: entry.exact("date").unwrap_or_default().to_owned(),
        who: owned("userinfo").into_iter().chain(login).collect(),
        user,
        class: owned("objclass")?,
        ticket: entry.reference("objkey")?,
        what: what(&entry.class, more),
    })
}

fn what(class: &str, more: Option<&Entry>) -> What {
    let text = |name: &str| {
        let value = more.and_then(|more| more.shown(name));
        value.unwrap_or_default()
    };
    let code = text("attcode");
    let reference = |name: &str| more.and_then(|more| more.reference(name));
    match class {
        "CMDBChangeOpCreate" => What::Created,
        DELETED => What::Deleted {
            name: text("fname"),
        },
        SCALAR => What::Value {
            code,
            old: text("oldvalue"),
            new: text("newvalue"),
        },
        LINKS => match reference("item_id") {
            Some(id) => What::Link {
                code,
                class: text("item_class"),
                id,
                added: text("type") == "added",
            },
            None => What::Attribute { code },
        },
        LOG => match text("lastentry").parse() {
            Ok(entry) => What::Log { code, entry },
            Err(_) => What::Attribute { code },
        },
        class if class.starts_with(ATTRIBUTE) => What::Attribute { code },
        class => What::Other(class.trim_start_matches(OPERATION).to_owned()),
    }
}
