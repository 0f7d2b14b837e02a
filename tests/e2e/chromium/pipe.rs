//! Messages to and from the browser: JSON, each ended by a zero.

use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// What anything may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) struct Pipe {
    to: RefCell<ChildStdin>,
    from: Receiver<Value>,
    last: Cell<u64>,
    events: RefCell<Vec<Value>>,
}

impl Pipe {
    pub(super) fn new(to: ChildStdin, from: ChildStdout) -> Self {
        let (told, hears) = channel();
        std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut message = Vec::new();
            while from.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else {
                    break;
                };
                if told.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        Self {
            to: RefCell::new(to),
            from: hears,
            last: Cell::new(0),
            events: RefCell::default(),
        }
    }

    /// Asks for something, of a window or (empty) of the browser. Its number.
    pub(super) fn send(&self, session: &str, method: &str, params: &Value) -> u64 {
        let id = self.last.get() + 1;
        self.last.set(id);
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        // One that is gone is noticed by the missing answer.
        let _ = self.to.borrow_mut().write_all(&bytes);
        id
    }

    /// Asks for something, and waits for the answer.
    pub(super) fn call(&self, session: &str, method: &str, params: Value) -> Value {
        let id = self.send(session, method, &params);
        let began = Instant::now();
        loop {
            let mut message = self.next(began, method);
            if message["id"] != id {
                self.keep(message);
                continue;
            }
            assert!(message["error"].is_null(), "{method}: {}", message["error"]);
            return message["result"].take();
        }
    }

    /// Waits for an event of a window, which is kept no longer.
    pub(super) fn wait(&self, session: &str, method: &str) -> Value {
        let began = Instant::now();
        loop {
            let mut found = self.take(session, method);
            if !found.is_empty() {
                return found.swap_remove(0);
            }
            let message = self.next(began, method);
            self.keep(message);
        }
    }

    /// The events of that name so far, which are kept no longer.
    pub(super) fn take(&self, session: &str, method: &str) -> Vec<Value> {
        let is = |event: &Value| event["sessionId"] == session && event["method"] == method;
        let mut events = self.events.borrow_mut();
        let (found, others) = events.drain(..).partition(is);
        *events = others;
        found
    }

    fn next(&self, began: Instant, what: &str) -> Value {
        let left = PATIENCE.saturating_sub(began.elapsed());
        let message = self.from.recv_timeout(left);
        message.unwrap_or_else(|error| panic!("the browser does not answer: {what}: {error}"))
    }

    fn keep(&self, message: Value) {
        if message["method"] == "Page.javascriptDialogOpening" {
            // Until it is closed, the page stands still.
            let session = message["sessionId"].as_str().unwrap_or_default();
            let close = json!({ "accept": false });
            self.send(session, "Page.handleJavaScriptDialog", &close);
        }
        if !message["method"].is_null() {
            self.events.borrow_mut().push(message);
        }
    }
}
