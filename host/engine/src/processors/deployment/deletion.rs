//! Deletion of what was deployed. Nothing begins with a deleted version any more; the version
//! before, if there is one, becomes the latest, and its start events wait again. Cases that run go
//! on, and they and their history keep what they need.

use std::sync::Arc;

use super::{close_starts, open_starts, starts_of};
use crate::command::{DeleteResource, ResourceDeleted};
use crate::context::Context;
use crate::entities::deployment::ResourceKind;
use crate::entities::process_definition::DefinitionRow;
use crate::entities::subscription::Wait;
use crate::event::{DecisionEvent, Event, FormEvent, ProcessDefinitionEvent};
use crate::key::*;
use crate::processors::Request;
use crate::rejection::Rejection;
use crate::state::versions::graph_name;

impl Request for DeleteResource {
    type Answer = ResourceDeleted;

    fn process(self, ctx: &mut Context<'_>) -> Result<ResourceDeleted, Rejection> {
        delete(ctx, self.key)
    }
}

/// Deletes a version of a process, a decision model or a version of a form by its key.
fn delete(ctx: &mut Context<'_>, key: u64) -> Result<ResourceDeleted, Rejection> {
    if let Some(row) = ctx
        .state
        .deployed_definition(ctx.tenant, ProcessDefinitionKey(key))
    {
        delete_process(ctx, &row)?;
        return Ok(ResourceDeleted {
            process: Some(row.key),
        });
    }
    let event = of_model(ctx, DecisionRequirementsKey(key))
        .or_else(|| of_form(ctx, FormKey(key)))
        .ok_or_else(|| not_found(ctx, key))?;
    ctx.emit(event);
    Ok(ResourceDeleted { process: None })
}

fn of_model(ctx: &Context<'_>, key: DecisionRequirementsKey) -> Option<Event> {
    let row = ctx.state.decision_requirements.get(&(ctx.tenant, key))?;
    let kind = ResourceKind::DecisionRequirements;
    let name = graph_name(&row.namespace, &row.id);
    let is_there = ctx.state.is_deployed(ctx.tenant, kind, &name, row.version);
    is_there.then_some(Event::Decision(DecisionEvent::RequirementsDeleted {
        requirements: key,
    }))
}

fn of_form(ctx: &Context<'_>, key: FormKey) -> Option<Event> {
    let row = ctx.state.forms.get(&(ctx.tenant, key))?;
    let is_there = ctx
        .state
        .is_deployed(ctx.tenant, ResourceKind::Form, &row.id, row.version);
    is_there.then_some(Event::Form(FormEvent::Deleted { form: key }))
}

fn not_found(ctx: &Context<'_>, key: u64) -> Rejection {
    match ctx.state.decisions.get(&(ctx.tenant, DecisionKey(key))) {
        Some(decision) => Rejection::invalid(format!(
            "Expected the key of a process definition, a decision requirements definition or a form, but {key} is a single decision. The decisions of a file are deleted together: delete {}.",
            decision.requirements
        )),
        None => Rejection::not_found("deployed resource", key),
    }
}

fn delete_process(ctx: &mut Context<'_>, row: &Arc<DefinitionRow>) -> Result<(), Rejection> {
    let living = ctx
        .state
        .living_versions(ctx.tenant, ResourceKind::Process, &row.id);
    let is_latest = living.last() == Some(&row.key.0);
    let before = living
        .iter()
        .rev()
        .nth(1)
        .map(|key| ProcessDefinitionKey(*key));
    let starts = match before.filter(|_| is_latest) {
        Some(before) => waits_again(ctx, before)?,
        None => Vec::new(),
    };
    close_starts(ctx, row.key);
    ctx.emit(ProcessDefinitionEvent::Deleted {
        definition: row.key,
    });
    if let Some(before) = before.filter(|_| is_latest) {
        open_starts(ctx, before, starts);
    }
    Ok(())
}

/// What the start events of a version wait for that becomes the latest again. A date that has
/// passed was for another time.
fn waits_again(
    ctx: &mut Context<'_>,
    key: ProcessDefinitionKey,
) -> Result<Vec<(u32, Wait)>, Rejection> {
    let definition = ctx.definitions.get(ctx.state, ctx.tenant, key);
    let Some(definition) = definition else {
        return Ok(Vec::new());
    };
    let mut starts = starts_of(ctx, &definition).map_err(|rejection| {
        Rejection::state(format!(
            "{} Its version {key} would become the latest one. Delete that version first.",
            rejection.message
        ))
    })?;
    let now = ctx.at_ms;
    starts
        .retain(|(_, wait)| !matches!(wait, Wait::Timer { due_ms, cycle: None } if *due_ms <= now));
    Ok(starts)
}
