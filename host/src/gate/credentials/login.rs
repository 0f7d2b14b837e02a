//! Logins that other instances make superfluous.
//!
//! Instances that serve one desk lose a session together, and each would log in anew: the desk would hold
//! as many sessions as there are calls, and only the last would be used. So logins go one after the other,
//! and one that finds the secret renewed when its turn comes is not sent.
//!
//! Nor is one of a call in whose time the same login came to nothing: desks lock accounts after a few wrong
//! passwords, and a second attempt of the same cannot fare better. It gets the answer of the first.

use super::header;
use super::slot::Declared;
use super::vault::Vault;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use std::sync::{Mutex as Lock, PoisonError};
use tokio::sync::{Mutex, MutexGuard};

/// The longest answer that is kept for those that wait, in bytes. That of a refused login is short.
const KEPT: usize = 64 << 10;

/// The logins of one desk, one after the other.
#[derive(Default)]
pub(crate) struct Logins {
    /// Held by the login that is under way.
    turn: Mutex<()>,
    last: Lock<Last>,
}

#[derive(Default)]
struct Last {
    /// Logins that were answered.
    answered: u64,
    /// The last of them, if it came to nothing.
    vain: Option<(Asked, Response<Bytes>)>,
}

/// A login as the connector sent it, with the placeholder in it.
#[derive(PartialEq, Eq)]
struct Asked {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl Asked {
    fn of(request: &Request<Bytes>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }
}

/// What a login finds when its turn comes.
pub(crate) enum AtTurn<'a> {
    /// Nothing: it is sent.
    Send(Turn<'a>),
    /// Another one has brought what it is for.
    Superfluous,
    /// Since the call began the same login came to nothing, with this answer.
    Vain(Response<Bytes>),
}

/// The right to log in.
pub(crate) struct Turn<'a> {
    logins: &'a Logins,
    login: Login,
    asked: Asked,
    _one: MutexGuard<'a, ()>,
}

impl Logins {
    /// How many were answered by now.
    pub(crate) fn answered(&self) -> u64 {
        self.last().answered
    }

    /// Waits until no other login is under way. `before` are those that had been answered when the call
    /// began.
    pub(crate) async fn turn(
        &self,
        vault: &Vault,
        login: Login,
        request: &Request<Bytes>,
        before: u64,
    ) -> AtTurn<'_> {
        let one = self.turn.lock().await;
        if login.is_superfluous(vault) {
            return AtTurn::Superfluous;
        }
        let asked = Asked::of(request);
        let last = self.last();
        if last.answered > before
            && let Some((same, answer)) = &last.vain
            && *same == asked
        {
            return AtTurn::Vain(answer.clone());
        }
        drop(last);
        AtTurn::Send(Turn {
            logins: self,
            login,
            asked,
            _one: one,
        })
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Notes what the login came to, before the next one gets its turn.
    pub(crate) fn answered(self, vault: &Vault, answer: &Response<Bytes>) {
        // A desk in trouble says nothing about the password.
        let refused = !answer.status().is_server_error()
            && answer.status() != StatusCode::TOO_MANY_REQUESTS
            && answer.body().len() <= KEPT;
        let vain = refused && !self.login.is_superfluous(vault);
        let mut last = self.logins.last();
        last.answered += 1;
        last.vain = vain.then(|| (self.asked, answer.clone()));
    }
}

/// A login that waits for its turn: a request with the password whose answer hands out secrets.
pub(crate) struct Login {
    /// By name, what the connector knew that the vault holds; where it had not asked, what that held when
    /// the login began to wait.
    held: Vec<(String, Option<String>)>,
}

impl Login {
    /// None for a request that is no login. `path` is the request's, below the desk's address.
    pub(crate) fn begin(
        vault: &Vault,
        declared: &Declared,
        request: &Request<Bytes>,
        path: &str,
        knows: impl Fn(&str) -> Option<Option<String>>,
    ) -> Option<Self> {
        let captures = declared.captures_for(request.method(), path);
        if captures.is_empty() || !carries_password(vault, request) {
            return None;
        }
        let held = captures.into_iter().map(|capture| {
            let name = capture.name().to_owned();
            let placeholder = knows(&name).unwrap_or_else(|| vault.captured(&name));
            (name, placeholder)
        });
        Some(Self {
            held: held.collect(),
        })
    }

    /// Whether another login has brought by now what this one is for.
    pub(crate) fn is_superfluous(&self, vault: &Vault) -> bool {
        self.held.iter().any(|(name, before)| {
            let now = vault.captured(name);
            now.is_some() && now != *before
        })
    }
}

fn carries_password(vault: &Vault, request: &Request<Bytes>) -> bool {
    let placeholder = vault.password_placeholder().as_bytes();
    let holds = |bytes: &[u8]| {
        bytes
            .windows(placeholder.len())
            .any(|part| part == placeholder)
    };
    let in_header = |value: &HeaderValue| {
        let basic = header::read_basic(value, vault.username());
        holds(value.as_bytes()) || basic.is_some_and(|(_, read)| holds(read.as_bytes()))
    };
    holds(request.body()) || request.headers().values().any(in_header)
}
