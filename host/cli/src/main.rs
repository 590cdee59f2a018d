//! The `gardesh` program: parses the command line, runs one command and says in its exit
//! code how that went. Everything else is in the modules.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod answers;
mod cli;
mod client;
mod commands;
mod failure;
mod input;
mod limits;
mod output;
mod progress;
mod table;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    match commands::run(cli) {
        Ok(code) => code,
        Err(failure) => report(&failure, json),
    }
}

/// Says why a command failed: to people on standard error, and to programs that asked for
/// JSON also with the server's problem document on standard output.
fn report(failure: &Failure, json: bool) -> ExitCode {
    // Nothing can be said about these two being closed.
    if let (Failure::Problem { document, .. }, true) = (failure, json) {
        let _ = writeln!(std::io::stdout(), "{}", document.trim());
    }
    if let Some(message) = failure.message() {
        let message = table::clean_lines(&message);
        let _ = writeln!(std::io::stderr(), "error: {message}");
    }
    ExitCode::from(failure.exit_code())
}
