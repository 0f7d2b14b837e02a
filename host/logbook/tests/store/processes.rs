//! Processes that die, and leases that are lost.

use crate::backend::Lasting;
use crate::child::{self, Child, Role};
use crate::leases::{A_WHILE, SOON};
use crate::samples::*;
use crate::together::intact;
use sgi_logbook::Store;
use sgi_logbook::store::{Step, Work};
use std::time::Duration;
use tokio::time::timeout;

pub(crate) async fn after_a_killed_process<B: Lasting>() {
    if child::was_meant::<B>().await {
        return;
    }
    let backend = B::fresh();
    let store = backend.open().await;
    let mut child = Child::start::<B>(Role::Hold, &backend.place());
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
pub(crate) async fn fenced<B: Lasting>() {
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

/// Killed at any instant, time and again: what was committed is there, once, and nothing else.
pub(crate) async fn killed_in_between<B: Lasting>() {
    if child::was_meant::<B>().await {
        return;
    }
    let backend = B::fresh();
    let mut committed = 0;
    for round in 0..20_u64 {
        let mut child = Child::start::<B>(Role::Commit, &backend.place());
        let said: u64 = child.next().unwrap().parse().unwrap();
        assert_eq!(said, committed);
        // Not always at the same place of a commit.
        std::thread::sleep(Duration::from_micros(round * 7_919 % 30_000));
        child.kill();
        let mut last = said;
        while let Some(said) = child.next() {
            last = said.parse().unwrap();
        }
        let store = backend.open().await;
        let cursor = store.desk(DESK).await.unwrap().unwrap().cursor;
        committed = cursor.unwrap().parse().unwrap();
        // One more may be committed than it could tell.
        assert!(
            committed == last || committed == last + 1,
            "{committed} after {last}"
        );
        intact(&store, committed).await;
    }
    assert!(committed > 20, "{committed} steps alone");
}
