//! What is in the desk: users, queues, custom fields and tickets, and who may see them.
//!
//! The seed (`seed.json`) is the content of a real Request Tracker that was filled by a script
//! for measurements, read out over REST: the same ids, subjects and dates, so that recorded
//! exchanges with that server can be replayed.

use std::collections::BTreeMap;

use serde_json::Value;

/// The date of "never" in RT's answers.
pub(super) const UNSET: &str = "1970-01-01T00:00:00Z";
/// The owner of tickets that nobody owns.
pub(super) const NOBODY: &str = "Nobody";

const SEED: &str = include_str!("../../seed.json");

/// Which rights an account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// None at all.
    None,
    /// Sees all queues but the confidential one.
    Reader,
    /// As the reader; also creates and changes tickets.
    Writer,
    /// Sees and does all in all queues.
    Agent,
    /// May everything, also look at users and custom fields themselves.
    Superuser,
}

#[derive(Debug, Clone)]
pub(super) struct User {
    pub id: u64,
    pub name: String,
    pub real_name: Option<String>,
    pub email: Option<String>,
    pub privileged: bool,
    pub disabled: bool,
    pub created: String,
    pub updated: String,
    pub etag: String,
    /// `Comments`, `Lang`, `Timezone`, `Gecos`: shown when they are set.
    pub extras: Vec<(&'static str, String)>,
    pub groups: Vec<u64>,
    pub role: Role,
    pub password: Option<String>,
    pub token: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub correspond: String,
    pub disabled: bool,
    pub created: String,
    pub updated: String,
    pub etag: String,
    pub custom_fields: Vec<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct CustomField {
    pub id: u64,
    pub name: String,
    pub kind: String,
    pub lookup: String,
    pub max_values: u64,
    pub description: String,
    pub entry_hint: String,
    pub created: String,
    pub updated: String,
    pub values: Option<Vec<String>>,
}

#[derive(Debug, Clone)]
pub(super) struct Ticket {
    pub id: u64,
    /// The ticket it was merged into, or its own id.
    pub effective: u64,
    pub queue: u64,
    pub status: String,
    pub subject: String,
    pub owner: String,
    pub requestors: Vec<String>,
    pub cc: Vec<String>,
    pub priority: i64,
    pub time_worked: u64,
    pub created: String,
    pub creator: String,
    pub updated: String,
    pub updated_by: String,
    pub starts: Option<String>,
    pub started: Option<String>,
    pub due: Option<String>,
    pub resolved: Option<String>,
    pub told: Option<String>,
    /// The id of the last transaction.
    pub etag: String,
    pub custom: BTreeMap<u64, Vec<String>>,
    /// Relation and target: a ticket id or an address.
    pub links: Vec<(String, Value)>,
}

/// A step that the life cycle offers.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub to: String,
    pub label: String,
    pub update: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Data {
    pub version: String,
    pub users: Vec<User>,
    pub queues: Vec<Queue>,
    pub custom_fields: Vec<CustomField>,
    pub lifecycle: BTreeMap<String, Vec<Step>>,
    pub tickets: BTreeMap<u64, Ticket>,
}

impl Data {
    /// The seed as it is.
    pub(super) fn seed() -> Self {
        let seed: Value = serde_json::from_str(SEED).expect("seed.json");
        let rows = |key: &str| seed[key].as_array().expect("rows").clone();
        let steps = |rows: &Value| rows.as_array().expect("steps").iter().map(step).collect();
        let lifecycle = seed["lifecycle"].as_object().expect("life cycle");
        Data {
            version: text(&seed, "version"),
            users: rows("users").iter().map(user).collect(),
            queues: rows("queues").iter().map(queue).collect(),
            custom_fields: rows("custom_fields").iter().map(custom_field).collect(),
            lifecycle: lifecycle.iter().map(|(from, rows)| (from.clone(), steps(rows))).collect(),
            tickets: rows("tickets").iter().map(ticket).map(|ticket| (ticket.id, ticket)).collect(),
        }
    }

    /// By name in any case, or by id.
    pub(super) fn user(&self, name: &str) -> Option<&User> {
        let by_id = name.parse().ok().and_then(|id: u64| self.users.iter().find(|user| user.id == id));
        by_id.or_else(|| self.users.iter().find(|user| user.name.eq_ignore_ascii_case(name)))
    }

    /// By id (leading zeros allowed), or by name in any case.
    pub(super) fn queue(&self, name: &str) -> Option<&Queue> {
        let by_id = name.parse().ok().and_then(|id: u64| self.queues.iter().find(|queue| queue.id == id));
        by_id.or_else(|| self.queues.iter().find(|queue| queue.name.eq_ignore_ascii_case(name)))
    }

    pub(super) fn custom_field(&self, id: u64) -> Option<&CustomField> {
        self.custom_fields.iter().find(|field| field.id == id)
    }

    /// A ticket custom field by what stands between the braces in a query: its id or its name.
    pub(super) fn custom_field_named(&self, name: &str) -> Option<&CustomField> {
        let mut fields = self.custom_fields.iter().filter(|field| field.lookup == "RT::Queue-RT::Ticket");
        match name.parse::<u64>() {
            Ok(id) => fields.find(|field| field.id == id),
            Err(_) => fields.find(|field| field.name.eq_ignore_ascii_case(name)),
        }
    }

    /// The ticket to show for an id: a merged one shows as its target.
    pub(super) fn ticket_shown(&self, id: u64) -> Option<&Ticket> {
        let ticket = self.tickets.get(&id)?;
        self.tickets.get(&ticket.effective).or(Some(ticket))
    }

    pub(super) fn queue_of(&self, ticket: &Ticket) -> &Queue {
        self.queues.iter().find(|queue| queue.id == ticket.queue).expect("the queue of a ticket")
    }

    /// The largest transaction id so far; RT's own continue from there.
    pub(super) fn last_transaction(&self) -> u64 {
        self.tickets.values().filter_map(|ticket| ticket.etag.parse().ok()).max().unwrap_or(0)
    }
}

impl User {
    /// Whether the account sees a queue and the tickets in it. A disabled queue is seen as others.
    pub(super) fn sees(&self, queue: &Queue) -> bool {
        match self.role {
            Role::None => false,
            Role::Reader | Role::Writer => queue.name != "HR vertraulich",
            Role::Agent | Role::Superuser => true,
        }
    }

    /// Whether the account creates and changes tickets where it sees them.
    pub(super) fn writes(&self) -> bool {
        matches!(self.role, Role::Writer | Role::Agent | Role::Superuser)
    }

    /// Whether the account deletes tickets.
    pub(super) fn deletes(&self) -> bool {
        matches!(self.role, Role::Agent | Role::Superuser)
    }

    /// Whether the account looks at custom fields and users themselves. To see a field at a
    /// ticket or a queue is another right, which all have who see the queue.
    pub(super) fn administers(&self) -> bool {
        self.role == Role::Superuser
    }
}

fn text(row: &Value, key: &str) -> String {
    row[key].as_str().unwrap_or_else(|| panic!("seed.json: no text {key} in {row}")).to_owned()
}

fn maybe(row: &Value, key: &str) -> Option<String> {
    row[key].as_str().map(str::to_owned)
}

fn number(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap_or_else(|| panic!("seed.json: no number {key} in {row}"))
}

fn texts(row: &Value) -> Vec<String> {
    row.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn numbers(row: &Value) -> Vec<u64> {
    row.as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}

fn user(row: &Value) -> User {
    let extras = [("Comments", "comments"), ("Lang", "lang"), ("Timezone", "timezone"), ("Gecos", "gecos")];
    User {
        id: number(row, "id"),
        name: text(row, "name"),
        real_name: maybe(row, "realname"),
        email: maybe(row, "email"),
        privileged: row["privileged"] == true,
        disabled: row["disabled"] == true,
        created: text(row, "created"),
        updated: text(row, "updated"),
        etag: text(row, "etag"),
        extras: extras.iter().filter_map(|(name, key)| Some((*name, maybe(row, key)?))).collect(),
        groups: numbers(&row["groups"]),
        role: match row["role"].as_str() {
            Some("reader") => Role::Reader,
            Some("writer") => Role::Writer,
            Some("agent") => Role::Agent,
            Some("superuser") => Role::Superuser,
            _ => Role::None,
        },
        password: maybe(row, "password"),
        token: maybe(row, "token"),
    }
}

fn queue(row: &Value) -> Queue {
    Queue {
        id: number(row, "id"),
        name: text(row, "name"),
        description: text(row, "description"),
        correspond: text(row, "correspond"),
        disabled: row["disabled"] == true,
        created: text(row, "created"),
        updated: text(row, "updated"),
        etag: text(row, "etag"),
        custom_fields: numbers(&row["custom_fields"]),
    }
}

fn custom_field(row: &Value) -> CustomField {
    CustomField {
        id: number(row, "id"),
        name: text(row, "name"),
        kind: text(row, "type"),
        lookup: text(row, "lookup"),
        max_values: number(row, "max_values"),
        description: text(row, "description"),
        entry_hint: text(row, "entry_hint"),
        created: text(row, "created"),
        updated: text(row, "updated"),
        values: row["values"].is_array().then(|| texts(&row["values"])),
    }
}

fn step(row: &Value) -> Step {
    Step { to: text(row, "to"), label: text(row, "label"), update: maybe(row, "update") }
}

fn ticket(row: &Value) -> Ticket {
    let id = number(row, "id");
    let custom = row["cf"].as_object().into_iter().flatten();
    let links = row["links"].as_array().into_iter().flatten();
    Ticket {
        id,
        effective: row["effective"].as_u64().unwrap_or(id),
        queue: number(row, "queue"),
        status: text(row, "status"),
        subject: text(row, "subject"),
        owner: maybe(row, "owner").unwrap_or_else(|| NOBODY.to_owned()),
        requestors: texts(&row["requestors"]),
        cc: texts(&row["cc"]),
        priority: row["priority"].as_i64().unwrap_or(0),
        time_worked: row["time_worked"].as_u64().unwrap_or(0),
        created: text(row, "created"),
        creator: text(row, "creator"),
        updated: text(row, "updated"),
        updated_by: text(row, "updated_by"),
        starts: maybe(row, "starts"),
        started: maybe(row, "started"),
        due: maybe(row, "due"),
        resolved: maybe(row, "resolved"),
        told: maybe(row, "told"),
        etag: text(row, "etag"),
        custom: custom.map(|(id, values)| (id.parse().expect("a field id"), texts(values))).collect(),
        links: links.map(|link| (link[0].as_str().expect("a relation").to_owned(), link[1].clone())).collect(),
    }
}
