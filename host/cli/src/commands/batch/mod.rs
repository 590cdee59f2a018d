//! `gardesh batch`: one thing that is done to many process instances. How one is begun is in
//! `create.rs`.

mod create;
mod filter;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::search::{Filter, Limit};
use super::{Session, key};
use crate::client::Client;
use crate::failure::Failure;
use crate::limits::BATCH_PACE;
use crate::output::{Column, cell, items, table};
use crate::progress::Progress;
use crate::table::facts;

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Batch {
    /// Start a batch operation on all process instances that meet a filter
    #[command(subcommand)]
    Create(create::Create),
    /// List batch operations
    List(List),
    /// Show the progress of a batch operation, and the items that failed
    Show(Show),
    /// Suspend a batch operation
    Pause(One),
    /// Resume a suspended batch operation
    Resume(Resume),
    /// Cancel a batch operation; what it has done stays
    Cancel(Cancel),
}

/// The arguments of `gardesh batch list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch list
  gardesh batch list --state ACTIVE --json")]
pub struct List {
    /// Only in this state: CREATED, ACTIVE, SUSPENDED, COMPLETED, CANCELED, FAILED
    #[arg(long)]
    state: Option<String>,
    /// Only those that do this, such as CANCEL_PROCESS_INSTANCE
    #[arg(long = "type", value_name = "TYPE")]
    operation_type: Option<String>,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh batch show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch show 2251799813685251
  gardesh batch show 2251799813685251 --watch")]
pub struct Show {
    /// The batch operation's key
    #[arg(value_parser = key)]
    key: u64,
    /// Wait until it has ended; the exit code is 1 if it was not done to all
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh batch pause`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch pause 2251799813685251")]
pub struct One {
    /// The batch operation's key
    #[arg(value_parser = key)]
    key: u64,
}

/// The arguments of `gardesh batch resume`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch resume 2251799813685251")]
pub struct Resume {
    /// The batch operation's key
    #[arg(value_parser = key)]
    key: u64,
}

/// The arguments of `gardesh batch cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch cancel 2251799813685251")]
pub struct Cancel {
    /// The batch operation's key
    #[arg(value_parser = key)]
    key: u64,
}

const COLUMNS: [Column; 8] = [
    ("KEY", "batchOperationKey"),
    ("OPERATION", "batchOperationType"),
    ("STATE", "state"),
    ("ITEMS", "operationsTotalCount"),
    ("DONE", "operationsCompletedCount"),
    ("FAILED", "operationsFailedCount"),
    ("STARTED", "startDate"),
    ("ENDED", "endDate"),
];

const FAILURES: [Column; 3] = [
    ("ITEM", "itemKey"),
    ("INSTANCE", "processInstanceKey"),
    ("WHY", "errorMessage"),
];

impl Batch {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(session),
            Self::List(list) => list.run(session),
            Self::Show(show) => show.run(session),
            Self::Pause(one) => change(session, one.key, "suspension", "Paused"),
            Self::Resume(one) => change(session, one.key, "resumption", "Resumed"),
            Self::Cancel(one) => change(session, one.key, "cancellation", "Cancelled"),
        }
    }
}

impl List {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = Filter::default()
            .with("state", self.state)
            .with("operationType", self.operation_type)
            .request("batchOperationKey", &self.limit);
        let answer = session
            .client()?
            .post("/v2/batch-operations/search", &request)?;
        session.out.list(&answer.body, &COLUMNS, "batch operation")
    }
}

impl Show {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let client = session.client()?;
        if self.watch {
            return watch(session, &client, self.key, &self.limit);
        }
        show(session, &client, self.key, &self.limit).map(drop)
    }
}

/// Waits for the end of a batch operation and shows what became of it.
fn watch(session: &Session, client: &Client, key: u64, limit: &Limit) -> Result<(), Failure> {
    let progress = Progress::start(session.out.quiet, "Waiting");
    loop {
        let batch: Value = find(client, key)?;
        if has_ended(&batch) {
            break;
        }
        progress.label(how_far(&batch));
        std::thread::sleep(BATCH_PACE);
    }
    drop(progress);
    let batch = show(session, client, key, limit)?;
    let all_done = cell(&batch, "state") == "COMPLETED" && count(&batch, "Failed") == 0;
    if all_done {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}

fn find(client: &Client, key: u64) -> Result<Value, Failure> {
    client
        .get(&format!("/v2/batch-operations/{key}"), &[])?
        .json()
}

fn has_ended(batch: &Value) -> bool {
    matches!(
        cell(batch, "state").as_str(),
        "COMPLETED" | "CANCELED" | "FAILED" | "PARTIALLY_COMPLETED"
    )
}

fn count(batch: &Value, which: &str) -> u64 {
    batch
        .get(format!("operations{which}Count"))
        .and_then(Value::as_u64)
        .unwrap_or(0)
}

/// One line on a running batch operation.
fn how_far(batch: &Value) -> String {
    let (total, failed) = (count(batch, "Total"), count(batch, "Failed"));
    let tried = count(batch, "Completed") + failed;
    let line = match cell(batch, "state").as_str() {
        "CREATED" => format!("Collecting, {total} so far"),
        "SUSPENDED" => format!("Paused at {tried} of {total}"),
        _ => format!("{tried} of {total}"),
    };
    match failed {
        0 => line,
        failed => format!("{line}, {failed} failed"),
    }
}

/// Shows a batch operation and gives it.
fn show(session: &Session, client: &Client, key: u64, limit: &Limit) -> Result<Value, Failure> {
    let answer = client.get(&format!("/v2/batch-operations/{key}"), &[])?;
    let batch: Value = answer.json()?;
    if session.out.json {
        session.out.result(&answer.body, String::new)?;
        return Ok(batch);
    }
    let mut shown = facts(&[
        ("key", cell(&batch, "batchOperationKey")),
        ("operation", cell(&batch, "batchOperationType")),
        ("state", cell(&batch, "state")),
        ("items", cell(&batch, "operationsTotalCount")),
        ("done", cell(&batch, "operationsCompletedCount")),
        ("failed", cell(&batch, "operationsFailedCount")),
        ("started", cell(&batch, "startDate")),
        ("ended", cell(&batch, "endDate")),
        ("error", first_error(&batch)),
    ]);
    if count(&batch, "Failed") > 0 {
        let filter = Filter::default().with_key("batchOperationKey", Some(key));
        let request = filter
            .with("state", Some("FAILED"))
            .request_by_name("itemKey", limit);
        let failed: Value = client
            .post("/v2/batch-operation-items/search", &request)?
            .json()?;
        shown.push_str("\nIt could not be done to\n");
        shown.push_str(&table(items(&failed), &FAILURES).render());
    }
    session.out.result(&answer.body, || shown)?;
    Ok(batch)
}

fn first_error(batch: &Value) -> String {
    let first = batch.pointer("/errors/0/message");
    first.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn change(session: &Session, key: u64, what: &str, done: &str) -> Result<(), Failure> {
    let path = format!("/v2/batch-operations/{key}/{what}");
    let answer = session.client()?.post(&path, &json!({}))?;
    let done = format!("{done} batch operation {key}.");
    session.out.done(&answer.body, &done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_one_line() {
        let batch = |state: &str, failed: u64| {
            json!({"state": state, "operationsTotalCount": 10, "operationsCompletedCount": 3,
                "operationsFailedCount": failed})
        };
        for (state, failed, expected) in [
            ("CREATED", 0, "Collecting, 10 so far"),
            ("ACTIVE", 0, "3 of 10"),
            ("ACTIVE", 2, "5 of 10, 2 failed"),
            ("SUSPENDED", 0, "Paused at 3 of 10"),
        ] {
            assert_eq!(how_far(&batch(state, failed)), expected);
            assert!(!has_ended(&batch(state, failed)));
        }
        for state in ["COMPLETED", "CANCELED", "FAILED"] {
            assert!(has_ended(&batch(state, 0)));
        }
        let failed = json!({"errors": [{"message": "The search failed."}]});
        assert_eq!(first_error(&failed), "The search failed.");
        assert_eq!(first_error(&batch("ACTIVE", 0)), "");
    }
}
