//! What was decided is kept, and trusted only as it was written.

use crate::place::{Folder, assert_serves, guest, refusal};
use crate::support::set_mode;
use sgi_host::Digest;
use std::fs;

#[tokio::test]
async fn a_state_that_was_touched_is_told_and_only_the_settings_count() {
    let mut folder = Folder::trusting();
    let wasm = guest("honest");
    folder.approve(&wasm).await;
    folder.put_signed(&wasm);
    let state = folder.place.state().join("trust/state");
    let good = fs::read_to_string(&state).unwrap();
    // Somebody approves something else for us.
    let forged = good.replace(
        &Digest::of(&wasm).to_string(),
        &Digest::of(b"x").to_string(),
    );
    assert_ne!(forged, good);
    for bad in [forged.as_str(), &good[..good.len() / 2], "", "{}"] {
        fs::write(&state, bad).unwrap();
        let host = folder.host();
        let told = |text: &str| text.contains("trust/state: it was damaged or changed by hand");
        assert!(
            host.warnings().iter().any(|warning| told(warning)),
            "{:?}",
            host.warnings()
        );
        let why = refusal(&host).await;
        assert!(told(&why), "{why}");
        for error in [
            host.approve(&Digest::of(&wasm), "anna").await.unwrap_err(),
            host.trusted_keys().unwrap_err(),
        ] {
            assert_eq!(error.code(), "host", "{error}");
            assert!(told(&error.to_string()), "{error}");
        }
        assert_eq!(
            fs::read_to_string(&state).unwrap(),
            bad,
            "nothing is written over it"
        );
    }
    folder
        .place
        .options
        .pins
        .insert("guest".to_owned(), Digest::of(&wasm));
    assert_serves(&folder.host(), &wasm).await;
    folder.place.options.pins.clear();
    fs::remove_file(&state).unwrap();
    assert_serves(&folder.host(), &wasm).await;
}

#[tokio::test]
async fn a_folder_that_others_can_change_is_told_and_not_believed() {
    let folder = Folder::new();
    let wasm = guest("honest");
    folder.approve(&wasm).await;
    let trust = folder.place.state().join("trust");
    for (path, open, closed) in [(&trust, 0o777, 0o700), (&trust.join("state"), 0o622, 0o600)] {
        set_mode(path, open);
        let why = refusal(&folder.host()).await;
        assert!(why.contains("open to others"), "{why}");
        set_mode(path, closed);
        assert_serves(&folder.host(), &wasm).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_decide_at_once_none_is_lost() {
    let folder = Folder::new();
    let many: Vec<Vec<u8>> = (0..6).map(|n| guest(&format!("honest {n}"))).collect();
    let mut deciding = Vec::new();
    for wasm in &many {
        let host = sgi_host::Host::new(folder.place.options.clone()).unwrap();
        let review = host.review(wasm.clone()).await.unwrap();
        deciding.push(tokio::spawn(async move {
            host.approve_reviewed(review, "anna").await
        }));
    }
    for one in deciding {
        one.await.unwrap().unwrap();
    }
    let mut let_in: Vec<Digest> = folder
        .host()
        .let_in("guest")
        .iter()
        .map(|one| one.digest)
        .collect();
    let mut expected: Vec<Digest> = many.iter().map(|wasm| Digest::of(wasm)).collect();
    let_in.sort();
    expected.sort();
    assert_eq!(let_in, expected);
}
