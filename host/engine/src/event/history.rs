//! Which events are history: they go when the retention of their case is over. What then
//! happens to the journal is the store's affair.

use super::Event;

impl Event {
    /// Whether it goes when the history of its case expires.
    ///
    /// The journal that is left must give the same state as the whole one. So an event may
    /// only go if all that it changed in state is gone once the case has ended, and what
    /// outlives the case (an invitation, say) must not. There is no wildcard here, so that
    /// whoever adds an event has to decide.
    pub fn is_history(&self) -> bool {
        use Event::*;
        match self {
            // They belong to no case.
            DefinitionCreated { .. }
            | FormCreated { .. }
            | ComponentRegistered { .. }
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
            | DueDropped { .. } => false,
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
            HistoryExpired { .. } => false,
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
            | StepHeld { .. }
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
            | InstanceMigrated { .. }
            | TriggerFired { .. }
            | TriggerDecided { .. } => true,
        }
    }
}
