//! How much memory an instance may take.

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
    /// The largest linear memory so far, in bytes.
    peak: usize,
    /// What was wanted when it was refused.
    refused: Option<String>,
}

impl MemoryLimiter {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            peak: 0,
            refused: None,
        }
    }

    pub(crate) fn peak(&self) -> usize {
        self.peak
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
        if desired > self.limit {
            self.refused = Some(format!(
                "it used {} MiB of {} MiB of memory and wanted {} MiB",
                current >> 20,
                self.limit >> 20,
                desired >> 20
            ));
            return Ok(false);
        }
        self.peak = self.peak.max(desired);
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
