//! The store in memory.

use crate::backend::Backend;
use sgi_logbook::store::MemoryStore;

suite!(crate::memory::Memory);

/// A clone is the same store.
pub(crate) struct Memory(MemoryStore);

impl Backend for Memory {
    type Store = MemoryStore;

    fn fresh() -> Self {
        Self(MemoryStore::default())
    }

    async fn open(&self) -> MemoryStore {
        self.0.clone()
    }
}
