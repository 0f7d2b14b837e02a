//! Tokens: what programs show instead of a password.

use super::audit::{self, Act};
use super::key::random;
use super::who::check_name;
use super::{Last, Principal, Registry, RegistryError, Role, Who, instant, millis};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::json;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::time::Duration;
use zeroize::Zeroizing;

/// How each begins, so that people and scanners know one when they see it.
pub const TOKEN_PREFIX: &str = "sgi_";

/// When a token was last used is told to the minute: not every request has to write.
const USE_STEP: i64 = 60_000;

/// How long a request waits for that to be noted.
const PATIENCE: Duration = Duration::from_millis(200);

/// A token, without what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// What people call it.
    pub name: String,
    /// What it lets one do.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub created_by: String,
    /// From then on it is worth nothing; none: it stays.
    pub expires: Option<Timestamp>,
    /// When it was last shown, to the minute.
    pub used: Option<Timestamp>,
}

impl Registry {
    /// Makes a token. What it is comes back this once and is kept nowhere.
    ///
    /// # Errors
    /// There is one of that name, or the name cannot be.
    pub async fn create_token(
        &self,
        name: &str,
        role: Role,
        expires: Option<Timestamp>,
        who: &Who,
    ) -> Result<SecretString, RegistryError> {
        check_name(name)?;
        let mut bytes = Zeroizing::new([0; 32]);
        random(&mut *bytes)?;
        let mut text = Zeroizing::new(String::with_capacity(64));
        text.push_str(TOKEN_PREFIX);
        URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        let token = SecretString::from(text.as_str());

        let database = self.database();
        let mut transaction = database.begin().await?;
        let added = sqlx::query(
            "INSERT INTO token (name, hash, role, created, created_by, expires)
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(hash(token.expose_secret()))
        .bind(role.as_str())
        .bind(millis(Timestamp::now()))
        .bind(who.to_string())
        .bind(expires.map(millis))
        .execute(transaction.connection())
        .await
        .map_err(|error| database.failed(error))?;
        if added.rows_affected() == 0 {
            return Err(RegistryError::Exists {
                what: "a token",
                name: name.to_owned(),
            });
        }
        let act = Act {
            who,
            action: "token.create",
            subject: name,
            detail: json!({ "role": role, "expires": expires }),
            failure: None,
        };
        audit::add(database, &mut transaction, act).await?;
        transaction.commit().await?;
        Ok(token)
    }

    /// The tokens, by name; those that have expired, too.
    pub async fn tokens(&self) -> Result<Vec<Token>, RegistryError> {
        let database = self.database();
        let rows = sqlx::query(
            "SELECT name, role, created, created_by, expires, used FROM token ORDER BY name",
        )
        .fetch_all(database.readers())
        .await
        .map_err(|error| database.failed(error))?;
        rows.iter().map(|row| self.token(row)).collect()
    }

    /// From now on the token is worth nothing.
    ///
    /// # Errors
    /// There is none of that name; or it is the last one, and stays ([`RegistryError::Opens`]).
    pub async fn revoke_token(
        &self,
        name: &str,
        last: Last,
        who: &Who,
    ) -> Result<(), RegistryError> {
        let database = self.database();
        let mut transaction = database.begin().await?;
        let gone = sqlx::query("DELETE FROM token WHERE name = ?")
            .bind(name)
            .execute(transaction.connection())
            .await
            .map_err(|error| database.failed(error))?;
        if gone.rows_affected() == 0 {
            return Err(RegistryError::Unknown {
                what: "token",
                name: name.to_owned(),
            });
        }
        self.stays_closed(&mut transaction, last).await?;
        let act = Act {
            who,
            action: "token.revoke",
            subject: name,
            detail: json!({}),
            failure: None,
        };
        audit::add(database, &mut transaction, act).await?;
        Ok(transaction.commit().await?)
    }

    /// Who shows this token; none: it is none, was revoked, or has expired.
    pub async fn holder_of(&self, token: &str) -> Result<Option<Principal>, RegistryError> {
        if !token.starts_with(TOKEN_PREFIX) {
            return Ok(None);
        }
        let database = self.database();
        let now = millis(Timestamp::now());
        // By the hash, of which nobody can make the first bytes fit: how long it takes tells nothing.
        let found = sqlx::query(
            "SELECT name, role, created, created_by, expires, used FROM token
             WHERE hash = ? AND (expires IS NULL OR expires > ?)",
        )
        .bind(hash(token))
        .bind(now)
        .fetch_optional(database.readers())
        .await
        .map_err(|error| database.failed(error))?;
        let Some(row) = found else {
            return Ok(None);
        };
        let Token {
            name, role, used, ..
        } = self.token(&row)?;
        if used.is_none_or(|used| now.saturating_sub(millis(used)) >= USE_STEP) {
            // A full disk locks nobody out, and another process that writes makes nobody wait for long.
            match tokio::time::timeout(PATIENCE, self.note_use(&name, now)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(token = %name, %error, "its use was not noted"),
                Err(_) => tracing::warn!(token = %name, "its use was not noted in time"),
            }
        }
        let who = Who::Token(name);
        Ok(Some(Principal { who, role }))
    }

    async fn note_use(&self, name: &str, now: i64) -> Result<(), RegistryError> {
        let mut transaction = self.database().begin().await?;
        sqlx::query("UPDATE token SET used = ? WHERE name = ?")
            .bind(now)
            .bind(name)
            .execute(transaction.connection())
            .await
            .map_err(|error| self.database().failed(error))?;
        Ok(transaction.commit().await?)
    }

    fn token(&self, row: &SqliteRow) -> Result<Token, RegistryError> {
        let read = || -> Result<_, sqlx::Error> {
            let (expires, used): (Option<i64>, Option<i64>) =
                (row.try_get("expires")?, row.try_get("used")?);
            let role: String = row.try_get("role")?;
            Ok((
                role,
                Token {
                    name: row.try_get("name")?,
                    role: Role::Read,
                    created: instant(row.try_get("created")?),
                    created_by: row.try_get("created_by")?,
                    expires: expires.map(instant),
                    used: used.map(instant),
                },
            ))
        };
        let (role, token) = read().map_err(|error| self.database().failed(error))?;
        let role = self.role(&role)?;
        Ok(Token { role, ..token })
    }
}

/// With a context of its own: it is no hash of anything else.
fn hash(token: &str) -> Vec<u8> {
    blake3::derive_key("sgi-service token", token.as_bytes()).to_vec()
}
