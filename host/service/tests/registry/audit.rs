//! The audit trail.

use crate::support::*;
use serde_json::json;
use sgi_service::registry::{Act, Last, Put, Role, Who};

#[tokio::test]
async fn every_change_is_told_with_who_and_what() {
    let kept = Kept::new().await;
    let registry = &kept.registry;
    kept.create("helpdesk", table()).await;
    let changed = with(
        json!({ "url": "https://b.example.org", "password": "x", "options": { "queues": ["A"] } }),
    );
    kept.put(changed, Put::Update(None)).await.unwrap();
    kept.put(
        with(json!({ "url": "https://b.example.org", "password": null, "active": false })),
        Put::Update(None),
    )
    .await
    .unwrap();
    registry
        .remove_desk("helpdesk", None, &Who::Cli)
        .await
        .unwrap();
    registry
        .create_token("ci", Role::Read, None, &Who::Cli)
        .await
        .unwrap();
    registry
        .revoke_token("ci", Last::Goes, &Who::System)
        .await
        .unwrap();
    registry
        .add_account("bert", Role::Operate, "long enough a word".into(), &anna())
        .await
        .unwrap();
    registry
        .set_password("bert", "another long word".into(), &anna())
        .await
        .unwrap();
    registry
        .remove_account("bert", Last::Goes, &anna())
        .await
        .unwrap();
    registry
        .record(Act {
            who: &Who::Token("ci".to_owned()),
            action: "swap",
            subject: "helpdesk",
            detail: json!({ "from": "rt", "to": "itop" }),
            failure: Some("the desk does not answer"),
        })
        .await
        .unwrap();
    // What fails is not told as done.
    assert!(
        kept.put_named("x", table(), Put::Update(None))
            .await
            .is_err()
    );
    assert!(registry.remove_desk("x", None, &anna()).await.is_err());
    assert!(
        registry
            .revoke_token("x", Last::Goes, &anna())
            .await
            .is_err()
    );

    let entries = registry.audit(None, 100).await.unwrap();
    let told: Vec<String> = entries
        .iter()
        .rev()
        .map(|entry| format!("{}: {} {}", entry.who, entry.action, entry.subject))
        .collect();
    assert_eq!(
        told,
        [
            "account anna: desk.create helpdesk",
            "account anna: desk.update helpdesk",
            "account anna: desk.update helpdesk",
            "cli: desk.remove helpdesk",
            "cli: token.create ci",
            "system: token.revoke ci",
            "account anna: account.add bert",
            "account anna: account.password bert",
            "account anna: account.remove bert",
            "token ci: swap helpdesk",
        ]
    );
    assert_eq!(
        entries[0].failure.as_deref(),
        Some("the desk does not answer")
    );
    assert_eq!(entries[0].detail, json!({ "from": "rt", "to": "itop" }));
    let oldest: Vec<_> = entries.iter().rev().collect();
    assert_eq!(oldest[0].detail["changed"]["password"], "set");
    assert_eq!(
        oldest[0].detail["changed"]["url"],
        json!({ "old": null, "new": "https://rt.example.org/rt" })
    );
    assert_eq!(
        oldest[1].detail["changed"],
        json!({
            "url": { "old": "https://rt.example.org/rt", "new": "https://b.example.org" },
            "options.queues": { "old": ["General"], "new": ["A"] },
            "password": "another one",
        })
    );
    assert_eq!(
        oldest[2].detail["changed"]["active"],
        json!({ "old": null, "new": false })
    );
    assert!(oldest[2].detail["changed"].get("password").is_none());
    assert!(oldest.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[tokio::test]
async fn it_is_read_in_pages() {
    let kept = Kept::new().await;
    for n in 0..25 {
        let subject = n.to_string();
        let act = Act {
            who: &Who::System,
            action: "swap",
            subject: &subject,
            detail: json!(null),
            failure: None,
        };
        kept.registry.record(act).await.unwrap();
    }
    let mut before = None;
    let mut subjects = Vec::new();
    loop {
        let page = kept.registry.audit(before, 10).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.sequence);
        subjects.extend(
            page.into_iter()
                .map(|entry| entry.subject.parse::<u32>().unwrap()),
        );
    }
    assert_eq!(subjects, (0..25).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn nothing_is_taken_out_of_it() {
    use sqlx::ConnectOptions as _;
    let kept = Kept::new().await;
    kept.create("helpdesk", table()).await;
    let path = kept.folder.path().join("settings.db");
    let mut connection = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap();
    for statement in ["DELETE FROM audit", "UPDATE audit SET who = 'nobody'"] {
        let refused = sqlx::raw_sql(statement).execute(&mut connection).await;
        assert!(refused.unwrap_err().to_string().contains("only added to"));
    }
    assert_eq!(kept.registry.audit(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_too_old_goes_and_that_is_told() {
    let kept = Kept::new().await;
    kept.create("helpdesk", table()).await;
    kept.create("other", table()).await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let since = jiff::Timestamp::now();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    kept.create("third", table()).await;
    let shorten = async |since| kept.registry.shorten_audit(since, &Who::System).await;
    assert_eq!(shorten(since).await.unwrap(), 2);
    // Nothing is left of them, and nothing more is told.
    assert_eq!(shorten(since).await.unwrap(), 0);
    assert_eq!(shorten(jiff::Timestamp::UNIX_EPOCH).await.unwrap(), 0);
    let acts = kept.registry.audit(None, 10).await.unwrap();
    let told: Vec<_> = acts.iter().map(|act| act.action.as_str()).collect();
    assert_eq!(told, ["audit.shorten", "desk.create"]);
    assert_eq!(acts[0].who, "system");
    assert_eq!(acts[0].detail["removed"], 2);
    assert_eq!(acts[1].subject, "third");
}
