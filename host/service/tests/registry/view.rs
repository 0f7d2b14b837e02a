//! Desks of the file and of the store, side by side.

use crate::support::*;
use serde_json::json;
use sgi_host::config::Config;
use sgi_service::registry::Registry;
use sgi_service::registry::view::{Configured, Desks, Origin};
use std::fs;
use std::path::Path;

fn config(text: &str) -> Config {
    Config::parse(text, Path::new("/etc/sgi/sgi.toml")).unwrap()
}

const TWO: &str = "[desks.z]\ntype = 'rt'\nurl = 'https://x'\nusername = 'u'\npassword = 'of the file'\n\
                   [desks.b]\nactive = false\n";

#[tokio::test]
async fn all_are_there_by_their_names() {
    let kept = Kept::new().await;
    kept.create("c", table()).await;
    kept.create("a", with(json!({ "type": "otrs", "active": false })))
        .await;
    let desks = Desks::in_folder(&config(TWO), Some(kept.folder.path()), None).await;
    let shown: Vec<(&str, bool, bool, bool)> = desks
        .desks
        .iter()
        .map(|desk| {
            let stored = matches!(desk.origin, Origin::Store(_));
            (desk.name.as_str(), stored, desk.active(), desk.is_rt())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("z", false, true, true),
            ("b", false, false, false),
            ("a", true, false, false),
            ("c", true, true, true)
        ]
    );
    assert!(desks.store.is_none());
    assert_eq!(
        password(&desks.get("c").unwrap().settings().unwrap()),
        SECRET
    );
    assert_eq!(
        password(&desks.get("z").unwrap().settings().unwrap()),
        "of the file"
    );
}

#[tokio::test]
async fn a_name_in_both_places_is_an_error_of_that_desk_alone() {
    let kept = Kept::new().await;
    kept.create("z", table()).await;
    kept.create("c", table()).await;
    let config = config(TWO);
    let desks = Desks::of(&config, Some(&kept.registry)).await;
    let names: Vec<&str> = desks.desks.iter().map(|desk| desk.name.as_str()).collect();
    assert_eq!(names, ["z", "b", "c"]);
    let twice = desks.get("z").unwrap();
    assert!(twice.active() && twice.is_rt() && !twice.is_stored());
    let error = twice.settings().unwrap_err();
    assert_eq!(error.code(), "twice");
    let told = error.to_string();
    let database = kept.folder.path().join("settings.db").display().to_string();
    for words in [
        "\"z\"",
        "/etc/sgi/sgi.toml",
        &database,
        "sgi config remove z",
    ] {
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(
        password(&desks.get("c").unwrap().settings().unwrap()),
        SECRET
    );
    let error = Configured::from(&config).free("z").unwrap_err().to_string();
    assert_eq!(
        error,
        "the desk \"z\" stands in /etc/sgi/sgi.toml: change it there"
    );
    assert!(Configured::from(&config).free("y").is_ok());
}

#[tokio::test]
async fn reading_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for state in [folder.path().to_owned(), folder.path().join("not/there")] {
        let desks = Desks::in_folder(&config(TWO), Some(&state), None).await;
        assert_eq!(desks.desks.len(), 2);
        assert!(desks.store.is_none());
        assert!(
            Registry::open_existing(&state, None)
                .await
                .unwrap()
                .is_none()
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(
        Desks::in_folder(&config(TWO), None, None)
            .await
            .store
            .is_none()
    );
}

#[tokio::test]
async fn a_damaged_store_does_not_silence_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.db");
    fs::write(
        &path,
        "this is not a database, however long one looks at it".repeat(99),
    )
    .unwrap();
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let desks = Desks::in_folder(&config(TWO), Some(folder.path()), None).await;
    assert!(desks.get("z").unwrap().settings().is_ok());
    let told = desks.store.unwrap().to_string();
    assert!(
        told.contains("settings.db") && told.contains("not a database"),
        "{told}"
    );
}

/// One desk that this version cannot read takes no other with it.
#[tokio::test]
async fn a_desk_of_a_later_version_is_told_and_the_others_go_on() {
    use sqlx::ConnectOptions as _;
    let kept = Kept::new().await;
    for name in ["a", "b", "c"] {
        kept.create(name, table()).await;
    }
    let path = kept.folder.path().join("settings.db");
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql(
        "UPDATE desk SET settings = json_set(settings, '$.novelty', 1) WHERE name = 'a';
         UPDATE desk SET settings = '{' WHERE name = 'b'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let desks = Desks::of(&config(""), Some(&kept.registry)).await;
    let told = |name: &str| {
        desks
            .get(name)
            .unwrap()
            .settings()
            .err()
            .map(|e| e.to_string())
    };
    assert!(
        told("a")
            .unwrap()
            .starts_with("novelty: there is no such key")
    );
    assert!(told("b").unwrap().contains("damaged"));
    assert_eq!(told("c"), None);
    assert!(desks.desks.iter().all(|desk| desk.active()));
}
