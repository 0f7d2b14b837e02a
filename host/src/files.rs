//! Files that something else may lie in place of, or that somebody else may have touched: read
//! within bounds, written whole.
//!
//! A name may stand for a pipe that nobody writes to or a device that never ends. What the host finds
//! by itself (components, compiled code, keys, what checks learned) must be a regular file, and is
//! opened so that nothing can make it wait. What a person named (`sgi.toml`, a password) may be a pipe.

use rustix::process::geteuid;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const NOT_WAITING: i32 = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();

/// Reads a regular file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> io::Result<(Vec<u8>, Metadata)> {
    // Before it is opened: opening alone wakes some devices.
    regular(&fs::metadata(path)?)?;
    let file = File::options()
        .read(true)
        .custom_flags(NOT_WAITING)
        .open(path)?;
    // And once more: by now it may be another one.
    let metadata = file.metadata()?;
    regular(&metadata)?;
    Ok((bounded(file, metadata.len(), limit)?, metadata))
}

/// Reads what a person named: a file, or a pipe that a shell made (`<(…)`).
pub(crate) fn read_named(path: &Path, limit: u64) -> io::Result<(Vec<u8>, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((bounded(file, metadata.len(), limit)?, metadata))
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    let what = if kind.is_dir() {
        "a folder"
    } else if kind.is_fifo() {
        "a pipe"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "a socket"
    };
    Err(io::Error::other(format!(
        "it is {what} and not a regular file"
    )))
}

fn bounded(file: File, announced: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if announced <= limit {
        bytes.reserve(usize::try_from(announced).unwrap_or(0));
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= limit {
            return Ok(bytes);
        }
    }
    let limit = match limit >> 20 {
        0 => format!("{limit} bytes"),
        mebibytes => format!("{mebibytes} MiB"),
    };
    Err(io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("it is larger than {limit}"),
    ))
}

/// Whether a file belongs to the user that runs the process, and others have none of these rights.
pub fn is_ours(metadata: &Metadata, none_of: u32) -> bool {
    metadata.uid() == geteuid().as_raw() && metadata.mode() & none_of == 0
}

/// Who else may change a file or a folder that is to be trusted. Root may own it, and a group may
/// write to it: that is how several administrators share a folder.
pub(crate) fn changeable_by(metadata: &Metadata) -> Option<String> {
    let (owner, mode) = (metadata.uid(), metadata.mode() & 0o777);
    if owner != 0 && owner != geteuid().as_raw() {
        return Some(format!(
            "belongs to user {owner}, and neither to root nor to the user that runs the host"
        ));
    }
    (mode & 0o002 != 0).then(|| format!("can be changed by everybody (mode {mode:03o})"))
}

/// Makes sure that a folder is there, is ours, and that others have none of these rights to it.
pub fn own_folder(path: &Path, none_of: u32) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)?;
    if is_ours(&fs::metadata(path)?, none_of) {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} must belong to the user that runs the host and be closed to others: `chmod 700` it",
        path.display()
    )))
}

/// Writes a file under another name first: a reader sees the whole file or none.
pub(crate) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let temporary = temporary(path)?;
    let written = create(&temporary, parts).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Best effort: the error that matters is the first one.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The same, and nothing takes it back once this has returned: not even the machine's power.
pub(crate) fn replace_durably(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let temporary = temporary(path)?;
    let written = create(&temporary, parts)
        .and_then(|()| File::open(&temporary)?.sync_all())
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        });
    if written.is_err() {
        // Best effort, as above.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Writes a file unless there is one; `false` if there is.
pub fn create_new(path: &Path, parts: &[&[u8]]) -> io::Result<bool> {
    let temporary = temporary(path)?;
    // Others may do the same at this moment: the first one to link its file wins.
    let linked = create(&temporary, parts).and_then(|()| fs::hard_link(&temporary, path));
    let _ = fs::remove_file(&temporary);
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// A name beside `path` that nobody else takes: not another thread, and not a process that had the
/// same number and died before it could clean up.
fn temporary(path: &Path) -> io::Result<PathBuf> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(path.with_extension(format!("{:016x}.tmp", u64::from_le_bytes(random))))
}

fn create(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.flush()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A pipe that nobody writes to.
    pub(crate) fn pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    }

    #[test]
    fn what_is_no_regular_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let told = |path: &Path| read(path, 10).unwrap_err().to_string();
        symlink("/dev/zero", &path).unwrap();
        assert!(told(&path).contains("a device"));
        fs::remove_file(&path).unwrap();
        pipe(&path);
        assert!(told(&path).contains("a pipe"));
        assert!(told(folder.path()).contains("a folder"));
        assert!(told(&folder.path().join("y")).contains("No such file"));
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, [7; 10]).unwrap();
        assert_eq!(read(&path, 10).unwrap().0, [7; 10]);
        let error = read(&path, 9).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 9 bytes");
        // These have no length, or none that is true.
        assert!(read_named(Path::new("/dev/zero"), 2 << 20).is_err());
        assert!(
            !read(Path::new("/proc/self/status"), 1 << 20)
                .unwrap()
                .0
                .is_empty()
        );
    }

    #[test]
    fn who_else_may_change_a_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, "").unwrap();
        let changeable = || changeable_by(&fs::metadata(&path).unwrap());
        for (mode, changed) in [(0o600, false), (0o775, false), (0o666, true), (0o777, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(changeable().is_some(), changed, "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        if geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
            assert!(changeable().unwrap().contains("user 65534"));
        }
    }
}
