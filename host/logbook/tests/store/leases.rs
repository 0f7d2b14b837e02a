//! Leases: one at a time, whatever happens to who has it.

use crate::backend::Backend;
use crate::child::Child;
use crate::samples::*;
use sgi_logbook::Store;
use sgi_logbook::store::{Lease, Step, Work};
use std::time::Duration;
use tokio::time::timeout;

/// For what must come soon.
const SOON: Duration = Duration::from_secs(20);

/// For what must not come.
const A_WHILE: Duration = Duration::from_millis(200);

pub(crate) async fn one_at_a_time<B: Backend>() {
    let backend = B::fresh();
    let (one, two) = (backend.open().await, backend.open().await);
    let lease = one.try_lease(sync(DESK)).await.unwrap().unwrap();
    assert_eq!(lease.work(), &sync(DESK));
    assert!(two.try_lease(sync(DESK)).await.unwrap().is_none());
    // Nor a second time in the same process.
    assert!(one.try_lease(sync(DESK)).await.unwrap().is_none());
    drop(lease);
    assert!(two.try_lease(sync(DESK)).await.unwrap().is_some());
}

pub(crate) async fn each_work_its_own<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let mut held = Vec::new();
    for work in [
        Work::Delivery,
        sync("delivery"),
        sync("a"),
        sync("A"),
        sync("a/b"),
        sync("a b"),
        sync(""),
        sync(&"long".repeat(100)),
    ] {
        held.push(store.try_lease(work).await.unwrap().unwrap());
    }
}

pub(crate) async fn waits<B: Backend>() {
    let backend = B::fresh();
    let (one, two) = (backend.open().await, backend.open().await);
    let lease = one.lease(sync(DESK)).await.unwrap();
    let waiting = tokio::spawn(async move { two.lease(sync(DESK)).await.unwrap() });
    tokio::time::sleep(A_WHILE).await;
    assert!(!waiting.is_finished());
    drop(lease);
    timeout(SOON, waiting).await.unwrap().unwrap();
}

/// Who no longer waits does not get it.
pub(crate) async fn cancelled<B: Backend>() {
    let backend = B::fresh();
    let (one, two) = (backend.open().await, backend.open().await);
    let lease = one.lease(sync(DESK)).await.unwrap();
    assert!(timeout(A_WHILE, two.lease(sync(DESK))).await.is_err());
    drop(lease);
    // Cancelled while it is being taken.
    for microseconds in (0..2_000).step_by(100) {
        let patience = Duration::from_micros(microseconds);
        let _ = timeout(patience, two.lease(sync(DESK))).await;
    }
    tokio::time::sleep(A_WHILE).await;
    assert!(one.try_lease(sync(DESK)).await.unwrap().is_some());
}

pub(crate) async fn after_a_killed_process<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    let mut child = Child::start::<B>("hold", &backend.place());
    child.next().unwrap();
    assert!(store.try_lease(sync(DESK)).await.unwrap().is_none());
    assert!(timeout(A_WHILE, store.lease(sync(DESK))).await.is_err());
    child.kill();
    timeout(SOON, store.lease(sync(DESK)))
        .await
        .unwrap()
        .unwrap();
}

/// Who lost the lease without knowing changes nothing any more.
pub(crate) async fn fenced<B: Backend>() {
    let backend = B::fresh();
    let (one, two) = (backend.open().await, backend.open().await);
    let old = opened(&one, DESK).await;
    backend.lose(&sync(DESK));
    let new = opened(&two, DESK).await;
    let step = Step {
        entries: vec![entry(DESK, "1", "e1", "a", at(1))],
        cursor: Some("old".to_owned()),
        ..Step::default()
    };
    assert_lost(one.commit(&old, &step).await);
    assert_lost(one.commit(&old, &Step::default()).await);
    assert_lost(one.open(&old, "another", None).await);
    assert_lost(one.rewind(&old, None).await);
    let desk = one.desk(DESK).await.unwrap().unwrap();
    assert_eq!((desk.generation, desk.cursor), (1, None));
    assert!(all(&one, &Default::default(), 10).await.is_empty());
    assert_eq!(two.commit(&new, &step).await.unwrap(), 1);

    let old = one.lease(Work::Delivery).await.unwrap();
    backend.lose(&Work::Delivery);
    let new = two.lease(Work::Delivery).await.unwrap();
    assert_lost(one.mark(&old, &[]).await);
    two.mark(&new, &[]).await.unwrap();
    // Other work is none of its business.
    opened(&one, "another desk").await;
}

pub(crate) async fn given_back_and_taken<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    for _ in 0..20 {
        let lease = store.try_lease(Work::Delivery).await.unwrap().unwrap();
        store.mark(&lease, &[]).await.unwrap();
    }
}
