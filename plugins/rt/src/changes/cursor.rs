//! Where reading goes on.
//!
//! A **pass** brings everything up to date: first the deletions and merges, then the changed tickets. It
//! may take many calls. What is in flight while RT is read would be missed by one mark alone: RT takes the
//! number of a transaction and the time of a change before it commits, and lets others commit in between.
//! So there are two marks. The pass that begins [`SETTLING`] after the younger one was noted still reads
//! from the older one, and finds what was in flight then; only after it reading starts at the younger one.
//! Until then the same is read again, and the host drops what it knows.
//!
//! Where RT's clock is put back, the numbers of transactions go on rising and dates do not: then the dates
//! of both marks go back with it, and no date counts that the clock has not come to yet.

use serde::{Deserialize, Serialize};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Clocks, fail};

/// So long a change may be on its way into RT's database, and so far the clocks of its servers may be
/// apart.
pub(crate) const SETTLING: Instant = 300_000;
/// How many transactions may be in flight when a desk is first met.
const IN_FLIGHT: u64 = 1000;
/// What a cursor of this connector begins with.
const PREFIX: &str = "rt1:";
/// `LastUpdated` has no parts of a second.
const SECOND: Instant = 1000;
/// A clock that is put back by less hides nothing: what is younger is read again in any case.
const STEP: i64 = 30_000;

/// What RT had at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The newest `LastUpdated`.
    pub(crate) updated: Instant,
    /// The highest number of a transaction, or less.
    pub(crate) transaction: u64,
    /// When that was, by the clock of this machine: only differences count.
    pub(crate) at: Instant,
}

/// A ticket's place in the order of the changed ones, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) updated: Instant,
    pub(crate) id: u64,
}

/// What is read next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stage {
    /// A new pass begins.
    Rest,
    /// Deletions and merges after this transaction.
    Gone(u64),
    /// All tickets after this one, by number: the first pass without a `start`.
    All(u64),
    /// The changed tickets, newest first, after the one at this place, which was the so manieth of the
    /// list when it was read; none: from the newest on.
    Newest(Option<(Place, u64)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    pub(crate) settled: Mark,
    pub(crate) fresh: Mark,
    /// The highest transaction read so far.
    pub(crate) top: u64,
    /// What RT had when the pass that is running came to the tickets.
    pub(crate) begun: Option<Mark>,
    /// Whether the younger mark has settled when the pass began.
    pub(crate) settling: bool,
    /// Nothing was ever read before this pass.
    pub(crate) first: bool,
    pub(crate) stage: Stage,
    /// What RT's clock showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) clocks: Option<Clocks>,
}

impl Cursor {
    /// Before the first contact.
    pub(crate) fn new(start: Option<Instant>) -> Self {
        let mark = Mark {
            updated: start.unwrap_or(Instant::MIN),
            transaction: 0,
            at: 0,
        };
        Self {
            settled: mark,
            fresh: mark,
            top: 0,
            begun: None,
            settling: false,
            first: true,
            stage: Stage::Gone(0),
            clocks: None,
        }
    }

    /// When a pass comes to the tickets: what RT's clock shows, and the one here when it was asked. True where
    /// RT's was put back.
    pub(crate) fn put_back(&mut self, desk: Instant, here: Instant) -> bool {
        let Some(clocks) = &mut self.clocks else {
            self.clocks = Some(Clocks::seen(desk, here));
            return false;
        };
        let Some(by) = clocks.look(desk, here, STEP) else {
            return false;
        };
        let settled = &mut self.settled.updated;
        *settled = settled.saturating_sub(by.saturating_add(STEP));
        // What is in flight now is another's.
        self.settling = false;
        self.fresh.updated = self.fresh.updated.min(desk);
        self.fresh.at = here;
        true
    }

    /// All deletions and merges were read: the tickets come next.
    pub(crate) fn tickets_next(&mut self, start: Option<Instant>) {
        self.stage = match (self.first, start) {
            (true, None) => Stage::All(0),
            // With a start the newest come first: the tickets from then on are most often few, and RT
            // need not be asked by date, which it takes for one in the account's zone.
            _ => Stage::Newest(None),
        };
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        text.strip_prefix(PREFIX)
            .and_then(|json| serde_json::from_str(json).ok())
            .ok_or_else(|| {
                fail::invalid_input(
                    "this is not a place in RT's history that this connector has named: read the \
                     logbook of this desk from its beginning",
                )
            })
    }

    pub(crate) fn to_text(self) -> Result<String, Error> {
        let json = serde_json::to_string(&self)
            .map_err(|_| fail::protocol("a place in RT's history cannot be written down"))?;
        Ok(format!("{PREFIX}{json}"))
    }

    /// A pass begins, unless one is running.
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.stage == Stage::Rest {
            // A clock that was put back makes the mark young again.
            self.fresh.at = self.fresh.at.min(now);
            self.settling = now.saturating_sub(self.fresh.at) >= SETTLING;
            self.begun = None;
            self.stage = Stage::Gone(self.settled.transaction);
        }
    }

    /// The pass is over: all that it was to read was read.
    pub(crate) fn end(&mut self) {
        if let Some(begun) = self.begun.take() {
            if self.first {
                self.settled = Mark {
                    updated: begun.updated.saturating_sub(SETTLING),
                    transaction: begun.transaction.saturating_sub(IN_FLIGHT),
                    at: begun.at,
                };
                self.fresh = begun;
            } else if self.settling {
                self.settled = Mark {
                    // Those of that very second were read now, when it was long over.
                    updated: self.fresh.updated.saturating_add(SECOND),
                    ..self.fresh
                };
                self.fresh = begun;
            }
        }
        self.first = false;
        self.stage = Stage::Rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(updated: Instant, transaction: u64, at: Instant) -> Mark {
        Mark {
            updated,
            transaction,
            at,
        }
    }

    /// A pass that begins at a time and finds this.
    fn pass(cursor: &mut Cursor, found: Mark) {
        cursor.begin(found.at);
        cursor.begun = Some(found);
        cursor.end();
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for start in [None, Some(-1), Some(1_700_000_000_000)] {
            let mut cursor = Cursor::new(start);
            cursor.stage = Stage::Newest(Some((Place { updated: 1, id: 2 }, 3)));
            let text = cursor.to_text().unwrap();
            assert!(text.starts_with("rt1:") && text.len() < 500, "{text}");
            assert_eq!(Cursor::parse(&text).unwrap(), cursor);
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let good = Cursor::new(None).to_text().unwrap();
        for text in [
            "",
            "rt1:",
            "rt1:{}",
            "rt2:{}",
            "otrs1:7",
            good.get(1..).unwrap(),
            good.get(..good.len() - 1).unwrap(),
            &good.replace("\"top\":0", "\"top\":-1"),
        ] {
            let error = Cursor::parse(text).err();
            assert!(matches!(error, Some(Error::InvalidInput(_))), "{text:?}");
        }
    }

    #[test]
    fn a_mark_counts_only_when_it_has_settled_and_was_read_once_more() {
        let mut cursor = Cursor::new(None);
        cursor.begun = Some(mark(1_000_000, 5000, 10));
        cursor.end();
        assert_eq!(cursor.settled, mark(700_000, 4000, 10));
        // Too early: the older mark stays, and so does the younger.
        pass(&mut cursor, mark(1_200_000, 5100, 10 + SETTLING - 1));
        assert_eq!(cursor.settled.transaction, 4000);
        assert_eq!(cursor.fresh, mark(1_000_000, 5000, 10));
        // This pass has read from the older one, when the younger had settled.
        pass(&mut cursor, mark(1_300_000, 5200, 10 + SETTLING));
        assert_eq!(cursor.settled, mark(1_001_000, 5000, 10));
        assert_eq!(cursor.fresh, mark(1_300_000, 5200, 10 + SETTLING));
    }

    #[test]
    fn a_clock_that_was_put_back_delays_and_loses_nothing() {
        let mut cursor = Cursor::new(None);
        cursor.begun = Some(mark(1_000_000, 5000, 900_000));
        cursor.end();
        pass(&mut cursor, mark(1_000_000, 5000, 100));
        assert_eq!(cursor.settled.transaction, 4000);
        pass(&mut cursor, mark(1_000_000, 5000, 100 + SETTLING));
        assert_eq!(cursor.settled.transaction, 5000);
    }
}
