//! The directory of one server: its copy of the database, its compiled pages, sessions and log.
//!
//! Promised: nobody else uses it, and it goes when its [`Instance`] is dropped. The directory of a
//! process that was killed goes with the next start of a server: it is ours to remove when the lock
//! file in it is not held.

use std::{
    fs::{self, DirBuilder, File},
    os::unix::{fs::DirBuilderExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
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
    /// Copies a template's home. `port` makes the name: no other live server has it.
    pub(crate) fn create(
        state: &State,
        _lock: &Lock,
        template: &Path,
        port: u16,
    ) -> Result<Self, Error> {
        let directory = state.root.join(format!("{PREFIX}{port}"));
        let what = || format!("make the directory {}", directory.display());
        DirBuilder::new()
            .mode(0o700)
            .create(&directory)
            .tried(what)?;
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
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        // A server that is just ending may still write to it: then the next start removes it.
        if abandoned {
            let _ = fs::remove_dir_all(&directory);
        }
    }
    Ok(())
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
