//! What a desk was before stays until it has been looked at for the last time.

use crate::support::*;
use serde_json::json;
use sgi_service::registry::Put;

#[tokio::test]
async fn the_system_that_was_replaced_is_kept_with_its_secrets_until_it_has_left() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    kept.create("helpdesk", table()).await;
    // The same system, whatever else changes.
    let same = with(json!({ "parallel": 7, "password": "another-one" }));
    kept.put(same, Put::Replace).await.unwrap();
    assert!(registry.leaving().await.unwrap().is_empty());
    let elsewhere = with(json!({ "url": "https://elsewhere.example.org" }));
    let second = kept.put(elsewhere, Put::Replace).await.unwrap();
    let third = kept
        .put(with(json!({ "type": "otrs" })), Put::Replace)
        .await
        .unwrap();
    // Another process finds them, oldest first.
    let leaving = kept.again().await.leaving().await.unwrap();
    let settings: Vec<_> = leaving.iter().map(|old| old.settings().unwrap()).collect();
    let shown: Vec<_> = leaving
        .iter()
        .zip(&settings)
        .map(|(old, settings)| (old.revision, settings.url.as_str(), password(settings)))
        .collect();
    assert_eq!(
        shown,
        [
            (second.revision, "https://rt.example.org/rt", "another-one"),
            (third.revision, "https://elsewhere.example.org", SECRET)
        ]
    );
    registry
        .has_left("helpdesk", second.revision)
        .await
        .unwrap();
    let leaving = registry.leaving().await.unwrap();
    assert_eq!(leaving.len(), 1);
    assert_eq!(leaving[0].revision, third.revision);
    // With the desk goes what it was.
    registry
        .remove_desk("helpdesk", None, &anna())
        .await
        .unwrap();
    assert!(registry.leaving().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_inactive_or_is_imported_leaves_nothing() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    kept.create("helpdesk", with(json!({ "active": false })))
        .await;
    kept.put(with(json!({ "type": "otrs" })), Put::Replace)
        .await
        .unwrap();
    let change = registry.prepare("helpdesk", map(table()), Put::Replace);
    let change = change.await.unwrap();
    registry.commit_all(vec![change], &anna()).await.unwrap();
    assert!(registry.leaving().await.unwrap().is_empty());
}
