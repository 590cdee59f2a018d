//! Which process instances, or jobs, a batch operation is for: options that become the filter
//! of a search.

use clap::Args;
use serde_json::{Map, Value, json};

use super::super::key;
use crate::failure::Failure;
use crate::input::{json_object, json_pair};

/// Options that say which process instances are meant. All that are given must hold.
#[derive(Debug, Default, Args)]
pub struct Cases {
    /// Of this process
    #[arg(long, value_name = "PROCESS_ID", help_heading = "Filter")]
    process: Option<String>,
    /// Of this version of the process
    #[arg(long, value_name = "N", help_heading = "Filter")]
    version: Option<u32>,
    /// With this key; may be given several times
    #[arg(long, value_name = "KEY", value_parser = key, help_heading = "Filter")]
    instance: Vec<u64>,
    /// With this number in the company's own books; * stands for any text
    #[arg(long, value_name = "TEXT", help_heading = "Filter")]
    business_key: Option<String>,
    /// With an open incident
    #[arg(long, help_heading = "Filter")]
    with_incident: bool,
    /// With an open incident that says so; * stands for any text
    #[arg(long, value_name = "TEXT", help_heading = "Filter")]
    error: Option<String>,
    /// Started at this time or later, such as 2026-11-21T10:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Filter")]
    started_from: Option<String>,
    /// Started before this time
    #[arg(long, value_name = "TIME", help_heading = "Filter")]
    started_before: Option<String>,
    /// With a variable of this value, as JSON; may be given several times
    #[arg(long, value_name = "NAME=JSON", value_parser = variable, help_heading = "Filter")]
    variable: Vec<(String, String)>,
    /// A filter of the REST API's search: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", help_heading = "Filter")]
    filter: Option<String>,
    /// All that there are
    #[arg(long, help_heading = "Filter")]
    all: bool,
}

/// Options that say which jobs are meant.
#[derive(Debug, Default, Args)]
pub struct Jobs {
    /// Of this type
    #[arg(long = "type", value_name = "TYPE", help_heading = "Filter")]
    job_type: Option<String>,
    /// Of this process
    #[arg(long, value_name = "PROCESS_ID", help_heading = "Filter")]
    process: Option<String>,
    /// Of this process instance; may be given several times
    #[arg(long, value_name = "KEY", value_parser = key, help_heading = "Filter")]
    instance: Vec<u64>,
    /// That this worker has or had last
    #[arg(long, value_name = "NAME", help_heading = "Filter")]
    worker: Option<String>,
    /// That failed and are not tried again
    #[arg(long, help_heading = "Filter")]
    failed: bool,
    /// Whose last failure says so; * stands for any text
    #[arg(long, value_name = "TEXT", help_heading = "Filter")]
    error: Option<String>,
    /// A filter of the REST API's search: a JSON object, @FILE, or - for standard input
    #[arg(long, value_name = "JSON", help_heading = "Filter")]
    filter: Option<String>,
    /// All that there are
    #[arg(long, help_heading = "Filter")]
    all: bool,
}

fn variable(argument: &str) -> Result<(String, String), String> {
    json_pair(argument).map(|(name, json)| (name, json.get().to_owned()))
}

/// A filter that is being put together.
struct Builder(Map<String, Value>);

impl Builder {
    fn from(given: Option<&str>) -> Result<Self, Failure> {
        let Some(given) = given else {
            return Ok(Self(Map::new()));
        };
        let json = json_object(given)?;
        let read = serde_json::from_str(json.get());
        read.map(Self)
            .map_err(|error| Failure::Usage(format!("Expected a JSON object, but {error}")))
    }

    fn put(&mut self, field: &str, value: Option<Value>) -> Result<(), Failure> {
        let Some(value) = value else { return Ok(()) };
        if self.0.insert(field.to_owned(), value).is_some() {
            return Err(Failure::Usage(format!(
                "Expected '{field}' in --filter or as an option, but got both"
            )));
        }
        Ok(())
    }

    fn finish(mut self, all: bool, field: &str) -> Result<Value, Failure> {
        match (all, self.0.is_empty()) {
            (true, true) => self.put(field, Some(json!({"$exists": true})))?,
            (true, false) => {
                return Err(Failure::Usage(
                    "Expected either --all or a filter, but got both".to_owned(),
                ));
            }
            (false, true) => {
                return Err(Failure::Usage(
                    "Expected a filter that says what is meant, but there is none. Give one of the options, or --all"
                        .to_owned(),
                ));
            }
            (false, false) => {}
        }
        Ok(Value::Object(self.0))
    }
}

fn keys(keys: &[u64]) -> Option<Value> {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    (!keys.is_empty()).then(|| json!({"$in": keys}))
}

/// A text to compare with, in which `*` stands for any other.
fn pattern(text: Option<&String>) -> Option<Value> {
    text.map(|text| match text.contains('*') {
        true => json!({"$like": text}),
        false => json!(text),
    })
}

fn times(from: Option<&String>, before: Option<&String>) -> Option<Value> {
    let mut range = Map::new();
    for (operator, time) in [("$gte", from), ("$lt", before)] {
        if let Some(time) = time {
            range.insert(operator.to_owned(), json!(time));
        }
    }
    (!range.is_empty()).then_some(Value::Object(range))
}

impl Cases {
    /// The filter that they come to.
    pub fn read(&self) -> Result<Value, Failure> {
        let mut filter = Builder::from(self.filter.as_deref())?;
        filter.put(
            "processDefinitionId",
            self.process.as_ref().map(|id| json!(id)),
        )?;
        filter.put("processDefinitionVersion", self.version.map(|n| json!(n)))?;
        filter.put("processInstanceKey", keys(&self.instance))?;
        filter.put("businessId", pattern(self.business_key.as_ref()))?;
        filter.put("hasIncident", self.with_incident.then_some(json!(true)))?;
        filter.put("errorMessage", pattern(self.error.as_ref()))?;
        let started = times(self.started_from.as_ref(), self.started_before.as_ref());
        filter.put("startDate", started)?;
        let variables = self
            .variable
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}));
        let variables: Vec<Value> = variables.collect();
        filter.put(
            "variables",
            (!variables.is_empty()).then_some(Value::Array(variables)),
        )?;
        filter.finish(self.all, "processInstanceKey")
    }
}

impl Jobs {
    /// The filter that they come to.
    pub fn read(&self) -> Result<Value, Failure> {
        let mut filter = Builder::from(self.filter.as_deref())?;
        filter.put("type", self.job_type.as_ref().map(|name| json!(name)))?;
        filter.put(
            "processDefinitionId",
            self.process.as_ref().map(|id| json!(id)),
        )?;
        filter.put("processInstanceKey", keys(&self.instance))?;
        filter.put("worker", self.worker.as_ref().map(|name| json!(name)))?;
        filter.put("state", self.failed.then_some(json!("FAILED")))?;
        filter.put(
            "hasFailedWithRetriesLeft",
            self.failed.then_some(json!(false)),
        )?;
        filter.put("errorMessage", pattern(self.error.as_ref()))?;
        filter.finish(self.all, "jobKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_a_filter() {
        let cases = Cases {
            process: Some("claim".into()),
            business_key: Some("K-*".into()),
            instance: vec![7, 8],
            started_before: Some("2026-11-21T10:00:00Z".into()),
            variable: vec![("amount".into(), "1.10".into())],
            filter: Some(r#"{"hasIncident":true}"#.into()),
            ..Cases::default()
        };
        let expected = json!({
            "hasIncident": true,
            "processDefinitionId": "claim",
            "processInstanceKey": {"$in": ["7", "8"]},
            "businessId": {"$like": "K-*"},
            "startDate": {"$lt": "2026-11-21T10:00:00Z"},
            "variables": [{"name": "amount", "value": "1.10"}],
        });
        assert_eq!(cases.read().unwrap(), expected);
        let jobs = Jobs {
            job_type: Some("pay".into()),
            failed: true,
            ..Jobs::default()
        };
        let expected = json!({"type": "pay", "state": "FAILED", "hasFailedWithRetriesLeft": false});
        assert_eq!(jobs.read().unwrap(), expected);
    }

    #[test]
    fn nothing_is_meant_by_mistake() {
        assert_eq!(Cases::default().read().unwrap_err().exit_code(), 2);
        assert_eq!(Jobs::default().read().unwrap_err().exit_code(), 2);
        let all = Cases {
            all: true,
            ..Cases::default()
        };
        let expected = json!({"processInstanceKey": {"$exists": true}});
        assert_eq!(all.read().unwrap(), expected);
        for (filter, all) in [
            (r#"{"processDefinitionId":"a"}"#, true),
            (r#"{"hasIncident":false}"#, false),
            ("[]", false),
        ] {
            let mixed = Cases {
                all,
                with_incident: true,
                filter: Some(filter.into()),
                ..Cases::default()
            };
            assert_eq!(mixed.read().unwrap_err().exit_code(), 2, "{filter}");
        }
    }
}
