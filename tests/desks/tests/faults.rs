//! What each fault does on the wire.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sgi_test_desks::rt::{READER, READER_TOKEN, basic};
use sgi_test_desks::{Fault, RtDesk, When};
use support::{Answer, desk, exchange, get, owned, parse, send, until};

const PATH: &str = "/REST/2.0/rt";

fn request() -> Vec<u8> {
    format!(
        "GET {PATH} HTTP/1.1\r\nHost: desk\r\nAuthorization: {}\r\n\r\n",
        basic(READER)
    )
    .into_bytes()
}

fn with(fault: Fault) -> RtDesk {
    let desk = desk();
    desk.set_fault(Some(fault));
    desk
}

fn raw(desk: &RtDesk) -> Vec<u8> {
    exchange(desk.addr(), &request())
}

/// The length that an answer promises.
fn promised(answer: &Answer) -> usize {
    answer
        .header("content-length")
        .expect("a length")
        .parse()
        .expect("a number")
}

#[test]
fn a_status_replaces_the_answer_with_its_headers_and_body() {
    let desk = with(Fault::Status {
        code: 503,
        headers: vec![("Retry-After".into(), "7".into())],
        body: b"closed".to_vec(),
    });
    let answer = get(&desk, PATH);
    assert_eq!((answer.status, answer.text().as_str()), (503, "closed"));
    assert_eq!(answer.header("retry-after"), Some("7"));
}

#[test]
fn a_page_in_html_comes_with_200() {
    let answer = get(&with(Fault::Html), PATH);
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(answer.text().contains("<html"));
}

#[test]
fn garbage_is_not_http() {
    let bytes = raw(&with(Fault::Garbage));
    assert!(!bytes.is_empty());
    assert!(!bytes.starts_with(b"HTTP/"));
}

#[test]
fn a_connection_can_close_without_an_answer_though_the_request_was_read() {
    for fault in [Fault::CloseWithoutAnswer, Fault::Reset] {
        let desk = with(fault);
        assert!(raw(&desk).is_empty());
        assert_eq!(desk.requests().len(), 1);
    }
}

#[test]
fn a_reset_is_an_error_of_the_connection_and_no_end() {
    let desk = with(Fault::Reset);
    let mut stream = TcpStream::connect(desk.addr()).unwrap();
    stream.write_all(&request()).unwrap();
    let error = stream.read_to_end(&mut Vec::new()).expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_body_is_cut_and_its_length_promises_all_of_it() {
    let whole = get(&desk(), PATH).body.len();
    let answer = get(&with(Fault::CutBodyAfter(10)), PATH);
    assert_eq!((answer.body.len(), promised(&answer)), (10, whole));
}

#[test]
fn a_length_can_be_wrong_both_ways() {
    let whole = get(&desk(), PATH).body.len();
    for (by, length) in [(5, whole + 5), (-5, whole - 5)] {
        let answer = get(&with(Fault::WrongContentLength(by)), PATH);
        assert_eq!((answer.body.len(), promised(&answer)), (whole, length));
    }
}

#[test]
fn endless_bodies_and_headers_go_on_until_the_client_leaves() {
    for fault in [Fault::EndlessBody, Fault::EndlessHeaders] {
        let desk = with(fault);
        let mut stream = TcpStream::connect(desk.addr()).unwrap();
        stream.write_all(&request()).unwrap();
        let mut bytes = vec![0; 4 * 1024 * 1024];
        stream
            .read_exact(&mut bytes)
            .expect("four megabytes and no end");
        drop(stream);
        desk.set_fault(None);
        assert_eq!(get(&desk, PATH).status, 200, "the desk goes on");
    }
}

#[test]
fn endless_headers_never_reach_an_empty_line() {
    let desk = with(Fault::EndlessHeaders);
    let mut stream = TcpStream::connect(desk.addr()).unwrap();
    stream.write_all(&request()).unwrap();
    let mut bytes = vec![0; 512 * 1024];
    stream.read_exact(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(!bytes.windows(4).any(|window| window == b"\r\n\r\n"));
}

#[test]
fn a_dripping_body_is_whole_in_the_end() {
    let whole = get(&desk(), PATH).json();
    let pause = Duration::from_millis(2);
    let desk = with(Fault::DripBody(pause));
    let start = Instant::now();
    let answer = get(&desk, PATH);
    assert_eq!(answer.json(), whole);
    assert!(start.elapsed() >= pause * u32::try_from(answer.body.len()).unwrap());
}

#[test]
fn a_hanging_request_stays_open_and_holds_up_no_other() {
    let desk = desk();
    desk.add_fault(When::Nth(1), Fault::Hang);
    let mut hanging = TcpStream::connect(desk.addr()).unwrap();
    hanging.write_all(&request()).unwrap();
    until("the request is seen", || !desk.requests().is_empty());
    assert_eq!(get(&desk, PATH).status, 200);
    hanging.set_nonblocking(true).unwrap();
    let read = hanging.read(&mut [0; 1]);
    assert_eq!(
        read.expect_err("neither an answer nor an end").kind(),
        ErrorKind::WouldBlock
    );
}

#[test]
fn a_redirect_leads_where_it_is_told() {
    let answer = get(&with(Fault::Redirect("http://evil.example/".into())), PATH);
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some("http://evil.example/"))
    );
}

#[test]
fn a_body_can_be_replaced_or_cut_to_broken_json_with_the_true_headers() {
    let answer = get(&with(Fault::Body(br#"{"Version":5}"#.to_vec())), PATH);
    assert_eq!(answer.json()["Version"], 5);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=\"utf-8\"")
    );
    let answer = get(&with(Fault::TruncatedBody), PATH);
    assert_eq!(promised(&answer), answer.body.len());
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
}

#[test]
fn a_gzipped_body_is_gzip_and_says_so() {
    let whole = get(&desk(), PATH).json();
    let answer = get(&with(Fault::GzipBody), PATH);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(answer.body.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        whole
    );
}

#[test]
fn a_gzip_bomb_is_small_on_the_wire_and_large_behind_it() {
    let size = 8 * 1024 * 1024;
    let answer = get(&with(Fault::GzipBomb(size)), PATH);
    assert!(
        answer.body.len() < size / 500,
        "{} bytes",
        answer.body.len()
    );
    let mut decoder = flate2::read::GzDecoder::new(answer.body.as_slice());
    let unpacked = std::io::copy(&mut decoder, &mut std::io::sink()).unwrap();
    assert_eq!(unpacked, size as u64);
}

#[test]
fn a_secret_comes_back_in_all_its_dresses() {
    let desk = with(Fault::EchoSecret);
    let secret = "pass\"wörd/1";
    let authorization = basic(("cmdb", secret));
    let answer = send(
        desk.addr(),
        &format!("GET {PATH}"),
        &owned(&[("Authorization", &authorization)]),
        b"",
    );
    let text = answer.text();
    let json = answer.json();
    assert_eq!(answer.status, 400);
    assert!(
        json["message"].as_str().unwrap().contains(secret),
        "as it is, once the JSON is read"
    );
    assert!(text.contains("pass\\\"wörd/1"), "escaped for JSON");
    assert!(text.contains("pass%22w%C3%B6rd%2F1"), "encoded for a URL");
    assert!(text.contains("cGFzcyJ3w7ZyZC8x"), "in base64 alone");
    assert!(
        text.contains(authorization.strip_prefix("Basic ").unwrap()),
        "in base64 as sent"
    );
    assert!(
        text.contains("\\u0070\\u0061\\u0073\\u0073\\u0022\\u0077\\u00f6"),
        "in numbers"
    );
    assert_eq!(json["escaped"], secret);
    let token = format!("token {READER_TOKEN}");
    let answer = send(
        desk.addr(),
        &format!("GET {PATH}"),
        &owned(&[("Authorization", &token)]),
        b"",
    );
    assert_eq!(answer.header("x-debug-credential"), Some(READER_TOKEN));
}

#[test]
fn a_rate_limit_says_when_to_come_back() {
    let answer = get(&with(Fault::RateLimited("30".into())), PATH);
    assert_eq!(
        (answer.status, answer.header("retry-after")),
        (429, Some("30"))
    );
}

#[test]
fn faults_strike_the_requests_that_they_are_meant_for() {
    let statuses = |when: When| {
        let desk = desk();
        desk.add_fault(when, Fault::status(500, ""));
        [
            "/REST/2.0/rt",
            "/REST/2.0/ticket/2",
            "/REST/2.0/rt",
            "/REST/2.0/ticket/3",
        ]
        .map(|path| get(&desk, path).status)
    };
    assert_eq!(statuses(When::Always), [500, 500, 500, 500]);
    assert_eq!(statuses(When::Nth(2)), [200, 500, 200, 200]);
    assert_eq!(statuses(When::First(2)), [500, 500, 200, 200]);
    assert_eq!(statuses(When::After(3)), [200, 200, 200, 500]);
    assert_eq!(
        statuses(When::Target("/REST/2.0/ticket/".into())),
        [200, 500, 200, 500]
    );
    assert_eq!(
        statuses(When::TargetContains("rt".into())),
        [500, 200, 500, 200]
    );
}

#[test]
fn the_fault_added_first_wins_and_all_count_on() {
    let desk = desk();
    desk.add_fault(When::Nth(1), Fault::status(501, ""));
    desk.add_fault(When::Nth(2), Fault::status(502, ""));
    desk.add_fault(When::Always, Fault::status(503, ""));
    let status = || get(&desk, PATH).status;
    assert_eq!([status(), status(), status()], [501, 502, 503]);
    desk.set_fault(None);
    assert_eq!(status(), 200);
}

#[test]
fn a_request_is_logged_whatever_becomes_of_its_answer() {
    let desk = with(Fault::Garbage);
    raw(&desk);
    desk.set_fault(None);
    let whole = parse(&raw(&desk));
    assert_eq!(whole.status, 200);
    assert_eq!(desk.requests().len(), 2);
}
