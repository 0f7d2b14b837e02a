//! A running server and its end.
//!
//! Promised: when [`RealRt::start`] returns, the server answers; when the [`RealRt`] is dropped, its
//! port is closed, none of its processes is left and its directory is gone. `perl/guard.pl` keeps the
//! second promise also for a process that was killed and could drop nothing.

use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Signal, test_kill_process_group};

use crate::{
    command::{group, kill_group, tail, wait},
    error::{Error, Tried as _},
    instance::{Instance, Site, sweep},
    ready,
    state::State,
    template,
};

/// Where Debian keeps it; `/usr/sbin/rt-server` is one of several alternatives.
const SERVER: &str = "/usr/share/request-tracker5/libexec/rt-server";

/// How long the server may take for its last answers, until it is killed. The guard counts it; we
/// wait a little longer for the guard.
const GRACE: Duration = Duration::from_secs(3);

/// How to start a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The path under which it answers: empty for the root, or such as `/rt`.
    pub web_path: String,
    /// How many requests it answers at the same time, each by a process of some 100 MB. More than
    /// the cores gains nothing, because each request computes a password hash.
    pub workers: u8,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            web_path: String::new(),
            workers: 2,
        }
    }
}

/// A real Request Tracker; it ends when this is dropped.
#[derive(Debug)]
pub struct RealRt {
    url: String,
    port: u16,
    guard: Child,
    instance: Instance,
}

impl RealRt {
    /// Starts a server with the known content on a free port of 127.0.0.1 and waits until it answers.
    ///
    /// The first time it also prepares what is missing, as [`crate::prepare`] does.
    ///
    /// # Errors
    ///
    /// As [`crate::prepare`]; a web path that is none; or the server does not come up.
    pub fn start(options: Options) -> Result<Self, Error> {
        if !is_web_path(&options.web_path) {
            return Err(Error::WebPath {
                given: options.web_path,
            });
        }
        let state = State::open()?;
        let lock = state.lock()?;
        let template = template::ready(&state, &lock)?;
        sweep(&state, &lock)?;
        let (listener, port) = listen().tried(|| "listen on a port of 127.0.0.1".to_owned())?;
        let instance = Instance::create(&state, &lock, &template.home)?;
        drop(lock);

        let log = instance.log();
        let errors = File::create(&log).tried(|| format!("write {}", log.display()))?;
        let site = Site {
            scripts: &template.scripts,
            home: &instance.home,
            port,
            web_path: &options.web_path,
        };
        let mut command = site.perl(state.server);
        command
            .arg(template.scripts.join("guard.pl"))
            .args([GRACE.as_secs().to_string(), format!("127.0.0.1:{port}")])
            .args([
                "/usr/bin/perl",
                SERVER,
                "--host",
                "127.0.0.1",
                "--port",
                &port.to_string(),
            ])
            .args(["--max-workers", &options.workers.max(1).to_string()]);
        if !options.web_path.is_empty() {
            command.args(["--webpath", &options.web_path]);
        }
        let guard = command
            .stdin(Stdio::piped())
            .stdout(OwnedFd::from(listener))
            .stderr(errors)
            .process_group(0)
            .spawn()
            .tried(|| "start /usr/bin/perl".to_owned())?;
        // It has our copies of the socket and of the log.
        drop(command);

        let url = format!("http://127.0.0.1:{port}{}", options.web_path);
        let mut rt = Self {
            url,
            port,
            guard,
            instance,
        };
        ready::wait(&rt.url, &mut rt.guard, &log)?;
        Ok(rt)
    }

    /// Where it answers, with the web path and without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process group of the server, its workers and its guard.
    #[must_use]
    pub fn process_group(&self) -> u32 {
        self.guard.id()
    }

    /// The last lines of the server's log: what it warned of, and why.
    #[must_use]
    pub fn log(&self) -> String {
        tail(&self.instance.log())
    }
}

impl Drop for RealRt {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!(
                "real-rt: the end of the log of {}:\n{}",
                self.url,
                self.log()
            );
        }
        // Letting go of the life line asks the guard to end the server.
        drop(self.guard.stdin.take());
        let second = Duration::from_secs(1);
        if !matches!(wait(&mut self.guard, GRACE + second), Ok(Some(_))) {
            kill_group(&self.guard, Signal::KILL);
            let _ = wait(&mut self.guard, second);
        }
        // A killed worker is still listed until init has taken note of it.
        let deadline = Instant::now() + second;
        while group(&self.guard).is_some_and(|group| test_kill_process_group(group).is_ok())
            && Instant::now() < deadline
        {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A socket that listens; the server gets it as it is, so that nobody can take its port.
fn listen() -> std::io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

fn is_web_path(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    path.is_empty()
        || path
            .strip_prefix('/')
            .is_some_and(|rest| rest.split('/').all(part))
}
