mod memory;
mod secrecy;

use super::HostState;
use std::sync::Arc;
use wasmtime::Store;

/// See `Runtime::at_store`.
pub(super) type AtStore = Arc<dyn Fn(&mut Store<HostState>) + Send + Sync>;
