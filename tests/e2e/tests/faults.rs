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
