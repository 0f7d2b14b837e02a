//! Node.js, recent enough to make components of JavaScript.

use crate::debian;
use crate::run::{alone, run, tools};
use std::path::PathBuf;
use std::process::Command;

/// What is fetched where there is none, or one that is too old, as Debian 12's.
const VERSION: &str = "22.23.3";
/// The first that does.
const LEAST: u32 = 20;

/// The folder with its program, if it is none that is found anyway. npm is installed where it is missing.
pub fn node() -> Option<PathBuf> {
    let _alone = alone("node");
    if Command::new("npm").arg("--version").output().is_err() {
        debian::install(&["npm"]);
    }
    if installed().is_some_and(|major| major >= LEAST) {
        return None;
    }
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => panic!("npm has no Node.js for {other}"),
    };
    let home = tools().join(format!("node-{VERSION}"));
    let folder = home.join("bin");
    if !folder.join("node").is_file() {
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).expect("a writable folder");
        let package = format!("node-linux-{machine}@{VERSION}");
        let npm = ["pack", "--silent", &package];
        run(Command::new("npm").args(npm).current_dir(&home)).unwrap_or_else(|why| panic!("{why}"));
        let mut unpack = Command::new("tar");
        unpack.args(["--extract", "--gzip", "--strip-components=1", "--file"]);
        let archive = format!("node-linux-{machine}-{VERSION}.tgz");
        run(unpack.arg(archive).current_dir(&home)).unwrap_or_else(|why| panic!("{why}"));
    }
    Some(folder)
}

/// The major version of the one that is there.
fn installed() -> Option<u32> {
    let told = Command::new("node").arg("--version").output().ok()?.stdout;
    let told = String::from_utf8(told).ok()?;
    told.trim()
        .strip_prefix('v')?
        .split('.')
        .next()?
        .parse()
        .ok()
}
