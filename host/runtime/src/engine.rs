//! The two wasmtime engines and their settings. Both run the same code, which the compiler
//! makes with an engine of its own; they differ in where instances live: small components in a pool of ready slots, large ones
//! (interpreters with big tables) in memory mapped for the occasion.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::bindings::{step, wasi};
use crate::guest::Guest;
use crate::limits::{
    HOST_STACK_BYTES, KEPT_RESIDENT_BYTES, MEMORY_GUARD_BYTES, MEMORY_RESERVATION_BYTES,
    POOLED_CORE_INSTANCES, POOLED_MEMORIES, POOLED_TABLE_ELEMENTS, POOLED_TABLES,
};
use crate::{Error, Limits, wasi as served};

/// An engine and the host functions defined in it.
pub struct Machine {
    /// The engine.
    pub engine: Engine,
    linker: Linker<Guest>,
}

impl Machine {
    fn new(config: &Config) -> wasmtime::Result<Self> {
        let engine = Engine::new(config)?;
        let mut linker = Linker::new(&engine);
        // The world `trigger` imports the same interfaces.
        step::Step::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
        wasi::Runtime::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
        Ok(Self { engine, linker })
    }

    /// The host functions for `component`.
    ///
    /// # Errors
    /// When wasmtime refuses a definition.
    pub fn linker_for(&self, component: &Component) -> wasmtime::Result<Linker<Guest>> {
        let mut linker = self.linker.clone();
        served::absent::add_to_linker(&mut linker, component)?;
        Ok(linker)
    }
}

/// Both engines.
pub struct Machines {
    /// For small components. Absent where the system does not let us reserve the address
    /// space, as under `ulimit -v`.
    pooled: Option<Arc<Machine>>,
    on_demand: Arc<Machine>,
    /// Names the compiled form: changes with wasmtime's version, its settings and the
    /// processor's features.
    pub compatibility: String,
}

impl Machines {
    /// Sets both up for `concurrency` instances at a time.
    ///
    /// # Errors
    /// When wasmtime refuses the settings.
    pub fn new(limits: &Limits, concurrency: u32) -> Result<Self, Error> {
        let engine_error = |error: wasmtime::Error| Error::Engine(format!("{error:#}"));
        let mut config = settings(limits.stack_bytes);
        let on_demand = Machine::new(&config).map_err(engine_error)?;
        let compatibility = compatibility(&on_demand.engine);
        config.allocation_strategy(pool(limits, concurrency));
        let pooled = match Machine::new(&config) {
            Ok(machine) if self::compatibility(&machine.engine) == compatibility => Some(machine),
            Ok(_) => {
                tracing::warn!("the pooled engine compiles differently; running without a pool");
                None
            }
            Err(error) => {
                tracing::warn!("running without a pool of instances: {error:#}");
                None
            }
        };
        Ok(Self {
            pooled: pooled.map(Arc::new),
            on_demand: Arc::new(on_demand),
            compatibility,
        })
    }

    /// The machines to try for a component, the best first. The pool refuses a component
    /// that does not fit into its slots.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Machine>> {
        self.pooled.iter().chain([&self.on_demand])
    }
}

/// An engine that only compiles; its code runs in both machines.
///
/// # Errors
/// When wasmtime refuses the settings.
pub fn compiler(stack_bytes: usize) -> wasmtime::Result<Engine> {
    Engine::new(&settings(stack_bytes))
}

/// What all engines share. Everything that could make two runs differ is off.
fn settings(stack_bytes: usize) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .concurrency_support(false)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(true)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .max_wasm_stack(stack_bytes)
        .async_stack_size(stack_bytes.saturating_add(HOST_STACK_BYTES))
        .memory_reservation(MEMORY_RESERVATION_BYTES)
        .memory_guard_size(MEMORY_GUARD_BYTES)
        .wasm_backtrace_details(wasmtime::WasmBacktraceDetails::Disable);
    config
}

fn pool(limits: &Limits, concurrency: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    // Slots of an aborted instance come back a moment later than its place in the queue.
    let instances = concurrency.saturating_add(8);
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(POOLED_CORE_INSTANCES))
        .total_memories(instances.saturating_mul(POOLED_MEMORIES))
        .total_tables(instances.saturating_mul(POOLED_TABLES))
        .total_stacks(instances)
        .max_core_instances_per_component(POOLED_CORE_INSTANCES)
        .max_memories_per_component(POOLED_MEMORIES)
        .max_tables_per_component(POOLED_TABLES)
        .max_tables_per_module(POOLED_TABLES)
        .max_memories_per_module(POOLED_MEMORIES)
        .table_elements(POOLED_TABLE_ELEMENTS)
        .max_memory_size(limits.memory_bytes)
        .linear_memory_keep_resident(KEPT_RESIDENT_BYTES)
        .table_keep_resident(KEPT_RESIDENT_BYTES)
        .pagemap_scan(Enabled::Auto)
        .max_unused_warm_slots(instances);
    InstanceAllocationStrategy::Pooling(pool)
}

fn compatibility(engine: &Engine) -> String {
    let mut hasher = Sha256Hasher(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let digest: [u8; 32] = hasher.0.finalize().into();
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Feeds `Hash` into SHA-256: unlike the standard hasher it is the same in every release.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest: [u8; 32] = self.0.clone().finalize().into();
        u64::from_le_bytes([
            digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_run_the_same_code() {
        let machines = Machines::new(&Limits::default(), 4).unwrap();
        assert!(machines.pooled.is_some());
    }

    #[test]
    fn other_settings_have_another_name() {
        let engine = |config: &Config| compatibility(&Engine::new(config).unwrap());
        let mut config = settings(1 << 20);
        let usual = engine(&config);
        assert_eq!(usual, engine(&config));
        assert_eq!(usual, compatibility(&compiler(1 << 20).unwrap()));
        config.cranelift_nan_canonicalization(false);
        assert_ne!(usual, engine(&config));
    }
}
