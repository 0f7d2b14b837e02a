//! The schema and its versions.

use super::error::{damaged, failed};
use crate::store::StoreError;
use sqlx::SqliteConnection;

/// Each brings the database to the next version, and sets it.
const MIGRATIONS: [&str; 1] = [include_str!("schema/0001.sql")];

/// "SGIL", as the first migration sets it.
const APPLICATION: i64 = 1_397_180_748;

/// The database's version; 0: it is empty.
pub(super) async fn version(
    connection: &mut SqliteConnection,
    place: &str,
) -> Result<usize, StoreError> {
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
        (APPLICATION, Ok(1..)) if is_newer(version) => Err(StoreError::Newer {
            place: place.to_owned(),
        }),
        (APPLICATION, Ok(version @ 1..)) => Ok(version),
        (APPLICATION, _) => Err(damaged(place, "its version is unknown")),
        _ => Err(damaged(place, "it is the database of another program")),
    }
}

/// Whether a later version of this program wrote it.
pub(super) fn is_newer(version: i64) -> bool {
    usize::try_from(version).is_ok_and(|version| version > MIGRATIONS.len())
}

/// Brings the database from this version to the newest.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    version: usize,
) -> Result<(), sqlx::Error> {
    for migration in MIGRATIONS.into_iter().skip(version) {
        sqlx::raw_sql("BEGIN IMMEDIATE")
            .execute(&mut *connection)
            .await?;
        sqlx::raw_sql(migration).execute(&mut *connection).await?;
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
        assert_eq!(version(&mut connection, "x").await.unwrap(), 0);
        migrate(&mut connection, 0).await.unwrap();
        assert_eq!(
            version(&mut connection, "x").await.unwrap(),
            MIGRATIONS.len()
        );
    }
}
