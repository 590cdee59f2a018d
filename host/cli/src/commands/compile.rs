//! `gardesh compile-component`: the compiler that the sandbox starts for each component, in a
//! process with bounds of its own. Not for people: it reads from and writes to its parent.

use std::process::ExitCode;

use clap::Args;
use gardesh_runtime::CompilerProgram;

use crate::failure::Failure;

/// The name of the command.
pub const NAME: &str = "compile-component";

/// The arguments of `gardesh compile-component`.
#[derive(Debug, Args)]
pub struct Compile {}

impl Compile {
    /// Compiles what its parent sends, and ends.
    pub fn run(self) -> ExitCode {
        gardesh_runtime::compile_for_parent()
    }
}

/// This program, called so that it compiles.
pub fn program() -> Result<CompilerProgram, Failure> {
    CompilerProgram::itself(&[NAME]).map_err(|error| {
        Failure::Unexpected(format!("Expected to find the running program, but {error}"))
    })
}
