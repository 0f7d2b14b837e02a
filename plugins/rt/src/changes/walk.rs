//! The changed tickets, newest first.
//!
//! Tickets move while they are read: one that is changed goes to the front and pushes others down, where
//! they are met twice; one that is deleted, merged or moved out of sight lets all behind it move up, and
//! the next page would miss some. So a page must begin with a ticket that is known already. Dates cannot
//! be asked for instead: RT takes them for ones in the account's zone.

use super::cursor::Place;
use crate::ticket::{self, Item, List};
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Answer, Settings, fail};

/// RT's greatest page.
const PAGE: u64 = 100;
/// The first page of a pass: most often nothing has changed, and a ticket with all its fields costs RT
/// some ten milliseconds.
const FIRST_PAGE: u64 = 20;
/// So many tickets are read again at least where a page follows another one.
const LAP: u64 = 5;
/// A list that moves faster than this is not caught up with.
const TRIES: u32 = 200;

/// Where a page begins, and how long it is, so that it holds the row `wanted` and some before it: RT
/// counts in pages only.
#[derive(Debug, PartialEq, Eq)]
struct Cut {
    page: u64,
    size: u64,
}

impl Cut {
    /// Of all sizes the one whose page reaches farthest beyond the row.
    fn at(wanted: u64) -> Self {
        let reach = |size: &u64| size - wanted.checked_rem(*size).unwrap_or_default();
        let size = (1..=PAGE).max_by_key(reach).unwrap_or(PAGE);
        Self {
            page: wanted / size.max(1) + 1,
            size,
        }
    }

    fn begin(&self) -> u64 {
        (self.page - 1) * self.size
    }
}

/// Rows of the list.
pub(crate) struct Rows {
    answer: Answer,
    /// The so manieth is the first.
    begin: u64,
}

/// The next tickets after a place.
pub(crate) struct Next<'a> {
    /// With their places and their rows in the list.
    pub(crate) items: Vec<(Item<'a>, Place, u64)>,
    /// There are none after them.
    pub(crate) last: bool,
}

/// Reads the page that holds what comes after a place.
pub(crate) fn read(settings: &Settings, after: Option<(Place, u64)>) -> Result<Rows, Error> {
    let mut wanted = after.map_or(0, |(_, row)| row.saturating_sub(LAP));
    for _ in 0..TRIES {
        let cut = match after {
            None => Cut {
                page: 1,
                size: FIRST_PAGE,
            },
            Some(_) => Cut::at(wanted),
        };
        let answer = ticket::newest(settings, cut.page, cut.size)?;
        let rows = Rows {
            answer,
            begin: cut.begin(),
        };
        let Some((place, _)) = after else {
            return Ok(rows);
        };
        let list: List<'_> = rows.answer.json()?;
        let places = places(&list)?;
        match (places.first(), places.last()) {
            // Too far: what lies between may be ours.
            (first, _) if rows.begin > 0 && first.is_none_or(|first| *first < place) => {
                wanted = wanted.saturating_sub(PAGE);
            }
            // Not far enough: newer ones have come.
            (_, Some(last))
                if *last >= place && u64::from(list.total()?) > rows.begin + count(&places) =>
            {
                wanted = rows.begin + count(&places) - 1;
            }
            _ => return Ok(rows),
        }
    }
    Err(fail::unavailable(
        "RT's tickets change faster than they can be read",
        None,
    ))
}

fn count<T>(rows: &[T]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}

fn places(list: &List<'_>) -> Result<Vec<Place>, Error> {
    let place = |item: &Item<'_>| {
        Ok(Place {
            updated: item.updated()?.unwrap_or(Instant::MIN),
            id: item.id.0,
        })
    };
    list.items.iter().map(place).collect()
}

impl Rows {
    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Those that come after the place and are not older than `from`.
    pub(crate) fn next(
        &self,
        after: Option<(Place, u64)>,
        from: Instant,
    ) -> Result<Next<'_>, Error> {
        let list: List<'_> = self.answer.json()?;
        let total = u64::from(list.total()?);
        let places = places(&list)?;
        if places.is_empty() && total > self.begin {
            // Taken for the end, it would pass for nothing new.
            return Err(fail::protocol(format!(
                "RT says that it found {total} tickets and brings none of them"
            )));
        }
        if !places.is_sorted_by(|a, b| a > b) {
            return Err(fail::protocol(
                "RT did not bring the tickets in the order of their last change",
            ));
        }
        let all = self.begin + count(&places) >= total;
        let last = all || places.last().is_some_and(|place| place.updated < from);
        let rows = (self.begin..).zip(places).zip(list.items);
        let items = rows
            .filter(|((_, place), _)| after.is_none_or(|(known, _)| *place < known))
            .filter(|((_, place), _)| place.updated >= from)
            .map(|((row, place), item)| (item, place, row))
            .collect();
        Ok(Next { items, last })
    }

    /// The newest change, where the list was read from its beginning.
    pub(crate) fn newest(&self) -> Result<Option<Instant>, Error> {
        let list: List<'_> = self.answer.json()?;
        Ok(places(&list)?.first().map(|place| place.updated))
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, LAP, PAGE};

    #[test]
    fn a_page_begins_at_or_shortly_before_the_row_that_is_wanted() {
        assert_eq!(Cut::at(0), Cut { page: 1, size: 100 });
        assert_eq!(Cut::at(95), Cut { page: 2, size: 95 });
        for wanted in 0..200_000 {
            let cut = Cut::at(wanted);
            assert!((1..=PAGE).contains(&cut.size), "{wanted}");
            assert!(cut.begin() <= wanted, "{wanted}");
            // Well beyond those that are read again.
            assert!(
                cut.begin() + cut.size > wanted + 4 * LAP,
                "{wanted}: {cut:?}"
            );
        }
    }
}
