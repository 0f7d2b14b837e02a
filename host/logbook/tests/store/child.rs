//! Other processes: this test program once more, to be killed.

use crate::backend::Lasting;
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

/// What a child does.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    /// Takes the lease of a desk and keeps it.
    Hold,
    /// Commits one step after the other.
    Commit,
}

impl Role {
    const ALL: [Self; 2] = [Self::Hold, Self::Commit];

    /// The test that starts such a child, and that the child runs: with a role it is the child.
    fn test(self) -> &'static str {
        match self {
            Self::Hold => "after_a_killed_process",
            Self::Commit => "killed_in_between",
        }
    }
}

pub(crate) struct Child {
    process: std::process::Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Child {
    pub(crate) fn start<B: Lasting>(role: Role, place: &str) -> Self {
        let command = Command::new(std::env::current_exe().unwrap());
        Self::start_with::<B>(command, role, place)
    }

    /// With a command to which the test program's arguments are added.
    pub(crate) fn start_with<B: Lasting>(mut command: Command, role: Role, place: &str) -> Self {
        let test = format!("{}::processes::{}", B::MODULE, role.test());
        let mut process = command
            .args(["--exact", &test, "--nocapture"])
            .env(ROLE, role.test())
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

/// Whether this process is a child; then it has done its work.
pub(crate) async fn was_meant<B: Lasting>() -> bool {
    let Ok(role) = std::env::var(ROLE) else {
        return false;
    };
    let role = Role::ALL.into_iter().find(|known| known.test() == role);
    let store = B::at(&std::env::var(PLACE).unwrap()).await;
    match role.expect("a role") {
        Role::Hold => {
            let _lease = store.lease(sync(DESK)).await.unwrap();
            say("has it");
            std::future::pending::<()>().await;
        }
        Role::Commit => commit(&store).await,
    }
    true
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
