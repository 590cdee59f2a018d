//! `gardesh helper`: the process with bounds of its own that the sandbox starts for each
//! component to compile and each configuration to check. Not for people: it reads from and
//! writes to its parent.

use std::process::ExitCode;

use clap::Args;
use gardesh_runtime::HelperProgram;

use crate::failure::Failure;

/// The name of the command.
pub const NAME: &str = "helper";

/// The allocator takes a GiB of addresses at once unless it is told otherwise, which is more than
/// a helper may have of them. Smaller steps cost nothing here.
const ENVIRONMENT: &[(&str, &str)] = &[("MIMALLOC_ARENA_RESERVE", "16MiB")];

/// The arguments of `gardesh helper`.
#[derive(Debug, Args)]
pub struct Helper {}

impl Helper {
    /// Does what its parent asks for, and ends.
    pub fn run(self) -> ExitCode {
        gardesh_runtime::help_parent()
    }
}

/// This program, called so that it helps.
pub fn program() -> Result<HelperProgram, Failure> {
    HelperProgram::itself(&[NAME], ENVIRONMENT).map_err(|error| {
        Failure::Unexpected(format!("Expected to find the running program, but {error}"))
    })
}
