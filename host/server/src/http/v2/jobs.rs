//! `/v2/jobs`: work for workers outside. What components do is never seen here, except in
//! a search.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::{Command, Retries};
use gardesh_engine::effect::{ActivatedJob, Reply};
use gardesh_engine::key::{JobKey, TenantId};
use gardesh_engine::limits::MAX_JOBS_PER_ACTIVATION;
use gardesh_engine::state::job::JobState;
use gardesh_query::{Job, Search};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::api::{self, Api, poll_until, wait_time};
use crate::http::catalog::{ProcessFacts, node};
use crate::http::extract::{Json, OptionalJson, PathKey, check_name};
use crate::http::problem::Problem;
use crate::http::search::Listing;
use crate::http::wire::{Whole, iso, raw_variables, variables};

/// How long a worker waits for jobs that says nothing of it (Camunda's default).
const LONG_POLL: Duration = Duration::from_secs(10);

/// Names in one `fetchVariable` list.
const MAX_FETCHED_NAMES: usize = 1_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationRequest {
    #[serde(default)]
    r#type: String,
    worker: Option<String>,
    #[serde(default)]
    timeout: Whole,
    #[serde(default)]
    max_jobs_to_activate: Whole,
    fetch_variable: Option<Vec<String>>,
    request_timeout: Option<Whole>,
    tenant_ids: Option<Vec<String>>,
}

#[derive(Serialize)]
pub struct ActivationResult {
    jobs: Vec<ActivatedJobView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ActivatedJobView {
    job_key: String,
    r#type: Arc<str>,
    process_definition_id: Arc<str>,
    process_definition_version: u32,
    process_definition_key: String,
    process_instance_key: String,
    root_process_instance_key: String,
    element_id: Arc<str>,
    element_instance_key: String,
    custom_headers: BTreeMap<Arc<str>, Arc<str>>,
    worker: Arc<str>,
    retries: u32,
    deadline: u64,
    variables: Box<RawValue>,
    tenant_id: String,
    kind: &'static str,
    listener_event_type: &'static str,
    user_task: Option<()>,
    tags: [&'static str; 0],
    priority: u32,
}

/// A request for jobs, checked.
#[derive(Clone, Debug)]
struct Activation {
    tenant: TenantId,
    job_type: String,
    worker: String,
    timeout_ms: u64,
    max_jobs: usize,
    fetch: Vec<String>,
    wait: Option<Duration>,
}

impl ActivationRequest {
    fn check(self) -> Result<Activation, Problem> {
        let positive = |field: &str, Whole(value): Whole| {
            u64::try_from(value)
                .ok()
                .filter(|value| *value > 0)
                .ok_or_else(|| {
                    Problem::invalid(format!(
                        "Expected '{field}' to be greater than 0, but got {value}."
                    ))
                })
        };
        check_name("job type", &self.r#type)?;
        let max_jobs = positive("maxJobsToActivate", self.max_jobs_to_activate)?;
        let fetch = self.fetch_variable.unwrap_or_default();
        if fetch.len() > MAX_FETCHED_NAMES {
            return Err(Problem::invalid(format!(
                "Expected at most {MAX_FETCHED_NAMES} names in 'fetchVariable', but got {}.",
                fetch.len()
            )));
        }
        let tenants = self.tenant_ids.unwrap_or_default();
        for name in &tenants {
            api::tenant(Some(name))?;
        }
        Ok(Activation {
            tenant: TenantId::DEFAULT,
            job_type: self.r#type,
            worker: self.worker.unwrap_or_default(),
            timeout_ms: positive("timeout", self.timeout)?,
            max_jobs: usize::try_from(max_jobs)
                .unwrap_or(usize::MAX)
                .min(MAX_JOBS_PER_ACTIVATION),
            fetch,
            wait: wait_time(self.request_timeout, LONG_POLL)?,
        })
    }
}

impl Activation {
    fn command(&self) -> Command {
        Command::ActivateJobs {
            job_type: self.job_type.clone(),
            worker: self.worker.clone(),
            timeout_ms: self.timeout_ms,
            max_jobs: self.max_jobs,
            fetch: self.fetch.clone(),
        }
    }
}

/// `POST /v2/jobs/activation`: jobs of a type, waiting for some to come up.
pub async fn activate(
    State(api): State<Api>,
    Json(request): Json<ActivationRequest>,
) -> Result<JsonBody<ActivationResult>, Problem> {
    let activation = request.check()?;
    let mut found = activate_now(&api, &activation).await?;
    if let (None, Some(time)) = (&found, activation.wait) {
        let _place = api.place_to_wait()?;
        let signal = || {
            api.app
                .engine
                .wait_for_jobs(activation.tenant, &activation.job_type)
        };
        found = poll_until(time, signal, || activate_now(&api, &activation)).await?;
    }
    let mut jobs = Vec::new();
    for job in found.unwrap_or_default() {
        jobs.push(view(&api, activation.tenant, job).await?);
    }
    Ok(JsonBody(ActivationResult { jobs }))
}

async fn activate_now(
    api: &Api,
    activation: &Activation,
) -> Result<Option<Vec<ActivatedJob>>, Problem> {
    match api
        .submit(activation.tenant, activation.command())
        .await?
        .reply
    {
        Reply::JobsActivated(jobs) => Ok((!jobs.is_empty()).then_some(jobs)),
        other => Err(Problem::internal(format!(
            "the engine answered an activation with {other:?}"
        ))),
    }
}

async fn view(
    api: &Api,
    tenant: TenantId,
    activated: ActivatedJob,
) -> Result<ActivatedJobView, Problem> {
    let process = api.process(tenant, activated.job.definition).await?;
    let definition = api.definition(tenant, activated.job.definition)?;
    let node = node(&definition, activated.job.element)?;
    activated_view(
        tenant,
        &activated,
        &process,
        Arc::clone(&node.id),
        node.headers.iter().cloned().collect(),
    )
}

fn activated_view(
    tenant: TenantId,
    activated: &ActivatedJob,
    process: &ProcessFacts,
    element_id: Arc<str>,
    custom_headers: BTreeMap<Arc<str>, Arc<str>>,
) -> Result<ActivatedJobView, Problem> {
    let job = &activated.job;
    let deadline = match job.state {
        JobState::Activated { deadline_ms } => deadline_ms,
        _ => 0,
    };
    Ok(ActivatedJobView {
        job_key: activated.key.to_string(),
        r#type: Arc::clone(&job.job_type),
        process_definition_id: Arc::clone(&process.id),
        process_definition_version: process.version,
        process_definition_key: job.definition.to_string(),
        process_instance_key: job.instance.to_string(),
        root_process_instance_key: job.instance.to_string(),
        element_id,
        element_instance_key: job.element_instance.to_string(),
        custom_headers,
        worker: job.worker.clone().unwrap_or_default(),
        retries: job.retries,
        deadline,
        variables: raw_variables(&activated.variables)?,
        tenant_id: tenant.name(),
        kind: "BPMN_ELEMENT",
        listener_event_type: "UNSPECIFIED",
        user_task: None,
        tags: [],
        priority: 0,
    })
}

#[derive(Default, Deserialize)]
pub struct CompletionRequest {
    // `result` corrects what a listener of a user task found; there are no such jobs.
    variables: Option<Box<RawValue>>,
}

/// `POST /v2/jobs/{key}/completion`.
pub async fn complete(
    State(api): State<Api>,
    PathKey(job): PathKey<JobKey>,
    OptionalJson(request): OptionalJson<CompletionRequest>,
) -> Result<StatusCode, Problem> {
    let variables = variables(request.variables.as_deref())?;
    api.submit(
        TenantId::DEFAULT,
        Command::CompleteJob {
            job,
            attempt: None,
            variables,
        },
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailRequest {
    retries: Option<Whole>,
    error_message: Option<String>,
    retry_back_off: Option<Whole>,
    variables: Option<Box<RawValue>>,
}

impl FailRequest {
    /// Without a number no retries are left, and without a pause there is none: both as
    /// in Camunda.
    fn command(self, job: JobKey) -> Result<Command, Problem> {
        let not_negative = |field: &str, value: Option<Whole>| {
            let Whole(value) = value.unwrap_or_default();
            u64::try_from(value).map_err(|_| {
                Problem::invalid(format!(
                    "Expected '{field}' to be 0 or more, but got {value}."
                ))
            })
        };
        let retries = not_negative("retries", self.retries)?;
        Ok(Command::FailJob {
            job,
            attempt: None,
            retries: Retries::Left(retries_left(retries)?),
            backoff_ms: Some(not_negative("retryBackOff", self.retry_back_off)?),
            message: self.error_message.unwrap_or_default(),
            variables: variables(self.variables.as_deref())?,
        })
    }
}

fn retries_left(retries: u64) -> Result<u32, Problem> {
    i32::try_from(retries).map(i32::unsigned_abs).map_err(|_| {
        Problem::invalid(format!(
            "Expected 'retries' to be at most {}, but got {retries}.",
            i32::MAX
        ))
    })
}

/// `POST /v2/jobs/{key}/failure`.
pub async fn fail(
    State(api): State<Api>,
    PathKey(job): PathKey<JobKey>,
    OptionalJson(request): OptionalJson<FailRequest>,
) -> Result<StatusCode, Problem> {
    api.submit(TenantId::DEFAULT, request.command(job)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorRequest {
    #[serde(default)]
    error_code: String,
    error_message: Option<String>,
    variables: Option<Box<RawValue>>,
}

/// `POST /v2/jobs/{key}/error`: a business error.
pub async fn throw_error(
    State(api): State<Api>,
    PathKey(job): PathKey<JobKey>,
    Json(request): Json<ErrorRequest>,
) -> Result<StatusCode, Problem> {
    if request.error_code.is_empty() {
        return Err(Problem::invalid(
            "Expected 'errorCode' to name an error of the process, but there is none.",
        ));
    }
    let command = Command::ThrowJobError {
        job,
        attempt: None,
        code: request.error_code,
        message: request.error_message.unwrap_or_default(),
        variables: variables(request.variables.as_deref())?,
    };
    api.submit(TenantId::DEFAULT, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub struct UpdateRequest {
    #[serde(default)]
    changeset: Changeset,
}

#[derive(Default, Deserialize)]
struct Changeset {
    retries: Option<Whole>,
    timeout: Option<Whole>,
}

impl Changeset {
    fn command(self, job: JobKey) -> Result<Command, Problem> {
        if self.retries.is_none() && self.timeout.is_none() {
            return Err(Problem::invalid(
                "Expected 'changeset' to have 'retries' or 'timeout', but it has neither.",
            ));
        }
        let positive = |field: &str, value: Option<Whole>| match value {
            Some(Whole(value)) if value <= 0 => Err(Problem::invalid(format!(
                "Expected '{field}' to be greater than 0, but got {value}."
            ))),
            value => Ok(value.map(|Whole(value)| value.unsigned_abs())),
        };
        let retries = positive("retries", self.retries)?
            .map(retries_left)
            .transpose()?;
        Ok(Command::UpdateJob {
            job,
            retries,
            timeout_ms: positive("timeout", self.timeout)?,
        })
    }
}

/// `PATCH /v2/jobs/{key}`.
pub async fn update(
    State(api): State<Api>,
    PathKey(job): PathKey<JobKey>,
    Json(request): Json<UpdateRequest>,
) -> Result<StatusCode, Problem> {
    api.submit(TenantId::DEFAULT, request.changeset.command(job)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    job_key: String,
    r#type: Arc<str>,
    state: &'static str,
    kind: &'static str,
    listener_event_type: &'static str,
    worker: Arc<str>,
    retries: u32,
    has_failed_with_retries_left: bool,
    deadline: Option<String>,
    error_code: Option<Arc<str>>,
    error_message: Option<Arc<str>>,
    is_denied: Option<bool>,
    denied_reason: Option<String>,
    custom_headers: BTreeMap<Arc<str>, Arc<str>>,
    element_id: Arc<str>,
    element_instance_key: String,
    process_instance_key: String,
    root_process_instance_key: String,
    process_definition_key: String,
    process_definition_id: Arc<str>,
    creation_time: String,
    last_update_time: String,
    end_time: Option<String>,
    tenant_id: String,
    priority: u32,
    /// Ours: the digest of the component that runs it.
    component: Option<Arc<str>>,
    /// Ours: the attempt that ended last, or the first one.
    attempt: u32,
}

/// `POST /v2/jobs/search`.
pub async fn search(
    State(api): State<Api>,
    OptionalJson(search): OptionalJson<Search<Job>>,
) -> Result<JsonBody<Listing<JobView>>, Problem> {
    let found = api.search(TenantId::DEFAULT, search, |row| row).await?;
    let mut items = Vec::with_capacity(found.items.len());
    for row in found.items {
        let definition = api.definition(TenantId::DEFAULT, row.process_definition_key)?;
        let node = definition
            .nodes
            .iter()
            .find(|node| node.id == row.element_id);
        items.push(job_view(
            row,
            node.map(|node| node.headers.iter().cloned().collect())
                .unwrap_or_default(),
        ));
    }
    Ok(JsonBody(Listing {
        items,
        page: found.page,
    }))
}

fn job_view(row: Job, custom_headers: BTreeMap<Arc<str>, Arc<str>>) -> JobView {
    JobView {
        job_key: row.job_key.to_string(),
        r#type: row.job_type,
        state: row.state.name(),
        kind: "BPMN_ELEMENT",
        listener_event_type: "UNSPECIFIED",
        worker: row.worker.unwrap_or_default(),
        retries: row.retries,
        has_failed_with_retries_left: row.has_failed_with_retries_left,
        deadline: row.deadline_ms.map(iso),
        error_code: row.error_code,
        error_message: row.error_message,
        is_denied: None,
        denied_reason: None,
        custom_headers,
        element_id: row.element_id,
        element_instance_key: row.element_instance_key.to_string(),
        process_instance_key: row.process_instance_key.to_string(),
        root_process_instance_key: row.process_instance_key.to_string(),
        process_definition_key: row.process_definition_key.to_string(),
        process_definition_id: row.process_definition_id,
        creation_time: iso(row.creation_time_ms),
        last_update_time: iso(row.last_update_time_ms),
        end_time: row.end_time_ms.map(iso),
        tenant_id: TenantId::DEFAULT.name(),
        priority: 0,
        component: row.component,
        attempt: row.attempt,
    }
}

#[cfg(test)]
mod tests {
    use gardesh_engine::key::{DefinitionKey, ElementInstanceKey, InstanceKey};
    use gardesh_engine::state::job::Job as JobRow;
    use gardesh_engine::variables::parse_document;

    use super::*;
    use crate::http::extract::parse;

    #[test]
    fn activations_are_checked_as_in_camunda() {
        let check = |json: &str| parse::<ActivationRequest>(json.as_bytes())?.check();
        let plain =
            check(r#"{"type":"a","timeout":"1000","maxJobsToActivate":5,"requestTimeout":"0"}"#)
                .unwrap();
        assert_eq!(
            (plain.timeout_ms, plain.max_jobs, plain.wait),
            (1_000, 5, Some(LONG_POLL))
        );
        let all = check(
            r#"{"type":"a","timeout":1,"maxJobsToActivate":1000000,"worker":"w","requestTimeout":-1,
                "fetchVariable":["x"],"tenantIds":["<default>"],"tenantFilter":"PROVIDED"}"#,
        )
        .unwrap();
        assert_eq!(
            (all.max_jobs, all.wait, all.fetch.len()),
            (MAX_JOBS_PER_ACTIVATION, None, 1)
        );
        for (json, part) in [
            ("{}", "job type"),
            (
                r#"{"type":" ","timeout":1,"maxJobsToActivate":1}"#,
                "job type",
            ),
            (r#"{"type":"a","maxJobsToActivate":1}"#, "'timeout'"),
            (r#"{"type":"a","timeout":1}"#, "'maxJobsToActivate'"),
            (r#"{"type":"a","timeout":-5,"maxJobsToActivate":1}"#, "-5"),
            (
                r#"{"type":"a","timeout":1,"maxJobsToActivate":1,"tenantIds":["acme"]}"#,
                "acme",
            ),
            (
                r#"{"type":"a","timeout":1,"maxJobsToActivate":1,"requestTimeout":9999999999}"#,
                "requestTimeout",
            ),
        ] {
            let problem = check(json).unwrap_err();
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
            assert!(
                problem.detail().contains(part),
                "{json}: {}",
                problem.detail()
            );
        }
    }

    #[test]
    fn a_failure_without_a_number_leaves_no_retries() {
        let command = |json: &str| parse::<FailRequest>(json.as_bytes())?.command(JobKey(1));
        let Ok(Command::FailJob {
            retries: Retries::Left(0),
            backoff_ms: Some(0),
            ..
        }) = command("{}")
        else {
            panic!("the defaults of Camunda");
        };
        let json = r#"{"retries":2,"errorMessage":"no","retryBackOff":500,"variables":{"a":1}}"#;
        let Ok(Command::FailJob {
            retries: Retries::Left(2),
            backoff_ms: Some(500),
            message,
            variables,
            ..
        }) = command(json)
        else {
            panic!("{json}");
        };
        assert_eq!((message.as_str(), variables.len()), ("no", 1));
        for json in [
            r#"{"retries":-1}"#,
            r#"{"retries":4294967295}"#,
            r#"{"retryBackOff":-1}"#,
            r#"{"retries":"x"}"#,
        ] {
            assert_eq!(
                command(json).unwrap_err().status(),
                StatusCode::BAD_REQUEST,
                "{json}"
            );
        }
    }

    #[test]
    fn a_changeset_changes_something() {
        let command = |json: &str| {
            parse::<UpdateRequest>(json.as_bytes())?
                .changeset
                .command(JobKey(1))
        };
        let Ok(Command::UpdateJob {
            retries: Some(3),
            timeout_ms: None,
            ..
        }) = command(r#"{"changeset":{"retries":3}}"#)
        else {
            panic!("retries alone");
        };
        for json in [
            "{}",
            r#"{"changeset":{}}"#,
            r#"{"changeset":{"retries":0}}"#,
            r#"{"changeset":{"timeout":-1}}"#,
        ] {
            assert_eq!(
                command(json).unwrap_err().status(),
                StatusCode::BAD_REQUEST,
                "{json}"
            );
        }
    }

    #[test]
    fn an_activated_job_looks_as_in_camunda() {
        let job = JobRow {
            key: JobKey(9),
            job_type: "pay".into(),
            instance: InstanceKey(5),
            definition: DefinitionKey(3),
            element: 2,
            element_instance: ElementInstanceKey(7),
            component: None,
            attempt: 1,
            retries: 3,
            state: JobState::Activated { deadline_ms: 1_000 },
            worker: Some("w".into()),
            error: None,
            created_at_ms: 0,
            ready_at_ms: 0,
        };
        let activated = ActivatedJob {
            key: JobKey(9),
            job: Arc::new(job),
            variables: parse_document(r#"{"amount":10.25}"#).unwrap(),
        };
        let process = ProcessFacts {
            id: "claim".into(),
            version: 2,
        };
        let headers = BTreeMap::from([("priority".into(), "high".into())]);
        let view = activated_view(
            TenantId::DEFAULT,
            &activated,
            &process,
            "Pay".into(),
            headers,
        )
        .unwrap();
        let json = serde_json::to_string(&view).unwrap();
        let expected = concat!(
            r#"{"jobKey":"9","type":"pay","processDefinitionId":"claim","processDefinitionVersion":2,"#,
            r#""processDefinitionKey":"3","processInstanceKey":"5","rootProcessInstanceKey":"5","elementId":"Pay","#,
            r#""elementInstanceKey":"7","customHeaders":{"priority":"high"},"worker":"w","retries":3,"deadline":1000,"#,
            r#""variables":{"amount":10.25},"tenantId":"<default>","kind":"BPMN_ELEMENT","#,
            r#""listenerEventType":"UNSPECIFIED","userTask":null,"tags":[],"priority":0}"#,
        );
        assert_eq!(json, expected);
    }
}
