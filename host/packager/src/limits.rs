//! Every bound on what a build reads, keeps and writes, with the reason for its number.

/// Bytes of a file that is read as a module, and of a component that is written: what the runtime takes
/// (`gardesh_runtime::limits::MAX_COMPONENT_BYTES`; the command-line interface depends on both and compares
/// them). A larger one is refused.
pub const MAX_COMPONENT_BYTES: u64 = 64 << 20;

/// Lines of a failed tool that its error keeps: the last ones.
pub const MAX_TAIL_LINES: usize = 40;

/// Bytes of a tool's line that are kept; compilers print long ones. The rest of the line comes as a further one.
pub const MAX_LINE_BYTES: u64 = 16 << 10;
