//! What is stored of how long history is kept. A definition's own retention is in its row.

pub(in crate::entities) mod apply;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::ProcessDefinitionKey;
use crate::key::*;

/// How long a tenant keeps the history of ended cases whose definition does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    /// Milliseconds from the end of a case on; none is for ever.
    pub history_ms: Option<u64>,
    /// When it was set, journal time.
    pub set_at_ms: u64,
    /// The next definition in line whose ended cases it has not reached yet.
    pub next: Option<ProcessDefinitionKey>,
}

/// What happens to the history that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RetentionEvent {
    /// The tenant keeps the history of ended cases for this long, where their definition does
    /// not say; none is for ever.
    Set { history_ms: Option<u64> },
    /// A new retention has reached the definitions before `next`; none is all of them.
    Applied { next: Option<ProcessDefinitionKey> },
    /// When the history of a definition's cases is looked at next; none is never.
    HistoryDue {
        definition: ProcessDefinitionKey,
        due_ms: Option<u64>,
    },
    /// The history of an ended case goes, because its time is over or somebody deletes it: see [`Event::is_history`].
    HistoryExpired {
        instance: ProcessInstanceKey,
        definition: ProcessDefinitionKey,
        ended_at_ms: u64,
    },
    /// When ended batch operations are looked at next; none is never.
    BatchHistoryDue { due_ms: Option<u64> },
    /// An ended batch operation goes, because its time is over: see [`Event::is_history`].
    BatchExpired {
        batch: BatchOperationKey,
        ended_at_ms: u64,
    },
}

impl RetentionEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Set { .. } => About::tenant("RetentionSet"),
            Self::Applied { .. } => About::tenant("RetentionApplied"),
            Self::HistoryDue { .. } => About::tenant("HistoryDue"),
            Self::HistoryExpired { instance, .. } => {
                About::process_instance("HistoryExpired", *instance).kept()
            }
            Self::BatchHistoryDue { .. } => About::tenant("BatchOperationHistoryDue"),
            Self::BatchExpired { batch, .. } => {
                About::batch_operation("BatchOperationExpired", *batch).kept()
            }
        }
    }

    /// The key of the process instance or batch operation whose history goes from here on.
    pub(crate) fn expires(&self) -> Option<u64> {
        match self {
            Self::HistoryExpired { instance, .. } => Some(instance.0),
            Self::BatchExpired { batch, .. } => Some(batch.0),
            Self::Set { .. }
            | Self::Applied { .. }
            | Self::HistoryDue { .. }
            | Self::BatchHistoryDue { .. } => None,
        }
    }
}
