//! A store with entries to deliver, and passes over it.

use crate::cmdb::Fake;
use jiff::Timestamp;
use sgi_logbook::delivery::{Breaker, Cmdb, Progress, Settings, pass};
use sgi_logbook::store::{Filter, Listed, MemoryLease, MemoryStore, State, Step, Work};
use sgi_logbook::{Entry, EntryId, Event, Kind, Store, TicketRef};
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) fn settings() -> Settings {
    Settings {
        attempts: 4,
        first_pause: Duration::from_millis(2),
        longest_pause: Duration::from_millis(10),
    }
}

pub(crate) fn entry(number: usize, object: &str) -> Entry {
    let event = Event {
        id: number.to_string(),
        ticket: "17".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        actor: None,
        kind: Kind::Created,
        field: None,
        old: None,
        new: None,
        text: None,
    };
    let ticket = TicketRef {
        id: "17".to_owned(),
        number: "17".to_owned(),
        subject: "Disk full".to_owned(),
        url: None,
    };
    Entry::new("helpdesk", 1, ticket, &event, object, None, false)
}

/// A store with one entry to deliver for each of these objects, and the lease for it.
pub(crate) struct Outbox {
    pub(crate) store: MemoryStore,
    pub(crate) lease: MemoryLease,
    pub(crate) ids: Vec<EntryId>,
}

impl Outbox {
    pub(crate) async fn of(objects: &[&str]) -> Self {
        let store = MemoryStore::default();
        let desk = store.lease(Work::Sync("helpdesk".into())).await.unwrap();
        store.open(&desk, "rt", None).await.unwrap();
        let entries: Vec<Entry> = objects.iter().zip(0..).map(|(o, n)| entry(n, o)).collect();
        let ids = entries.iter().map(|entry| entry.id.clone()).collect();
        let step = Step {
            entries,
            deliver: true,
            ..Step::default()
        };
        store.commit(&desk, &step).await.unwrap();
        let lease = store.lease(Work::Delivery).await.unwrap();
        Self { store, lease, ids }
    }

    pub(crate) async fn pass(&self, cmdb: &impl Cmdb, breaker: &mut Breaker) -> Progress {
        pass(cmdb, &self.store, &self.lease, &settings(), breaker, |_| {
            true
        })
        .await
        .unwrap()
    }

    /// Passes until nothing is left to do.
    pub(crate) async fn finish(&self, cmdb: &impl Cmdb) {
        let mut breaker = Breaker::default();
        for _ in 0..2000 {
            let Some(again) = self.pass(cmdb, &mut breaker).await.again else {
                return;
            };
            let wait = again.duration_since(Timestamp::now());
            tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
        }
        panic!("it does not come to an end: {:?}", self.listed().await);
    }

    pub(crate) async fn listed(&self) -> Vec<Listed> {
        let all = self.store.entries(&Filter::default(), None, 10_000).await;
        all.unwrap()
    }

    pub(crate) async fn states(&self) -> Vec<State> {
        let listed = self.listed().await;
        listed.iter().map(|row| row.state.unwrap()).collect()
    }

    /// Each entry is in the CMDB once if it is delivered, and otherwise at most once.
    pub(crate) async fn exactly_once(&self, cmdb: &Fake) {
        let mut counts = BTreeMap::new();
        for (_, id) in cmdb.log() {
            *counts.entry(id).or_insert(0) += 1;
        }
        for row in self.listed().await {
            let count = counts.get(row.entry.id.as_str()).copied().unwrap_or(0);
            match row.state.unwrap() {
                State::Delivered => assert_eq!(count, 1, "{row:?}"),
                State::Undecided => assert!(count <= 1, "{row:?}"),
                State::Refused => assert_eq!(count, 0, "{row:?}"),
                State::Waiting | State::Sending => panic!("unfinished: {row:?}"),
            }
        }
    }
}
