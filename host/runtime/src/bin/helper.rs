//! The helper as a program of its own, for the tests of this crate. The product's program
//! runs itself instead.

use std::process::ExitCode;

fn main() -> ExitCode {
    gardesh_runtime::help_parent()
}
