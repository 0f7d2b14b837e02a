//! Times, sizes and counts, with their bounds.

use super::read::{Node, Reader};
use jiff::SignedDuration;
use std::ops::RangeInclusive;
use std::time::Duration;
use toml::de::DeValue;

/// No setting has a use for more, and a mistyped unit shows.
const LONGEST: Duration = Duration::from_secs(3600);

const TIME: &str = "a time such as \"30s\", \"500ms\" or \"2m\", or a number of seconds";
const SIZE: &str = "a size such as \"32 MiB\", or a number of bytes";

const UNITS: &[(&str, u64)] = &[
    ("B", 1),
    ("KB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KIB", 1 << 10),
    ("MIB", 1 << 20),
    ("GIB", 1 << 30),
];

impl Reader<'_> {
    pub(super) fn duration(&mut self, node: &Node<'_>) -> Option<Duration> {
        let duration = match node.value {
            DeValue::Integer(_) => node
                .integer()
                .and_then(|seconds| u64::try_from(seconds).ok())
                .map(Duration::from_secs),
            // jiff's "friendly" format: 10s, 1m 30s, 500 ms.
            DeValue::String(text) => text
                .trim()
                .parse::<SignedDuration>()
                .ok()
                .and_then(|duration| Duration::try_from(duration).ok()),
            _ => {
                self.wrong_type(node, TIME);
                return None;
            }
        };
        match duration {
            Some(duration) if !duration.is_zero() && duration <= LONGEST => Some(duration),
            Some(_) => {
                self.problem(
                    node,
                    "the time must be more than nothing and at most one hour",
                );
                None
            }
            None => {
                self.problem(node, format!("expected {TIME}"));
                None
            }
        }
    }

    pub(super) fn size(&mut self, node: &Node<'_>, bounds: RangeInclusive<u64>) -> Option<usize> {
        let size = match node.value {
            DeValue::Integer(_) => node.integer().and_then(|bytes| u64::try_from(bytes).ok()),
            DeValue::String(text) => parse_size(text),
            _ => {
                self.wrong_type(node, SIZE);
                return None;
            }
        };
        let Some(size) = size else {
            self.problem(node, format!("expected {SIZE}"));
            return None;
        };
        if !bounds.contains(&size) {
            let (least, most) = (show_size(*bounds.start()), show_size(*bounds.end()));
            self.problem(node, format!("the size must be between {least} and {most}"));
            return None;
        }
        usize::try_from(size).ok()
    }

    pub(super) fn count(&mut self, node: &Node<'_>, bounds: RangeInclusive<u32>) -> Option<u32> {
        let (least, most) = (bounds.start(), bounds.end());
        let expected = format!("a number between {least} and {most}");
        let DeValue::Integer(_) = node.value else {
            self.wrong_type(node, &format!("{expected}, without quotes"));
            return None;
        };
        let count = node
            .integer()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| bounds.contains(number));
        if count.is_none() {
            self.problem(node, format!("expected {expected}"));
        }
        count
    }
}

fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = unit.trim().to_ascii_uppercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn show_size(bytes: u64) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] {
        if bytes >= 1 << shift {
            return format!("{} {unit}", bytes >> shift);
        }
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_number_and_a_unit() {
        assert_eq!(parse_size("32 MiB"), Some(32 << 20));
        assert_eq!(parse_size("64kb"), Some(64_000));
        assert_eq!(parse_size("7"), None);
        assert_eq!(parse_size("MiB"), None);
        assert_eq!(parse_size("1.5 MiB"), None);
        assert_eq!(parse_size("99999999999 GiB"), None);
        assert_eq!(show_size(32 << 20), "32 MiB");
    }
}
