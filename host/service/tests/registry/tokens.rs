//! Tokens.

use crate::support::*;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use sgi_service::registry::{Last, RegistryError, Role, Who};
use std::collections::HashSet;

#[tokio::test]
async fn whoever_shows_a_token_is_known_until_it_is_revoked() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    assert!(!registry.knows_anybody().await.unwrap());
    let token = registry
        .create_token("ci", Role::Operate, None, &Who::Cli)
        .await
        .unwrap();
    let text = token.expose_secret();
    assert!(text.starts_with("sgi_") && text.len() == 4 + 43, "{text}");
    assert!(registry.knows_anybody().await.unwrap());

    let holder = registry.holder_of(text).await.unwrap().unwrap();
    assert_eq!(
        (holder.who, holder.role),
        (Who::Token("ci".to_owned()), Role::Operate)
    );
    let mut wrong = text.to_owned();
    let last = if wrong.pop() == Some('A') { 'B' } else { 'A' };
    wrong.push(last);
    for no_token in [
        wrong.as_str(),
        "",
        "sgi_",
        "ci",
        &text[4..],
        &format!("{text} "),
        &text.to_uppercase(),
    ] {
        assert!(
            registry.holder_of(no_token).await.unwrap().is_none(),
            "{no_token}"
        );
    }
    registry
        .revoke_token("ci", Last::Goes, &Who::Cli)
        .await
        .unwrap();
    assert!(registry.holder_of(text).await.unwrap().is_none());
    assert!(
        registry
            .revoke_token("ci", Last::Goes, &Who::Cli)
            .await
            .is_err()
    );
    assert!(!registry.knows_anybody().await.unwrap());
}

#[tokio::test]
async fn a_token_ends_when_its_time_is_over() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    let soon = Timestamp::now() + SignedDuration::from_millis(400);
    let token = registry
        .create_token("ci", Role::Read, Some(soon), &Who::Cli)
        .await
        .unwrap();
    assert!(
        registry
            .holder_of(token.expose_secret())
            .await
            .unwrap()
            .is_some()
    );
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(
        registry
            .holder_of(token.expose_secret())
            .await
            .unwrap()
            .is_none()
    );
    // It still closes the service.
    assert!(registry.knows_anybody().await.unwrap());
    let listed = registry.tokens().await.unwrap();
    assert_eq!(
        listed[0].expires.unwrap().as_millisecond(),
        soon.as_millisecond()
    );
}

#[tokio::test]
async fn a_list_tells_when_a_token_was_used_and_not_what_it_is() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    let mut all = HashSet::new();
    for name in ["b", "a"] {
        let token = registry
            .create_token(name, Role::Read, None, &anna())
            .await
            .unwrap();
        all.insert(token.expose_secret().to_owned());
    }
    assert_eq!(all.len(), 2);
    let listed = registry.tokens().await.unwrap();
    let names: Vec<&str> = listed.iter().map(|token| token.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(
        listed
            .iter()
            .all(|token| token.used.is_none() && token.created_by == "account anna")
    );
    for token in &all {
        let before = Timestamp::now().as_millisecond();
        registry.holder_of(token).await.unwrap().unwrap();
        registry.holder_of(token).await.unwrap().unwrap();
        let used = registry
            .tokens()
            .await
            .unwrap()
            .into_iter()
            .filter_map(|token| token.used);
        assert!(used.max().unwrap().as_millisecond() >= before);
    }
    assert!(
        registry
            .tokens()
            .await
            .unwrap()
            .iter()
            .all(|token| token.used.is_some())
    );
}

#[tokio::test]
async fn names_are_unique_and_harmless() {
    let kept = Kept::new().await;
    let create = async |name: &str| {
        kept.registry
            .create_token(name, Role::Read, None, &anna())
            .await
    };
    create("ci").await.unwrap();
    assert_eq!(
        create("ci").await.unwrap_err().to_string(),
        "there is a token \"ci\" already"
    );
    let long = "n".repeat(65);
    for bad in ["", " ", "a b", "-a", "a\n", "ä", "a/b", long.as_str()] {
        assert_eq!(
            create(bad).await.unwrap_err().code(),
            "invalid-input",
            "{bad:?}"
        );
    }
    create("anna+ci@example.org").await.unwrap();
}

#[tokio::test]
async fn roles_include_each_other() {
    assert!(Role::Read < Role::Operate && Role::Operate < Role::Administer);
    for role in [Role::Read, Role::Operate, Role::Administer] {
        assert_eq!(role.to_string().parse(), Ok(role));
        assert_eq!(serde_json::to_string(&role).unwrap(), format!("\"{role}\""));
    }
    assert!("root".parse::<Role>().is_err());
}

#[tokio::test]
async fn the_last_that_keeps_the_service_closed_goes_only_where_that_is_said() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    let stays = |gone: Result<(), RegistryError>| matches!(gone, Err(RegistryError::Opens));
    for name in ["a", "b"] {
        let made = registry.create_token(name, Role::Read, None, &Who::Cli);
        made.await.unwrap();
    }
    registry
        .revoke_token("b", Last::Stays, &Who::Cli)
        .await
        .unwrap();
    assert!(stays(
        registry.revoke_token("a", Last::Stays, &Who::Cli).await
    ));
    registry
        .add_account("anna", Role::Read, "long enough a word".into(), &Who::Cli)
        .await
        .unwrap();
    registry
        .revoke_token("a", Last::Stays, &Who::Cli)
        .await
        .unwrap();
    assert!(stays(
        registry
            .remove_account("anna", Last::Stays, &Who::Cli)
            .await
    ));
    assert_eq!(registry.accounts().await.unwrap().len(), 1);
    assert!(registry.knows_anybody().await.unwrap());
    // What was refused is not told as done.
    let acts = registry.audit(None, 100).await.unwrap();
    assert_eq!(acts.len(), 5, "{acts:?}");
    registry
        .remove_account("anna", Last::Goes, &Who::Cli)
        .await
        .unwrap();
    assert!(!registry.knows_anybody().await.unwrap());
}
