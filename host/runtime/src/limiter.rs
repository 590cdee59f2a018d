//! What a running component may hold: linear memory, tables, core instances. Growth beyond
//! its own bounds is refused, which it may cope with, and remembered, because the trap that
//! usually follows does not say why. When all together hold too much, the run ends: a step
//! that went on with less memory would give other results on a busy machine than on an idle one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::ResourceLimiter;

use crate::Limits;
use crate::guest::Stop;

/// Linear memory that several invocations hold together, beyond what each has to itself.
pub struct SharedMemory {
    used: AtomicUsize,
    limit: usize,
}

impl SharedMemory {
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

/// The memory that an invocation shares with others.
#[derive(Clone)]
pub struct Pools {
    /// With all that run.
    pub all: Arc<SharedMemory>,
    /// With those of the same component.
    pub component: Arc<SharedMemory>,
}

impl Pools {
    /// Takes from both or from none.
    fn take(&self, bytes: usize) -> Result<(), Stop> {
        let short = |whose, limit| Err(Stop::SharedMemory { whose, limit });
        if !self.component.take(bytes) {
            return short("all runs of one component", self.component.limit);
        }
        if !self.all.take(bytes) {
            self.component.give_back(bytes);
            return short("all running components", self.all.limit);
        }
        Ok(())
    }

    fn give_back(&self, bytes: usize) {
        self.component.give_back(bytes);
        self.all.give_back(bytes);
    }
}

/// Why growth was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// Its own memory limit.
    Memory { wanted: usize, limit: usize },
    /// Its tables.
    Table { wanted: usize, limit: usize },
}

/// The limits of one invocation.
pub struct Limiter {
    memory: usize,
    /// What of it is taken from the pools.
    shared: usize,
    reserved: usize,
    peak: usize,
    table_elements: usize,
    max_memory: usize,
    max_table_elements: usize,
    max_core_items: usize,
    pools: Pools,
    denied: Option<Denied>,
}

impl Limiter {
    /// Nothing held yet.
    pub fn new(limits: &Limits, pools: Pools) -> Self {
        Self {
            memory: 0,
            shared: 0,
            reserved: limits.reserved_memory_bytes,
            peak: 0,
            table_elements: 0,
            max_memory: limits.memory_bytes,
            max_table_elements: limits.table_elements,
            max_core_items: limits.core_items,
            pools,
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

    fn grow_memory(&mut self, more: usize) -> Result<bool, Stop> {
        let wanted = self.memory.saturating_add(more);
        if wanted > self.max_memory {
            let limit = self.max_memory;
            self.denied = Some(Denied::Memory { wanted, limit });
            return Ok(false);
        }
        let shared = wanted.saturating_sub(self.reserved);
        self.pools.take(shared - self.shared)?;
        self.shared = shared;
        self.memory = wanted;
        self.peak = self.peak.max(wanted);
        Ok(true)
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.pools.give_back(self.shared);
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
        Ok(self.grow_memory(desired.saturating_sub(current))?)
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

    fn pools(all: usize, component: usize) -> Pools {
        Pools {
            all: SharedMemory::new(all),
            component: SharedMemory::new(component),
        }
    }

    /// Of another component, that shares with all others.
    fn other(pools: &Pools, component: usize) -> Pools {
        Pools {
            all: Arc::clone(&pools.all),
            component: SharedMemory::new(component),
        }
    }

    fn limiter(pools: &Pools) -> Limiter {
        let limits = Limits {
            memory_bytes: 100,
            reserved_memory_bytes: 20,
            table_elements: 10,
            ..Limits::default()
        };
        Limiter::new(&limits, pools.clone())
    }

    #[test]
    fn all_memories_of_an_invocation_count_together() {
        let mut limiter = limiter(&pools(1_000, 1_000));
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        let (wanted, limit) = (120, 100);
        assert_eq!(limiter.denied(), Some(Denied::Memory { wanted, limit }));
        assert!(limiter.memory_growing(60, 100, None).unwrap());
        assert_eq!(limiter.peak_memory(), 100);
    }

    #[test]
    fn what_is_shared_ends_the_run_that_wants_too_much_and_is_given_back() {
        let pools = pools(120, 1_000);
        let mut first = limiter(&pools);
        let mut second = limiter(&pools);
        assert!(first.memory_growing(0, 100, None).unwrap());
        let error = second.memory_growing(0, 100, None).unwrap_err();
        assert!(
            error.to_string().contains("all running components"),
            "{error}"
        );
        drop(first);
        assert!(second.memory_growing(0, 100, None).unwrap());
        drop(second);
        assert_eq!(pools.all.used.load(Ordering::Relaxed), 0);
        assert_eq!(pools.component.used.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn one_component_leaves_something_to_others_and_everybody_has_a_little() {
        let greedy = pools(100, 50);
        let mut first = limiter(&greedy);
        assert!(first.memory_growing(0, 70, None).unwrap());
        let mut second = limiter(&greedy);
        assert!(second.memory_growing(0, 20, None).unwrap());
        let error = second.memory_growing(20, 21, None).unwrap_err();
        assert!(error.to_string().contains("of one component"), "{error}");
        let mut third = limiter(&other(&greedy, 50));
        assert!(third.memory_growing(0, 70, None).unwrap());
        // Now nothing is left, but for what is everybody's own.
        let mut fourth = limiter(&other(&greedy, 50));
        assert!(fourth.memory_growing(0, 20, None).unwrap());
        assert!(fourth.memory_growing(20, 21, None).is_err());
    }

    #[test]
    fn tables_are_bounded() {
        let mut limiter = limiter(&pools(0, 0));
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert!(!limiter.table_growing(10, 11, None).unwrap());
        assert!(matches!(limiter.denied(), Some(Denied::Table { .. })));
    }
}
