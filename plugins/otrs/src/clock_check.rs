//! What the ages of tickets say about OTRS's time zone and its clock.

use crate::check::warning;
use crate::clock::{self, Measured, STEP, measure, offset_text};
use crate::options::key;
use crate::reply::RawTicket;
use sgi_guest::connector::{Finding, Severity};
use sgi_guest::time::Zone;
use sgi_guest::types::Error;
use sgi_guest::{Settings, fail, text};

/// Clocks that are further apart than this are worth a word, in milliseconds.
const SKEW: i64 = 120_000;

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
    let mut findings = Vec::new();
    let newest = measured.iter().max_by_key(|measured| measured.created);
    if let Some(skew) = newest.map(|m| m.skew).filter(|skew| skew.abs() > SKEW) {
        findings.push(apart(settings, skew));
    }
    match clock::zone(settings)? {
        Some(zone) => findings.extend(contradiction(settings, &zone, measured)),
        None => findings.extend(several_offsets(measured)),
    }
    Ok(findings)
}

/// The two clocks differ, and by how much. Who is right cannot be known.
fn apart(settings: &Settings, skew: i64) -> Finding {
    let side = if skew > 0 { "ahead" } else { "behind" };
    // From half a step on the offset may be that of a neighbour.
    let guessed = settings.text(key::TIME_ZONE).is_none() && skew.abs() >= STEP / 2;
    let more = if guessed {
        "; until then set the option \"time-zone\", which is worked out by these clocks without it"
    } else {
        ""
    };
    Finding {
        severity: Severity::Warning,
        key: None,
        problem: fail::problem(format!(
            "the clock of OTRS and the one here are {} seconds apart, by its tickets it is {side}: set \
             both by a time server{more}",
            skew.abs() / 1000
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
