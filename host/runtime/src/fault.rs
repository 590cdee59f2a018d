//! Why a component did not answer, in words: from wasmtime's error and from what the
//! limits remember to a [`Fault`].

use std::time::Duration;

use wasmtime::{PoolConcurrencyLimitError, Trap};

use crate::guest::Stop;
use crate::limiter::Denied;
use crate::limits::MAX_QUOTED_BYTES;
use crate::{Fault, FaultKind, Limits};

/// What is known when an instance ended without an answer.
pub struct Circumstances<'a> {
    /// The growth that was refused last.
    pub denied: Option<Denied>,
    /// The last error line of its log: a panic message, a traceback's end.
    pub last_error: Option<&'a str>,
    /// The processor time that it had.
    pub cpu_time: Duration,
    /// The bounds that applied.
    pub limits: &'a Limits,
}

impl Circumstances<'_> {
    /// The fault behind `error`.
    pub fn explain(&self, error: &wasmtime::Error) -> Fault {
        let (kind, mut message) = self.classify(error);
        if let Some(line) = self.last_error
            && !kind.is_ours()
        {
            let quote = &line[..line.floor_char_boundary(MAX_QUOTED_BYTES)];
            message.push_str("; its last error line: ");
            message.push_str(&quote.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Fault { kind, message }
    }

    /// The order matters: the host's own stop is certain; too much data is certain; a
    /// refusal of memory explains the trap that follows it better than the trap does.
    fn classify(&self, error: &wasmtime::Error) -> (FaultKind, String) {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return self.stopped(stop);
        }
        if is_too_much_data(error) {
            let limit = bytes(self.limits.output_bytes);
            let message = format!("Expected an output of at most {limit}, but it is larger");
            return (FaultKind::OutputTooLarge, message);
        }
        if error.is::<PoolConcurrencyLimitError>() {
            let message = format!("Expected a free place in the sandbox, but {error:#}");
            return (FaultKind::Shortage, message);
        }
        if let Some(denied) = self.denied {
            return (FaultKind::Memory, denied_message(denied));
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow) => {
                let limit = bytes(self.limits.stack_bytes);
                let message = format!(
                    "Expected calls to fit into a stack of {limit}, but they nest deeper; \
                     an endless recursion does that"
                );
                (FaultKind::StackOverflow, message)
            }
            Some(trap @ Trap::MemoryOutOfBounds) => (
                FaultKind::Trap,
                format!(
                    "Expected an answer, but the component trapped ({trap}); besides a wild \
                     pointer, a recursion deeper than the component's own stack does that"
                ),
            ),
            Some(trap) => (
                FaultKind::Trap,
                format!("Expected an answer, but the component trapped ({trap})"),
            ),
            None => (
                FaultKind::Trap,
                format!("Expected an answer, but the component failed: {error:#}"),
            ),
        }
    }

    fn stopped(&self, stop: &Stop) -> (FaultKind, String) {
        match stop {
            Stop::CpuTime => {
                let message = format!(
                    "Expected an answer within {:?} of processor time, but the component was still \
                     running; an endless loop does that",
                    self.cpu_time
                );
                (FaultKind::Timeout, message)
            }
            Stop::WallTime => {
                let message = format!(
                    "Expected an answer within {:?}, but others had the processors so long; let \
                     fewer run, or give the machine more processors",
                    self.limits.wall_time
                );
                (FaultKind::Shortage, message)
            }
            Stop::SharedMemory { .. } => (FaultKind::Shortage, stop.to_string()),
            Stop::HostCalls { .. }
            | Stop::Random { .. }
            | Stop::Candidates { .. }
            | Stop::Activated { .. } => (FaultKind::HostLimit, stop.to_string()),
            Stop::SaidTooMuch { .. } => (FaultKind::OutputTooLarge, stop.to_string()),
            Stop::Exit { .. } | Stop::Absent { .. } | Stop::NoJob { .. } => {
                (FaultKind::Trap, stop.to_string())
            }
        }
    }
}

/// wasmtime's error for a guest that hands over more than the hostcall fuel allows has no
/// public type; its text is checked by a test of this crate.
fn is_too_much_data(error: &wasmtime::Error) -> bool {
    let text = "fuel allocated for hostcalls has been exhausted";
    error.chain().any(|cause| cause.to_string().contains(text))
}

fn denied_message(denied: Denied) -> String {
    match denied {
        Denied::Memory { wanted, limit } => format!(
            "Expected at most {} of memory, but the component asked for {}",
            bytes(limit),
            bytes(wanted)
        ),
        Denied::Table { wanted, limit } => {
            format!("Expected at most {limit} table elements, but the component asked for {wanted}")
        }
    }
}

/// `n` in the largest unit that divides it, or rounded down to one decimal.
pub fn bytes(n: usize) -> String {
    const UNITS: [(usize, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (size, unit) in UNITS {
        if n >= size {
            let (whole, tenth) = (n / size, n % size * 10 / size);
            return match tenth {
                0 => format!("{whole} {unit}"),
                _ => format!("{whole}.{tenth} {unit}"),
            };
        }
    }
    format!("{n} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        let cases = [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (1 << 10, "1 KiB"),
            (1 << 20, "1 MiB"),
            ((1 << 20) + (1 << 19), "1.5 MiB"),
            (4 << 30, "4 GiB"),
        ];
        for (n, text) in cases {
            assert_eq!(bytes(n), text);
        }
    }
}
