//! A process definition as the engine runs it: the linked model of the diagram with every
//! expression compiled. `compile` makes one and says what is wrong with a diagram.

mod compile;
mod expression;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use compile::{compile, compile_one};
pub use expression::Source;
pub use gardesh_bpmn::{Diagnostic, Severity};

use gardesh_bpmn::{ElementIdx, FlowIdx};

/// A compiled process. Elements and sequence flows are named by their index in it.
#[derive(Debug)]
pub struct Definition {
    /// The process id of the diagram.
    pub id: Arc<str>,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// The version tag of the diagram.
    pub version_tag: Option<Arc<str>>,
    /// All elements; index 0 is the process itself.
    pub nodes: Vec<Node>,
    /// All sequence flows.
    pub flows: Vec<Flow>,
    by_id: BTreeMap<Arc<str>, u32>,
}

/// An element of the diagram.
#[derive(Debug)]
pub struct Node {
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// What it does.
    pub kind: NodeKind,
    /// Sequence flows that lead to it.
    pub incoming: Vec<u32>,
    /// Sequence flows that leave it, in the order of the diagram.
    pub outgoing: Vec<u32>,
    /// The flow that is taken when no condition holds.
    pub default_flow: Option<u32>,
    /// Its flow scope.
    pub scope: Option<u32>,
    /// Boundary events on it, the specific ones before the general.
    pub boundary: Vec<u32>,
    /// Variables made for it when it is entered.
    pub inputs: Vec<Mapping>,
    /// What of its variables goes to the scopes outside when it is left.
    pub outputs: Vec<Mapping>,
    /// Task headers.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
}

/// What an element does. One file of `elements` each.
#[derive(Debug)]
pub enum NodeKind {
    /// The process, or a part of it with a scope of its own; begins at its start event.
    Scope { start: u32, kind: ScopeKind },
    /// Begins a scope.
    StartEvent,
    /// Ends a path.
    EndEvent(EndKind),
    /// Passes on: a manual or undefined task, an intermediate event without meaning.
    PassThrough(&'static str),
    /// Work for a component or an outside worker.
    Job(JobSpec),
    /// Work for a person.
    UserTask(Box<UserTaskSpec>),
    /// Takes one way.
    ExclusiveGateway,
    /// Takes all ways, and waits for all.
    ParallelGateway,
    /// Catches BPMN errors of the activity that it sits on; all of them without a code.
    ErrorBoundary { host: u32, code: Option<Arc<str>> },
}

/// Which kind of scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The process itself.
    Process,
    /// A part drawn inside another.
    SubProcess,
}

/// How a path ends.
#[derive(Debug)]
pub enum EndKind {
    /// It just does.
    None,
    /// It ends all others of its scope, too.
    Terminate,
    /// It throws a BPMN error to the scopes around.
    Error(Source),
}

/// The job of a task.
#[derive(Debug)]
pub struct JobSpec {
    /// The kind of task in the API's words.
    pub task: &'static str,
    /// Who can do it.
    pub job_type: Source,
    /// How often it may be tried.
    pub retries: Option<Source>,
}

/// The person's side of a user task.
#[derive(Debug, Default)]
pub struct UserTaskSpec {
    /// Who has it.
    pub assignee: Option<Source>,
    /// Groups whose members may take it.
    pub candidate_groups: Option<Source>,
    /// Persons who may take it.
    pub candidate_users: Option<Source>,
    /// When it should be done.
    pub due_date: Option<Source>,
    /// When to look at it again.
    pub follow_up_date: Option<Source>,
    /// 0 to 100.
    pub priority: Option<Source>,
    /// The id of the form.
    pub form_id: Option<Source>,
}

/// A variable mapping: the value of `source` goes to `target`, a path of names.
#[derive(Debug)]
pub struct Mapping {
    /// The value.
    pub source: Source,
    /// The variable, and the members inside it.
    pub target: Vec<Arc<str>>,
}

/// A sequence flow.
#[derive(Debug)]
pub struct Flow {
    /// Its id.
    pub id: Arc<str>,
    /// The element that it leads to.
    pub target: u32,
    /// When it is taken.
    pub condition: Option<Source>,
}

impl Definition {
    /// The index of the process itself.
    pub const ROOT: u32 = 0;

    /// An element.
    pub fn node(&self, index: u32) -> &Node {
        &self.nodes[index as usize]
    }

    /// A sequence flow.
    pub fn flow(&self, index: u32) -> &Flow {
        &self.flows[index as usize]
    }

    /// The index of an element by its id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }
}

impl Node {
    /// Whether tokens wait here for each other.
    pub fn is_join(&self) -> bool {
        matches!(self.kind, NodeKind::ParallelGateway) && self.incoming.len() > 1
    }

    /// The kind in the words of the Camunda REST API.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Scope {
                kind: ScopeKind::Process,
                ..
            } => "PROCESS",
            NodeKind::Scope {
                kind: ScopeKind::SubProcess,
                ..
            } => "SUB_PROCESS",
            NodeKind::StartEvent => "START_EVENT",
            NodeKind::EndEvent(_) => "END_EVENT",
            NodeKind::PassThrough(name) => name,
            NodeKind::Job(spec) => spec.task,
            NodeKind::UserTask(_) => "USER_TASK",
            NodeKind::ExclusiveGateway => "EXCLUSIVE_GATEWAY",
            NodeKind::ParallelGateway => "PARALLEL_GATEWAY",
            NodeKind::ErrorBoundary { .. } => "BOUNDARY_EVENT",
        }
    }
}

fn index(element: ElementIdx) -> u32 {
    element.0
}

fn flow_index(flow: FlowIdx) -> u32 {
    flow.0
}
