//! The engine: one a process, shared by all desks.
//!
//! It compiles components (or takes them from the cache), links them against what their profile
//! gives, and makes instances. A compute deadline rests on epochs that an operating-system thread
//! advances: a busy asynchronous runtime could not stall it.

mod cache;
pub(crate) mod compiler;
mod http;
mod journal;
mod limits;
#[doc(hidden)]
pub mod measure;
pub(crate) mod meter;
mod state;
#[cfg(test)]
mod tests;
mod ticker;

pub(crate) use state::{ComputedTooLong, GuestSettings, HostState};

use crate::admission::{self, Admission};
use crate::contract::{authoring, bindings, changes, connector, tickets};
use crate::error::{Error, Problem};
use crate::spent::Spent;
use cache::CodeCache;
use compiler::Compiler;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use ticker::Ticker;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store, UpdateDeadline,
    WasmBacktrace,
};
use wasmtime_wasi::p2::bindings as wasi;

/// The largest linear memory that an instance can be given, whatever a desk's settings say.
pub(crate) const MAX_MEMORY: usize = 1 << 30;
/// Instances alive at once. A connector written in Python takes more than a dozen core instances.
const POOL_COMPONENTS: u32 = 200;
const POOL_CORE_INSTANCES: u32 = 800;
const POOL_MEMORIES: u32 = 250;
const POOL_TABLES: u32 = 800;
const TABLE_ELEMENTS: usize = 20_000;

/// Reports that are remembered.
const EXAMINED: usize = 50;

/// What a component is given to import.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// HTTP to its own desk, clocks, and what the contract gives.
    Sealed,
    /// That, and the rest of WASI 0.2 with nothing behind it: no files, sockets, names, environment
    /// or arguments; what is printed goes to the log. For guests of toolchains that always import it.
    EmptyWasi,
}

/// Whoever wants to know what calls use up.
pub(crate) type Watcher = Arc<dyn Fn(&Spent) + Send + Sync>;

#[cfg(test)]
pub(crate) type AtStore = Arc<dyn Fn(&mut Store<HostState>) + Send + Sync>;

/// The engine with everything that belongs to it.
pub(crate) struct Runtime {
    engine: Engine,
    sealed: Linker<HostState>,
    empty_wasi: Linker<HostState>,
    cache: CodeCache,
    /// Who compiles what is not built in; none: this process.
    pub(crate) compiler: Option<Compiler>,
    /// Where what must outlive a restart is kept.
    pub(crate) state: Option<PathBuf>,
    /// Who is told what each call used up.
    pub(crate) watcher: OnceLock<Watcher>,
    /// The last reports on components, since the same files are looked into again and again.
    examined: Mutex<VecDeque<([u8; 32], Admission)>>,
    /// Whether instances are preallocated, which their code depends on.
    pooling: bool,
    _ticker: Ticker,
    /// What a test does to each store before anything runs in it.
    #[cfg(test)]
    pub(crate) at_store: Option<AtStore>,
}

/// A component, compiled and linked, from which instances are made.
pub(crate) struct Linked {
    pre: InstancePre<HostState>,
    connector: connector::GuestIndices,
    tickets: tickets::GuestIndices,
    /// None where the component does not create tickets.
    authoring: Option<authoring::GuestIndices>,
    /// None where it does not tell what happened.
    changes: Option<changes::GuestIndices>,
}

impl Linked {
    /// Whether the component creates tickets.
    pub(crate) fn has_authoring(&self) -> bool {
        self.authoring.is_some()
    }

    /// Whether the component tells what happened in the desk.
    pub(crate) fn has_changes(&self) -> bool {
        self.changes.is_some()
    }
}

/// Why a guest was stopped.
pub(crate) struct Stopped {
    pub(crate) trap: wasmtime::Error,
    /// The memory that it was refused before, in words.
    pub(crate) refused: Option<String>,
    /// The handles that it may hold, and what it may hand over at once.
    pub(crate) handles: u32,
    pub(crate) result: usize,
}

/// A running connector.
pub(crate) struct Instance {
    pub(crate) store: Store<HostState>,
    pub(crate) connector: connector::Guest,
    pub(crate) tickets: tickets::Guest,
    pub(crate) authoring: Option<authoring::Guest>,
    pub(crate) changes: Option<changes::Guest>,
}

fn host(what: &str, error: &wasmtime::Error) -> Error {
    Error::Host(Problem::new(what).with_detail(format!("{error:#}")))
}

/// The engine's configuration. `pooling` asks for preallocated slots, which make an instance in
/// microseconds and take address space that some machines do not grant.
fn config(pooling: bool) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        // Compiled in because wasmtime wants it, and off until RUSTSEC-2026-0570 is mended.
        .gc_support(false)
        // The contract has no asynchronous functions; without them calls are cheaper.
        .concurrency_support(false)
        .max_wasm_stack(512 << 10)
        .async_stack_size(1 << 20)
        .wasm_backtrace_max_frames(std::num::NonZero::new(16))
        .parallel_compilation(true);
    if pooling {
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(POOL_COMPONENTS)
            .total_core_instances(POOL_CORE_INSTANCES)
            .total_memories(POOL_MEMORIES)
            .total_tables(POOL_TABLES)
            .total_stacks(POOL_COMPONENTS)
            .table_elements(TABLE_ELEMENTS)
            .max_memory_size(MAX_MEMORY)
            .max_memories_per_component(20)
            .max_tables_per_component(40)
            .max_core_instances_per_component(60)
            .max_component_instance_size(1 << 20)
            .max_core_instance_size(1 << 20)
            .max_unused_warm_slots(16)
            .linear_memory_keep_resident(256 << 10)
            .table_keep_resident(64 << 10);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    config
}

impl Runtime {
    /// Starts the engine. `state` holds the cache's key, `cache` the compiled code; without either,
    /// code is compiled anew by every process.
    pub(crate) fn new(state: Option<&Path>, cache: Option<&Path>) -> Result<Self, Error> {
        let (engine, pooling) = match Engine::new(&config(true)) {
            Ok(engine) => (engine, true),
            Err(error) => {
                tracing::warn!(
                    error = %format!("{error:#}"),
                    "no pooled instances on this machine: connectors start a little slower"
                );
                let engine = Engine::new(&config(false))
                    .map_err(|e| host("the WebAssembly engine does not start", &e))?;
                (engine, false)
            }
        };
        let mut runtime = Self::with_engine(engine, state, cache)?;
        runtime.pooling = pooling;
        Ok(runtime)
    }

    fn with_engine(
        engine: Engine,
        state: Option<&Path>,
        cache: Option<&Path>,
    ) -> Result<Self, Error> {
        let failed = |e: wasmtime::Error| host("the connectors' imports cannot be linked", &e);
        let mut sealed = Linker::new(&engine);
        link_sealed(&mut sealed).map_err(failed)?;
        let mut empty_wasi = Linker::new(&engine);
        link_empty_wasi(&mut empty_wasi).map_err(failed)?;
        Ok(Self {
            _ticker: Ticker::start(&engine)?,
            cache: CodeCache::open(state, cache, &engine),
            compiler: None,
            examined: Mutex::default(),
            state: state.map(Path::to_owned),
            watcher: OnceLock::new(),
            pooling: true,
            engine,
            sealed,
            empty_wasi,
            #[cfg(test)]
            at_store: None,
        })
    }

    /// Why compiled code is not kept, although it should be.
    pub(crate) fn cache_problem(&self) -> Option<&str> {
        self.cache.problem()
    }

    /// The report on a component that somebody else has made. Nothing that it holds is read in this
    /// process where another one can do that.
    pub(crate) fn examine_foreign(
        &self,
        wasm: &[u8],
        digest: &[u8; 32],
    ) -> Result<Admission, Error> {
        let Some(compiler) = &self.compiler else {
            return Ok(admission::examine(wasm));
        };
        let known = || self.examined.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, report)) = known().iter().find(|(known, _)| known == digest) {
            return Ok(report.clone());
        }
        let report = compiler.examine(wasm)?;
        let mut known = known();
        known.truncate(EXAMINED - 1);
        known.push_front((*digest, report.clone()));
        Ok(report)
    }

    /// Compiles a component that is built in, or takes its code from the cache.
    pub(crate) fn compile(&self, wasm: &[u8], digest: &[u8; 32]) -> Result<Component, Error> {
        self.compile_by(None, wasm, digest)
    }

    /// The same with one that somebody else has made.
    pub(crate) fn compile_foreign(
        &self,
        wasm: &[u8],
        digest: &[u8; 32],
    ) -> Result<Component, Error> {
        self.compile_by(self.compiler.as_ref(), wasm, digest)
    }

    fn compile_by(
        &self,
        compiler: Option<&Compiler>,
        wasm: &[u8],
        digest: &[u8; 32],
    ) -> Result<Component, Error> {
        if let Some(component) = self.cache.load(&self.engine, digest) {
            return Ok(component);
        }
        let started = std::time::Instant::now();
        let code = match compiler {
            Some(compiler) => compiler.compile(wasm, self.pooling)?,
            None => self.engine.precompile_component(wasm).map_err(|error| {
                Error::NotAdmitted(
                    Problem::new("this is not a WebAssembly component that can be compiled")
                        .with_detail(format!("{error:#}")),
                )
            })?,
        };
        tracing::debug!(elapsed = ?started.elapsed(), "compiled a component");
        // What the pool has no room for, such as a second memory, is seen only now.
        let component = cache::load_code(&self.engine, &code).map_err(|error| {
            Error::NotAdmitted(Problem::new(format!(
                "needs more than an instance can be given: {error:#}"
            )))
        })?;
        self.cache.store(&self.engine, digest, &code);
        Ok(component)
    }

    /// Links a component against what its profile gives.
    pub(crate) fn link(&self, component: &Component, profile: Profile) -> Result<Linked, Error> {
        let linker = match profile {
            Profile::Sealed => &self.sealed,
            Profile::EmptyWasi => &self.empty_wasi,
        };
        // The admission has compared everything that the contract describes. It does not know the
        // types of the rest of WASI: what is different there, only the linker says.
        let misfit = |error: wasmtime::Error| {
            Error::NotAdmitted(Problem::new(format!(
                "it asks for something in another form than this host gives it: {error:#}"
            )))
        };
        let pre = linker.instantiate_pre(component).map_err(misfit)?;
        Ok(Linked {
            connector: connector::GuestIndices::new(&pre).map_err(misfit)?,
            tickets: tickets::GuestIndices::new(&pre).map_err(misfit)?,
            // One of another form was not admitted: where it does not fit, it is not there.
            authoring: authoring::GuestIndices::new(&pre).ok(),
            changes: changes::GuestIndices::new(&pre).ok(),
            pre,
        })
    }

    /// Makes an instance. Its start code runs under the same limits as a call.
    pub(crate) async fn instantiate(
        &self,
        linked: &Linked,
        state: HostState,
    ) -> Result<Instance, Stopped> {
        let mut store = self.store(state);
        let made = async {
            let instance = linked.pre.instantiate_async(&mut store).await?;
            let connector = linked.connector.load(&mut store, &instance)?;
            let tickets = linked.tickets.load(&mut store, &instance)?;
            let authoring = linked
                .authoring
                .as_ref()
                .map(|indices| indices.load(&mut store, &instance))
                .transpose()?;
            let changes = linked
                .changes
                .as_ref()
                .map(|indices| indices.load(&mut store, &instance))
                .transpose()?;
            Ok((connector, tickets, authoring, changes))
        };
        match made.await {
            Ok((connector, tickets, authoring, changes)) => Ok(Instance {
                store,
                connector,
                tickets,
                authoring,
                changes,
            }),
            Err(trap) => Err(stopped(&mut store, trap)),
        }
    }

    /// A store with its limits.
    fn store(&self, state: HostState) -> Store<HostState> {
        let result = state.result;
        let mut store = Store::new(&self.engine, state);
        store.limiter(|state| &mut state.memory);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut context| {
            // Give way to others at every tick, and stop whoever has computed too long.
            context.data_mut().tick()?;
            Ok(UpdateDeadline::Yield(1))
        });
        store.call_hook(|context, hook| {
            context.data().crossed(hook);
            Ok(())
        });
        store.set_hostcall_fuel(result);
        #[cfg(test)]
        if let Some(at_store) = &self.at_store {
            at_store(&mut store);
        }
        store
    }
}

impl Stopped {
    /// Where the guest was, function by function, as far as its names are known.
    pub(crate) fn trace(&self) -> Option<String> {
        let trace = self.trap.downcast_ref::<WasmBacktrace>()?;
        Some(trace.to_string())
    }
}

impl Instance {
    /// What a trap of this instance means. It must not be used again.
    pub(crate) fn stopped(&mut self, trap: wasmtime::Error) -> Stopped {
        stopped(&mut self.store, trap)
    }
}

fn stopped(store: &mut Store<HostState>, trap: wasmtime::Error) -> Stopped {
    let state = store.data_mut();
    Stopped {
        trap,
        refused: state.memory.take_refused(),
        handles: state.handles,
        result: state.result,
    }
}

/// The sealed profile: nothing ambient.
fn link_sealed(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
    link_contract(linker)?;
    wasi::io::error::add_to_linker::<_, state::HasIo>(linker, |s| &mut s.table)?;
    wasi::io::poll::add_to_linker::<_, state::HasIo>(linker, |s| &mut s.table)?;
    wasi::io::streams::add_to_linker::<_, state::HasIo>(linker, |s| &mut s.table)?;
    wasi::clocks::wall_clock::add_to_linker::<_, WasiClocks>(linker, HostState::clocks)?;
    wasi::clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(linker, HostState::clocks)?;
    http::link(linker)
}

/// The rest of WASI 0.2 with an empty context behind it.
fn link_empty_wasi(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    link_contract(linker)?;
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    http::link(linker)
}

fn link_contract(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    use bindings::sgi::connector as imports;
    imports::settings::add_to_linker::<_, HasSelf<HostState>>(linker, |s| s)?;
    imports::log::add_to_linker::<_, HasSelf<HostState>>(linker, |s| s)?;
    imports::secrets::add_to_linker::<_, HasSelf<HostState>>(linker, |s| s)
}
