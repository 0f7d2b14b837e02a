//! Ways in which a desk, or something between us and the desk, goes wrong.
//!
//! A fault replaces or damages the answer to some requests. The requests are still read and
//! logged, so a test can see what the client sent and how often it tried.
//!
//! Where a request changes something, it matters whether the desk acts on it. It does where the *true*
//! answer is named below, and where the name of the fault says so; it does not with the others.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
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
    /// The desk acts; then the connection is closed without a word: the answer got lost.
    CloseAfterActing,
    /// The desk acts; then the connection is reset (TCP RST).
    ResetAfterActing,
    /// The desk acts, and never answers; the connection stays open.
    HangAfterActing,
    /// The connection is closed without a word, and the desk acts so much later: it was still at it.
    /// Not at all when it is dropped before.
    ActLate(Duration),
    /// The true answer, cut after this many bytes, counted from those of its status line on; of
    /// one that is shorter, all of it.
    CutAfter(usize),
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
    /// The true answer with its body damaged in a way that the number decides, which counts on with each
    /// answer.
    Mangle(Arc<AtomicU64>),
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
    /// The requests with this method.
    Method(String),
    /// The requests whose body contains this text: for desks that do everything at one address.
    BodyContains(String),
    /// The requests on a connection that has carried one before.
    Kept,
    /// Only the first request for which this holds.
    Once(Box<When>),
}

impl When {
    /// `kept` says whether the connection has carried a request before, `count` how many requests
    /// there have been with this one, `struck` whether it has held before.
    fn holds(&self, request: &Request, kept: bool, count: u64, struck: bool) -> bool {
        match self {
            When::Always => true,
            When::Nth(n) => count == *n,
            When::First(n) => count <= *n,
            When::After(n) => count > *n,
            When::Target(prefix) => request.target.starts_with(prefix.as_str()),
            When::TargetContains(part) => request.target.contains(part.as_str()),
            When::Method(method) => request.method == *method,
            When::BodyContains(part) => {
                String::from_utf8_lossy(&request.body).contains(part.as_str())
            }
            When::Kept => kept,
            When::Once(when) => !struck && when.holds(request, kept, count, struck),
        }
    }
}

/// A fault that is set, how many requests it has seen, and whether it has struck one.
#[derive(Debug)]
struct Set {
    when: When,
    fault: Fault,
    count: u64,
    struck: bool,
}

/// The faults that are set, first come first served.
#[derive(Debug, Default)]
pub(super) struct FaultPlan {
    set: Mutex<Vec<Set>>,
}

impl FaultPlan {
    pub(super) fn clear(&self) {
        self.set.lock().unwrap().clear();
    }

    pub(super) fn add(&self, when: When, fault: Fault) {
        self.set.lock().unwrap().push(Set {
            when,
            fault,
            count: 0,
            struck: false,
        });
    }

    /// The fault that strikes the request, if one does. Every fault counts every request, also those
    /// that an earlier fault takes.
    pub(super) fn strike(&self, request: &Request, kept: bool) -> Option<Fault> {
        let mut first = None;
        for set in self.set.lock().unwrap().iter_mut() {
            set.count += 1;
            if set.when.holds(request, kept, set.count, set.struck) {
                set.struck = true;
                first.get_or_insert_with(|| set.fault.clone());
            }
        }
        first
    }
}
