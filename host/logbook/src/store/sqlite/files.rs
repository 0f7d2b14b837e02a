//! The files of a store: the database, and beside it one lock file for each work.

use crate::store::Work;
use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Creates the database's file, empty, and the folders above it, where they are not there yet: for
/// nobody but the owner. What is there already keeps its rights.
///
/// A database that is there is not opened here: closing it would end all locks that SQLite has on it
/// in this process (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
pub(super) fn create(database: &Path) -> io::Result<()> {
    if let Some(folder) = database.parent() {
        let missing: Vec<&Path> = folder.ancestors().take_while(|f| !f.exists()).collect();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        // A new folder is there after a loss of power once the one above it is written.
        for above in missing.iter().filter_map(|folder| folder.parent()) {
            File::open(above)?.sync_all()?;
        }
    }
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(database);
    match created {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Locks a file, creating it where needed, until what comes back is dropped or the process dies; none:
/// somebody else has it locked. Lock files are never removed: whoever waits for one would wait for
/// another file than the next who comes.
pub(super) fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The lock file of a work.
pub(super) fn lock_of(database: &Path, work: &Work) -> PathBuf {
    match work {
        Work::Delivery => beside(database, "delivery.lock"),
        Work::Sync(desk) => beside(database, &format!("desk-{}.lock", file_safe(desk))),
    }
}

/// The lock file for creating and migrating the database.
pub(super) fn lock_of_schema(database: &Path) -> PathBuf {
    beside(database, "schema.lock")
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(".");
    name.push(ending);
    name.into()
}

/// The name itself where it is one that settings allow, otherwise its hash behind a sign that no
/// allowed name has.
fn file_safe(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.is_empty() && name.len() <= 64 && name.chars().all(plain) {
        name.to_owned()
    } else {
        format!("~{}", blake3::hash(name.as_bytes()).to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_stay_in_their_folder() {
        let of = |desk: &str| lock_of(Path::new("/x/log.db"), &Work::Sync(desk.to_owned()));
        assert_eq!(
            of("help.desk_1-a"),
            Path::new("/x/log.db.desk-help.desk_1-a.lock")
        );
        let long = "n".repeat(65);
        let odd = [
            "",
            "../../etc/passwd",
            "a/b",
            "ä",
            "a\0b",
            "~",
            long.as_str(),
        ];
        let mut seen = std::collections::HashSet::new();
        for name in odd {
            let path = of(name);
            assert_eq!(path.parent(), Some(Path::new("/x")), "{name}");
            assert!(path.to_str().unwrap().len() < 128, "{name}");
            assert!(seen.insert(path), "{name}");
        }
    }
}
