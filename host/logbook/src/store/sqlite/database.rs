//! The connections: one that writes, and a few that read beside it.

use super::error::{damaged, failed, io_failed, unusable};
use super::files;
use super::lease::SqliteLease;
use super::schema::{self, Schema};
use crate::store::{Lease as _, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection, SqlitePool};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// How long another process may keep the database locked. A step takes milliseconds.
const BUSY: Duration = Duration::from_secs(30);

/// How often a lock is tried that somebody else has.
pub(super) const PATIENCE: Duration = Duration::from_millis(50);

/// Readers at a time.
const READERS: u32 = 4;

/// Pages of the write-ahead log after which they are carried over into the database: 32 MiB. A step
/// touches pages all over the indexes; carried over seldom, each is written once for many steps.
const LOG_PAGES: &str = "8000";

/// To this size the log is cut when one large step has made it larger.
const LOG_BYTES: &str = "67108864";

/// Memory for pages (KiB, with the sign that tells so): the writer's holds what a step changes, which
/// would otherwise be written several times within it.
const WRITER_CACHE: &str = "-16384";
const READER_CACHE: &str = "-2048";

/// A database of this program in a file: with a write-ahead log, and on the disk when a commit ends.
///
/// What is left for whoever builds a store on it: statements, between [`Database::begin`] and
/// [`Transaction::commit`] where they write, and by [`Database::readers`] where one reads.
pub struct Database {
    schema: &'static Schema,
    path: PathBuf,
    place: String,
    options: SqliteConnectOptions,
    /// None: it is in a transaction, or it did not come back from one.
    writer: Mutex<Option<SqliteConnection>>,
    readers: SqlitePool,
    /// Opened without the right to write.
    read_only: bool,
}

impl Database {
    /// Opens the database at this path. One that is not there yet is created, and so are folders above
    /// it, for nobody but the owner; one of an earlier version is brought to this one.
    pub async fn open(path: &Path, schema: &'static Schema) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        files::create(path).map_err(|error| io_failed(&place, &error))?;
        Self::open_existing(path, schema).await
    }

    /// Opens the database at this path, which is there.
    pub async fn open_existing(path: &Path, schema: &'static Schema) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        // Absolute: the working folder may change, and SQLite takes "file:x" for a URI.
        let path = std::path::absolute(path).map_err(|error| io_failed(&place, &error))?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(false)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            // The log is on the disk before a commit ends.
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", LOG_PAGES)
            .pragma("journal_size_limit", LOG_BYTES)
            .pragma("cache_size", WRITER_CACHE)
            .pragma("cell_size_check", "ON")
            // Statements are not for the log of a program.
            .disable_statement_logging();

        let connect = |options: &SqliteConnectOptions| {
            let options = options.clone();
            async move { options.connect().await }
        };
        // Changing to the write-ahead log and the schema is not for two at a time.
        let lock = files::lock_of_schema(&path);
        let _lock = loop {
            match files::try_lock(&lock).map_err(|error| io_failed(&place, &error))? {
                Some(lock) => break lock,
                None => tokio::time::sleep(PATIENCE).await,
            }
        };
        let fail = |error: sqlx::Error| failed(&place, &error);
        let mut first = connect(&options).await.map_err(fail)?;
        let version = schema::version(schema, &mut first, &place).await?;
        let options = options.journal_mode(SqliteJournalMode::Wal);
        drop(first);
        let mut writer = connect(&options).await.map_err(fail)?;
        schema::migrate(schema, &mut writer, version)
            .await
            .map_err(fail)?;
        let reading = options
            .clone()
            .pragma("query_only", "ON")
            .pragma("cache_size", READER_CACHE);
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(reading);
        Ok(Self {
            schema,
            path,
            place,
            options,
            writer: Mutex::new(Some(writer)),
            readers,
            read_only: false,
        })
    }

    /// Opens the database at this path, which is there, for reading alone: nothing is created or changed
    /// beside it, so it may be on a file system that is read-only. One of an earlier version is not
    /// brought to this one, and refused.
    pub async fn open_read_only(path: &Path, schema: &'static Schema) -> Result<Self, StoreError> {
        let place = path.display().to_string();
        let path = std::path::absolute(path).map_err(|error| io_failed(&place, &error))?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(false)
            .read_only(true)
            .immutable(is_at_rest(&path, &place)?)
            .busy_timeout(BUSY)
            .pragma("query_only", "ON")
            .pragma("cache_size", READER_CACHE)
            .pragma("cell_size_check", "ON")
            .disable_statement_logging();
        let mut first = options
            .connect()
            .await
            .map_err(|error| failed(&place, &error))?;
        let version = schema::version(schema, &mut first, &place).await?;
        if version < schema.migrations.len() {
            return Err(unusable(
                &place,
                "an earlier version of this program wrote it, and it cannot be brought to this one where it \
                 may not be written: copy it, with the files beside it, to where it may",
            ));
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(BUSY)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(options.clone());
        Ok(Self {
            schema,
            path,
            place,
            options,
            writer: Mutex::new(None),
            readers,
            read_only: true,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its path, for messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// For one statement that reads.
    pub fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// What SQLite's failure is to people. Its text stays here: it quotes statements and columns.
    pub fn failed(&self, error: sqlx::Error) -> StoreError {
        failed(&self.place, &error)
    }

    pub(super) fn unusable(&self, reason: &str) -> StoreError {
        unusable(&self.place, reason)
    }

    /// What it holds cannot be read.
    pub fn damaged(&self, reason: &str) -> StoreError {
        damaged(&self.place, reason)
    }

    /// Begins a transaction that writes.
    pub async fn begin(&self) -> Result<Transaction<'_>, StoreError> {
        if self.read_only {
            return Err(StoreError::ReadOnly {
                place: self.place.clone(),
            });
        }
        let mut home = self.writer.lock().await;
        let connection = match home.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(|e| self.failed(e))?,
        };
        let mut transaction = Transaction {
            database: self,
            home,
            connection,
        };
        // At once with the lock for writing: one that comes later may fail for what was read before.
        transaction.run("BEGIN IMMEDIATE").await?;
        Ok(transaction)
    }

    /// Begins a transaction of the lease's work, unless the lease is lost. As long as it lasts nobody
    /// takes the lease over.
    pub(super) async fn begin_with(
        &self,
        lease: &SqliteLease,
    ) -> Result<Transaction<'_>, StoreError> {
        let mut transaction = self.begin().await?;
        let found: Option<(i64, i64)> = sqlx::query_as(
            "SELECT token, (SELECT user_version FROM pragma_user_version) FROM lease WHERE work = ?",
        )
        .bind(lease.key())
        .fetch_optional(transaction.connection())
        .await
        .map_err(|error| self.failed(error))?;
        match found {
            Some((_, version)) if self.schema.is_newer(version) => Err(StoreError::Newer {
                place: self.place.clone(),
            }),
            Some((token, _)) if token == lease.token() => Ok(transaction),
            _ => Err(StoreError::LeaseLost(lease.work().to_string())),
        }
    }
}

/// Whether the database's file holds everything, so that SQLite can read it without the files beside it,
/// which it could not create (<https://www.sqlite.org/wal.html#read_only_databases>). What is in the
/// write-ahead log counts, too; read without it, the database would be silently out of date.
fn is_at_rest(path: &Path, place: &str) -> Result<bool, StoreError> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let (log, index) = (beside("-wal"), beside("-shm"));
    let length = match log.metadata() {
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(io_failed(place, &error)),
    };
    match (length, index.exists()) {
        // Somebody may have it open, and write at any moment.
        (_, true) => Ok(false),
        (0, false) => Ok(true),
        (_, false) => Err(unusable(
            place,
            "a part of it is in the file -wal beside it, and the file -shm, without which that is not read on \
             a read-only file system, is missing: copy all of it to where it may be written, and read it \
             there (state_dir in [host] of sgi.toml)",
        )),
    }
}

/// A transaction that writes. When it is dropped its connection is closed, which undoes it: after a
/// failure or a cancelled call nobody need know how far the connection was.
pub struct Transaction<'a> {
    database: &'a Database,
    home: MutexGuard<'a, Option<SqliteConnection>>,
    connection: SqliteConnection,
}

impl Transaction<'_> {
    /// For statements within it.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Keeps what was done: all of it, or on an error nothing.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.run("COMMIT").await?;
        *self.home = Some(self.connection);
        Ok(())
    }

    async fn run(&mut self, statement: &'static str) -> Result<(), StoreError> {
        let done = sqlx::raw_sql(statement).execute(&mut self.connection).await;
        done.map_err(|error| self.database.failed(error))?;
        Ok(())
    }
}
