//! Cranelift at arm's length: each component is compiled by a helper (`helper.rs`), so that
//! neither an upload of 18 MB (10-16 s of compiling) nor one made to burst the compiler takes
//! anything from what runs meanwhile.

use std::sync::Arc;
use std::time::Duration;

use crate::fault::bytes;
use crate::helper::{Failure, Helpers, Purpose, Task, Work};
use crate::{Limits, Refusal};

/// Compiles components, within bounds.
pub struct Compiler {
    /// Who does it.
    pub helpers: Arc<Helpers>,
    /// What it may take.
    pub limits: Arc<Limits>,
}

impl Compiler {
    /// Compiles a component. If nobody waits for it any more, the compilation is ended.
    ///
    /// # Errors
    /// When the component is invalid or too much for the compiler, or when there is no
    /// place for it.
    pub async fn compile(&self, purpose: Purpose, wasm: Arc<[u8]>) -> Result<Vec<u8>, Refusal> {
        let limits = &self.limits;
        let cpu_time = cpu_time(limits, wasm.len());
        let task = Task {
            purpose,
            work: Work::Compile {
                stack_bytes: limits.stack_bytes,
            },
            input: wasm,
            cpu_time,
            wall_time: limits.compile_wall_time,
            memory_bytes: limits.compile_memory_bytes,
            output_bytes: limits.code_bytes,
        };
        let compiled = self.helpers.help(task).await;
        compiled.map_err(|failure| refusal(failure, cpu_time, limits))
    }
}

/// What a component of this size may take.
fn cpu_time(limits: &Limits, size: usize) -> Duration {
    let mib = u32::try_from(size >> 20).unwrap_or(u32::MAX);
    limits
        .compile_cpu_time
        .saturating_add(limits.compile_cpu_time_per_mib.saturating_mul(mib))
}

/// Why there is no machine code.
fn refusal(failure: Failure, cpu_time: Duration, limits: &Limits) -> Refusal {
    let amount = |limit: u64| bytes(usize::try_from(limit).unwrap_or(usize::MAX));
    let advice = "Make it smaller: functions with thousands of variables, or very many \
                  functions and types, do this";
    let found = match failure {
        Failure::Busy(found) => return Refusal::Busy(found),
        Failure::Broken(found) => return Refusal::Runtime(found),
        Failure::Invalid(found) => return Refusal::Invalid { found },
        Failure::OutputTooLarge => {
            let limit = amount(limits.code_bytes);
            format!("it comes to more than {limit} of machine code")
        }
        Failure::OutOfTime => {
            format!("the compiler used up its {cpu_time:?} of processor time. {advice}")
        }
        Failure::OutOfMemory => {
            let memory = amount(limits.compile_memory_bytes);
            format!("the compiler used up its {memory} of memory. {advice}")
        }
        Failure::OutOfStack => format!("the compiler used up its stack. {advice}"),
        Failure::Fallen(found) => format!("the compiler ended with {found}. {advice}"),
    };
    Refusal::Compilation { found }
}
