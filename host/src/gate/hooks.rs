//! Where the guest's `wasi:http` meets the gate, and what is remembered of a call.

use super::Gate;
use super::failure::Trouble;
use crate::error::{Error, Problem};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime_wasi_http::{RequestOptions, WasiBody, WasiHttpHooks};

type Io = Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>;
type Sent =
    Pin<Box<dyn Future<Output = wasmtime_wasi_http::Result<(Response<WasiBody>, Io)>> + Send>>;

/// What happened at the gate during one call.
#[derive(Debug, Default)]
pub(crate) struct CallRecord {
    requests: AtomicU32,
    /// The last request that did not get through.
    trouble: Mutex<Option<Error>>,
}

impl CallRecord {
    /// The last trouble, which explains what the connector could only guess at.
    pub(crate) fn take_trouble(&self) -> Option<Error> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn remember(&self, error: Error) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        // What was refused says something about the connector: nothing that comes later hides it.
        if !matches!(*trouble, Some(Error::Refused(_))) {
            *trouble = Some(error);
        }
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
        Self { gate, record }
    }

    pub(crate) fn captured(&self, name: &str) -> Option<String> {
        self.gate.as_ref()?.vault().captured(name)
    }

    pub(crate) fn forget(&self, placeholder: &str) {
        if let Some(gate) = &self.gate {
            gate.vault().forget(placeholder);
        }
    }

    /// Removes secrets from a text that the guest wrote.
    pub(crate) fn scrub(&self, text: &str) -> String {
        match &self.gate {
            None => text.to_owned(),
            Some(gate) => gate.vault().scrubber().text(text).into_owned(),
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
        let count = record.requests.fetch_add(1, Ordering::Relaxed) + 1;
        if count > gate.max_requests {
            record.remember(Error::Connector(Problem::new(format!(
                "the connector sent {count} requests in one call; {} are allowed (limit \"requests\")",
                gate.max_requests
            ))));
            return Box::new(async { Err(wasmtime_wasi_http::Error::HttpRequestDenied) });
        }
        let sent: Sent = Box::pin(async move {
            match gate.exchange(request).await {
                Ok(answer) => {
                    let body = |bytes| {
                        Full::new(bytes)
                            .map_err(|never| match never {})
                            .boxed_unsync()
                    };
                    let io: Io = Box::new(async { Ok(()) });
                    Ok((answer.map(body), io))
                }
                Err(trouble) => {
                    record.remember(gate.explain(&trouble));
                    Err(Trouble::for_guest(&trouble))
                }
            }
        });
        Box::new(sent)
    }
}
