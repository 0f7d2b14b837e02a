//! Instants: milliseconds since 1970 in UTC, as the contract has them.

use crate::bindings::wasi::clocks::wall_clock;
use crate::types::Instant;

/// The time now.
pub fn now() -> Instant {
    let now = wall_clock::now();
    i64::try_from(now.seconds)
        .unwrap_or(i64::MAX)
        .saturating_mul(1000)
        .saturating_add(i64::from(now.nanoseconds / 1_000_000))
}

/// Reads an RFC 3339 instant with its offset (`2024-01-08T08:00:00Z`); none when it is anything
/// else.
pub fn rfc3339(text: &str) -> Option<Instant> {
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}

/// Reads a date as HTTP has it (`Sun, 06 Nov 1994 08:49:37 GMT`); none when it is anything else.
pub fn http_date(text: &str) -> Option<Instant> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()
        .map(jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::{http_date, rfc3339};

    #[test]
    fn a_date_of_http_is_read() {
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:01 GMT"), Some(1000));
        assert_eq!(http_date("1"), None);
        assert_eq!(http_date("tomorrow"), None);
    }

    #[test]
    fn an_instant_is_read_with_its_offset() {
        assert_eq!(rfc3339("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(
            rfc3339("2024-03-31T02:30:00+02:00"),
            Some(1_711_845_000_000)
        );
        assert_eq!(rfc3339("1969-12-31T23:59:59Z"), Some(-1000));
    }

    #[test]
    fn what_has_no_offset_or_is_no_date_is_no_instant() {
        for text in ["", "2024-01-08 08:00:00", "2024-01-08", "gestern", "0"] {
            assert_eq!(rfc3339(text), None, "{text:?}");
        }
    }
}
