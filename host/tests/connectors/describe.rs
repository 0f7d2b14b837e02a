//! A connector says what it is before it is given anything, and before anybody relies on it.

use crate::log::Log;
use crate::support::{Place, calls, component, describing, open, sealed, settings};
use sgi_host::Host;

async fn inspected(wasm: &[u8]) -> sgi_host::Admission {
    let host = Host::new(sgi_host::HostOptions::default()).unwrap();
    host.inspect(wasm).await.unwrap()
}

#[tokio::test]
async fn the_report_on_the_connector_for_rt_shows_what_it_declares() {
    let admission = inspected(&component("connectors/rt.wasm")).await;
    assert!(admission.admitted(), "{admission}");
    let text = admission.to_string();
    for line in [
        "Request Tracker (rt) ",
        "  GET /REST/2.0/*: password as HTTP Basic credentials\n",
        "  GET /REST/2.0/*/*: password in the header authorization\n",
        "  POST /REST/2.0/ticket: password as HTTP Basic credentials\n",
        "  queues (list): ",
        "  objects-field (text, \"i-doit objects\" if left out): ",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    let json = serde_json::to_value(&admission).unwrap();
    assert_eq!(json["declared"]["id"], "rt");
    assert_eq!(json["declared"]["slots"].as_array().unwrap().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_connector_that_cannot_say_what_it_is_is_not_admitted() {
    for (what, problem) in [
        ("traps", "the connector crashed"),
        ("loops", "computed for 3 s"),
        ("sleeps", "did not say what it is within 10 s"),
        ("grows", "MiB of 128 MiB of memory"),
        (
            "requests",
            "sent a request where it may not: while it describes itself",
        ),
        ("odd-slot", "declares a credential slot that cannot be"),
    ] {
        let wasm = describing(sealed(), what);
        let host = Place::with(&[("guest.wasm", &wasm)]).host();
        let admission = host.inspect(&wasm).await.unwrap();
        assert!(!admission.admitted(), "{what}: {admission}");
        assert!(
            admission.problems[0].contains(problem),
            "{what}: {admission}"
        );
        assert!(!admission.to_string().contains('\u{1b}'), "{admission}");
        let error = host.open(settings("honest")).await.err().unwrap();
        assert!(error.to_string().contains(problem), "{what}: {error}");
    }
}

#[tokio::test]
async fn its_own_words_do_not_act_on_a_terminal() {
    let admission = inspected(&sealed()).await;
    assert!(admission.admitted(), "{admission}");
    assert_eq!(admission.declared.as_ref().unwrap().name, "Test  [31mguest");
}

/// Time stands still while anybody has work to do: that the others get theirs done shows that they
/// do not wait for the one that sleeps.
#[tokio::test(start_paused = true)]
async fn one_that_never_says_what_it_is_does_not_keep_the_others_waiting() {
    let sleeps = describing(sealed(), "sleeps");
    let place = Place::with(&[("aaa.wasm", &sleeps), ("guest.wasm", &sealed())]);
    let host = place.host();
    let (log, _guard) = Log::start();
    let mut stuck = settings("honest");
    stuck.kind = "aaa".to_owned();
    let stuck = tokio::spawn({
        let host = Host::clone(&host);
        async move { host.open(stuck).await.map(drop) }
    });
    tokio::task::yield_now().await;
    let desk = open(&host, settings("honest")).await;
    assert_eq!(calls(&desk, "1").await.unwrap(), "call 1");
    assert!(!stuck.is_finished());
    assert!(!log.text().contains("cannot be used"), "{}", log.text());
    let error = stuck.await.unwrap().unwrap_err();
    assert!(
        error.to_string().contains("did not say what it is"),
        "{error}"
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_plain_words() {
    let host = Place::with(&[("guest.wasm", b"\0asm\x01\0\0\0")]).host();
    let error = host.open(settings("honest")).await.err().unwrap();
    assert_eq!(error.code(), "not-admitted");
    for words in [
        "guest.wasm is not admitted",
        "a core WebAssembly module",
        "sgi connector inspect",
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
}
