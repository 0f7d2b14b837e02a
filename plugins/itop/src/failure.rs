//! What iTop's codes mean. Its own texts echo queries, list its data model and name people: they are
//! read, and never shown.

use crate::oql;
use crate::reply::Reply;
use sgi_guest::types::{Delay, Error, Problem, SettingProblem};
use sgi_guest::{Settings, fail};

/// The account lacks a right, bad login included.
const UNAUTHORIZED: i64 = 1;
/// An exception inside iTop. Mostly the data model does not have a class, an attribute or a value that was
/// asked for; only the text tells.
const INTERNAL: i64 = 100;

/// What `list_operations` and queries can answer, beside success.
pub(crate) enum Refusal {
    /// The account may not do this to objects of a class.
    Class(Error),
    /// The data model does not have what was asked for, or does not take it.
    Model,
    /// Nothing can be done with this iTop or this account.
    All(Error),
}

impl Refusal {
    /// Of a query that an earlier check found to be good.
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Class(error) | Self::All(error) => error,
            Self::Model => fail::stale_knowledge(
                "iTop does not understand the query, as if its data model had changed since it was \
                 looked over: check the desk, and the option \"objects-attribute\"",
            ),
        }
    }
}

/// None when the code says success.
pub(crate) fn refusal(settings: &Settings, reply: &Reply) -> Option<Refusal> {
    let account = settings.username();
    let url = settings.url();
    Some(match reply.code {
        0 => return None,
        UNAUTHORIZED => unauthorized(account, url, reply.message()),
        INTERNAL if is_about_model(reply.message()) => Refusal::Model,
        // Its database, say; when something was to be created, it may be there.
        INTERNAL => Refusal::All(fail::unavailable(
            format!(
                "iTop at {url} failed at a request (code 100) for a reason that is not its data model: try \
                 again, and see its file log/error.log"
            ),
            None,
        )),
        5 | 6 => Refusal::All(bad_login(account, url)),
        2 | 10 => Refusal::All(fail::invalid_setting(
            "url",
            format!(
                "{url} does not offer version 1.3 of iTop's REST interface: this connector needs iTop \
                 2.7 or later"
            ),
        )),
        11 => Refusal::All(fail::unsupported(format!(
            "the iTop at {url} does not know an operation that every iTop since 2.7 has; is its module \
             for REST complete?"
        ))),
        code => Refusal::All(fail::protocol(format!(
            "iTop at {url} answered with the code {code}, which it does not do in any known version"
        ))),
    })
}

/// One code for four things; only the text tells them apart.
fn unauthorized(account: &str, url: &str, message: &str) -> Refusal {
    if message.contains("Invalid login") {
        return Refusal::All(bad_login(account, url));
    }
    if message.contains("Portal user") {
        return Refusal::All(fail::forbidden(format!(
            "the iTop account {account:?} is a portal user, which may not use the REST interface: take \
             an account without the profile \"Portal user\""
        )));
    }
    if message.contains("web services") {
        return Refusal::All(fail::forbidden(format!(
            "the iTop account {account:?} may not use the REST interface: give it the profile \"REST \
             Services User\""
        )));
    }
    let class = message
        .rsplit_once("of class ")
        .map(|(_, class)| class.trim())
        .filter(|class| oql::is_name(class));
    let (Some(class), Some(verb)) = (class, verb(message)) else {
        return Refusal::All(fail::forbidden(format!(
            "iTop refuses the account {account:?}: check its password, that it is enabled, and that it has the \
             profile \"REST Services User\" and one that reads tickets and configuration items"
        )));
    };
    Refusal::Class(fail::forbidden(format!(
        "the iTop account {account:?} may not {verb} objects of the class {class}: give it a profile that \
         allows it (and see that iTop is not in read-only mode)"
    )))
}

fn verb(message: &str) -> Option<&'static str> {
    ["reading", "creating", "modifying", "deleting"]
        .into_iter()
        .zip(["read", "create", "modify", "delete"])
        .find(|(word, _)| message.contains(&format!("permissions for {word}")))
        .map(|(_, verb)| verb)
}

fn bad_login(account: &str, url: &str) -> Error {
    fail::bad_credentials(format!(
        "iTop at {url} does not accept the account {account:?} with this password or token: check both, \
         whether the account is enabled, and the option \"credential\" (\"form\", \"basic\" or \"token\"); \
         a token must have the scope REST/JSON, and the kind of login must be among iTop's \
         allowed_login_types"
    ))
}

/// What an error says, where it is none.
pub(crate) fn problem(error: Error) -> Problem {
    match error {
        Error::BadCredentials(problem)
        | Error::Forbidden(problem)
        | Error::NotFound(problem)
        | Error::InvalidSetting(SettingProblem { problem, .. })
        | Error::InvalidInput(problem)
        | Error::RateLimited(Delay { problem, .. })
        | Error::Unavailable(Delay { problem, .. })
        | Error::Protocol(problem)
        | Error::StaleKnowledge(problem)
        | Error::NeedsIndex(problem)
        | Error::Unsupported(problem) => problem,
    }
}

/// An attribute that iTop names in the text about an unknown field.
pub(crate) fn unknown_field(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("invalid attribute code '")?;
    let (name, _) = rest.split_once('\'')?;
    oql::is_name(name).then_some(name)
}

/// Whether iTop says that a class does not exist.
pub(crate) fn unknown_class(message: &str) -> bool {
    message.contains("is not a valid class") || message.contains("UnknownClassOqlException")
}

/// Whether an exception is about what was asked for: a class, an attribute, a query, a value.
fn is_about_model(message: &str) -> bool {
    // Errors of the database quote its query, and that may hold anything.
    if message.contains("MySQL") || message.starts_with("Error: Failed to issue SQL query") {
        return false;
    }
    let signs = ["Query failed to execute", "Unknown attribute", "issues = {"];
    unknown_class(message)
        || unknown_field(message).is_some()
        || signs.iter().any(|sign| message.contains(sign))
        || !refused_attributes(message).is_empty()
}

/// Codes of the attributes that iTop complains about when it refuses to create something:
/// `Unexpected value for attribute 'Title' (title) : …`, `caller_id: Invalid object …`.
pub(crate) fn refused_attributes(message: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let mut note = |name| {
        if oql::is_name(name) && !names.contains(&name) {
            names.push(name);
        }
    };
    for part in message.split("for attribute '").skip(1) {
        let code = part
            .split_once("' (")
            .and_then(|(_, rest)| rest.split_once(')'));
        if let Some((name, _)) = code {
            note(name);
        }
    }
    if let Some((name, _)) = message
        .strip_prefix("Error: ")
        .and_then(|m| m.split_once(": "))
    {
        note(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{message, settings};

    fn error(code: i64, text: &str) -> Error {
        let reply = serde_json::json!({"code": code, "message": text, "objects": null});
        let reply: Reply = serde_json::from_value(reply).expect("a reply");
        refusal(&settings(&[]), &reply)
            .expect("a refusal")
            .into_error()
    }

    #[test]
    fn one_code_is_told_apart_by_its_text() {
        assert!(matches!(
            error(1, "Error: Invalid login"),
            Error::BadCredentials(_)
        ));
        let rest = error(
            1,
            "Error: This user is not authorized to use the web services. (The profile REST Services User is required to access the REST web services)",
        );
        assert!(message(&rest).contains("give it the profile \"REST Services User\""));
        let portal = error(1, "Error: Portal user is not allowed");
        assert!(message(&portal).contains("without the profile \"Portal user\""));
        let class = error(
            1,
            "The current user does not have enough permissions for reading data of class Ticket",
        );
        assert!(message(&class).contains("may not read objects of the class Ticket"));
        let class = error(
            1,
            "The current user does not have enough permissions for creating data of class UserRequest",
        );
        assert!(message(&class).contains("may not create objects of the class UserRequest"));
        assert!(matches!(error(1, "anything else"), Error::Forbidden(_)));
    }

    #[test]
    fn a_query_is_never_shown() {
        let text = "Error: Query failed to execute: query = SELECT Ticket WHERE stratus='geheim', exception_class = OqlNormalizeException, exception_message = Unknown filter code";
        let error = error(100, text);
        assert!(matches!(error, Error::StaleKnowledge(_)));
        assert!(!message(&error).contains("geheim"));
    }

    /// The first are recorded.
    #[test]
    fn an_exception_is_about_the_data_model_or_about_itop() {
        for text in [
            "Error: output_fields: invalid attribute code 'foo'",
            "Error: class: 'Tikket' is not a valid class'",
            "Error: Query failed to execute: query = SELECT Tikket, exception_class = UnknownClassOqlException, exception_message = Unknown class",
            "Error: Unknown attribute status from class Ticket",
            "Error: foo: Unknown attribute",
            "Error: caller_id: Invalid object Person::99999",
            "Error: FunctionalCI: srv-db-01 is already linked to Ticket: R-000063, duplicates are not allowed on this relation.: issues = {0=>x}",
            "Error: Not on a Sunday: issues = {0=>Not on a Sunday}, class = UserRequest, id = -1",
        ] {
            assert!(
                matches!(error(100, text), Error::StaleKnowledge(_)),
                "{text}"
            );
        }
        for text in [
            "Error: Failed to issue SQL query: query = INSERT INTO x SET y = 'Unknown attribute', mysql_errno = 1205",
            "Error: Query failed to execute: query = SELECT x, exception_class = MySQLException, exception_message = gone",
            "Error: Call to a member function Get() on null",
            "",
        ] {
            let error = error(100, text);
            assert!(matches!(error, Error::Unavailable(_)), "{text}");
            assert!(message(&error).contains("log/error.log"));
        }
    }

    #[test]
    fn other_codes_say_what_to_do() {
        for code in [2, 10] {
            assert!(matches!(error(code, "x"), Error::InvalidSetting(_)));
        }
        assert!(matches!(error(11, "x"), Error::Unsupported(_)));
        for code in [3, 4, 13, -7] {
            assert!(matches!(error(code, "x"), Error::Protocol(_)));
        }
    }

    #[test]
    fn a_field_or_a_class_that_is_missing_is_read_from_the_text() {
        let text = "Error: output_fields: invalid attribute code 'status'";
        assert_eq!(unknown_field(text), Some("status"));
        assert_eq!(
            unknown_field("Error: output_fields: invalid attribute code ''"),
            None
        );
        assert!(unknown_class(
            "Error: class: 'Tikket' is not a valid class'"
        ));
    }

    #[test]
    fn a_refused_creation_names_attributes_only() {
        let text = "Error: Unexpected value for attribute 'Organization' (org_id) : Null not allowed, Unexpected value for attribute 'Description' (description) : Null not allowed: issues = {0=>Unexpected value for attribute 'Organization' (org_id) : Null not allowed; 1=>Unexpected value for attribute 'Description' (description) : Null not allowed}, class = UserRequest, id = -1";
        assert_eq!(refused_attributes(text), ["org_id", "description"]);
        assert_eq!(
            refused_attributes("Error: caller_id: Invalid object Person::99999"),
            ["caller_id"]
        );
        assert_eq!(refused_attributes("Error: foo: Unknown attribute"), ["foo"]);
        assert!(refused_attributes("Error: Missing parameter 'comment'").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(code in -3i64..200, text: String) {
            let _ = (unknown_field(&text), unknown_class(&text), refused_attributes(&text));
            if code != 0 {
                let _ = error(code, &text);
            }
        }
    }
}
