//! Random work at a store and at a simple model of it, which must agree.

use crate::backend::Backend;
use crate::listing::matches;
use crate::samples::*;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sgi_logbook::store::{DeskState, Filter, Kept, Mark, State, Step, Work};
use sgi_logbook::{Entry, Kind, Store};
use std::collections::{BTreeMap, BTreeSet};

const DESKS: [&str; 2] = ["one", "two"];
const OBJECTS: [&str; 3] = ["a", "b", "ä"];

#[derive(Debug, Clone)]
enum Act {
    Open(usize, u8, Option<i64>),
    Rewind(usize, Option<i64>),
    Commit(usize, Content),
    Mark(Vec<(u8, State, Option<i64>)>),
    Reopen,
}

/// What a step holds.
#[derive(Debug, Clone)]
struct Content {
    keep: Vec<(u8, u8)>,
    forget: Vec<u8>,
    entries: Vec<(u8, usize, i64)>,
    deliver: bool,
    cursor: Option<u8>,
    synced: Option<i64>,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let instant = || proptest::option::of(0..10_i64);
    let work = (
        proptest::collection::vec((0..6_u8, 0..8_u8), 0..4),
        proptest::collection::vec(0..6_u8, 0..2),
        proptest::collection::vec((0..12_u8, 0..OBJECTS.len(), 0..6_i64), 0..6),
        any::<bool>(),
        proptest::option::of(any::<u8>()),
        instant(),
    )
        .prop_map(|(keep, forget, entries, deliver, cursor, synced)| Content {
            keep,
            forget,
            entries,
            deliver,
            cursor,
            synced,
        });
    let state = prop_oneof![
        Just(State::Waiting),
        Just(State::Sending),
        Just(State::Delivered),
        Just(State::Undecided),
        Just(State::Refused),
    ];
    let marks = proptest::collection::vec((0..12_u8, state, instant()), 0..4);
    let act = prop_oneof![
        2 => (0..2_usize, 0..3_u8, instant()).prop_map(|(d, i, s)| Act::Open(d, i, s)),
        1 => (0..2_usize, instant()).prop_map(|(d, s)| Act::Rewind(d, s)),
        8 => (0..2_usize, work).prop_map(|(d, w)| Act::Commit(d, w)),
        2 => marks.prop_map(Act::Mark),
        1 => Just(Act::Reopen),
    ];
    proptest::collection::vec(act, 1..15)
}

#[derive(Default)]
struct Desk {
    state: Option<DeskState>,
    kept: BTreeMap<String, Kept>,
    aside: BTreeMap<String, (DeskState, BTreeMap<String, Kept>)>,
}

struct Outgoing {
    state: State,
    due: Timestamp,
}

#[derive(Default)]
struct Model {
    desks: [Desk; 2],
    /// In the order of commits.
    entries: Vec<(Entry, Option<Outgoing>)>,
}

impl Model {
    fn open(&mut self, desk: usize, identity: &str, start: Option<Timestamp>) {
        let desk = &mut self.desks[desk];
        if let Some(old) = desk.state.take() {
            let kept = std::mem::take(&mut desk.kept);
            desk.aside.insert(old.identity.clone(), (old, kept));
        }
        let states = desk.aside.values().map(|(state, _)| state);
        let newest = states.clone().map(|state| state.generation).max();
        let earlier = states.filter_map(|state| state.synced).max();
        let (state, kept) = desk.aside.remove(identity).unwrap_or_else(|| {
            let state = DeskState {
                generation: newest.unwrap_or(0) + 1,
                identity: identity.to_owned(),
                cursor: None,
                start: start.max(earlier),
                synced: None,
                reconciled: None,
            };
            (state, BTreeMap::new())
        });
        (desk.state, desk.kept) = (Some(state), kept);
    }

    fn commit(&mut self, desk: usize, step: &Step) -> u64 {
        let desk = &mut self.desks[desk];
        let state = desk.state.as_mut().unwrap();
        state.cursor = step.cursor.clone().or(state.cursor.take());
        state.synced = step.synced.or(state.synced);
        for kept in &step.keep {
            desk.kept.insert(kept.seen.id.clone(), kept.clone());
        }
        for id in &step.forget {
            desk.kept.remove(id);
        }
        let mut new = 0;
        for entry in &step.entries {
            if self.entries.iter().all(|(known, _)| known.id != entry.id) {
                let outgoing = step.deliver.then_some(Outgoing {
                    state: State::Waiting,
                    due: Timestamp::UNIX_EPOCH,
                });
                self.entries.push((entry.clone(), outgoing));
                new += 1;
            }
        }
        new
    }

    fn mark(&mut self, mark: &Mark) {
        let mut entries = self.entries.iter_mut();
        let found = entries.find(|(entry, _)| entry.id == mark.entry);
        if let Some((_, Some(outgoing))) = found {
            outgoing.state = mark.state;
            outgoing.due = mark.due.unwrap_or(Timestamp::UNIX_EPOCH);
        }
    }

    /// Those that are waiting or being sent.
    fn waiting(&self) -> impl Iterator<Item = (&Entry, &Outgoing)> {
        self.entries
            .iter()
            .filter_map(|(entry, outgoing)| Some((entry, outgoing.as_ref()?)))
            .filter(|(_, outgoing)| outgoing.state.is_open())
    }

    fn due(&self, now: Timestamp) -> Vec<(&Entry, State)> {
        let mut held = BTreeSet::new();
        self.waiting()
            .filter(|(entry, outgoing)| {
                if outgoing.due > now {
                    held.insert(&entry.object);
                }
                !held.contains(&entry.object)
            })
            .map(|(entry, outgoing)| (entry, outgoing.state))
            .collect()
    }

    fn listed(&self, filter: &Filter) -> Vec<(&Entry, Option<State>)> {
        let state = |outgoing: &Option<Outgoing>| outgoing.as_ref().map(|o| o.state);
        let mut found: Vec<_> = self
            .entries
            .iter()
            .map(|(entry, outgoing)| (entry, state(outgoing)))
            .filter(|(entry, state)| matches(filter, entry, *state))
            .collect();
        found.sort_by_key(|(entry, _)| entry.at);
        if filter.newest_first {
            found.reverse();
        }
        found
    }
}

pub(crate) async fn random_steps<B: Backend>() {
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    // The runner is not asynchronous.
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Handle::current();
        TestRunner::new(config)
            .run(&acts(), |acts| {
                runtime.block_on(agree::<B>(&acts));
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}

async fn agree<B: Backend>(acts: &[Act]) {
    let backend = B::fresh();
    let mut store = backend.open().await;
    let mut model = Model::default();
    for act in acts {
        match act {
            Act::Reopen => {
                drop(store);
                store = backend.open().await;
            }
            Act::Open(desk, identity, start) => {
                let (identity, start) = (identity.to_string(), start.map(at));
                let lease = store.lease(sync(DESKS[*desk])).await.unwrap();
                let state = store.open(&lease, &identity, start).await.unwrap();
                model.open(*desk, &identity, start);
                assert_eq!(Some(state), model.desks[*desk].state);
            }
            Act::Rewind(desk, start) => {
                let lease = store.lease(sync(DESKS[*desk])).await.unwrap();
                let rewound = store.rewind(&lease, start.map(at)).await;
                if let Some(state) = &mut model.desks[*desk].state {
                    state.cursor = None;
                    state.start = start.map(at);
                    assert_eq!(&rewound.unwrap(), state);
                } else {
                    assert_unusable(rewound);
                }
            }
            Act::Commit(desk, work) => {
                let lease = store.lease(sync(DESKS[*desk])).await.unwrap();
                let step = step(&model, *desk, work);
                let done = store.commit(&lease, &step).await;
                if model.desks[*desk].state.is_some() {
                    assert_eq!(done.unwrap(), model.commit(*desk, &step));
                } else {
                    assert_unusable(done);
                }
            }
            Act::Mark(marks) => {
                let lease = store.lease(Work::Delivery).await.unwrap();
                let marks: Vec<Mark> = marks
                    .iter()
                    .map(|(event, state, due)| Mark {
                        entry: entry_at(0, 1, *event, "a", at(0)).id,
                        state: *state,
                        attempts: 1,
                        sent: None,
                        due: due.map(at),
                        reason: None,
                        remote: None,
                    })
                    .collect();
                store.mark(&lease, &marks).await.unwrap();
                marks.iter().for_each(|mark| model.mark(mark));
            }
        }
        compare(&store, &model).await;
    }
}

fn step(model: &Model, desk: usize, work: &Content) -> Step {
    let generation = model.desks[desk]
        .state
        .as_ref()
        .map_or(1, |state| state.generation);
    let ticket = |(id, objects): &(u8, u8)| {
        let referenced = OBJECTS.iter().enumerate();
        let referenced = referenced.filter(|(bit, _)| objects >> bit & 1 == 1);
        let referenced: Vec<&str> = referenced.map(|(_, &object)| object).collect();
        kept(&id.to_string(), &referenced)
    };
    Step {
        keep: work.keep.iter().map(ticket).collect(),
        forget: work.forget.iter().map(u8::to_string).collect(),
        entries: work
            .entries
            .iter()
            .map(|&(event, object, second)| {
                entry_at(desk, generation, event, OBJECTS[object], at(second))
            })
            .collect(),
        deliver: work.deliver,
        cursor: work.cursor.map(|cursor| cursor.to_string()),
        synced: work.synced.map(at),
        reconciled: None,
    }
}

fn entry_at(desk: usize, generation: i64, event: u8, object: &str, at: Timestamp) -> Entry {
    let ticket = (event % 3).to_string();
    let kind = if event.is_multiple_of(2) {
        Kind::Status
    } else {
        Kind::Replied
    };
    entry_of(
        DESKS[desk],
        generation,
        &ticket,
        &event.to_string(),
        object,
        at,
        kind,
    )
}

async fn compare<S: Store>(store: &S, model: &Model) {
    let ids: Vec<String> = (0..6).map(|id: u8| id.to_string()).collect();
    for (name, desk) in DESKS.iter().zip(&model.desks) {
        assert_eq!(store.desk(name).await.unwrap(), desk.state);
        let lease = store.lease(sync(name)).await.unwrap();
        let kept = store.kept(&lease, &ids).await.unwrap();
        assert!(kept.iter().eq(desk.kept.values()));
        let known = desk
            .kept
            .values()
            .filter(|kept| !kept.seen.objects.is_empty());
        let known: Vec<&str> = known.map(|kept| kept.seen.id.as_str()).collect();
        assert_eq!(store.known(&lease, None, 100).await.unwrap(), known);
        for object in OBJECTS {
            let of = store.tickets_of(name, object).await.unwrap();
            let expected = desk.kept.values();
            let expected = expected.filter(|kept| kept.seen.objects.contains(object));
            assert!(of.iter().eq(expected));
        }
    }
    for filter in [
        Filter::default(),
        Filter {
            object: Some("ä".to_owned()),
            since: Some(at(2)),
            newest_first: true,
            ..Filter::default()
        },
        Filter {
            desk: Some("one".to_owned()),
            states: vec![State::Waiting, State::Refused],
            ..Filter::default()
        },
        Filter {
            ticket: Some("1".to_owned()),
            kinds: vec!["replied".to_owned()],
            states: vec![State::Delivered, State::Waiting],
            until: Some(at(4)),
            newest_first: true,
            ..Filter::default()
        },
    ] {
        let listed = all(store, &filter, 3).await;
        let found: Vec<_> = listed.iter().map(|l| (&l.entry, l.state)).collect();
        let expected = model.listed(&filter);
        assert_eq!(found, expected, "{filter:?}");
    }
    let lease = store.lease(Work::Delivery).await.unwrap();
    for now in [at(4), at(100)] {
        let due = store.due(&lease, now, 100).await.unwrap();
        let found: Vec<_> = due.iter().map(|d| (&d.entry, d.state)).collect();
        assert_eq!(found, model.due(now));
    }
    let mut seen = BTreeSet::new();
    let first = model
        .waiting()
        .filter(|(entry, _)| seen.insert(&entry.object));
    let next = first.map(|(_, outgoing)| outgoing.due).min();
    assert_eq!(store.next_due().await.unwrap(), next);
}
