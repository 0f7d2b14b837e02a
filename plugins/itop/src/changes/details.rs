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

pub(super) const ATTRIBUTE: &str = "CMDBChangeOpSetAttribute";
pub(super) const SCALAR: &str = "CMDBChangeOpSetAttributeScalar";
pub(super) const LINKS: &str = "CMDBChangeOpSetAttributeLinksAddRemove";
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
    Deleted,
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
    Ok(Some(
        entries
            .iter()
            .filter_map(|entry| operation(entry, details.get(&entry.key)))
            .collect(),
    ))
}

/// What the classes say, by the id of the operation.
fn details(settings: &Settings, entries: &[Entry]) -> Result<BTreeMap<u64, Entry>, Error> {
    let mut by_class: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for entry in entries {
        let asked = match entry.class.as_str() {
            SCALAR => (SCALAR, "attcode,oldvalue,newvalue"),
            LINKS => (LINKS, "attcode,item_class,item_id,type"),
            LOG => (LOG, "attcode,lastentry"),
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
        "CMDBChangeOpDelete" => What::Deleted,
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
