//! Dates as iTop writes them: local, without a mark of the zone.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";
/// What the database makes of a date that is none: the one before all others.
const ZERO: &str = "0000-00-00 00:00:00";

/// A zone by its name, or by its distance from UTC such as `+05:30`.
pub(super) fn zone(name: &str) -> TimeZone {
    if let Ok(zone) = TimeZone::get(name) {
        return zone;
    }
    let fixed = format!("2000-01-01T00:00:00{name}");
    let parsed = jiff::fmt::temporal::DateTimeParser::new().parse_timestamp(&fixed);
    let utc: Timestamp = parsed.unwrap_or_else(|_| panic!("no time zone: {name}"));
    let midnight: Timestamp = "2000-01-01T00:00:00Z".parse().expect("a timestamp");
    let seconds = (midnight - utc).total(jiff::Unit::Second).expect("seconds");
    #[expect(clippy::cast_possible_truncation, reason = "a day has 86400 seconds")]
    let offset = jiff::tz::Offset::from_seconds(seconds as i32).expect("less than a day");
    TimeZone::fixed(offset)
}

/// An instant as iTop writes it.
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime(FORMAT).to_string()
}

/// A date of the seed, which stands there in the time of the recorded server, in another zone.
pub(super) fn moved(date: &str, from: &TimeZone, to: &TimeZone) -> String {
    let civil = DateTime::strptime(FORMAT, date).expect("a date of the seed");
    let at = from
        .to_ambiguous_zoned(civil)
        .compatible()
        .expect("a time of that zone");
    local(at.timestamp(), to)
}

/// What the database takes a text for that is compared with a date: it reads as far as it can, so
/// a date in ISO 8601 is taken without its zone, and what is no date comes before all dates.
pub(super) fn literal(text: &str) -> String {
    let text = text.trim().replacen('T', " ", 1);
    for (format, length) in [(FORMAT, 19), ("%Y-%m-%d %H:%M", 16), ("%Y-%m-%d", 10)] {
        let Some(head) = text.get(..length) else {
            continue;
        };
        let date = match format {
            "%Y-%m-%d" => jiff::civil::Date::strptime(format, head).map(|date| date.at(0, 0, 0, 0)),
            _ => DateTime::strptime(format, head),
        };
        if let Ok(date) = date {
            return date.strftime(FORMAT).to_string();
        }
    }
    ZERO.to_owned()
}

/// A date with so many units of time added; unknown units count as none.
pub(super) fn added(date: &str, count: i64, unit: &str) -> String {
    let Ok(civil) = DateTime::strptime(FORMAT, date) else {
        return ZERO.to_owned();
    };
    let span = match unit.to_ascii_uppercase().as_str() {
        "SECOND" => Span::new().seconds(count),
        "MINUTE" => Span::new().minutes(count),
        "HOUR" => Span::new().hours(count),
        "DAY" => Span::new().days(count),
        "MONTH" => Span::new().months(count),
        "YEAR" => Span::new().years(count),
        _ => Span::new(),
    };
    civil
        .checked_add(span)
        .map_or(ZERO.to_owned(), |date| date.strftime(FORMAT).to_string())
}

/// The seconds from one date to another.
pub(super) fn seconds_between(from: &str, to: &str) -> i64 {
    let parse = |date: &str| DateTime::strptime(FORMAT, date);
    match (parse(from), parse(to)) {
        (Ok(from), Ok(to)) => to.duration_since(from).as_secs(),
        _ => 0,
    }
}

/// An instant as the header `Date` has it.
pub(super) fn header(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_date_comes_before_all_dates() {
        assert_eq!(literal("gestern"), ZERO);
        assert_eq!(literal("2026-11-23T21:14:00Z"), "2026-11-23 21:14:00");
        assert_eq!(literal("2026-11-23"), "2026-11-23 00:00:00");
    }

    #[test]
    fn a_zone_has_a_name_or_a_distance() {
        let at: Timestamp = "2026-07-01T10:00:00Z".parse().unwrap();
        assert_eq!(local(at, &zone("Europe/Berlin")), "2026-07-01 12:00:00");
        assert_eq!(local(at, &zone("+05:30")), "2026-07-01 15:30:00");
        assert_eq!(local(at, &zone("-03:00")), "2026-07-01 07:00:00");
        assert_eq!(header(at), "Wed, 01 Jul 2026 10:00:00 GMT");
    }
}
