//! Transactions: what RT keeps of every change, and who may see it.
//!
//! Measured: for all but superusers there is no total. Of transactions of tickets RT's database leaves out
//! those of tickets that the account does not see; comments, mails and changes of custom fields that it
//! may not see are taken out **after** the page was cut, so that pages are short or empty and not the last.
//! `/ticket/N/history` does all of it after the cut, and has what happened to tickets that were merged
//! into this one.

use serde_json::{Map, Value, json};

use super::answers;
use super::data::{Data, Ticket, User};
use super::dates::{self, Zone};
use super::json::Shuffle;
use super::lists::{Fields, Page, envelope};
use super::params;
use super::query::{Refusal, rows};
use super::route::Call;
use crate::http::Response;

const SEED: &str = include_str!("../../seed/rt_history.json");
/// What RT puts before the number of a ticket where it links to one.
const OWN_LINK: &str = "fsck.com-rt://rt.local/ticket/";

/// A transaction of a ticket. What is not set is an empty text, as RT answers it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Its number; those of all tickets, queues and users are counted together.
    pub id: u64,
    /// The ticket that it happened to.
    pub ticket: u64,
    /// `Create`, `Set`, `Status` …
    pub kind: String,
    /// What of the ticket; the number of a custom field.
    pub field: String,
    /// The value before.
    pub old: String,
    /// The value after.
    pub new: String,
    /// Subjects and message ids of mails.
    pub data: String,
    /// The login name of who did it.
    pub creator: String,
    /// When.
    pub created: String,
    /// Minutes.
    pub(super) taken: String,
    pub(super) reference: [String; 3],
}

impl Transaction {
    /// Whether an account that sees the ticket sees this.
    fn is_shown_to(&self, account: &User, data: &Data, ticket: &Ticket) -> bool {
        match self.kind.as_str() {
            "EmailRecord" | "CommentEmailRecord" => account.administers(),
            "Comment" => account.administers() || !data.comments_hidden,
            "CustomField" => {
                account.administers()
                    || account.sees_fields(data.queue_of(ticket))
                        && !data.hidden_fields.contains(&self.field)
            }
            _ => true,
        }
    }

    fn value(&self, call: &Call<'_>, name: &str) -> Value {
        match name {
            "id" => json!(self.id),
            "Type" => json!(self.kind),
            "Field" => json!(self.field),
            "OldValue" => json!(self.old),
            "NewValue" => json!(self.new),
            "Data" => json!(self.data),
            "Created" => json!(self.created),
            "ObjectType" => json!("RT::Ticket"),
            "ObjectId" => json!(self.ticket.to_string()),
            "TimeTaken" => json!(self.taken),
            "ReferenceType" => json!(self.reference[0]),
            "OldReference" => json!(self.reference[1]),
            "NewReference" => json!(self.reference[2]),
            "Creator" => call
                .view
                .user_pointer(&self.creator, &Fields::of(&call.params).nested(name)),
            _ => json!(""),
        }
    }
}

/// The histories of the seed's tickets.
pub(super) fn seed() -> Vec<Transaction> {
    let rows: Vec<Vec<Value>> = serde_json::from_str(SEED).expect("seed/rt_history.json");
    let row = |row: Vec<Value>| {
        let text = |at: usize| row[at].as_str().expect("a text").to_owned();
        Transaction {
            id: row[0].as_u64().expect("a number"),
            ticket: row[1].as_u64().expect("a number"),
            kind: text(2),
            field: text(3),
            old: text(4),
            new: text(5),
            data: text(6),
            creator: text(7),
            created: text(8),
            taken: text(9),
            reference: [text(10), text(11), text(12)],
        }
    };
    rows.into_iter().map(row).collect()
}

/// `/transactions`.
pub(super) fn transactions(call: &Call<'_>) -> Response {
    if call.request.method != "GET" {
        return answers::not_modelled("searches for transactions in JSON");
    }
    let page = Page::of(&call.params);
    let text = params::last(&call.params, "query").unwrap_or_default();
    if text.is_empty() {
        let empty = envelope(call, Vec::new(), page, None);
        return answers::document(&empty, &mut Shuffle::new(call.seed));
    }
    let parsed = match rows::parse(text) {
        Ok(parsed) => parsed,
        Err(Refusal::Message(message)) => return answers::error(400, &message),
        Err(Refusal::NotModelled(what)) => return answers::not_modelled(&what),
    };
    let (data, account) = (call.view.data, call.view.account);
    let own_zone = account
        .extras
        .iter()
        .find(|(name, _)| *name == "Timezone")
        .map(|(_, zone)| zone.as_str());
    let zone = Zone::of(own_zone);
    let found = data.history.iter().filter(|row| {
        let ticket = data.tickets.get(&row.ticket);
        ticket.is_some_and(|ticket| {
            (account.administers() || account.shows(data.queue_of(ticket)))
                && rows::holds(&parsed, row, ticket, data, zone)
        })
    });
    list(call, found.collect(), page)
}

/// `/ticket/N/history`; empty for one that is not there or forbidden.
pub(super) fn of_ticket(call: &Call<'_>, id: &str) -> Response {
    if call.request.method != "GET" || params::last(&call.params, "query").is_some() {
        return answers::not_modelled("searches in the history of a ticket");
    }
    let data = call.view.data;
    let ticket = id.parse().ok().and_then(|id| data.ticket_shown(id));
    let ticket = ticket.filter(|ticket| call.view.account.shows(data.queue_of(ticket)));
    let rows = data.history.iter().filter(|row| {
        let of = data.tickets.get(&row.ticket);
        let effective = of.map_or(row.ticket, |ticket| ticket.effective);
        ticket.is_some_and(|ticket| effective == ticket.id)
    });
    list(call, rows.collect(), Page::of(&call.params))
}

fn list(call: &Call<'_>, mut found: Vec<&Transaction>, page: Page) -> Response {
    let (data, account) = (call.view.data, call.view.account);
    match params::last(&call.params, "orderby") {
        None => found.sort_by(|a, b| (&a.created, a.id).cmp(&(&b.created, b.id))),
        Some("id") => found.sort_by_key(|row| row.id),
        Some(_) => return answers::not_modelled("transactions in another order than by id"),
    }
    if params::last(&call.params, "order").is_some_and(|order| order.eq_ignore_ascii_case("DESC")) {
        found.reverse();
    }
    let named = Fields::of(&call.params).named();
    let shown = page.cut(&found).iter().filter(|row| {
        let ticket = data.tickets.get(&row.ticket);
        ticket.is_some_and(|ticket| row.is_shown_to(account, data, ticket))
    });
    let items = shown.map(|row| {
        let mut item: Map<String, Value> = call.view.pointer("transaction", &row.id.to_string());
        for field in &named {
            item.insert(field.clone(), row.value(call, field));
        }
        Value::Object(item)
    });
    let items = items.collect();
    let total = account.administers().then_some(found.len() as u64);
    answers::document(
        &envelope(call, items, page, total),
        &mut Shuffle::new(call.seed),
    )
}

impl Data {
    /// Notes a transaction with the next number; gives it.
    pub(super) fn note(&mut self, row: Transaction) -> u64 {
        let id = self.transaction();
        self.note_as(id, row);
        id
    }

    /// … with a number that was taken before.
    pub(super) fn note_as(&mut self, id: u64, row: Transaction) {
        let created = match row.created.is_empty() {
            true => dates::format_answer(self.now()),
            false => row.created.clone(),
        };
        self.history.push(Transaction {
            id,
            created,
            taken: "0".to_owned(),
            ..row
        });
        self.history.sort_by_key(|row| row.id);
    }

    /// What a change of a ticket is in its history.
    pub(super) fn differences(&self, was: &Ticket, is: &Ticket) -> Vec<Transaction> {
        let mut rows = Vec::new();
        let mut row = |kind: &str, field: &str, old: String, new: String| {
            rows.push(Transaction {
                ticket: is.id,
                kind: kind.to_owned(),
                field: field.to_owned(),
                old,
                new,
                ..Transaction::default()
            });
        };
        let unset = || "1970-01-01 00:00:00".to_owned();
        let date = |date: &Option<String>| {
            let date = date
                .as_ref()
                .map(|date| date.replace('T', " ").replace('Z', ""));
            date.unwrap_or_else(unset)
        };
        if was.effective != is.effective {
            let into = format!("{OWN_LINK}{}", is.effective);
            row("AddLink", "MergedInto", String::new(), into);
        }
        if was.owner != is.owner {
            let id = |name: &str| self.user(name).map_or(0, |user| user.id).to_string();
            // The owner is one of the people of the ticket as well: RT notes it twice.
            for kind in ["Set", "SetWatcher"] {
                row(kind, "Owner", id(&was.owner), id(&is.owner));
            }
        }
        if was.queue != is.queue {
            row("Set", "Queue", was.queue.to_string(), is.queue.to_string());
        }
        if was.status != is.status {
            row("Status", "Status", was.status.clone(), is.status.clone());
        }
        if was.subject != is.subject {
            row("Set", "Subject", was.subject.clone(), is.subject.clone());
        }
        if was.priority != is.priority {
            row(
                "Set",
                "Priority",
                was.priority.to_string(),
                is.priority.to_string(),
            );
        }
        if was.due != is.due {
            row("Set", "Due", date(&was.due), date(&is.due));
        }
        let fields = was.custom.keys().chain(is.custom.keys());
        let fields: std::collections::BTreeSet<u64> = fields.copied().collect();
        let none = Vec::new();
        for field in fields {
            let old = was.custom.get(&field).unwrap_or(&none);
            let new = is.custom.get(&field).unwrap_or(&none);
            let lost = || old.iter().filter(|value| !new.contains(value));
            let won = || new.iter().filter(|value| !old.contains(value));
            let single = self.custom_field(field).is_some_and(|f| f.max_values == 1);
            let number = field.to_string();
            if let (true, Some(from), Some(to)) = (single, lost().next(), won().next()) {
                row("CustomField", &number, from.clone(), to.clone());
                continue;
            }
            for value in won() {
                row("CustomField", &number, String::new(), value.clone());
            }
            for value in lost() {
                row("CustomField", &number, value.clone(), String::new());
            }
        }
        rows
    }

    /// The other half of a merge, at the ticket that stays.
    pub(super) fn merged(into: u64) -> Transaction {
        Transaction {
            ticket: into,
            kind: "AddLink".to_owned(),
            field: "MergedInto".to_owned(),
            new: format!("{OWN_LINK}{into}"),
            ..Transaction::default()
        }
    }
}
