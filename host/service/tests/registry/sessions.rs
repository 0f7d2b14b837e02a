//! Who has logged in with a browser.

use crate::support::*;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sgi_service::registry::{Last, Registry, Role, Who};

const PASSWORD: &str = "correct horse battery";

async fn account(registry: &Registry, name: &str) {
    let password = SecretString::from(PASSWORD);
    let added = registry.add_account(name, Role::Operate, password, &Who::Cli);
    added.await.unwrap();
}

async fn opened(registry: &Registry, name: &str, at: Timestamp) -> String {
    let password = SecretString::from(PASSWORD);
    let opened = registry.open_session(name, password, at).await;
    opened.unwrap().unwrap()
}

async fn is_known(registry: &Registry, shown: &str, at: Timestamp) -> bool {
    registry.session(shown, at).await.unwrap().is_some()
}

#[tokio::test]
async fn a_session_outlives_the_process_and_not_the_account() {
    let kept = Kept::new().await;
    let now = Timestamp::now();
    account(&kept.registry, "anna").await;
    account(&kept.registry, "otto").await;
    let wrong = SecretString::from("wrong horse battery");
    let wrong = kept.registry.open_session("anna", wrong, now).await;
    assert!(wrong.unwrap().is_none());
    let anna = opened(&kept.registry, "anna", now).await;
    let second = opened(&kept.registry, "anna", now).await;
    let otto = opened(&kept.registry, "otto", now).await;
    assert_ne!(anna, second);

    let again = kept.again().await;
    let who = again.session(&anna, now).await.unwrap().unwrap();
    assert_eq!(
        (who.who, who.role),
        (Who::Account("anna".to_owned()), Role::Operate)
    );
    // What a browser shows is nowhere on the disk.
    for file in std::fs::read_dir(kept.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let found = bytes
            .windows(anna.len())
            .any(|part| part == anna.as_bytes());
        assert!(!found);
    }
    for nothing in ["", "0", &anna[1..], &anna.to_uppercase()] {
        assert!(!is_known(&again, nothing, now).await, "{nothing}");
    }
    again.close_session(&second).await.unwrap();
    assert!(!is_known(&kept.registry, &second, now).await);
    assert!(is_known(&kept.registry, &anna, now).await);
    // Another password, and the end of the account.
    let other = SecretString::from("another long password");
    let changed = kept.registry.set_password("anna", other, &Who::Cli).await;
    changed.unwrap();
    assert!(!is_known(&again, &anna, now).await);
    let removed = again.remove_account("otto", Last::Goes, &Who::Cli).await;
    removed.unwrap();
    account(&again, "otto").await;
    assert!(!is_known(&again, &otto, now).await);
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_after_a_week() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    account(registry, "anna").await;
    let begin = Timestamp::now();
    let hours = |hours| begin + SignedDuration::from_hours(hours);
    let idle = opened(registry, "anna", begin).await;
    let used = opened(registry, "anna", begin).await;
    assert!(is_known(registry, &idle, hours(11)).await);
    assert!(!is_known(registry, &idle, hours(11 + 12)).await);
    let mut at = 0;
    while at + 10 < 7 * 24 {
        at += 10;
        assert!(is_known(registry, &used, hours(at)).await, "{at}");
    }
    assert!(!is_known(registry, &used, hours(7 * 24)).await);
}
