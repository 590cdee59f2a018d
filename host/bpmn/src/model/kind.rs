//! What an element is: gateways, events, scopes, call activities, and how an activity repeats.
//! Tasks are in `task.rs`, event definitions in `event.rs`.

use super::{ElementIdx, EventDefinition, Expression, FlowIdx, Form, JobDefinition, Task};

/// The kind of an element with what only that kind has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementKind {
    /// The root scope; always and only at index 0.
    Process,
    Task(Task),
    Gateway(Gateway),
    StartEvent {
        event: EventDefinition,
        /// For the start of an event subprocess: whether it ends the enclosing scope's other work.
        interrupting: bool,
        form: Option<Form>,
    },
    EndEvent {
        event: EventDefinition,
    },
    IntermediateCatchEvent {
        event: EventDefinition,
    },
    IntermediateThrowEvent {
        event: EventDefinition,
    },
    BoundaryEvent {
        attached_to: ElementIdx,
        /// `cancelActivity`.
        interrupting: bool,
        event: EventDefinition,
    },
    SubProcess,
    /// A subprocess with `triggeredByEvent`; exactly one start event says which event.
    EventSubProcess,
    Transaction,
    AdHocSubProcess(AdHoc),
    CallActivity(CalledElement),
    /// Drawn, but outside of what is executed; holds the BPMN tag. Never in an executable process.
    Unsupported {
        tag: String,
    },
}

impl ElementKind {
    /// Whether elements can lie inside.
    #[must_use]
    pub fn is_scope(&self) -> bool {
        matches!(
            self,
            Self::Process
                | Self::SubProcess
                | Self::EventSubProcess
                | Self::Transaction
                | Self::AdHocSubProcess(_)
        )
    }

    /// Whether this is an activity in BPMN's sense: boundary events may be attached to it.
    #[must_use]
    pub fn is_activity(&self) -> bool {
        matches!(
            self,
            Self::Task(_)
                | Self::SubProcess
                | Self::EventSubProcess
                | Self::Transaction
                | Self::AdHocSubProcess(_)
                | Self::CallActivity(_)
        )
    }

    /// The event definition of any kind of event.
    #[must_use]
    pub fn event(&self) -> Option<&EventDefinition> {
        match self {
            Self::StartEvent { event, .. }
            | Self::EndEvent { event }
            | Self::IntermediateCatchEvent { event }
            | Self::IntermediateThrowEvent { event }
            | Self::BoundaryEvent { event, .. } => Some(event),
            _ => None,
        }
    }

    /// The BPMN tag that this kind is written with.
    #[must_use]
    pub fn tag(&self) -> &str {
        match self {
            Self::Process => "process",
            Self::Task(task) => task.tag(),
            Self::Gateway(gateway) => gateway.tag(),
            Self::StartEvent { .. } => "startEvent",
            Self::EndEvent { .. } => "endEvent",
            Self::IntermediateCatchEvent { .. } => "intermediateCatchEvent",
            Self::IntermediateThrowEvent { .. } => "intermediateThrowEvent",
            Self::BoundaryEvent { .. } => "boundaryEvent",
            Self::SubProcess | Self::EventSubProcess => "subProcess",
            Self::Transaction => "transaction",
            Self::AdHocSubProcess(_) => "adHocSubProcess",
            Self::CallActivity(_) => "callActivity",
            Self::Unsupported { tag } => tag,
        }
    }
}

/// A gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gateway {
    Exclusive { default: Option<FlowIdx> },
    Parallel,
    Inclusive { default: Option<FlowIdx> },
    EventBased,
}

impl Gateway {
    /// The BPMN tag.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Exclusive { .. } => "exclusiveGateway",
            Self::Parallel => "parallelGateway",
            Self::Inclusive { .. } => "inclusiveGateway",
            Self::EventBased => "eventBasedGateway",
        }
    }
}

/// An ad-hoc subprocess: its elements run as they are activated, not by a start event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdHoc {
    /// FEEL list of the ids of the elements to activate on entry.
    pub active_elements: Option<Expression>,
    /// FEEL, evaluated when an inner element completes.
    pub completion_condition: Option<Expression>,
    /// Whether elements still running are ended once the condition holds. True unless the file says otherwise.
    pub cancel_remaining: bool,
    pub output_collection: Option<String>,
    pub output_element: Option<Expression>,
    /// With a job, a worker decides what to activate.
    pub job: Option<JobDefinition>,
}

/// What a call activity calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledElement {
    pub process_id: Expression,
    pub binding: Binding,
    /// Whether all of the called instance's variables come back. True unless the file says otherwise.
    pub propagate_all_child_variables: bool,
    /// Whether all of the caller's variables go in. True unless the file says otherwise.
    pub propagate_all_parent_variables: bool,
    pub business_id: Option<Expression>,
}

/// Which version of a called process, decision, form or resource is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Binding {
    /// The newest at the time of the call.
    #[default]
    Latest,
    /// The one that came in the same deployment.
    Deployment,
    /// The newest that carries this version tag.
    VersionTag(String),
}

/// How an activity repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repetition {
    MultiInstance(MultiInstance),
    StandardLoop(StandardLoop),
}

/// `multiInstanceLoopCharacteristics` with `zeebe:loopCharacteristics`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MultiInstance {
    pub sequential: bool,
    /// FEEL list; one inner instance for each item.
    pub input_collection: Expression,
    /// Name of the variable that holds the item.
    pub input_element: Option<String>,
    /// Name of the variable that collects the results.
    pub output_collection: Option<String>,
    /// FEEL, evaluated in each inner instance for its result.
    pub output_element: Option<Expression>,
    /// FEEL, evaluated as each inner instance completes; true ends the rest.
    pub completion_condition: Option<Expression>,
}

/// `standardLoopCharacteristics`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardLoop {
    /// FEEL; the activity repeats while it holds. Without one only `maximum` ends the loop.
    pub condition: Option<Expression>,
    /// `testBefore`: whether the condition is asked before the first run too.
    pub test_before: bool,
    /// `loopMaximum`: at most this many runs.
    pub maximum: Option<u32>,
}
