//! Every bound of a component written with this crate, with the reason for its number. What an invocation may take
//! is bounded by the runtime.

/// Bytes of memory that a component has from the start, and the least that it grows by: room for inputs and outputs
/// of some 100 KB and what is made of them. What needs more has the memory grow.
pub const ARENA_BYTES: usize = 1 << 20;

/// Bytes that the allocator keeps of a heap for itself, generously: memory grows by these besides what is asked for.
pub const OVERHEAD_BYTES: usize = 256;
