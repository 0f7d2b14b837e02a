//! Requests that no client of the API would send: whatever they are, the answer is problem details.

use sgi_e2e::desks::{SetUp, start};
use sgi_e2e::{Served, Sgi};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer, as it came.
#[derive(Debug)]
struct Raw {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Raw {
    fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

/// Sends these bytes, and then no more.
fn send(served: &Served, request: &[u8]) -> Raw {
    let address = served.url("").replace("http://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    // It may be answered, and closed, before all of it was read.
    let _ = stream.write_all(request);
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut body = Vec::new();
    let _ = reader.read_to_end(&mut body);
    Raw {
        status,
        headers,
        body: String::from_utf8(body).unwrap(),
    }
}

fn request(method: &str, path: &[u8], headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    [method.as_bytes(), b" ", path, head.as_bytes(), body].concat()
}

#[test]
fn whatever_is_asked_is_answered_as_a_problem() {
    let rt = start("rt", &SetUp::default());
    let sgi = Sgi::with_config(&rt.toml("helpdesk"));
    let served = Served::start(&sgi);
    let json = "Content-Type: application/json\r\n";
    let tickets: &[u8] = b"/api/v1/desks/helpdesk/tickets";
    let long = [b"/api/v1/desks/".as_slice(), &[b'x'; 20_000]].concat();
    let deep = "[".repeat(100_000);
    for (method, path, headers, body, status, code) in [
        ("POST", tickets, "", b"{}".as_slice(), 415, "not-json"),
        (
            "POST",
            tickets,
            "Content-Type: text/plain\r\n",
            b"{}",
            415,
            "not-json",
        ),
        (
            "POST",
            tickets,
            "Content-Type: ä\r\n",
            b"{}",
            415,
            "not-json",
        ),
        ("POST", tickets, json, b"", 422, "invalid-input"),
        ("POST", tickets, json, b"{", 422, "invalid-input"),
        ("POST", tickets, json, b"\xff\xfe", 422, "invalid-input"),
        (
            "POST",
            tickets,
            json,
            b"{\"subject\": \"\xc3\"}",
            422,
            "invalid-input",
        ),
        ("POST", tickets, json, b"[]", 422, "invalid-input"),
        ("POST", tickets, json, deep.as_bytes(), 422, "invalid-input"),
        ("POST", tickets, json, &[b' '; 3 << 20], 413, "too-large"),
        ("GET", b"/api/v1/desks/%FF", "", b"", 422, "invalid-input"),
        ("GET", b"/api/v1/desks/%", "", b"", 404, "unknown-desk"),
        ("GET", &long, "", b"", 404, "unknown-desk"),
        ("GET", b"/api/v1/desks/", "", b"", 404, "no-such-page"),
        ("GET", b"/api/v1//desks", "", b"", 404, "no-such-page"),
        (
            "GET",
            b"/api/v1/desks/helpdesk/",
            "",
            b"",
            404,
            "no-such-page",
        ),
        ("OPTIONS", b"/api/v1/desks", "", b"", 405, "method"),
        ("TRACE", b"/api/v1/desks", "", b"", 405, "method"),
        ("BREW", b"/api/v1/desks", "", b"", 405, "method"),
        ("PATCH", b"/api/v1/desks/helpdesk", "", b"", 405, "method"),
        // Outside of the API, a browser gets a page.
        ("BREW", b"/api/nowhere", "", b"", 404, "no-such-page"),
        (
            "GET",
            b"/api/v1/desks/helpdesk/settings",
            "",
            b"",
            409,
            "in-file",
        ),
        (
            "DELETE",
            b"/api/v1/desks/helpdesk",
            "If-Match: x\r\n",
            b"",
            409,
            "in-file",
        ),
        (
            "POST",
            b"/api/v1/connectors?name=x",
            json,
            b"{}",
            415,
            "not-wasm",
        ),
        (
            "POST",
            b"/api/v1/connectors",
            "Content-Type: application/wasm\r\n",
            b"x",
            422,
            "invalid-input",
        ),
    ] {
        let shown = format!(
            "{method} {}",
            String::from_utf8_lossy(&path[..path.len().min(60)])
        );
        let answered = send(&served, &request(method, path, headers, body));
        assert_eq!(answered.status, status, "{shown}: {answered:?}");
        assert_eq!(
            answered.header("content-type"),
            "application/problem+json",
            "{shown}"
        );
        let problem: serde_json::Value = serde_json::from_str(&answered.body).unwrap();
        assert_eq!(problem["code"], code, "{shown}: {problem}");
        assert_eq!(problem["status"], status, "{shown}");
        assert_ne!(problem["detail"], "", "{shown}");
        if status == 405 {
            assert!(
                answered.header("allow").contains("GET"),
                "{shown}: {answered:?}"
            );
        }
    }
    // As GET, without the body.
    for (path, status) in [
        (b"/api/v1/desks".as_slice(), 200),
        (b"/api/v1/desks/x", 404),
    ] {
        let answered = send(&served, &request("HEAD", path, "", b""));
        assert_eq!((answered.status, answered.body.as_str()), (status, ""));
        assert_ne!(answered.header("content-length"), "0", "{answered:?}");
    }
    // What is no HTTP, or goes beyond what is read of any request, is refused before it reaches the API.
    let longer = [b"/".as_slice(), &[b'x'; 70_000]].concat();
    for (sent, statuses) in [
        (request("GET", &longer, "", b""), [414, 431]),
        (b"GET /\xff HTTP/1.1\r\n\r\n".to_vec(), [400, 421]),
        (b"nonsense\r\n\r\n".to_vec(), [400, 400]),
    ] {
        let answered = send(&served, &sent);
        assert!(statuses.contains(&answered.status), "{answered:?}");
    }
    assert_eq!(served.get("/health/ready").status, 200);
}

/// Whoever sends the head of a request and then nothing is not waited for.
#[test]
fn a_body_that_does_not_come_is_given_up() {
    let home = tempfile::tempdir().unwrap();
    let served = Served::demo(home.path());
    let head = "POST /api/v1/desks/rt/tickets HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{";
    let answered = send(&served, head.as_bytes());
    assert_eq!(answered.status, 408, "{answered:?}");
    assert!(answered.body.contains("too-slow"), "{answered:?}");
}
