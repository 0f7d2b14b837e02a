//! What the desk holds when it starts.
//!
//! The seed (`seed/otrs.json`) is what the script of the measurements put into a real OTRS; it is
//! put in here in the same way and at the same times, so that ids, numbers and histories come out
//! as they did there. See [`examples`](super::examples) for the tickets that all desks have.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::clock;
use super::data::{Data, Field, Kind, Queue, ROOT_ID, Right, User, priority_id, state_id};
use super::record::{Draft, Message};
use super::ticket::By;
use super::{Content, OtrsOptions};

const SEED: &str = include_str!("../../seed/otrs.json");
/// Who sent the requests of the measurements.
const CMDB: u64 = 2;
/// Ids beside the tickets of [`Content::Recorded`] in a queue that only the superuser sees.
const HIDDEN: usize = 3;

/// The groups of agents.
const USERS: u64 = 1;
const HR: u64 = 4;
const BULK: u64 = 5;

pub(super) fn at(text: &str) -> i64 {
    clock::read(text, &TimeZone::UTC).unwrap_or_else(|| panic!("no date: {text}"))
}

fn users() -> Vec<User> {
    let user = |id, login, password: &str, first, last, rights: &[(u64, Right)]| User {
        id,
        login,
        password: Some(password.to_owned()),
        first,
        last,
        rights: rights.iter().copied().collect(),
    };
    let all = [
        (USERS, Right::Write),
        (HR, Right::Write),
        (BULK, Right::Write),
    ];
    let agent = [(USERS, Right::Write)];
    let named = |(login, password): super::Account, id, first, last, rights: &[(u64, Right)]| {
        user(id, login, password, first, last, rights)
    };
    vec![
        named(super::ROOT, ROOT_ID, "Admin", "OTRS", &all),
        named(super::WRITER, CMDB, "CMDB", "Connector", &agent),
        named(super::READER, 3, "CMDB", "Reader", &[(USERS, Right::Read)]),
        named(super::NO_RIGHTS, 4, "No", "Rights", &[]),
        user(5, "anna", "anna-secret-1", "Anna", "Agentin", &agent),
        user(6, "jiri", "jiri-secret-1", "Jiří", "Dvořák", &agent),
        named(super::BULK, 7, "Bulk", "Reader", &[(BULK, Right::Write)]),
        named(
            super::PERSONNEL,
            8,
            "Petra",
            "Personal",
            &[(HR, Right::Write)],
        ),
    ]
}

fn queues() -> Vec<Queue> {
    let queue = |id, name, group| Queue { id, name, group };
    vec![
        queue(1, "Postmaster", USERS),
        queue(2, "Raw", USERS),
        queue(3, "Junk", USERS),
        queue(4, "Misc", USERS),
        queue(5, "Service Desk", USERS),
        queue(6, "Service Desk::Drucker & Büro", USERS),
        queue(7, "Network", USERS),
        queue(8, "HR", HR),
        queue(9, "Bulk", BULK),
    ]
}

fn fields(objects: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = [
        ("CMDBDue", Kind::DateTime),
        ("CMDBFlag", Kind::Checkbox),
        ("CMDBMulti", Kind::Multiselect),
        ("CMDBObjectID", Kind::Text),
        ("IDoitMandator", Kind::Text),
        (objects, Kind::Text),
        ("ProcessManagementActivityID", Kind::Text),
        ("ProcessManagementProcessID", Kind::Text),
    ]
    .into_iter()
    .map(|(name, kind)| Field {
        name: name.to_owned(),
        kind,
    })
    .collect();
    // Fields stand in answers in the order of their names.
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    fields
}

impl Data {
    /// The desk's content by the options.
    pub(super) fn seed(options: &OtrsOptions) -> Self {
        let zone = TimeZone::get(&options.time_zone).expect("a zone of the IANA data base");
        let lifetime = options.session_lifetime.as_secs();
        let mut data = Data {
            clock: None,
            zone: TimeZone::UTC,
            session_lifetime: i64::try_from(lifetime).expect("a lifetime in seconds"),
            objects_field: options.objects_field.clone(),
            fields: fields(&options.objects_field),
            users: users(),
            queues: queues(),
            sessions: BTreeMap::new(),
            tickets: BTreeMap::new(),
            next_ticket: 1,
            next_article: 1,
            counter: (String::new(), 0),
        };
        data.welcome();
        if options.content != Content::Welcome {
            data.recorded();
        }
        if options.content == Content::Examples {
            data.examples();
        }
        for (object, count) in &options.extra {
            data.extra(object, *count);
        }
        data.zone = zone;
        data
    }

    /// The ticket that every new OTRS has.
    fn welcome(&mut self) {
        let by = By {
            user: ROOT_ID,
            at: at("2026-11-23 21:08:14"),
        };
        let article = Message {
            from: Some("OTRS Feedback <feedback@otrs.example>".to_owned()),
            ..Message::phone("Welcome to ((OTRS)) Community Edition!", "Welcome!")
        };
        let draft = Draft {
            article: Some(article),
            ..Draft::of("Welcome to ((OTRS)) Community Edition!", 2)
        };
        let (id, _) = self.create(draft, by);
        let ticket = self.ticket(id);
        ticket.number = "2021031415926535".to_owned();
        ticket.unlock_timeout = 0;
        // It has no number of the day.
        self.counter.1 = 0;
    }

    fn recorded(&mut self) {
        let seed: Value = serde_json::from_str(SEED).expect("seed/otrs.json");
        for row in seed["tickets"].as_array().expect("tickets") {
            self.recorded_ticket(row);
        }
        let merged = at("2026-11-23 21:11:13");
        let by = By {
            user: ROOT_ID,
            at: merged,
        };
        self.merge(5, 8, by);
        let hr = self.queue_id("HR").expect("the queue HR");
        for number in 1..=HIDDEN {
            let draft = Draft {
                customer: Some("kunde1".to_owned()),
                article: Some(Message::phone("Vertraulich", "Vertraulich")),
                ..Draft::of(&format!("Vertraulich {number}"), hr)
            };
            let at = merged;
            self.create(draft, By { user: ROOT_ID, at });
        }
    }

    fn recorded_ticket(&mut self, row: &Value) {
        let text = |key: &str| row[key].as_str().expect("a text of the seed");
        let by = By {
            user: CMDB,
            at: at(text("created")),
        };
        let index = self.next_ticket - 1;
        let body = format!("Guten Tag,\nZeile 2 äöü ß € 😀 ticket {index}\n");
        let draft = Draft {
            state: state_id(text("state")).expect("a state"),
            priority: priority_id(text("priority")).expect("a priority"),
            customer: Some(text("customer").to_owned()),
            owner: self.user_id(text("owner")),
            lock: None,
            pending: row["pending"].as_i64().unwrap_or(0),
            fields: self.seed_fields(&row["fields"]),
            article: Some(Message::phone(text("title"), &body)),
            ..Draft::of(
                text("title"),
                self.queue_id(text("queue")).expect("a queue"),
            )
        };
        let (id, _) = self.create(draft, by);
        if row["answered"] == true {
            self.answered(id, by);
        }
        let ticket = self.ticket(id);
        if let Some(changed) = row["changed"].as_str() {
            ticket.changed = at(changed);
        }
        if let Some(unlock) = row["unlock"].as_i64() {
            ticket.unlock_timeout = unlock;
        }
    }

    fn seed_fields(&self, rows: &Value) -> Vec<(String, Value)> {
        let name = |name: &str| match name {
            "IDoitObjects" => self.objects_field.clone(),
            other => other.to_owned(),
        };
        let rows = rows.as_array().into_iter().flatten();
        rows.map(|row| (name(row[0].as_str().expect("a name")), row[1].clone()))
            .collect()
    }

    /// What the script did to some of its tickets: a note, another owner, open.
    fn answered(&mut self, id: u64, by: By) {
        let (open, normal) = (state_id("open"), priority_id("3 normal"));
        let ticket = self.ticket(id);
        ticket.set_state(open.expect("a state"), by);
        ticket.set_priority(normal.expect("a priority"), by);
        let (jiri, responsible) = (6, ticket.responsible);
        self.set_owner(id, jiri, by);
        self.add_article(id, Message::note("Antwort", "Notiz vom CMDB"), by);
        self.notify(id, "Ticket owner update notification", &[jiri], by);
        let both = [jiri, responsible];
        self.notify(id, "Ticket new note notification", &both, by);
    }
}

impl Draft {
    /// A new ticket of normal priority.
    pub(super) fn of(title: &str, queue: u64) -> Self {
        Draft {
            title: title.to_owned(),
            queue,
            state: 1,
            priority: 3,
            customer: None,
            owner: None,
            responsible: None,
            lock: None,
            pending: 0,
            fields: Vec::new(),
            article: None,
        }
    }
}

impl Message {
    /// What a customer said on the phone.
    pub(super) fn phone(subject: &str, body: &str) -> Self {
        Message {
            sender: "customer".to_owned(),
            channel: "Phone".to_owned(),
            history: Some(("PhoneCallCustomer".to_owned(), "seeded".to_owned())),
            ..Message::note(subject, body)
        }
    }

    /// What an agent writes down.
    pub(super) fn note(subject: &str, body: &str) -> Self {
        Message {
            subject: subject.to_owned(),
            body: body.to_owned(),
            from: None,
            content_type: "text/plain; charset=utf8".to_owned(),
            sender: "agent".to_owned(),
            channel: "Internal".to_owned(),
            visible_for_customer: true,
            history: None,
        }
    }
}
