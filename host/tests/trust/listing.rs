//! Lists of connectors, and when a component counts as let in.

use crate::place::{Folder, guest, listed, signed};
use crate::support::settings;
use sgi_host::logbook::store::SqliteStore;
use sgi_host::{Digest, Fleet, How, Swap};
use std::fs;
use std::sync::Arc;

/// Whoever asks for the list again and again has no component compiled, or asked what it is, again.
#[tokio::test]
async fn a_component_that_no_desk_uses_is_looked_into_once_for_all_lists() {
    let folder = Folder::trusting();
    let host = folder.host();
    let cache = folder.place.folder.path().join("cache");
    let compiled = || {
        let files = fs::read_dir(&cache).into_iter().flatten();
        files
            .filter(|file| file.as_ref().unwrap().path().is_file())
            .count()
    };
    for what in ["honest", "more-slots"] {
        // The first runs; the second asks for more than what is built in or ran, and waits.
        folder.put_signed(&guest(what));
        if what == "more-slots" {
            folder.put_signed(&guest("honest"));
            crate::place::assert_serves(&host, &guest("honest")).await;
            folder.put_signed(&guest(what));
        }
        let first = listed(&host).await;
        let waits = host.pending().await.len();
        assert!(compiled() > 0);
        for file in fs::read_dir(&cache).unwrap() {
            let file = file.unwrap().path();
            if file.is_file() {
                fs::remove_file(file).unwrap();
            }
        }
        let [one] = listed(&host).await.try_into().unwrap();
        assert_eq!(host.pending().await.len(), waits);
        assert_eq!(compiled(), 0, "{what}");
        assert_eq!((&one.trust, &one.id), (&first[0].trust, &first[0].id));
        assert_eq!(
            (&one.problem, one.profile),
            (&first[0].problem, first[0].profile)
        );
        assert_eq!(waits, usize::from(what == "more-slots"));
    }
    // What is decided counts at once all the same.
    host.approve(&Digest::of(&guest("more-slots")), "anna")
        .await
        .unwrap();
    assert!(listed(&host).await[0].trust.runs());
}

/// One whose check fails was never let in: the next one is not compared with it.
#[tokio::test]
async fn a_signed_component_is_let_in_once_its_check_has_passed() {
    let folder = Folder::trusting();
    let wasm = guest("more-slots");
    folder.put_signed(&wasm);
    let host = folder.host();
    let fleet = Fleet::new((*host).clone(), None::<Arc<SqliteStore>>, false);
    let error = fleet
        .set(settings("traps"), Swap::Checked)
        .await
        .unwrap_err();
    assert_eq!(error.code(), "connector", "{error}");
    assert!(host.let_in("guest").is_empty());
    let [one] = listed(&host).await.try_into().unwrap();
    assert_eq!(one.trust, signed(), "it may run");
    assert!(host.let_in("guest").is_empty());
    fleet.set(settings("honest"), Swap::Checked).await.unwrap();
    let [let_in] = host.let_in("guest").try_into().unwrap();
    assert_eq!(let_in.digest, Digest::of(&wasm));
    assert!(matches!(let_in.how, How::Signed { .. }));
    fleet.close().await;
}
