//! What was written into the case logs of tickets. An operation says only which entry it was.

use super::details::{Operation, What};
use super::listing;
use crate::oql;
use serde_json::Value;
use sgi_guest::Settings;
use sgi_guest::types::Error;
use std::collections::{BTreeMap, BTreeSet};

/// Tickets in one question: a log comes as a whole, and twice, as text and as HTML.
const AT_ONCE: usize = 10;
/// Characters of an event's text.
const TEXT: usize = 1000;

/// An entry, as iTop sends it.
#[derive(Debug, Default)]
struct Entry {
    date: String,
    text: String,
}

#[derive(Debug, Default)]
pub(super) struct Logs(BTreeMap<(u64, String), Vec<Entry>>);

impl Logs {
    /// The logs that operations name, of tickets that can be read.
    pub(super) fn of(
        settings: &Settings,
        operations: &[Operation],
        readable: &BTreeMap<u64, Vec<u64>>,
    ) -> Result<Self, Error> {
        let mut wanted: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<u64>)> = BTreeMap::new();
        for operation in operations {
            if let What::Log { code, .. } = &operation.what
                && oql::is_name(code)
                && oql::is_name(&operation.class)
                && readable.contains_key(&operation.ticket)
            {
                let (codes, ids) = wanted.entry(&operation.class).or_default();
                codes.insert(code);
                ids.insert(operation.ticket);
            }
        }
        let mut logs = BTreeMap::new();
        for (class, (codes, ids)) in wanted {
            let codes: Vec<&str> = codes.into_iter().collect();
            let ids: Vec<u64> = ids.into_iter().collect();
            for ids in ids.chunks(AT_ONCE) {
                let oql = format!("SELECT {class} AS t WHERE t.id {}", oql::any_id(ids));
                let query = listing::ask(settings, class, &oql, &codes.join(","), AT_ONCE);
                let answer = match query {
                    Ok(answer) => answer,
                    // A class that is closed by itself, a log that iTop no longer has.
                    Err(Error::Forbidden(_) | Error::StaleKnowledge(_)) => break,
                    Err(error) => return Err(error),
                };
                for ticket in &answer.entries {
                    for code in &codes {
                        let entries = ticket.raw(code).map(entries).unwrap_or_default();
                        logs.insert((ticket.key, (*code).to_owned()), entries);
                    }
                }
            }
        }
        Ok(Self(logs))
    }

    /// What an entry says; none where it cannot be read.
    pub(super) fn text(&self, ticket: u64, code: &str, entry: usize, date: &str) -> Option<String> {
        let log = self.0.get(&(ticket, code.to_owned()))?;
        // Counted from the oldest. Where something was imported without being counted, the date tells,
        // unless the entry was given one of its own (measured: REST allows it).
        let counted = log.get(entry);
        let mut dated = log.iter().filter(|entry| entry.date == date);
        let found = match (counted, dated.next(), dated.next()) {
            (Some(counted), _, _) if counted.date == date => counted,
            (_, Some(only), None) => only,
            (counted, _, _) => counted?,
        };
        let text: String = found.text.trim().chars().take(TEXT).collect();
        (!text.is_empty()).then_some(text)
    }
}

fn entries(log: &Value) -> Vec<Entry> {
    let entries = log.get("entries").and_then(Value::as_array);
    let text = |entry: &Value, name: &str| {
        let text = entry.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    entries
        .into_iter()
        .flatten()
        .map(|entry| Entry {
            date: text(entry, "date"),
            text: text(entry, "message"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The log as it was recorded, with a second entry that was given a date of its own.
    fn logs() -> Logs {
        let log = json!({"entries": [
            {"date": "2026-11-23 22:14:07", "user_login": "CMDB Konnektor", "user_id": "2", "message": "Erste Notiz x zweite", "message_html": "<p>Erste Notiz <b>x</b>\nzweite</p>"},
            {"date": "2026-01-02 03:04:05", "user_login": "CMDB Konnektor", "user_id": "2", "message": "Hallo x ä", "message_html": "<p>Hallo <b>x</b> ä</p>"},
            {"date": "2026-11-23 22:20:00", "message": "ü".repeat(1200)},
            {"date": "2026-11-23 22:21:00", "message": " "},
        ]});
        Logs([((63, "private_log".to_owned()), entries(&log))].into())
    }

    #[test]
    fn an_entry_is_found_by_its_place_or_else_its_date() {
        let logs = logs();
        let text = |entry, date| logs.text(63, "private_log", entry, date);
        let first = text(0, "2026-11-23 22:14:07");
        assert_eq!(first.as_deref(), Some("Erste Notiz x zweite"));
        let own_date = text(1, "2026-11-23 22:14:08");
        assert_eq!(own_date.as_deref(), Some("Hallo x ä"));
        let by_date = text(7, "2026-11-23 22:14:07");
        assert_eq!(by_date.as_deref(), Some("Erste Notiz x zweite"));
        assert_eq!(text(7, "2026-11-23 23:00:00"), None);
        assert_eq!(text(3, "2026-11-23 22:21:00"), None, "nothing was written");
        assert_eq!(logs.text(63, "public_log", 0, ""), None);
        let long = text(2, "2026-11-23 22:20:00").expect("a text");
        assert_eq!(long.chars().count(), 1000);
    }
}
