//! `gardesh task`: people's tasks.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::job::variables;
use super::search::{Filter, Limit};
use super::{Session, key};
use crate::failure::Failure;
use crate::output::{Column, cell, items, table};
use crate::table::facts;

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Task {
    /// List open tasks
    List(List),
    /// Show one task
    Show(Show),
    /// Give a task to a person
    Assign(Assign),
    /// Take a task back
    Unassign(Unassign),
    /// Complete a task
    Complete(Complete),
}

/// The arguments of `gardesh task list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh task list
  gardesh task list --group adjusters --process insurance-claim
  gardesh task list --assignee maryam --all")]
pub struct List {
    /// Only of this person
    #[arg(long, value_name = "USER")]
    assignee: Option<String>,
    /// Only those that this group may take
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only of this process
    #[arg(long, value_name = "PROCESS_ID")]
    process: Option<String>,
    /// Only of this process instance
    #[arg(long, value_name = "KEY", value_parser = key)]
    instance: Option<u64>,
    /// Those that are over too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh task show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh task show 2251799813685300
  gardesh task show 2251799813685300 --form")]
pub struct Show {
    /// The task's key
    #[arg(value_parser = key)]
    key: u64,
    /// Print the form of the task instead
    #[arg(long)]
    form: bool,
}

/// The arguments of `gardesh task assign`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh task assign 2251799813685300 maryam
  gardesh task assign 2251799813685300 maryam --only-if-free")]
pub struct Assign {
    /// The task's key
    #[arg(value_parser = key)]
    key: u64,
    /// The person
    assignee: String,
    /// Refuse where somebody has it already
    #[arg(long)]
    only_if_free: bool,
}

/// The arguments of `gardesh task unassign`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh task unassign 2251799813685300")]
pub struct Unassign {
    /// The task's key
    #[arg(value_parser = key)]
    key: u64,
}

/// The arguments of `gardesh task complete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh task complete 2251799813685300 --variables '{\"approved\": true}'
  gardesh task complete 2251799813685300 --variables @decision.json")]
pub struct Complete {
    /// The task's key
    #[arg(value_parser = key)]
    key: u64,
    /// What was filled in: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
}

const COLUMNS: [Column; 7] = [
    ("KEY", "userTaskKey"),
    ("NAME", "name|elementId"),
    ("STATE", "state"),
    ("ASSIGNEE", "assignee"),
    ("GROUPS", "candidateGroups"),
    ("INSTANCE", "processInstanceKey"),
    ("CREATED", "creationDate"),
];

const FACTS: [Column; 14] = [
    ("key", "userTaskKey"),
    ("name", "name"),
    ("element", "elementId"),
    ("state", "state"),
    ("assignee", "assignee"),
    ("candidate groups", "candidateGroups"),
    ("candidate users", "candidateUsers"),
    ("process", "processDefinitionId"),
    ("process instance", "processInstanceKey"),
    ("created", "creationDate"),
    ("completed", "completionDate"),
    ("due", "dueDate"),
    ("priority", "priority"),
    ("form", "formKey"),
];

const VARIABLES: [Column; 2] = [("NAME", "name"), ("VALUE", "value")];

#[derive(Serialize)]
struct Completion {
    variables: Box<RawValue>,
}

impl Task {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(session),
            Self::Show(show) => show.run(session),
            Self::Assign(assign) => assign.run(session),
            Self::Unassign(unassign) => unassign.run(session),
            Self::Complete(complete) => complete.run(session),
        }
    }
}

impl List {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = Filter::default()
            .with("state", (!self.all).then_some("CREATED"))
            .with("assignee", self.assignee)
            .with("candidateGroup", self.group)
            .with("processDefinitionId", self.process)
            .with_key("processInstanceKey", self.instance)
            .request("creationDate", &self.limit);
        let answer = session.client()?.post("/v2/user-tasks/search", &request)?;
        session.out.list(&answer.body, &COLUMNS, "task")
    }
}

impl Show {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let client = session.client()?;
        let path = format!("/v2/user-tasks/{}", self.key);
        if self.form {
            let answer = client.get(&format!("{path}/form"), &[])?;
            if answer.body.is_empty() {
                session.out.remark("The task has no form.");
            }
            let form: Value = match answer.body.as_str() {
                "" => Value::Null,
                _ => answer.json()?,
            };
            return session.out.result(&answer.body, || schema(&form));
        }
        let answer = client.get(&path, &[])?;
        if session.out.json {
            return session.out.result(&answer.body, String::new);
        }
        let task: Value = answer.json()?;
        let own = Filter::default().with("scopeKey", Some(cell(&task, "elementInstanceKey")));
        let request = own.request_by_name("name", &Limit { limit: 100 });
        let variables: Value = client.post("/v2/variables/search", &request)?.json()?;
        session.out.result(&answer.body, || {
            let mut shown = facts(&FACTS.map(|(name, path)| (name, cell(&task, path))));
            if !items(&variables).is_empty() {
                shown.push_str("\nVariables\n");
                shown.push_str(&table(items(&variables), &VARIABLES).render());
            }
            shown
        })
    }
}

/// The form-js document of a form, laid out; the API gives it as an object or as its text.
fn schema(form: &Value) -> String {
    let schema = match form.get("schema") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(schema) => schema.clone(),
        None => return String::new(),
    };
    format!("{schema:#}\n")
}

impl Assign {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = json!({
            "assignee": self.assignee,
            "allowOverride": !self.only_if_free,
        });
        let path = format!("/v2/user-tasks/{}/assignment", self.key);
        let answer = session.client()?.post(&path, &request)?;
        let done = format!("Task {} is {}'s.", self.key, self.assignee);
        session.out.done(&answer.body, &done)
    }
}

impl Unassign {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let path = format!("/v2/user-tasks/{}/assignee", self.key);
        let answer = session.client()?.delete(&path)?;
        session
            .out
            .done(&answer.body, &format!("Task {} is nobody's.", self.key))
    }
}

impl Complete {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let completion = Completion {
            variables: variables(self.variables.as_deref())?,
        };
        let path = format!("/v2/user-tasks/{}/completion", self.key);
        let answer = session.client()?.post(&path, &completion)?;
        session
            .out
            .done(&answer.body, &format!("Completed task {}.", self.key))
    }
}
