//! Whether iTop's configuration items have the attribute of the objects, and how well it is filled.

use crate::api;
use crate::check::{blocking, forbidden, warning};
use crate::cis;
use crate::failure::{self, Refusal};
use crate::manifest::key;
use crate::object::Match;
use crate::reply::Reply;
use sgi_guest::connector::Finding;
use sgi_guest::types::Error;
use sgi_guest::{Settings, text};
use std::collections::BTreeMap;

/// So many configuration items are looked at for values that occur twice.
const SAMPLE: usize = 500;
/// Twins that are named.
const NAMED: usize = 3;

pub(crate) enum Attribute {
    /// The class that has it, and what is to be said about its values.
    Of(String, Vec<Finding>),
    Missing(Finding),
}

/// Looks for the attribute where the settings say, or at all configuration items and then at devices.
pub(crate) fn attribute(settings: &Settings, matching: &Match<'_>) -> Result<Attribute, Error> {
    let classes = match matching.class {
        Some(class) => vec![class],
        None => vec!["FunctionalCI", "PhysicalDevice"],
    };
    let attribute = matching.attribute;
    for class in &classes {
        let oql = format!("SELECT {class} AS c WHERE c.{attribute} != ''");
        let mut query = api::get(class, &oql, attribute);
        if let Some(query) = query.as_object_mut() {
            query.insert("limit".to_owned(), SAMPLE.into());
            query.insert("page".to_owned(), 1.into());
        }
        match api::try_query(settings, &query)? {
            Ok(reply) => {
                if matching.class.is_some() && !is_linked(settings, class)? {
                    return Ok(Attribute::Missing(no_ci(class, attribute)));
                }
                let findings = values(&reply, attribute);
                return Ok(Attribute::Of((*class).to_owned(), findings));
            }
            Err((Refusal::Model, reply)) => {
                if matching.class.is_some() && failure::unknown_class(reply.message()) {
                    return Ok(Attribute::Missing(no_class(class, attribute)));
                }
            }
            Err((Refusal::Class(error), _)) => return Ok(Attribute::Missing(forbidden(error))),
            Err((Refusal::All(error), _)) => return Err(error),
        }
    }
    Ok(Attribute::Missing(missing(attribute, &classes)))
}

/// Whether tickets can be linked to objects of this class. iTop refuses to join a class that is neither
/// above nor below the one that the links point to; no link has the id 0.
fn is_linked(settings: &Settings, class: &str) -> Result<bool, Error> {
    let link = "lnkFunctionalCIToTicket";
    let oql =
        format!("SELECT {link} AS l JOIN {class} AS c ON l.functionalci_id = c.id WHERE l.id = 0");
    match api::try_query(settings, &api::get(link, &oql, "id"))? {
        Ok(_) => Ok(true),
        Err((Refusal::Model, _)) => Ok(false),
        Err((Refusal::Class(error) | Refusal::All(error), _)) => Err(error),
    }
}

fn no_ci(class: &str, attribute: &str) -> Finding {
    blocking(
        key::OBJECTS_ATTRIBUTE,
        format!(
            "{class:?} is no class of configuration items: iTop links tickets to a FunctionalCI or a class \
             below it; name such a class here (Server.{attribute}), or leave the class and the dot out"
        ),
    )
}

fn no_class(class: &str, attribute: &str) -> Finding {
    blocking(
        key::OBJECTS_ATTRIBUTE,
        format!(
            "iTop has no class {class:?}: set this option to a class of configuration items as iTop's data \
             model has it, in its spelling (Server.{attribute}), or leave the class and the dot out"
        ),
    )
}

fn missing(attribute: &str, classes: &[&str]) -> Finding {
    let advice = if attribute == "idoit_id" {
        "install the data-model extension for i-doit in iTop, or set this option to another attribute, such \
         as name or asset_number"
    } else {
        "set this option to an attribute that iTop has (idoit_id with the extension for i-doit, name, \
         asset_number), with its class before it (Class.attribute) if only one class has it"
    };
    blocking(
        key::OBJECTS_ATTRIBUTE,
        format!(
            "iTop has no attribute {attribute:?} at its class {}: {advice}",
            classes.join(" nor at ")
        ),
    )
}

/// What a sample of the values shows.
fn values(reply: &Reply, attribute: &str) -> Vec<Finding> {
    if reply.entries().is_empty() {
        return vec![warning(
            Some(key::OBJECTS_ATTRIBUTE),
            format!(
                "no configuration item that the account sees has a value in the attribute {attribute:?}: no \
                 object will have tickets until iTop's configuration items are filled in there"
            ),
        )];
    }
    let mut ids: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for entry in reply.entries() {
        if let Some(value) = cis::value(entry, attribute) {
            ids.entry(value).or_default().push(entry.key);
        }
    }
    ids.values_mut().for_each(|ids| ids.sort_unstable());
    let twins: Vec<_> = ids.iter().filter(|(_, ids)| ids.len() > 1).collect();
    if twins.is_empty() {
        return Vec::new();
    }
    let named: Vec<String> = twins
        .iter()
        .take(NAMED)
        .map(|(value, ids)| {
            let ids: Vec<String> = ids.iter().take(NAMED).map(u64::to_string).collect();
            format!("{} (ids {})", text::quote(value), ids.join(", "))
        })
        .collect();
    let read = reply.entries().len();
    let sample = if reply.found() > read {
        format!(" among the first {read} of {}", reply.found())
    } else {
        String::new()
    };
    vec![warning(
        Some(key::OBJECTS_ATTRIBUTE),
        format!(
            "several configuration items have the same {attribute:?}{sample}: {}. An object gets the \
             tickets of all of them; make the values unique",
            named.join(", ")
        ),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use sgi_guest::connector::Severity;

    fn found(total: usize, names: &[&str]) -> Vec<Finding> {
        let objects: serde_json::Map<_, _> = names
            .iter()
            .enumerate()
            .map(|(id, name)| {
                let entry = json!({"code":0,"class":"Server","key":(id + 50).to_string(),"fields":{"name":name}});
                (format!("Server::{id}"), entry)
            })
            .collect();
        let reply = json!({"code":0,"message":format!("Found: {total}"),"objects":objects});
        values(&serde_json::from_value(reply).expect("a reply"), "name")
    }

    #[test]
    fn twins_are_named() {
        let findings = found(3, &["srv-dup", "srv-dup", "SRV-DUP"]);
        assert!(
            findings[0]
                .problem
                .message
                .contains("\"srv-dup\" (ids 50, 51).")
        );
        let findings = found(900, &["a", "a"]);
        assert!(
            findings[0]
                .problem
                .message
                .contains("among the first 2 of 900")
        );
        assert!(found(2, &["a", "A"]).is_empty());
    }

    #[test]
    fn an_attribute_that_nobody_filled_is_a_warning_and_a_missing_one_blocks() {
        let findings = found(0, &[]);
        assert!(
            findings[0]
                .problem
                .message
                .contains("no configuration item")
        );
        let finding = missing("idoit_id", &["FunctionalCI", "PhysicalDevice"]);
        assert_eq!(finding.severity, Severity::Blocking);
        assert!(finding.problem.message.contains("extension for i-doit"));
    }
}
