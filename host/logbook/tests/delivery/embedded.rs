//! A CMDB that keeps its logbook in this process.

use crate::outbox::Outbox;
use proptest::prelude::*;
use sgi_logbook::delivery::{Breaker, Embedded, Journal, Trouble};
use sgi_logbook::store::State;
use sgi_logbook::{Entry, EntryId};
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to one call of `add`.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Well,
    /// Nothing is added, and it says so.
    Fails,
    /// Nothing is added, and nothing is heard.
    Silent,
    /// All is added, and nothing is heard.
    SilentAfter,
    /// All is added when nobody waits any more.
    Late,
}

/// A table with the id as its key, and how often each row was written.
#[derive(Default)]
struct Table {
    rows: Mutex<Vec<Entry>>,
    fates: Mutex<VecDeque<Fate>>,
}

impl Table {
    fn insert(&self, entries: &[Entry]) {
        let mut rows = self.rows.lock().unwrap();
        for entry in entries {
            if rows.iter().all(|row| row.id != entry.id) {
                rows.push(entry.clone());
            }
        }
    }
}

/// A clone is the same one.
#[derive(Clone, Default)]
struct Cabinet(Arc<Table>);

impl Journal for Cabinet {
    async fn add(&self, entries: &[Entry]) -> Result<(), Trouble> {
        let fate = self.0.fates.lock().unwrap().pop_front();
        tokio::task::yield_now().await;
        match fate.unwrap_or(Fate::Well) {
            Fate::Well => {}
            Fate::Fails => return Err(Trouble::new("the disk is full")),
            Fate::Silent => return std::future::pending().await,
            Fate::SilentAfter => {
                self.0.insert(entries);
                return std::future::pending().await;
            }
            Fate::Late => {
                let (table, late) = (Arc::clone(&self.0), entries.to_vec());
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    table.insert(&late);
                });
                return std::future::pending().await;
            }
        }
        self.0.insert(entries);
        tokio::task::yield_now().await;
        Ok(())
    }

    async fn has(&self, ids: &[EntryId]) -> Result<HashSet<EntryId>, Trouble> {
        let rows = self.0.rows.lock().unwrap();
        let there = rows.iter().map(|row| row.id.clone());
        Ok(there.filter(|id| ids.contains(id)).collect())
    }

    async fn refuses(&self, entry: &Entry) -> Result<Option<String>, Trouble> {
        Ok((entry.object == "gone").then(|| "there is no object gone".to_owned()))
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Well),
        1 => Just(Fate::Fails),
        1 => Just(Fate::Silent),
        1 => Just(Fate::SilentAfter),
        1 => Just(Fate::Late),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn each_entry_is_in_the_embedded_logbook_once_whatever_gets_lost(
        objects in prop::collection::vec(prop_oneof![Just("1"), Just("2"), Just("gone")], 1..16),
        fates in prop::collection::vec(fate(), 0..8),
        deaths in prop::collection::vec(0_u64..30, 8..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let outbox = Outbox::of(&objects).await;
            let cabinet = Cabinet::default();
            cabinet.0.fates.lock().unwrap().extend(&fates);
            let mut cmdb = Embedded::new(cabinet.clone());
            cmdb.settle = Duration::from_millis(20);
            cmdb.patience = Duration::from_millis(10);
            // The process dies now and then.
            for death in deaths {
                let mut breaker = Breaker::default();
                let pass = outbox.pass(&cmdb, &mut breaker);
                let _ = tokio::time::timeout(Duration::from_millis(death), pass).await;
            }
            outbox.finish(&cmdb).await;
            let rows: Vec<EntryId> = cabinet.0.rows.lock().unwrap().iter().map(|r| r.id.clone()).collect();
            let expected: Vec<EntryId> = outbox
                .ids
                .iter()
                .zip(&objects)
                .filter(|(_, object)| **object != "gone")
                .map(|(id, _)| id.clone())
                .collect();
            assert_eq!(rows.iter().collect::<HashSet<_>>(), expected.iter().collect());
            assert_eq!(rows.len(), expected.len());
            for (state, object) in outbox.states().await.iter().zip(&objects) {
                let wanted = match *object {
                    "gone" => State::Refused,
                    _ => State::Delivered,
                };
                assert_eq!(*state, wanted, "{object}");
            }
        });
    }
}
