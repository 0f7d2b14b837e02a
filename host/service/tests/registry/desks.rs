//! Making, changing and removing desks.

use crate::support::*;
use serde_json::{Value, json};
use sgi_host::config::ConfigError;
use sgi_service::registry::{Put, RegistryError, Who};

#[tokio::test]
async fn a_desk_is_kept_with_its_secret_apart() {
    let kept = Kept::new().await;
    assert!(kept.registry.desks().await.unwrap().is_empty());
    assert!(kept.registry.desk("helpdesk").await.unwrap().is_none());
    let made = kept.create("helpdesk", table()).await;
    assert_eq!((made.name.as_str(), made.revision), ("helpdesk", 1));
    assert_eq!(made.changed_by, "account anna");
    assert_eq!(
        Value::Object(made.written().clone()),
        with(json!({ "password": null }))
            .as_object()
            .map(|table| {
                let mut table = table.clone();
                table.remove("password");
                Value::Object(table)
            })
            .unwrap()
    );
    assert_eq!(made.secrets().collect::<Vec<_>>(), ["password"]);
    let again = kept.again().await;
    let settings = again
        .desk("helpdesk")
        .await
        .unwrap()
        .unwrap()
        .settings()
        .unwrap();
    assert_eq!(settings.kind, "rt");
    assert_eq!(password(&settings), SECRET);
    assert!(!format!("{made:?}").contains(SECRET));
    assert!(!format!("{settings:?}").contains(SECRET));
}

#[tokio::test]
async fn a_change_may_be_tried_before_it_is_kept() {
    let kept = Kept::new().await;
    kept.create("helpdesk", table()).await;
    let table = with(json!({ "password": null, "parallel": 7 }));
    let change = kept
        .registry
        .prepare("helpdesk", map(table), Put::Update(Some(1)))
        .await
        .unwrap();
    let settings = change.settings().unwrap();
    assert_eq!(
        (password(&settings), settings.network.parallel),
        (SECRET, 7)
    );
    assert_eq!(change.before().unwrap().revision, 1);
    assert_eq!(kept.stored("helpdesk").await.revision, 1);
    let done = kept.registry.commit(change, &Who::Cli).await.unwrap();
    assert_eq!(
        (done.revision, done.settings().unwrap().network.parallel),
        (2, 7)
    );
    assert_eq!(done.changed_by, "cli");
}

#[tokio::test]
async fn who_comes_later_does_not_undo_what_he_has_not_seen() {
    let kept = Kept::new().await;
    let conflict = |result: Result<(), RegistryError>, now: Option<i64>| {
        let error = result.unwrap_err();
        assert!(
            matches!(&error, RegistryError::Conflict { desk, found } if desk == "helpdesk" && *found == now),
            "{error:?}"
        );
        assert_eq!(error.code(), "conflict");
    };
    kept.create("helpdesk", table()).await;
    let registry = &kept.registry;
    let prepare = async |put| registry.prepare("helpdesk", map(table()), put).await;
    // Two read the same.
    let (first, second) = (
        prepare(Put::Update(Some(1))).await.unwrap(),
        prepare(Put::Update(None)).await.unwrap(),
    );
    registry.commit(first, &anna()).await.unwrap();
    conflict(registry.commit(second, &anna()).await.map(drop), Some(2));
    conflict(prepare(Put::Update(Some(1))).await.map(drop), Some(2));
    conflict(
        registry.remove_desk("helpdesk", Some(1), &anna()).await,
        Some(2),
    );
    // Removed and made again it is another desk.
    let change = prepare(Put::Update(Some(2))).await.unwrap();
    registry
        .remove_desk("helpdesk", Some(2), &anna())
        .await
        .unwrap();
    conflict(registry.commit(change, &anna()).await.map(drop), None);
    let made = kept.create("helpdesk", table()).await;
    assert_eq!(made.revision, 4);
    assert_eq!(registry.revision().await.unwrap(), 4);
    conflict(prepare(Put::Update(Some(2))).await.map(drop), Some(4));
}

#[tokio::test]
async fn names_are_unique_and_unknown_ones_are_told() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    let late = registry
        .prepare("helpdesk", map(table()), Put::Create)
        .await
        .unwrap();
    kept.create("helpdesk", table()).await;
    for error in [
        kept.put(table(), Put::Create).await.unwrap_err(),
        registry.commit(late, &anna()).await.unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "there is a desk \"helpdesk\" already");
    }
    let told = "there is no desk \"x\" among those that were made through the service";
    let error = kept
        .put_named("x", table(), Put::Update(None))
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), told);
    let error = registry.remove_desk("x", None, &anna()).await.unwrap_err();
    assert_eq!(error.to_string(), told);
    let error = kept
        .put_named("../x", table(), Put::Create)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("a desk's name consists of"),
        "{error}"
    );
}

#[tokio::test]
async fn what_is_wrong_is_told_by_the_words_of_the_file_and_not_kept() {
    let kept = Kept::new().await;
    let error = kept
        .put(
            with(json!({ "url": "rt.example.org", "options": { "x": 1.5 } })),
            Put::Create,
        )
        .await
        .unwrap_err();
    let RegistryError::Invalid(ConfigError::Desk { problems, .. }) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(problems[0].key.as_deref(), Some("options.x"));
    let error = kept
        .put(with(json!({ "url": "rt.example.org" })), Put::Create)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("url: the protocol is missing"),
        "{error}"
    );
    let error = kept
        .put(with(json!({ "password": null })), Put::Create)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("password: \"password\" is missing"),
        "{error}"
    );
    for named in [json!({ "env": "HOME" }), json!({ "file": "/etc/passwd" })] {
        let error = kept
            .put(with(json!({ "password": named })), Put::Create)
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("may name no variable and no file"),
            "{error}"
        );
    }
    assert!(kept.registry.desks().await.unwrap().is_empty());
    // What is inactive may be half done.
    let half = json!({ "type": "rt", "active": false });
    let made = kept.put(half, Put::Create).await.unwrap();
    assert!(!made.active() && made.settings().is_err());
}

#[tokio::test]
async fn a_password_that_is_left_out_stays_where_it_was_given_for() {
    let kept = Kept::new().await;
    let proxied = json!({ "proxy": "http://u:pr0xy-s3cret@proxy.example.org:3128" });
    kept.create("helpdesk", with(proxied.clone())).await;
    let without = |mut changes: Value| {
        changes["password"] = Value::Null;
        let mut table = with(changes);
        if table.get("proxy").is_none() {
            table["proxy"] = json!("http://proxy.example.org:3128");
        }
        table
    };
    let needed = async |changes: Value| match kept.put(without(changes), Put::Update(None)).await {
        Err(RegistryError::PasswordNeeded { changed, .. }) => changed,
        other => panic!("{other:?}"),
    };
    // Another place for it.
    assert_eq!(
        needed(json!({ "url": "https://evil.example.org/rt" })).await,
        ["url"]
    );
    assert_eq!(
        needed(json!({ "url": "http://rt.example.org/rt" })).await,
        ["url"]
    );
    assert_eq!(
        needed(json!({ "url": "https://rt.example.org:444/rt" })).await,
        ["url"]
    );
    assert_eq!(
        needed(json!({ "url": "https://rt.example.org/evil" })).await,
        ["url"]
    );
    assert_eq!(needed(json!({ "type": "evil" })).await, ["type"]);
    assert_eq!(
        needed(json!({ "proxy": "http://evil.example.org:3128" })).await,
        ["proxy"]
    );
    assert_eq!(
        needed(json!({ "proxy": "http://a:b@evil.example.org:3128" })).await,
        ["proxy"]
    );
    assert_eq!(needed(json!({ "proxy": "" })).await, ["proxy"]);
    // Who may answer there decides who gets it.
    for (key, value) in [
        ("accept_any_certificate", json!(true)),
        ("allow_addresses", json!(["10.0.0.0/8"])),
        (
            "ca_certificates",
            json!(["-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"]),
        ),
    ] {
        assert_eq!(needed(json!({ key: value })).await, [key]);
    }
    // Nor in two steps, over an inactive desk.
    assert_eq!(
        needed(json!({ "active": false, "url": "https://evil.example.org" })).await,
        ["url"]
    );
    assert_eq!(kept.stored("helpdesk").await.revision, 1);

    // The same place, however it is written.
    for changes in [
        json!({}),
        json!({ "url": "HTTPS://RT.example.org:443/rt/" }),
        json!({ "type": "rt@0.1.0", "username": "other", "options": {} }),
        json!({ "active": false }),
        json!({ "active": true }),
        json!({ "accept_any_certificate": false, "allow_addresses": [], "ca_certificates": [] }),
    ] {
        let desk = kept.put(without(changes), Put::Update(None)).await.unwrap();
        let settings = desk.settings().unwrap();
        assert_eq!(password(&settings), SECRET);
        assert_eq!(
            proxy(&settings),
            Some("http://u:pr0xy-s3cret@proxy.example.org:3128")
        );
        assert_eq!(desk.secrets().collect::<Vec<_>>(), ["password", "proxy"]);
    }
    // With the password it may go anywhere; the proxy without one has none.
    let table = with(
        json!({ "url": "https://b.example.org", "password": "another one", "proxy": "http://p:1" }),
    );
    let settings = kept
        .put(table, Put::Update(None))
        .await
        .unwrap()
        .settings()
        .unwrap();
    assert_eq!(
        (password(&settings), proxy(&settings)),
        ("another one", Some("http://p:1"))
    );
    // And it does not come back.
    let table = with(json!({ "proxy": "http://proxy.example.org:3128" }));
    let settings = kept
        .put(table, Put::Update(None))
        .await
        .unwrap()
        .settings()
        .unwrap();
    assert_eq!(proxy(&settings), Some("http://proxy.example.org:3128"));
}

#[tokio::test]
async fn several_changes_are_kept_together_or_not_at_all() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    let prepare = async |name: &str, put| registry.prepare(name, map(table()), put).await.unwrap();
    let (a, b) = (
        prepare("a", Put::Create).await,
        prepare("b", Put::Create).await,
    );
    kept.create("b", table()).await;
    assert!(registry.commit_all(vec![a, b], &anna()).await.is_err());
    assert!(registry.desk("a").await.unwrap().is_none());
    let (a, b) = (
        prepare("a", Put::Create).await,
        prepare("b", Put::Replace).await,
    );
    registry.commit_all(vec![a, b], &anna()).await.unwrap();
    let names: Vec<String> = registry
        .desks()
        .await
        .unwrap()
        .into_iter()
        .map(|desk| desk.name)
        .collect();
    assert_eq!(names, ["a", "b"]);
}
