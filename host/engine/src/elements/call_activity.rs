//! Call activities: the work of one is a case of another process. Here is how that case
//! begins and how its end comes back; which version is called is decided in
//! `context::binding`.

use std::sync::Arc;

use gardesh_bpmn::Binding;

use super::{activated, mapping};
use crate::behaviour::start::{Beginning, start};
use crate::context::{Active, Context, Failure};
use crate::definition::{Definition, NodeKind, ProcessCall};
use crate::entities::continuation::Continuation;
use crate::entities::deployment::ResourceKind;
use crate::entities::element_instance::Phase;
use crate::entities::incident::IncidentKind;
use crate::entities::process_instance::Parent;
use crate::key::*;
use crate::limits::{MAX_BUSINESS_KEY_BYTES, MAX_CALL_DEPTH};
use crate::variables::Document;

/// Starts the called case.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    call: &ProcessCall,
) -> Result<(), Failure> {
    let beginning = Beginning {
        definition: called(ctx, active, input, call)?,
        business_key: business_key(ctx, active, input, call)?,
        start: None,
        parent: Some(Parent {
            instance: active.instance,
            element: active.key,
            root: ctx.top_of(active.instance),
            depth: depth(ctx, active)?,
        }),
        trigger_depth: None,
    };
    activated(ctx, active, input);
    let variables = variables_in(ctx, active, call);
    start(ctx, beginning, &variables);
    Ok(())
}

fn called(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    call: &ProcessCall,
) -> Result<ProcessDefinitionKey, Failure> {
    let id = ctx.text(&call.process_id, active, input)?;
    let kind = IncidentKind::CalledElementError;
    let key = ctx
        .deployed(
            ResourceKind::Process,
            &id,
            &call.binding,
            active.definition_key,
        )
        .map(ProcessDefinitionKey)
        .map_err(|message| Failure::new(kind, message))?;
    if ctx.is_definition_suspended(key) {
        return Err(Failure::new(
            kind,
            format!(
                "Expected the called process '{id}' to be in use, but its definition {key} is suspended. Resume it, then resolve."
            ),
        ));
    }
    let definition = ctx.definitions.get(ctx.state, ctx.tenant, key);
    let root = definition
        .as_deref()
        .map(|definition| &definition.node(Definition::ROOT).kind);
    match root {
        Some(NodeKind::Scope(scope)) if scope.start.is_some() => Ok(key),
        _ => Err(Failure::new(
            kind,
            format!(
                "Expected the called process '{id}' to have a start event that waits for nothing, but it has none. {}, then resolve.",
                if let Binding::Latest = call.binding {
                    "Deploy a version that has one"
                } else {
                    "Migrate the process instance to a version that calls another one"
                }
            ),
        )),
    }
}

/// The business key of the called case: what the activity says, else the caller's own.
fn business_key(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    call: &ProcessCall,
) -> Result<Option<Arc<str>>, Failure> {
    if call.business_key.is_none() {
        let caller = ctx.instance(active.instance);
        return Ok(caller.and_then(|caller| caller.business_key.clone()));
    }
    let key = ctx.optional_text(call.business_key.as_ref(), active, input)?;
    match key {
        Some(key) if key.len() > MAX_BUSINESS_KEY_BYTES => Err(Failure::new(
            IncidentKind::ExtractValueError,
            format!(
                "Expected a business key of at most {MAX_BUSINESS_KEY_BYTES} bytes for the called process instance, but it has {}. Correct the variables or the diagram, then resolve.",
                key.len()
            ),
        )),
        key => Ok(key),
    }
}

/// How many calls lie above the called case.
fn depth(ctx: &Context<'_>, active: &Active) -> Result<u32, Failure> {
    let above = ctx
        .instance(active.instance)
        .and_then(|caller| caller.parent)
        .map_or(0, |parent| parent.depth);
    if above >= MAX_CALL_DEPTH {
        return Err(Failure::new(
            IncidentKind::CalledElementError,
            format!(
                "Expected at most {MAX_CALL_DEPTH} calls of processes within each other, but this would be one more. If the process calls itself without end, cancel the root process instance and correct the diagram."
            ),
        ));
    }
    Ok(above + 1)
}

/// What the called case begins with: all that the activity sees, or what was made for it.
fn variables_in(ctx: &Context<'_>, active: &Active, call: &ProcessCall) -> Document {
    if call.all_variables_in {
        return ctx.visible_variables(active.instance, active.key);
    }
    if active.node().inputs.is_empty() {
        return Document::new();
    }
    ctx.state
        .variables_of(ctx.tenant, active.instance, active.key)
        .into_iter()
        .map(|(key, variable)| (key.3, variable.value.clone()))
        .collect()
}

/// The called case has reached its end: its caller goes on.
pub(super) fn completed(ctx: &mut Context<'_>, parent: Parent, variables: &Document) {
    let Some(active) = ctx.active(parent.instance, parent.element) else {
        return;
    };
    if active.row.phase != Phase::Active {
        // The activity was interrupted, and its case was done before it could be ended.
        return terminated(ctx, parent);
    }
    if let NodeKind::CallActivity(call) = &active.node().kind
        && (call.all_variables_back || !active.node().outputs.is_empty())
    {
        mapping::hand_over(ctx, &active, variables);
    }
    ctx.then(Continuation::Complete {
        instance: parent.instance,
        element: parent.element,
    });
}

/// The called case was ended: so is its caller's activity.
pub(super) fn terminated(ctx: &mut Context<'_>, parent: Parent) {
    ctx.then(Continuation::Terminate {
        instance: parent.instance,
        element: parent.element,
    });
}
