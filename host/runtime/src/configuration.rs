//! Whether a configuration fits the component that it is for. One rule for uploads, for
//! configuring and for trying a component out; the checking itself is in `schema.rs`, in a
//! helper.

use std::sync::Arc;

use crate::error::ConfigurationError;
use crate::fault::bytes;
use crate::helper::{Failure, Helpers, Purpose, Task, Work};
use crate::limits::ANSWER_BYTES;
use crate::schema::{Findings, Question};
use crate::{Configuration, Limits};

/// Holds the configuration against the schema that the component gives, where it gives one.
///
/// # Errors
/// When it does not fit, or when that cannot be found out.
pub async fn check(
    helpers: &Helpers,
    limits: &Limits,
    schema: Option<&str>,
    configuration: &Configuration,
) -> Result<(), ConfigurationError> {
    let Some(schema) = schema else {
        return match configuration.is_empty() {
            true => Ok(()),
            false => Err(ConfigurationError::Undescribed {
                names: configuration.keys().cloned().collect(),
            }),
        };
    };
    let findings = ask(helpers, limits, schema, Some(configuration)).await?;
    match findings.is_empty() {
        true => Ok(()),
        false => Err(ConfigurationError::Unfit { findings }),
    }
}

/// Whether configurations can be held against this schema at all.
///
/// # Errors
/// When it is no JSON Schema within bounds, or when that cannot be found out.
pub async fn check_schema(
    helpers: &Helpers,
    limits: &Limits,
    schema: &str,
) -> Result<(), ConfigurationError> {
    ask(helpers, limits, schema, None).await.map(drop)
}

async fn ask(
    helpers: &Helpers,
    limits: &Limits,
    schema: &str,
    configuration: Option<&Configuration>,
) -> Result<Findings, ConfigurationError> {
    let question = Question {
        schema: schema.to_owned(),
        configuration: configuration.cloned(),
    };
    let broken = |error: serde_json::Error| ConfigurationError::Runtime(error.to_string());
    let task = Task {
        purpose: Purpose::Configuration,
        work: Work::CheckConfiguration,
        input: Arc::from(serde_json::to_vec(&question).map_err(broken)?),
        cpu_time: limits.check_cpu_time,
        wall_time: limits.check_wall_time,
        memory_bytes: limits.check_memory_bytes,
        output_bytes: ANSWER_BYTES,
    };
    let answer = helpers.help(task).await;
    let answer = answer.map_err(|failure| error(failure, limits))?;
    serde_json::from_slice(&answer).map_err(broken)
}

/// Why there is no answer. What is too much for the bounds is the schema's fault: the values
/// are small.
fn error(failure: Failure, limits: &Limits) -> ConfigurationError {
    let advice = "Make it simpler: references that fan out or lead back to themselves do this";
    let found = match failure {
        Failure::Busy(found) => return ConfigurationError::Busy(found),
        Failure::Broken(found) => return ConfigurationError::Runtime(found),
        Failure::OutputTooLarge => {
            return ConfigurationError::Runtime("the answer has no end".into());
        }
        Failure::Invalid(found) => found,
        Failure::OutOfTime => {
            let time = limits.check_cpu_time;
            format!("checking with it takes more than {time:?} of processor time. {advice}")
        }
        Failure::OutOfMemory => {
            let memory = bytes(usize::try_from(limits.check_memory_bytes).unwrap_or(usize::MAX));
            format!("checking with it takes more than {memory} of memory. {advice}")
        }
        Failure::OutOfStack => format!("checking with it does not come to an end. {advice}"),
        Failure::Fallen(found) => format!("checking with it ended with {found}. {advice}"),
    };
    ConfigurationError::Schema { found }
}
