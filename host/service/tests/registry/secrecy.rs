//! No secret is on the disk in a form that anybody without the key could read.

use crate::support::*;
use base64::Engine as _;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sgi_service::registry::{Put, Role};
use std::path::Path;

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// The files in which this stands, as it is or in a simple disguise.
fn files_with(folder: &Path, secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(secret);
    let reversed: String = secret.chars().rev().collect();
    let needles = [secret.to_owned(), hex.to_uppercase(), hex, base64, reversed];
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if needles
            .iter()
            .any(|needle| holds(&bytes, needle.as_bytes()))
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn no_secret_stands_in_the_files() {
    let kept = Kept::new().await;
    let proxied = json!({ "proxy": "http://user:pr0xy-s3cret-word@proxy.example.org:3128" });
    kept.create("helpdesk", with(proxied)).await;
    let table = with(json!({ "password": "an0ther-s3cret-word", "url": "https://b.example.org" }));
    kept.put(table, Put::Update(None)).await.unwrap();
    let token = kept
        .registry
        .create_token("ci", Role::Read, None, &anna())
        .await
        .unwrap();
    let password = SecretString::from("acc0unt-s3cret-word");
    kept.registry
        .add_account("anna", Role::Administer, password.clone(), &anna())
        .await
        .unwrap();
    assert!(
        kept.registry
            .log_in("anna", password)
            .await
            .unwrap()
            .is_some()
    );

    let folder = kept.folder.path();
    // The write-ahead log is looked at, too, and what is no secret is found: the search works.
    assert!(folder.join("settings.db-wal").exists());
    assert!(!files_with(folder, "rt.example.org/rt").is_empty());
    let key = std::fs::read_to_string(folder.join("settings.key")).unwrap();
    let secrets = [
        SECRET,
        "an0ther-s3cret-word",
        "pr0xy-s3cret-word",
        "acc0unt-s3cret-word",
        token.expose_secret(),
        token.expose_secret().strip_prefix("sgi_").unwrap(),
    ];
    for secret in secrets {
        assert_eq!(files_with(folder, secret), Vec::<String>::new(), "{secret}");
    }
    // The key stands in its file and nowhere else.
    let found = files_with(folder, key.trim());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("settings.key"));
    let raw: Vec<u8> = key
        .trim()
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    for name in ["settings.db", "settings.db-wal"] {
        assert!(
            !holds(&std::fs::read(folder.join(name)).unwrap(), &raw),
            "{name}"
        );
    }
    // Nor does the audit trail tell any.
    let told = serde_json::to_string(&kept.registry.audit(None, 100).await.unwrap()).unwrap();
    for secret in secrets {
        assert!(!told.contains(secret), "{told}");
    }
}
