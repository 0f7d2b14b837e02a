//! A store with entries to deliver, an i-doit to deliver them to, and passes between them.

use jiff::Timestamp;
use sgi_host::CmdbSettings;
use sgi_host::cmdb::IDoit;
use sgi_logbook::delivery::{Breaker, Progress, Settings, pass};
use sgi_logbook::store::{Filter, Listed, MemoryLease, MemoryStore, State, Step, Work};
use sgi_logbook::{Entry, Event, Kind, Store, TicketRef};
use sgi_test_desks::idoit::{self, API_KEY, IDoitOptions};
use std::collections::BTreeMap;
use std::time::Duration;

/// Far above what the double needs, so that a busy machine breaks no promise.
pub(crate) const SETTLE: Duration = Duration::from_millis(400);

pub(crate) fn entry(number: usize, object: &str) -> Entry {
    let event = Event {
        id: number.to_string(),
        ticket: "4711".to_owned(),
        at: "2026-03-01T12:00:00Z".parse().unwrap(),
        actor: Some("Jane".to_owned()),
        kind: Kind::Status,
        field: None,
        old: Some("new".to_owned()),
        new: Some("open".to_owned()),
        text: None,
    };
    let ticket = TicketRef {
        id: "4711".to_owned(),
        number: "4711".to_owned(),
        subject: "Disk full".to_owned(),
        url: Some("https://rt.example.org/Ticket/Display.html?id=4711".to_owned()),
    };
    let by = object.parse::<u64>().is_err().then_some("title");
    Entry::new("helpdesk", 1, ticket, &event, object, by, false)
}

pub(crate) struct Case {
    pub(crate) idoit: idoit::IDoit,
    pub(crate) settings: CmdbSettings,
    store: MemoryStore,
    lease: MemoryLease,
}

impl Case {
    /// One entry to deliver for each of these objects.
    pub(crate) async fn of(objects: &[&str]) -> Self {
        let entries = objects.iter().zip(0..).map(|(o, n)| entry(n, o)).collect();
        Self::with(IDoitOptions::default(), entries).await
    }

    pub(crate) async fn with(options: IDoitOptions, entries: Vec<Entry>) -> Self {
        let idoit = idoit::IDoit::start(options);
        let store = MemoryStore::default();
        let desk = store.lease(Work::Sync("helpdesk".into())).await.unwrap();
        store.open(&desk, "rt", None).await.unwrap();
        let step = Step {
            entries,
            deliver: true,
            ..Step::default()
        };
        store.commit(&desk, &step).await.unwrap();
        let lease = store.lease(Work::Delivery).await.unwrap();
        let mut settings = CmdbSettings::new(idoit.url(), API_KEY.into());
        settings.settle_time = SETTLE;
        settings.network.request_timeout = Duration::from_millis(1500);
        settings.rt_desks = ["helpdesk".to_owned()].into();
        Self {
            idoit,
            settings,
            store,
            lease,
        }
    }

    pub(crate) fn cmdb(&self) -> IDoit {
        IDoit::new(&self.settings).unwrap()
    }

    pub(crate) async fn pass(&self, cmdb: &IDoit, breaker: &mut Breaker) -> Progress {
        let settings = Settings {
            attempts: 3,
            first_pause: Duration::from_millis(5),
            longest_pause: Duration::from_millis(40),
        };
        pass(cmdb, &self.store, &self.lease, &settings, breaker, |_| true)
            .await
            .unwrap()
    }

    /// Passes until nothing is left to do.
    pub(crate) async fn finish(&self) {
        let (cmdb, mut breaker) = (self.cmdb(), Breaker::default());
        for _ in 0..300 {
            let Some(again) = self.pass(&cmdb, &mut breaker).await.again else {
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

    pub(crate) async fn reason(&self, number: usize) -> String {
        self.listed()
            .await
            .remove(number)
            .reason
            .unwrap_or_default()
    }

    /// How often i-doit has each entry, by its marker.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for row in self.idoit.logbook() {
            *counts.entry(row.comment).or_insert(0) += 1;
        }
        counts
    }

    /// Each entry is in i-doit once if it is delivered, and otherwise at most once.
    pub(crate) async fn exactly_once(&self, context: &str) {
        let counts = self.counts();
        for row in self.listed().await {
            let marker = format!("sgi:{}", row.entry.id);
            let count = counts.get(&marker).copied().unwrap_or(0);
            match row.state.unwrap() {
                State::Delivered => assert_eq!(count, 1, "{context}: {row:?}"),
                State::Undecided => assert!(count <= 1, "{context}: {row:?}"),
                State::Refused => assert_eq!(count, 0, "{context}: {row:?}"),
                State::Waiting | State::Sending => panic!("{context}: unfinished {row:?}"),
            }
            let reason = row.reason.unwrap_or_default();
            assert!(!reason.contains(API_KEY), "{context}: {reason}");
        }
    }

    /// How many calls each request for new entries had.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let requests = self.idoit.requests();
        let bodies = requests
            .iter()
            .map(|seen| String::from_utf8_lossy(&seen.body));
        bodies
            .map(|body| body.matches("cmdb.logbook.create").count())
            .filter(|count| *count > 0)
            .collect()
    }
}
