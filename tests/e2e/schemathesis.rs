//! Schemathesis, which holds an API against its description. It is fetched into `target/`, once.

use crate::debian;
use crate::run::{alone, run, tools};
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "4.32.5";

/// Its program. Debian's Python, from 3.10 on, is installed where it is missing.
pub fn schemathesis() -> PathBuf {
    let _alone = alone("schemathesis");
    let home = tools().join(format!("schemathesis-{VERSION}"));
    let program = home.join("bin/schemathesis");
    if program.exists() {
        return program;
    }
    // What an earlier attempt left.
    let _ = std::fs::remove_dir_all(&home);
    let venv = |home: &Path| run(Command::new("python3").args(["-m", "venv"]).arg(home));
    if venv(&home).is_err() {
        let _ = std::fs::remove_dir_all(&home);
        debian::install(&["python3-venv"]);
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
