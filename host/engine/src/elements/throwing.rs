//! Events that make something happen: end events and intermediate throw events.

use super::{activated, compensation, error, escalation, job_task, publishing, scope, transaction};
use crate::behaviour::enter::enter;
use crate::behaviour::signal::broadcast;
use crate::context::{Active, Context, Failure};
use crate::definition::Thrown;
use crate::entities::continuation::Continuation;
use crate::variables::Document;

/// Enters the event. What it throws happens now; what ends its scope happens when it is left.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    thrown: &Thrown,
) -> Result<(), Failure> {
    match thrown {
        Thrown::Error(code) => return error::throw_from_event(ctx, active, input, code),
        Thrown::Escalation(code) => {
            return escalation::throw_from_event(ctx, active, input, code);
        }
        Thrown::Compensation(activity) => {
            compensation::throw_from_event(ctx, active, input, *activity);
            return Ok(());
        }
        Thrown::Cancel => return transaction::cancel(ctx, active, input),
        Thrown::MessageJob(spec) => return job_task::activate(ctx, active, input, spec),
        Thrown::Message(publication) => {
            return publishing::activate(ctx, active, input, publication);
        }
        Thrown::Signal(name) => {
            let name = ctx.text(name, active, input)?;
            activated(ctx, active, input);
            let carried = input.clone();
            broadcast(ctx, name, carried);
        }
        Thrown::None | Thrown::Terminate | Thrown::Link(_) => activated(ctx, active, input),
    }
    ctx.then(Continuation::Complete {
        instance: active.instance,
        element: active.key,
    });
    Ok(())
}

/// What happens as the event is left, after its completion is recorded.
pub(super) fn left(ctx: &mut Context<'_>, active: &Active) {
    let (instance, scope) = (active.instance, active.scope());
    match active.node().thrown() {
        Some(Thrown::Terminate) => scope::terminate_rest(ctx, instance, scope),
        Some(Thrown::Cancel) => transaction::leave(ctx, active),
        Some(Thrown::Link(target)) => {
            enter(ctx, instance, *target, scope);
        }
        _ => {}
    }
}
