//! Accounts: people with a password.

use super::audit::{self, Act};
use super::who::check_name;
use super::{Last, Principal, Registry, RegistryError, Role, Who, instant, millis};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::json;
use sqlx::Row as _;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// What OWASP's Password Storage Cheat Sheet asks for at least: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes at a time: each takes memory and a core.
const AT_ONCE: usize = 2;

const SHORTEST: usize = 12;
const LONGEST: usize = 1024;

/// An account, without its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// By which one logs in.
    pub name: String,
    /// What one may do.
    pub role: Role,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When its password was set.
    pub changed: Timestamp,
}

/// In place of the hash of an account that is not there: it takes the same time, and fits no password.
static NOBODYS: LazyLock<Option<String>> =
    LazyLock::new(|| hashed("nobody has this password").ok());

impl Registry {
    /// Makes an account.
    ///
    /// # Errors
    /// There is one of that name, or name or password cannot be.
    pub async fn add_account(
        &self,
        name: &str,
        role: Role,
        password: SecretString,
        who: &Who,
    ) -> Result<(), RegistryError> {
        check_name(name)?;
        let hash = self.hash(password).await?;
        let database = self.database();
        let mut transaction = database.begin().await?;
        let now = millis(Timestamp::now());
        let added = sqlx::query(
            "INSERT INTO account (name, hash, role, created, created_by, changed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?4) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(hash)
        .bind(role.as_str())
        .bind(now)
        .bind(who.to_string())
        .execute(transaction.connection())
        .await
        .map_err(|error| database.failed(error))?;
        if added.rows_affected() == 0 {
            return Err(RegistryError::Exists {
                what: "an account",
                name: name.to_owned(),
            });
        }
        let act = Act {
            who,
            action: "account.add",
            subject: name,
            detail: json!({ "role": role }),
            failure: None,
        };
        audit::add(database, &mut transaction, act).await?;
        Ok(transaction.commit().await?)
    }

    /// One account; none: there is none of that name.
    pub async fn account(&self, name: &str) -> Result<Option<Account>, RegistryError> {
        let mut accounts = self.accounts().await?.into_iter();
        Ok(accounts.find(|account| account.name == name))
    }

    /// The accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, RegistryError> {
        let database = self.database();
        let fail = |error| database.failed(error);
        let rows = sqlx::query(
            "SELECT name, role, created, created_by, changed FROM account ORDER BY name",
        )
        .fetch_all(database.readers())
        .await
        .map_err(fail)?;
        let mut accounts = Vec::new();
        for row in &rows {
            let role: String = row.try_get("role").map_err(fail)?;
            accounts.push(Account {
                role: self.role(&role)?,
                name: row.try_get("name").map_err(fail)?,
                created: instant(row.try_get("created").map_err(fail)?),
                created_by: row.try_get("created_by").map_err(fail)?,
                changed: instant(row.try_get("changed").map_err(fail)?),
            });
        }
        Ok(accounts)
    }

    /// Gives an account another password.
    ///
    /// # Errors
    /// There is no such account, or the password cannot be.
    pub async fn set_password(
        &self,
        name: &str,
        password: SecretString,
        who: &Who,
    ) -> Result<(), RegistryError> {
        let hash = self.hash(password).await?;
        let query = sqlx::query("UPDATE account SET hash = ?, changed = ? WHERE name = ?")
            .bind(hash)
            .bind(millis(Timestamp::now()))
            .bind(name.to_owned());
        self.change_account(query, name, "account.password", Last::Stays, who)
            .await
    }

    /// Removes an account.
    ///
    /// # Errors
    /// There is none of that name; or it is the last one, and stays ([`RegistryError::Opens`]).
    pub async fn remove_account(
        &self,
        name: &str,
        last: Last,
        who: &Who,
    ) -> Result<(), RegistryError> {
        let query = sqlx::query("DELETE FROM account WHERE name = ?").bind(name.to_owned());
        self.change_account(query, name, "account.remove", last, who)
            .await
    }

    async fn change_account(
        &self,
        query: sqlx::query::Query<'_, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
        name: &str,
        action: &str,
        last: Last,
        who: &Who,
    ) -> Result<(), RegistryError> {
        let database = self.database();
        let mut transaction = database.begin().await?;
        let done = query
            .execute(transaction.connection())
            .await
            .map_err(|error| database.failed(error))?;
        if done.rows_affected() == 0 {
            return Err(RegistryError::Unknown {
                what: "account",
                name: name.to_owned(),
            });
        }
        self.stays_closed(&mut transaction, last).await?;
        let act = Act {
            who,
            action,
            subject: name,
            detail: json!({}),
            failure: None,
        };
        audit::add(database, &mut transaction, act).await?;
        Ok(transaction.commit().await?)
    }

    /// Who logs in with this name and password; none: they do not fit. It takes as long when there is no
    /// such account, and never more than a few at a time: how often somebody may try is for the caller to
    /// bound.
    pub async fn log_in(
        &self,
        name: &str,
        password: SecretString,
    ) -> Result<Option<Principal>, RegistryError> {
        let database = self.database();
        let found: Option<(String, String)> =
            sqlx::query_as("SELECT hash, role FROM account WHERE name = ?")
                .bind(name)
                .fetch_optional(database.readers())
                .await
                .map_err(|error| database.failed(error))?;
        let (hash, role) = match found {
            Some((hash, role)) => (Some(hash), Some(self.role(&role)?)),
            None => (None, None),
        };
        let fits = self
            .blocking(move || {
                // Made for whoever comes first, so that even then it tells nothing.
                let nobodys = LazyLock::force(&NOBODYS).as_ref();
                let hash = hash.as_ref().or(nobodys);
                let hash = hash.and_then(|hash| PasswordHash::new(hash).ok());
                let password = password.expose_secret().as_bytes();
                hash.is_some_and(|hash| {
                    password.len() <= LONGEST
                        && Argon2::default().verify_password(password, &hash).is_ok()
                })
            })
            .await?;
        Ok(role.filter(|_| fits).map(|role| Principal {
            who: Who::Account(name.to_owned()),
            role,
        }))
    }

    async fn hash(&self, password: SecretString) -> Result<String, RegistryError> {
        let length = password.expose_secret().chars().count();
        if length < SHORTEST || password.expose_secret().len() > LONGEST {
            return Err(RegistryError::Refused(format!(
                "a password has at least {SHORTEST} characters, and at most {LONGEST} bytes"
            )));
        }
        self.blocking(move || hashed(password.expose_secret()))
            .await?
    }

    /// Runs what computes for long on a thread for that, a few at a time.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, RegistryError> {
        let failed = |error: &dyn std::error::Error| {
            RegistryError::Internal(format!("a password could not be hashed: {error}"))
        };
        let turn = Arc::clone(self.hashing()).acquire_owned().await;
        let turn = turn.map_err(|error| failed(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            // Only now: the work goes on even if nobody waits for it any more.
            drop(turn);
            done
        });
        done.await.map_err(|error| failed(&error))
    }
}

/// For the hashes of one process.
pub(super) fn turns() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(AT_ONCE))
}

fn hashed(password: &str) -> Result<String, RegistryError> {
    let failed =
        |what: String| RegistryError::Internal(format!("a password could not be hashed: {what}"));
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
    let params = params.map_err(|error| failed(error.to_string()))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut salt = [0; 16];
    super::key::random(&mut salt)?;
    let hash = argon2.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| failed(error.to_string()))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_tells_the_parameters_that_owasp_asks_for() {
        let hash = hashed("x").unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert_ne!(hashed("x").unwrap(), hash, "a salt of its own");
        let verifies = |password: &[u8]| {
            let hash = PasswordHash::new(&hash).unwrap();
            Argon2::default().verify_password(password, &hash).is_ok()
        };
        assert!(verifies(b"x") && !verifies(b"y"));
    }
}
