//! Time: epochs inside, OTRS's dates outside.
//!
//! OTRS writes and reads `YYYY-MM-DD HH:MM:SS` in the zone of its setting `OTRSTimeZone`, without
//! saying which that is. What it cannot read exactly so is no date to it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::data::Data;

impl Data {
    /// Now, by the desk's clock.
    pub(super) fn now(&self) -> i64 {
        self.clock.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            i64::try_from(since.expect("a clock after 1970").as_secs()).expect("a sane clock")
        })
    }

    /// An instant as OTRS writes it.
    pub(super) fn written(&self, at: i64) -> String {
        written(at, &self.zone)
    }

    /// An instant as OTRS reads it.
    pub(super) fn read(&self, text: &str) -> Option<i64> {
        read(text, &self.zone)
    }

    /// A date of a search as it is compared: with those in the database, as text. A time that the zone
    /// leaves out in spring is no date (by the public source: Perl's `DateTime` refuses it).
    pub(super) fn searched(&self, text: &str) -> Option<String> {
        let local = civil(text)?;
        let shown = local.strftime("%Y-%m-%d %H:%M:%S").to_string();
        (self.written(self.read(text)?) == shown).then_some(shown)
    }
}

/// An instant as OTRS writes it in this zone.
pub(super) fn written(at: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_second(at).expect("an instant of this age");
    let local = at.to_zoned(zone.clone());
    local.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// An instant as OTRS reads it in this zone.
pub(super) fn read(text: &str, zone: &TimeZone) -> Option<i64> {
    let instant = civil(text)?.to_zoned(zone.clone()).ok()?.timestamp();
    Some(instant.as_second())
}

/// A date and time: one or two digits each but for the year.
fn civil(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(' ')?;
    let numbers = |text: &str, between: char, first: usize| -> Option<[i16; 3]> {
        let mut out = [0; 3];
        let mut parts = text.split(between);
        for (place, number) in out.iter_mut().enumerate() {
            let part = parts.next()?;
            let fits = match place {
                0 if first == 4 => part.len() == 4,
                _ => matches!(part.len(), 1 | 2),
            };
            if !fits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            *number = part.parse().ok()?;
        }
        parts.next().is_none().then_some(out)
    };
    let [year, month, day] = numbers(date, '-', 4)?;
    let [hour, minute, second] = numbers(time, ':', 2)?;
    let small = |number: i16| i8::try_from(number).ok();
    let local = DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    local.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_in_the_zone_with_its_summer_time() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, at) in [
            ("2026-11-23 22:21:06", 1_795_468_866),
            ("2026-07-01 14:00:00", 1_782_907_200),
        ] {
            assert_eq!(read(text, &berlin), Some(at));
            assert_eq!(written(at, &berlin), text);
        }
        assert_eq!(
            written(1_795_468_866, &TimeZone::UTC),
            "2026-11-23 21:21:06"
        );
    }

    #[test]
    fn what_is_not_exactly_a_date_is_none() {
        for text in [
            "2026-13-45 99:00:00",
            "2026-11-23T21:00:00Z",
            "2026-11-23",
            "yesterday",
            "2026-11-23 21:00",
            "26-11-23 21:00:00",
            "2026-11-23 21:00:00 UTC",
            "",
        ] {
            assert_eq!(read(text, &TimeZone::UTC), None, "{text}");
        }
        assert_eq!(read("2026-1-2 3:4:5", &TimeZone::UTC), Some(1_767_323_045));
    }
}
