//! Components that tasks are bound to by their deployment: whichever serves the job type when the
//! diagram is deployed goes on doing so in the cases of that version.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_feel::Value;

use super::check::processes;
use crate::command::Resource;
use crate::context::Context;
use crate::definition::{Binding, Definition, Node, NodeKind, Source};
use crate::rejection::Rejection;

/// The job type of a task that is bound to what is registered now.
fn bound(node: &Node) -> Option<&Arc<str>> {
    let NodeKind::Job(job) = &node.kind else {
        return None;
    };
    if let (Source::Literal(Value::String(job_type)), Some(Binding::Deployment)) =
        (&job.job_type, &job.component)
    {
        Some(job_type)
    } else {
        None
    }
}

/// Refuses a diagram that is bound to a component which is not there.
pub(super) fn check(ctx: &Context<'_>, resources: &[Resource]) -> Result<(), Rejection> {
    for process in resources.iter().flat_map(processes) {
        for node in &process.nodes {
            let missing = bound(node).filter(|name| ctx.latest_component(name).is_none());
            if let Some(name) = missing {
                return Err(Rejection::invalid(format!(
                    "Expected a component '{name}' to be registered, because '{}' in process '{}' is bound to the one at its deployment, but there is none. Upload it first, or choose another binding.",
                    node.id, process.id
                )));
            }
        }
    }
    Ok(())
}

/// The components that a process is bound to from now on: job type and digest.
pub(super) fn of_deployment(ctx: &Context<'_>, process: &Definition) -> Vec<(Arc<str>, Arc<str>)> {
    let found: BTreeMap<_, _> = process
        .nodes
        .iter()
        .filter_map(bound)
        .filter_map(|name| Some((Arc::clone(name), ctx.latest_component(name)?)))
        .collect();
    found.into_iter().collect()
}
