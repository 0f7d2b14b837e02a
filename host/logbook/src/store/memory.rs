//! A store that keeps everything in memory: for tests of what stands on a store, and for embedders who
//! try things out. It is lost with the process.

use super::{
    Delivery, DeskState, Filter, Kept, Lease, Listed, Mark, Place, State, Step, Store, StoreError,
    Work, whole_second,
};
use crate::entry::{Entry, EntryId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    data: Mutex<Data>,
    turns: Mutex<HashMap<Work, Arc<Turn<()>>>>,
}

#[derive(Debug, Default)]
struct Data {
    desks: HashMap<String, DeskState>,
    /// Sources that others stand in the place of, by desk and identity, with their tickets.
    aside: HashMap<(String, String), (DeskState, BTreeMap<String, Kept>)>,
    kept: HashMap<String, BTreeMap<String, Kept>>,
    entries: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    entry: Entry,
    recorded: Timestamp,
    mark: Option<Mark>,
}

impl Row {
    /// Its mark, where it is waiting or being sent.
    fn open(&self) -> Option<&Mark> {
        let open = |mark: &&Mark| matches!(mark.state, State::Waiting | State::Sending);
        self.mark.as_ref().filter(open)
    }

    fn delivery(&self, mark: &Mark) -> Delivery {
        Delivery {
            entry: self.entry.clone(),
            state: mark.state,
            attempts: mark.attempts,
            sent: mark.sent,
        }
    }
}

/// A turn at a piece of work.
#[derive(Debug)]
pub struct MemoryLease {
    work: Work,
    _turn: OwnedMutexGuard<()>,
}

impl Lease for MemoryLease {
    fn work(&self) -> &Work {
        &self.work
    }
}

impl MemoryLease {
    fn desk(&self) -> Result<&str, StoreError> {
        match &self.work {
            Work::Sync(desk) => Ok(desk),
            Work::Delivery => Err(unusable("a lease of a desk is needed for this")),
        }
    }

    fn delivery(&self) -> Result<(), StoreError> {
        match &self.work {
            Work::Delivery => Ok(()),
            Work::Sync(_) => Err(unusable("the lease for deliveries is needed for this")),
        }
    }
}

fn unusable(reason: &str) -> StoreError {
    StoreError::Unusable {
        place: "in memory".to_owned(),
        reason: reason.to_owned(),
    }
}

fn not_opened() -> StoreError {
    unusable("the desk has not been opened")
}

impl MemoryStore {
    fn data(&self) -> MutexGuard<'_, Data> {
        self.inner
            .data
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, work: &Work) -> Arc<Turn<()>> {
        let mut turns = self
            .inner
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(turns.entry(work.clone()).or_default())
    }
}

impl Store for MemoryStore {
    type Lease = MemoryLease;

    async fn lease(&self, work: Work) -> Result<MemoryLease, StoreError> {
        let turn = self.turn(&work).lock_owned().await;
        Ok(MemoryLease { work, _turn: turn })
    }

    async fn try_lease(&self, work: Work) -> Result<Option<MemoryLease>, StoreError> {
        let turn = self.turn(&work).try_lock_owned().ok();
        Ok(turn.map(|turn| MemoryLease { work, _turn: turn }))
    }

    async fn desk(&self, name: &str) -> Result<Option<DeskState>, StoreError> {
        Ok(self.data().desks.get(name).cloned())
    }

    async fn open(
        &self,
        lease: &MemoryLease,
        identity: &str,
        start: Option<Timestamp>,
    ) -> Result<DeskState, StoreError> {
        let desk = lease.desk()?;
        let mut data = self.data();
        let data = &mut *data;
        if let Some(old) = data.desks.get(desk) {
            if old.identity == identity {
                return Ok(old.clone());
            }
            let kept = data.kept.remove(desk).unwrap_or_default();
            let key = (desk.to_owned(), old.identity.clone());
            data.aside.insert(key, (old.clone(), kept));
        }
        let aside = data.aside.iter().filter(|((of, _), _)| of == desk);
        let states: Vec<&DeskState> = aside.map(|(_, (state, _))| state).collect();
        let newest = states.iter().map(|state| state.generation).max();
        let earlier = states.iter().filter_map(|state| state.synced).max();
        let known = (desk.to_owned(), identity.to_owned());
        let (state, kept) = data.aside.remove(&known).unwrap_or_else(|| {
            let state = DeskState {
                generation: newest.unwrap_or_default() + 1,
                identity: identity.to_owned(),
                cursor: None,
                start: start.max(earlier.map(whole_second)),
                synced: None,
                reconciled: None,
            };
            (state, BTreeMap::new())
        });
        data.kept.insert(desk.to_owned(), kept);
        data.desks.insert(desk.to_owned(), state.clone());
        Ok(state)
    }

    async fn rewind(
        &self,
        lease: &MemoryLease,
        start: Option<Timestamp>,
    ) -> Result<DeskState, StoreError> {
        let desk = lease.desk()?;
        let mut data = self.data();
        let state = data.desks.get_mut(desk).ok_or_else(not_opened)?;
        state.cursor = None;
        state.start = start;
        Ok(state.clone())
    }

    async fn kept(&self, lease: &MemoryLease, tickets: &[String]) -> Result<Vec<Kept>, StoreError> {
        let asked: BTreeSet<&String> = tickets.iter().collect();
        let data = self.data();
        let kept = data.kept.get(lease.desk()?);
        Ok(asked
            .into_iter()
            .filter_map(|id| kept?.get(id).cloned())
            .collect())
    }

    async fn known(
        &self,
        lease: &MemoryLease,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        let data = self.data();
        let kept = data.kept.get(lease.desk()?);
        let known = kept.into_iter().flatten().filter(|(id, kept)| {
            after.is_none_or(|after| id.as_str() > after) && !kept.seen.objects.is_empty()
        });
        Ok(known
            .map(|(id, _)| id.clone())
            .take(limit as usize)
            .collect())
    }

    async fn commit(&self, lease: &MemoryLease, step: &Step) -> Result<u64, StoreError> {
        let desk = lease.desk()?;
        let mut data = self.data();
        let data = &mut *data;
        let state = data.desks.get_mut(desk).ok_or_else(not_opened)?;
        if let Some(cursor) = &step.cursor {
            state.cursor = Some(cursor.clone());
        }
        state.synced = step.synced.or(state.synced);
        state.reconciled = step.reconciled.or(state.reconciled);
        let kept = data.kept.entry(desk.to_owned()).or_default();
        for ticket in &step.keep {
            kept.insert(ticket.seen.id.clone(), ticket.clone());
        }
        for id in &step.forget {
            kept.remove(id);
        }
        let mut new = 0;
        for entry in &step.entries {
            if data.entries.iter().any(|row| row.entry.id == entry.id) {
                continue;
            }
            new += 1;
            let recorded = Timestamp::now();
            data.entries.push(Row {
                entry: entry.clone(),
                recorded,
                mark: step.deliver.then(|| Mark {
                    entry: entry.id.clone(),
                    state: State::Waiting,
                    attempts: 0,
                    sent: None,
                    due: None,
                    reason: None,
                    remote: None,
                }),
            });
        }
        Ok(new)
    }

    async fn entries(
        &self,
        filter: &Filter,
        after: Option<&Place>,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        let data = self.data();
        let mut listed: Vec<Listed> = (1..)
            .zip(&data.entries)
            .map(|(sequence, row)| Listed {
                place: Place {
                    at: row.entry.at,
                    sequence,
                },
                entry: row.entry.clone(),
                recorded: row.recorded,
                state: row.mark.as_ref().map(|mark| mark.state),
                reason: row.mark.as_ref().and_then(|mark| mark.reason.clone()),
                remote: row.mark.as_ref().and_then(|mark| mark.remote.clone()),
            })
            .filter(|listed| matches(filter, listed))
            .collect();
        let key = |place: &Place| (place.at, place.sequence);
        listed.sort_by_key(|listed| key(&listed.place));
        if filter.newest_first {
            listed.reverse();
        }
        let beyond = |listed: &Listed| {
            after.is_none_or(|after| match filter.newest_first {
                true => key(&listed.place) < key(after),
                false => key(&listed.place) > key(after),
            })
        };
        Ok(listed
            .into_iter()
            .filter(beyond)
            .take(limit as usize)
            .collect())
    }

    async fn tickets_of(&self, desk: &str, object: &str) -> Result<Vec<Kept>, StoreError> {
        let data = self.data();
        let kept = data.kept.get(desk).into_iter().flatten();
        Ok(kept
            .filter(|(_, kept)| kept.seen.objects.contains(object))
            .map(|(_, kept)| kept.clone())
            .collect())
    }

    async fn due(
        &self,
        lease: &MemoryLease,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        lease.delivery()?;
        let data = self.data();
        // Objects at which an entry is not due yet.
        let mut held = HashSet::new();
        let due = data.entries.iter().filter_map(|row| {
            let mark = row.open()?;
            if mark.due.is_some_and(|due| due > now) {
                held.insert(&row.entry.object);
            }
            (!held.contains(&row.entry.object)).then(|| row.delivery(mark))
        });
        Ok(due.take(limit as usize).collect())
    }

    async fn mark(&self, lease: &MemoryLease, marks: &[Mark]) -> Result<(), StoreError> {
        lease.delivery()?;
        let mut data = self.data();
        for mark in marks {
            let row = data
                .entries
                .iter_mut()
                .find(|row| row.entry.id == mark.entry);
            if let Some(row) = row
                && row.mark.is_some()
            {
                row.mark = Some(mark.clone());
            }
        }
        Ok(())
    }

    async fn delivery(
        &self,
        lease: &MemoryLease,
        entry: &EntryId,
    ) -> Result<Option<Delivery>, StoreError> {
        lease.delivery()?;
        let data = self.data();
        let row = data.entries.iter().find(|row| row.entry.id == *entry);
        Ok(row.and_then(|row| Some(row.delivery(row.mark.as_ref()?))))
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let data = self.data();
        let mut seen = HashSet::new();
        let open = data
            .entries
            .iter()
            .filter_map(|row| Some((row, row.open()?)));
        Ok(open
            .filter(|(row, _)| seen.insert(&row.entry.object))
            .map(|(_, mark)| mark.due.unwrap_or(Timestamp::UNIX_EPOCH))
            .min())
    }
}

fn matches(filter: &Filter, listed: &Listed) -> bool {
    let entry = &listed.entry;
    let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|w| w == value);
    is(&filter.object, &entry.object)
        && is(&filter.desk, &entry.desk)
        && is(&filter.ticket, &entry.ticket.id)
        && (filter.kinds.is_empty() || filter.kinds.iter().any(|kind| kind == entry.kind.code()))
        && filter.since.is_none_or(|since| entry.at >= since)
        && filter.until.is_none_or(|until| entry.at < until)
        && (filter.states.is_empty() || listed.state.is_some_and(|s| filter.states.contains(&s)))
}
