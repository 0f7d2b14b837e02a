//! The logbook in a file: SQLite, for the processes of one host. [`Database`] is for other stores of this
//! program, too.

mod database;
mod desks;
mod error;
mod files;
mod instant;
mod lease;
mod listing;
mod outbox;
mod schema;
mod steps;
#[cfg(test)]
mod tests;

pub use database::{Database, Transaction};
pub use lease::SqliteLease;
pub use schema::Schema;

use super::{
    Delivery, DeskState, Filter, Kept, Lease as _, Listed, Mark, Place, Step, Store, StoreError,
    Work,
};
use crate::entry::EntryId;
use jiff::Timestamp;
use serde::Serialize;
use std::path::Path;

/// A logbook in an SQLite database.
///
/// Beside the database (`logbook.db`) are its write-ahead log (`logbook.db-wal`, `logbook.db-shm`) and
/// files for locks (`logbook.db.….lock`). They belong on a disk of this host: locks on network file
/// systems do not hold.
pub struct SqliteStore {
    database: Database,
}

impl SqliteStore {
    /// Opens the database at this path. One that is not there yet is created, and so are folders above
    /// it, for nobody but the owner; one of an earlier version is brought to this one.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let database = Database::open(path.as_ref(), &schema::LOGBOOK).await?;
        Ok(Self { database })
    }

    /// Opens the database at this path for reading alone, also on a file system that is read-only: nothing
    /// is created or changed. Everything that would write fails as [`StoreError::ReadOnly`].
    pub async fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let database = Database::open_read_only(path.as_ref(), &schema::LOGBOOK).await?;
        Ok(Self { database })
    }
}

impl Store for SqliteStore {
    type Lease = SqliteLease;

    async fn lease(&self, work: Work) -> Result<SqliteLease, StoreError> {
        lease::take(&self.database, work).await
    }

    async fn try_lease(&self, work: Work) -> Result<Option<SqliteLease>, StoreError> {
        lease::try_take(&self.database, work).await
    }

    async fn desk(&self, name: &str) -> Result<Option<DeskState>, StoreError> {
        desks::desk(&self.database, name).await
    }

    async fn open(
        &self,
        lease: &SqliteLease,
        identity: &str,
        start: Option<Timestamp>,
    ) -> Result<DeskState, StoreError> {
        desks::open(&self.database, lease, identity, start).await
    }

    async fn rewind(
        &self,
        lease: &SqliteLease,
        start: Option<Timestamp>,
    ) -> Result<DeskState, StoreError> {
        desks::rewind(&self.database, lease, start).await
    }

    async fn kept(&self, lease: &SqliteLease, tickets: &[String]) -> Result<Vec<Kept>, StoreError> {
        desks::kept(&self.database, lease, tickets).await
    }

    async fn known(
        &self,
        lease: &SqliteLease,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, StoreError> {
        desks::known(&self.database, lease, after, limit).await
    }

    async fn commit(&self, lease: &SqliteLease, step: &Step) -> Result<u64, StoreError> {
        steps::commit(&self.database, lease, step).await
    }

    async fn entries(
        &self,
        filter: &Filter,
        after: Option<&Place>,
        limit: u32,
    ) -> Result<Vec<Listed>, StoreError> {
        listing::entries(&self.database, filter, after, limit).await
    }

    async fn tickets_of(&self, desk: &str, object: &str) -> Result<Vec<Kept>, StoreError> {
        desks::tickets_of(&self.database, desk, object).await
    }

    async fn due(
        &self,
        lease: &SqliteLease,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        outbox::due(&self.database, lease, now, limit).await
    }

    async fn mark(&self, lease: &SqliteLease, marks: &[Mark]) -> Result<(), StoreError> {
        outbox::mark(&self.database, lease, marks).await
    }

    async fn delivery(
        &self,
        lease: &SqliteLease,
        entry: &EntryId,
    ) -> Result<Option<Delivery>, StoreError> {
        outbox::delivery(&self.database, lease, entry).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        outbox::next_due(&self.database).await
    }
}

/// The desk that the lease is for.
fn sync_of<'a>(database: &Database, lease: &'a SqliteLease) -> Result<&'a str, StoreError> {
    match lease.work() {
        Work::Sync(desk) => Ok(desk),
        Work::Delivery => Err(database.unusable("a lease of a desk is needed for this")),
    }
}

/// Whether the lease is for deliveries.
fn delivery_of(database: &Database, lease: &SqliteLease) -> Result<(), StoreError> {
    match lease.work() {
        Work::Delivery => Ok(()),
        Work::Sync(_) => Err(database.unusable("the lease for deliveries is needed for this")),
    }
}

/// Rows as one value to bind: SQLite takes it apart with `json_each`.
fn json<T: Serialize + ?Sized>(database: &Database, rows: &T) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|_| database.unusable("rows cannot be written as JSON"))
}
