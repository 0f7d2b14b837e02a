//! Desks: their states, and the generations of their sources.

use crate::backend::Backend;
use crate::samples::*;
use sgi_logbook::Store;
use sgi_logbook::store::{DeskState, Step, Work};

const RT: &str = "rt https://rt.example";
const ITOP: &str = "itop https://itop.example";
const OTRS: &str = "otrs https://otrs.example";

pub(crate) async fn unknown<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    assert_eq!(store.desk(DESK).await.unwrap(), None);
    assert!(store.tickets_of(DESK, "1").await.unwrap().is_empty());
    let lease = store.lease(sync(DESK)).await.unwrap();
    assert!(
        store
            .kept(&lease, &["1".to_owned()])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(store.known(&lease, None, 10).await.unwrap().is_empty());
    assert_eq!(store.desk(DESK).await.unwrap(), None);
}

pub(crate) async fn first_opening<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = store.lease(sync(DESK)).await.unwrap();
    let state = store.open(&lease, RT, Some(at(5))).await.unwrap();
    let expected = DeskState {
        generation: 1,
        identity: RT.to_owned(),
        cursor: None,
        start: Some(at(5)),
        synced: None,
        reconciled: None,
    };
    assert_eq!(state, expected);
    assert_eq!(store.desk(DESK).await.unwrap(), Some(expected));
}

pub(crate) async fn opening_again<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = Step {
        cursor: Some("17".to_owned()),
        synced: Some(at(100)),
        keep: vec![kept("1", &["a"])],
        ..Step::default()
    };
    store.commit(&lease, &step).await.unwrap();
    let before = store.desk(DESK).await.unwrap();
    let again = store.open(&lease, RT, Some(at(5))).await.unwrap();
    assert_eq!(Some(&again), before.as_ref());
    assert_eq!(again.cursor.as_deref(), Some("17"));
    assert_eq!(again.start, None);
    assert_eq!(store.known(&lease, None, 10).await.unwrap(), ["1"]);
}

pub(crate) async fn another_source<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = Step {
        cursor: Some("17".to_owned()),
        synced: Some(at(100)),
        reconciled: Some(at(110)),
        keep: vec![kept("1", &["a"])],
        entries: vec![entry(DESK, "1", "e1", "a", at(50))],
        ..Step::default()
    };
    store.commit(&lease, &step).await.unwrap();
    let state = store.open(&lease, ITOP, Some(at(5))).await.unwrap();
    let expected = DeskState {
        generation: 2,
        identity: ITOP.to_owned(),
        cursor: None,
        // What happened before is in the logbook already.
        start: Some(at(100)),
        synced: None,
        reconciled: None,
    };
    assert_eq!(state, expected);
    assert_eq!(store.desk(DESK).await.unwrap(), Some(expected));
    assert!(store.known(&lease, None, 10).await.unwrap().is_empty());
    assert!(store.tickets_of(DESK, "a").await.unwrap().is_empty());
    assert_eq!(all(&store, &Default::default(), 10).await.len(), 1);
    // A later start counts.
    let state = store.open(&lease, OTRS, Some(at(200))).await.unwrap();
    assert_eq!((state.generation, state.start), (3, Some(at(200))));
}

/// An address that was wrong for a while lets nothing be read twice, and nothing be missed.
pub(crate) async fn back_and_forth<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = Step {
        cursor: Some("17".to_owned()),
        synced: Some(at(100)),
        keep: vec![kept("1", &["a"])],
        entries: vec![entry(DESK, "1", "e1", "a", at(50))],
        ..Step::default()
    };
    store.commit(&lease, &step).await.unwrap();
    let before = store.desk(DESK).await.unwrap();
    let state = store.open(&lease, ITOP, None).await.unwrap();
    assert_eq!((state.generation, state.start), (2, Some(at(100))));
    let other = Step {
        cursor: Some("of iTop".to_owned()),
        keep: vec![kept("1", &["b"]), kept("2", &["b"])],
        ..Step::default()
    };
    store.commit(&lease, &other).await.unwrap();
    let state = store.open(&lease, RT, Some(at(70))).await.unwrap();
    assert_eq!(Some(&state), before.as_ref());
    assert_eq!(store.desk(DESK).await.unwrap(), before);
    assert_eq!(store.known(&lease, None, 10).await.unwrap(), ["1"]);
    assert_eq!(ids(&store.tickets_of(DESK, "a").await.unwrap()), ["1"]);
    assert!(store.tickets_of(DESK, "b").await.unwrap().is_empty());
    assert_eq!(store.commit(&lease, &step).await.unwrap(), 0);
    // And forth again.
    let state = store.open(&lease, ITOP, None).await.unwrap();
    assert_eq!(state.cursor.as_deref(), Some("of iTop"));
    assert_eq!(store.known(&lease, None, 10).await.unwrap(), ["1", "2"]);
    let state = store.open(&lease, OTRS, None).await.unwrap();
    assert_eq!((state.generation, state.start), (3, Some(at(100))));
}

/// Desks tell whole seconds.
pub(crate) async fn begins_with_the_second<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = Step {
        synced: Some(at(100) + jiff::SignedDuration::from_millis(700)),
        ..Step::default()
    };
    store.commit(&lease, &step).await.unwrap();
    let state = store.open(&lease, ITOP, None).await.unwrap();
    assert_eq!(state.start, Some(at(100)));
}

pub(crate) async fn rewind<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    let step = Step {
        cursor: Some("17".to_owned()),
        synced: Some(at(100)),
        reconciled: Some(at(110)),
        keep: vec![kept("1", &["a"])],
        entries: vec![entry(DESK, "1", "e1", "a", at(50))],
        ..Step::default()
    };
    assert_eq!(store.commit(&lease, &step).await.unwrap(), 1);
    let state = store.rewind(&lease, Some(at(7))).await.unwrap();
    assert_eq!((state.generation, state.cursor.as_deref()), (1, None));
    assert_eq!(state.start, Some(at(7)));
    assert_eq!(
        (state.synced, state.reconciled),
        (Some(at(100)), Some(at(110)))
    );
    assert_eq!(store.desk(DESK).await.unwrap(), Some(state));
    assert_eq!(store.known(&lease, None, 10).await.unwrap(), ["1"]);
    // Read again, nothing is doubled.
    assert_eq!(store.commit(&lease, &step).await.unwrap(), 0);
    assert_eq!(store.rewind(&lease, None).await.unwrap().start, None);
}

pub(crate) async fn apart<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let one = opened(&store, "one").await;
    let two = opened(&store, "two").await;
    let step = Step {
        cursor: Some("1".to_owned()),
        keep: vec![kept("1", &["a"])],
        ..Step::default()
    };
    store.commit(&one, &step).await.unwrap();
    assert_eq!(store.desk("two").await.unwrap().unwrap().cursor, None);
    assert!(
        store
            .kept(&two, &["1".to_owned()])
            .await
            .unwrap()
            .is_empty()
    );
    store.commit(&two, &step).await.unwrap();
    store.commit(&one, &forget(&["1"])).await.unwrap();
    assert_eq!(store.known(&two, None, 10).await.unwrap(), ["1"]);
    assert_eq!(ids(&store.tickets_of("two", "a").await.unwrap()), ["1"]);
    assert!(store.tickets_of("one", "a").await.unwrap().is_empty());
}

pub(crate) async fn wrong_lease<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let desk = opened(&store, DESK).await;
    let delivery = store.lease(Work::Delivery).await.unwrap();
    assert_unusable(store.open(&delivery, RT, None).await);
    assert_unusable(store.rewind(&delivery, None).await);
    assert_unusable(store.commit(&delivery, &Step::default()).await);
    assert_unusable(store.kept(&delivery, &[]).await);
    assert_unusable(store.known(&delivery, None, 1).await);
    assert_unusable(store.due(&desk, at(0), 1).await);
    assert_unusable(store.mark(&desk, &[]).await);
}

pub(crate) async fn not_opened<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let lease = store.lease(sync(DESK)).await.unwrap();
    let step = entries(vec![entry(DESK, "1", "e1", "a", at(0))]);
    assert_unusable(store.commit(&lease, &step).await);
    assert_unusable(store.rewind(&lease, None).await);
    assert!(all(&store, &Default::default(), 10).await.is_empty());
}
