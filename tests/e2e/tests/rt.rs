//! The same expectations of two desks: the real Request Tracker and the test desk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::Value;
use sgi_e2e::Sgi;
use sgi_real_rt::{Options, RealRt};
use sgi_test_desks::rt::NewTicket;
use sgi_test_desks::{RtDesk, RtOptions};

const READER: (&str, &str) = ("cmdb", "cmdb-secret-1");

fn reader(url: &str) -> Sgi {
    Sgi::with_rt(url, READER.0, READER.1, "")
}

fn ids(tickets: &Value) -> Vec<&str> {
    let tickets = tickets.as_array().expect("an array");
    tickets.iter().map(|t| t["id"].as_str().unwrap()).collect()
}

/// What any RT with the seed must answer.
fn answers_as_seeded(url: &str) {
    let sgi = reader(url);
    let tickets = |object: &str| sgi.run(&["tickets", object, "--json"]).json();

    // Exactly the tickets that reference the object; those of a hidden queue are not seen.
    assert_eq!(ids(&tickets("1001")), ["1", "2", "11", "36"]);
    assert_eq!(ids(&tickets("4")), ["6"], "4 is not 42");
    assert_eq!(
        ids(&tickets("42")),
        ["2", "3"],
        "42 is not 142, 420 or 0042"
    );
    assert_eq!(ids(&tickets("999999")), [""; 0]);
    assert_eq!(tickets("7777").as_array().unwrap().len(), 130, "all pages");

    let all = tickets("1001");
    let first = &all[0];
    assert_eq!(first["desk"], "helpdesk");
    assert_eq!(first["number"], "1");
    assert_eq!(
        first["subject"],
        "Datenbank srv-db-01 antwortet langsam – Größe prüfen"
    );
    assert_eq!(first["status"], "resolved");
    assert_eq!(first["status_class"], "resolved");
    assert_eq!(first["queue"], "Incidents");
    assert_eq!(first["priority"], "80");
    assert_eq!(first["owner"], "Zoë Lefèvre");
    assert_eq!(
        first["requestors"][0],
        "Erika Mustermann <erika@kunde.example>"
    );
    assert_eq!(first["created"], "2024-01-08T08:00:00Z");
    assert_eq!(first["updated"], "2024-01-08T10:30:00Z");
    assert_eq!(first["due"], "2024-01-10T12:00:00Z");
    assert_eq!(first["starts"], Value::Null, "unset is not 1970");
    assert_eq!(first["url"], format!("{url}/Ticket/Display.html?id=1"));
    assert_eq!(first["objects"][0], "1001");
    assert_eq!(first["fields"][0]["name"], "Ort");
    let second = &all[1];
    assert_eq!(second["objects"], serde_json::json!(["1001", "1002", "42"]));

    // Open and closed, where RT draws the line.
    let open = sgi
        .run(&["tickets", "1001", "--json", "--status", "open"])
        .json();
    assert_eq!(ids(&open), ["2", "11", "36"]);
    let closed = sgi
        .run(&["tickets", "1001", "--json", "--status", "closed"])
        .json();
    assert_eq!(ids(&closed), ["1"]);

    one_ticket(&sgi);

    // One link for each queue that the account sees.
    let links = sgi.run(&["links", "1001", "--json"]).json();
    let labels: Vec<&str> = links
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["General", "Hardware", "Incidents"]);
    let link = links[2]["url"].as_str().unwrap();
    assert_eq!(
        link,
        format!(
            "{url}/Ticket/Create.html?Queue=3&Object-RT%3A%3ATicket--CustomField-2-Values=1001"
        )
    );

    let check = sgi.run(&["check"]);
    assert_eq!(check.status, 0, "{check:?}");
    assert!(check.out.contains("Request Tracker"), "{check:?}");
    assert!(check.out.contains("5.0.3"), "{check:?}");
}

fn one_ticket(sgi: &Sgi) {
    let ticket = |id: &str| sgi.run(&["ticket", id, "--desk", "helpdesk", "--json"]);
    assert_eq!(ticket("2").json()["queue"], "Hardware");
    assert_eq!(
        ticket("25").json()["status_class"],
        "deleted",
        "a search would not find it"
    );
    assert_eq!(
        ticket("30").json()["id"],
        "29",
        "a merged ticket is the one it went into"
    );
    let missing = ticket("999999");
    assert_eq!(missing.status, 5, "{missing:?}");
    let forbidden = ticket("32");
    assert_eq!(forbidden.status, 4, "{forbidden:?}");
    assert!(forbidden.err.contains("ShowTicket"), "{forbidden:?}");
    for odd in ["2x", "-1", "0"] {
        let refused = sgi.run(&["ticket", "--desk", "helpdesk", "--", odd]);
        assert_ne!(refused.status, 0, "{refused:?}");
    }
}

/// What a wrong setting brings: its own message, and no secret.
fn wrong_settings_are_named(url: &str) {
    let cases = [
        (
            Sgi::with_rt(url, "cmdb", "wrong-password-1", ""),
            4,
            "does not accept the user name",
        ),
        (
            Sgi::with_rt(&format!("{url}/nowhere"), READER.0, READER.1, ""),
            3,
            "is not the base address",
        ),
        (
            Sgi::with_rt(
                url,
                READER.0,
                READER.1,
                "[desks.helpdesk.options]\nobjects-field = \"Objekte\"",
            ),
            3,
            "the custom field \"Objekte\" is not visible",
        ),
        (
            Sgi::with_rt(url, "norights", "norights-1", ""),
            3,
            "sees no queue",
        ),
        (
            Sgi::with_rt(url, "ausgesperrt", "disabled-1", ""),
            4,
            "does not accept the user name",
        ),
    ];
    for (sgi, status, message) in cases {
        for command in [&["tickets", "1001"][..], &["check"][..]] {
            let ran = sgi.run(command);
            assert_eq!(ran.status, status, "{message}: {ran:?}");
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains(message), "{ran:?}");
            for secret in ["wrong-password-1", READER.1, "norights-1", "disabled-1"] {
                assert!(!said.contains(secret), "{ran:?}");
            }
        }
    }
}

#[test]
fn a_real_rt_answers_as_it_was_seeded() {
    let rt = RealRt::start(Options::default()).unwrap();
    answers_as_seeded(rt.url());
    wrong_settings_are_named(rt.url());
}

#[test]
fn a_real_rt_below_a_path_answers_as_it_was_seeded() {
    let rt = RealRt::start(Options {
        web_path: "/rt".to_owned(),
        ..Options::default()
    })
    .unwrap();
    answers_as_seeded(rt.url());
}

#[test]
fn the_test_desk_answers_as_the_real_one() {
    for web_path in ["", "/rt"] {
        let rt = RtDesk::start(RtOptions {
            web_path: web_path.to_owned(),
            ..RtOptions::default()
        });
        answers_as_seeded(&rt.url());
        wrong_settings_are_named(&rt.url());
    }
}

#[test]
fn a_cold_process_needs_one_request_for_a_list() {
    let rt = RtDesk::start(RtOptions::default());
    let sgi = reader(&rt.url());
    assert_eq!(sgi.run(&["check"]).status, 0);
    rt.clear();
    assert_eq!(sgi.run(&["tickets", "1001"]).status, 0);
    assert_eq!(rt.requests().len(), 1, "{:?}", rt.requests());
}

#[test]
fn foreign_text_cannot_act_on_a_terminal() {
    let rt = RtDesk::start(RtOptions::default());
    let subject =
        "<b>\u{1b}[31mred\u{1b}]52;c;eA==\u{7}\u{9b}2J \u{202e}gpj.exe\u{2066} \"'&\r\nsgi: forged";
    let id = rt.add_ticket(NewTicket {
        subject: subject.to_owned(),
        ..NewTicket::of("31337")
    });
    let sgi = reader(&rt.url());
    let id = id.to_string();
    for command in [
        &["tickets", "31337"][..],
        &["ticket", &id, "--desk", "helpdesk"],
    ] {
        let plain = sgi.run(command);
        assert!(plain.out.contains("<b>"), "{plain:?}");
        let json = sgi.run(&[command, &["--json"]].concat());
        assert!(json.out.contains(r"\u001b[31mred"), "{json:?}");
        for text in [&plain.out, &json.out] {
            let acts = |c: char| {
                c.is_control() && c != '\n'
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.contains(acts), "{text:?}");
            assert!(!text.lines().any(|line| line.starts_with("sgi:")), "{text}");
        }
        let read = json.json();
        let ticket = if read.is_array() { &read[0] } else { &read };
        assert_eq!(ticket["subject"], subject, "the JSON means the same");
    }
}

#[test]
fn an_inactive_desk_says_so() {
    let rt = RtDesk::start(RtOptions::default());
    let sgi = Sgi::with_rt(&rt.url(), READER.0, READER.1, "active = false");
    let ran = sgi.run(&["tickets", "1001", "--desk", "helpdesk"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.err.contains("inactive"), "{ran:?}");
    assert!(rt.requests().is_empty());
}
