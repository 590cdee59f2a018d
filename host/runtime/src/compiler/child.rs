//! The compiler as a process of its own: bounded by the system, so that no component can make
//! it take the server's memory or time. It reads an [`Order`] and the component from standard
//! input, and writes machine code to standard output, or the reason against it to standard
//! error. Who starts it is in `compiler.rs`.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::process::ExitCode;
use std::thread;

use rayon::ThreadPoolBuilder;
use serde::{Deserialize, Serialize};

use crate::engine;
use crate::system::{self, Resource};

/// Compiling recurses on nested types and blocks; their depth is bounded, the default
/// stack of 2 MiB is a little close to it.
const STACK_BYTES: usize = 8 << 20;

/// The exit code that says: the component is invalid, and standard error tells why.
pub const INVALID: u8 = 3;

/// What the parent asks for, as one line of JSON before the component.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// [`crate::Limits::stack_bytes`]; machine code depends on it.
    pub stack_bytes: usize,
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Seconds on processors.
    pub cpu_seconds: u64,
    /// Bytes of the component that follows.
    pub wasm_bytes: usize,
}

/// Compiles one component for the process that started this one, within the bounds that it
/// sets: the whole of the program that [`crate::CompilerProgram`] names.
#[must_use]
pub fn compile_for_parent() -> ExitCode {
    system::end_with_parent();
    system::lower_priority();
    offer_to_the_killer();
    match compile() {
        Ok(Ok(code)) => match io::stdout().write_all(&code) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Ok(Err(invalid)) => say(&invalid, ExitCode::from(INVALID)),
        Err(error) => say(&error.to_string(), ExitCode::FAILURE),
    }
}

fn say(message: &str, code: ExitCode) -> ExitCode {
    // A parent that does not listen any more does not want to know.
    let _ = io::stderr().write_all(message.as_bytes());
    code
}

/// Should the machine run out of memory, this process goes before any other.
fn offer_to_the_killer() {
    // Only Linux has this file, and a container may forbid it.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}

/// The machine code, or why the component is invalid; an error if nothing can be said.
fn compile() -> io::Result<Result<Vec<u8>, String>> {
    let mut input = io::stdin().lock();
    let mut order = String::new();
    input.read_line(&mut order)?;
    let order: Order = serde_json::from_str(&order)?;
    system::bound(Resource::CoreDump, 0)?;
    system::bound(Resource::CpuSeconds, order.cpu_seconds)?;
    system::bound(Resource::Memory, order.memory_bytes)?;
    let mut wasm = vec![0; order.wasm_bytes];
    input.read_exact(&mut wasm)?;
    let count = thread::available_parallelism().map_or(1, usize::from);
    let threads = ThreadPoolBuilder::new()
        .num_threads(count)
        .stack_size(STACK_BYTES)
        .build()
        .map_err(io::Error::other)?;
    let engine = engine::compiler(order.stack_bytes)
        .map_err(|error| io::Error::other(format!("{error:#}")))?;
    let compiled = threads.install(|| engine.precompile_component(&wasm));
    Ok(compiled.map_err(|error| format!("{error:#}")))
}
