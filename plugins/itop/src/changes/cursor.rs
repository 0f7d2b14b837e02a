//! How far an iTop was read.
//!
//! A pass goes through everything after `from` once, by ascending ids, in as many calls as it takes. At its
//! beginning it notes how far iTop is (`upto`): whatever happens later comes after that, so the next pass
//! need not begin before it.
//!
//! It must not begin there at once, though: iTop notes the time of a change and the id of an operation when
//! it makes them, and others see them when its transaction is done. So `from` moves to an `upto` only after
//! a pass that began two minutes later by iTop's own clock (the header `Date`): two minutes are four times
//! what PHP lets a request run. Where there is no such pass yet, and after the first one, which would
//! otherwise be repeated as a whole, it keeps a distance that no transaction bridges.
//!
//! Where iTop's clock is put back, ids go on rising and dates do not. Then `from` goes back by as much, if it
//! is a date, and stays there until the clock shows a later time than ever before.

use super::dates;
use serde::{Deserialize, Serialize};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Clocks, fail};

/// The form of what follows. Another one gets another number, and this one stays readable.
const PREFIX: &str = "itop1:";
const SETTLED: Instant = 2 * 60 * 1000;
/// A clock that is put back by less hides nothing: what is younger is read again in any case.
const STEP: i64 = 30 * 1000;
/// In case the clock is put forward or back for summer meanwhile.
const SUMMER: i64 = 60 * 60 * 1000;

/// What is read, and how far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub(super) enum Cursor {
    /// Tickets, by their `last_update` in iTop's own words.
    Updates(Progress<String>),
    /// Operations, by their ids; what happened before `since` is of no interest.
    History {
        since: Option<String>,
        #[serde(flatten)]
        progress: Progress<u64>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress<M> {
    /// Everything up to here is done with; none: begin at the beginning.
    pub(super) from: Option<M>,
    /// Becomes `from` when it is old enough.
    settling: Option<Settling<M>>,
    /// The pass that is under way.
    pub(super) pass: Option<Pass<M>>,
    /// What iTop's clock showed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clocks: Option<Clocks>,
    /// Until its clock shows this, dates do not tell how far iTop is: it was put back from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    again: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Settling<M> {
    upto: M,
    /// When, by iTop's clock.
    at: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pass<M> {
    /// The last id that was gone through.
    pub(super) after: u64,
    /// How far iTop was when the pass began; none: there was nothing.
    pub(super) upto: Option<M>,
    /// When that was, by iTop's clock.
    pub(super) at: Option<Instant>,
    /// Its tickets are read; those of other configuration items than before are being read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) moved: Option<Moved>,
}

/// How far tickets are read whose configuration items stand for other objects than before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moved {
    /// The last operation on a configuration item of which all tickets were read.
    pub(super) operation: u64,
    /// The last ticket of those after it that was read.
    pub(super) ticket: u64,
}

/// Something that says how far iTop is.
pub(super) trait Mark: Ord + Clone {
    /// So far before it that no transaction reaches over.
    fn back(&self) -> Self;
    /// As much earlier as iTop's clock was put back; none for what does not go by the clock.
    fn earlier(&self, by: i64) -> Option<Self>;
}

impl Mark for String {
    fn back(&self) -> Self {
        let minutes = -10 * 60 * 1000;
        dates::shifted(self, minutes).unwrap_or_else(|| self.clone())
    }

    fn earlier(&self, by: i64) -> Option<Self> {
        dates::shifted(self, by.saturating_neg())
    }
}

impl Mark for u64 {
    /// iTop answers 14 requests a second, and each makes some ten operations.
    fn back(&self) -> Self {
        self.saturating_sub(5000)
    }

    fn earlier(&self, _: i64) -> Option<Self> {
        None
    }
}

impl<M> Default for Progress<M> {
    fn default() -> Self {
        Self::from(None)
    }
}

impl<M> From<Option<M>> for Progress<M> {
    fn from(from: Option<M>) -> Self {
        Self {
            from,
            settling: None,
            pass: None,
            clocks: None,
            again: None,
        }
    }
}

impl<M: Mark> Progress<M> {
    /// Before a pass: what iTop's clock shows, and the one here when it was asked. True where iTop's was put
    /// back and `from` with it.
    pub(super) fn put_back(&mut self, desk: Instant, here: Instant) -> bool {
        let Some(clocks) = &mut self.clocks else {
            self.clocks = Some(Clocks::seen(desk, here));
            return false;
        };
        let latest = clocks.latest();
        let Some(by) = clocks.look(desk, here, STEP) else {
            self.again.take_if(|again| *again < desk);
            return false;
        };
        // Its age was measured by the old clock.
        self.settling = None;
        let by = by.saturating_add(STEP + SUMMER);
        let Some(earlier) = self.from.as_ref().and_then(|from| from.earlier(by)) else {
            return false;
        };
        self.from = Some(earlier);
        self.again = self.again.max(Some(latest));
        true
    }

    /// In the middle of a pass.
    pub(super) fn during(self, pass: Pass<M>) -> Self {
        Self {
            pass: Some(pass),
            ..self
        }
    }

    /// After a pass that went through everything.
    pub(super) fn done(self, pass: Pass<M>) -> Self {
        if self.again.is_some() {
            return Self { pass: None, ..self };
        }
        let Self {
            from,
            settling,
            clocks,
            ..
        } = self;
        let old = |settling: &Settling<M>| {
            pass.at
                .is_some_and(|at| at.saturating_sub(settling.at) >= SETTLED)
        };
        let settled = settling.as_ref().filter(|settling| old(settling));
        let next = match (settled, &pass.upto) {
            (Some(settled), _) => Some(settled.upto.clone()),
            (None, Some(upto)) => Some(upto.back()),
            (None, None) => None,
        };
        let settling = match settling {
            Some(settling) if !old(&settling) => Some(settling),
            _ => pass
                .upto
                .zip(pass.at)
                .map(|(upto, at)| Settling { upto, at }),
        };
        Self {
            from: from.max(next),
            settling,
            pass: None,
            clocks,
            again: None,
        }
    }
}

impl Cursor {
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        let cursor = text
            .strip_prefix(PREFIX)
            .and_then(|json| serde_json::from_str(json).ok())
            .filter(Self::is_sound);
        cursor.ok_or_else(|| {
            fail::invalid_input(
                "the cursor is none of iTop's connector, or it was damaged: read the desk from the \
                 beginning",
            )
        })
    }

    pub(super) fn write(&self) -> Result<String, Error> {
        let json = serde_json::to_string(self);
        let json = json.map_err(|_| fail::protocol("the cursor cannot be written down"))?;
        Ok(format!("{PREFIX}{json}"))
    }

    /// Its dates go into queries.
    fn is_sound(&self) -> bool {
        let dates = match self {
            Self::Updates(progress) => [
                progress.from.as_ref(),
                progress.settling.as_ref().map(|settling| &settling.upto),
                progress.pass.as_ref().and_then(|pass| pass.upto.as_ref()),
            ],
            Self::History { since, .. } => [since.as_ref(), None, None],
        };
        dates.into_iter().flatten().all(|date| dates::is_date(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Instant = 60 * 1000;

    fn pass(upto: u64, at: Instant) -> Pass<u64> {
        Pass {
            after: upto,
            upto: Some(upto),
            at: Some(at),
            moved: None,
        }
    }

    #[test]
    fn the_latest_is_read_again_for_two_minutes() {
        let mut progress = Progress::<u64>::default();
        let mut from = Vec::new();
        for (upto, at) in [
            (20_000, 0),
            (20_010, 1),
            (20_020, 2),
            (20_020, 3),
            (20_020, 4),
        ] {
            progress = progress.done(pass(upto, at * MINUTE));
            from.push(progress.from);
        }
        let expected = [15_000, 15_010, 20_000, 20_000, 20_020];
        assert_eq!(from, expected.map(Some));
    }

    #[test]
    fn without_a_clock_a_distance_is_kept() {
        let mut progress = Progress::<String>::default();
        for upto in ["2026-11-23 22:14:00", "2026-11-23 22:15:00"] {
            progress = progress.done(Pass {
                after: 9,
                upto: Some(upto.to_owned()),
                at: None,
                moved: None,
            });
        }
        assert_eq!(progress.from.as_deref(), Some("2026-11-23 22:05:00"));
    }

    #[test]
    fn a_clock_that_is_put_back_takes_dates_with_it_and_no_ids() {
        let (hour, day) = (60 * MINUTE, 24 * 60 * MINUTE);
        let mut ids = Progress::<u64>::from(Some(7));
        let mut dates = Progress::from(Some("2026-11-23 22:14:00".to_owned()));
        let now = 100 * day;
        assert!(!ids.put_back(now, now) && !dates.put_back(now, now));
        assert!(!ids.put_back(now - 2 * hour, now));
        assert!(dates.put_back(now - 2 * hour, now));
        assert_eq!(ids.from, Some(7));
        let earlier = Some("2026-11-23 19:13:30");
        assert_eq!(dates.from.as_deref(), earlier);
        // Until then the dates from before are the highest there are.
        let highest = |at| Pass {
            after: 9,
            upto: Some("2026-11-23 22:14:00".to_owned()),
            at: Some(at),
            moved: None,
        };
        for minutes in [0, 60, 120] {
            let at = now + (minutes - 120) * MINUTE;
            assert!(!dates.put_back(at, now + minutes * MINUTE));
            dates = dates.done(highest(at));
            assert_eq!(dates.from.as_deref(), earlier);
        }
        for minutes in [1, 4] {
            assert!(!dates.put_back(now + minutes * MINUTE, now + (minutes + 120) * MINUTE));
            dates = dates.done(highest(now + minutes * MINUTE));
        }
        assert_eq!(dates.from.as_deref(), Some("2026-11-23 22:14:00"));
    }

    #[test]
    fn a_desk_without_anything_stays_at_the_beginning() {
        let nothing = Pass {
            after: 0,
            upto: None,
            at: Some(5),
            moved: None,
        };
        let progress = Progress::<u64>::default().done(nothing);
        assert_eq!(progress, Progress::default());
    }

    #[test]
    fn what_is_written_is_read_and_all_else_refused() {
        let updates = Progress::<String>::from(Some("2026-11-23 22:14:07".to_owned()));
        let mut history = Progress::<u64>::default().done(pass(7, 1));
        history.pass = Some(Pass {
            moved: Some(Moved {
                operation: 8,
                ticket: 63,
            }),
            ..pass(9, 4)
        });
        for cursor in [
            Cursor::Updates(updates),
            Cursor::History {
                since: Some("2026-11-01 00:00:00".to_owned()),
                progress: history,
            },
        ] {
            let text = cursor.write().expect("a cursor");
            assert_eq!(Cursor::read(&text).expect("the same"), cursor, "{text}");
            assert!(text.len() < 4096);
            let hostile = text.replace("2026-11", "2026-11' OR 1=1 --");
            assert!(matches!(
                Cursor::read(&hostile),
                Err(Error::InvalidInput(_))
            ));
            for cut in 0..text.len() {
                assert!(matches!(
                    Cursor::read(&text[..cut]),
                    Err(Error::InvalidInput(_))
                ));
            }
        }
        for text in ["", "itop1:", "itop2:{}", "rt1:5", "itop1:{\"by\":\"x\"}"] {
            assert!(Cursor::read(text).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = Cursor::read(&text);
            let _ = Cursor::read(&format!("{PREFIX}{text}"));
        }

        /// Nothing is passed over that a pass has not gone through two minutes after it came.
        #[test]
        fn it_never_moves_past_what_may_still_come(steps in proptest::collection::vec((0u64..50, 0i64..200_000), 1..40)) {
            let mut progress = Progress::<u64>::default();
            let (mut upto, mut at) = (100_000, 0);
            let mut seen: Vec<(u64, Instant)> = Vec::new();
            for (more, later) in steps {
                upto += more;
                at += later;
                seen.push((upto, at));
                progress = progress.done(pass(upto, at));
                let from = progress.from.expect("a mark");
                let settled = seen.iter().filter(|(_, when)| at - when >= SETTLED).map(|(upto, _)| *upto).max();
                assert!(from <= settled.unwrap_or(0).max(upto - 5000));
            }
        }
    }
}
