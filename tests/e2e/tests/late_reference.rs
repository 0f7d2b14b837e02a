//! A ticket references an object long after it was created, in each desk: the object's logbook has the
//! reference at its own instant and what happens from then on, and nothing of what was before.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::client::{Client, settings, with_options};
use sgi_logbook::store::{Filter, MemoryStore, Store, Work};
use sgi_logbook::sync;
use sgi_test_desks::itop::{ADMIN, NewTicket as InItop, READER as PLAIN};
use sgi_test_desks::otrs::{Content, NewTicket as InOtrs, OtrsOptions, READER as AGENT};
use sgi_test_desks::rt::{NewTicket as InRt, READER};
use sgi_test_desks::{ITopDesk, ITopOptions, OtrsDesk, RtDesk, RtOptions};
use std::cell::Cell;

const OBJECT: &str = "8642";

/// The story, by the minutes in which it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Act {
    Created,
    Retitled,
    Referenced,
    Resolved,
}

const STORY: [(Act, u32); 4] = [
    (Act::Created, 0),
    (Act::Retitled, 10),
    (Act::Referenced, 20),
    (Act::Resolved, 30),
];

/// What the logbook says of the object (`+` marks what was derived), where it is read after these acts.
fn told(client: &Client, act: impl Fn(Act, u32), read_after: &[Act]) -> Vec<String> {
    let store = MemoryStore::default();
    let settings = sync::Settings {
        desk: "desk".to_owned(),
        identity: "desk".to_owned(),
        start: None,
        limit: 50,
        reconcile: jiff::SignedDuration::from_hours(1),
        deliver: false,
    };
    client.wait(async |source| {
        let lease = store.lease(Work::Sync("desk".to_owned())).await.unwrap();
        for (what, minute) in STORY {
            act(what, minute);
            // Twice: what overlaps is not doubled.
            for _ in 0..2 {
                if read_after.contains(&what) {
                    sync::pass(source, &store, &lease, &settings, |_| true)
                        .await
                        .unwrap();
                }
            }
        }
        let listed = store.entries(&Filter::default(), None, 1000).await.unwrap();
        let here = listed.into_iter().map(|listed| listed.entry);
        here.filter(|entry| entry.object == OBJECT)
            .map(|entry| {
                let derived = if entry.derived { "+" } else { "" };
                let minute = entry.at.strftime("%H:%M");
                format!("{derived}{} {minute}", entry.kind.code())
            })
            // What iTop changes by itself with the status.
            .filter(|line| !line.contains("other"))
            .collect()
    })
}

const ALL: [Act; 4] = [Act::Created, Act::Retitled, Act::Referenced, Act::Resolved];

fn rt(read_after: &[Act]) -> Vec<String> {
    let desk = RtDesk::start(RtOptions::default());
    let client = Client::open(settings("rt", &desk.url(), READER));
    let id = Cell::new(0);
    let act = |what, minute| {
        desk.set_time(&format!("2030-01-15T12:{minute:02}:00Z"));
        match what {
            Act::Created => id.set(desk.add_ticket(InRt {
                objects: Vec::new(),
                ..InRt::of(OBJECT)
            })),
            Act::Retitled => desk.set_subject(id.get(), "Another"),
            Act::Referenced => desk.add_reference(id.get(), OBJECT),
            Act::Resolved => desk.set_status(id.get(), "resolved"),
        }
    };
    told(&client, act, read_after)
}

fn otrs(read_after: &[Act], histories: bool) -> Vec<String> {
    let desk = OtrsDesk::start(OtrsOptions {
        content: Content::Welcome,
        histories,
        ..OtrsOptions::default()
    });
    desk.set_time("2026-11-24 11:00:00");
    let zone = [("time-zone", "UTC")];
    let client = Client::open(with_options(settings("otrs", &desk.url(), AGENT), &zone));
    let id = Cell::new(0);
    let act = |what, minute| {
        desk.set_time(&format!("2026-11-24 12:{minute:02}:00"));
        match what {
            Act::Created => id.set(desk.add_ticket(InOtrs {
                objects: Vec::new(),
                ..InOtrs::of(OBJECT)
            })),
            Act::Retitled => desk.set_title(id.get(), "Another"),
            Act::Referenced => desk.add_reference(id.get(), OBJECT),
            Act::Resolved => desk.set_state(id.get(), "closed successful"),
        }
    };
    told(&client, act, read_after)
}

fn itop(read_after: &[Act], histories: bool) -> Vec<String> {
    let desk = ITopDesk::start(ITopOptions::default());
    let account = if histories { ADMIN } else { PLAIN };
    let zone = [("time-zone", "Europe/Berlin")];
    desk.set_time("2027-01-15T11:00:00Z");
    let client = Client::open(with_options(settings("itop", &desk.url(), account), &zone));
    let id = Cell::new(0);
    let act = |what, minute| {
        desk.set_time(&format!("2027-01-15T12:{minute:02}:00Z"));
        match what {
            Act::Created => id.set(desk.add_ticket(InItop {
                objects: Vec::new(),
                ..InItop::of(OBJECT)
            })),
            Act::Retitled => desk.set_subject(id.get(), "Another"),
            Act::Referenced => desk.add_reference(id.get(), OBJECT),
            Act::Resolved => desk.set_status(id.get(), "resolved"),
        }
    };
    told(&client, act, read_after)
}

/// When it is read makes no difference.
#[test]
fn a_history_tells_the_reference_at_its_instant_and_what_follows() {
    for read_after in [&ALL[..], &ALL[..1], &ALL[1..2], &ALL[3..]] {
        let mut read_after = read_after.to_vec();
        read_after.push(Act::Resolved);
        let expected = ["referenced 12:20", "resolved 12:30"];
        assert_eq!(rt(&read_after), expected, "RT after {read_after:?}");
        assert_eq!(
            itop(&read_after, true),
            expected,
            "iTop after {read_after:?}"
        );
        assert_eq!(
            otrs(&read_after, true),
            expected,
            "OTRS after {read_after:?}"
        );
    }
}

/// Read often enough, comparing comes to the same. RT always tells its history.
#[test]
fn comparing_tells_the_reference_when_it_is_seen_and_what_follows() {
    let expected = ["+referenced 12:20", "+resolved 12:30"];
    assert_eq!(itop(&ALL, false), expected);
    assert_eq!(otrs(&ALL, false), expected);
}

/// Read too late, the instant is that of the last change, and the order unknown.
#[test]
fn comparing_late_tells_both_at_the_last_change() {
    let late = [Act::Retitled, Act::Resolved];
    let expected = ["+referenced 12:30", "+resolved 12:30"];
    assert_eq!(itop(&late, false), expected);
    assert_eq!(otrs(&late, false), expected);
    // Never seen before, it looks as if it had always referenced the object.
    let never = [Act::Resolved];
    assert_eq!(itop(&never, false), ["+created 12:00"]);
    assert_eq!(otrs(&never, false), ["+created 12:00"]);
}
