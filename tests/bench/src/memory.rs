//! The RT connector with a desk that answers from memory: what the sandbox itself costs, without
//! network and gate.

use anyhow::{Context, Result, anyhow};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response};
use sgi::connector::{log, secrets, settings, types};
use wasmtime::component::{Component, HasSelf, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

#[allow(
    missing_docs,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "generated code"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "reader",
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "wasi:io": wasmtime_wasi::p2::bindings::io,
            "wasi:clocks": wasmtime_wasi::p2::bindings::clocks,
            "wasi:http": wasmtime_wasi_http::p2::bindings::http,
        },
    });
}
use bindings::exports::sgi::connector::tickets;
use bindings::{Reader, sgi};

/// What stands behind the imports.
struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Memory,
    settings: settings::DeskSettings,
}

/// Answers every request with the same body.
struct Memory(Bytes);

type Io = Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>;

impl WasiHttpHooks for Memory {
    fn send_request(
        &mut self,
        _request: Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processed: Io,
    ) -> Box<dyn Future<Output = wasmtime_wasi_http::Result<(Response<WasiBody>, Io)>> + Send> {
        let body = Full::new(self.0.clone())
            .map_err(|never| match never {})
            .boxed_unsync();
        Box::new(async move {
            let io: Io = Box::new(async { Ok(()) });
            Ok((Response::new(body), io))
        })
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.hooks,
        }
    }
}

impl types::Host for State {}

impl settings::Host for State {
    fn get(&mut self) -> settings::DeskSettings {
        self.settings.clone()
    }
}

impl log::Host for State {
    fn write(&mut self, _level: log::Level, _message: String) {}
}

impl secrets::Host for State {
    fn captured(&mut self, _name: String) -> Option<String> {
        None
    }

    fn forget(&mut self, _placeholder: String) {}
}

/// A warm instance.
pub(crate) struct Connector {
    store: Store<State>,
    reader: Reader,
    object: String,
}

impl Connector {
    pub(crate) async fn start(
        mut config: Config,
        epochs: bool,
        wasm: &[u8],
        list: &Bytes,
        given: &sgi_guest::DeskSettings,
        object: &str,
    ) -> Result<Self> {
        config.epoch_interruption(epochs);
        let engine = Engine::new(&config).map_err(|e| anyhow!("{e:#}"))?;
        let link = || -> wasmtime::Result<_> {
            let component = Component::new(&engine, wasm)?;
            let mut linker = Linker::<State>::new(&engine);
            wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
            wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
            settings::add_to_linker::<_, HasSelf<State>>(&mut linker, |s| s)?;
            log::add_to_linker::<_, HasSelf<State>>(&mut linker, |s| s)?;
            secrets::add_to_linker::<_, HasSelf<State>>(&mut linker, |s| s)?;
            Ok((component, linker))
        };
        let (component, linker) = link().map_err(|e| anyhow!("{e:#}"))?;
        let state = State {
            table: ResourceTable::new(),
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            hooks: Memory(list.clone()),
            settings: settings::DeskSettings {
                url: given.url.clone(),
                link_url: given.link_url.clone(),
                username: given.username.clone(),
                password: given.password.clone(),
                options: given
                    .options
                    .iter()
                    .map(|option| settings::OptionValue {
                        key: option.key.clone(),
                        values: option.values.clone(),
                    })
                    .collect(),
                learned: given.learned.clone(),
            },
        };
        let mut store = Store::new(&engine, state);
        if epochs {
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
        }
        let reader = Reader::instantiate_async(&mut store, &component, &linker)
            .await
            .map_err(|e| anyhow!("{e:#}"))?;
        Ok(Self {
            store,
            reader,
            object: object.to_owned(),
        })
    }

    /// One list of tickets, parsed in the guest and lifted into the host.
    pub(crate) async fn list(&mut self, expected: usize) -> Result<()> {
        let query = tickets::Query {
            object: types::Object {
                id: self.object.clone(),
                title: None,
                url: None,
                kind: None,
                attributes: Vec::new(),
            },
            filter: tickets::Filter::All,
            known: None,
            next: None,
            limit: 100,
        };
        self.store.set_hostcall_fuel(32 << 20);
        let page = self
            .reader
            .sgi_connector_tickets()
            .call_of_object(&mut self.store, &query)
            .await
            .map_err(|e| anyhow!("{e:#}"))?;
        let page = page.map_err(|error| anyhow!("{error:?}"))?;
        (page.tickets.len() == expected)
            .then_some(())
            .context("the list is not the one that was given")
    }
}
