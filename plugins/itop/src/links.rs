//! Addresses in iTop for people.

use crate::cis::{self, Found};
use crate::knowledge::Knowledge;
use crate::object::Match;
use serde_json::json;
use sgi_guest::html;
use sgi_guest::tickets::Form;
use sgi_guest::types::{Error, Object};
use sgi_guest::{Settings, text};

const PAGE: &str = "/pages/UI.php";
/// The classes that people make tickets of. iTop's form wants one that is not abstract.
const NEW: &[(&str, &str)] = &[("UserRequest", "User request"), ("Incident", "Incident")];

/// The page of a ticket, by its own class.
pub(crate) fn show(settings: &Settings, class: &str, id: &str) -> String {
    let parameters = [("operation", "details"), ("class", class), ("id", id)];
    text::address(settings.link_url(), PAGE, &parameters)
}

/// One new-ticket form for each class of tickets that people make.
pub(crate) fn forms(
    settings: &Settings,
    knowledge: &Knowledge,
    object: &Object,
) -> Result<Vec<Form>, Error> {
    let matching = Match::of(settings)?;
    let value = matching.value(object)?;
    let found = cis::find(settings, knowledge, &matching, &[value])?;
    Ok(NEW
        .iter()
        .filter(|(class, _)| knowledge.class(class).is_some())
        .map(|(class, label)| form(settings, class, label, object, &found, &matching))
        .collect())
}

fn form(
    settings: &Settings,
    class: &str,
    label: &str,
    object: &Object,
    found: &[Found],
    matching: &Match<'_>,
) -> Form {
    let mut parameters = vec![("operation", "new".to_owned()), ("class", class.to_owned())];
    if let Some(title) = &object.title {
        parameters.push(("default[title]", title.clone()));
    }
    let note = if let Some(ci) = found.first() {
        if let Some(organization) = ci.organization {
            parameters.push(("default[org_id]", organization.to_string()));
        }
        parameters.push(("default[functionalcis_list]", linked(ci.id)));
        several(found, matching)
    } else {
        let about = html::paragraphs(&about(object));
        parameters.push(("default[description]", about));
        Some(format!(
            "iTop has no configuration item for this object (attribute {:?}), or the account may not see \
             it: the new ticket will name the object in its description, but will not be listed for it.",
            matching.attribute
        ))
    };
    let parameters: Vec<(&str, &str)> = parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Form {
        label: label.to_owned(),
        url: text::address(settings.link_url(), PAGE, &parameters),
        note,
    }
}

/// What people know the object by: its title and its page, or at least its number in the CMDB.
fn about(object: &Object) -> String {
    let known = [object.title.as_deref(), object.url.as_deref()];
    let known: Vec<&str> = known.into_iter().flatten().collect();
    if known.is_empty() {
        return format!("CMDB: {}", object.id);
    }
    known.join("\n")
}

/// What iTop's own form takes for a link that is made when the ticket is saved.
fn linked(ci: u64) -> String {
    json!({"to_be_created": [{
        "class": "lnkFunctionalCIToTicket",
        "data": {"functionalci_id": ci.to_string(), "impact_code": "manual"},
    }]})
    .to_string()
}

fn several(found: &[Found], matching: &Match<'_>) -> Option<String> {
    let first = found.first().filter(|_| found.len() > 1)?;
    Some(format!(
        "iTop has {} configuration items with the same {:?}; the form links the one with the id {}.",
        found.len(),
        matching.attribute,
        first.id
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::settings;

    fn made(found: &[Found]) -> Form {
        let settings = settings(&[]);
        let matching = Match::of(&settings).expect("a match");
        let object = Object {
            id: "1001".to_owned(),
            title: Some("srv \"1\" & <2>".to_owned()),
            url: Some("https://cmdb/?objID=1001".to_owned()),
            kind: None,
            attributes: Vec::new(),
        };
        form(&settings, "Incident", "Incident", &object, found, &matching)
    }

    fn ci(id: u64) -> Found {
        Found {
            id,
            organization: Some(3),
            value: "1001".to_owned(),
        }
    }

    /// The JSON is the one that was proven in a browser.
    #[test]
    fn a_form_links_the_configuration_item() {
        let form = made(&[ci(37)]);
        assert_eq!(
            form.url,
            "https://itop.example.org/itop/pages/UI.php?operation=new&class=Incident\
             &default%5Btitle%5D=srv%20%221%22%20%26%20%3C2%3E&default%5Borg_id%5D=3\
             &default%5Bfunctionalcis_list%5D=%7B%22to_be_created%22%3A%5B%7B%22class%22%3A%22lnkFunctionalCIToTicket%22%2C%22data%22%3A%7B%22functionalci_id%22%3A%2237%22%2C%22impact_code%22%3A%22manual%22%7D%7D%5D%7D"
        );
        assert_eq!(form.note, None);
    }

    #[test]
    fn a_form_without_a_configuration_item_says_what_it_is_about() {
        let form = made(&[]);
        assert!(
            form.url
                .contains("default%5Bdescription%5D=%3Cp%3Esrv%20%22")
        );
        assert!(form.url.contains("%26lt%3B2%26gt%3B"));
        assert!(!form.url.contains("functionalcis_list"));
        assert!(form.note.expect("a note").contains("no configuration item"));
    }

    #[test]
    fn an_object_of_which_only_the_id_is_known_is_named_by_it() {
        let mut object = Object {
            id: "1001".to_owned(),
            title: None,
            url: None,
            kind: None,
            attributes: Vec::new(),
        };
        assert_eq!(about(&object), "CMDB: 1001");
        object.url = Some("https://cmdb/?objID=1001".to_owned());
        assert_eq!(about(&object), "https://cmdb/?objID=1001");
    }

    #[test]
    fn twins_are_mentioned() {
        let form = made(&[ci(50), ci(51)]);
        assert!(form.note.expect("a note").contains("2 configuration items"));
    }
}
