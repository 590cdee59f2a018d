//! Process instances: start, cancel, change variables.

use std::sync::Arc;

use super::Request;
use super::{modification, suspension};
use crate::behaviour::start::{Beginning, begin, start};
use crate::command::{
    CancelInstance, CreateInstance, InstanceCreated, Once, ProcessRef, SetVariables, TaskAnswer,
};
use crate::context::Context;
use crate::definition::{Definition, NodeKind};
use crate::elements::user_task;
use crate::entities::continuation::Continuation;
use crate::entities::deployment::ResourceKind;
use crate::entities::process_instance::StartKey;
use crate::event::ProcessInstanceEvent;
use crate::key::*;
use crate::limits::{
    MAX_BUSINESS_KEY_BYTES, MAX_INSTRUCTIONS, MAX_START_KEY_BYTES, START_KEY_KEPT_MS,
};
use crate::operation::Activation;
use crate::rejection::{Rejection, RejectionKind};
use crate::variables::Document;

impl Request for CreateInstance {
    type Answer = InstanceCreated;

    fn process(self, ctx: &mut Context<'_>) -> Result<InstanceCreated, Rejection> {
        let ways = Ways {
            start_at: &self.start_at,
            stop_after: &self.stop_after,
        };
        let (process, variables) = (&self.process, &self.variables);
        create_once(ctx, process, variables, self.business_key, &ways, self.once)
    }
}

impl Request for CancelInstance {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        cancel(ctx, self.instance)
    }
}

impl Request for SetVariables {
    type Answer = TaskAnswer;

    fn process(self, ctx: &mut Context<'_>) -> Result<TaskAnswer, Rejection> {
        set_variables(ctx, self.instance, self.scope, &self.variables, self.local)
    }
}

/// Starts an instance, or finds the one that the same client has started with the same
/// idempotency key.
fn create_once(
    ctx: &mut Context<'_>,
    process: &ProcessRef,
    variables: &Document,
    business_key: Option<String>,
    ways: &Ways<'_>,
    once: Option<Once>,
) -> Result<InstanceCreated, Rejection> {
    let Some(once) = once else {
        return create(ctx, process, variables, business_key, ways);
    };
    if once.key.is_empty() || once.key.len() > MAX_START_KEY_BYTES {
        return Err(Rejection::invalid(format!(
            "Expected an idempotency key of 1 to {MAX_START_KEY_BYTES} bytes, but got {}.",
            once.key.len()
        )));
    }
    let row = (ctx.tenant, Arc::clone(&once.key));
    if let Some(start) = ctx.state.start_keys.get(&row) {
        if start.digest != once.digest {
            return Err(Rejection::new(
                RejectionKind::AlreadyExists,
                "Expected the request that this idempotency key was first sent with, but it asks for something else. Send a new key with a new request.",
            ));
        }
        return Ok(InstanceCreated {
            instance: start.instance,
            definition: start.definition,
            again: true,
        });
    }
    let created = create(ctx, process, variables, business_key, ways)?;
    let InstanceCreated {
        instance,
        definition,
        ..
    } = created;
    let start = StartKey {
        instance,
        definition,
        digest: once.digest,
        forgotten_at_ms: ctx.after(START_KEY_KEPT_MS),
    };
    ctx.emit(ProcessInstanceEvent::StartKeyKept {
        instance,
        key: once.key,
        start: Arc::new(start),
    });
    Ok(created)
}

fn create(
    ctx: &mut Context<'_>,
    process: &ProcessRef,
    variables: &Document,
    business_key: Option<String>,
    ways: &Ways<'_>,
) -> Result<InstanceCreated, Rejection> {
    if business_key
        .as_ref()
        .is_some_and(|key| key.len() > MAX_BUSINESS_KEY_BYTES)
    {
        return Err(Rejection::invalid(format!(
            "Expected a business key of at most {MAX_BUSINESS_KEY_BYTES} bytes, but it is longer."
        )));
    }
    let definition = find(ctx, process)?;
    suspension::check_starts(ctx, definition)?;
    let beginning = Beginning {
        definition,
        business_key: business_key.map(Into::into),
        start: None,
        parent: None,
        trigger_depth: None,
    };
    let instance = if ways.start_at.is_empty() && ways.stop_after.is_empty() {
        check_startable(ctx, definition)?;
        start(ctx, beginning, variables)
    } else {
        start_on_ways(ctx, beginning, variables, ways)?
    };
    Ok(InstanceCreated {
        instance,
        definition,
        again: false,
    })
}

/// Where a case begins and ends, other than its diagram says.
struct Ways<'a> {
    start_at: &'a [Activation],
    stop_after: &'a [String],
}

fn start_on_ways(
    ctx: &mut Context<'_>,
    beginning: Beginning,
    variables: &Document,
    ways: &Ways<'_>,
) -> Result<ProcessInstanceKey, Rejection> {
    let key = beginning.definition;
    let definition = ctx.definitions.get(ctx.state, ctx.tenant, key);
    let definition = definition.ok_or_else(|| Rejection::not_found("process definition", key))?;
    let stop_after = stops(&definition, ways.stop_after)?;
    let instance = ProcessInstanceKey(ctx.next_key());
    let middle = if ways.start_at.is_empty() {
        check_startable(ctx, key)?;
        None
    } else {
        Some(modification::plan_start(
            ctx,
            instance,
            &definition,
            ways.start_at,
        )?)
    };
    begin(ctx, instance, beginning, variables);
    if !stop_after.is_empty() {
        ctx.emit(ProcessInstanceEvent::StopsAfter {
            instance,
            elements: stop_after,
        });
    }
    if let Some(middle) = middle {
        modification::put_start(ctx, instance, &definition, &middle);
    }
    Ok(instance)
}

/// The elements after which a case ends.
fn stops(definition: &Definition, ids: &[String]) -> Result<Vec<u32>, Rejection> {
    if ids.len() > MAX_INSTRUCTIONS {
        return Err(Rejection::invalid(format!(
            "Expected at most {MAX_INSTRUCTIONS} elements to end after, but there are {}.",
            ids.len()
        )));
    }
    ids.iter()
        .map(|id| {
            definition
                .find(id)
                .filter(|element| *element != Definition::ROOT)
                .ok_or_else(|| {
                    Rejection::invalid(format!(
                        "Expected an element with the id '{id}' in process '{}' to end after, but there is none.",
                        definition.id
                    ))
                })
        })
        .collect()
}

/// A process whose start events all wait for something cannot be started by hand.
fn check_startable(ctx: &mut Context<'_>, key: ProcessDefinitionKey) -> Result<(), Rejection> {
    let definition = ctx.definitions.get(ctx.state, ctx.tenant, key);
    match definition
        .as_deref()
        .map(|definition| (&definition.id, &definition.node(Definition::ROOT).kind))
    {
        Some((id, NodeKind::Scope(scope))) if scope.start.is_none() => {
            Err(Rejection::state(format!(
                "Expected process '{id}' to have a start event that waits for nothing, but it has none. Start it by what its start event waits for: a message, a signal or a time."
            )))
        }
        _ => Ok(()),
    }
}

fn find(ctx: &mut Context<'_>, process: &ProcessRef) -> Result<ProcessDefinitionKey, Rejection> {
    let tenant = ctx.tenant;
    let key = match process {
        ProcessRef::Key(key) => Some(*key),
        ProcessRef::Id { id, version: None } => ctx
            .state
            .latest_definitions
            .get(&(tenant, id.as_str().into()))
            .map(|key| *key),
        ProcessRef::Id {
            id,
            version: Some(version),
        } => ctx
            .state
            .definition_versions
            .get(&(tenant, ResourceKind::Process, id.as_str().into(), *version))
            .map(|key| ProcessDefinitionKey(*key)),
    };
    let known = key.filter(|key| ctx.state.deployed_definition(tenant, *key).is_some());
    known.ok_or_else(|| {
        let what = match process {
            ProcessRef::Key(key) => format!("key '{key}'"),
            ProcessRef::Id { id, version: None } => format!("id '{id}'"),
            ProcessRef::Id {
                id,
                version: Some(version),
            } => format!("id '{id}' in version {version}"),
        };
        let message = format!(
            "Expected to find a process definition with {what}, but there is none. Deploy it first."
        );
        Rejection::new(RejectionKind::NotFound, message)
    })
}

pub(super) fn cancel(ctx: &mut Context<'_>, instance: ProcessInstanceKey) -> Result<(), Rejection> {
    // A banned case may be cancelled: it is the way to be rid of it.
    let row = ctx
        .instance(instance)
        .ok_or_else(|| Rejection::not_found("process instance", instance))?;
    if row.parent.is_some() {
        return Err(Rejection::state(format!(
            "Expected to cancel a process instance that no other one called, but {instance} was called by a call activity. Cancel the root process instance '{}' instead.",
            root_of(ctx, instance)
        )));
    }
    ctx.current.case = Some(instance);
    ctx.then(Continuation::Terminate {
        instance,
        element: instance.root(),
    });
    Ok(())
}

/// The case at the top of the calls above one.
fn root_of(ctx: &Context<'_>, mut instance: ProcessInstanceKey) -> ProcessInstanceKey {
    while let Some(parent) = ctx.instance(instance).and_then(|row| row.parent) {
        instance = parent.instance;
    }
    instance
}

pub(super) fn set_variables(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    variables: &Document,
    local: bool,
) -> Result<TaskAnswer, Rejection> {
    ctx.workable(instance)?;
    let active = ctx
        .active(instance, scope)
        .ok_or_else(|| Rejection::not_found("element instance", scope))?;
    if let Some(asked) = user_task::change_variables(ctx, &active, variables, local) {
        return Ok(asked);
    }
    if local {
        ctx.set_variables(instance, scope, variables);
    } else {
        ctx.propagate(instance, scope, variables);
    }
    Ok(TaskAnswer::Done)
}
