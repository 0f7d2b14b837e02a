//! `[service]`: what the service needs to know before it reads its store.

use super::read::{Node, Reader, Table};
use jiff::{Span, Timestamp, tz::TimeZone};
use std::path::PathBuf;
use toml::de::DeValue;

pub(super) const KEYS: &[&str] = &["key_file", "audit_keep"];

/// Shorter, and nobody would find out in time.
const SHORTEST: i64 = 30;

/// How long the audit trail is kept where nobody says it.
const YEARS: i64 = 5;

/// How long something is kept.
#[derive(Debug, Clone)]
pub struct Keep(Span);

impl Keep {
    /// What is older than that goes, at this moment. None: nothing is.
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let now = now.to_zoned(TimeZone::UTC);
        Some(now.checked_sub(self.0).ok()?.timestamp())
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self(Span::new().years(YEARS))
    }
}

impl PartialEq for Keep {
    fn eq(&self, other: &Self) -> bool {
        self.0.fieldwise() == other.0.fieldwise()
    }
}

impl Eq for Keep {}

/// The table `[service]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceEntry {
    /// The key that secrets in the service's store are sealed with; none: `settings.key` beside it.
    pub key_file: Option<PathBuf>,
    /// How long entries of the audit trail are kept.
    pub audit_keep: Keep,
}

impl ServiceEntry {
    pub(super) fn read(reader: &mut Reader<'_>, root: &Table<'_>) -> Self {
        let table = root.get("service");
        let Some(table) = table.and_then(|node| reader.table(&node, "a table, [service]")) else {
            return Self::default();
        };
        let key_file = table.get("key_file").and_then(|node| {
            let text = reader.text(&node)?;
            if text.is_empty() {
                reader.problem(&node, "is empty; name a file, or remove the line");
            }
            Some(reader.path(&text))
        });
        let audit_keep = table
            .get("audit_keep")
            .and_then(|node| keep(reader, &node))
            .unwrap_or_default();
        reader.unknown(&table, KEYS, |_| None);
        Self {
            key_file,
            audit_keep,
        }
    }
}

fn keep(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Keep> {
    const TIME: &str = "a time such as \"2y\", \"18mo\" or \"90d\"";
    let DeValue::String(text) = node.value else {
        reader.wrong_type(node, TIME);
        return None;
    };
    let now = Timestamp::now();
    let span = text.trim().parse::<Span>().ok();
    let until = span.and_then(|span| Keep(span).until(now).map(|until| (span, until)));
    match until {
        Some((span, until)) if now.duration_since(until).as_hours() >= 24 * SHORTEST => {
            Some(Keep(span))
        }
        Some(_) => {
            reader.problem(node, format!("the time must be at least {SHORTEST} days"));
            None
        }
        None => {
            reader.problem(node, format!("expected {TIME}"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;
    use jiff::Timestamp;
    use std::path::Path;

    fn read(keep: &str) -> Result<String, String> {
        let text = format!("[service]\naudit_keep = {keep}\n");
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        match Config::parse(&text, Path::new("sgi.toml")) {
            Ok(config) => Ok(config.service.audit_keep.until(now).unwrap().to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn how_long_the_audit_trail_is_kept_is_said_in_years_months_or_days() {
        assert_eq!(read("\"2y\"").unwrap(), "2024-03-31T12:00:00Z");
        assert_eq!(read("\"1mo 1d\"").unwrap(), "2026-02-27T12:00:00Z");
        assert_eq!(read("\"90 days\"").unwrap(), "2025-12-31T12:00:00Z");
        for (wrong, told) in [
            ("\"1d\"", "at least 30 days"),
            ("\"-2y\"", "at least 30 days"),
            ("\"long\"", "18mo"),
            ("\"99999y\"", "18mo"),
            ("2", "18mo"),
        ] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains(told), "{wrong}: {error}");
        }
    }
}
