//! Every bound of the sandbox, with the reason for its number. Who enforces a bound is
//! named in its comment.

use std::time::Duration;

// A component as it comes in.

/// Bytes of a component, wherever one is read, built or sent. A Python step is 18 MB and a SpiderMonkey one
/// 12 MB, so 64 MiB is room to spare. A larger one is refused.
pub const MAX_COMPONENT_BYTES: usize = 64 << 20;

/// Bytes of a component's configuration, as the JSON object that a request brings: each attempt gets a copy. A
/// longer one is refused.
pub const MAX_CONFIGURATION_BYTES: usize = 64 << 10;

/// Bytes from the beginning of a file that is no component in which it is looked for WebAssembly as text
/// (`outline.rs`), so that the refusal can say so.
pub const READ_AS_TEXT_BYTES: usize = 4096;

// Schemas and what is found wrong by them.

/// Bytes of one compiled pattern of a schema (`schema.rs`): fifty letters of any script
/// (`\p{L}{50}`) take two MiB.
pub const PATTERN_BYTES: usize = 8 << 20;
/// Bytes of the states that matching such a pattern remembers: as many as is usual.
pub const PATTERN_CACHE_BYTES: usize = 2 << 20;
/// Findings about a configuration that are told (`schema/finding.rs`): a person mends these first.
pub const FINDINGS: usize = 10;
/// Characters of each part of a finding (`schema/finding.rs`): what is longer is known to whoever
/// sent it.
pub const FINDING_CHARACTERS: usize = 200;
/// Bytes of all findings on their way from the helper (`configuration.rs`): more than
/// [`FINDINGS`] can have.
pub const ANSWER_BYTES: u64 = 64 << 10;

// What a component says of itself (`description.rs`). Reaching one refuses the component.

/// Bytes of the names in a component's description, as `wit/` promises.
pub const MAX_DESCRIBED_NAME_BYTES: usize = 100;

/// Bytes of a component's title and of a subscription's filter: one line in a list.
pub const MAX_TITLE_BYTES: usize = 200;

/// Bytes of each schema of a component. It is read by people and by forms; more than this is data.
pub const MAX_SCHEMA_BYTES: usize = 64 << 10;

/// Bytes of a component's icon, as `wit/` promises.
pub const MAX_ICON_BYTES: usize = 8 << 10;

/// Capabilities and subscriptions of a component. More are not one person's to grant.
pub const MAX_DESCRIBED_LIST: usize = 32;

// What a component returns.

/// Bytes of an error code and of other identifiers in an outcome (`output.rs`). A longer one fails the attempt.
pub const MAX_CODE_BYTES: usize = 256;

/// Bytes of a message for people in an outcome (`output.rs`); the rest is cut.
pub const MAX_MESSAGE_BYTES: usize = 8 << 10;

/// Bytes that an outcome may have besides its JSON on its way to the host (`invoke.rs`). Past it the attempt
/// fails before a byte is copied.
pub const REST_OF_OUTCOME_BYTES: usize = 64 << 10;

/// Handles (WASI streams, pollables) that a component may hold at once; a runtime needs a handful. wasmtime's own
/// handle limit is set to the same. One more is a trap, which fails the attempt.
pub const MAX_HANDLES: usize = 1_000;

/// Bytes that `check-write` offers (`wasi/io.rs`); guests write in pieces of at most this.
pub const WRITE_PERMIT_BYTES: u64 = 64 << 10;

/// Bytes of a component's last error line that the message of its fault quotes (`fault.rs`); the rest is cut.
pub const MAX_QUOTED_BYTES: usize = 500;

/// Characters that a message shows of what is no digest (`digest.rs`); the rest is cut.
pub const MAX_SHOWN_DIGEST_CHARS: usize = 80;

/// Characters that a message shows of a name in a description (`description.rs`); the rest is cut.
pub const MAX_SHOWN_NAME_CHARS: usize = 60;

/// Names that a message lists (`error.rs`); it says how many more there are.
pub const MAX_SHOWN_NAMES: usize = 20;

// The pool of instances (`engine.rs`). A component that needs more than its slot has goes without the pool.

/// Core instances of one slot. A Rust or C component with its adapters has three or four.
pub const POOLED_CORE_INSTANCES: u32 = 8;

/// Memories of one slot. A Rust or C component has one.
pub const POOLED_MEMORIES: u32 = 2;

/// Tables of one slot. A Rust or C component has two.
pub const POOLED_TABLES: u32 = 4;

/// Elements of one table of a slot.
pub const POOLED_TABLE_ELEMENTS: usize = 20_000;

/// Bytes of address space of one memory: with 4 GiB and a guard behind it no access needs a bounds check.
/// Reserved, not used: it costs no memory.
pub const MEMORY_RESERVATION_BYTES: u64 = 4 << 30;

/// Bytes of address space behind each memory where every access is a trap.
pub const MEMORY_GUARD_BYTES: u64 = 32 << 20;

/// Bytes of a slot that stay resident between instances and are cleared by copying, which for a small component
/// is quicker than asking the kernel to. It does so for the rest.
pub const KEPT_RESIDENT_BYTES: usize = 256 << 10;

// Threads and helpers.

/// How long a component runs at the longest before it gives way (`ticker.rs`): short enough that a job which
/// needs 50 µs is not held up by loops, long enough that switching costs nothing.
pub const TICK: Duration = Duration::from_millis(5);

/// Uploads that describe themselves at once (`runtime.rs`); each was compiled before, which takes longer. More
/// wait for their turn.
pub const MAX_DESCRIBING: u32 = 2;

/// Bytes of native stack beyond [`Limits::stack_bytes`] (`engine.rs`), for the host functions that are called
/// from the deepest WebAssembly frame.
pub const HOST_STACK_BYTES: usize = 1 << 20;

/// Helpers at work at once, for each purpose (`helper.rs`): one that takes long leaves a place to the next. Each
/// takes memory, so there are few. More wait for [`Limits::helper_wait`].
pub const MAX_HELPERS: usize = 2;

/// Bytes of a helper's complaints that are read (`helper.rs`); the rest is passed over.
pub const MAX_COMPLAINT_BYTES: u64 = 16 << 10;

/// How long the last words of a helper that has ended are waited for (`helper.rs`). After this it is taken to
/// have said nothing.
pub const HELPER_GRACE: Duration = Duration::from_millis(200);

/// Bytes of a helper's native stack (`helper/child.rs`). Compiling recurses on nested types and blocks, checking
/// on nested schemas; their depth is bounded, and the default stack of 2 MiB is a little close to it.
pub const HELPER_STACK_BYTES: usize = 8 << 20;

/// Bounds on a component and on one invocation of it. The defaults are meant for
/// production; `Limits { wall_time: …, ..Limits::default() }` changes one.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of an uploaded component (`outline.rs`): [`MAX_COMPONENT_BYTES`], unless a test says otherwise.
    pub component_bytes: usize,
    /// Bytes of linear memory of one invocation, all its memories together
    /// (`limiter.rs`). CPython or SpiderMonkey start at 10-40 MB; 256 MiB leaves room for
    /// a megabyte of JSON many times over.
    pub memory_bytes: usize,
    /// Bytes of linear memory that every invocation has to itself, whatever others take
    /// (`limiter.rs`): what a step in a compiled language needs.
    pub reserved_memory_bytes: usize,
    /// Bytes of linear memory beyond those, of all running invocations together
    /// (`limiter.rs`), so that many greedy components cannot take the machine: eight at their
    /// own limit. One component takes half of it at most.
    pub total_memory_bytes: usize,
    /// Elements of all tables of one invocation (`limiter.rs`): function pointers of a
    /// large runtime, of which CPython's 20,000 are the most seen.
    pub table_elements: usize,
    /// Core instances, tables and memories of one invocation (`blueprint.rs` at upload,
    /// `limiter.rs` while it runs). Adapters make a handful each.
    pub core_items: usize,
    /// Component instances of one invocation (`blueprint.rs`): one for each exported
    /// interface, and one for each component that another was made of.
    pub component_instances: usize,
    /// Items that come up while a component is put together (`blueprint.rs`): imports,
    /// aliases, functions, counted again in each instance. Thousands are many.
    pub component_items: usize,
    /// How deep components and modules nest (`blueprint.rs`): once for each composition.
    pub component_depth: usize,
    /// Bytes of the names of all imports and exports together (`blueprint.rs`): they are kept
    /// and shown with the component.
    pub outside_bytes: usize,
    /// Processor time that a compilation may take, whatever the size of the component
    /// (`compiler.rs`).
    pub compile_cpu_time: Duration,
    /// Processor time besides for each MiB of it: ordinary code takes a quarter of this.
    pub compile_cpu_time_per_mib: Duration,
    /// From its start to its end, whatever else the machine does (`compiler.rs`).
    pub compile_wall_time: Duration,
    /// Bytes of memory of a compilation (`compiler.rs`): a Python step of 18 MB takes a third.
    pub compile_memory_bytes: u64,
    /// Bytes of machine code of one component (`compiler.rs`): an interpreter of 18 MB makes
    /// 60 MB.
    pub code_bytes: u64,
    /// Processor time of one check of a configuration against its schema (`configuration.rs`):
    /// an honest one takes a thousandth.
    pub check_cpu_time: Duration,
    /// The same from its start to its end, whatever else the machine does.
    pub check_wall_time: Duration,
    /// Bytes of memory of such a check.
    pub check_memory_bytes: u64,
    /// How long a compilation or a check waits for a place among the helpers (`helper.rs`).
    pub helper_wait: Duration,
    /// Bytes of the native stack that WebAssembly calls may use (`engine.rs`). QuickJS
    /// recurses on it; 1 MiB is twice wasmtime's own default.
    pub stack_bytes: usize,
    /// Processor time of one run of a step (`invoke.rs`): its own, however many others share
    /// the cores, so that a step which ends on an idle machine ends on a busy one. A step is a
    /// function, not a service.
    pub step_cpu_time: Duration,
    /// The same for a trigger: it only decides, and every event of every case may call it.
    pub trigger_cpu_time: Duration,
    /// The same for `describe` at upload: it only returns constants, but an interpreter
    /// has to start first.
    pub describe_cpu_time: Duration,
    /// From instantiation to answer (`invoke.rs`), whatever it does meanwhile: the net below
    /// the bounds of processor time, as wide as a run with all of them needs that shares two
    /// cores with as many others as there are places.
    pub wall_time: Duration,
    /// Processor time after which a run goes on at low priority (`threads.rs`): what is
    /// shorter never waits behind what is longer.
    pub quick_time: Duration,
    /// Bytes of JSON given to a component (`invoke.rs`); variables of a case are bounded
    /// by the engine at the same order.
    pub input_bytes: usize,
    /// Bytes returned by a component (wasmtime's hostcall fuel, then `output.rs`), and of all
    /// that a step says about its job while it runs (`say.rs`).
    pub output_bytes: usize,
    /// How deep JSON may nest in what is returned (`output.rs`): as deep as the readers
    /// downstream are willing to go.
    pub output_depth: usize,
    /// Decisions of one firing of a trigger (`output.rs`): more than a handful is a bug.
    pub decisions: usize,
    /// Candidates in one correction of a user task, users and groups each (`say.rs`), as
    /// `wit/step/step.wit` promises: as many as the engine takes.
    pub candidates: usize,
    /// Elements of an ad-hoc subprocess that one attempt activates (`say.rs`), as
    /// `wit/step/step.wit` promises: as many as the engine takes.
    pub activated_elements: usize,
    /// Calls into the host (`guest.rs`): at some 100 ns each a tenth of a second.
    pub host_calls: u64,
    /// Bytes of one request for randomness (`host.rs`), as `wit/step/step.wit` promises.
    pub random_bytes: u32,
    /// Lines of an attempt's log (`log.rs`): what a person would read.
    pub log_lines: usize,
    /// Bytes of one line of the log; the rest of the line is cut (`log.rs`).
    pub log_line_bytes: usize,
    /// Bytes of the whole log (`log.rs`).
    pub log_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            component_bytes: MAX_COMPONENT_BYTES,
            memory_bytes: 256 << 20,
            reserved_memory_bytes: 16 << 20,
            total_memory_bytes: 2 << 30,
            table_elements: 100_000,
            core_items: 64,
            component_instances: 256,
            component_items: 100_000,
            component_depth: 16,
            outside_bytes: 64 << 10,
            compile_cpu_time: Duration::from_secs(20),
            compile_cpu_time_per_mib: Duration::from_secs(6),
            compile_wall_time: Duration::from_secs(500),
            compile_memory_bytes: 2 << 30,
            code_bytes: 256 << 20,
            check_cpu_time: Duration::from_secs(2),
            check_wall_time: Duration::from_secs(60),
            check_memory_bytes: 256 << 20,
            helper_wait: Duration::from_secs(60),
            stack_bytes: 1 << 20,
            step_cpu_time: Duration::from_secs(10),
            trigger_cpu_time: Duration::from_secs(2),
            describe_cpu_time: Duration::from_secs(5),
            wall_time: Duration::from_secs(300),
            quick_time: Duration::from_millis(10),
            input_bytes: 4 << 20,
            output_bytes: 1 << 20,
            output_depth: 64,
            decisions: 32,
            candidates: 1_000,
            activated_elements: 100,
            host_calls: 1_000_000,
            random_bytes: 65_536,
            log_lines: 1_000,
            log_line_bytes: 8 << 10,
            log_bytes: 256 << 10,
        }
    }
}
