//! The state behind one running instance: what the host functions read and write. Fresh
//! for each invocation; what the functions do with it is in `host.rs`, `context.rs`, `say.rs`
//! and `wasi.rs`.

use std::sync::Arc;

use wasmtime::component::ResourceTable;

use crate::fault::bytes;
use crate::limiter::Limiter;
use crate::log::Log;
use crate::random::SeededRandom;
use crate::say::Said;
use crate::{Configuration, JobContext, Limits};

/// The data of a store.
pub struct Guest {
    /// Memory and tables.
    pub limiter: Limiter,
    /// The attempt's log.
    pub log: Log,
    /// The only randomness there is.
    pub random: SeededRandom,
    /// The only clock there is.
    pub clock: Clock,
    /// The component's configuration.
    pub config: Arc<Configuration>,
    /// What the job is for; none where there is no job.
    pub job: Option<JobContext>,
    /// What the step said beside its output.
    pub said: Said,
    /// The bounds of the host functions.
    pub limits: Arc<Limits>,
    /// Pollables.
    pub table: ResourceTable,
    /// Calls into the host so far.
    pub host_calls: u64,
}

impl Guest {
    /// Counts a call into the host.
    ///
    /// # Errors
    /// When there were too many.
    pub fn enter(&mut self) -> Result<(), Stop> {
        self.host_calls += 1;
        let limit = self.limits.host_calls;
        if self.host_calls > limit {
            return Err(Stop::HostCalls { limit });
        }
        Ok(())
    }

    /// `length` bytes of randomness.
    ///
    /// # Errors
    /// When that is more than one request may have.
    pub fn random_bytes(&mut self, length: u64) -> Result<Vec<u8>, Stop> {
        let limit = self.limits.random_bytes;
        match usize::try_from(length) {
            Ok(size) if length <= u64::from(limit) => {
                let mut bytes = vec![0; size];
                self.random.fill(&mut bytes);
                Ok(bytes)
            }
            _ => Err(Stop::Random { limit, length }),
        }
    }
}

/// Journal time, and a monotonic clock that moves by a fixed amount whenever it is read,
/// so that a loop which waits for time to pass ends, in the same way each time.
pub struct Clock {
    /// Milliseconds since 1970; stands still.
    pub now_ms: u64,
    /// Nanoseconds; only differences mean anything.
    pub monotonic_ns: u64,
}

impl Clock {
    /// What a reading adds: one microsecond.
    pub const STEP_NS: u64 = 1_000;

    /// A clock at this journal time.
    pub const fn at(now_ms: u64) -> Self {
        Self {
            now_ms,
            monotonic_ns: 1_000_000_000,
        }
    }

    /// Reads the monotonic clock, and moves it.
    pub const fn read_monotonic(&mut self) -> u64 {
        self.monotonic_ns = self.monotonic_ns.saturating_add(Self::STEP_NS);
        self.monotonic_ns
    }

    /// Sleeps: moves on to `instant` at once.
    pub fn sleep_until(&mut self, instant: u64) {
        self.monotonic_ns = self.monotonic_ns.max(instant);
    }
}

/// Why the host ended an instance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Its processor time is over.
    #[error("the processor time is over")]
    CpuTime,
    /// It is over by the clock, while others had the processors.
    #[error("the time is over")]
    WallTime,
    /// It wants memory that others have.
    #[error(
        "Expected {whose} to fit into {} of memory together, but one more piece does not", bytes(*limit)
    )]
    SharedMemory {
        /// Who has to share it.
        whose: &'static str,
        /// How much there is, in bytes.
        limit: usize,
    },
    /// Too many calls into the host.
    #[error("Expected at most {limit} calls into the host, but the component made more")]
    HostCalls {
        /// [`Limits::host_calls`].
        limit: u64,
    },
    /// Too much randomness at once.
    #[error("Expected a request for at most {limit} random bytes, but {length} were asked for")]
    Random {
        /// [`Limits::random_bytes`].
        limit: u32,
        /// What was asked for.
        length: u64,
    },
    /// Something about a job was called where there is none.
    #[error(
        "Expected a job, but the component called gardesh:step/{function} in a trigger or while \
         it described itself. Call it in the `run` of a step"
    )]
    NoJob {
        /// Interface and function.
        function: String,
    },
    /// More was said about a job than may be.
    #[error(
        "Expected all that a step says about its job to fit into {limit} bytes, but it is more"
    )]
    SaidTooMuch {
        /// [`Limits::output_bytes`].
        limit: usize,
    },
    /// A correction names too many candidates.
    #[error(
        "Expected at most {limit} candidates in a correction, but there are {found}. Use a group"
    )]
    Candidates {
        /// [`Limits::candidates`].
        limit: usize,
        /// How many there are.
        found: usize,
    },
    /// Too many elements of an ad-hoc subprocess were chosen.
    #[error("Expected at most {limit} elements to activate at once, but the step named more")]
    Activated {
        /// [`Limits::activated_elements`].
        limit: usize,
    },
    /// `exit` was called.
    #[error("Expected an answer, but the component exited with code {code} before it gave one")]
    Exit {
        /// 0 means success, which is no answer either.
        code: u8,
    },
    /// Something was called that exists in name only.
    #[error("Expected no use of files or sockets, but the component called {function}")]
    Absent {
        /// Interface and function.
        function: String,
    },
}
