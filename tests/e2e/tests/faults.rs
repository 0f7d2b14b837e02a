//! A desk in trouble: each trouble has its own clear message, in bounded time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use sgi_e2e::{Ran, Sgi};
use sgi_test_desks::{Fault, RtDesk, RtOptions};

fn tickets_with(fault: Fault) -> Ran {
    let rt = RtDesk::start(RtOptions::default());
    let more = "request_timeout = \"1s\"\nmax_response = \"1 MiB\"";
    let sgi = Sgi::with_rt(&rt.url(), "cmdb", "cmdb-secret-1", more);
    assert_eq!(sgi.run(&["check"]).status, 0);
    rt.set_fault(Some(fault));
    let ran = sgi.run(&["tickets", "1001"]);
    for secret in ["cmdb-secret-1", "Y21kYjpjbWRiLXNlY3JldC0x"] {
        assert!(
            !ran.out.contains(secret) && !ran.err.contains(secret),
            "{ran:?}"
        );
    }
    ran
}

fn fails(fault: Fault, status: i32, message: &str) {
    let ran = tickets_with(fault);
    assert_eq!(ran.status, status, "{ran:?}");
    assert!(ran.err.contains(message), "{message}: {ran:?}");
    assert!(!ran.err.contains('<'), "a raw page: {ran:?}");
}

#[test]
fn a_desk_that_is_down_is_named_with_what_to_check() {
    let url = {
        let rt = RtDesk::start(RtOptions::default());
        rt.url()
    };
    let ran = Sgi::with_rt(&url, "cmdb", "cmdb-secret-1", "").run(&["tickets", "1001"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    assert!(ran.err.contains("nothing listens there"), "{ran:?}");
}

#[test]
fn a_desk_that_hangs_is_given_up() {
    fails(Fault::Hang, 6, "request_timeout");
}

#[test]
fn garbage_is_told_from_http() {
    fails(Fault::Garbage, 7, "is not HTTP");
}

#[test]
fn a_connection_closed_without_an_answer_is_said() {
    fails(
        Fault::CloseWithoutAnswer,
        6,
        "closed the connection without an answer",
    );
}

#[test]
fn an_endless_answer_is_cut_off() {
    fails(Fault::EndlessBody, 7, "max_response");
}

#[test]
fn endless_headers_are_cut_off() {
    fails(Fault::EndlessHeaders, 7, "more headers");
}

#[test]
fn a_failing_desk_is_told_from_a_busy_one() {
    fails(
        Fault::status(500, "<html>stack trace</html>"),
        6,
        "HTTP 500",
    );
    fails(
        Fault::status(503, "<html>maintenance</html>"),
        6,
        "HTTP 503",
    );
}

#[test]
fn a_page_instead_of_json_is_not_shown() {
    fails(
        Fault::status(200, "<html><body>Welcome</body></html>"),
        7,
        "not JSON",
    );
}

#[test]
fn an_answer_that_echoes_the_password_is_not_shown() {
    let ran = tickets_with(Fault::EchoSecret);
    assert_ne!(ran.status, 0, "{ran:?}");
}

const EMPTY: &str = r#"{"count":0,"items":[],"page":1,"pages":0,"per_page":100,"total":0}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// An answer as it stands on the wire; it ends with the connection.
fn wire(head: &str, body: &[u8]) -> Fault {
    let head = format!("{head}\r\nContent-Type: application/json; charset=utf-8\r\n\r\n");
    Fault::raw([head.as_bytes(), body].concat())
}

fn packed(as_what: &str, body: &[u8]) -> Fault {
    wire(
        &format!("HTTP/1.1 200 OK\r\nContent-Encoding: {as_what}"),
        body,
    )
}

fn works(fault: Fault) {
    let ran = tickets_with(fault);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn packed_answers_are_unpacked() {
    works(Fault::GzipBody);
    let (one, other) = EMPTY.as_bytes().split_at(20);
    works(packed("gzip", &[gzip(one), gzip(other)].concat()));
    works(packed("X-GZIP", &gzip(EMPTY.as_bytes())));
}

#[test]
fn an_answer_that_is_not_packed_as_it_says_is_no_answer() {
    let whole = gzip(EMPTY.as_bytes());
    let message = "says it is packed by gzip and is not";
    fails(packed("gzip", EMPTY.as_bytes()), 7, message);
    fails(packed("gzip", &whole[..whole.len() - 6]), 7, message);
    fails(
        packed("br", EMPTY.as_bytes()),
        7,
        "packs its answers as \"br\"",
    );
}

#[test]
fn an_answer_that_unpacks_to_too_much_is_cut_off() {
    fails(Fault::GzipBomb(64 << 20), 7, "more than 1 MiB");
}

#[test]
fn an_answer_that_ends_before_its_end_is_no_answer() {
    let message = "broke its answer off";
    fails(Fault::CutBodyAfter(40), 7, message);
    fails(Fault::WrongContentLength(10), 7, message);
    let chunk = format!("{:x}\r\n{EMPTY}", EMPTY.len() + 10);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked";
    fails(wire(head, chunk.as_bytes()), 7, message);
}

#[test]
fn an_answer_that_drips_is_given_up_after_the_time_that_is_set() {
    let pause = std::time::Duration::from_millis(50);
    fails(
        Fault::DripBody(pause),
        6,
        "within 1 s (setting \"request_timeout\")",
    );
}

#[test]
fn interim_answers_without_end_are_given_up() {
    let flood = Fault::Raw {
        once: Vec::new(),
        again: b"HTTP/1.1 103 Early Hints\r\n\r\n".to_vec(),
    };
    fails(flood, 6, "request_timeout");
}

#[test]
fn interim_answers_and_http_1_0_are_understood() {
    works(wire("HTTP/1.0 200 OK", EMPTY.as_bytes()));
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n";
    works(wire(&format!("{interim}HTTP/1.1 200 OK"), EMPTY.as_bytes()));
}

#[test]
fn more_headers_than_anybody_needs_are_cut_off() {
    let many = "X-A: b\r\n".repeat(1000);
    fails(
        wire(&format!("HTTP/1.1 200 OK\r\n{many}X-B: c"), b"{}"),
        7,
        "more headers",
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = RtDesk::start(RtOptions::default());
    let to = format!("{}/REST/2.0/tickets", elsewhere.url());
    fails(Fault::Redirect(to), 3, "is not the base address");
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_desk_that_asks_to_wait_is_heard() {
    let busy = |code: u16, headers: &[(&str, &str)]| Fault::Status {
        code,
        headers: headers
            .iter()
            .map(|(name, value)| (String::from(*name), String::from(*value)))
            .collect(),
        body: Vec::new(),
    };
    let (now, later) = (
        ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("Retry-After", "Sun, 06 Nov 1994 08:51:37 GMT"),
    );
    for (fault, code, seconds) in [
        (Fault::RateLimited("17".to_owned()), "rate-limited", 17),
        (busy(429, &[now, later]), "rate-limited", 120),
        (busy(503, &[("Retry-After", "3600")]), "unavailable", 3600),
    ] {
        let rt = RtDesk::start(RtOptions::default());
        rt.set_fault(Some(fault));
        let sgi = Sgi::with_rt(&rt.url(), "cmdb", "cmdb-secret-1", "");
        let ran = sgi.run(&["tickets", "1001", "--json"]);
        assert_eq!(ran.status, 6, "{ran:?}");
        let told = ran.err.lines().last().unwrap();
        let told: serde_json::Value = serde_json::from_str(told).unwrap();
        assert_eq!(told["error"]["code"], code, "{ran:?}");
        assert_eq!(told["error"]["retry_after"], seconds, "{ran:?}");
        let ran = sgi.run(&["tickets", "1001"]);
        let words = format!("try again in {seconds} s");
        assert!(ran.err.contains(&words), "{ran:?}");
    }
}

#[test]
fn a_user_name_with_a_colon_is_told_as_a_setting() {
    let rt = RtDesk::start(RtOptions::default());
    let ran = Sgi::with_rt(&rt.url(), "x:y", "cmdb-secret-1", "").run(&["check"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    let words = "setting \"username\": may not hold a colon";
    assert!(ran.err.contains(words), "{ran:?}");
    assert!(rt.requests().is_empty());
}

#[test]
fn a_wrong_command_line_is_told_as_json_where_that_is_asked_for() {
    let sgi = Sgi::with_config("");
    for arguments in [
        &["tickets", "--json"][..],
        &["tickets", "1", "--json", "--sort", "colour"],
        &["check", "--json", "--nonsense"],
    ] {
        let ran = sgi.run(arguments);
        assert_eq!(ran.status, 2, "{ran:?}");
        let told: serde_json::Value = serde_json::from_str(&ran.err).unwrap();
        assert_eq!(told["error"]["code"], "usage", "{ran:?}");
        assert!(!told["error"]["message"].as_str().unwrap().contains("Usage"));
    }
    let ran = sgi.run(&["tickets", "--json", "--help"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}
