//! `/v1/process-instances/{key}/unserved-jobs`: jobs that have waited for a while although
//! nobody has ever served their type. Mostly the type is misspelt, or nobody started the worker.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use gardesh_engine::entities::job::Job;
use gardesh_engine::key::{ProcessInstanceKey, TenantId};
use gardesh_query::ProcessInstance;
use serde::Serialize;

use crate::driver::now_ms;
use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::catalog::node;
use crate::http::extract::PathKey;
use crate::http::problem::Problem;
use crate::http::search::Listing;
use crate::http::wire::iso;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnservedJobView {
    job_key: String,
    r#type: Arc<str>,
    element_id: Arc<str>,
    element_instance_key: String,
    process_definition_key: String,
    waits_since: String,
}

/// `GET /v1/process-instances/{key}/unserved-jobs`.
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
) -> Result<Json<Listing<UnservedJobView>>, Problem> {
    let tenant = caller.tenant.id;
    api.find::<ProcessInstance>(tenant, instance)
        .await?
        .ok_or_else(|| Problem::not_found("process instance", instance))?;
    let now_ms = now_ms();
    let jobs = api
        .state(move |state| state.unserved_jobs(tenant, instance, now_ms))
        .await?;
    let items = jobs.iter().map(|job| view(&api, tenant, job));
    Ok(Json(Listing::whole(items.collect::<Result<_, _>>()?)))
}

fn view(api: &Api, tenant: TenantId, job: &Job) -> Result<UnservedJobView, Problem> {
    let definition = api.definition(tenant, job.definition)?;
    Ok(UnservedJobView {
        job_key: job.key.to_string(),
        r#type: Arc::clone(&job.job_type),
        element_id: Arc::clone(&node(&definition, job.element)?.id),
        element_instance_key: job.element_instance.to_string(),
        process_definition_key: job.definition.to_string(),
        waits_since: iso(job.created_at_ms),
    })
}
