//! What the suite must know of a backend.

use sgi_logbook::Store;
use sgi_logbook::store::Work;
use std::future::Future;

/// A place for one store, gone when it is dropped.
pub(crate) trait Backend: Sized + Send + Sync + 'static {
    type Store: Store;

    /// A new place without a store.
    fn fresh() -> Self;

    /// Opens the store of the place.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;
}

/// One that outlives a process, and that several can have.
pub(crate) trait Lasting: Backend {
    /// The module in which `lasting!` was called.
    const MODULE: &'static str;

    /// The place, for another process.
    fn place(&self) -> String;

    /// Opens the store of the place.
    fn at(place: &str) -> impl Future<Output = Self::Store> + Send;

    /// Lets the lease be taken although somebody has it.
    fn lose(&self, work: &Work);
}
