//! Tickets that were merged into others: they stay, and OTRS finds them.

use crate::client::{desk, ids, reader};
use sgi_host::{Filter, StatusClass};
use sgi_test_desks::{OtrsDesk, OtrsOptions};

pub(crate) fn merged_tickets_are_still_found(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    desk.merge(107, 108);
    let of = |filter| ids(&client.ask("42", filter).unwrap());
    assert_eq!(of(Filter::All), [102, 107, 108]);
    assert_eq!(of(Filter::Open), [102]);
    assert_eq!(of(Filter::Closed), [107, 108]);
    let merged = &client.tickets("42")[1];
    assert_eq!(merged.status_class, StatusClass::Merged);
}

pub(crate) fn a_merged_ticket_answers_as_the_one_it_went_into(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    assert_eq!(client.ticket("5").unwrap().id, "8", "as recorded");
    desk.merge(107, 108);
    assert_eq!(client.ticket("107").unwrap().id, "108");
    desk.merge(108, 109);
    assert_eq!(
        client.ticket("107").unwrap().id,
        "109",
        "one after the other"
    );
    assert_eq!(client.ticket("108").unwrap().id, "109");
}

pub(crate) fn merges_in_a_circle_end(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    desk.merge(107, 108);
    desk.merge(108, 107);
    desk.clear();
    let ticket = client.ticket("107").unwrap();
    assert_eq!(ticket.status_class, StatusClass::Merged);
    assert!(desk.requests().len() < 12, "{}", desk.requests().len());
}

pub(crate) fn a_ticket_that_went_into_a_hidden_one_stays_itself(by: &str) {
    let desk = desk();
    let client = reader(&desk, by);
    desk.merge(107, 106);
    let ticket = client.ticket("107").unwrap();
    assert_eq!(
        (ticket.id.as_str(), ticket.status_class),
        ("107", StatusClass::Merged)
    );
}

/// As OTRS 5 has it.
pub(crate) fn without_histories_a_merged_ticket_stays_itself(by: &str) {
    let desk = OtrsDesk::start(OtrsOptions {
        histories: false,
        ..OtrsOptions::default()
    });
    let client = reader(&desk, by);
    let ticket = client.ticket("5").unwrap();
    assert_eq!(
        (ticket.id.as_str(), ticket.status_class),
        ("5", StatusClass::Merged)
    );
    assert_eq!(client.check().unwrap().findings, []);
}
