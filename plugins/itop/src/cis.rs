//! Configuration items: found by the value that an object of the CMDB has, or asked for that value.
//!
//! iTop compares texts without regard to case, accents and blanks at the end. What it finds is compared
//! again, exactly.

use crate::api;
use crate::knowledge::Knowledge;
use crate::object::Match;
use crate::oql;
use crate::reply::{Ci, Entry};
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail};
use std::collections::BTreeMap;

/// A configuration item that has a wanted value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: u64,
    pub(crate) organization: Option<u64>,
    pub(crate) value: String,
}

/// The configuration items that have one of the values, by id.
pub(crate) fn find(
    settings: &Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    values: &[&str],
) -> Result<Vec<Found>, Error> {
    let class = known_class(knowledge)?;
    let attribute = matching.attribute;
    let mut entries = Vec::new();
    for values in values.chunks(oql::CHUNK) {
        let any = oql::any_of(values.iter().copied());
        let oql = format!("SELECT {class} AS c WHERE c.{attribute} {any}");
        let fields = format!("{attribute},org_id");
        entries.extend(api::query_all(settings, class, &oql, &fields)?);
    }
    Ok(exact(&entries, attribute, values))
}

/// The class that the check found, as a name that may stand in a query.
pub(crate) fn known_class(knowledge: &Knowledge) -> Result<&str, Error> {
    let class = knowledge.ci_class.as_str();
    oql::is_name(class).then_some(class).ok_or_else(|| {
        fail::stale_knowledge("no class of configuration items is known that has the attribute")
    })
}

fn exact(entries: &[Entry], attribute: &str, values: &[&str]) -> Vec<Found> {
    let mut found: Vec<Found> = entries
        .iter()
        .filter_map(|entry| {
            let value = value(entry, attribute).filter(|value| values.contains(&value.as_str()))?;
            Some(Found {
                id: entry.key,
                organization: entry.reference("org_id"),
                value,
            })
        })
        .collect();
    found.sort_by_key(|ci| ci.id);
    found
}

/// A value as it is: also a number, as iTop writes it.
pub(crate) fn value(entry: &Entry, attribute: &str) -> Option<String> {
    match entry.exact(attribute) {
        Some(text) => Some(text.to_owned()),
        None => entry.shown(attribute),
    }
}

/// The attribute of each of these configuration items, by their ids.
pub(crate) fn values(
    settings: &Settings,
    knowledge: &Knowledge,
    matching: &Match<'_>,
    cis: &[&Ci],
) -> Result<BTreeMap<u64, String>, Error> {
    if matching.in_links() {
        return Ok(cis.iter().map(|ci| (ci.id, ci.name.clone())).collect());
    }
    let mut ids: Vec<u64> = cis.iter().map(|ci| ci.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let class = known_class(knowledge)?;
    let attribute = matching.attribute;
    let mut values = BTreeMap::new();
    for ids in ids.chunks(oql::CHUNK) {
        let oql = format!("SELECT {class} AS c WHERE c.id {}", oql::any_id(ids));
        for entry in api::query_all(settings, class, &oql, attribute)? {
            if let Some(value) = value(&entry, attribute) {
                values.insert(entry.key, value);
            }
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(names: &[&str]) -> Vec<Entry> {
        let mut id = 31;
        names
            .iter()
            .map(|name| {
                id += 1;
                Entry::of("Server", id, &json!({"name": name, "org_id": "3"}))
            })
            .collect()
    }

    /// The recorded pairs that iTop takes for equal, and some more.
    #[test]
    fn case_accents_and_blanks_make_another_object() {
        for (asked, brought) in [
            ("SRV-DB-01", "srv-db-01"),
            (
                "Prufserver \"Grosse\" 日本 🖥️",
                "Prüfserver \"Größe\" 日本 🖥️",
            ),
            ("srv-db-01 ", "srv-db-01"),
            ("42", "４２"),
            ("42", "042"),
        ] {
            assert!(
                exact(&named(&[brought]), "name", &[asked]).is_empty(),
                "{asked}"
            );
            assert_eq!(exact(&named(&[asked, brought]), "name", &[asked]).len(), 1);
        }
    }

    #[test]
    fn several_may_have_the_same_value() {
        let found = exact(
            &named(&["srv-dup", "SRV-DUP", "srv-dup"]),
            "name",
            &["srv-dup"],
        );
        let ids: Vec<_> = found.iter().map(|ci| (ci.id, ci.organization)).collect();
        assert_eq!(ids, [(32, Some(3)), (34, Some(3))]);
    }

    #[test]
    fn a_number_is_compared_as_it_is_written() {
        let entry = Entry::of("Server", 1, &json!({"idoit_id": 42}));
        assert_eq!(exact(&[entry], "idoit_id", &["42"]).len(), 1);
    }
}
