//! Which right is missing: RT rarely says so by itself.

use crate::client::{Client, account, reader};
use sgi_host::{Error, Finding, Severity};
use sgi_test_desks::rt::{
    BLIND_AUTHOR, NO_FIELDS, NO_RIGHTS, NO_TICKETS, QUEUES_ONLY, TICKETS_ONLY,
};
use sgi_test_desks::{Fault, RtDesk, RtOptions, When};

/// The one finding of a check, and that it names these rights and no others.
fn assert_missing(client: &Client, severity: Severity, rights: &[&str]) -> Finding {
    let finding = client.finding();
    assert_eq!(finding.severity, severity, "{finding:?}");
    for right in ["SeeQueue", "ShowTicket", "SeeCustomField"] {
        let named = finding.message.contains(right);
        assert_eq!(named, rights.contains(&right), "{right}: {finding:?}");
    }
    finding
}

pub(crate) fn without_showticket_every_search_is_empty(url: &str) {
    let client = account(url, NO_TICKETS);
    assert_missing(&client, Severity::Blocking, &["ShowTicket"]);
    assert!(client.check().unwrap().abilities.is_empty());
    // Hidden tickets and no tickets are alike in a search: only the check can tell.
    assert!(matches!(
        client.refusal("1001"),
        Error::InvalidSetting { .. }
    ));
    // Who may create tickets may create the first one.
    let author = account(url, BLIND_AUTHOR);
    assert_missing(&author, Severity::Warning, &["ShowTicket"]);
    assert_eq!(author.check().unwrap().abilities, ["create-tickets"]);
    let of_another_account = account(url, QUEUES_ONLY).check().unwrap();
    assert!(!of_another_account.usable(), "without SeeCustomField, too");
}

pub(crate) fn without_seequeue_tickets_are_found_and_queues_are_not(url: &str) {
    let client = account(url, TICKETS_ONLY);
    let finding = assert_missing(&client, Severity::Blocking, &["SeeQueue"]);
    assert_eq!(finding.key.as_deref(), Some("username"));
}

pub(crate) fn without_seecustomfield_fields_can_be_searched_and_not_seen(url: &str) {
    let client = account(url, NO_FIELDS);
    let finding = assert_missing(&client, Severity::Blocking, &["SeeCustomField"]);
    assert!(finding.message.contains("i-doit objects"), "{finding:?}");
    assert!(matches!(
        client.refusal("1001"),
        Error::InvalidSetting { .. }
    ));
}

pub(crate) fn without_any_right_all_three_are_named(url: &str) {
    let rights = ["SeeQueue", "ShowTicket", "SeeCustomField"];
    assert_missing(&account(url, NO_RIGHTS), Severity::Blocking, &rights);
}

pub(crate) fn a_sound_account_gets_no_finding(url: &str) {
    let report = reader(url).check().unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.abilities, ["read-tickets", "read-history"]);
}

pub(crate) fn no_tickets_yet_is_not_a_missing_right() {
    let desk = RtDesk::start(RtOptions::default());
    let first = When::Target("/REST/2.0/ticket/1".to_owned());
    desk.add_fault(first, Fault::status(404, r#"{"message":"NotFound"}"#));
    assert_eq!(
        account(&desk.url(), NO_TICKETS).check().unwrap().findings,
        []
    );
}

pub(crate) fn an_empty_page_of_queues_is_not_the_last() {
    let desk = RtDesk::start(RtOptions::default());
    let page = |number: u32, items: &str| {
        let body = format!(
            r#"{{"count":0,"page":{number},"per_page":100,"pages":null,"total":null,"items":[{items}]}}"#
        );
        let when = When::TargetContains(format!("&page={number}"));
        desk.add_fault(when, Fault::Body(body.into_bytes()));
    };
    page(1, "");
    page(
        2,
        r#"{"id":"3","type":"queue","Name":"Incidents","_url":"http://rt/REST/2.0/queue/3"}"#,
    );
    let client = reader(&desk.url());
    assert_eq!(client.check().unwrap().findings, []);
    assert_eq!(client.ids("4"), [6]);
}
