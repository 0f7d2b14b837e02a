//! Instants as integers, so that the database orders them: nanoseconds since 1970.

use jiff::Timestamp;

/// What goes beyond the years 1677 to 2262 becomes the first or last instant of them.
pub(super) fn to_integer(instant: Timestamp) -> i64 {
    // Not `i64::MIN`, whose absolute value is no number of SQLite's JSON.
    let bounded = instant
        .as_nanosecond()
        .clamp(i128::from(-i64::MAX), i128::from(i64::MAX));
    i64::try_from(bounded).unwrap_or_default()
}

pub(super) fn from_integer(nanoseconds: i64) -> Timestamp {
    // Every i64 is within what a timestamp can be.
    Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for text in [
            "1970-01-01T00:00:00Z",
            "1677-09-22T00:00:00.000000001Z",
            "2026-11-25T22:00:00.123456789Z",
            "2262-04-11T00:00:00Z",
        ] {
            let instant: Timestamp = text.parse().unwrap();
            assert_eq!(from_integer(to_integer(instant)), instant, "{text}");
        }
    }

    #[test]
    fn extremes_stay_in_order() {
        assert_eq!(to_integer(Timestamp::MIN), -i64::MAX);
        assert_eq!(to_integer(Timestamp::MAX), i64::MAX);
        assert!(from_integer(i64::MIN) < from_integer(-i64::MAX));
        assert!(from_integer(i64::MAX) < Timestamp::MAX);
    }
}
