//! The desk as its users see it: options, the log of requests, changes, the manners on the wire.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sgi_test_desks::rt::{DISABLED, NO_RIGHTS, NewTicket, READER, ROOT, WRITER, basic};
use sgi_test_desks::{Fault, RtDesk, RtOptions};
use support::{desk, encode, exchange, found, get, get_as, parse, search, until};

fn with(options: RtOptions) -> RtDesk {
    RtDesk::start(options)
}

fn of(desk: &RtDesk, object: &str) -> Vec<u64> {
    found(desk, &format!("CF.{{2}} = '{object}'")).expect("a search")
}

#[test]
fn addresses_in_answers_lead_nowhere_unless_told_otherwise() {
    let list = search(&desk(), "CF.{2} = '7777'").json();
    let url = list["items"][0]["_url"].as_str().unwrap();
    assert!(
        url.starts_with("http://rt.internal.example/REST/2.0/ticket/"),
        "{url}"
    );
    let next = list["next_page"].as_str().unwrap();
    assert!(
        next.starts_with("http://rt.internal.example/REST/2.0/tickets?"),
        "{next}"
    );

    let own_address = "https://desk.example:8443".to_owned();
    let web_path = "/rt".to_owned();
    let desk = with(RtOptions {
        own_address,
        web_path,
        ..RtOptions::default()
    });
    let ticket = get(&desk, "/rt/REST/2.0/ticket/2").json();
    assert_eq!(
        ticket["Owner"]["_url"],
        "https://desk.example:8443/rt/REST/2.0/user/tanaka"
    );
}

#[test]
fn under_a_path_nothing_else_is_there() {
    let desk = with(RtOptions {
        web_path: "/rt".to_owned(),
        ..RtOptions::default()
    });
    assert!(desk.url().ends_with("/rt"));
    assert_eq!(get(&desk, "/rt/REST/2.0/rt").status, 200);
    assert_eq!(get(&desk, "/REST/2.0/rt").status, 404);
    assert_eq!(get(&desk, "/rtx/REST/2.0/rt").status, 404);
    assert_eq!(get(&desk, "/rt/elsewhere").status, 302);
}

#[test]
fn the_order_of_keys_and_custom_fields_changes_from_answer_to_answer() {
    let desk = desk();
    let answers: Vec<_> = (0..8).map(|_| get(&desk, "/REST/2.0/ticket/2")).collect();
    assert!(
        answers
            .iter()
            .any(|answer| answer.text() != answers[0].text())
    );
    let fields = |index: usize| answers[index].json()["CustomFields"].clone();
    assert!((1..8).any(|index| fields(index) != fields(0)));
    assert!(
        answers
            .iter()
            .all(|answer| answer.body.len() == answers[0].body.len())
    );
}

#[test]
fn requests_are_logged_with_their_headers_and_bodies() {
    let desk = desk();
    let query = format!("query={}", encode("id = 2"));
    let request = format!(
        "POST /REST/2.0/tickets?x=y HTTP/1.1\r\nHost: desk\r\nAuthorization: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{query}",
        basic(READER),
        query.len()
    );
    assert_eq!(
        parse(&exchange(desk.addr(), request.as_bytes())).ids(),
        ["2"]
    );
    let seen = desk.requests();
    assert_eq!(
        (seen[0].method.as_str(), seen[0].target.as_str()),
        ("POST", "/REST/2.0/tickets?x=y")
    );
    assert_eq!(seen[0].header("HOST"), Some("desk"));
    assert_eq!(seen[0].body, query.as_bytes());
    desk.clear();
    assert!(desk.requests().is_empty());
}

#[test]
fn a_body_in_chunks_is_refused_in_clear_text() {
    let desk = desk();
    let request = format!(
        "POST /REST/2.0/tickets HTTP/1.1\r\nHost: desk\r\nAuthorization: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n\
         c\r\nquery=id%3D2\r\n0\r\n\r\n",
        basic(READER)
    );
    let answer = parse(&exchange(desk.addr(), request.as_bytes()));
    assert_eq!(answer.status, 411);
    assert!(answer.text().contains("Content-Length"));
    assert_eq!(desk.requests().len(), 1, "logged all the same");
}

#[test]
fn bytes_that_are_no_request_get_400() {
    let answer = exchange(desk().addr(), b"hello\r\n\r\n");
    assert_eq!(parse(&answer).status, 400);
}

#[test]
fn a_client_that_asks_before_it_sends_a_body_is_told_to_go_on() {
    let desk = desk();
    let mut stream = TcpStream::connect(desk.addr()).unwrap();
    let head = format!(
        "POST /REST/2.0/tickets HTTP/1.1\r\nHost: desk\r\nAuthorization: {}\r\nExpect: 100-continue\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\n",
        basic(READER)
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"query=id%3D2").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(parse(&answer).ids(), ["2"]);
}

#[test]
fn a_connection_serves_one_request_unless_kept_alive() {
    let request = |close: &str| {
        let credential = basic(READER);
        format!(
            "GET /REST/2.0/rt HTTP/1.1\r\nHost: desk\r\nAuthorization: {credential}\r\n{close}\r\n"
        )
    };
    let two = [request(""), request("Connection: close\r\n")].concat();
    let answers = |desk: &RtDesk| {
        let bytes = exchange(desk.addr(), two.as_bytes());
        String::from_utf8(bytes)
            .unwrap()
            .matches("HTTP/1.1 200 OK")
            .count()
    };
    let closing = desk();
    assert_eq!(answers(&closing), 1);
    assert_eq!(closing.requests().len(), 1);
    let keeping = with(RtOptions {
        keep_alive: true,
        ..RtOptions::default()
    });
    assert_eq!(answers(&keeping), 2);
    let seen = keeping.requests();
    assert_eq!(seen[0].connection, seen[1].connection);
}

#[test]
fn every_answer_takes_as_long_as_the_latency() {
    let latency = Duration::from_millis(30);
    let desk = with(RtOptions {
        latency,
        ..RtOptions::default()
    });
    let start = Instant::now();
    assert_eq!(get(&desk, "/REST/2.0/rt").status, 200);
    assert!(start.elapsed() >= latency);
}

#[test]
fn requests_at_the_same_time_are_counted() {
    let desk = desk();
    desk.set_fault(Some(Fault::Hang));
    let request = b"GET /REST/2.0/rt HTTP/1.1\r\nHost: desk\r\n\r\n";
    let streams: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = TcpStream::connect(desk.addr()).unwrap();
            stream.write_all(request).unwrap();
            stream
        })
        .collect();
    until("all are being answered", || desk.busiest() == streams.len());
    assert_eq!(desk.requests().len(), 3);
}

#[test]
fn a_dropped_desk_is_gone_with_its_connections() {
    let desk = desk();
    desk.set_fault(Some(Fault::Hang));
    let mut open = TcpStream::connect(desk.addr()).unwrap();
    open.write_all(b"GET / HTTP/1.1\r\nHost: desk\r\n\r\n")
        .unwrap();
    until("the request is seen", || !desk.requests().is_empty());
    drop(desk);
    assert!(
        matches!(open.read(&mut [0; 1]), Ok(0) | Err(_)),
        "the connection ends"
    );
}

#[test]
fn extra_tickets_reference_their_object_and_are_on_several_pages() {
    let desk = with(RtOptions {
        extra: vec![("9000".to_owned(), 250)],
        ..RtOptions::default()
    });
    let list = search(&desk, "CF.{2} = '9000' AND CF.{3} = '1'");
    assert_eq!(list.json()["total"], 250);
    assert_eq!(list.json()["pages"], 3);
    assert_eq!(list.ids().len(), 100);
    assert_eq!(
        of(&desk, "1001"),
        of(&self::desk(), "1001"),
        "the seed is as it was"
    );
}

#[test]
fn the_fields_can_have_other_names() {
    let objects_field = "CMDB-Objekte".to_owned();
    let desk = with(RtOptions {
        objects_field,
        ..RtOptions::default()
    });
    assert_eq!(found(&desk, "CF.{CMDB-Objekte} = '42'").unwrap(), [2, 3]);
    assert!(
        found(&desk, "CF.{i-doit objects} = '42'")
            .unwrap()
            .is_empty(),
        "no error: nothing is found"
    );
    let queue = get(&desk, "/REST/2.0/queue/General").json();
    let fields = queue["TicketCustomFields"].as_array().unwrap();
    assert!(
        fields
            .iter()
            .any(|field| field["name"] == "CMDB-Objekte" && field["id"] == "2")
    );
}

#[test]
fn a_reference_that_is_removed_bumps_the_ticket_and_takes_it_from_the_search() {
    let desk = desk();
    desk.set_time("2025-01-01T10:00:00Z");
    desk.remove_reference(20, "2001");
    assert!(!of(&desk, "2001").contains(&20));
    desk.add_reference(3, "2001");
    assert!(of(&desk, "2001").contains(&3));
    assert!(of(&desk, "42").contains(&3), "beside what it referenced");
    let ticket = get(&desk, "/REST/2.0/ticket/20");
    assert_eq!(ticket.json()["LastUpdated"], "2025-01-01T10:00:00Z");
    assert_eq!(ticket.header("last-modified"), Some("2025-01-01T10:00:00Z"));
    let newest = get(
        &desk,
        "/REST/2.0/tickets?query=id%3E0&orderby=LastUpdated&order=DESC&per_page=2",
    )
    .ids();
    assert!(
        newest.contains(&"20".to_owned()) && newest.contains(&"3".to_owned()),
        "{newest:?}"
    );
}

#[test]
fn tickets_come_change_hide_merge_and_go() {
    let desk = desk();
    let id = desk.add_ticket(NewTicket::of("31337"));
    assert_eq!(of(&desk, "31337"), [id]);
    let etag = || {
        get(&desk, &format!("/REST/2.0/ticket/{id}"))
            .header("etag")
            .map(str::to_owned)
    };
    let before = etag();
    desk.set_subject(id, "renamed");
    assert_ne!(etag(), before);
    desk.set_status(id, "resolved");
    let ticket = get(&desk, &format!("/REST/2.0/ticket/{id}")).json();
    assert_eq!(
        (&ticket["Subject"], &ticket["Status"]),
        (&"renamed".into(), &"resolved".into())
    );
    assert!(
        found(&desk, "CF.{2} = '31337' AND Status = '__Active__'")
            .unwrap()
            .is_empty()
    );

    desk.move_ticket(id, "HR vertraulich");
    assert!(of(&desk, "31337").is_empty());
    assert_eq!(get(&desk, &format!("/REST/2.0/ticket/{id}")).status, 403);
    desk.move_ticket(id, "General");
    desk.set_status(id, "deleted");
    assert!(
        of(&desk, "31337").is_empty(),
        "deleted tickets are never found"
    );
    assert_eq!(
        get(&desk, &format!("/REST/2.0/ticket/{id}")).json()["Status"],
        "deleted"
    );

    let other = desk.add_ticket(NewTicket::of("31338"));
    desk.merge(other, 2);
    assert!(of(&desk, "31338").is_empty());
    assert_eq!(
        get(&desk, &format!("/REST/2.0/ticket/{other}")).json()["id"],
        2,
        "answers as its target"
    );
}

#[test]
fn accounts_differ_in_what_they_see() {
    let desk = desk();
    let total = |account| {
        let path = format!("/REST/2.0/tickets?query={}", encode("CF.{2} = '1001'"));
        get_as(&desk, account, &path).json()["total"].clone()
    };
    assert_eq!(
        [total(READER), total(WRITER), total(NO_RIGHTS), total(ROOT)],
        [4, 4, 0, 7]
    );
    assert_eq!(get_as(&desk, DISABLED, "/REST/2.0/rt").status, 401);
    desk.set_password("cmdb", Some("another"));
    assert_eq!(get(&desk, "/REST/2.0/rt").status, 401);
    assert_eq!(
        get_as(&desk, ("cmdb", "another"), "/REST/2.0/rt").status,
        200
    );
}

#[test]
fn what_is_not_modelled_says_so() {
    let desk = desk();
    for path in [
        "/REST/2.0/transaction/98",
        "/REST/2.0/transactions?query=TicketSubject%3D'x'",
        "/REST/2.0/groups",
    ] {
        let answer = get(&desk, path);
        assert_eq!(answer.status, 501, "{path}");
        assert!(answer.text().contains("does not model"), "{path}");
    }
    let complaint = found(&desk, "Filename LIKE 'x'").expect_err("not modelled");
    assert!(complaint.contains("Filename"), "{complaint}");
}
