//! OTRS through the program and the component, by both of its web services.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::Value;
use sgi_e2e::{Ran, Sgi};
use sgi_test_desks::otrs::{Account, NO_RIGHTS, READER, WRITER};
use sgi_test_desks::{OtrsDesk, OtrsOptions};

const BOTH: [&str; 2] = ["rest", "soap"];

fn sgi(url: &str, (username, password): Account, options: &str) -> Sgi {
    Sgi::with_config(&format!(
        "[desks.service]\ntype = \"otrs\"\nurl = {url:?}\nusername = {username:?}\npassword = \
         {password:?}\n[desks.service.options]\n{options}\n"
    ))
}

fn by(desk: &OtrsDesk, transport: &str) -> Sgi {
    sgi(&desk.url(), READER, &format!("transport = {transport:?}"))
}

fn ids(tickets: &Value) -> Vec<&str> {
    let tickets = tickets.as_array().expect("an array");
    tickets.iter().map(|t| t["id"].as_str().unwrap()).collect()
}

#[test]
fn both_web_services_bring_exactly_the_tickets_of_an_object() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let mut brought = Vec::new();
    for transport in BOTH {
        let sgi = by(&desk, transport);
        let tickets = |more: &[&str]| {
            let arguments = [&["tickets", "--json"], more].concat();
            sgi.run(&arguments).json()
        };
        let all = tickets(&["1001"]);
        assert_eq!(ids(&all), ["101", "102", "103", "104", "105"]);
        assert_eq!(
            ids(&tickets(&["42"])),
            ["102", "107", "108"],
            "42 is not 420"
        );
        assert_eq!(ids(&tickets(&["999999"])), [""; 0]);
        assert_eq!(
            tickets(&["7777"]).as_array().unwrap().len(),
            130,
            "all pages"
        );
        let open = tickets(&["1001", "--status", "open"]);
        assert_eq!(ids(&open), ["102", "103", "104"]);
        let closed = tickets(&["1001", "--status", "closed"]);
        assert_eq!(ids(&closed), ["101", "105"]);

        let first = &all[0];
        assert_eq!(first["number"], "2026011210000015");
        assert_eq!(first["status_class"], "closed");
        assert_eq!(first["queue"], "Service Desk");
        assert_eq!(first["owner"], "jiri");
        assert_eq!(first["created"], "2026-01-12T08:00:00Z");
        let url = format!(
            "{}/index.pl?Action=AgentTicketZoom;TicketID=101",
            desk.url()
        );
        assert_eq!(first["url"], url);
        brought.push(all);
    }
    assert_eq!(brought[0], brought[1]);
}

#[test]
fn the_password_goes_into_the_login_and_the_session_into_all_else() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    for transport in BOTH {
        desk.clear();
        assert_eq!(by(&desk, transport).run(&["tickets", "1001"]).status, 0);
        let requests = desk.requests();
        for request in &requests {
            let body = String::from_utf8_lossy(&request.body);
            let login = body.contains("UserLogin");
            assert_eq!(body.contains(READER.1), login, "{}", request.target);
            assert_eq!(body.contains("SessionID"), !login, "{}", request.target);
            assert!(!body.contains("sgi-secret-"), "{}", request.target);
            assert!(!request.target.contains(READER.1));
            assert_eq!(request.method, "POST");
        }
        let logins = requests
            .iter()
            .filter(|request| String::from_utf8_lossy(&request.body).contains("UserLogin"));
        assert_eq!(logins.count(), 1);
    }
}

#[test]
fn the_check_finds_the_web_service_that_works() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let check = sgi(&desk.url(), WRITER, "create-queue = \"Network\"").run(&["check"]);
    assert_eq!(check.status, 0, "{check:?}");
    assert!(check.out.contains("by REST"), "{check:?}");
    assert!(check.out.contains("create-tickets"), "{check:?}");
    let desk = OtrsDesk::start(OtrsOptions {
        post_service: None,
        ..OtrsOptions::default()
    });
    let check = sgi(&desk.url(), WRITER, "").run(&["check"]);
    assert_eq!(check.status, 0, "{check:?}");
    assert!(check.out.contains("by SOAP"), "{check:?}");
}

#[test]
fn a_ticket_and_links_are_had() {
    let desk = OtrsDesk::start(OtrsOptions {
        time_zone: "Europe/Berlin".to_owned(),
        ..OtrsOptions::default()
    });
    for transport in BOTH {
        let sgi = by(&desk, transport);
        let ticket = |id: &str| sgi.run(&["ticket", id, "--desk", "service", "--json"]);
        assert_eq!(ticket("5").json()["id"], "8", "merged");
        assert_eq!(ticket("101").json()["created"], "2026-01-12T08:00:00Z");
        assert_eq!(ticket("62").status, 5, "hidden");
        let links = sgi.run(&["links", "42", "--json"]).json();
        assert_eq!(links[0]["label"], "Phone ticket");
        let url = links[0]["url"].as_str().unwrap();
        assert!(url.ends_with("Action=AgentTicketPhone;DynamicField_IDoitObjects=%2C42%2C"));
    }
}

#[test]
fn wrong_settings_are_named_and_nobody_elses_tickets_are_shown() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let url = desk.url();
    let stock = "transport = \"rest\"\nrest-service = \"GenericTicketConnectorREST\"";
    let cases = [
        (
            sgi(&url, ("cmdb", "wrong-password-1"), ""),
            4,
            "does not accept the user name",
        ),
        (
            sgi(&format!("{url}/nowhere"), READER, ""),
            3,
            "is not the address of an OTRS",
        ),
        (
            sgi(&url, READER, "objects-field = \"Objects\""),
            3,
            "no valid dynamic field",
        ),
        (
            sgi(&url, READER, stock),
            3,
            "no route \"POST /TicketSearch\"",
        ),
        (
            sgi(
                &url,
                READER,
                "transport = \"rest\"\nrest-service = \"Nope\"",
            ),
            3,
            "closes the connection",
        ),
    ];
    for (sgi, status, message) in cases {
        for command in [&["tickets", "1001"][..], &["check"][..]] {
            let ran: Ran = sgi.run(command);
            assert_eq!(ran.status, status, "{message}: {ran:?}");
            let said = format!("{}{}", ran.out, ran.err);
            assert!(said.contains(message), "{ran:?}");
            assert!(!said.contains("AgentTicketZoom"), "{ran:?}");
            assert!(
                !said.contains("wrong-password-1") && !said.contains(READER.1),
                "{ran:?}"
            );
        }
    }
    let blind = sgi(&url, NO_RIGHTS, "").run(&["check"]);
    assert!(blind.out.contains("sees no ticket"), "{blind:?}");
}
