//! Several that change the same.

use crate::support::*;
use serde_json::json;
use sgi_service::registry::{Put, RegistryError};

/// Each counts a number up, by what it has read; none is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobodys_change_is_lost() {
    const EACH: usize = 10;
    let kept = Kept::new().await;
    kept.create("helpdesk", with(json!({ "options": { "n": 0 } })))
        .await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..4 {
        // Connections of its own, as another process has them.
        let registry = kept.again().await;
        running.spawn(async move {
            let mut conflicts = 0;
            for _ in 0..EACH {
                loop {
                    let desk = registry.desk("helpdesk").await.unwrap().unwrap();
                    let n = desk.written()["options"]["n"].as_u64().unwrap();
                    let mut table = desk.written().clone();
                    table.insert("options".to_owned(), json!({ "n": n + 1 }));
                    let put = Put::Update(Some(desk.revision));
                    let done = async {
                        let change = registry.prepare("helpdesk", table, put).await?;
                        registry.commit(change, &anna()).await
                    };
                    match done.await {
                        Ok(_) => break,
                        Err(RegistryError::Conflict { .. }) => conflicts += 1,
                        Err(error) => panic!("{error:?}"),
                    }
                }
            }
            conflicts
        });
    }
    let conflicts: u32 = running.join_all().await.into_iter().sum();
    let desk = kept.stored("helpdesk").await;
    assert_eq!(desk.written()["options"]["n"], 4 * EACH);
    assert_eq!(desk.revision, 1 + 4 * EACH as i64);
    assert_eq!(password(&desk.settings().unwrap()), SECRET);
    assert_eq!(
        kept.registry.audit(None, 1000).await.unwrap().len(),
        1 + 4 * EACH
    );
    assert!(conflicts > 0, "they never met");
}

/// Several that need the first key at the same moment make one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_key_is_made_once() {
    for _ in 0..5 {
        let kept = Kept::new().await;
        let mut running = tokio::task::JoinSet::new();
        for n in 0..4 {
            let registry = kept.again().await;
            running.spawn(async move {
                let name = format!("d{n}");
                let change = registry
                    .prepare(&name, map(table()), Put::Create)
                    .await
                    .unwrap();
                registry.commit(change, &anna()).await.unwrap();
            });
        }
        running.join_all().await;
        for desk in kept.registry.desks().await.unwrap() {
            assert_eq!(password(&desk.settings().unwrap()), SECRET);
        }
    }
}
