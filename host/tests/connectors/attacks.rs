//! What a connector may try, and what comes of it: one table.

use crate::log::Log;
use crate::support::{PASSWORD, Place, of_connector, open, settings};
use sgi_host::{Desk, Error, Filter, Object};
use sgi_test_desks::http::{Response, Server, ServerOptions};
use std::time::Duration;

/// How the guest is asked.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Check,
    Tickets,
    Ticket,
}
use Ask::{Check, Ticket, Tickets};

/// What must come of it.
enum Verdict {
    /// An error of this kind whose message says this.
    Stopped(&'static str, &'static str),
    /// It is of no use to the guest, and harms nobody.
    Bears,
}
use Verdict::{Bears, Stopped};

/// What the guest of `tests/guest` tries.
const ATTACKS: &[(&str, Ask, Verdict)] = &[
    // It breaks.
    (
        "traps",
        Ticket,
        Stopped("connector", "the connector crashed"),
    ),
    (
        "traps",
        Check,
        Stopped("connector", "the connector crashed"),
    ),
    (
        "recurses",
        Ticket,
        Stopped("connector", "the connector crashed"),
    ),
    // It uses things up.
    (
        "loops",
        Ticket,
        Stopped(
            "connector",
            "computed for 0.3 s and was stopped (limit \"compute_timeout\")",
        ),
    ),
    (
        "sleeps",
        Ticket,
        Stopped(
            "connector",
            "did not end its call within 3 s and was stopped (limit \"call_timeout\")",
        ),
    ),
    (
        "grows",
        Ticket,
        Stopped("connector", "MiB of 32 MiB of memory and wanted"),
    ),
    (
        "hoards-handles",
        Ticket,
        Stopped("connector", "used 1000 of 1000 handles"),
    ),
    (
        "hands-over-too-much",
        Ticket,
        Stopped("connector", "ran out of memory"),
    ),
    ("floods-log", Ticket, Bears),
    ("floods-log-bytes", Ticket, Bears),
    (
        "floods-desk",
        Ticket,
        Stopped(
            "connector",
            "requests in one call; 20 are allowed (limit \"requests\")",
        ),
    ),
    ("floods-desk-and-conceals", Ticket, Bears),
    (
        "empty-pages-without-end",
        Tickets,
        Stopped("connector", "its pages do not end"),
    ),
    (
        "same-pages-without-end",
        Tickets,
        Stopped("connector", "its pages do not end"),
    ),
    (
        "same-mark-without-end",
        Tickets,
        Stopped("connector", "its pages do not end"),
    ),
    (
        "long-mark",
        Tickets,
        Stopped("connector", "its pages do not end"),
    ),
    (
        "new-tickets-without-end",
        Tickets,
        Stopped("invalid-input", "more than 500 tickets"),
    ),
    ("some-empty-pages", Tickets, Bears),
    // It goes elsewhere.
    ("leaves", Ticket, Stopped("refused", "127.0.0.1:1")),
    (
        "leaves-by-name",
        Ticket,
        Stopped("refused", "metadata.google.internal"),
    ),
    (
        "leaves-and-conceals",
        Ticket,
        Stopped("refused", "127.0.0.1:1"),
    ),
    // It sends people elsewhere.
    (
        "links-away",
        Ticket,
        Stopped("refused", "does not lead to the desk"),
    ),
    (
        "links-beside",
        Ticket,
        Stopped("refused", "does not lead to the desk"),
    ),
    (
        "links-to-script",
        Ticket,
        Stopped("refused", "does not lead to the desk"),
    ),
    // It wants the password to be seen.
    ("leaks-in-body", Ticket, Stopped("refused", "slot")),
    ("leaks-in-address", Ticket, Stopped("refused", "slot")),
    ("leaks-in-path", Ticket, Stopped("refused", "slot")),
    ("leaks-in-header", Ticket, Stopped("refused", "slot")),
    ("leaks-beside-its-slot", Ticket, Stopped("refused", "slot")),
    ("leaks-in-pieces", Ticket, Stopped("refused", "slot")),
    ("brings-cookies", Ticket, Stopped("refused", "cookie")),
    // It answers what it may not.
    (
        "answers-too-much",
        Ticket,
        Stopped("connector", "ran out of memory"),
    ),
    (
        "dates-far-away",
        Ticket,
        Stopped("connector", "a date beyond the year 9999"),
    ),
    (
        "learns-too-much",
        Check,
        Stopped("connector", "learned 64 KiB; 64 are allowed"),
    ),
    (
        "stale-in-check",
        Check,
        Stopped("connector", "in the middle of a check"),
    ),
    (
        "stale-for-ever",
        Ticket,
        Stopped(
            "connector",
            "does not accept what its own check has just learned",
        ),
    ),
    ("writes-to-the-terminal", Ticket, Bears),
];

async fn ask(desk: &Desk, ask: Ask) -> Result<(), Error> {
    let object = Object::new("1");
    match ask {
        Check => desk.check().await.map(drop),
        Tickets => desk.tickets(&object, Filter::All).await.map(drop),
        Ticket => desk.ticket("1").await.map(drop),
    }
}

#[tokio::test]
async fn each_attack_comes_to_nothing() {
    let place = Place::with_guest();
    let host = place.host();
    let server = Server::start(ServerOptions::default(), |_| {
        |_: &_| Response::new(200, "{}")
    });
    let (log, _guard) = Log::start();
    let mut wrong = Vec::new();
    for (what, how, verdict) in ATTACKS {
        let mut settings = settings(what);
        settings.url = format!("http://{}/desk", server.addr());
        settings.limits.compute_timeout = Duration::from_millis(300);
        settings.limits.call_timeout = Duration::from_secs(3);
        settings.limits.memory = 32 << 20;
        settings.limits.requests = 20;
        settings.limits.tickets = 500;
        let desk = open(&host, settings).await;
        let ended = ask(&desk, *how).await;
        let told = match &ended {
            Ok(()) => String::new(),
            Err(error) => format!("{error} {:?}", error.detail()),
        };
        if told.contains(PASSWORD) {
            wrong.push(format!("{what}: tells the password"));
        }
        match (verdict, ended) {
            (Bears, Ok(())) => {}
            (Stopped(code, message), Err(error))
                if error.code() == *code && error.to_string().contains(message) => {}
            (_, ended) => wrong.push(format!("{what} ({how:?}): {ended:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // What reached the desk: two floods, cut off.
    let seen: Vec<String> = server.requests().into_iter().map(|r| r.target).collect();
    assert_eq!(seen, ["/desk/flood"; 40]);
    assert!(!log.text().contains(PASSWORD), "{}", log.text());
}

#[tokio::test]
async fn a_guest_that_hands_over_too_much_at_once_is_stopped_with_the_number() {
    let place = Place::with_guest();
    let host = place.host();
    for what in ["hands-over-too-much", "answers-too-much"] {
        let desk = open(&host, settings(what)).await;
        let error = desk.ticket("1").await.unwrap_err();
        assert_eq!(error.code(), "connector");
        assert!(
            error
                .to_string()
                .contains("handed over more than 32 MiB at once"),
            "{what}: {error} {:?}",
            error.detail()
        );
    }
}

#[tokio::test]
async fn a_connectors_log_is_bounded_and_acts_on_no_terminal() {
    let place = Place::with_guest();
    let host = place.host();
    let (log, _guard) = Log::start();
    let desk = open(&host, settings("floods-log")).await;
    desk.ticket("1").await.unwrap();
    assert_eq!(of_connector(&log).len(), 200);
    assert!(log.text().contains("the rest of this call is dropped"));
    desk.ticket("2").await.unwrap();
    assert_eq!(of_connector(&log).len(), 400, "each call may write anew");
    let desk = open(&host, settings("floods-log-bytes")).await;
    desk.ticket("1").await.unwrap();
    assert!(of_connector(&log).iter().all(|line| line.len() < 3_000));
    let desk = open(&host, settings("writes-to-the-terminal")).await;
    desk.ticket("1").await.unwrap();
    assert!(of_connector(&log).last().unwrap().contains(" a [31mb c"));
}
