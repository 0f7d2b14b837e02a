//! The directory of one server: its copy of the database, its compiled pages, sessions and log.
//!
//! Promised: nobody else uses it, and it goes when its [`Instance`] is dropped. The directory of a
//! process that was killed goes with the next start of a server: it is ours to remove when the lock
//! file in it is not held.

use std::{
    fs::{self, DirBuilder, File},
    io::ErrorKind,
    os::unix::{fs::DirBuilderExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{self, Command},
    time::Duration,
};

use crate::{
    command::run,
    error::{Error, Tried as _},
    state::{Lock, State, User, own},
};

const PREFIX: &str = "server-";

/// A server's directory.
#[derive(Debug)]
pub(crate) struct Instance {
    pub(crate) home: PathBuf,
    #[expect(
        dead_code,
        reason = "held for its lock, which says that the directory is in use"
    )]
    in_use: File,
}

impl Instance {
    /// Copies a template's home.
    pub(crate) fn create(state: &State, _lock: &Lock, template: &Path) -> Result<Self, Error> {
        let directory = new_directory(&state.root)?;
        let what = || format!("use the directory {}", directory.display());
        own(&directory, state.server, 0o700)?;
        let in_use = File::create(lock_file(&directory)).tried(what)?;
        in_use.lock().tried(what)?;
        let instance = Self {
            home: directory,
            in_use,
        };

        // `cp` keeps owners and modes, and shares the blocks where the file system can.
        let mut copy = Command::new("cp");
        copy.args(["--archive", "--reflink=auto", "--no-target-directory"])
            .args([template, &instance.home]);
        let log = state.root.join("copy.log");
        run(
            "copying the template",
            &mut copy,
            &log,
            Duration::from_secs(60),
        )?;
        Ok(instance)
    }

    /// Where the server's standard error goes.
    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.home) {
            eprintln!("real-rt: cannot remove {}: {error}", self.home.display());
        }
    }
}

/// Removes what processes left behind that were killed.
pub(crate) fn sweep(state: &State, _lock: &Lock) -> Result<(), Error> {
    let what = || format!("read the directory {}", state.root.display());
    for entry in fs::read_dir(&state.root).tried(what)? {
        let entry = entry.tried(what)?;
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let directory = entry.path();
        let abandoned = match File::open(lock_file(&directory)) {
            Ok(file) => file.try_lock().is_ok(),
            // Its maker died between two steps; those are taken under the lock that we hold.
            Err(error) => error.kind() == ErrorKind::NotFound,
        };
        // A server that is just ending may still write to it: then the next start removes it.
        if abandoned {
            let _ = fs::remove_dir_all(&directory);
        }
    }
    Ok(())
}

/// No other live process has our number, and what a dead one left under it keeps its name.
fn new_directory(root: &Path) -> Result<PathBuf, Error> {
    let mut number = 0;
    loop {
        let directory = root.join(format!("{PREFIX}{}-{number}", process::id()));
        match DirBuilder::new().mode(0o700).create(&directory) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            made => {
                return made
                    .tried(|| format!("make the directory {}", directory.display()))
                    .map(|()| directory);
            }
        }
    }
}

fn lock_file(directory: &Path) -> PathBuf {
    directory.join("in-use")
}

/// What differs between two servers of one template; `site_config.pm` reads it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site<'a> {
    pub(crate) scripts: &'a Path,
    pub(crate) home: &'a Path,
    pub(crate) port: u16,
    pub(crate) web_path: &'a str,
}

impl Site<'_> {
    /// A Perl that finds this configuration, as the server's user, with nothing of our environment.
    pub(crate) fn perl(&self, user: User) -> Command {
        let mut perl = Command::new("/usr/bin/perl");
        perl.env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C.UTF-8")
            .env("TMPDIR", self.home.join("tmp"))
            .env("RT_SITE_CONFIG", self.scripts.join("site_config.pm"))
            .env("RT_SITE_CONFIG_DIR", "/dev/null")
            .env("REAL_RT_HOME", self.home)
            .env("REAL_RT_PORT", self.port.to_string())
            .env("REAL_RT_WEB_PATH", self.web_path)
            .current_dir("/")
            .uid(user.uid)
            .gid(user.gid);
        perl
    }
}
