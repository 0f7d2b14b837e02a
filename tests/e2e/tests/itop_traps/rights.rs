//! Which right is missing.

use crate::client::{Client, answer, desk, reader, with};
use sgi_host::{Draft, Error, Object, Severity};
use sgi_test_desks::When;
use sgi_test_desks::itop::{CONFIGURATION, Mode, NO_RIGHTS};

fn create(client: &Client) -> Error {
    let draft = Draft::new(vec![Object::new("1001")], "Forbidden").unwrap();
    client.create(&draft).unwrap_err()
}

pub(crate) fn without_any_profile_no_class_can_be_read() {
    let desk = desk();
    let client = with(&desk, NO_RIGHTS, &[]);
    let finding = client.finding();
    assert_eq!(finding.severity, Severity::Blocking);
    assert_eq!(finding.key.as_deref(), Some("username"));
    let may_not = "may not read objects of the class Ticket";
    assert!(finding.message.contains(may_not), "{finding:?}");
    assert!(client.check().unwrap().abilities.is_empty());
    assert!(client.refusal("1001").to_string().contains(may_not));
}

/// The right to write is tried without writing: the attribute that is asked for does not exist.
pub(crate) fn without_the_right_to_write_tickets_are_read_only() {
    let desk = desk();
    let client = with(&desk, CONFIGURATION, &[]);
    let report = client.check().unwrap();
    assert_eq!(
        (report.abilities, report.findings),
        (vec!["read-tickets".to_owned()], vec![])
    );
    assert_eq!(client.ids("4"), [65, 69]);
    let refused = create(&client);
    assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
    let may_not = "may not create objects of the class UserRequest";
    assert!(refused.to_string().contains(may_not), "{refused}");
    assert_eq!(client.ids("1001").len(), 22);
}

pub(crate) fn an_itop_in_read_only_mode_is_read_and_not_written() {
    let desk = desk();
    desk.set_mode(Mode::ReadOnly);
    let client = reader(&desk);
    assert_eq!(client.check().unwrap().abilities, ["read-tickets"]);
    assert_eq!(client.ids("4"), [65, 69]);
    let refused = create(&client);
    assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
    assert!(refused.to_string().contains("read-only mode"), "{refused}");
}

/// iTop shows no object of another organization, and does not say why.
pub(crate) fn other_allowed_organizations_show_nothing() {
    let desk = desk();
    let nothing = answer(r#"{"code":0,"message":"Found: 0","objects":null}"#);
    desk.add_fault(When::BodyContains("SELECT%20Ticket%22".to_owned()), nothing);
    let finding = reader(&desk).finding();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding.message.contains("allowed organizations"),
        "{finding:?}"
    );
}

/// No iTop is known to take an attribute that it does not have; one that did would have a ticket now.
pub(crate) fn a_ticket_that_trying_the_right_made_after_all_is_told() {
    let desk = desk();
    let trial = || When::BodyContains("sgi_no_such_attribute".to_owned());
    let made = r#"{"code":0,"message":null,"objects":{"UserRequest::70":{"code":0,"message":"created","class":"UserRequest","key":"70","fields":{"id":"70","ref":"R-000070"}}}}"#;
    desk.add_fault(trial(), answer(made));
    let finding = reader(&desk).finding();
    assert_eq!(finding.severity, Severity::Warning);
    for words in ["R-000070 (id 70)", "delete it", "report this version"] {
        assert!(finding.message.contains(words), "{finding:?}");
    }
}

pub(crate) fn a_sound_account_gets_no_finding() {
    let desk = desk();
    let report = reader(&desk).check().unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.abilities, ["read-tickets", "create-tickets"]);
    assert_eq!(report.product, "iTop");
    // Looking it over writes nothing.
    assert_eq!(reader(&desk).ids("1001").len(), 22);
}
