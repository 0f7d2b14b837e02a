//! All recorded exchanges with a real iTop, read by this connector.

use crate::failure::{self, Refusal};
use crate::reply::Reply;
use crate::testing::{message, settings};
use crate::{model, ticket};
use serde_json::Value;
use sgi_guest::time::Zone;
use sgi_guest::types::Error;
use std::collections::BTreeMap;
use std::path::Path;

/// An exchange: the operation, the status, and the body.
struct Exchange {
    operation: Value,
    status: u64,
    body: String,
}

fn exchanges() -> BTreeMap<String, Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/recordings/itop");
    let files = std::fs::read_dir(folder).expect("the recordings");
    let exchange = |path: &Path| {
        let text = std::fs::read_to_string(path).expect("a recording");
        let json: Value = serde_json::from_str(&text).expect("JSON");
        let operation = json["request"]["form"]["json_data"]
            .as_str()
            .unwrap_or_default();
        Exchange {
            operation: serde_json::from_str(operation).unwrap_or_default(),
            status: json["response"]["status"].as_u64().expect("a status"),
            body: json["response"]["body"]
                .as_str()
                .expect("a body")
                .to_owned(),
        }
    };
    files
        .map(|file| file.expect("a file").path())
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, exchange(&path))
        })
        .collect()
}

fn reply(exchanges: &BTreeMap<String, Exchange>, name: &str) -> Reply {
    serde_json::from_str(&exchanges[name].body).expect(name)
}

#[test]
fn every_answer_but_those_of_a_broken_itop_is_read() {
    let all = exchanges();
    assert!(all.len() > 180);
    for (name, exchange) in &all {
        let read = serde_json::from_str::<Reply>(&exchange.body);
        assert_eq!(read.is_ok(), exchange.status == 200, "{name}");
        let Ok(read) = read else { continue };
        let raw: Value = serde_json::from_str(&exchange.body).expect("JSON");
        assert_eq!(Some(read.code), raw["code"].as_i64(), "{name}");
        let objects = raw["objects"].as_object().map_or(0, serde_json::Map::len);
        assert_eq!(read.entries().len(), objects, "{name}");
        for entry in read.entries() {
            let raw = &raw["objects"][format!("{}::{}", entry.class, entry.key)];
            assert_eq!(raw["key"], entry.key.to_string(), "{name}");
        }
    }
}

#[test]
fn no_refusal_shows_what_itop_wrote() {
    for (name, exchange) in exchanges() {
        let Ok(read) = serde_json::from_str::<Reply>(&exchange.body) else {
            continue;
        };
        let Some(refusal) = failure::refusal(&settings(&[]), &read) else {
            assert_eq!(read.code, 0, "{name}");
            continue;
        };
        let error = refusal.into_error();
        let shown = message(&error);
        for secret in [
            "SELECT",
            "exception",
            "Unexpected",
            "Error:",
            "srv-",
            "Demo",
        ] {
            assert!(!shown.contains(secret), "{name}: {shown}");
        }
    }
}

#[test]
fn what_is_wrong_with_an_account_is_told_apart() {
    let all = exchanges();
    for (name, credentials) in [
        ("02-bad-password", true),
        ("03-unknown-user", true),
        ("04-user-without-rest-profile", false),
        ("05-portal-user-with-rest-profile", false),
        ("06-no-credentials", true),
        ("08b-basic-auth-bad", true),
        ("37-rest-only-permission", false),
        ("61-CMDBChangeOp-of-ticket", false),
        ("80b-token-header-bad", true),
        ("80d-token-wrong-scope", true),
        ("93c-readonly-mode-create", false),
    ] {
        let refusal = failure::refusal(&settings(&[]), &reply(&all, name)).expect(name);
        match refusal.into_error() {
            Error::BadCredentials(_) => assert!(credentials, "{name}"),
            Error::Forbidden(_) => assert!(!credentials, "{name}"),
            _ => panic!("{name}"),
        }
    }
}

#[test]
fn unknown_fields_and_classes_are_read_from_what_itop_says() {
    let all = exchanges();
    let message = |name| reply(&all, name).message().to_owned();
    let field = message("31-ticket-status-field-on-Ticket");
    assert_eq!(failure::unknown_field(&field), Some("status"));
    assert_eq!(
        failure::unknown_field(&message("36f-output-field-unknown")),
        Some("foo")
    );
    assert!(failure::unknown_class(&message("36e-unknown-class")));
    assert!(!failure::unknown_class(&message("36c-oql-unknown-attr")));
    let unknown = failure::refusal(&settings(&[]), &reply(&all, "36c-oql-unknown-attr"));
    assert!(matches!(unknown, Some(Refusal::Model)));
    for (name, attribute) in [
        ("50g-create-bad-enum", "impact"),
        ("50i-create-too-long-title", "title"),
        ("50k-create-bad-caller-fk", "caller_id"),
    ] {
        assert_eq!(
            failure::refused_attributes(&message(name)),
            [attribute],
            "{name}"
        );
    }
}

#[test]
fn every_ticket_becomes_one_of_the_contract() {
    let settings = settings(&[]);
    let mut read = 0;
    for (name, exchange) in exchanges() {
        let Ok(reply) = serde_json::from_str::<Reply>(&exchange.body) else {
            continue;
        };
        for entry in reply.entries() {
            if model::family(&entry.class).is_none() {
                continue;
            }
            let cis = entry.cis().unwrap_or_default();
            let made = ticket::ticket(&settings, &Zone::UTC, entry, &cis, Vec::new());
            assert_eq!(made.id, entry.key.to_string(), "{name}");
            if entry.text("operational_status").is_some() && entry.text("last_update").is_some() {
                assert!(made.updated.is_some() && !made.status.is_empty(), "{name}");
            }
            read += 1;
        }
    }
    assert!(read > 300, "{read}");
}

/// The values of the recorded hostile queries, which iTop took for one value each.
#[test]
fn hostile_values_are_quoted_as_itop_was_seen_to_read_them() {
    let values = [
        ("40-oql-escaped-0", "srv-o'brien"),
        ("40-oql-escaped-2", "x' OR 1=1 -- "),
        ("40-oql-escaped-3", "x\\"),
        ("40-oql-escaped-4", "\\' OR 1=1 OR name='"),
        (
            "40-oql-escaped-5",
            "srv-db-01' UNION SELECT Server WHERE name != '",
        ),
        ("41-oql-escaped-special-0", "a:b :foo"),
        ("41-oql-escaped-special-3", "new\nline"),
        ("41-oql-escaped-special-5", "nul\0x"),
        ("44b-oql-string-0x", "srv0xC1"),
    ];
    let all = exchanges();
    for (name, value) in values {
        let query = format!(
            "SELECT FunctionalCI WHERE name = {}",
            crate::oql::literal(value)
        );
        assert_eq!(all[name].operation["key"], query, "{name}");
    }
}
