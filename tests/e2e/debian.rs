//! Debian's packages, installed where they are missing.

use crate::run::run;
use std::process::Command;

/// Makes sure that these are there. It needs root, as the whole of `cargo verify` does.
pub(crate) fn install(packages: &[&str]) {
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !is_there(package))
        .collect();
    if missing.is_empty() {
        return;
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt.args(["--quiet", "--option", "DPkg::Lock::Timeout=600"]);
        run(apt.args(arguments))
    };
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    // The lists are fetched only when the first try shows that they are missing or out of date.
    if apt(&install).is_err() {
        apt(&["update"]).expect("the Debian mirror is in reach");
        apt(&install).unwrap_or_else(|why| panic!("{why}"));
    }
}

fn is_there(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    let answer = query
        .args(["--show", "--showformat=${db:Status-Status}", package])
        .output();
    answer.is_ok_and(|answer| answer.stdout == b"installed")
}
