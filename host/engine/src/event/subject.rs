//! Which case or batch operation an event happened to.

use super::Event;
use crate::key::*;

impl Event {
    /// The case that it happened to, for the events of cases.
    pub fn instance(&self) -> Option<InstanceKey> {
        use Event::*;
        match self {
            DefinitionCreated { .. }
            | FormCreated { .. }
            | DecisionRequirementsCreated { .. }
            | DecisionCreated { .. }
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
            | DefinitionSuspended { .. }
            | DefinitionResumed { .. }
            | StartSkipped { .. }
            | MessagePublished { .. }
            | MessageAdvanced { .. }
            | MessageExpired { .. }
            | RetentionSet { .. }
            | RetentionApplied { .. }
            | HistoryDue { .. }
            | BatchCreated { .. }
            | BatchItemsAdded { .. }
            | BatchStarted { .. }
            | BatchItemFailed { .. }
            | BatchAdvanced { .. }
            | BatchSuspended { .. }
            | BatchResumed { .. }
            | BatchCanceled { .. }
            | BatchCompleted { .. }
            | DefinitionFailed { .. }
            | DueDropped { .. }
            | BatchHistoryDue { .. }
            | BatchExpired { .. }
            | DeploymentRepeated { .. }
            | JobTypeServed { .. }
            | DefinitionDeleted { .. }
            | DecisionRequirementsDeleted { .. }
            | FormDeleted { .. } => None,
            InstanceCreated { instance, .. }
            | InstanceCompleted { instance, .. }
            | InstanceTerminated { instance }
            | InstanceBanned { instance, .. }
            | ElementActivating { instance, .. }
            | ElementActivated { instance, .. }
            | ElementCompleted { instance, .. }
            | ElementTerminating { instance, .. }
            | ElementTerminated { instance, .. }
            | SequenceFlowTaken { instance, .. }
            | TokenWaiting { instance, .. }
            | TokenConsumed { instance, .. }
            | VariableSet { instance, .. }
            | JobActivated { instance, .. }
            | JobCompleted { instance, .. }
            | JobFailed { instance, .. }
            | JobBackoffEnded { instance, .. }
            | JobTimedOut { instance, .. }
            | JobErrorThrown { instance, .. }
            | JobCanceled { instance, .. }
            | JobUpdated { instance, .. }
            | JobBound { instance, .. }
            | UserTaskAssigned { instance, .. }
            | UserTaskCompleted { instance, .. }
            | UserTaskCanceled { instance, .. }
            | ElementCompleting { instance, .. }
            | UserTaskTransitionStarted { instance, .. }
            | UserTaskCorrected { instance, .. }
            | UserTaskTransitionDenied { instance, .. }
            | UserTaskOpened { instance, .. }
            | UserTaskUpdated { instance, .. }
            | IncidentResolved { instance, .. }
            | EscalationThrown { instance, .. }
            | CompensationSubscribed { instance, .. }
            | CompensationTriggered { instance, .. }
            | CompensationStarted { instance, .. }
            | CompensationDropped { instance, .. }
            | TriggerDecided { instance, .. }
            | InstanceModified { instance, .. }
            | InstanceStopsAfter { instance, .. }
            | InstanceSuspended { instance }
            | StepsKept { instance, .. }
            | StepsTaken { instance, .. }
            | InstanceResumed { instance }
            | MessageCorrelated { instance, .. }
            | ConditionChanged { instance, .. }
            | InvitationDue { instance, .. }
            | ItemsFixed { instance, .. }
            | ResultCollected { instance, .. }
            | RestDecided { instance, .. }
            | ElementDeferred { instance, .. }
            | ElementResumed { instance, .. }
            | ElementInterrupted { instance, .. }
            | HistoryExpired { instance, .. }
            | InstanceMigrated { instance, .. } => Some(*instance),
            SubscriptionClosed { instance, .. } | SubscriptionTriggered { instance, .. } => {
                *instance
            }
            SubscriptionOpened { subscription } => subscription.instance(),
            DecisionEvaluated { evaluation } => {
                evaluation.asker.as_ref().map(|asker| asker.instance)
            }
            JobCreated { job } => Some(job.instance),
            UserTaskCreated { task } => Some(task.instance),
            IncidentCreated { incident } => Some(incident.instance),
            TriggerFired { firing } => Some(firing.case.instance),
            InvitationCreated { invitation } => Some(invitation.instance),
            ResponseRecorded { response } => Some(response.instance),
            NotificationCreated { notification } => Some(notification.instance),
        }
    }

    /// The batch operation that it happened to, for the events of batch operations.
    pub fn batch(&self) -> Option<BatchKey> {
        use Event::*;
        match self {
            BatchCreated { batch } => Some(batch.key),
            BatchItemsAdded { batch, .. }
            | BatchStarted { batch }
            | BatchItemFailed { batch, .. }
            | BatchAdvanced { batch, .. }
            | BatchSuspended { batch }
            | BatchResumed { batch }
            | BatchCanceled { batch, .. }
            | BatchCompleted { batch, .. }
            | BatchExpired { batch, .. } => Some(*batch),
            _ => None,
        }
    }
}
