//! `[service]`: what the service needs to know before it reads its store.

use super::read::{Node, Reader, Table};
use crate::gate::Origin;
use jiff::{Span, Timestamp, tz::TimeZone};
use std::path::PathBuf;
use toml::de::DeValue;

pub(super) const KEYS: &[&str] = &["key_file", "audit_keep", "frame_ancestors"];

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
    /// The sites that may show tickets in a frame of their pages, as a browser writes them.
    pub frame_ancestors: Vec<String>,
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
        let frame_ancestors = table
            .get("frame_ancestors")
            .map(|node| sites(reader, &node))
            .unwrap_or_default();
        reader.unknown(&table, KEYS, |_| None);
        Self {
            key_file,
            audit_keep,
            frame_ancestors,
        }
    }
}

/// What goes into a header: nothing but whole addresses of sites, in the one spelling that browsers use.
fn sites(reader: &mut Reader<'_>, node: &Node<'_>) -> Vec<String> {
    const LIST: &str = "a list such as [\"https://cmdb.example.org\"]";
    let Some(elements) = node.elements() else {
        reader.wrong_type(node, LIST);
        return Vec::new();
    };
    let mut sites = Vec::new();
    for element in elements {
        let Some(text) = reader.text(&element) else {
            continue;
        };
        match Origin::of_cmdb(&text) {
            Ok(site) if site.is_whole_site() => sites.push(site.address().to_owned()),
            _ => reader.problem(
                &element,
                "each is the address of a site: protocol, name and, where it is another, port, such as \
                 \"https://cmdb.example.org\"",
            ),
        }
    }
    sites
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
    fn sites_that_may_have_a_frame_are_whole_sites() {
        let read = |list: &str| {
            let text = format!("[service]\nframe_ancestors = {list}\n");
            let config = Config::parse(&text, Path::new("sgi.toml"));
            config.map(|config| config.service.frame_ancestors)
        };
        assert_eq!(
            read("[\"https://CMDB.example.org/\", \"http://localhost:8000\"]").unwrap(),
            ["https://cmdb.example.org", "http://localhost:8000"]
        );
        assert!(read("[]").unwrap().is_empty());
        for wrong in [
            "\"https://cmdb.example.org\"",
            "[\"*\"]",
            "[\"cmdb.example.org\"]",
            "[\"https://cmdb.example.org/i-doit\"]",
            "[\"https://cmdb.example.org; script-src *\"]",
            "[\"https://a.example https://b.example\"]",
            "[\"https://a.example,https://b.example\"]",
            "[\"https://*.example.org\"]",
            "[\"\"]",
            "[1]",
        ] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(
                error.contains("https://cmdb.example.org") || wrong == "[1]",
                "{wrong}: {error}"
            );
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
