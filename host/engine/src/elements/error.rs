//! BPMN errors: who catches one, and what is left when somebody does.

use std::sync::Arc;

use super::enter;
use crate::context::{Active, Context, Failure, Step};
use crate::definition::NodeKind;
use crate::state::incident::IncidentKind;
use crate::variables::Document;

/// Ends the activity whose boundary event catches the error and goes on there.
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
    let Some((host, boundary)) = catcher(ctx, thrower, code) else {
        return Err(Failure::new(
            IncidentKind::UnhandledErrorEvent,
            format!(
                "Expected a boundary event that catches the error '{code}' thrown by '{}' ({message}), but there is none. Add one and migrate the case, or correct the data and resolve to throw again.",
                thrower.node().id
            ),
        ));
    };
    let instance = thrower.instance;
    let event = enter(ctx, instance, boundary, host.scope());
    ctx.set_variables(instance, event, variables);
    ctx.then(Step::Terminate {
        instance,
        element: host.key,
    });
    Ok(())
}

/// The nearest activity around the thrower with a boundary event for the code.
fn catcher(ctx: &mut Context<'_>, thrower: &Active, code: &str) -> Option<(Active, u32)> {
    let mut host = thrower.clone();
    loop {
        let matching = host.node().boundary.iter().copied().find(|event| {
            match &host.definition.node(*event).kind {
                NodeKind::ErrorBoundary { code: caught, .. } => {
                    caught.as_deref().is_none_or(|caught| caught == code)
                }
                _ => false,
            }
        });
        if let Some(event) = matching {
            return Some((host, event));
        }
        host = ctx.active(host.instance, host.row.scope?)?;
    }
}
