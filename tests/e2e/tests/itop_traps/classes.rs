//! Classes and their statuses.

use crate::client::{desk, here, operations, reader, refusal};
use sgi_host::{Severity, StatusClass};
use sgi_test_desks::When;
use sgi_test_desks::itop::NewTicket;
use std::collections::BTreeMap;

/// `Ticket` has no status of its own: each class is asked for it.
pub(crate) fn tickets_of_all_classes_have_their_fine_status() {
    let desk = desk();
    for (class, status) in [
        ("Problem", "assigned"),
        ("NormalChange", "plannedscheduled"),
    ] {
        desk.add_ticket(NewTicket {
            class: class.to_owned(),
            status: status.to_owned(),
            ..NewTicket::of("1001")
        });
    }
    let reader = reader(&desk);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ticket in reader.tickets("1001") {
        let single = reader.ticket(&ticket.id).unwrap();
        assert_eq!(
            (&single.status, &single.class),
            (&ticket.status, &ticket.class)
        );
        let statuses = found.entry(ticket.class.unwrap()).or_default();
        statuses.push(ticket.status);
        statuses.sort();
        statuses.dedup();
    }
    let expected = [
        ("EmergencyChange", &["new"][..]),
        ("Incident", &["assigned", "new", "pending", "resolved"]),
        ("NormalChange", &["new", "plannedscheduled"]),
        ("Problem", &["assigned"]),
        ("RoutineChange", &["new"]),
        ("UserRequest", &["assigned", "closed", "new", "resolved"]),
    ];
    let found: Vec<(&str, Vec<&str>)> = found
        .iter()
        .map(|(class, all)| (class.as_str(), all.iter().map(String::as_str).collect()))
        .collect();
    let expected = expected.map(|(class, all)| (class, all.to_vec()));
    assert_eq!(found, expected);
    assert_eq!(
        reader.ticket("4").unwrap().status_class,
        StatusClass::Pending
    );
}

pub(crate) fn a_class_that_the_account_may_not_read_has_its_coarse_status() {
    let desk = desk();
    let said =
        "The current user does not have enough permissions for reading data of class Problem";
    desk.add_fault(
        When::BodyContains("SELECT%20Problem".to_owned()),
        refusal(1, said),
    );
    let reader = reader(&desk);
    let finding = reader.finding();
    assert_eq!(finding.severity, Severity::Warning);
    assert!(finding.message.contains("class Problem"), "{finding:?}");
    let tickets = reader.tickets("4");
    assert_eq!(
        (tickets[0].id.as_str(), tickets[0].status.as_str()),
        ("65", "assigned")
    );
    assert_eq!(
        (tickets[1].id.as_str(), tickets[1].status.as_str()),
        ("69", "closed")
    );
    assert_eq!(tickets[1].class.as_deref(), Some("Problem"));
}

/// An iTop without the module of incidents.
pub(crate) fn a_class_that_is_not_installed_is_not_asked_for() {
    let desk = desk();
    let unknown = refusal(100, "Error: class: 'Incident' is not a valid class'");
    desk.add_fault(When::BodyContains("%22Incident%22".to_owned()), unknown);
    let reader = reader(&desk);
    assert_eq!(reader.check().unwrap().findings, []);
    desk.clear();
    assert_eq!(reader.ids("142"), [68]);
    assert!(
        operations(&desk)
            .iter()
            .all(|all| all["class"] != "Incident")
    );
    let labels: Vec<String> = reader
        .forms(&sgi_host::Object::new("1001"))
        .into_iter()
        .map(|form| form.label)
        .collect();
    assert_eq!(labels, ["User request"]);
}

/// The start of a change is planned; all others start when they are made.
pub(crate) fn a_change_is_created_at_another_date_than_it_begins() {
    let (_desk, reader) = here();
    let change = reader.ticket("51").unwrap();
    assert_eq!(change.created.unwrap().to_string(), "2026-11-01T07:00:00Z");
    assert_ne!(change.starts, change.created);
    let incident = reader.ticket("65").unwrap();
    assert_eq!(
        incident.created.unwrap().to_string(),
        "2026-11-20T08:20:00Z"
    );
}
