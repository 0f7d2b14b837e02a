//! The profile Empty WASI: only where it is allowed, and then with nothing behind it.

use crate::log::Log;
use crate::support::{Place, Placed, calls, describing, of_connector, open, settings, with_wasi};
use sgi_host::{Digest, Host, Profile};

fn allowed(entry: &str, file: &str, wasm: &[u8]) -> Placed {
    let mut place = Place::with(&[(file, wasm)]);
    place.options.empty_wasi.insert(entry.to_owned());
    // Whatever its file is called.
    let pin = ("guest".to_owned(), Digest::of(wasm));
    place.options.pins.extend([pin]);
    place.host()
}

async fn refusal(host: &Host) -> String {
    let error = host.open(settings("honest")).await.err().unwrap();
    assert_eq!(error.code(), "not-admitted", "{error}");
    error.to_string()
}

#[tokio::test]
async fn nothing_is_behind_it() {
    let host = allowed("guest", "guest.wasm", &with_wasi());
    let (log, guard) = Log::start();
    let desk = open(&host, settings("honest")).await;
    let ticket = desk.ticket("1").await.unwrap();
    let tried: Vec<(&str, &str)> = ticket
        .fields
        .iter()
        .skip(1)
        .map(|field| (field.name.as_str(), field.values[0].as_str()))
        .collect();
    assert_eq!(
        tried,
        [
            ("environment", "[]"),
            ("arguments", "[]"),
            ("folder", "None"),
            ("files", "0"),
            ("input", "closed"),
            ("terminal", "false"),
            ("name", "permanent-resolver-failure"),
            ("tcp", "access-denied"),
            ("udp", "access-denied"),
            ("random", "8"),
            ("printed", "true"),
        ]
    );
    desk.close().await;
    drop(guard);
    let lines = of_connector(&log);
    for (line, end) in lines.iter().zip([
        "stdout: Hello [31m",
        "stdout: to everybody",
        "stderr: unfinished",
    ]) {
        assert!(
            line.contains(end) && line.contains("desk=tried"),
            "{lines:?}"
        );
    }
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn it_is_refused_unless_it_is_allowed() {
    let wasm = with_wasi();
    let told = refusal(&Place::with(&[("guest.wasm", &wasm)]).host()).await;
    assert!(
        told.contains("guest.wasm imports the rest of WASI"),
        "{told}"
    );
    assert!(
        told.contains("[connectors.guest] wasi = \"empty\""),
        "{told}"
    );
    for entry in ["other", "guest@1.0.0", "guest@sha256:00"] {
        let told = refusal(&allowed(entry, "guest.wasm", &wasm)).await;
        assert!(told.contains("[connectors.guest]"), "{entry}: {told}");
    }
}

#[tokio::test]
async fn it_is_allowed_by_digest_whatever_the_file_is_called() {
    let wasm = with_wasi();
    let entry = format!("guest@{}", Digest::of(&wasm));
    let desk = open(&allowed(&entry, "my.wasm", &wasm), settings("honest")).await;
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 1");
    // Another component of the same name is another component.
    let other = describing(wasm, "honest too");
    refusal(&allowed(&entry, "guest.wasm", &other)).await;
}

#[tokio::test]
async fn nobody_borrows_anothers_permission() {
    // The file is called after one that is allowed, and is another.
    let wasm = with_wasi();
    let host = allowed("python", "python.wasm", &wasm);
    let installed = host.connectors().await;
    let problem = installed
        .iter()
        .find_map(|connector| connector.problem.as_deref())
        .unwrap();
    assert!(problem.contains("calls itself \"guest\""), "{problem}");
    let mut settings = settings("honest");
    settings.kind = "python".to_owned();
    let error = host.open(settings).await.err().unwrap();
    assert_eq!(error.code(), "not-admitted", "{error}");
}

#[tokio::test]
async fn it_is_shown_at_admission_and_in_the_list() {
    let wasm = with_wasi();
    let host = allowed("guest", "guest.wasm", &wasm);
    let installed = host.connectors().await;
    let profiles: Vec<_> = installed
        .iter()
        .filter(|c| ["rt", "guest"].contains(&c.id.as_str()))
        .map(|c| (c.id.as_str(), c.profile))
        .collect();
    assert_eq!(
        profiles,
        [
            ("rt", Some(Profile::Sealed)),
            ("guest", Some(Profile::EmptyWasi))
        ]
    );
    for (host, word) in [
        (host, "which the settings allow it"),
        (Place::with(&[]).host(), "runs only once allowed"),
    ] {
        let admission = host.inspect(&wasm).await.unwrap();
        assert!(admission.admitted(), "{admission}");
        assert_eq!(admission.profile, Some(Profile::EmptyWasi));
        assert!(admission.notes[0].contains(word), "{admission}");
        assert!(
            admission.notes[0].contains("[connectors.guest]"),
            "{admission}"
        );
    }
}
