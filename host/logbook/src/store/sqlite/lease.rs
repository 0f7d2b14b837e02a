//! Leases: a lock file tells processes apart while they live, a fencing token in the database stops
//! one whose lock file was taken from under it.

use super::database::{Database, PATIENCE};
use super::error::io_failed;
use super::files;
use crate::store::{Lease, StoreError, Work};
use std::fs::File;

/// See [`Lease`].
#[derive(Debug)]
pub struct SqliteLease {
    work: Work,
    token: i64,
    /// Closing it ends the lock; so does the end of the process.
    _lock: File,
}

impl SqliteLease {
    pub(super) fn token(&self) -> i64 {
        self.token
    }

    /// In the table of leases.
    pub(super) fn key(&self) -> String {
        key(&self.work)
    }
}

impl Lease for SqliteLease {
    fn work(&self) -> &Work {
        &self.work
    }
}

fn key(work: &Work) -> String {
    match work {
        Work::Sync(desk) => format!("desk {desk}"),
        Work::Delivery => "delivery".to_owned(),
    }
}

pub(super) async fn take(database: &Database, work: Work) -> Result<SqliteLease, StoreError> {
    loop {
        if let Some(lease) = try_take(database, work.clone()).await? {
            return Ok(lease);
        }
        // Trying again instead of a thread that waits: nothing is left behind by who no longer waits.
        tokio::time::sleep(PATIENCE).await;
    }
}

pub(super) async fn try_take(
    database: &Database,
    work: Work,
) -> Result<Option<SqliteLease>, StoreError> {
    let path = files::lock_of(database.path(), &work);
    let lock = files::try_lock(&path).map_err(|error| io_failed(database.place(), &error))?;
    let Some(lock) = lock else {
        return Ok(None);
    };
    let mut transaction = database.begin().await?;
    let token = sqlx::query_scalar(
        "INSERT INTO lease (work, token) VALUES (?, 1)
         ON CONFLICT (work) DO UPDATE SET token = token + 1
         RETURNING token",
    )
    .bind(key(&work))
    .fetch_one(transaction.connection())
    .await
    .map_err(|error| database.failed(error))?;
    transaction.commit().await?;
    Ok(Some(SqliteLease {
        work,
        token,
        _lock: lock,
    }))
}
