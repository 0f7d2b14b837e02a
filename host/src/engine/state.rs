//! What stands behind one instance's imports.

use super::journal::{Journal, Printed};
use super::limits::MemoryLimiter;
use super::meter::Meter;
use crate::contract::{log, secrets, settings, types};
use crate::desk::Way;
use crate::gate::{CallRecord, GateHooks};
use crate::settings::Limits;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::CallHook;
use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// What the guest reads as its settings.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct GuestSettings {
    pub(crate) url: String,
    pub(crate) link_url: String,
    pub(crate) username: String,
    /// The placeholder.
    pub(crate) password: String,
    pub(crate) options: Vec<(String, Vec<String>)>,
}

/// The data of a store.
pub(crate) struct HostState {
    pub(crate) table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: GateHooks,
    settings: Option<Arc<GuestSettings>>,
    learned: Option<Arc<[u8]>>,
    pub(crate) memory: MemoryLimiter,
    /// How many handles it may hold at once, and what it may hand over at once.
    pub(crate) handles: u32,
    pub(crate) result: usize,
    journal: Arc<Journal>,
    /// The call in progress, and how long it may compute.
    meter: Arc<Meter>,
    compute: Duration,
}

/// The guest computed longer than it may; what it waited is not counted.
#[derive(Debug, thiserror::Error)]
#[error("the connector computed for {0:?} and was stopped")]
pub(crate) struct ComputedTooLong(pub(crate) Duration);

impl HostState {
    pub(crate) fn new(desk: &Arc<str>, limits: &Limits) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles as usize);
        let journal = Arc::new(Journal::new(desk, limits.log_lines));
        // Nothing is put into it but where printing goes: no files, no sockets, no names, no
        // environment, no arguments, no input.
        let wasi = WasiCtxBuilder::new()
            .stdout(Printed::new(&journal, "stdout"))
            .stderr(Printed::new(&journal, "stderr"))
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        Self {
            table,
            wasi,
            http: WasiHttpCtx::new(),
            hooks: GateHooks::closed(),
            settings: None,
            learned: None,
            memory: MemoryLimiter::new(limits.memory),
            handles: limits.handles,
            result: limits.result,
            journal,
            meter: Arc::default(),
            compute: Duration::ZERO,
        }
    }

    /// Readies the state for one call, or for what comes before it.
    pub(crate) fn begin(
        &mut self,
        record: &Arc<CallRecord>,
        way: Way<'_>,
        settings: Option<&Arc<GuestSettings>>,
        learned: Option<Arc<[u8]>>,
        compute: Duration,
    ) {
        self.hooks = GateHooks::new(way, record);
        self.journal.begin(way, record);
        self.settings = settings.cloned();
        self.learned = learned;
        self.meter = Arc::clone(&record.meter);
        self.memory.tell(&self.meter);
        self.compute = compute;
    }

    /// An epoch has passed, and the guest computes.
    pub(crate) fn tick(&self) -> Result<(), ComputedTooLong> {
        if self.meter.computed() > self.compute {
            return Err(ComputedTooLong(self.compute));
        }
        Ok(())
    }

    pub(super) fn crossed(&self, hook: CallHook) {
        self.meter.crossed(hook);
    }
}

/// `wasi:io` needs nothing but the table of handles.
pub(crate) struct HasIo;

impl HasData for HasIo {
    type Data<'a> = &'a mut ResourceTable;
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

impl types::Host for HostState {}

impl settings::Host for HostState {
    fn get(&mut self) -> settings::DeskSettings {
        let Some(settings) = &self.settings else {
            // `describe` runs before there is a desk.
            return settings::DeskSettings {
                url: String::new(),
                link_url: String::new(),
                username: String::new(),
                password: String::new(),
                options: Vec::new(),
                learned: None,
            };
        };
        settings::DeskSettings {
            url: settings.url.clone(),
            link_url: settings.link_url.clone(),
            username: settings.username.clone(),
            password: settings.password.clone(),
            options: settings
                .options
                .iter()
                .map(|(key, values)| settings::OptionValue {
                    key: key.clone(),
                    values: values.clone(),
                })
                .collect(),
            learned: self.learned.as_deref().map(<[u8]>::to_vec),
        }
    }
}

impl log::Host for HostState {
    fn write(&mut self, level: log::Level, message: String) {
        self.journal.write(level, &message);
    }
}

impl secrets::Host for HostState {
    fn captured(&mut self, name: String) -> Option<String> {
        self.hooks.captured(&name)
    }

    fn forget(&mut self, placeholder: String) {
        self.hooks.forget(&placeholder);
    }
}
