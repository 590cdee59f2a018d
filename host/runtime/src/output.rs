//! Checks on what a component returns: JSON text is a well-formed object, not nested too
//! deeply, everything together within its bound. The text itself stays as it is.

use serde::de::IgnoredAny;

use crate::limits::{MAX_CODE_BYTES, MAX_MESSAGE_BYTES};
use crate::say::Said;
use crate::{ChosenElement, Decision, Fault, FaultKind, JobResult, Limits, StepOutcome};

/// Puts what a step said about its job into its outcome, where it went well.
///
/// # Errors
/// When what it said is not the result of one kind of job.
pub fn with_result(outcome: StepOutcome, said: Said) -> Result<StepOutcome, Fault> {
    let StepOutcome::Completed { variables, .. } = outcome else {
        return Ok(outcome);
    };
    let result = said.into_result().map_err(|found| {
        invalid(format!(
            "Expected a verdict on a user task or a choice for an ad-hoc subprocess, but {found}. \
             No job takes both: look at context.kind first"
        ))
    })?;
    Ok(StepOutcome::Completed { variables, result })
}

/// Checks the outcome of a step; returns it with the bytes of JSON in it.
///
/// # Errors
/// When it breaks the contract.
pub fn check_step(outcome: StepOutcome, limits: &Limits) -> Result<(StepOutcome, usize), Fault> {
    let mut size = 0;
    let checked = match outcome {
        StepOutcome::Completed { variables, result } => {
            check_object("variables", &variables, limits, &mut size)?;
            let result = result
                .map(|result| check_result(result, limits, &mut size))
                .transpose()?;
            StepOutcome::Completed { variables, result }
        }
        StepOutcome::BusinessError {
            code,
            message,
            variables,
        } => {
            check_name("the error's code", &code)?;
            if let Some(variables) = &variables {
                check_object("the error's variables", variables, limits, &mut size)?;
            }
            StepOutcome::BusinessError {
                code,
                message: shorten(message),
                variables,
            }
        }
        StepOutcome::Retry { message, delay_ms } => StepOutcome::Retry {
            message: shorten(message),
            delay_ms,
        },
        StepOutcome::Fatal { message } => StepOutcome::Fatal {
            message: shorten(message),
        },
        fault @ StepOutcome::Fault(_) => fault,
    };
    Ok((checked, size))
}

/// What can be known of a result without its job; the engine checks the rest.
fn check_result(result: JobResult, limits: &Limits, size: &mut usize) -> Result<JobResult, Fault> {
    Ok(match result {
        JobResult::UserTask {
            denied,
            corrections,
        } => JobResult::UserTask {
            denied: denied.map(shorten),
            corrections,
        },
        JobResult::AdHocSubProcess {
            elements,
            is_fulfilled,
            cancel_remaining,
        } => {
            for element in &elements {
                check_element(element, limits, size)?;
            }
            JobResult::AdHocSubProcess {
                elements,
                is_fulfilled,
                cancel_remaining,
            }
        }
    })
}

fn check_element(element: &ChosenElement, limits: &Limits, size: &mut usize) -> Result<(), Fault> {
    check_name("the id of an element to activate", &element.element_id)?;
    check_object("the element's variables", &element.variables, limits, size)
}

/// Checks the decisions of a trigger; returns them with the bytes of JSON in them.
///
/// # Errors
/// When they break the contract.
pub fn check_decisions(
    decisions: Vec<Decision>,
    limits: &Limits,
) -> Result<(Vec<Decision>, usize), Fault> {
    if decisions.len() > limits.decisions {
        let (limit, found) = (limits.decisions, decisions.len());
        return Err(invalid(format!(
            "Expected at most {limit} decisions, but the trigger returned {found}"
        )));
    }
    let mut size = 0;
    let checked: Result<Vec<_>, _> = decisions
        .into_iter()
        .map(|decision| check_decision(decision, limits, &mut size))
        .collect();
    checked.map(|decisions| (decisions, size))
}

fn check_decision(
    decision: Decision,
    limits: &Limits,
    size: &mut usize,
) -> Result<Decision, Fault> {
    Ok(match decision {
        Decision::Ask {
            survey_id,
            channel,
            delay_ms,
            reason,
        } => {
            check_name("the survey's id", &survey_id)?;
            check_name("the channel", &channel)?;
            Decision::Ask {
                survey_id,
                channel,
                delay_ms,
                reason: shorten(reason),
            }
        }
        Decision::StartProcess {
            process_id,
            variables,
            reason,
        } => {
            check_name("the process id", &process_id)?;
            check_object("the process's variables", &variables, limits, size)?;
            Decision::StartProcess {
                process_id,
                variables,
                reason: shorten(reason),
            }
        }
        Decision::Notify {
            audience,
            title,
            body,
        } => {
            check_name("the audience", &audience)?;
            Decision::Notify {
                audience,
                title: shorten(title),
                body: shorten(body),
            }
        }
        Decision::Nothing { reason } => Decision::Nothing {
            reason: shorten(reason),
        },
    })
}

fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    let found = match name.len() {
        0 => "it is empty".to_owned(),
        1..=MAX_CODE_BYTES => return Ok(()),
        length => format!("it has {length}"),
    };
    Err(invalid(format!(
        "Expected {what} to have 1 to {MAX_CODE_BYTES} bytes, but {found}"
    )))
}

fn check_object(what: &str, json: &str, limits: &Limits, size: &mut usize) -> Result<(), Fault> {
    *size += json.len();
    if *size > limits.output_bytes {
        let (limit, found) = (limits.output_bytes, *size);
        return Err(Fault {
            kind: FaultKind::OutputTooLarge,
            message: format!(
                "Expected an output of at most {limit} bytes, but it has at least {found}"
            ),
        });
    }
    let expected = || format!("Expected {what} to be a JSON object");
    json_object(json, limits.output_depth)
        .map_err(|found| invalid(format!("{}, but {found}", expected())))
}

/// Whether `json` is the text of one JSON object that nests at most `max_depth` deep.
///
/// # Errors
/// What it is instead, as the second half of a message.
pub fn json_object(json: &str, max_depth: usize) -> Result<(), String> {
    let depth = depth(json);
    if depth > max_depth {
        return Err(format!("it nests {depth} deep, beyond {max_depth}"));
    }
    serde_json::from_str::<IgnoredAny>(json).map_err(|error| format!("it is not JSON: {error}"))?;
    match json.trim_start().bytes().next() {
        Some(b'{') => Ok(()),
        Some(b'[') => Err("it is an array".into()),
        Some(b'"') => Err("it is a string".into()),
        Some(b't' | b'f') => Err("it is a boolean".into()),
        Some(b'n') => Err("it is null".into()),
        _ => Err("it is a number".into()),
    }
}

/// The deepest nesting of brackets outside strings. Right for well-formed JSON; for other
/// text any answer will do, since parsing refuses it.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn shorten(mut text: String) -> String {
    if text.len() > MAX_MESSAGE_BYTES {
        text.truncate(text.floor_char_boundary(MAX_MESSAGE_BYTES));
        text.push('…');
    }
    text
}

const fn invalid(message: String) -> Fault {
    Fault {
        kind: FaultKind::InvalidOutput,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Corrections;

    #[test]
    fn only_objects_pass() {
        let cases = [
            ("{}", None),
            (" {\"a\": [1, {\"b\": \"}}}\\\"{{{\"}]} ", None),
            ("[]", Some("an array")),
            ("\"{}\"", Some("a string")),
            ("null", Some("null")),
            ("true", Some("a boolean")),
            ("-1", Some("a number")),
            ("", Some("not JSON")),
            ("{", Some("not JSON")),
            ("{} {}", Some("not JSON")),
            ("{\"a\": NaN}", Some("not JSON")),
            ("{'a': 1}", Some("not JSON")),
            ("{\"a\": {\"b\": {\"c\": {}}}}", Some("nests 4 deep")),
        ];
        for (json, expected) in cases {
            match (json_object(json, 3), expected) {
                (Ok(()), None) => {}
                (Err(found), Some(expected)) => assert!(found.contains(expected), "{found}"),
                (result, _) => panic!("{json}: {result:?}"),
            }
        }
    }

    #[test]
    fn deep_nesting_costs_no_stack() {
        let bomb = "[".repeat(1_000_000);
        assert!(json_object(&bomb, 64).is_err());
    }

    #[test]
    fn everything_in_an_outcome_is_bounded() {
        let limits = Limits {
            output_bytes: 10,
            ..Limits::default()
        };
        let completed = |variables: &str| StepOutcome::Completed {
            variables: variables.into(),
            result: None,
        };
        let ok = check_step(completed(r#"{"a":12}"#), &limits).unwrap();
        assert_eq!(ok, (completed(r#"{"a":12}"#), 8));
        let fault = check_step(completed(r#"{"a":12345}"#), &limits).unwrap_err();
        assert_eq!(fault.kind, FaultKind::OutputTooLarge);

        let nameless = StepOutcome::BusinessError {
            code: String::new(),
            message: String::new(),
            variables: None,
        };
        let fault = check_step(nameless, &limits).unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidOutput);

        let fatal = StepOutcome::Fatal {
            message: "ب".repeat(100_000),
        };
        let Ok((StepOutcome::Fatal { message }, 0)) = check_step(fatal, &limits) else {
            panic!("a long message is cut, not refused");
        };
        assert!(message.len() < MAX_MESSAGE_BYTES + 4);
    }

    #[test]
    fn what_is_said_about_a_job_is_bounded_too() {
        let limits = Limits {
            output_bytes: 10,
            ..Limits::default()
        };
        let choosing = |element_id: &str, variables: &str| StepOutcome::Completed {
            variables: "{}".into(),
            result: Some(JobResult::AdHocSubProcess {
                elements: vec![ChosenElement {
                    element_id: element_id.into(),
                    variables: variables.into(),
                }],
                is_fulfilled: false,
                cancel_remaining: false,
            }),
        };
        let good = choosing("a", r#"{"x":1}"#);
        assert_eq!(check_step(good.clone(), &limits), Ok((good, 9)));
        for (outcome, kind, part) in [
            (choosing("", "{}"), FaultKind::InvalidOutput, "it is empty"),
            (choosing("a", "[]"), FaultKind::InvalidOutput, "an array"),
            (choosing("a", "{"), FaultKind::InvalidOutput, "not JSON"),
            (
                choosing("a", r#"{"x":123}"#),
                FaultKind::OutputTooLarge,
                "at most 10 bytes",
            ),
        ] {
            let fault = check_step(outcome, &limits).unwrap_err();
            assert_eq!(fault.kind, kind, "{fault}");
            assert!(fault.message.contains(part), "{fault}");
        }
        let denying = StepOutcome::Completed {
            variables: "{}".into(),
            result: Some(JobResult::UserTask {
                denied: Some("x".repeat(100_000)),
                corrections: Corrections::default(),
            }),
        };
        let Ok((
            StepOutcome::Completed {
                result:
                    Some(JobResult::UserTask {
                        denied: Some(reason),
                        ..
                    }),
                ..
            },
            2,
        )) = check_step(denying, &limits)
        else {
            panic!("a long reason is cut, not refused");
        };
        assert!(reason.len() < MAX_MESSAGE_BYTES + 4);
    }

    #[test]
    fn decisions_are_counted() {
        let limits = Limits {
            decisions: 1,
            ..Limits::default()
        };
        let nothing = || Decision::Nothing { reason: "x".into() };
        assert!(check_decisions(vec![nothing()], &limits).is_ok());
        let fault = check_decisions(vec![nothing(), nothing()], &limits).unwrap_err();
        assert!(fault.message.contains("at most 1 decisions"), "{fault}");
    }
}
