//! Sessions: who has logged in with a browser. They outlive the process, but not the account nor its password.

use super::{Principal, Registry, RegistryError, Who, millis};
use jiff::Timestamp;
use secrecy::SecretString;
use std::time::Duration;

/// A browser that asks for nothing for so long is logged out.
const IDLE: i64 = 12 * 3_600_000;
/// So is every browser after so long.
const LONGEST: i64 = 7 * 24 * 3_600_000;
/// When a session was last used is told to the minute: not every page has to write.
const USE_STEP: i64 = 60_000;
/// How long a page waits for that to be noted.
const PATIENCE: Duration = Duration::from_millis(200);
/// Browsers at once; of more, those that asked the longest ago are logged out.
const MOST: i64 = 10_000;

impl Registry {
    /// Logs in. What the browser shows from now on comes back this once, and is kept nowhere; none: name and
    /// password do not fit.
    pub async fn open_session(
        &self,
        name: &str,
        password: SecretString,
        now: Timestamp,
    ) -> Result<Option<String>, RegistryError> {
        if self.log_in(name, password).await?.is_none() {
            return Ok(None);
        }
        let mut random = [0; 32];
        super::key::random(&mut random)?;
        let shown = blake3::Hash::from_bytes(random).to_hex().to_string();
        let database = self.database();
        let failed = |error| database.failed(error);
        let now = millis(now);
        let mut transaction = database.begin().await?;
        // Bound to the password: another one ends it.
        let opened = sqlx::query(
            "INSERT INTO session (hash, account, changed, opened, used)
             SELECT ?1, name, changed, ?2, ?2 FROM account WHERE name = ?3",
        )
        .bind(hash(&shown))
        .bind(now)
        .bind(name)
        .execute(transaction.connection())
        .await
        .map_err(failed)?;
        sqlx::query("DELETE FROM session WHERE used <= ? OR opened <= ?")
            .bind(now.saturating_sub(IDLE))
            .bind(now.saturating_sub(LONGEST))
            .execute(transaction.connection())
            .await
            .map_err(failed)?;
        sqlx::query(
            "DELETE FROM session WHERE hash IN
             (SELECT hash FROM session ORDER BY used DESC, opened DESC LIMIT -1 OFFSET ?)",
        )
        .bind(MOST)
        .execute(transaction.connection())
        .await
        .map_err(failed)?;
        transaction.commit().await?;
        Ok((opened.rows_affected() > 0).then_some(shown))
    }

    /// Who it is that shows this; none: nobody, or not any more.
    pub async fn session(
        &self,
        shown: &str,
        now: Timestamp,
    ) -> Result<Option<Principal>, RegistryError> {
        let database = self.database();
        let now = millis(now);
        let found: Option<(String, String, i64)> = sqlx::query_as(
            "SELECT account.name, account.role, session.used FROM session
             JOIN account ON account.name = session.account AND account.changed = session.changed
             WHERE session.hash = ? AND session.used > ? AND session.opened > ?",
        )
        .bind(hash(shown))
        .bind(now.saturating_sub(IDLE))
        .bind(now.saturating_sub(LONGEST))
        .fetch_optional(database.readers())
        .await
        .map_err(|error| database.failed(error))?;
        let Some((name, role, used)) = found else {
            return Ok(None);
        };
        if now.saturating_sub(used) >= USE_STEP {
            // A full disk locks nobody out, and another process that writes makes nobody wait for long.
            match tokio::time::timeout(PATIENCE, self.note_session(shown, now)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the use of a session was not noted"),
                Err(_) => tracing::warn!("the use of a session was not noted in time"),
            }
        }
        let role = self.role(&role)?;
        let who = Who::Account(name);
        Ok(Some(Principal { who, role }))
    }

    async fn note_session(&self, shown: &str, now: i64) -> Result<(), RegistryError> {
        let mut transaction = self.database().begin().await?;
        sqlx::query("UPDATE session SET used = ? WHERE hash = ?")
            .bind(now)
            .bind(hash(shown))
            .execute(transaction.connection())
            .await
            .map_err(|error| self.database().failed(error))?;
        Ok(transaction.commit().await?)
    }

    /// Logs out.
    pub async fn close_session(&self, shown: &str) -> Result<(), RegistryError> {
        let mut transaction = self.database().begin().await?;
        sqlx::query("DELETE FROM session WHERE hash = ?")
            .bind(hash(shown))
            .execute(transaction.connection())
            .await
            .map_err(|error| self.database().failed(error))?;
        Ok(transaction.commit().await?)
    }
}

/// With a context of its own: it is no hash of anything else.
fn hash(shown: &str) -> Vec<u8> {
    blake3::derive_key("sgi-service session", shown.as_bytes()).to_vec()
}
