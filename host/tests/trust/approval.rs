//! A component runs because the settings or a person say so.

use crate::place::{Folder, approved, assert_serves, guest, listed, refusal, serves, trust};
use crate::support::settings;
use sgi_host::{Digest, How, Trust};
use std::fs;

#[tokio::test]
async fn what_nobody_trusts_is_not_even_compiled_and_is_listed_as_pending() {
    let folder = Folder::new();
    // That it does not run is seen: it would take ten seconds, and fail otherwise.
    for what in ["loops", "honest"] {
        folder.put(&guest(what));
        let host = folder.host();
        let why = refusal(&host).await;
        for words in [
            "guest.wasm waits for approval: it is neither pinned nor approved; it has no signature",
            "`sgi connector inspect ",
            "then `sgi connector approve guest`",
        ] {
            assert!(why.contains(words), "{words}: {why}");
        }
        let [one] = listed(&host).await.try_into().unwrap();
        assert_eq!((one.id.as_str(), one.version.as_str()), ("guest", ""));
        assert!(!one.trust.runs());
        assert_eq!(one.problem, Some(why));
        let [pending] = host.pending().await.try_into().unwrap();
        assert_eq!(pending.trust, one.trust);
        assert_eq!(pending.digest, Digest::of(&guest(what)));
        // What it imports is known, what it would say is not.
        assert!(pending.report.admitted() && pending.report.declared.is_none());
        assert!(pending.report.imports.len() > 3);
    }
    // Those that are built in are compiled for the list; the folder's is not.
    let listing = folder.place.folder.path().join("cache");
    let compiled = || fs::read_dir(&listing).map_or(0, Iterator::count);
    let before = compiled();
    let host = folder.host();
    refusal(&host).await;
    assert_eq!(compiled(), before);
    host.approve(&Digest::of(&guest("honest")), "anna")
        .await
        .unwrap();
    assert!(compiled() > before);
}

#[tokio::test]
async fn a_pinned_component_runs_and_no_other_under_its_id() {
    let mut folder = Folder::trusting();
    let (pinned, other) = (guest("honest"), guest("honest 2"));
    folder.put(&pinned);
    let digest = Digest::of(&pinned);
    folder.place.options.pins.insert("guest".to_owned(), digest);
    let host = folder.host();
    assert_serves(&host, &pinned).await;
    assert_eq!(trust(&host).await, Trust::Pinned);
    assert_eq!(host.let_in("guest")[0].how, How::Pinned);
    // Neither signed nor approved: the settings go before.
    folder.put_signed(&other);
    let why = refusal(&host).await;
    assert!(
        why.contains("[connectors.guest] digest = \"sha256:"),
        "{why}"
    );
    let by = digest;
    assert_eq!(trust(&host).await, Trust::SetAside { by, pinned: true });
    let error = host.approve(&Digest::of(&other), "anna").await.unwrap_err();
    assert!(
        error.to_string().contains("sgi.toml pins another"),
        "{error}"
    );
    let error = host.rollback("guest", None, "anna").await.unwrap_err();
    assert!(error.to_string().contains("sgi.toml pins"), "{error}");
    // Without the pin, what ran by it is what the next is compared with.
    folder.place.options.pins.clear();
    let host = folder.host();
    assert_serves(&host, &other).await;
    folder.put_signed(&guest("more-slots"));
    assert!(refusal(&host).await.contains("asks for a new slot"));
}

#[tokio::test]
async fn a_pin_is_for_the_id_that_it_names() {
    let mut folder = Folder::new();
    let wasm = guest("honest");
    folder.put(&wasm);
    let pin = ("other".to_owned(), Digest::of(&wasm));
    folder.place.options.pins.extend([pin]);
    let host = folder.host();
    let why = refusal(&host).await;
    assert!(
        why.contains("calls itself \"guest\" and is pinned as \"other\""),
        "{why}"
    );
}

#[tokio::test]
async fn what_was_approved_runs_from_the_next_opening_on_in_every_process() {
    let folder = Folder::new();
    let (first, second) = (guest("honest"), guest("more-slots"));
    let long_lived = folder.host();
    folder.put(&first);
    refusal(&long_lived).await;
    let review = folder.host().review(first.clone()).await.unwrap();
    assert_eq!((review.before, review.differences), (None, Vec::new()));
    let let_in = folder.approve(&first).await;
    assert_eq!(let_in.asks.slots.len(), 1);
    assert_serves(&long_lived, &first).await;
    assert_eq!(trust(&long_lived).await, approved());
    // Another file is another component.
    folder.put(&second);
    refusal(&long_lived).await;
    let review = folder.host().review(second.clone()).await.unwrap();
    assert!(review.before.unwrap().starts_with("1.0.0 did (sha256:"));
    let slot = "asks for a new slot: POST /elsewhere: password in the JSON value /password";
    assert_eq!(review.differences, [slot]);
    folder.approve(&second).await;
    assert_serves(&long_lived, &second).await;
    // The first one stays approved.
    folder.put(&first);
    assert_serves(&folder.host(), &first).await;
}

#[tokio::test]
async fn what_cannot_run_is_not_approved() {
    let folder = Folder::new();
    for (wasm, told) in [
        (b"\0asm\x01\0\0\0".to_vec(), "core WebAssembly module"),
        (guest("traps"), "crashed"),
        (guest("odd-slot"), "credential slot that cannot be"),
    ] {
        folder.put(&wasm);
        let host = folder.host();
        let error = host.approve(&Digest::of(&wasm), "anna").await.unwrap_err();
        assert_eq!(error.code(), "not-admitted");
        assert!(error.to_string().contains(told), "{error}");
        assert!(host.let_in("guest").is_empty());
    }
    let error = folder.host().approve(&Digest::of(b"x"), "anna").await;
    let error = error.unwrap_err();
    assert!(
        error.to_string().contains("there is no component"),
        "{error}"
    );
}

#[tokio::test]
async fn a_person_may_name_a_component_by_id_or_digest() {
    let folder = Folder::new();
    let (a, b) = (guest("honest"), guest("honest 2"));
    folder.put(&a);
    let other = folder.file().with_file_name("other.wasm");
    fs::write(&other, &b).unwrap();
    let host = folder.host();
    let digest = Digest::of(&b).to_string();
    for (what, wasm) in [
        ("guest", &a),
        ("other", &b),
        (&digest, &b),
        (&digest[..20], &b),
    ] {
        assert_eq!(&host.component_called(what).await.unwrap(), wasm, "{what}");
    }
    // Once approved, the other one is a guest, too; what waits is meant before what runs.
    host.approve(&Digest::of(&b), "anna").await.unwrap();
    assert_eq!(host.component_called("guest").await.unwrap(), a);
    assert_eq!(serves(&host).await.unwrap(), Digest::of(&b));
    host.approve(&Digest::of(&a), "anna").await.unwrap();
    let error = host.component_called("guest").await.unwrap_err();
    assert!(error.to_string().contains("several components"), "{error}");
    let error = host.component_called("sha256:").await.unwrap_err();
    assert!(
        error.to_string().contains("there is no component"),
        "{error}"
    );
}

/// A component that is built in runs wherever it lies.
#[tokio::test]
async fn the_bytes_of_what_is_built_in_need_no_approval() {
    let folder = Folder::new();
    folder.put(&crate::support::component("connectors/rt.wasm"));
    let host = folder.host();
    let all = host.connectors().await;
    let copy = all
        .iter()
        .find(|one| one.source.to_string().ends_with("guest.wasm"));
    let copy = copy.unwrap();
    assert_eq!((&copy.trust, copy.id.as_str()), (&Trust::Builtin, "rt"));
    assert_eq!(copy.problem, None);
}

#[tokio::test]
async fn a_component_that_changes_its_mind_is_refused() {
    let folder = Folder::new();
    let wasm = guest("honest");
    folder.approve(&wasm).await;
    // As if it had said so when it was approved: it declared no slot.
    let state = folder.place.state().join("trust/state");
    let text = fs::read_to_string(&state).unwrap();
    let (_, body) = text.split_once('\n').unwrap();
    let mut body: serde_json::Value = serde_json::from_str(body).unwrap();
    body["connectors"]["guest"]["let_in"][0]["asks"]["slots"] = serde_json::json!([]);
    let body = body.to_string();
    let text = format!("sgi trust 1 {}\n{body}", Digest::of(body.as_bytes()));
    fs::write(&state, text).unwrap();
    let error = folder.host().open(settings("honest")).await.err().unwrap();
    let told = "asks for more than when it was let in: it asks for a new slot: POST /login";
    assert!(error.to_string().contains(told), "{error}");
}
