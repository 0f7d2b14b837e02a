//! What is kept of desks and their tickets.

use super::database::Database;
use super::instant::{from_integer, to_integer};
use super::lease::SqliteLease;
use super::sync_of;
use crate::store::{DeskState, Kept, StoreError};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteExecutor};

pub(super) async fn desk(database: &Database, name: &str) -> Result<Option<DeskState>, StoreError> {
    let found = select(database.readers(), name).await;
    let found = found.map_err(|error| database.failed(error))?;
    Ok(found.map(|(state, _)| state))
}

pub(super) async fn open(
    database: &Database,
    lease: &SqliteLease,
    identity: &str,
    start: Option<Timestamp>,
) -> Result<DeskState, StoreError> {
    let name = sync_of(database, lease)?;
    let mut transaction = database.begin_with(lease).await?;
    let fail = |error| database.failed(error);
    let connection = transaction.connection();
    let state = match select(&mut *connection, name).await.map_err(fail)? {
        Some((state, _)) if state.identity == identity => state,
        Some((old, earlier)) => {
            let earlier = earlier.max(old.synced);
            sqlx::query("DELETE FROM ticket WHERE desk = ?")
                .bind(name)
                .execute(&mut *connection)
                .await
                .map_err(fail)?;
            let new = begin(identity, old.generation + 1, start.max(earlier));
            put(&mut *connection, name, &new, earlier)
                .await
                .map_err(fail)?;
            new
        }
        None => {
            let new = begin(identity, 1, start);
            put(&mut *connection, name, &new, None)
                .await
                .map_err(fail)?;
            new
        }
    };
    transaction.commit().await?;
    Ok(state)
}

pub(super) async fn rewind(
    database: &Database,
    lease: &SqliteLease,
    start: Option<Timestamp>,
) -> Result<DeskState, StoreError> {
    let name = sync_of(database, lease)?;
    let mut transaction = database.begin_with(lease).await?;
    let fail = |error| database.failed(error);
    let connection = transaction.connection();
    let (mut state, earlier) = select(&mut *connection, name)
        .await
        .map_err(fail)?
        .ok_or_else(|| database.unusable("the desk has not been opened"))?;
    state.cursor = None;
    state.start = start;
    put(&mut *connection, name, &state, earlier)
        .await
        .map_err(fail)?;
    transaction.commit().await?;
    Ok(state)
}

pub(super) async fn kept(
    database: &Database,
    lease: &SqliteLease,
    tickets: &[String],
) -> Result<Vec<Kept>, StoreError> {
    let found = sqlx::query(
        "SELECT derived, seen FROM ticket
         WHERE desk = ? AND id IN (SELECT value FROM json_each(?)) ORDER BY id",
    )
    .bind(sync_of(database, lease)?)
    .bind(super::json(database, tickets)?)
    .fetch_all(database.readers())
    .await
    .map_err(|error| database.failed(error))?;
    found.iter().map(|row| ticket(database, row)).collect()
}

pub(super) async fn known(
    database: &Database,
    lease: &SqliteLease,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(
        "SELECT DISTINCT ticket FROM reference
         WHERE desk = ? AND (ticket > ? OR ?) ORDER BY ticket LIMIT ?",
    )
    .bind(sync_of(database, lease)?)
    .bind(after.unwrap_or_default())
    .bind(after.is_none())
    .bind(limit)
    .fetch_all(database.readers())
    .await
    .map_err(|error| database.failed(error))
}

pub(super) async fn tickets_of(
    database: &Database,
    desk: &str,
    object: &str,
) -> Result<Vec<Kept>, StoreError> {
    let found = sqlx::query(
        "SELECT t.derived, t.seen FROM reference r
         JOIN ticket t ON t.desk = r.desk AND t.id = r.ticket
         WHERE r.desk = ? AND r.object = ? ORDER BY r.ticket",
    )
    .bind(desk)
    .bind(object)
    .fetch_all(database.readers())
    .await
    .map_err(|error| database.failed(error))?;
    found.iter().map(|row| ticket(database, row)).collect()
}

fn begin(identity: &str, generation: i64, start: Option<Timestamp>) -> DeskState {
    DeskState {
        generation,
        identity: identity.to_owned(),
        cursor: None,
        start,
        synced: None,
        reconciled: None,
    }
}

/// A desk, and until when an earlier generation was read to its end.
async fn select(
    executor: impl SqliteExecutor<'_>,
    name: &str,
) -> Result<Option<(DeskState, Option<Timestamp>)>, sqlx::Error> {
    let found = sqlx::query(
        "SELECT generation, identity, cursor, start, synced, reconciled, earlier
         FROM desk WHERE name = ?",
    )
    .bind(name)
    .fetch_optional(executor)
    .await?;
    let Some(row) = found else {
        return Ok(None);
    };
    let state = DeskState {
        generation: row.try_get("generation")?,
        identity: row.try_get("identity")?,
        cursor: row.try_get("cursor")?,
        start: instant(&row, "start")?,
        synced: instant(&row, "synced")?,
        reconciled: instant(&row, "reconciled")?,
    };
    Ok(Some((state, instant(&row, "earlier")?)))
}

async fn put(
    executor: impl SqliteExecutor<'_>,
    name: &str,
    state: &DeskState,
    earlier: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    // Not REPLACE, which would first delete the row that the tickets refer to.
    sqlx::query(
        "INSERT INTO desk (name, generation, identity, cursor, start, synced, reconciled, earlier)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET
             generation = excluded.generation, identity = excluded.identity,
             cursor = excluded.cursor, start = excluded.start, synced = excluded.synced,
             reconciled = excluded.reconciled, earlier = excluded.earlier",
    )
    .bind(name)
    .bind(state.generation)
    .bind(&state.identity)
    .bind(&state.cursor)
    .bind(state.start.map(to_integer))
    .bind(state.synced.map(to_integer))
    .bind(state.reconciled.map(to_integer))
    .bind(earlier.map(to_integer))
    .execute(executor)
    .await?;
    Ok(())
}

fn ticket(database: &Database, row: &SqliteRow) -> Result<Kept, StoreError> {
    let read = || -> Result<(String, Option<String>), sqlx::Error> {
        Ok((row.try_get("seen")?, row.try_get("derived")?))
    };
    let (seen, derived) = read().map_err(|error| database.failed(error))?;
    let damaged = |_| database.damaged("a ticket cannot be read");
    Ok(Kept {
        seen: serde_json::from_str(&seen).map_err(damaged)?,
        // JSON's null is what is stored for none.
        derived: match derived {
            Some(derived) => serde_json::from_str(&derived).map_err(damaged)?,
            None => None,
        },
    })
}

fn instant(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    let found: Option<i64> = row.try_get(column)?;
    Ok(found.map(from_integer))
}
