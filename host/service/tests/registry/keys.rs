//! The key: made once, closed to others; lost or wrong, it is told what to do.

use crate::support::*;
use serde_json::json;
use sgi_host::config::Config;
use sgi_service::registry::view::Desks;
use sgi_service::registry::{Put, Registry, RegistryError};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

fn key_of(kept: &Kept) -> PathBuf {
    kept.folder.path().join("settings.key")
}

/// What is told when the settings of a desk are asked for.
async fn told(kept: &Kept, desk: &str) -> String {
    let error = kept.stored(desk).await.settings().unwrap_err();
    assert!(matches!(error, RegistryError::Key(_)), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn the_key_is_made_when_it_is_first_needed() {
    let kept = Kept::new().await;
    kept.create("a", json!({ "type": "rt", "active": false }))
        .await;
    assert!(!key_of(&kept).exists());
    kept.create("b", table()).await;
    let mode = fs::metadata(key_of(&kept)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let key = fs::read(key_of(&kept)).unwrap();
    kept.create("c", table()).await;
    assert_eq!(fs::read(key_of(&kept)).unwrap(), key);
}

#[tokio::test]
async fn a_lost_key_is_told_and_the_rest_goes_on() {
    let kept = Kept::new().await;
    kept.create("a", table()).await;
    kept.create("b", table()).await;
    let away = kept.folder.path().join("away");
    fs::rename(key_of(&kept), &away).unwrap();
    let text = told(&kept, "a").await;
    for words in [
        "\"a\" cannot be opened",
        "is gone; put it back",
        "give the desk's password again",
    ] {
        assert!(text.contains(words), "{text}");
    }
    // Desks of the file work, those of the store are told each for itself.
    let text = "[desks.f]\ntype = 'rt'\nurl = 'https://x'\nusername = 'u'\npassword = 'p'";
    let config = Config::parse(text, Path::new("sgi.toml")).unwrap();
    let desks = Desks::of(&config, Some(&kept.registry)).await;
    assert!(
        desks.get("f").unwrap().settings().is_ok() && desks.get("a").unwrap().settings().is_err()
    );
    // Without a password in hand: what needs no key can be changed.
    let table_without = with(json!({ "password": null, "active": false }));
    kept.put_named("a", table_without, Put::Update(None))
        .await
        .unwrap();
    // A new key beside the old one's secrets: no.
    let error = kept.put_named("c", table(), Put::Create).await.unwrap_err();
    assert!(error.to_string().contains("put that back at"), "{error}");
    assert!(!key_of(&kept).exists());
    // Once nothing is sealed with the old one, a new one is made.
    kept.registry.remove_desk("b", None, &anna()).await.unwrap();
    kept.put_named("a", table(), Put::Update(None))
        .await
        .unwrap();
    assert_eq!(
        password(&kept.stored("a").await.settings().unwrap()),
        SECRET
    );
    assert_ne!(fs::read(key_of(&kept)).unwrap(), fs::read(away).unwrap());
}

#[tokio::test]
async fn all_desks_at_once_may_be_given_passwords_again() {
    let kept = Kept::new().await;
    kept.create("a", table()).await;
    kept.create("b", table()).await;
    fs::remove_file(key_of(&kept)).unwrap();
    let mut changes = Vec::new();
    for name in ["a", "b"] {
        changes.push(
            kept.registry
                .prepare(name, map(table()), Put::Replace)
                .await
                .unwrap(),
        );
    }
    kept.registry.commit_all(changes, &anna()).await.unwrap();
    for name in ["a", "b"] {
        assert_eq!(
            password(&kept.stored(name).await.settings().unwrap()),
            SECRET
        );
    }
}

#[tokio::test]
async fn another_key_is_told_from_a_changed_database() {
    let kept = Kept::new().await;
    kept.create("a", table()).await;
    let right = fs::read_to_string(key_of(&kept)).unwrap();
    fs::write(key_of(&kept), "0".repeat(64)).unwrap();
    assert!(
        told(&kept, "a")
            .await
            .contains("another key than the one in")
    );
    let error = kept.put_named("b", table(), Put::Create).await.unwrap_err();
    assert!(error.to_string().contains("holds another key"), "{error}");
    for wrong in [
        "",
        "x",
        &"g".repeat(64),
        &right[1..],
        &format!("{right}\n00"),
    ] {
        fs::write(key_of(&kept), wrong).unwrap();
        assert!(
            told(&kept, "a").await.contains("something else than a key"),
            "{wrong:?}"
        );
    }
    fs::write(key_of(&kept), right.to_uppercase()).unwrap();
    assert_eq!(
        password(&kept.stored("a").await.settings().unwrap()),
        SECRET
    );
}

#[tokio::test]
async fn a_key_that_others_can_read_is_not_used() {
    let kept = Kept::new().await;
    kept.create("a", table()).await;
    fs::set_permissions(key_of(&kept), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(told(&kept, "a").await.contains("`chmod 600` it"));
}

#[tokio::test]
async fn an_administrator_may_keep_the_key_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let key = elsewhere.path().join("sgi.key");
    let registry = Registry::open(folder.path(), Some(&key)).await.unwrap();
    let create = async || {
        let change = registry
            .prepare("a", map(table()), Put::Create)
            .await
            .unwrap();
        registry.commit(change, &anna()).await
    };
    let error = create().await.unwrap_err().to_string();
    assert!(error.contains("openssl rand -hex 32"), "{error}");
    assert!(registry.desk("a").await.unwrap().is_none());
    fs::write(&key, "ab".repeat(32)).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    create().await.unwrap();
    assert!(!folder.path().join("settings.key").exists());
}

/// Whoever may write into the database, and has no key, can neither read a password nor send it to his own
/// server.
#[tokio::test]
async fn what_is_sealed_cannot_be_put_to_another_use() {
    let kept = Kept::new().await;
    kept.create("a", table()).await;
    kept.create("b", with(json!({ "password": "of b" }))).await;
    let database = kept.folder.path().join("settings.db");
    for statement in [
        "UPDATE desk SET settings = json_set(settings, '$.url', 'https://evil.example.org') WHERE name = 'a'",
        "UPDATE desk SET settings = json_set(settings, '$.type', 'evil') WHERE name = 'a'",
        "UPDATE desk SET settings = json_set(settings, '$.proxy', 'http://evil:1') WHERE name = 'a'",
        "UPDATE secret SET (nonce, sealed) = (SELECT nonce, sealed FROM secret WHERE desk = 'b')
         WHERE desk = 'a'",
        "UPDATE secret SET field = 'proxy' WHERE desk = 'a'",
        "UPDATE secret SET sealed = zeroblob(30) WHERE desk = 'a'",
        "UPDATE secret SET nonce = x'00' WHERE desk = 'a'",
    ] {
        let before = kept.stored("a").await;
        assert!(before.settings().is_ok(), "{statement}");
        let saved = sql_backup(&database).await;
        sql(&database, statement).await;
        let text = told(&kept, "a").await;
        assert!(
            text.contains("somebody has changed it"),
            "{statement}: {text}"
        );
        assert!(kept.stored("b").await.settings().is_ok());
        sql_restore(&database, saved).await;
    }
}

async fn connect(database: &Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions as _;
    sqlx::sqlite::SqliteConnectOptions::new()
        .filename(database)
        .connect()
        .await
        .unwrap()
}

async fn sql(database: &Path, statement: &'static str) {
    let mut connection = connect(database).await;
    sqlx::raw_sql(statement)
        .execute(&mut connection)
        .await
        .unwrap();
}

type Rows = (String, Vec<u8>, Vec<u8>);

async fn sql_backup(database: &Path) -> Rows {
    let mut connection = connect(database).await;
    sqlx::query_as(
        "SELECT d.settings, s.nonce, s.sealed FROM desk d JOIN secret s ON s.desk = d.name
         WHERE d.name = 'a'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap()
}

async fn sql_restore(database: &Path, (settings, nonce, sealed): Rows) {
    let mut connection = connect(database).await;
    sqlx::query("UPDATE desk SET settings = ? WHERE name = 'a'")
        .bind(settings)
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("UPDATE secret SET field = 'password', nonce = ?, sealed = ? WHERE desk = 'a'")
        .bind(nonce)
        .bind(sealed)
        .execute(&mut connection)
        .await
        .unwrap();
}
