//! Connectors that are not built in, as their administrator meets them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::Sgi;
use std::path::Path;

#[test]
fn a_connector_that_wants_the_rest_of_wasi_is_shown_and_used_only_where_it_is_allowed() {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests/wasi.wasm");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guest.wasm");
    std::fs::copy(built, &file).unwrap();
    let file = file.to_str().unwrap();
    let host = format!("[host]\nconnectors_dir = {:?}\n", folder.path());

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

    let allowing = Sgi::with_config(&format!("{host}[connectors.guest]\nwasi = \"empty\"\n"));
    let listed = allowing.run(&["connector", "list"]);
    assert!(
        listed
            .out
            .contains("guest imports the rest of WASI: allowed with"),
        "{listed:?}"
    );
    let listed = allowing.run(&["connector", "list", "--json"]).json();
    assert_eq!(listed[1]["profile"], "empty-wasi", "{listed}");
}
