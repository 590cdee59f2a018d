//! `gardesh instance`: process instances and what happened in them.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::search::{Filter, Limit};
use super::{Session, incident, key};
use crate::client::Client;
use crate::failure::Failure;
use crate::limits::{EVENTS_PER_PAGE, MAX_DETAIL_CHARS, MAX_EVENTS};
use crate::output::{Column, cell, items, table, text};
use crate::table::{Table, facts};

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Instance {
    /// List process instances
    List(List),
    /// Show one process instance and what it waits for
    Show(One),
    /// Cancel a process instance
    Cancel(Cancel),
    /// Show everything that happened in a process instance
    History(History),
    /// Show the variables of a process instance
    Variables(Variables),
}

/// The arguments of `gardesh instance list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh instance list --process insurance-claim --state ACTIVE
  gardesh instance list --limit 500 --json")]
pub struct List {
    /// Only of this process
    #[arg(long, value_name = "PROCESS_ID")]
    process: Option<String>,
    /// Only in this state: ACTIVE, COMPLETED, TERMINATED
    #[arg(long)]
    state: Option<String>,
    /// Only with this number in the company's own books
    #[arg(long, value_name = "TEXT")]
    business_key: Option<String>,
    /// Only those that an incident stops
    #[arg(long)]
    with_incident: bool,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh instance show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh instance show 2251799813685251")]
pub struct One {
    /// The process instance's key
    #[arg(value_parser = key)]
    key: u64,
}

/// The arguments of `gardesh instance cancel`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh instance cancel 2251799813685251")]
pub struct Cancel {
    /// The process instance's key
    #[arg(value_parser = key)]
    key: u64,
}

/// The arguments of `gardesh instance history`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh instance history 2251799813685251
  gardesh instance history 2251799813685251 --type JobCompleted")]
pub struct History {
    /// The process instance's key
    #[arg(value_parser = key)]
    key: u64,
    /// Only events of this type, such as JobCompleted
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
}

/// The arguments of `gardesh instance variables`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh instance variables 2251799813685251
  gardesh instance variables 2251799813685251 --name assessment --all-scopes")]
pub struct Variables {
    /// The process instance's key
    #[arg(value_parser = key)]
    key: u64,
    /// Only this variable
    #[arg(long)]
    name: Option<String>,
    /// Those of single elements too, not only the process instance's own
    #[arg(long)]
    all_scopes: bool,
    #[command(flatten)]
    limit: Limit,
}

const COLUMNS: [Column; 8] = [
    ("KEY", "processInstanceKey"),
    ("PROCESS", "processDefinitionId"),
    ("VERSION", "processDefinitionVersion"),
    ("STATE", "state"),
    ("INCIDENT", "hasIncident"),
    ("BUSINESS KEY", "businessId|businessKey"),
    ("STARTED", "startDate"),
    ("ENDED", "endDate"),
];

const ELEMENTS: [Column; 5] = [
    ("KEY", "elementInstanceKey"),
    ("ELEMENT", "elementId"),
    ("NAME", "elementName"),
    ("TYPE", "type"),
    ("SINCE", "startDate"),
];

const UNSERVED: [Column; 4] = [
    ("KEY", "jobKey"),
    ("TYPE", "type"),
    ("ELEMENT", "elementId"),
    ("SINCE", "waitsSince"),
];

const VARIABLES: [Column; 3] = [("NAME", "name"), ("SCOPE", "scopeKey"), ("VALUE", "value")];

/// Members of a history event that have a column of their own or say what is known.
const SHOWN: [&str; 8] = [
    "position",
    "at",
    "type",
    "elementId",
    "elementInstanceKey",
    "flowId",
    "scopeKey",
    "variableKey",
];

impl Instance {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(session),
            Self::Show(one) => one.run(session),
            Self::Cancel(cancel) => cancel.run(session),
            Self::History(history) => history.run(session),
            Self::Variables(variables) => variables.run(session),
        }
    }
}

impl List {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = Filter::default()
            .with("processDefinitionId", self.process)
            .with("state", self.state)
            .with("businessId", self.business_key)
            .with("hasIncident", self.with_incident.then_some(true))
            .request("startDate", &self.limit);
        let client = session.client()?;
        let answer = client.post("/v2/process-instances/search", &request)?;
        session.out.list(&answer.body, &COLUMNS, "process instance")
    }
}

impl One {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let client = session.client()?;
        let answer = client.get(&format!("/v2/process-instances/{}", self.key), &[])?;
        if session.out.json {
            return session.out.result(&answer.body, String::new);
        }
        let instance: Value = answer.json()?;
        let mut shown = facts(&[
            ("key", cell(&instance, "processInstanceKey")),
            ("process", cell(&instance, "processDefinitionId")),
            ("version", cell(&instance, "processDefinitionVersion")),
            ("business key", cell(&instance, "businessId|businessKey")),
            ("state", cell(&instance, "state")),
            ("started", cell(&instance, "startDate")),
            ("ended", cell(&instance, "endDate")),
        ]);
        let filter = Filter::default().with_key("processInstanceKey", Some(self.key));
        let filter = filter.with("state", Some("ACTIVE"));
        let active = self.search(&client, "element-instances", filter, "startDate")?;
        let is_inside = |item: &&Value| cell(item, "type") != "PROCESS";
        let active: Vec<Value> = items(&active).iter().filter(is_inside).cloned().collect();
        section(&mut shown, "Waits in", &active, &ELEMENTS);

        let path = format!("/v1/process-instances/{}/unserved-jobs", self.key);
        let unserved: Value = client.get(&path, &[])?.json()?;
        let title = "Jobs that wait although nobody has ever served their type: push a component of \
                     that name, start its worker, or correct the type and migrate";
        section(&mut shown, title, items(&unserved), &UNSERVED);

        let filter = Filter::default().with_key("processInstanceKey", Some(self.key));
        let filter = filter.with("state", Some("ACTIVE"));
        let incidents = self.search(&client, "incidents", filter, "creationTime")?;
        section(
            &mut shown,
            "Incidents",
            items(&incidents),
            &incident::COLUMNS,
        );
        session.out.result(&answer.body, || shown)
    }

    fn search(
        &self,
        client: &Client,
        what: &str,
        filter: Filter,
        newest_by: &str,
    ) -> Result<Value, Failure> {
        let request = filter.request(newest_by, &Limit { limit: 100 });
        client.post(&format!("/v2/{what}/search"), &request)?.json()
    }
}

fn section(shown: &mut String, title: &str, found: &[Value], columns: &[Column]) {
    if !found.is_empty() {
        shown.push_str(&format!("\n{title}\n"));
        shown.push_str(&table(found, columns).render());
    }
}

impl Cancel {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let path = format!("/v2/process-instances/{}/cancellation", self.key);
        let answer = session.client()?.post(&path, &json!({}))?;
        let done = format!("Cancelled process instance {}.", self.key);
        session.out.done(&answer.body, &done)
    }
}

impl History {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let mut events = self.events(&session.client()?)?;
        name_elements(&mut events);
        if let Some(wanted) = &self.event_type {
            events.retain(|event| cell(event, "type") == *wanted);
        }
        session
            .out
            .own_result(&json!({"items": events}), || history_table(&events))
    }

    /// All events, page by page.
    fn events(&self, client: &Client) -> Result<Vec<Value>, Failure> {
        let path = format!("/v1/process-instances/{}/history", self.key);
        let limit = EVENTS_PER_PAGE.to_string();
        let mut events = Vec::new();
        let mut after = "0".to_owned();
        loop {
            let query = [("after", after.as_str()), ("limit", &limit)];
            let page: Value = client.get(&path, &query)?.json()?;
            events.extend_from_slice(items(&page));
            let more = page.pointer("/page/hasMoreTotalItems") == Some(&Value::Bool(true));
            let next = cell(&page, "page.endCursor");
            if !more || next.is_empty() || next == after {
                return Ok(events);
            }
            if events.len() >= MAX_EVENTS {
                return Err(Failure::Refused(format!(
                    "Expected at most {MAX_EVENTS} events, but the process instance has more. \
                     Read them page by page at {path}?after=POSITION"
                )));
            }
            after = next;
        }
    }
}

/// Gives events of a job or a task the element that only the first of them names.
fn name_elements(events: &mut [Value]) {
    let mut elements: BTreeMap<String, String> = BTreeMap::new();
    for event in events {
        let element = cell(event, "elementId");
        let work = cell(event, "jobKey|userTaskKey|incidentKey");
        if work.is_empty() {
            continue;
        }
        if !element.is_empty() {
            elements.insert(work, element);
        } else if let Some(element) = elements.get(&work) {
            event["elementId"] = element.clone().into();
        }
    }
}

fn history_table(events: &[Value]) -> String {
    let mut table = Table::new(["POSITION", "AT", "EVENT", "ELEMENT", "DETAILS"]);
    for event in events {
        table.row([
            cell(event, "position"),
            cell(event, "at"),
            cell(event, "type"),
            cell(event, "elementId|flowId"),
            details(event),
        ]);
    }
    table.render()
}

/// What is particular to an event, in one line.
fn details(event: &Value) -> String {
    let Value::Object(members) = event else {
        return String::new();
    };
    let particular = members
        .iter()
        .filter(|(name, value)| !SHOWN.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| match value {
            // What a variable became is shown as the JSON that it is.
            value if name == "value" => format!("{name}={value}"),
            value => format!("{name}={}", text(value)),
        });
    let line = particular.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_DETAIL_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

impl Variables {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let request = Filter::default()
            .with_key("processInstanceKey", Some(self.key))
            .with_key("scopeKey", (!self.all_scopes).then_some(self.key))
            .with("name", self.name)
            .request_by_name("name", &self.limit);
        let path = "/v2/variables/search?truncateValues=false";
        let answer = session.client()?.post(path, &request)?;
        session.out.list(&answer.body, &VARIABLES, "variable")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_reads_line_by_line() {
        let mut events = [
            json!({"position": 6, "at": "T", "type": "JobCreated", "jobKey": "9",
                "elementId": "finance", "scopeKey": "1"}),
            json!({"position": 7, "at": "T", "type": "JobCompleted", "jobKey": "9",
                "attempt": 1, "note": null}),
        ];
        name_elements(&mut events);
        let expected = "\
POSITION  AT  EVENT         ELEMENT  DETAILS\n\
6         T   JobCreated    finance  jobKey=9\n\
7         T   JobCompleted  finance  attempt=1 jobKey=9\n";
        assert_eq!(history_table(&events), expected);
    }
}
