//! Creating tickets, and finding them again.

use super::{known, object};
use crate::testing::message;
use crate::{create, host};
use sgi_guest::authoring::Draft;
use sgi_guest::types::Error;
use sgi_test_desks::{Fault, ITopOptions, When};

const MARKER: &str = "0123456789abcdef0123";

fn draft(objects: &[&str]) -> Draft {
    Draft {
        objects: objects.iter().map(|id| object(id, None)).collect(),
        queue: None,
        class: None,
        subject: "Vom CMDB-Objekt „srv-db-01“ 🖨️ <i>x</i>".to_owned(),
        text: "Zeile 1\nZeile 2 <b>fett</b> & äöü 😀\n\nZeile 3".to_owned(),
        requestor: Some("Pablo Picasso".to_owned()),
        priority: Some("2 high".to_owned()),
        marker: MARKER.to_owned(),
    }
}

#[test]
fn a_ticket_is_created_read_back_and_found_again() {
    let itop = known(ITopOptions::default(), &[]);
    let none = create::find(
        &itop.settings,
        &itop.knowledge,
        &draft(&["1001"]),
        host::now(),
    );
    assert!(none.unwrap_or_else(|_| panic!("an answer")).is_none());
    let draft = draft(&["1001", "1002"]);
    let made = create::create(&itop.settings, &itop.knowledge, &draft)
        .unwrap_or_else(|error| panic!("{}", message(&error)));
    let deviations: Vec<_> = made
        .deviations
        .iter()
        .map(|deviation| &deviation.field)
        .collect();
    assert!(deviations.is_empty(), "{deviations:?}");
    assert_eq!(made.ticket.class.as_deref(), Some("UserRequest"));
    assert_eq!(made.ticket.subject, draft.subject);
    assert_eq!(made.ticket.requestors, ["Pablo Picasso"]);
    let mut objects = made.ticket.objects.clone();
    objects.sort();
    assert_eq!(objects, ["1001", "1002"]);
    let found = create::find(&itop.settings, &itop.knowledge, &draft, host::now())
        .unwrap_or_else(|_| panic!("an answer"));
    assert_eq!(found.expect("the ticket").ticket.id, made.ticket.id);
    assert!(
        itop.all("1001", None)
            .iter()
            .any(|ticket| ticket.id == made.ticket.id)
    );
}

/// The draft does not say which of two that look the same is meant.
#[test]
fn which_of_several_configuration_items_was_linked_is_told() {
    let itop = known(ITopOptions::default(), &[("objects-attribute", "name")]);
    let mut draft = draft(&[]);
    draft.objects = vec![object("9", Some("srv-dup"))];
    let made = create::create(&itop.settings, &itop.knowledge, &draft)
        .unwrap_or_else(|error| panic!("{}", message(&error)));
    let [deviation] = made.deviations.as_slice() else {
        panic!("one deviation")
    };
    assert_eq!(deviation.field, "objects");
    assert!(deviation.problem.message.contains("the one with the id 50"));
    assert_eq!(made.ticket.objects, ["9"]);
}

#[test]
fn a_draft_that_itop_cannot_hold_is_refused_before_anything_is_sent() {
    let itop = known(ITopOptions::default(), &[]);
    let refused = |spoil: &dyn Fn(&mut Draft)| {
        let mut draft = draft(&["1001"]);
        spoil(&mut draft);
        let error = create::create(&itop.settings, &itop.knowledge, &draft)
            .map(|_| ())
            .unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{}",
            message(&error)
        );
        message(&error).to_owned()
    };
    let unknown = refused(&|draft| draft.objects = vec![object("99999", None)]);
    assert!(unknown.contains("no configuration item whose \"idoit_id\" is \"99999\""));
    assert!(refused(&|draft| draft.requestor = Some("Niemand".to_owned())).contains("no person"));
    assert!(refused(&|draft| draft.queue = Some("Nirgends".to_owned())).contains("no team"));
    assert!(
        refused(&|draft| draft.class = Some("Change".to_owned())).contains("it has UserRequest")
    );
    assert!(refused(&|draft| draft.priority = Some("sofort".to_owned())).contains("1 critical"));
    refused(&|draft| draft.subject = "x".repeat(256));
    let none = create::find(
        &itop.settings,
        &itop.knowledge,
        &draft(&["1001"]),
        host::now(),
    );
    assert!(none.unwrap_or_else(|_| panic!("an answer")).is_none());
}

#[test]
fn a_ticket_that_was_created_without_an_answer_is_found() {
    let itop = known(ITopOptions::default(), &[]);
    let draft = draft(&["1001"]);
    // After the configuration item and the person.
    itop.desk.add_fault(When::Nth(3), Fault::TruncatedBody);
    let lost = create::create(&itop.settings, &itop.knowledge, &draft)
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(lost, Error::Protocol(_)));
    let found = create::find(&itop.settings, &itop.knowledge, &draft, host::now())
        .unwrap_or_else(|_| panic!("an answer"));
    assert!(found.is_some());
}

/// A refusal, an attribute that is gone, hidden, out of reach, no iTop any more: the ticket is there.
#[test]
fn a_ticket_that_exists_is_never_an_error() {
    let json = |body: &str| Fault::Body(body.as_bytes().to_vec());
    let faults = [
        json(r#"{"code":100,"message":"Error: Query failed to execute"}"#),
        json(
            r#"{"code":1,"message":"The current user does not have enough permissions for reading data of class Ticket","objects":null}"#,
        ),
        json(r#"{"code":0,"message":"Found: 0","objects":null}"#),
        json(r#"{"code":1,"message":"Error: Invalid login"}"#),
        Fault::status(503, "busy"),
        Fault::status(404, "gone"),
        Fault::Html,
    ];
    for fault in faults {
        // Of the three requests of the reading back, any may fail.
        for after in 3..6 {
            let itop = known(ITopOptions::default(), &[]);
            let draft = draft(&["1001", "1002"]);
            itop.desk.add_fault(When::After(after), fault.clone());
            let made = create::create(&itop.settings, &itop.knowledge, &draft)
                .unwrap_or_else(|error| panic!("{after} {fault:?}: {}", message(&error)));
            itop.desk.set_fault(None);
            let found = create::find(&itop.settings, &itop.knowledge, &draft, host::now());
            let found = found.unwrap_or_else(|error| panic!("{}", message(&error)));
            let found = found.expect("the ticket").ticket;
            let ticket = made.ticket;
            assert_eq!(
                (&ticket.id, &ticket.number, &ticket.subject, &ticket.url),
                (&found.id, &found.number, &found.subject, &found.url)
            );
            assert_eq!(
                (&ticket.status, ticket.status_class, &ticket.class),
                (&found.status, found.status_class, &found.class)
            );
            assert_eq!(
                (&ticket.requestors, &ticket.priority),
                (&found.requestors, &found.priority)
            );
            // Values that cannot be told are taken for none.
            if made.deviations.is_empty() {
                assert_eq!(after, 5, "{fault:?}");
                continue;
            }
            assert_eq!(ticket.objects, ["1001", "1002"]);
            let deviation = made.deviations.first().expect("a deviation");
            assert_eq!(
                (deviation.field.as_str(), made.deviations.len()),
                ("ticket", 1)
            );
            let said = &deviation.problem.message;
            assert!(
                said.contains(&format!("with the id {}", ticket.id)),
                "{said}"
            );
        }
    }
}

#[test]
fn a_ticket_that_is_found_and_not_read_is_no_error_either() {
    let itop = known(ITopOptions::default(), &[]);
    let draft = draft(&["1001"]);
    let made = create::create(&itop.settings, &itop.knowledge, &draft)
        .unwrap_or_else(|error| panic!("{}", message(&error)));
    itop.desk
        .add_fault(When::After(1), Fault::status(503, "busy"));
    let found = create::find(&itop.settings, &itop.knowledge, &draft, host::now())
        .unwrap_or_else(|error| panic!("{}", message(&error)))
        .expect("the ticket");
    assert_eq!(
        (
            &found.ticket.id,
            &found.ticket.number,
            &found.ticket.subject
        ),
        (&made.ticket.id, &made.ticket.number, &made.ticket.subject)
    );
    assert_eq!(found.ticket.requestors, ["Pablo Picasso"]);
    let deviation = found.deviations.first().expect("a deviation");
    assert_eq!(deviation.field, "ticket");
}
