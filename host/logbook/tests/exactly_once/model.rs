//! A desk that things happen in while it is read, and that knows what a logbook of it must contain.

use jiff::Timestamp;
use sgi_logbook::{Batch, Event, Kind, Phase, Seen, Source, SourceError};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard};

/// Something that happens in the desk, or to its clock, or to the connection.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Create(BTreeSet<u8>),
    Reference(u8, u8),
    Unreference(u8, u8),
    Status(u8),
    Comment(u8),
    Delete(u8),
    /// Merged into another one: it stays to be seen, and is no ticket of its own.
    Merge(u8),
    /// Moved where the account does not see it, and back.
    Hide(u8),
    Show(u8),
    /// The object takes another's place: what names it names a new one from now on, and no ticket changes.
    Replace(u8),
    /// A second passes.
    Tick,
    /// Nothing, which lets the reading go on.
    Pause,
    /// The next answer gets lost.
    Fail,
    /// From now on a ticket's history can be read, or can no longer be read.
    Readable(u8, bool),
}

#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub objects: BTreeSet<String>,
    pub status: u32,
    pub created: i64,
    pub updated: i64,
    pub readable: bool,
    pub hidden: bool,
    pub merged: bool,
}

impl Ticket {
    /// As it is read where objects were replaced so often.
    fn named(&self, replaced: &BTreeMap<String, u32>) -> Self {
        let objects = self.objects.iter().map(|object| named(replaced, object));
        Self {
            objects: objects.collect(),
            ..self.clone()
        }
    }

    fn phase(&self) -> Phase {
        match self.merged {
            true => Phase::Merged,
            false => Phase::Active,
        }
    }
}

/// An event with the objects that its ticket references then.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub event: Event,
    pub objects: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Inside {
    pub now: i64,
    pub tickets: BTreeMap<u32, Ticket>,
    pub history: Vec<Happened>,
    pending: VecDeque<Act>,
    failing: bool,
    last: u32,
    /// Whether the histories of new tickets can be read.
    readable: bool,
    /// Tickets that were deleted, as they were then.
    deleted: BTreeMap<u32, Ticket>,
    /// How often each object was replaced.
    replaced: BTreeMap<String, u32>,
}

/// See the module. The acts that are pending happen in between the requests that a connector makes.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    inside: Mutex<Inside>,
}

impl Desk {
    pub(crate) fn new(acts: Vec<Act>, readable: bool) -> Self {
        let desk = Self::default();
        {
            let mut inside = desk.inside();
            inside.now = 1000;
            inside.pending = acts.into();
            inside.readable = readable;
        }
        desk
    }

    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// Whether nothing is pending any more.
    pub(crate) fn is_quiet(&self) -> bool {
        self.inside().pending.is_empty()
    }
}

impl Inside {
    /// Lets things happen up to the next pause.
    fn live(&mut self) {
        while let Some(act) = self.pending.pop_front() {
            match act {
                Act::Pause => break,
                act => self.act(act),
            }
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Create(objects) => {
                self.last += 1;
                let ticket = Ticket {
                    objects: objects.iter().map(|o| format!("o{o}")).collect(),
                    status: 0,
                    created: self.now,
                    updated: self.now,
                    readable: self.readable,
                    hidden: false,
                    merged: false,
                };
                self.tickets.insert(self.last, ticket);
                self.tell(self.last, Kind::Created, None, None);
            }
            Act::Reference(ticket, object) => {
                let object = format!("o{object}");
                self.change(ticket, |ticket| {
                    let new = ticket.objects.insert(object.clone());
                    new.then(|| (Kind::Referenced(object.clone()), None, Some(object)))
                });
            }
            Act::Unreference(ticket, object) => {
                let object = format!("o{object}");
                self.change(ticket, |ticket| {
                    let gone = ticket.objects.remove(&object);
                    gone.then(|| (Kind::Unreferenced(object.clone()), Some(object), None))
                });
            }
            Act::Status(ticket) => self.change(ticket, |ticket| {
                ticket.status += 1;
                let (old, new) = (ticket.status - 1, ticket.status);
                Some((Kind::Status, Some(old.to_string()), Some(new.to_string())))
            }),
            Act::Comment(ticket) => self.change(ticket, |_| Some((Kind::Commented, None, None))),
            Act::Delete(ticket) => {
                if let Some(id) = self.nth(ticket) {
                    self.tell(id, Kind::Deleted, None, None);
                    self.deleted
                        .extend(self.tickets.remove(&id).map(|ticket| (id, ticket)));
                }
            }
            Act::Merge(ticket) => self.change(ticket, |ticket| {
                let new = !std::mem::replace(&mut ticket.merged, true);
                new.then(|| (Kind::Merged("0".to_owned()), None, None))
            }),
            Act::Hide(ticket) => self.change(ticket, |ticket| {
                let new = !std::mem::replace(&mut ticket.hidden, true);
                new.then(|| {
                    (
                        Kind::Queue,
                        Some("open".to_owned()),
                        Some("closed".to_owned()),
                    )
                })
            }),
            Act::Show(ticket) => self.change(ticket, |ticket| {
                let new = std::mem::replace(&mut ticket.hidden, false);
                new.then(|| {
                    (
                        Kind::Queue,
                        Some("closed".to_owned()),
                        Some("open".to_owned()),
                    )
                })
            }),
            Act::Replace(object) => *self.replaced.entry(format!("o{object}")).or_default() += 1,
            Act::Tick => self.now += 1,
            Act::Fail => self.failing = true,
            Act::Readable(ticket, readable) => {
                if let Some(id) = self.nth(ticket)
                    && let Some(ticket) = self.tickets.get_mut(&id)
                {
                    ticket.readable = readable;
                }
            }
            Act::Pause => {}
        }
    }

    fn nth(&self, n: u8) -> Option<u32> {
        let n = usize::from(n).checked_rem(self.tickets.len())?;
        self.tickets.keys().nth(n).copied()
    }

    fn change(
        &mut self,
        n: u8,
        change: impl FnOnce(&mut Ticket) -> Option<(Kind, Option<String>, Option<String>)>,
    ) {
        let Some(id) = self.nth(n) else { return };
        let ticket = self.tickets.get_mut(&id).unwrap();
        if let Some((kind, old, new)) = change(ticket) {
            ticket.updated = self.now;
            self.tell(id, kind, old, new);
        }
    }

    fn tell(&mut self, id: u32, kind: Kind, old: Option<String>, new: Option<String>) {
        let objects = match &kind {
            Kind::Referenced(object) | Kind::Unreferenced(object) => {
                BTreeSet::from([object.clone()])
            }
            _ => self.tickets[&id].objects.clone(),
        };
        let objects = objects.iter().map(|object| self.named(object)).collect();
        self.history.push(Happened {
            event: Event {
                id: format!("txn-{}", self.history.len()),
                ticket: id.to_string(),
                at: instant(self.now),
                actor: Some("somebody".to_owned()),
                kind,
                field: None,
                old,
                new,
                text: None,
            },
            objects,
        });
    }

    /// The object as it is called now.
    pub(crate) fn named(&self, object: &str) -> String {
        named(&self.replaced, object)
    }

    fn answer(&mut self) -> Result<(), SourceError> {
        self.live();
        if std::mem::take(&mut self.failing) {
            return Err(SourceError {
                code: "unavailable",
                message: "the connection was cut".to_owned(),
                passing: true,
                retry_after: None,
            });
        }
        Ok(())
    }
}

fn named(replaced: &BTreeMap<String, u32>, object: &str) -> String {
    match replaced.get(object) {
        Some(count) => format!("{object}.{count}"),
        None => object.to_owned(),
    }
}

/// An event as the desk tells it where objects were replaced so often.
fn told(event: &Event, replaced: &BTreeMap<String, u32>) -> Event {
    let kind = match &event.kind {
        Kind::Referenced(object) => Kind::Referenced(named(replaced, object)),
        Kind::Unreferenced(object) => Kind::Unreferenced(named(replaced, object)),
        kind => kind.clone(),
    };
    Event {
        kind,
        ..event.clone()
    }
}

pub(crate) fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

impl Source for Desk {
    /// As a connector does it: changed tickets by their last change, oldest first, one-second resolution,
    /// the newest second taken again; then their histories; deletions by a place in the history.
    async fn since(
        &self,
        cursor: Option<&str>,
        start: Option<Timestamp>,
        limit: u32,
    ) -> Result<Batch, SourceError> {
        let begin = start.map_or(0, Timestamp::as_second);
        let (from, after, deleted, again) = match cursor {
            None => (begin, None, 0, i64::MAX),
            Some(cursor) => {
                let parts: Vec<i64> = cursor.split(':').map(|p| p.parse().unwrap()).collect();
                let after = u32::try_from(parts[1]).ok();
                (parts[0], after, parts[2] as usize, parts[3])
            }
        };
        let (tickets, more, now, replaced) = {
            let mut inside = self.inside();
            inside.answer()?;
            let mut changed: Vec<(i64, u32)> = inside
                .tickets
                .iter()
                .filter(|(_, ticket)| !ticket.hidden)
                .map(|(id, ticket)| (ticket.updated, *id))
                .filter(|(updated, id)| {
                    *updated > from || (*updated == from && after.is_none_or(|after| *id > after))
                })
                .collect();
            changed.sort_unstable();
            let more = changed.len() > limit as usize;
            changed.truncate(limit as usize);
            let tickets: Vec<(u32, Ticket)> = changed
                .into_iter()
                .map(|(_, id)| (id, inside.tickets[&id].named(&inside.replaced)))
                .collect();
            // Objects are asked for once, for the tickets and their histories.
            (tickets, more, inside.now, inside.replaced.clone())
        };
        let mut inside = self.inside();
        inside.answer()?;
        // Of one that went out of sight meanwhile there is no history, and nothing is told.
        let hidden = |id: &u32| inside.tickets.get(id).is_some_and(|ticket| ticket.hidden);
        let last = tickets.last().map(|(id, ticket)| (*id, ticket.updated));
        let tickets: Vec<(u32, Ticket)> =
            tickets.into_iter().filter(|(id, _)| !hidden(id)).collect();
        let mut complete: HashSet<u32> = tickets
            .iter()
            .filter(|(_, ticket)| ticket.readable)
            .map(|(id, _)| *id)
            .collect();
        // A second that is not over yet may bring more changes, also behind the place in it that reading
        // has come to: it is taken again when the rest is read.
        let (last_id, last) = last.map_or((None, from), |(id, updated)| (Some(id), updated));
        let again = again.min(if last + 1 >= now { last } else { i64::MAX });
        let cursor = match last_id {
            Some(id) if more => format!("{last}:{id}:{deleted}:{again}"),
            _ => format!(
                "{}:-1:{}:{}",
                last.min(again) - 1,
                inside.history.len(),
                i64::MAX
            ),
        };
        let mut tickets: Vec<Seen> = tickets
            .into_iter()
            .map(|(id, ticket)| (id, ticket.phase(), ticket))
            .map(|(id, phase, ticket)| seen(id, &ticket, phase))
            .collect();
        // Deletions stand in the history alone; the tickets can still be read.
        for happened in inside.history.iter().skip(deleted) {
            let id: u32 = happened.event.ticket.parse().unwrap();
            if happened.event.kind == Kind::Deleted
                && let Some(ticket) = inside.deleted.get(&id)
                && ticket.readable
                && !ticket.hidden
                && complete.insert(id)
            {
                tickets.retain(|seen| seen.id != happened.event.ticket);
                tickets.push(seen(id, &ticket.named(&replaced), Phase::Deleted));
            }
        }
        let complete: HashSet<String> = complete.iter().map(u32::to_string).collect();
        let events = inside
            .history
            .iter()
            .map(|happened| &happened.event)
            .filter(|event| complete.contains(&event.ticket))
            .map(|event| told(event, &replaced))
            .collect();
        Ok(Batch {
            tickets,
            events,
            complete,
            objects_by: None,
            cursor,
            more,
            remaining: None,
        })
    }

    async fn still_there(&self, tickets: &[String]) -> Result<HashSet<String>, SourceError> {
        let mut inside = self.inside();
        inside.answer()?;
        let there: HashSet<String> = inside
            .tickets
            .iter()
            .filter(|(_, ticket)| !ticket.hidden && !ticket.merged)
            .map(|(id, _)| id.to_string())
            .collect();
        Ok(tickets
            .iter()
            .filter(|id| there.contains(*id))
            .cloned()
            .collect())
    }
}

fn seen(id: u32, ticket: &Ticket, phase: Phase) -> Seen {
    Seen {
        id: id.to_string(),
        number: format!("#{id}"),
        subject: "Disk full".to_owned(),
        url: format!("https://desk.example.org/{id}"),
        status: ticket.status.to_string(),
        phase,
        queue: None,
        priority: None,
        owner: None,
        created: Some(instant(ticket.created)),
        updated: Some(instant(ticket.updated)),
        objects: ticket.objects.clone(),
        objects_by: None,
    }
}
