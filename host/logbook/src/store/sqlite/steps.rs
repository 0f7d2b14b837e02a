//! Committing a step: a handful of statements, each for all rows of a table at once.

use super::database::{Database, Transaction};
use super::instant::to_integer;
use super::lease::SqliteLease;
use super::{json, sync_of};
use crate::entry::Entry;
use crate::event::Seen;
use crate::store::{Derived, Kept, Step, StoreError};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// A row of `ticket`, with what `reference` has of it.
#[derive(Serialize)]
struct TicketRow<'a> {
    derived: Option<&'a Derived>,
    seen: &'a Seen,
}

/// A row of `entry`.
#[derive(Serialize)]
struct EntryRow<'a> {
    kind: &'a str,
    at: i64,
    entry: &'a Entry,
}

pub(super) async fn commit(
    database: &Database,
    lease: &SqliteLease,
    step: &Step,
) -> Result<u64, StoreError> {
    let desk = sync_of(database, lease)?;
    // Before the database is locked.
    let tickets = tickets(database, &step.keep)?;
    let forget = json(database, &step.forget)?;
    let entries = entries(database, &step.entries)?;

    let mut transaction = database.begin_with(lease).await?;
    move_on(database, &mut transaction, desk, step).await?;
    if !step.keep.is_empty() {
        keep(&mut transaction, desk, &tickets)
            .await
            .map_err(|error| database.failed(error))?;
    }
    if !step.forget.is_empty() {
        sqlx::query("DELETE FROM ticket WHERE desk = ? AND id IN (SELECT value FROM json_each(?))")
            .bind(desk)
            .bind(forget)
            .execute(transaction.connection())
            .await
            .map_err(|error| database.failed(error))?;
    }
    let new = if step.entries.is_empty() {
        0
    } else {
        add(&mut transaction, &entries, step.deliver)
            .await
            .map_err(|error| database.failed(error))?
    };
    transaction.commit().await?;
    Ok(new)
}

/// Of a ticket that is there twice, the last counts.
fn tickets(database: &Database, keep: &[Kept]) -> Result<String, StoreError> {
    let mut rows = BTreeMap::new();
    for kept in keep {
        let row = TicketRow {
            derived: kept.derived.as_ref(),
            seen: &kept.seen,
        };
        rows.insert(kept.seen.id.as_str(), row);
    }
    let rows: Vec<_> = rows.into_values().collect();
    json(database, &rows)
}

fn entries(database: &Database, entries: &[Entry]) -> Result<String, StoreError> {
    let rows: Vec<_> = entries
        .iter()
        .map(|entry| EntryRow {
            kind: entry.kind.code(),
            at: to_integer(entry.at),
            entry,
        })
        .collect();
    json(database, &rows)
}

async fn move_on(
    database: &Database,
    transaction: &mut Transaction<'_>,
    desk: &str,
    step: &Step,
) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "UPDATE desk SET cursor = ifnull(?, cursor), synced = ifnull(?, synced),
             reconciled = ifnull(?, reconciled)
         WHERE name = ?",
    )
    .bind(&step.cursor)
    .bind(step.synced.map(to_integer))
    .bind(step.reconciled.map(to_integer))
    .bind(desk)
    .execute(transaction.connection())
    .await
    .map_err(|error| database.failed(error))?;
    match moved.rows_affected() {
        0 => Err(database.unusable("the desk has not been opened")),
        _ => Ok(()),
    }
}

async fn keep(
    transaction: &mut Transaction<'_>,
    desk: &str,
    tickets: &str,
) -> Result<(), sqlx::Error> {
    // `WHERE true`: otherwise ON would begin a join.
    for statement in [
        "INSERT INTO ticket (desk, id, derived, seen)
         SELECT ?1, value ->> '$.seen.id', value -> '$.derived', value -> '$.seen'
         FROM json_each(?2) WHERE true
         ON CONFLICT (desk, id) DO UPDATE SET
             derived = excluded.derived, seen = excluded.seen",
        "DELETE FROM reference
         WHERE desk = ?1 AND ticket IN (SELECT value ->> '$.seen.id' FROM json_each(?2))",
        "INSERT INTO reference (desk, ticket, object)
         SELECT ?1, t.value ->> '$.seen.id', o.value
         FROM json_each(?2) t, json_each(t.value, '$.seen.objects') o",
    ] {
        sqlx::query(statement)
            .bind(desk)
            .bind(tickets)
            .execute(transaction.connection())
            .await?;
    }
    Ok(())
}

async fn add(
    transaction: &mut Transaction<'_>,
    entries: &str,
    deliver: bool,
) -> Result<u64, sqlx::Error> {
    let last: i64 = sqlx::query_scalar("SELECT ifnull(max(sequence), 0) FROM entry")
        .fetch_one(transaction.connection())
        .await?;
    let added = sqlx::query(
        "INSERT INTO entry (sequence, id, desk, object, ticket, kind, at, recorded, body)
         SELECT ?1 + 1 + key, value ->> '$.entry.id', value ->> '$.entry.desk',
             value ->> '$.entry.object', value ->> '$.entry.ticket.id', value ->> '$.kind',
             value ->> '$.at', ?2, value -> '$.entry'
         FROM json_each(?3) WHERE true
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(last)
    .bind(to_integer(Timestamp::now()))
    .bind(entries)
    .execute(transaction.connection())
    .await?;
    if deliver {
        sqlx::query(
            "INSERT INTO delivery (sequence, object)
             SELECT sequence, object FROM entry WHERE sequence > ?",
        )
        .bind(last)
        .execute(transaction.connection())
        .await?;
    }
    Ok(added.rows_affected())
}
