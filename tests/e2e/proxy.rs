//! A proxy before a desk.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use crate::front::Front;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

/// A proxy that takes every name for the same desk.
pub struct Proxy {
    front: Front,
    seen: Arc<Mutex<Vec<String>>>,
}

/// What a proxy does.
#[derive(Debug, Clone)]
pub enum Rule {
    /// Lets everybody through.
    Open,
    /// Lets those through that send this as `Proxy-Authorization`.
    For(&'static str),
    /// Answers with this status.
    Refuse(u16),
}

impl Proxy {
    /// A proxy before a desk.
    pub fn start(desk: SocketAddr, rule: Rule) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let front = Front::start(move |stream| {
            let (kept, rule) = (Arc::clone(&kept), rule.clone());
            pass(stream, desk, kept, rule)
        });
        Self { front, seen }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.front.addr()
    }

    /// The heads of the requests that it was sent itself.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn pass(
    mut client: TcpStream,
    desk: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    rule: Rule,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    seen.lock().unwrap().push(head.clone());
    let authorized = |wanted: &str| {
        head.lines().any(|line| {
            line.split_once(": ").is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("proxy-authorization") && value == wanted
            })
        })
    };
    let refused = match rule {
        Rule::Open => None,
        Rule::For(wanted) => (!authorized(wanted)).then_some(407),
        Rule::Refuse(status) => Some(status),
    };
    if let Some(status) = refused {
        let answer =
            format!("HTTP/1.1 {status} No\r\nContent-Length: 5\r\nConnection: close\r\n\r\n<no/>");
        return client.write_all(answer.as_bytes()).await;
    }
    let mut desk = TcpStream::connect(desk).await?;
    let (method, rest) = head.split_once(' ').expect("a request line");
    if method == "CONNECT" {
        client
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .await?;
    } else {
        // "http://desk.invalid/path" becomes "/path".
        let path = rest.splitn(4, '/').nth(3).expect("an absolute address");
        desk.write_all(format!("{method} /{path}").as_bytes())
            .await?;
    }
    copy_bidirectional(&mut client, &mut desk).await.map(drop)
}
