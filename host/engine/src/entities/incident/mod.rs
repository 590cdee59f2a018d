//! What is stored of an incident: why an element cannot go on, and the steps to take when
//! somebody resolves it.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::entities::continuation::Continuation;
use crate::entities::job::JobKind;
use crate::key::*;

/// An open incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its key.
    pub key: IncidentKey,
    /// What kind of problem it is.
    pub kind: IncidentKind,
    /// "Expected …, but …", then a hint.
    pub message: Arc<str>,
    /// The case.
    pub instance: ProcessInstanceKey,
    /// The case's definition.
    pub definition: ProcessDefinitionKey,
    /// The element's index in the definition.
    pub element: u32,
    /// The element's activation.
    pub element_instance: ElementInstanceKey,
    /// The job that it is about, where it is about one.
    pub job: Option<JobKey>,
    /// What to do again once it is resolved.
    pub resume: Vec<Continuation>,
    /// When it came up, journal time.
    pub created_at_ms: u64,
}

/// Kinds of incidents, named as in the Camunda REST API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IncidentKind {
    /// A variable mapping could not be evaluated.
    IoMappingError,
    /// Another expression could not be evaluated or gave a wrong type.
    ExtractValueError,
    /// No outgoing sequence flow's condition held and there is no default flow, or a
    /// condition is not true or false.
    ConditionError,
    /// A job failed and has no retries left.
    JobNoRetries,
    /// A BPMN error was thrown that no boundary event catches.
    UnhandledErrorEvent,
    /// A form that the diagram names is not deployed.
    FormNotFound,
    /// A bound was reached.
    ExecutionLimit,
    /// A process that the diagram calls is not there, or cannot be called.
    CalledElementError,
    /// A decision that the diagram asks is not there.
    CalledDecisionError,
    /// A component that the diagram links is not there in the version that it wants.
    ResourceNotFound,
    /// A decision could not be evaluated.
    DecisionEvaluationError,
    /// The job of an element's listener failed and has no retries left.
    ExecutionListenerNoRetries,
    /// The job of a user task's listener failed and has no retries left.
    TaskListenerNoRetries,
    /// The job of an ad-hoc subprocess failed and has no retries left.
    AdHocSubProcessNoRetries,
    /// A token waits at a join for others that cannot come.
    JoinInVain,
}

impl From<JobKind> for IncidentKind {
    /// What it is that a job of this kind has no retries left.
    fn from(job: JobKind) -> Self {
        match job {
            JobKind::BpmnElement => Self::JobNoRetries,
            JobKind::ExecutionListener => Self::ExecutionListenerNoRetries,
            JobKind::TaskListener => Self::TaskListenerNoRetries,
            JobKind::AdHocSubProcess => Self::AdHocSubProcessNoRetries,
        }
    }
}

impl IncidentKind {
    /// The name in the REST API.
    pub fn name(self) -> &'static str {
        match self {
            Self::IoMappingError => "IO_MAPPING_ERROR",
            Self::ExtractValueError => "EXTRACT_VALUE_ERROR",
            Self::ConditionError => "CONDITION_ERROR",
            Self::JobNoRetries => "JOB_NO_RETRIES",
            Self::UnhandledErrorEvent => "UNHANDLED_ERROR_EVENT",
            Self::FormNotFound => "FORM_NOT_FOUND",
            Self::CalledElementError => "CALLED_ELEMENT_ERROR",
            Self::CalledDecisionError => "CALLED_DECISION_ERROR",
            Self::DecisionEvaluationError => "DECISION_EVALUATION_ERROR",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::ExecutionListenerNoRetries => "EXECUTION_LISTENER_NO_RETRIES",
            Self::TaskListenerNoRetries => "TASK_LISTENER_NO_RETRIES",
            Self::AdHocSubProcessNoRetries => "AD_HOC_SUB_PROCESS_NO_RETRIES",
            // The API has no name for these, and strict clients refuse names of our own.
            Self::ExecutionLimit | Self::JoinInVain => "UNSPECIFIED",
        }
    }
}

/// What happens to an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IncidentEvent {
    /// An element cannot go on.
    Created { incident: Arc<Incident> },
    /// It can again, or is gone.
    Resolved {
        instance: ProcessInstanceKey,
        incident: IncidentKey,
    },
}

impl IncidentEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { incident } => {
                About::process_instance("IncidentCreated", incident.instance)
            }
            Self::Resolved { instance, .. } => {
                About::process_instance("IncidentResolved", *instance)
            }
        }
    }
}
