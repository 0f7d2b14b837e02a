//! The directory in which templates and running servers live, and the lock on it.
//!
//! It is a directory of its own in the system's temporary directory and not in Cargo's target
//! directory, because the server runs as `www-data`, who cannot enter a checkout under, say, `/root`.
//! Promised: only root can write to it, only root and `www-data` can look into it, and what is done
//! under the [`Lock`] is done by one process at a time.
//!
//! ```text
//! /tmp/sgi-real-rt-0/            root:www-data 0750
//!   lock                         held while installing, building, sweeping and copying
//!   template-<fingerprint>/      see `template`
//!   server-<process>-<number>/   see `instance`
//! ```

use std::{
    env,
    fs::{self, DirBuilder, File, Permissions, TryLockError},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
};

use crate::error::{Error, Tried as _};

/// As whom Debian's packages mean the server to run.
const SERVER_USER: &str = "www-data";

/// A user of the system.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// Our directory.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) root: PathBuf,
    pub(crate) server: User,
}

/// Nobody else has it, in this process or in another, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Lock(#[expect(dead_code, reason = "closing the file gives the lock back")] File);

impl State {
    /// Makes the directory, or makes sure that the one that is there can be trusted.
    pub(crate) fn open() -> Result<Self, Error> {
        let me = rustix::process::geteuid().as_raw();
        if me != 0 {
            return Err(Error::NotRoot { uid: me });
        }
        let server = user(SERVER_USER)?;
        let parent = env::temp_dir();
        let parent = parent
            .canonicalize()
            .tried(|| format!("find the temporary directory {}", parent.display()))?;
        for directory in parent.ancestors() {
            if !may_enter(directory, server)? {
                return Err(Error::OutOfReach {
                    path: directory.to_owned(),
                });
            }
        }

        let root = parent.join(format!("sgi-real-rt-{me}"));
        match DirBuilder::new().mode(0o700).create(&root) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(error).tried(|| format!("make the directory {}", root.display()));
            }
            _ => trust(&root, me)?,
        }
        share(&root, server, 0o750)?;
        Ok(Self { root, server })
    }

    /// Waits for the lock. It falls when its holder dies, so only a live holder is waited for.
    pub(crate) fn lock(&self) -> Result<Lock, Error> {
        let path = self.root.join("lock");
        let what = || format!("lock {}", path.display());
        let file = File::create(&path).tried(what)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => file.lock().tried(what)?,
            Err(TryLockError::Error(error)) => return Err(error).tried(what),
        }
        Ok(Lock(file))
    }
}

/// Lets the server's group in as `mode` says; the owner stays root.
pub(crate) fn share(path: &Path, server: User, mode: u32) -> Result<(), Error> {
    own(path, User { uid: 0, ..server }, mode)
}

/// Gives a file or directory to `owner`.
pub(crate) fn own(path: &Path, owner: User, mode: u32) -> Result<(), Error> {
    chown(path, Some(owner.uid), Some(owner.gid))
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)))
        .tried(|| format!("set the owner and the mode of {}", path.display()))
}

/// Anybody may make a directory in `/tmp`, also one that has our name.
fn trust(root: &Path, me: u32) -> Result<(), Error> {
    let found = fs::symlink_metadata(root).tried(|| format!("look at {}", root.display()))?;
    let problem = if !found.is_dir() {
        "is no directory"
    } else if found.uid() != me {
        "belongs to another user"
    } else if found.mode() & 0o022 != 0 {
        "can be written to by others"
    } else {
        return Ok(());
    };
    Err(Error::UnsafeState {
        path: root.to_owned(),
        problem,
    })
}

fn may_enter(directory: &Path, user: User) -> Result<bool, Error> {
    let found = fs::metadata(directory).tried(|| format!("look at {}", directory.display()))?;
    let enter = if found.uid() == user.uid {
        0o100
    } else if found.gid() == user.gid {
        0o010
    } else {
        0o001
    };
    Ok(found.mode() & enter != 0)
}

fn user(name: &str) -> Result<User, Error> {
    let users = fs::read_to_string("/etc/passwd").tried(|| "read /etc/passwd".to_owned())?;
    users
        .lines()
        .find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(User { uid, gid })
        })
        .ok_or_else(|| std::io::Error::other("there is no such user in /etc/passwd"))
        .tried(|| format!("run the server as {name}"))
}
