//! Listings: order, pages and filters.

use crate::backend::Backend;
use crate::samples::*;
use sgi_logbook::store::{Filter, Listed, Mark, Place, State, Work};
use sgi_logbook::{Entry, Kind, Store};

pub(crate) async fn order<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    for instants in [[5, 1], [3, 9]] {
        let entry = |n: i64| entry(DESK, "1", &n.to_string(), &n.to_string(), at(n));
        let step = entries(instants.map(entry).to_vec());
        store.commit(&lease, &step).await.unwrap();
    }
    let listed = all(&store, &Filter::default(), 10).await;
    assert_eq!(objects(&listed), ["1", "3", "5", "9"]);
    let newest = Filter {
        newest_first: true,
        ..Filter::default()
    };
    assert_eq!(
        objects(&all(&store, &newest, 10).await),
        ["9", "5", "3", "1"]
    );
}

/// Of one instant: as they were committed, and within a step as they stand there.
pub(crate) async fn ties<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let names: Vec<String> = (0..40).map(|n| ((n * 7) % 40).to_string()).collect();
    for names in names.chunks(15) {
        let entry = |name: &String| entry(DESK, "1", name, name, at(1));
        let step = entries(names.iter().map(entry).collect());
        store.commit(&lease, &step).await.unwrap();
    }
    for page in [1, 7, 40] {
        let listed = all(&store, &Filter::default(), page).await;
        assert_eq!(objects(&listed), names, "in pages of {page}");
        let newest = Filter {
            newest_first: true,
            ..Filter::default()
        };
        let mut listed = all(&store, &newest, page).await;
        listed.reverse();
        assert_eq!(objects(&listed), names, "in pages of {page}");
    }
}

pub(crate) async fn pages<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let entry = |n: i64| entry(DESK, "1", &n.to_string(), "a", at(n / 3));
    let step = entries((0..20).map(entry).collect());
    store.commit(&lease, &step).await.unwrap();
    let first = store.entries(&Filter::default(), None, 8).await.unwrap();
    // What comes in between at an earlier instant does not move what follows.
    let early = entries(vec![entry(-30), entry(-29)]);
    store.commit(&lease, &early).await.unwrap();
    let after = first.last().unwrap().place;
    let rest = store
        .entries(&Filter::default(), Some(&after), 100)
        .await
        .unwrap();
    assert_eq!((first.len(), rest.len()), (8, 12));
    let places: Vec<Place> = first
        .iter()
        .chain(&rest)
        .map(|listed| listed.place)
        .collect();
    assert!(places.is_sorted_by_key(|place| (place.at, place.sequence)));
    assert!(
        store
            .entries(&Filter::default(), None, 0)
            .await
            .unwrap()
            .is_empty()
    );
    let last = rest.last().unwrap().place;
    let beyond = store
        .entries(&Filter::default(), Some(&last), 100)
        .await
        .unwrap();
    assert!(beyond.is_empty());
}

/// Whether a filter lets an entry through, said in Rust.
pub(crate) fn matches(filter: &Filter, entry: &Entry, state: Option<State>) -> bool {
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
    is(&filter.object, &entry.object)
        && is(&filter.desk, &entry.desk)
        && is(&filter.ticket, &entry.ticket.id)
        && (filter.kinds.is_empty() || filter.kinds.iter().any(|kind| kind == entry.kind.code()))
        && filter.since.is_none_or(|since| entry.at >= since)
        && filter.until.is_none_or(|until| entry.at < until)
        && (filter.states.is_empty() || state.is_some_and(|state| filter.states.contains(&state)))
}

/// All combinations against the same said in Rust.
pub(crate) async fn filters<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let kinds = [
        Kind::Created,
        Kind::Status,
        Kind::Merged("1".to_owned()),
        Kind::Other("created".to_owned()),
    ];
    for desk in ["one", "two"] {
        let lease = opened(&store, desk).await;
        let entry = |n: usize| {
            let (ticket, object) = ((n % 5).to_string(), (n % 3).to_string());
            let kind = kinds[n % kinds.len()].clone();
            entry_of(
                desk,
                1,
                &ticket,
                &n.to_string(),
                &object,
                at((n % 7) as i64),
                kind,
            )
        };
        let step = entries((0..100).map(entry).collect());
        store.commit(&lease, &step).await.unwrap();
    }
    let everything = all(&store, &Filter::default(), 1_000).await;
    assert_eq!(everything.len(), 200);
    let some = |text: &str| Some(text.to_owned());
    for choice in 0..128 {
        let on = |bit: u32| choice >> bit & 1 == 1;
        let filter = Filter {
            object: if on(0) { some("1") } else { None },
            desk: if on(1) { some("two") } else { None },
            ticket: if on(2) { some("4") } else { None },
            kinds: if on(3) {
                vec!["created".to_owned(), "other".to_owned()]
            } else {
                vec![]
            },
            since: on(4).then(|| at(2)),
            until: on(5).then(|| at(5)),
            states: vec![],
            newest_first: on(6),
        };
        let mut expected: Vec<&Listed> = everything
            .iter()
            .filter(|listed| matches(&filter, &listed.entry, None))
            .collect();
        if filter.newest_first {
            expected.reverse();
        }
        let found = all(&store, &filter, 6).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

pub(crate) async fn states<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let of = |name: &str| entry(DESK, "1", name, name, at(1));
    let states = [
        State::Waiting,
        State::Sending,
        State::Delivered,
        State::Undecided,
        State::Refused,
    ];
    store
        .commit(&lease, &entries(vec![of("none")]))
        .await
        .unwrap();
    let mut step = entries(states.iter().map(|state| of(state.code())).collect());
    step.deliver = true;
    store.commit(&lease, &step).await.unwrap();
    let delivery = store.lease(Work::Delivery).await.unwrap();
    let marks: Vec<Mark> = states
        .into_iter()
        .map(|state| Mark {
            entry: of(state.code()).id,
            state,
            attempts: 2,
            sent: Some(at(3)),
            due: None,
            reason: Some(format!("because of {}", state.code())),
            remote: Some(format!("r-{}", state.code())),
        })
        .collect();
    store.mark(&delivery, &marks).await.unwrap();
    let wanted = |states: &[State]| Filter {
        states: states.to_vec(),
        ..Filter::default()
    };
    for state in states {
        let listed = all(&store, &wanted(&[state]), 10).await;
        assert_eq!(objects(&listed), [state.code()]);
        assert_eq!(listed[0].state, Some(state));
        assert_eq!(
            listed[0].reason,
            Some(format!("because of {}", state.code()))
        );
        assert_eq!(listed[0].remote, Some(format!("r-{}", state.code())));
    }
    let listed = all(&store, &wanted(&[State::Refused, State::Delivered]), 10).await;
    assert_eq!(objects(&listed), ["delivered", "refused"]);
    let listed = all(&store, &wanted(&[]), 10).await;
    assert_eq!(listed.len(), 6);
    assert_eq!((listed[0].state, &listed[0].reason), (None, &None));
}

pub(crate) async fn nothing<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    assert!(
        store
            .entries(&Filter::default(), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let lease = opened(&store, DESK).await;
    let step = entries(vec![entry(DESK, "1", "e1", "a", at(1))]);
    store.commit(&lease, &step).await.unwrap();
    for filter in [
        Filter {
            object: Some("A".to_owned()),
            ..Filter::default()
        },
        Filter {
            kinds: vec!["no such kind".to_owned()],
            ..Filter::default()
        },
        Filter {
            since: Some(at(1)),
            until: Some(at(1)),
            ..Filter::default()
        },
        Filter {
            states: vec![State::Waiting],
            ..Filter::default()
        },
    ] {
        assert!(
            store.entries(&filter, None, 10).await.unwrap().is_empty(),
            "{filter:?}"
        );
    }
}
