//! Batch operations that Camunda's API does not have: suspending and resuming cases, setting
//! their variables, and giving jobs retries, each for all that meet a filter. They are watched
//! and held up like the others, at `/v2/batch-operations`.

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::state::batch::BatchOperation;
use gardesh_query::{
    Condition, Filter as _, Job, JobFilter, JobState, Operator, ProcessInstance,
    ProcessInstanceFilter, ProcessInstanceState,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::api::Api;
use crate::http::batches::{BatchView, cases, create, too_broad};
use crate::http::extract::Json;
use crate::http::problem::Problem;
use crate::http::wire::{Whole, variables};

type Created = Result<JsonBody<BatchView>, Problem>;

/// Which cases.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterRequest {
    filter: Option<ProcessInstanceFilter>,
    /// Only counts.
    dry_run: Option<bool>,
}

fn running(filter: Option<ProcessInstanceFilter>) -> Result<ProcessInstanceFilter, Problem> {
    cases(filter, &[ProcessInstanceState::Active])
}

/// Running cases that are suspended, or those that are not.
fn suspended(
    filter: Option<ProcessInstanceFilter>,
    suspended: bool,
) -> Result<ProcessInstanceFilter, Problem> {
    let mut filter = running(filter)?;
    let named = filter.suspended.take();
    let condition = named.unwrap_or_else(|| Condition::all(Vec::new()));
    filter.suspended = Some(condition.and(Operator::Eq(suspended)));
    Ok(filter)
}

/// `POST /v1/process-instances/suspension`.
pub async fn suspend(State(api): State<Api>, Json(request): Json<FilterRequest>) -> Created {
    let filter = suspended(request.filter, false)?;
    create::<ProcessInstance>(&api, BatchOperation::Suspend, filter, request.dry_run).await
}

/// `POST /v1/process-instances/resumption`.
pub async fn resume(State(api): State<Api>, Json(request): Json<FilterRequest>) -> Created {
    let filter = suspended(request.filter, true)?;
    create::<ProcessInstance>(&api, BatchOperation::Resume, filter, request.dry_run).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VariablesRequest {
    filter: Option<ProcessInstanceFilter>,
    /// Only counts.
    dry_run: Option<bool>,
    variables: Option<Box<RawValue>>,
}

/// `POST /v1/process-instances/variables`: variables of the cases themselves.
pub async fn set_variables(
    State(api): State<Api>,
    Json(request): Json<VariablesRequest>,
) -> Created {
    let values = variables(request.variables.as_deref())?;
    if values.is_empty() {
        return Err(Problem::invalid(
            "Expected 'variables' to be a JSON object with what to set, but there is nothing.",
        ));
    }
    let filter = running(request.filter)?;
    create::<ProcessInstance>(
        &api,
        BatchOperation::SetVariables(values),
        filter,
        request.dry_run,
    )
    .await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetriesRequest {
    filter: Option<JobFilter>,
    dry_run: Option<bool>,
    retries: Whole,
}

impl RetriesRequest {
    fn retries(&self) -> Result<u32, Problem> {
        let Whole(retries) = self.retries;
        let retries = i32::try_from(retries).ok().filter(|retries| *retries > 0);
        retries.map(i32::unsigned_abs).ok_or_else(|| {
            Problem::invalid(format!(
                "Expected 'retries' to be from 1 to {}, but got {}.",
                i32::MAX,
                self.retries.0
            ))
        })
    }

    /// Only of jobs that are not over.
    fn jobs(self) -> Result<JobFilter, Problem> {
        let mut filter = self.filter.ok_or_else(|| {
            Problem::invalid("Expected 'filter' to say which jobs are meant, but there is none.")
        })?;
        let named = filter.state.take();
        if !filter.narrows() {
            return Err(too_broad("jobs", "jobKey"));
        }
        let over = vec![
            JobState::Completed,
            JobState::ErrorThrown,
            JobState::Canceled,
        ];
        let state = named.unwrap_or_else(|| Condition::all(Vec::new()));
        filter.state = Some(state.and(Operator::NotIn(over)));
        Ok(filter)
    }
}

/// `POST /v1/jobs/retries`.
pub async fn set_retries(State(api): State<Api>, Json(request): Json<RetriesRequest>) -> Created {
    let operation = BatchOperation::SetRetries(request.retries()?);
    let dry_run = request.dry_run;
    create::<Job>(&api, operation, request.jobs()?, dry_run).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn only_what_can_change_is_meant() {
        let filter = |json: &str| Some(serde_json::from_str(json).unwrap());
        let found = suspended(filter(r#"{"businessId":"a"}"#), true).unwrap();
        let expected = Condition::all(vec![Operator::Eq(true)]);
        assert_eq!(found.suspended, Some(expected));
        assert!(suspended(filter("{}"), true).is_err());
    }

    #[test]
    fn retries_are_for_jobs_that_are_not_over() {
        let read = |json: &str| parse::<RetriesRequest>(json.as_bytes());
        let request = read(r#"{"filter":{"type":"pay","state":"FAILED"},"retries":"3"}"#).unwrap();
        assert_eq!(request.retries().unwrap(), 3);
        let filter = request.jobs().unwrap();
        assert!(format!("{:?}", filter.state).contains("NotIn"));
        for json in [
            r#"{"retries":1}"#,
            r#"{"filter":{},"retries":1}"#,
            r#"{"filter":{"state":"FAILED"},"retries":1}"#,
        ] {
            assert!(read(json).and_then(RetriesRequest::jobs).is_err(), "{json}");
        }
        for retries in ["0", "-1", "4294967296"] {
            let json = format!(r#"{{"filter":{{"type":"pay"}},"retries":{retries}}}"#);
            assert!(read(&json).and_then(|request| request.retries()).is_err());
        }
        assert!(read(r#"{"filter":{"type":"pay"}}"#).is_err());
    }
}
