//! Listeners: jobs that come between an element's steps. Start listeners run one after the
//! other once its input is there and before it waits for anything or begins its work; end
//! listeners once its output is handed on and it waits for nothing any more. No element
//! knows of them: all are entered and left through here. Where an element repeats, they run
//! with each run. A case that is ended before it is done lets the cancel listeners of its
//! process run once all in it is gone.
//!
//! The listeners of user tasks are jobs of the same kind; what they come between is in
//! `user_task`.

use super::job_task::{self, Prepared};
use super::user_task;
use crate::context::{Active, Context, Failure};
use crate::definition::{ListenerEvent, Node};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::Phase;
use crate::entities::job::JobKind;
use crate::event::{ElementInstanceEvent, JobEvent};
use crate::variables::Document;

/// Whether something listens to this.
pub(super) fn listens(node: &Node, event: ListenerEvent) -> bool {
    node.listeners
        .iter()
        .any(|listener| listener.event == event)
}

/// Holds an element's work back for its start listeners, if it has some.
pub(super) fn hold_back(ctx: &mut Context<'_>, active: &Active, input: &Document) -> bool {
    if !active.is_at_work() || !listens(active.node(), ListenerEvent::Start) {
        return false;
    }
    ctx.set_variables(active.instance, active.key, input);
    listen(ctx, active);
    true
}

/// Holds an element's leaving back for its end listeners, if it has some.
pub(super) fn hold_on(ctx: &mut Context<'_>, active: &Active, output: &Document) -> bool {
    if !active.is_at_work() || !listens(active.node(), ListenerEvent::End) {
        return false;
    }
    ctx.propagate(active.instance, active.output_scope(), output);
    super::catching::close(ctx, active.instance, active.key);
    ctx.emit(ElementInstanceEvent::Completing {
        instance: active.instance,
        key: active.key,
    });
    listen(ctx, active);
    true
}

/// Holds the end of a case back for the cancel listeners of its process, if it has some.
pub(super) fn hold_end(ctx: &mut Context<'_>, active: &Active) -> bool {
    if active.row.scope.is_some()
        || !listens(active.node(), ListenerEvent::Cancel)
        || ctx.gets_no_jobs_done(active.instance)
    {
        return false;
    }
    let asked = active.row.listener_job.is_some_and(|job| {
        let job = ctx.state.jobs.get(&(ctx.tenant, job));
        job.is_some_and(|job| job.listener_event == Some(ListenerEvent::Cancel.into()))
    });
    if !asked {
        stop(ctx, active);
        super::scope::mark_as_ending(ctx, active.instance, active.key);
        listen(ctx, active);
    }
    true
}

fn listen(ctx: &mut Context<'_>, active: &Active) {
    ctx.then(Continuation::Listen {
        instance: active.instance,
        element: active.key,
    });
}

/// Goes on to the next listener, or to what the listeners held back.
pub(crate) fn go_on(ctx: &mut Context<'_>, active: &Active) -> Result<(), Failure> {
    if active.row.listener_job.is_some() {
        return Ok(());
    }
    let event = match active.row.phase {
        Phase::Activating => ListenerEvent::Start,
        Phase::Completing => ListenerEvent::End,
        Phase::Terminating if active.row.scope.is_none() => ListenerEvent::Cancel,
        Phase::Active | Phase::Terminating => return user_task::go_on(ctx, active),
    };
    if ctx.is_ending(active) {
        return Ok(());
    }
    match next(ctx, active, event, active.row.listeners_done)? {
        Some(job) => job_task::create(ctx, active, job),
        None if event == ListenerEvent::Start => super::work(ctx, active, &Document::new())?,
        None if event == ListenerEvent::Cancel => super::end(ctx, active),
        None => super::leave(ctx, active, &Document::new())?,
    }
    Ok(())
}

/// The job of the next listener.
pub(super) fn next(
    ctx: &Context<'_>,
    active: &Active,
    event: ListenerEvent,
    done: u32,
) -> Result<Option<Prepared>, Failure> {
    let mut listeners = active.node().listeners.iter();
    let mut of_event = listeners
        .by_ref()
        .filter(|listener| listener.event == event);
    let Some(listener) = of_event.nth(done as usize) else {
        return Ok(None);
    };
    let job = job_task::prepare(ctx, active, &Document::new(), &listener.job)?;
    Ok(Some(Prepared {
        kind: match event {
            ListenerEvent::Start | ListenerEvent::End | ListenerEvent::Cancel => {
                JobKind::ExecutionListener
            }
            ListenerEvent::Creating
            | ListenerEvent::Assigning
            | ListenerEvent::Updating
            | ListenerEvent::Completing
            | ListenerEvent::Canceling => JobKind::TaskListener,
        },
        listener_event: Some(event.into()),
        headers: listener.headers.clone(),
        ..job
    }))
}

/// Takes back the listener's job that an element waits for.
pub(super) fn stop(ctx: &mut Context<'_>, active: &Active) {
    let instance = active.instance;
    if let Some(job) = active.row.listener_job {
        ctx.emit(JobEvent::Canceled { instance, job });
    }
    ctx.resolve_incidents(active);
}
