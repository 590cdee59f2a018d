//! A step that misbehaves as the variable `mode` says, so that one component serves all
//! tests of the sandbox's limits. `size` and `text` adjust what a mode does.

use std::hint::black_box;
use std::time::Duration;

use gardesh::{Job, Level, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, JsonSchema)]
struct Input {
    mode: Mode,
    /// Bytes, lines or levels, as the mode has it.
    size: Option<u64>,
    /// A text for modes that say something.
    #[serde(default)]
    text: String,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// Runs for ever without calling the host.
    Loop,
    /// Runs for ever and calls the host each time.
    LoopHost,
    /// Counts to `size` (a billion), which takes that many cycles of a processor.
    Work,
    /// Allocates `size` bytes (4 GiB) and touches them.
    Allocate,
    /// Grows its memory by `size` bytes (200 MiB), touches nothing of it, and works for a second.
    Hoard,
    /// Panics with `text`.
    Panic,
    /// Executes `unreachable` without a message.
    Trap,
    /// Returns an object of `size` bytes (100 MB).
    Output,
    /// Recurses `size` levels deep (a million).
    Recurse,
    /// Writes `size` log lines (a million).
    LogFlood,
    /// Writes one log line of `size` bytes (10 MB).
    LogLong,
    /// Fails fatally with a message of `size` bytes (10 MB).
    ErrorLong,
    /// Asks the host for `size` random bytes (100,000: past the interface's bound).
    Random,
    /// Raises the business error `text`.
    Business,
    /// Asks for a retry after `size` milliseconds.
    Retry,
    /// Fails fatally with `text`.
    Fatal,
    /// Tells what the host gave: time, random bytes, configuration `text`, attempt.
    Probe,
    /// Returns `{"text": text}`.
    Echo,
}

/// What every mode that ends returns: a text.
#[derive(Serialize, JsonSchema)]
struct Output {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    probe: Option<Probe>,
}

#[derive(Serialize, JsonSchema)]
struct Probe {
    now: u64,
    random: Vec<u8>,
    config: Option<serde_json::Value>,
    attempt: u32,
}

#[gardesh::step(
    name = "hostile",
    title = "Misbehaves as its input says",
    version = "0.1.0"
)]
fn misbehave(input: Input, job: &Job) -> Result<Output, StepError> {
    let size = |default: u64| input.size.unwrap_or(default);
    match input.mode {
        Mode::Loop => endless(black_box),
        Mode::LoopHost => endless(|count| count ^ gardesh::now()),
        Mode::Work => Ok(text(count_to(size(1_000_000_000)).to_string())),
        Mode::Hoard => {
            let hoard: Vec<u8> = Vec::with_capacity(size(200 << 20) as usize);
            count_to(1_000_000_000);
            Ok(text(black_box(hoard).capacity().to_string()))
        }
        Mode::Allocate => Ok(text(allocate(size(4 << 30)).to_string())),
        Mode::Panic => panic!("{}", input.text),
        Mode::Trap => trap(),
        Mode::Output => Ok(text(filler(size(100_000_000)))),
        Mode::Recurse => Ok(text(recurse(size(1_000_000)).to_string())),
        Mode::LogFlood => {
            (0..size(1_000_000))
                .for_each(|line| gardesh::log(Level::Info, format_args!("line {line}")));
            Ok(text("flooded".into()))
        }
        Mode::LogLong => {
            gardesh::log(Level::Info, filler(size(10_000_000)));
            Ok(text("logged".into()))
        }
        Mode::ErrorLong => Err(StepError::Fatal(filler(size(10_000_000)))),
        Mode::Random => Ok(text(
            gardesh::random(size(100_000) as u32).len().to_string(),
        )),
        Mode::Business => Err(StepError::business(input.text, "asked for")),
        Mode::Retry => Err(StepError::retry_after(
            "asked for",
            Duration::from_millis(size(1_000)),
        )),
        Mode::Fatal => Err(StepError::Fatal(input.text)),
        Mode::Probe => probe(&input.text, job),
        Mode::Echo => Ok(text(input.text)),
    }
}

fn text(text: String) -> Output {
    Output { text, probe: None }
}

fn endless(mut turn: impl FnMut(u64) -> u64) -> ! {
    let mut count = 0u64;
    loop {
        count = black_box(turn(count).wrapping_add(1));
    }
}

fn count_to(end: u64) -> u64 {
    let mut count = 0u64;
    while count < end {
        count = black_box(count + 1);
    }
    count
}

/// Takes memory in blocks of 16 MiB and writes to every page of it.
fn allocate(bytes: u64) -> u64 {
    const BLOCK: usize = 16 << 20;
    let mut blocks: Vec<Vec<u8>> = Vec::new();
    while (blocks.len() as u64) * (BLOCK as u64) < bytes {
        let mut block = vec![0u8; BLOCK];
        block.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
        blocks.push(black_box(block));
    }
    blocks.iter().map(|block| u64::from(block[0])).sum()
}

fn filler(bytes: u64) -> String {
    "x".repeat(bytes as usize)
}

/// Not a tail call: each level keeps something that the one below could not know.
fn recurse(levels: u64) -> u64 {
    let kept = black_box([levels; 16]);
    if levels == 0 {
        0
    } else {
        recurse(black_box(levels - 1)) + kept[(levels % 16) as usize]
    }
}

#[cfg(target_arch = "wasm32")]
fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(not(target_arch = "wasm32"))]
fn trap() -> ! {
    std::process::abort()
}

fn probe(config: &str, job: &Job) -> Result<Output, StepError> {
    let probe = Probe {
        now: gardesh::now(),
        random: gardesh::random(16),
        config: gardesh::config(config)?,
        attempt: job.attempt,
    };
    Ok(Output {
        text: "probe".into(),
        probe: Some(probe),
    })
}
