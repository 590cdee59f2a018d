//! Transactions that are cancelled: the rest of their work ends, what was completed is undone,
//! and they are left by their cancel boundary event. One that repeats is cancelled with all of
//! its runs, because that event is on the whole. A transaction that is left otherwise is a
//! subprocess like any other.

use super::{activated, catching, compensation, scope};
use crate::context::{Active, Context, Failure};
use crate::definition::Caught;
use crate::entities::compensation::Compensation;
use crate::entities::element_instance::{Rest, Role};
use crate::entities::incident::IncidentKind;
use crate::event::RepetitionEvent;
use crate::key::*;
use crate::variables::Document;

/// A cancel end event is entered. It is left when everything is undone.
pub(super) fn cancel(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
) -> Result<(), Failure> {
    let Some((whole, _)) = catcher(ctx, active) else {
        return Err(Failure::new(
            IncidentKind::UnhandledErrorEvent,
            format!(
                "Expected a cancel boundary event on the transaction that '{}' cancels, but there is none. Add one and migrate the process instance, then resolve.",
                active.node().id
            ),
        ));
    };
    let (instance, transaction) = (active.instance, active.scope());
    let other_runs = other_runs(ctx, &whole, transaction)?;
    activated(ctx, active, input);
    // From here on it is left by being cancelled or by an error, but by nothing that waits.
    catching::close(ctx, instance, transaction);
    scope::terminate_others(ctx, instance, transaction, Some(active.key));
    let mut scopes = vec![transaction];
    if whole.key != transaction {
        end_other_runs(ctx, &whole, transaction, other_runs);
        scopes.push(whole.key);
    }
    compensation::undo(ctx, active, &scopes, None);
    Ok(())
}

/// Other runs with what was done in them so far: it is undone as if they had been completed,
/// so that who undoes it sees which run it was.
type OtherRuns = Vec<(Active, Option<Compensation>)>;

fn other_runs(
    ctx: &mut Context<'_>,
    whole: &Active,
    this: ElementInstanceKey,
) -> Result<OtherRuns, Failure> {
    if whole.row.role != Role::Body {
        return Ok(Vec::new());
    }
    let mut runs = Vec::new();
    for key in scope::children(ctx, whole.instance, whole.key) {
        if let Some(run) = ctx
            .active(whole.instance, key)
            .filter(|run| run.key != this)
        {
            let done = compensation::prepare(ctx, &run)?;
            runs.push((run, done));
        }
    }
    Ok(runs)
}

/// No further run begins, and what is not done of the others does not go on.
fn end_other_runs(
    ctx: &mut Context<'_>,
    whole: &Active,
    this: ElementInstanceKey,
    others: OtherRuns,
) {
    ctx.emit(RepetitionEvent::RestDecided {
        instance: whole.instance,
        key: whole.key,
        rest: Rest::Awaited,
    });
    catching::close(ctx, whole.instance, whole.key);
    for (run, done) in others {
        compensation::subscribe(ctx, &run, done);
    }
    scope::terminate_others(ctx, whole.instance, whole.key, Some(this));
}

/// Everything is undone, and the cancel end event was left.
pub(super) fn leave(ctx: &mut Context<'_>, active: &Active) {
    if let Some((whole, event)) = catcher(ctx, active) {
        catching::trigger(ctx, &whole, event, &Document::new());
    }
}

/// The transaction around a cancel end event, with its cancel boundary event. That of a
/// transaction further out does not count.
fn catcher(ctx: &mut Context<'_>, active: &Active) -> Option<(Active, u32)> {
    let transaction = active.node().scope;
    catching::find(ctx, active, |caught| matches!(caught, Caught::Cancel))
        .filter(|(holder, _)| Some(holder.row.element) == transaction)
}
