//! Connectors that are not built in, as their administrator meets them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::Sgi;
use sgi_host::Digest;
use std::path::Path;

#[test]
fn a_connector_that_wants_the_rest_of_wasi_is_shown_and_used_only_where_it_is_allowed() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests/wasi.wasm");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.wasm");
    std::fs::copy(built, &file).unwrap();
    let digest = Digest::of(&std::fs::read(&file).unwrap());
    let file = file.to_str().unwrap();
    let host = format!(
        "[host]\nconnectors_dir = {:?}\n[connectors.guest]\ndigest = \"{digest}\"\n",
        folder.path()
    );

    let careful = Sgi::with_config(&host);
    let inspected = careful.run(&["connector", "inspect", file]);
    assert_eq!(inspected.status, 0, "{inspected:?}");
    for words in [
        "profile empty-wasi",
        "~ wasi:filesystem/preopens@0.2.12",
        "runs only once allowed: [connectors.guest] wasi = \"empty\" in sgi.toml",
        "POST /login: password in the JSON value /password",
    ] {
        assert!(inspected.out.contains(words), "{words}: {}", inspected.out);
    }
    let listed = careful.run(&["connector", "list"]);
    assert!(
        listed
            .out
            .contains("[connectors.guest] wasi = \"empty\" in sgi.toml"),
        "{listed:?}"
    );

    let allowing = Sgi::with_config(&format!("{host}wasi = \"empty\"\n"));
    let listed = allowing.run(&["connector", "list"]);
    assert!(
        listed
            .out
            .contains("guest imports the rest of WASI: allowed with"),
        "{listed:?}"
    );
    let listed = allowing.run(&["connector", "list", "--json"]).json();
    let listed = listed.as_array().unwrap();
    let guest = listed.iter().find(|c| c["id"] == "guest").unwrap();
    assert_eq!(guest["profile"], "empty-wasi", "{guest}");
}

#[test]
fn the_list_says_where_further_connectors_are_put() {
    let folder = tempfile::tempdir().unwrap();
    let host = format!("[host]\nconnectors_dir = {:?}\n", folder.path());
    let listed = Sgi::with_config(&host).run(&["connector", "list"]);
    let told = format!("are put into {}, as ID.wasm", folder.path().display());
    assert!(listed.out.contains(&told), "{listed:?}");
}

#[test]
fn a_version_that_is_not_installed_is_told_whatever_else_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["rt.wasm", "other.wasm"] {
        std::fs::write(folder.path().join(name), "broken").unwrap();
    }
    let config = format!(
        "[host]\nconnectors_dir = {:?}\n[desks.a]\ntype = \"rt@9\"\nurl = \
         \"http://127.0.0.1:9\"\nusername = \"x\"\npassword = \"password-1\"\n",
        folder.path()
    );
    let ran = Sgi::with_config(&config).run(&["check"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(
        ran.err
            .contains("no connector of type \"rt@9\"; installed: "),
        "{ran:?}"
    );
    assert_eq!(ran.err.matches("rt@0").count(), 1, "{ran:?}");
    assert!(ran.err.contains("rt.wasm waits for approval"), "{ran:?}");
}

#[test]
fn a_demo_leaves_nothing_of_its_desk_behind() {
    let sgi = Sgi::with_config("");
    let ran = sgi.run(&["demo"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(sgi.home().join(".local/state/sgi/code-cache.key").exists());
    assert!(!sgi.home().join(".local/state/sgi/knowledge").exists());
}

#[test]
fn a_cache_that_cannot_be_kept_is_told_without_being_asked() {
    let sgi = Sgi::with_config("[host]\nstate_dir = \"sgi.toml\"\n");
    let ran = sgi.run(&["connector", "list"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let told = "sgi: warning: compiled connectors are not kept";
    assert!(ran.err.contains(told), "{ran:?}");
}
