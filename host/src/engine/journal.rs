//! What a connector writes, on its way to the log: bounded, and cleaned of secrets and of whatever a
//! terminal would act on.

use crate::contract::log::Level;
use crate::desk::Way;
use crate::gate::{CallRecord, Gate};
use crate::text::one_line;
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::pipe::SinkOutputStream;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Characters in a line; what is more is dropped.
const LINE: usize = 2_000;
/// Bytes of a line that are looked through for secrets. Far more than a line with a secret in it has, and
/// far less than a guest may hand over: the search is the host's own time, which nobody interrupts.
const SEARCHED: usize = 64 << 10;
/// Bytes that may be printed at once.
const WRITE: usize = 64 << 10;

/// The log of one instance.
pub(super) struct Journal {
    desk: Arc<str>,
    /// How many lines one call may write.
    limit: u32,
    call: Mutex<Call>,
}

/// The call in progress.
#[derive(Default)]
struct Call {
    /// It knows the secrets.
    gate: Option<Arc<Gate>>,
    record: Arc<CallRecord>,
    lines: u32,
}

impl Journal {
    pub(super) fn new(desk: &Arc<str>, limit: u32) -> Self {
        Self {
            desk: Arc::clone(desk),
            limit,
            call: Mutex::default(),
        }
    }

    pub(super) fn begin(&self, way: Way<'_>, record: &Arc<CallRecord>) {
        let gate = match way {
            Way::Gate(gate) => Some(Arc::clone(gate)),
            Way::Closed | Way::Played(_) => None,
        };
        *self.call() = Call {
            gate,
            record: Arc::clone(record),
            lines: 0,
        };
    }

    pub(super) fn write(&self, level: Level, message: &str) {
        let desk = &self.desk;
        let (gate, record) = {
            let mut call = self.call();
            call.lines = call.lines.saturating_add(1);
            let limit = self.limit;
            if call.lines > limit {
                if call.lines == limit.saturating_add(1) {
                    tracing::warn!(
                        %desk,
                        "the connector logs too much, {limit} of {limit} lines (limit \"log_lines\"): the rest \
                         of this call is dropped"
                    );
                }
                return;
            }
            (call.gate.clone(), Arc::clone(&call.record))
        };
        let message = message
            .get(..message.floor_char_boundary(SEARCHED))
            .unwrap_or_default();
        let clean = match gate {
            Some(gate) => one_line(&gate.scrub(message), LINE),
            None => one_line(message, LINE),
        };
        record.tape.line(format!("{level:?} {clean}"));
        match level {
            Level::Error => tracing::error!(target: "sgi::connector", %desk, "{clean}"),
            Level::Warn => tracing::warn!(target: "sgi::connector", %desk, "{clean}"),
            Level::Info => tracing::info!(target: "sgi::connector", %desk, "{clean}"),
            Level::Debug => tracing::debug!(target: "sgi::connector", %desk, "{clean}"),
        }
    }

    fn call(&self) -> std::sync::MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a guest of the profile Empty WASI prints: each line of it becomes one of the log.
#[derive(Clone)]
pub(super) struct Printed(Arc<Mutex<Line>>);

/// The line that has not ended yet. All handles to one stream share it.
struct Line {
    journal: Arc<Journal>,
    stream: &'static str,
    begun: Vec<u8>,
}

impl Printed {
    pub(super) fn new(journal: &Arc<Journal>, stream: &'static str) -> Self {
        Self(Arc::new(Mutex::new(Line {
            journal: Arc::clone(journal),
            stream,
            begun: Vec::new(),
        })))
    }
}

impl Line {
    fn add(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(part);
            // A line that is too long is cut by the log: it need not be kept in whole.
            if part.ends_with(b"\n") || self.begun.len() > WRITE {
                self.end();
            }
        }
    }

    fn end(&mut self) {
        let text = String::from_utf8_lossy(&self.begun);
        let text = text.trim_end();
        if !text.is_empty() {
            self.journal
                .write(Level::Info, &format!("{}: {text}", self.stream));
        }
        self.begun.clear();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.end();
    }
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    /// Only WASI 0.3 asks for this.
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        SinkOutputStream.async_stream()
    }
}

impl OutputStream for Printed {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        line.add(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Printed {
    async fn ready(&mut self) {}
}
