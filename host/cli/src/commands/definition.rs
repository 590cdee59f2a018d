//! `gardesh definition`: versions of processes that were deployed.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::search::{Filter, Limit};
use super::{Session, consent, key};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, cell, items};

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Definition {
    /// List process definitions
    List(List),
    /// Delete a version of a process, a decision model or a form
    Delete(Delete),
}

/// The arguments of `gardesh definition list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh definition list
  gardesh definition list --process insurance-claim --all")]
pub struct List {
    /// Only of this process
    #[arg(long, value_name = "PROCESS_ID")]
    process: Option<String>,
    /// Every version, also deleted ones, not only the latest
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh definition delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh definition delete 2251799813685250
  gardesh definition delete 2251799813685250 --history --yes

No cases of a deleted version are started; the version before it, if there is one, becomes the
latest. Running cases go on. The journal keeps the text of the file, because the cases and their
history are told by it. What --history deletes stays in the data folder's files until
`gardesh data compact`.")]
pub struct Delete {
    /// The key of a process definition, of a decision requirements definition or of a form
    #[arg(value_parser = key)]
    key: u64,
    /// The history of its ended cases, too
    #[arg(long)]
    history: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

const COLUMNS: [Column; 7] = [
    ("KEY", "processDefinitionKey"),
    ("PROCESS", "processDefinitionId"),
    ("VERSION", "version"),
    ("TAG", "versionTag"),
    ("NAME", "name"),
    ("FILE", "resourceName"),
    ("STATE", "state"),
];

impl Definition {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(session),
            Self::Delete(delete) => delete.run(session),
        }
    }
}

impl List {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = Filter::default()
            .with("processDefinitionId", self.process)
            .with("isLatestVersion", (!self.all).then_some(true))
            .request_by_name("processDefinitionId", &self.limit);
        let client = session.client()?;
        let answer = client.post("/v2/process-definitions/search", &request)?;
        session
            .out
            .list(&answer.body, &COLUMNS, "process definition")
    }
}

impl Delete {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let client = session.client()?;
        let what = self.describe(&client)?;
        if !self.yes {
            consent::ask(&format!("Delete {what}?"))?;
        }
        let path = format!("/v2/resources/{}/deletion", self.key);
        let body = json!({ "deleteHistory": self.history });
        let answer = client.post(&path, &body)?;
        let deleted: Value = answer.json()?;
        let mut text = format!("Deleted {what}.");
        let batch = cell(&deleted, "batchOperation.batchOperationKey");
        if !batch.is_empty() {
            text += &format!(
                " Batch operation {batch} deletes its history; the texts stay in the data folder's files until `gardesh data compact`."
            );
        }
        session.out.done(&answer.body, &text)
    }

    /// What the key stands for, and how much hangs on it.
    fn describe(&self, client: &Client) -> Result<String, Failure> {
        let filter = || Filter::default().with_key("processDefinitionKey", Some(self.key));
        let limit = Limit { limit: 1 };
        let request = filter().request("version", &limit);
        let found: Value = client
            .post("/v2/process-definitions/search", &request)?
            .json()?;
        let Some(definition) = items(&found).first() else {
            return Ok(format!("the decision model or form {}", self.key));
        };
        let cases = |state: &str| -> Result<u64, Failure> {
            let request = filter().with("state", Some(state));
            let request = request.request("startDate", &limit);
            let found: Value = client
                .post("/v2/process-instances/search", &request)?
                .json()?;
            let total = found.pointer("/page/totalItems").and_then(Value::as_u64);
            Ok(total.unwrap_or_default())
        };
        let (id, version) = (
            cell(definition, "processDefinitionId"),
            cell(definition, "version"),
        );
        let mut what = format!("version {version} of the process {id}");
        match cases("ACTIVE")? {
            0 => {}
            1 => what += ", of which 1 process instance runs and goes on",
            running => what += &format!(", of which {running} process instances run and go on"),
        }
        if self.history {
            let ended = cases("COMPLETED")? + cases("TERMINATED")?;
            what += &format!(", and the history of {ended} ended process instances");
        }
        Ok(what)
    }
}
