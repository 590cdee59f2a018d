//! `gardesh job`: what an outside worker does, by hand. Jobs whose type a component serves
//! never wait here.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use ureq::http::Method;

use super::search::{Filter, Limit};
use super::{Session, key};
use crate::client::{Client, Payload};
use crate::failure::Failure;
use crate::input::{empty_object, json_object};
use crate::limits::ANSWER_TIMEOUT;
use crate::output::Column;

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Job {
    /// List jobs
    List(List),
    /// Take jobs of a type
    Activate(Activate),
    /// Report a job as done
    Complete(Complete),
    /// Report that a job's attempt failed
    Fail(Fail),
    /// Report an outcome that the diagram models as an error
    ThrowError(ThrowError),
    /// Correct a job's retries or its worker's time
    Update(Update),
}

/// The arguments of `gardesh job list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh job list
  gardesh job list --type claim-finance --state FAILED")]
pub struct List {
    /// Only of this type
    #[arg(long = "type", value_name = "TYPE")]
    job_type: Option<String>,
    /// Only in this state: CREATED, FAILED, COMPLETED, …
    #[arg(long)]
    state: Option<String>,
    /// Only of this process instance
    #[arg(long, value_name = "KEY", value_parser = key)]
    instance: Option<u64>,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh job activate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh job activate ship-parcel
  gardesh job activate ship-parcel --max 10 --timeout 300 --wait 20 --json")]
pub struct Activate {
    /// The job type of the diagram
    job_type: String,
    /// The name to take them under
    #[arg(long, default_value = "gardesh-cli", value_name = "NAME")]
    worker: String,
    /// How many to take at most
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max: u32,
    /// Seconds after which somebody else may have them
    #[arg(long, default_value_t = 300, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    timeout: u64,
    /// Seconds to wait for one to come up
    #[arg(long, default_value_t = 0, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=600))]
    wait: u64,
}

/// The arguments of `gardesh job complete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh job complete 2251799813685300 --variables '{\"parcel\": \"DE-77\"}'")]
pub struct Complete {
    /// The job's key
    #[arg(value_parser = key)]
    key: u64,
    /// Results: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
}

/// The arguments of `gardesh job fail`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh job fail 2251799813685300 --message 'carrier is down' --retries 2 --backoff 30")]
pub struct Fail {
    /// The job's key
    #[arg(value_parser = key)]
    key: u64,
    /// What went wrong
    #[arg(long)]
    message: String,
    /// How many retries it has left; with none it becomes an incident
    #[arg(long, default_value_t = 0, value_name = "N")]
    retries: u32,
    /// Seconds to wait before the next attempt
    #[arg(long, default_value_t = 0, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=31_536_000))]
    backoff: u64,
}

/// The arguments of `gardesh job throw-error`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh job throw-error 2251799813685300 --code NO_SUCH_ADDRESS --message 'unknown street'")]
pub struct ThrowError {
    /// The job's key
    #[arg(value_parser = key)]
    key: u64,
    /// The error code of the diagram
    #[arg(long)]
    code: String,
    /// For people who read the history
    #[arg(long, default_value = "")]
    message: String,
    /// For the catching event: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
}

/// The arguments of `gardesh job update`.
#[derive(Debug, Args)]
#[group(required = true, multiple = true, id = "change", args = ["retries", "timeout"])]
#[command(after_help = "Examples:
  gardesh job update 2251799813685300 --retries 3
  gardesh job update 2251799813685300 --timeout 600")]
pub struct Update {
    /// The job's key
    #[arg(value_parser = key)]
    key: u64,
    /// Retries that it has left
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
    /// Seconds from now after which somebody else may have it
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    timeout: Option<u64>,
}

const COLUMNS: [Column; 8] = [
    ("KEY", "jobKey"),
    ("TYPE", "type"),
    ("STATE", "state"),
    ("RETRIES", "retries"),
    ("INSTANCE", "processInstanceKey"),
    ("ELEMENT", "elementId"),
    ("WORKER", "worker"),
    ("MESSAGE", "errorMessage"),
];

const ACTIVATED_COLUMNS: [Column; 5] = [
    ("KEY", "jobKey"),
    ("INSTANCE", "processInstanceKey"),
    ("ELEMENT", "elementId"),
    ("RETRIES", "retries"),
    ("VARIABLES", "variables"),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    variables: Box<RawValue>,
}

impl Job {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(session),
            Self::Activate(activate) => activate.run(session),
            Self::Complete(complete) => complete.run(session),
            Self::Fail(fail) => fail.run(session),
            Self::ThrowError(error) => error.run(session),
            Self::Update(change) => {
                let client = session.client()?;
                let key = change.key.to_string();
                let body = update(&client, &key, change.retries, change.timeout)?;
                session.out.done(&body, &format!("Updated job {key}."))
            }
        }
    }
}

impl List {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = Filter::default()
            .with("type", self.job_type)
            .with("state", self.state)
            .with_key("processInstanceKey", self.instance)
            .request("jobKey", &self.limit);
        let answer = session.client()?.post("/v2/jobs/search", &request)?;
        session.out.list(&answer.body, &COLUMNS, "job")
    }
}

impl Activate {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let wait_ms = self.wait * 1000;
        let request = json!({
            "type": self.job_type,
            "worker": self.worker,
            "timeout": self.timeout * 1000,
            "maxJobsToActivate": self.max,
            // A negative time asks not to wait at all; zero would mean the server's default.
            "requestTimeout": if wait_ms == 0 { -1 } else { i64::try_from(wait_ms).unwrap_or(-1) },
        });
        let timeout = ANSWER_TIMEOUT + Duration::from_millis(wait_ms);
        let answer = session
            .client()?
            .post_within("/v2/jobs/activation", &request, timeout)?;
        if session.out.json {
            return session.out.result(&answer.body, String::new);
        }
        let jobs: Value = answer.json()?;
        let jobs = jobs.get("jobs").cloned().unwrap_or_default().to_string();
        session.out.list(&jobs, &ACTIVATED_COLUMNS, "job")
    }
}

impl Complete {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let outcome = Outcome {
            error_code: None,
            error_message: None,
            variables: variables(self.variables.as_deref())?,
        };
        let path = format!("/v2/jobs/{}/completion", self.key);
        let answer = session.client()?.post(&path, &outcome)?;
        session
            .out
            .done(&answer.body, &format!("Completed job {}.", self.key))
    }
}

impl Fail {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = json!({
            "errorMessage": self.message,
            "retries": self.retries,
            "retryBackOff": self.backoff * 1000,
        });
        let path = format!("/v2/jobs/{}/failure", self.key);
        let answer = session.client()?.post(&path, &request)?;
        session
            .out
            .done(&answer.body, &format!("Failed job {}.", self.key))
    }
}

impl ThrowError {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let done = format!("Threw {} from job {}.", self.code, self.key);
        let outcome = Outcome {
            error_code: Some(self.code),
            error_message: Some(self.message),
            variables: variables(self.variables.as_deref())?,
        };
        let path = format!("/v2/jobs/{}/error", self.key);
        let answer = session.client()?.post(&path, &outcome)?;
        session.out.done(&answer.body, &done)
    }
}

/// Changes a job's retries or its worker's time (in seconds from now).
pub(super) fn update(
    client: &Client,
    job: &str,
    retries: Option<u32>,
    timeout_s: Option<u64>,
) -> Result<String, Failure> {
    let mut changes = serde_json::Map::new();
    if let Some(retries) = retries {
        changes.insert("retries".to_owned(), retries.into());
    }
    if let Some(timeout_s) = timeout_s {
        changes.insert("timeout".to_owned(), (timeout_s * 1000).into());
    }
    let body = json!({"changeset": changes}).to_string();
    let payload = Payload::Bytes {
        media_type: "application/json",
        bytes: body.as_bytes(),
        sent: &|| {},
    };
    let path = format!("/v2/jobs/{job}");
    let answer = client.request(Method::PATCH, &path, &[], payload, ANSWER_TIMEOUT)?;
    Ok(answer.body)
}

/// The variables of an argument; none without one.
pub(super) fn variables(argument: Option<&str>) -> Result<Box<RawValue>, Failure> {
    argument.map_or_else(|| Ok(empty_object()), json_object)
}
