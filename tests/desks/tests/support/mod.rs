//! A client that does as little as possible: bytes there, bytes back.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

pub mod itop;
pub mod replay;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use sgi_test_desks::rt::{Account, READER, basic};
use sgi_test_desks::{RtDesk, RtOptions};

/// An answer, as it came.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// All bytes after the empty line, in whatever frame.
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The ids of the items of a list.
    pub fn ids(&self) -> Vec<String> {
        let items = self.json()["items"].as_array().expect("a list").clone();
        items
            .iter()
            .map(|item| item["id"].to_string().replace('"', ""))
            .collect()
    }
}

/// Sends a request and reads the answer until the desk closes the connection.
pub fn send(addr: SocketAddr, head: &str, headers: &[(String, String)], body: &[u8]) -> Answer {
    let mut request = format!("{head} HTTP/1.1\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    parse(&exchange(addr, &bytes))
}

/// Sends bytes and reads until the desk closes the connection, or for ten seconds.
pub fn exchange(addr: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(addr).expect("the desk listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a timeout");
    stream.write_all(bytes).expect("the desk reads");
    let mut answer = Vec::new();
    // A reset in the middle is an answer as well: what came before it counts.
    let _ = stream.read_to_end(&mut answer);
    answer
}

pub fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no end of head: {}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .expect("a status line");
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_owned(), value.to_owned())
    };
    Answer {
        status: status.parse().expect("a status"),
        headers: lines.map(header).collect(),
        body: answer[end + 4..].to_vec(),
    }
}

pub fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// `GET` as a connector does it, with the account.
pub fn get_as(desk: &RtDesk, account: Account, path: &str) -> Answer {
    let authorization = basic(account);
    let headers = [
        ("Host", "desk"),
        ("User-Agent", "test/1"),
        ("Authorization", authorization.as_str()),
    ];
    send(desk.addr(), &format!("GET {path}"), &owned(&headers), b"")
}

/// `GET` as the reader.
pub fn get(desk: &RtDesk, path: &str) -> Answer {
    get_as(desk, READER, path)
}

/// A search as the reader, by id.
pub fn search(desk: &RtDesk, query: &str) -> Answer {
    get(
        desk,
        &format!(
            "/REST/2.0/tickets?orderby=id&per_page=100&query={}",
            encode(query)
        ),
    )
}

/// What a search finds: the ids, or RT's complaint.
pub fn found(desk: &RtDesk, query: &str) -> Result<Vec<u64>, String> {
    let answer = search(desk, query);
    if answer.status != 200 {
        return Err(answer.json()["message"]
            .as_str()
            .expect("a message")
            .to_owned());
    }
    Ok(answer
        .ids()
        .iter()
        .map(|id| id.parse().expect("an id"))
        .collect())
}

pub fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

pub fn desk() -> RtDesk {
    RtDesk::start(RtOptions::default())
}

/// Waits until something holds that is bound to happen; fails after ten seconds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::yield_now();
    }
}
