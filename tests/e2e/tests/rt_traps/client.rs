//! The host with one RT desk, as a CMDB holds it.

use sgi_host::{
    Desk, DeskSettings, Error, Filter, Finding, Form, Host, HostOptions, Object, OptionValue,
    Report, Ticket,
};
use sgi_test_desks::rt::{Account, READER};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::SystemTime;
use tokio::runtime::Runtime;

/// Keeps the compiled connector for the next process: there is one a test where nextest runs them.
static HOST: LazyLock<Host> = LazyLock::new(|| {
    let folder = |name: &str| {
        Some(
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join("rt_traps")
                .join(name),
        )
    };
    let options = HostOptions {
        state_dir: folder("state"),
        cache_dir: folder("cache"),
        ..HostOptions::default()
    };
    Host::new(options).unwrap()
});
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// The reader of one RT that many tests share: what its check learned serves them all.
static KEPT: OnceLock<(String, Client)> = OnceLock::new();

/// The CMDB, with an RT.
#[derive(Clone)]
pub(crate) struct Client(Desk);

/// With the reader's account.
pub(crate) fn reader(url: &str) -> Client {
    match KEPT.get() {
        Some((kept, client)) if kept == url => client.clone(),
        _ => account(url, READER),
    }
}

/// Lets all that ask for the reader of this RT have the same.
pub(crate) fn keep_reader(url: &str) {
    KEPT.set((url.to_owned(), account(url, READER))).ok();
}

pub(crate) fn account(url: &str, account: Account) -> Client {
    with(url, account, &[])
}

pub(crate) fn with(url: &str, account: Account, options: &[(&str, &str)]) -> Client {
    let mut settings = settings(url, account);
    for (key, value) in options {
        let value = OptionValue::Text((*value).to_owned());
        settings.options.insert((*key).to_owned(), value);
    }
    open(settings)
}

pub(crate) fn settings(url: &str, (name, password): Account) -> DeskSettings {
    // What a check learned is kept, too, by the desk's name: no two desks have the same.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let started = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let desk = format!("{}-{count}-{started}", std::process::id());
    DeskSettings::new(desk, "rt", url, name, password.into())
}

pub(crate) fn open(settings: DeskSettings) -> Client {
    Client(RUNTIME.block_on(HOST.open(settings)).unwrap())
}

impl Client {
    pub(crate) fn ask(&self, object: &str, filter: Filter) -> Result<Vec<Ticket>, Error> {
        RUNTIME.block_on(self.0.tickets(&Object::new(object), filter))
    }

    pub(crate) fn tickets(&self, object: &str) -> Vec<Ticket> {
        self.ask(object, Filter::All).unwrap()
    }

    /// Why there is no list.
    pub(crate) fn refusal(&self, object: &str) -> Error {
        self.ask(object, Filter::All).unwrap_err()
    }

    /// The numbers of the tickets of an object.
    pub(crate) fn ids(&self, object: &str) -> Vec<u64> {
        ids(&self.tickets(object))
    }

    pub(crate) fn ticket(&self, id: &str) -> Result<Ticket, Error> {
        RUNTIME.block_on(self.0.ticket(id))
    }

    pub(crate) fn forms(&self, object: &Object) -> Vec<Form> {
        RUNTIME.block_on(self.0.forms(object)).unwrap()
    }

    pub(crate) fn check(&self) -> Result<Report, Error> {
        RUNTIME.block_on(self.0.check())
    }

    /// The one thing that a check finds.
    pub(crate) fn finding(&self) -> Finding {
        let findings = self.check().unwrap().findings;
        let [finding] = findings.as_slice() else {
            panic!("one finding: {findings:?}")
        };
        finding.clone()
    }

    /// Asks for the tickets of an object so many times at once.
    pub(crate) fn ask_at_once(&self, object: &str, times: usize) {
        RUNTIME.block_on(async {
            let calls: Vec<_> = (0..times)
                .map(|_| {
                    let (desk, object) = (self.0.clone(), Object::new(object));
                    tokio::spawn(async move { desk.tickets(&object, Filter::All).await })
                })
                .collect();
            for call in calls {
                call.await.unwrap().unwrap();
            }
        });
    }
}

pub(crate) fn ids(tickets: &[Ticket]) -> Vec<u64> {
    tickets
        .iter()
        .map(|ticket| ticket.id.parse().unwrap())
        .collect()
}
