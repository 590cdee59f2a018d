//! `gardesh component`: components, on this machine and on the server.

mod build;
mod inspect;
mod push;
mod run;
mod trial;

use clap::{Args, Subcommand};

use super::Session;
use crate::failure::Failure;
use crate::output::Column;

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Component {
    /// Build a component from a project or a module
    Build(build::Build),
    /// Upload components; a new version serves its name from then on
    Push(push::Push),
    /// List the server's components
    List(List),
    /// Show what a component is and wants
    Inspect(inspect::Inspect),
    /// Run a component here, in the sandbox, without a server
    Run(run::Run),
}

/// The arguments of `gardesh component list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component list
  gardesh component list --json")]
pub struct List {}

const COLUMNS: [Column; 6] = [
    ("NAME", "name"),
    ("VERSION", "version"),
    ("WORLD", "world"),
    ("TITLE", "title"),
    ("DIGEST", "digest"),
    ("UPLOADED", "registeredAt"),
];

impl Component {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Build(build) => build.run(session),
            Self::Push(push) => push.run(session),
            Self::List(List {}) => {
                let answer = session.client()?.get("/v1/components", &[])?;
                session.out.list(&answer.body, &COLUMNS, "component")
            }
            Self::Inspect(inspect) => inspect.run(session),
            Self::Run(run) => run.run(session),
        }
    }
}
