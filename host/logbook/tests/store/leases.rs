//! Leases: one at a time, whatever happens to who has it.

use crate::backend::Backend;
use crate::samples::*;
use sgi_logbook::Store;
use sgi_logbook::store::{Lease, Work};
use std::time::Duration;
use tokio::time::timeout;

/// For what must come soon.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// For what must not come.
pub(crate) const A_WHILE: Duration = Duration::from_millis(200);

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

pub(crate) async fn given_back_and_taken<B: Backend>() {
    let backend = B::fresh();
    let store = backend.open().await;
    for _ in 0..20 {
        let lease = store.try_lease(Work::Delivery).await.unwrap().unwrap();
        store.mark(&lease, &[]).await.unwrap();
    }
}
