//! What the ages of tickets say about OTRS's time zone and its clock.

use crate::check::warning;
use crate::clock::{self, Measured, SKEW, STEP, measure, offset_text};
use crate::options::key;
use crate::reply::RawTicket;
use sgi_guest::connector::{Finding, Severity};
use sgi_guest::time::Zone;
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail, text};

/// What the ages of the tickets say.
pub(crate) fn measurements(sample: &[RawTicket], now: i64) -> Vec<Measured> {
    sample
        .iter()
        .filter_map(|ticket| measure(ticket.created.as_str()?, ticket.age.0?, now))
        .collect()
}

/// What is wrong with zone and clock by it.
pub(crate) fn judge_time(
    settings: &Settings,
    measured: &[Measured],
) -> Result<Vec<Finding>, Error> {
    let zone = clock::zone(settings)?;
    let measured: Vec<Measured> = match &zone {
        Some(zone) => measured
            .iter()
            .map(|measured| measured.in_zone(zone))
            .collect(),
        None => measured.to_vec(),
    };
    let mut findings = Vec::new();
    let newest = measured.iter().max_by_key(|measured| measured.created);
    if let Some(newest) = newest.filter(|newest| newest.skew.abs() > SKEW) {
        findings.push(apart(zone.is_some(), newest));
    }
    match zone {
        Some(zone) => findings.extend(contradiction(settings, &zone, &measured)),
        None => findings.extend(several_offsets(&measured)),
    }
    Ok(findings)
}

/// The two clocks differ, and by how much. Who is right cannot be known.
fn apart(configured: bool, newest: &Measured) -> Finding {
    let side = |skew: i64| {
        let side = if skew > 0 { "ahead" } else { "behind" };
        format!("{} seconds {side}", skew.abs() / 1000)
    };
    // A configured zone leaves no doubt which of two neighbours it is.
    let other = newest.other().filter(|_| !configured);
    let how_far = match &other {
        None => side(newest.skew),
        Some(other) => format!(
            "{} if its zone is {} from UTC, or {} if it is {}",
            side(newest.skew),
            offset_text(newest.offset),
            side(other.skew),
            offset_text(other.offset)
        ),
    };
    // From half a step on the offset may be that of a neighbour.
    let guessed = !configured && (other.is_some() || newest.skew.abs() >= STEP / 2);
    let more = if guessed {
        "; until then set the option \"time-zone\", which is worked out by these clocks without it"
    } else {
        ""
    };
    Finding {
        severity: Severity::Warning,
        key: None,
        problem: fail::problem(format!(
            "the clock of OTRS and the one here are apart: by its tickets it is {how_far}; set both by a \
             time server{more}"
        )),
    }
}

fn contradiction(settings: &Settings, zone: &Zone, measured: &[Measured]) -> Option<Finding> {
    let of_zone = |at: i64| zone.offset(at).map(|seconds| i64::from(seconds) * 1000);
    let differs = |m: &&Measured| of_zone(m.created) != Some(m.offset);
    let wrong = measured.iter().filter(differs).max_by_key(|m| m.created)?;
    let name = settings.text(key::TIME_ZONE).unwrap_or_default();
    Some(warning(
        key::TIME_ZONE,
        format!(
            "OTRS's dates do not fit the time zone {}: a ticket's age says that they were {} from UTC \
             on {}, and the zone was {}; take what OTRS's setting OTRSTimeZone says",
            text::quote(name),
            offset_text(wrong.offset),
            Zone::UTC.local(wrong.created).unwrap_or_default(),
            of_zone(wrong.created).map_or_else(|| "elsewhere".to_owned(), offset_text),
        ),
    ))
}

fn several_offsets(measured: &[Measured]) -> Option<Finding> {
    let mut offsets: Vec<i64> = measured.iter().map(|measured| measured.offset).collect();
    offsets.sort_unstable();
    offsets.dedup();
    if offsets.len() < 2 {
        return None;
    }
    let offsets: Vec<String> = offsets.into_iter().map(offset_text).collect();
    Some(warning(
        key::TIME_ZONE,
        format!(
            "OTRS's clock changes between summer and winter ({} from UTC were seen): set its time \
             zone (OTRSTimeZone in OTRS), or times of last changes may be an hour off",
            offsets.join(" and ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use sgi_guest::time::rfc3339;

    /// What a ticket says that OTRS dates so at that instant.
    fn told(options: &[(&str, &str)], written: &str) -> Vec<String> {
        let now = rfc3339("2026-11-23T21:21:06Z").unwrap();
        let measured = measure(written, 0, now).unwrap();
        let findings = judge_time(&samples::settings(options), &[measured]).unwrap();
        findings
            .into_iter()
            .map(|found| found.problem.message)
            .collect()
    }

    /// A quarter of an hour apart, and no zone is accused of what a clock does.
    #[test]
    fn a_wrong_clock_between_two_neighbouring_zones_is_told_as_such() {
        let india = "2026-11-24 02:59:06";
        let guessed = told(&[], india);
        assert_eq!(guessed.len(), 1, "{guessed:?}");
        assert!(
            guessed[0].contains("420 seconds behind if its zone is +05:45 from UTC, or 480 seconds ahead if it is +05:30"),
            "{guessed:?}"
        );
        assert!(
            guessed[0].contains("set the option \"time-zone\""),
            "{guessed:?}"
        );
        let configured = told(&[("time-zone", "Asia/Kolkata")], india);
        assert_eq!(configured.len(), 1, "{configured:?}");
        assert!(
            configured[0].contains("it is 480 seconds ahead; set both"),
            "{configured:?}"
        );
        let configured = told(&[("time-zone", "Asia/Kathmandu")], india);
        assert_eq!(configured.len(), 1, "{configured:?}");
        assert!(
            configured[0].contains("it is 420 seconds behind; set both"),
            "{configured:?}"
        );
        // Clocks that agree accuse the zone, and it alone.
        let nepal = told(&[("time-zone", "Asia/Kolkata")], "2026-11-24 03:06:06");
        assert_eq!(nepal.len(), 1, "{nepal:?}");
        assert!(nepal[0].contains("do not fit the time zone"), "{nepal:?}");
        // A zone that is hours off and a clock that is minutes off are two things.
        assert_eq!(told(&[("time-zone", "Europe/Berlin")], india).len(), 2);
    }
}
