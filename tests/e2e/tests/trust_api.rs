//! Which connectors run, as their administrator decides it through the API.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../../../host/tests/trust/signer.rs"]
mod signer;

use serde_json::{Value, json};
use sgi_e2e::{Served, Sgi, guest};
use sgi_host::Digest;
use signer::Signer;
use std::path::PathBuf;

/// A service with a folder of connectors.
struct Admin {
    sgi: Sgi,
    served: Served,
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Admin {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sgi = Sgi::with_config(&format!(
            "[host]\nconnectors_dir = {:?}\n[desks.a]\ntype = \"guest\"\nurl = \
             \"http://127.0.0.1:9\"\nusername = \"honest\"\npassword = \"password-1\"\n\
             logbook = {{ active = false }}\n",
            folder.path()
        ));
        let file = folder.path().join("guest.wasm");
        std::fs::write(&file, guest("honest")).unwrap();
        Self {
            served: Served::start(&sgi),
            sgi,
            _folder: folder,
            file,
        }
    }

    /// As a file is installed: whole at once.
    fn put(&self, what: &str) -> String {
        let wasm = guest(what);
        let new = self.file.with_extension("new");
        std::fs::write(&new, &wasm).unwrap();
        std::fs::rename(new, &self.file).unwrap();
        Digest::of(&wasm).to_string()
    }

    fn listed(&self, digest: &str) -> Value {
        let all = self.served.get("/api/v1/connectors").json;
        let found = all.as_array().unwrap().iter();
        let mut found = found.filter(|one| one["digest"] == digest);
        found.next().unwrap_or_else(|| panic!("{all}")).clone()
    }

    /// Waits until this component serves the desk.
    fn serves(&self, digest: &str) {
        self.served.until("/api/v1/desks/a", |desk| {
            desk["connector"]["digest"] == digest
        });
    }

    fn decide(&self, digest: &str, what: &str) -> sgi_e2e::Answered {
        let path = format!("/api/v1/connectors/{digest}/{what}");
        self.served.post(&path, &json!({}))
    }
}

#[test]
fn a_connector_is_reviewed_approved_replaced_and_gone_back_to_through_the_api() {
    let admin = Admin::new();
    let first = Digest::of(&guest("honest")).to_string();
    let one = admin.listed(&first);
    assert_eq!(one["trust"], "pending", "{one}");
    assert_eq!(one["reasons"][0], "is neither pinned nor approved");
    // Nothing of it has run: it was not asked what it is.
    assert_eq!(one["report"]["declared"], Value::Null);
    let imports = one["report"]["imports"].as_array().unwrap();
    assert!(!imports.is_empty(), "{one}");

    let review = admin.served.get(&format!("/api/v1/connectors/{first}"));
    assert_eq!(review.status, 200, "{}", review.text);
    assert_eq!(review.json["report"]["declared"]["id"], "guest");
    let slots = review.json["report"]["declared"]["slots"].to_string();
    assert!(slots.contains("POST /login"), "{slots}");
    assert_eq!(review.json["before"], Value::Null);
    // One that is built in can be looked at, too.
    let all = admin.served.get("/api/v1/connectors").json;
    let builtin = all.as_array().unwrap().iter();
    let mut builtin = builtin.filter(|one| one["trust"] == "builtin");
    let builtin = builtin.next().unwrap()["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let built = admin.served.get(&format!("/api/v1/connectors/{builtin}"));
    assert_eq!(built.status, 200, "{}", built.text);

    let approved = admin.decide(&first, "approve");
    assert_eq!(
        (approved.status, &approved.json["id"]),
        (200, &json!("guest")),
        "{}",
        approved.text
    );
    admin.serves(&first);
    let one = admin.listed(&first);
    assert_eq!(
        (&one["trust"], &one["trusted_by"], &one["report"]),
        (&json!("approved"), &json!("loopback"), &Value::Null)
    );

    // Another one asks for more: the old one serves until that is decided.
    let second = admin.put("more-slots");
    admin.served.until("/api/v1/desks/a", |desk| {
        desk["refused"]["problem"]["code"] == "not-admitted"
    });
    admin.serves(&first);
    let review = admin.served.get(&format!("/api/v1/connectors/{second}"));
    assert_eq!(
        review.json["differences"],
        json!(["asks for a new slot: POST /elsewhere: password in the JSON value /password"]),
        "{}",
        review.text
    );
    assert_eq!(admin.decide(&second, "approve").status, 200);
    admin.serves(&second);
    let went = admin.decide(&first, "rollback");
    assert_eq!(went.status, 200, "{}", went.text);
    admin.serves(&first);
    assert_eq!(admin.listed(&second)["trust"], "set-aside");

    let unknown = format!("sha256:{}", "0".repeat(64));
    for (digest, what, status) in [
        (unknown.as_str(), "approve", 404),
        (unknown.as_str(), "rollback", 404),
        ("sha256:0", "approve", 422),
        ("guest", "rollback", 422),
    ] {
        let answered = admin.decide(digest, what);
        assert_eq!(answered.status, status, "{digest}: {}", answered.text);
        assert_eq!(answered.kind, "application/problem+json");
    }
    // What would not run is not let in, and that is told.
    let broken = admin.put("traps");
    assert_eq!(admin.decide(&broken, "approve").status, 422);
    let acts = admin.served.get("/api/v1/audit").json["acts"].clone();
    let acts = acts.as_array().unwrap().iter();
    let told: Vec<String> = acts
        .filter(|act| act["action"].as_str().unwrap().starts_with("connector."))
        .map(|act| {
            let failed = !act["failure"].is_null();
            format!("{} {} {failed}", act["who"], act["action"])
        })
        .rev()
        .collect();
    assert_eq!(
        told,
        [
            r#""loopback" "connector.approve" false"#,
            r#""loopback" "connector.approve" false"#,
            r#""loopback" "connector.rollback" false"#,
            r#""loopback" "connector.approve" true"#,
        ]
    );
}

#[test]
fn keys_are_trusted_and_not_any_more_by_administrators_alone() {
    let mut admin = Admin::new();
    let signer = Signer::new();
    let digest = Digest::of(&guest("honest")).to_string();
    let signature = admin.file.with_extension("wasm.minisig");
    std::fs::write(signature, signer.sign(&guest("honest"))).unwrap();
    let trust = "/api/v1/connectors/trust";
    assert_eq!(
        admin.served.get(trust).json,
        json!({ "keys": [], "pins": {} })
    );
    let trusted = admin
        .served
        .post(trust, &json!({ "key": signer.key(), "name": "a friend" }));
    assert_eq!(trusted.status, 200, "{}", trusted.text);
    assert_eq!(trusted.json["keys"][0]["name"], "a friend");
    assert_eq!(trusted.json["keys"][0]["by"], "loopback");
    admin.serves(&digest);
    let one = admin.listed(&digest);
    assert_eq!(
        (&one["trust"], &one["trusted_by"]),
        (&json!("signed"), &json!("a friend"))
    );
    let gone = admin.served.delete(&format!("{trust}?key=a%20friend"));
    assert_eq!(
        (gone.status, &gone.json["keys"]),
        (200, &json!([])),
        "{}",
        gone.text
    );
    for wrong in [json!({ "key": "RW" }), json!({}), json!({ "odd": 1 })] {
        assert_eq!(admin.served.post(trust, &wrong).status, 422);
    }
    let audit = admin.served.get("/api/v1/audit").text;
    for action in ["connector.trust", "connector.distrust"] {
        assert!(audit.contains(action), "{audit}");
    }
    // The command line is told of there, too.
    let ran = admin
        .sgi
        .run(&["connector", "trust", &signer.key(), "--name", "again"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let audit = admin.served.get("/api/v1/audit").json["acts"][0].clone();
    assert_eq!(
        (&audit["who"], &audit["action"], &audit["subject"]),
        (&json!("cli"), &json!("connector.trust"), &json!("again"))
    );

    let token = |role: &str| {
        let ran = admin
            .sgi
            .run(&["token", "create", role, "--role", role, "--json"]);
        ran.json()["token"].as_str().unwrap().to_owned()
    };
    let (operate, administer) = (token("operate"), token("administer"));
    let ask = |served: &Served| {
        [
            served.get("/api/v1/connectors").status,
            served.get(trust).status,
            served.get(&format!("/api/v1/connectors/{digest}")).status,
            served.post(trust, &json!({ "key": "RW" })).status,
            served.delete(&format!("{trust}?key=x")).status,
            served
                .post(&format!("/api/v1/connectors/{digest}/approve"), &json!({}))
                .status,
        ]
    };
    admin.served.set_token(&operate);
    assert_eq!(ask(&admin.served), [200, 403, 403, 403, 403, 403]);
    admin.served.set_token(&administer);
    assert_eq!(ask(&admin.served), [200, 200, 200, 422, 422, 200]);
}
