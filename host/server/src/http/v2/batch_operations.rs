//! `/v2/batch-operations` and `/v2/batch-operation-items`: how far batch operations are, and
//! holding them up. How they are asked for is in `batches.rs`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::Request;
use gardesh_engine::command::{CancelBatch, ResumeBatch, SuspendBatch};
use gardesh_engine::key::BatchOperationKey;
use gardesh_query::{BatchOperation, BatchOperationItem};
use serde::Serialize;

use super::Nothing;
use crate::http::api::Api;
use crate::http::caller::{Caller, Tenant};
use crate::http::extract::{OptionalJson, PathKey};
use crate::http::problem::Problem;
use crate::http::shown::Shown;
use crate::http::wire::iso;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchOperationView {
    batch_operation_key: String,
    batch_operation_type: &'static str,
    state: &'static str,
    start_date: Option<String>,
    end_date: Option<String>,
    actor_type: Option<()>,
    actor_id: Option<()>,
    operations_total_count: u64,
    operations_failed_count: u64,
    operations_completed_count: u64,
    errors: Vec<ErrorView>,
    /// Ours: when it was asked for.
    creation_date: String,
}

/// What went wrong with the operation as a whole.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorView {
    partition_id: u32,
    r#type: &'static str,
    message: Arc<str>,
}

impl Shown for BatchOperationView {
    type Row = BatchOperation;
    const NAME: &'static str = "batch operation";

    fn of(row: BatchOperation, _: &Tenant) -> Self {
        let error = row.error_message.map(|message| ErrorView {
            partition_id: 1,
            r#type: "QUERY_FAILED",
            message,
        });
        Self {
            batch_operation_key: row.batch_operation_key.to_string(),
            batch_operation_type: row.operation_type.name(),
            state: row.state.name(),
            start_date: row.start_date_ms.map(iso),
            end_date: row.end_date_ms.map(iso),
            actor_type: None,
            actor_id: None,
            operations_total_count: row.operations_total_count,
            operations_failed_count: row.operations_failed_count,
            operations_completed_count: row.operations_completed_count,
            errors: error.into_iter().collect(),
            creation_date: iso(row.creation_date_ms),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchItemView {
    batch_operation_key: String,
    operation_type: &'static str,
    item_key: String,
    process_instance_key: String,
    root_process_instance_key: String,
    state: &'static str,
    processed_date: Option<String>,
    error_message: Option<Arc<str>>,
}

impl Shown for BatchItemView {
    type Row = BatchOperationItem;
    const NAME: &'static str = "batch operation item";

    fn of(row: BatchOperationItem, _: &Tenant) -> Self {
        Self {
            batch_operation_key: row.batch_operation_key.to_string(),
            operation_type: row.operation_type.name(),
            item_key: row.item_key.to_string(),
            process_instance_key: row.process_instance_key.to_string(),
            root_process_instance_key: row.root_process_instance_key.to_string(),
            state: row.state.name(),
            processed_date: row.processed_date_ms.map(iso),
            error_message: row.error_message,
        }
    }
}

/// `POST /v2/batch-operations/{key}/cancellation`: what was done stays done.
pub async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    PathKey(batch): PathKey<BatchOperationKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    let reason = None;
    change(&api, &caller, CancelBatch { batch, reason }).await
}

/// `POST /v2/batch-operations/{key}/suspension`.
pub async fn suspend(
    State(api): State<Api>,
    caller: Caller,
    PathKey(batch): PathKey<BatchOperationKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    change(&api, &caller, SuspendBatch { batch }).await
}

/// `POST /v2/batch-operations/{key}/resumption`.
pub async fn resume(
    State(api): State<Api>,
    caller: Caller,
    PathKey(batch): PathKey<BatchOperationKey>,
    OptionalJson(Nothing {}): OptionalJson<Nothing>,
) -> Result<StatusCode, Problem> {
    change(&api, &caller, ResumeBatch { batch }).await
}

async fn change(api: &Api, caller: &Caller, command: impl Request) -> Result<StatusCode, Problem> {
    api.submit(caller, command).await?;
    Ok(StatusCode::NO_CONTENT)
}
