//! Reading the seed.
//!
//! The seed (`seed/rt.json`) is the content of a real Request Tracker that was filled by a script
//! for measurements, read out over REST: the same ids, subjects and dates, so that recorded
//! exchanges with that server can be replayed. Four accounts with few rights (9001 to 9004) are
//! ours; their like was measured on the same server. Three that create tickets (846 to 850) were made
//! there later.

use serde_json::Value;

use super::data::{CustomField, Data, NOBODY, Queue, Role, Step, Ticket, User};

const SEED: &str = include_str!("../../seed/rt.json");

impl Data {
    /// The seed as it is.
    pub(super) fn seed() -> Self {
        let seed: Value = serde_json::from_str(SEED).expect("seed/rt.json");
        let rows = |key: &str| seed[key].as_array().expect("rows").clone();
        let steps = |rows: &Value| rows.as_array().expect("steps").iter().map(step).collect();
        let lifecycle = seed["lifecycle"].as_object().expect("life cycle");
        Data {
            version: text(&seed, "version"),
            transactions: number(&seed, "transactions"),
            principals: number(&seed, "principals"),
            clock: None,
            history: super::history::seed(),
            comments_hidden: false,
            hidden_fields: Vec::new(),
            users: rows("users").iter().map(user).collect(),
            queues: rows("queues").iter().map(queue).collect(),
            custom_fields: rows("custom_fields").iter().map(custom_field).collect(),
            lifecycle: lifecycle
                .iter()
                .map(|(from, rows)| (from.clone(), steps(rows)))
                .collect(),
            further_active: Vec::new(),
            tickets: rows("tickets")
                .iter()
                .map(ticket)
                .map(|ticket| (ticket.id, ticket))
                .collect(),
        }
    }
}

fn text(row: &Value, key: &str) -> String {
    row[key]
        .as_str()
        .unwrap_or_else(|| panic!("seed/rt.json: no text {key} in {row}"))
        .to_owned()
}

fn maybe(row: &Value, key: &str) -> Option<String> {
    row[key].as_str().map(str::to_owned)
}

fn number(row: &Value, key: &str) -> u64 {
    row[key]
        .as_u64()
        .unwrap_or_else(|| panic!("seed/rt.json: no number {key} in {row}"))
}

fn texts(row: &Value) -> Vec<String> {
    row.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn numbers(row: &Value) -> Vec<u64> {
    row.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_u64)
        .collect()
}

fn user(row: &Value) -> User {
    let extras = [
        ("Comments", "comments"),
        ("Lang", "lang"),
        ("Timezone", "timezone"),
        ("Gecos", "gecos"),
    ];
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
        extras: extras
            .iter()
            .filter_map(|(name, key)| Some((*name, maybe(row, key)?)))
            .collect(),
        groups: numbers(&row["groups"]),
        role: match row["role"].as_str() {
            Some("reader") => Role::Reader,
            Some("fieldless") => Role::Fieldless,
            Some("ticketless") => Role::Ticketless,
            Some("queues") => Role::Queues,
            Some("tickets") => Role::Tickets,
            Some("author") => Role::Author,
            Some("bareauthor") => Role::BareAuthor,
            Some("blindauthor") => Role::BlindAuthor,
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
        hidden: false,
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
    Step {
        to: text(row, "to"),
        label: text(row, "label"),
        update: maybe(row, "update"),
    }
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
        initial_priority: 0,
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
        etag: number(row, "etag"),
        etag_without_fields: row["etag_without_fields"]
            .as_u64()
            .unwrap_or_else(|| number(row, "etag")),
        mails: row["mails"].as_u64().unwrap_or(0),
        custom: custom
            .map(|(id, values)| (id.parse().expect("a field id"), texts(values)))
            .collect(),
        links: links
            .map(|link| {
                (
                    link[0].as_str().expect("a relation").to_owned(),
                    link[1].clone(),
                )
            })
            .collect(),
    }
}
