//! What a check learned: kept byte for byte, for one desk, its settings and one component.

use crate::support::{Place, calls, describing, open, pipe, sealed, set_mode, settings};
use sgi_host::{Desk, DeskSettings, Digest, Host};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the desk's connector is given as learned, in hexadecimal.
async fn known(desk: &Desk) -> Option<String> {
    let ticket = desk.ticket("1").await.unwrap();
    let field = ticket.fields.iter().find(|f| f.name == "learned").unwrap();
    field.values.first().cloned()
}

/// Every byte, and the desk's address.
fn expected(settings: &DeskSettings) -> String {
    (0..=255)
        .chain(settings.url.bytes())
        .map(|byte: u8| format!("{byte:02x}"))
        .collect()
}

async fn known_to(host: &Host, settings: DeskSettings) -> Option<String> {
    known(&open(host, settings).await).await
}

/// The one file that holds it.
fn file(place: &Place) -> PathBuf {
    let mut files = std::fs::read_dir(place.state().join("knowledge")).unwrap();
    let file = files.next().unwrap().unwrap().path();
    assert!(files.next().is_none());
    file
}

#[tokio::test]
async fn it_is_passed_byte_for_byte_and_survives_a_restart() {
    let place = Place::with_guest();
    let desk = open(&place.host(), settings("honest")).await;
    assert_eq!(known(&desk).await, None, "nothing is known before a check");
    desk.check().await.unwrap();
    let expected = Some(expected(&settings("honest")));
    assert_eq!(known(&desk).await, expected);
    assert_eq!(known_to(&place.host(), settings("honest")).await, expected);
    let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file(&place)), 0o600);
    assert_eq!(mode(&place.state().join("knowledge")), 0o700);
}

#[tokio::test]
async fn it_belongs_to_one_desk_with_its_settings() {
    let place = Place::with_guest();
    let host = place.host();
    open(&host, settings("honest")).await.check().await.unwrap();
    let host = place.host();
    let same = known_to(&host, settings("honest")).await;
    assert!(same.is_some());
    type Change = fn(&mut DeskSettings);
    let changes: [(&str, Change); 4] = [
        ("name", |s| s.name = "other".to_owned()),
        ("url", |s| s.url = "http://127.0.0.1:9/other".to_owned()),
        ("link_url", |s| {
            s.link_url = Some("https://desk.example.org".to_owned())
        }),
        ("username", |s| s.username = "other".to_owned()),
    ];
    for (what, change) in changes {
        let mut other = settings("honest");
        change(&mut other);
        assert_eq!(known_to(&host, other).await, None, "{what}");
    }
}

#[tokio::test]
async fn it_belongs_to_one_component() {
    let mut place = Place::with_guest();
    open(&place.host(), settings("honest"))
        .await
        .check()
        .await
        .unwrap();
    let other = describing(sealed(), "honest too");
    let pin = ("guest".to_owned(), Digest::of(&other));
    place.options.pins.extend([pin]);
    std::fs::write(place.folder.path().join("connectors/guest.wasm"), other).unwrap();
    assert_eq!(known_to(&place.host(), settings("honest")).await, None);
}

#[tokio::test]
async fn what_is_old_or_too_large_is_learned_anew() {
    let place = Place::with_guest();
    open(&place.host(), settings("honest"))
        .await
        .check()
        .await
        .unwrap();
    let file = file(&place);
    let day = Duration::from_secs(25 * 60 * 60);
    let kept = std::fs::File::options().write(true).open(&file).unwrap();
    kept.set_modified(SystemTime::now() - day).unwrap();
    assert_eq!(known_to(&place.host(), settings("honest")).await, None);
    std::fs::write(&file, vec![0; (64 << 10) + 1]).unwrap();
    assert_eq!(known_to(&place.host(), settings("honest")).await, None);
    std::fs::write(&file, [1, 2]).unwrap();
    assert_eq!(
        known_to(&place.host(), settings("honest")).await.as_deref(),
        Some("0102")
    );
}

#[tokio::test]
async fn sixty_four_kib_are_kept() {
    let place = Place::with_guest();
    let desk = open(&place.host(), settings("learns-a-lot")).await;
    desk.check().await.unwrap();
    assert_eq!(known(&desk).await.unwrap().len(), 2 * (64 << 10));
}

#[tokio::test]
async fn what_is_stale_is_learned_anew_once() {
    let host = Place::with_guest().host();
    // The first attempt, the check, the second attempt.
    let desk = open(&host, settings("stale-once")).await;
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 3");
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 4");
    // The same, and no third.
    let desk = open(&host, settings("stale-for-ever")).await;
    let error = calls(&desk, "1").await.unwrap_err();
    assert_eq!(error.code(), "connector", "{error}");
    assert_eq!(calls(&desk, "count").await.unwrap(), "call 4");
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_written_costs_nothing_but_another_check() {
    let mut place = Place::with_guest();
    let file = place.folder.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    place.options.state_dir = Some(file);
    let desk = open(&place.host(), settings("stale-once")).await;
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 3");
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 4");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn what_nobody_reads_any_more_is_removed_when_something_is_learned() {
    let place = Place::with_guest();
    place.host();
    let folder = place.state().join("knowledge");
    let ago = |name: &str, hours: u64| {
        let file = std::fs::File::create(folder.join(name)).unwrap();
        let then = SystemTime::now() - Duration::from_secs(hours * 60 * 60);
        file.set_modified(then).unwrap();
    };
    ago("of a desk that is gone", 25);
    ago("half-written.tmp", 25);
    ago("of another desk", 23);
    let desk = open(&place.host(), settings("honest")).await;
    desk.check().await.unwrap();
    let left = names(&folder);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&"of another desk".to_owned()), "{left:?}");
}

#[tokio::test]
async fn a_host_that_forgets_checks_leaves_nothing_behind() {
    let mut place = Place::with_guest();
    place.options.forget_checks = true;
    let desk = open(&place.host(), settings("honest")).await;
    desk.check().await.unwrap();
    assert!(known(&desk).await.is_some(), "known as long as it is open");
    assert!(!place.state().join("knowledge").exists());
    assert!(names(&place.state()).contains(&"code-cache.key".to_owned()));
}

#[tokio::test]
async fn what_others_can_change_is_not_believed() {
    let place = Place::with_guest();
    let learn = async || {
        let desk = open(&place.host(), settings("honest")).await;
        desk.check().await.unwrap();
        assert!(known_to(&place.host(), settings("honest")).await.is_some());
    };
    learn().await;
    let folder = place.state().join("knowledge");
    set_mode(&file(&place), 0o666);
    assert_eq!(known_to(&place.host(), settings("honest")).await, None);
    std::fs::remove_file(file(&place)).unwrap();
    // The folder: nothing is read, nothing is kept, and somebody is told.
    learn().await;
    set_mode(&folder, 0o777);
    let host = place.host();
    let told = host.warnings().join("\n");
    assert!(told.contains("what a check learned is not kept"), "{told}");
    assert!(told.contains("`chmod 700` it"), "{told}");
    assert_eq!(known_to(&host, settings("honest")).await, None);
    set_mode(&folder, 0o700);
    assert!(place.host().warnings().is_empty());
}

#[tokio::test]
async fn a_pipe_in_place_of_it_is_not_waited_for() {
    let place = Place::with_guest();
    let desk = open(&place.host(), settings("honest")).await;
    desk.check().await.unwrap();
    let file = file(&place);
    std::fs::remove_file(&file).unwrap();
    pipe(&file);
    assert_eq!(known_to(&place.host(), settings("honest")).await, None);
    desk.check().await.unwrap();
    assert!(known_to(&place.host(), settings("honest")).await.is_some());
}
