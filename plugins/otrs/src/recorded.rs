//! All recorded exchanges with a real OTRS, read by this connector.

use crate::clock::Clock;
use crate::object::References;
use crate::reply::{Created, Found, Histories, RawTicket, Reply, Session, Tickets};
use crate::samples;
use crate::soap;
use crate::ticket::Reader;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What OTRS answered with HTTP 200, by the name of the recording, as JSON whatever the transport.
fn answers() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/otrs");
    let files = std::fs::read_dir(folder).expect("the recordings");
    let paths = files.map(|file| file.expect("a file").path());
    let answers = paths.filter_map(|path| {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a recording");
        let exchange: Value = serde_json::from_str(&text).expect("JSON");
        if exchange["response"]["status"] != 200 {
            return None;
        }
        let body = exchange["response"]["body"].as_str().expect("a body");
        Some((name, read(body)))
    });
    answers.collect()
}

fn read(body: &str) -> Value {
    if !body.starts_with("<?xml") {
        return serde_json::from_str(body).expect(body);
    }
    let operations = ["TicketSearch", "TicketGet"].into_iter();
    let mut read = operations.filter_map(|what| soap::reply(what, body.as_bytes()).ok());
    read.next().expect(body)
}

fn parsed<T: Reply>(answer: &Value) -> T {
    serde_json::from_value(answer.clone()).expect("an answer")
}

/// A value of OTRS as text: numbers and strings stand for the same.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

#[test]
fn every_error_is_told_with_its_code_whatever_was_asked() {
    let mut errors = 0;
    for (name, answer) in answers() {
        let code = text(&answer["Error"]["ErrorCode"]);
        let told = [
            parsed::<Session>(&answer).error(),
            parsed::<Found>(&answer).error(),
            parsed::<Tickets>(&answer).error(),
            parsed::<Histories>(&answer).error(),
        ];
        for told in told {
            let told = told.and_then(|error| error.code.into_string());
            assert_eq!(told.unwrap_or_default(), code, "{name}");
        }
        errors += usize::from(!code.is_empty());
    }
    assert!(errors > 40, "{errors}");
}

#[test]
fn every_search_brings_the_ids_that_otrs_sent() {
    let mut searches = 0;
    for (name, answer) in answers() {
        let raw = &answer["TicketID"];
        // One text is what a creation or a change answers.
        if !raw.is_array() {
            continue;
        }
        let found = parsed::<Found>(&answer).ids.0;
        let ids: Vec<String> = found.iter().map(|id| id.0.to_string()).collect();
        let sent: Vec<String> = many(raw).into_iter().map(text).collect();
        assert_eq!(ids, sent, "{name}");
        searches += 1;
    }
    assert!(searches > 30, "{searches}");
}

#[test]
fn every_ticket_that_was_made_is_named() {
    let mut made = 0;
    for (name, answer) in answers() {
        if answer["TicketNumber"].is_null() {
            continue;
        }
        let mut created: Created = parsed(&answer);
        assert!(created.error().is_none(), "{name}");
        assert_eq!(
            created.id.map(|id| id.0.to_string()),
            Some(text(&answer["TicketID"])),
            "{name}"
        );
        let number = created.number.into_string();
        assert_eq!(number, Some(text(&answer["TicketNumber"])), "{name}");
        made += 1;
    }
    assert!(made >= 10, "{made}");
}

#[test]
fn every_ticket_becomes_one_of_the_contract() {
    // Ages are no help: the recordings were made at other times than this.
    let settings = samples::settings(&[("time-zone", "UTC")]);
    let reader = Reader {
        settings: &settings,
        references: References::new(&settings).expect("references"),
        clock: Clock::new(&settings, None, samples::NOW).expect("a clock"),
    };
    let mut read = 0;
    for (name, answer) in answers() {
        let tickets: Tickets = parsed(&answer);
        let sent = many(&answer["Ticket"]);
        assert_eq!(tickets.tickets.0.len(), sent.len(), "{name}");
        for (raw, sent) in tickets.tickets.0.into_iter().zip(sent) {
            compare(&name, &raw, sent);
            let (id, title) = (raw.id.0.to_string(), text(&sent["Title"]));
            let made = reader.ticket(raw);
            assert_eq!((made.id, made.subject), (id, title), "{name}");
            assert_eq!(made.number, text(&sent["TicketNumber"]), "{name}");
            assert_eq!(made.status, text(&sent["State"]), "{name}");
            assert_eq!(made.queue, Some(text(&sent["Queue"])), "{name}");
            assert_eq!(made.priority, Some(text(&sent["Priority"])), "{name}");
            assert!(made.created.is_some() && made.updated.is_some(), "{name}");
            read += 1;
        }
    }
    assert!(read > 80, "{read}");
}

/// What stands behind a ticket: its dates, and its dynamic fields.
fn compare(name: &str, raw: &RawTicket, sent: &Value) {
    assert_eq!(
        raw.age.0.map(|age| age.to_string()),
        Some(text(&sent["Age"])),
        "{name}"
    );
    for (read, what) in [(&raw.created, "Created"), (&raw.changed, "Changed")] {
        assert_eq!(read.as_str(), sent[what].as_str(), "{name}");
    }
    for field in many(&sent["DynamicField"]) {
        let values: Vec<String> = many(&field["Value"])
            .into_iter()
            .map(text)
            .filter(|value| !value.is_empty())
            .collect();
        assert_eq!(raw.values(&text(&field["Name"])), Some(values), "{name}");
    }
}

#[test]
fn every_history_is_read_whole() {
    let mut read = 0;
    for (name, answer) in answers() {
        let histories: Histories = parsed(&answer);
        let sent = many(&answer["TicketHistory"]);
        assert_eq!(histories.histories.0.len(), sent.len(), "{name}");
        for (history, sent) in histories.histories.0.iter().zip(sent) {
            assert_eq!(
                history.ticket.0.to_string(),
                text(&sent["TicketID"]),
                "{name}"
            );
            let entries = many(&sent["History"]);
            assert_eq!(history.entries.0.len(), entries.len(), "{name}");
            for (entry, sent) in history.entries.0.iter().zip(entries) {
                for (what, read) in [
                    ("HistoryType", &entry.history_type),
                    ("Name", &entry.name),
                    ("CreateTime", &entry.create_time),
                ] {
                    assert_eq!(
                        read.as_str().unwrap_or_default(),
                        text(&sent[what]),
                        "{name}"
                    );
                }
                read += 1;
            }
        }
    }
    assert!(read > 30, "{read}");
}
