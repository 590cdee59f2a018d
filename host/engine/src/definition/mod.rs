//! A process definition as the engine runs it: the linked model of the diagram with every
//! expression compiled. What elements are is in `node`; `compile` makes a definition and
//! says what is wrong with a diagram, `warnings` what is probably not meant in it. How times are
//! written is in `time`.

mod compile;
mod expression;
mod node;
mod paths;
mod resource;
pub(crate) mod time;
mod warnings;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use compile::{compile, compile_beside, compile_decisions, compile_one};
pub use expression::Source;
pub use gardesh_bpmn::{Binding, Diagnostic, Severity, VariableEvent, encoding_name};
pub use node::*;
pub use paths::Paths;
pub use resource::Resource;
pub use time::{read_instant, read_retention, write_retention};
pub use warnings::form_fields;

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
    /// How long the history of its cases is kept, where it says.
    pub history_ms: Option<u64>,
    /// All elements; index 0 is the process itself.
    pub nodes: Vec<Node>,
    /// All sequence flows.
    pub flows: Vec<Flow>,
    /// Where a token can come from that an inclusive join waits for.
    pub paths: Paths,
    by_id: BTreeMap<Arc<str>, u32>,
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

    /// The start events of the process itself, with their indexes.
    pub fn start_events(&self) -> impl Iterator<Item = (u32, &Node)> {
        (0..).zip(&self.nodes).filter(|(_, node)| {
            node.scope == Some(Self::ROOT) && matches!(node.kind, NodeKind::StartEvent { .. })
        })
    }

    /// The index of an element by its id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }
}

fn index(element: ElementIdx) -> u32 {
    element.0
}

fn flow_index(flow: FlowIdx) -> u32 {
    flow.0
}
