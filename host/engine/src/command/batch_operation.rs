//! What can be asked about batch operations: one thing done to many process instances.

use crate::entities::batch_operation::{BatchItem, BatchOperation};
use crate::key::*;

/// Do one thing to many process instances. The answer is the key of the batch operation.
#[derive(Clone, Debug)]
pub struct CreateBatch {
    /// What to do.
    pub operation: Box<BatchOperation>,
    /// To what.
    pub items: Vec<BatchItem>,
    /// Whether further items come in [`AppendBatchItems`]; then it begins after the last of them.
    pub more: bool,
}

/// Further items of a batch operation that was not started yet.
#[derive(Clone, Debug)]
pub struct AppendBatchItems {
    /// The batch operation.
    pub batch: BatchOperationKey,
    /// The items.
    pub items: Vec<BatchItem>,
    /// Whether still more come.
    pub more: bool,
}

/// Let a batch operation wait.
#[derive(Clone, Debug)]
pub struct SuspendBatch {
    /// The batch operation.
    pub batch: BatchOperationKey,
}

/// Let a suspended batch operation go on.
#[derive(Clone, Debug)]
pub struct ResumeBatch {
    /// The batch operation.
    pub batch: BatchOperationKey,
}

/// End a batch operation; what it has done stays.
#[derive(Clone, Debug)]
pub struct CancelBatch {
    /// The batch operation.
    pub batch: BatchOperationKey,
    /// Why, when it went wrong.
    pub reason: Option<String>,
}
