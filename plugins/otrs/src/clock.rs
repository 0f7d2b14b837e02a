//! Dates of OTRS. They are in the zone of its setting `OTRSTimeZone` and do not say so; but each
//! ticket's age, in seconds, tells when it was created whatever the zone, and so what the zone's
//! offset was then.

use sgi_guest::time::{Zone, offset_exists};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail, text};

use crate::options::key;

const MINUTE: i64 = 60_000;
/// Zones are a multiple of this ahead of UTC or behind it, in milliseconds; but only a few multiples are
/// in use.
pub(crate) const STEP: i64 = 15 * MINUTE;
/// Between two offsets in use there are at most so many steps.
const FURTHEST: i64 = 4;

/// Clocks that are further apart than this are worth a word, in milliseconds.
pub(crate) const SKEW: i64 = 2 * MINUTE;

/// What a ticket's age says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measured {
    /// When the ticket was created.
    pub(crate) created: Instant,
    /// How far OTRS's zone was ahead of UTC then, in milliseconds.
    pub(crate) offset: i64,
    /// What is left over: how far the two clocks are apart, in milliseconds, with the time that the
    /// answer took.
    pub(crate) skew: i64,
}

impl Measured {
    /// The same ticket, read with another offset.
    fn by(&self, offset: i64) -> Option<Self> {
        let later = self.offset.checked_sub(offset)?;
        Some(Self {
            created: self.created.checked_add(later)?,
            offset,
            skew: self.skew.checked_add(later)?,
        })
    }

    /// The other offset that it may have been: where the clocks are apart, nobody knows whether one of them
    /// is 8 minutes ahead of +05:30 or the other 7 minutes ahead of +05:45.
    pub(crate) fn other(&self) -> Option<Self> {
        if self.skew.abs() <= SKEW {
            return None;
        }
        let side = if self.skew > 0 { STEP } else { -STEP };
        let other = self.by(self.offset.checked_add(side)?)?;
        is_in_use(other.offset, other.created).then_some(other)
    }

    /// Read in the zone that is configured, where clocks that are apart by less than a step explain the
    /// rest; else as it is. Clocks that agree leave nothing to explain.
    pub(crate) fn in_zone(self, zone: &Zone) -> Self {
        let of_zone = zone
            .offset(self.created)
            .map(|offset| i64::from(offset) * 1000);
        let read = of_zone.and_then(|offset| self.by(offset));
        match read {
            Some(read) if self.skew.abs() > SKEW && read.skew.abs() < STEP => read,
            _ => self,
        }
    }
}

/// Whether some zone had this offset at that time.
fn is_in_use(offset: i64, at: Instant) -> bool {
    i32::try_from(offset / 1000).is_ok_and(|seconds| offset_exists(seconds, at))
}

/// Measures by a ticket's date and age, read at `now`.
pub(crate) fn measure(created: &str, age: i64, now: Instant) -> Option<Measured> {
    let local = Zone::UTC.instant(created)?;
    let about = now.checked_sub(age.checked_mul(1000)?)?;
    let apart = local.checked_sub(about)?;
    let offset = nearest_offset(apart, about)?;
    Some(Measured {
        created: local.checked_sub(offset)?,
        offset,
        skew: apart.checked_sub(offset)?,
    })
}

/// The offset nearest to this difference that some zone had at that time. What is left over is what the
/// two clocks are apart: 68 minutes are a clock that is wrong, since no zone is 75 minutes off.
fn nearest_offset(apart: i64, at: Instant) -> Option<i64> {
    let about = apart.checked_add(STEP / 2)?.div_euclid(STEP);
    let mut steps: Vec<i64> = (-FURTHEST..=FURTHEST)
        .filter_map(|more| about.checked_add(more)?.checked_mul(STEP))
        .collect();
    steps.sort_by_key(|offset| offset.abs_diff(apart));
    steps.into_iter().find(|offset| is_in_use(*offset, at))
}

/// Reads the dates of tickets.
pub(crate) struct Clock {
    /// As configured.
    zone: Option<Zone>,
    /// The offset that the last check measured, in milliseconds: for where nothing else is known.
    learned: Option<i64>,
    now: Instant,
}

impl Clock {
    pub(crate) fn new(
        settings: &Settings,
        learned: Option<i64>,
        now: Instant,
    ) -> Result<Self, Error> {
        Ok(Self {
            zone: zone(settings)?,
            learned,
            now,
        })
    }

    /// When a ticket was created. In the hour that comes twice in autumn its age says which of the two
    /// it is.
    pub(crate) fn created(&self, date: &str, age: Option<i64>) -> Option<Instant> {
        let measured = self.measured(date, age);
        let Some(zone) = &self.zone else {
            return match measured {
                Some(measured) => Some(measured.created),
                None => shifted(date, self.learned?),
            };
        };
        let agrees = |at: &Instant| zone.local(*at).as_deref() == Some(date);
        let by_age = measured.map(|measured| measured.created);
        by_age.filter(agrees).or_else(|| zone.instant(date))
    }

    /// When a ticket was last changed: not before it was created. Without a zone the offset is taken
    /// for the same as when it was created.
    pub(crate) fn changed(&self, date: &str, created: &str, age: Option<i64>) -> Option<Instant> {
        let Some(zone) = &self.zone else {
            let offset = self.measured(created, age).map(|m| m.offset);
            return shifted(date, offset.or(self.learned)?);
        };
        let first = zone.instant(date)?;
        let second = first.checked_add(60 * MINUTE)?;
        let born = self.created(created, age);
        let too_early = born.is_some_and(|born| first < born);
        if too_early && zone.local(second).as_deref() == Some(date) {
            return Some(second);
        }
        Some(first)
    }

    /// An instant as OTRS would write it, for a search. Without any knowledge it is in UTC.
    pub(crate) fn local(&self, instant: Instant) -> Option<String> {
        match &self.zone {
            Some(zone) => zone.local(instant),
            None => Zone::UTC.local(instant.checked_add(self.learned.unwrap_or(0))?),
        }
    }

    fn measured(&self, created: &str, age: Option<i64>) -> Option<Measured> {
        measure(created, age?, self.now)
    }
}

/// The zone of the settings.
pub(crate) fn zone(settings: &Settings) -> Result<Option<Zone>, Error> {
    let Some(name) = settings.text(key::TIME_ZONE) else {
        return Ok(None);
    };
    match Zone::named(name) {
        Some(zone) => Ok(Some(zone)),
        None => Err(fail::invalid_setting(
            key::TIME_ZONE,
            format!(
                "{} is not a time zone that this connector knows: use an IANA name such as \
                 Europe/Berlin",
                text::quote(name)
            ),
        )),
    }
}

fn shifted(date: &str, offset: i64) -> Option<Instant> {
    Zone::UTC.instant(date)?.checked_sub(offset)
}

/// `+01:00`, for people.
pub(crate) fn offset_text(offset: i64) -> String {
    let minutes = offset.unsigned_abs() / MINUTE.unsigned_abs();
    let sign = if offset < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sgi_guest::time::rfc3339;

    const HOUR: i64 = 60 * MINUTE;

    fn at(text: &str) -> Instant {
        rfc3339(text).unwrap()
    }

    fn clock(zone: Option<&str>, learned: Option<i64>, now: &str) -> Clock {
        Clock {
            zone: zone.map(|name| Zone::named(name).unwrap()),
            learned,
            now: at(now),
        }
    }

    fn age(now: &str, created: &str) -> Option<i64> {
        Some((at(now) - at(created)) / 1000)
    }

    #[test]
    fn an_age_tells_the_offset_to_the_quarter_of_an_hour() {
        // As recorded: the same moment on a server in UTC and on one in Berlin.
        let now = at("2026-11-23T21:20:58Z");
        let utc = measure("2026-11-23 21:20:57", 0, now).unwrap();
        assert_eq!((utc.offset, utc.skew), (0, -1000));
        let now = at("2026-11-23T21:21:06Z");
        let berlin = measure("2026-11-23 22:21:06", 0, now).unwrap();
        assert_eq!((berlin.offset, berlin.created), (HOUR, now));
        let nepal = measure("2026-11-24 03:06:06", 0, now).unwrap();
        assert_eq!(offset_text(nepal.offset), "+05:45");
        let west = measure("2026-11-23 13:21:06", 0, now).unwrap();
        assert_eq!(offset_text(west.offset), "-08:00");
        // A clock three minutes off does not change it, and shows.
        let slow = measure("2026-11-23 22:18:06", 0, now).unwrap();
        assert_eq!((slow.offset, slow.skew), (HOUR, -3 * MINUTE));
    }

    #[test]
    fn a_clock_that_is_far_off_makes_no_zone_that_does_not_exist() {
        let now = at("2026-11-23T21:21:06Z");
        for (written, minutes) in [
            ("2026-11-23 22:29:06", 8),
            ("2026-11-23 22:13:06", -8),
            ("2026-11-23 22:41:06", 20),
            ("2026-11-23 22:00:06", -21),
        ] {
            let measured = measure(written, 0, now).unwrap();
            assert_eq!(offset_text(measured.offset), "+01:00", "{written}");
            assert_eq!(measured.skew, minutes * MINUTE, "{written}");
        }
        // Further off than zones go.
        assert_eq!(measure("2026-11-24 14:21:06", 0, now), None);
    }

    /// India and Nepal, a quarter of an hour apart: which of the two, clocks that are apart cannot tell.
    #[test]
    fn between_two_neighbours_both_are_named_and_the_configured_zone_decides() {
        let now = at("2026-11-23T21:21:06Z");
        // In India, by a clock that is 8 minutes ahead.
        let measured = measure("2026-11-24 02:59:06", 0, now).unwrap();
        assert_eq!(offset_text(measured.offset), "+05:45");
        assert_eq!(measured.skew, -7 * MINUTE);
        let other = measured.other().unwrap();
        assert_eq!(offset_text(other.offset), "+05:30");
        assert_eq!(
            (other.skew, other.created),
            (8 * MINUTE, at("2026-11-23T21:29:06Z"))
        );
        let in_zone = |name| measured.in_zone(&Zone::named(name).unwrap());
        assert_eq!(in_zone("Asia/Kolkata"), other);
        assert_eq!(in_zone("Asia/Kathmandu"), measured);
        assert_eq!(in_zone("Europe/Berlin"), measured);
        // Clocks that agree leave no doubt, and the wrong neighbour stays wrong.
        let nepal = measure("2026-11-24 03:06:06", 0, now).unwrap();
        assert_eq!(nepal.other(), None);
        assert_eq!(nepal.in_zone(&Zone::named("Asia/Kolkata").unwrap()), nepal);
        // Nor is there another where no zone is a quarter of an hour away.
        let berlin = measure("2026-11-23 22:29:06", 0, now).unwrap();
        assert_eq!(berlin.other(), None);
    }

    #[test]
    fn what_is_no_date_or_no_offset_measures_nothing() {
        let now = at("2026-11-23T21:21:06Z");
        assert_eq!(measure("0000-00-00 00:00:00", 0, now), None);
        assert_eq!(measure("2026-11-25 22:21:06", 0, now), None);
        assert_eq!(measure("2026-11-23 22:21:06", i64::MAX, now), None);
    }

    #[test]
    fn without_a_zone_each_ticket_brings_its_own_offset() {
        let now = "2026-11-25T12:00:00Z";
        let clock = clock(None, Some(HOUR), now);
        let summer = age(now, "2026-07-01T10:00:00Z");
        assert_eq!(
            clock.created("2026-07-01 12:00:00", summer),
            rfc3339("2026-07-01T10:00:00Z")
        );
        let changed = clock.changed("2026-07-02 12:00:00", "2026-07-01 12:00:00", summer);
        assert_eq!(changed, rfc3339("2026-07-02T10:00:00Z"));
        // Nothing to measure by: what the check learned.
        assert_eq!(
            clock.created("2026-11-01 12:00:00", None),
            rfc3339("2026-11-01T11:00:00Z")
        );
        assert_eq!(
            super::tests::clock(None, None, now).created("2026-11-01 12:00:00", None),
            None
        );
    }

    #[test]
    fn in_the_hour_that_comes_twice_the_age_decides() {
        let now = "2026-11-25T12:00:00Z";
        let clock = clock(Some("Europe/Berlin"), None, now);
        for instant in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(
                clock.created("2026-10-25 02:30:00", age(now, instant)),
                rfc3339(instant)
            );
        }
        let second = age(now, "2026-10-25T01:30:00Z");
        assert_eq!(
            clock.changed("2026-10-25 02:45:00", "2026-10-25 02:30:00", second),
            rfc3339("2026-10-25T01:45:00Z")
        );
        let first = age(now, "2026-10-25T00:30:00Z");
        assert_eq!(
            clock.changed("2026-10-25 02:45:00", "2026-10-25 02:30:00", first),
            rfc3339("2026-10-25T00:45:00Z")
        );
    }

    #[test]
    fn a_time_that_never_was_counts_on() {
        let now = "2026-11-25T12:00:00Z";
        let clock = clock(Some("Europe/Berlin"), None, now);
        let expected = rfc3339("2026-03-29T01:30:00Z");
        assert_eq!(clock.created("2026-03-29 02:30:00", None), expected);
        let seen = age(now, "2026-03-29T01:30:00Z");
        assert_eq!(clock.created("2026-03-29 02:30:00", seen), expected);
    }

    #[test]
    fn a_configured_zone_is_not_overruled_by_an_age() {
        let now = "2026-11-25T12:00:00Z";
        let clock = clock(Some("Europe/Berlin"), None, now);
        // An age that says UTC.
        let age = age(now, "2026-11-01T12:00:00Z");
        assert_eq!(
            clock.created("2026-11-01 12:00:00", age),
            rfc3339("2026-11-01T11:00:00Z")
        );
    }

    #[test]
    fn a_search_is_in_the_desks_time() {
        let instant = at("2026-07-01T10:00:00Z");
        let now = "2026-11-25T12:00:00Z";
        let written = |zone, learned| clock(zone, learned, now).local(instant).unwrap();
        assert_eq!(written(Some("Europe/Berlin"), None), "2026-07-01 12:00:00");
        assert_eq!(written(None, Some(-HOUR)), "2026-07-01 09:00:00");
        assert_eq!(written(None, None), "2026-07-01 10:00:00");
    }

    proptest! {
        #[test]
        fn no_date_or_age_makes_it_panic(date in "[0-9]{1,5}-[0-9]{1,3}-[0-9]{1,3}[ T][0-9:]{0,9}|\\PC*", age in any::<i64>(), now in any::<i64>()) {
            let clock = Clock { zone: Zone::named("Europe/Berlin"), learned: Some(age), now };
            let _ = (clock.created(&date, Some(age)), clock.changed(&date, &date, Some(age)), clock.local(now));
            let clock = Clock { zone: None, ..clock };
            let _ = (clock.created(&date, Some(age)), clock.changed(&date, &date, None), clock.local(now));
        }
    }
}
