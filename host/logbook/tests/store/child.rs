//! Other processes: this test program once more, to be killed.

use crate::backend::Backend;
use crate::samples::*;
use sgi_logbook::Store;
use sgi_logbook::store::Step;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{ChildStdout, Command, Stdio};

const ROLE: &str = "SGI_STORE_CHILD";
const PLACE: &str = "SGI_STORE_PLACE";

/// Begins a line for the parent; others are the test harness's.
const SAYS: &str = "child: ";

/// Entries of each step of a child that commits.
pub(crate) const ENTRIES: u64 = 3;

pub(crate) struct Child {
    process: std::process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub(crate) fn start<B: Backend>(role: &str, place: &str) -> Self {
        let command = Command::new(std::env::current_exe().unwrap());
        Self::start_with::<B>(command, role, place)
    }

    /// With a command to which the test program's arguments are added.
    pub(crate) fn start_with<B: Backend>(mut command: Command, role: &str, place: &str) -> Self {
        let test = format!("{}::child", B::MODULE);
        let mut process = command
            .args(["--exact", &test, "--ignored", "--nocapture"])
            .env(ROLE, role)
            .env(PLACE, place)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, lines }
    }

    /// What it says next; none: it has ended.
    pub(crate) fn next(&mut self) -> Option<String> {
        self.lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix(SAYS).map(str::to_owned))
    }

    /// With SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The step with this number.
pub(crate) fn step(n: u64) -> Step {
    let ticket = n.to_string();
    let event = |e: u64| entry(DESK, &ticket, &format!("{n}-{e}"), "a", at(n as i64));
    Step {
        keep: vec![kept(&ticket, &["a"])],
        entries: (0..ENTRIES).map(event).collect(),
        deliver: true,
        cursor: Some(n.to_string()),
        ..Step::default()
    }
}

/// What the child does.
pub(crate) fn main<B: Backend>() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let place = std::env::var(PLACE).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = B::at(&place).await;
        match role.as_str() {
            "hold" => {
                let _lease = store.lease(sync(DESK)).await.unwrap();
                say("has it");
                std::future::pending::<()>().await;
            }
            "commit" => commit(&store).await,
            _ => panic!("no such role: {role}"),
        }
    });
}

/// Commits one step after the other, and tells of each when it is done, until one fails.
async fn commit<S: Store>(store: &S) {
    let lease = opened(store, DESK).await;
    let desk = store.desk(DESK).await.unwrap().unwrap();
    // Beginning with the last, once more, as one does who was killed before the cursor was known.
    let last: u64 = desk.cursor.map_or(0, |cursor| cursor.parse().unwrap());
    for n in last.. {
        match store.commit(&lease, &step(n)).await {
            Ok(_) => say(&n.to_string()),
            Err(error) => return say(&format!("{error:?}")),
        }
    }
}

fn say(what: &str) {
    // On a line of its own, whatever the harness has begun.
    println!("\n{SAYS}{what}");
    std::io::stdout().flush().unwrap();
}
