//! The folder of connectors: what lies in it is not taken on trust.

use crate::support::{Place, pipe, set_mode, settings};
use sgi_host::{Host, Installed};
use std::os::unix::fs::symlink;

async fn guests(host: &Host) -> Vec<Installed> {
    let all = host.connectors().await;
    all.into_iter()
        .filter(|installed| installed.source.to_string().ends_with(".wasm"))
        .collect()
}

/// Why the folder's only connector is not used.
async fn refused(place: &Place) -> String {
    let host = place.host();
    let [guest] = guests(&host).await.try_into().unwrap();
    let problem = guest.problem.unwrap();
    let error = host.open(settings("honest")).await.err().unwrap();
    assert_eq!(error.to_string(), problem);
    assert_eq!(error.code(), "not-admitted");
    problem
}

#[tokio::test]
async fn what_is_no_file_is_not_waited_for() {
    let place = Place::with(&[]);
    let file = place.folder.path().join("connectors/guest.wasm");
    pipe(&file);
    assert!(refused(&place).await.contains("it is a pipe"));
    let error = place.host().inspect_file(&file).await.unwrap_err();
    assert_eq!(error.code(), "invalid-input");
    assert!(error.to_string().contains("it is a pipe"), "{error}");
    std::fs::remove_file(&file).unwrap();
    symlink("/dev/zero", &file).unwrap();
    assert!(refused(&place).await.contains("it is a device"));
}

#[tokio::test]
async fn a_file_has_one_limit_wherever_it_is_read() {
    let place = Place::with(&[]);
    let path = place.folder.path().join("connectors/guest.wasm");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    assert!(refused(&place).await.contains("larger than 64 MiB"));
    let error = place.host().inspect_file(&path).await.unwrap_err();
    assert!(error.to_string().contains("larger than 64 MiB"), "{error}");
}

#[tokio::test]
async fn what_everybody_can_change_is_not_used() {
    let place = Place::with_guest();
    let folder = place.folder.path().join("connectors");
    let file = folder.join("guest.wasm");
    for (path, open, closed) in [(&file, 0o666, 0o664), (&folder, 0o777, 0o775)] {
        set_mode(path, open);
        let why = refused(&place).await;
        assert!(why.contains("can be changed by everybody"), "{why}");
        assert!(why.contains(path.to_str().unwrap()), "{why}");
        set_mode(path, closed);
        place.host().open(settings("honest")).await.unwrap();
    }
    let owned_by = |path, user| std::os::unix::fs::chown(path, Some(user), None).is_ok();
    for path in [&file, &folder] {
        // Only root can give a file away.
        if owned_by(path, 65_534) {
            let why = refused(&place).await;
            assert!(why.contains("belongs to user 65534"), "{why}");
            assert!(owned_by(path, 0));
        }
    }
}
