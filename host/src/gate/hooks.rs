//! Where the guest's `wasi:http` meets the gate, and what is remembered of a call.

use super::Gate;
use super::body::BodyError;
use super::failure::Trouble;
use crate::error::{Error, Problem};
use crate::text::one_line;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;
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
    /// Bytes of requests and answers.
    traffic: AtomicUsize,
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
    record: Arc<CallRecord>,
}

impl GateHooks {
    /// Lets nothing through.
    pub(crate) fn closed() -> Self {
        Self::new(None, Arc::default())
    }

    pub(crate) fn new(gate: Option<Arc<Gate>>, record: Arc<CallRecord>) -> Self {
        if let Some(gate) = &gate {
            record.logins_before(gate.logins.answered());
        }
        Self { gate, record }
    }

    pub(crate) fn captured(&self, name: &str) -> Option<String> {
        let gate = self.gate.as_ref()?;
        // The host remembers no name that only the guest has thought of: it could think of many.
        if !gate.declared.captures_a(name) {
            return None;
        }
        let placeholder = gate.vault().captured(name);
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
        let Some(gate) = self.gate.clone() else {
            record.remember(Error::Refused(Problem::new(
                "the connector sent a request where it may not: while it describes itself",
            )));
            return Box::new(async { Err(wasmtime_wasi_http::Error::HttpRequestDenied) });
        };
        let count = record.begin();
        if count > gate.max_requests {
            record.remember(Error::Connector(Problem::new(format!(
                "the connector sent {count} requests in one call; {} are allowed (limit \"requests\")",
                gate.max_requests
            ))));
            return Box::new(async { Err(wasmtime_wasi_http::Error::HttpRequestDenied) });
        }
        let sent: Sent = Box::pin(async move {
            let writes = !request.method().is_safe();
            // Counted before it goes out: the call may be dropped while it is under way.
            if writes {
                record.writes.fetch_add(1, Ordering::Relaxed);
            }
            let told = Told::begin(&request);
            match gate.exchange(request, &record).await {
                Ok(answer) => {
                    told.answered(gate.origin.authority(), &answer);
                    record.got_through(count);
                    let body = |bytes| {
                        Full::new(bytes)
                            .map_err(|never| match never {})
                            .boxed_unsync()
                    };
                    let io: Io = Box::new(async { Ok(()) });
                    Ok((answer.map(body), io))
                }
                Err(trouble) => {
                    told.failed(gate.origin.authority());
                    if writes && !trouble.was_sent() {
                        record.writes.fetch_sub(1, Ordering::Relaxed);
                    }
                    record.remember(gate.explain(&trouble));
                    Err(Trouble::for_guest(&trouble))
                }
            }
        });
        Box::new(sent)
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
