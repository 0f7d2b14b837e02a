//! What was said during a call, kept until it is known how the call ends.
//!
//! It holds what the guest itself has seen: placeholders where secrets are, answers with the secrets taken
//! out. Bodies are shared with whoever else has them, and only a few megabytes of them are kept.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of one call: the last exchanges, the bytes of their bodies, the last lines and the first questions for
/// captured secrets.
const EXCHANGES: usize = 200;
const BODIES: usize = 2 << 20;
const LINES: usize = 50;
const CAPTURED: usize = 1000;

/// The tape of one call.
#[derive(Debug, Default)]
pub(crate) struct Tape(Mutex<Taped>);

#[derive(Debug, Default, Clone)]
pub(super) struct Taped {
    pub(super) exchanges: VecDeque<Exchange>,
    /// How many were taken off again.
    pub(super) left_out: u32,
    bodies: usize,
    pub(super) captured: Vec<(String, Option<String>)>,
    pub(super) lines: VecDeque<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Exchange {
    number: u32,
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    pub(super) answer: Option<Answer>,
}

#[derive(Debug, Clone, Default)]
pub(super) enum Body {
    #[default]
    Unknown,
    Whole(Bytes),
    /// Too much to be kept.
    LeftOut(usize),
}

#[derive(Debug, Clone)]
pub(super) enum Answer {
    Whole {
        status: u16,
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Body,
    },
    /// What the guest was told, and what people were.
    None {
        guest: &'static str,
        code: &'static str,
        message: String,
    },
}

impl Tape {
    fn lock(&self) -> MutexGuard<'_, Taped> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn copy(&self) -> Taped {
        self.lock().clone()
    }

    /// The guest begins a request.
    pub(crate) fn begun<B>(&self, number: u32, request: &Request<B>) {
        let mut taped = self.lock();
        if taped.exchanges.len() == EXCHANGES {
            taped.take_off();
        }
        let target = request.uri().path_and_query();
        taped.exchanges.push_back(Exchange {
            number,
            method: request.method().clone(),
            target: target.map_or_else(String::new, ToString::to_string),
            headers: request.headers().clone(),
            body: Body::Unknown,
            answer: None,
        });
    }

    /// All of its body is there.
    pub(crate) fn whole(&self, number: u32, body: &Bytes) {
        let mut taped = self.lock();
        let body = taped.keep(body);
        if let Some(exchange) = taped.find(number) {
            exchange.body = body;
        }
    }

    pub(crate) fn answered(&self, number: u32, answer: &Response<Bytes>) {
        let mut taped = self.lock();
        let body = taped.keep(answer.body());
        let headers = answer.headers().iter();
        if let Some(exchange) = taped.find(number) {
            exchange.answer = Some(Answer::Whole {
                status: answer.status().as_u16(),
                headers: headers.map(|(n, v)| (n.clone(), v.clone())).collect(),
                body,
            });
        }
    }

    pub(crate) fn failed(
        &self,
        number: u32,
        guest: &'static str,
        code: &'static str,
        message: String,
    ) {
        if let Some(exchange) = self.lock().find(number) {
            exchange.answer = Some(Answer::None {
                guest,
                code,
                message,
            });
        }
    }

    /// The guest asks for a captured secret, and gets this.
    pub(crate) fn captured(&self, name: &str, placeholder: Option<&str>) {
        let mut taped = self.lock();
        if taped.captured.len() < CAPTURED {
            let answer = (name.to_owned(), placeholder.map(str::to_owned));
            taped.captured.push(answer);
        }
    }

    /// A line that went to the log, without secrets.
    pub(crate) fn line(&self, line: String) {
        let mut taped = self.lock();
        if taped.lines.len() == LINES {
            taped.lines.pop_front();
        }
        taped.lines.push_back(line);
    }
}

impl Taped {
    fn find(&mut self, number: u32) -> Option<&mut Exchange> {
        let mut latest = self.exchanges.iter_mut().rev();
        latest.find(|exchange| exchange.number == number)
    }

    fn keep(&mut self, body: &Bytes) -> Body {
        if body.len() > BODIES {
            return Body::LeftOut(body.len());
        }
        // What came last says most. One that is still under way is not among those that go.
        while self.bodies + body.len() > BODIES && self.exchanges.len() > 1 {
            self.take_off();
        }
        if self.bodies + body.len() > BODIES {
            return Body::LeftOut(body.len());
        }
        self.bodies += body.len();
        Body::Whole(body.clone())
    }

    fn take_off(&mut self) {
        let Some(first) = self.exchanges.pop_front() else {
            return;
        };
        self.left_out = self.left_out.saturating_add(1);
        let mut freed = first.body.size();
        if let Some(Answer::Whole { body, .. }) = &first.answer {
            freed += body.size();
        }
        self.bodies = self.bodies.saturating_sub(freed);
    }
}

impl Body {
    fn size(&self) -> usize {
        match self {
            Self::Whole(bytes) => bytes.len(),
            Self::Unknown | Self::LeftOut(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_is_bounded_and_has_what_came_last() {
        let tape = Tape::default();
        for number in 1..=500 {
            tape.begun(
                number,
                &Request::get(format!("/{number}")).body(()).unwrap(),
            );
            tape.whole(number, &Bytes::new());
            let body = Bytes::from(vec![0; 100 << 10]);
            tape.answered(number, &Response::new(body));
            tape.line(number.to_string());
            tape.captured("session", None);
        }
        let taped = tape.copy();
        assert!(taped.bodies <= BODIES);
        assert_eq!(taped.exchanges.len(), 20);
        assert_eq!(taped.left_out, 480);
        assert_eq!(taped.exchanges.back().unwrap().target, "/500");
        assert_eq!(
            (taped.lines.len(), &taped.lines[49]),
            (50, &"500".to_owned())
        );
        tape.begun(501, &Request::get("/").body(()).unwrap());
        tape.answered(501, &Response::new(Bytes::from(vec![0; BODIES + 1])));
        let taped = tape.copy();
        let last = taped.exchanges.back().unwrap();
        assert!(matches!(
            last.answer,
            Some(Answer::Whole { body: Body::LeftOut(size), .. }) if size == BODIES + 1
        ));
    }
}
