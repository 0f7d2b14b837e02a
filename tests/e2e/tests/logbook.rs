//! What happens in a desk is in the logbook of its objects, once: through the program, of three desks, and
//! whenever the process is killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::Value;
use sgi_e2e::Sgi;
use sgi_e2e::desks::{AnyDesk, SetUp, start};
use sgi_test_desks::idoit::{API_KEY, IDoitOptions, ObjectRow};
use sgi_test_desks::rt::NewTicket;
use sgi_test_desks::{Dice, IDoit, RtDesk, RtOptions, rt};
use std::collections::BTreeSet;
use std::time::Duration;

fn entries(sgi: &Sgi, more: &[&str]) -> Vec<Value> {
    let arguments = [&["logbook", "--json"], more].concat();
    let ran = sgi.run(&arguments);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.json().as_array().unwrap().clone()
}

/// Those that every desk tells of what is done here: OTRS, for one, has an owner from the beginning on.
fn kinds(entries: &[Value]) -> Vec<&str> {
    let told = [
        "created",
        "subject",
        "resolved",
        "referenced",
        "unreferenced",
    ];
    entries
        .iter()
        .map(|entry| entry["kind"].as_str().unwrap())
        .filter(|kind| told.contains(kind))
        .collect()
}

fn sync(sgi: &Sgi) -> u64 {
    let ran = sgi.run(&["sync", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.json()[0]["entries"].as_u64().unwrap()
}

fn what_happens_to_a_ticket_stands_at_its_objects(kind: &str) {
    let desk: Box<dyn AnyDesk> = start(kind, &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("helpdesk"));
    let seeded = sync(&sgi);
    assert!(seeded > 10, "{seeded}");
    // Nothing happened, and what overlaps is not doubled.
    assert_eq!(sync(&sgi), 0);

    let ticket = desk.add("Disk full", &["1001"]);
    sync(&sgi);
    desk.refer(&ticket, "1002");
    sync(&sgi);
    desk.rename(&ticket, "Disk of the database is full");
    sync(&sgi);
    desk.unrefer(&ticket, "1002");
    sync(&sgi);
    desk.close(&ticket);
    sync(&sgi);
    assert_eq!(sync(&sgi), 0);

    let of = |object| entries(&sgi, &["--object", object, "--ticket", &ticket]);
    let first = of("1001");
    assert_eq!(
        kinds(&first),
        ["created", "subject", "resolved"],
        "{first:#?}"
    );
    let second = of("1002");
    assert_eq!(
        kinds(&second),
        ["referenced", "subject", "unreferenced"],
        "{second:#?}"
    );
    let subject = first
        .iter()
        .find(|entry| entry["kind"] == "subject")
        .unwrap();
    assert_eq!(subject["desk"], "helpdesk");
    assert_eq!(subject["object"], "1001");
    assert_eq!(subject["old"], "Disk full");
    assert_eq!(subject["new"], "Disk of the database is full");
    let url = subject["ticket"]["url"].as_str().unwrap();
    assert!(url.starts_with(&desk.url()), "{url}");
    let told = sgi.run(&["logbook", "--object", "1001", "--ticket", &ticket]);
    assert!(
        told.out
            .contains("subject Disk full → Disk of the database is full"),
        "{}",
        told.out
    );
}

mod of_each_desk {
    #[test]
    fn rt() {
        crate::what_happens_to_a_ticket_stands_at_its_objects("rt");
    }

    #[test]
    fn otrs() {
        crate::what_happens_to_a_ticket_stands_at_its_objects("otrs");
    }

    #[test]
    fn itop() {
        crate::what_happens_to_a_ticket_stands_at_its_objects("itop");
    }
}

#[test]
fn new_entries_reach_the_cmdb_once() {
    let desk = start("rt", &SetUp::default());
    let idoit = IDoit::start(IDoitOptions::default());
    let toml = desk.toml("helpdesk");
    let cmdb = format!(
        "[cmdb]\nkind = \"i-doit\"\nurl = {:?}\nkey = {:?}\nsettle_time = \"1s\"\n",
        idoit.url(),
        API_KEY
    );
    let sgi = Sgi::with_config(&format!(
        "{toml}\n[desks.helpdesk.logbook]\nsince = 2024-01-01\n{cmdb}"
    ));
    idoit.add_object(ObjectRow::new(1001, "srv-db-01"));
    let ran = sgi.run(&["sync"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let of_object = entries(&sgi, &["--object", "1001"]);
    let delivered = |entry: &&Value| entry["delivery"]["state"] == "delivered";
    assert_eq!(of_object.iter().filter(delivered).count(), of_object.len());
    let there = || {
        idoit
            .logbook()
            .iter()
            .filter(|row| row.object == 1001)
            .count()
    };
    assert_eq!(there(), of_object.len());
    // The objects that i-doit does not have are told, and nothing is sent twice.
    let refused = entries(&sgi, &["--undelivered"]);
    assert!(!refused.is_empty());
    assert!(
        refused
            .iter()
            .all(|entry| entry["delivery"]["reason"].is_string()),
        "{refused:#?}"
    );
    sgi.run(&["sync"]);
    assert_eq!(there(), of_object.len());
}

#[test]
fn a_person_decides_about_refused_entries_while_the_service_runs() {
    let desk = start("rt", &SetUp::default());
    let idoit = IDoit::start(IDoitOptions::default());
    let toml = desk.toml("helpdesk");
    let cmdb = format!(
        "[cmdb]\nkind = \"i-doit\"\nurl = {:?}\nkey = {:?}\nsettle_time = \"1s\"\ninterval = \"1s\"\n",
        idoit.url(),
        API_KEY
    );
    let sgi = Sgi::with_config(&format!(
        "{toml}\n[desks.helpdesk.logbook]\nsince = 2024-01-01\n{cmdb}"
    ));
    assert_eq!(sgi.run(&["sync"]).status, 0);
    // Of an object that i-doit does not have.
    let all = entries(&sgi, &["--undelivered"]);
    let objects = all.iter().map(|entry| entry["object"].as_str().unwrap());
    let of = |object: &str| all.iter().filter(|entry| entry["object"] == object).count();
    let object = objects.max_by_key(|object| of(object)).unwrap();
    let refused = entries(&sgi, &["--undelivered", "--object", object]);
    let ids: Vec<&str> = refused.iter().map(|e| e["id"].as_str().unwrap()).collect();
    let [first, second, third] = ids[..3] else {
        panic!("{refused:#?}")
    };
    let shown = sgi.run(&["logbook", "--undelivered"]).out;
    let hint = format!("sgi logbook resolve {first} --send-again");
    assert!(shown.contains(&hint), "{shown}");

    // The object is there now; and the service does not keep people from deciding.
    idoit.add_object(ObjectRow::new(object.parse().unwrap(), "srv-db-09"));
    let mut service = sgi.start(&["sync", "--follow"]);
    let ran = sgi.run(&["logbook", "resolve", first, "--send-again"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let ran = sgi.run(&["logbook", "resolve", second, "--is-there"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let state = |id: &str| {
        let entries = entries(&sgi, &["--object", object]);
        let entry = entries.iter().find(|entry| entry["id"] == id).unwrap();
        entry["delivery"]["state"].clone()
    };
    let until = std::time::Instant::now() + Duration::from_secs(60);
    while state(first) != "delivered" {
        assert!(std::time::Instant::now() < until, "{}", state(first));
        std::thread::sleep(Duration::from_millis(200));
    }
    service.kill().unwrap();
    service.wait().unwrap();
    assert_eq!(state(second), "delivered");
    assert_eq!(state(third), "refused");
    let marker = |id: &str| {
        let log = idoit.logbook();
        log.iter().filter(|row| row.comment.contains(id)).count()
    };
    assert_eq!(
        [first, second, third].map(marker),
        [1, 0, 0],
        "only what is to be sent is sent"
    );

    let ran = sgi.run(&["logbook", "resolve", first, "no-such", "--send-again"]);
    assert_ne!(ran.status, 0);
    assert!(ran.err.contains("has been delivered"), "{ran:?}");
    assert!(ran.err.contains("no-such"), "{ran:?}");
    let ran = sgi.run(&["logbook", "resolve", first]);
    assert_eq!(ran.status, 2, "a decision is needed: {ran:?}");
}

#[test]
fn reading_again_doubles_nothing() {
    let desk = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("helpdesk"));
    assert!(sync(&sgi) > 0);
    let ran = sgi.run(&["sync", "--again", "--json"]);
    assert_eq!(ran.json()[0]["entries"], 0, "{ran:?}");
    assert!(ran.json()[0]["tickets"].as_u64().unwrap() > 10, "{ran:?}");
}

#[test]
fn a_desk_in_trouble_is_told_and_read_later() {
    let desk = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("helpdesk"));
    desk.set_fault(Some(sgi_test_desks::Fault::Html));
    let ran = sgi.run(&["sync"]);
    assert_eq!((ran.status, ran.out.as_str()), (3, ""), "{ran:?}");
    assert!(ran.err.contains("sgi: helpdesk: "), "{ran:?}");
    desk.set_fault(None);
    assert!(sync(&sgi) > 0);
}

#[test]
fn a_logbook_begins_when_it_is_told_to() {
    let desk = start("rt", &SetUp::default());
    let toml = desk.toml("helpdesk");
    let sgi = Sgi::with_config(&format!(
        "{toml}\n[desks.helpdesk.logbook]\nsince = 2100-01-01\n"
    ));
    assert_eq!(sync(&sgi), 0);
    let off = Sgi::with_config(&format!(
        "{toml}\n[desks.helpdesk.logbook]\nactive = false\n"
    ));
    let ran = off.run(&["sync", "--desk", "helpdesk"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    let wrong = Sgi::with_config(&format!(
        "{toml}\n[desks.helpdesk.logbook]\nsince = \"soon\"\n"
    ));
    let ran = wrong.run(&["sync"]);
    assert!(ran.err.contains("logbook.since"), "{ran:?}");
}

/// Kills the process at 200 moments, while people work in the desk, and compares what came of it with the
/// desk's own history.
#[test]
fn whenever_the_process_is_killed_nothing_is_lost_and_nothing_doubled() {
    let desk = RtDesk::start(RtOptions::default());
    let mut dice = Dice::new(7);
    // With the object that each references from its creation on.
    let mut tickets: Vec<(u64, String)> = (0..300)
        .map(|n| (9000 + n % 7).to_string())
        .map(|object| (desk.add_ticket(NewTicket::of(object.as_str())), object))
        .collect();
    let sgi = Sgi::with_rt(&desk.url(), rt::WRITER.0, rt::WRITER.1, "");
    assert_eq!(sgi.run(&["check"]).status, 0);
    let mut killed = 0;
    while killed < 200 {
        for _ in 0..3 {
            let object = (9000 + dice.below(7)).to_string();
            let ticket = tickets[dice.below(tickets.len() as u64) as usize].0;
            match dice.below(6) {
                0 => tickets.push((desk.add_ticket(NewTicket::of(object.as_str())), object)),
                1 => desk.add_reference(ticket, &object),
                2 => desk.remove_reference(ticket, &object),
                3 => desk.comment(ticket),
                4 => desk.reply(ticket),
                _ => desk.set_subject(ticket, &format!("Subject {}", dice.below(1000))),
            }
        }
        let mut child = sgi.start(&["sync"]);
        std::thread::sleep(Duration::from_millis(dice.below(150)));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
    }
    sync(&sgi);
    let after_all = ids(&sgi);

    let undisturbed = Sgi::with_rt(&desk.url(), rt::WRITER.0, rt::WRITER.1, "");
    sync(&undisturbed);
    let all = ids(&undisturbed);
    let differing = |all: &Sgi, other: &BTreeSet<String>| -> Vec<Value> {
        let unknown = |entry: &Value| !other.contains(entry["id"].as_str().unwrap());
        entries(all, &[]).into_iter().filter(unknown).collect()
    };
    let (lost, doubled) = (differing(&undisturbed, &after_all), differing(&sgi, &all));
    assert!(lost.is_empty(), "lost {}: {lost:#?}", lost.len());
    assert!(
        doubled.is_empty(),
        "too many {}: {doubled:#?}",
        doubled.len()
    );

    // Of the tickets made here, the desk's own history: every change, at every object that the ticket
    // references then.
    let mut expected = 0;
    for (ticket, object) in &tickets {
        let mut objects = BTreeSet::from([object.clone()]);
        for row in desk.history().iter().filter(|row| row.ticket == *ticket) {
            if row.kind != "CustomField" {
                expected += objects.len();
                continue;
            }
            expected += 1;
            if row.new.is_empty() {
                objects.remove(&row.old);
            } else {
                objects.insert(row.new.clone());
            }
        }
    }
    let of_these = |entry: &&Value| {
        let id: u64 = entry["ticket"]["id"].as_str().unwrap().parse().unwrap();
        tickets.iter().any(|(ticket, _)| *ticket == id)
    };
    assert_eq!(entries(&sgi, &[]).iter().filter(of_these).count(), expected);
}

/// Of all entries; none is there twice.
fn ids(sgi: &Sgi) -> BTreeSet<String> {
    let entries = entries(sgi, &[]);
    let ids: BTreeSet<String> = entries
        .iter()
        .map(|entry| entry["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), entries.len());
    ids
}
