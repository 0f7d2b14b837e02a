//! A whole process to a ticket list, beside one `curl` of the same call.

use crate::paired::{Pair, in_turns, timed};
use anyhow::{Context, Result, ensure};
use sgi_test_desks::rt::READER;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What the connector asks RT for.
const QUERY: &str = "query=CF.%7B2%7D%20%3D%20%2742%27&orderby=id&order=ASC&per_page=100&fields=Subject%2CStatus%2CQueue%2COwner%2CRequestor%2CPriority%2CCreated%2CLastUpdated%2CStarts%2CDue%2CResolved%2CCustomFields&fields%5BQueue%5D=Name&fields%5BOwner%5D=Name%2CRealName&fields%5BRequestor%5D=Name%2CRealName%2CEmailAddress";

pub(crate) struct Process {
    home: TempDir,
    program: PathBuf,
    url: String,
}

impl Process {
    /// A user of the program whose desk has been checked.
    pub(crate) fn new(program: &Path, url: &str) -> Result<Self> {
        let home = tempfile::tempdir()?;
        fs::write(
            home.path().join("sgi.toml"),
            format!(
                "[desks.d]\ntype = \"rt\"\nurl = {url:?}\nusername = {:?}\npassword = {{ file = \"password\" }}\n",
                READER.0
            ),
        )?;
        fs::write(home.path().join("password"), READER.1)?;
        let process = Self {
            home,
            program: program.to_owned(),
            url: url.to_owned(),
        };
        let checked = process.sgi(&["check"]).output()?;
        ensure!(
            checked.status.success(),
            "{}",
            String::from_utf8_lossy(&checked.stderr)
        );
        let listed = process.sgi(&["tickets", "42", "--json"]).output()?;
        ensure!(
            listed.status.success(),
            "{}",
            String::from_utf8_lossy(&listed.stderr)
        );
        Ok(process)
    }

    fn sgi(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn curl(&self) -> Command {
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--fail", "--user"])
            .arg(format!("{}:{}", READER.0, READER.1))
            .arg(format!("{}/REST/2.0/tickets?{QUERY}", self.url))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// With `cold`, the compiled code is thrown away before each run.
    pub(crate) fn measure(&self, rounds: usize, cold: bool) -> Result<Pair> {
        let cache = self.home.path().join(".cache");
        let mut failed = None;
        let mut run = |mut command: Command| {
            timed(|| match command.status() {
                Ok(status) if status.success() => {}
                other => failed = Some(format!("{command:?}: {other:?}")),
            })
        };
        // Both closures need it.
        let run = std::cell::RefCell::new(&mut run);
        let pair = in_turns(
            rounds,
            || (run.borrow_mut())(self.curl()),
            || {
                if cold {
                    // Nothing to remove is fine.
                    let _ = fs::remove_dir_all(&cache);
                }
                (run.borrow_mut())(self.sgi(&["tickets", "42", "--json"]))
            },
        );
        match failed {
            None => Ok(pair),
            Some(failed) => Err(anyhow::anyhow!(failed)).context("a process failed"),
        }
    }
}
