//! Programs that set something up.

use std::path::PathBuf;
use std::process::{Command, Output};

/// Where what is fetched for tests is kept: `target/tools`.
pub(crate) fn tools() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own file");
    let target = test.ancestors().nth(3).expect("target");
    let tools = target.join("tools");
    std::fs::create_dir_all(&tools).expect("a writable folder");
    tools
}

/// One test at a time sets this up, for as long as what it gets lives.
pub(crate) fn alone(what: &str) -> std::fs::File {
    let lock = std::fs::File::create(tools().join(format!("{what}.lock"))).expect("a lock file");
    lock.lock().expect("a lock");
    lock
}

/// Runs it to its end; fails with what it said.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"));
    let Output { status, stderr, .. } = output?;
    match status.success() {
        true => Ok(()),
        false => Err(format!(
            "{command:?}: {status}: {}",
            String::from_utf8_lossy(&stderr)
        )),
    }
}
