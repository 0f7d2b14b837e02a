//! A disk that is full, a file system that may not be written, a store that is damaged: each is told with
//! what happened, where, and what to do, and what can still be read is read.
//!
//! The file systems are mounted in a namespace of their own, which is gone with the command. That takes
//! root, as `cargo verify` does anyway.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::desks::{AnyDesk, SetUp, start};
use sgi_e2e::{Ran, Sgi};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A desk, and a user whose state lies in a folder of its own.
fn set_up(synced: bool) -> (Box<dyn AnyDesk>, Sgi, PathBuf) {
    let desk: Box<dyn AnyDesk> = start("rt", &SetUp::default());
    let toml = desk.toml("helpdesk");
    let sgi = Sgi::with_config(&format!("{toml}\n[host]\nstate_dir = \"state\"\n"));
    let state = sgi.home().join("state");
    if synced {
        let ran = sgi.run(&["sync"]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    (desk, sgi, state)
}

/// Runs the program after these commands, in a mount namespace of its own; `$state` is the state's folder.
fn run_with(sgi: &Sgi, mounts: &str, arguments: &[&str]) -> Ran {
    let program = sgi.command(arguments);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "/bin/sh", "-ec"])
        .arg(format!("{mounts}; exec \"$0\" \"$@\""))
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(sgi.home())
        .env("HOME", sgi.home())
        .env("TZ", "UTC")
        .env("state", sgi.home().join("state"));
    let output = command.output().expect("unshare");
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Of the entries, in their order.
fn ids(ran: &Ran) -> Vec<String> {
    let entries = ran.json();
    let entries = entries.as_array().unwrap();
    let ids = entries.iter().map(|entry| entry["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

const READ_ONLY: &str = "mount --bind \"$state\" \"$state\" && mount -o remount,bind,ro \"$state\"";

fn assert_told(ran: &Ran, parts: &[&str]) {
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(!ran.err.contains("panicked"), "{ran:?}");
    for part in parts {
        assert!(ran.err.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn a_logbook_is_read_where_it_may_not_be_written() {
    let (_desk, sgi, state) = set_up(true);
    let written = sgi.run(&["logbook", "--json"]);
    assert_eq!(written.status, 0, "{written:?}");
    assert!(written.json().as_array().unwrap().len() > 10);
    let before = fs::read(state.join("logbook.db")).unwrap();
    let read = run_with(&sgi, READ_ONLY, &["logbook", "--json"]);
    assert_eq!(read.status, 0, "{read:?}");
    assert_eq!(read.json(), written.json());
    assert_eq!(fs::read(state.join("logbook.db")).unwrap(), before);

    let ran = run_with(&sgi, READ_ONLY, &["sync"]);
    assert_told(&ran, &["logbook.db", "may not be written", "state_dir"]);
    let ran = run_with(&sgi, READ_ONLY, &["serve", "--listen", "127.0.0.1:0"]);
    assert_told(&ran, &["may not be written", "state_dir"]);
}

/// What a process that was killed left in the write-ahead log is read, too; where that cannot be, it is
/// told, and no older state is shown in its place.
#[test]
fn what_is_in_the_write_ahead_log_is_not_left_out() {
    let (desk, sgi, state) = set_up(true);
    let before = sgi.run(&["logbook", "--json"]).json();
    let mut following = sgi.start(&["sync", "--follow"]);
    // It holds the store open; another process commits beside it, and nothing is carried over.
    let ticket = desk.add("Disk full", &["1001"]);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let all = loop {
        let all = sgi.run(&["logbook", "--json"]);
        if all.out.contains("Disk full") {
            break all.json();
        }
        assert!(std::time::Instant::now() < until, "{ticket} is not told");
        std::thread::sleep(std::time::Duration::from_millis(200));
    };
    following.kill().unwrap();
    following.wait().unwrap();
    assert_ne!(all, before);
    assert!(state.join("logbook.db-wal").metadata().unwrap().len() > 0);
    let read = run_with(&sgi, READ_ONLY, &["logbook", "--json"]);
    assert_eq!(read.status, 0, "{read:?}");
    assert_eq!(read.json(), all);

    fs::remove_file(state.join("logbook.db-shm")).unwrap();
    let ran = run_with(&sgi, READ_ONLY, &["logbook", "--json"]);
    assert_told(&ran, &["-wal", "-shm", "copy"]);
}

#[test]
fn there_is_nothing_to_read_yet() {
    let (_desk, sgi, state) = set_up(false);
    fs::create_dir_all(&state).unwrap();
    let ran = run_with(&sgi, READ_ONLY, &["logbook"]);
    assert_told(&ran, &["logbook.db", "may not be written"]);
}

#[test]
fn a_full_disk_is_told_and_nothing_is_lost() {
    let (_desk, sgi, state) = set_up(false);
    fs::create_dir_all(&state).unwrap();
    for size in ["64k", "160k", "260k"] {
        let disk = format!("mount -t tmpfs -o size={size},mode=0700 none \"$state\"");
        let ran = run_with(&sgi, &disk, &["sync"]);
        assert_told(&ran, &["no room is left", "logbook.db", "make room"]);
    }
    // What was committed stays, and with room it goes on.
    let grows = "mount -t tmpfs -o size=260k,mode=0700 none \"$state\"; \
                 if \"$0\" sync --config sgi.toml; then exit 99; fi; \
                 mount -o remount,size=64m \"$state\"; \"$0\" sync --config sgi.toml >/dev/null";
    let after = run_with(&sgi, grows, &["logbook", "--json"]);
    assert_eq!(after.status, 0, "{after:?}");
    assert_eq!(sgi.run(&["sync"]).status, 0);
    let undisturbed = sgi.run(&["logbook", "--json"]);
    assert_eq!(ids(&after), ids(&undisturbed));
}

#[test]
fn a_damaged_store_is_told() {
    let (_desk, sgi, state) = set_up(true);
    let file = state.join("logbook.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[100..].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    // After such a short time they may hold most of it.
    for beside in ["-wal", "-shm"] {
        let _ = fs::remove_file(state.join(format!("logbook.db{beside}")));
    }
    for arguments in [&["logbook"][..], &["sync"]] {
        let ran = sgi.run(arguments);
        assert_told(&ran, &["logbook.db", "is damaged", "aside", "copy"]);
    }
    fs::write(&file, "these are notes, and no database").unwrap();
    let ran = sgi.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_told(&ran, &["logbook.db", "is damaged", "not a database"]);
}
