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
    assert!(refused(&|draft| draft.queue = Some("Nirgends".to_owned())).contains("0 teams"));
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
