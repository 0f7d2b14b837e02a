//! One batch: which tickets to read now, and where the next one begins.

use super::cursor::{Cursor, Shown, Sweep, Walk};
use super::events::story;
use super::requests::{Changed, MANY, histories};
use super::row::Names;
use super::still_there::of_tenant;
use super::wall::{Wall, WallClock};
use crate::client::Client;
use crate::failure::Failure;
use crate::knowledge::Knowledge;
use crate::reply::{History, RawTicket};
use crate::ticket::{NOBODY, Reader};
use sgi_guest::changes::{Batch, Event};
use sgi_guest::types::{Error, Instant, Ticket};
use sgi_guest::{Clocks, fail};
use std::collections::{HashMap, HashSet};

/// Tickets that are read together with their histories.
const TOGETHER: usize = 50;
/// Nothing more is read in a batch after this time, in milliseconds: a call has 120 s.
const LONG: i64 = 40_000;
/// … or after so many events: some 10 MiB of the 32 that a call may hand over.
const EVENTS: usize = 20_000;
/// The most tickets in a batch.
const MOST: u32 = 1000;

pub(crate) fn since(
    client: &Client<'_>,
    reader: &Reader<'_>,
    knowledge: &Knowledge,
    cursor: Option<Cursor>,
    start: Option<Instant>,
    limit: u32,
) -> Result<Batch, Error> {
    if !knowledge.polls {
        return Err(fail::unsupported(
            "OTRS does not heed the search for tickets that were changed since a time, so there is no \
             logbook of it: report this version of OTRS",
        ));
    }
    let clock = WallClock::new(reader)?;
    let cursor = cursor.unwrap_or_else(|| Cursor::at(clock.begin(start)));
    let call = Call {
        client,
        reader,
        clock,
        changed: Changed::new(client, &reader.references),
        history: knowledge.history,
        start,
        limit: usize::try_from(limit.clamp(1, MOST)).unwrap_or(1),
        began: client.now(),
    };
    let batch = match cursor.walk {
        Walk::Times => call.by_times(cursor),
        Walk::Second(after) => call.by_ids_within(cursor, after),
        Walk::Rest { after, then } => call.by_ids(cursor, after, then),
    };
    batch.map_err(|failure| client.explain(failure))
}

/// Where the next batch begins.
struct Next {
    cursor: Cursor,
    more: bool,
    left: Option<usize>,
}

struct Call<'a> {
    client: &'a Client<'a>,
    reader: &'a Reader<'a>,
    clock: WallClock<'a>,
    changed: Changed<'a>,
    history: bool,
    start: Option<Instant>,
    limit: usize,
    began: Instant,
}

impl Call<'_> {
    /// In the order of changes.
    fn by_times(&self, cursor: Cursor) -> Result<Batch, Failure> {
        let from = cursor.from;
        let ids = self.changed.oldest(from)?;
        let mut read = Read::default();
        let count = self.read(&ids, from, &mut read)?;
        let mut cursor = cursor;
        if self.was_put_back(&mut cursor, &read)? {
            self.client
                .warn("OTRS's clock was put back: what was changed since then is read again");
            return self.by_times(cursor);
        }
        let settled = self.clock.settled(self.client, &read.seen, self.began);
        // A ticket that was changed since it was found shows a time that is not settled. So the last
        // settled one was found with this time, and all that were not found have none before it.
        let changes = read.seen.iter().filter_map(changed);
        let last = changes
            .filter(|at| Some(*at) <= settled && *at >= from)
            .max();
        let sweep = cursor.sweep.unwrap_or_else(|| Sweep {
            origin: from,
            began: settled.map_or(from, |settled| self.clock.surely(settled)),
        });
        let go_on = |from: Wall, walk: Walk| Cursor {
            from,
            walk,
            sweep: Some(sweep),
            ..cursor
        };
        if count < ids.len() || ids.len() >= MANY {
            let left = (ids.len() < MANY).then(|| ids.len().saturating_sub(count));
            let cursor = match last {
                Some(last) if last > from => go_on(last, Walk::Times),
                // More than a batch have this second.
                Some(_) => go_on(from, Walk::Second(0)),
                None => go_on(from, rest(0, from)),
            };
            let more = true;
            return read.batch(self, Next { cursor, more, left });
        }
        // All are found. What is in a history and did not change its ticket is read with them.
        let then = last.map_or(from, |last| last.next().unwrap_or(last));
        let mut silent = match cursor.sweep {
            Some(sweep) => self.silent(sweep)?,
            None => self.told_of(from)?,
        };
        let known: HashSet<u64> = ids.iter().copied().collect();
        silent.retain(|id| !known.contains(id));
        if silent.len() > self.limit.saturating_sub(count)
            || self.read(&silent, from, &mut read)? < silent.len()
        {
            let next = Next {
                cursor: go_on(from, rest(0, then)),
                more: true,
                left: Some(silent.len()),
            };
            return read.batch(self, next);
        }
        let next = Next {
            cursor: cursor.begin_at(then),
            more: false,
            left: Some(0),
        };
        read.batch(self, next)
    }

    /// When a pass begins: whether OTRS's clock was put back since the last one, and so with it where to
    /// begin. What happens after that looks older than what was read. Where nothing has happened, a ticket
    /// that is known tells what time it is there.
    fn was_put_back(&self, cursor: &mut Cursor, read: &Read) -> Result<bool, Failure> {
        if cursor.sweep.is_some() {
            return Ok(false);
        }
        let known = match (read.seen.last(), cursor.shown) {
            (None, Some(shown)) => self.client.tickets(&[shown.ticket], false)?,
            _ => Vec::new(),
        };
        let Some(ticket) = read.seen.last().or(known.last()) else {
            return Ok(false);
        };
        let (Some(now), here) = (self.clock.now(ticket), self.client.now()) else {
            return Ok(false);
        };
        let ticket = ticket.id.0;
        let Some(mut shown) = cursor.shown else {
            let clocks = Clocks::seen(now, here);
            cursor.shown = Some(Shown { clocks, ticket });
            return Ok(false);
        };
        let back = shown.clocks.look(now, here, self.clock.step());
        cursor.shown = Some(Shown { ticket, ..shown });
        if let Some(by) = back {
            cursor.from = self.clock.earlier(cursor.from, by);
        }
        Ok(back.is_some())
    }

    /// In the order of ids, those of one settled second.
    fn by_ids_within(&self, cursor: Cursor, after: u64) -> Result<Batch, Failure> {
        let second = cursor.from;
        let mut ids = self.changed.within(second)?;
        ids.retain(|id| *id > after);
        let mut read = Read::default();
        let count = self.read(&ids, second, &mut read)?;
        let (from, walk) = match (last_of(&ids, count), second.next()) {
            (Some(last), _) => (second, Walk::Second(last)),
            (None, Some(next)) => (next, Walk::Times),
            // Whether OTRS's clock shows the next second is not known.
            (None, None) => (second, rest(0, second)),
        };
        let next = Next {
            cursor: Cursor {
                from,
                walk,
                ..cursor
            },
            more: true,
            left: (count < ids.len()).then(|| ids.len().saturating_sub(count)),
        };
        read.batch(self, next)
    }

    /// In the order of ids, all from a second on: those that are not settled have no other order that
    /// lasts from call to call.
    fn by_ids(&self, cursor: Cursor, after: u64, then: Wall) -> Result<Batch, Failure> {
        let from = cursor.from;
        let mut ids = self.changed.all(from)?;
        let begun_here = Sweep {
            origin: from,
            began: from,
        };
        ids.extend(self.silent(cursor.sweep.unwrap_or(begun_here))?);
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| *id > after);
        let mut read = Read::default();
        let count = self.read(&ids, from, &mut read)?;
        let last = last_of(&ids, count);
        let go_on = |last| Cursor {
            walk: rest(last, then),
            ..cursor
        };
        let next = Next {
            cursor: last.map_or_else(|| cursor.begin_at(then), go_on),
            more: last.is_some(),
            left: Some(ids.len().saturating_sub(count)),
        };
        read.batch(self, next)
    }

    /// What a backlog that was read as it was changed leaves out: tickets whose histories grew and that
    /// did not change since its origin, and all whose histories grew since it began, as they may have been
    /// read before that.
    fn silent(&self, sweep: Sweep) -> Result<Vec<u64>, Failure> {
        let mut silent = Vec::new();
        if !self.history {
            return Ok(silent);
        }
        // No ticket was last changed before the beginning of all.
        if sweep.origin > Wall::BEGINNING {
            silent = self.changed.told_of(sweep.origin)?;
            let changed: HashSet<u64> = self.changed.all(sweep.origin)?.into_iter().collect();
            silent.retain(|id| !changed.contains(id));
        }
        silent.extend(self.changed.told_of(sweep.began)?);
        silent.sort_unstable();
        silent.dedup();
        Ok(silent)
    }

    /// Tickets whose history grew; where histories are not told, there is nothing to find in them.
    fn told_of(&self, from: Wall) -> Result<Vec<u64>, Failure> {
        match self.history {
            true => self.changed.told_of(from),
            false => Ok(Vec::new()),
        }
    }

    /// Reads the first of the tickets, as many as the batch still takes: each ticket first and its history
    /// afterwards. Gives how many of the ids were looked at.
    fn read(&self, ids: &[u64], from: Wall, read: &mut Read) -> Result<usize, Failure> {
        let room = self.limit.saturating_sub(read.looked);
        let mut count: usize = 0;
        for chunk in ids.get(..room).unwrap_or(ids).chunks(TOGETHER) {
            let long = self.client.now().saturating_sub(self.began) > LONG;
            if read.looked > 0 && (long || read.events.len() > EVENTS) {
                break;
            }
            self.read_together(chunk, from, read)?;
            count = count.saturating_add(chunk.len());
            read.looked = read.looked.saturating_add(chunk.len());
        }
        Ok(count)
    }

    fn read_together(&self, ids: &[u64], from: Wall, read: &mut Read) -> Result<(), Failure> {
        let mut tickets = self.client.tickets(ids, false)?;
        let found: Vec<u64> = tickets.iter().map(|ticket| ticket.id.0).collect();
        let told = match self.history && !found.is_empty() {
            true => histories(self.client, &found)?.unwrap_or_default(),
            false => Vec::new(),
        };
        let (people, state_types) = (people(&tickets, &told), state_types(&tickets));
        let names = Names {
            people: &people,
            state_types: &state_types,
        };
        let told: HashMap<u64, History> = told.into_iter().map(|one| (one.ticket.0, one)).collect();
        for ticket in &mut tickets {
            if !of_tenant(&self.reader.references, ticket) {
                continue;
            }
            let Some(history) = told.get(&ticket.id.0) else {
                continue;
            };
            let story = story(self.reader, ticket, &history.entries.0, &names, from);
            let early = |event: &Event| self.start.is_some_and(|start| event.at < start);
            read.events
                .extend(story.events.into_iter().filter(|event| !early(event)));
            if story.complete {
                read.complete.push(ticket.id.0.to_string());
            }
        }
        read.seen.extend(tickets);
        Ok(())
    }
}

/// What was read for a batch.
#[derive(Default)]
struct Read {
    seen: Vec<RawTicket>,
    events: Vec<Event>,
    complete: Vec<String>,
    /// How many ids were looked at.
    looked: usize,
}

impl Read {
    fn batch(self, call: &Call<'_>, next: Next) -> Result<Batch, Failure> {
        let references = &call.reader.references;
        let tickets: Vec<Ticket> = self
            .seen
            .into_iter()
            .filter(|ticket| of_tenant(references, ticket))
            .map(|ticket| call.reader.ticket(ticket))
            .collect();
        Ok(Batch {
            tickets,
            events: self.events,
            complete: self.complete,
            objects_by: None,
            cursor: next.cursor.write()?,
            more: next.more,
            remaining: next.left.and_then(|left| u64::try_from(left).ok()),
        })
    }
}

fn rest(after: u64, then: Wall) -> Walk {
    Walk::Rest { after, then }
}

/// The last id that was looked at; none when all were.
fn last_of(ids: &[u64], count: usize) -> Option<u64> {
    if count >= ids.len() {
        return None;
    }
    ids.get(count.checked_sub(1)?).copied()
}

fn changed(ticket: &RawTicket) -> Option<Wall> {
    Wall::read(ticket.changed.as_str()?)
}

/// Logins by ids. Histories name who did something by an id alone, and no operation tells whose it is;
/// tickets and some rows have both. OTRS's own user stands for nobody: it is also who is named for what
/// customers did.
fn people(tickets: &[RawTicket], histories: &[History]) -> HashMap<i64, String> {
    let mut people = HashMap::new();
    let mut learn = |id: Option<i64>, login: Option<&str>| {
        if let (Some(id), Some(login)) = (id, login)
            && login != NOBODY
        {
            people.insert(id, login.to_owned());
        }
    };
    for ticket in tickets {
        learn(ticket.owner_id.0, ticket.owner.as_str());
        learn(ticket.responsible_id.0, ticket.responsible.as_str());
    }
    for row in histories.iter().flat_map(|history| &history.entries.0) {
        let what = row.history_type.as_str();
        if matches!(what, Some("OwnerUpdate" | "ResponsibleUpdate")) {
            let mut details = row.name.as_str().unwrap_or_default().split("%%").skip(1);
            let (login, id) = (details.next(), details.next());
            learn(id.and_then(|id| id.trim().parse().ok()), login);
        }
    }
    people
}

fn state_types(tickets: &[RawTicket]) -> HashMap<String, String> {
    let told = tickets.iter().filter_map(|ticket| {
        let (state, state_type) = (ticket.state.as_str()?, ticket.state_type.as_str()?);
        Some((state.to_owned(), state_type.to_owned()))
    });
    told.collect()
}
