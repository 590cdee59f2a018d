//! What a deployment as a whole must be: each id once, and whatever a diagram wants from its own
//! deployment in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use gardesh_feel::Value;

use super::decision;
use crate::command::Resource;
use crate::definition::{Binding, Definition, FormSpec, Node, NodeKind, Source};
use crate::entities::deployment::ResourceKind;
use crate::rejection::Rejection;

/// The kinds and ids of what a deployment brings.
pub(super) type Ids<'a> = BTreeSet<(&'static str, &'a str)>;

/// Processes and forms go by their ids, decision requirements graphs by namespace and id. The ids of
/// decisions are unique within their file only, which was seen to when it was read.
pub(super) fn unique(resources: &[Resource]) -> Result<Ids<'_>, Rejection> {
    let (mut ids, mut graphs) = (BTreeSet::new(), BTreeSet::new());
    for resource in resources {
        let twice = match resource {
            Resource::Bpmn { processes, .. } => processes
                .iter()
                .find(|process| !ids.insert(("process", &*process.id)))
                .map(|process| ("process", &*process.id)),
            Resource::Dmn { name, model, .. } => {
                let graph = decision::graph_id(name, model);
                ids.extend(decision::decisions(model).map(|found| ("decision", found.id)));
                let is_new = graphs.insert((model.namespace(), graph));
                (!is_new).then_some(("decision requirements graph", graph))
            }
            Resource::Form { id, .. } => {
                (!ids.insert(("form", id.as_str()))).then_some(("form", id.as_str()))
            }
        };
        if let Some((kind, id)) = twice {
            return Err(Rejection::invalid(format!(
                "Expected each {kind} once in a deployment, but '{id}' is there twice. Deploy one of them, or rename one."
            )));
        }
    }
    Ok(ids)
}

/// What a diagram wants from its own deployment must be in it.
pub(super) fn together(resources: &[Resource], ids: &Ids<'_>) -> Result<(), Rejection> {
    for process in resources.iter().flat_map(processes) {
        for node in &process.nodes {
            let wanted = from_own_deployment(node);
            if let Some((kind, id)) = wanted.filter(|wanted| !ids.contains(wanted)) {
                return Err(Rejection::invalid(format!(
                    "Expected a {kind} with the id '{id}' in this deployment, because '{}' in process '{}' is bound to the one that is deployed with it, but there is none. Deploy both together, or choose another binding.",
                    node.id, process.id
                )));
            }
        }
    }
    Ok(())
}

/// The kind and the id of what an element names as deployed with it.
fn from_own_deployment(node: &Node) -> Option<(&'static str, &str)> {
    let (kind, id, binding) = names_deployed(node)?;
    match (id, binding) {
        (Source::Literal(Value::String(id)), Binding::Deployment) => Some((kind.name(), id)),
        _ => None,
    }
}

/// What an element names by its id that has to be deployed, with or before it.
pub(super) fn names_deployed(node: &Node) -> Option<(ResourceKind, &Source, &Binding)> {
    if let NodeKind::CallActivity(call) = &node.kind {
        Some((ResourceKind::Process, &call.process_id, &call.binding))
    } else if let NodeKind::DecisionTask(call) = &node.kind {
        Some((ResourceKind::Decision, &call.decision_id, &call.binding))
    } else if let NodeKind::UserTask(task) = &node.kind
        && let Some(FormSpec::Deployed { id, binding }) = &task.form
    {
        Some((ResourceKind::Form, id, binding))
    } else {
        None
    }
}

pub(super) fn processes(resource: &Resource) -> &[Arc<Definition>] {
    match resource {
        Resource::Bpmn { processes, .. } => processes,
        Resource::Dmn { .. } | Resource::Form { .. } => &[],
    }
}
