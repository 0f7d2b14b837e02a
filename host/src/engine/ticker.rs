//! Advances the engine's epoch from an operating-system thread.

use crate::error::{Error, Problem};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use wasmtime::Engine;

/// How finely compute time is measured. Each tick also makes a computing guest give way.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Stops its thread when it is dropped.
pub(crate) struct Ticker {
    _stop: SyncSender<()>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> Result<Self, Error> {
        let (stop, stopped) = sync_channel(0);
        let engine = engine.weak();
        std::thread::Builder::new()
            .name("sgi-epoch".to_owned())
            .spawn(move || {
                while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .map_err(|error| {
                Error::Host(
                    Problem::new("no thread for the connectors' deadlines can be started")
                        .with_detail(error.to_string()),
                )
            })?;
        Ok(Self { _stop: stop })
    }
}
