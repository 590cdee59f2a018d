//! The linked model of a BPMN file: processes as flat arenas of elements and sequence flows.
//! What an element *is* lives in `model/kind.rs`, `model/task.rs` and `model/event.rs`;
//! how a model comes about in `read/`, what makes it executable in `validate/`.
//!
//! A process that is not executable is a drawing: values that it leaves out read as empty expressions.
//! [`crate::parse`] never returns an executable process with such a gap, nor one that holds
//! [`ElementKind::Unsupported`] or [`EventDefinition::Unsupported`].

mod event;
mod kind;
mod task;

use std::ops::Index;

use gardesh_xml::{Diagnostic, Severity};

pub use event::{
    Compensation, Condition, ErrorDefinition, Escalation, EventDefinition, Message, Signal, Timer,
    VariableEvent,
};
pub use kind::{
    AdHoc, Binding, CalledElement, ElementKind, Gateway, MultiInstance, Repetition, StandardLoop,
};
pub use task::{
    BusinessRule, CalledDecision, Form, FormReference, JobDefinition, LinkedResource, Listener,
    ListenerEvent, MessagePublication, Script, Send, Task, UserTask, UserTaskImplementation,
};

/// Position of an element in [`Process::elements`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementIdx(pub u32);

/// Position of a sequence flow in [`Process::flows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowIdx(pub u32);

/// A whole BPMN file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// `id` of the definitions element.
    pub id: Option<String>,
    pub name: Option<String>,
    pub target_namespace: Option<String>,
    /// The program that wrote the file, and its version.
    pub exporter: Option<String>,
    pub exporter_version: Option<String>,
    /// All processes in document order, executable or not.
    pub processes: Vec<Process>,
    pub messages: Vec<Message>,
    pub signals: Vec<Signal>,
    pub errors: Vec<ErrorDefinition>,
    pub escalations: Vec<Escalation>,
    /// The pools of all collaborations.
    pub participants: Vec<Participant>,
    /// What is probably not meant, but does not stop a deployment.
    pub warnings: Vec<Diagnostic>,
}

/// A pool. A pool without a process is a black box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    pub id: String,
    pub name: Option<String>,
    /// `id` of the process that the pool shows, if it shows one of this file.
    pub process_id: Option<String>,
}

/// One process: an arena in which index 0 is the process itself as the root scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    pub id: String,
    pub name: Option<String>,
    /// `zeebe:versionTag`.
    pub version_tag: Option<String>,
    pub executable: bool,
    pub line: u32,
    /// All elements in document order, parents before children.
    pub elements: Vec<Element>,
    pub flows: Vec<SequenceFlow>,
    /// Lanes in document order, outer lanes before inner ones.
    pub lanes: Vec<Lane>,
    /// Forms embedded in the file (`zeebe:userTaskForm`), as (id, form JSON).
    pub embedded_forms: Vec<(String, String)>,
}

/// A lane: data for roles and reports, without execution semantics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub id: String,
    pub name: Option<String>,
    /// `id` of the lane that contains this one.
    pub parent: Option<String>,
    pub line: u32,
}

/// A flow node, or the process itself at index 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub id: String,
    pub name: Option<String>,
    pub kind: ElementKind,
    pub line: u32,
    pub column: u32,
    /// The flow scope; none for the process itself.
    pub parent: Option<ElementIdx>,
    /// For a scope: what it contains, in document order (boundary events and event subprocesses included).
    pub children: Vec<ElementIdx>,
    /// Sequence flows in document order.
    pub incoming: Vec<FlowIdx>,
    pub outgoing: Vec<FlowIdx>,
    /// Boundary events attached to this activity.
    pub boundary: Vec<ElementIdx>,
    /// For a scope: the event subprocesses that it contains.
    pub event_subprocesses: Vec<ElementIdx>,
    /// `zeebe:ioMapping`.
    pub mappings: IoMapping,
    /// `zeebe:taskHeaders` as (key, value).
    pub headers: Vec<(String, String)>,
    /// `zeebe:jobPriorityDefinition`: how urgent its jobs are, a whole number; for the process, those of all its elements
    /// that say nothing.
    pub job_priority: Option<Expression>,
    /// `zeebe:properties` as (name, value).
    pub properties: Vec<(String, String)>,
    pub repetition: Option<Repetition>,
    pub execution_listeners: Vec<Listener>,
    pub task_listeners: Vec<Listener>,
    /// `zeebe:linkedResources`.
    pub linked_resources: Vec<LinkedResource>,
    /// `isForCompensation`: runs only when its activity is compensated.
    pub for_compensation: bool,
    /// The texts of all `documentation` children, joined by blank lines.
    pub documentation: Option<String>,
    /// `id` of the innermost lane that names this element.
    pub lane: Option<String>,
    /// Extension elements that nothing here understands, as they stand in the source.
    pub extensions: Vec<RawExtension>,
}

/// `zeebe:ioMapping`, in document order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IoMapping {
    pub inputs: Vec<Mapping>,
    pub outputs: Vec<Mapping>,
}

/// One mapping: the value of `source` is stored at `target`, a variable or a path into one (`a.b`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    pub source: Expression,
    pub target: String,
    pub line: u32,
}

/// A sequence flow between two elements of one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceFlow {
    /// Its own, or one made of source and target where the file gives none.
    pub id: String,
    pub name: Option<String>,
    pub line: u32,
    pub column: u32,
    pub source: ElementIdx,
    pub target: ElementIdx,
    pub condition: Option<Expression>,
    /// Whether the source names this flow as its `default`.
    pub is_default: bool,
}

/// An extension element kept word for word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawExtension {
    pub namespace: Option<String>,
    pub local_name: String,
    pub line: u32,
    pub column: u32,
    /// The source text from `<` to `>`; its prefixes are those of the file.
    pub xml: String,
}

/// A value in a diagram: literal, or FEEL when the attribute starts with `=`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expression {
    /// The text as it stands.
    Static(String),
    /// FEEL source: the text after `=`, trimmed.
    Feel(String),
}

impl Expression {
    /// Reads Camunda's notation: a leading `=` makes the rest FEEL.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text.trim_start().strip_prefix('=') {
            Some(feel) => Self::Feel(feel.trim().to_owned()),
            None => Self::Static(text.to_owned()),
        }
    }

    /// The text without the `=`.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Static(text) | Self::Feel(text) => text,
        }
    }

    /// Whether there is nothing to evaluate; so only in a process that is not executable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text().trim().is_empty()
    }

    /// The FEEL source, if this is an expression.
    #[must_use]
    pub fn as_feel(&self) -> Option<&str> {
        match self {
            Self::Feel(source) => Some(source),
            Self::Static(_) => None,
        }
    }

    /// The literal, if this is one.
    #[must_use]
    pub fn as_static(&self) -> Option<&str> {
        match self {
            Self::Static(text) => Some(text),
            Self::Feel(_) => None,
        }
    }
}

impl Default for Expression {
    fn default() -> Self {
        Self::Static(String::new())
    }
}

impl Model {
    /// The processes that can be started.
    pub fn executable(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter().filter(|process| process.executable)
    }

    /// A process by its `id`.
    #[must_use]
    pub fn process(&self, id: &str) -> Option<&Process> {
        self.processes.iter().find(|process| process.id == id)
    }

    /// For a deployment: at least one process must be executable.
    ///
    /// # Errors
    /// One diagnostic when there is none.
    pub fn require_executable(&self) -> Result<(), Diagnostic> {
        if self.executable().next().is_some() {
            return Ok(());
        }
        let found = match self.processes.len() {
            0 => "the file holds no process".to_owned(),
            1 => format!("{:?} is not", self.processes[0].id),
            n => format!("none of its {n} processes is"),
        };
        Err(Diagnostic {
            severity: Severity::Error,
            code: "no-executable-process",
            element_id: self.processes.first().map(|process| process.id.clone()),
            line: self.processes.first().map_or(1, |process| process.line),
            column: 1,
            message: format!(
                "Expected an executable process, but {found}. Hint: set isExecutable=\"true\" on the process."
            ),
        })
    }
}

impl Process {
    /// The process itself as the root scope.
    pub const ROOT: ElementIdx = ElementIdx(0);

    /// All elements with their positions, the process itself first.
    pub fn indexed(&self) -> impl Iterator<Item = (ElementIdx, &Element)> {
        (0..).map(ElementIdx).zip(&self.elements)
    }

    /// An element by its `id`. Linear in the number of elements.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ElementIdx> {
        self.indexed()
            .find(|(_, element)| element.id == id)
            .map(|(idx, _)| idx)
    }

    /// A sequence flow as messages call it, whether its author gave it an id or not.
    #[must_use]
    pub fn way(&self, flow: &SequenceFlow) -> String {
        let [source, target] = [flow.source, flow.target].map(|idx| &self[idx].id);
        format!("the flow from {source:?} to {target:?}")
    }

    /// The start events of a scope, in document order.
    pub fn start_events(&self, scope: ElementIdx) -> impl Iterator<Item = ElementIdx> {
        let children = self[scope].children.iter().copied();
        children.filter(|&idx| matches!(self[idx].kind, ElementKind::StartEvent { .. }))
    }

    /// The start event without an event definition, at which a scope begins. At most one in an executable process.
    #[must_use]
    pub fn none_start_event(&self, scope: ElementIdx) -> Option<ElementIdx> {
        self.start_events(scope).find(|&idx| {
            matches!(
                &self[idx].kind,
                ElementKind::StartEvent {
                    event: EventDefinition::None,
                    ..
                }
            )
        })
    }
}

impl Index<ElementIdx> for Process {
    type Output = Element;

    fn index(&self, idx: ElementIdx) -> &Element {
        &self.elements[idx.0 as usize]
    }
}

impl Index<FlowIdx> for Process {
    type Output = SequenceFlow;

    fn index(&self, idx: FlowIdx) -> &SequenceFlow {
        &self.flows[idx.0 as usize]
    }
}
