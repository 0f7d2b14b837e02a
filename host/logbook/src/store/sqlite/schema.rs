//! The schema and its versions.

use super::error::{damaged, failed};
use crate::store::StoreError;
use sqlx::SqliteConnection;

/// What a database holds: who wrote it, and how one of an earlier version becomes one of this.
#[derive(Debug)]
pub struct Schema {
    /// SQLite's `application_id`, as the first migration sets it: tells it from another program's.
    pub application: i64,
    /// Each brings the database to the next version, and sets it (`user_version`).
    pub migrations: &'static [&'static str],
}

/// The logbook's.
pub(super) static LOGBOOK: Schema = Schema {
    // "SGIL"
    application: 1_397_180_748,
    migrations: &[include_str!("schema/0001.sql")],
};

/// The database's version; 0: it is empty.
pub(super) async fn version(
    schema: &Schema,
    connection: &mut SqliteConnection,
    place: &str,
) -> Result<usize, StoreError> {
    let known = schema.application;
    let (version, application, tables): (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT user_version FROM pragma_user_version),
                (SELECT application_id FROM pragma_application_id),
                (SELECT count(*) FROM sqlite_schema)",
    )
    .fetch_one(connection)
    .await
    .map_err(|error| failed(place, &error))?;
    match (application, usize::try_from(version)) {
        (0, Ok(0)) if tables == 0 => Ok(0),
        (found, Ok(1..)) if found == known && schema.is_newer(version) => Err(StoreError::Newer {
            place: place.to_owned(),
        }),
        (found, Ok(version @ 1..)) if found == known => Ok(version),
        (found, _) if found == known => Err(damaged(place, "its version is unknown")),
        _ => Err(damaged(place, "it is the database of another program")),
    }
}

impl Schema {
    /// Whether a later version of this program wrote it.
    pub(super) fn is_newer(&self, version: i64) -> bool {
        usize::try_from(version).is_ok_and(|version| version > self.migrations.len())
    }
}

/// Brings the database from this version to the newest.
pub(super) async fn migrate(
    schema: &Schema,
    connection: &mut SqliteConnection,
    version: usize,
) -> Result<(), sqlx::Error> {
    for migration in schema.migrations.iter().skip(version) {
        sqlx::raw_sql("BEGIN IMMEDIATE")
            .execute(&mut *connection)
            .await?;
        sqlx::raw_sql(*migration).execute(&mut *connection).await?;
        sqlx::raw_sql("COMMIT").execute(&mut *connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection as _;

    #[tokio::test]
    async fn migrations_set_their_version() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let found = version(&LOGBOOK, &mut connection, "x").await.unwrap();
        assert_eq!(found, 0);
        migrate(&LOGBOOK, &mut connection, 0).await.unwrap();
        let found = version(&LOGBOOK, &mut connection, "x").await.unwrap();
        assert_eq!(found, LOGBOOK.migrations.len());
    }
}
