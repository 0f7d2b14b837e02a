//! Desks that were made through the service, beside those of the file: through the program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::Sgi;
use sgi_e2e::desks::{SetUp, start};
use std::io::Write as _;
use std::process::Stdio;

const NO_DESK: &str = "# nothing\n";

/// A desk of the store is asked like one of the file; its password goes nowhere but there.
#[test]
fn a_desk_that_was_imported_is_asked() {
    let desk = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(NO_DESK);
    let state = sgi.home().join(".local/state/sgi");
    // Nothing is made by reading.
    for arguments in [
        &["config", "list"][..],
        &["config", "export"],
        &["token", "list"],
        &["audit"],
    ] {
        assert_eq!(sgi.run(arguments).status, 0, "{arguments:?}");
    }
    assert!(!state.join("settings.db").exists());
    assert_eq!(sgi.run(&["tickets", "1001"]).status, 3);

    sgi.write("desks.toml", &desk.toml("helpdesk"));
    let ran = sgi.run(&["config", "import", "desks.toml"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.err.contains("sgi: 1 desk was imported\n"),
        "{}",
        ran.err
    );
    let ran = sgi.run(&["tickets", "1001", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!ran.json().as_array().unwrap().is_empty());
    assert_eq!(sgi.run(&["check", "helpdesk"]).status, 0);
    assert_eq!(sgi.run(&["sync"]).status, 0);

    // Out again, with and without its password.
    let exported = sgi.run(&["config", "export", "--with-secrets"]);
    let bare = sgi.run(&["config", "export"]);
    assert_eq!((exported.status, bare.status), (0, 0));
    assert!(bare.out.contains("# password = ") && exported.out.contains("\npassword = "));
    let other = Sgi::with_config(&exported.out);
    assert_eq!(other.run(&["check"]).status, 0);

    let ran = sgi.run(&["config", "import", "desks.toml"]);
    assert_eq!(ran.status, 3);
    assert!(
        ran.err
            .contains("sgi: helpdesk: there is such a desk already; to replace it, add --replace")
    );
    sgi.write("bare.toml", &bare.out);
    let ran = sgi.run(&["config", "import", "bare.toml", "--replace"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(sgi.run(&["check"]).status, 0, "the password stays");
    // To another server it does not go.
    sgi.write(
        "bare.toml",
        &bare.out.replace("http://127.0.0.1", "http://localhost"),
    );
    let ran = sgi.run(&["config", "import", "bare.toml", "--replace"]);
    assert_eq!(ran.status, 3);
    assert!(
        ran.err
            .contains("url of the desk \"helpdesk\" was changed: give the password again"),
        "{}",
        ran.err
    );

    let ran = sgi.run(&["config", "show", "helpdesk", "--json"]).json();
    assert_eq!(
        (ran["origin"].as_str(), ran["secrets"][0].as_str()),
        (Some("service"), Some("password"))
    );
    let ran = sgi.run(&["audit", "--json"]).json();
    let actions: Vec<&str> = ran
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["desk.update", "desk.create"]);
    assert_eq!(sgi.run(&["config", "remove", "helpdesk"]).status, 0);
    assert_eq!(sgi.run(&["config", "remove", "helpdesk"]).status, 3);
    assert_eq!(sgi.run(&["check"]).status, 3);
}

#[test]
fn an_import_is_all_or_nothing() {
    let sgi = Sgi::with_config(NO_DESK);
    let good = "type = 'rt'\nurl = 'https://x'\nusername = 'u'\n";
    sgi.write("pw", "s3cret\n");
    sgi.write(
        "desks.toml",
        &format!(
            "[desks.a]\n{good}password = {{ file = 'pw' }}\n[desks.b]\n{good}password = {{ env = 'NOT_SET' }}\n\
             [desks.c]\ntype = 'rt'\n"
        ),
    );
    let ran = sgi.run(&["config", "import", "desks.toml"]);
    assert_eq!(ran.status, 3);
    for words in [
        "sgi: b: desks.toml:10: desks.b.password: the environment variable NOT_SET",
        "sgi: c: url: \"url\" is missing",
        "nothing was imported",
    ] {
        assert!(ran.err.contains(words), "{}", ran.err);
    }
    assert_eq!(
        sgi.run(&["config", "list", "--json"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

/// A name that stands in both places is an error of that desk, and of no other.
#[test]
fn a_name_in_both_places_is_an_error_of_that_desk_alone() {
    let desk = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(NO_DESK);
    sgi.write("desks.toml", "[desks.helpdesk]\ntype = 'rt'\nurl = 'http://127.0.0.1:1'\nusername = 'u'\npassword = 'p'\n");
    assert_eq!(sgi.run(&["config", "import", "desks.toml"]).status, 0);
    sgi.write(
        "sgi.toml",
        &format!("{}{}", desk.toml("helpdesk"), desk.toml("other")),
    );
    for arguments in [
        &["tickets", "1001", "--json"][..],
        &["check", "--json"],
        &["sync", "--json"],
    ] {
        let ran = sgi.run(arguments);
        assert_ne!(ran.status, 0, "{ran:?}");
        for words in [
            "there are two desks \\\"helpdesk\\\"",
            "sgi.toml",
            "settings.db",
            "sgi config remove helpdesk",
        ] {
            assert!(ran.err.contains(words), "{words}: {}", ran.err);
        }
        let desks = ran.json().as_array().unwrap().clone();
        assert!(
            desks.iter().any(|one| one["desk"] == "other"),
            "{arguments:?}: {}",
            ran.out
        );
    }
    assert_eq!(sgi.run(&["tickets", "1001", "--desk", "other"]).status, 0);
    assert_eq!(sgi.run(&["check", "helpdesk"]).status, 3);
    assert_eq!(sgi.run(&["config", "show", "helpdesk"]).status, 3);
    let listed = sgi.run(&["config", "list", "--json"]).json();
    assert_eq!(listed[0]["origin"], "both", "{listed}");
    let ran = sgi.run(&["config", "import", "desks.toml", "--replace"]);
    assert_eq!(ran.status, 3);
    assert!(
        ran.err.contains("take it out of there first"),
        "{}",
        ran.err
    );
    // What is said helps.
    assert_eq!(sgi.run(&["config", "remove", "helpdesk"]).status, 0);
    assert_eq!(sgi.run(&["check"]).status, 0);
}

/// What is wrong with the store is told, and the file's desks are asked.
#[test]
fn a_store_that_cannot_be_read_hides_no_desk_of_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&desk.toml("helpdesk"));
    sgi.write("more.toml", "[desks.more]\ntype = 'rt'\nactive = false\n");
    assert_eq!(sgi.run(&["config", "import", "more.toml"]).status, 0);
    let store = sgi.home().join(".local/state/sgi/settings.db");
    std::fs::set_permissions(&store, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = sgi.run(&["tickets", "1001", "--json"]);
    assert_eq!(ran.status, 9, "{ran:?}");
    assert!(!ran.json().as_array().unwrap().is_empty());
    assert!(
        ran.err.contains("settings.db") && ran.err.contains("chmod 600"),
        "{}",
        ran.err
    );
    assert_eq!(
        sgi.run(&["tickets", "1001", "--desk", "helpdesk"]).status,
        0
    );
    assert_eq!(sgi.run(&["tickets", "1001", "--desk", "more"]).status, 1);
}

#[test]
fn tokens_and_accounts_are_made_and_taken_away() {
    let sgi = Sgi::with_config(NO_DESK);
    let ran = sgi.run(&[
        "token",
        "create",
        "ci",
        "--role",
        "read",
        "--expires",
        "90d",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.out.starts_with("sgi_") && ran.out.lines().count() == 1,
        "{}",
        ran.out
    );
    assert_eq!(
        sgi.run(&["token", "create", "ci", "--role", "read"]).status,
        3
    );
    assert_eq!(
        sgi.run(&["token", "create", "x", "--role", "root"]).status,
        2
    );
    let listed = sgi.run(&["token", "list"]).out;
    assert!(
        listed.contains("ci") && !listed.contains("sgi_"),
        "{listed}"
    );

    let add = |password: &str| {
        let mut child = sgi
            .command(&[
                "account",
                "add",
                "anna",
                "--role",
                "administer",
                "--password-stdin",
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(password.as_bytes())
            .unwrap();
        child.wait().unwrap().code()
    };
    assert_eq!(add("short\n"), Some(2));
    assert_eq!(add("long enough a word\nand more\n"), Some(2));
    assert_eq!(add("long enough a word\n"), Some(0));
    let ran = sgi.run(&["account", "list", "--json"]).json();
    assert_eq!(
        (ran[0]["name"].as_str(), ran[0]["role"].as_str()),
        (Some("anna"), Some("administer"))
    );
    // No terminal to ask on.
    assert_eq!(sgi.run(&["account", "password", "anna"]).status, 2);

    assert_eq!(sgi.run(&["token", "revoke", "ci"]).err, "");
    // The last one goes only where that is said.
    let ran = sgi.run(&["account", "remove", "anna"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("add --open"), "{ran:?}");
    let ran = sgi.run(&["account", "remove", "anna", "--open"]);
    assert!(
        ran.err.contains("neither a token nor an account any more"),
        "{}",
        ran.err
    );
    let told = sgi.run(&["audit"]).out;
    assert_eq!(told.lines().count(), 4, "{told}");
    assert!(told.lines().all(|line| line.contains("  cli  ")), "{told}");
}
