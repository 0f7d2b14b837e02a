//! Tickets of an object where the desk cannot be searched for it: those that the logbook knows.
//!
//! What the logbook has not read yet is read here, from its cursor on, and kept nowhere: a list has what is
//! there now, or it is no list. Every ticket is read from the desk and must reference the object now.

use super::Desk;
use crate::error::{Error, Problem};
use crate::model::{Filter, Object, Ticket};
use jiff::Timestamp;
use sgi_logbook::store::{DeskState, SqliteStore, Store, StoreError};
use sgi_logbook::sync;
use std::collections::{BTreeSet, HashMap, HashSet};
use tokio::sync::OnceCell;

/// Batches that are read for one list. More is for the logbook to read.
const MOST: usize = 20;
/// Changed tickets in one of them.
const BATCH: u32 = 100;
/// Tickets that the connector is asked for at once.
const TOGETHER: usize = 100;

/// Tickets that were changed after the logbook was last read, with their objects: read once for all the
/// objects that one call asks for.
#[derive(Default)]
pub(super) struct Meanwhile(OnceCell<HashMap<String, BTreeSet<String>>>);

impl Desk {
    /// The tickets of an object, by the logbook.
    pub(super) async fn indexed(
        &self,
        object: &Object,
        filter: Filter,
        meanwhile: &Meanwhile,
    ) -> Result<Vec<Ticket>, Error> {
        // First what changed, then what the logbook knows: what it reads in between is in both.
        let changed = meanwhile.0.get_or_try_init(|| self.changed_meanwhile());
        let changed = changed.await?.iter();
        let about = |(id, objects): (&String, &BTreeSet<String>)| {
            objects.contains(&object.id).then(|| id.clone())
        };
        let mut ids: BTreeSet<String> = changed.filter_map(about).collect();
        let (store, _) = self.logbook().await?;
        let kept = store.tickets_of(self.name(), &object.id);
        let kept = kept.await.map_err(broken)?;
        ids.extend(kept.into_iter().map(|kept| kept.seen.id));
        // By number where they are numbers.
        let mut ids: Vec<String> = ids.into_iter().collect();
        ids.sort_by_cached_key(|id| (id.parse::<u64>().unwrap_or(u64::MAX), id.clone()));
        let limit = self.inner.instances.limits().tickets;
        if ids.len() > limit {
            return Err(Error::InvalidInput(Problem::new(format!(
                "more than {limit} tickets reference the object {:?} (limit \"tickets\")",
                object.id
            ))));
        }
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        for some in ids.chunks(TOGETHER) {
            let read = self.pages(object, filter, Some(some)).await?;
            all.extend(
                read.into_iter()
                    .filter(|ticket| seen.insert(ticket.id.clone())),
            );
        }
        Ok(all)
    }

    /// The logbook, and how far it has read this desk.
    async fn logbook(&self) -> Result<(SqliteStore, DeskState), Error> {
        let name = self.name();
        let Some(path) = self.inner.index.as_deref() else {
            return Err(
                self.lacking("there is no folder for one: set state_dir in [host] of sgi.toml")
            );
        };
        let first = || {
            self.lacking(&format!(
                "it has not been read to its end yet: run `sgi sync --desk {name}` first, and keep `sgi sync \
                 --follow` or `sgi serve` running"
            ))
        };
        if !path.exists() {
            return Err(first());
        }
        // Another process may be writing or ending: only who may write, too, sees it as it is at every instant.
        let store = match SqliteStore::open(path).await {
            Err(StoreError::ReadOnly { .. }) => SqliteStore::open_read_only(path).await,
            opened => opened,
        };
        let store = store.map_err(broken)?;
        let state = store.desk(name).await.map_err(broken)?;
        let state = state
            .filter(|state| state.identity == self.identity() && state.synced.is_some())
            .ok_or_else(first)?;
        if let Some(start) = state.start {
            return Err(self.lacking(&format!(
                "it begins at {start}, and tickets that have not changed since are not in it: remove since \
                 from [desks.{name}.logbook], and run `sgi sync --desk {name} --again`"
            )));
        }
        Ok((store, state))
    }

    async fn changed_meanwhile(&self) -> Result<HashMap<String, BTreeSet<String>>, Error> {
        let (_, state) = self.logbook().await?;
        let mut changed = HashMap::new();
        let mut cursor = sync::cursor(&state).map(str::to_owned);
        for _ in 0..MOST {
            let batch = self
                .changed_since(cursor.as_deref(), state.start, BATCH)
                .await?;
            // The last state of one that came twice.
            let tickets = batch.tickets.into_iter();
            changed.extend(tickets.map(|ticket| (ticket.id, ticket.objects)));
            if !batch.more {
                return Ok(changed);
            }
            cursor = Some(batch.cursor);
        }
        Err(self.lacking(&format!(
            "it was last read {}, and more than {} tickets have changed since: run `sgi sync --desk {}`, and \
             keep `sgi sync --follow` or `sgi serve` running",
            state.synced.map_or_else(|| "never".to_owned(), ago),
            MOST * BATCH as usize,
            self.name()
        )))
    }

    fn lacking(&self, why: &str) -> Error {
        Error::NeedsIndex(Problem::new(format!(
            "this desk cannot be searched for an object, so its tickets are looked up in the logbook, and {why}"
        )))
    }
}

fn broken(error: StoreError) -> Error {
    Error::NeedsIndex(Problem::new(format!(
        "this desk cannot be searched for an object, so its tickets are looked up in the logbook, and {error}"
    )))
}

/// "3 min ago", of an instant.
fn ago(at: Timestamp) -> String {
    let seconds = Timestamp::now().duration_since(at).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} min ago", seconds / 60),
        7_200..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_a_unit_that_people_count_in() {
        let before =
            |seconds: i64| ago(Timestamp::now() - jiff::SignedDuration::from_secs(seconds));
        assert!(before(5).ends_with("s ago"));
        assert_eq!(before(185), "3 min ago");
        assert_eq!(before(3 * 3_600 + 5), "3 h ago");
        assert_eq!(before(9 * 86_400 + 5), "9 days ago");
        assert_eq!(before(-60), "0 s ago");
    }
}
