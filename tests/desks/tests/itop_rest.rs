//! iTop's REST service where no recording shows it: who may do what, queries, keys, refusals.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use serde_json::{Value, json};
use sgi_test_desks::itop::{ADMIN, CONFIGURATION, NO_RIGHTS, READER, READER_TOKEN};
use sgi_test_desks::rt::basic;
use sgi_test_desks::{ITopDesk, ITopOptions};
use support::itop::{LIST, REST, dechunked, desk, form, ids, of, post, query, rest, rest_as};
use support::{owned, send};

#[test]
fn the_ways_to_log_in_are_those_of_the_options() {
    let operations = form(&[("json_data", LIST)]);
    let token = [("Auth-Token", READER_TOKEN)];
    let authorization = basic(READER);
    let basic = [("Authorization", authorization.as_str())];
    let url = format!("{REST}&auth_user={}&auth_pwd={}", READER.0, READER.1);
    let code = |desk: &ITopDesk, target: &str, headers: &[(&str, &str)]| -> Value {
        let answer = dechunked(&post(desk, target, headers, &operations));
        serde_json::from_str::<Value>(&answer).expect("JSON")["code"].clone()
    };
    let stock = desk();
    let turned = ITopDesk::start(ITopOptions {
        basic: false,
        token: false,
        url: true,
        ..ITopOptions::default()
    });
    for (desk, expected) in [(&stock, [0, 0, 1]), (&turned, [1, 1, 0])] {
        let codes = [
            code(desk, REST, &token),
            code(desk, REST, &basic),
            code(desk, &url, &[]),
        ];
        assert_eq!(codes, expected.map(Value::from));
    }
    stock.set_password(READER.0, Some("another"));
    assert_eq!(
        rest(&stock, &json!({"operation": "list_operations"}))["code"],
        1
    );
}

#[test]
fn rights_differ_by_account() {
    let desk = desk();
    let read =
        json!({"operation": "core/get", "class": "Ticket", "key": 1, "output_fields": "ref"});
    for (account, code) in [(READER, 0), (ADMIN, 0), (CONFIGURATION, 0), (NO_RIGHTS, 1)] {
        assert_eq!(
            rest_as(&desk, account, &read)["code"],
            code,
            "{}",
            account.0
        );
    }
    let delete =
        json!({"operation": "core/delete", "class": "UserRequest", "comment": "c", "key": 1});
    assert_eq!(rest(&desk, &delete)["code"], 1);
    assert_eq!(rest_as(&desk, ADMIN, &delete)["message"], "Deleted: 1");
    assert_eq!(rest(&desk, &read)["objects"], Value::Null);
}

#[test]
fn a_query_means_what_it_means_to_the_database() {
    let desk = desk();
    let count = |text: &str| ids(&query(&desk, "FunctionalCI", text, "name")).len();
    let all = count("SELECT FunctionalCI");
    for (condition, expected) in [
        ("idoit_id = 42", 1),
        ("idoit_id = '42 '", 1),
        ("idoit_id LIKE '42'", 1),
        ("idoit_id LIKE '%42'", 2),
        (
            "name = 'PC-001' AND (idoit_id = '42' OR idoit_id = '43')",
            1,
        ),
        ("idoit_id IN ('4', '42', '420')", 3),
        ("name != ''", all),
        ("name = 'x' OR 1=1", all),
        ("id > 59 AND id < 62", 2),
        ("NOT_THERE = 1", 0),
    ] {
        let text = format!("SELECT FunctionalCI WHERE {condition}");
        let answer = query(&desk, "FunctionalCI", &text, "name");
        if condition.starts_with("NOT") {
            assert_eq!(answer["code"], 100);
        } else {
            assert_eq!(ids(&answer).len(), expected, "{condition}");
        }
    }
    assert_eq!(
        count(
            "SELECT c FROM lnkFunctionalCIToTicket AS l JOIN FunctionalCI AS c ON l.functionalci_id = c.id WHERE l.ticket_id = 2"
        ),
        2
    );
}

#[test]
fn a_key_that_means_no_object_is_an_error_and_changes_nothing() {
    let desk = desk();
    let before = of(&desk, "4");
    let write = |operation: &str, class: &str, key: Value, fields: Value| {
        let answer = rest(
            &desk,
            &json!({"operation": operation, "class": class, "comment": "c", "key": key,
                    "stimulus": "ev_assign", "fields": fields}),
        );
        assert_eq!(answer["code"], 100, "{answer}");
        answer["message"].as_str().expect("a message").to_owned()
    };
    let title = json!({"title": "x"});
    let invalid = "Error: Invalid object UserRequest::";
    for key in [
        json!(0),
        json!(999_999),
        json!("SELECT Incident WHERE id = 2"),
    ] {
        for operation in ["core/update", "core/apply_stimulus"] {
            let message = write(operation, "UserRequest", key.clone(), title.clone());
            assert!(message.starts_with(invalid), "{message}");
        }
    }
    let fields = json!({"org_id": 3, "title": "x", "description": "y",
                        "functionalcis_list": [{"functionalci_id": 0}]});
    write("core/create", "UserRequest", Value::Null, fields);
    assert_eq!(of(&desk, "4"), before);
}

#[test]
fn what_is_not_modelled_says_so() {
    let desk = desk();
    let ask = |class: &str, query: &str| {
        let operation = json!({"operation": "core/get", "class": class, "key": query}).to_string();
        let body = form(&[
            ("auth_user", READER.0),
            ("auth_pwd", READER.1),
            ("json_data", &operation),
        ]);
        let answer = post(&desk, REST, &[], &body);
        (answer.status, answer.text())
    };
    for (class, query) in [
        ("Location", "SELECT Location"),
        (
            "Ticket",
            "SELECT Ticket WHERE UNIX_TIMESTAMP(last_update) > 5",
        ),
        ("Ticket", "SELECT Ticket WHERE ref REGEXP 'x'"),
    ] {
        let (status, text) = ask(class, query);
        assert_eq!(status, 501, "{query}");
        assert!(text.contains("does not model"), "{text}");
    }
}

#[test]
fn a_json_body_is_not_read() {
    let desk = desk();
    let body = json!({"auth_user": READER.0, "auth_pwd": READER.1, "json_data": LIST}).to_string();
    let length = body.len().to_string();
    let headers = owned(&[
        ("Host", "desk"),
        ("Content-Type", "application/json"),
        ("Content-Length", &length),
        ("Connection", "close"),
    ]);
    let answer = send(
        desk.addr(),
        &format!("POST {REST}"),
        &headers,
        body.as_bytes(),
    );
    assert_eq!(
        dechunked(&answer),
        r#"{"code":1,"message":"Error: Invalid login"}"#
    );
}
