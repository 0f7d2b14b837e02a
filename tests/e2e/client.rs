//! The host with a desk, as a CMDB holds it that embeds the library.

use jiff::Timestamp;
use sgi_host::{
    Created, Desk, DeskSettings, Draft, Error, Filter, Finding, Form, Host, HostOptions, Object,
    OptionValue, Report, Ticket,
};
use sgi_logbook::{Batch, Source as _, SourceError};
use std::collections::HashSet;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;
use tokio::runtime::Runtime;

/// Keeps the compiled connectors for the next process: there is one a test where nextest runs them.
static HOST: LazyLock<Host> = LazyLock::new(|| {
    let test = std::env::current_exe().expect("the test's own file");
    let target = test.ancestors().nth(3).expect("target");
    let folder = |name: &str| Some(target.join("tmp").join("client").join(name));
    let options = HostOptions {
        state_dir: folder("state"),
        cache_dir: folder("cache"),
        ..HostOptions::default()
    };
    Host::new(options).unwrap()
});
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// The CMDB, with a desk.
#[derive(Clone)]
pub struct Client(Desk);

/// Settings of a desk that no other test has.
pub fn settings(kind: &str, url: &str, (name, password): (&str, &str)) -> DeskSettings {
    // What a check learned is kept, too, by the desk's name: no two desks have the same.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let started = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let desk = format!("{}-{count}-{started}", std::process::id());
    DeskSettings::new(desk, kind, url, name, password.into())
}

/// Adds options of the connector.
pub fn with_options(mut settings: DeskSettings, options: &[(&str, &str)]) -> DeskSettings {
    for (key, value) in options {
        let value = OptionValue::Text((*value).to_owned());
        settings.options.insert((*key).to_owned(), value);
    }
    settings
}

impl Client {
    /// Opens the desk.
    pub fn open(settings: DeskSettings) -> Self {
        Self::try_open(settings).unwrap()
    }

    /// Opens the desk, if its settings fit.
    pub fn try_open(settings: DeskSettings) -> Result<Self, Error> {
        RUNTIME.block_on(HOST.open(settings)).map(Self)
    }

    /// The tickets of an object.
    pub fn ask(&self, object: &str, filter: Filter) -> Result<Vec<Ticket>, Error> {
        self.ask_about(&Object::new(object), filter)
    }

    /// The tickets of an object of which more than the id is known.
    pub fn ask_about(&self, object: &Object, filter: Filter) -> Result<Vec<Ticket>, Error> {
        RUNTIME.block_on(self.0.tickets(object, filter))
    }

    /// All tickets of an object.
    pub fn tickets(&self, object: &str) -> Vec<Ticket> {
        self.ask(object, Filter::All).unwrap()
    }

    /// All tickets of several objects.
    pub fn tickets_of(&self, objects: &[&str]) -> Result<Vec<Ticket>, Error> {
        let objects: Vec<Object> = objects.iter().map(|id| Object::new(*id)).collect();
        RUNTIME.block_on(self.0.tickets_of(&objects, Filter::All))
    }

    /// Why there is no list.
    pub fn refusal(&self, object: &str) -> Error {
        self.ask(object, Filter::All).unwrap_err()
    }

    /// The ids of the tickets of an object, where they are numbers.
    pub fn ids(&self, object: &str) -> Vec<u64> {
        ids(&self.tickets(object))
    }

    /// One ticket.
    pub fn ticket(&self, id: &str) -> Result<Ticket, Error> {
        RUNTIME.block_on(self.0.ticket(id))
    }

    /// The new-ticket forms.
    pub fn forms(&self, object: &Object) -> Vec<Form> {
        RUNTIME.block_on(self.0.forms(object)).unwrap()
    }

    /// Creates a ticket.
    pub fn create(&self, draft: &Draft) -> Result<Created, Error> {
        RUNTIME.block_on(self.0.create(draft))
    }

    /// What an earlier attempt has created.
    pub fn find_created(&self, draft: &Draft) -> Result<Option<Created>, Error> {
        RUNTIME.block_on(self.0.find_created(draft))
    }

    /// What happened after a cursor.
    pub fn since(
        &self,
        cursor: Option<&str>,
        start: Option<Timestamp>,
        limit: u32,
    ) -> Result<Batch, SourceError> {
        RUNTIME.block_on(self.0.since(cursor, start, limit))
    }

    /// Those of the tickets that are still there.
    pub fn still_there(&self, tickets: &[impl ToString]) -> Result<HashSet<String>, SourceError> {
        let tickets: Vec<String> = tickets.iter().map(ToString::to_string).collect();
        RUNTIME.block_on(self.0.still_there(&tickets))
    }

    /// Whether the connector goes on from a cursor.
    pub fn accepts(&self, cursor: &str) -> bool {
        RUNTIME.block_on(self.0.accepts_cursor(cursor)).unwrap()
    }

    /// Does something with the desk that takes its time.
    pub fn wait<T>(&self, what: impl AsyncFnOnce(&Desk) -> T) -> T {
        RUNTIME.block_on(what(&self.0))
    }

    /// Looks the desk over.
    pub fn check(&self) -> Result<Report, Error> {
        RUNTIME.block_on(self.0.check())
    }

    /// The one thing that a check finds.
    pub fn finding(&self) -> Finding {
        let findings = self.check().unwrap().findings;
        let [finding] = findings.as_slice() else {
            panic!("one finding: {findings:?}")
        };
        finding.clone()
    }

    /// Asks for the tickets of an object so many times at once.
    pub fn ask_at_once(&self, object: &str, times: usize) {
        for outcome in self.outcomes_at_once(object, times) {
            outcome.unwrap();
        }
    }

    /// What comes of asking for the tickets of an object so many times at once.
    pub fn outcomes_at_once(&self, object: &str, times: usize) -> Vec<Result<Vec<Ticket>, Error>> {
        RUNTIME.block_on(async {
            let calls: Vec<_> = (0..times)
                .map(|_| {
                    let (desk, object) = (self.0.clone(), Object::new(object));
                    tokio::spawn(async move { desk.tickets(&object, Filter::All).await })
                })
                .collect();
            let mut outcomes = Vec::new();
            for call in calls {
                outcomes.push(call.await.unwrap());
            }
            outcomes
        })
    }
}

/// The ids of tickets, where they are numbers.
pub fn ids(tickets: &[Ticket]) -> Vec<u64> {
    tickets
        .iter()
        .map(|ticket| ticket.id.parse().unwrap())
        .collect()
}
