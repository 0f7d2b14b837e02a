//! What stands behind one instance's imports.

use super::journal::{Journal, Printed};
use super::limits::MemoryLimiter;
use super::ticker::TICK;
use crate::contract::{log, secrets, settings, types};
use crate::gate::{CallRecord, Gate, GateHooks};
use crate::settings::Limits;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// What the guest reads as its settings.
#[derive(Debug, Clone)]
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
    /// Ticks that this call has computed, and how many it may.
    ticks: u32,
    max_ticks: u32,
}

/// The guest computed longer than it may without giving way to a host call.
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
            ticks: 0,
            max_ticks: 1,
        }
    }

    /// Readies the state for one call.
    pub(crate) fn begin(
        &mut self,
        gate: Option<&Arc<Gate>>,
        settings: Option<&Arc<GuestSettings>>,
        learned: Option<Arc<[u8]>>,
        compute: Duration,
    ) -> Arc<CallRecord> {
        let record = Arc::new(CallRecord::default());
        self.hooks = GateHooks::new(gate.cloned(), Arc::clone(&record));
        self.journal.begin(gate);
        self.settings = settings.cloned();
        self.learned = learned;
        self.ticks = 0;
        self.max_ticks = u32::try_from(compute.as_millis() / TICK.as_millis())
            .unwrap_or(u32::MAX)
            .max(1);
        record
    }

    /// An epoch has passed while the guest was computing.
    pub(crate) fn tick(&mut self) -> Result<(), ComputedTooLong> {
        self.ticks = self.ticks.saturating_add(1);
        if self.ticks > self.max_ticks {
            return Err(ComputedTooLong(TICK * self.max_ticks));
        }
        Ok(())
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
