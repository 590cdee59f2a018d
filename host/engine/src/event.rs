//! The journal: an entry tells all that one command changed, an event is one thing that
//! happened to one entity. Once released, a variant keeps its place and its fields for ever; a
//! change is a new variant at the end with an applier of its own, so that old journals can
//! always be read.

use serde::{Deserialize, Serialize};

use crate::entities::about::{About, Retention, Subject};
pub use crate::entities::batch_operation::BatchOperationEvent;
pub use crate::entities::compensation::CompensationEvent;
pub use crate::entities::component::ComponentEvent;
pub use crate::entities::continuation::ContinuationEvent;
pub use crate::entities::decision::DecisionEvent;
pub use crate::entities::deployment::DeploymentEvent;
pub use crate::entities::due::DueEvent;
pub use crate::entities::element_instance::ElementInstanceEvent;
pub use crate::entities::experience::ExperienceEvent;
pub use crate::entities::form::FormEvent;
pub use crate::entities::incident::IncidentEvent;
pub use crate::entities::job::JobEvent;
pub use crate::entities::message::MessageEvent;
pub use crate::entities::process_definition::ProcessDefinitionEvent;
pub use crate::entities::process_instance::ProcessInstanceEvent;
pub use crate::entities::repetition::RepetitionEvent;
pub use crate::entities::retention::RetentionEvent;
pub use crate::entities::signal::SignalEvent;
pub use crate::entities::subscription::SubscriptionEvent;
pub use crate::entities::tenant::TenantEvent;
pub use crate::entities::trigger::TriggerEvent;
pub use crate::entities::user_task::UserTaskEvent;
pub use crate::entities::variable::VariableEvent;
use crate::identity::Identity;
use crate::key::*;

/// All that one command changed: the unit of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in the journal, from 1.
    pub position: u64,
    /// Places right before it whose entries are gone: all that they told was history that
    /// has expired. So a place that is missing for another reason is noticed.
    pub erased_before: u64,
    /// Journal time in milliseconds since the epoch.
    pub at_ms: u64,
    /// How far that may be ahead of the true time, because the machine's clock went ahead and
    /// has not stood there for long enough, see [`crate::clock`].
    pub unconfirmed_ms: u64,
    /// Whose it is.
    pub tenant: TenantId,
    /// Who has caused it; none for the clock and what components answered.
    pub identity: Option<Identity>,
    /// The next free key after this entry.
    pub next_key: u64,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Entry {
    /// The time that has come for sure: history goes by it.
    pub fn confirmed_ms(&self) -> u64 {
        self.at_ms.saturating_sub(self.unconfirmed_ms)
    }

    /// The position of the entry before it, 0 for none.
    pub fn follows(&self) -> u64 {
        self.position
            .saturating_sub(1)
            .saturating_sub(self.erased_before)
    }
}

macro_rules! events {
    ($($(#[$doc:meta])* $entity:ident($event:ty)),+ $(,)?) => {
        /// One thing that happened, by the entity that it happened to.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Event {
            $($(#[$doc])* $entity($event)),+
        }

        $(impl From<$event> for Event {
            fn from(event: $event) -> Self {
                Self::$entity(event)
            }
        })+

        impl Event {
            /// What it says of itself: its name, subject, retention and size.
            pub fn about(&self) -> About<'_> {
                match self {
                    $(Self::$entity(event) => event.about()),+
                }
            }
        }
    };
}

events! {
    /// Something happened to a version of a process.
    ProcessDefinition(ProcessDefinitionEvent),
    /// Something happened to a version of a form.
    Form(FormEvent),
    /// Something happened to a decision or the model that it is in.
    Decision(DecisionEvent),
    /// Something happened to a deployment as a whole.
    Deployment(DeploymentEvent),
    /// Something happened to a process instance as a whole.
    ProcessInstance(ProcessInstanceEvent),
    /// Something happened to an element instance or a token in it.
    ElementInstance(ElementInstanceEvent),
    /// Something happened to an element that repeats, or to an ad-hoc subprocess.
    Repetition(RepetitionEvent),
    /// Something happened to a variable.
    Variable(VariableEvent),
    /// Something happened to a job.
    Job(JobEvent),
    /// Something happened to a user task.
    UserTask(UserTaskEvent),
    /// Something happened to an incident.
    Incident(IncidentEvent),
    /// Something happened to a component.
    Component(ComponentEvent),
    /// Something happened to a trigger.
    Trigger(TriggerEvent),
    /// Something happened to a survey, an invitation, an answer or a notification.
    Experience(ExperienceEvent),
    /// Something happened to a subscription.
    Subscription(SubscriptionEvent),
    /// Something happened to a signal.
    Signal(SignalEvent),
    /// Something happened to a message.
    Message(MessageEvent),
    /// Something happened to an activity that can be undone.
    Compensation(CompensationEvent),
    /// Something happened to work that goes on in further commands.
    Continuation(ContinuationEvent),
    /// Something happened to something that is due at a time.
    Due(DueEvent),
    /// Something happened to the history that is kept.
    Retention(RetentionEvent),
    /// Something happened to a batch operation.
    BatchOperation(BatchOperationEvent),
    /// Something happened to a tenant.
    Tenant(TenantEvent),
}

impl Event {
    /// The process instance that it happened to, for the events of process instances.
    pub fn instance(&self) -> Option<ProcessInstanceKey> {
        match self.about().subject {
            Subject::ProcessInstance(key) => Some(key),
            Subject::BatchOperation(_) | Subject::Tenant => None,
        }
    }

    /// The key of the process instance or batch operation that it is about. Both have their
    /// keys from one counter.
    pub fn told_of(&self) -> Option<u64> {
        match self.about().subject {
            Subject::ProcessInstance(key) => Some(key.0),
            Subject::BatchOperation(key) => Some(key.0),
            Subject::Tenant => None,
        }
    }

    /// Whether it goes when the history of its process instance or batch operation expires.
    pub fn is_history(&self) -> bool {
        self.about().retention == Retention::History
    }

    /// The key of the process instance or batch operation with whose history it goes, if it is
    /// history.
    pub fn history_of(&self) -> Option<u64> {
        self.told_of().filter(|_| self.is_history())
    }

    /// The key of the process instance or batch operation whose history goes from here on.
    pub fn expires(&self) -> Option<u64> {
        if let Self::Retention(event) = self {
            return event.expires();
        }
        None
    }

    /// The key of the message, signal or evaluation of no process instance whose data it carries.
    pub fn payload_key(&self) -> Option<u64> {
        match self.about().retention {
            Retention::Payload(key) => Some(key),
            Retention::History | Retention::Kept => None,
        }
    }

    /// What is left of an event of no process instance without the data that it carries; none
    /// when nothing is.
    ///
    /// A message or a signal must be over when its variables go: its row was the only place in
    /// state that they were in. All else that it did is told by what is left and by the events
    /// of process instances. Nothing in state knows of a decision that was asked directly.
    pub fn without_payload(self) -> Option<Self> {
        if self.payload_key().is_none() {
            return Some(self);
        }
        if let Self::Message(event) = self {
            return Some(event.without_variables().into());
        }
        if let Self::Signal(event) = self {
            return Some(event.without_variables().into());
        }
        None
    }
}
