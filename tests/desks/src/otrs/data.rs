//! What is in the desk: tickets with their articles and history, queues, agents, sessions.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;

/// States of tickets: id, name, type.
pub(super) const STATES: &[(u64, &str, &str)] = &[
    (1, "new", "new"),
    (2, "closed successful", "closed"),
    (3, "closed unsuccessful", "closed"),
    (4, "open", "open"),
    (5, "removed", "removed"),
    (6, "pending reminder", "pending reminder"),
    (7, "pending auto close+", "pending auto"),
    (8, "pending auto close-", "pending auto"),
    (9, "merged", "merged"),
];
/// Priorities: id, name, colour.
pub(super) const PRIORITIES: &[(u64, &str, &str)] = &[
    (1, "1 very low", "#03c4f0"),
    (2, "2 low", "#83bfc8"),
    (3, "3 normal", "#cdcdcd"),
    (4, "4 high", "#ffaaaa"),
    (5, "5 very high", "#ff505e"),
];
/// Locks by id, from 1.
pub(super) const LOCKS: [&str; 2] = ["unlock", "lock"];
/// The one type of tickets.
pub(super) const TYPE: (u64, &str) = (1, "Unclassified");
/// The superuser.
pub(super) const ROOT_ID: u64 = 1;

/// The state of this name.
pub(super) fn state_id(name: &str) -> Option<u64> {
    let found = STATES.iter().find(|(_, known, _)| *known == name);
    found.map(|(id, ..)| *id)
}

/// The priority of this name.
pub(super) fn priority_id(name: &str) -> Option<u64> {
    let found = PRIORITIES.iter().find(|(_, known, _)| *known == name);
    found.map(|(id, ..)| *id)
}

/// The state of this id, if there is one.
pub(super) fn known_state(id: u64) -> bool {
    STATES.iter().any(|(known, ..)| *known == id)
}

/// The priority of this id, if there is one.
pub(super) fn known_priority(id: u64) -> bool {
    PRIORITIES.iter().any(|(known, ..)| *known == id)
}

/// How the values of a dynamic field look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Multiselect,
    Checkbox,
    DateTime,
}

/// A dynamic field of tickets.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub name: String,
    pub kind: Kind,
}

/// What an agent may do with the tickets of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    /// `ro`
    Read,
    /// `rw`, which includes all others
    Write,
}

/// An agent.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub id: u64,
    pub login: &'static str,
    pub password: Option<String>,
    pub first: &'static str,
    pub last: &'static str,
    /// Rights by group.
    pub rights: BTreeMap<u64, Right>,
}

impl User {
    pub(super) fn full_name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// A queue; its group decides who sees it.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub id: u64,
    pub name: &'static str,
    pub group: u64,
}

/// A session of the web service.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub user: u64,
    pub started: i64,
    pub last_request: i64,
    pub user_agent: String,
}

/// A message in a ticket.
#[derive(Debug, Clone)]
pub(super) struct Article {
    pub id: u64,
    pub subject: String,
    pub body: String,
    pub from: String,
    pub to: String,
    pub content_type: String,
    /// `agent`, `system` or `customer`.
    pub sender: String,
    /// `Email`, `Phone` or `Internal`.
    pub channel: String,
    pub visible_for_customer: bool,
    pub created: i64,
    pub created_by: u64,
    pub changed: i64,
    pub changed_by: u64,
}

/// A row of a ticket's history: what happened, and how the ticket was after it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub kind: (u64, &'static str),
    pub name: String,
    pub article: u64,
    pub at: i64,
    pub by: u64,
    pub owner: u64,
    pub priority: u64,
    pub queue: u64,
    pub state: u64,
}

/// A ticket.
#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub id: u64,
    pub number: String,
    pub title: String,
    pub queue: u64,
    pub state: u64,
    pub priority: u64,
    pub lock: u64,
    pub owner: u64,
    pub responsible: u64,
    /// Null for tickets without a customer, empty where the customer has no company.
    pub customer_id: Option<String>,
    pub customer_user: Option<String>,
    pub created: i64,
    pub created_by: u64,
    pub changed: i64,
    pub changed_by: u64,
    pub unlock_timeout: i64,
    /// When a pending time ends; 0 for none.
    pub pending: i64,
    /// Dynamic fields that have a value.
    pub fields: BTreeMap<String, Value>,
    pub articles: Vec<Article>,
    pub history: Vec<Row>,
}

impl Ticket {
    pub(super) fn state_name(&self) -> &'static str {
        STATES[index(self.state)].1
    }

    pub(super) fn state_type(&self) -> &'static str {
        STATES[index(self.state)].2
    }

    pub(super) fn priority_name(&self) -> &'static str {
        PRIORITIES[index(self.priority)].1
    }
}

/// The place of an id that counts from 1.
pub(super) fn index(id: u64) -> usize {
    usize::try_from(id).expect("a small id") - 1
}

/// Everything.
#[derive(Debug)]
pub(super) struct Data {
    /// Where the clock stands; it runs when there is none.
    pub clock: Option<i64>,
    pub zone: TimeZone,
    /// How long a session lives without a request, in seconds.
    pub session_lifetime: i64,
    pub objects_field: String,
    pub fields: Vec<Field>,
    pub users: Vec<User>,
    pub queues: Vec<Queue>,
    pub sessions: BTreeMap<String, Session>,
    pub tickets: BTreeMap<u64, Ticket>,
    pub next_ticket: u64,
    pub next_article: u64,
    /// The day of the last ticket number, and how many there were on it.
    pub counter: (String, u64),
}

impl Data {
    pub(super) fn user(&self, id: u64) -> &User {
        let found = self.users.iter().find(|user| user.id == id);
        found.expect("a user of the desk")
    }

    pub(super) fn user_id(&self, login: &str) -> Option<u64> {
        let found = self.users.iter().find(|user| user.login == login);
        found.map(|user| user.id)
    }

    pub(super) fn queue(&self, id: u64) -> &Queue {
        let found = self.queues.iter().find(|queue| queue.id == id);
        found.expect("a queue of the desk")
    }

    pub(super) fn queue_id(&self, name: &str) -> Option<u64> {
        let found = self.queues.iter().find(|queue| queue.name == name);
        found.map(|queue| queue.id)
    }

    /// What an account may do in a queue; none for nothing.
    pub(super) fn right(&self, user: u64, queue: u64) -> Option<Right> {
        let group = self.queue(queue).group;
        self.user(user).rights.get(&group).copied()
    }

    /// The ticket, if it is there and the account may do this with it: OTRS does not say which of
    /// the two it was.
    pub(super) fn permitted(&self, id: u64, user: u64, right: Right) -> Option<&Ticket> {
        let ticket = self.tickets.get(&id)?;
        (self.right(user, ticket.queue) >= Some(right)).then_some(ticket)
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
