//! The service by itself: set up without any file, its memory closed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::Value;
use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

#[test]
fn a_service_is_set_up_without_any_file() {
    let rt = start("rt", &SetUp::default());
    rt.add("only in RT", &["1001"]);
    let sgi = Sgi::without_config();
    let served = Served::start(&sgi);
    assert_eq!(served.get("/health/ready").status, 200);
    assert_eq!(
        served.get("/api/v1/service").json["configuration_problem"],
        Value::Null
    );
    let made = served.put("/api/v1/desks/helpdesk", &rt.table());
    assert_eq!(made.status, 201, "{}", made.text);
    // Started again, it is there; at the command line, too.
    served.kill();
    let served = Served::start(&sgi);
    let found = served.get("/api/v1/tickets?object=1001");
    assert!(found.text.contains("only in RT"), "{}", found.text);
    let ran = sgi.run(&["tickets", "1001", "--json"]);
    assert!(ran.out.contains("only in RT"), "{ran:?}");
    // A file that is made later counts, once it is there.
    let place = sgi.home().join(".config/sgi");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("sgi.toml"), rt.toml("in-file")).unwrap();
    served.until("/api/v1/desks", |desks| {
        desks.as_array().unwrap().len() == 2
    });
    // And when it is gone, what runs goes on.
    std::fs::remove_file(place.join("sgi.toml")).unwrap();
    served.until("/api/v1/service", |service| {
        !service["configuration_problem"].is_null()
    });
    assert_eq!(
        served.get("/api/v1/desks").json.as_array().map(Vec::len),
        Some(2)
    );
}

/// A service that crashes where a core may be written: whether one was, and who owns its memory.
fn crash(sgi: &Sgi, debug: bool) -> (bool, u32) {
    use std::io::BufRead;
    use std::os::unix::fs::MetadataExt;
    let served = sgi.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""])
        .arg(served.get_program())
        .args(served.get_args())
        .env_clear();
    for (key, value) in served.get_envs() {
        if let Some(value) = value {
            command.env(key, value);
        }
    }
    if debug {
        command.env("SGI_CORE_DUMPS", "1");
    }
    let folder = tempfile::tempdir().unwrap();
    if let Some(here) = served.get_current_dir() {
        command.current_dir(here);
    }
    let mut child = command
        .env("HOME", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(line.contains("serving on"), "{line}");
    let id = child.id().to_string();
    let memory = std::fs::metadata(format!("/proc/{id}/environ")).unwrap();
    let aborted = Command::new("kill").args(["-ABRT", &id]).status();
    assert!(aborted.unwrap().success());
    let ended = child.wait().unwrap();
    (ended.core_dumped(), memory.uid())
}

#[test]
fn no_core_is_dumped_of_what_holds_passwords() {
    let sgi = Sgi::with_config("");
    let own = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(sgi.home()).unwrap());
    let (dumped, owner) = crash(&sgi, true);
    assert_eq!(owner, own);
    // Where the machine writes no cores, and its files are root's anyway, nothing can be seen.
    let seen = dumped || own != 0;
    eprintln!("whether closing its memory can be seen on this machine: {seen}");
    let (dumped, owner) = crash(&sgi, false);
    assert!(!dumped);
    assert_eq!(owner, 0, "others of the same user cannot look into it");
}
