//! What happened in the desk: the connector's interface `changes` as a source for the logbook.

use super::{Desk, broken, calls};
use crate::contract::{changes, types};
use crate::error::{Error, Problem};
use crate::model::StatusClass;
use jiff::{SignedDuration, Timestamp};
use sgi_logbook::sync::Settings;
use sgi_logbook::{Batch, Event, Kind, Phase, Seen, Source, SourceError};
use std::collections::HashSet;
use tracing::Instrument;

/// Tickets in one batch: what a desk answers in some seconds, and little to do again after a failure.
const BATCH: u32 = 100;
/// The longest cursor that is kept.
const MAX_CURSOR: usize = 4096;
/// The longest id of an event.
const MAX_ID: usize = 200;
/// The longest text of an event, in characters.
const MAX_TEXT: usize = 1000;
/// Ids in one question for tickets that are still there.
const MAX_IDS: usize = 1000;

impl Desk {
    /// Whether its connector tells what happened in the desk. What the account may read, a check tells.
    pub fn tells_changes(&self) -> bool {
        self.inner.prepared.linked.has_changes()
    }

    /// How its events come into the logbook: where from, from when on.
    pub fn logbook_settings(&self, deliver: bool) -> Settings {
        let inner = &self.inner;
        let logbook = &inner.logbook;
        Settings {
            desk: inner.name.to_string(),
            identity: inner.identity.clone(),
            start: logbook.since,
            limit: BATCH,
            reconcile: SignedDuration::try_from(logbook.reconcile).unwrap_or(SignedDuration::MAX),
            deliver,
        }
    }

    /// Whether its connector goes on from a cursor that another version of it may have made.
    pub async fn accepts_cursor(&self, cursor: &str) -> Result<bool, Error> {
        self.can_tell()?;
        let cursor = cursor.to_owned();
        self.call(&calls::Accepts { cursor }).await
    }

    fn can_tell(&self) -> Result<(), Error> {
        if self.tells_changes() {
            return Ok(());
        }
        Err(Error::Unsupported(Problem::new(format!(
            "the connector {} does not tell what happens in its desk: it has no logbook",
            self.inner.prepared.manifest.id
        ))))
    }

    pub(super) async fn changed_since(
        &self,
        cursor: Option<&str>,
        start: Option<Timestamp>,
        limit: u32,
    ) -> Result<Batch, Error> {
        self.can_tell()?;
        let call = calls::Since {
            cursor: cursor.map(str::to_owned),
            start: start.map(Timestamp::as_millisecond),
            limit,
        };
        let batch = self.call(&call).await?;
        self.accept_batch(batch)
    }

    async fn seen_still(&self, tickets: &[String]) -> Result<HashSet<String>, Error> {
        self.can_tell()?;
        let mut seen = HashSet::new();
        for ids in tickets.chunks(MAX_IDS) {
            let asked = calls::StillThere { ids: ids.to_vec() };
            let there = self.call(&asked).await?;
            let asked: HashSet<&String> = ids.iter().collect();
            seen.extend(there.into_iter().filter(|id| asked.contains(id)));
        }
        Ok(seen)
    }

    /// A batch that keeps the contract. One that does not is refused as a whole: half of it in the
    /// logbook could not be put right later.
    fn accept_batch(&self, batch: changes::Batch) -> Result<Batch, Error> {
        if batch.cursor.len() > MAX_CURSOR {
            return Err(broken(&format!(
                "its cursor has {} bytes; {MAX_CURSOR} are allowed",
                batch.cursor.len()
            )));
        }
        let mut ids = HashSet::new();
        let mut tickets = Vec::with_capacity(batch.tickets.len());
        for ticket in batch.tickets {
            self.accept_link(&ticket.url)?;
            if !ids.insert(ticket.id.clone()) {
                return Err(broken(&format!(
                    "it brought the ticket {:?} twice in one batch",
                    ticket.id
                )));
            }
            tickets.push(seen(ticket, batch.objects_by.as_deref())?);
        }
        let events = batch
            .events
            .into_iter()
            .map(event)
            .collect::<Result<_, _>>()?;
        Ok(Batch {
            tickets,
            events,
            complete: batch.complete.into_iter().collect(),
            objects_by: batch.objects_by,
            cursor: batch.cursor,
            more: batch.more,
            remaining: batch.remaining,
        })
    }
}

impl Source for Desk {
    async fn since(
        &self,
        cursor: Option<&str>,
        start: Option<Timestamp>,
        limit: u32,
    ) -> Result<Batch, SourceError> {
        let span = tracing::info_span!("changes", desk = %self.name());
        let batch = self.changed_since(cursor, start, limit).instrument(span);
        batch.await.map_err(SourceError::from)
    }

    async fn still_there(&self, tickets: &[String]) -> Result<HashSet<String>, SourceError> {
        let span = tracing::info_span!("still there", desk = %self.name(), tickets = tickets.len());
        let there = self.seen_still(tickets).instrument(span);
        there.await.map_err(SourceError::from)
    }
}

impl From<Error> for SourceError {
    fn from(error: Error) -> Self {
        let (passing, retry_after) = match &error {
            Error::RateLimited { retry_after, .. } | Error::Unavailable { retry_after, .. } => {
                (true, *retry_after)
            }
            // A page in the desk's place, an answer cut off: often gone at the next attempt.
            Error::Protocol(_) | Error::Connector(_) => (true, None),
            _ => (false, None),
        };
        Self {
            code: error.code(),
            message: error.to_string(),
            passing,
            retry_after,
        }
    }
}

fn instant(at: i64) -> Result<Timestamp, Error> {
    Timestamp::from_millisecond(at).map_err(|_| broken("it gave a date beyond the year 9999"))
}

fn seen(ticket: types::Ticket, objects_by: Option<&str>) -> Result<Seen, Error> {
    Ok(Seen {
        created: ticket.created.map(instant).transpose()?,
        updated: ticket.updated.map(instant).transpose()?,
        id: ticket.id,
        number: ticket.number,
        subject: ticket.subject,
        url: ticket.url,
        status: ticket.status,
        phase: phase(ticket.status_class.into()),
        queue: ticket.queue,
        priority: ticket.priority,
        owner: ticket.owner,
        objects: ticket.objects.into_iter().collect(),
        objects_by: objects_by.map(str::to_owned),
    })
}

fn phase(class: StatusClass) -> Phase {
    match class {
        StatusClass::Resolved | StatusClass::Closed | StatusClass::Rejected => Phase::Done,
        StatusClass::Merged => Phase::Merged,
        StatusClass::Deleted => Phase::Deleted,
        StatusClass::New | StatusClass::Open | StatusClass::Pending | StatusClass::Unknown => {
            Phase::Active
        }
    }
}

fn event(event: changes::Event) -> Result<Event, Error> {
    if event.id.is_empty() || event.id.len() > MAX_ID {
        return Err(broken(&format!(
            "an event's id has {} bytes; 1 to {MAX_ID} are allowed",
            event.id.len()
        )));
    }
    Ok(Event {
        at: instant(event.at)?,
        id: event.id,
        ticket: event.ticket,
        actor: event.actor,
        kind: match event.kind {
            changes::Kind::Other(word) => Kind::Other(word),
            changes::Kind::Created => Kind::Created,
            changes::Kind::Replied => Kind::Replied,
            changes::Kind::Commented => Kind::Commented,
            changes::Kind::Status => Kind::Status,
            changes::Kind::Owner => Kind::Owner,
            changes::Kind::Queue => Kind::Queue,
            changes::Kind::Priority => Kind::Priority,
            changes::Kind::Subject => Kind::Subject,
            changes::Kind::Resolved => Kind::Resolved,
            changes::Kind::Merged(into) => Kind::Merged(into),
            changes::Kind::Deleted => Kind::Deleted,
            changes::Kind::Referenced(object) => Kind::Referenced(object),
            changes::Kind::Unreferenced(object) => Kind::Unreferenced(object),
        },
        field: event.field,
        old: event.old,
        new: event.new,
        text: event
            .text
            .map(|text| match text.char_indices().nth(MAX_TEXT) {
                Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
                None => text,
            }),
    })
}
