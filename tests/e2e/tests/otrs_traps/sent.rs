//! What is sent, as it arrives.

use crate::client::{Client, body, desk, known, operation, reader, sent};
use sgi_host::{Filter, Object};
use sgi_test_desks::{OtrsDesk, OtrsOptions, Seen};
use std::time::Duration;

/// All kinds of requests that there are.
fn everything(by: &str) -> Vec<Seen> {
    let desk = desk();
    let client = reader(&desk, by);
    ask_everything(&client);
    desk.requests()
}

fn ask_everything(client: &Client) {
    client.check().unwrap();
    for filter in [Filter::All, Filter::Open, Filter::Closed] {
        client.ask("7777", filter).unwrap();
    }
    client.ticket("5").unwrap();
    client.forms(&Object::new("1001"));
}

/// OTRS ignores the bodies of `GET`, and a query cannot hold a search and would show the session to logs.
pub(crate) fn every_request_is_a_post_without_a_query(by: &str) {
    for seen in everything(by) {
        assert_eq!(seen.method, "POST");
        assert!(!seen.target.contains(['?', ';', '&']), "{}", seen.target);
        let agent = seen.header("user-agent").unwrap();
        assert!(agent.starts_with("sgi-connector-otrs/"), "{agent}");
        let length = seen.header("content-length").unwrap();
        assert_eq!(length, seen.body.len().to_string());
    }
}

/// An address with 2,100 ids is refused with 414.
pub(crate) fn ids_go_into_the_body_however_many(by: &str) {
    let desk = desk();
    known(&desk, by).tickets("7777");
    for seen in sent(&desk, "TicketGet") {
        assert!(seen.target.len() < 100, "{}", seen.target);
    }
}

pub(crate) fn the_soap_action_is_exact() {
    for seen in everything("soap") {
        let action = seen.header("soapaction").unwrap();
        let expected = format!("http://www.otrs.org/TicketConnector/#{}", operation(&seen));
        assert_eq!(action.trim_matches('"'), expected);
        assert!(body(&seen).contains(&expected[..36]), "the namespace");
        assert!(
            seen.target.ends_with("/Webservice/GenericTicketConnector"),
            "{}",
            seen.target
        );
    }
}

/// OTRS takes one for no data, and answers with a plain text and HTTP 500.
pub(crate) fn no_body_is_an_empty_object(by: &str) {
    for seen in everything(by) {
        let text = body(&seen);
        assert!(
            text.contains("SessionID") || text.contains("UserLogin"),
            "{text}"
        );
    }
}

/// There is no ETag, nothing is packed, and no cookie is asked for.
pub(crate) fn nothing_is_asked_conditionally(by: &str) {
    for seen in everything(by) {
        for name in [
            "if-modified-since",
            "if-none-match",
            "if-match",
            "cookie",
            "range",
        ] {
            assert_eq!(seen.header(name), None, "{name}");
        }
    }
}

pub(crate) fn a_list_costs_two_calls(by: &str) {
    let desk = desk();
    let client = known(&desk, by);
    client.tickets("1001");
    let requests = desk.requests();
    let operations: Vec<&str> = requests.iter().map(operation).collect();
    assert_eq!(operations, ["TicketSearch", "TicketGet"]);
    desk.clear();
    client.tickets("999999");
    assert_eq!(desk.requests().len(), 1, "nothing to read");
}

pub(crate) fn two_requests_at_once_are_enough(by: &str) {
    let desk = OtrsDesk::start(OtrsOptions {
        latency: Duration::from_millis(30),
        ..OtrsOptions::default()
    });
    let client = known(&desk, by);
    client.ask_at_once("42", 8);
    assert_eq!(desk.requests().len(), 16);
    assert!(desk.busiest() <= 2, "{}", desk.busiest());
}

pub(crate) fn each_request_has_a_connection_of_its_own(by: &str) {
    let requests = everything(by);
    let mut connections: Vec<usize> = requests.iter().map(|seen| seen.connection).collect();
    connections.dedup();
    assert_eq!(connections.len(), requests.len(), "OTRS closes each");
}
