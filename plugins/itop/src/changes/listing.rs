//! What a query finds, by ascending ids, without fetching all of it.
//!
//! iTop takes no order and shows what it finds by names, page by page; pages shift when objects come and go.
//! So nothing is read over several pages. One question for everything after an id says how much there is
//! (`Found: 4711`) and is the answer where it fits on a page. Where it does not, the ids after it are asked
//! for in stretches, each of which fits on one page as a whole.
//!
//! Even where nothing changes, pages would not do: what has the same name, as the operations of one change
//! have, was seen in another order by the next question, so one on the border may be on neither page.

use crate::api;
use crate::failure;
use crate::reply::Entry;
use serde_json::json;
use sgi_guest::types::{Error, Instant};
use sgi_guest::{Settings, fail};

/// Objects a page.
pub(super) const PAGE: usize = 1000;
/// Stretches that one call goes through at most. One without an object makes the next four times as
/// long, so that gaps of millions of ids are behind it after a few.
const STRETCHES: usize = 30;
/// Looks for how far iTop is.
const CLIMBS: usize = 8;

/// One answer.
pub(super) struct Answer {
    pub(super) entries: Vec<Entry>,
    /// How many there are on all pages.
    pub(super) found: usize,
    /// When, by iTop's clock.
    pub(super) at: Option<Instant>,
}

impl Answer {
    fn is_whole(&self) -> bool {
        self.found <= self.entries.len()
    }

    /// An answer that must be whole.
    pub(super) fn whole(&self) -> Result<(), Error> {
        if self.is_whole() {
            return Ok(());
        }
        Err(fail::protocol(format!(
            "iTop says that it found {} objects for a query, and sends {} of them",
            self.found,
            self.entries.len()
        )))
    }
}

/// Asks for the first page of `limit` objects.
pub(super) fn ask(
    settings: &Settings,
    class: &str,
    oql: &str,
    fields: &str,
    limit: usize,
) -> Result<Answer, Error> {
    let mut query = api::get(class, oql, fields);
    if let Some(query) = query.as_object_mut() {
        query.insert("limit".to_owned(), json!(limit));
        query.insert("page".to_owned(), json!(1));
    }
    let asked = api::ask(settings, &query)?;
    if let Some(refusal) = failure::refusal(settings, &asked.reply) {
        return Err(refusal.into_error());
    }
    // Without the total nobody knows whether something is missing.
    if !asked.reply.message().starts_with("Found: ") {
        return Err(fail::protocol(
            "iTop answers a query without saying how many objects it found",
        ));
    }
    let found = asked.reply.found();
    Ok(Answer {
        entries: asked.reply.into_entries(),
        found,
        at: asked.at,
    })
}

/// A query for objects by their ids.
pub(crate) struct Query {
    pub(crate) class: &'static str,
    /// `SELECT … WHERE … AND`, after which a condition on the id can stand.
    pub(crate) begin: String,
    /// The id with its alias: `t.id`.
    pub(crate) id: &'static str,
    pub(crate) fields: String,
}

/// The lowest ids after one.
pub(super) struct Listing {
    /// By id; all there are up to `upto`.
    pub(super) entries: Vec<Entry>,
    pub(super) upto: u64,
    /// Whether there are none beyond.
    pub(super) all: bool,
    /// How many there are after the id, these included.
    pub(super) found: usize,
    /// Some of what there is, where it is not all: enough to see how far iTop is, roughly.
    pub(super) sample: Vec<Entry>,
    pub(super) at: Option<Instant>,
}

impl Query {
    fn ask(&self, settings: &Settings, after: u64, upto: Option<u64>) -> Result<Answer, Error> {
        let id = self.id;
        let mut oql = format!("{} {id} > {after}", self.begin);
        if let Some(upto) = upto {
            oql.push_str(&format!(" AND {id} <= {upto}"));
        }
        ask(settings, self.class, &oql, &self.fields, PAGE)
    }

    /// All after this id, by id; none if they are more than `most`.
    pub(crate) fn all(
        &self,
        settings: &Settings,
        after: u64,
        most: usize,
    ) -> Result<Option<Vec<Entry>>, Error> {
        let mut all = Vec::new();
        let mut after = after;
        loop {
            let listing = self.lowest(settings, after, PAGE)?;
            if listing.found.saturating_add(all.len()) > most {
                return Ok(None);
            }
            all.extend(listing.entries);
            if listing.all {
                return Ok(Some(all));
            }
            after = listing.upto;
        }
    }

    /// The lowest after this id: `wanted` of them or some more, fewer where they lie far apart.
    pub(super) fn lowest(
        &self,
        settings: &Settings,
        after: u64,
        wanted: usize,
    ) -> Result<Listing, Error> {
        let first = self.ask(settings, after, None)?;
        let (found, at) = (first.found, first.at);
        let mut entries = Vec::new();
        let whole = first.is_whole();
        let mut upto = after;
        if !whole {
            upto = self.stretches(settings, after, wanted, &mut entries)?;
        }
        let (mut entries, sample) = if whole {
            (first.entries, Vec::new())
        } else {
            (entries, first.entries)
        };
        entries.sort_by_key(|entry| entry.key);
        entries.dedup_by_key(|entry| entry.key);
        if let Some(last) = entries.last() {
            upto = upto.max(last.key);
        }
        Ok(Listing {
            entries,
            upto,
            all: whole,
            found,
            sample,
            at,
        })
    }

    /// Goes on by stretches of ids; gives the last id of them.
    fn stretches(
        &self,
        settings: &Settings,
        after: u64,
        wanted: usize,
        entries: &mut Vec<Entry>,
    ) -> Result<u64, Error> {
        let shortest = PAGE as u64;
        let (mut low, mut length) = (after, shortest);
        for _ in 0..STRETCHES {
            let high = low.saturating_add(length);
            let answer = self.ask(settings, low, Some(high))?;
            if !answer.is_whole() {
                // So many ids fit on one page, whatever there is.
                if length <= shortest {
                    answer.whole()?;
                }
                length = (length / 4).max(shortest);
                continue;
            }
            if answer.entries.len() < wanted / 4 {
                length = length.saturating_mul(4);
            }
            low = high;
            entries.extend(answer.entries);
            if entries.len() >= wanted {
                break;
            }
        }
        Ok(low)
    }
}

/// How far iTop is, by what an answer shows and, where that is not all, by looking for what lies beyond
/// its highest mark. Where that does not come to an end, it is too low, which costs reading twice.
pub(super) fn newest<M: Ord>(
    listing: &Listing,
    mark: impl Fn(&Entry) -> Option<M>,
    mut beyond: impl FnMut(&M) -> Result<Answer, Error>,
) -> Result<Option<M>, Error> {
    let shown = listing.entries.iter().chain(&listing.sample);
    let Some(mut newest) = shown.filter_map(&mark).max() else {
        return Ok(None);
    };
    if listing.all {
        return Ok(Some(newest));
    }
    for _ in 0..CLIMBS {
        let answer = beyond(&newest)?;
        let whole = answer.is_whole();
        match answer.entries.iter().filter_map(&mark).max() {
            Some(higher) if higher > newest => newest = higher,
            _ => break,
        }
        if whole {
            break;
        }
    }
    Ok(Some(newest))
}
