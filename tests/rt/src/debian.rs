//! Request Tracker from the packages of Debian 12.
//!
//! Promised: nothing is asked, no server is started (the packages' only unit is a place holder for an
//! order of starting; a mail program that runs on demand replaces the mail server that Debian would
//! take), no file of theirs in `/etc` is changed, and a mail server that is there stays.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    command::run,
    error::{Error, Tried as _},
};

/// What has to be installed; all else follows from their dependencies. The last two are choices among
/// the dependencies of the first: a web server in Perl and SQLite.
const PACKAGES: [&str; 3] = ["request-tracker5", "rt5-standalone", "rt5-db-sqlite"];

/// Satisfies the dependency on a mail server with a program of 160 kB that nothing calls.
const MAILER: &str = "dma";

/// No database in /var/lib and no cron jobs: our servers bring their own.
const ANSWERS: &str = "\
request-tracker5 request-tracker5/dbconfig-install boolean false
request-tracker5 request-tracker5/install-cronjobs boolean false
";

/// In a bare system that is 110 MB to fetch, some 350 packages and one minute. apt itself waits up to
/// ten minutes for another apt.
const LIMIT: Duration = Duration::from_secs(1800);

/// Makes sure that the packages are there and returns their version.
pub(crate) fn request_tracker(state: &Path) -> Result<String, Error> {
    if let Some(version) = installed() {
        return Ok(version);
    }
    is_debian_12()?;
    let began = Instant::now();
    eprintln!("real-rt: installing Request Tracker 5 (once on this machine)");
    install(state)?;
    let version = installed().ok_or_else(|| Error::Failed {
        what: format!("installing {}", PACKAGES.join(", ")),
        how: "apt-get reported success".to_owned(),
        output: "  but dpkg-query does not list them as installed\n".to_owned(),
    })?;
    eprintln!(
        "real-rt: installed {version} in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    Ok(version)
}

/// The version of Request Tracker when all packages are installed.
fn installed() -> Option<String> {
    let format = "--showformat=${Package} ${db:Status-Status} ${Version}\n";
    let answer = Command::new("dpkg-query")
        .args(["--show", format])
        .args(PACKAGES)
        .output()
        .ok()?;
    let answer = String::from_utf8(answer.stdout).ok()?;
    let version_of = |package| {
        answer.lines().find_map(|line| {
            line.strip_prefix(package)?
                .strip_prefix(" installed ")
                .map(str::to_owned)
        })
    };
    let mut versions = PACKAGES
        .into_iter()
        .map(version_of)
        .collect::<Option<Vec<_>>>()?;
    Some(versions.swap_remove(0))
}

/// The facts about this server were found with the packages of this release.
fn is_debian_12() -> Result<(), Error> {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = |key: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches('"')
    };
    if value("ID") == "debian" && value("VERSION_ID") == "12" {
        return Ok(());
    }
    Err(Error::NotDebian {
        found: format!("{} {}", value("ID"), value("VERSION_ID")),
    })
}

fn install(state: &Path) -> Result<(), Error> {
    let log = state.join("install.log");
    let answers = state.join("debconf");
    fs::write(&answers, ANSWERS).tried(|| format!("write {}", answers.display()))?;
    let mut preseed = Command::new("debconf-set-selections");
    run("debconf-set-selections", preseed.arg(&answers), &log, LIMIT)?;

    // The lists are fetched only when the first try shows that they are missing or out of date.
    if run("apt-get install", &mut install_command(), &log, LIMIT).is_err() {
        run("apt-get update", apt_get().arg("update"), &log, LIMIT)?;
        let what = "apt-get install, also after apt-get update (is the Debian mirror in reach?),";
        run(what, &mut install_command(), &log, LIMIT)?;
    }
    Ok(())
}

fn install_command() -> Command {
    let mut command = apt_get();
    command
        .args(["install", "--yes", "--no-install-recommends"])
        .args(PACKAGES);
    if !has_mail_server() {
        command.arg(MAILER);
    }
    command
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C.UTF-8")
        .args(["--quiet", "--option", "DPkg::Lock::Timeout=600"])
        .args(["--option", "Dpkg::Options::=--force-confdef"])
        .args(["--option", "Dpkg::Options::=--force-confold"])
        // A Ctrl-C for us must not leave the machine with packages half installed.
        .process_group(0);
    command
}

/// Mail servers conflict with each other: asking for ours would throw out the one that is there.
fn has_mail_server() -> bool {
    let format = "--showformat=${db:Status-Status} ${Provides}\n";
    Command::new("dpkg-query")
        .args(["--show", format])
        .output()
        .is_ok_and(|answer| {
            String::from_utf8_lossy(&answer.stdout)
                .lines()
                .any(|line| line.starts_with("installed ") && line.contains("mail-transport-agent"))
        })
}
