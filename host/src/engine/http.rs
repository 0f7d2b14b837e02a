//! `wasi:http` as connectors get it: wasmtime's, but for one thing.

use super::HostState;
use wasmtime::StoreContextMut;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types::{self, Host as _, RequestOptions};
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView as _};

type Arguments = (
    Resource<HostOutgoingRequest>,
    Option<Resource<RequestOptions>>,
);

struct HasHttp;

impl HasData for HasHttp {
    type Data<'a> = WasiHttpCtxView<'a>;
}

pub(super) fn link(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasHttp>(linker, &LinkOptions::default().into(), HostState::http)?;
    linker
        .instance("wasi:http/outgoing-handler@0.2.12")?
        .func_wrap("handle", handle)
}

/// The options belong to the request that they are given with, and wasmtime 48.0.8 keeps them: one
/// handle a request, until a warm instance has none left.
fn handle(
    mut store: StoreContextMut<'_, HostState>,
    (request, options): Arguments,
) -> wasmtime::Result<(Result<Resource<types::FutureIncomingResponse>, types::ErrorCode>,)> {
    let mut http = store.data_mut().http();
    let given = options.as_ref().map(Resource::rep);
    let sent = http.handle(request, options);
    if let Some(rep) = given {
        // Gone already where wasmtime has mended it.
        let _ = http.table.delete(Resource::<RequestOptions>::new_own(rep));
    }
    Ok((match sent {
        Ok(future) => Ok(future),
        Err(error) => Err(http.convert_error_code(error)?),
    },))
}
