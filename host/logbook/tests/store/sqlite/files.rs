//! What a store is in the file system, and what it is not mistaken for.

use super::{Sqlite, tamper};
use crate::backend::Backend as _;
use crate::samples::*;
use sgi_logbook::store::{Step, StoreError, Work};
use sgi_logbook::{SqliteStore, Store as _};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

async fn refused(path: &Path) -> StoreError {
    let error = SqliteStore::open(path).await.err().unwrap();
    let message = error.to_string();
    assert!(message.contains(path.to_str().unwrap()), "{message}");
    for word in ["SELECT", "PRAGMA", "code:", "INSERT"] {
        assert!(!message.contains(word), "{message}");
    }
    error
}

#[tokio::test]
async fn nobody_else_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    let path = deep.join("logbook.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let _lease = opened(&store, DESK).await;
    let _delivery = store.lease(Work::Delivery).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("a")), 0o700);
    assert_eq!(mode(&deep), 0o700);
    let mut names = Vec::new();
    for file in fs::read_dir(&deep).unwrap() {
        let file = file.unwrap();
        assert_eq!(mode(&file.path()), 0o600, "{:?}", file.path());
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    let expected = [
        "logbook.db",
        "logbook.db-shm",
        "logbook.db-wal",
        "logbook.db.delivery.lock",
        "logbook.db.desk-helpdesk.lock",
        "logbook.db.schema.lock",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn opened_by_many_at_once() {
    let backend = Sqlite::fresh();
    let path = backend.path();
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { SqliteStore::open(path).await.map(drop) })
        })
        .collect();
    for opening in opening {
        opening.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_later_version() {
    let backend = Sqlite::fresh();
    let store = backend.open().await;
    let lease = opened(&store, DESK).await;
    tamper(&backend.path(), "PRAGMA user_version = 99").await;
    // Updated while this one is at work.
    let done = store.commit(&lease, &Step::default()).await;
    assert!(matches!(done, Err(StoreError::Newer { .. })), "{done:?}");
    let error = refused(&backend.path()).await;
    assert!(matches!(error, StoreError::Newer { .. }), "{error:?}");
}

#[tokio::test]
async fn not_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "Not a database, but the notes of somebody. ".repeat(100);
    for text in [text.as_str(), "short"] {
        fs::write(&path, text).unwrap();
        let error = refused(&path).await;
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
}

#[tokio::test]
async fn another_programs_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    tamper(&path, "CREATE TABLE bookmark (url TEXT)").await;
    let before = fs::read(&path).unwrap();
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
    tamper(&path, "PRAGMA user_version = 1").await;
    let error = refused(&path).await;
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn not_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(folder.path()).await;
    assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = refused(&file.join("below/logbook.db")).await;
    assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
}

#[tokio::test]
async fn odd_names() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["file:x?mode=memory", "Störung %41 #1.db", "a'b\"c;.db"] {
        let path = folder.path().join(name);
        let store = SqliteStore::open(&path).await.unwrap();
        opened(&store, DESK).await;
        assert!(path.is_file(), "{name}");
    }
}
