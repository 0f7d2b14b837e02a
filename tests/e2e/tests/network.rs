//! Connections: where they lead, how long they are kept, and that each desk has its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::{Front, Sgi};
use sgi_test_desks::{Fault, RtDesk, RtOptions, When};
use std::collections::HashSet;

fn sgi(url: &str, more: &str) -> Sgi {
    Sgi::with_rt(url, "cmdb", "cmdb-secret-1", more)
}

/// With an object whose list has ten pages.
fn keeping() -> RtDesk {
    RtDesk::start(RtOptions {
        keep_alive: true,
        extra: vec![("4711".to_owned(), 1000)],
        ..RtOptions::default()
    })
}

fn checked(rt: &RtDesk) -> Sgi {
    let sgi = sgi(&rt.url(), "");
    assert_eq!(sgi.run(&["check"]).status, 0);
    rt.clear();
    sgi
}

fn connections(rt: &RtDesk) -> usize {
    let seen = rt.requests();
    let numbers: HashSet<usize> = seen.iter().map(|seen| seen.connection).collect();
    numbers.len()
}

/// On a busy machine the next page may be asked for before the connection of the last one is back in
/// the pool, and makes another; hence fewer connections than pages, and not one.
#[test]
fn the_pages_of_a_list_share_connections() {
    let rt = keeping();
    let ran = checked(&rt).run(&["tickets", "4711", "--json"]);
    assert_eq!(ran.json().as_array().unwrap().len(), 1000, "{ran:?}");
    let requests = rt.requests().len();
    assert!(requests >= 10, "{requests}");
    assert!(connections(&rt) <= requests / 2, "{}", connections(&rt));
}

#[test]
fn a_kept_connection_that_the_desk_closes_is_made_anew() {
    for fault in [Fault::CloseWithoutAnswer, Fault::Reset] {
        let rt = keeping();
        let sgi = checked(&rt);
        rt.add_fault(When::Once(Box::new(When::Kept)), fault);
        let ran = sgi.run(&["tickets", "4711", "--json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert_eq!(ran.json().as_array().unwrap().len(), 1000);
        assert_eq!(rt.requests().len(), 11, "one page was asked for twice");
    }
}

#[test]
fn a_desk_that_never_answers_is_not_asked_twice() {
    let rt = keeping();
    let sgi = checked(&rt);
    rt.set_fault(Some(Fault::CloseWithoutAnswer));
    let ran = sgi.run(&["tickets", "7777"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    assert_eq!(rt.requests().len(), 1);
}

#[test]
fn localhost_and_a_literal_loopback_address_need_not_be_allowed() {
    let rt = RtDesk::start(RtOptions::default());
    let port = rt.addr().port();
    for url in [
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
    ] {
        let ran = sgi(&url, "").run(&["tickets", "1001"]);
        assert_eq!(ran.status, 0, "{ran:?}");
    }
}

#[test]
fn link_local_and_metadata_addresses_are_refused_even_when_they_are_named() {
    for host in ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"] {
        let more = "allow_addresses = [\"0.0.0.0/0\", \"::/0\"]";
        let ran = sgi(&format!("http://{host}/"), more).run(&["tickets", "1001"]);
        assert_eq!(ran.status, 3, "{ran:?}");
        assert!(ran.err.contains("where no server can be"), "{ran:?}");
    }
}

/// A table of `sgi.toml`.
fn table(name: &str, url: &str) -> String {
    format!(
        "[desks.{name}]\ntype = \"rt\"\nurl = {url:?}\nusername = \"cmdb\"\npassword = \
         \"cmdb-secret-1\"\nrequest_timeout = \"3s\"\n"
    )
}

#[test]
fn a_desk_in_trouble_does_not_hide_the_others() {
    let good = RtDesk::start(RtOptions::default());
    let hanging = RtDesk::start(RtOptions::default());
    hanging.set_fault(Some(Fault::Hang));
    let down = {
        let rt = RtDesk::start(RtOptions::default());
        rt.url()
    };
    let config = [
        table("down", &down),
        table("hanging", &hanging.url()),
        table("good", &good.url()),
    ];
    let ran = Sgi::with_config(&config.concat()).run(&["tickets", "4", "--json"]);
    assert_eq!(ran.status, 9, "{ran:?}");
    let tickets = ran.json();
    assert_eq!(tickets.as_array().unwrap().len(), 1, "{ran:?}");
    assert_eq!(tickets[0]["desk"], "good");
    for (desk, message) in [
        ("down", "nothing listens there"),
        ("hanging", "request_timeout"),
    ] {
        let told = ran.err.lines().find(|line| line.contains(message));
        assert!(told.is_some_and(|line| line.contains(desk)), "{ran:?}");
    }
}

/// Each desk answers only once the other was asked, too.
#[test]
fn desks_are_asked_side_by_side() {
    let rt = RtDesk::start(RtOptions::default());
    let (one, other) = Front::meeting(rt.addr());
    let url = |front: &Front| format!("http://{}", front.addr());
    let config = [table("one", &url(&one)), table("other", &url(&other))];
    let ran = Sgi::with_config(&config.concat()).run(&["tickets", "4", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(ran.json().as_array().unwrap().len(), 2);
}

#[test]
fn what_is_done_is_told_where_it_is_asked_for() {
    let rt = RtDesk::start(RtOptions::default());
    let sgi = checked(&rt);
    assert_eq!(
        sgi.run(&["tickets", "1001"]).err.lines().count(),
        1,
        "a warning"
    );
    let once = sgi.run(&["tickets", "1001", "-v"]).err;
    for words in [
        "sgi.toml",
        "desk=helpdesk connector=rt version=",
        "digest=sha256:",
    ] {
        assert!(once.contains(words), "{words}: {once}");
    }
    assert!(!once.contains("method=GET"), "{once}");
    let twice = sgi.run(&["tickets", "1001", "-vv"]).err;
    for words in [
        "method=GET",
        "path=\"/REST/2.0/tickets\"",
        "status=200",
        "bytes=",
        "took=",
    ] {
        assert!(twice.contains(words), "{words}: {twice}");
    }
    assert!(!twice.contains("query="), "{twice}");
    assert!(!twice.contains("cmdb-secret-1"), "{twice}");
}
