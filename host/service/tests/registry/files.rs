//! The files: nobody else's.

use crate::support::*;
use sgi_service::registry::Registry;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

#[tokio::test]
async fn they_are_closed_to_others() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/state");
    let registry = Registry::open(&folder, None).await.unwrap();
    let change = registry
        .prepare("a", map(table()), sgi_service::registry::Put::Create)
        .await
        .unwrap();
    registry.commit(change, &anna()).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[tokio::test]
async fn what_others_may_change_is_not_used() {
    let kept = Kept::new().await;
    let folder = kept.folder.path();
    let refused = async || {
        for result in [
            Registry::open(folder, None).await.map(drop),
            Registry::open_existing(folder, None).await.map(drop),
        ] {
            let error = result.unwrap_err().to_string();
            assert!(
                error.contains("settings.db") && error.contains("chmod"),
                "{error}"
            );
        }
    };
    fs::set_permissions(folder.join("settings.db"), Permissions::from_mode(0o640)).unwrap();
    refused().await;
    fs::set_permissions(folder.join("settings.db"), Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
    refused().await;
    fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    assert!(Registry::open(folder, None).await.is_ok());
}

#[tokio::test]
async fn the_database_of_something_else_is_left_alone() {
    let kept = Kept::new().await;
    let other = tempfile::tempdir().unwrap();
    let path = other.path().join("settings.db");
    drop(sgi_host::logbook::SqliteStore::open(&path).await.unwrap());
    let error = Registry::open(other.path(), None)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("the database of another program"), "{error}");
    drop(kept);
}
