//! What SQLite's failures are to the logbook. Their texts stay here: they quote statements and columns.

use crate::store::StoreError;
use std::io;

/// SQLite's result codes (<https://www.sqlite.org/rescode.html>).
mod code {
    pub(super) const ERROR: i32 = 1;
    pub(super) const PERM: i32 = 3;
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const IOERR_SHORT_READ: i32 = 522;
    pub(super) const IOERR_SHMSIZE: i32 = 4874;
    pub(super) const IOERR_DATA: i32 = 8202;
    pub(super) const IOERR_CORRUPTFS: i32 = 8458;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const NOTADB: i32 = 26;
}

/// The failure of a statement or a connection.
pub(super) fn failed(place: &str, error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse().ok());
            by_code(place, code.unwrap_or_default())
        }
        sqlx::Error::Io(error) => io_failed(place, error),
        sqlx::Error::RowNotFound
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_) => damaged(place, "a row is not as this program writes it"),
        sqlx::Error::PoolTimedOut => unusable(
            place,
            "all its connections are at work: try again when less is asked of it",
        ),
        _ => unusable(place, "the connection to it has ended: try again"),
    }
}

fn by_code(place: &str, code: i32) -> StoreError {
    let full = || StoreError::Full {
        place: place.to_owned(),
    };
    match code {
        // The file with the index of the write-ahead log could not grow.
        code::IOERR_SHMSIZE => return full(),
        code::IOERR_SHORT_READ | code::IOERR_DATA | code::IOERR_CORRUPTFS => {
            return damaged(place, "a part of the file is missing or wrong");
        }
        _ => {}
    }
    // The lowest byte is the primary code.
    match code & 0xff {
        code::FULL => full(),
        code::CORRUPT => damaged(place, "the database's pages are not in order"),
        code::NOTADB => damaged(place, "the file is not a database"),
        // All statements are tested against the schema: it is another one.
        code::ERROR => damaged(place, "its tables are not those of this program"),
        code::BUSY | code::LOCKED => unusable(
            place,
            "another process keeps it locked: end what has it open beside sgi (an SQLite shell, a backup), and \
             try again",
        ),
        code::PERM | code::READONLY => read_only(place),
        code::CANTOPEN => unusable(
            place,
            "it cannot be opened: see that it is a file, and that the user that runs sgi may read and write \
             it and its folder",
        ),
        code::IOERR => unusable(
            place,
            "reading or writing the file failed: see the system's log for trouble with its disk",
        ),
        _ => unusable(place, &format!("SQLite reports code {code}")),
    }
}

/// The failure of a file beside the database.
pub(super) fn io_failed(place: &str, error: &io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full {
            place: place.to_owned(),
        },
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => read_only(place),
        _ => unusable(
            place,
            &format!(
                "{error}; see that state_dir in [host] of sgi.toml is a folder on a disk of this machine"
            ),
        ),
    }
}

fn read_only(place: &str) -> StoreError {
    StoreError::ReadOnly {
        place: place.to_owned(),
    }
}

pub(super) fn damaged(place: &str, reason: &str) -> StoreError {
    StoreError::Damaged {
        place: place.to_owned(),
        reason: reason.to_owned(),
    }
}

pub(super) fn unusable(place: &str, reason: &str) -> StoreError {
    StoreError::Unusable {
        place: place.to_owned(),
        reason: reason.to_owned(),
    }
}
