//! Ways in which a desk, or something between us and the desk, goes wrong.
//!
//! A fault replaces or damages the answer to some requests. The requests are still read and
//! logged, so a test can see what the client sent and how often it tried.

use std::sync::Mutex;
use std::time::Duration;

use super::message::Request;

/// What goes wrong.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fault {
    /// Another answer altogether.
    Status {
        /// The status code.
        code: u16,
        /// Headers to send, beside those that frame the message.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// `200` with an HTML page, as a login portal or a maintenance page between us and the desk.
    Html,
    /// Bytes that are not HTTP at all.
    Garbage,
    /// These bytes and nothing else; then `again` over and over, unless it is empty.
    Raw {
        /// What is sent first.
        once: Vec<u8>,
        /// What is sent after it without end.
        again: Vec<u8>,
    },
    /// The request is read, the connection closed without a word.
    CloseWithoutAnswer,
    /// The connection is reset (TCP RST) once the request is read.
    Reset,
    /// The true answer, cut after this many bytes of its body; the length promises all of it.
    CutBodyAfter(usize),
    /// The true answer with a `Content-Length` wrong by this much; then the connection closes.
    WrongContentLength(i64),
    /// The true answer's headers, then a body that never ends.
    EndlessBody,
    /// A status line, then headers that never end.
    EndlessHeaders,
    /// The true answer, its body sent one byte at a time with this pause after each.
    DripBody(Duration),
    /// The request is read and never answered; the connection stays open.
    Hang,
    /// `302` to this address.
    Redirect(String),
    /// The true status and headers with this body in place of the true one.
    Body(Vec<u8>),
    /// The true answer with only the first half of its body, and a length that agrees: sound
    /// HTTP, broken JSON.
    TruncatedBody,
    /// The true answer, gzipped (correctly) whether or not the client asked for it.
    GzipBody,
    /// A gzipped body that unpacks to this many bytes of JSON white space: a thousandth on the wire.
    GzipBomb(usize),
    /// `400` with the request's own credential (`Authorization`, or the password or session in a
    /// body of JSON) in the message in all the ways it may come back: as sent, decoded,
    /// URL-encoded, JSON-escaped and in base64.
    EchoSecret,
    /// `429` with this `Retry-After` (seconds or a date).
    RateLimited(String),
}

impl Fault {
    /// Another answer: this status, this body, no headers.
    pub fn status(code: u16, body: impl Into<Vec<u8>>) -> Self {
        Fault::Status {
            code,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// These bytes and nothing else.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Fault::Raw {
            once: bytes.into(),
            again: Vec::new(),
        }
    }
}

/// Which requests a fault strikes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum When {
    /// Every request.
    Always,
    /// Only the n-th request from now on, counted from 1.
    Nth(u64),
    /// The first n requests from now on; the desk recovers after that.
    First(u64),
    /// All but the first n requests from now on.
    After(u64),
    /// The requests whose target starts with this text.
    Target(String),
    /// The requests whose target contains this text.
    TargetContains(String),
    /// The requests whose body contains this text as it was sent, e.g. `core%2Fget` in a form:
    /// for services that have one address for everything.
    BodyContains(String),
}

/// The faults that are set, first come first served.
#[derive(Debug, Default)]
pub(super) struct FaultPlan {
    set: Mutex<Vec<(When, Fault, u64)>>,
}

impl FaultPlan {
    pub(super) fn clear(&self) {
        self.set.lock().unwrap().clear();
    }

    pub(super) fn add(&self, when: When, fault: Fault) {
        self.set.lock().unwrap().push((when, fault, 0));
    }

    /// The fault that strikes this request, if one does. Every fault counts every request, also
    /// those that an earlier fault takes.
    pub(super) fn strike(&self, request: &Request) -> Option<Fault> {
        let mut struck = None;
        for (when, fault, count) in self.set.lock().unwrap().iter_mut() {
            *count += 1;
            let hit = match when {
                When::Always => true,
                When::Nth(n) => *count == *n,
                When::First(n) => *count <= *n,
                When::After(n) => *count > *n,
                When::Target(prefix) => request.target.starts_with(prefix.as_str()),
                When::TargetContains(part) => request.target.contains(part.as_str()),
                When::BodyContains(part) => {
                    String::from_utf8_lossy(&request.body).contains(part.as_str())
                }
            };
            if hit && struck.is_none() {
                struck = Some(fault.clone());
            }
        }
        struck
    }
}
