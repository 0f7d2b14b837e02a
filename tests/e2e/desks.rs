//! The three test desks behind one face, for suites that expect the same of all.

use crate::client::{Client, settings, with_options};
use sgi_host::DeskSettings;
use sgi_test_desks::{
    Fault, ITopDesk, ITopOptions, OtrsDesk, OtrsOptions, RtDesk, RtOptions, Seen, When, itop, otrs,
    rt,
};
use std::time::Duration;

/// How a desk is set up, whatever it is.
#[derive(Default)]
pub struct SetUp {
    /// How long every answer takes.
    pub latency: Duration,
    /// Tickets beside the seed: so many that reference this object.
    pub extra: Vec<(String, usize)>,
}

/// A test desk with the objects that all have: 1001, 1002, 42, 4, 7777.
pub trait AnyDesk: Send + Sync {
    /// The type that a desk's settings name.
    fn kind(&self) -> &'static str;
    /// Its address.
    fn url(&self) -> String;
    /// An account that reads and creates tickets.
    fn account(&self) -> (&'static str, &'static str);
    /// Options of the connector that this set-up needs.
    fn options(&self) -> &'static [(&'static str, &'static str)];
    /// The requests seen.
    fn requests(&self) -> Vec<Seen>;
    /// Forgets them.
    fn clear(&self);
    /// The most requests at the same time.
    fn busiest(&self) -> usize;
    /// The one fault, or none.
    fn set_fault(&self, fault: Option<Fault>);
    /// A fault for some requests.
    fn add_fault(&self, when: When, fault: Fault);
    /// The requests that create a ticket: for faults, and among those seen.
    fn creating(&self) -> When;
    /// Whether a request is one of these.
    fn is_creating(&self, seen: &Seen) -> bool {
        match self.creating() {
            When::Method(method) => seen.method == method,
            When::BodyContains(part) => String::from_utf8_lossy(&seen.body).contains(&part),
            other => panic!("not told apart by {other:?}"),
        }
    }
    /// A new ticket; its id.
    fn add(&self, subject: &str, objects: &[&str]) -> String;
    /// The ticket references the object.
    fn refer(&self, ticket: &str, object: &str);
    /// The ticket no longer references the object.
    fn unrefer(&self, ticket: &str, object: &str);
    /// The work is done.
    fn close(&self, ticket: &str);
    /// Another subject.
    fn rename(&self, ticket: &str, subject: &str);
    /// The account has another password now.
    fn change_password(&self);

    /// Settings for the account.
    fn settings(&self) -> DeskSettings {
        with_options(
            settings(self.kind(), &self.url(), self.account()),
            self.options(),
        )
    }

    /// The CMDB, with this desk.
    fn client(&self) -> Client {
        Client::open(self.settings())
    }

    /// Its table, as the service's API takes it.
    fn table(&self) -> serde_json::Value {
        let (username, password) = self.account();
        let options: serde_json::Map<String, serde_json::Value> = self
            .options()
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).into()))
            .collect();
        serde_json::json!({
            "type": self.kind(),
            "url": self.url(),
            "username": username,
            "password": password,
            "options": options,
            "logbook": { "interval": 1 },
        })
    }

    /// Lines for `sgi.toml`.
    fn toml(&self, name: &str) -> String {
        let (username, password) = self.account();
        let mut text = format!(
            "[desks.{name}]\ntype = {:?}\nurl = {:?}\nusername = {username:?}\npassword = \
             {password:?}\n[desks.{name}.options]\n",
            self.kind(),
            self.url(),
        );
        for (key, value) in self.options() {
            text.push_str(&format!("{key} = {value:?}\n"));
        }
        text
    }
}

/// Starts a desk of each kind.
pub fn start_all(set_up: &SetUp) -> [Box<dyn AnyDesk>; 3] {
    [
        start("rt", set_up),
        start("otrs", set_up),
        start("itop", set_up),
    ]
}

/// Starts a desk of this kind.
pub fn start(kind: &str, set_up: &SetUp) -> Box<dyn AnyDesk> {
    let (latency, extra) = (set_up.latency, set_up.extra.clone());
    match kind {
        "rt" => Box::new(RtDesk::start(RtOptions {
            latency,
            extra,
            ..RtOptions::default()
        })),
        "otrs" => Box::new(OtrsDesk::start(OtrsOptions {
            latency,
            extra,
            time_zone: "Europe/Berlin".to_owned(),
            ..OtrsOptions::default()
        })),
        "itop" => Box::new(ITopDesk::start(ITopOptions {
            latency,
            extra,
            ..ITopOptions::default()
        })),
        other => panic!("no test desk of type {other}"),
    }
}

fn number(id: &str) -> u64 {
    id.parse().expect("a ticket's id of a test desk")
}

fn owned(objects: &[&str]) -> Vec<String> {
    objects.iter().map(|id| (*id).to_owned()).collect()
}

/// What all test desks call alike.
macro_rules! alike {
    () => {
        fn url(&self) -> String {
            self.url()
        }
        fn requests(&self) -> Vec<Seen> {
            self.requests()
        }
        fn clear(&self) {
            self.clear();
        }
        fn busiest(&self) -> usize {
            self.busiest()
        }
        fn set_fault(&self, fault: Option<Fault>) {
            self.set_fault(fault);
        }
        fn add_fault(&self, when: When, fault: Fault) {
            self.add_fault(when, fault);
        }
        fn refer(&self, ticket: &str, object: &str) {
            self.add_reference(number(ticket), object);
        }
        fn unrefer(&self, ticket: &str, object: &str) {
            self.remove_reference(number(ticket), object);
        }
        fn change_password(&self) {
            self.set_password(self.account().0, Some("another-password-1"));
        }
    };
}

impl AnyDesk for RtDesk {
    alike!();
    fn kind(&self) -> &'static str {
        "rt"
    }
    fn account(&self) -> (&'static str, &'static str) {
        rt::WRITER
    }
    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[("queues", "Incidents")]
    }
    fn creating(&self) -> When {
        When::Method("POST".to_owned())
    }
    fn add(&self, subject: &str, objects: &[&str]) -> String {
        let mut ticket = rt::NewTicket::of("");
        ticket.subject = subject.to_owned();
        ticket.objects = owned(objects);
        self.add_ticket(ticket).to_string()
    }
    fn close(&self, ticket: &str) {
        self.set_status(number(ticket), "resolved");
    }
    fn rename(&self, ticket: &str, subject: &str) {
        self.set_subject(number(ticket), subject);
    }
}

impl AnyDesk for OtrsDesk {
    alike!();
    fn kind(&self) -> &'static str {
        "otrs"
    }
    fn account(&self) -> (&'static str, &'static str) {
        otrs::WRITER
    }
    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("time-zone", "Europe/Berlin"),
            ("create-queue", "Network"),
            ("create-customer", "kunde1"),
        ]
    }
    fn creating(&self) -> When {
        When::BodyContains("CustomerUser".to_owned())
    }
    fn add(&self, subject: &str, objects: &[&str]) -> String {
        let mut ticket = otrs::NewTicket::of("");
        ticket.title = subject.to_owned();
        ticket.objects = owned(objects);
        self.add_ticket(ticket).to_string()
    }
    fn close(&self, ticket: &str) {
        self.set_state(number(ticket), "closed successful");
    }
    fn rename(&self, ticket: &str, subject: &str) {
        self.set_title(number(ticket), subject);
    }
}

impl AnyDesk for ITopDesk {
    alike!();
    fn kind(&self) -> &'static str {
        "itop"
    }
    fn account(&self) -> (&'static str, &'static str) {
        itop::READER
    }
    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[("time-zone", "Europe/Berlin")]
    }
    fn creating(&self) -> When {
        When::BodyContains("core%2Fcreate".to_owned())
    }
    fn add(&self, subject: &str, objects: &[&str]) -> String {
        let mut ticket = itop::NewTicket::of("");
        ticket.title = subject.to_owned();
        ticket.objects = owned(objects);
        self.add_ticket(ticket).to_string()
    }
    fn close(&self, ticket: &str) {
        self.set_status(number(ticket), "closed");
    }
    fn rename(&self, ticket: &str, subject: &str) {
        self.set_subject(number(ticket), subject);
    }
}

/// Two systems for one desk's name: an RT and an iTop, with one ticket of object 1001 each.
pub fn rt_and_itop() -> (Box<dyn AnyDesk>, Box<dyn AnyDesk>) {
    let start = |kind, subject| {
        let desk = start(kind, &SetUp::default());
        desk.add(subject, &["1001"]);
        desk
    };
    (start("rt", "only in RT"), start("itop", "only in iTop"))
}
