//! What desks were before they were changed, for as long as they await their last look.
//!
//! It is kept in the transaction of the change: whenever the service is killed, either the old desk is still the
//! desk, or it stands here.

use super::change::Change;
use super::desks::secret;
use super::{Registry, RegistryError, StoredDesk};
use sgi_host::logbook::store::sqlite::Transaction;
use sqlx::Row as _;

/// What decides which system stands behind a name.
const SYSTEM: [&str; 2] = ["type", "url"];

/// With a row for each secret, as of the desks.
const SELECT: &str = "
    SELECT l.desk, l.revision, l.settings, d.changed, d.changed_by, s.field, s.key, s.nonce, s.sealed
    FROM leaving l JOIN desk d ON d.name = l.desk
    LEFT JOIN leaving_secret s ON s.desk = l.desk AND s.revision = l.revision
    ORDER BY l.desk, l.revision, s.field";

impl Registry {
    /// What desks were before, oldest first: each with the revision of the desk that took its place.
    pub async fn leaving(&self) -> Result<Vec<StoredDesk>, RegistryError> {
        let fail = |error| self.database().failed(error);
        let rows = sqlx::query(SELECT)
            .fetch_all(self.database().readers())
            .await
            .map_err(fail)?;
        let mut desks: Vec<StoredDesk> = Vec::new();
        for row in &rows {
            let name: String = row.try_get("desk").map_err(fail)?;
            let revision: i64 = row.try_get("revision").map_err(fail)?;
            let same = |last: &StoredDesk| last.name == name && last.revision == revision;
            if !desks.last().is_some_and(same) {
                desks.push(self.stored(name, row).map_err(fail)?);
            }
            if let (Some(desk), Some((field, sealed))) =
                (desks.last_mut(), secret(row).map_err(fail)?)
            {
                desk.sealed.insert(field, sealed);
            }
        }
        Ok(desks)
    }

    /// They have had their last look, those that were replaced by this revision or an earlier one.
    pub async fn has_left(&self, desk: &str, revision: i64) -> Result<(), RegistryError> {
        let mut transaction = self.database().begin().await?;
        sqlx::query("DELETE FROM leaving WHERE desk = ? AND revision <= ?")
            .bind(desk)
            .bind(revision)
            .execute(transaction.connection())
            .await
            .map_err(|error| self.database().failed(error))?;
        Ok(transaction.commit().await?)
    }

    /// Keeps what the desk is up to now, if another system is to stand behind its name.
    pub(super) async fn keep_leaving(
        &self,
        transaction: &mut Transaction<'_>,
        change: &Change,
        revision: i64,
    ) -> Result<(), RegistryError> {
        let Some(before) = change.before().filter(|before| before.active()) else {
            return Ok(());
        };
        let (old, new) = (before.written(), change.written());
        if SYSTEM.iter().all(|key| old.get(*key) == new.get(*key)) {
            return Ok(());
        }
        let fail = |error| self.database().failed(error);
        sqlx::query("INSERT INTO leaving (desk, revision, settings) VALUES (?, ?, ?)")
            .bind(&before.name)
            .bind(revision)
            .bind(serde_json::Value::Object(before.written().clone()).to_string())
            .execute(transaction.connection())
            .await
            .map_err(fail)?;
        for (field, sealed) in &before.sealed {
            sqlx::query(
                "INSERT INTO leaving_secret (desk, revision, field, key, nonce, sealed)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )
            .bind(&before.name)
            .bind(revision)
            .bind(field)
            .bind(&sealed.key)
            .bind(&sealed.nonce)
            .bind(&sealed.bytes)
            .execute(transaction.connection())
            .await
            .map_err(fail)?;
        }
        Ok(())
    }
}
