//! Suspended cases and process definitions. A suspended case takes no steps: its jobs are
//! handed to nobody, its timers are not due, its user tasks cannot be completed. What
//! happens to it from outside (a running job's outcome, a message, a signal) is recorded,
//! and the step that follows is kept until the case is resumed, so nothing is lost. Ending
//! and repairing it by hand goes on working. A suspended definition starts no new cases: a timer
//! that fires once and messages that live wait for it to be resumed, and of all else it is
//! recorded that it was skipped.

use super::Request;
use crate::behaviour::message;
use crate::command::{ResumeDefinition, ResumeInstance, SuspendDefinition, SuspendInstance};
use crate::context::Context;
use crate::entities::job::JobState;
use crate::event::{ProcessDefinitionEvent, ProcessInstanceEvent};
use crate::key::*;
use crate::rejection::Rejection;

impl Request for SuspendInstance {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        suspend(ctx, self.instance)
    }
}

impl Request for ResumeInstance {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        resume(ctx, self.instance)
    }
}

impl Request for SuspendDefinition {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        suspend_definition(ctx, self.definition)
    }
}

impl Request for ResumeDefinition {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        resume_definition(ctx, self.definition)
    }
}

pub(super) fn suspend(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
) -> Result<(), Rejection> {
    if ctx.workable(instance)?.suspended {
        return Err(Rejection::state(format!(
            "Expected process instance {instance} to be running, but it is suspended already."
        )));
    }
    ctx.emit(ProcessInstanceEvent::Suspended { instance });
    Ok(())
}

/// The steps that were kept are done in their order, and jobs are handed out again.
pub(super) fn resume(ctx: &mut Context<'_>, instance: ProcessInstanceKey) -> Result<(), Rejection> {
    if !ctx.workable(instance)?.suspended {
        return Err(Rejection::state(format!(
            "Expected process instance {instance} to be suspended, but it is not."
        )));
    }
    ctx.emit(ProcessInstanceEvent::Resumed { instance });
    announce_jobs(ctx, instance);
    ctx.work_off(instance);
    Ok(())
}

/// Tells who can do the jobs of a resumed case that they are there. A component may have
/// been uploaded for them in the meantime.
fn announce_jobs(ctx: &mut Context<'_>, instance: ProcessInstanceKey) {
    let elements = ctx.elements_of(instance);
    for key in elements.iter().flat_map(|(_, row)| row.jobs()) {
        let is_ready = |job: &crate::entities::job::Job| job.state == JobState::Ready;
        let Some(ready) = ctx
            .state
            .jobs
            .get(&(ctx.tenant, key))
            .filter(|job| is_ready(job))
        else {
            continue;
        };
        crate::behaviour::job::rebind(ctx, &ready);
        if let Some(ready) = ctx.state.jobs.get(&(ctx.tenant, key)) {
            crate::behaviour::job::announce(ctx, &ready);
        }
    }
}

/// Refuses what a suspended case does not allow.
///
/// # Errors
/// The case is suspended.
pub(super) fn check_goes_on(
    ctx: &Context<'_>,
    instance: ProcessInstanceKey,
) -> Result<(), Rejection> {
    match ctx.instance(instance) {
        Some(row) if row.suspended => Err(Rejection::state(format!(
            "Expected process instance {instance} to be running, but it is suspended. Resume it first."
        ))),
        _ => Ok(()),
    }
}

fn suspend_definition(
    ctx: &mut Context<'_>,
    definition: ProcessDefinitionKey,
) -> Result<(), Rejection> {
    check_definition(ctx, definition)?;
    if ctx.is_definition_suspended(definition) {
        return Err(Rejection::state(format!(
            "Expected process definition {definition} to be in use, but it is suspended already."
        )));
    }
    ctx.emit(ProcessDefinitionEvent::Suspended { definition });
    Ok(())
}

fn resume_definition(
    ctx: &mut Context<'_>,
    definition: ProcessDefinitionKey,
) -> Result<(), Rejection> {
    check_definition(ctx, definition)?;
    if !ctx.is_definition_suspended(definition) {
        return Err(Rejection::state(format!(
            "Expected process definition {definition} to be suspended, but it is not."
        )));
    }
    ctx.emit(ProcessDefinitionEvent::Resumed { definition });
    message::starts_opened(ctx, definition);
    Ok(())
}

fn check_definition(ctx: &Context<'_>, definition: ProcessDefinitionKey) -> Result<(), Rejection> {
    let row = ctx.state.deployed_definition(ctx.tenant, definition);
    row.map(|_| ())
        .ok_or_else(|| Rejection::not_found("process definition", definition))
}

/// Refuses to start a case of a suspended definition.
///
/// # Errors
/// The definition is suspended.
pub(super) fn check_starts(
    ctx: &Context<'_>,
    definition: ProcessDefinitionKey,
) -> Result<(), Rejection> {
    if ctx.is_definition_suspended(definition) {
        return Err(Rejection::state(format!(
            "Expected process definition {definition} to be in use, but it is suspended: no process instances are started. Resume it first."
        )));
    }
    Ok(())
}
