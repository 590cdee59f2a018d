//! Batch operations on everything that meets a filter. What the read model finds is handed to
//! the engine in parts, which does nothing to any item before it has the last of them. So a
//! filter may match a million cases: the request is answered with the first part, and the
//! others follow in the background. If they cannot, the batch operation is ended with a
//! reason; if the server stops meanwhile, the engine's clock does that after the next start.

use std::sync::Arc;

use axum::Json;
use gardesh_engine::Request;
use gardesh_engine::command::{AppendBatchItems, CancelBatch, CreateBatch};
use gardesh_engine::entities::batch_operation::{BatchItem, BatchOperation};
use gardesh_engine::key::BatchOperationKey;
use gardesh_engine::limits::{MAX_BATCH_ITEMS, MAX_BATCH_ITEMS_AT_ONCE};
use gardesh_engine::rejection::{Rejection, RejectionKind};
use gardesh_query::{
    Condition, Filter, Operator, ProcessInstanceFilter, ProcessInstanceState, Selectable,
};
use serde::Serialize;

use super::api::Api;
use super::caller::Caller;
use super::problem::{Code, Problem};
use crate::driver::SubmitError;
use crate::limits::{BATCH_RETRY_PAUSE, MAX_BATCH_TRIES};

/// What a request for a batch operation is answered with.
#[derive(Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum BatchView {
    /// It was created.
    Created {
        batch_operation_key: String,
        batch_operation_type: &'static str,
    },
    /// Ours: it was only counted what it would be done to.
    Counted {
        batch_operation_type: &'static str,
        operations_total_count: u64,
    },
}

/// Does something to everything that meets a filter, or only counts it.
pub async fn create<R>(
    api: &Api,
    caller: &Caller,
    operation: BatchOperation,
    filter: R::Filter,
    dry_run: Option<bool>,
) -> Result<Json<BatchView>, Problem>
where
    R: Selectable<Filter: Send + Sync> + 'static,
{
    let selection = Selection::<R> {
        api: api.clone(),
        caller: caller.clone(),
        filter: Arc::new(filter),
    };
    let batch_operation_type = operation.name();
    let operations_total_count = selection.count().await?;
    if dry_run == Some(true) {
        return Ok(Json(BatchView::Counted {
            batch_operation_type,
            operations_total_count,
        }));
    }
    let part = selection.part(u64::MAX).await?;
    let (more, below) = (part.more, part.below());
    let command = CreateBatch {
        operation: Box::new(operation),
        items: part.items,
        more,
    };
    let key = api.submit(&selection.caller, command).await?;
    if more {
        // Not part of the request, so that it goes on when the client does not wait.
        tokio::spawn(selection.collect(key, below));
    }
    Ok(Json(BatchView::Created {
        batch_operation_key: key.to_string(),
        batch_operation_type,
    }))
}

/// Everything that meets a filter.
struct Selection<R: Selectable> {
    api: Api,
    caller: Caller,
    filter: Arc<R::Filter>,
}

/// Some of it, in descending order of keys.
struct Part {
    items: Vec<BatchItem>,
    /// Whether there may be others.
    more: bool,
}

impl Part {
    /// The others have lesser keys.
    fn below(&self) -> u64 {
        self.items.last().map_or(0, |item| item.key)
    }
}

impl<R> Selection<R>
where
    R: Selectable<Filter: Send + Sync> + 'static,
{
    /// Refuses what is too much before anything is created.
    async fn count(&self) -> Result<u64, Problem> {
        let (tenant, filter) = (self.caller.tenant.id, Arc::clone(&self.filter));
        let counting = move |query: &gardesh_query::ReadModel| query.count::<R>(tenant, &filter);
        let (count, more) = self.api.read_all(counting).await?;
        if count <= MAX_BATCH_ITEMS && !more {
            return Ok(count);
        }
        let message = format!(
            "Expected a filter that at most {MAX_BATCH_ITEMS} items meet, but there are more. Make several batch operations of it."
        );
        Err(Rejection::new(RejectionKind::LimitExceeded, message).into())
    }

    async fn part(&self, below: u64) -> Result<Part, Problem> {
        let (tenant, filter) = (self.caller.tenant.id, Arc::clone(&self.filter));
        let limit = u32::try_from(MAX_BATCH_ITEMS_AT_ONCE).unwrap_or(u32::MAX);
        let selecting = move |query: &gardesh_query::ReadModel| {
            query.select::<R>(tenant, &filter, below, limit)
        };
        let items = self.api.read_all(selecting).await?;
        let more = items.len() >= MAX_BATCH_ITEMS_AT_ONCE;
        Ok(Part { items, more })
    }

    /// Hands over what is left, part by part.
    async fn collect(self, batch: BatchOperationKey, mut below: u64) {
        loop {
            match self.append(batch, below).await {
                Ok(Some(next)) => below = next,
                Ok(None) => return,
                Err(problem) => return self.give_up(batch, &problem).await,
            }
        }
    }

    async fn submit<C: Request>(&self, command: C) -> Result<C::Answer, SubmitError> {
        let identity = Some(self.caller.identity.clone());
        let engine = &self.api.app.engine;
        engine
            .submit(self.caller.tenant.id, identity, command)
            .await
    }

    /// Hands over the next part; gives where the one after it begins.
    async fn append(&self, batch: BatchOperationKey, below: u64) -> Result<Option<u64>, Problem> {
        let part = self.part(below).await?;
        for _ in 0..MAX_BATCH_TRIES {
            let command = AppendBatchItems {
                batch,
                items: part.items.clone(),
                more: part.more,
            };
            match self.submit(command).await {
                Ok(_) => return Ok(part.more.then(|| part.below())),
                Err(SubmitError::Overloaded) => tokio::time::sleep(BATCH_RETRY_PAUSE).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err(SubmitError::Overloaded.into())
    }

    /// The engine has done nothing yet. It gives the batch up by itself, only later, when it
    /// cannot be told.
    async fn give_up(&self, batch: BatchOperationKey, problem: &Problem) {
        tracing::warn!(%batch, problem = problem.detail(), "a batch operation is given up");
        let reason = format!(
            "Expected to collect all items, but that failed, so nothing was done to any of them: {}",
            problem.detail()
        );
        let command = CancelBatch {
            batch,
            reason: Some(reason),
        };
        drop(self.submit(command).await);
    }
}

/// The cases that a request means: those that meet its filter, as far as they are in a state
/// in which the operation is possible. A filter that asks for another state is met by none.
pub fn cases(
    filter: Option<ProcessInstanceFilter>,
    states: &[ProcessInstanceState],
) -> Result<ProcessInstanceFilter, Problem> {
    let mut filter = filter.ok_or_else(|| {
        Problem::invalid(
            "Expected 'filter' to say which process instances are meant, but there is none.",
        )
    })?;
    let named = filter.state.take();
    if !filter.narrows() {
        return Err(too_broad("process instances", "processInstanceKey"));
    }
    let state = named.unwrap_or_else(|| Condition::all(Vec::new()));
    filter.state = Some(state.and(Operator::In(states.to_vec())));
    Ok(filter)
}

/// A filter that everything meets is a mistake more often than not.
pub fn too_broad(what: &str, key: &str) -> Problem {
    Problem::new(
        Code::FilterTooBroad,
        format!(
            "Expected 'filter' to say which {what} are meant by more than their state, but everything meets it. \
         If all of them are meant, say so: {{\"{key}\": {{\"$exists\": true}}}}."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(json: &str) -> Option<ProcessInstanceFilter> {
        Some(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_filter_has_to_ask_for_something() {
        let active = [ProcessInstanceState::Active];
        for json in [
            "{}",
            r#"{"state":"ACTIVE"}"#,
            r#"{"state":{"$in":["ACTIVE"]},"variables":[]}"#,
            r#"{"processDefinitionId":{}}"#,
            r#"{"$or":[{},{"businessId":"a"}]}"#,
        ] {
            let refused = cases(filter(json), &active).unwrap_err();
            assert!(refused.detail().contains("$exists"), "{json}");
        }
        assert!(cases(None, &active).is_err());
        for json in [
            r#"{"processInstanceKey":{"$exists":true}}"#,
            r#"{"processDefinitionId":"a","state":"COMPLETED"}"#,
        ] {
            assert!(cases(filter(json), &active).is_ok(), "{json}");
        }
    }

    #[test]
    fn a_state_that_was_asked_for_never_widens_what_is_meant() {
        let found = cases(
            filter(r#"{"businessId":"a","state":"COMPLETED"}"#),
            &[ProcessInstanceState::Active],
        )
        .unwrap();
        let expected = Condition::all(vec![
            Operator::Eq(ProcessInstanceState::Completed),
            Operator::In(vec![ProcessInstanceState::Active]),
        ]);
        assert_eq!(found.state, Some(expected));
    }
}
