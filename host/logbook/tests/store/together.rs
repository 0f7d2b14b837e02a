//! Several at work at one store.

use crate::backend::Backend;
use crate::child::{ENTRIES, step};
use crate::samples::*;
use sgi_logbook::Store;
use sgi_logbook::store::{Filter, Step, Work};
use std::collections::HashSet;
use std::time::Duration;

/// Two stores, two desks and a reader.
pub(crate) async fn two_desks<B: Backend>() {
    const STEPS: i64 = 40;
    let backend = B::fresh();
    let mut workers = Vec::new();
    for desk in ["one", "two"] {
        let store = backend.open().await;
        workers.push(tokio::spawn(async move {
            let lease = opened(&store, desk).await;
            for n in 0..STEPS {
                let step = Step {
                    entries: (0..5)
                        .map(|e| entry(desk, &n.to_string(), &format!("{n}-{e}"), "a", at(n)))
                        .collect(),
                    cursor: Some(n.to_string()),
                    ..Step::default()
                };
                assert_eq!(store.commit(&lease, &step).await.unwrap(), 5);
            }
        }));
    }
    let store = backend.open().await;
    while workers.iter().any(|worker| !worker.is_finished()) {
        // A step is seen as a whole.
        let listed = store
            .entries(&Filter::default(), None, 10_000)
            .await
            .unwrap();
        assert_eq!(listed.len() % 5, 0);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for worker in workers {
        worker.await.unwrap();
    }
    let listed = all(&store, &Filter::default(), 100).await;
    assert_eq!(listed.len() as i64, 2 * 5 * STEPS);
    let sequences: HashSet<i64> = listed.iter().map(|listed| listed.place.sequence).collect();
    assert_eq!(sequences.len(), listed.len());
}

/// Two stores take turns at one desk; each reads the last page of the other once more.
pub(crate) async fn one_desk<B: Backend>() {
    const STEPS: u64 = 30;
    let backend = B::fresh();
    let mut workers = Vec::new();
    for _ in 0..2 {
        let store = backend.open().await;
        workers.push(tokio::spawn(async move {
            let mut new = 0;
            loop {
                let lease = opened(&store, DESK).await;
                let cursor = store.desk(DESK).await.unwrap().unwrap().cursor;
                let last: u64 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
                if last == STEPS {
                    return new;
                }
                new += store.commit(&lease, &step(last)).await.unwrap();
                new += store.commit(&lease, &step(last + 1)).await.unwrap();
            }
        }));
    }
    let mut new = 0;
    for worker in workers {
        new += worker.await.unwrap();
    }
    assert_eq!(new, (STEPS + 1) * ENTRIES);
    intact(&backend.open().await, STEPS).await;
}

/// That the steps up to this one are there, and nothing else.
pub(crate) async fn intact<S: Store>(store: &S, last: u64) {
    let listed = all(store, &Filter::default(), 1_000).await;
    let found: HashSet<_> = listed
        .iter()
        .map(|listed| listed.entry.id.clone())
        .collect();
    assert_eq!(found.len(), listed.len());
    let steps: Vec<Step> = (0..=last).map(step).collect();
    let expected = steps.iter().flat_map(|step| &step.entries);
    assert_eq!(found, expected.map(|entry| entry.id.clone()).collect());
    let kept = store.tickets_of(DESK, "a").await.unwrap();
    assert_eq!(kept.len() as u64, last + 1);
    let lease = store.lease(Work::Delivery).await.unwrap();
    let due = store.due(&lease, at(0), u32::MAX).await.unwrap();
    assert_eq!(due.len(), listed.len());
}
