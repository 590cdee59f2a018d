//! The commands, one file per family: arguments, request, and how the answer is shown.

pub mod batch;
pub mod completions;
pub mod component;
mod consent;
pub mod data;
pub mod definition;
pub mod deploy;
pub mod health;
pub mod helper;
pub mod incident;
pub mod instance;
pub mod job;
pub mod metrics;
pub mod search;
pub mod serve;
pub mod start;
pub mod survey;
pub mod task;
pub mod tenant;

use std::process::ExitCode;

use crate::cli::{Cli, Command, Global};
use crate::client::Client;
use crate::failure::Failure;
use crate::input;
use crate::output::Output;

/// What a command has at hand: how to print, and how to reach the server.
#[derive(Debug)]
pub struct Session {
    global: Global,
    /// How to print.
    pub out: Output,
}

impl Session {
    /// A client for the server that the options name.
    pub fn client(&self) -> Result<Client, Failure> {
        let token = match &self.global.token_file {
            Some(file) => Some(input::file_text(file)?.trim().to_owned()),
            None => self.global.token.clone(),
        };
        Client::new(&self.global.server, token, self.global.tenant.clone())
    }
}

/// Runs the command that was asked for; the exit code is that of success but for the helper.
pub fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let out = Output {
        json: cli.global.json,
        quiet: cli.global.quiet,
    };
    let session = Session {
        global: cli.global,
        out,
    };
    let done = match cli.command {
        Command::Serve(serve) => serve.run(&session),
        Command::Component(component) => component.run(&session),
        Command::Deploy(deploy) => deploy.run(&session),
        Command::Definition(definition) => definition.run(&session),
        Command::Start(start) => start.run(&session),
        Command::Instance(instance) => instance.run(&session),
        Command::Task(task) => task.run(&session),
        Command::Incident(incident) => incident.run(&session),
        Command::Job(job) => job.run(&session),
        Command::Batch(batch) => batch.run(&session),
        Command::Survey(survey) => survey.run(&session),
        Command::Metrics(metrics) => metrics.run(&session),
        Command::Health(health) => health.run(&session),
        Command::Tenant(tenant) => tenant.run(&session),
        Command::Data(data) => data.run(&session),
        Command::Completions(completions) => completions.run(&session),
        Command::Helper(helper) => return Ok(helper.run()),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// An entity's key, as the API writes it.
fn key(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| "expected a key such as 2251799813685249".to_owned())
}
