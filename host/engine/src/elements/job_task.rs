//! Tasks that are done as a job, by a component or an outside worker, and how any job comes
//! up.

use std::sync::Arc;

use super::activated;
use super::people::People;
use crate::behaviour::job::announce;
use crate::context::{Active, Context, Failure};
use crate::definition::{Definition, JobSpec};
use crate::entities::incident::IncidentKind;
use crate::entities::job::{Job, JobKind, JobState, ListenerEvent};
use crate::event::JobEvent;
use crate::key::JobKey;
use crate::limits::{DEFAULT_JOB_PRIORITY, DEFAULT_JOB_RETRIES};
use crate::variables::Document;

/// A job that is about to be created.
pub(super) struct Prepared {
    pub job_type: Arc<str>,
    pub retries: u32,
    pub priority: i32,
    /// The component that the diagram wants, by digest, where it wants a certain one.
    pub pinned: Option<Arc<str>>,
    pub kind: JobKind,
    pub listener_event: Option<ListenerEvent>,
    pub headers: Vec<(Arc<str>, Arc<str>)>,
}

/// Creates the job of a task.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    spec: &JobSpec,
) -> Result<(), Failure> {
    let job = prepare(ctx, active, input, spec)?;
    activated(ctx, active, input);
    create(ctx, active, job);
    Ok(())
}

/// Evaluates what a job needs.
///
/// # Errors
/// What does not give what it should.
pub(super) fn prepare(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    spec: &JobSpec,
) -> Result<Prepared, Failure> {
    let people = spec
        .people
        .as_ref()
        .map(|people| People::evaluate(ctx, active, input, people))
        .transpose()?;
    // Nobody can ask for jobs without a type.
    let job_type = ctx.name(&spec.job_type, active, input)?;
    let pinned = spec
        .component
        .as_ref()
        .map(|binding| ctx.component(&job_type, binding, active.definition_key))
        .transpose()
        .map_err(|message| Failure::new(IncidentKind::ResourceNotFound, message))?
        .flatten();
    Ok(Prepared {
        job_type,
        pinned,
        retries: match &spec.retries {
            Some(source) => {
                let expected = "a whole number of retries";
                ctx.whole_number(source, active, input, 0..=u32::MAX, expected)?
            }
            None => DEFAULT_JOB_RETRIES,
        },
        priority: priority(ctx, active, input)?,
        kind: JobKind::BpmnElement,
        listener_event: None,
        headers: people.map(|people| people.headers()).unwrap_or_default(),
    })
}

/// How urgent the jobs of an element are: what it says, or else what its process says.
fn priority(ctx: &Context<'_>, active: &Active, input: &Document) -> Result<i32, Failure> {
    let of_process = || {
        active
            .definition
            .node(Definition::ROOT)
            .job_priority
            .as_ref()
    };
    let Some(source) = active.node().job_priority.as_ref().or_else(of_process) else {
        return Ok(DEFAULT_JOB_PRIORITY);
    };
    let expected = "a whole number as the priority of a job";
    ctx.whole_number(source, active, input, i32::MIN..=i32::MAX, expected)
}

/// Creates a job for an element.
pub(super) fn create(ctx: &mut Context<'_>, active: &Active, prepared: Prepared) {
    let pinned = prepared.pinned.is_some();
    let component = prepared
        .pinned
        .or_else(|| ctx.latest_component(&prepared.job_type));
    let key = JobKey(ctx.next_key());
    let job = Arc::new(Job {
        key,
        job_type: prepared.job_type,
        kind: prepared.kind,
        listener_event: prepared.listener_event,
        headers: prepared.headers,
        instance: active.instance,
        definition: active.definition_key,
        element: active.row.element,
        element_instance: active.key,
        component,
        pinned,
        attempt: 1,
        priority: prepared.priority,
        place: key.0,
        retries: prepared.retries,
        state: JobState::Ready,
        worker: None,
        error: None,
        created_at_ms: ctx.at_ms,
        ready_at_ms: ctx.at_ms,
    });
    ctx.emit(JobEvent::Created {
        job: Arc::clone(&job),
    });
    announce(ctx, &job);
}
