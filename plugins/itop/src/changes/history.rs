//! Tickets and what iTop's history says of them.
//!
//! The ids of operations ascend, whatever class they have, and those on one ticket stand in their order
//! (measured: 1191 created, 1203 retitled, … 1228 resolved, while answers come in any order). A pass goes
//! through the operations on tickets by their ids; each ticket is read at its first operation, and then all
//! of its operations since `from`, also those that came after it was read. Where it comes again in the same
//! pass it is passed over. Operations that come in during the pass are after its `upto`: the next one tells
//! them.

use super::cursor::{Cursor, Moved, Pass, Progress};
use super::details::{self, Operation, What};
use super::events::{self, Sources};
use super::listing::{self, Listing, PAGE, Query};
use super::logs::Logs;
use super::moved;
use super::names::Names;
use super::objects::{self, Read};
use super::readable::{self, OPERATION};
use super::references;
use crate::host;
use crate::knowledge::{History, Knowledge};
use crate::object::Match;
use crate::oql;
use crate::reply::Entry;
use crate::ticket;
use sgi_guest::changes::{Batch, Event};
use sgi_guest::types::{Error, StatusClass};
use sgi_guest::{Settings, fail};
use std::collections::{BTreeMap, BTreeSet};

/// Tickets of which it is asked at once whether they were read before.
const AT_ONCE: usize = 100;

pub(super) fn batch(
    settings: &Settings,
    knowledge: &Knowledge,
    history: &History,
    since: Option<String>,
    progress: Progress<u64>,
    limit: usize,
) -> Result<Batch, Error> {
    let reading = Reading {
        settings,
        knowledge,
        history,
        matching: Match::of(settings)?,
        from: progress.from.unwrap_or(0),
        begin: begin(history, since.as_deref(), progress.from),
    };
    let batch = reading.batch(since, progress, limit);
    // The account could read it when the desk was looked over.
    batch.map_err(|error| match error {
        Error::Forbidden(_) => fail::stale_knowledge(
            "the iTop account may no longer read the history that it could read when the desk was looked \
             over",
        ),
        error => error,
    })
}

/// The query up to a condition on the operation. The date is that of the change, which others may have
/// begun long before; once a pass is through, ids alone say what is new.
fn begin(history: &History, since: Option<&str>, from: Option<u64>) -> String {
    let classes = oql::any_of(history.tickets.iter().map(String::as_str));
    match since.filter(|_| from.unwrap_or(0) == 0) {
        Some(since) => format!(
            "SELECT {OPERATION} AS o JOIN CMDBChange AS c ON o.change = c.id WHERE c.date >= '{since}' AND \
             o.objclass {classes} AND"
        ),
        None => format!("SELECT {OPERATION} AS o WHERE o.objclass {classes} AND"),
    }
}

struct Reading<'a> {
    settings: &'a Settings,
    knowledge: &'a Knowledge,
    history: &'a History,
    matching: Match<'a>,
    from: u64,
    begin: String,
}

/// A ticket at its first operation of a listing.
struct Due {
    entry: Entry,
    operation: u64,
}

impl Reading<'_> {
    fn batch(
        &self,
        since: Option<String>,
        mut progress: Progress<u64>,
        limit: usize,
    ) -> Result<Batch, Error> {
        let pass = progress.pass.take();
        match pass {
            None => self.no_new_class()?,
            Some(pass) if pass.moved.is_some() => {
                let from = pass.moved.unwrap_or_default();
                return self.moved(since, progress, pass, from, limit);
            }
            Some(_) => {}
        }
        let after = pass.as_ref().map_or(self.from, |pass| pass.after);
        let here = host::now();
        let listing = self.query().lowest(self.settings, after, limit)?;
        let mut pass = match pass {
            Some(pass) => pass,
            None => {
                if let Some(at) = listing.at {
                    progress.put_back(at, here);
                }
                self.begin_pass(&listing)?
            }
        };
        let taken = self.due(&listing, after, limit)?;
        let (mut due, mut upto) = (taken.due, taken.upto);
        let entries: Vec<Entry> = due.iter().map(|due| due.entry.clone()).collect();
        let (told, some) = self.tell(&entries)?;
        if let Some(next) = due.get(some) {
            upto = next.operation - 1;
        }
        due.truncate(some);

        let mut last = listing.all && upto >= listing.upto;
        pass.after = upto;
        if last && progress.from.is_some() {
            let from = Moved {
                operation: self.from,
                ticket: 0,
            };
            // Most often there are none, and the pass is over.
            let next = moved::next(self.settings, &self.matching, from, 1)?;
            if !next.tickets.is_empty() || next.then(from, &[]).is_some() {
                pass.moved = Some(from);
                last = false;
            }
        }
        let progress = if last {
            progress.done(pass)
        } else {
            progress.during(pass)
        };
        self.told(told, since, progress, last)
    }

    /// Goes on with the tickets of configuration items that stand for other objects than before.
    fn moved(
        &self,
        since: Option<String>,
        progress: Progress<u64>,
        mut pass: Pass<u64>,
        from: Moved,
        limit: usize,
    ) -> Result<Batch, Error> {
        let next = moved::next(self.settings, &self.matching, from, limit)?;
        let (told, some) = self.tell(&next.tickets)?;
        let read: Vec<u64> = next.tickets.iter().take(some).map(|t| t.key).collect();
        pass.moved = next.then(from, &read);
        let last = pass.moved.is_none();
        let progress = if last {
            progress.done(pass)
        } else {
            progress.during(pass)
        };
        self.told(told, since, progress, last)
    }

    /// Tickets and what happened to them: as many of the first as can be told at once, and how many.
    fn tell(&self, entries: &[Entry]) -> Result<((Read, Vec<Event>), usize), Error> {
        let mut read = objects::read(self.settings, self.knowledge, &self.matching, entries)?;
        let mut due: Vec<u64> = entries.iter().map(|entry| entry.key).collect();
        // First the tickets, then their history: never the other way round.
        let operations = loop {
            if due.is_empty() {
                break Vec::new();
            }
            let (begin, from) = (&self.begin, self.from);
            match details::of_tickets(self.settings, self.history, begin, from, &due)? {
                Some(operations) => break operations,
                None => due.truncate((due.len() / 2).max(1)),
            }
        };
        let told = |id: &str| id.parse().is_ok_and(|id: u64| due.contains(&id));
        read.tickets.retain(|ticket| told(&ticket.id));
        let events = self.events(&mut read, &operations)?;
        Ok(((read, events), due.len()))
    }

    fn told(
        &self,
        (read, events): (Read, Vec<Event>),
        since: Option<String>,
        progress: Progress<u64>,
        last: bool,
    ) -> Result<Batch, Error> {
        Ok(Batch {
            complete: read.tickets.iter().map(|t| t.id.clone()).collect(),
            tickets: read.tickets,
            events,
            objects_by: objects::named_by(&self.matching),
            cursor: Cursor::History { since, progress }.write()?,
            more: !last,
            // Operations are counted, and nobody knows of how many tickets.
            remaining: last.then_some(0),
        })
    }

    fn query(&self) -> Query {
        Query {
            class: OPERATION,
            begin: self.begin.clone(),
            id: "o.id",
            fields: "objclass,objkey".to_owned(),
        }
    }

    /// Tickets of a class that did not exist when the desk was looked over would be passed over.
    fn no_new_class(&self) -> Result<(), Error> {
        match readable::another(self.settings, &self.history.tickets)? {
            None => Ok(()),
            Some(class) => Err(fail::stale_knowledge(format!(
                "iTop has tickets of the class {class}, of which there were none when it was looked over"
            ))),
        }
    }

    fn begin_pass(&self, listing: &Listing) -> Result<Pass<u64>, Error> {
        let upto = listing::newest(
            listing,
            |entry| Some(entry.key),
            |newest| {
                let oql = format!("{} o.id > {newest}", self.begin);
                listing::ask(self.settings, OPERATION, &oql, "objclass", PAGE)
            },
        )?;
        Ok(Pass {
            after: self.from,
            upto,
            at: listing.at,
            moved: None,
        })
    }

    /// The first tickets of a listing that were not read in this pass, and how far it is gone through
    /// with them.
    fn due(&self, listing: &Listing, after: u64, limit: usize) -> Result<Taken, Error> {
        let mut seen = BTreeSet::new();
        let mut candidates = Vec::new();
        for entry in &listing.entries {
            if let (Some(class), Some(ticket)) = (entry.text("objclass"), entry.reference("objkey"))
                && seen.insert(ticket)
            {
                candidates.push(Due {
                    entry: Entry::named(class, ticket),
                    operation: entry.key,
                });
            }
        }
        let mut due: Vec<Due> = Vec::new();
        let mut candidates = candidates.into_iter().peekable();
        while candidates.peek().is_some() {
            let some: Vec<Due> = candidates.by_ref().take(AT_ONCE).collect();
            let ids: Vec<u64> = some.iter().map(|due| due.entry.key).collect();
            let read = self.read_before(&ids, after)?;
            for one in some
                .into_iter()
                .filter(|due| !read.contains(&due.entry.key))
            {
                if due.len() == limit {
                    let upto = one.operation - 1;
                    return Ok(Taken { due, upto });
                }
                due.push(one);
            }
        }
        let upto = listing.upto;
        Ok(Taken { due, upto })
    }

    /// Those of the tickets that this pass has read: at an operation that it has gone through.
    fn read_before(&self, tickets: &[u64], after: u64) -> Result<BTreeSet<u64>, Error> {
        if after <= self.from {
            return Ok(BTreeSet::new());
        }
        let query = Query {
            begin: format!(
                "{} o.objkey {} AND o.id <= {after} AND",
                self.begin,
                oql::any_id(tickets)
            ),
            ..self.query()
        };
        let found = query.all(self.settings, self.from, usize::MAX)?;
        let found = found.unwrap_or_default();
        Ok(found
            .iter()
            .filter_map(|entry| entry.reference("objkey"))
            .collect())
    }

    /// The events of all that was done, ticket by ticket. Of a ticket that cannot be read they are told
    /// only if it was deleted: any other one is none of this account's business.
    fn events(&self, read: &mut Read, operations: &[Operation]) -> Result<Vec<Event>, Error> {
        let mut by_ticket: BTreeMap<u64, Vec<Operation>> = BTreeMap::new();
        for operation in operations {
            let of_ticket = by_ticket.entry(operation.ticket).or_default();
            of_ticket.push(operation.clone());
        }
        let deleted = |of: &[Operation]| {
            of.iter()
                .any(|one| matches!(one.what, What::Deleted { .. }))
        };
        by_ticket.retain(|id, of| read.linked.contains_key(id) || deleted(of));
        let told: Vec<Operation> = by_ticket.values().flatten().cloned().collect();
        let lost = self.lost(read, &told)?;
        let unknown: BTreeSet<u64> = told
            .iter()
            .filter_map(references::moved)
            .map(|(ci, _)| ci)
            .chain(lost.values().flatten().copied())
            .filter(|ci| !read.objects.contains_key(ci))
            .collect();
        if !unknown.is_empty() {
            let unknown: Vec<u64> = unknown.into_iter().collect();
            let (settings, knowledge) = (self.settings, self.knowledge);
            let objects = objects::of_cis(settings, knowledge, &self.matching, &unknown)?;
            read.objects.extend(objects);
        }
        let wanted = events::mentioned(&told, &read.objects);
        let sources = Sources {
            zone: &ticket::zone(self.settings)?,
            names: &Names::of(self.settings, &wanted)?,
            logs: &Logs::of(self.settings, &told, &read.linked)?,
        };
        let mut all = Vec::new();
        for (id, operations) in &by_ticket {
            let linked = read.linked.get(id).map(Vec::as_slice);
            let turns = references::turns(operations, linked, &read.objects);
            all.extend(events::events(&sources, operations, &turns));
            // It went after it was read.
            if deleted(operations)
                && let Some(ticket) = read.tickets.iter_mut().find(|t| t.id == id.to_string())
            {
                ticket.status_class = StatusClass::Deleted;
            }
        }
        self.add_lost(read, &lost, &told)?;
        Ok(all)
    }

    /// The configuration items of deleted tickets that cannot be read: those that lost the ticket in the very
    /// change in which it was deleted. The history of the ticket itself does not say with which it was
    /// created.
    fn lost(&self, read: &Read, told: &[Operation]) -> Result<BTreeMap<u64, BTreeSet<u64>>, Error> {
        let deleted: BTreeMap<u64, u64> = told
            .iter()
            .filter(|one| matches!(one.what, What::Deleted { .. }))
            .filter(|one| !read.linked.contains_key(&one.ticket))
            .map(|one| (one.ticket, one.change))
            .collect();
        let mut lost: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
        let ids: Vec<u64> = deleted.keys().copied().collect();
        for ids in ids.chunks(oql::CHUNK) {
            let query = Query {
                class: details::LINKS,
                begin: format!(
                    "SELECT {} AS o WHERE o.attcode = 'tickets_list' AND o.type = 'removed' AND \
                     o.item_id {} AND",
                    details::LINKS,
                    oql::any_id(ids)
                ),
                id: "o.id",
                fields: "change,objkey,item_id".to_owned(),
            };
            let found = query.all(self.settings, self.from, usize::MAX)?;
            for entry in found.unwrap_or_default() {
                if let (Some(ticket), Some(ci)) =
                    (entry.reference("item_id"), entry.reference("objkey"))
                    && deleted.get(&ticket).copied() == entry.reference("change")
                {
                    lost.entry(ticket).or_default().insert(ci);
                }
            }
        }
        Ok(lost)
    }

    /// Deleted tickets that were perhaps never read, with the objects that they had to the end.
    fn add_lost(
        &self,
        read: &mut Read,
        lost: &BTreeMap<u64, BTreeSet<u64>>,
        told: &[Operation],
    ) -> Result<(), Error> {
        let zone = ticket::zone(self.settings)?;
        for operation in told {
            let What::Deleted { name } = &operation.what else {
                continue;
            };
            let cis = lost.get(&operation.ticket).into_iter().flatten();
            let objects: BTreeSet<String> =
                cis.filter_map(|ci| read.objects.get(ci).cloned()).collect();
            if objects.is_empty() {
                continue;
            }
            let entry = Entry::named(&operation.class, operation.ticket);
            let objects = objects.into_iter().collect();
            let mut ticket = ticket::ticket(self.settings, &zone, &entry, &[], objects);
            ticket.status_class = StatusClass::Deleted;
            if !name.is_empty() {
                ticket.number.clone_from(name);
            }
            read.tickets.push(ticket);
        }
        Ok(())
    }
}

struct Taken {
    due: Vec<Due>,
    /// The last operation that is gone through with these.
    upto: u64,
}
