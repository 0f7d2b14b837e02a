//! OTRS's stock REST web service, which cannot be searched for an object: the logbook says which tickets
//! there are, and each is read and looked at. A list is complete, or it is an error.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::Value;
use sgi_e2e::{Ran, Sgi};
use sgi_test_desks::otrs::{NewTicket, STOCK_REST, WRITER};
use sgi_test_desks::{OtrsDesk, OtrsOptions};
use std::collections::BTreeSet;

fn toml(desk: &OtrsDesk, transport: &str, more: &str) -> String {
    format!(
        "[desks.otrs]\ntype = \"otrs\"\nurl = {:?}\nusername = {:?}\npassword = {:?}\n\
         [desks.otrs.options]\ntransport = {transport:?}\ncreate-queue = \"Network\"\n\
         create-customer = \"kunde1\"\n{more}\n",
        desk.url(),
        WRITER.0,
        WRITER.1
    )
}

fn desk_and_user() -> (OtrsDesk, Sgi) {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let sgi = Sgi::with_config(&toml(&desk, "stock-rest", ""));
    (desk, sgi)
}

fn synced() -> (OtrsDesk, Sgi) {
    let (desk, sgi) = desk_and_user();
    let ran = sgi.run(&["sync"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    (desk, sgi)
}

fn ids_of(ran: &Ran) -> BTreeSet<String> {
    assert_eq!(ran.status, 0, "{ran:?}");
    let tickets: Vec<Value> = ran.json().as_array().unwrap().clone();
    let ids: BTreeSet<String> = tickets
        .iter()
        .map(|ticket| ticket["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), tickets.len(), "each once");
    ids
}

fn ids(sgi: &Sgi, object: &str) -> BTreeSet<String> {
    ids_of(&sgi.run(&["tickets", object, "--json"]))
}

fn assert_refused(ran: &Ran, parts: &[&str]) {
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(!ran.out.contains("\"id\""), "no tickets: {ran:?}");
    for part in parts {
        assert!(ran.err.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn lists_are_those_of_a_search() {
    let (desk, sgi) = synced();
    let searching = Sgi::with_config(&toml(&desk, "rest", ""));
    for object in ["1001", "1002", "42", "4", "420", "142", "7777", "999999"] {
        for filter in ["all", "open", "closed"] {
            let list =
                |sgi: &Sgi| ids_of(&sgi.run(&["tickets", object, "--status", filter, "--json"]));
            assert_eq!(list(&sgi), list(&searching), "{object} {filter}");
        }
    }
    assert_eq!(ids(&sgi, "7777").len(), 130);
}

#[test]
fn a_list_has_what_changed_after_the_logbook_was_read() {
    let (desk, sgi) = synced();
    let before = ids(&sgi, "1002");
    let new = desk.add_ticket(NewTicket::of("1002")).to_string();
    let moved = desk.add_ticket(NewTicket::of("42"));
    desk.add_reference(moved, "1002");
    let mut expected = before.clone();
    expected.extend([new.clone(), moved.to_string()]);
    assert_eq!(ids(&sgi, "1002"), expected);
    desk.remove_reference(moved, "1002");
    desk.delete(new.parse().unwrap());
    assert_eq!(ids(&sgi, "1002"), before);
    // Of those that the logbook knows already.
    let known: u64 = before.first().unwrap().parse().unwrap();
    desk.remove_reference(known, "1002");
    assert!(!ids(&sgi, "1002").contains(&known.to_string()));
}

/// One call about an object and its components.
#[test]
fn what_changed_is_read_once_for_all_objects_of_a_call() {
    let (desk, sgi) = synced();
    let new = desk.add_ticket(NewTicket::of("1002")).to_string();
    let mut expected = ids(&sgi, "1001");
    expected.extend(ids(&sgi, "1002"));
    expected.extend(ids(&sgi, "42"));
    assert!(expected.contains(&new));
    desk.clear();
    let all = ids_of(&sgi.run(&["tickets", "1001", "1002", "42", "--json"]));
    assert_eq!(all, expected);
    let searches = desk.requests().into_iter();
    let searches = searches.filter(|seen| seen.target.contains("TicketLastChangeTimeNewerDate"));
    assert_eq!(searches.count(), 1);
}

#[test]
fn without_a_logbook_there_is_no_list() {
    let (desk, sgi) = desk_and_user();
    let ran = sgi.run(&["tickets", "1001", "--json"]);
    assert_refused(&ran, &["logbook", "sgi sync --desk otrs", "needs-index"]);
    assert!(!sgi.home().join(".local/state/sgi/logbook.db").exists());

    let since = "[desks.otrs.logbook]\nsince = 2026-01-01\n";
    let sgi = Sgi::with_config(&toml(&desk, "stock-rest", since));
    assert_eq!(sgi.run(&["sync"]).status, 0);
    let ran = sgi.run(&["tickets", "1001", "--json"]);
    assert_refused(&ran, &["2026-01-01", "since", "--again"]);
    // What it says helps.
    sgi.write("sgi.toml", &toml(&desk, "stock-rest", ""));
    assert_eq!(sgi.run(&["sync", "--desk", "otrs", "--again"]).status, 0);
    assert!(!ids(&sgi, "1001").is_empty());
}

#[test]
fn a_logbook_that_is_far_behind_is_told_with_its_age() {
    let (desk, sgi) = synced();
    // Without a time zone, what changed within the last hour would be looked at again after each pass.
    let earlier = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(3);
    desk.set_time(&earlier.strftime("%Y-%m-%d %H:%M:%S").to_string());
    for _ in 0..2_100 {
        desk.add_ticket(NewTicket::of("5"));
    }
    desk.run_time();
    let ran = sgi.run(&["tickets", "1001", "--json"]);
    assert_refused(&ran, &["last read", "ago", "2000", "sgi sync --desk otrs"]);
    assert_eq!(sgi.run(&["sync"]).status, 0);
    assert_eq!(ids(&sgi, "5").len(), 2_100);
}

#[test]
fn the_check_tells_what_it_costs_and_the_password_is_in_no_address() {
    let (desk, sgi) = synced();
    let ran = sgi.run(&["check", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for part in [
        "log of OTRS's web server",
        "sgi sync",
        "read-history",
        "by stock REST",
    ] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    desk.forget_sessions();
    assert!(!ids(&sgi, "1001").is_empty());
    let requests = desk.requests();
    assert!(requests.iter().any(|seen| seen.method == "GET"));
    for seen in requests {
        assert!(seen.target.contains(STOCK_REST) || seen.target.contains("index.pl"));
        assert!(!seen.target.contains(WRITER.1), "{}", seen.target);
        assert!(!seen.target.contains("DynamicField_"), "{}", seen.target);
    }
}

#[test]
fn tickets_are_created_and_read() {
    let (_desk, sgi) = synced();
    let ran = sgi.run(&[
        "create",
        "1001",
        "--desk",
        "otrs",
        "--subject",
        "Disk full",
        "--json",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let made = ran.json();
    let id = made["ticket"]["id"]
        .as_str()
        .or(made["id"].as_str())
        .unwrap();
    assert!(ids(&sgi, "1001").contains(id));
    let ran = sgi.run(&["ticket", id, "--desk", "otrs", "--json"]);
    assert!(ran.out.contains("Disk full"), "{ran:?}");
}

#[test]
fn a_tenant_cannot_be_asked_for() {
    let desk = OtrsDesk::start(OtrsOptions::default());
    let sgi = Sgi::with_config(&toml(&desk, "stock-rest", "tenant = \"1\""));
    let ran = sgi.run(&["check"]);
    assert!(
        ran.err.contains("tenant") && ran.err.contains("CMDBTicketConnector.yml"),
        "{ran:?}"
    );
    assert_refused(&sgi.run(&["tickets", "1001", "--json"]), &["tenant"]);
}
