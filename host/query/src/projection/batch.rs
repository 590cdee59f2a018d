//! Batch operations and what they are done to. Their items stay when the history of a case has
//! expired: they say no more of it than its key.

use std::fmt;
use std::sync::Arc;

use gardesh_engine::entities::batch_operation as batch;
use gardesh_engine::event::BatchOperationEvent;
use gardesh_engine::key::*;
use gardesh_engine::limits::MAX_BATCH_ITEMS_PER_TICK;
use rusqlite::params;

use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Column, Keyed, Row, RowKey, names, row};
use crate::search::{Condition, Instant, Key, Searchable, filter};

names! {
    /// What is done to each item.
    pub enum BatchOperationType {
        /// Cases are ended.
        Cancel = "CANCEL_PROCESS_INSTANCE",
        /// Incidents are resolved.
        ResolveIncidents = "RESOLVE_INCIDENT",
        /// Tokens of cases are moved, added and ended.
        Modify = "MODIFY_PROCESS_INSTANCE",
        /// Cases go on by another definition.
        Migrate = "MIGRATE_PROCESS_INSTANCE",
        /// Ours: cases take no steps for a while.
        Suspend = "SUSPEND_PROCESS_INSTANCE",
        /// Ours: they go on.
        Resume = "RESUME_PROCESS_INSTANCE",
        /// Ours: jobs get retries.
        SetRetries = "UPDATE_JOB_RETRIES",
        /// Ours: the workers of jobs get more or less time.
        SetTimeout = "UPDATE_JOB_TIMEOUT",
        /// Ours: variables of cases are changed.
        SetVariables = "SET_VARIABLES",
        /// Ended cases are removed from the history.
        DeleteHistory = "DELETE_PROCESS_INSTANCE",
    }
}

impl From<&batch::BatchOperation> for BatchOperationType {
    fn from(operation: &batch::BatchOperation) -> Self {
        use batch::BatchOperation::*;
        match operation {
            Cancel => Self::Cancel,
            ResolveIncidents => Self::ResolveIncidents,
            Modify(_) => Self::Modify,
            Migrate(_) => Self::Migrate,
            Suspend => Self::Suspend,
            Resume => Self::Resume,
            SetRetries(_) => Self::SetRetries,
            SetTimeout(_) => Self::SetTimeout,
            SetVariables(_) => Self::SetVariables,
            DeleteHistory => Self::DeleteHistory,
        }
    }
}

names! {
    /// Where a batch operation is.
    pub enum BatchOperationState {
        /// Its items are being collected.
        Created = "CREATED",
        /// It is worked off.
        Active = "ACTIVE",
        /// It waits to be resumed.
        Suspended = "SUSPENDED",
        /// It was tried on all items.
        Completed = "COMPLETED",
        /// Somebody ended it.
        Canceled = "CANCELED",
        /// It went wrong, and its error says why.
        Failed = "FAILED",
    }
}

row! {
    /// One thing that is done to many cases.
    pub struct BatchOperation in "batch_operations" {
        /// Its key.
        batch_operation_key: BatchOperationKey,
        /// What is done.
        operation_type: BatchOperationType,
        /// Where it is.
        state: BatchOperationState,
        /// Its items so far.
        operations_total_count: u64,
        /// Items that it was done to.
        operations_completed_count: u64,
        /// Items to which it could not be done.
        operations_failed_count: u64,
        /// When it was asked for.
        creation_date_ms: u64,
        /// When all items were there.
        start_date_ms: Option<u64>,
        /// When it ended.
        end_date_ms: Option<u64>,
        /// What went wrong with it as a whole.
        error_message: Option<Arc<str>>,
    }
    key: [batch_operation_key],
    changes: [
        state, operations_total_count, operations_completed_count, operations_failed_count, start_date_ms,
        end_date_ms, error_message
    ],
    indexes: [],
}

impl Keyed for BatchOperation {
    type Key = BatchOperationKey;

    fn key(&self) -> BatchOperationKey {
        self.batch_operation_key
    }
}

filter! {
    /// What to look for in batch operations.
    pub struct BatchOperationFilter {
        batch_operation_key: Condition<Key> => "batch_operation_key",
        operation_type: Condition<BatchOperationType> => "operation_type",
        state: Condition<BatchOperationState> => "state",
        start_date: Condition<Instant> => "start_date_ms",
        end_date: Condition<Instant> => "end_date_ms",
    }
}

impl Searchable for BatchOperation {
    type Filter = BatchOperationFilter;
}

names! {
    /// Where an item of a batch operation is.
    pub enum BatchItemState {
        /// Its turn is to come.
        Active = "ACTIVE",
        /// It was done to it.
        Completed = "COMPLETED",
        /// It could not be done to it.
        Failed = "FAILED",
        /// The batch operation ended before.
        Canceled = "CANCELED",
    }
}

row! {
    /// What a batch operation is done to.
    pub struct BatchOperationItem in "batch_operation_items" {
        /// The batch operation.
        batch_operation_key: BatchOperationKey,
        /// Its place in it, from 0.
        number: u64,
        /// The key of the case, or of an incident or a job of it.
        item_key: u64,
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The case at the top of the calls.
        root_process_instance_key: ProcessInstanceKey,
        /// What is done to it.
        operation_type: BatchOperationType,
        /// Where it is.
        state: BatchItemState,
        /// When it had its turn.
        processed_date_ms: Option<u64>,
        /// Why it could not be done.
        error_message: Option<Arc<str>>,
    }
    key: [batch_operation_key, number],
    changes: [state, processed_date_ms, error_message],
    indexes: ["tenant, process_instance_key"],
}

/// A batch operation and a place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchPlace(pub BatchOperationKey, pub u64);

impl fmt::Display for BatchPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.0, self.1)
    }
}

impl RowKey for BatchPlace {
    fn bind_key(&self, statement: &mut rusqlite::Statement<'_>, at: usize) -> rusqlite::Result<()> {
        self.0.bind(statement, at)?;
        self.1.bind(statement, at + 1)
    }

    fn read_key(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Self(Column::read(row, at)?, Column::read(row, at + 1)?))
    }
}

impl Keyed for BatchOperationItem {
    type Key = BatchPlace;

    fn key(&self) -> BatchPlace {
        BatchPlace(self.batch_operation_key, self.number)
    }
}

filter! {
    /// What to look for in the items of batch operations.
    pub struct BatchOperationItemFilter {
        batch_operation_key: Condition<Key> => "batch_operation_key",
        item_key: Condition<Key> => "item_key",
        process_instance_key: Condition<Key> => "process_instance_key",
        operation_type: Condition<BatchOperationType> => "operation_type",
        state: Condition<BatchItemState> => "state",
        processed_date: Condition<Instant> => "processed_date_ms",
    }
}

impl Searchable for BatchOperationItem {
    type Filter = BatchOperationItemFilter;
    const NOT_SORTED: &'static [&'static str] = &["error_message"];

    fn fit(&mut self, _shorten: bool) -> usize {
        self.error_message
            .as_ref()
            .map_or(0, |message| message.len())
    }
}

impl Projection {
    pub(super) fn apply_batch_event(
        &mut self,
        cx: &Context<'_>,
        event: &BatchOperationEvent,
    ) -> Result<(), Error> {
        use BatchOperationState::*;
        match event {
            BatchOperationEvent::Created { batch } => self.batch_created(cx, batch),
            BatchOperationEvent::ItemsAdded { batch, items } => {
                self.batch_items_added(cx, *batch, items)?
            }
            BatchOperationEvent::Started { batch } => {
                let row = self.batches.change(cx, *batch)?;
                row.state = Active;
                row.start_date_ms = Some(cx.at_ms);
            }
            BatchOperationEvent::Suspended { batch } => {
                self.batches.change(cx, *batch)?.state = Suspended
            }
            BatchOperationEvent::Resumed { batch } => {
                self.batches.change(cx, *batch)?.state = Active
            }
            BatchOperationEvent::ItemFailed { batch, failure } => {
                self.batch_item_failed(cx, *batch, failure)?;
            }
            BatchOperationEvent::Advanced {
                batch,
                taken,
                failed,
            } => self.batch_advanced(cx, *batch, *taken, *failed)?,
            BatchOperationEvent::Completed { batch, .. } => {
                self.batch_ended(cx, *batch, Completed, None)?
            }
            BatchOperationEvent::Canceled { batch, reason, .. } => {
                let state = reason.as_ref().map_or(Canceled, |_| Failed);
                self.batch_ended(cx, *batch, state, reason.as_ref())?;
                self.leave_batch_items(cx, *batch)?;
            }
        }
        Ok(())
    }

    fn batch_created(&mut self, cx: &Context<'_>, batch: &batch::Batch) {
        let row = BatchOperation {
            batch_operation_key: batch.key,
            operation_type: (&*batch.operation).into(),
            state: BatchOperationState::Created,
            operations_total_count: 0,
            operations_completed_count: 0,
            operations_failed_count: 0,
            creation_date_ms: batch.created_at_ms,
            start_date_ms: None,
            end_date_ms: None,
            error_message: None,
        };
        self.batches.put(cx.tenant, row);
    }

    fn batch_items_added(
        &mut self,
        cx: &Context<'_>,
        key: BatchOperationKey,
        items: &[batch::BatchItem],
    ) -> Result<(), Error> {
        let batch = self.batches.change(cx, key)?;
        let (first, operation_type) = (batch.operations_total_count, batch.operation_type);
        batch.operations_total_count += items.len() as u64;
        if cx.ahead {
            return Ok(());
        }
        for (number, item) in (first..).zip(items) {
            let root = self.root_of(cx, item.case)?;
            let row = BatchOperationItem {
                batch_operation_key: key,
                number,
                item_key: item.key,
                process_instance_key: item.case,
                root_process_instance_key: root,
                operation_type,
                state: BatchItemState::Active,
                processed_date_ms: None,
                error_message: None,
            };
            self.batch_items.put(cx.tenant, row);
        }
        self.instances.relieve(cx)?;
        self.batch_items.relieve(cx)
    }

    /// A failure names the item by its key; it is among those whose turn it is.
    fn batch_item_failed(
        &mut self,
        cx: &Context<'_>,
        key: BatchOperationKey,
        failure: &batch::BatchFailure,
    ) -> Result<(), Error> {
        if cx.ahead {
            return Ok(());
        }
        let batch = self.batches.get(cx, key)?;
        let first = next_number(batch);
        let end = batch.operations_total_count;
        for number in (first..end).take(MAX_BATCH_ITEMS_PER_TICK) {
            let place = BatchPlace(key, number);
            let row = self.batch_items.get(cx, place)?;
            if row.item_key == failure.item && row.state == BatchItemState::Active {
                let row = self.batch_items.change(cx, place)?;
                row.state = BatchItemState::Failed;
                row.processed_date_ms = Some(cx.at_ms);
                row.error_message = Some(Arc::clone(&failure.reason));
                return Ok(());
            }
        }
        Err(cx.missing(BatchOperationItem::TABLE, failure.item))
    }

    fn batch_advanced(
        &mut self,
        cx: &Context<'_>,
        key: BatchOperationKey,
        taken: u64,
        failed: u64,
    ) -> Result<(), Error> {
        let batch = self.batches.change(cx, key)?;
        let first = next_number(batch);
        batch.operations_completed_count += taken - failed;
        batch.operations_failed_count += failed;
        if cx.ahead {
            return Ok(());
        }
        for number in first..first + taken {
            let row = self.batch_items.change(cx, BatchPlace(key, number))?;
            if row.state == BatchItemState::Active {
                row.state = BatchItemState::Completed;
                row.processed_date_ms = Some(cx.at_ms);
            }
        }
        self.batch_items.relieve(cx)
    }

    fn batch_ended(
        &mut self,
        cx: &Context<'_>,
        key: BatchOperationKey,
        state: BatchOperationState,
        reason: Option<&Arc<str>>,
    ) -> Result<(), Error> {
        let row = self.batches.change(cx, key)?;
        row.state = state;
        row.end_date_ms = Some(cx.at_ms);
        row.error_message = reason.cloned();
        Ok(())
    }

    /// The items whose turn never came. There may be a million of them, so they are changed
    /// where they are and not one by one in memory.
    fn leave_batch_items(&mut self, cx: &Context<'_>, key: BatchOperationKey) -> Result<(), Error> {
        if cx.ahead {
            return Ok(());
        }
        self.batch_items.write(cx.connection)?;
        self.batch_items.forget();
        let sql = "UPDATE batch_operation_items SET state = 'CANCELED' WHERE tenant = ?1 AND batch_operation_key = ?2 AND state = 'ACTIVE'";
        let mut statement = cx.connection.prepare_cached(sql)?;
        let key = i64::try_from(key.0).unwrap_or(i64::MAX);
        statement.execute(params![cx.tenant.0, key])?;
        Ok(())
    }
}

/// The number of the item whose turn it is.
fn next_number(batch: &BatchOperation) -> u64 {
    batch.operations_completed_count + batch.operations_failed_count
}
