//! What is stored of a batch operation: one thing that is done to many cases, a few at a
//! time. What it is done to is kept in chunks beside it.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::operation::{Migration, Modification};
use crate::variables::Document;

/// A batch operation that is not done yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Its key.
    pub key: BatchOperationKey,
    /// What is done to each item.
    pub operation: Arc<BatchOperation>,
    /// Where it is.
    pub state: BatchState,
    /// Items in it.
    pub total: u64,
    /// Items that it was done to.
    pub done: u64,
    /// Items to which it could not be done.
    pub failed: u64,
    /// The first of the failures, for whoever looks while it runs.
    pub failures: Vec<BatchFailure>,
    /// When it was created, journal time.
    pub created_at_ms: u64,
}

/// Something that a batch operation is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    /// Its key: that of the case, or of an incident or a job of it.
    pub key: u64,
    /// The case. It is only told, never looked at, so that items can be found by it when the
    /// incident or the job is long gone.
    pub case: ProcessInstanceKey,
}

impl From<ProcessInstanceKey> for BatchItem {
    fn from(case: ProcessInstanceKey) -> Self {
        Self { key: case.0, case }
    }
}

/// Where a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BatchState {
    /// More items are to come.
    Collecting,
    /// It is worked off.
    Running,
    /// It waits to be resumed.
    Suspended,
}

/// An item to which it could not be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchFailure {
    /// The key of the item.
    pub item: u64,
    /// Why.
    pub reason: Arc<str>,
}

/// What is done to each item of a batch. The items of most are cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BatchOperation {
    /// End the case.
    Cancel,
    /// Resolve the incident. The items are incidents.
    ResolveIncidents,
    /// Move, add and end tokens.
    Modify(Modification),
    /// Go on by another definition.
    Migrate(Migration),
    /// Take no steps.
    Suspend,
    /// Take steps again.
    Resume,
    /// Give the job retries. The items are jobs.
    SetRetries(u32),
    /// Give the workers of the jobs this much time from now on, in ms. The items are jobs.
    SetTimeout(u64),
    /// Change variables of the case.
    SetVariables(Document),
    /// Remove an ended case from the history.
    DeleteHistory,
}

impl BatchOperation {
    /// Its name in the API.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cancel => "CANCEL_PROCESS_INSTANCE",
            Self::ResolveIncidents => "RESOLVE_INCIDENT",
            Self::Modify(_) => "MODIFY_PROCESS_INSTANCE",
            Self::Migrate(_) => "MIGRATE_PROCESS_INSTANCE",
            Self::Suspend => "SUSPEND_PROCESS_INSTANCE",
            Self::Resume => "RESUME_PROCESS_INSTANCE",
            Self::SetRetries(_) => "UPDATE_JOB_RETRIES",
            Self::SetTimeout(_) => "UPDATE_JOB_TIMEOUT",
            Self::SetVariables(_) => "SET_VARIABLES",
            Self::DeleteHistory => "DELETE_PROCESS_INSTANCE",
        }
    }
}

/// What happens to a batch operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BatchOperationEvent {
    /// An operation on many cases was asked for.
    Created { batch: Arc<Batch> },
    /// What it is to be done to: cases mostly.
    ItemsAdded {
        batch: BatchOperationKey,
        items: Arc<Vec<BatchItem>>,
    },
    /// All items are there.
    Started { batch: BatchOperationKey },
    /// It could not be done to one of them.
    ItemFailed {
        batch: BatchOperationKey,
        failure: BatchFailure,
    },
    /// It was tried on the next items.
    Advanced {
        batch: BatchOperationKey,
        taken: u64,
        failed: u64,
    },
    /// It waits to be resumed.
    Suspended { batch: BatchOperationKey },
    /// It goes on.
    Resumed { batch: BatchOperationKey },
    /// The items that were left are left alone: somebody wants it so, or it went wrong, and then
    /// there is a reason.
    Canceled {
        batch: BatchOperationKey,
        done: u64,
        failed: u64,
        reason: Option<Arc<str>>,
    },
    /// It was tried on all items.
    Completed {
        batch: BatchOperationKey,
        done: u64,
        failed: u64,
    },
}

impl BatchOperationEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { batch } => About::batch_operation("BatchOperationCreated", batch.key),
            Self::ItemsAdded { batch, .. } => {
                About::batch_operation("BatchOperationItemsAdded", *batch)
            }
            Self::Started { batch, .. } => About::batch_operation("BatchOperationStarted", *batch),
            Self::ItemFailed { batch, .. } => {
                About::batch_operation("BatchOperationItemFailed", *batch)
            }
            Self::Advanced { batch, .. } => {
                About::batch_operation("BatchOperationAdvanced", *batch)
            }
            Self::Suspended { batch, .. } => {
                About::batch_operation("BatchOperationSuspended", *batch)
            }
            Self::Resumed { batch, .. } => About::batch_operation("BatchOperationResumed", *batch),
            Self::Canceled { batch, .. } => {
                About::batch_operation("BatchOperationCanceled", *batch)
            }
            Self::Completed { batch, .. } => {
                About::batch_operation("BatchOperationCompleted", *batch)
            }
        }
    }
}
