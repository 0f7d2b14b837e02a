//! The outbox.

use crate::backend::Backend;
use crate::samples::*;
use jiff::Timestamp;
use sgi_logbook::store::{Delivery, Filter, Mark, State, Step, Work};
use sgi_logbook::{Entry, EntryId, Store};

fn of(name: &str) -> Entry {
    entry(DESK, "1", name, name, at(1))
}

fn mark(name: &str, state: State, due: Option<Timestamp>) -> Mark {
    Mark {
        entry: of(name).id,
        state,
        attempts: 1,
        sent: Some(at(3)),
        due,
        reason: None,
        remote: None,
    }
}

fn to_deliver(names: &[&str]) -> Step {
    Step {
        deliver: true,
        ..entries(names.iter().map(|name| of(name)).collect())
    }
}

fn names(due: &[Delivery]) -> Vec<&str> {
    due.iter()
        .map(|delivery| delivery.entry.object.as_str())
        .collect()
}

pub(crate) async fn life_cycle<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let desk = opened(&store, DESK).await;
    store.commit(&desk, &to_deliver(&["a"])).await.unwrap();
    let lease = store.lease(Work::Delivery).await.unwrap();
    let due = store.due(&lease, at(0), 10).await.unwrap();
    let new = Delivery {
        entry: of("a"),
        state: State::Waiting,
        attempts: 0,
        sent: None,
    };
    assert_eq!(due, [new]);

    // Written down before it is sent; found like that after a loss of the process.
    let sending = mark("a", State::Sending, Some(at(60)));
    store.mark(&lease, &[sending]).await.unwrap();
    assert!(store.due(&lease, at(59), 10).await.unwrap().is_empty());
    let due = store.due(&lease, at(60), 10).await.unwrap();
    let unknown = Delivery {
        entry: of("a"),
        state: State::Sending,
        attempts: 1,
        sent: Some(at(3)),
    };
    assert_eq!(due, [unknown]);

    let failed = Mark {
        attempts: 2,
        reason: Some("The CMDB does not answer.".to_owned()),
        ..mark("a", State::Waiting, Some(at(100)))
    };
    store.mark(&lease, &[failed]).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(100)));
    assert_eq!(store.due(&lease, at(100), 10).await.unwrap()[0].attempts, 2);

    let delivered = Mark {
        remote: Some("4711".to_owned()),
        // Of no meaning here.
        due: Some(at(0)),
        ..mark("a", State::Delivered, None)
    };
    store.mark(&lease, &[delivered]).await.unwrap();
    assert!(
        store
            .due(&lease, Timestamp::MAX, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.next_due().await.unwrap(), None);
    let listed = all(&store, &Filter::default(), 10).await;
    assert_eq!(listed[0].state, Some(State::Delivered));
    assert_eq!(listed[0].remote.as_deref(), Some("4711"));
    assert_eq!(listed[0].reason, None);
}

pub(crate) async fn only_where_wanted<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let desk = opened(&store, DESK).await;
    store.commit(&desk, &entries(vec![of("a")])).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), None);
    // One that is there already is not new.
    assert_eq!(
        store.commit(&desk, &to_deliver(&["a", "b"])).await.unwrap(),
        1
    );
    let lease = store.lease(Work::Delivery).await.unwrap();
    assert_eq!(names(&store.due(&lease, at(0), 10).await.unwrap()), ["b"]);
}

pub(crate) async fn in_order<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let desk = opened(&store, DESK).await;
    store.commit(&desk, &to_deliver(&["d", "a"])).await.unwrap();
    store
        .commit(&desk, &to_deliver(&["c", "b", "e"]))
        .await
        .unwrap();
    let lease = store.lease(Work::Delivery).await.unwrap();
    let due = store.due(&lease, at(0), 10).await.unwrap();
    assert_eq!(names(&due), ["d", "a", "c", "b", "e"]);
    assert_eq!(
        names(&store.due(&lease, at(0), 2).await.unwrap()),
        ["d", "a"]
    );
    let marks = [
        mark("a", State::Waiting, Some(at(9))),
        mark("d", State::Delivered, None),
        mark("c", State::Waiting, Some(at(7))),
        mark("b", State::Undecided, None),
        mark("e", State::Sending, None),
    ];
    store.mark(&lease, &marks).await.unwrap();
    assert_eq!(names(&store.due(&lease, at(0), 10).await.unwrap()), ["e"]);
    // As they were committed, not as they became due.
    assert_eq!(
        names(&store.due(&lease, at(9), 10).await.unwrap()),
        ["a", "c", "e"]
    );
}

pub(crate) async fn marks_of_unknown<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let desk = opened(&store, DESK).await;
    store
        .commit(&desk, &entries(vec![of("quiet")]))
        .await
        .unwrap();
    store.commit(&desk, &to_deliver(&["a"])).await.unwrap();
    let lease = store.lease(Work::Delivery).await.unwrap();
    let unknown = Mark {
        entry: EntryId::from("no such entry".to_owned()),
        ..mark("a", State::Refused, None)
    };
    let quiet = mark("quiet", State::Refused, None);
    let first = mark("a", State::Refused, None);
    let last = mark("a", State::Delivered, None);
    store
        .mark(&lease, &[unknown, quiet, first, last])
        .await
        .unwrap();
    store.mark(&lease, &[]).await.unwrap();
    let listed = all(&store, &Filter::default(), 10).await;
    let states: Vec<_> = listed.iter().map(|listed| listed.state).collect();
    assert_eq!(states, [None, Some(State::Delivered)]);
}

pub(crate) async fn next_due<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    assert_eq!(store.next_due().await.unwrap(), None);
    let desk = opened(&store, DESK).await;
    store
        .commit(&desk, &to_deliver(&["a", "b", "c"]))
        .await
        .unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Timestamp::UNIX_EPOCH));
    let lease = store.lease(Work::Delivery).await.unwrap();
    let marks = [
        mark("a", State::Waiting, Some(at(9))),
        mark("b", State::Sending, Some(at(8))),
        mark("c", State::Refused, Some(at(1))),
    ];
    store.mark(&lease, &marks).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(at(8)));
    let waiting = mark("b", State::Waiting, None);
    store.mark(&lease, &[waiting]).await.unwrap();
    assert_eq!(store.next_due().await.unwrap(), Some(Timestamp::UNIX_EPOCH));
}

/// A person lets one be delivered again.
pub(crate) async fn again<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let desk = opened(&store, DESK).await;
    store.commit(&desk, &to_deliver(&["a"])).await.unwrap();
    let lease = store.lease(Work::Delivery).await.unwrap();
    for state in [State::Refused, State::Undecided] {
        store.mark(&lease, &[mark("a", state, None)]).await.unwrap();
        assert!(store.due(&lease, at(9), 10).await.unwrap().is_empty());
        let waiting = mark("a", State::Waiting, None);
        store.mark(&lease, &[waiting]).await.unwrap();
        assert_eq!(names(&store.due(&lease, at(0), 10).await.unwrap()), ["a"]);
    }
}

pub(crate) async fn in_turn<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let desk = opened(&store, DESK).await;
    let at_one = |event: &str| entry(DESK, "1", event, "a", at(1));
    let step = Step {
        deliver: true,
        ..entries(vec![at_one("e1"), at_one("e2"), of("b")])
    };
    store.commit(&desk, &step).await.unwrap();
    let lease = store.lease(Work::Delivery).await.unwrap();
    let later = Mark {
        entry: at_one("e1").id,
        ..mark("a", State::Sending, Some(at(9)))
    };
    store.mark(&lease, &[later]).await.unwrap();
    assert_eq!(names(&store.due(&lease, at(8), 10).await.unwrap()), ["b"]);
    assert_eq!(
        names(&store.due(&lease, at(9), 10).await.unwrap()),
        ["a", "a", "b"]
    );
    let done = |event: &str| Mark {
        entry: at_one(event).id,
        ..mark("a", State::Delivered, None)
    };
    let b = mark("b", State::Refused, None);
    store.mark(&lease, &[b]).await.unwrap();
    // The second one is due, and has to wait for the first.
    assert_eq!(store.next_due().await.unwrap(), Some(at(9)));
    store.mark(&lease, &[done("e1")]).await.unwrap();
    assert_eq!(names(&store.due(&lease, at(0), 10).await.unwrap()), ["a"]);
    let found = store.delivery(&lease, &at_one("e1").id).await.unwrap();
    assert_eq!(found.map(|found| found.state), Some(State::Delivered));
    let unknown = EntryId::from("no such entry".to_owned());
    assert_eq!(store.delivery(&lease, &unknown).await.unwrap(), None);
}
