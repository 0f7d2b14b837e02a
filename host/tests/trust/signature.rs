//! A component runs by its signature.

use crate::place::{Folder, assert_serves, guest, listed, refusal, signed, trust};
use crate::signer::Signer;
use sgi_host::{Trust, TrustedKey};
use std::fs;

#[tokio::test]
async fn what_a_trusted_key_signed_runs_and_says_by_whom() {
    let folder = Folder::trusting();
    let wasm = guest("honest");
    folder.put_signed(&wasm);
    let host = folder.host();
    assert_serves(&host, &wasm).await;
    assert_eq!(trust(&host).await, signed());
    assert!(host.pending().await.is_empty());
    // Another process knows it from then on, and a comment decides nothing.
    for comment in ["", "\u{1b}[31m not for guests ✓", &"x".repeat(4_000)] {
        let signature = folder.signer.sign_commented(&wasm, comment);
        fs::write(folder.signature(), signature).unwrap();
        assert_serves(&folder.host(), &wasm).await;
    }
}

#[tokio::test]
async fn no_other_signature_lets_it_run() {
    let folder = Folder::trusting();
    let wasm = guest("honest");
    let host = folder.host();
    let good = folder.signer.sign(&wasm);
    let cut = good.trim_end().len() - 10;
    for (signature, told) in [
        (
            None,
            "it is neither pinned nor approved; it has no signature",
        ),
        (
            Some(Signer::new().sign(&wasm)),
            "signed with a key that is not trusted",
        ),
        (Some(good[..cut].to_owned()), "has a damaged signature"),
        (Some(String::new()), "has a damaged signature"),
        (Some("x".repeat(9_000)), "larger than 8192 bytes"),
        (Some(folder.signer.sign(b"another file")), "does not fit it"),
        (
            Some(folder.signer.sign_in_the_old_form(&wasm)),
            "`minisign -SH`",
        ),
    ] {
        folder.put(&wasm);
        if let Some(signature) = signature {
            fs::write(folder.signature(), signature).unwrap();
        }
        let why = refusal(&host).await;
        assert!(why.contains(told), "{told}: {why}");
        assert!(why.contains("waits for approval"), "{why}");
    }
    // The file is replaced, and the signature stays.
    folder.put_signed(&wasm);
    fs::write(folder.file(), guest("honest 2")).unwrap();
    assert!(refusal(&host).await.contains("does not fit it"));
    assert!(!host.state_dir().unwrap().join("trust").exists());
}

#[tokio::test]
async fn a_key_counts_from_when_it_is_trusted_until_it_is_not() {
    let folder = Folder::new();
    let wasm = guest("honest");
    folder.put_signed(&wasm);
    let host = folder.host();
    refusal(&host).await;
    let key = TrustedKey::parse(&folder.signer.key()).unwrap();
    // By another process.
    let other = folder.host();
    other
        .trust_key(key.clone().named("a friend"), "anna")
        .await
        .unwrap();
    assert_serves(&host, &wasm).await;
    assert_eq!(trust(&host).await, signed());
    let keys = host.trusted_keys().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(
        (keys[0].key.as_str(), keys[0].by.as_deref()),
        (key.text(), Some("anna"))
    );
    let taken = TrustedKey::parse(&Signer::new().key())
        .unwrap()
        .named("a friend");
    assert_eq!(
        host.trust_key(taken, "anna").await.unwrap_err().code(),
        "invalid-input"
    );
    assert_eq!(
        other.distrust_key("a friend", "anna").await.unwrap(),
        "a friend"
    );
    assert!(refusal(&host).await.contains("not trusted"));
    let error = other.distrust_key("a friend", "anna").await.unwrap_err();
    assert!(error.to_string().contains("trust --list"), "{error}");
    // One of the settings goes with the settings only.
    let error = Folder::trusting()
        .host()
        .distrust_key("a friend", "anna")
        .await;
    assert!(error.unwrap_err().to_string().contains("sgi.toml"));
}

#[tokio::test]
async fn one_that_asks_for_no_more_runs_and_one_that_asks_for_more_waits() {
    let folder = Folder::trusting();
    let host = folder.host();
    let (honest, fewer) = (guest("honest"), guest("fewer-slots"));
    for wasm in [&honest, &guest("newer"), &guest("may-option"), &fewer] {
        folder.put_signed(wasm);
        assert_serves(&host, wasm).await;
    }
    for (what, told) in [
        (
            "more-slots",
            "asks for a new slot: POST /elsewhere: password in the JSON value /password",
        ),
        (
            "needs-option",
            "needs a new option: team (Whose tickets they are)",
        ),
    ] {
        let wasm = guest(what);
        folder.put_signed(&wasm);
        for host in [&host, &folder.host()] {
            let why = refusal(host).await;
            assert!(why.contains(told), "{why}");
            assert!(
                why.contains("signed by a friend, and asks for more than 1.0.0 did"),
                "{why}"
            );
            assert!(why.contains("`sgi connector approve guest`"), "{why}");
        }
        let [pending] = host.pending().await.try_into().unwrap();
        assert_eq!(pending.id, "guest");
        let Trust::Pending { reasons, signed_by } = &pending.trust else {
            panic!("{:?}", pending.trust);
        };
        assert_eq!(signed_by.as_deref(), Some("a friend"));
        assert!(reasons.iter().any(|reason| reason == told), "{reasons:?}");
        // It may be asked what it is, so its report says that, too.
        assert_eq!(pending.report.declared.unwrap().id, "guest");
        let [one] = listed(&host).await.try_into().unwrap();
        assert_eq!(one.trust, pending.trust);
        host.approve(&pending.digest, "anna").await.unwrap();
        // It would be opened, too, if the desk had what it needs.
        assert_eq!(host.select("guest").await.unwrap(), pending.digest);
    }
    // What was let in once needs no less than it did.
    folder.put_signed(&fewer);
    assert_serves(&host, &fewer).await;
    folder.put_signed(&honest);
    assert_serves(&host, &honest).await;
}

#[tokio::test]
async fn a_larger_profile_waits() {
    let mut folder = Folder::trusting();
    folder.place.options.empty_wasi.insert("guest".to_owned());
    folder.put_signed(&guest("honest"));
    let host = folder.host();
    assert_serves(&host, &guest("honest")).await;
    let wasi = crate::support::with_wasi();
    folder.put_signed(&wasi);
    let why = refusal(&host).await;
    assert!(
        why.contains("asks for the rest of WASI, with nothing behind it"),
        "{why}"
    );
    assert!(
        why.contains("asks for a new import: wasi:filesystem/preopens"),
        "{why}"
    );
    host.approve(&sgi_host::Digest::of(&wasi), "anna")
        .await
        .unwrap();
    assert_serves(&host, &wasi).await;
}

/// Without a folder, the process remembers.
#[tokio::test]
async fn it_is_compared_where_nothing_is_kept_too() {
    let mut folder = Folder::trusting();
    folder.place.options.state_dir = None;
    let host = folder.host();
    for (what, runs) in [("honest", true), ("more-slots", false), ("honest 2", true)] {
        let wasm = guest(what);
        folder.put_signed(&wasm);
        match runs {
            true => assert_serves(&host, &wasm).await,
            false => drop(refusal(&host).await),
        }
    }
}
