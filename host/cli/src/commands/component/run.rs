//! `gardesh component run`: one invocation in the sandbox, on this machine. The arguments
//! and how the report is shown; what goes into the component is made in `trial.rs`.

use std::path::PathBuf;

use clap::Args;
use gardesh_runtime::{
    Decision, JobResult, LogLevel, LogLine, StepOutcome, StepReport, TriggerOutcome, TriggerReport,
    Usage,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::trial::{self, Report, Trial};
use crate::commands::Session;
use crate::failure::Failure;
use crate::input::{empty_object, file_bytes, json_object, json_pair, pair};
use crate::progress::Progress;
use crate::table::{clean, micros, size};

/// The arguments of `gardesh component run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh component run finance.wasm --input @claims/burst-pipe.json
  gardesh component run legal.wasm --input - --config 'sanctioned=[\"A. Name\"]' < claim.json
  gardesh component run approval.wasm --job '{\"kind\": \"taskListener\",
    \"listenerEvent\": \"completing\", \"userTask\": {\"assignee\": \"ada\"}}'
  gardesh component run trigger.wasm --facts '{\"case\": {\"outcome\": \"claim-paid\"}}'

The exit code is 0 when the component completed, threw a modelled error or decided, and 1
when it failed.")]
pub struct Run {
    /// The component's file
    file: PathBuf,
    /// For a step: the input variables: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// A configuration value, as JSON
    #[arg(long, value_name = "NAME=JSON", value_parser = json_pair)]
    config: Vec<(String, Box<RawValue>)>,
    /// For a step: a task header of the diagram
    #[arg(long, value_name = "NAME=TEXT", value_parser = pair)]
    header: Vec<(String, String)>,
    /// For a step: what the job is for, an object with `kind`, `listenerEvent` and `userTask`
    #[arg(long, value_name = "JSON")]
    job: Option<String>,
    /// For a step: which attempt this is
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: u32,
    /// For a step: the job's key, which also seeds its random numbers
    #[arg(long, default_value_t = 1, value_name = "KEY")]
    job_key: u64,
    /// For a trigger: the event, an object with `type` and `data`
    #[arg(long, value_name = "JSON")]
    event: Option<String>,
    /// For a trigger: the facts, an object with `case` and `customer`
    #[arg(long, value_name = "JSON")]
    facts: Option<String>,
    /// The time that the component sees, in milliseconds since 1970, instead of now
    #[arg(long, value_name = "MILLISECONDS")]
    at_ms: Option<u64>,
}

impl Run {
    pub(super) fn run(self, session: &Session) -> Result<(), Failure> {
        let bytes = file_bytes(&self.file)?;
        let object = |argument: Option<String>| {
            argument.map_or_else(|| Ok(empty_object()), |text| json_object(&text))
        };
        let is_for_step = self.input.is_some() || !self.header.is_empty() || self.job.is_some();
        let is_for_trigger = self.event.is_some() || self.facts.is_some();
        let trial = Trial {
            input: object(self.input)?,
            event: object(self.event)?,
            facts: object(self.facts)?,
            job: object(self.job)?,
            configuration: self
                .config
                .into_iter()
                .map(|(name, json)| (name, json.get().to_owned()))
                .collect(),
            headers: self.header,
            attempt: self.attempt,
            job_key: self.job_key,
            at_ms: self.at_ms.unwrap_or_else(trial::now_ms),
            is_for_step,
            is_for_trigger,
        };
        let line = Progress::start(
            session.out.quiet,
            format!("Compiling {}…", self.file.display()),
        );
        let report = trial::run(bytes, trial)?;
        drop(line);
        match report {
            Report::Step(report) => show_step(session, &report),
            Report::Trigger(report) => show_trigger(session, &report),
        }
    }
}

fn show_step(session: &Session, report: &StepReport) -> Result<(), Failure> {
    let json = json!({
        "outcome": step_json(&report.outcome),
        "log": report.log,
        "logDropped": report.log_dropped,
        "usage": report.usage,
    });
    session.out.own_result(&json, || {
        let mut shown = step_text(&report.outcome);
        shown.push_str(&log_text(&report.log, report.log_dropped));
        shown + &usage_text(&report.usage)
    })?;
    match report.outcome {
        StepOutcome::Completed { .. } | StepOutcome::BusinessError { .. } => Ok(()),
        _ => Err(Failure::Reported),
    }
}

/// The outcome with its JSON as JSON rather than as text.
fn step_json(outcome: &StepOutcome) -> Value {
    let mut json = serde_json::to_value(outcome).unwrap_or_default();
    if let Value::Object(kinds) = &mut json {
        for members in kinds.values_mut() {
            parse_variables(members);
            let elements = members.pointer_mut("/result/adHocSubProcess/elements");
            if let Some(Value::Array(elements)) = elements {
                elements.iter_mut().for_each(parse_variables);
            }
        }
    }
    json
}

fn parse_variables(members: &mut Value) {
    if let Some(Value::String(text)) = members.get("variables")
        && let Ok(parsed) = serde_json::from_str::<Value>(text)
    {
        members["variables"] = parsed;
    }
}

fn step_text(outcome: &StepOutcome) -> String {
    match outcome {
        StepOutcome::Completed { variables, result } => {
            let said = result.as_ref().map(result_text).unwrap_or_default();
            format!("completed\n{}{said}", object_text(variables))
        }
        StepOutcome::BusinessError {
            code,
            message,
            variables,
        } => format!(
            "business error {}: {}\n{}",
            clean(code),
            clean(message),
            variables.as_deref().map(object_text).unwrap_or_default()
        ),
        StepOutcome::Retry { message, delay_ms } => {
            let delay = delay_ms.map(|ms| format!(" after {}", micros(ms.saturating_mul(1000))));
            format!("retry{}: {}\n", delay.unwrap_or_default(), clean(message))
        }
        StepOutcome::Fatal { message } => format!("fatal: {}\n", clean(message)),
        StepOutcome::Fault(fault) => format!("fault: {}\n", clean(&fault.message)),
    }
}

/// What a step said about its job, a line for each thing.
fn result_text(result: &JobResult) -> String {
    let mut lines = Vec::new();
    match result {
        JobResult::UserTask {
            denied,
            corrections,
        } => {
            lines.extend(denied.iter().map(|reason| format!("denied: {reason}")));
            if !corrections.is_empty() {
                let json = serde_json::to_string(corrections).unwrap_or_default();
                lines.push(format!("corrected: {json}"));
            }
        }
        JobResult::AdHocSubProcess {
            elements,
            is_fulfilled,
            cancel_remaining,
        } => {
            if *cancel_remaining {
                lines.push("cancel remaining instances".to_owned());
            }
            let activated = elements.iter().map(|element| {
                let (id, variables) = (&element.element_id, &element.variables);
                format!("activate {id} with {variables}")
            });
            lines.extend(activated);
            if *is_fulfilled {
                lines.push("completion condition fulfilled".to_owned());
            }
        }
    }
    lines.iter().map(|line| clean(line) + "\n").collect()
}

fn show_trigger(session: &Session, report: &TriggerReport) -> Result<(), Failure> {
    let mut outcome = serde_json::to_value(&report.outcome).unwrap_or_default();
    if let Some(Value::Array(decisions)) = outcome.get_mut("decided") {
        for decision in decisions {
            if let Some(start) = decision.get_mut("startProcess") {
                parse_variables(start);
            }
        }
    }
    let json = json!({
        "outcome": outcome,
        "log": report.log,
        "logDropped": report.log_dropped,
        "usage": report.usage,
    });
    session.out.own_result(&json, || {
        let mut shown = match &report.outcome {
            TriggerOutcome::Decided(decisions) => decisions_text(decisions),
            TriggerOutcome::Fault(fault) => format!("fault: {}\n", clean(&fault.message)),
        };
        shown.push_str(&log_text(&report.log, report.log_dropped));
        shown + &usage_text(&report.usage)
    })?;
    match report.outcome {
        TriggerOutcome::Decided(_) => Ok(()),
        TriggerOutcome::Fault(_) => Err(Failure::Reported),
    }
}

fn decisions_text(decisions: &[Decision]) -> String {
    if decisions.is_empty() {
        return "decided nothing, without a reason\n".to_owned();
    }
    let lines = decisions.iter().map(|decision| match decision {
        Decision::Ask {
            survey_id,
            channel,
            delay_ms,
            reason,
        } => format!("ask {survey_id} by {channel} after {delay_ms} ms: {reason}"),
        Decision::StartProcess {
            process_id,
            variables,
            reason,
        } => format!("start {process_id} with {variables}: {reason}"),
        Decision::Notify {
            audience,
            title,
            body,
        } => format!("notify {audience}: {title}: {body}"),
        Decision::Nothing { reason } => format!("nothing: {reason}"),
    });
    lines.map(|line| clean(&line) + "\n").collect()
}

fn object_text(json: &str) -> String {
    let value: Value = serde_json::from_str(json).unwrap_or_default();
    format!("{value:#}\n")
}

fn log_text(log: &[LogLine], dropped: u32) -> String {
    if log.is_empty() && dropped == 0 {
        return String::new();
    }
    let mut shown = "\nLog\n".to_owned();
    for line in log {
        let level = match line.level {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
        };
        shown.push_str(&format!("  {level:5}  {}\n", clean(&line.message)));
    }
    if dropped > 0 {
        shown.push_str(&format!("  … and {dropped} more that did not fit\n"));
    }
    shown
}

fn usage_text(usage: &Usage) -> String {
    format!(
        "\n{} ({} on a processor), {} of memory, {} returned, {} host calls\n",
        micros(usage.wall_us),
        micros(usage.cpu_us),
        size(usage.peak_memory_bytes),
        size(usage.output_bytes),
        usage.host_calls
    )
}

#[cfg(test)]
mod tests {
    use gardesh_runtime::{ChosenElement, Corrections};

    use super::*;

    #[test]
    fn outcomes_say_what_happened() {
        let completed = StepOutcome::Completed {
            variables: r#"{"a":1}"#.into(),
            result: None,
        };
        assert_eq!(step_text(&completed), "completed\n{\n  \"a\": 1\n}\n");
        assert_eq!(
            step_json(&completed),
            json!({"completed": {"variables": {"a": 1}}})
        );
        let error = StepOutcome::BusinessError {
            code: "NO".into(),
            message: "a\nb".into(),
            variables: None,
        };
        assert_eq!(step_text(&error), "business error NO: a b\n");
        let retry = StepOutcome::Retry {
            message: "later".into(),
            delay_ms: Some(1500),
        };
        assert_eq!(step_text(&retry), "retry after 1.50 s: later\n");
    }

    #[test]
    fn what_is_said_about_the_job_is_shown() {
        let completed = |result| StepOutcome::Completed {
            variables: "{}".into(),
            result: Some(result),
        };
        let verdict = completed(JobResult::UserTask {
            denied: Some("too\nlate".into()),
            corrections: Corrections {
                assignee: Some("ada".into()),
                ..Corrections::default()
            },
        });
        assert_eq!(
            step_text(&verdict),
            "completed\n{}\ndenied: too late\ncorrected: {\"assignee\":\"ada\"}\n"
        );
        let choice = completed(JobResult::AdHocSubProcess {
            elements: vec![ChosenElement {
                element_id: "x".into(),
                variables: r#"{"n":1}"#.into(),
            }],
            is_fulfilled: true,
            cancel_remaining: true,
        });
        let lines = "cancel remaining instances\nactivate x with {\"n\":1}\n\
            completion condition fulfilled\n";
        assert_eq!(step_text(&choice), format!("completed\n{{}}\n{lines}"));
        assert_eq!(
            step_json(&choice)["completed"]["result"]["adHocSubProcess"],
            json!({
                "elements": [{"elementId": "x", "variables": {"n": 1}}],
                "isFulfilled": true,
                "cancelRemaining": true,
            })
        );
    }

    #[test]
    fn a_log_says_what_is_missing_from_it() {
        let line = LogLine {
            level: LogLevel::Warn,
            message: "hm".into(),
        };
        assert_eq!(
            log_text(&[line], 3),
            "\nLog\n  warn   hm\n  … and 3 more that did not fit\n"
        );
        assert_eq!(log_text(&[], 0), "");
    }
}
