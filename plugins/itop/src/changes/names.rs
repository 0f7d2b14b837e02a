//! Names of what operations mention by its id.

use crate::api;
use crate::failure::Refusal;
use crate::oql;
use sgi_guest::Settings;
use sgi_guest::types::Error;
use std::collections::{BTreeMap, BTreeSet};

/// Attributes of tickets that name other objects, and the classes that know these. Persons and teams are
/// contacts: one question is enough for both.
const KEYS: &[(&str, &str)] = &[
    ("agent_id", CONTACT),
    ("approver_id", CONTACT),
    ("caller_id", CONTACT),
    ("manager_group_id", CONTACT),
    ("manager_id", CONTACT),
    ("requestor_id", CONTACT),
    ("supervisor_group_id", CONTACT),
    ("supervisor_id", CONTACT),
    ("team_id", CONTACT),
    ("org_id", "Organization"),
    ("parent_change_id", TICKET),
    ("parent_id", TICKET),
    ("parent_incident_id", TICKET),
    ("parent_problem_id", TICKET),
    ("parent_request_id", TICKET),
    ("related_change_id", TICKET),
    ("service_id", "Service"),
    ("servicesubcategory_id", "ServiceSubcategory"),
];
const CONTACT: &str = "Contact";
const TICKET: &str = crate::model::TICKET;
/// Who did something, by the person behind the login.
pub(super) const USER: &str = "User";

/// The class that knows what an attribute names; none for one that is a value itself.
pub(super) fn class(code: &str) -> Option<&'static str> {
    KEYS.iter()
        .find(|(key, _)| *key == code)
        .map(|(_, class)| *class)
}

/// What is to be named: classes and ids.
pub(super) type Wanted = BTreeSet<(String, u64)>;

#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<(String, u64), String>);

impl Names {
    /// Asks once for each class. What the account may not read, or iTop does not have, stays without a
    /// name.
    pub(super) fn of(settings: &Settings, wanted: &Wanted) -> Result<Self, Error> {
        let mut by_class: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for (class, id) in wanted {
            if oql::is_name(class) {
                by_class.entry(class).or_default().push(*id);
            }
        }
        let mut names = BTreeMap::new();
        for (class, ids) in by_class {
            let field = if class == USER {
                "contactid_friendlyname"
            } else {
                "friendlyname"
            };
            for ids in ids.chunks(super::listing::PAGE) {
                let oql = format!("SELECT {class} AS x WHERE x.id {}", oql::any_id(ids));
                let query = api::get(class, &oql, field);
                let reply = match api::try_query(settings, &query)? {
                    Ok(reply) => reply,
                    Err((Refusal::All(error), _)) => return Err(error),
                    Err(_) => break,
                };
                for entry in reply.entries() {
                    if let Some(name) = entry.text(field) {
                        names.insert((class.to_owned(), entry.key), name.to_owned());
                    }
                }
            }
        }
        Ok(Self(names))
    }

    pub(super) fn get(&self, class: &str, id: u64) -> Option<&str> {
        self.0.get(&(class.to_owned(), id)).map(String::as_str)
    }

    /// A name, or the id where there is none.
    pub(super) fn shown(&self, class: &str, id: u64) -> String {
        self.get(class, id)
            .map_or_else(|| format!("#{id}"), str::to_owned)
    }
}
