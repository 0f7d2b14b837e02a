//! iTop's dates as it writes them: local, unmarked, to the second.

use sgi_guest::time::Zone;
use sgi_guest::types::Instant;

const HOUR: Instant = 60 * 60 * 1000;

/// Whether a text is a whole date. iTop was seen to take a query with anything else for one that
/// finds everything.
pub(super) fn is_date(text: &str) -> bool {
    let form = b"dddd-dd-dd dd:dd:dd";
    let fits = |(byte, form): (u8, &u8)| match form {
        b'd' => byte.is_ascii_digit(),
        sign => byte == *sign,
    };
    text.len() == form.len()
        && text.bytes().zip(form).all(fits)
        && Zone::UTC.instant(text).is_some()
}

/// A date so many milliseconds later, on a clock that is never put forward or back.
pub(super) fn shifted(text: &str, by: Instant) -> Option<String> {
    Zone::UTC.local(Zone::UTC.instant(text)?.checked_add(by)?)
}

/// From when on to ask for what was changed after a date. In the hour that comes twice in autumn what is
/// written later may look earlier: as long as the date lies in it, everything since before that hour is
/// asked for. The hour that is left out in spring is never written.
pub(super) fn earlier(zone: &Zone, text: &str) -> String {
    let before = || {
        let first = zone.instant(text)?;
        let offset = |at: Instant| zone.offset(at).map(Instant::from);
        let back = (offset(first)? - offset(first.checked_add(3 * HOUR)?)?) * 1000;
        let again = zone.local(first.checked_add(back)?)?;
        (back > 0 && again == text).then(|| shifted(text, -back))?
    };
    before().unwrap_or_else(|| text.to_owned())
}

/// Whether iTop can have written a date by this time of its clock, in whatever zone. One that lies in the
/// future (an import wrote it) must not say how far everything was read.
pub(super) fn is_past(text: &str, now: Option<Instant>) -> bool {
    let east = now.and_then(|now| Zone::UTC.local(now.checked_add(15 * HOUR)?));
    is_date(text) && east.is_none_or(|latest| text <= latest.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_whole_or_none() {
        assert!(is_date("2026-11-23 22:14:00"));
        for text in [
            "",
            "gestern",
            "2026-11-23",
            "2026-11-23T21:14:00",
            "2026-11-23T21:14:00Z",
            "2026-02-30 00:00:00",
            "0000-00-00 00:00:00",
            "2026-11-23 22:14:0'",
        ] {
            assert!(!is_date(text), "{text:?}");
        }
    }

    #[test]
    fn in_the_hour_that_comes_twice_its_beginning_is_asked_for() {
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        for (date, asked) in [
            ("2026-10-25 01:59:59", "2026-10-25 01:59:59"),
            ("2026-10-25 02:00:00", "2026-10-25 01:00:00"),
            ("2026-10-25 02:59:59", "2026-10-25 01:59:59"),
            ("2026-10-25 03:00:00", "2026-10-25 03:00:00"),
            ("2026-03-29 01:59:59", "2026-03-29 01:59:59"),
            ("2026-03-29 03:00:00", "2026-03-29 03:00:00"),
            // Never written.
            ("2026-03-29 02:30:00", "2026-03-29 02:30:00"),
            ("2026-07-01 12:00:00", "2026-07-01 12:00:00"),
        ] {
            assert_eq!(earlier(&berlin, date), asked);
        }
        // Half an hour there.
        let island = Zone::named("Australia/Lord_Howe").expect("a zone");
        assert_eq!(
            earlier(&island, "2026-04-05 01:45:00"),
            "2026-04-05 01:15:00"
        );
        assert_eq!(
            earlier(&island, "2026-04-05 02:00:00"),
            "2026-04-05 02:00:00"
        );
        assert_eq!(
            earlier(&Zone::UTC, "2026-10-25 02:30:00"),
            "2026-10-25 02:30:00"
        );
    }

    #[test]
    fn a_date_from_the_future_is_not_believed() {
        let now = Zone::UTC.instant("2026-11-23 12:00:00");
        assert!(is_past("2026-11-24 02:00:00", now), "on the date line");
        assert!(!is_past("2026-11-24 04:00:00", now));
        assert!(is_past("2099-01-01 00:00:00", None));
        assert!(!is_past("gestern", None));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String, by: i64) {
            let _ = (is_date(&text), shifted(&text, by), is_past(&text, Some(by)));
            let berlin = Zone::named("Europe/Berlin").expect("a zone");
            let _ = earlier(&berlin, &text);
        }
    }
}
