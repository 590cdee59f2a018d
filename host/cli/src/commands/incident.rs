//! `gardesh incident`: what cannot go on, and letting it go on.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::search::{Filter, Limit};
use super::{Session, job, key};
use crate::failure::Failure;
use crate::output::{Column, cell};

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Incident {
    /// List incidents
    List(List),
    /// Resolve an incident: try the failed step again
    Resolve(Resolve),
}

/// The arguments of `gardesh incident list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh incident list
  gardesh incident list --instance 2251799813685251 --all")]
pub struct List {
    /// Only of this process instance
    #[arg(long, value_name = "KEY", value_parser = key)]
    instance: Option<u64>,
    /// Resolved ones too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh incident resolve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh incident resolve 2251799813685290
  gardesh incident resolve 2251799813685290 --retries 3")]
pub struct Resolve {
    /// The incident's key
    #[arg(value_parser = key)]
    key: u64,
    /// First give its job this many retries; a job without any would fail at once
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
}

pub(super) const COLUMNS: [Column; 6] = [
    ("KEY", "incidentKey"),
    ("TYPE", "errorType"),
    ("STATE", "state"),
    ("INSTANCE", "processInstanceKey"),
    ("ELEMENT", "elementId"),
    ("MESSAGE", "errorMessage"),
];

impl Incident {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(session),
            Self::Resolve(resolve) => resolve.run(session),
        }
    }
}

impl List {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = Filter::default()
            .with_key("processInstanceKey", self.instance)
            .with("state", (!self.all).then_some("ACTIVE"))
            .request("creationTime", &self.limit);
        let answer = session.client()?.post("/v2/incidents/search", &request)?;
        session.out.list(&answer.body, &COLUMNS, "incident")
    }
}

impl Resolve {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let client = session.client()?;
        let key = self.key;
        if let Some(retries) = self.retries {
            let incident: Value = client.get(&format!("/v2/incidents/{key}"), &[])?.json()?;
            let job = cell(&incident, "jobKey");
            if job.is_empty() {
                return Err(Failure::Refused(format!(
                    "Expected incident {key} to be about a job, but it is about {}. \
                     Resolve it without --retries",
                    cell(&incident, "errorType")
                )));
            }
            job::update(&client, &job, Some(retries), None)?;
        }
        let answer = client.post(&format!("/v2/incidents/{key}/resolution"), &json!({}))?;
        session
            .out
            .done(&answer.body, &format!("Resolved incident {key}."))
    }
}
