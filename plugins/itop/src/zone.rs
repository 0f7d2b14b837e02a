//! Whether iTop's dates are in the zone that the settings name.
//!
//! iTop writes dates in its own zone (parameter `timezone`) and tells it nowhere. Its query language has
//! `NOW()`, but that is the database's clock, which was seen to be in another zone than iTop's. What is
//! left are dates that iTop wrote lately: none of them may lie in the future, and those of its background
//! tasks, where the account may read them, are minutes old.

use crate::api;
use crate::manifest::key;
use crate::model;
use crate::ticket;
use sgi_guest::connector::{Finding, Severity};
use sgi_guest::time::{Zone, offset_exists};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail};

const MINUTE: Instant = 60 * 1000;
/// Offsets from UTC are multiples of this, though not every multiple is one.
const QUARTER: Instant = 15 * MINUTE;
/// A background task that ran longer ago than this says nothing.
const FRESH: Instant = 6 * MINUTE;
/// How far clocks may differ.
const SKEW: Instant = 5 * MINUTE;

/// What can be found out, at the time `now` of iTop's own clock.
pub(crate) fn check(settings: &Settings, now: Instant) -> Result<Option<Finding>, Error> {
    let zone = ticket::zone(settings)?;
    let configured = settings.text(key::TIME_ZONE);
    let assumed = configured.unwrap_or("UTC");
    let offset = zone.offset(now).map(Instant::from).unwrap_or_default();
    if let Some(found) = seen_offset(settings, now)? {
        if found != offset * 1000 {
            return Ok(Some(warning(format!(
                "iTop writes its dates {} of UTC, and {assumed} is {}: set the option \"time-zone\" to the \
                 zone in iTop's configuration (parameter timezone)",
                ahead(found),
                ahead(offset * 1000)
            ))));
        }
    } else if from_the_future(settings, &zone, now)? {
        return Ok(Some(warning(format!(
            "iTop has tickets that were changed in the future if its dates are read as {assumed}: set the \
             option \"time-zone\" to the zone in iTop's configuration (parameter timezone), which lies \
             further east"
        ))));
    }
    Ok(configured.is_none().then(|| {
        warning(
            "iTop does not tell the time zone of its dates, and UTC is assumed: set the option \
             \"time-zone\" to the zone in iTop's configuration (parameter timezone), or to UTC"
                .to_owned(),
        )
    }))
}

fn warning(message: String) -> Finding {
    Finding {
        severity: Severity::Warning,
        key: Some(key::TIME_ZONE.to_owned()),
        problem: fail::problem(message),
    }
}

/// The offset that iTop's background tasks give away.
fn seen_offset(settings: &Settings, now: Instant) -> Result<Option<Instant>, Error> {
    let class = "BackgroundTask";
    let query = api::get(class, "SELECT BackgroundTask", "latest_run_date");
    let Ok(reply) = api::try_query(settings, &query)? else {
        return Ok(None);
    };
    let dates = reply.entries().iter();
    Ok(offset(
        dates.filter_map(|entry| entry.text("latest_run_date")),
        now,
    ))
}

/// How far the latest of these dates, which is at most minutes old, is ahead of UTC.
fn offset<'a>(dates: impl Iterator<Item = &'a str>, now: Instant) -> Option<Instant> {
    let latest = dates.filter_map(|date| Zone::UTC.instant(date)).max()?;
    let ahead = latest.checked_sub(now)?;
    // A minute for clocks that differ.
    let offset = -(MINUTE.checked_sub(ahead)?).div_euclid(QUARTER) * QUARTER;
    let fresh = offset.checked_sub(ahead)? <= FRESH;
    // A task that last ran a quarter of an hour ago looks like a fresh one in the offset before, which
    // mostly no zone has.
    let exists =
        |offset| i32::try_from(offset / 1000).is_ok_and(|offset| offset_exists(offset, now));
    (fresh && exists(offset)).then_some(offset)
}

/// Whether a ticket was changed later than now. iTop sets this date itself.
fn from_the_future(settings: &Settings, zone: &Zone, now: Instant) -> Result<bool, Error> {
    let Some(later) = now.checked_add(SKEW).and_then(|later| zone.local(later)) else {
        return Ok(false);
    };
    let oql = format!("SELECT Ticket AS t WHERE t.last_update > '{later}'");
    let reply = api::query(settings, model::TICKET, &oql, "last_update", 1)?;
    // A query whose date iTop cannot read finds everything.
    let real = |date: &str| date > later.as_str();
    Ok(reply
        .entries()
        .iter()
        .filter_map(|entry| entry.text("last_update"))
        .any(real))
}

/// "1:00 h ahead", for people.
fn ahead(offset: Instant) -> String {
    let minutes = offset.abs() / MINUTE;
    let side = if offset < 0 { "behind" } else { "ahead" };
    format!("{}:{:02} h {side}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sgi_guest::time::rfc3339;

    fn seen(dates: &[&str], now: &str) -> Option<Instant> {
        offset(dates.iter().copied(), rfc3339(now).expect("an instant"))
    }

    #[test]
    fn a_fresh_date_gives_the_offset_away() {
        let now = "2026-11-23T21:10:00Z";
        for (date, quarters) in [
            ("2026-11-23 22:09:19", 4),
            ("2026-11-23 22:10:30", 4),
            ("2026-11-23 21:09:59", 0),
            ("2026-11-23 21:06:00", 0),
            ("2026-11-24 02:54:00", 23),
            ("2026-11-23 16:09:00", -20),
        ] {
            let old = "2026-11-22 03:00:00";
            assert_eq!(
                seen(&[old, "", date], now),
                Some(quarters * QUARTER),
                "{date}"
            );
        }
    }

    #[test]
    fn an_old_one_or_none_says_nothing() {
        let now = "2026-11-23T21:10:00Z";
        assert_eq!(seen(&["2026-11-23 22:01:00"], now), None);
        // Quarters of an hour old, as if iTop were 0:45 h, 0:15 h or 9:15 h ahead.
        for date in [
            "2026-11-23 21:52:00",
            "2026-11-23 21:24:00",
            "2026-11-24 06:24:00",
        ] {
            assert_eq!(seen(&[date], now), None, "{date}");
        }
        assert_eq!(
            seen(&["2026-11-24 12:09:00"], now),
            None,
            "no zone is 15 h ahead"
        );
        assert_eq!(seen(&["2026-11-20 22:10:00"], now), None);
        assert_eq!(seen(&["gestern", ""], now), None);
        assert_eq!(seen(&[], now), None);
    }

    #[test]
    fn an_offset_is_read_by_people() {
        assert_eq!(ahead(4 * QUARTER), "1:00 h ahead");
        assert_eq!(ahead(-14 * QUARTER), "3:30 h behind");
    }

    proptest::proptest! {
        #[test]
        fn no_date_makes_it_panic(date: String, now: Instant) {
            let _ = offset([date.as_str(), "2026-11-23 22:09:19"].into_iter(), now);
        }
    }
}
