//! Connectors of one's own: in each language the new project is built at once and passes the tests that come
//! along, and one that does not do what its cassettes say fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use serde_json::Value;
use sgi_e2e::{Sgi, node, python};
use std::fs;
use std::process::Output;

/// An author, with the tools of this machine.
struct Author(Sgi);

impl Author {
    fn run(&self, arguments: &[&str]) -> Output {
        let home = self.0.home();
        let mut command = self.0.command(arguments);
        // Compilers and package managers have their settings there.
        command.envs(std::env::vars_os());
        if let Some(folder) = node() {
            let path = std::env::var("PATH").unwrap();
            command.env("PATH", format!("{}:{path}", folder.display()));
        }
        for name in ["XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            command.env(name, home.join(name));
        }
        command.output().expect("sgi")
    }

    /// Runs it to a good end.
    fn must(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.run(arguments);
        let told = String::from_utf8_lossy(&stderr);
        let out = String::from_utf8(stdout).unwrap();
        assert!(status.success(), "{arguments:?}: {status}: {out}{told}");
        out
    }
}

fn a_new_project_passes_its_tests(language: &str) {
    let author = Author(Sgi::without_config());
    let folder = author.0.home().join("acme-desk");
    author.must(&["connector", "new", "acme-desk", "--lang", language]);
    let built = author.must(&["connector", "build", "acme-desk"]);
    assert!(built.contains("Acme Desk (acme-desk) 0.1.0"), "{built}");
    assert!(built.contains("Admitted."), "{built}");

    let component = "acme-desk/acme-desk.wasm";
    let judge = ["connector", "check", component, "--json", "--cassettes"];
    let judged = author.must(&[&judge[..], &["acme-desk/cassettes"]].concat());
    let report: Value = serde_json::from_str(&judged).unwrap();
    assert_eq!(report["failures"], Value::Array(Vec::new()), "{report}");
    assert!(report["tests"].as_u64().unwrap() > 200, "{report}");

    // What it does is not taken for right: one ticket more, another subject, another kind of error.
    let wrong = folder.join("wrong");
    fs::create_dir(&wrong).unwrap();
    for (name, right, other) in [
        ("tickets.json", "\"Disk full\",", "\"Disk empty\","),
        (
            "ticket.json",
            "\"id\": \"17\",\n      \"subject\"",
            "\"id\": \"71\",\n      \"subject\"",
        ),
        ("no-such-ticket.json", "\"not-found\"", "\"forbidden\""),
    ] {
        let text = fs::read_to_string(folder.join("cassettes").join(name)).unwrap();
        assert_eq!(text.matches(right).count(), 1, "{name}: {text}");
        fs::write(wrong.join(name), text.replace(right, other)).unwrap();
    }
    let judged = author.run(&[&judge[..], &["acme-desk/wrong"]].concat());
    assert_eq!(judged.status.code(), Some(8));
    let report: Value = serde_json::from_slice(&judged.stdout).unwrap();
    let failures = report["failures"].as_array().unwrap();
    let recorded = failures
        .iter()
        .filter(|failure| failure["test"] == "as recorded");
    let failed: Vec<_> = recorded
        .map(|failure| failure["cassette"].as_str().unwrap())
        .collect();
    assert_eq!(
        failed,
        ["no-such-ticket.json", "ticket.json", "tickets.json"],
        "{report}"
    );
}

#[test]
fn a_new_project_in_rust_passes_its_tests() {
    a_new_project_passes_its_tests("rust");
}

#[test]
fn a_new_project_in_javascript_passes_its_tests() {
    a_new_project_passes_its_tests("js");
}

#[test]
fn a_new_project_in_python_passes_its_tests() {
    python();
    a_new_project_passes_its_tests("python");
}

#[test]
fn what_cannot_be_built_or_judged_is_told() {
    let author = Author(Sgi::without_config());
    let home = author.0.home();
    fs::create_dir(home.join("empty")).unwrap();
    fs::write(home.join("text.wasm"), "no component").unwrap();
    fs::write(home.join("note.json"), "{}").unwrap();
    for (arguments, status, told) in [
        (&["connector", "new", "Acme"][..], 2, "lower-case letters"),
        (&["connector", "new", "rt"], 2, "built in"),
        (&["connector", "new", "acme", "--dir", "."], 8, "not empty"),
        (
            &["connector", "build", "empty"],
            8,
            "no connector's project",
        ),
        (
            &["connector", "build", "nowhere"],
            8,
            "no connector's project",
        ),
        (
            &["connector", "check", "text.wasm", "--cassettes", "empty"],
            8,
            "no cassette",
        ),
        (
            &["connector", "check", "text.wasm", "--cassettes", "nowhere"],
            8,
            "cannot be read",
        ),
        (
            &["connector", "check", "text.wasm", "--cassettes", "."],
            8,
            "note.json is no cassette",
        ),
    ] {
        let ran = author.run(arguments);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(status), "{arguments:?}: {said}");
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
}
