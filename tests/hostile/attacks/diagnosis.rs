//! What a crash leaves behind tells all that is needed to crash again, and no secret.

use crate::run::{Here, PASSWORD, SESSION, answer, guest, server, settings};
use crate::theft::with_password;
use sgi_e2e::Sgi;
use sgi_host::{Digest, Host, HostOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Logs in, asks for what is its own, writes a line, and breaks.
fn logs_in_and_breaks(here: &Here) -> Vec<u8> {
    let mut guest = guest();
    let desk = guest.text(&here.desk);
    let (login, mine) = (guest.text("/desk/login"), guest.text("/desk/mine"));
    let body = with_password(&mut guest, "{\"password\":\"", "\"}");
    let (kind, json) = (guest.text("Content-Type"), guest.text("application/json"));
    let (session, header) = (guest.text("session"), guest.text("X-Session"));
    let line = guest.text("before it breaks");
    guest
        .with("(func $deep (if (global.get $top) (then (unreachable))))")
        .in_get(&format!(
            "{body} (call $header {kind} {json})
             (drop (call $send (i32.const 2) {desk} {login} (local.get $i) (local.get $j)))
             (call $captured {session} (i32.const 800))
             (if (i32.eqz (i32.load8_u (i32.const 800))) (then (loop $for-ever (br $for-ever))))
             (call $header {header} (i32.load (i32.const 804)) (i32.load (i32.const 808)))
             (local.set $i (call $send (i32.const 0) {desk} {mine} (i32.const 0) (i32.const 0)))
             (if (i32.eq (local.get $i) (i32.const -1)) (then (loop $for-ever (br $for-ever))))
             (call $log (i32.const 2) {line})
             (call $log (i32.const 2) (call $password) (call $password-len))
             (call $deep)"
        ))
        .build()
}

fn host(folder: &Path, wasm: &[u8]) -> Host {
    let connectors = folder.join("connectors");
    std::fs::create_dir_all(&connectors).unwrap();
    std::fs::write(connectors.join("hostile.wasm"), wasm).unwrap();
    Host::new(HostOptions {
        connectors_dir: Some(connectors),
        state_dir: Some(folder.join("state")),
        pins: [("hostile".to_owned(), Digest::of(wasm))].into(),
        ..HostOptions::default()
    })
    .unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("state/diagnosis")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_crash_can_be_had_again_without_the_desk_and_without_the_password() {
    let desk = server(answer);
    let here = Here {
        desk: desk.addr().to_string(),
        port: desk.addr().port(),
        elsewhere: String::new(),
    };
    let wasm = logs_in_and_breaks(&here);
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path(), &wasm);
    let url = format!("http://{}/desk", here.desk);
    let opened = host.open(settings("hostile", url)).await.unwrap();
    let error = opened.ticket("17").await.unwrap_err();
    assert_eq!(desk.requests().len(), 2);
    drop(desk);

    let left = files(folder.path());
    let [file] = left.as_slice() else {
        panic!("{left:?}")
    };
    let told = error.to_string();
    assert!(told.contains("the connector crashed: "), "{told}");
    assert!(told.contains(&file.display().to_string()), "{told}");
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(file).unwrap();
    for part in [
        "before it breaks",
        "/desk/login",
        "/desk/mine",
        "deep",
        "\"17\"",
        "<password>",
        "<session>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for secret in [PASSWORD, SESSION] {
        assert!(!text.contains(secret), "{text}");
    }

    let replay = host.replay(file, None).await.unwrap();
    assert!(replay.same, "{replay:?}");
    assert!(replay.missing.is_empty(), "{replay:?}");
    assert_eq!(replay.call, "get");
    // At the command line, by somebody who has neither desk nor settings.
    let sgi = Sgi::without_config();
    let component = folder.path().join("connectors/hostile.wasm");
    let (named, component) = (file.display().to_string(), component.display().to_string());
    let ran = sgi.run(&["connector", "replay", &named, "--component", &component]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for part in [
        "get of the desk hostile",
        "then: ",
        "deep",
        "It ended the same.",
    ] {
        assert!(ran.out.contains(part), "{part}: {ran:?}");
    }
    let ran = sgi.run(&["connector", "replay", &named]);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("is not here any more"), "{ran:?}");
    // Without its exchanges it takes another way.
    let mut other: serde_json::Value = serde_json::from_str(&text).unwrap();
    other["exchanges"].as_array_mut().unwrap().pop();
    let changed = folder.path().join("changed.json");
    std::fs::write(&changed, other.to_string()).unwrap();
    let replay = host.replay(&changed, None).await.unwrap();
    assert!(!replay.same, "{replay:?}");
    assert_eq!(replay.missing, ["an answer to GET /desk/mine"]);
    // And so does another component.
    let mended = folder.path().join("mended.wasm");
    std::fs::write(&mended, guest().build()).unwrap();
    let replay = host.replay(file, Some(&mended)).await.unwrap();
    assert_eq!((replay.same, replay.now), (false, None));
    assert!(replay.other.is_some());
    for damaged in ["", "{}", &text[..text.len() / 2]] {
        std::fs::write(&changed, damaged).unwrap();
        let error = host.replay(&changed, None).await.unwrap_err();
        assert_eq!(error.code(), "invalid-input", "{damaged}");
    }
}

#[tokio::test]
async fn what_happens_again_and_again_leaves_few_files() {
    let wasm = guest().in_get("(unreachable)").build();
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path(), &wasm);
    let mut told = Vec::new();
    for desk in 0..25 {
        let mut settings = settings("hostile", "http://127.0.0.1:9/desk".to_owned());
        settings.name = format!("desk {desk}/..");
        let desk = host.open(settings).await.unwrap();
        let one = desk.ticket("1").await.unwrap_err().to_string();
        let other = desk.ticket("2").await.unwrap_err().to_string();
        assert_eq!(one, other, "the file that is there is named");
        told.push(one);
    }
    let left = files(folder.path());
    assert_eq!(left.len(), 20);
    let last = left.last().unwrap().display().to_string();
    assert!(told.last().unwrap().contains(&last), "{told:?} {last}");
}
