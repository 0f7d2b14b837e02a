//! Connectors that come by the API, and those that alone serve under their id.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "../../../host/tests/trust/signer.rs"]
mod signer;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sgi_e2e::{Served, Sgi, guest};
use sgi_host::Digest;
use signer::Signer;
use std::path::PathBuf;

const UPLOAD: &str = "/api/v1/connectors";

struct Admin {
    sgi: Sgi,
    served: Served,
    folder: PathBuf,
    _home: tempfile::TempDir,
}

impl Admin {
    /// Of a service whose folder of connectors is not there yet.
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("connectors");
        let sgi = Sgi::with_config(&format!(
            "[host]\nconnectors_dir = {folder:?}\n[desks.a]\ntype = \"guest\"\nurl = \
             \"http://127.0.0.1:9\"\nusername = \"honest\"\npassword = \"password-1\"\n\
             logbook = {{ active = false }}\n",
        ));
        Self {
            served: Served::start(&sgi),
            sgi,
            folder,
            _home: home,
        }
    }

    fn send(&self, query: &str, token: &str, signature: Option<&str>, body: &[u8]) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = agent
            .post(self.served.url(&format!("{UPLOAD}{query}")))
            .header("Content-Type", "application/wasm");
        if !token.is_empty() {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(signature) = signature {
            request = request.header("Connector-Signature", BASE64_STANDARD.encode(signature));
        }
        let mut response = request.send(body).unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    fn put(&self, query: &str, what: &str) -> (u16, Value) {
        self.send(query, "", None, &guest(what))
    }

    fn serves(&self, what: &str) {
        let digest = digest(what);
        self.served.until("/api/v1/desks/a", |desk| {
            desk["connector"]["digest"] == digest.as_str()
        });
    }

    fn approve(&self, what: &str) {
        let path = format!("{UPLOAD}/{}/approve", digest(what));
        let answered = self.served.post(&path, &json!({}));
        assert_eq!(answered.status, 200, "{}", answered.text);
    }

    /// The files of the folder.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn digest(what: &str) -> String {
    Digest::of(&guest(what)).to_string()
}

#[test]
fn a_connector_is_uploaded_waits_and_replaces_only_what_it_says() {
    let admin = Admin::new();
    let (status, one) = admin.put("?name=guest", "honest");
    assert_eq!(status, 201, "{one}");
    assert_eq!(
        (&one["trust"], &one["digest"]),
        (&json!("pending"), &json!(digest("honest")))
    );
    // Looked at, and not asked.
    assert!(!one["report"]["imports"].as_array().unwrap().is_empty());
    assert_eq!(one["report"]["declared"], Value::Null);
    assert_eq!(admin.files(), ["guest.wasm"]);
    let written = std::fs::read(admin.folder.join("guest.wasm")).unwrap();
    assert!(written == guest("honest"));
    assert_eq!(admin.put("?name=guest", "honest").0, 200, "as it is");
    admin.approve("honest");
    admin.serves("honest");

    // Another one does not take its place unasked, nor that of one that is gone.
    for query in [
        "?name=guest".to_owned(),
        format!("?name=guest&replaces={}", digest("newer")),
    ] {
        let (status, told) = admin.put(&query, "more-slots");
        assert_eq!((status, &told["code"]), (409, &json!("taken")), "{told}");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.contains(&digest("honest")), "{detail}");
    }
    assert!(std::fs::read(admin.folder.join("guest.wasm")).unwrap() == written);
    let query = format!("?name=guest&replaces={}", digest("honest"));
    let (status, one) = admin.put(&query, "more-slots");
    assert_eq!((status, &one["trust"]), (201, &json!("pending")), "{one}");
    let desk = admin.served.until("/api/v1/desks/a", |desk| {
        desk["refused"]["problem"]["code"] == "not-admitted"
    });
    assert_eq!(desk["connector"]["digest"], digest("honest"), "it goes on");
    admin.approve("more-slots");
    admin.serves("more-slots");

    // What would never run, or is none, leaves nothing behind.
    for (query, body, status) in [
        ("?name=other", b"nonsense".as_slice(), 422),
        ("?name=other", b"\0asm\x01\0\0\0", 422),
        ("?name=../other", b"x", 422),
        ("?name=Other", b"x", 422),
        ("?name=", b"x", 422),
        ("", b"x", 422),
        ("?name=other&replaces=x", b"x", 422),
        ("?name=other&colour=red", b"x", 422),
        ("?name=other", &vec![0; (64 << 20) + 1], 413),
    ] {
        let (found, told) = admin.send(query, "", None, body);
        assert_eq!(found, status, "{query}: {told}");
        assert_eq!(told["status"], status, "{told}");
    }
    assert_eq!(admin.files(), ["guest.wasm"]);

    let acts = admin.served.get("/api/v1/audit").json["acts"].clone();
    let acts = acts.as_array().unwrap().iter();
    let uploads: Vec<(bool, Value)> = acts
        .filter(|act| act["action"] == "connector.upload")
        .map(|act| (act["failure"].is_null(), act["detail"]["replaced"].clone()))
        .collect();
    assert!(
        uploads.contains(&(true, json!(digest("honest")))),
        "{uploads:?}"
    );
    assert!(uploads.iter().any(|(done, _)| !done), "{uploads:?}");
}

#[test]
fn a_signed_connector_runs_at_once_and_only_administrators_bring_any() {
    let mut admin = Admin::new();
    let signer = Signer::new();
    let wasm = guest("honest");
    // A signature of another file, or damaged, is refused with it.
    let key = json!({ "key": signer.key(), "name": "a friend" });
    let trusted = admin.served.post("/api/v1/connectors/trust", &key);
    assert_eq!(trusted.status, 200);
    for signature in [signer.sign(b"another"), "nonsense".to_owned()] {
        let (status, told) = admin.send("?name=guest", "", Some(&signature), &wasm);
        assert_eq!(status, 422, "{told}");
        assert!(admin.files().is_empty());
    }
    // Of a key that nobody trusts, it waits.
    let foreign = Signer::new().sign(&wasm);
    let (status, one) = admin.send("?name=guest", "", Some(&foreign), &wasm);
    assert_eq!((status, &one["trust"]), (201, &json!("pending")), "{one}");
    let (status, one) = admin.send("?name=guest", "", Some(&signer.sign(&wasm)), &wasm);
    assert_eq!(
        (status, &one["trust"], &one["trusted_by"]),
        (201, &json!("signed"), &json!("a friend")),
        "{one}"
    );
    assert_eq!(one["report"]["declared"]["id"], "guest");
    assert_eq!(admin.files(), ["guest.wasm", "guest.wasm.minisig"]);
    admin.serves("honest");
    // One that asks for more waits, signed as it is, and says what is new.
    let more = guest("more-slots");
    let query = format!("?name=guest&replaces={}", digest("honest"));
    let (status, one) = admin.send(&query, "", Some(&signer.sign(&more)), &more);
    assert_eq!((status, &one["trust"]), (201, &json!("pending")), "{one}");
    let slot = "asks for a new slot: POST /elsewhere: password in the JSON value /password";
    assert!(one["reasons"].to_string().contains(slot), "{one}");
    // One that has no signature takes the old one's away.
    let query = format!("?name=guest&replaces={}", digest("more-slots"));
    assert_eq!(admin.put(&query, "newer").0, 201);
    assert_eq!(admin.files(), ["guest.wasm"]);

    let token = |role: &str| {
        let ran = admin
            .sgi
            .run(&["token", "create", role, "--role", role, "--json"]);
        ran.json()["token"].as_str().unwrap().to_owned()
    };
    let (operate, administer) = (token("operate"), token("administer"));
    let pin = json!({ "id": "guest", "digest": digest("honest") });
    for (token, statuses) in [("", [401; 3]), (operate.as_str(), [403; 3])] {
        admin.served.set_token(token);
        let sent = admin.send("?name=other", token, None, &wasm).0;
        let pins = "/api/v1/connectors/pins";
        let asked = [
            sent,
            admin.served.get(pins).status,
            admin.served.post(pins, &pin).status,
        ];
        assert_eq!(asked, statuses);
    }
    assert_eq!(admin.send("?name=other", &administer, None, &wasm).0, 201);
}

#[test]
fn a_pinned_connector_alone_serves_until_it_is_pinned_no_more() {
    let admin = Admin::new();
    let pins = "/api/v1/connectors/pins";
    assert_eq!(admin.put("?name=guest", "honest").0, 201);
    assert_eq!(admin.served.get(pins).json, json!([]));
    for (id, digest, status) in [
        ("guest", digest("newer"), 422),
        ("other", digest("honest"), 422),
        ("guest", "sha256:0".to_owned(), 422),
    ] {
        let answered = admin
            .served
            .post(pins, &json!({ "id": id, "digest": digest }));
        assert_eq!(answered.status, status, "{id}: {}", answered.text);
    }
    let pin = json!({ "id": "guest", "digest": digest("honest") });
    let pinned = admin.served.post(pins, &pin);
    assert_eq!(pinned.status, 200, "{}", pinned.text);
    assert_eq!(
        (&pinned.json[0]["id"], &pinned.json[0]["by"]),
        (&json!("guest"), &json!("loopback"))
    );
    admin.serves("honest");
    // Neither another file, nor an approval or a way back, comes before it.
    let query = format!("?name=guest&replaces={}", digest("honest"));
    let (_, other) = admin.put(&query, "newer");
    assert_eq!(other["trust"], "pending", "{other}");
    for what in ["newer", "honest"] {
        let path = format!("{UPLOAD}/{}/rollback", digest(what));
        assert_ne!(admin.served.post(&path, &json!({})).status, 200);
    }
    let path = format!("{UPLOAD}/{}/approve", digest("newer"));
    let refused = admin.served.post(&path, &json!({}));
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(
        refused.text.contains("sgi connector pin guest --remove"),
        "{}",
        refused.text
    );
    // It is kept: another process serves it, too, although its file is gone.
    let Admin {
        sgi,
        served,
        folder,
        _home,
    } = admin;
    served.kill();
    let listed = sgi.run(&["connector", "pin", "--list", "--json"]).json();
    assert_eq!(listed[0]["digest"], digest("honest"), "{listed}");
    let admin = Admin {
        served: Served::start(&sgi),
        sgi,
        folder,
        _home,
    };
    admin.serves("honest");
    let gone = admin.served.delete(&format!("{pins}?id=guest"));
    assert_eq!(
        (gone.status, &gone.json),
        (200, &json!([])),
        "{}",
        gone.text
    );
    assert_eq!(admin.served.delete(&format!("{pins}?id=guest")).status, 422);
    admin.approve("newer");
    admin.serves("newer");
    // At the command line, the same; and the service follows.
    let pin = ["connector", "pin", "guest", &digest("honest")];
    assert_eq!(admin.sgi.run(&pin).status, 0);
    admin.serves("honest");
    let all = admin.served.get(UPLOAD).json;
    let mut all = all.as_array().unwrap().iter();
    let aside = all.find(|one| one["digest"] == digest("newer")).unwrap();
    assert_eq!(aside["trust"], "set-aside", "{aside}");
    let problem = aside["problem"].as_str().unwrap();
    assert!(
        problem.contains("sgi connector pin guest --remove"),
        "{problem}"
    );
    assert_eq!(
        admin
            .sgi
            .run(&["connector", "pin", "guest", "--remove"])
            .status,
        0
    );
    admin.serves("newer");
    assert_ne!(
        admin
            .sgi
            .run(&["connector", "pin", "guest", "sha256:1"])
            .status,
        0
    );
    let audit = admin.served.get("/api/v1/audit").text;
    for act in ["connector.pin", "connector.unpin"] {
        assert!(audit.contains(act), "{audit}");
    }
}
