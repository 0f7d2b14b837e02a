//! Creating tickets in the desk: what the recordings do not show.

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
use std::time::Duration;

use serde_json::{Value, json};
use sgi_test_desks::rt::{AUTHOR, Account, BARE_AUTHOR, BLIND_AUTHOR, READER, WRITER, basic};
use sgi_test_desks::{Fault, RtDesk, When};
use support::{Answer, desk, exchange, found, get, get_as, parse, until};

const LINK: &str = "sgi:0123456789abcdef";

fn draft() -> Value {
    json!({
        "Queue": "3", "Subject": "x", "Requestor": ["erika@kunde.example"],
        "CustomFields": {"2": ["4711"]}, "RefersTo": LINK,
    })
}

fn request(account: Account, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST /REST/2.0/ticket HTTP/1.1\r\nHost: desk\r\nAuthorization: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        basic(account),
        body.len()
    )
    .into_bytes()
}

fn create(desk: &RtDesk, account: Account, body: &Value) -> Answer {
    parse(&exchange(desk.addr(), &request(account, body)))
}

/// What comes back of a request to create a ticket, be it an answer or not.
fn attempt(desk: &RtDesk) -> Vec<u8> {
    exchange(desk.addr(), &request(AUTHOR, &draft()))
}

fn marked(desk: &RtDesk) -> Vec<u64> {
    found(desk, &format!("RefersTo = '{LINK}'")).expect("a search")
}

#[test]
fn a_created_ticket_is_found_by_its_object_and_by_its_link() {
    let desk = desk();
    let answer = create(&desk, AUTHOR, &draft());
    assert_eq!(
        (answer.status, answer.json()["id"].as_str()),
        (201, Some("193"))
    );
    assert_eq!(found(&desk, "CF.{2} = '4711'").unwrap(), [193]);
    assert_eq!(marked(&desk), [193]);
    assert_eq!(desk.referring_to(LINK), [193]);
    let others = format!("CF.{{2}} = '42' AND RefersTo != '{LINK}'");
    assert_eq!(found(&desk, &others).unwrap(), [2, 3]);
}

#[test]
fn an_account_creates_with_the_rights_that_it_has() {
    let desk = desk();
    assert_eq!(create(&desk, READER, &draft()).status, 403);
    for (account, objects) in [
        (WRITER, 1),
        (AUTHOR, 1),
        (BARE_AUTHOR, 0),
        (BLIND_AUTHOR, 1),
    ] {
        let before = found(&desk, "CF.{2} = '4711'").unwrap().len();
        assert_eq!(create(&desk, account, &draft()).status, 201);
        let after = found(&desk, "CF.{2} = '4711'").unwrap().len();
        assert_eq!(after - before, objects, "{account:?}");
    }
    let queue = get_as(&desk, AUTHOR, "/REST/2.0/queue/3").text();
    assert!(queue.contains("ticket?Queue=3"), "{queue}");
    assert!(
        !get(&desk, "/REST/2.0/queue/3")
            .text()
            .contains("ticket?Queue=3")
    );
}

#[test]
fn a_link_goes_with_a_ticket_into_the_one_that_it_is_merged_into() {
    let desk = desk();
    create(&desk, AUTHOR, &draft());
    desk.merge(193, 2);
    assert_eq!(marked(&desk), [2]);
    assert_eq!(desk.referring_to(LINK), [2]);
}

#[test]
fn what_the_desk_does_not_know_of_rt_it_does_not_guess_at() {
    for (key, value) in [
        ("AdminCc", json!("huber")),
        ("RefersTo", json!("27")),
        ("Priority", json!("High")),
        ("CustomFields", json!({"6": "2027-01-01"})),
    ] {
        let desk = desk();
        let mut body = draft();
        // Only the queue Hardware has the field 6.
        body["Queue"] = json!("4");
        body[key] = value;
        assert_eq!(create(&desk, AUTHOR, &body).status, 501, "{key}");
        assert!(desk.referring_to(LINK).is_empty());
    }
}

#[test]
fn an_answer_can_get_lost_after_the_desk_has_acted() {
    for fault in [Fault::CloseAfterActing, Fault::ResetAfterActing] {
        let desk = desk();
        desk.add_fault(When::Once(Box::new(When::Method("POST".into()))), fault);
        assert!(attempt(&desk).is_empty());
        assert_eq!(marked(&desk), [193]);
    }
}

#[test]
fn an_answer_can_get_lost_before_the_desk_has_acted() {
    for fault in [Fault::CloseWithoutAnswer, Fault::Reset, Fault::Html] {
        let desk = desk();
        desk.set_fault(Some(fault));
        attempt(&desk);
        assert!(desk.referring_to(LINK).is_empty());
    }
}

#[test]
fn a_desk_can_act_and_never_answer() {
    let desk = desk();
    desk.add_fault(When::Method("POST".into()), Fault::HangAfterActing);
    let mut stream = TcpStream::connect(desk.addr()).unwrap();
    stream.write_all(&request(AUTHOR, &draft())).unwrap();
    until("the desk has acted", || !desk.referring_to(LINK).is_empty());
    stream
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let error = stream.read(&mut [0]).expect_err("no answer, and no end");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_desk_can_act_long_after_the_connection_was_closed() {
    let desk = desk();
    let late = Fault::ActLate(Duration::from_millis(300));
    desk.add_fault(When::Method("POST".into()), late);
    assert!(attempt(&desk).is_empty());
    assert!(marked(&desk).is_empty());
    until("the desk has acted", || marked(&desk) == [193]);
}

#[test]
fn an_answer_can_be_cut_at_every_byte_of_it() {
    let desk = desk();
    let whole = attempt(&desk);
    for bytes in 0..=whole.len() {
        desk.set_fault(Some(Fault::CutAfter(bytes)));
        assert_eq!(attempt(&desk).len(), bytes);
    }
    assert_eq!(
        desk.referring_to(LINK).len(),
        whole.len() + 2,
        "it acts each time"
    );
}

#[test]
fn a_fault_strikes_the_first_request_of_those_that_it_is_meant_for() {
    let desk = desk();
    let body = When::BodyContains(LINK.into());
    desk.add_fault(When::Once(Box::new(body)), Fault::CloseAfterActing);
    assert_eq!(get(&desk, "/REST/2.0/rt").status, 200);
    let other = json!({"Queue": "3", "Subject": "without a link"});
    assert_eq!(create(&desk, AUTHOR, &other).status, 201);
    assert!(attempt(&desk).is_empty());
    assert_eq!(create(&desk, AUTHOR, &draft()).status, 201);
}
