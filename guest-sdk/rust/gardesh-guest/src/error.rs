//! How a step fails: the three ways of the WIT, with constructors that read well.

use std::error::Error;
use std::time::Duration;

use serde::Serialize;

use crate::bindings::step::gardesh::step::types as wit;

/// Why a step did not produce its output.
///
/// Any [`std::error::Error`] turns into [`StepError::Fatal`] with `?`: a step is
/// deterministic, so that trying again would end in the same error.
#[derive(Debug, Clone, PartialEq)]
pub enum StepError {
    /// An outcome that the process models: caught by a boundary event with this code.
    BusinessError {
        /// The error code of the diagram.
        code: String,
        /// For people who read the case's history.
        message: String,
        /// A JSON object for the catching event.
        variables: Option<serde_json::Value>,
    },
    /// A passing fault: try again while the task has retries left.
    Retry {
        /// What went wrong.
        message: String,
        /// How long to wait first; without it the host's backoff applies.
        delay: Option<Duration>,
    },
    /// A fault that trying again cannot mend: an incident at once.
    Fatal(String),
}

impl StepError {
    /// A modelled outcome, without variables.
    pub fn business(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BusinessError {
            code: code.into(),
            message: message.into(),
            variables: None,
        }
    }

    /// A modelled outcome with variables for the catching event; `variables` must
    /// serialise to a JSON object.
    pub fn business_with(
        code: impl Into<String>,
        message: impl Into<String>,
        variables: &impl Serialize,
    ) -> Self {
        match serde_json::to_value(variables) {
            Ok(value @ serde_json::Value::Object(_)) => Self::BusinessError {
                code: code.into(),
                message: message.into(),
                variables: Some(value),
            },
            Ok(other) => Self::Fatal(format!(
                "Expected the error's variables to be a JSON object, but got {other}"
            )),
            Err(error) => error.into(),
        }
    }

    /// A passing fault; the host chooses the delay.
    pub fn retry(message: impl Into<String>) -> Self {
        Self::Retry {
            message: message.into(),
            delay: None,
        }
    }

    /// A passing fault that is worth another try after `delay`.
    pub fn retry_after(message: impl Into<String>, delay: Duration) -> Self {
        Self::Retry {
            message: message.into(),
            delay: Some(delay),
        }
    }

    /// A fault for people to look at.
    pub fn fatal(message: impl Into<String>) -> Self {
        Self::Fatal(message.into())
    }
}

impl<E: Error> From<E> for StepError {
    fn from(error: E) -> Self {
        Self::Fatal(error.to_string())
    }
}

impl From<StepError> for wit::Failure {
    fn from(error: StepError) -> Self {
        match error {
            StepError::BusinessError {
                code,
                message,
                variables,
            } => {
                let variables = variables.map(|value| value.to_string());
                Self::BusinessError(wit::BusinessError {
                    code,
                    message,
                    variables,
                })
            }
            StepError::Retry { message, delay } => {
                let delay_ms =
                    delay.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
                Self::Retry(wit::Retry { message, delay_ms })
            }
            StepError::Fatal(message) => Self::Fatal(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_error_is_fatal() {
        let parsed: Result<u8, StepError> = "x".parse::<u8>().map_err(StepError::from);
        assert_eq!(
            parsed,
            Err(StepError::Fatal("invalid digit found in string".into()))
        );
    }

    #[test]
    fn variables_of_a_business_error_are_an_object() {
        let good = StepError::business_with("CODE", "why", &serde_json::json!({"a": 1}));
        assert!(matches!(
            good,
            StepError::BusinessError {
                variables: Some(_),
                ..
            }
        ));
        let bad = StepError::business_with("CODE", "why", &[1, 2]);
        assert!(matches!(bad, StepError::Fatal(message) if message.contains("JSON object")));
    }

    #[test]
    fn a_delay_is_milliseconds() {
        let failure = wit::Failure::from(StepError::retry_after("busy", Duration::from_secs(2)));
        assert!(matches!(
            failure,
            wit::Failure::Retry(wit::Retry {
                delay_ms: Some(2_000),
                ..
            })
        ));
    }
}
