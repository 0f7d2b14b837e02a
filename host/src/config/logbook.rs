//! `[desks.NAME.logbook]`: how a desk's events come into the logbook.

use super::read::{Node, Reader};
use crate::settings::Logbook;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::de::DeValue;

pub(super) const KEYS: &[&str] = &["active", "since", "interval", "reconcile"];

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Logbook {
    let mut logbook = Logbook::default();
    let Some(table) = reader.table(node, "a table") else {
        return logbook;
    };
    if let Some(active) = table.get("active").and_then(|node| reader.truth(&node)) {
        logbook.active = active;
    }
    logbook.since = table.get("since").and_then(|node| instant(reader, &node));
    for (key, place) in [
        ("interval", &mut logbook.interval),
        ("reconcile", &mut logbook.reconcile),
    ] {
        if let Some(duration) = table.get(key).and_then(|node| reader.duration(&node)) {
            *place = duration;
        }
    }
    reader.unknown(&table, KEYS, |_| None);
    logbook
}

fn instant(reader: &mut Reader<'_>, node: &Node<'_>) -> Option<Timestamp> {
    let text = match node.value {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        _ => String::new(),
    };
    let found = parse_instant(&text);
    if found.is_none() {
        reader.wrong_type(
            node,
            "a date (its midnight in UTC) or an instant, such as \"2026-01-31\" or \
             \"2026-01-31T08:00:00+01:00\"",
        );
    }
    found
}

/// A date, which means its midnight in UTC, or an instant with its offset (RFC 3339).
pub fn parse_instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    // Not "2026-01-31 08:00": whose eight o'clock would that be?
    let date: Date = (text.len() == 10).then(|| text.parse().ok())??;
    let midnight = date.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_midnight_and_a_time_needs_its_offset() {
        let utc = |text: &str| parse_instant(text).map(|instant| instant.to_string());
        assert_eq!(utc("2026-01-31").as_deref(), Some("2026-01-31T00:00:00Z"));
        assert_eq!(
            utc("2026-01-31T08:00:00+01:00").as_deref(),
            Some("2026-01-31T07:00:00Z")
        );
        for wrong in [
            "",
            "2026-01-31 08:00",
            "31.01.2026",
            "yesterday",
            "2026-13-01",
        ] {
            assert_eq!(utc(wrong), None, "{wrong}");
        }
    }
}
