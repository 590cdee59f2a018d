//! `gardesh completions`: scripts that complete the command line.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Session;
use crate::cli::Cli;
use crate::failure::Failure;

/// The arguments of `gardesh completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh completions bash > /etc/bash_completion.d/gardesh
  gardesh completions zsh > ~/.zfunc/_gardesh")]
pub struct Completions {
    /// For which shell
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "gardesh", &mut script);
        session.out.script(&script)
    }
}
