//! Accounts.

use crate::support::*;
use secrecy::SecretString;
use sgi_service::registry::{Last, Registry, Role, Who};
use std::time::{Duration, Instant};

const GOOD: &str = "correct horse battery";

async fn logs_in(registry: &Registry, name: &str, password: &str) -> Option<Role> {
    let principal = registry
        .log_in(name, SecretString::from(password))
        .await
        .unwrap()?;
    assert_eq!(principal.who, Who::Account(name.to_owned()));
    Some(principal.role)
}

#[tokio::test]
async fn an_account_is_known_by_its_password() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    registry
        .add_account("anna", Role::Administer, GOOD.into(), &Who::Cli)
        .await
        .unwrap();
    assert!(registry.knows_anybody().await.unwrap());
    assert_eq!(
        logs_in(registry, "anna", GOOD).await,
        Some(Role::Administer)
    );
    for (name, password) in [
        ("anna", "wrong"),
        ("anna", ""),
        ("Anna", GOOD),
        ("bert", GOOD),
        ("", ""),
    ] {
        assert_eq!(
            logs_in(registry, name, password).await,
            None,
            "{name} {password}"
        );
    }
    let error = registry
        .add_account("anna", Role::Read, GOOD.into(), &Who::Cli)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "there is an account \"anna\" already");

    registry
        .set_password("anna", "another password".into(), &anna())
        .await
        .unwrap();
    assert_eq!(logs_in(registry, "anna", GOOD).await, None);
    assert_eq!(
        logs_in(registry, "anna", "another password").await,
        Some(Role::Administer)
    );
    let accounts = registry.accounts().await.unwrap();
    assert_eq!(
        (accounts[0].name.as_str(), accounts[0].created_by.as_str()),
        ("anna", "cli")
    );
    assert!(accounts[0].changed >= accounts[0].created);

    registry
        .remove_account("anna", Last::Goes, &anna())
        .await
        .unwrap();
    assert_eq!(logs_in(registry, "anna", "another password").await, None);
    for error in [
        registry
            .remove_account("anna", Last::Goes, &anna())
            .await
            .unwrap_err(),
        registry
            .set_password("anna", GOOD.into(), &anna())
            .await
            .unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "there is no account \"anna\"");
    }
}

#[tokio::test]
async fn a_password_has_its_length() {
    let kept = Kept::new().await;
    for bad in ["", "elevenchars", &"x".repeat(1025)] {
        let error = kept
            .registry
            .add_account("a", Role::Read, bad.into(), &anna())
            .await
            .unwrap_err();
        assert_eq!(error.code(), "invalid-input");
    }
    kept.registry
        .add_account("a", Role::Read, "ä".repeat(12).into(), &anna())
        .await
        .unwrap();
}

/// A name that is not there cannot be told by the time that its refusal takes.
#[tokio::test]
async fn an_unknown_name_takes_as_long() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    registry
        .add_account("anna", Role::Read, GOOD.into(), &anna())
        .await
        .unwrap();
    logs_in(registry, "nobody", "x").await;
    let shortest = async |name: &str| {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let began = Instant::now();
            assert_eq!(logs_in(registry, name, "a wrong password").await, None);
            best = best.min(began.elapsed());
        }
        best
    };
    let (known, unknown) = (shortest("anna").await, shortest("nobody").await);
    assert!(
        unknown * 2 > known && known * 2 > unknown,
        "{known:?} {unknown:?}"
    );
}

/// The runtime goes on while passwords are hashed.
#[tokio::test]
async fn many_logins_do_not_stop_the_rest() {
    let kept = Kept::new().await;
    let registry = kept.registry.clone();
    registry
        .add_account("anna", Role::Read, GOOD.into(), &anna())
        .await
        .unwrap();
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let registry = registry.clone();
        logins.spawn(async move { logs_in(&registry, "anna", GOOD).await });
    }
    // One thread: were it hashing, no tick came before all were done.
    let mut ticks = 0;
    let mut done = 0;
    while done < 8 {
        tokio::select! {
            login = logins.join_next() => {
                assert_eq!(login.unwrap().unwrap(), Some(Role::Read));
                done += 1;
            }
            () = tokio::time::sleep(Duration::from_millis(1)) => ticks += 1,
        }
    }
    assert!(ticks > 8, "{ticks}");
}
