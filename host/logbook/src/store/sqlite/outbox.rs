//! Deliveries: what is due, and what became of it.

use super::database::Database;
use super::instant::{from_integer, to_integer};
use super::lease::SqliteLease;
use super::{delivery_of, json, listing};
use crate::entry::EntryId;
use crate::store::{Delivery, Mark, State, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;

/// What changes of a row of `delivery`.
#[derive(Serialize)]
struct Row<'a> {
    entry: &'a str,
    state: State,
    attempts: u32,
    sent: Option<i64>,
    due: Option<i64>,
    reason: Option<&'a str>,
    remote: Option<&'a str>,
}

pub(super) async fn due(
    database: &Database,
    lease: &SqliteLease,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    delivery_of(database, lease)?;
    let rows = sqlx::query(
        "SELECT d.state, d.attempts, d.sent, e.body
         FROM delivery d JOIN entry e ON e.sequence = d.sequence
         WHERE d.due <= ?1 AND NOT EXISTS (
             SELECT 1 FROM delivery earlier
             WHERE earlier.object = d.object AND earlier.sequence < d.sequence
                 AND earlier.due > ?1
         )
         ORDER BY d.sequence LIMIT ?2",
    )
    .bind(to_integer(now))
    .bind(limit)
    .fetch_all(database.readers())
    .await
    .map_err(|error| database.failed(error))?;
    rows.iter().map(|row| read(database, row)).collect()
}

pub(super) async fn mark(
    database: &Database,
    lease: &SqliteLease,
    marks: &[Mark],
) -> Result<(), StoreError> {
    delivery_of(database, lease)?;
    // Of several about one entry, the last.
    let rows: HashMap<&str, Row<'_>> = marks
        .iter()
        .map(|mark| (mark.entry.as_str(), row(mark)))
        .collect();
    let rows: Vec<_> = rows.into_values().collect();
    let rows = json(database, &rows)?;

    let mut transaction = database.begin_with(lease).await?;
    sqlx::query(
        "UPDATE delivery SET
             state = m.value ->> '$.state', attempts = m.value ->> '$.attempts',
             sent = m.value ->> '$.sent', due = m.value ->> '$.due',
             reason = m.value ->> '$.reason', remote = m.value ->> '$.remote'
         FROM json_each(?) m JOIN entry e ON e.id = m.value ->> '$.entry'
         WHERE delivery.sequence = e.sequence",
    )
    .bind(rows)
    .execute(transaction.connection())
    .await
    .map_err(|error| database.failed(error))?;
    transaction.commit().await
}

pub(super) async fn delivery(
    database: &Database,
    lease: &SqliteLease,
    entry: &EntryId,
) -> Result<Option<Delivery>, StoreError> {
    delivery_of(database, lease)?;
    let row = sqlx::query(
        "SELECT d.state, d.attempts, d.sent, e.body
         FROM entry e JOIN delivery d ON d.sequence = e.sequence WHERE e.id = ?",
    )
    .bind(entry.as_str())
    .fetch_optional(database.readers())
    .await
    .map_err(|error| database.failed(error))?;
    row.map(|row| read(database, &row)).transpose()
}

pub(super) async fn next_due(database: &Database) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT min(due) FROM delivery d WHERE due IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM delivery earlier
                 WHERE earlier.object = d.object AND earlier.sequence < d.sequence
                     AND earlier.due IS NOT NULL
             )",
    )
    .fetch_one(database.readers())
    .await
    .map_err(|error| database.failed(error))?;
    Ok(next.map(from_integer))
}

fn row(mark: &Mark) -> Row<'_> {
    Row {
        entry: mark.entry.as_str(),
        state: mark.state,
        attempts: mark.attempts,
        sent: mark.sent.map(to_integer),
        due: mark.state.is_open().then(|| mark.due.map_or(0, to_integer)),
        reason: mark.reason.as_deref(),
        remote: mark.remote.as_deref(),
    }
}

fn read(database: &Database, row: &SqliteRow) -> Result<Delivery, StoreError> {
    let columns = || -> Result<(String, u32, Option<i64>, String), sqlx::Error> {
        Ok((
            row.try_get("state")?,
            row.try_get("attempts")?,
            row.try_get("sent")?,
            row.try_get("body")?,
        ))
    };
    let (state, attempts, sent, body) = columns().map_err(|error| database.failed(error))?;
    Ok(Delivery {
        entry: listing::entry(database, &body)?,
        state: listing::state(database, &state)?,
        attempts,
        sent: sent.map(from_integer),
    })
}
