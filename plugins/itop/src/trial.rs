//! Whether tickets could be created, asked without creating one.

use crate::api;
use crate::check::warning;
use crate::create;
use crate::knowledge::Knowledge;
use crate::manifest::key;
use crate::reply::Reply;
use serde_json::json;
use sgi_guest::Settings;
use sgi_guest::connector::Finding;
use sgi_guest::types::Error;

/// An attribute that no iTop has.
const NO_ATTRIBUTE: &str = "sgi_no_such_attribute";

/// What asking for a ticket that cannot be came to.
pub(crate) enum Trial {
    May,
    MayNot,
    /// iTop created it after all.
    Created(Finding),
}

/// Whether the account may create tickets. The attribute does not exist, so nothing can be created:
/// iTop looks at the rights first, and says which of the two it is.
pub(crate) fn may_create(
    settings: &Settings,
    knowledge: &Knowledge,
    class: &str,
) -> Result<Trial, Error> {
    let operation = json!({
        "operation": "core/create",
        "class": class,
        "comment": create::COMMENT,
        "fields": {NO_ATTRIBUTE: ""},
        "output_fields": create::told(knowledge, class)?,
    });
    let reply = api::ask(settings, &operation)?.reply;
    Ok(match reply.code {
        0 => Trial::Created(created(class, &reply)),
        _ if reply.message().contains(NO_ATTRIBUTE) => Trial::May,
        _ => Trial::MayNot,
    })
}

fn created(class: &str, reply: &Reply) -> Finding {
    let which = match reply.entries().first() {
        Some(entry) => match entry.text("ref") {
            Some(number) => format!("{number} (id {})", entry.key),
            None => format!("with the id {}", entry.key),
        },
        None => "whose number it does not tell".to_owned(),
    };
    warning(
        Some(key::CREATE_CLASS),
        format!(
            "tickets cannot be created reliably: iTop took an attribute that it does not have, and so the \
             check created the ticket {which} of the class {class}; delete it, and report this version of \
             iTop"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(objects: &serde_json::Value) -> String {
        let reply = json!({"code": 0, "message": null, "objects": objects});
        let reply = serde_json::from_value(reply).expect("a reply");
        created("UserRequest", &reply).problem.message
    }

    #[test]
    fn a_ticket_that_the_check_made_is_named_as_far_as_itop_tells() {
        let entry = |fields: serde_json::Value| json!({"UserRequest::63": {"class": "UserRequest", "key": "63", "fields": fields}});
        let with_number = told(&entry(json!({"ref": "R-000063"})));
        assert!(
            with_number.contains("the ticket R-000063 (id 63) of the class UserRequest; delete it")
        );
        assert!(told(&entry(json!({}))).contains("the ticket with the id 63"));
        assert!(told(&json!(null)).contains("whose number it does not tell"));
    }
}
