//! Who has logged in with a browser. It lasts as long as the process, and no longer than the account, its
//! password and its role stay as they are.

use crate::registry::{Principal, Registry, RegistryError, Who};
use axum_extra::extract::CookieJar;
use http::HeaderMap;
use secrecy::SecretString;
use std::time::Duration;

/// The cookie.
pub(crate) const COOKIE: &str = "sgi_session";
/// A browser that asks for nothing for so long is logged out.
const IDLE: Duration = Duration::from_secs(12 * 3600);
/// So is every browser after so long.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// Browsers at once; of more, those that asked the longest ago are logged out.
const MOST: u64 = 10_000;

/// Under the hash of what the browser holds: who reads this memory is nobody yet.
pub(crate) struct Sessions(moka::sync::Cache<blake3::Hash, Session>);

#[derive(Debug, Clone)]
struct Session {
    account: String,
    /// Of the account, as it was.
    changed: jiff::Timestamp,
}

impl Default for Sessions {
    fn default() -> Self {
        let sessions = moka::sync::Cache::builder()
            .max_capacity(MOST)
            .time_to_idle(IDLE)
            .time_to_live(LONGEST);
        Self(sessions.build())
    }
}

impl Sessions {
    /// What the browser shows from now on; none: name and password do not fit.
    pub(crate) async fn open(
        &self,
        registry: &Registry,
        name: &str,
        password: SecretString,
    ) -> Result<Option<String>, RegistryError> {
        if registry.log_in(name, password).await?.is_none() {
            return Ok(None);
        }
        let Some(account) = registry.account(name).await? else {
            return Ok(None);
        };
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| {
            RegistryError::Internal(format!("this machine has no random numbers: {error}"))
        })?;
        let shown = blake3::Hash::from_bytes(random).to_hex().to_string();
        let session = Session {
            account: account.name,
            changed: account.changed,
        };
        self.0.insert(blake3::hash(shown.as_bytes()), session);
        Ok(Some(shown))
    }

    /// Who it is that shows this cookie.
    pub(crate) async fn of(
        &self,
        registry: &Registry,
        headers: &HeaderMap,
    ) -> Result<Option<Principal>, RegistryError> {
        let jar = CookieJar::from_headers(headers);
        let Some(shown) = jar.get(COOKIE) else {
            return Ok(None);
        };
        let key = blake3::hash(shown.value().as_bytes());
        let Some(session) = self.0.get(&key) else {
            return Ok(None);
        };
        match registry.account(&session.account).await? {
            Some(account) if account.changed == session.changed => Ok(Some(Principal {
                role: account.role,
                who: Who::Account(account.name),
            })),
            _ => {
                self.0.invalidate(&key);
                Ok(None)
            }
        }
    }

    /// Logs out.
    pub(crate) fn close(&self, shown: &str) {
        self.0.invalidate(&blake3::hash(shown.as_bytes()));
    }
}
