//! Runs the program `sgi` as its users do: with a configuration file and folders of its own, and puts
//! between it and a desk what networks have there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test support: what is broken must fail loudly"
)]

mod axe;
pub mod browser;
pub mod canary;
mod certificate;
pub mod chromium;
pub mod client;
mod debian;
pub mod desks;
mod front;
mod guest;
mod node;
mod php;
mod proxy;
mod python;
mod run;
mod schemathesis;
mod service;
pub mod told;

pub use certificate::{Authority, Certificate};
pub use front::Front;
pub use guest::guest;
pub use node::node;
pub use php::php_page;
pub use proxy::{Proxy, Rule};
pub use python::python;
pub use schemathesis::schemathesis;
pub use service::{Answered, Served};

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A user of the program, with a configuration, a state and a cache of their own.
pub struct Sgi {
    home: TempDir,
    /// Whether commands name it.
    config: bool,
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl Sgi {
    /// Without any.
    pub fn without_config() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        Self {
            home,
            config: false,
        }
    }

    /// With this `sgi.toml`.
    pub fn with_config(config: &str) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(home.path().join("sgi.toml"), config).expect("a writable folder");
        Self { home, config: true }
    }

    /// With one RT desk named `helpdesk`; `more` is appended to its table.
    pub fn with_rt(url: &str, username: &str, password: &str, more: &str) -> Self {
        Self::with_config(&format!(
            "[desks.helpdesk]\ntype = \"rt\"\nurl = {url:?}\nusername = {username:?}\npassword = \
             {password:?}\n{more}\n"
        ))
    }

    /// The folder with its configuration, and its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Puts a file beside `sgi.toml`.
    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.home.path().join(name), content).expect("a writable folder");
    }

    /// Runs the program with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs the program with these arguments, and this on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program was built by `cargo verify` before the tests");
        // One that reads nothing may be gone by now.
        let mut stdin = child.stdin.take().expect("a pipe");
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().expect("it ends");
        // One who asks for the secrets gets them.
        if !arguments.contains(&"--with-secrets") {
            for printed in [&stdout, &stderr] {
                canary::not_in(&format!("sgi {}", arguments.join(" ")), printed);
            }
        }
        Ran {
            status: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).expect("UTF-8"),
            err: String::from_utf8(stderr).expect("UTF-8"),
        }
    }

    /// Starts the program, and listens to nothing that it says.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program was built by `cargo verify` before the tests")
    }

    /// The program with these arguments, not yet run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let home = self.home.path();
        let mut command = Command::new(program());
        command.args(arguments);
        if self.config {
            command.arg("--config").arg(home.join("sgi.toml"));
        }
        command
            .current_dir(home)
            .env_clear()
            .env("HOME", home)
            .env("TZ", "UTC");
        command
    }
}

impl Drop for Sgi {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            canary::not_below(self.home.path());
        }
    }
}

/// Beside the folder in which cargo puts the tests themselves.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own file");
    test.ancestors().nth(2).expect("target/debug").join("sgi")
}
