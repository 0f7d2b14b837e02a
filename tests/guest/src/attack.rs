//! What the guest tries, by name. A test's table says what must come of it.

use crate::ticket;
use sgi_guest::bindings::wasi::clocks::monotonic_clock;
use sgi_guest::bindings::wasi::http::types::Fields;
use sgi_guest::tickets::{Page, Query};
use sgi_guest::types::{Error, Field, Ticket};
use sgi_guest::{Settings, fail, log};
use std::sync::atomic::{AtomicU32, Ordering};

/// Calls that this instance has served.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// Does what has to be done before an answer; whatever it does not know, it leaves.
pub(crate) fn run(what: &str, id: &str) -> Result<(), Error> {
    CALLS.fetch_add(1, Ordering::Relaxed);
    match what {
        "traps" => trap(),
        "traps-on-demand" if id == "trap" => trap(),
        "loops" => loop {
            std::hint::black_box(());
        },
        "loops-on-demand" if id == "loop" => loop {
            std::hint::black_box(());
        },
        "sleeps" => monotonic_clock::subscribe_duration(u64::MAX / 2).block(),
        "sleeps-on-demand" if id == "sleep" => {
            monotonic_clock::subscribe_duration(u64::MAX / 2).block();
        }
        "grows" => std::mem::forget(hoard(usize::MAX)),
        "grows-once" if id == "grow" => std::mem::forget(hoard(70)),
        "recurses" => {
            std::hint::black_box(deeper(1));
        }
        "hoards-handles" => loop {
            std::mem::forget(Fields::new());
        },
        "floods-log" => (0..5_000).for_each(|line| log::info(&format!("line {line}"))),
        "floods-log-bytes" => log::info(&"x".repeat(1 << 20)),
        "writes-to-the-terminal" => log::info("a\u{1b}[31mb\nc"),
        "hands-over-too-much" => log::info(&"x".repeat(33 << 20)),
        "floods-desk" => {
            for _ in 0..50 {
                send(waki::Client::new().get(&below("/flood")))?;
            }
        }
        "floods-desk-and-conceals" => (0..50).for_each(|_| {
            let _ = send(waki::Client::new().get(&below("/flood")));
        }),
        "leaves" => send(waki::Client::new().get("http://127.0.0.1:1/"))?,
        "leaves-by-name" => send(waki::Client::new().get("http://metadata.google.internal/"))?,
        "leaves-and-conceals" => {
            let _ = send(waki::Client::new().get("http://127.0.0.1:1/"));
        }
        "leaks-in-body" => send(
            waki::Client::new()
                .post(&below("/ticket"))
                .body(format!("subject={}", password())),
        )?,
        "leaks-in-address" => {
            let address = below(&format!("/search?q={}", password()));
            send(waki::Client::new().get(&address))?;
        }
        "leaks-in-path" => send(waki::Client::new().get(&below(&format!("/{}", password()))))?,
        "leaks-in-header" => {
            let request = waki::Client::new().get(&below("/"));
            send(request.header("X-Note", password()))?;
        }
        "leaks-beside-its-slot" => send(
            waki::Client::new()
                .post(&below("/login"))
                .header("Content-Type", "application/json")
                .body(format!(
                    "{{\"password\":\"{0}\",\"note\":\"{0}\"}}",
                    password()
                )),
        )?,
        "leaks-in-pieces" => {
            let password = password();
            let (first, second) = password.split_at(password.len() / 2);
            let address = below(&format!("/search?q={first}&r={second}"));
            send(waki::Client::new().get(&address))?;
        }
        "brings-cookies" => {
            let request = waki::Client::new().get(&below("/"));
            send(request.header("Cookie", "session=1"))?;
        }
        "stale-for-ever" if !matches!(id, "check" | "count") => {
            return Err(fail::stale_knowledge("not this one"));
        }
        "stale-once" if id != "check" && Settings::current().learned().is_none() => {
            return Err(fail::stale_knowledge("nothing yet"));
        }
        "stale-in-check" => return Err(fail::stale_knowledge("not yet")),
        _ => {}
    }
    Ok(())
}

/// What a check learned.
pub(crate) fn learned(settings: &Settings) -> Vec<u8> {
    match settings.username() {
        "learns-too-much" => vec![7; (64 << 10) + 1],
        "learns-a-lot" => vec![7; 64 << 10],
        // Every byte, and what tells desks apart.
        _ => (0..=255).chain(settings.url().bytes()).collect(),
    }
}

/// A page of tickets.
pub(crate) fn page(settings: &Settings, query: &Query) -> Result<Page, Error> {
    let before: u32 = match &query.next {
        None => 0,
        Some(next) => next
            .trim_start_matches('x')
            .parse()
            .map_err(|_| fail::invalid_input("not my mark"))?,
    };
    let next = Some((before + 1).to_string());
    let one = || vec![ticket(settings, "1", "again".to_owned(), Vec::new())];
    let (tickets, next) = match settings.username() {
        "empty-pages-without-end" => (Vec::new(), next),
        "same-pages-without-end" => (one(), next),
        "same-mark-without-end" => (one(), Some("0".to_owned())),
        "new-tickets-without-end" => (
            (0..100)
                .map(|n| {
                    ticket(
                        settings,
                        &format!("{before}-{n}"),
                        String::new(),
                        Vec::new(),
                    )
                })
                .collect(),
            next,
        ),
        "some-empty-pages" if before < 20 => (Vec::new(), next),
        "long-mark" => (Vec::new(), Some("x".repeat(1 << 20))),
        _ => (one(), None),
    };
    Ok(Page {
        tickets,
        next,
        total: None,
    })
}

/// One ticket. Its subject tells how many calls the instance has served, its field what it knows.
pub(crate) fn get(settings: &Settings, id: &str) -> Result<Ticket, Error> {
    #[allow(unused_mut, reason = "with the feature `wasi` there are more")]
    let mut fields = vec![Field {
        name: "learned".to_owned(),
        values: settings.learned().map(hex).into_iter().collect(),
    }];
    #[cfg(feature = "wasi")]
    fields.extend(crate::wasi::tried());
    let calls = CALLS.load(Ordering::Relaxed);
    let mut ticket = ticket(settings, id, format!("call {calls}"), fields);
    match settings.username() {
        "links-away" => ticket.url = "https://desk.example.net/1".to_owned(),
        "links-to-script" => ticket.url = "javascript:alert(1)".to_owned(),
        "links-beside" => ticket.url = format!("{}.example.net/1", settings.link_url()),
        "dates-far-away" => ticket.created = Some(i64::MAX),
        "answers-too-much" => {
            let value = "x".repeat(1 << 20);
            ticket.requestors = vec![value; 40];
        }
        _ => {}
    }
    Ok(ticket)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn below(path: &str) -> String {
    format!("{}{path}", Settings::current().url())
}

fn password() -> String {
    Settings::current().password().to_owned()
}

fn send(request: waki::RequestBuilder) -> Result<(), Error> {
    match request.send() {
        Ok(_) => Ok(()),
        Err(_) => Err(fail::unavailable("it did not get through", None)),
    }
}

/// Up to so many MiB, or what can be had.
fn hoard(most: usize) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while all.len() < most {
        all.push(vec![1; 1 << 20]);
    }
    all
}

#[allow(
    unconditional_recursion,
    reason = "it is what the host has to bear with"
)]
fn deeper(depth: u64) -> u64 {
    std::hint::black_box(deeper(std::hint::black_box(depth + 1))) + depth
}

fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    std::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort()
}
