//! Where the next call goes on.
//!
//! `otrs1:20261123211033`: everything that the clock on OTRS's wall showed before that second is done.
//! `…:17` goes on within this second, after the ticket with the id 17, in the order of ids.
//! `…:17:20261123211050` goes on with all tickets from there on in the order of ids, after 17; when they
//! are done, the next call begins at the second given last.
//! `…/20261123180000/20261123211200` stands after each of these while a backlog is read in several calls:
//! from which second on it is read, and when that began.
//! `…@17:1795468866000:-250` ends each of them: what OTRS's clock showed, how far it was ahead of the one here
//! (in milliseconds), and a ticket by which it can be looked at again.

use super::wall::Wall;
use sgi_guest::types::Error;
use sgi_guest::{Clocks, fail};

/// The first version of this text.
const VERSION: &str = "otrs1";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(super) from: Wall,
    pub(super) walk: Walk,
    /// None: the next call begins anew.
    pub(super) sweep: Option<Sweep>,
    /// None: no ticket has told yet.
    pub(super) shown: Option<Shown>,
}

/// What OTRS's clock showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) clocks: Clocks,
    /// The ticket that told it.
    pub(super) ticket: u64,
}

/// In which order tickets are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// As they were changed.
    Times,
    /// By ids, those of this one second; after this id.
    Second(u64),
    /// By ids, all from this second on; after this id.
    Rest { after: u64, then: Wall },
}

/// A backlog that is read in several calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sweep {
    /// Where its first call began.
    pub(super) origin: Wall,
    /// What the clock on the wall showed then, or a little less.
    pub(super) began: Wall,
}

impl Cursor {
    pub(super) fn at(from: Wall) -> Self {
        Self {
            from,
            walk: Walk::Times,
            sweep: None,
            shown: None,
        }
    }

    /// Where the next call begins anew.
    pub(super) fn begin_at(self, from: Wall) -> Self {
        Self {
            shown: self.shown,
            ..Self::at(from)
        }
    }

    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| {
            fail::invalid_input("this is not a cursor that OTRS's connector has made")
        })
    }

    pub(super) fn write(self) -> Result<String, Error> {
        let from = digits(self.from)?;
        let mut text = match self.walk {
            Walk::Times => format!("{VERSION}:{from}"),
            Walk::Second(after) => format!("{VERSION}:{from}:{after}"),
            Walk::Rest { after, then } => format!("{VERSION}:{from}:{after}:{}", digits(then)?),
        };
        if let Some(Sweep { origin, began }) = self.sweep {
            text.push_str(&format!("/{}/{}", digits(origin)?, digits(began)?));
        }
        if let Some(Shown { clocks, ticket }) = self.shown {
            let (latest, ahead) = (clocks.latest(), clocks.ahead());
            text.push_str(&format!("@{ticket}:{latest}:{ahead}"));
        }
        Ok(text)
    }
}

fn digits(wall: Wall) -> Result<String, Error> {
    let text = wall.written().map(|text| text.replace(['-', ' ', ':'], ""));
    text.ok_or_else(|| fail::protocol("OTRS gave a ticket a date that is none"))
}

fn parse(text: &str) -> Option<Cursor> {
    let (text, shown) = match text.split_once('@') {
        Some((text, shown)) => (text, Some(self::shown(shown)?)),
        None => (text, None),
    };
    let (place, sweep) = match text.split_once('/') {
        Some((place, sweep)) => (place, Some(sweep)),
        None => (text, None),
    };
    let sweep = match sweep {
        Some(sweep) => {
            let (origin, began) = sweep.split_once('/')?;
            Some(Sweep {
                origin: second(origin)?,
                began: second(began)?,
            })
        }
        None => None,
    };
    let mut parts = place.split(':');
    if parts.next()? != VERSION {
        return None;
    }
    let from = second(parts.next()?)?;
    let walk = match (parts.next(), parts.next()) {
        (None, _) => Walk::Times,
        (Some(after), None) => Walk::Second(id(after)?),
        (Some(after), Some(then)) => Walk::Rest {
            after: id(after)?,
            then: second(then)?,
        },
    };
    parts.next().is_none().then_some(Cursor {
        from,
        walk,
        sweep,
        shown,
    })
}

fn shown(text: &str) -> Option<Shown> {
    let (ticket, times) = text.split_once(':')?;
    let (latest, ahead) = times.split_once(':')?;
    let ticket = id(ticket)?;
    let clocks = Clocks::kept(latest.parse().ok()?, ahead.parse().ok()?);
    Some(Shown { clocks, ticket })
}

fn plain(text: &str) -> Option<&str> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(text)
}

fn id(text: &str) -> Option<u64> {
    plain(text)?.parse().ok()
}

fn second(digits: &str) -> Option<Wall> {
    let at = |from: usize, to: usize| plain(digits)?.get(from..to);
    if digits.len() != 14 {
        return None;
    }
    Wall::read(&format!(
        "{}-{}-{} {}:{}:{}",
        at(0, 4)?,
        at(4, 6)?,
        at(6, 8)?,
        at(8, 10)?,
        at(10, 12)?,
        at(12, 14)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for text in [
            "otrs1:20261123211033",
            "otrs1:20261123211033:0",
            "otrs1:20261123211033:17",
            "otrs1:20261123211033:17:20261123211050",
            "otrs1:20261025023000",
            "otrs1:20261123211033/20261123180000/20261123211200",
            "otrs1:20261123211033:17:20261123211050/20261123180000/20261123211200",
            "otrs1:20261123211033@17:1795468866000:-250",
            "otrs1:20261123211033/20261123180000/20261123211200@17:1795468866000:0",
        ] {
            let cursor = Cursor::read(text).unwrap();
            assert_eq!(cursor.write().unwrap(), text);
        }
    }

    #[test]
    fn a_damaged_one_is_refused() {
        for text in [
            "",
            "otrs1",
            "otrs1:",
            "otrs2:20261123211033",
            "otrs1:2026112321103",
            "otrs1:202611232110333",
            "otrs1:20261323211033",
            "otrs1:20261123211033:",
            "otrs1:20261123211033:x",
            "otrs1:20261123211033:+1",
            "otrs1:20261123211033:17:",
            "otrs1:20261123211033:17:20261123211050:",
            "otrs1:20261123211033/20261123180000",
            "otrs1:20261123211033/20261123180000/",
            "otrs1:20261123211033/20261123180000/20261123211200/",
            "otrs1:2026112321103\u{fc}",
            "otrs1:20261123211033@",
            "otrs1:20261123211033@17",
            "otrs1:20261123211033@17:1",
            "otrs1:20261123211033@x:1:1",
            "otrs1:20261123211033@17:1:1:1",
            "rt1:20261123211033",
        ] {
            let error = Cursor::read(text).err();
            assert!(matches!(error, Some(Error::InvalidInput(_))), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "otrs1:[0-9]{13,15}(:[0-9]{0,22}){0,3}(/[0-9]{14}){0,3}(@[0-9]{1,3}(:-?[0-9]{0,20}){0,3})?|\\PC*") {
            if let Ok(cursor) = Cursor::read(&text) {
                prop_assert_eq!(Cursor::read(&cursor.write().unwrap()).unwrap(), cursor);
            }
        }
    }
}
