//! What happened in RT since the last look.
//!
//! RT's `LastUpdated` moves with every transaction, lists of visible tickets are reliable, and
//! transactions tell what happened, by whom and when. So the changed tickets are found by their
//! `LastUpdated` (`walk`), and what happened to them is read after them (`history`). Deleted and merged
//! tickets are in no list: a question of its own finds these transactions.

mod cursor;
mod event;
mod history;
mod names;
mod tenant;
mod walk;

use crate::filter_condition;
use crate::knowledge::{Knowledge, tenant};
use crate::ticket::{self, Item, List};
use cursor::{Cursor, Mark, Place, Stage};
use history::{History, REQUESTS, REQUESTS_FOR_ONE, Transaction};
use names::Names;
use sgi_guest::changes::Batch;
use sgi_guest::tickets::Filter;
use sgi_guest::types::{Error, Instant, StatusClass, Ticket};
use sgi_guest::{Answer, Settings, log, time};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tenant::State;

/// RT caps `per_page` at this.
const PAGE: usize = 100;

/// Whether transactions can be read: there are some, or no tickets yet.
pub(crate) fn readable(settings: &Settings) -> Result<bool, Error> {
    match history::newest(settings) {
        Ok(Some(_)) => Ok(true),
        Ok(None) => Ok(ticket::search_ids(settings, "id > 0", 1)?.is_empty()),
        Err(Error::Unsupported(_) | Error::Forbidden(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) fn accepts(cursor: &str) -> bool {
    Cursor::parse(cursor).is_ok()
}

/// One batch: a page of tickets with their histories.
pub(crate) fn since(
    settings: &Settings,
    knowledge: &Knowledge,
    cursor: Option<&str>,
    start: Option<Instant>,
    limit: u32,
) -> Result<Batch, Error> {
    let mut cursor = match cursor {
        Some(text) => Cursor::parse(text)?,
        None => Cursor::new(start),
    };
    let limit = usize::try_from(limit).unwrap_or(PAGE).clamp(1, PAGE);
    let mut reading = Reading {
        settings,
        knowledge,
        names: Names::new(settings, knowledge),
        start,
        batch: Batch {
            tickets: Vec::new(),
            events: Vec::new(),
            complete: Vec::new(),
            objects_by: None,
            cursor: String::new(),
            more: false,
            remaining: None,
        },
    };
    cursor.begin(time::now());
    let first = cursor.first;
    if let Stage::Gone(after) = cursor.stage
        && !reading.gone(&mut cursor, after, limit)?
    {
        cursor.tickets_next(start);
    }
    match cursor.stage {
        Stage::All(after) => reading.all(&mut cursor, after, limit)?,
        Stage::Newest(after) => reading.newest(&mut cursor, after, limit)?,
        Stage::Gone(_) | Stage::Rest => {}
    }
    if first && cursor.stage == Stage::Rest {
        // That took long, perhaps, and what happened to tickets after they were read is told at once: a
        // ticket that was merged meanwhile would be taken for one that vanished.
        cursor.begin(time::now());
    }
    let mut batch = reading.batch;
    batch.more = cursor.stage != Stage::Rest;
    batch.cursor = cursor.to_text()?;
    Ok(batch)
}

/// Tickets that are found by number and are neither deleted nor merged: of those RT finds none, and a
/// merged one only under its target's number.
pub(crate) fn still_there(settings: &Settings, ids: &[String]) -> Result<Vec<String>, Error> {
    let mut there = Vec::new();
    for ids in ids.chunks(PAGE) {
        // What is no number of RT's is no ticket of it.
        let numbers: Vec<u64> = ids
            .iter()
            .filter_map(|id| ticket::number(id).ok())
            .collect();
        if !numbers.is_empty() {
            let found = ticket::search_ids(settings, &any(&numbers), 100)?;
            there.extend(found.into_iter().filter(|id| ids.contains(id)));
        }
    }
    Ok(there)
}

/// `(id = 1 OR id = 2)`.
fn any(ids: &[u64]) -> String {
    let conditions: Vec<String> = ids.iter().map(|id| format!("id = {id}")).collect();
    format!("({})", conditions.join(" OR "))
}

/// A batch in the making.
struct Reading<'a> {
    settings: &'a Settings,
    knowledge: &'a Knowledge,
    names: Names<'a>,
    start: Option<Instant>,
    batch: Batch,
}

/// Tickets that were read, with what they reference.
#[derive(Default)]
struct Read {
    tickets: Vec<Ticket>,
    states: BTreeMap<u64, State>,
}

impl Reading<'_> {
    /// Deleted and merged tickets. False when there is none after this transaction.
    fn gone(&mut self, cursor: &mut Cursor, after: u64, limit: usize) -> Result<bool, Error> {
        let rows = history::gone(self.settings, after, limit)?;
        let Some(last) = rows.last().map(|row| row.id) else {
            return Ok(false);
        };
        let mut read = Read::default();
        let mut ids = Vec::new();
        let mut merged = Vec::new();
        for row in &rows {
            let deleted = row.what == "Status";
            let early = self.start.is_some_and(|start| row.at < start);
            if early || ids.contains(&row.ticket) || !deleted && row.merged_into().is_none() {
                continue;
            }
            if !deleted {
                merged.push(row.ticket);
            } else {
                match self.deleted(row.ticket, &mut read)? {
                    Found::Gone => {}
                    // Restored since: it is found among the changed ones.
                    Found::There => continue,
                }
            }
            ids.push(row.ticket);
        }
        self.merged(&merged, &mut read)?;
        // Whole histories: one that was deleted at the first contact was perhaps never read before.
        let taken = self.tell(cursor, &ids, read, 0)?;
        let left: HashSet<u64> = ids.into_iter().skip(taken).collect();
        let done = rows.iter().take_while(|row| !left.contains(&row.ticket));
        let done = if left.is_empty() {
            last
        } else {
            done.last().map_or(after, |row| row.id)
        };
        cursor.top = cursor.top.max(done);
        cursor.stage = Stage::Gone(done);
        Ok(true)
    }

    /// A deleted ticket as its record shows it. One that the account does not see any more has no record.
    fn deleted(&mut self, id: u64, read: &mut Read) -> Result<Found, Error> {
        let Some(answer) = ticket::record(self.settings, id)? else {
            return Ok(Found::Gone);
        };
        let item: Item<'_> = answer.json()?;
        // Merged, before or after: it has no record of its own.
        if item.id.0 != id {
            return Ok(Found::Gone);
        }
        let mut one = self.take_in(vec![item])?;
        if one
            .tickets
            .iter()
            .any(|ticket| ticket.status_class != StatusClass::Deleted)
        {
            return Ok(Found::There);
        }
        read.tickets.append(&mut one.tickets);
        read.states.append(&mut one.states);
        Ok(Found::Gone)
    }

    /// Merged tickets as they were when they were merged. Asked for by its number RT shows the target, and
    /// a search has the ticket itself only where it names `EffectiveId`.
    fn merged(&mut self, ids: &[u64], read: &mut Read) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let sql = format!("EffectiveId > 0 AND {}", any(ids));
        let answer = ticket::search(self.settings, &sql, 100)?;
        let list: List<'_> = answer.json()?;
        let items = list.items.into_iter();
        let mut these = self.take_in(items.filter(|item| ids.contains(&item.id.0)).collect())?;
        for ticket in &mut these.tickets {
            ticket.status_class = StatusClass::Merged;
        }
        read.tickets.append(&mut these.tickets);
        read.states.append(&mut these.states);
        Ok(())
    }

    /// The next of all tickets.
    fn all(&mut self, cursor: &mut Cursor, after: u64, limit: usize) -> Result<(), Error> {
        if cursor.begun.is_none() {
            let here = time::now();
            let updated = ticket::newest(self.settings, 1, 1)?;
            let shown = shown(&updated);
            if let Some(desk) = shown {
                cursor.put_back(desk, here);
            }
            let list: List<'_> = updated.json()?;
            let updated = list.items.first().map(Item::updated).transpose()?;
            cursor.begun = Some(Mark {
                updated: come_to(updated.flatten().unwrap_or(0), shown),
                transaction: history::newest(self.settings)?.unwrap_or(0),
                at: time::now(),
            });
        }
        let size = u32::try_from(limit).unwrap_or(1);
        let answer = ticket::search(self.settings, &format!("id > {after}"), size)?;
        let list: List<'_> = answer.json()?;
        let total = u64::from(list.total()?);
        let ids: Vec<u64> = list.items.iter().map(|item| item.id.0).collect();
        if ids.is_empty() && total > 0 {
            return Err(sgi_guest::fail::protocol(format!(
                "RT says that it found {total} tickets and brings none of them"
            )));
        }
        let read = self.take_in(list.items)?;
        let taken = self.tell(cursor, &ids, read, 0)?;
        let left = total.saturating_sub(u64::try_from(taken).unwrap_or(0));
        self.batch.remaining = Some(left);
        match ids.get(..taken).and_then(<[u64]>::last) {
            Some(last) if left > 0 => cursor.stage = Stage::All(*last),
            _ => cursor.end(),
        }
        Ok(())
    }

    /// The next of the changed tickets.
    fn newest(
        &mut self,
        cursor: &mut Cursor,
        after: Option<(Place, u64)>,
        limit: usize,
    ) -> Result<(), Error> {
        let here = time::now();
        let rows = walk::read(self.settings, after)?;
        if cursor.begun.is_none() {
            let shown = shown(rows.answer());
            if let Some(desk) = shown
                && cursor.put_back(desk, here)
            {
                log::warn(
                    "RT's clock was put back: what was changed since then is read again by its date",
                );
            }
            let transaction = match cursor.first {
                true => history::newest(self.settings)?.unwrap_or(0),
                false => cursor.top,
            };
            let newest = rows.newest()?.unwrap_or(0).max(cursor.fresh.updated);
            cursor.begun = Some(Mark {
                updated: come_to(newest, shown),
                transaction,
                at: time::now(),
            });
        }
        let walk::Next { mut items, last } = rows.next(after, cursor.settled.updated)?;
        let all = items.len();
        items.truncate(limit);
        let places: Vec<_> = items.iter().map(|(_, place, row)| (*place, *row)).collect();
        let ids: Vec<u64> = places.iter().map(|(place, _)| place.id).collect();
        let read = self.take_in(items.into_iter().map(|(item, ..)| item).collect())?;
        let known = match cursor.first {
            true => 0,
            false => cursor.settled.transaction,
        };
        let taken = self.tell(cursor, &ids, read, known)?;
        if last && taken == all {
            cursor.end();
        } else {
            let place = places.get(..taken).and_then(<[_]>::last).copied();
            cursor.stage = Stage::Newest(place.or(after));
        }
        Ok(())
    }

    /// Tickets as they are. With the option `tenant` those of others reference nothing.
    fn take_in(&mut self, items: Vec<Item<'_>>) -> Result<Read, Error> {
        let fields = self.knowledge.fields(self.settings);
        let evidence = items.iter().filter_map(|item| item.evidence(&fields)).max();
        self.knowledge.bears(evidence, time::now())?;
        let mut read = Read::default();
        let tenant_fields = fields.tenant.ids();
        for item in items {
            self.names.learn_fields(&item);
            let id = item.id.0;
            let tenants: BTreeSet<String> = item.values_of(&tenant_fields).into_iter().collect();
            let mut ticket = item.into_ticket(self.settings, &fields)?;
            let state = State {
                objects: ticket.objects.iter().cloned().collect(),
                tenants,
            };
            if tenant(self.settings).is_some_and(|tenant| !state.tenants.contains(tenant)) {
                ticket.objects.clear();
            }
            read.states.insert(id, state);
            read.tickets.push(ticket);
        }
        classify(self.settings, &mut read.tickets)?;
        self.names.learn_statuses(&read.tickets);
        Ok(read)
    }

    /// Adds tickets and what happened to them, of the first ones at least one. How many.
    fn tell(
        &mut self,
        cursor: &mut Cursor,
        ids: &[u64],
        read: Read,
        after: u64,
    ) -> Result<usize, Error> {
        let (mut taken, mut history) = histories(self.settings, ids, after)?;
        // One that was moved may have come into sight by it, and all that it has is new then.
        let moved = ids.iter().take(taken).copied();
        let moved: Vec<u64> = moved.filter(|id| after > 0 && history.moved(*id)).collect();
        if !moved.is_empty() {
            let (whole, more) = histories(self.settings, &moved, 0)?;
            if let Some(left) = moved.get(whole) {
                taken = ids.iter().position(|id| id == left).unwrap_or(taken);
            }
            history.rows.extend(more.rows);
        }
        let ids = ids.get(..taken).unwrap_or(ids);
        let top = history.rows.last_key_value().map_or(0, |(id, _)| *id);
        cursor.top = cursor.top.max(top);
        self.events(&history, ids, &read.states)?;
        let complete = ids.iter().filter(|id| history.complete.contains(id));
        let ids: HashSet<String> = ids.iter().map(u64::to_string).collect();
        self.batch.complete = complete.map(u64::to_string).collect();
        let tickets = read.tickets.into_iter();
        self.batch
            .tickets
            .extend(tickets.filter(|ticket| ids.contains(&ticket.id)));
        Ok(taken)
    }

    fn events(
        &mut self,
        history: &History,
        ids: &[u64],
        states: &BTreeMap<u64, State>,
    ) -> Result<(), Error> {
        let fields = self.knowledge.fields(self.settings);
        let mut of_each: BTreeMap<u64, Vec<&Transaction>> = BTreeMap::new();
        for row in history.rows.values() {
            if ids.contains(&row.ticket) {
                of_each.entry(row.ticket).or_default().push(row);
            }
        }
        for (id, rows) in of_each {
            let references = match tenant(self.settings) {
                None => rows
                    .iter()
                    .map(|row| event::references(row, &fields))
                    .collect(),
                Some(tenant) => {
                    let state = states.get(&id).cloned().unwrap_or_default();
                    tenant::of_each(&rows, state, &fields, tenant)
                }
            };
            for (row, references) in rows.into_iter().zip(references) {
                if self.start.is_none_or(|start| row.at >= start) {
                    event::push(&mut self.batch.events, row, references, &mut self.names)?;
                }
            }
        }
        Ok(())
    }
}

enum Found {
    Gone,
    There,
}

/// What RT's clock showed when it answered.
fn shown(answer: &Answer) -> Option<Instant> {
    answer.header("date").and_then(time::http_date)
}

/// A date, unless RT's clock has not come to it yet: it was put back, or somebody wrote it.
fn come_to(date: Instant, shown: Option<Instant>) -> Instant {
    shown.map_or(date, |shown| date.min(shown))
}

/// The histories of the first tickets: of as many as can be read in a call, at least of one.
fn histories(settings: &Settings, ids: &[u64], after: u64) -> Result<(usize, History), Error> {
    if ids.is_empty() {
        return Ok((0, History::default()));
    }
    let history = history::read(settings, ids, after, REQUESTS)?;
    if !history.cut {
        return Ok((ids.len(), history));
    }
    let known = ids.iter().take_while(|id| history.complete.contains(id));
    match known.count() {
        0 => {
            let one = ids.get(..1).unwrap_or(ids);
            // Longer than that: the host is told the ticket, and compares.
            Ok((1, history::read(settings, one, after, REQUESTS_FOR_ONE)?))
        }
        known => Ok((known, history)),
    }
}

/// Asks RT which tickets are worked on, where their statuses do not tell.
fn classify(settings: &Settings, tickets: &mut [Ticket]) -> Result<(), Error> {
    let unknown = |ticket: &&Ticket| ticket.status_class == StatusClass::Unknown;
    let ids: Vec<u64> = tickets
        .iter()
        .filter(unknown)
        .filter_map(|ticket| ticket.id.parse().ok())
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let active = format!("{}{}", any(&ids), filter_condition(Filter::Open));
    let active = ticket::search_ids(settings, &active, 100)?;
    for ticket in tickets {
        if ticket.status_class == StatusClass::Unknown {
            ticket.status_class = if active.contains(&ticket.id) {
                StatusClass::Open
            } else {
                StatusClass::Closed
            };
        }
    }
    Ok(())
}
