//! The host with one OTRS desk, as a CMDB holds it, and what it sent.

use serde_json::Value;
use sgi_e2e::client::with_options;
pub(crate) use sgi_e2e::client::{Client, ids};
use sgi_host::DeskSettings;
use sgi_test_desks::otrs::{Account, READER};
use sgi_test_desks::{OtrsDesk, OtrsOptions, Seen, When};

pub(crate) fn desk() -> OtrsDesk {
    OtrsDesk::start(OtrsOptions::default())
}

/// A desk that writes its dates in this zone.
pub(crate) fn desk_in(zone: &str) -> OtrsDesk {
    OtrsDesk::start(OtrsOptions {
        time_zone: zone.to_owned(),
        ..OtrsOptions::default()
    })
}

pub(crate) fn settings(url: &str, account: Account, options: &[(&str, &str)]) -> DeskSettings {
    with_options(sgi_e2e::client::settings("otrs", url, account), options)
}

pub(crate) fn with(desk: &OtrsDesk, account: Account, options: &[(&str, &str)]) -> Client {
    Client::open(settings(&desk.url(), account, options))
}

/// The reader, by one of the web services.
pub(crate) fn reader(desk: &OtrsDesk, by: &str) -> Client {
    with(desk, READER, &[("transport", by)])
}

/// The reader with more options.
pub(crate) fn reader_with(desk: &OtrsDesk, by: &str, options: &[(&str, &str)]) -> Client {
    with(desk, READER, &[&[("transport", by)], options].concat())
}

/// The reader who knows the desk already, and has a session: what the desk saw is forgotten.
pub(crate) fn known(desk: &OtrsDesk, by: &str) -> Client {
    let client = reader(desk, by);
    client.check().unwrap();
    client.tickets("999999");
    desk.clear();
    client
}

/// The operation that was asked for.
pub(crate) fn operation(seen: &Seen) -> &str {
    let segment = seen.target.rsplit('/').next().unwrap();
    match seen.header("soapaction") {
        Some(action) => action.trim_matches('"').rsplit('#').next().unwrap(),
        None => match segment {
            "Session" => "SessionCreate",
            "TicketList" => "TicketGet",
            "Ticket" => "TicketCreate",
            other => other,
        },
    }
}

/// The requests for one operation.
pub(crate) fn sent(desk: &OtrsDesk, wanted: &str) -> Vec<Seen> {
    let mut sent = desk.requests();
    sent.retain(|seen| operation(seen) == wanted);
    sent
}

pub(crate) fn body(seen: &Seen) -> String {
    String::from_utf8(seen.body.clone()).unwrap()
}

/// A plain parameter of a request, as text; several values are joined with commas.
pub(crate) fn parameter(seen: &Seen, name: &str) -> Option<String> {
    let text = body(seen);
    if seen.header("soapaction").is_some() {
        let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
        let values: Vec<&str> = text
            .split(&begin)
            .skip(1)
            .map(|rest| rest.split(&end).next().unwrap())
            .collect();
        return (!values.is_empty()).then(|| values.join(","));
    }
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let parameters: Value = serde_json::from_str(&text).unwrap();
    parameters.get(name).map(|value| match value {
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        one => plain(one),
    })
}

/// The requests for one operation, to strike them.
pub(crate) fn when(by: &str, operation: &str) -> When {
    match (by, operation) {
        (_, "TicketCreate") => When::BodyContains("CustomerUser".to_owned()),
        ("rest", "TicketGet") => When::TargetContains("/TicketList".to_owned()),
        ("rest", "SessionCreate") => When::TargetContains("/Session".to_owned()),
        ("rest", other) => When::TargetContains(format!("/{other}")),
        (_, other) => When::BodyContains(other.to_owned()),
    }
}

/// An answer with these ids, as a search by REST has it.
pub(crate) fn found(ids: &[u64]) -> Vec<u8> {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    serde_json::json!({ "TicketID": ids })
        .to_string()
        .into_bytes()
}

/// An error of an operation, as REST has it: with HTTP 200.
pub(crate) fn refused(operation: &str, reason: &str) -> Vec<u8> {
    let code = format!("{operation}.{reason}");
    let message = format!("{operation}: Authorization failing!");
    serde_json::json!({ "Error": { "ErrorCode": code, "ErrorMessage": message } })
        .to_string()
        .into_bytes()
}
