//! Whether the account may read iTop's history. A plain account was seen to be refused, an administrator
//! let in; profiles of one's own may stand in between.

use super::listing;
use crate::knowledge::{History, Knowledge};
use crate::model::{self, FAMILIES};
use crate::oql;
use crate::probe::{self, Probed};
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail};

/// The class of all operations.
pub(super) const OPERATION: &str = "CMDBChangeOp";

/// What an event needs of every operation; the last two came with iTop 3.
const FIELDS: &[&str] = &[
    "change",
    "date",
    "userinfo",
    "objclass",
    "objkey",
    "user_id",
    "user_id_friendlyname",
];
const NEEDED: usize = 5;

/// What an operation says beyond that, by its class.
const PARTS: &[(&str, &[&str])] = &[
    (super::details::ATTRIBUTE, &["attcode"]),
    (super::details::SCALAR, &["attcode", "oldvalue", "newvalue"]),
    (
        super::details::LINKS,
        &["attcode", "item_class", "item_id", "type"],
    ),
    (super::details::LOG, &["attcode", "lastentry"]),
];

/// Classes that administrators made for tickets; more are not looked for.
const OWN_CLASSES: usize = 50;

/// What can be read of the history; none where anything is missing.
pub(crate) fn readable(
    settings: &Settings,
    knowledge: &Knowledge,
) -> Result<Option<History>, Error> {
    let Probed::Readable(operation) = probe::class(settings, OPERATION, FIELDS)? else {
        return Ok(None);
    };
    let has = |name: &&&str| operation.fields.iter().any(|field| field == **name);
    if FIELDS.iter().take(NEEDED).filter(has).count() < NEEDED {
        return Ok(None);
    }
    for (class, fields) in PARTS {
        match probe::class(settings, class, fields)? {
            Probed::Readable(part) if part.fields.len() == fields.len() => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(History {
        fields: operation.fields,
        tickets: classes(settings, knowledge)?,
    }))
}

/// The classes that tickets have. Of a family all that iTop knows are named, whether there are or not.
fn classes(settings: &Settings, knowledge: &Knowledge) -> Result<Vec<String>, Error> {
    let known = |class: &str| {
        knowledge.class(class).is_some() || knowledge.closed.iter().any(|closed| closed == class)
    };
    let families = FAMILIES.iter().filter(|family| known(family.class));
    let mut classes: Vec<String> = families
        .flat_map(|family| family.members)
        .map(|class| (*class).to_owned())
        .collect();
    while let Some(class) = another(settings, &classes)? {
        if classes.len() > OWN_CLASSES || classes.contains(&class) {
            return Err(fail::protocol(
                "iTop names ticket classes without end when it is asked for further ones",
            ));
        }
        classes.push(class);
    }
    Ok(classes)
}

/// A class that some ticket has beside these. iTop's history knows tickets by their final class only.
pub(super) fn another(settings: &Settings, classes: &[String]) -> Result<Option<String>, Error> {
    let mut oql = "SELECT Ticket AS t".to_owned();
    if !classes.is_empty() {
        let known = oql::any_of(classes.iter().map(String::as_str));
        oql.push_str(&format!(" WHERE t.finalclass NOT {known}"));
    }
    let answer = listing::ask(settings, model::TICKET, &oql, "id", 1)?;
    let class = answer.entries.into_iter().next().map(|entry| entry.class);
    Ok(class.filter(|class| oql::is_name(class)))
}
