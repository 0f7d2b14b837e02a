//! A desk that repeats the password in what it answers: the connector never sees it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sgi_e2e::{Ran, Sgi};
use sgi_test_desks::rt::NewTicket;
use sgi_test_desks::{Fault, RtDesk, RtOptions, Seen, When};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Every escape there is has something to do.
const PASSWORD: &str = "Gr\u{f6}\u{df}e <7> & \"x\\y\"/z";
const OBJECT: &str = "31337";

/// A desk with one ticket of the object and this subject, checked.
fn desk(subject: &str) -> (RtDesk, Sgi) {
    let rt = RtDesk::start(RtOptions::default());
    rt.set_password("cmdb", Some(PASSWORD));
    rt.add_ticket(NewTicket {
        subject: subject.to_owned(),
        ..NewTicket::of(OBJECT)
    });
    let sgi = Sgi::with_rt(&rt.url(), "cmdb", PASSWORD, "");
    assert_eq!(sgi.run(&["check"]).status, 0);
    (rt, sgi)
}

/// What the connector gave back as the subject.
fn subject(ran: &Ran) -> String {
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.json()[0]["subject"].as_str().unwrap().to_owned()
}

#[test]
fn the_password_is_taken_out_of_a_ticket_however_it_is_spelled() {
    let base64_of_more = STANDARD.encode(format!("abc{PASSWORD}def"));
    let spellings = [
        PASSWORD.to_owned(),
        utf8_percent_encode(PASSWORD, NON_ALPHANUMERIC).to_string(),
        form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect(),
        serde_json::to_string(PASSWORD).unwrap(),
        PASSWORD.replace('&', "&amp;").replace('<', "&lt;"),
        PASSWORD
            .chars()
            .map(|c| format!("&#{};", u32::from(c)))
            .collect(),
        STANDARD.encode(PASSWORD),
        URL_SAFE_NO_PAD.encode(PASSWORD),
        STANDARD.encode(format!("cmdb:{PASSWORD}")),
    ];
    let (rt, sgi) = desk("(nothing)");
    let list = sgi.run(&["tickets", OBJECT, "--json"]);
    let id: u64 = list.json()[0]["id"].as_str().unwrap().parse().unwrap();
    for spelling in spellings {
        rt.set_subject(id, &format!("before {spelling} behind"));
        let subject = subject(&sgi.run(&["tickets", OBJECT, "--json"]));
        // Base64 has digits that hold bits of its neighbours, too: those may stay.
        let rest = subject.replace("*removed*", "");
        assert_ne!(rest, subject, "{spelling}");
        assert!(rest.len() <= "before \"\" behind".len() + 4, "{subject}");
        assert!(subject.starts_with("before "), "{subject}");
        assert!(subject.ends_with(" behind"), "{subject}");
    }
    rt.set_subject(id, &base64_of_more);
    let subject = subject(&sgi.run(&["tickets", OBJECT, "--json"]));
    assert!(subject.contains("*removed*"), "{subject}");
    assert!(subject.len() < 20, "{subject}");
}

/// The body of the answer to a request that was sent before.
fn answer_to(rt: &RtDesk, seen: &Seen) -> String {
    let mut desk = TcpStream::connect(rt.addr()).unwrap();
    write!(desk, "{} {} HTTP/1.1\r\n", seen.method, seen.target).unwrap();
    for (name, value) in &seen.headers {
        write!(desk, "{name}: {value}\r\n").unwrap();
    }
    desk.write_all(b"\r\n").unwrap();
    let mut answer = String::new();
    desk.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn with_head(headers: &str, body: &[u8]) -> Fault {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}\r\n\r\n");
    Fault::raw([head.as_bytes(), body].concat())
}

#[test]
fn the_password_is_taken_out_of_json_escapes_across_chunks_and_after_unpacking() {
    let (rt, sgi) = desk("before MARK behind");
    rt.clear();
    assert_eq!(
        subject(&sgi.run(&["tickets", OBJECT, "--json"])),
        "before MARK behind"
    );
    let body = answer_to(&rt, rt.requests().first().unwrap());
    let escaped: String = PASSWORD
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let body = body.replace("MARK", &escaped);
    assert!(body.contains(&escaped), "{body}");

    let chunks: Vec<u8> = body
        .as_bytes()
        .chunks(5)
        .flat_map(|chunk| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat())
        .chain(*b"0\r\n\r\n")
        .collect();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(body.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();

    for fault in [
        with_head("X-Whole: yes", body.as_bytes()),
        with_head("Transfer-Encoding: chunked", &chunks),
        with_head("Content-Encoding: gzip", &packed),
    ] {
        rt.set_fault(Some(fault));
        let ran = sgi.run(&["tickets", OBJECT, "--json"]);
        assert_eq!(subject(&ran), "before *removed* behind");
    }
}

#[test]
fn a_desk_that_repeats_the_password_is_a_finding() {
    let (rt, sgi) = desk("harmless");
    assert!(!sgi.run(&["check"]).out.contains("repeats the password"));
    let about = serde_json::json!({ "Version": "5.0.5", "Plugins": [PASSWORD] });
    rt.add_fault(
        When::TargetContains("/REST/2.0/rt".to_owned()),
        Fault::Body(about.to_string().into_bytes()),
    );
    let ran = sgi.run(&["check"]);
    assert!(
        ran.out
            .contains("warning: password: the desk repeats the password"),
        "{ran:?}"
    );
}
