//! What is kept of desks and their tickets.

use super::database::Database;
use super::instant::{from_integer, to_integer};
use super::lease::SqliteLease;
use super::sync_of;
use crate::store::{DeskState, Kept, StoreError, whole_second};
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection, SqliteExecutor};

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
    let current = select(&mut *connection, name).await.map_err(fail)?;
    if let Some((state, _)) = &current
        && state.identity == identity
    {
        transaction.commit().await?;
        return Ok(state.clone());
    }
    let (mut generations, mut earlier) = (0, None);
    if let Some((old, before)) = &current {
        let aside = aside(name, &old.identity);
        rename(&mut *connection, name, &aside).await.map_err(fail)?;
        (generations, earlier) = newest(&mut *connection, name).await.map_err(fail)?;
        earlier = earlier.max(*before);
    }
    let known = aside(name, identity);
    let state = match select(&mut *connection, &known).await.map_err(fail)? {
        Some((state, _)) => {
            rename(&mut *connection, &known, name).await.map_err(fail)?;
            state
        }
        None => {
            let start = start.max(earlier.map(whole_second));
            let new = begin(identity, generations + 1, start);
            put(&mut *connection, name, &new, earlier)
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

/// The name under which a source is kept that another one stands in the place of. No desk is called so.
fn aside(name: &str, identity: &str) -> String {
    format!("{name}\n{identity}")
}

/// Calls a desk otherwise, with its tickets.
async fn rename(
    connection: &mut SqliteConnection,
    from: &str,
    to: &str,
) -> Result<(), sqlx::Error> {
    // In between, rows refer to a name that is not there.
    sqlx::raw_sql("PRAGMA defer_foreign_keys = ON")
        .execute(&mut *connection)
        .await?;
    for statement in [
        "UPDATE desk SET name = ? WHERE name = ?",
        "UPDATE ticket SET desk = ? WHERE desk = ?",
        "UPDATE reference SET desk = ? WHERE desk = ?",
    ] {
        sqlx::query(statement)
            .bind(to)
            .bind(from)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// The newest generation of all that stood behind a desk's name, and the latest instant up to which one
/// was read to its end.
async fn newest(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<(i64, Option<Timestamp>), sqlx::Error> {
    let (generation, synced): (i64, Option<i64>) = sqlx::query_as(
        "SELECT coalesce(max(generation), 0), max(synced) FROM desk
         WHERE name = ?1 OR substr(name, 1, length(?1) + 1) = ?1 || char(10)",
    )
    .bind(name)
    .fetch_one(connection)
    .await?;
    Ok((generation, synced.map(from_integer)))
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
