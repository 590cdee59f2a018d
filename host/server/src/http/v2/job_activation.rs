//! `/v2/jobs/activation`: jobs for workers outside, who may wait for some to come up. What
//! workers do with them is in `jobs.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::command::{ActivateJobs, ActivatedJob};
use gardesh_engine::entities::job::{Job, JobKind, JobState};
use gardesh_engine::limits::MAX_JOBS_PER_ACTIVATION;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::api::{Api, poll_until, wait_time};
use crate::http::caller::{Caller, Tenant};
use crate::http::catalog::{ProcessFacts, node};
use crate::http::extract::{Json, check_name};
use crate::http::problem::Problem;
use crate::http::wire::{Whole, raw_variables};
use crate::limits::{DEFAULT_JOBS_WAIT, MAX_FETCHED_NAMES};

/// What the names of headers begin with that the engine writes (as in Camunda).
const ENGINE_HEADER: &str = "io.camunda.zeebe:";

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
    tenant_id: Arc<str>,
    kind: &'static str,
    listener_event_type: &'static str,
    user_task: Option<UserTaskProperties>,
    tags: [&'static str; 0],
    priority: i32,
}

/// What the listener of a user task is told of the task: how it will be, if the listener agrees.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserTaskProperties {
    action: Option<Arc<str>>,
    assignee: Option<Arc<str>>,
    candidate_groups: Vec<String>,
    candidate_users: Vec<String>,
    changed_attributes: Vec<String>,
    due_date: Option<Arc<str>>,
    follow_up_date: Option<Arc<str>>,
    form_key: Option<Arc<str>>,
    priority: Option<u8>,
    user_task_key: Option<Arc<str>>,
}

impl UserTaskProperties {
    /// The engine writes them into the job's headers.
    fn of(job: &Job) -> Option<Self> {
        if job.kind != JobKind::TaskListener {
            return None;
        }
        let mut all = Self::default();
        for (name, text) in &job.headers {
            let text = Arc::clone(text);
            let names = || serde_json::from_str(&text).unwrap_or_default();
            match name.strip_prefix(ENGINE_HEADER).unwrap_or_default() {
                "action" => all.action = Some(text),
                "assignee" => all.assignee = Some(text),
                "candidateGroups" => all.candidate_groups = names(),
                "candidateUsers" => all.candidate_users = names(),
                "changedAttributes" => all.changed_attributes = names(),
                "dueDate" => all.due_date = Some(text),
                "followUpDate" => all.follow_up_date = Some(text),
                "formKey" => all.form_key = Some(text),
                "priority" => all.priority = text.parse().ok(),
                "userTaskKey" => all.user_task_key = Some(text),
                _ => {}
            }
        }
        Some(all)
    }
}

/// A request for jobs, checked.
#[derive(Clone, Debug)]
struct Activation {
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
        Ok(Activation {
            job_type: self.r#type,
            worker: self.worker.unwrap_or_default(),
            timeout_ms: positive("timeout", self.timeout)?,
            max_jobs: usize::try_from(max_jobs)
                .unwrap_or(usize::MAX)
                .min(MAX_JOBS_PER_ACTIVATION),
            fetch,
            wait: wait_time(self.request_timeout, DEFAULT_JOBS_WAIT)?,
        })
    }
}

impl Activation {
    fn command(&self) -> ActivateJobs {
        ActivateJobs {
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
    caller: Caller,
    Json(request): Json<ActivationRequest>,
) -> Result<JsonBody<ActivationResult>, Problem> {
    let tenants = request.tenant_ids.clone().unwrap_or_default();
    let caller = caller.in_one_tenant(&api, &tenants).await?;
    let activation = request.check()?;
    let mut found = activate_now(&api, &caller, &activation).await?;
    if let (None, Some(time)) = (&found, activation.wait) {
        let _place = api.place_to_wait()?;
        let signal = || {
            api.app
                .engine
                .wait_for_jobs(caller.tenant.id, &activation.job_type)
        };
        found = poll_until(time, api.app.stopping.begun(), signal, || {
            activate_now(&api, &caller, &activation)
        })
        .await?;
    }
    let mut jobs = Vec::new();
    for job in found.unwrap_or_default() {
        jobs.push(view(&api, &caller.tenant, job).await?);
    }
    Ok(JsonBody(ActivationResult { jobs }))
}

async fn activate_now(
    api: &Api,
    caller: &Caller,
    activation: &Activation,
) -> Result<Option<Vec<ActivatedJob>>, Problem> {
    let jobs = api.submit(caller, activation.command()).await?;
    Ok((!jobs.is_empty()).then_some(jobs))
}

async fn view(
    api: &Api,
    tenant: &Tenant,
    activated: ActivatedJob,
) -> Result<ActivatedJobView, Problem> {
    let process = api.process(tenant.id, activated.job.definition).await?;
    let definition = api.definition(tenant.id, activated.job.definition)?;
    let node = node(&definition, activated.job.element)?;
    activated_view(
        tenant,
        &activated,
        &process,
        Arc::clone(&node.id),
        activated.job.headers(node),
    )
}

fn activated_view(
    tenant: &Tenant,
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
        root_process_instance_key: activated.root.to_string(),
        element_id,
        element_instance_key: job.element_instance.to_string(),
        custom_headers,
        worker: job.worker.clone().unwrap_or_default(),
        retries: job.retries,
        deadline,
        variables: raw_variables(&activated.variables)?,
        tenant_id: Arc::clone(&tenant.name),
        kind: job.kind.name(),
        listener_event_type: job.listener_event_name(),
        user_task: UserTaskProperties::of(job),
        tags: [],
        priority: job.priority,
    })
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use gardesh_engine::entities::job::{Job as JobRow, JobKind};
    use gardesh_engine::key::{
        ElementInstanceKey, JobKey, ProcessDefinitionKey, ProcessInstanceKey,
    };
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
            (1_000, 5, Some(DEFAULT_JOBS_WAIT))
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

    fn job() -> JobRow {
        JobRow {
            key: JobKey(9),
            job_type: "pay".into(),
            kind: JobKind::BpmnElement,
            listener_event: None,
            headers: Vec::new(),
            instance: ProcessInstanceKey(5),
            definition: ProcessDefinitionKey(3),
            element: 2,
            element_instance: ElementInstanceKey(7),
            component: None,
            pinned: false,
            attempt: 1,
            priority: -7,
            place: 9,
            retries: 3,
            state: JobState::Activated { deadline_ms: 1_000 },
            worker: Some("w".into()),
            error: None,
            created_at_ms: 0,
            ready_at_ms: 0,
        }
    }

    #[test]
    fn an_activated_job_looks_as_in_camunda() {
        let activated = ActivatedJob {
            key: JobKey(9),
            root: ProcessInstanceKey(4),
            job: Arc::new(job()),
            variables: parse_document(r#"{"amount":10.25}"#).unwrap(),
        };
        let process = ProcessFacts {
            id: "claim".into(),
            version: 2,
        };
        let headers = BTreeMap::from([("priority".into(), "high".into())]);
        let view = activated_view(
            &Tenant::default_one(),
            &activated,
            &process,
            "Pay".into(),
            headers,
        )
        .unwrap();
        let json = serde_json::to_string(&view).unwrap();
        let expected = concat!(
            r#"{"jobKey":"9","type":"pay","processDefinitionId":"claim","processDefinitionVersion":2,"#,
            r#""processDefinitionKey":"3","processInstanceKey":"5","rootProcessInstanceKey":"4","elementId":"Pay","#,
            r#""elementInstanceKey":"7","customHeaders":{"priority":"high"},"worker":"w","retries":3,"deadline":1000,"#,
            r#""variables":{"amount":10.25},"tenantId":"<default>","kind":"BPMN_ELEMENT","#,
            r#""listenerEventType":"UNSPECIFIED","userTask":null,"tags":[],"priority":-7}"#,
        );
        assert_eq!(json, expected);
    }

    #[test]
    fn a_task_listener_is_told_of_the_task() {
        let header =
            |name: &str, text: &str| (format!("{ENGINE_HEADER}{name}").into(), text.into());
        let mut job = JobRow {
            kind: JobKind::TaskListener,
            headers: vec![
                header("assignee", "sara"),
                header("changedAttributes", r#"["assignee"]"#),
                header("priority", "80"),
                header("userTaskKey", "7"),
                ("action".into(), "one of the diagram's own".into()),
            ],
            ..job()
        };
        let properties = serde_json::to_value(UserTaskProperties::of(&job)).unwrap();
        let expected = serde_json::json!({
            "action": null, "assignee": "sara", "candidateGroups": [], "candidateUsers": [],
            "changedAttributes": ["assignee"], "dueDate": null, "followUpDate": null,
            "formKey": null, "priority": 80, "userTaskKey": "7",
        });
        assert_eq!(properties, expected);
        job.kind = JobKind::ExecutionListener;
        assert!(UserTaskProperties::of(&job).is_none());
    }
}
