//! Where the guest's `wasi:http` meets the gate, and what is remembered of a call.

use super::body::{BodyError, collect_request};
use super::failure::Trouble;
use super::underway::Network;
use super::wire::Kept;
use super::{Gate, MAX_REQUEST};
use crate::desk::Way;
use crate::diagnosis::{self, Again, Played, Tape};
use crate::engine::meter::Meter;
use crate::error::{Error, Problem};
use crate::spent::Spent;
use crate::text::one_line;
use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use wasmtime_wasi_http::{RequestOptions, WasiBody, WasiHttpHooks};

type Io = Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>;
type Sent =
    Pin<Box<dyn Future<Output = wasmtime_wasi_http::Result<(Response<WasiBody>, Io)>> + Send>>;

/// What happened at the gate during one call.
#[derive(Debug, Default)]
pub(crate) struct CallRecord {
    requests: AtomicU32,
    /// Requests that may have changed something in the desk.
    writes: AtomicU32,
    /// The last request that did not get through, and how many had been sent by then.
    trouble: Mutex<Option<(Error, u32)>>,
    /// Captured secrets that the connector asked for, by name, with the answer that it had last.
    asked: Mutex<HashMap<String, Option<String>>>,
    /// Logins of the desk that had been answered when the call began.
    logins: OnceLock<u64>,
    /// Bytes of requests and answers that its limit counts.
    traffic: AtomicUsize,
    /// What was sent and received in all, and requests that found a connection.
    sent: AtomicU64,
    received: AtomicU64,
    kept: AtomicU32,
    network: Network,
    /// What the guest computes.
    pub(crate) meter: Arc<Meter>,
    /// What was said.
    pub(crate) tape: Tape,
}

/// What a head takes up on the wire, but for its first line's fixed words.
fn head(headers: &HeaderMap) -> usize {
    let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    headers.iter().map(line).sum()
}

impl CallRecord {
    /// The last trouble, which explains what the connector could only guess at.
    pub(crate) fn take_trouble(&self) -> Option<Error> {
        self.trouble().take().map(|(error, _)| error)
    }

    /// Whether a request that may have changed something in the desk went out, answered or not.
    pub(crate) fn wrote(&self) -> bool {
        self.writes.load(Ordering::Relaxed) > 0
    }

    /// Counts bytes of a request or an answer: an error where there are too many.
    pub(super) fn charge(&self, bytes: usize, limit: usize) -> Result<(), BodyError> {
        let used = self
            .traffic
            .fetch_add(bytes, Ordering::Relaxed)
            .saturating_add(bytes);
        if used > limit {
            return Err(BodyError::TooMuchTraffic { used, limit });
        }
        Ok(())
    }

    /// Sends a request, and counts what goes out and comes in.
    pub(super) async fn on_the_way(
        &self,
        request: Request<Bytes>,
        send: impl AsyncFnOnce(Request<Bytes>) -> Result<Response<Bytes>, Trouble>,
    ) -> Result<Response<Bytes>, Trouble> {
        let count = |counter: &AtomicU64, bytes: usize| {
            counter.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        let target = request
            .uri()
            .path_and_query()
            .map_or(0, |t| t.as_str().len());
        count(
            &self.sent,
            target + head(request.headers()) + request.body().len(),
        );
        let _underway = self.network.begin();
        let answer = send(request).await?;
        count(&self.received, head(answer.headers()) + answer.body().len());
        if answer.extensions().get::<Kept>().is_some() {
            self.kept.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answer)
    }

    /// What the call has used up so far.
    pub(crate) fn spent(
        &self,
        desk: &Arc<str>,
        call: &'static str,
        took: Duration,
        warm: bool,
    ) -> Spent {
        let guest = self.meter.guest().min(took);
        let network = self.network.took().min(took - guest);
        Spent {
            desk: Arc::clone(desk),
            call,
            took,
            guest,
            network,
            host: took - guest - network,
            memory: self.meter.memory(),
            requests: self.requests.load(Ordering::Relaxed),
            sent: self.sent.load(Ordering::Relaxed),
            received: self.received.load(Ordering::Relaxed),
            kept_connections: self.kept.load(Ordering::Relaxed),
            kept_instance: warm,
        }
    }

    /// Counts a request that the connector sends.
    fn begin(&self) -> u32 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn remember(&self, error: Error) {
        let mut trouble = self.trouble();
        // What was refused says something about the connector: nothing that comes later hides it.
        if !matches!(*trouble, Some((Error::Refused(_), _))) {
            *trouble = Some((error, self.requests.load(Ordering::Relaxed)));
        }
    }

    /// A request came to nothing: what the guest is told, and what people are.
    fn fail(&self, request: u32, told: &wasmtime_wasi_http::Error, error: Error) {
        let word = diagnosis::word(told);
        let message = error.to_string();
        self.tape.failed(request, word, error.code(), message);
        self.remember(error);
    }

    /// A request got through. If the connector sent it after one that did not, it has tried again or
    /// logged in again: what it says in the end is no longer explained by the first.
    fn got_through(&self, request: u32) {
        let mut trouble = self.trouble();
        trouble.take_if(|(error, sent)| *sent < request && !matches!(error, Error::Refused(_)));
    }

    /// What the connector knows of a captured secret; none where it has not asked.
    pub(super) fn knows(&self, name: &str) -> Option<Option<String>> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(name).cloned()
    }

    /// Logins of the desk that had been answered when the call began, of now `now`.
    pub(super) fn logins_before(&self, now: u64) -> u64 {
        *self.logins.get_or_init(|| now)
    }

    fn trouble(&self) -> MutexGuard<'_, Option<(Error, u32)>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hooks of one instance, for the call in progress.
pub(crate) struct GateHooks {
    gate: Option<Arc<Gate>>,
    /// In place of a gate.
    played: Option<Arc<Played>>,
    record: Arc<CallRecord>,
}

impl GateHooks {
    /// Lets nothing through.
    pub(crate) fn closed() -> Self {
        Self::new(Way::Closed, &Arc::default())
    }

    pub(crate) fn new(way: Way<'_>, record: &Arc<CallRecord>) -> Self {
        let (mut gate, mut played) = (None, None);
        match way {
            Way::Closed => {}
            Way::Gate(way) => {
                record.logins_before(way.logins.answered());
                gate = Some(Arc::clone(way));
            }
            Way::Played(file) => played = Some(Arc::clone(file)),
        }
        Self {
            gate,
            played,
            record: Arc::clone(record),
        }
    }

    pub(crate) fn captured(&self, name: &str) -> Option<String> {
        if let Some(played) = &self.played {
            return played.captured(name);
        }
        let gate = self.gate.as_ref()?;
        // The host remembers no name that only the guest has thought of: it could think of many.
        if !gate.declared.captures_a(name) {
            return None;
        }
        let placeholder = gate.vault().captured(name);
        self.record.tape.captured(name, placeholder.as_deref());
        let mut asked = self
            .record
            .asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        asked.insert(name.to_owned(), placeholder.clone());
        placeholder
    }

    pub(crate) fn forget(&self, placeholder: &str) {
        if let Some(gate) = &self.gate {
            gate.vault().forget(placeholder);
        }
    }
}

impl WasiHttpHooks for GateHooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>,
    ) -> Box<dyn Future<Output = wasmtime_wasi_http::Result<(Response<WasiBody>, Io)>> + Send> {
        let record = Arc::clone(&self.record);
        if let Some(played) = self.played.clone() {
            return Box::new(play(played, record, request));
        }
        let Some(gate) = self.gate.clone() else {
            record.remember(Error::Refused(Problem::new(
                "the connector sent a request where it may not: while it describes itself",
            )));
            return Box::new(async { Err(wasmtime_wasi_http::Error::HttpRequestDenied) });
        };
        let count = record.begin();
        record.tape.begun(count, &request);
        if count > gate.max_requests {
            record.fail(
                count,
                &wasmtime_wasi_http::Error::HttpRequestDenied,
                Error::Connector(Problem::new(format!(
                    "the connector sent {count} requests in one call; {} are allowed (limit \"requests\")",
                    gate.max_requests
                ))),
            );
            return Box::new(async { Err(wasmtime_wasi_http::Error::HttpRequestDenied) });
        }
        let sent: Sent = Box::pin(async move {
            let writes = !request.method().is_safe();
            // Counted before it goes out: the call may be dropped while it is under way.
            if writes {
                record.writes.fetch_add(1, Ordering::Relaxed);
            }
            let told = Told::begin(&request);
            match gate.exchange(request, &record, count).await {
                Ok(answer) => {
                    record.tape.answered(count, &answer);
                    told.answered(gate.origin.authority(), &answer);
                    record.got_through(count);
                    Ok(given(answer))
                }
                Err(trouble) => {
                    told.failed(gate.origin.authority());
                    if writes && !trouble.was_sent() {
                        record.writes.fetch_sub(1, Ordering::Relaxed);
                    }
                    let told = Trouble::for_guest(&trouble);
                    record.fail(count, &told, gate.explain(&trouble));
                    Err(told)
                }
            }
        });
        Box::new(sent)
    }
}

/// An answer as the guest takes it.
fn given(answer: Response<Bytes>) -> (Response<WasiBody>, Io) {
    let body = |bytes| {
        Full::new(bytes)
            .map_err(|never| match never {})
            .boxed_unsync()
    };
    (answer.map(body), Box::new(async { Ok(()) }))
}

/// An exchange with a file in place of the desk.
async fn play(
    played: Arc<Played>,
    record: Arc<CallRecord>,
    request: Request<WasiBody>,
) -> wasmtime_wasi_http::Result<(Response<WasiBody>, Io)> {
    let count = record.begin();
    let (parts, body) = request.into_parts();
    let body = collect_request(body, MAX_REQUEST, |_| Ok(())).await;
    let request = Request::from_parts(parts, body.unwrap_or_default());
    match played.again(&request) {
        Again::Answer(answer) => {
            record.got_through(count);
            Ok(given(answer))
        }
        Again::Failed(told, error) => {
            record.remember(error);
            Err(told)
        }
        Again::Waits => std::future::pending().await,
    }
}

/// A request as the log tells it, where somebody wants to know: without its query, which may hold what
/// is private.
struct Told(Option<(Instant, Method, String)>);

impl Told {
    fn begin(request: &Request<WasiBody>) -> Self {
        Self(tracing::enabled!(tracing::Level::TRACE).then(|| {
            let path = one_line(request.uri().path(), 300);
            (Instant::now(), request.method().clone(), path)
        }))
    }

    fn answered(self, desk: &str, answer: &Response<Bytes>) {
        if let Some((begun, method, path)) = self.0 {
            let (status, bytes) = (answer.status().as_u16(), answer.body().len());
            tracing::trace!(%desk, %method, path, status, bytes, took = ?begun.elapsed(), "request");
        }
    }

    fn failed(self, desk: &str) {
        if let Some((begun, method, path)) = self.0 {
            tracing::trace!(%desk, %method, path, took = ?begun.elapsed(), "request without an answer");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable() -> Error {
        Error::Unavailable {
            problem: Problem::new("no answer"),
            retry_after: None,
        }
    }

    fn code(record: &CallRecord) -> Option<&'static str> {
        record.take_trouble().map(|error| error.code())
    }

    #[test]
    fn trouble_explains_a_call_until_a_later_request_gets_through() {
        let record = CallRecord::default();
        record.begin();
        record.remember(unavailable());
        let again = record.begin();
        record.got_through(again);
        assert_eq!(code(&record), None);
    }

    #[test]
    fn a_request_that_was_under_way_at_the_same_time_does_not_hide_trouble() {
        let record = CallRecord::default();
        let (one, _other) = (record.begin(), record.begin());
        record.remember(unavailable());
        record.got_through(one);
        assert_eq!(code(&record), Some("unavailable"));
    }

    #[test]
    fn what_was_refused_is_never_hidden() {
        let record = CallRecord::default();
        record.begin();
        record.remember(Error::Refused(Problem::new("a request elsewhere")));
        let later = record.begin();
        record.remember(unavailable());
        record.got_through(later);
        assert_eq!(code(&record), Some("refused"));
    }
}
