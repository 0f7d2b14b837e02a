//! What the service keeps beside the logbook: desks that were made through its API, tokens and accounts,
//! and the audit trail. One SQLite database in the state folder, `settings.db`.
//!
//! ```text
//! sgi.toml ────────┐
//!                  ├──▶ view::Desks ──▶ the CLI, the service
//! Registry ────────┘
//!    prepare ──▶ Change ──▶ commit      (the settings can be tried in between)
//!
//! desks, change    made through the service; their secrets sealed (seal) with a key in a file (key)
//! leaving          what a desk was before, until it has been looked at for the last time
//! tokens, accounts who may do what (who); sessions: who has logged in
//! audit            what was done, by whom; kept together with what it tells of
//! ```
//!
//! Every change is one transaction: whoever is killed in between leaves the old state or the new one, and
//! an entry of the audit trail for each that was made.

mod accounts;
mod audit;
mod change;
mod desks;
mod error;
mod key;
mod leaving;
mod seal;
mod sessions;
mod signing;
mod tokens;
pub mod view;
mod who;

pub use accounts::Account;
pub use audit::{Act, Audited};
pub use change::{Change, Put};
pub use desks::StoredDesk;
pub use error::RegistryError;
pub use tokens::{TOKEN_PREFIX, Token};
pub use who::{Principal, Role, Who};

use jiff::Timestamp;
use key::KeyFile;
use sgi_host::files;
use sgi_host::logbook::StoreError;
use sgi_host::logbook::store::sqlite::{Database, Schema, Transaction};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;

static SCHEMA: Schema = Schema {
    // "SGIS"
    application: 1_397_180_755,
    migrations: &[
        include_str!("schema/0001.sql"),
        include_str!("schema/0002.sql"),
        include_str!("schema/0003.sql"),
        include_str!("schema/0004.sql"),
    ],
};

/// The database's file in the state folder.
const FILE: &str = "settings.db";

const SOMEBODY: &str = "SELECT EXISTS (SELECT 1 FROM token) OR EXISTS (SELECT 1 FROM account)";

/// Whether the last token or account may go. Without any, the service lets everybody on its machine do
/// everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// It may not.
    Stays,
    /// It may: that is what is wanted.
    Goes,
}

/// What the service keeps. Cheap to clone; several processes may have it open.
#[derive(Clone)]
pub struct Registry {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    key: KeyFile,
    hashing: Arc<Semaphore>,
}

impl Registry {
    /// Opens the registry in a state folder. What is not there yet is made, for nobody but the owner.
    /// `key_file`: where the key is that secrets are sealed with, if not beside it.
    ///
    /// # Errors
    /// The folder or the file is somebody else's, or cannot be used.
    pub async fn open(state_dir: &Path, key_file: Option<&Path>) -> Result<Self, RegistryError> {
        let path = state_dir.join(FILE);
        let failed = |error| unusable(&path, &error);
        files::own_folder(state_dir, 0o022).map_err(failed)?;
        if path.try_exists().map_err(failed)? {
            ours(&path).map_err(failed)?;
        }
        let database = Database::open(&path, &SCHEMA).await?;
        Ok(Self::with(database, state_dir, key_file))
    }

    /// Opens the registry in a state folder, if there is one. Nothing is made.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_existing(
        state_dir: &Path,
        key_file: Option<&Path>,
    ) -> Result<Option<Self>, RegistryError> {
        let path = state_dir.join(FILE);
        let failed = |error| unusable(&path, &error);
        if !path.try_exists().map_err(failed)? {
            return Ok(None);
        }
        files::own_folder(state_dir, 0o022).map_err(failed)?;
        ours(&path).map_err(failed)?;
        let database = Database::open_existing(&path, &SCHEMA).await?;
        Ok(Some(Self::with(database, state_dir, key_file)))
    }

    fn with(database: Database, state_dir: &Path, key_file: Option<&Path>) -> Self {
        Self {
            inner: Arc::new(Inner {
                database,
                key: KeyFile::new(state_dir, key_file),
                hashing: accounts::turns(),
            }),
        }
    }

    /// Whether there is a token or an account. Where there is none, nobody can show who they are. One that
    /// has expired counts: that must not open what it closed.
    pub async fn knows_anybody(&self) -> Result<bool, RegistryError> {
        let found = sqlx::query_scalar(SOMEBODY)
            .fetch_one(self.database().readers())
            .await;
        Ok(found.map_err(|error| self.database().failed(error))?)
    }

    /// Fails where what goes in this transaction would be the last by which somebody can show who they are.
    async fn stays_closed(
        &self,
        transaction: &mut Transaction<'_>,
        last: Last,
    ) -> Result<(), RegistryError> {
        let somebody: bool = sqlx::query_scalar(SOMEBODY)
            .fetch_one(transaction.connection())
            .await
            .map_err(|error| self.database().failed(error))?;
        match last {
            Last::Stays if !somebody => Err(RegistryError::Opens),
            _ => Ok(()),
        }
    }

    fn database(&self) -> &Database {
        &self.inner.database
    }

    fn key(&self) -> &KeyFile {
        &self.inner.key
    }

    fn hashing(&self) -> &Arc<Semaphore> {
        &self.inner.hashing
    }

    fn role(&self, word: &str) -> Result<Role, RegistryError> {
        word.parse()
            .map_err(|_| self.database().damaged("a role is unknown").into())
    }
}

fn unusable(path: &Path, error: &io::Error) -> RegistryError {
    RegistryError::Store(StoreError::Unusable {
        place: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// Passwords and roles come from this file: it must be nobody else's.
fn ours(path: &Path) -> io::Result<()> {
    match files::is_ours(&std::fs::metadata(path)?, 0o077) {
        true => Ok(()),
        false => Err(io::Error::other(
            "it must belong to the user that runs sgi and be closed to others: run sgi as the user that \
             made it, or `chmod 600` it",
        )),
    }
}

fn millis(instant: Timestamp) -> i64 {
    instant.as_millisecond()
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}
