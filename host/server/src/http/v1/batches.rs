//! Batch operations that Camunda's API does not have: suspending and resuming cases, setting
//! their variables, and giving jobs retries or their workers time, each for all that meet a
//! filter. They are watched and held up like the others, at `/v2/batch-operations`.

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::entities::batch_operation::BatchOperation;
use gardesh_query::{
    Condition, Filter as _, Job, JobFilter, Operator, ProcessInstance, ProcessInstanceFilter,
    ProcessInstanceState,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::api::Api;
use crate::http::batches::{BatchView, cases, create, too_broad};
use crate::http::caller::Caller;
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
    filter.suspended = Some(also(filter.suspended.take(), Operator::Eq(suspended)));
    Ok(filter)
}

/// `POST /v1/process-instances/suspension`.
pub async fn suspend(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<FilterRequest>,
) -> Created {
    let filter = suspended(request.filter, false)?;
    create::<ProcessInstance>(
        &api,
        &caller,
        BatchOperation::Suspend,
        filter,
        request.dry_run,
    )
    .await
}

/// `POST /v1/process-instances/resumption`.
pub async fn resume(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<FilterRequest>,
) -> Created {
    let filter = suspended(request.filter, true)?;
    create::<ProcessInstance>(
        &api,
        &caller,
        BatchOperation::Resume,
        filter,
        request.dry_run,
    )
    .await
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
    caller: Caller,
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
        &caller,
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
}

/// Only jobs that are not over.
fn open_jobs(filter: Option<JobFilter>) -> Result<JobFilter, Problem> {
    let mut filter = filter.ok_or_else(|| {
        Problem::invalid("Expected 'filter' to say which jobs are meant, but there is none.")
    })?;
    let named = filter.state.take();
    if !filter.narrows() {
        return Err(too_broad("jobs", "jobKey"));
    }
    // Not by the state: a job that threw an error is over only where something catches this.
    filter.state = named;
    filter.end_time = Some(also(filter.end_time.take(), Operator::Exists(false)));
    Ok(filter)
}

/// Only jobs that a worker has: the others have no deadline.
fn activated_jobs(filter: Option<JobFilter>) -> Result<JobFilter, Problem> {
    let mut filter = open_jobs(filter)?;
    filter.deadline = Some(also(filter.deadline.take(), Operator::Exists(true)));
    Ok(filter)
}

/// What a filter says, if it does, and one thing more.
fn also<T>(condition: Option<Condition<T>>, more: Operator<T>) -> Condition<T> {
    condition
        .unwrap_or_else(|| Condition::all(Vec::new()))
        .and(more)
}

/// `POST /v1/jobs/retries`.
pub async fn set_retries(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<RetriesRequest>,
) -> Created {
    let operation = BatchOperation::SetRetries(request.retries()?);
    let filter = open_jobs(request.filter)?;
    create::<Job>(&api, &caller, operation, filter, request.dry_run).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeoutRequest {
    filter: Option<JobFilter>,
    dry_run: Option<bool>,
    /// Milliseconds from when it is done.
    timeout: Whole,
}

impl TimeoutRequest {
    fn timeout_ms(&self) -> Result<u64, Problem> {
        let Whole(timeout) = self.timeout;
        let timeout = u64::try_from(timeout).ok().filter(|timeout| *timeout > 0);
        timeout.ok_or_else(|| {
            Problem::invalid(format!(
                "Expected 'timeout' to be milliseconds, 1 or more, but got {}.",
                self.timeout.0
            ))
        })
    }
}

/// `POST /v1/jobs/timeout`: how long the workers of jobs have from now on.
pub async fn set_timeout(
    State(api): State<Api>,
    caller: Caller,
    Json(request): Json<TimeoutRequest>,
) -> Created {
    let operation = BatchOperation::SetTimeout(request.timeout_ms()?);
    let filter = activated_jobs(request.filter)?;
    create::<Job>(&api, &caller, operation, filter, request.dry_run).await
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
        let filter = open_jobs(request.filter).unwrap();
        assert!(format!("{:?}", filter.end_time).contains("Exists(false)"));
        for json in [
            r#"{"retries":1}"#,
            r#"{"filter":{},"retries":1}"#,
            r#"{"filter":{"state":"FAILED"},"retries":1}"#,
        ] {
            let filter = read(json).unwrap().filter;
            assert!(open_jobs(filter).is_err(), "{json}");
        }
        for retries in ["0", "-1", "4294967296"] {
            let json = format!(r#"{{"filter":{{"type":"pay"}},"retries":{retries}}}"#);
            assert!(read(&json).and_then(|request| request.retries()).is_err());
        }
        assert!(read(r#"{"filter":{"type":"pay"}}"#).is_err());
    }

    #[test]
    fn timeouts_are_for_jobs_that_a_worker_has() {
        let read = |json: &str| parse::<TimeoutRequest>(json.as_bytes()).unwrap();
        let request = read(r#"{"filter":{"worker":"w"},"timeout":"60000"}"#);
        assert_eq!(request.timeout_ms().unwrap(), 60_000);
        let filter = activated_jobs(request.filter).unwrap();
        let expected = Condition::all(vec![Operator::Exists(true)]);
        assert_eq!(filter.deadline, Some(expected));
        assert!(read(r#"{"timeout":0}"#).timeout_ms().is_err());
        assert!(activated_jobs(read(r#"{"filter":{},"timeout":1}"#).filter).is_err());
    }
}
