//! Dates: RT answers in UTC with a `Z`, and reads dates in queries in the account's time zone.
//!
//! In a query, a `Z` makes the time midnight, offsets are taken off and the rest is local time all
//! the same, and what RT cannot read counts as 1970: `LastUpdated > 'nonsense'` finds every
//! ticket. The forms read here are those that were measured.

use std::time::{SystemTime, UNIX_EPOCH};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// A time zone of the seed's server and accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// Europe/Berlin: the server's own.
    Berlin,
    /// Asia/Tokyo.
    Tokyo,
}

impl Zone {
    /// The zone of an account that has set this one, or none.
    pub(super) fn of(name: Option<&str>) -> Self {
        if name == Some("Asia/Tokyo") {
            Zone::Tokyo
        } else {
            Zone::Berlin
        }
    }

    fn offset_at(self, utc: i64) -> i64 {
        match self {
            Zone::Tokyo => 9 * HOUR,
            Zone::Berlin => {
                let (year, ..) = civil(utc.div_euclid(DAY));
                let summer = last_sunday(year, 3) * DAY + HOUR..last_sunday(year, 10) * DAY + HOUR;
                if summer.contains(&utc) {
                    2 * HOUR
                } else {
                    HOUR
                }
            }
        }
    }

    /// UTC of a local time, both in seconds. Around the change of the clocks RT takes the offset
    /// that holds at this time *in UTC*: measured, if not quite right.
    fn to_utc(self, local: i64) -> i64 {
        local - self.offset_at(local)
    }

    /// The day (midnight to midnight in this zone) that a moment lies in.
    pub(super) fn day_of(self, utc: i64) -> std::ops::Range<i64> {
        let day = (utc + self.offset_at(utc)).div_euclid(DAY);
        self.to_utc(day * DAY)..self.to_utc((day + 1) * DAY)
    }
}

/// Seconds since 1970 of a date as RT answers it, e.g. `2024-01-09T09:16:00Z`.
pub(super) fn parse_answer(date: &str) -> Option<i64> {
    let numbers: Vec<i64> = date
        .split(['-', 'T', ':', 'Z'])
        .filter_map(|part| part.parse().ok())
        .collect();
    let &[year, month, day, hour, minute, second] = numbers.as_slice() else {
        return None;
    };
    Some(days(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second)
}

/// A date as RT answers it.
pub(super) fn format_answer(utc: i64) -> String {
    let (year, month, day) = civil(utc.div_euclid(DAY));
    let second = utc.rem_euclid(DAY);
    let (hour, minute, second) = (second / HOUR, second % HOUR / MINUTE, second % MINUTE);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A time as the header `Date` has it.
pub(super) fn header(utc: i64) -> String {
    let at = jiff::Timestamp::from_second(utc).expect("a time of this age");
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Now, in seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    i64::try_from(since.as_secs()).expect("a clock before the end of time")
}

/// Seconds since 1970 of what stands in a query; 0 when RT could not read it.
pub(super) fn parse_query(text: &str, zone: Zone) -> i64 {
    relative(text, zone)
        .or_else(|| absolute(text, zone))
        .unwrap_or(0)
}

fn relative(text: &str, zone: Zone) -> Option<i64> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(str::to_ascii_lowercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let today = || zone.day_of(now()).start;
    match words.as_slice() {
        ["now"] => Some(now()),
        ["today"] => Some(today()),
        ["yesterday"] => Some(today() - DAY),
        ["tomorrow"] => Some(today() + DAY),
        [count, unit, "ago"] => {
            let unit = match unit.trim_end_matches('s') {
                "second" => 1,
                "minute" => MINUTE,
                "hour" => HOUR,
                "day" => DAY,
                "week" => 7 * DAY,
                _ => return None,
            };
            Some(now() - count.parse::<i64>().ok()? * unit)
        }
        _ => None,
    }
}

/// `2024-11-01` or `2024/11/01`, `1.11.2024` or `1/11/2024`, each with a time after a blank or `T`.
///
/// A `Z` at the time, or an offset to the west, spoils the time: midnight remains. An offset to
/// the east or the name of a zone is taken off, and what remains is local time all the same.
fn absolute(text: &str, zone: Zone) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = text.split_at(text.find([' ', 'T']).unwrap_or(text.len()));
    let parts: Vec<&str> = date.split(['-', '/', '.']).collect();
    let &[first, month, last] = parts.as_slice() else {
        return None;
    };
    let two_digits =
        date.contains('.') || date.contains('/') || month.len() == 2 && last.len() == 2;
    let (first, month, last) = (
        first.parse::<i64>().ok()?,
        month.parse().ok()?,
        last.parse::<i64>().ok()?,
    );
    let day = match (first, last) {
        (1000.., _) if two_digits => days(first, month, last),
        (_, 1000..) => days(last, month, first),
        _ => return None,
    };
    Some(zone.to_utc(day * DAY + time(rest.get(1..).unwrap_or_default()).unwrap_or(0)))
}

/// Seconds of `12:34` or `12:34:56`, less the offset that follows.
fn time(text: &str) -> Option<i64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != ':')
        .unwrap_or(text.len());
    let (time, rest) = text.split_at(end);
    let parts: Vec<i64> = time
        .split(':')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let seconds = match *parts.as_slice() {
        [hour, minute] => hour * HOUR + minute * MINUTE,
        [hour, minute, second] => hour * HOUR + minute * MINUTE + second,
        _ => return None,
    };
    let fraction = rest
        .strip_prefix('.')
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let rest = fraction.unwrap_or(rest);
    if rest.starts_with(['Z', '-']) {
        return None;
    }
    Some(seconds - offset(rest.trim_start()))
}

/// Seconds of `+01:00`, `+0100`, ` -0100` or the name of a zone; 0 for what is none.
fn offset(text: &str) -> i64 {
    let sign = match text.chars().next() {
        Some('+') => 1,
        Some('-') => -1,
        _ => return if text.starts_with("CET") { HOUR } else { 0 },
    };
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = digits.split_at(digits.len().min(2));
    sign * (hours.parse().unwrap_or(0) * HOUR + minutes.parse().unwrap_or(0) * MINUTE)
}

/// Days since 1970 of a date of the Gregorian calendar; months and days may run over.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (
        year + (month - 1).div_euclid(12),
        (month - 1).rem_euclid(12) + 1,
    );
    // Years counted from March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // From 1 March of the year 0 to 1970 there are 719 468 days.
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a day counted from 1970.
fn civil(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day.div_euclid(366);
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let month = (1..=12)
        .rev()
        .find(|&month| days(year, month, 1) <= day)
        .unwrap_or(1);
    (year, month, day - days(year, month, 1) + 1)
}

/// The last Sunday of a month, in days since 1970 (which began on a Thursday).
fn last_sunday(year: i64, month: i64) -> i64 {
    let last = days(year, month + 1, 1) - 1;
    last - (last + 4).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970_by_the_gregorian_calendar() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(1969, 12, 31), -1);
        assert_eq!(
            days(2000, 3, 1) - days(2000, 2, 28),
            2,
            "2000 was a leap year"
        );
        assert_eq!(days(1900, 3, 1) - days(1900, 2, 28), 1, "1900 was not");
        assert_eq!(days(2024, 11, 1), 20_028);
        assert_eq!(days(2023, 13, 1), days(2024, 1, 1), "months run over");
    }

    #[test]
    fn dates_of_answers_survive_the_way_there_and_back() {
        for date in [
            "1970-01-01T00:00:00Z",
            "2024-02-29T23:59:59Z",
            "2024-12-31T12:30:01Z",
            "2027-01-01T00:00:00Z",
        ] {
            assert_eq!(format_answer(parse_answer(date).unwrap()), date);
        }
    }

    #[test]
    fn dates_in_queries_are_in_the_zone_of_the_account() {
        let noon = parse_answer("2024-11-01T12:00:00Z").unwrap();
        for (text, zone) in [
            ("2024-11-01 13:00:00", Zone::Berlin),
            ("2024-11-01T13:00", Zone::Berlin),
            ("2024-11-01 13:00:00 UTC", Zone::Berlin),
            ("2024-11-01T18:00:00+05:00", Zone::Berlin),
            ("1.11.2024 13:00", Zone::Berlin),
            ("2024-11-01 21:00:00", Zone::Tokyo),
        ] {
            assert_eq!(parse_query(text, zone), noon, "{text}");
        }
        let summer = parse_answer("2024-07-01T12:00:00Z").unwrap();
        assert_eq!(parse_query("2024-07-01 14:00:00", Zone::Berlin), summer);
    }

    #[test]
    fn a_z_or_an_offset_to_the_west_makes_the_time_midnight() {
        let midnight = parse_query("2024-11-01", Zone::Berlin);
        for text in [
            "2024-11-01T17:00:01Z",
            "2024-11-01T17:00:01.000Z",
            "2024-11-01T17:00:01-01:00",
            "2024-11-01 x",
        ] {
            assert_eq!(parse_query(text, Zone::Berlin), midnight, "{text}");
        }
    }

    #[test]
    fn the_hour_that_happens_twice_is_taken_as_winter_time() {
        let second = parse_answer("2024-10-27T01:15:00Z").unwrap();
        assert_eq!(parse_query("2024-10-27 02:15:00", Zone::Berlin), second);
    }

    #[test]
    fn what_cannot_be_read_counts_as_1970() {
        for text in [
            "kein Datum",
            "",
            "1730462399",
            "20241105",
            "2024-1-1",
            "2024-11-01x",
        ] {
            assert_eq!(parse_query(text, Zone::Berlin), 0, "{text}");
        }
    }
}
