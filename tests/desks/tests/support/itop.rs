//! Asking an iTop as a connector does.

use serde_json::{Value, json};
use sgi_test_desks::itop::{Account, READER};
use sgi_test_desks::{ITopDesk, ITopOptions};

use super::{Answer, encode, owned, send};

pub const REST: &str = "/webservices/rest.php?version=1.3";

/// The least that one can ask.
pub const LIST: &str = r#"{"operation":"list_operations"}"#;

pub fn desk() -> ITopDesk {
    ITopDesk::start(ITopOptions::default())
}

/// The tickets of an object, by the attribute of the extension.
pub fn of(desk: &ITopDesk, object: &str) -> Vec<u64> {
    ids(&tickets_of(desk, "idoit_id", object))
}

/// The body of an answer out of its chunks.
pub fn dechunked(answer: &Answer) -> String {
    if answer.header("transfer-encoding") != Some("chunked") {
        return answer.text();
    }
    let (mut rest, mut body) = (answer.body.as_slice(), Vec::new());
    loop {
        let end = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("the length of a chunk");
        let length = std::str::from_utf8(&rest[..end]).expect("a number");
        let length = usize::from_str_radix(length, 16).expect("a number");
        if length == 0 {
            return String::from_utf8(body).expect("UTF-8");
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + length]);
        rest = &rest[end + 2 + length + 2..];
    }
}

/// A form of name and value.
pub fn form(fields: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{}={}", encode(name), encode(value));
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Sends a form.
pub fn post(desk: &ITopDesk, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let length = body.len().to_string();
    let mut all = vec![
        ("Host", "desk"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", &length),
        ("Connection", "close"),
    ];
    all.extend_from_slice(headers);
    send(
        desk.addr(),
        &format!("POST {target}"),
        &owned(&all),
        body.as_bytes(),
    )
}

/// An operation with an account; the JSON of the answer.
pub fn rest_as(desk: &ITopDesk, (user, password): Account, operation: &Value) -> Value {
    let operation = operation.to_string();
    let body = form(&[
        ("auth_user", user),
        ("auth_pwd", password),
        ("json_data", &operation),
    ]);
    let answer = dechunked(&post(desk, REST, &[], &body));
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// An operation as the reader.
pub fn rest(desk: &ITopDesk, operation: &Value) -> Value {
    rest_as(desk, READER, operation)
}

/// `core/get` as the reader.
pub fn query(desk: &ITopDesk, class: &str, query: &str, fields: &str) -> Value {
    rest(
        desk,
        &json!({"operation": "core/get", "class": class, "key": query, "output_fields": fields}),
    )
}

/// The ids that an answer has, in no order.
pub fn ids(answer: &Value) -> Vec<u64> {
    assert_eq!(answer["code"], 0, "{answer}");
    let objects = answer["objects"].as_object();
    let keys = objects.into_iter().flat_map(|objects| objects.values());
    let mut ids: Vec<u64> = keys
        .map(|object| {
            object["key"]
                .as_str()
                .expect("a key")
                .parse()
                .expect("an id")
        })
        .collect();
    ids.sort_unstable();
    ids
}

/// The tickets that reference an object.
pub fn tickets_of(desk: &ITopDesk, attribute: &str, object: &str) -> Value {
    let text = format!(
        "SELECT Ticket AS t JOIN lnkFunctionalCIToTicket AS l ON l.ticket_id=t.id \
         JOIN FunctionalCI AS c ON l.functionalci_id=c.id WHERE c.{attribute}='{object}'"
    );
    query(
        desk,
        "Ticket",
        &text,
        "ref,title,operational_status,agent_id_friendlyname,last_update",
    )
}
