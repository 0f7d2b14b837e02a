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
/// else. A leap second counts as the second after it.
///
/// By hand: a list holds five of them a ticket, and a library for all of time is a tenth of a
/// component's code.
pub fn rfc3339(text: &str) -> Option<Instant> {
    let mut rest = Digits(text.as_bytes());
    let date = days(rest.number(4)?, rest.after(b'-')?, rest.after(b'-')?)?;
    rest.one_of(b"Tt ")?;
    let second = seconds(rest.number(2)?, rest.after(b':')?, rest.after(b':')?)?;
    let milliseconds = rest.fraction()?;
    let offset = match rest.one_of(b"Zz+-")? {
        b'Z' | b'z' => 0,
        sign => {
            let offset = seconds(rest.number(2)?, rest.after(b':')?, 0)?;
            if sign == b'-' { -offset } else { offset }
        }
    };
    let instant = (date * 86_400 + second - offset) * 1000 + milliseconds;
    rest.0.is_empty().then_some(instant)
}

/// Reads a date as HTTP has it (`Sun, 06 Nov 1994 08:49:37 GMT`); none when it is anything else.
pub fn http_date(text: &str) -> Option<Instant> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, date) = text.split_once(", ")?;
    let date = date.strip_suffix(" GMT")?;
    let name = date.get(3..6)?;
    let month = (1..).zip(MONTHS).find(|(_, month)| *month == name)?.0;
    let mut rest = Digits(date.as_bytes());
    let day = rest.number(2)?;
    rest.one_of(b" ")?;
    rest = Digits(rest.0.get(3..)?);
    let date = days(rest.after(b' ')? * 100 + rest.number(2)?, month, day)?;
    rest.one_of(b" ")?;
    let second = seconds(rest.number(2)?, rest.after(b':')?, rest.after(b':')?)?;
    rest.0.is_empty().then_some((date * 86_400 + second) * 1000)
}

/// Days since 1970-01-01 in the Gregorian calendar; none for a day that is not in it.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day at the end; 400 of them are 146,097 days.
    let (year, month) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (month * 153 + 2) / 5 + day - 719_469)
}

/// Seconds since midnight; none for a time that is not on the clock.
fn seconds(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
}

/// What is still to be read.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        number.iter().try_fold(0, |value, digit| {
            let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
            Some(value * 10 + digit)
        })
    }

    /// A number of two digits after this sign.
    fn after(&mut self, sign: u8) -> Option<i64> {
        self.one_of(&[sign])?;
        self.number(2)
    }

    /// One of these signs.
    fn one_of(&mut self, signs: &[u8]) -> Option<u8> {
        let (sign, rest) = self.0.split_first()?;
        self.0 = rest;
        signs.contains(sign).then_some(*sign)
    }

    /// A fraction of a second where there is one, in whole milliseconds.
    fn fraction(&mut self) -> Option<i64> {
        let Some(fraction) = self.0.strip_prefix(b".") else {
            return Some(0);
        };
        let length = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = fraction.split_at_checked(length)?;
        self.0 = rest;
        let milliseconds = digits.iter().chain(b"000").take(3);
        let milliseconds =
            milliseconds.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
        (length > 0).then_some(milliseconds)
    }
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

/// Zones that together have every offset that any zone has had since 2000, at the times when one had it:
/// reading all six hundred takes some 50 ms. The first are the most common.
#[cfg(feature = "zones")]
const REPRESENTATIVE: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "Africa/Addis_Ababa",
    "America/Adak",
    "America/Anchorage",
    "America/Araguaina",
    "America/Bahia_Banderas",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Davis",
    "Antarctica/DumontDUrville",
    "Antarctica/McMurdo",
    "Asia/Baku",
    "Asia/Bishkek",
    "Asia/Calcutta",
    "Asia/Jayapura",
    "Asia/Kabul",
    "Asia/Kathmandu",
    "Asia/Rangoon",
    "Atlantic/Cape_Verde",
    "Australia/Adelaide",
    "Australia/Eucla",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
    "Pacific/Midway",
    "America/Dawson",
    "America/Noronha",
    "Pacific/Norfolk",
    "Australia/LHI",
    "Asia/Tehran",
    "Antarctica/Mawson",
    "Pacific/Honolulu",
    "America/Chicago",
    "Pacific/Enderbury",
    "America/Caracas",
    "Australia/Darwin",
    "Africa/Blantyre",
    "America/Boise",
    "Indian/Mauritius",
    "Pacific/Funafuti",
    "Pacific/Efate",
    "America/Ensenada",
    "Asia/Brunei",
    "America/Boa_Vista",
    "Asia/Pyongyang",
    "America/Argentina/Buenos_Aires",
    "Asia/Aqtau",
    "Antarctica/Vostok",
    "Etc/GMT+12",
];

/// Whether some zone is so many seconds ahead of UTC at an instant: what is measured and is no such
/// offset was measured wrong.
#[cfg(feature = "zones")]
pub fn offset_exists(seconds: i32, at: Instant) -> bool {
    static ZONES: std::sync::OnceLock<Vec<jiff::tz::TimeZone>> = std::sync::OnceLock::new();
    let Ok(at) = jiff::Timestamp::from_millisecond(at) else {
        return false;
    };
    let zones = ZONES.get_or_init(|| {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        let named = REPRESENTATIVE.iter().map(|name| database.get(name));
        named.filter_map(Result::ok).collect()
    });
    zones
        .iter()
        .any(|zone| zone.to_offset(at).seconds() == seconds)
}

#[cfg(feature = "zones")]
#[cfg(test)]
mod zone_tests {
    use super::{Zone, offset_exists, rfc3339};

    #[test]
    fn the_representative_zones_have_every_offset_that_any_zone_has() {
        let database = jiff::tz::TimeZoneDatabase::bundled();
        let zones: Vec<_> = database
            .available()
            .filter_map(|name| database.get(name.as_str()).ok())
            .collect();
        for year in 2005..2037 {
            for month in ["01", "04", "07", "10"] {
                let at = rfc3339(&format!("{year}-{month}-15T12:00:00Z")).expect("an instant");
                let stamp = jiff::Timestamp::from_millisecond(at).expect("an instant");
                for zone in &zones {
                    let seconds = zone.to_offset(stamp).seconds();
                    assert!(
                        offset_exists(seconds, at),
                        "{zone:?} {seconds} {year}-{month}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_offset_exists_where_a_zone_has_it_then() {
        let exists = |quarters: i32, at: &str| {
            offset_exists(quarters * 15 * 60, rfc3339(at).expect("an instant"))
        };
        let (winter, summer) = ("2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z");
        // Among them Kathmandu, Eucla, the Marquesas, and both ends of the world.
        for quarters in [0, 4, 22, 23, 35, -38, 56, -48] {
            assert!(exists(quarters, winter), "{quarters}");
        }
        for quarters in [1, 3, 7, -3, -21, 57, 60, -49, 1000] {
            assert!(!exists(quarters, winter), "{quarters}");
        }
        // The Chatham Islands have summer in January, Newfoundland in July.
        assert!(exists(55, winter) && !exists(55, summer));
        assert!(!exists(-10, winter) && exists(-10, summer));
        assert!(!offset_exists(0, i64::MAX));
    }

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
        assert_eq!(
            http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777_000)
        );
        for text in [
            "1",
            "tomorrow",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Non 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "ü, üüü GMT",
        ] {
            assert_eq!(http_date(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_instant_is_read_with_its_offset() {
        assert_eq!(rfc3339("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(
            rfc3339("2024-03-31T02:30:00+02:00"),
            Some(1_711_845_000_000)
        );
        assert_eq!(rfc3339("1969-12-31T23:59:59Z"), Some(-1000));
        assert_eq!(
            rfc3339("2024-03-31 02:30:00.5-00:30"),
            Some(1_711_854_000_500)
        );
        assert_eq!(
            rfc3339("2000-02-29T00:00:00.123456z"),
            Some(951_782_400_123)
        );
        assert_eq!(rfc3339("0000-01-01T00:00:00Z"), Some(-62_167_219_200_000));
        assert_eq!(rfc3339("9999-12-31T23:59:60Z"), Some(253_402_300_800_000));
    }

    #[test]
    fn what_has_no_offset_or_is_no_date_is_no_instant() {
        for text in [
            "",
            "2024-01-08 08:00:00",
            "2024-01-08",
            "gestern",
            "0",
            "2024-02-30T08:00:00Z",
            "2023-02-29T08:00:00Z",
            "2024-13-01T08:00:00Z",
            "2024-01-00T08:00:00Z",
            "2024-01-08T24:00:00Z",
            "2024-01-08T08:60:00Z",
            "2024-01-08T08:00:00.Z",
            "2024-01-08T08:00:00Zulu",
            "2024-01-08T08:00:00+2",
            "2024-01-08T08:00:00\u{e4}",
            "+024-01-08T08:00:00Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text:?}");
        }
    }
}
