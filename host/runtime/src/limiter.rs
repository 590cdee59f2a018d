//! What a running component may hold: linear memory, tables, core instances. Refused
//! growth is remembered, because the trap that usually follows does not say why.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

use crate::Limits;

/// Linear memory of all running components together.
pub struct TotalMemory {
    used: AtomicUsize,
    limit: usize,
}

impl TotalMemory {
    /// Nothing used yet.
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit,
        })
    }

    fn take(&self, bytes: usize) -> bool {
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|&sum| sum <= self.limit)
            })
            .is_ok()
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Why growth was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// Its own memory limit.
    Memory { wanted: usize, limit: usize },
    /// The memory of all components together.
    TotalMemory { wanted: usize, limit: usize },
    /// Its tables.
    Table { wanted: usize, limit: usize },
}

/// The limits of one invocation.
pub struct Limiter {
    memory: usize,
    peak: usize,
    table_elements: usize,
    max_memory: usize,
    max_table_elements: usize,
    max_core_items: usize,
    total: Arc<TotalMemory>,
    denied: Option<Denied>,
}

impl Limiter {
    /// Nothing held yet.
    pub fn new(limits: &Limits, total: Arc<TotalMemory>) -> Self {
        Self {
            memory: 0,
            peak: 0,
            table_elements: 0,
            max_memory: limits.memory_bytes,
            max_table_elements: limits.table_elements,
            max_core_items: limits.core_items,
            total,
            denied: None,
        }
    }

    /// The growth that was refused last.
    pub const fn denied(&self) -> Option<Denied> {
        self.denied
    }

    /// The most memory held at once, in bytes.
    pub const fn peak_memory(&self) -> usize {
        self.peak
    }

    fn grow_memory(&mut self, more: usize) -> Result<(), Denied> {
        let wanted = self.memory.saturating_add(more);
        if wanted > self.max_memory {
            let limit = self.max_memory;
            return Err(Denied::Memory { wanted, limit });
        }
        if !self.total.take(more) {
            let limit = self.total.limit;
            return Err(Denied::TotalMemory { wanted, limit });
        }
        self.memory = wanted;
        self.peak = self.peak.max(wanted);
        Ok(())
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.total.give_back(self.memory);
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A failure after this point (the module's own maximum) leaves the count too
        // high by what was asked for, which errs on the safe side.
        let grown = self.grow_memory(desired.saturating_sub(current));
        self.denied = grown.err().or(self.denied);
        Ok(grown.is_ok())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let wanted = self.table_elements.saturating_add(more);
        let limit = self.max_table_elements;
        if wanted > limit {
            self.denied = Some(Denied::Table { wanted, limit });
            return Ok(false);
        }
        self.table_elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.max_core_items
    }

    fn tables(&self) -> usize {
        self.max_core_items
    }

    fn memories(&self) -> usize {
        self.max_core_items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(total: &Arc<TotalMemory>) -> Limiter {
        let limits = Limits {
            memory_bytes: 100,
            table_elements: 10,
            ..Limits::default()
        };
        Limiter::new(&limits, Arc::clone(total))
    }

    #[test]
    fn all_memories_of_an_invocation_count_together() {
        let total = TotalMemory::new(1_000);
        let mut limiter = limiter(&total);
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        let (wanted, limit) = (120, 100);
        assert_eq!(limiter.denied(), Some(Denied::Memory { wanted, limit }));
        assert!(limiter.memory_growing(60, 100, None).unwrap());
        assert_eq!(limiter.peak_memory(), 100);
    }

    #[test]
    fn the_total_is_shared_and_given_back() {
        let total = TotalMemory::new(150);
        let mut first = limiter(&total);
        let mut second = limiter(&total);
        assert!(first.memory_growing(0, 100, None).unwrap());
        assert!(!second.memory_growing(0, 100, None).unwrap());
        assert!(matches!(second.denied(), Some(Denied::TotalMemory { .. })));
        drop(first);
        assert!(second.memory_growing(0, 100, None).unwrap());
        drop(second);
        assert_eq!(total.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn tables_are_bounded() {
        let mut limiter = limiter(&TotalMemory::new(0));
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert!(!limiter.table_growing(10, 11, None).unwrap());
        assert!(matches!(limiter.denied(), Some(Denied::Table { .. })));
    }
}
