//! The command line as a whole: global options and the command families. The arguments of
//! each family stand beside what it does, in `commands/`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    batch, completions, component, data, definition, deploy, health, helper, incident, instance,
    job, metrics, serve, start, survey, task, tenant,
};

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  the server refused, nothing was found, or a check failed
  2  the command line, or a file that it names, is wrong
  3  no server answered
  4  something that should not happen

Examples:
  gardesh serve --data ./data
  gardesh component push finance.wasm
  gardesh deploy insurance-claim.bpmn claim-approval.form
  gardesh start insurance-claim --variables @claims/burst-pipe.json
  gardesh task list";

/// Durable business processes whose steps are WebAssembly components.
#[derive(Debug, Parser)]
#[command(
    name = "gardesh",
    version,
    max_term_width = 100,
    after_help = AFTER_HELP,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Address of the server
    #[arg(
        long,
        global = true,
        env = "GARDESH_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080",
        help_heading = "Global options"
    )]
    pub server: String,
    /// API token of the server; --token-file keeps it out of the list of processes
    #[arg(
        long,
        global = true,
        env = "GARDESH_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        help_heading = "Global options"
    )]
    pub token: Option<String>,
    /// File that holds the API token
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "token",
        help_heading = "Global options"
    )]
    pub token_file: Option<PathBuf>,
    /// Tenant to work in, by its id
    #[arg(
        long,
        global = true,
        env = "GARDESH_TENANT",
        value_name = "ID",
        help_heading = "Global options"
    )]
    pub tenant: Option<String>,
    /// Print the server's JSON instead of text for people
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// No progress and no remarks
    #[arg(long, short, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

/// The command families.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Build, upload, inspect and run components
    #[command(subcommand)]
    Component(component::Component),
    /// Deploy diagrams, decisions and forms
    Deploy(deploy::Deploy),
    /// List process definitions, and delete what was deployed
    #[command(subcommand)]
    Definition(definition::Definition),
    /// Start a process instance
    Start(start::Start),
    /// List, inspect and cancel process instances
    #[command(subcommand)]
    Instance(instance::Instance),
    /// List, assign and complete user tasks
    #[command(subcommand)]
    Task(task::Task),
    /// List and resolve incidents
    #[command(subcommand)]
    Incident(incident::Incident),
    /// Activate, complete and fail jobs, as an outside worker does
    #[command(subcommand)]
    Job(job::Job),
    /// Create and control batch operations on many process instances
    #[command(subcommand)]
    Batch(batch::Batch),
    /// Store surveys; list invitations and answers
    #[command(subcommand)]
    Survey(survey::Survey),
    /// Show customer satisfaction and counts of process instances
    Metrics(metrics::Metrics),
    /// Show whether the server is healthy
    Health(health::Health),
    /// Create, list and delete tenants
    #[command(subcommand)]
    Tenant(tenant::Tenant),
    /// Verify, back up or compact a data folder, without a server
    #[command(subcommand)]
    Data(data::Data),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Compile a component or check a configuration for the process that started this one
    #[command(name = helper::NAME, hide = true)]
    Helper(helper::Helper),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_anywhere() {
        for line in [
            "gardesh --json --server http://h:1 task list",
            "gardesh task --json list --server http://h:1",
            "gardesh task list --server=http://h:1 --json",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).expect(line);
            assert!(cli.global.json, "{line}");
            assert_eq!(cli.global.server, "http://h:1", "{line}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "gardesh",
            "gardesh frobnicate",
            "gardesh start",
            "gardesh deploy",
            "gardesh deploy --dry-run",
            "gardesh definition delete",
            "gardesh definition delete p",
            "gardesh component configure ask",
            "gardesh component configure ask quietDays",
            "gardesh task complete not-a-key",
            "gardesh instance show -1",
            "gardesh job throw-error 7",
            "gardesh component push x.wasm --config plan",
            "gardesh task list --token a --token-file b",
            "gardesh instance list --limit 0",
            "gardesh serve",
            "gardesh batch create migrate --to 7 --all",
            "gardesh batch create retries 0 --all",
            "gardesh batch create timeout 0 --all",
            "gardesh batch create cancel --all --yes --dry-run",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }

    #[test]
    fn every_command_has_help_with_an_example() {
        fn check(command: &clap::Command, path: &str) {
            // What the program itself calls is shown to nobody.
            if command.is_hide_set() {
                return;
            }
            let path = format!("{path} {}", command.get_name());
            assert!(command.get_about().is_some(), "{path}: no description");
            if command.has_subcommands() {
                command.get_subcommands().for_each(|sub| check(sub, &path));
            } else {
                let after = command.get_after_help().map(ToString::to_string);
                let after = after.unwrap_or_default();
                let name = path.trim_start().trim_end();
                assert!(after.contains(&format!("  {name}")), "{name}: no example");
            }
        }
        let command = Cli::command();
        for sub in command.get_subcommands() {
            check(sub, "gardesh");
        }
    }
}
