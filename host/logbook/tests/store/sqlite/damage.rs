//! Damaged files: an error that says so, never a panic.

use super::{Sqlite, tamper};
use crate::backend::Backend as _;
use crate::child;
use crate::samples::*;
use sgi_logbook::store::{Filter, StoreError, Work};
use sgi_logbook::{SqliteStore, Store as _};
use std::fs;
use std::path::Path;

/// A store of some pages, all in one file.
async fn filled(backend: &Sqlite) {
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    for n in 0..100 {
        store.commit(&lease, &child::step(n)).await.unwrap();
    }
    drop(store);
    tamper(&backend.path(), "PRAGMA wal_checkpoint(TRUNCATE)").await;
}

/// Does everything, up to the first error.
async fn use_it(path: &Path) -> Result<(), StoreError> {
    let store = SqliteStore::open(path).await?;
    let lease = store.lease(Work::Sync(DESK.to_owned())).await?;
    store.open(&lease, "rt https://rt.example", None).await?;
    let ids: Vec<String> = (0..100).map(|id| id.to_string()).collect();
    store.kept(&lease, &ids).await?;
    store.known(&lease, None, 1_000).await?;
    store.tickets_of(DESK, "a").await?;
    for object in [None, Some("a".to_owned())] {
        let filter = Filter {
            object,
            ..Filter::default()
        };
        store.entries(&filter, None, 1_000).await?;
    }
    store.commit(&lease, &child::step(1_000)).await?;
    store.next_due().await?;
    let lease = store.lease(Work::Delivery).await?;
    store.due(&lease, at(0), 1_000).await?;
    store.mark(&lease, &[]).await
}

#[tokio::test]
async fn overwritten_pages() {
    let backend = Sqlite::fresh();
    filled(&backend).await;
    let path = backend.path();
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let done = use_it(&path).await;
    assert!(matches!(done, Err(StoreError::Damaged { .. })), "{done:?}");
}

#[tokio::test]
async fn cut_off() {
    let backend = Sqlite::fresh();
    filled(&backend).await;
    let path = backend.path();
    let bytes = fs::read(&path).unwrap();
    for length in [bytes.len() / 2, 8192, 4096, 1000, 100, 50] {
        fs::write(&path, &bytes[..length]).unwrap();
        let done = use_it(&path).await;
        assert!(
            matches!(done, Err(StoreError::Damaged { .. })),
            "{length}: {done:?}"
        );
    }
}

#[tokio::test]
async fn some_bytes_changed() {
    let backend = Sqlite::fresh();
    filled(&backend).await;
    let path = backend.path();
    let bytes = fs::read(&path).unwrap();
    let mut found = 0;
    let mut random = 1_u64;
    let mut next = |below: usize| {
        // Knuth's generator: the same bytes in each run.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    for _ in 0..60 {
        let mut bytes = bytes.clone();
        for _ in 0..200 {
            // All but the version, which may say that it is a later one.
            let place = 100 + next(bytes.len() - 100);
            bytes[place] = next(256) as u8;
        }
        fs::write(&path, bytes).unwrap();
        for beside in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{beside}", path.display()));
        }
        match use_it(&path).await {
            Ok(()) => {}
            Err(StoreError::Damaged { .. }) => found += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(found > 30, "{found}");
}

#[tokio::test]
async fn rows_of_another_kind() {
    for change in [
        "UPDATE entry SET body = '{}'",
        "UPDATE entry SET body = 'no JSON'",
        "UPDATE ticket SET seen = '[]'",
        "UPDATE delivery SET state = 'lost'",
        "UPDATE delivery SET attempts = -1",
        "DROP INDEX delivery_open; DROP TABLE delivery",
    ] {
        let backend = Sqlite::fresh();
        filled(&backend).await;
        tamper(&backend.path(), change).await;
        let done = use_it(&backend.path()).await;
        assert!(
            matches!(done, Err(StoreError::Damaged { .. })),
            "{change}: {done:?}"
        );
    }
}
