//! Which events are history: they go when the retention of their case or batch operation is
//! over. And what events
//! carry that belong to no case, which goes when that of their tenant is. What then happens to
//! the journal is the store's affair.

use std::sync::Arc;

use super::Event;
use crate::variables::Document;

impl Event {
    /// The key of the message, broadcast or evaluation of no case whose data it carries.
    pub fn payload_key(&self) -> Option<u64> {
        match self {
            Self::MessagePublished { message } => Some(message.key.0),
            Self::BroadcastAdvanced { broadcast } => Some(broadcast.key.0),
            Self::DecisionEvaluated { evaluation } if evaluation.asker.is_none() => {
                Some(evaluation.key.0)
            }
            _ => None,
        }
    }

    /// What is left of an event of no case without the data that it carries; none when nothing
    /// is.
    ///
    /// A message or a signal must be over when its variables go: its row was the only place in
    /// state that they were in. All else that it did is told by what is left and by the events
    /// of cases. Nothing in state knows of a decision that was asked directly.
    pub fn without_payload(self) -> Option<Self> {
        match self {
            Self::MessagePublished { mut message } => {
                Arc::make_mut(&mut message).variables = Document::new();
                Some(Self::MessagePublished { message })
            }
            Self::BroadcastAdvanced { mut broadcast } => {
                Arc::make_mut(&mut broadcast).variables = Document::new();
                Some(Self::BroadcastAdvanced { broadcast })
            }
            Self::DecisionEvaluated { evaluation } if evaluation.asker.is_none() => None,
            other => Some(other),
        }
    }

    /// The key of the case or batch operation with whose history it goes, if it is history.
    /// Both have their keys from one counter.
    pub fn history_of(&self) -> Option<u64> {
        let key = self.told_of()?;
        self.is_history().then_some(key)
    }

    /// The key of the case or batch operation that it is about.
    pub fn told_of(&self) -> Option<u64> {
        let case = self.instance().map(|instance| instance.0);
        case.or_else(|| Some(self.batch()?.0))
    }

    /// The key of the case or batch operation whose history goes from here on.
    pub fn expires(&self) -> Option<u64> {
        match self {
            Self::HistoryExpired { instance, .. } => Some(instance.0),
            Self::BatchExpired { batch, .. } => Some(batch.0),
            _ => None,
        }
    }

    /// Whether it goes when the history of its case or batch operation expires.
    ///
    /// The journal that is left must give the same state as the whole one. So an event may
    /// only go if all that it changed in state is gone once the case or batch has ended and
    /// expired, and what outlives it (an invitation, say) must not. There is no wildcard here,
    /// so that whoever adds an event has to decide.
    pub fn is_history(&self) -> bool {
        use Event::*;
        match self {
            // They belong to no case.
            DefinitionCreated { .. }
            | DeploymentRepeated { .. }
            | FormCreated { .. }
            | ComponentRegistered { .. }
            | ChainAdvanced { .. }
            | TriggerChainContinued { .. }
            | TriggerDisabled { .. }
            | TriggerEnabled { .. }
            | ComponentRemoved { .. }
            | SurveySaved { .. }
            | SignalBroadcast { .. }
            | BroadcastAdvanced { .. }
            | BroadcastEnded { .. }
            | RetentionSet { .. }
            | RetentionApplied { .. }
            | DefinitionSuspended { .. }
            | DefinitionResumed { .. }
            | StartSkipped { .. }
            | MessagePublished { .. }
            | MessageAdvanced { .. }
            | MessageExpired { .. }
            | DecisionRequirementsCreated { .. }
            | DecisionCreated { .. }
            | HistoryDue { .. }
            | BatchHistoryDue { .. }
            | DefinitionFailed { .. }
            | DueDropped { .. }
            | JobTypeServed { .. }
            | DefinitionDeleted { .. }
            | DecisionRequirementsDeleted { .. }
            | FormDeleted { .. } => false,
            // What customers were asked and said, and what people were told, has a life of
            // its own; reports are made of it.
            InvitationCreated { .. }
            | InvitationDue { .. }
            | ResponseRecorded { .. }
            | NotificationCreated { .. } => false,
            // Which process has had its turn with a message is known for as long as others of
            // its name wait.
            MessageCorrelated { .. } => false,
            // The read model may not have seen it when the rest goes.
            HistoryExpired { .. } | BatchExpired { .. } => false,
            SubscriptionOpened { .. }
            | SubscriptionClosed { .. }
            | SubscriptionTriggered { .. }
            | DecisionEvaluated { .. } => self.instance().is_some(),
            InstanceCreated { .. }
            | InstanceCompleted { .. }
            | InstanceTerminated { .. }
            | InstanceBanned { .. }
            | ElementActivating { .. }
            | ElementActivated { .. }
            | ElementCompleted { .. }
            | ElementTerminating { .. }
            | ElementTerminated { .. }
            | SequenceFlowTaken { .. }
            | TokenWaiting { .. }
            | TokenConsumed { .. }
            | VariableSet { .. }
            | JobCreated { .. }
            | JobActivated { .. }
            | JobCompleted { .. }
            | JobFailed { .. }
            | JobBackoffEnded { .. }
            | JobTimedOut { .. }
            | JobErrorThrown { .. }
            | JobCanceled { .. }
            | JobUpdated { .. }
            | JobBound { .. }
            | UserTaskCreated { .. }
            | UserTaskAssigned { .. }
            | UserTaskCompleted { .. }
            | UserTaskCanceled { .. }
            | IncidentCreated { .. }
            | IncidentResolved { .. }
            | EscalationThrown { .. }
            | InstanceModified { .. }
            | InstanceStopsAfter { .. }
            | InstanceSuspended { .. }
            | StepsKept { .. }
            | StepsTaken { .. }
            | InstanceResumed { .. }
            | CompensationSubscribed { .. }
            | CompensationTriggered { .. }
            | CompensationStarted { .. }
            | CompensationDropped { .. }
            | ElementCompleting { .. }
            | UserTaskTransitionStarted { .. }
            | UserTaskCorrected { .. }
            | UserTaskTransitionDenied { .. }
            | UserTaskOpened { .. }
            | UserTaskUpdated { .. }
            | ConditionChanged { .. }
            | ItemsFixed { .. }
            | ResultCollected { .. }
            | RestDecided { .. }
            | ElementDeferred { .. }
            | ElementResumed { .. }
            | ElementInterrupted { .. }
            | InstanceMigrated { .. }
            | TriggerFired { .. }
            | TriggerDecided { .. }
            | BatchCreated { .. }
            | BatchItemsAdded { .. }
            | BatchStarted { .. }
            | BatchItemFailed { .. }
            | BatchAdvanced { .. }
            | BatchSuspended { .. }
            | BatchResumed { .. }
            | BatchCanceled { .. }
            | BatchCompleted { .. } => true,
        }
    }
}
