//! What i-doit's double answers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use sgi_test_desks::idoit::{API_KEY, ObjectRow, Quirks, USER};
use sgi_test_desks::{IDoit, IDoitOptions};
use support::{Answer, send};

fn post(idoit: &IDoit, headers: &[(&str, &str)], body: &Value) -> Answer {
    let body = body.to_string();
    let mut all = vec![
        ("Host".to_owned(), "x".to_owned()),
        ("Connection".to_owned(), "close".to_owned()),
        ("Content-Length".to_owned(), body.len().to_string()),
    ];
    let headers = headers.iter();
    all.extend(headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    send(idoit.addr(), "POST /src/jsonrpc.php", &all, body.as_bytes())
}

fn call(id: &str, method: &str, mut params: Value) -> Value {
    params["apikey"] = API_KEY.into();
    json!({ "version": "2.0", "jsonrpc": "2.0", "method": method, "params": params, "id": id })
}

fn entry(id: &str, object: u64) -> Value {
    let params = json!({
        "object_id": object, "message": "a", "comment": "c", "alert_level": 1,
        "source": "C__LOGBOOK_SOURCE__RT",
    });
    call(id, "cmdb.logbook.create", params)
}

fn idoit() -> IDoit {
    IDoit::start(IDoitOptions::default())
}

#[test]
fn an_entry_that_is_created_twice_is_there_twice() {
    let idoit = idoit();
    for _ in 0..2 {
        let answer = post(&idoit, &[], &entry("a", 42)).json();
        assert_eq!(answer["result"]["success"], true);
        assert_eq!(answer["id"], "a");
    }
    let params = json!({ "object_id": 42, "since": "2020-01-01 00:00:00" });
    let answer = post(&idoit, &[], &call("r", "cmdb.logbook.read", params)).json();
    let rows = answer["result"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["comment"], &rows[0]["event"]),
        (&json!("c"), &json!("a"))
    );
    assert_eq!(rows[0]["logbook_id"], 101, "newest first");
    let params = json!({ "object_id": 42, "since": "2999-01-01 00:00:00" });
    let answer = post(&idoit, &[], &call("r", "cmdb.logbook.read", params)).json();
    assert_eq!(answer["result"], json!([]));
}

#[test]
fn errors_have_codes_and_a_call_without_an_id_gets_nothing() {
    let idoit = idoit();
    let code = |body: &Value| post(&idoit, &[], body).json()["error"]["code"].clone();
    let mut wrong = entry("a", 42);
    wrong["params"]["apikey"] = "x".into();
    assert_eq!(code(&wrong), -32604);
    assert_eq!(code(&entry("a", 5000)), -32602);
    assert_eq!(code(&call("a", "cmdb.logbook.delete", json!({}))), -32601);
    let mut long = entry("a", 42);
    long["params"]["message"] = "ä".repeat(256).into();
    assert_eq!(code(&long), -32099);
    assert_eq!(code(&json!([entry("a", 1), entry("a", 2)])), -32600);
    assert!(idoit.logbook().is_empty());
    let mut silent = entry("a", 42);
    silent.as_object_mut().unwrap().remove("id");
    assert_eq!(post(&idoit, &[], &silent).text(), "");
    assert!(idoit.logbook().is_empty());
    let options = IDoitOptions {
        user_login: true,
        ..IDoitOptions::default()
    };
    let idoit = IDoit::start(options);
    assert!(post(&idoit, &[], &entry("a", 1)).json()["error"].is_object());
    let user = [
        ("X-RPC-Auth-Username", USER.0),
        ("X-RPC-Auth-Password", USER.1),
    ];
    assert!(post(&idoit, &user, &entry("a", 1)).json()["result"].is_object());
}

#[test]
fn quirks_are_switched_on_one_by_one() {
    let idoit = idoit();
    let with = |quirks: Quirks, body: &Value| {
        idoit.set_quirks(quirks);
        post(&idoit, &[], body)
    };
    let quirks = Quirks {
        strings: true,
        both: true,
        without_ids: true,
        ..Quirks::default()
    };
    let answer = with(quirks, &entry("a", 1)).json();
    assert_eq!(answer["result"]["id"], "100");
    assert_eq!(answer.get("error"), Some(&Value::Null));
    assert_eq!(answer.get("id"), None);
    let quirks = Quirks {
        largest_batch: Some(2),
        done_before_500: 1,
        ..Quirks::default()
    };
    let three = json!([entry("a", 1), entry("b", 1), entry("c", 1)]);
    assert_eq!(with(quirks, &three).status, 500);
    assert_eq!(idoit.logbook().len(), 2);
    let quirks = Quirks {
        error_after_creating: true,
        reversed: true,
        ..Quirks::default()
    };
    let answer = with(quirks, &json!([entry("a", 1), entry("b", 1)])).json();
    assert_eq!(answer[0]["id"], "b");
    assert_eq!(answer[0]["error"]["code"], -32099);
    assert_eq!(idoit.logbook().len(), 4);
    let quirks = Quirks {
        most_rows: Some(3),
        hours_before_utc: 12,
        ..Quirks::default()
    };
    let params = json!({ "object_id": 1, "limit": 100 });
    let answer = with(quirks, &call("r", "cmdb.logbook.read", params)).json();
    assert_eq!(answer["result"].as_array().unwrap().len(), 3);
}

#[test]
fn objects_are_found_by_what_they_are_called() {
    let idoit = idoit();
    idoit.add_object(ObjectRow::new(7001, "SRV-1"));
    idoit.add_object(ObjectRow::new(7002, "srv-1"));
    let ids = |filter: Value| {
        let params = json!({ "filter": filter });
        let answer = post(&idoit, &[], &call("o", "cmdb.objects.read", params)).json();
        let rows = answer["result"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["id"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(json!({ "title": "srv-1" })), [7001, 7002]);
    assert_eq!(ids(json!({ "sysid": "SYSID_7" })), [7]);
    assert_eq!(ids(json!({ "ids": ["7", 8] })), [7, 8]);
    idoit.purge(7);
    assert_eq!(ids(json!({ "sysid": "SYSID_7" })), [0; 0]);
}
