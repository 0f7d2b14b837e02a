//! A desk that knows one cassette: it answers what was asked when it was recorded, and nothing else.

use sgi_host::cassette::{Cassette, Exchange, PASSWORD, Sent};
use sgi_test_desks::http::{Request, Response, Server, ServerOptions};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The password of the desk that plays: found anywhere but in its slots, it got lost.
pub(crate) const SECRET: &str = "kit-canary-9d2f6c1b7a";

/// A running desk; it ends when it is dropped.
pub(crate) struct Player {
    pub(crate) server: Server,
    prefix: String,
    state: Arc<Mutex<State>>,
}

struct State {
    exchanges: Vec<(Key, Exchange)>,
    /// What was played, in this order.
    played: Vec<usize>,
    /// What was asked for and is not on the cassette.
    unknown: Vec<String>,
}

impl Player {
    pub(crate) fn start(cassette: &Cassette) -> Self {
        let exchanges: Vec<_> = cassette
            .exchanges
            .iter()
            .map(|exchange| (Key::recorded(&exchange.request), exchange.clone()))
            .collect();
        let state = Arc::new(Mutex::new(State {
            exchanges,
            played: Vec::new(),
            unknown: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let options = ServerOptions {
            keep_alive: true,
            ..ServerOptions::default()
        };
        let server = Server::start(options, move |_| {
            move |request: &Request| locked(&shared).answer(request)
        });
        Self {
            server,
            prefix: path_of(&cassette.desk.url),
            state,
        }
    }

    /// The desk's address, with the path that it was recorded under.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.server.addr(), self.prefix)
    }

    /// What was asked for and is not on the cassette.
    pub(crate) fn unknown(&self) -> Vec<String> {
        locked(&self.state).unknown.clone()
    }

    /// What is on the cassette and nobody asked for.
    pub(crate) fn unplayed(&self) -> Vec<String> {
        let state = locked(&self.state);
        let exchanges = state.exchanges.iter().enumerate();
        exchanges
            .filter(|(place, _)| !state.played.contains(place))
            .map(|(_, (_, exchange))| {
                format!("{} {}", exchange.request.method, exchange.request.path)
            })
            .collect()
    }

    /// What was played, in this order.
    pub(crate) fn played(&self) -> Vec<Exchange> {
        let state = locked(&self.state);
        let played = state
            .played
            .iter()
            .filter_map(|place| state.exchanges.get(*place));
        played.map(|(_, exchange)| exchange.clone()).collect()
    }

    /// From the beginning again.
    pub(crate) fn rewind(&self) {
        let mut state = locked(&self.state);
        state.played.clear();
        state.unknown.clear();
        self.server.set_fault(None);
        self.server.clear();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path of an address, without a slash at its end.
fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..));
    path.unwrap_or_default().trim_end_matches('/').to_owned()
}

impl State {
    /// Of several answers to the same request the next one; the last of them again and again.
    fn answer(&mut self, request: &Request) -> Response {
        let key = Key::seen(request);
        let mut chosen = None;
        for (place, (known, _)) in self.exchanges.iter().enumerate() {
            if *known == key {
                chosen = Some(place);
                if !self.played.contains(&place) {
                    break;
                }
            }
        }
        let Some(place) = chosen else {
            self.unknown
                .push(format!("{} {}", request.method, request.target));
            return Response::new(404, "not on the cassette");
        };
        self.played.push(place);
        match self.exchanges.get(place) {
            Some((_, exchange)) => response(exchange),
            None => Response::silence(),
        }
    }
}

fn response(exchange: &Exchange) -> Response {
    let Some(status) = exchange.response.status else {
        return Response::silence();
    };
    // The server frames the message itself.
    let framing = [
        "content-length",
        "transfer-encoding",
        "content-encoding",
        "connection",
    ];
    let mut response = Response::new(status, exchange.response.body.clone());
    for (name, value) in &exchange.response.headers {
        if !framing.contains(&name.to_ascii_lowercase().as_str()) {
            response = response.header(name.clone(), value.clone());
        }
    }
    response
}

/// What tells one request from another: method, path, parameters in any order, and what the body says.
#[derive(Debug, PartialEq)]
struct Key {
    method: String,
    path: String,
    query: BTreeMap<String, Vec<String>>,
    body: Body,
}

#[derive(Debug, PartialEq)]
enum Body {
    Json(serde_json::Value),
    Form(BTreeMap<String, Vec<String>>),
    Text(String),
}

impl Key {
    fn recorded(sent: &Sent) -> Self {
        let media = sent.headers.iter();
        let media = media
            .clone()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let media = media.map_or("", |(_, value)| value);
        Self::new(
            &sent.method,
            &sent.path,
            media,
            sent.body.as_deref().unwrap_or_default(),
        )
    }

    fn seen(request: &Request) -> Self {
        let media = request.header("content-type").unwrap_or_default();
        let body = String::from_utf8_lossy(&request.body);
        // In a form it may stand encoded; it has no letter that is.
        let body = body.replace(SECRET, PASSWORD);
        Self::new(&request.method, &request.target, media, &body)
    }

    fn new(method: &str, target: &str, media: &str, body: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: pairs(query),
            body: match serde_json::from_str(body) {
                Ok(json) => Body::Json(json),
                Err(_) if media.contains("form-urlencoded") => Body::Form(pairs(body)),
                Err(_) => Body::Text(body.trim().to_owned()),
            },
        }
    }
}

fn pairs(encoded: &str) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(encoded.as_bytes()) {
        all.entry(name.into_owned())
            .or_default()
            .push(value.into_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn key(method: &str, target: &str, media: &str, body: &str) -> Key {
        Key::new(method, target, media, body)
    }

    #[test]
    fn requests_are_the_same_by_what_they_say() {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(
            key("GET", "/a?x=1&y=%20", "", ""),
            key("GET", "/a?y=+&x=1", "", "")
        );
        assert_eq!(
            key("POST", "/a", form, "x=1&y=2"),
            key("POST", "/a", form, "y=2&x=1")
        );
        assert_eq!(
            key("POST", "/a", "", r#"{"a":1,"b":2}"#),
            key("POST", "/a", "", r#"{"b":2, "a":1}"#)
        );
        for other in [
            key("POST", "/a?x=1", "", ""),
            key("GET", "/b?x=1", "", ""),
            key("GET", "/a?x=2", "", ""),
            key("GET", "/a?x=1&x=1", "", ""),
            key("GET", "/a?x=1", "", "b"),
        ] {
            assert_ne!(key("GET", "/a?x=1", "", ""), other);
        }
    }

    #[test]
    fn the_path_of_an_address_is_found() {
        assert_eq!(path_of("https://desk.example.org/rt/"), "/rt");
        assert_eq!(path_of("https://desk.example.org"), "");
    }
}
