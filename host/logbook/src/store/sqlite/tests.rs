//! What needs a hand on the connection.

use super::*;
use crate::entry::{Entry, TicketRef};
use crate::event::{Event, Kind};
use crate::store::State;

fn entry(event: String) -> Entry {
    let event = Event {
        id: event,
        ticket: "1".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        actor: None,
        kind: Kind::Commented,
        field: None,
        old: None,
        new: None,
        text: Some("text ".repeat(100)),
    };
    let ticket = TicketRef {
        id: "1".to_owned(),
        number: "1".to_owned(),
        subject: String::new(),
        url: None,
    };
    Entry::new("desk", 1, ticket, &event, "a", None, false)
}

fn step(n: u64) -> Step {
    Step {
        entries: (0..50).map(|e| entry(format!("{n}-{e}"))).collect(),
        cursor: Some(n.to_string()),
        deliver: true,
        ..Step::default()
    }
}

async fn opened(store: &SqliteStore) -> SqliteLease {
    let lease = store.lease(Work::Sync("desk".to_owned())).await.unwrap();
    store.open(&lease, "rt", None).await.unwrap();
    lease
}

#[tokio::test]
async fn no_room_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("logbook.db"))
        .await
        .unwrap();
    let lease = opened(&store).await;
    let mut limited = store.database.begin().await.unwrap();
    sqlx::raw_sql("PRAGMA max_page_count = 100")
        .execute(limited.connection())
        .await
        .unwrap();
    limited.commit().await.unwrap();
    let mut committed = 0;
    let error = loop {
        match store.commit(&lease, &step(committed)).await {
            Ok(new) => assert_eq!(new, 50),
            Err(error) => break error,
        }
        committed += 1;
    };
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(committed > 1);
    let count = async || {
        let all = store.entries(&Filter::default(), None, u32::MAX).await;
        all.unwrap().len() as u64
    };
    assert_eq!(count().await, committed * 50);
    let cursor = store.desk("desk").await.unwrap().unwrap().cursor;
    assert_eq!(cursor, Some((committed - 1).to_string()));
    // The connection that failed is closed; with room again the same store goes on.
    assert_eq!(store.commit(&lease, &step(committed)).await.unwrap(), 50);
    assert_eq!(count().await, (committed + 1) * 50);
}

/// How SQLite finds the rows of a statement.
async fn plan(store: &SqliteStore, filter: &Filter) -> String {
    let after = Place {
        at: Timestamp::UNIX_EPOCH,
        sequence: 1,
    };
    let query = listing::query(&store.database, filter, Some(&after), 10).unwrap();
    let explained = format!("EXPLAIN QUERY PLAN {}", query.sql().as_str());
    let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(explained))
        .fetch_all(store.database.readers())
        .await
        .unwrap();
    steps.into_iter().map(|step| step.3 + "\n").collect()
}

/// Listings of an object, a ticket or a desk read no more than the page that they give.
#[tokio::test]
async fn listings_use_their_index() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("logbook.db"))
        .await
        .unwrap();
    let some = || Some("1".to_owned());
    for newest_first in [false, true] {
        let all = Filter {
            newest_first,
            since: Some(Timestamp::UNIX_EPOCH),
            until: Some(Timestamp::MAX),
            ..Filter::default()
        };
        let of = |index: &'static str, filter: Filter| (index, filter);
        for (index, filter) in [
            of("entry_at", all.clone()),
            of(
                "entry_object",
                Filter {
                    object: some(),
                    ..all.clone()
                },
            ),
            of(
                "entry_ticket",
                Filter {
                    ticket: some(),
                    ..all.clone()
                },
            ),
            of(
                "entry_desk",
                Filter {
                    desk: some(),
                    ..all.clone()
                },
            ),
        ] {
            let plan = plan(&store, &filter).await;
            assert!(plan.contains(&format!("e USING INDEX {index} ")), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        }
        let refused = Filter {
            states: vec![State::Refused],
            ..all
        };
        let plan = plan(&store, &refused).await;
        assert!(plan.contains("delivery_undelivered"), "{plan}");
    }
}
