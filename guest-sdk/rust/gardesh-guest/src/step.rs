//! The way from the component's exports to the author's function and back: JSON in, a
//! typed call, JSON out.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::step::gardesh::step::types::{Description, Failure, Job, Output};
use crate::{StepError, panic};

/// The output of a step that sets no variables, as a listener of a user task must not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Nothing {}

/// The JSON Schema of what is read.
pub fn input_schema<T: JsonSchema>() -> String {
    schema_text::<T>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The JSON Schema of what is written.
pub fn output_schema<T: JsonSchema>() -> String {
    schema_text::<T>(SchemaSettings::draft2020_12().for_serialize())
}

fn schema_text<T: JsonSchema>(settings: SchemaSettings) -> String {
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .as_value()
        .to_string()
}

/// The description of a step whose function goes from `I` to `O`.
pub fn describe<I: JsonSchema, O: JsonSchema>(
    [name, version, title]: [&str; 3],
    configuration_schema: Option<String>,
    icon: Option<&str>,
    capabilities: &[&str],
) -> Description {
    panic::install_hook();
    Description {
        name: name.into(),
        version: version.into(),
        title: title.into(),
        input_schema: input_schema::<I>(),
        output_schema: output_schema::<O>(),
        configuration_schema,
        icon: icon.map(Into::into),
        capabilities: capabilities.iter().map(|name| (*name).into()).collect(),
    }
}

/// Runs the author's function on one job.
pub fn run<I: DeserializeOwned, O: Serialize>(
    job: &Job,
    step: impl FnOnce(I, &Job) -> Result<O, StepError>,
) -> Result<Output, Failure> {
    panic::install_hook();
    read_input(job)
        .and_then(|input| step(input, job))
        .and_then(|output| write_output(&output))
        .map_err(Failure::from)
}

fn read_input<I: DeserializeOwned>(job: &Job) -> Result<I, StepError> {
    serde_json::from_str(&job.variables).map_err(|error| {
        StepError::Fatal(format!(
            "Expected variables that fit the step's input schema, but {error}. Hint: look at the task's input mapping"
        ))
    })
}

fn write_output<O: Serialize>(output: &O) -> Result<Output, StepError> {
    let variables = serde_json::to_string(output)?;
    if variables.starts_with('{') {
        Ok(Output { variables })
    } else {
        let shown: String = variables.chars().take(80).collect();
        Err(StepError::Fatal(format!(
            "Expected the step to return a JSON object, but it returned {shown}"
        )))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, JsonSchema)]
    struct Input {
        amount: u64,
    }

    #[derive(Serialize, JsonSchema)]
    struct Doubled {
        doubled: u64,
    }

    fn double(input: Input, job: &Job) -> Result<Doubled, StepError> {
        match input.amount {
            0 => Err(StepError::business("NOTHING", "zero")),
            amount => Ok(Doubled {
                doubled: amount * 2 * job.key,
            }),
        }
    }

    fn job(variables: &str) -> Job {
        Job {
            variables: variables.into(),
            ..crate::testing::job(1)
        }
    }

    #[test]
    fn goes_from_json_to_json() {
        let output = run(&job(r#"{"amount": 21, "other": true}"#), double).expect("runs");
        assert_eq!(output.variables, r#"{"doubled":42}"#);
    }

    #[test]
    fn wrong_input_is_fatal_and_names_the_field() {
        let failure = run(&job("{}"), double).expect_err("fails");
        assert!(matches!(failure, Failure::Fatal(message) if message.contains("`amount`")));
    }

    #[test]
    fn a_business_error_keeps_its_code() {
        let failure = run(&job(r#"{"amount": 0}"#), double).expect_err("fails");
        assert!(matches!(failure, Failure::BusinessError(error) if error.code == "NOTHING"));
    }

    #[test]
    fn an_output_that_is_no_object_is_fatal() {
        let failure = run(&job("{}"), |_: serde_json::Value, _| Ok([1, 2])).expect_err("fails");
        assert!(matches!(failure, Failure::Fatal(message) if message.contains("[1,2]")));
    }

    #[test]
    fn nothing_is_an_empty_object() {
        let output = run(&job("{}"), |_: serde_json::Value, _| Ok(Nothing {})).expect("runs");
        assert_eq!(output.variables, "{}");
    }

    #[test]
    fn the_schemas_come_from_the_types() {
        let description = describe::<Input, Doubled>(["n", "1.0.0", "t"], None, None, &[]);
        let schema: serde_json::Value =
            serde_json::from_str(&description.input_schema).expect("JSON");
        assert_eq!(schema["required"], serde_json::json!(["amount"]));
        assert!(description.output_schema.contains("doubled"));
    }
}
