//! Every recorded exchange with a real iTop, replayed against the test desk.
//!
//! The files in `tests/recordings/itop` make the cases. Status, headers and the body byte by byte
//! must be what iTop answered: the order of objects and of their attributes, escapes, ids that
//! were given out, dates. Left out because it means nothing here: `Date` and `Server`, which were
//! not recorded, and `Connection`, as our client asks to close.
//!
//! Most recordings only read. Those that write, and those made after them, are replayed in the
//! order in which they were made, at the times at which they were made.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sgi_test_desks::itop::{
    ADMIN, Account, CONFIGURATION, Mode, NO_RIGHTS, PORTAL, READER, READER_TOKEN,
    TOKEN_OF_ANOTHER_SCOPE, WITHOUT_REST,
};
use sgi_test_desks::rt::basic;
use sgi_test_desks::{ITopDesk, ITopOptions};
use support::itop::{dechunked, form, rest};
use support::replay::{Tally, difference, pairs, recordings, status, text};
use support::{Answer, send};

/// Recordings that the desk does not answer alike, and why.
const EXEMPT: &[(&str, &str)] = &[(
    "63m-ADMIN-joined-one-call",
    "a page of two out of the many operations of one change: the database's order decides which two",
)];

/// Recordings with objects of the same name (the two CIs `srv-dup`, the operations of one change): among
/// those the order is the database's, another one for each plan of a query. They are compared as a
/// set.
const UNORDERED: &[&str] = &[
    "42b-criteria-two-servers",
    "63-ADMIN-CMDBChangeOp-of-ticket",
    "63b-ADMIN-CMDBChangeOp-star-plus",
    "63c-ADMIN-SetAttributeScalar",
    "63e-ADMIN-Links-of-ticket",
];

/// Recordings that count the whole history of the recorded server, of which the seed has what other
/// recordings show: `message` is not compared.
const TOTALS: &[&str] = &["63f-ADMIN-poll-by-change-id", "63g-ADMIN-CMDBChange"];

/// Recordings with a wrong password.
const WRONG: &[&str] = &[
    "02-bad-password",
    "08b-basic-auth-bad",
    "80g-token-and-bad-password",
];

/// The order in which the groups of recordings were made that saw what was written.
const GROUPS: [&str; 15] = [
    "50", "51", "52", "53", "61", "62", "63", "60", "64", "65", "80", "90", "91", "92", "93",
];

/// When the clock moved, in UTC. The server wrote its dates an hour later.
const TIMES: &[(&str, &str)] = &[
    ("50-create-userrequest-with-ci", "21:14:06"),
    ("50j-create-incident", "21:14:07"),
    ("51c-update-private_log-add_item", "21:14:08"),
    ("51e-update-by-oql", "21:14:09"),
    ("62-link-ci", "21:14:57"),
    ("64b-unlink", "21:15:31"),
];

#[test]
fn the_desk_answers_as_the_real_itop_did() {
    let desks = Desks::start();
    let mut tally = Tally::default();
    let mut all = recordings("itop");
    let group = |name: &str| GROUPS.iter().position(|group| name.starts_with(group));
    all.sort_by_key(|(name, _)| group(name));
    for (name, recording) in all {
        let (request, response) = (&recording["request"], &recording["response"]);
        desks.prepare(&name);
        let answer = desks.replay(&name, request);
        let mut difference = compare(response, &answer, Leave::Nothing);
        let mut partly = false;
        for (leave, names) in [(Leave::Order, UNORDERED), (Leave::Totals, TOTALS)] {
            if names.contains(&name.as_str()) {
                partly = true;
                if difference.is_none() {
                    tally.fail(&name, &format!("{leave:?} need not be left out any more"));
                }
                difference = compare(response, &answer, leave);
            }
        }
        tally.count(&name, difference, partly, EXEMPT);
    }
    let lists = [UNORDERED, TOTALS, WRONG];
    let listed = lists.into_iter().flatten().copied();
    let named = EXEMPT.iter().chain(TIMES).map(|(name, _)| *name);
    tally.finish(listed.chain(named), 187);
}

/// Desks in the states in which the recordings were made.
struct Desks {
    /// The one that nobody writes to.
    seed: ITopDesk,
    without_basic: ITopDesk,
    written: ITopDesk,
}

impl Desks {
    fn start() -> Self {
        let start = |basic| {
            ITopDesk::start(ITopOptions {
                object_attribute: None,
                basic,
                ..ITopOptions::default()
            })
        };
        Desks {
            seed: start(true),
            without_basic: start(false),
            written: start(true),
        }
    }

    /// The desk for a recording.
    fn desk(&self, name: &str) -> &ITopDesk {
        if name.starts_with("08x") {
            &self.without_basic
        } else if name >= "50" {
            &self.written
        } else {
            &self.seed
        }
    }

    /// Does what happened before a recording was made.
    fn prepare(&self, name: &str) {
        if let Some((_, time)) = TIMES.iter().find(|(at, _)| *at == name) {
            self.written.set_time(&format!("2026-11-23T{time}Z"));
        }
        if name == "80-token-header-ok" {
            self.form_in_the_browser();
        }
        self.written.set_mode(match name {
            "93-maintenance-mode" => Mode::Maintenance,
            "93b-readonly-mode-get" | "93c-readonly-mode-create" => Mode::ReadOnly,
            "94-database-down" => Mode::DatabaseDown,
            _ => Mode::Normal,
        });
        if name == "94-database-down" {
            self.seed.set_mode(Mode::DatabaseDown);
        }
    }

    /// An incident was created in a browser, which no recording shows. By the numbers that came
    /// after it, four of tickets and one of a link were used up on the way.
    fn form_in_the_browser(&self) {
        let create = |class: &str, fields: Value| {
            rest(
                &self.written,
                &json!({"operation": "core/create", "class": class, "comment": "c", "fields": fields}),
            )
        };
        for _ in 0..4 {
            create("Incident", json!({"title": "not yet"}));
        }
        create(
            "lnkFunctionalCIToTicket",
            json!({"ticket_id": 18, "functionalci_id": 1}),
        );
        rest(
            &self.written,
            &json!({"operation": "core/delete", "class": "lnkFunctionalCIToTicket", "comment": "c",
                    "key": {"ticket_id": 18}}),
        );
        let fields = json!({"org_id": 3, "title": "From the browser", "description": "x",
                            "functionalcis_list": [{"functionalci_id": 37}]});
        create("Incident", fields);
    }

    fn replay(&self, name: &str, request: &Value) -> Answer {
        let password = |user: &str| password(name, user);
        let mut headers = vec![("Host".to_owned(), "desk".to_owned())];
        for (header, value) in pairs(&request["headers"]) {
            let value = match (header.as_str(), value.as_str()) {
                ("Authorization", _) => {
                    let user = if name.starts_with("08c") {
                        WITHOUT_REST.0
                    } else {
                        READER.0
                    };
                    basic((user, password(user)))
                }
                ("Auth-Token", "***") => token(name).to_owned(),
                _ => value,
            };
            headers.push((header, value));
        }
        let path = text(&request["path"]).replace("***", READER.1);
        let body = if let (Value::Object(fields), "POST") = (
            &request["form"],
            request["method"].as_str().expect("a method"),
        ) {
            let user = fields.get("auth_user").map(text).unwrap_or_default();
            let fields: Vec<(String, String)> = fields
                .iter()
                .map(|(field, value)| {
                    let value = text(value);
                    let value = match field.as_str() {
                        "auth_pwd" => password(&user).to_owned(),
                        "auth_token" => token(name).to_owned(),
                        // Of `core/check_credentials`.
                        _ if name.starts_with("19b") => value.replace("***", WITHOUT_REST.1),
                        _ => value.replace("***", READER.1),
                    };
                    (field.clone(), value)
                })
                .collect();
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(field, value)| (field.as_str(), value.as_str()))
                .collect();
            form(&fields)
        } else {
            request["body"].as_str().unwrap_or_default().to_owned()
        };
        headers.push(("Content-Length".to_owned(), body.len().to_string()));
        headers.push(("Connection".to_owned(), "close".to_owned()));
        let head = format!("{} {path}", text(&request["method"]));
        send(self.desk(name).addr(), &head, &headers, body.as_bytes())
    }
}

/// Puts back the password that was taken out of a recording.
fn password(name: &str, user: &str) -> &'static str {
    if WRONG.contains(&name) {
        return "wrong";
    }
    let accounts: [Account; 6] = [
        READER,
        ADMIN,
        WITHOUT_REST,
        PORTAL,
        NO_RIGHTS,
        CONFIGURATION,
    ];
    let account = accounts.into_iter().find(|(known, _)| *known == user);
    account.map_or("nobody's", |(_, password)| password)
}

fn token(name: &str) -> &'static str {
    if name.starts_with("80d") {
        TOKEN_OF_ANOTHER_SCOPE
    } else {
        READER_TOKEN
    }
}

/// What to leave out of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    Nothing,
    /// The order of the objects.
    Order,
    /// How many objects there are.
    Totals,
}

/// What differs, if anything does.
fn compare(recorded: &Value, answer: &Answer, leave: Leave) -> Option<String> {
    if let Some(difference) = status(recorded, answer) {
        return Some(difference);
    }
    let theirs = headers(pairs(&recorded["headers"]));
    let ours = headers(answer.headers.clone());
    if theirs != ours {
        return Some(format!("headers\n  ours   {ours:?}\n  theirs {theirs:?}"));
    }
    let (ours, theirs) = (dechunked(answer), text(&recorded["body"]));
    if ours == theirs {
        return None;
    }
    let parsed = (serde_json::from_str(&ours), serde_json::from_str(&theirs));
    let (Ok::<Value, _>(mut a), Ok::<Value, _>(mut b)) = parsed else {
        return Some(format!("body\n  ours   {ours:?}\n  theirs {theirs:?}"));
    };
    if leave == Leave::Totals {
        a["message"].take();
        b["message"].take();
    }
    difference("", &a, &b).or_else(|| {
        let order = format!(
            "the order\n  ours   {}\n  theirs {}",
            names(&ours),
            names(&theirs)
        );
        (leave == Leave::Nothing).then_some(order)
    })
}

fn headers(pairs: Vec<(String, String)>) -> BTreeSet<(String, String)> {
    let kept =
        |(name, _): &(String, String)| !matches!(name.as_str(), "Date" | "Server" | "Connection");
    pairs.into_iter().filter(kept).collect()
}

/// The names of the objects in an answer, in their order.
fn names(body: &str) -> String {
    let parts = body.split('"').filter(|part| part.contains("::"));
    parts.collect::<Vec<_>>().join(" ")
}
