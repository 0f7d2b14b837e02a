//! Listing entries.

use super::database::Database;
use super::instant::{from_integer, to_integer};
use super::json;
use crate::entry::Entry;
use crate::store::{Filter, Listed, Place, State, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};

pub(super) async fn entries(
    database: &Database,
    filter: &Filter,
    after: Option<&Place>,
    limit: u32,
) -> Result<Vec<Listed>, StoreError> {
    let mut query = query(database, filter, after, limit)?;
    let rows = query.build().fetch_all(database.readers()).await;
    let rows = rows.map_err(|error| database.failed(error))?;
    rows.iter().map(|row| listed(database, row)).collect()
}

pub(super) fn query(
    database: &Database,
    filter: &Filter,
    after: Option<&Place>,
    limit: u32,
) -> Result<QueryBuilder<Sqlite>, StoreError> {
    let mut query = QueryBuilder::new(
        "SELECT e.sequence, e.at, e.recorded, e.body, d.state, d.reason, d.remote
         FROM entry e LEFT JOIN delivery d ON d.sequence = e.sequence WHERE true",
    );
    for (column, wanted) in [
        (" AND e.object = ", &filter.object),
        (" AND e.desk = ", &filter.desk),
        (" AND e.ticket = ", &filter.ticket),
    ] {
        if let Some(wanted) = wanted {
            query.push(column).push_bind(wanted.clone());
        }
    }
    if !filter.kinds.is_empty() {
        query.push(" AND e.kind IN (SELECT value FROM json_each(");
        query.push_bind(json(database, &filter.kinds)?).push("))");
    }
    if let Some(since) = filter.since {
        query.push(" AND e.at >= ").push_bind(to_integer(since));
    }
    if let Some(until) = filter.until {
        query.push(" AND e.at < ").push_bind(to_integer(until));
    }
    if !filter.states.is_empty() {
        query.push(" AND d.state IN (SELECT value FROM json_each(");
        query.push_bind(json(database, &filter.states)?).push("))");
        if !filter.states.contains(&State::Delivered) {
            // Says nothing new, but lets an index be used that leaves these out.
            query.push(" AND d.state <> 'delivered'");
        }
    }
    let (beyond, order) = match filter.newest_first {
        false => (">", "ASC"),
        true => ("<", "DESC"),
    };
    if let Some(after) = after {
        query
            .push(" AND (e.at, e.sequence) ")
            .push(beyond)
            .push(" (");
        query.push_bind(to_integer(after.at)).push(", ");
        query.push_bind(after.sequence).push(")");
    }
    query.push(" ORDER BY e.at ").push(order);
    query.push(", e.sequence ").push(order);
    query.push(" LIMIT ").push_bind(limit);
    Ok(query)
}

fn listed(database: &Database, row: &SqliteRow) -> Result<Listed, StoreError> {
    let read = || -> Result<_, sqlx::Error> {
        let place = Place {
            at: from_integer(row.try_get("at")?),
            sequence: row.try_get("sequence")?,
        };
        let recorded = from_integer(row.try_get("recorded")?);
        let body: String = row.try_get("body")?;
        let state: Option<String> = row.try_get("state")?;
        Ok((
            place,
            recorded,
            body,
            state,
            row.try_get("reason")?,
            row.try_get("remote")?,
        ))
    };
    let (place, recorded, body, state, reason, remote) =
        read().map_err(|error| database.failed(error))?;
    Ok(Listed {
        place,
        entry: entry(database, &body)?,
        recorded,
        state: state.map(|code| self::state(database, &code)).transpose()?,
        reason,
        remote,
    })
}

/// An entry from its column.
pub(super) fn entry(database: &Database, body: &str) -> Result<Entry, StoreError> {
    serde_json::from_str(body).map_err(|_| database.damaged("an entry cannot be read"))
}

/// The state of a delivery from its column.
pub(super) fn state(database: &Database, code: &str) -> Result<State, StoreError> {
    State::from_code(code).ok_or_else(|| database.damaged("the state of a delivery is unknown"))
}
