//! Which connectors run, as their administrator decides it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../../../host/tests/trust/signer.rs"]
mod signer;

use sgi_e2e::{Ran, Sgi, guest};
use sgi_host::Digest;
use signer::Signer;
use std::path::PathBuf;

/// An administrator with a folder of connectors and a desk.
struct Admin {
    sgi: Sgi,
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Admin {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sgi = Sgi::with_config(&format!(
            "[host]\nconnectors_dir = {:?}\n[desks.a]\ntype = \"guest\"\nurl = \
             \"http://127.0.0.1:9\"\nusername = \"honest\"\npassword = \"password-1\"\n",
            folder.path()
        ));
        let file = folder.path().join("guest.wasm");
        Self {
            sgi,
            _folder: folder,
            file,
        }
    }

    fn put(&self, what: &str) -> Digest {
        let wasm = guest(what);
        std::fs::write(&self.file, &wasm).unwrap();
        Digest::of(&wasm)
    }

    fn run(&self, arguments: &[&str], status: i32) -> Ran {
        let ran = self.sgi.run(arguments);
        assert_eq!(ran.status, status, "{arguments:?}: {ran:?}");
        ran
    }

    /// What is listed of the guest: one or two of them.
    fn listed(&self) -> Vec<serde_json::Value> {
        let listed = self.run(&["connector", "list", "--json"], 0).json();
        let all = listed.as_array().unwrap().iter();
        all.filter(|one| one["id"] == "guest").cloned().collect()
    }
}

#[test]
fn a_connector_waits_is_approved_replaced_and_gone_back_to() {
    let admin = Admin::new();
    let first = admin.put("honest");

    let ran = admin.run(&["check"], 8);
    for words in [
        "guest.wasm waits for approval: it is neither pinned nor approved; it has no signature beside it",
        "then `sgi connector approve guest`",
    ] {
        assert!(ran.err.contains(words), "{words}: {ran:?}");
    }
    let ran = admin.run(&["connector", "list"], 0);
    assert!(ran.out.contains(" pending: the component "), "{ran:?}");
    let [one] = admin.listed().try_into().unwrap();
    assert_eq!(one["trust"]["state"], "pending", "{one}");
    assert_eq!(one["trust"]["reasons"][0], "is neither pinned nor approved");

    // Nobody is there to be asked.
    let ran = admin.run(&["connector", "approve", "guest"], 2);
    assert!(ran.err.contains("add --yes"), "{ran:?}");
    assert_eq!(admin.listed()[0]["trust"]["state"], "pending");
    let ran = admin.run(&["connector", "approve", "guest", "--yes"], 0);
    for words in [
        "POST /login: password in the JSON value /password",
        "Nothing ran as guest before.",
        &format!("Approved guest 1.0.0 ({first})."),
    ] {
        assert!(ran.out.contains(words), "{words}: {ran:?}");
    }
    admin.run(&["check"], 0);
    let [one] = admin.listed().try_into().unwrap();
    assert_eq!(one["trust"]["state"], "approved", "{one}");

    // Another one takes its place, and asks for more.
    let second = admin.put("more-slots");
    admin.run(&["check"], 8);
    let file = admin.file.to_str().unwrap();
    let ran = admin.run(&["connector", "approve", file, "--yes"], 0);
    for words in [
        "It asks for more than 1.0.0 did (sha256:",
        "  it asks for a new slot: POST /elsewhere: password in the JSON value /password\n",
    ] {
        assert!(ran.out.contains(words), "{words}: {ran:?}");
    }
    assert_eq!(admin.listed()[0]["digest"], second.to_string());

    let ran = admin.run(&["connector", "rollback", "guest"], 0);
    assert!(
        ran.out
            .contains(&format!("guest 1.0.0 ({first}) serves now")),
        "{ran:?}"
    );
    let [file, kept] = admin.listed().try_into().unwrap();
    assert_eq!(file["trust"]["state"], "set-aside", "{file}");
    assert_eq!(
        (&kept["digest"], &kept["trust"]["state"]),
        (&first.to_string().into(), &"approved".into())
    );
    admin.run(&["check"], 0);
    let ran = admin.run(&["connector", "rollback", "guest"], 2);
    assert!(ran.err.contains("before what is used now"), "{ran:?}");
    let ran = admin.run(
        &["connector", "rollback", "guest", "--to", "sha256:0123"],
        2,
    );
    assert!(ran.err.contains(&second.to_string()), "{ran:?}");
    let to = &second.to_string()[..20];
    admin.run(&["connector", "rollback", "guest", "--to", to], 0);
    assert_eq!(admin.listed().len(), 1);
    admin.run(&["connector", "approve", "guest", "--yes"], 0);
}

#[test]
fn a_key_is_trusted_shown_and_not_trusted_any_more() {
    let admin = Admin::new();
    let signer = Signer::new();
    let wasm = guest("honest");
    admin.put("honest");
    let signature = admin.file.with_extension("wasm.minisig");
    std::fs::write(signature, signer.sign(&wasm)).unwrap();
    admin.run(&["check"], 8);

    let public = format!("untrusted comment: minisign public key\n{}\n", signer.key());
    admin.sgi.write("minisign.pub", &public);
    let ran = admin.run(
        &["connector", "trust", "minisign.pub", "--name", "a friend"],
        0,
    );
    assert!(
        ran.out
            .contains(&format!("Trusts a friend ({})", signer.key())),
        "{ran:?}"
    );
    admin.run(&["check"], 0);
    let [one] = admin.listed().try_into().unwrap();
    assert_eq!(
        one["trust"],
        serde_json::json!({ "state": "signed", "by": "a friend" })
    );
    let ran = admin.run(&["connector", "list"], 0);
    assert!(ran.out.contains("signed by a friend"), "{ran:?}");
    let ran = admin.run(&["connector", "trust", "--list"], 0);
    assert!(ran.out.contains(" a friend by "), "{ran:?}");
    let keys = admin
        .run(&["connector", "trust", "--list", "--json"], 0)
        .json();
    assert_eq!(keys[0]["key"], signer.key());

    let ran = admin.run(&["connector", "trust", "--remove", "a friend"], 0);
    assert_eq!(ran.out, "a friend is not trusted any more.\n");
    let ran = admin.run(&["connector", "trust", "--list"], 0);
    assert_eq!(ran.out, "No key is trusted.\n");
    let ran = admin.run(&["check"], 8);
    assert!(
        ran.err.contains("signed with a key that is not trusted"),
        "{ran:?}"
    );

    admin.run(&["connector", "trust", "RW"], 2);
    admin.run(&["connector", "trust", "--remove", "a friend"], 2);
    // As the settings have it.
    let config = std::fs::read_to_string(admin.sgi.home().join("sgi.toml")).unwrap();
    admin.sgi.write(
        "sgi.toml",
        &format!("{config}[trust]\nkeys = [\"{}\"]\n", signer.key()),
    );
    admin.run(&["check"], 0);
    let ran = admin.run(&["connector", "trust", "--list"], 0);
    assert!(ran.out.contains("in sgi.toml"), "{ran:?}");
    let ran = admin.run(&["connector", "trust", "--remove", &signer.key()], 2);
    assert!(ran.err.contains("remove it there"), "{ran:?}");
}

#[test]
fn a_file_that_is_approved_elsewhere_is_told_where_it_belongs() {
    let admin = Admin::new();
    admin.put("honest");
    let elsewhere = admin.sgi.home().join("download.wasm");
    std::fs::rename(&admin.file, &elsewhere).unwrap();
    let ran = admin.run(&["connector", "approve", "./download.wasm", "--yes"], 0);
    let told = format!("copy it to {}", admin.file.display());
    assert!(ran.err.contains(&told), "{ran:?}");
    admin.run(&["check"], 3);
    std::fs::rename(&elsewhere, &admin.file).unwrap();
    admin.run(&["check"], 0);
    // What would not run is not approved.
    std::fs::write(&elsewhere, guest("traps")).unwrap();
    let ran = admin.run(&["connector", "approve", "./download.wasm", "--yes"], 8);
    assert!(ran.out.contains("Not admitted: 1 problem."), "{ran:?}");
}
