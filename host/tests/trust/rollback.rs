//! What ran before runs again, whatever the folder holds.

use crate::place::{Folder, approved, assert_serves, guest, listed, refusal};
use sgi_host::{Digest, Source, Trust};
use std::fs;

/// A folder in which these were approved one after the other; the last one is the file.
async fn after(many: &[Vec<u8>]) -> Folder {
    let folder = Folder::trusting();
    for wasm in many {
        folder.approve(wasm).await;
    }
    folder
}

fn two() -> [Vec<u8>; 2] {
    [guest("honest"), guest("more-slots")]
}

#[tokio::test]
async fn the_one_before_serves_until_another_is_approved() {
    let [first, second] = two();
    let folder = after(&[first.clone(), second.clone()]).await;
    let host = folder.host();
    assert_serves(&host, &second).await;
    let went = folder.host().rollback("guest", None, "anna").await.unwrap();
    assert_eq!(went.digest, Digest::of(&first));
    for host in [&*host, &*folder.host()] {
        assert_serves(host, &first).await;
        let all = listed(host).await;
        let trust: Vec<&Trust> = all.iter().map(|one| &one.trust).collect();
        let by = Digest::of(&first);
        let aside = Trust::SetAside { by, pinned: false };
        assert_eq!(trust, [&aside, &approved()]);
        assert!(matches!(all[1].source, Source::Kept { .. }));
        assert_eq!(all[1].id, "guest");
    }
    // By its digest it is not used either.
    let mut settings = crate::support::settings("honest");
    settings.kind = format!("guest@{}", Digest::of(&second));
    let error = host.open(settings).await.err().unwrap();
    assert!(error.to_string().contains("is set aside"), "{error}");
    // Nothing comes before the first.
    let error = host.rollback("guest", None, "anna").await.unwrap_err();
    assert_eq!(error.code(), "invalid-input");
    assert_serves(&host, &first).await;
    // A new file, signed and all, is set aside, too.
    folder.put_signed(&guest("honest 2"));
    assert_serves(&host, &first).await;
    folder.approve(&second).await;
    assert_serves(&host, &second).await;
}

#[tokio::test]
async fn from_a_file_that_waits_one_goes_to_what_ran_last() {
    let [first, second] = two();
    let folder = after(&[first.clone(), second.clone()]).await;
    folder.put(&guest("needs-option"));
    let host = folder.host();
    refusal(&host).await;
    host.rollback("guest", None, "anna").await.unwrap();
    assert_serves(&host, &second).await;
    host.rollback("guest", Some(Digest::of(&first)), "anna")
        .await
        .unwrap();
    assert_serves(&host, &first).await;
    fs::remove_file(folder.file()).unwrap();
    assert_serves(&folder.host(), &first).await;
    // The file may be it again.
    folder.put(&first);
    assert_serves(&folder.host(), &first).await;
    assert_eq!(listed(&folder.host()).await.len(), 1);
}

#[tokio::test]
async fn what_was_only_signed_is_approved_by_going_back_to_it() {
    let folder = Folder::trusting();
    let host = folder.host();
    let [first, second] = [guest("honest"), guest("honest 2")];
    for wasm in [&first, &second] {
        folder.put_signed(wasm);
        assert_serves(&host, wasm).await;
    }
    host.rollback("guest", None, "anna").await.unwrap();
    assert_serves(&host, &first).await;
    assert_eq!(listed(&host).await[1].trust, approved());
}

#[tokio::test]
async fn a_kept_component_that_was_changed_is_told_and_not_used() {
    let [first, second] = two();
    let folder = after(&[first.clone(), second]).await;
    let host = folder.host();
    let name = Digest::of(&first).to_string().replace(':', "-");
    let kept = folder
        .place
        .state()
        .join(format!("trust/components/{name}.wasm"));
    fs::write(&kept, guest("traps")).unwrap();
    let error = host.rollback("guest", None, "anna").await.unwrap_err();
    assert!(error.to_string().contains("it was changed"), "{error}");
    fs::write(&kept, &first).unwrap();
    host.rollback("guest", None, "anna").await.unwrap();
    assert_serves(&host, &first).await;
    fs::write(&kept, guest("traps")).unwrap();
    let why = refusal(&folder.host()).await;
    assert!(why.contains("it was changed"), "{why}");
}

#[tokio::test]
async fn there_is_nothing_to_go_back_to_where_nothing_is_kept() {
    let mut folder = Folder::new();
    let host = folder.host();
    let error = host.rollback("guest", None, "anna").await.unwrap_err();
    assert!(error.to_string().contains("ever let in"), "{error}");
    folder.place.options.state_dir = None;
    let error = folder.host().rollback("guest", None, "anna").await;
    assert!(error.unwrap_err().to_string().contains("state_dir"));
}
