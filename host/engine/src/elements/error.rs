//! BPMN errors: who throws one, who catches it, and what is left when nobody does.

use std::sync::Arc;

use super::{activated, catching};
use crate::context::{Active, Context, Failure};
use crate::definition::{Caught, Source};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::Phase;
use crate::entities::incident::IncidentKind;
use crate::variables::Document;

/// An error end event throws to the scopes around it.
pub(super) fn throw_from_event(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    code: &Source,
) -> Result<(), Failure> {
    let code = ctx.text(code, active, input)?;
    activated(ctx, active, input);
    ctx.then(Continuation::ThrowError {
        instance: active.instance,
        element: active.key,
        message: format!("thrown by the end event '{}'", active.node().id).into(),
        code,
        variables: Document::new(),
    });
    Ok(())
}

/// Goes on at the nearest event that catches the error.
///
/// # Errors
/// An incident when nobody catches it.
pub(crate) fn throw(
    ctx: &mut Context<'_>,
    thrower: &Active,
    code: &Arc<str>,
    message: &Arc<str>,
    variables: &Document,
) -> Result<(), Failure> {
    // Another event has interrupted it meanwhile.
    if thrower.row.phase != Phase::Active {
        return Ok(());
    }
    let Some((holder, event)) = catcher(ctx, thrower, code) else {
        let way_out = "Add one and migrate the process instance, or correct the data and resolve to throw again.";
        return Err(unhandled(thrower, code, message, way_out));
    };
    catching::trigger(ctx, &holder, event, variables);
    Ok(())
}

/// The nearest event that catches an error, with who waits with it.
pub(crate) fn catcher(
    ctx: &mut Context<'_>,
    thrower: &Active,
    code: &str,
) -> Option<(Active, u32)> {
    let catches = |caught: &Caught| {
        if let Caught::Error(wanted) = caught {
            wanted.as_deref().is_none_or(|wanted| wanted == code)
        } else {
            false
        }
    };
    catching::find(ctx, thrower, catches)
}

/// Why a case cannot go on after an error that nobody catches.
pub(crate) fn unhandled(thrower: &Active, code: &str, message: &str, way_out: &str) -> Failure {
    Failure::new(
        IncidentKind::UnhandledErrorEvent,
        format!(
            "Expected a boundary event or an event subprocess that catches the error '{code}' thrown by '{}' ({message}), but there is none. {way_out}",
            thrower.node().id
        ),
    )
}
