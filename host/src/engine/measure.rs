//! The engine's own costs, for the benchmark: not part of the public API.

use super::{HostState, Linked, Profile, Runtime};
use crate::catalog::Digest;
use crate::desk::Way;
use crate::error::{Error, Problem};
use crate::settings::Limits;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The engine as the host runs it, with one component.
pub struct Measured {
    runtime: Runtime,
    linked: Linked,
}

/// The engine's configuration, to measure parts of it apart.
pub fn config() -> wasmtime::Config {
    super::config(true)
}

const LONG: Duration = Duration::from_secs(3600);

fn failed(error: wasmtime::Error) -> Error {
    Error::Host(Problem::new(format!("{error:#}")))
}

fn state() -> HostState {
    let mut state = HostState::new(&"-".into(), &Limits::default());
    state.begin(&Arc::default(), Way::Closed, None, None, LONG);
    state
}

impl Measured {
    /// Compiles and links a component.
    pub fn new(wasm: &[u8]) -> Result<Self, Error> {
        let runtime = Runtime::new(None, None)?;
        let component = runtime.compile(wasm, &Digest::of(wasm).0)?;
        let linked = runtime.link(&component, Profile::Sealed)?;
        Ok(Self { runtime, linked })
    }

    /// How long it takes to make an instance with all that belongs to it, and to drop it.
    pub async fn instantiate(&self) -> Result<Duration, Error> {
        let start = Instant::now();
        let instance = self
            .runtime
            .instantiate(&self.linked, state())
            .await
            .map_err(|stopped| failed(stopped.trap))?;
        drop(instance);
        Ok(start.elapsed())
    }

    /// How long a call takes that does nothing, in a store like that of a connector. `wasm` is a
    /// component that exports such a function under this name.
    pub async fn empty_call(&self, wasm: &[u8], name: &str, calls: u32) -> Result<Duration, Error> {
        let component = self.runtime.compile(wasm, &Digest::of(wasm).0)?;
        let mut store = self.runtime.store(state());
        let instance = self
            .runtime
            .sealed
            .instantiate_async(&mut store, &component)
            .await
            .map_err(failed)?;
        let function = instance
            .get_typed_func::<(), ()>(&mut store, name)
            .map_err(failed)?;
        let start = Instant::now();
        for _ in 0..calls {
            function.call_async(&mut store, ()).await.map_err(failed)?;
        }
        Ok(start.elapsed() / calls.max(1))
    }
}
