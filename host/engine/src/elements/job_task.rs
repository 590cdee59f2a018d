//! Tasks that are done as a job, by a component or an outside worker.

use std::sync::Arc;

use gardesh_feel::Value;

use super::activated;
use crate::context::{Active, Context, Failure, wrong_type};
use crate::definition::{JobSpec, Source};
use crate::event::Event;
use crate::key::JobKey;
use crate::limits::DEFAULT_JOB_RETRIES;
use crate::processors::job::announce;
use crate::state::incident::IncidentKind;
use crate::state::job::{Job, JobState};
use crate::variables::Document;

/// Creates the job.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    spec: &JobSpec,
) -> Result<(), Failure> {
    let job_type = ctx.text(&spec.job_type, active, input)?;
    let retries = match &spec.retries {
        Some(source) => retries(ctx, active, input, source)?,
        None => DEFAULT_JOB_RETRIES,
    };
    activated(ctx, active, input);
    let component = ctx
        .state
        .components
        .get(&(ctx.tenant, Arc::clone(&job_type)));
    let job = Arc::new(Job {
        key: JobKey(ctx.next_key()),
        job_type,
        instance: active.instance,
        definition: active.definition_key,
        element: active.row.element,
        element_instance: active.key,
        component: component.map(|component| Arc::clone(&component.digest)),
        attempt: 1,
        retries,
        state: JobState::Ready,
        worker: None,
        error: None,
        created_at_ms: ctx.at_ms,
        ready_at_ms: ctx.at_ms,
    });
    ctx.emit(Event::JobCreated {
        job: Arc::clone(&job),
    });
    announce(ctx, &job);
    Ok(())
}

fn retries(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    source: &Source,
) -> Result<u32, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    let number = match &value {
        Value::Number(_) => value.to_json().parse().ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| wrong_type("a whole number of retries", source, &value, &reasons, kind))
}
