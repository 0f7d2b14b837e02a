//! How much memory an instance may take.

use super::meter::Meter;
use std::sync::Arc;
use wasmtime::ResourceLimiter;

/// Core instances, memories and tables in one component. Python's take 13 of them.
const INSTANCES: usize = 60;
const MEMORIES: usize = 20;
const TABLES: usize = 40;
const TABLE_ELEMENTS: usize = 20_000;

/// Says no at the limit and remembers that it did, so that the error can say so with the numbers.
#[derive(Debug)]
pub(crate) struct MemoryLimiter {
    limit: usize,
    /// What it has, in bytes: all linear memories together, which never shrink.
    held: usize,
    /// Who wants to know.
    meter: Arc<Meter>,
    /// What was wanted when it was refused.
    refused: Option<String>,
}

impl MemoryLimiter {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            held: 0,
            meter: Arc::default(),
            refused: None,
        }
    }

    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// Tells another call's meter from now on.
    pub(super) fn tell(&mut self, meter: &Arc<Meter>) {
        meter.has(self.held);
        self.meter = Arc::clone(meter);
    }

    /// What was refused since the last look, in words.
    pub(crate) fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }
}

impl ResourceLimiter for MemoryLimiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A component may have many memories, one in each of its modules: they share the limit.
        let wanted = self.held.saturating_add(desired.saturating_sub(current));
        if wanted > self.limit {
            self.refused = Some(format!(
                "it used {} MiB of {} MiB of memory and wanted {} MiB",
                self.held >> 20,
                self.limit >> 20,
                wanted >> 20
            ));
            return Ok(false);
        }
        self.held = wanted;
        self.meter.has(wanted);
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > TABLE_ELEMENTS {
            self.refused = Some(format!(
                "it wanted a table of {desired} elements; {TABLE_ELEMENTS} are allowed"
            ));
            return Ok(false);
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        INSTANCES
    }

    fn tables(&self) -> usize {
        TABLES
    }

    fn memories(&self) -> usize {
        MEMORIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_memories_share_the_limit() {
        let mut limiter = MemoryLimiter::new(32 << 20);
        let meter = Arc::new(Meter::default());
        limiter.tell(&meter);
        assert!(limiter.memory_growing(0, 20 << 20, None).unwrap());
        assert!(!limiter.memory_growing(0, 20 << 20, None).unwrap());
        assert_eq!(
            limiter.take_refused().unwrap(),
            "it used 20 MiB of 32 MiB of memory and wanted 40 MiB"
        );
        assert!(limiter.memory_growing(0, 12 << 20, None).unwrap());
        assert_eq!(meter.memory(), 32 << 20);
    }
}
