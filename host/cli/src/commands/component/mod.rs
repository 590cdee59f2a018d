//! `gardesh component`: components, on this machine and on the server.

mod build;
mod configure;
mod inspect;
mod push;
mod run;
mod service;
mod trial;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::Session;
use crate::failure::Failure;
use crate::limits::SHOWN_DIGEST_DIGITS;
use crate::output::{cell, items};
use crate::table::{Table, size};

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Component {
    /// Build a component from a project or a module
    Build(build::Build),
    /// Upload components; a new version serves its name from then on
    Push(push::Push),
    /// Change the configuration of a component on the server
    Configure(configure::Configure),
    /// List the server's components
    List(List),
    /// Show what a component is, and what it asks for
    Inspect(inspect::Inspect),
    /// Run a component locally in the sandbox, without a server
    Run(run::Run),
    /// Disable a trigger: it sees no events until it is enabled
    Disable(service::Disable),
    /// Enable a disabled trigger
    Enable(service::Enable),
    /// Remove a component from the name that it serves
    Remove(service::Remove),
}

/// The arguments of `gardesh component list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component list
  gardesh component list --json")]
pub struct List {}

impl Component {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Build(build) => build.run(session),
            Self::Push(push) => push.run(session),
            Self::Configure(configure) => configure.run(session),
            Self::List(list) => list.run(session),
            Self::Inspect(inspect) => inspect.run(session),
            Self::Run(run) => run.run(session),
            Self::Disable(disable) => disable.run(session),
            Self::Enable(enable) => enable.run(session),
            Self::Remove(remove) => remove.run(session),
        }
    }
}

impl List {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let answer = session.client()?.get("/v1/components", &[])?;
        let components: Value = answer.json()?;
        if items(&components).is_empty() {
            session.out.remark("No components.");
        }
        session
            .out
            .result(&answer.body, || table(items(&components)))
    }
}

fn table(components: &[Value]) -> String {
    if components.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        "NAME", "VERSION", "WORLD", "TITLE", "SIZE", "DIGEST", "UPLOADED",
    ]);
    for component in components {
        let bytes = component.get("size").and_then(Value::as_u64).unwrap_or(0);
        let digest = cell(component, "digest");
        table.row([
            cell(component, "name"),
            cell(component, "version"),
            cell(component, "world"),
            cell(component, "title"),
            size(bytes),
            digest.chars().take(SHOWN_DIGEST_DIGITS).collect(),
            cell(component, "registeredAt"),
        ]);
    }
    table.render()
}
