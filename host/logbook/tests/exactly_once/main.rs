//! Whatever happens in a desk while it is read, however often reading fails and begins anew: nothing is
//! lost and nothing is doubled.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod model;

use jiff::SignedDuration;
use model::{Act, Desk, instant};
use proptest::prelude::*;
use sgi_logbook::store::{Filter, MemoryStore, Work};
use sgi_logbook::sync::{self, Settings};
use sgi_logbook::{Entry, Kind, Store};
use std::collections::{BTreeMap, BTreeSet};

fn act() -> impl Strategy<Value = Act> {
    let objects = prop::collection::btree_set(0..4u8, 0..3);
    prop_oneof![
        3 => objects.prop_map(Act::Create),
        3 => (0..8u8, 0..4u8).prop_map(|(t, o)| Act::Reference(t, o)),
        3 => (0..8u8, 0..4u8).prop_map(|(t, o)| Act::Unreference(t, o)),
        3 => (0..8u8).prop_map(Act::Status),
        2 => (0..8u8).prop_map(Act::Comment),
        1 => (0..8u8).prop_map(Act::Delete),
        4 => Just(Act::Tick),
        6 => Just(Act::Pause),
        2 => Just(Act::Fail),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(), 0..120)
}

fn settings(limit: u32, start: Option<i64>) -> Settings {
    Settings {
        desk: "helpdesk".to_owned(),
        identity: "model".to_owned(),
        start: start.map(instant),
        limit,
        reconcile: SignedDuration::MAX,
        deliver: false,
    }
}

/// The same, with a look for known tickets in every pass.
fn looking(limit: u32) -> Settings {
    Settings {
        reconcile: SignedDuration::ZERO,
        ..settings(limit, None)
    }
}

/// Beside what else happens: tickets that are merged and stay, and such that come and go.
fn coming_and_going() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => act(),
        1 => (0..8u8).prop_map(Act::Merge),
        1 => (0..8u8).prop_map(Act::Hide),
        1 => (0..8u8).prop_map(Act::Show),
    ];
    prop::collection::vec(act, 0..120)
}

/// Reads the desk until nothing happens in it any more and two passes have read it to its end: what
/// happens behind the place that a pass has come to, within the same second, is the next one's. A pass may
/// be told to stop after each of its batches.
async fn read(desk: &Desk, settings: &Settings, stops: &[bool]) -> Vec<Entry> {
    let store = MemoryStore::default();
    let mut stops = stops.iter().copied().cycle();
    let mut whole = 0;
    while whole < 2 {
        let quiet = desk.is_quiet();
        let lease = store
            .lease(Work::Sync(settings.desk.clone()))
            .await
            .unwrap();
        let go_on = |_| quiet || !stops.next().unwrap_or_default();
        let done = sync::pass(desk, &store, &lease, settings, go_on).await;
        whole += u32::from(quiet && done.is_ok_and(|progress| progress.finished));
    }
    let listed = store.entries(&Filter::default(), None, u32::MAX).await;
    listed
        .unwrap()
        .into_iter()
        .map(|listed| listed.entry)
        .collect()
}

fn run(desk: &Desk, settings: &Settings, stops: &[bool]) -> Vec<Entry> {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(read(desk, settings, stops))
}

/// What identifies an entry apart from its id.
fn told(entries: &[Entry]) -> Vec<(String, String, String, i64)> {
    let mut told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry.object.clone(),
                entry.ticket.id.clone(),
                format!("{:?} {:?} {:?}", entry.kind, entry.old, entry.new),
                entry.at.as_second(),
            )
        })
        .collect();
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn with_a_history_the_logbook_is_exactly_what_happened(
        acts in acts(),
        limit in 1..6u32,
        stops in prop::collection::vec(any::<bool>(), 1..5),
        start in prop::option::of(998..1010i64),
    ) {
        let desk = Desk::new(acts, true);
        let entries = run(&desk, &settings(limit, start), &stops);
        let inside = desk.inside();
        let mut expected: Vec<_> = inside
            .history
            .iter()
            .filter(|happened| start.is_none_or(|start| happened.event.at >= instant(start)))
            .flat_map(|happened| {
                let event = &happened.event;
                happened.objects.iter().map(move |object| (
                    object.clone(),
                    event.ticket.clone(),
                    format!("{:?} {:?} {:?}", event.kind, event.old, event.new),
                    event.at.as_second(),
                ))
            })
            .collect();
        expected.sort();
        prop_assert_eq!(told(&entries), expected);
        prop_assert!(entries.iter().all(|entry| !entry.derived));
    }

    #[test]
    fn without_a_history_each_object_is_told_what_its_tickets_came_to(
        acts in acts(),
        limit in 1..6u32,
        stops in prop::collection::vec(any::<bool>(), 1..5),
    ) {
        let desk = Desk::new(acts, false);
        let entries = run(&desk, &settings(limit, None), &stops);
        references_add_up(&desk, &entries)?;
        let inside = desk.inside();
        for (id, ticket) in &inside.tickets {
            let last = entries
                .iter()
                .rfind(|entry| entry.ticket.id == id.to_string() && entry.kind == Kind::Status);
            if let Some(last) = last
                && !ticket.objects.is_empty()
            {
                let told = last.new.as_deref().unwrap_or_default();
                prop_assert!(told <= ticket.status.to_string().as_str());
            }
        }
    }

    #[test]
    fn histories_that_come_and_go_leave_no_gap_and_no_double_in_the_references(
        acts in prop::collection::vec(
            prop_oneof![
                8 => act(),
                1 => (0..8u8, any::<bool>()).prop_map(|(t, r)| Act::Readable(t, r)),
            ],
            0..120,
        ),
        limit in 1..6u32,
        stops in prop::collection::vec(any::<bool>(), 1..5),
        readable in any::<bool>(),
    ) {
        let desk = Desk::new(acts, readable);
        let entries = run(&desk, &settings(limit, None), &stops);
        references_add_up(&desk, &entries)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn what_comes_and_goes_is_told_whole_while_it_is_there(
        acts in coming_and_going(),
        limit in 1..6u32,
        stops in prop::collection::vec(any::<bool>(), 1..5),
    ) {
        let desk = Desk::new(acts, true);
        let entries = run(&desk, &looking(limit), &stops);
        let inside = desk.inside();
        let seen = |ticket: &str| {
            let id = ticket.parse().unwrap();
            inside.tickets.get(&id).is_some_and(|ticket| !ticket.hidden)
        };
        let mut expected: Vec<_> = inside
            .history
            .iter()
            .filter(|happened| seen(&happened.event.ticket))
            .flat_map(|happened| {
                let event = &happened.event;
                happened.objects.iter().map(move |object| (
                    object.clone(),
                    event.ticket.clone(),
                    format!("{:?} {:?} {:?}", event.kind, event.old, event.new),
                    event.at.as_second(),
                ))
            })
            .collect();
        expected.sort();
        let (derived, true_ones): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .filter(|entry| seen(&entry.ticket.id))
            .partition(|entry| entry.derived);
        prop_assert_eq!(told(&true_ones), expected);
        // They go and come back in turn.
        let mut away: BTreeMap<(String, String), bool> = BTreeMap::new();
        for entry in &derived {
            let gone = match &entry.kind {
                Kind::Vanished => true,
                Kind::Other(word) if word == "visible again" => false,
                kind => return Err(TestCaseError::fail(format!("{kind:?}"))),
            };
            let key = (entry.ticket.id.clone(), entry.object.clone());
            let before = away.insert(key, gone).unwrap_or_default();
            prop_assert!(before != gone || !gone, "{entry:?}");
        }
    }

    #[test]
    fn without_a_history_what_comes_and_goes_keeps_its_references(
        acts in coming_and_going(),
        limit in 1..6u32,
        stops in prop::collection::vec(any::<bool>(), 1..5),
    ) {
        let desk = Desk::new(acts, false);
        let entries = run(&desk, &looking(limit), &stops);
        references_add_up(&desk, &entries)?;
        // That a ticket is back and that it was changed is one thing to say.
        let says = |entry: &Entry, what: &str| matches!(&entry.kind, Kind::Other(word) if word == what);
        for back in entries.iter().filter(|entry| says(entry, "visible again")) {
            let same = |entry: &&Entry| {
                (&entry.ticket.id, &entry.object, entry.at) == (&back.ticket.id, &back.object, back.at)
            };
            prop_assert!(!entries.iter().filter(same).any(|entry| says(entry, "updated")));
        }
    }

    #[test]
    fn histories_that_come_and_go_with_their_tickets_leave_no_gap(
        acts in prop::collection::vec(
            prop_oneof![
                8 => act(),
                1 => (0..8u8).prop_map(Act::Merge),
                1 => (0..8u8).prop_map(Act::Hide),
                1 => (0..8u8).prop_map(Act::Show),
                1 => (0..8u8, any::<bool>()).prop_map(|(t, r)| Act::Readable(t, r)),
            ],
            0..120,
        ),
        limit in 1..6u32,
        stops in prop::collection::vec(any::<bool>(), 1..5),
        readable in any::<bool>(),
    ) {
        let desk = Desk::new(acts, readable);
        let entries = run(&desk, &looking(limit), &stops);
        references_add_up(&desk, &entries)?;
    }

    #[test]
    fn where_an_object_takes_anothers_place_nothing_is_lost_and_the_references_add_up(
        acts in prop::collection::vec(
            prop_oneof![8 => act(), 1 => (0..4u8).prop_map(Act::Replace)],
            0..120,
        ),
        limit in 1..6u32,
        stops in prop::collection::vec(any::<bool>(), 1..5),
        readable in any::<bool>(),
    ) {
        // That of which no ticket tells is found when each is looked at once more.
        let mut acts = acts;
        acts.extend([Act::Pause, Act::Pause, Act::Tick, Act::Tick]);
        acts.extend((0..120).map(Act::Comment));
        let desk = Desk::new(acts, readable);
        let entries = run(&desk, &settings(limit, None), &stops);
        references_add_up(&desk, &entries)?;
        if !readable {
            return Ok(());
        }
        let inside = desk.inside();
        // By its beginning: whatever the object was called when it was told.
        let at = |object: &str| object.split('.').next().unwrap().to_owned();
        let times: BTreeSet<_> = entries
            .iter()
            .filter(|entry| !entry.derived)
            .map(|entry| (entry.ticket.id.clone(), entry.kind.code().to_owned(), entry.at, at(&entry.object)))
            .collect();
        for happened in &inside.history {
            let event = &happened.event;
            for object in &happened.objects {
                let key = (event.ticket.clone(), event.kind.code().to_owned(), event.at, at(object));
                prop_assert!(times.contains(&key), "lost: {key:?}");
            }
        }
    }
}

/// At each object, references of one ticket come and go in turn, and what they come to is what the desk
/// has.
fn references_add_up(desk: &Desk, entries: &[Entry]) -> Result<(), TestCaseError> {
    let mut now: BTreeMap<(String, String), bool> = BTreeMap::new();
    for entry in entries {
        let referenced = match &entry.kind {
            Kind::Created | Kind::Referenced(_) => true,
            Kind::Unreferenced(_) => false,
            _ => continue,
        };
        let key = (entry.ticket.id.clone(), entry.object.clone());
        let before = now.insert(key.clone(), referenced);
        prop_assert!(before != Some(referenced), "{key:?} twice {referenced}");
    }
    let told: BTreeSet<_> = now
        .into_iter()
        .filter(|(_, referenced)| *referenced)
        .map(|(key, _)| key)
        .collect();
    let inside = desk.inside();
    let gone = |id: &String| {
        let ticket = inside.tickets.get(&id.parse().unwrap());
        ticket.is_none_or(|ticket| ticket.hidden)
    };
    let told: BTreeSet<_> = told.into_iter().filter(|(id, _)| !gone(id)).collect();
    let is: BTreeSet<_> = inside
        .tickets
        .iter()
        .filter(|(_, ticket)| !ticket.hidden)
        .flat_map(|(id, ticket)| {
            let objects = ticket.objects.iter().map(|object| inside.named(object));
            objects.map(|object| (id.to_string(), object))
        })
        .collect();
    prop_assert_eq!(told, is);
    Ok(())
}
