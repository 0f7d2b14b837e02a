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

/// The zone that a desk writes its dates in, where it does not write the offset with them.
#[cfg(feature = "zones")]
pub struct Zone(jiff::tz::TimeZone);

#[cfg(feature = "zones")]
impl Zone {
    /// UTC.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// The zone of this IANA name, from the database that is built in; none when it has no such zone.
    pub fn named(name: &str) -> Option<Self> {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        database.get(name).ok().map(Self)
    }

    /// Reads a date and time of this zone, `2026-11-23 21:10:23`; none when it is anything else.
    ///
    /// In the hour that comes twice in autumn the first is taken. A time that is skipped in spring
    /// counts on from the hour before, as on a clock that was not put forward.
    pub fn instant(&self, text: &str) -> Option<Instant> {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        let zoned = local.to_zoned(self.0.clone()).ok()?;
        Some(zoned.timestamp().as_millisecond())
    }

    /// The date and time of this zone at an instant, as [`Zone::instant`] reads it. Parts of a second
    /// are cut off.
    pub fn local(&self, instant: Instant) -> Option<String> {
        let instant = jiff::Timestamp::from_millisecond(instant).ok()?;
        let local = instant.to_zoned(self.0.clone()).datetime();
        Some(local.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// How far the zone is ahead of UTC at an instant, in seconds.
    pub fn offset(&self, instant: Instant) -> Option<i32> {
        let instant = jiff::Timestamp::from_millisecond(instant).ok()?;
        Some(self.0.to_offset(instant).seconds())
    }
}

#[cfg(all(test, feature = "zones"))]
mod zone_tests {
    use super::{Zone, rfc3339};

    fn read(text: &str) -> Option<i64> {
        Zone::named("Europe/Berlin")
            .expect("the zone")
            .instant(text)
    }

    #[test]
    fn a_local_time_becomes_an_instant_in_summer_and_in_winter() {
        assert_eq!(read("2026-07-01 12:00:00"), rfc3339("2026-07-01T10:00:00Z"));
        assert_eq!(read("2026-12-01 12:00:00"), rfc3339("2026-12-01T11:00:00Z"));
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first_and_one_that_never_comes_is_counted_on() {
        assert_eq!(read("2026-10-25 02:30:00"), rfc3339("2026-10-25T00:30:00Z"));
        assert_eq!(read("2026-03-29 02:30:00"), rfc3339("2026-03-29T01:30:00Z"));
    }

    #[test]
    fn what_is_no_local_time_is_no_instant() {
        for text in ["", "0000-00-00 00:00:00", "2026-13-01 00:00:00", "gestern"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert!(Zone::named("Mitteleuropa").is_none());
    }

    #[test]
    fn an_instant_is_written_as_it_is_read() {
        let berlin = Zone::named("Europe/Berlin").expect("the zone");
        let instant = read("2026-07-01 12:00:00").expect("an instant");
        assert_eq!(
            berlin.local(instant).as_deref(),
            Some("2026-07-01 12:00:00")
        );
        assert_eq!(berlin.offset(instant), Some(7200));
    }
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
