//! `gardesh survey`: surveys, who was asked, why, and what they answered.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;
use ureq::http::Method;

use super::search::Limit;
use super::{Session, key};
use crate::client::{Payload, segment};
use crate::failure::Failure;
use crate::input::json_object;
use crate::limits::ANSWER_TIMEOUT;
use crate::output::{Column, cell, items};
use crate::table::{Table, clean_lines};

/// The commands of the family.
#[derive(Debug, Subcommand)]
pub enum Survey {
    /// Store a survey; a changed one becomes a new version
    Push(Push),
    /// List surveys
    List(List),
    /// Show one survey
    Show(Show),
    /// List invitations, with their links
    Invitations(Invitations),
    /// List answers
    Responses(Responses),
    /// List what triggers decided, and why
    Decisions(Decisions),
}

/// The arguments of `gardesh survey push`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh survey push claim-satisfaction.survey.json")]
pub struct Push {
    /// The survey: a JSON document
    file: PathBuf,
}

/// The arguments of `gardesh survey list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh survey list")]
pub struct List {}

/// The arguments of `gardesh survey show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh survey show claim-satisfaction")]
pub struct Show {
    /// The survey's id
    id: String,
}

/// The arguments of `gardesh survey invitations`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh survey invitations --survey claim-satisfaction --state OPEN
  gardesh survey invitations --instance 2251799813685251 --json")]
pub struct Invitations {
    /// Only of this survey
    #[arg(long, value_name = "SURVEY_ID")]
    survey: Option<String>,
    /// Only about this process instance
    #[arg(long, value_name = "KEY", value_parser = key)]
    instance: Option<u64>,
    /// Only in this state: SCHEDULED, OPEN, ANSWERED, EXPIRED
    #[arg(long)]
    state: Option<String>,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh survey responses`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh survey responses --survey claim-satisfaction")]
pub struct Responses {
    /// Only to this survey
    #[arg(long, value_name = "SURVEY_ID")]
    survey: Option<String>,
    /// Only about cases of this process
    #[arg(long, value_name = "PROCESS_ID")]
    process: Option<String>,
    /// Only about this process instance
    #[arg(long, value_name = "KEY", value_parser = key)]
    instance: Option<u64>,
    #[command(flatten)]
    limit: Limit,
}

/// The arguments of `gardesh survey decisions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh survey decisions --instance 2251799813685251")]
pub struct Decisions {
    /// Only about this process instance
    #[arg(long, value_name = "KEY", value_parser = key)]
    instance: Option<u64>,
    #[command(flatten)]
    limit: Limit,
}

const SURVEYS: [Column; 4] = [
    ("ID", "id|surveyId"),
    ("VERSION", "version"),
    ("TITLE", "title.en|title.fa|title"),
    ("SAVED", "savedAt|createdAt"),
];

const INVITATIONS: [Column; 7] = [
    ("KEY", "invitationKey"),
    ("SURVEY", "surveyId"),
    ("CUSTOMER", "customerId"),
    ("STATE", "state"),
    ("LANGUAGE", "language"),
    ("INSTANCE", "processInstanceKey"),
    ("LINK", "link"),
];

impl Survey {
    /// Does what was asked for.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Push(push) => push.run(session),
            Self::List(List {}) => {
                let answer = session.client()?.get("/v1/surveys", &[])?;
                session.out.list(&answer.body, &SURVEYS, "survey")
            }
            Self::Show(show) => show.run(session),
            Self::Invitations(list) => list.run(session),
            Self::Responses(list) => list.run(session),
            Self::Decisions(list) => list.run(session),
        }
    }
}

impl Push {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let survey = json_object(&format!("@{}", self.file.display()))?;
        let payload = Payload::Bytes {
            media_type: "application/json",
            bytes: survey.get().as_bytes(),
            sent: &|| {},
        };
        let client = session.client()?;
        let answer = client.request(Method::POST, "/v1/surveys", &[], payload, ANSWER_TIMEOUT)?;
        let saved: Value = answer.json()?;
        session.out.done(
            &answer.body,
            &format!(
                "Stored survey {} version {}.",
                cell(&saved, "id|surveyId"),
                cell(&saved, "version")
            ),
        )
    }
}

impl Show {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let path = format!("/v1/surveys/{}", segment(&self.id));
        let answer = session.client()?.get(&path, &[])?;
        let survey: Value = answer.json()?;
        session
            .out
            .result(&answer.body, || clean_lines(&format!("{survey:#}\n")))
    }
}

impl Invitations {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let query = Query::default()
            .with("surveyId", self.survey)
            .with(
                "processInstanceKey",
                self.instance.map(|key| key.to_string()),
            )
            .with("state", self.state)
            .limited(&self.limit);
        let answer = session.client()?.get("/v1/invitations", &query.pairs())?;
        session.out.list(&answer.body, &INVITATIONS, "invitation")
    }
}

impl Responses {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let query = Query::default()
            .with("surveyId", self.survey)
            .with("processDefinitionId", self.process)
            .with(
                "processInstanceKey",
                self.instance.map(|key| key.to_string()),
            )
            .limited(&self.limit);
        let answer = session.client()?.get("/v1/responses", &query.pairs())?;
        if session.out.json {
            return session.out.result(&answer.body, String::new);
        }
        let responses: Value = answer.json()?;
        if items(&responses).is_empty() {
            session.out.remark("No responses.");
            return Ok(());
        }
        session
            .out
            .result(&answer.body, || responses_table(items(&responses)))
    }
}

fn responses_table(responses: &[Value]) -> String {
    let mut table = Table::new(["KEY", "SURVEY", "LANGUAGE", "INSTANCE", "AT", "ANSWERS"]);
    for response in responses {
        table.row([
            cell(response, "responseKey"),
            cell(response, "surveyId"),
            cell(response, "language"),
            cell(response, "processInstanceKey"),
            cell(response, "submittedAt"),
            answers(response.get("answers").unwrap_or(&Value::Null)),
        ]);
    }
    table.render()
}

/// Answers in one line, the score or the text of each.
fn answers(answers: &Value) -> String {
    let Value::Object(members) = answers else {
        return String::new();
    };
    let one = |(name, answer)| format!("{name}={}", cell(answer, "score|text"));
    members.iter().map(one).collect::<Vec<_>>().join("  ")
}

impl Decisions {
    fn run(self, session: &Session) -> Result<(), Failure> {
        let query = Query::default()
            .with(
                "processInstanceKey",
                self.instance.map(|key| key.to_string()),
            )
            .limited(&self.limit);
        let answer = session.client()?.get("/v1/decisions", &query.pairs())?;
        if session.out.json {
            return session.out.result(&answer.body, String::new);
        }
        let firings: Value = answer.json()?;
        if items(&firings).is_empty() {
            session.out.remark("No decisions.");
            return Ok(());
        }
        session
            .out
            .result(&answer.body, || decisions_table(items(&firings)))
    }
}

/// A row for each decision; a firing of which nothing came yet has one too.
fn decisions_table(firings: &[Value]) -> String {
    let mut table = Table::new([
        "INSTANCE", "TRIGGER", "VERSION", "DECISION", "ABOUT", "REASON",
    ]);
    let pending = [Value::Null];
    for firing in firings {
        let decisions = match firing.get("decisions").and_then(Value::as_array) {
            Some(decisions) if !decisions.is_empty() => decisions.as_slice(),
            _ => &pending,
        };
        for decision in decisions {
            let kind = cell(decision, "type");
            table.row([
                cell(firing, "processInstanceKey"),
                cell(firing, "trigger"),
                cell(firing, "triggerVersion"),
                if kind.is_empty() {
                    cell(firing, "state")
                } else {
                    kind
                },
                cell(decision, "surveyId|processDefinitionId|audience|code"),
                cell(decision, "reason|detail|title"),
            ]);
        }
    }
    table.render()
}

/// The query of a list request.
#[derive(Default)]
struct Query(Vec<(&'static str, String)>);

impl Query {
    fn with(mut self, name: &'static str, value: Option<String>) -> Self {
        self.0.extend(value.map(|value| (name, value)));
        self
    }

    fn limited(self, limit: &Limit) -> Self {
        self.with("limit", Some(limit.limit.to_string()))
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, v)| (*name, v.as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_decision_has_its_reason() {
        let firings = [
            json!({"processInstanceKey": "1", "trigger": "t", "triggerVersion": "2", "state": "DECIDED",
                "decisions": [{"type": "ASK", "surveyId": "s", "reason": "closed"},
                              {"type": "NOTHING", "code": "already-asked", "detail": "once"}]}),
            json!({"processInstanceKey": "2", "trigger": "t", "triggerVersion": "2",
                "state": "PENDING", "decisions": []}),
        ];
        let expected = "\
INSTANCE  TRIGGER  VERSION  DECISION  ABOUT          REASON\n\
1         t        2        ASK       s              closed\n\
1         t        2        NOTHING   already-asked  once\n\
2         t        2        PENDING   -              -\n";
        assert_eq!(decisions_table(&firings), expected);
    }

    #[test]
    fn answers_fit_on_a_line() {
        let given = json!({"recommend": {"type": "nps", "score": 9},
            "words": {"type": "text", "text": "a\nb"}});
        let table = responses_table(&[json!({"responseKey": "1", "answers": given})]);
        assert_eq!(table, "KEY  ANSWERS\n1    recommend=9  words=a b\n");
        assert_eq!(answers(&Value::Null), "");
    }
}
