//! `gardesh start`: a new process instance.

use std::time::Duration;

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Session;
use super::job::variables;
use crate::failure::Failure;
use crate::limits::ANSWER_TIMEOUT;
use crate::output::cell;
use crate::progress::Progress;

/// The arguments of `gardesh start`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh start insurance-claim --variables @claims/burst-pipe.json
  gardesh start insurance-claim --variables '{\"amount\": 900}' --business-key CL-2026-001
  echo '{\"amount\": 900}' | gardesh start insurance-claim --variables - --wait

--wait ends with exit code 1 when an incident stops the case, when it is terminated, and when the
time is over; the case is there all the same.")]
pub struct Start {
    /// The id of the process in its diagram
    process_id: String,
    /// Variables to begin with: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    /// The case's number in the company's own books
    #[arg(long, value_name = "TEXT")]
    business_key: Option<String>,
    /// This version rather than the latest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    version: Option<u32>,
    /// Wait for the end and show the variables
    #[arg(long)]
    wait: bool,
    /// Seconds to wait with --wait
    #[arg(long, default_value_t = 60, value_name = "SECONDS", requires = "wait", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Creation {
    process_definition_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    process_definition_version: Option<u32>,
    variables: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    business_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    await_completion: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_timeout: Option<u64>,
}

impl Start {
    /// Starts the instance.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        let creation = Creation {
            process_definition_id: self.process_id,
            process_definition_version: self.version,
            variables: variables(self.variables.as_deref())?,
            business_id: self.business_key,
            await_completion: self.wait.then_some(true),
            request_timeout: self.wait.then_some(self.timeout * 1000),
        };
        let client = session.client()?;
        let timeout =
            ANSWER_TIMEOUT + Duration::from_secs(if self.wait { self.timeout } else { 0 });
        let waiting = self.wait.then(|| {
            Progress::start(
                session.out.quiet,
                "Waiting for the process instance to end…",
            )
        });
        let path = match self.wait {
            true => "/v2/process-instances?untilStopped=true",
            false => "/v2/process-instances",
        };
        let answer = client.post_within(path, &creation, timeout);
        drop(waiting);
        let answer = answer.map_err(with_way_on)?;
        let created: Value = answer.json()?;
        session.out.result(&answer.body, || {
            let started = format!(
                "{} {} version {} as process instance {}.\n",
                if self.wait { "Completed" } else { "Started" },
                cell(&created, "processDefinitionId"),
                cell(&created, "processDefinitionVersion"),
                cell(&created, "processInstanceKey"),
            );
            match created.get("variables") {
                Some(variables) if self.wait => format!("{started}{variables:#}\n"),
                _ => started,
            }
        })
    }
}

/// A case that was started and did not end can be looked at; what stops it can be mended.
fn with_way_on(failure: Failure) -> Failure {
    let Failure::Problem {
        exit,
        message,
        document,
    } = failure
    else {
        return failure;
    };
    let problem: Value = serde_json::from_str(&document).unwrap_or_default();
    let (case, incident) = (
        cell(&problem, "processInstanceKey"),
        cell(&problem, "incidentKey"),
    );
    let way_on = match (case.as_str(), incident.as_str()) {
        ("", _) => String::new(),
        (case, "") => format!("\nSee where it is with `gardesh instance show {case}`"),
        (case, incident) => format!(
            "\nMend what it says, then let the case go on with `gardesh incident resolve {incident}` \
             (a job needs `--retries 1` besides); see it with `gardesh instance show {case}`, end it \
             with `gardesh instance cancel {case}`"
        ),
    };
    Failure::Problem {
        exit,
        message: message + &way_on,
        document,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(document: &str) -> String {
        let failure = Failure::Problem {
            exit: 1,
            message: "Expected it to complete.".into(),
            document: document.into(),
        };
        with_way_on(failure).to_string()
    }

    #[test]
    fn a_case_that_did_not_end_is_named_with_what_to_do() {
        assert_eq!(told(r#"{"status":404}"#), "Expected it to complete.");
        let timed_out = told(r#"{"status":504,"processInstanceKey":"7"}"#);
        assert!(
            timed_out.ends_with("`gardesh instance show 7`"),
            "{timed_out}"
        );
        let stopped = told(r#"{"status":409,"processInstanceKey":"7","incidentKey":"9"}"#);
        for command in [
            "incident resolve 9`",
            "instance show 7`",
            "instance cancel 7`",
        ] {
            assert!(stopped.contains(command), "{stopped}");
        }
    }
}
