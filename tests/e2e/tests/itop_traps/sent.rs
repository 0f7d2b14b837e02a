//! What is sent, as it arrives.

use crate::client::{Client, desk, form, here, operations, queries, reader, with};
use sgi_host::{Draft, Filter, Object};
use sgi_test_desks::itop::{READER, READER_TOKEN};
use sgi_test_desks::{Fault, ITopDesk, ITopOptions, When};
use std::time::Duration;

/// All kinds of requests that there are.
fn ask_everything(client: &Client) {
    client.check().unwrap();
    for filter in [Filter::All, Filter::Open, Filter::Closed] {
        client.ask("7777", filter).unwrap();
    }
    client.ask("1001", Filter::All).unwrap();
    client.ticket("2").unwrap();
    client.forms(&Object::new("1001"));
    let mut draft = Draft::new(vec![Object::new("1001")], "Everything").unwrap();
    draft.requestor = Some("Pablo Picasso".to_owned());
    draft.queue = Some("Helpdesk".to_owned());
    client.create(&draft).unwrap();
    assert!(client.find_created(&draft).unwrap().is_some());
}

fn everything() -> ITopDesk {
    let desk = desk();
    ask_everything(&reader(&desk));
    desk
}

pub(crate) fn all_goes_to_one_address_as_a_form() {
    let desk = everything();
    for seen in desk.requests() {
        assert_eq!(seen.method, "POST");
        assert_eq!(seen.target, "/webservices/rest.php?version=1.3");
        let kind = seen.header("content-type").unwrap();
        assert!(
            kind.starts_with("application/x-www-form-urlencoded"),
            "{kind}"
        );
        let agent = seen.header("user-agent").unwrap();
        assert!(agent.starts_with("sgi-connector-itop/"), "{agent}");
        assert!(seen.body.is_ascii());
    }
}

/// iTop does not read a body of JSON: the login is missing then.
pub(crate) fn the_operation_is_a_field_and_not_the_body() {
    let desk = everything();
    for seen in desk.requests() {
        let fields: Vec<String> = form(&seen).into_keys().collect();
        assert_eq!(fields, ["auth_pwd", "auth_user", "json_data"]);
    }
    for (credential, password) in [("basic", READER.1), ("token", READER_TOKEN)] {
        desk.clear();
        ask_everything(&with(
            &desk,
            (READER.0, password),
            &[("credential", credential)],
        ));
        for seen in desk.requests() {
            assert!(form(&seen).into_keys().eq(["json_data"]));
        }
    }
}

/// `key:{}` returns all objects that there are, and `key:""` is HTTP 500.
pub(crate) fn a_key_is_a_query_and_never_empty() {
    let desk = everything();
    let mut read = 0;
    for operation in operations(&desk) {
        if operation["operation"] != "core/get" {
            continue;
        }
        let key = operation["key"].as_str().expect("a text");
        assert!(key.starts_with("SELECT "), "{key}");
        read += 1;
    }
    assert!(read > 20, "{read}");
}

/// `*` costs three to five times as much; a list in place of a text is HTTP 500.
pub(crate) fn fields_are_named_in_a_text_and_never_all() {
    for operation in operations(&everything()) {
        if operation["operation"] == "list_operations" {
            continue;
        }
        let fields = operation["output_fields"].as_str().expect("a text");
        assert!(!fields.is_empty() && !fields.contains('*'), "{fields}");
        assert!(fields.split(',').all(|field| !field.is_empty()), "{fields}");
    }
}

/// With a cookie iTop would answer as whoever is logged in by it.
pub(crate) fn no_cookie_is_kept() {
    let desk = desk();
    let body = br#"{"code":0,"message":"Operations: 0","version":"1.3","operations":[]}"#;
    let with_cookie = Fault::Status {
        code: 200,
        headers: vec![("Set-Cookie".to_owned(), "itop-1=abc; path=/".to_owned())],
        body: body.to_vec(),
    };
    desk.add_fault(
        When::BodyContains("list_operations".to_owned()),
        with_cookie,
    );
    ask_everything(&reader(&desk));
    for seen in desk.requests() {
        assert_eq!(seen.header("cookie"), None);
    }
}

/// iTop has no `ETag`.
pub(crate) fn nothing_is_asked_conditionally() {
    for seen in everything().requests() {
        for name in ["if-modified-since", "if-none-match", "if-match"] {
            assert_eq!(seen.header(name), None, "{name}");
        }
    }
}

/// OQL has no order, and `NOW()` is the database's clock, in another zone than iTop's.
pub(crate) fn no_query_asks_for_an_order_or_for_the_databases_now() {
    for query in queries(&everything()) {
        let query = query.to_ascii_uppercase();
        assert!(
            !query.contains("ORDER BY") && !query.contains("NOW("),
            "{query}"
        );
    }
}

pub(crate) fn a_search_joins_the_links_by_the_class_of_all_tickets() {
    let (desk, reader) = here();
    reader.check().unwrap();
    let join = "SELECT Ticket AS t JOIN lnkFunctionalCIToTicket AS l ON l.ticket_id = t.id JOIN \
                FunctionalCI AS c ON l.functionalci_id = c.id WHERE c.idoit_id = '42'";
    for (filter, more) in [
        (Filter::All, ""),
        (
            Filter::Open,
            " AND t.operational_status != 'resolved' AND t.operational_status != 'closed'",
        ),
        (
            Filter::Closed,
            " AND t.operational_status IN ('resolved','closed')",
        ),
    ] {
        desk.clear();
        reader.ask("42", filter).unwrap();
        let search = &operations(&desk)[0];
        assert_eq!(search["operation"], "core/get");
        assert_eq!(search["class"], "Ticket");
        assert_eq!(search["key"], format!("{join}{more}"));
    }
}

/// iTop makes a query of its own for each list of links that is asked for with a ticket.
pub(crate) fn links_of_many_tickets_come_in_one_call() {
    let (desk, reader) = here();
    reader.check().unwrap();
    for (object, tickets, calls) in [("7777", 130, 2), ("1001", 22, 0)] {
        desk.clear();
        assert_eq!(reader.ids(object).len(), tickets);
        let operations = operations(&desk);
        let class = "lnkFunctionalCIToTicket";
        let links = operations.iter().filter(|all| all["class"] == class);
        let keys: Vec<&str> = links.map(|one| one["key"].as_str().unwrap()).collect();
        assert_eq!(keys.len(), calls, "one for each page of many tickets");
        let many = "SELECT lnkFunctionalCIToTicket AS l WHERE l.ticket_id IN (";
        assert!(keys.iter().all(|key| key.starts_with(many)), "{keys:?}");
    }
}

/// The search, one for each of four families of classes, and the values of all configuration items.
pub(crate) fn a_list_costs_six_calls_at_most() {
    let (desk, reader) = here();
    reader.check().unwrap();
    for (object, most) in [("1001", 5), ("42", 6), ("4", 4), ("999999", 1)] {
        desk.clear();
        reader.tickets(object);
        let calls = desk.requests().len();
        assert!(calls <= most, "{object}: {calls}");
    }
}

/// More at once do not make iTop faster.
pub(crate) fn two_requests_at_once_are_enough() {
    let desk = ITopDesk::start(ITopOptions {
        latency: Duration::from_millis(30),
        ..ITopOptions::default()
    });
    let reader = reader(&desk);
    reader.check().unwrap();
    reader.ask_at_once("4", 8);
    assert!(desk.busiest() <= 2, "{}", desk.busiest());
}
