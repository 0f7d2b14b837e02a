//! The gate: the only way from a connector to the network, and it leads to one desk.
//!
//! A request is let through when it goes to the desk's scheme, host, port and path, in the one
//! spelling that the connector was told. Its body is taken in whole, secrets are put into their
//! declared slots, and it is sent with `Content-Length` (OTRS takes a chunked body for none) over a
//! [`Wire`], which follows no redirect and keeps no cookie. The answer is taken in whole, too: bounded
//! in size and time, unpacked, captured secrets sealed, echoed secrets scrubbed. Only then does the
//! connector see it.
//!
//! Whatever the gate refuses or cuts is recorded for the call in progress, and becomes the error that
//! people see: a connector only learns that its request did not get through.

mod addresses;
mod body;
mod credentials;
mod dial;
mod failure;
mod hooks;
mod origin;
mod proxy;
mod resolve;
mod stream;
mod tls;
mod underway;
mod web_url;
mod wire;

pub(crate) use credentials::{Capture, Declared, Place, Scrubber, Slot};
pub(crate) use failure::Trouble;
pub(crate) use hooks::{CallRecord, GateHooks};
pub(crate) use origin::Origin;
pub(crate) use proxy::Proxy;
pub(crate) use wire::Wire;

use crate::error::{Error, Problem};
use crate::settings::DeskSettings;
use body::BodyError;
use bytes::Bytes;
use credentials::{AtTurn, Login, Logins, Vault};
use http::header::{self, HeaderName};
use http::{Method, Request, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wasmtime_wasi_http::WasiBody;

/// The greatest request that a connector may send, in bytes. A ticket with a long text is far below.
const MAX_REQUEST: usize = 4 << 20;

/// A body from which secrets are taken out on a thread of its own: at some 100 MiB/s this takes 10 ms,
/// and 32 MiB that were made to keep the search busy took 1.7 s.
const LONG_SEARCH: usize = 1 << 20;

/// Headers that would let a connector speak past the gate.
const REFUSED_IN_REQUEST: [HeaderName; 3] = [header::COOKIE, header::FORWARDED, header::ORIGIN];

/// What describes the connection or the packing, and is no longer true of what the connector gets;
/// and cookies, which are a desk's other way to hand out a session.
const STRIPPED_FROM_ANSWER: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::PROXY_AUTHENTICATE,
    header::SET_COOKIE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The gate of one desk.
pub(crate) struct Gate {
    origin: Arc<Origin>,
    wire: Wire,
    declared: Declared,
    vault: Vault,
    max_requests: u32,
    max_traffic: usize,
    logins: Logins,
    /// Whether an answer held a secret since somebody last asked.
    echoed: AtomicBool,
}

impl Gate {
    /// A gate for a desk, with the slots and captures that its connector declared.
    pub(crate) fn new(
        settings: &DeskSettings,
        origin: &Arc<Origin>,
        declared: Declared,
    ) -> Result<Self, Error> {
        let wire =
            Wire::new(origin, &settings.network).map_err(|(key, why)| Error::InvalidSetting {
                key,
                problem: Problem::new(why),
            })?;
        let vault = Vault::new(&settings.username, settings.password.clone())
            .map_err(|error| Error::Host(Problem::new(error.to_string())))?;
        Ok(Self {
            origin: Arc::clone(origin),
            wire,
            declared,
            vault,
            max_requests: settings.limits.requests,
            max_traffic: settings.limits.traffic,
            logins: Logins::default(),
            echoed: AtomicBool::new(false),
        })
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Removes the desk's secrets from a text that the guest wrote.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.vault.scrubber().text(text).into_owned()
    }

    /// Whether an answer held a secret since this was last asked.
    pub(crate) fn take_echoed(&self) -> bool {
        self.echoed.swap(false, Ordering::Relaxed)
    }

    /// The proxy that may answer in the desk's place, and nothing tells: host and port.
    pub(crate) fn plain_proxy(&self) -> Option<&str> {
        self.wire.plain_proxy()
    }

    /// Lets a request through, or says why not.
    async fn exchange(
        &self,
        request: Request<WasiBody>,
        record: &CallRecord,
        number: u32,
    ) -> Result<Response<Bytes>, Trouble> {
        let (parts, body) = request.into_parts();
        let charge = |bytes| record.charge(bytes, self.max_traffic);
        let body = body::collect_request(body, MAX_REQUEST, charge).await?;
        record.tape.whole(number, &body);
        let request = Request::from_parts(parts, body);
        let answer = self.wire.in_time(self.send(request, record)).await?;
        charge(answer.body().len())?;
        Ok(answer)
    }

    async fn send(
        &self,
        request: Request<Bytes>,
        record: &CallRecord,
    ) -> Result<Response<Bytes>, Trouble> {
        let below = self
            .origin
            .path_below(request.uri())
            .map_err(Trouble::Refused)?
            .to_owned();
        let method = request.method().clone();
        if method == Method::CONNECT || method == Method::TRACE {
            return Err(Trouble::Refused(format!("a {method} request")));
        }
        for name in &REFUSED_IN_REQUEST {
            if request.headers().contains_key(name) {
                return Err(Trouble::Refused(format!(
                    "a request with the header {name}"
                )));
            }
        }
        let login = Login::begin(&self.vault, &self.declared, &request, &below, |name| {
            record.knows(name)
        });
        let Some(login) = login else {
            return self.pass(request, &method, &below, record).await;
        };
        let before = record.logins_before(self.logins.answered());
        match self.logins.turn(&self.vault, login, &request, before).await {
            AtTurn::Superfluous => Err(Trouble::LoggedIn),
            AtTurn::Vain(answer) => Ok(answer),
            AtTurn::Send(turn) => {
                let answer = self.pass(request, &method, &below, record).await?;
                turn.answered(&self.vault, &answer);
                Ok(answer)
            }
        }
    }

    /// Sends a request that may be sent, with the secrets in it, and takes those out of the answer.
    async fn pass(
        &self,
        request: Request<Bytes>,
        method: &Method,
        below: &str,
        record: &CallRecord,
    ) -> Result<Response<Bytes>, Trouble> {
        let _turn = self.wire.turn().await;
        // Only now: what was forgotten or renewed while the request waited is not sent to be refused.
        let request = credentials::substitute(&self.vault, &self.declared, request, below)?;
        let answer = record
            .on_the_way(request, async |request| self.wire.send(request).await)
            .await?;
        let (mut parts, body) = answer.into_parts();
        for name in &STRIPPED_FROM_ANSWER {
            parts.headers.remove(name);
        }
        let (mut headers, body) = credentials::capture(
            &self.vault,
            &self.declared,
            method,
            below,
            parts.status,
            parts.headers,
            body,
        )?;
        let scrubber = self.vault.scrubber();
        let in_headers = scrubber.headers(&mut headers);
        let (body, in_body) = if body.len() < LONG_SEARCH {
            scrubber.body(body)
        } else {
            tokio::task::spawn_blocking(move || scrubber.body(body))
                .await
                .map_err(Trouble::Unscrubbed)?
        };
        if in_headers + in_body > 0 {
            self.echoed.store(true, Ordering::Relaxed);
            tracing::warn!(
                desk = %self.origin.authority(),
                "the desk's answer held a secret, which was removed before the connector saw it"
            );
        }
        parts.headers = headers;
        Ok(Response::from_parts(parts, body))
    }

    /// What went wrong, in words for the person who must act.
    fn explain(&self, trouble: &Trouble) -> Error {
        self.wire.explain(trouble)
    }
}

impl From<BodyError> for Trouble {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

#[cfg(test)]
mod tests;
