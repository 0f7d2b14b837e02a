//! What the clock on OTRS's wall shows: its dates as they stand in its database, compared as they are
//! sorted and searched there, without a zone. In autumn it is put back, and shows an hour twice.

use crate::client::Client;
use crate::clock;
use crate::reply::RawTicket;
use crate::ticket::Reader;
use sgi_guest::time::Zone;
use sgi_guest::types::{Error, Instant};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A change is written with the time at which it began, and may be seen a little later; the front ends
/// of an OTRS may have clocks that differ a little. What is older than this is taken for settled.
const SETTLES: i64 = 60;
/// No clock is put back by more, or farther ahead of it than this.
const AHEAD: i64 = 2 * HOUR;

/// Seconds since 1970 as the clock on the wall counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wall(pub(crate) i64);

impl Wall {
    /// Before every ticket, and at noon: no clock was ever put forward over a noon, and to OTRS a time
    /// that never was is no date, for which it finds nothing without a word.
    pub(crate) const BEGINNING: Self = Self(DAY + 12 * HOUR);

    /// Reads `2026-11-23 21:10:23`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let instant = Zone::UTC.instant(text)?;
        Some(Self(instant.div_euclid(1000)))
    }

    /// As OTRS writes it, and takes it in a search: any other form finds nothing without a word.
    pub(crate) fn written(self) -> Option<String> {
        Zone::UTC.local(self.0.checked_mul(1000)?)
    }

    /// The next second, if the clock surely shows it: it may be put forward at a full minute.
    pub(crate) fn next(self) -> Option<Self> {
        let next = self.0.checked_add(1)?;
        (next.rem_euclid(MINUTE) != 0).then_some(Self(next))
    }
}

/// What is known about OTRS's clock.
pub(super) struct WallClock<'a> {
    reader: &'a Reader<'a>,
    zone: Option<Zone>,
}

impl<'a> WallClock<'a> {
    pub(super) fn new(reader: &'a Reader<'a>) -> Result<Self, Error> {
        let zone = clock::zone(reader.settings)?;
        Ok(Self { reader, zone })
    }

    /// Where to begin so that nothing since this instant is left out.
    pub(super) fn begin(&self, start: Option<Instant>) -> Wall {
        let Some(start) = start else {
            return Wall::BEGINNING;
        };
        let seconds = start.div_euclid(1000);
        let wall = match &self.zone {
            Some(zone) => lowest(zone, seconds).map(|offset| seconds.saturating_add(offset)),
            None => None,
        };
        // Noon of the day before yesterday: in every zone that is earlier, and surely was.
        let doubtful = seconds.div_euclid(DAY).saturating_sub(2);
        let doubtful = doubtful.saturating_mul(DAY).saturating_add(12 * HOUR);
        Wall(wall.unwrap_or(doubtful)).max(Wall::BEGINNING)
    }

    /// Up to which time everything was there to be found at a search, and to which the clock does not
    /// come back. None: no ticket tells. `asked` is when the search was sent, by the clock here; that
    /// clock is taken for what has passed since, and for nothing else.
    pub(super) fn settled(
        &self,
        client: &Client<'_>,
        tickets: &[RawTicket],
        asked: Instant,
    ) -> Option<Wall> {
        let passed = client.now().saturating_sub(asked).max(0).div_euclid(1000);
        let back = passed.saturating_add(1 + SETTLES);
        let shown = tickets.iter().filter_map(|ticket| self.shown(ticket, back));
        shown.min()
    }

    /// What OTRS's clock shows as it tells of a ticket: how old that is, it says itself. Without a zone this is
    /// an hour more or less, by the season in which the ticket was created.
    pub(super) fn now(&self, ticket: &RawTicket) -> Option<Instant> {
        let (created, age) = (ticket.created.as_str()?, ticket.age.0?);
        let born = match &self.zone {
            Some(_) => self.reader.clock.created(created, Some(age))?,
            None => Zone::UTC.instant(created)?,
        };
        born.checked_add(age.checked_mul(1000)?)
    }

    /// A clock that is put back by less hides nothing: what is younger is not settled.
    pub(super) fn step(&self) -> i64 {
        let step = match &self.zone {
            Some(_) => SETTLES / 2,
            None => HOUR + SETTLES / 2,
        };
        step.saturating_mul(1000)
    }

    /// So much earlier, where the clock was put back by so many milliseconds: an hour more, as it may have been
    /// put forward or back for summer meanwhile, and a time that was.
    pub(super) fn earlier(&self, wall: Wall, by: i64) -> Wall {
        let by = by.saturating_add(self.step()).div_euclid(1000);
        let earlier = Wall(wall.0.saturating_sub(by).saturating_sub(HOUR));
        let was = |wall: &Wall| {
            let (zone, text) = (self.zone.as_ref()?, wall.written()?);
            (zone.local(zone.instant(&text)?)? == text).then_some(*wall)
        };
        // The hour that is left out in spring: one before it was there.
        let hour_before = Wall(earlier.0.saturating_sub(HOUR));
        let noon = || Wall((earlier.0.saturating_sub(12 * HOUR)).div_euclid(DAY) * DAY + 12 * HOUR);
        let real = was(&earlier).or_else(|| was(&hour_before));
        real.unwrap_or_else(noon).max(Wall::BEGINNING)
    }

    /// A time not after this one that the clock surely showed: without a zone the noon before.
    pub(super) fn surely(&self, wall: Wall) -> Wall {
        match self.zone {
            Some(_) => wall,
            None => Wall((wall.0.saturating_sub(12 * HOUR)).div_euclid(DAY) * DAY + 12 * HOUR),
        }
    }

    /// The least that the clock will ever show from so many seconds before a ticket was read on. OTRS
    /// says with each ticket how old it is at that moment, and so what time it is there.
    fn shown(&self, ticket: &RawTicket, back: i64) -> Option<Wall> {
        let (created, age) = (ticket.created.as_str()?, ticket.age.0?);
        let past = |from: i64| from.checked_add(age)?.checked_sub(back);
        let Some(zone) = &self.zone else {
            // The clock may have been put back by an hour since, or be about to be.
            return past(Wall::read(created)?.0.checked_sub(HOUR)?).map(Wall);
        };
        let born = self.reader.clock.created(created, Some(age))?;
        let then = past(born.div_euclid(1000))?;
        then.checked_add(lowest(zone, then)?).map(Wall)
    }
}

/// The least that the zone will be ahead of UTC from an instant on, as far as that could bring its clock
/// back to what it shows then; in seconds.
fn lowest(zone: &Zone, seconds: i64) -> Option<i64> {
    let mut lowest: Option<i64> = None;
    let mut at = 0;
    while at <= AHEAD {
        let instant = seconds.checked_add(at)?.checked_mul(1000)?;
        let offset = i64::from(zone.offset(instant)?);
        lowest = Some(lowest.map_or(offset, |known| known.min(offset)));
        at += 15 * MINUTE;
    }
    lowest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::object::References;
    use crate::samples::{self, Fake};
    use serde_json::json;
    use sgi_guest::time::rfc3339;

    fn at(text: &str) -> Wall {
        Wall::read(text).unwrap()
    }

    fn in_zone<T>(zone: Option<&str>, act: impl FnOnce(&WallClock<'_>) -> T) -> T {
        let option = zone.map(|zone| ("time-zone", zone));
        let settings = samples::settings(option.as_slice());
        let reader = Reader {
            settings: &settings,
            references: References::new(&settings).unwrap(),
            clock: Clock::new(&settings, None, samples::NOW).unwrap(),
        };
        act(&WallClock::new(&reader).unwrap())
    }

    /// By a ticket of this date that was read so many seconds later.
    fn settled(zone: Option<&str>, created: &str, age: i64) -> Wall {
        let ticket = json!({ "TicketID": 1, "Created": created, "Age": age });
        let ticket = serde_json::from_value(ticket).unwrap();
        let fake = Fake::logged_in(&[]);
        let client = Client::new(&fake);
        in_zone(zone, |clock| {
            clock.settled(&client, &[ticket], samples::NOW)
        })
        .unwrap()
    }

    const BERLIN: Option<&str> = Some("Europe/Berlin");

    #[test]
    fn what_is_a_minute_old_is_settled() {
        assert_eq!(
            settled(BERLIN, "2026-11-24 12:00:00", 3600),
            at("2026-11-24 12:58:59")
        );
        // Created in summer.
        assert_eq!(
            settled(BERLIN, "2026-10-24 12:00:00", 2 * 86_400),
            at("2026-10-26 10:58:59")
        );
    }

    #[test]
    fn what_the_clock_will_show_again_is_not_settled() {
        // It is half past two for the first time.
        assert_eq!(
            settled(BERLIN, "2026-10-25 01:30:00", 3600),
            at("2026-10-25 01:28:59")
        );
        // For the second time.
        assert_eq!(
            settled(BERLIN, "2026-10-25 01:30:00", 7200),
            at("2026-10-25 02:28:59")
        );
        // In spring nothing comes again.
        assert_eq!(
            settled(BERLIN, "2026-03-29 01:30:00", 1860),
            at("2026-03-29 01:59:59")
        );
    }

    #[test]
    fn without_a_zone_an_hour_is_left_for_clocks_that_are_put_back() {
        assert_eq!(
            settled(None, "2026-10-25 01:30:00", 3600),
            at("2026-10-25 01:28:59")
        );
    }

    #[test]
    fn the_beginning_is_never_too_late_and_a_time_that_was() {
        let start = |text| Some(rfc3339(text).unwrap());
        assert_eq!(in_zone(BERLIN, |clock| clock.begin(None)), Wall::BEGINNING);
        for (zone, begin, wall) in [
            (BERLIN, "2026-07-01T10:00:00Z", "2026-07-01 12:00:00"),
            // The clock will show ten to three again.
            (BERLIN, "2026-10-25T00:50:00Z", "2026-10-25 01:50:00"),
            (BERLIN, "2026-03-29T01:00:00Z", "2026-03-29 03:00:00"),
            (None, "2026-03-30T00:00:00Z", "2026-03-28 12:00:00"),
            (None, "2026-03-30T23:59:59Z", "2026-03-28 12:00:00"),
        ] {
            assert_eq!(
                in_zone(zone, |clock| clock.begin(start(begin))),
                at(wall),
                "{begin}"
            );
        }
    }

    #[test]
    fn without_a_zone_a_noon_surely_was() {
        let surely = |zone, text| in_zone(zone, |clock| clock.surely(at(text)));
        assert_eq!(
            surely(BERLIN, "2026-03-29 01:30:00"),
            at("2026-03-29 01:30:00")
        );
        assert_eq!(
            surely(None, "2026-03-29 02:30:00"),
            at("2026-03-28 12:00:00")
        );
        assert_eq!(
            surely(None, "2026-03-29 12:00:00"),
            at("2026-03-29 12:00:00")
        );
    }

    #[test]
    fn where_the_clock_was_put_back_to_is_a_time_that_was() {
        const MINUTES: i64 = 60_000;
        for (zone, from, by, expected) in [
            // Half a minute and an hour more.
            (BERLIN, "2026-11-24 12:00:00", 180, "2026-11-24 07:59:30"),
            (BERLIN, "2026-03-29 06:30:00", 180, "2026-03-29 01:29:30"),
            (BERLIN, "2026-03-29 01:30:00", 0, "2026-03-29 00:29:30"),
            (None, "2026-03-29 06:30:00", 180, "2026-03-28 12:00:00"),
            (BERLIN, "1970-01-03 00:00:00", 9000, "1970-01-02 12:00:00"),
        ] {
            let earlier = in_zone(zone, |clock| clock.earlier(at(from), by * MINUTES));
            assert_eq!(earlier, at(expected), "{from}");
        }
    }

    #[test]
    fn a_next_second_surely_is() {
        assert_eq!(
            at("2026-03-29 01:59:58").next(),
            Some(at("2026-03-29 01:59:59"))
        );
        assert_eq!(at("2026-03-29 01:59:59").next(), None);
    }
}
