//! The order in which tickets of several desks are shown.

use crate::model::{StatusClass, Ticket};
use serde::{Deserialize, Serialize};
use std::cmp::{Ordering, Reverse};

/// By what tickets are sorted. Tickets that are alike in it stay in the order they have.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Order {
    /// The last change, newest first.
    Updated,
    /// The creation, newest first.
    Created,
    /// When the work must be done, most urgent first; tickets without such a time come last.
    Due,
    /// What still waits for somebody before what is done; within that, by the desk's word for it.
    Status,
    /// By the number that the priority starts with, lowest first, or by its text. What is the most
    /// urgent, desks see differently: 1 in iTop, 5 in OTRS, 100 in RT.
    Priority,
    /// By the number that people see.
    Number,
    /// By the alphabet.
    Subject,
    /// By the alphabet.
    Queue,
}

impl Order {
    /// The word for it in addresses and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Updated => "updated",
            Self::Created => "created",
            Self::Due => "due",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Number => "number",
            Self::Subject => "subject",
            Self::Queue => "queue",
        }
    }

    /// Sorts tickets.
    pub fn sort(self, tickets: &mut [Ticket]) {
        match self {
            Self::Updated => tickets.sort_by_key(|ticket| Reverse(ticket.updated)),
            Self::Created => tickets.sort_by_key(|ticket| Reverse(ticket.created)),
            Self::Due => tickets.sort_by_key(|ticket| (ticket.due.is_none(), ticket.due)),
            Self::Status => tickets.sort_by(|a, b| {
                let classes = rank(a.status_class).cmp(&rank(b.status_class));
                classes.then_with(|| folded(&a.status).cmp(&folded(&b.status)))
            }),
            Self::Priority => tickets.sort_by(|a, b| by_option(&a.priority, &b.priority, natural)),
            Self::Number => tickets.sort_by(|a, b| natural(&a.number, &b.number)),
            Self::Subject => tickets.sort_by_key(|ticket| folded(&ticket.subject)),
            Self::Queue => tickets
                .sort_by(|a, b| by_option(&a.queue, &b.queue, |a, b| folded(a).cmp(&folded(b)))),
        }
    }
}

fn rank(class: StatusClass) -> u8 {
    match class {
        StatusClass::New => 0,
        StatusClass::Open => 1,
        StatusClass::Pending => 2,
        StatusClass::Unknown => 3,
        StatusClass::Resolved => 4,
        StatusClass::Closed => 5,
        StatusClass::Rejected => 6,
        StatusClass::Merged => 7,
        StatusClass::Deleted => 8,
    }
}

fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// What is not there comes last.
fn by_option(
    a: &Option<String>,
    b: &Option<String>,
    compare: impl Fn(&str, &str) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// As people count: runs of digits by their value, 9 before 10.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (left, right) = (digits(a), digits(b));
        if !left.is_empty() && !right.is_empty() {
            let value = |digits: &str| {
                let digits = digits.trim_start_matches('0');
                (digits.len(), digits.to_owned())
            };
            let ordering = value(left).cmp(&value(right));
            if ordering != Ordering::Equal {
                return ordering;
            }
            (a, b) = (cut(a, left.len()), cut(b, right.len()));
            continue;
        }
        let (mut left, mut right) = (a.chars(), b.chars());
        match (left.next(), right.next()) {
            (Some(x), Some(y)) if x == y => (a, b) = (left.as_str(), right.as_str()),
            (x, y) => return x.cmp(&y),
        }
    }
}

fn digits(text: &str) -> &str {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..end).unwrap_or_default()
}

fn cut(text: &str, length: usize) -> &str {
    text.get(length..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(change: &[fn(&mut Ticket)]) -> Vec<Ticket> {
        let tickets = change.iter().zip('a'..).map(|(change, id)| {
            let mut ticket = Ticket {
                desk: "desk".into(),
                id: id.to_string(),
                number: id.to_string(),
                subject: String::new(),
                status: String::new(),
                status_class: StatusClass::Open,
                class: None,
                queue: None,
                priority: None,
                owner: None,
                requestors: Vec::new(),
                created: None,
                updated: None,
                starts: None,
                due: None,
                resolved: None,
                url: String::new(),
                objects: Vec::new(),
                fields: Vec::new(),
            };
            change(&mut ticket);
            ticket
        });
        tickets.collect()
    }

    fn sorted(order: Order, change: &[fn(&mut Ticket)]) -> String {
        let mut tickets = tickets(change);
        order.sort(&mut tickets);
        tickets.into_iter().map(|ticket| ticket.id).collect()
    }

    #[test]
    fn the_newest_comes_first_and_the_most_urgent() {
        let old = |t: &mut Ticket| t.updated = "2026-01-01T00:00:00Z".parse().ok();
        let new = |t: &mut Ticket| t.updated = "2026-02-01T00:00:00Z".parse().ok();
        assert_eq!(sorted(Order::Updated, &[|_| {}, old, new]), "cba");
        let soon = |t: &mut Ticket| t.due = "2026-01-01T00:00:00Z".parse().ok();
        let late = |t: &mut Ticket| t.due = "2026-02-01T00:00:00Z".parse().ok();
        assert_eq!(sorted(Order::Due, &[|_| {}, late, soon]), "cba");
    }

    #[test]
    fn numbers_are_counted_and_not_spelt() {
        let number: [fn(&mut Ticket); 4] = [
            |t| t.number = "I-000010".to_owned(),
            |t| t.number = "I-9".to_owned(),
            |t| t.number = "1000000000000000000000000".to_owned(),
            |t| t.number = "999".to_owned(),
        ];
        assert_eq!(sorted(Order::Number, &number), "dcba");
        let priority: [fn(&mut Ticket); 3] = [
            |_| {},
            |t| t.priority = Some("10 low".to_owned()),
            |t| t.priority = Some("3 normal".to_owned()),
        ];
        assert_eq!(sorted(Order::Priority, &priority), "cba");
    }

    #[test]
    fn open_work_comes_before_what_is_done_and_the_rest_stays_in_order() {
        let change: [fn(&mut Ticket); 4] = [
            |t| t.status_class = StatusClass::Closed,
            |t| t.status_class = StatusClass::New,
            |t| t.status_class = StatusClass::Pending,
            |t| t.status_class = StatusClass::New,
        ];
        assert_eq!(sorted(Order::Status, &change), "bdca");
        let subject: [fn(&mut Ticket); 2] = [
            |t| t.subject = "b".to_owned(),
            |t| t.subject = "A".to_owned(),
        ];
        assert_eq!(sorted(Order::Subject, &subject), "ba");
    }
}
