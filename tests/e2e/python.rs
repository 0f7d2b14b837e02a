//! Python with virtual environments, which Debian keeps in a package of its own.

use crate::debian;
use crate::run::{alone, run};
use std::process::Command;

/// Makes sure that it is there.
pub fn python() {
    let _alone = alone("python");
    let there = run(Command::new("python3").args(["-m", "ensurepip", "--version"]));
    if there.is_err() {
        debian::install(&["python3-venv"]);
    }
}
