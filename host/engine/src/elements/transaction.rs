//! Transactions that are cancelled: the rest of their work ends, what was completed is undone,
//! and they are left by their cancel boundary event. A transaction that is left otherwise is a
//! subprocess like any other.

use super::{activated, catching, compensation, scope};
use crate::context::{Active, Context, Failure};
use crate::definition::Caught;
use crate::state::incident::IncidentKind;
use crate::variables::Document;

/// A cancel end event is entered. It is left when everything is undone.
pub(super) fn cancel(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
) -> Result<(), Failure> {
    if catcher(ctx, active).is_none() {
        return Err(Failure::new(
            IncidentKind::UnhandledErrorEvent,
            format!(
                "Expected a cancel boundary event on the transaction that '{}' cancels, but there is none. Add one and migrate the case, then resolve.",
                active.node().id
            ),
        ));
    }
    activated(ctx, active, input);
    let (instance, transaction) = (active.instance, active.scope());
    // From here on it is left by being cancelled or by an error, but by nothing that waits.
    catching::close(ctx, instance, transaction);
    scope::terminate_others(ctx, instance, transaction, Some(active.key));
    compensation::undo(ctx, active, None);
    Ok(())
}

/// Everything is undone, and the cancel end event was left.
pub(super) fn leave(ctx: &mut Context<'_>, active: &Active) {
    if let Some((transaction, event)) = catcher(ctx, active) {
        catching::trigger(ctx, &transaction, event, &Document::new());
    }
}

/// The transaction around a cancel end event, with its cancel boundary event. That of a
/// transaction further out does not count.
fn catcher(ctx: &mut Context<'_>, active: &Active) -> Option<(Active, u32)> {
    let transaction = active.node().scope;
    catching::find(ctx, active, |caught| matches!(caught, Caught::Cancel))
        .filter(|(holder, _)| Some(holder.row.element) == transaction)
}
