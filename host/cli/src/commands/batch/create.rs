//! `gardesh batch create`: what is to be done, to what, and whether that is really meant. First
//! the server counts what it would be done to, and somebody has to agree.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::super::search::Limit;
use super::super::{Session, consent};
use super::filter::{Cases, Jobs};
use super::watch;
use crate::failure::Failure;
use crate::input::{json_object, pair};
use crate::limits::MAX_TIMEOUT_S;
use crate::output::cell;

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Create {
    /// End running process instances
    Cancel(Cancel),
    /// Try again what incidents stop
    ResolveIncidents(ResolveIncidents),
    /// Let process instances go on by another definition
    Migrate(Migrate),
    /// Move tokens from one element to another
    Move(Move),
    /// Give jobs retries
    Retries(Retries),
    /// Give the workers of jobs more time, or less
    Timeout(Timeout),
    /// Set variables of process instances
    Variables(Variables),
    /// Let process instances take no steps for a while
    Suspend(Suspend),
    /// Let suspended process instances go on
    Resume(Resume),
    /// Remove ended process instances from the history
    Delete(Delete),
}

/// Whether it is really meant, and what follows.
#[derive(Debug, Args)]
pub struct Consent {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only count
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Wait until it has ended; the exit code is 1 if it was not done to all
    #[arg(long)]
    watch: bool,
}

/// The arguments of `gardesh batch create cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create cancel --process insurance-claim --started-before 2026-01-01T00:00:00Z
  gardesh batch create cancel --business-key 'TEST-*' --yes --watch")]
pub struct Cancel {
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create resolve-incidents`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create resolve-incidents --error '*connection refused*' --watch")]
pub struct ResolveIncidents {
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create migrate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create migrate --process insurance-claim --version 1 --to 2251799813685300 \\
      --map assess=assess --map approve=approve-claim")]
pub struct Migrate {
    /// The key of the definition to go on by
    #[arg(long, value_name = "KEY", value_parser = super::super::key)]
    to: u64,
    /// What an element becomes; may be given several times
    #[arg(long, value_name = "FROM=TO", value_parser = pair, required = true)]
    map: Vec<(String, String)>,
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create move`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create move --process insurance-claim --map assess=approve")]
pub struct Move {
    /// The elements; may be given several times
    #[arg(long, value_name = "FROM=TO", value_parser = pair, required = true)]
    map: Vec<(String, String)>,
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create retries`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create retries 3 --type claim-finance --failed")]
pub struct Retries {
    /// How many they have from then on
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    retries: u32,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create timeout`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create timeout 600 --worker ledger-1")]
pub struct Timeout {
    /// How many seconds they have from then on
    #[arg(value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=MAX_TIMEOUT_S))]
    seconds: u64,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create variables`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create variables --set '{\"rate\": 1.10}' --process insurance-claim")]
pub struct Variables {
    /// What to set: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    set: String,
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create suspend`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create suspend --process insurance-claim --with-incident")]
pub struct Suspend {
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create resume`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create resume --process insurance-claim")]
pub struct Resume {
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// The arguments of `gardesh batch create delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh batch create delete --process insurance-claim --started-before 2025-01-01T00:00:00Z

Nobody is shown what is deleted any more. Its bytes are overwritten as the files are written on;
`gardesh data compact` removes them from the files, with the server stopped.")]
pub struct Delete {
    #[command(flatten)]
    cases: Cases,
    #[command(flatten)]
    consent: Consent,
}

/// Where histories are deleted.
const DELETION: &str = "/v2/process-instances/deletion";

/// A request for a batch operation.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    filter: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    migration_plan: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    move_instructions: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<Box<RawValue>>,
    dry_run: bool,
}

/// How an operation is asked for.
struct Order {
    path: &'static str,
    /// For the question: "Cancel", and "process instance".
    verb: String,
    noun: &'static str,
    request: Request,
}

impl Create {
    /// Counts, asks, and has it done.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        let (order, consent) = self.order()?;
        order.run(session, &consent)
    }

    fn order(self) -> Result<(Order, Consent), Failure> {
        Ok(match self {
            Self::Cancel(it) => {
                let path = "/v2/process-instances/cancellation";
                (of_cases(path, "Cancel", &it.cases)?, it.consent)
            }
            Self::ResolveIncidents(it) => {
                let path = "/v2/process-instances/incident-resolution";
                let order = of_cases(path, "Resolve", &it.cases)?;
                let noun = "incident";
                (Order { noun, ..order }, it.consent)
            }
            Self::Migrate(it) => {
                let plan = json!({
                    "targetProcessDefinitionKey": it.to.to_string(),
                    "mappingInstructions": pairs(&it.map),
                });
                let path = "/v2/process-instances/migration";
                let mut order = of_cases(path, "Migrate", &it.cases)?;
                order.request.migration_plan = Some(plan);
                (order, it.consent)
            }
            Self::Move(it) => {
                let path = "/v2/process-instances/modification";
                let mut order = of_cases(path, "Move tokens of", &it.cases)?;
                order.request.move_instructions = Some(pairs(&it.map));
                (order, it.consent)
            }
            Self::Retries(it) => {
                let verb = format!("Set the retries to {} of", it.retries);
                let mut order = of_jobs("/v1/jobs/retries", verb, &it.jobs)?;
                order.request.retries = Some(it.retries);
                (order, it.consent)
            }
            Self::Timeout(it) => {
                let verb = format!("Give {} seconds from now on to the workers of", it.seconds);
                let mut order = of_jobs("/v1/jobs/timeout", verb, &it.jobs)?;
                order.request.timeout = Some(it.seconds * 1_000);
                (order, it.consent)
            }
            Self::Variables(it) => {
                let path = "/v1/process-instances/variables";
                let mut order = of_cases(path, "Set variables of", &it.cases)?;
                order.request.variables = Some(json_object(&it.set)?);
                (order, it.consent)
            }
            Self::Suspend(it) => {
                let path = "/v1/process-instances/suspension";
                (of_cases(path, "Suspend", &it.cases)?, it.consent)
            }
            Self::Resume(it) => {
                let path = "/v1/process-instances/resumption";
                (of_cases(path, "Resume", &it.cases)?, it.consent)
            }
            Self::Delete(it) => {
                let order = of_cases(DELETION, "Delete the history of", &it.cases)?;
                (order, it.consent)
            }
        })
    }
}

fn pairs(map: &[(String, String)]) -> Value {
    let pairs = map
        .iter()
        .map(|(from, to)| json!({"sourceElementId": from, "targetElementId": to}));
    Value::Array(pairs.collect())
}

fn of_cases(path: &'static str, verb: &str, cases: &Cases) -> Result<Order, Failure> {
    Ok(Order {
        path,
        verb: verb.to_owned(),
        noun: "process instance",
        request: Request {
            filter: cases.read()?,
            ..Request::default()
        },
    })
}

fn of_jobs(path: &'static str, verb: String, jobs: &Jobs) -> Result<Order, Failure> {
    Ok(Order {
        path,
        verb,
        noun: "job",
        request: Request {
            filter: jobs.read()?,
            ..Request::default()
        },
    })
}

impl Order {
    fn run(mut self, session: &Session, consent: &Consent) -> Result<(), Failure> {
        let client = session.client()?;
        self.request.dry_run = true;
        let answer = client.post(self.path, &self.request)?;
        let counted: Value = answer.json()?;
        let count = super::count(&counted, "Total");
        if consent.dry_run {
            let text = || format!("{}.\n", self.amount(count));
            return session.out.result(&answer.body, text);
        }
        if count == 0 {
            return Err(Failure::Refused(format!(
                "Expected at least one {} that meets the filter, but there is none",
                self.noun
            )));
        }
        if !consent.yes {
            consent::ask(&format!("{} {}?", self.verb, self.amount(count)))?;
        }
        self.request.dry_run = false;
        let answer = client.post(self.path, &self.request)?;
        let created: Value = answer.json()?;
        let key = cell(&created, "batchOperationKey");
        if self.path == DELETION {
            session.out.remark("What is deleted stays in the data folder's files until it is written over, or until `gardesh data compact` is run with the server stopped.");
        }
        if !consent.watch {
            let text = format!(
                "Created batch operation {key} for {}. See how far it is with `gardesh batch show {key}`.",
                self.amount(count)
            );
            return session.out.done(&answer.body, &text);
        }
        let key = key.parse().map_err(|_| {
            Failure::Unexpected(format!(
                "Expected the key of a batch operation, but got '{key}'"
            ))
        })?;
        watch(session, &client, key, &Limit { limit: 50 })
    }

    fn amount(&self, count: u64) -> String {
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {}{ending}", self.noun)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        create: Create,
    }

    fn order(line: &str) -> Result<(Order, Consent), Failure> {
        let line = ["create"].into_iter().chain(line.split(' '));
        Line::try_parse_from(line)
            .expect("a good line")
            .create
            .order()
    }

    #[test]
    fn each_command_asks_for_its_operation() {
        for (line, path, field, value) in [
            (
                "cancel --process a",
                "/v2/process-instances/cancellation",
                "",
                "",
            ),
            (
                "resolve-incidents --all",
                "/v2/process-instances/incident-resolution",
                "",
                "",
            ),
            (
                "migrate --to 7 --map a=b --process p",
                "/v2/process-instances/migration",
                "migrationPlan",
                r#"{"mappingInstructions":[{"sourceElementId":"a","targetElementId":"b"}],"targetProcessDefinitionKey":"7"}"#,
            ),
            (
                "move --map a=b --process p",
                "/v2/process-instances/modification",
                "moveInstructions",
                r#"[{"sourceElementId":"a","targetElementId":"b"}]"#,
            ),
            ("retries 3 --type pay", "/v1/jobs/retries", "retries", "3"),
            (
                "timeout 60 --worker w",
                "/v1/jobs/timeout",
                "timeout",
                "60000",
            ),
            (
                r#"variables --set {"rate":1.10} --process p"#,
                "/v1/process-instances/variables",
                "variables",
                r#"{"rate":1.10}"#,
            ),
            (
                "suspend --process p",
                "/v1/process-instances/suspension",
                "",
                "",
            ),
            (
                "resume --process p",
                "/v1/process-instances/resumption",
                "",
                "",
            ),
            (
                "delete --process p",
                "/v2/process-instances/deletion",
                "",
                "",
            ),
        ] {
            let (order, consent) = order(line).unwrap();
            assert_eq!(order.path, path, "{line}");
            assert!(!consent.yes && !consent.watch, "{line}");
            let request = serde_json::to_string(&order.request).unwrap();
            let part = match field {
                "" => r#""dryRun":false"#.to_owned(),
                field => format!(r#""{field}":{value}"#),
            };
            assert!(request.contains(&part), "{line}: {request}");
        }
    }

    #[test]
    fn a_filter_is_needed() {
        for line in ["cancel", "cancel --yes", "retries 3"] {
            let refused = order(line).map(drop).unwrap_err();
            assert_eq!(refused.exit_code(), 2, "{line}");
        }
    }
}
