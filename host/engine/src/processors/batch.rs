//! Batch operations: one thing is done to many cases, a piece at a tick, so that it never
//! becomes one huge command and others get their turn. An item to which it cannot be done is
//! recorded and does not stop the others.
//!
//! Items may come in several commands. Until the last of them is there nothing is done to
//! any, so a batch whose items stop coming can be cancelled without having done half of what
//! was asked; the clock does so.

use std::sync::Arc;

use super::Request;
use super::{history, incident, instance, job, migration, modification, suspension};
use crate::command::{AppendBatchItems, CancelBatch, CreateBatch, ResumeBatch, SuspendBatch};
use crate::context::{Context, CurrentWork};
use crate::entities::batch_operation::{
    Batch, BatchFailure, BatchItem, BatchOperation, BatchState,
};
use crate::event::{BatchOperationEvent, Event};
use crate::key::*;
use crate::limits::*;
use crate::rejection::{Rejection, RejectionKind};
use crate::state::State;

impl Request for CreateBatch {
    type Answer = BatchOperationKey;

    fn process(self, ctx: &mut Context<'_>) -> Result<BatchOperationKey, Rejection> {
        create(ctx, *self.operation, &self.items, self.more)
    }
}

impl Request for AppendBatchItems {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        append(ctx, self.batch, &self.items, self.more)
    }
}

impl Request for SuspendBatch {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        suspend(ctx, self.batch)
    }
}

impl Request for ResumeBatch {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        resume(ctx, self.batch)
    }
}

impl Request for CancelBatch {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        cancel(ctx, self.batch, self.reason)
    }
}

fn create(
    ctx: &mut Context<'_>,
    operation: BatchOperation,
    items: &[BatchItem],
    more: bool,
) -> Result<BatchOperationKey, Rejection> {
    check_operation(ctx, &operation)?;
    check_items(items, 0)?;
    let batches = &ctx.state.batches;
    if batches.first_under(ctx.tenant, MAX_BATCHES).len() == MAX_BATCHES {
        return Err(Rejection::new(
            RejectionKind::LimitExceeded,
            format!(
                "Expected at most {MAX_BATCHES} batch operations at once, but there would be one more. Wait for one to end, or cancel one."
            ),
        ));
    }
    let key = BatchOperationKey(ctx.next_key());
    let batch = Batch {
        key,
        operation: Arc::new(operation),
        state: BatchState::Collecting,
        total: 0,
        done: 0,
        failed: 0,
        failures: Vec::new(),
        created_at_ms: ctx.at_ms,
    };
    ctx.emit(BatchOperationEvent::Created {
        batch: Arc::new(batch),
    });
    add(ctx, key, items, more);
    Ok(key)
}

fn append(
    ctx: &mut Context<'_>,
    key: BatchOperationKey,
    items: &[BatchItem],
    more: bool,
) -> Result<(), Rejection> {
    let batch = find(ctx, key)?;
    if batch.state != BatchState::Collecting {
        return Err(Rejection::state(format!(
            "Expected batch operation {key} to be collecting items, but it was started. Create another one."
        )));
    }
    check_items(items, batch.total)?;
    add(ctx, key, items, more);
    Ok(())
}

fn check_operation(ctx: &Context<'_>, operation: &BatchOperation) -> Result<(), Rejection> {
    match operation {
        BatchOperation::SetRetries(0) => Err(Rejection::invalid(
            "Expected at least one retry, but got 0.",
        )),
        BatchOperation::Migrate(migration) if migration.mappings.len() > MAX_MAPPINGS => {
            Err(Rejection::invalid(format!(
                "Expected at most {MAX_MAPPINGS} mappings, but there are {}.",
                migration.mappings.len()
            )))
        }
        BatchOperation::Migrate(migration)
            if ctx
                .state
                .deployed_definition(ctx.tenant, migration.target)
                .is_none() =>
        {
            Err(Rejection::not_found("process definition", migration.target))
        }
        BatchOperation::Modify(modification)
            if modification.activate.len()
                + modification.terminate.len()
                + modification.moves.len()
                > MAX_INSTRUCTIONS =>
        {
            Err(Rejection::invalid(format!(
                "Expected at most {MAX_INSTRUCTIONS} instructions, but there are more."
            )))
        }
        BatchOperation::Cancel
        | BatchOperation::ResolveIncidents
        | BatchOperation::Modify(_)
        | BatchOperation::Migrate(_)
        | BatchOperation::Suspend
        | BatchOperation::Resume
        | BatchOperation::SetRetries(_)
        | BatchOperation::SetTimeout(_)
        | BatchOperation::SetVariables(_)
        | BatchOperation::DeleteHistory => Ok(()),
    }
}

/// None at all are fine: what was asked for is then done to nothing.
fn check_items(items: &[BatchItem], so_far: u64) -> Result<(), Rejection> {
    if items.len() > MAX_BATCH_ITEMS_AT_ONCE {
        return Err(Rejection::invalid(format!(
            "Expected at most {MAX_BATCH_ITEMS_AT_ONCE} items in one command, but there are {}. Send the others in further commands.",
            items.len()
        )));
    }
    let total = so_far + items.len() as u64;
    if total > MAX_BATCH_ITEMS {
        return Err(Rejection::new(
            RejectionKind::LimitExceeded,
            format!(
                "Expected at most {MAX_BATCH_ITEMS} items in a batch operation, but there would be {total}. Make several of them."
            ),
        ));
    }
    Ok(())
}

fn add(ctx: &mut Context<'_>, batch: BatchOperationKey, items: &[BatchItem], more: bool) {
    for chunk in items.chunks(BATCH_CHUNK) {
        ctx.emit(BatchOperationEvent::ItemsAdded {
            batch,
            items: Arc::new(chunk.to_vec()),
        });
    }
    if !more {
        ctx.emit(BatchOperationEvent::Started { batch });
    }
}

fn find(ctx: &Context<'_>, key: BatchOperationKey) -> Result<Arc<Batch>, Rejection> {
    let batch = ctx.state.batches.get(&(ctx.tenant, key));
    batch.ok_or_else(|| Rejection::not_found("batch operation", key))
}

fn suspend(ctx: &mut Context<'_>, key: BatchOperationKey) -> Result<(), Rejection> {
    expect_state(ctx, key, BatchState::Running, "running")?;
    ctx.emit(BatchOperationEvent::Suspended { batch: key });
    Ok(())
}

fn resume(ctx: &mut Context<'_>, key: BatchOperationKey) -> Result<(), Rejection> {
    expect_state(ctx, key, BatchState::Suspended, "suspended")?;
    ctx.emit(BatchOperationEvent::Resumed { batch: key });
    Ok(())
}

fn expect_state(
    ctx: &Context<'_>,
    key: BatchOperationKey,
    expected: BatchState,
    name: &str,
) -> Result<(), Rejection> {
    if find(ctx, key)?.state == expected {
        return Ok(());
    }
    Err(Rejection::state(format!(
        "Expected batch operation {key} to be {name}, but it is not."
    )))
}

/// What was done is not taken back; the rest is left alone.
fn cancel(
    ctx: &mut Context<'_>,
    key: BatchOperationKey,
    reason: Option<String>,
) -> Result<(), Rejection> {
    let batch = find(ctx, key)?;
    let canceled = Event::BatchOperation(BatchOperationEvent::Canceled {
        batch: key,
        done: batch.done,
        failed: batch.failed,
        reason: reason.map(|reason| shorten(&reason).into()),
    });
    finish(ctx, canceled);
    Ok(())
}

/// The items that should be there by now have not all come, because a crash came first.
fn give_up(ctx: &mut Context<'_>, batch: &Batch) {
    let canceled = Event::BatchOperation(BatchOperationEvent::Canceled {
        batch: batch.key,
        done: 0,
        failed: 0,
        reason: Some(
            "Expected all items within five minutes, but they did not come. Nothing was done to any of them; create the batch operation again."
                .into(),
        ),
    });
    finish(ctx, canceled);
}

/// Records the end of a batch operation. From then on it is history.
fn finish(ctx: &mut Context<'_>, ended: Event) {
    ctx.emit(ended);
    if let Some(due) = crate::behaviour::history::batch_ended(ctx.state, ctx.tenant, ctx.at_ms) {
        ctx.emit(due);
    }
}

/// What becomes of a batch operation after a fault of the engine that nothing else is to blame
/// for: the item that it had come to counts as failed, and it goes on with the next one. When
/// it had come to none, the fault is in the batch itself, which ends.
pub(crate) fn after_fault(
    state: &State,
    (tenant, at_ms): (TenantId, u64),
    key: BatchOperationKey,
    is_item: bool,
    reason: &str,
) -> Vec<Event> {
    let Some(batch) = state.batches.get(&(tenant, key)) else {
        return Vec::new();
    };
    let items = state.batch_items.first_under((tenant, key), 1);
    let first = items.first().and_then(|(_, chunk)| chunk.first());
    let (done, failed) = (batch.done, batch.failed);
    let reason = format!("The engine failed on this and changed nothing: {reason}");
    let reason = shorten(&reason).into();
    let due = crate::behaviour::history::batch_ended(state, tenant, at_ms);
    let Some(item) = first.filter(|_| is_item) else {
        let canceled = Event::BatchOperation(BatchOperationEvent::Canceled {
            batch: key,
            done,
            failed,
            reason: Some(reason),
        });
        return [canceled].into_iter().chain(due).collect();
    };
    let failure = BatchFailure {
        item: item.key,
        reason,
    };
    let mut events = vec![
        Event::BatchOperation(BatchOperationEvent::ItemFailed {
            batch: key,
            failure,
        }),
        Event::BatchOperation(BatchOperationEvent::Advanced {
            batch: key,
            taken: 1,
            failed: 1,
        }),
    ];
    if done + failed + 1 == batch.total {
        events.push(Event::BatchOperation(BatchOperationEvent::Completed {
            batch: key,
            done,
            failed: failed + 1,
        }));
        events.extend(due);
    }
    events
}

/// Does the next piece. What follows from an item is done before the next one is taken, so
/// that a piece can end before it becomes too much.
pub(super) fn go_on(ctx: &mut Context<'_>, key: BatchOperationKey) {
    // No case is to blame for a fault in the batch itself.
    *ctx.current = CurrentWork::default();
    let Some(batch) = ctx.state.batches.get(&(ctx.tenant, key)) else {
        return;
    };
    match batch.state {
        BatchState::Collecting => return give_up(ctx, &batch),
        BatchState::Suspended => return,
        BatchState::Running => {}
    }
    let next = ctx.state.batch_items.first_under((ctx.tenant, key), 1);
    let items = next.into_iter().flat_map(|(_, chunk)| (*chunk).clone());
    let (mut taken, mut failed) = (0, 0);
    for item in items.take(MAX_BATCH_ITEMS_PER_TICK.min(ctx.may_do)) {
        *ctx.current = CurrentWork {
            case: None,
            is_item: true,
        };
        taken += 1;
        if let Err(rejection) = do_one(ctx, &batch.operation, item) {
            failed += 1;
            ctx.emit(BatchOperationEvent::ItemFailed {
                batch: key,
                failure: BatchFailure {
                    item: item.key,
                    reason: shorten(&rejection.message).into(),
                },
            });
        }
        ctx.run();
        if ctx.is_spent() {
            break;
        }
    }
    *ctx.current = CurrentWork::default();
    ctx.emit(BatchOperationEvent::Advanced {
        batch: key,
        taken,
        failed,
    });
    if let Some(batch) = ctx.state.batches.get(&(ctx.tenant, key))
        && batch.done + batch.failed == batch.total
    {
        let completed = Event::BatchOperation(BatchOperationEvent::Completed {
            batch: key,
            done: batch.done,
            failed: batch.failed,
        });
        finish(ctx, completed);
    }
}

fn do_one(
    ctx: &mut Context<'_>,
    operation: &BatchOperation,
    item: BatchItem,
) -> Result<(), Rejection> {
    let BatchItem { key, case } = item;
    match operation {
        BatchOperation::Cancel => {
            // One that the engine stopped may stop it again, and with it the whole tick.
            if ctx.instance(case).is_some() {
                ctx.workable(case)?;
            }
            instance::cancel(ctx, case)
        }
        BatchOperation::ResolveIncidents => resolve(ctx, IncidentKey(key)),
        BatchOperation::Modify(modification) => modification::modify(ctx, case, modification),
        BatchOperation::Migrate(migration) => migration::migrate(ctx, case, migration),
        BatchOperation::Suspend => suspension::suspend(ctx, case),
        BatchOperation::Resume => suspension::resume(ctx, case),
        BatchOperation::SetRetries(retries) => {
            job::update(ctx, JobKey(key), Some(*retries), None, None)
        }
        BatchOperation::SetTimeout(ms) => job::update(ctx, JobKey(key), None, Some(*ms), None),
        BatchOperation::SetVariables(variables) => {
            instance::set_variables(ctx, case, case.root(), variables, false).map(drop)
        }
        BatchOperation::DeleteHistory => history::delete(ctx, case),
    }
}

/// A job without retries would make the same incident again, so it gets one.
fn resolve(ctx: &mut Context<'_>, key: IncidentKey) -> Result<(), Rejection> {
    let incident = ctx.state.incidents.get(&(ctx.tenant, key));
    let job = incident.and_then(|incident| incident.job);
    if let Some(job) = job
        && let Some(row) = ctx.state.jobs.get(&(ctx.tenant, job))
        && row.retries == 0
    {
        job::update(ctx, job, Some(1), None, None)?;
    }
    incident::resolve(ctx, key)
}
