//! Changing one ticket as OTRS's core does it: every change moves `Changed` and leaves rows in the
//! history, with the details packed between `%%`. Which rows in which order is measured.

use serde_json::Value;

use super::data::{LOCKS, Row, Ticket, index};

pub(super) const LOCK: u64 = 2;
pub(super) const UNLOCK: u64 = 1;
/// Longer names of history rows are cut.
const NAME_LIMIT: usize = 200;
const MISC: (u64, &str) = (25, "Misc");

/// Who changes something, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct By {
    pub user: u64,
    pub at: i64,
}

/// What MySQL's three-byte UTF-8 leaves of a text: OTRS replaces every emoji.
pub(super) fn storable(text: &str) -> String {
    let fits = |letter: char| {
        if u32::from(letter) > 0xffff {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(fits).collect()
}

/// The company of a customer: only those that OTRS knows have one.
fn company(customer: &str) -> &'static str {
    match customer {
        "kunde1" | "kunde2" => "ACME",
        _ => "",
    }
}

impl Ticket {
    /// Adds a row to the history.
    pub(super) fn row(&mut self, kind: (u64, &'static str), name: &str, article: u64, by: By) {
        self.history.push(Row {
            kind,
            name: name.chars().take(NAME_LIMIT).collect(),
            article,
            at: by.at,
            by: by.user,
            owner: self.owner,
            priority: self.priority,
            queue: self.queue,
            state: self.state,
        });
    }

    pub(super) fn touch(&mut self, by: By) {
        (self.changed, self.changed_by) = (by.at, by.user);
    }

    pub(super) fn set_state(&mut self, state: u64, by: By) {
        if self.state == state {
            return;
        }
        let before = self.state_name();
        self.state = state;
        self.touch(by);
        let name = format!("%%{before}%%{}%%", self.state_name());
        self.row((27, "StateUpdate"), &name, 0, by);
        // Every change of the state writes this, pending or not.
        if !self.state_type().starts_with("pending") {
            self.pending = 0;
            self.row((26, "SetPendingTime"), "%%00-00-00 00:00", 0, by);
        }
    }

    /// Sets when a pending time ends; `written` is how it stands in the history, in OTRS's zone.
    pub(super) fn set_pending(&mut self, until: i64, written: &str, by: By) {
        self.pending = until;
        self.touch(by);
        let name = format!("%%{}", written.get(..16).unwrap_or_default());
        self.row((26, "SetPendingTime"), &name, 0, by);
    }

    pub(super) fn set_priority(&mut self, priority: u64, by: By) {
        if self.priority == priority {
            return;
        }
        let (before, old) = (self.priority_name(), self.priority);
        self.priority = priority;
        self.touch(by);
        let name = format!("%%{before}%%{old}%%{}%%{priority}", self.priority_name());
        self.row((22, "PriorityUpdate"), &name, 0, by);
    }

    pub(super) fn set_title(&mut self, title: &str, by: By) {
        let title = storable(title);
        if self.title == title {
            return;
        }
        let name = format!("%%{}%%{title}", self.title);
        self.title = title;
        self.touch(by);
        self.row((50, "TitleUpdate"), &name, 0, by);
    }

    pub(super) fn set_customer(&mut self, customer: &str, by: By) {
        let company = company(customer);
        self.customer_id = Some(company.to_owned());
        self.customer_user = Some(customer.to_owned());
        self.touch(by);
        let company = match company {
            "" => String::new(),
            company => format!("CustomerID={company};"),
        };
        let name = format!("%%{company}CustomerUser={customer};");
        self.row((21, "CustomerUpdate"), &name, 0, by);
    }

    pub(super) fn set_lock(&mut self, lock: u64, by: By) {
        if self.lock == lock {
            return;
        }
        self.lock = lock;
        self.touch(by);
        let kind = if lock == LOCK {
            (17, "Lock")
        } else {
            (18, "Unlock")
        };
        self.row(kind, &format!("%%{}", LOCKS[index(lock)]), 0, by);
        if lock == LOCK {
            self.reset_unlock(by);
        }
    }

    pub(super) fn reset_unlock(&mut self, by: By) {
        if self.unlock_timeout != by.at {
            self.unlock_timeout = by.at;
            self.row(MISC, "Reset of unlock time.", 0, by);
        }
    }

    /// Sets a dynamic field, or clears it (null, an empty text, an empty list).
    pub(super) fn set_field(&mut self, name: &str, value: &Value, by: By) {
        let value = match value {
            Value::String(text) => Value::from(storable(text)),
            other => other.clone(),
        };
        let (before, now) = (packed(self.fields.get(name)), packed(Some(&value)));
        if before == now {
            return;
        }
        if now.is_empty() {
            self.fields.remove(name);
        } else {
            self.fields.insert(name.to_owned(), value);
        }
        self.touch(by);
        let (name, now, before) = fitted(name, now, before);
        let name = format!("%%FieldName%%{name}%%Value%%{now}%%OldValue%%{before}");
        self.row((28, "TicketDynamicFieldUpdate"), &name, 0, by);
    }
}

/// A value as one text.
fn packed(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().map(|item| packed(Some(item))).collect();
            items.join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// A row holds 200 characters, so OTRS (by its source) shortens the values of fields: a long list
/// of references is not in the history in full, and the old one even less than the new one.
fn fitted(name: &str, now: String, before: String) -> (String, String, String) {
    const ROOM: usize = 166;
    const MARK: &str = "[...]";
    let length = |text: &str| text.chars().count();
    let cut = |text: &str, to: usize| {
        let kept = text.chars().take(to.saturating_sub(MARK.len()));
        kept.chain(MARK.chars()).collect::<String>()
    };
    if length(name) + length(&now) + length(&before) <= ROOM {
        return (name.to_owned(), now, before);
    }
    let before = if length(&before) > 55 {
        cut(&before, 55)
    } else {
        before
    };
    // Names of fields are shorter than half of the room.
    let left = ROOM.saturating_sub(length(&before) + length(name));
    let now = if length(&now) > left {
        cut(&now, left)
    } else {
        now
    };
    (name.to_owned(), now, before)
}
