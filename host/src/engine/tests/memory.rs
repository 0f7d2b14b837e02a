//! Linear memory that the test owns, so that it can read all of it at any time.

use std::alloc::{Layout, alloc_zeroed};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use wasmtime::{Config, LinearMemory, MemoryCreator, MemoryType};

/// Far above what a connector may use; only touched pages cost anything.
const CAPACITY: usize = 256 << 20;
const PAGE: usize = 4096;

/// All linear memories that an engine ever made. They are never given back, so that what an instance
/// left behind can be searched, too.
#[derive(Default)]
pub(super) struct Memories(Mutex<Vec<Arc<Memory>>>);

/// Memory at an address that stays.
struct Memory {
    base: *mut u8,
    size: AtomicUsize,
}

// SAFETY: the address does not change, and the tests read only while no guest runs: from a hook of
// the only store that does.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

struct Linear(Arc<Memory>);

impl Memories {
    /// Makes an engine take its memory from here. Checks of bounds become explicit, as there are no
    /// guard pages.
    pub(super) fn serve(self: &Arc<Self>, config: &mut Config) {
        config
            .memory_reservation(0)
            .memory_guard_size(0)
            .memory_reservation_for_growth(0)
            // An image of the initial contents is mapped, which needs the engine's own memory.
            .memory_init_cow(false)
            .with_host_memory(Arc::new(Creator(Arc::clone(self))));
    }

    /// Passes each memory, as it is now.
    pub(super) fn for_each(&self, mut look: impl FnMut(&[u8])) {
        for memory in self.0.lock().unwrap().iter() {
            let size = memory.size.load(Ordering::Relaxed);
            // SAFETY: `size` bytes are allocated and initialised; nothing writes to them meanwhile.
            look(unsafe { std::slice::from_raw_parts(memory.base, size) });
        }
    }
}

struct Creator(Arc<Memories>);

// SAFETY: the memory is zeroed, lives for ever, and nobody but the engine writes to it.
unsafe impl MemoryCreator for Creator {
    fn new_memory(
        &self,
        _ty: MemoryType,
        minimum: usize,
        _maximum: Option<usize>,
        reserved: Option<usize>,
        guard: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        assert!(reserved.is_none_or(|bytes| bytes <= CAPACITY) && guard == 0);
        assert!(minimum <= CAPACITY);
        let layout = Layout::from_size_align(CAPACITY, PAGE).map_err(|e| e.to_string())?;
        // SAFETY: the layout has a size.
        let base = unsafe { alloc_zeroed(layout) };
        if base.is_null() {
            return Err("no address space".to_owned());
        }
        let memory = Arc::new(Memory {
            base,
            size: AtomicUsize::new(minimum),
        });
        self.0.0.lock().unwrap().push(Arc::clone(&memory));
        Ok(Box::new(Linear(memory)))
    }
}

// SAFETY: the base does not move, and `byte_size` never exceeds what is allocated.
unsafe impl LinearMemory for Linear {
    fn byte_size(&self) -> usize {
        self.0.size.load(Ordering::Relaxed)
    }

    fn byte_capacity(&self) -> usize {
        CAPACITY
    }

    fn grow_to(&mut self, size: usize) -> wasmtime::Result<()> {
        if size > CAPACITY {
            return Err(wasmtime::Error::msg("the test's memory is full"));
        }
        self.0.size.store(size, Ordering::Relaxed);
        Ok(())
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.base
    }
}
