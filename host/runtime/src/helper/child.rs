//! A helper's own side: it is bounded by the system, so that no input can make it take the
//! server's memory or time. It reads an [`Order`] and the input from standard input, and writes
//! the result to standard output, or the reason against it to standard error. Who starts it is
//! in `helper.rs`; the work itself is in `engine.rs` and `schema.rs`.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::process::ExitCode;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::{Deserialize, Serialize};

use crate::limits::HELPER_STACK_BYTES;
use crate::system::{self, Resource};
use crate::{engine, schema};

/// The exit code that says: the input is invalid, and standard error tells why.
pub const INVALID: u8 = 3;

/// The exit code that says: the work could not begin, whatever the input, and standard error
/// tells why.
pub const UNABLE: u8 = 4;

/// What the parent asks for, as one line of JSON before the input.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// What is to be done.
    pub work: Work,
    /// Bytes of address space.
    pub memory_bytes: u64,
    /// Seconds on processors.
    pub cpu_seconds: u64,
    /// Bytes of the input that follows.
    pub input_bytes: usize,
}

/// What a helper can do.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Work {
    /// From a component to machine code.
    Compile {
        /// [`crate::Limits::stack_bytes`]; machine code depends on it.
        stack_bytes: usize,
    },
    /// From a [`schema::Question`] to what is wrong with the configuration.
    CheckConfiguration,
}

/// Does one piece of work for the process that started this one, within the bounds that it
/// sets: the whole of the program that [`crate::HelperProgram`] names.
#[must_use]
pub fn help_parent() -> ExitCode {
    system::end_with_parent();
    system::lower_priority();
    offer_to_the_killer();
    match help() {
        Ok(Ok(output)) => match io::stdout().write_all(&output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Ok(Err(invalid)) => say(&invalid, ExitCode::from(INVALID)),
        Err(error) => say(&error.to_string(), ExitCode::from(UNABLE)),
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

/// The result, or why the input is invalid; an error if nothing can be said.
fn help() -> io::Result<Result<Vec<u8>, String>> {
    let mut stdin = io::stdin().lock();
    let mut order = String::new();
    stdin.read_line(&mut order)?;
    let order: Order = serde_json::from_str(&order)?;
    system::bound(Resource::CoreDump, 0)?;
    system::bound(Resource::CpuSeconds, order.cpu_seconds)?;
    system::bound(Resource::Memory, order.memory_bytes)?;
    let mut input = vec![0; order.input_bytes];
    stdin.read_exact(&mut input)?;
    match order.work {
        Work::Compile { stack_bytes } => compile(stack_bytes, &input),
        Work::CheckConfiguration => check(&input),
    }
}

fn compile(stack_bytes: usize, wasm: &[u8]) -> io::Result<Result<Vec<u8>, String>> {
    let count = thread::available_parallelism().map_or(1, usize::from);
    let engine =
        engine::compiler(stack_bytes).map_err(|error| io::Error::other(format!("{error:#}")))?;
    let compiled = threads(count)?.install(|| engine.precompile_component(wasm));
    Ok(compiled.map_err(|error| format!("{error:#}")))
}

fn check(question: &[u8]) -> io::Result<Result<Vec<u8>, String>> {
    let question = serde_json::from_slice(question)?;
    match threads(1)?.install(|| schema::answer(&question)) {
        Ok(findings) => Ok(Ok(serde_json::to_vec(&findings)?)),
        Err(invalid) => Ok(Err(invalid)),
    }
}

/// Threads with the stack that the work wants.
fn threads(count: usize) -> io::Result<ThreadPool> {
    ThreadPoolBuilder::new()
        .num_threads(count)
        .stack_size(HELPER_STACK_BYTES)
        .build()
        .map_err(io::Error::other)
}
