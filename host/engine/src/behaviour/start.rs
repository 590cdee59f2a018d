//! How a process instance begins, whoever starts it: a client, a call activity, an event or a trigger.

use std::sync::Arc;

use crate::context::Context;
use crate::definition::Definition;
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::Role;
use crate::entities::process_instance::Parent;
use crate::event::{ElementInstanceEvent, ProcessInstanceEvent};
use crate::key::*;
use crate::variables::Document;

/// How a case begins.
pub(crate) struct Beginning {
    pub definition: ProcessDefinitionKey,
    pub business_key: Option<Arc<str>>,
    /// The start event, where something that happened chose it.
    pub start: Option<u32>,
    /// The call activity that calls it.
    pub parent: Option<Parent>,
    /// How many triggers' decisions lie in the chain that leads to it, where one starts it.
    /// What a case starts is as deep as that case.
    pub trigger_depth: Option<u32>,
}

/// Starts a case; the caller has checked that the definition is there.
pub(crate) fn start(
    ctx: &mut Context<'_>,
    beginning: Beginning,
    variables: &Document,
) -> ProcessInstanceKey {
    let instance = ProcessInstanceKey(ctx.next_key());
    begin(ctx, instance, beginning, variables);
    instance
}

pub(crate) fn begin(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    beginning: Beginning,
    variables: &Document,
) {
    let Beginning {
        definition,
        business_key,
        start,
        parent,
        trigger_depth,
    } = beginning;
    let trigger_depth = trigger_depth.unwrap_or_else(|| ctx.trigger_depth());
    ctx.emit(ProcessInstanceEvent::Created {
        instance,
        definition,
        business_key,
        start,
        parent,
        trigger_depth,
    });
    let root = instance.root();
    ctx.emit(ElementInstanceEvent::Activating {
        instance,
        key: root,
        element: Definition::ROOT,
        scope: root,
        role: Role::Plain,
    });
    ctx.set_variables(instance, root, variables);
    ctx.then(Continuation::Activate {
        instance,
        element: root,
    });
}
