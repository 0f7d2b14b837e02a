//! Schemathesis, which holds an API against its description. It is fetched into `target/`, once.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const VERSION: &str = "4.32.5";

/// Its program. Debian's Python, from 3.10 on, is installed where it is missing.
pub fn schemathesis() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own file");
    let target = test.ancestors().nth(3).expect("target");
    let tools = target.join("tools");
    std::fs::create_dir_all(&tools).expect("a writable folder");
    // One test at a time sets it up.
    let lock = std::fs::File::create(tools.join("schemathesis.lock")).expect("a lock file");
    lock.lock().expect("a lock");
    let home = tools.join(format!("schemathesis-{VERSION}"));
    let program = home.join("bin/schemathesis");
    if program.exists() {
        return program;
    }
    // What an earlier attempt left.
    let _ = std::fs::remove_dir_all(&home);
    let venv = |home: &Path| run(Command::new("python3").args(["-m", "venv"]).arg(home));
    if venv(&home).is_err() {
        let _ = std::fs::remove_dir_all(&home);
        let install = [
            "install",
            "--yes",
            "--no-install-recommends",
            "python3-venv",
        ];
        let apt = || {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt.args(["--quiet", "--option", "DPkg::Lock::Timeout=600"]);
            apt
        };
        if run(apt().args(install)).is_err() {
            run(apt().arg("update")).expect("the Debian mirror is in reach");
            run(apt().args(install)).expect("python3-venv");
        }
        venv(&home).expect("a folder for Python's packages");
    }
    let package = format!("schemathesis=={VERSION}");
    let fetched = run(Command::new(home.join("bin/pip")).args(["install", "--quiet", &package]));
    if let Err(why) = fetched {
        let _ = std::fs::remove_dir_all(&home);
        panic!("{why}");
    }
    program
}

fn run(command: &mut Command) -> Result<(), String> {
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
