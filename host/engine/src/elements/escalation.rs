//! Escalations: who throws one and who catches it. Other than an error, an escalation that
//! nobody catches stops nothing, and whoever throws it goes on unless it is interrupted.

use super::{activated, catching};
use crate::context::{Active, Context, Failure};
use crate::definition::{Caught, Source};
use crate::entities::continuation::Continuation;
use crate::entities::incident::IncidentKind;
use crate::event::ElementInstanceEvent;
use crate::variables::Document;

/// An intermediate or end event throws to the scopes around it. The variables that its input
/// mappings make go along.
pub(super) fn throw_from_event(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    code: &Source,
) -> Result<(), Failure> {
    let source = code;
    let code = ctx.text(source, active, input)?;
    if code.is_empty() {
        let message = format!(
            "Expected the code of an escalation from '{}', but it is an empty text. Correct the variables or the diagram, then resolve.",
            source.text()
        );
        return Err(Failure::new(IncidentKind::ExtractValueError, message));
    }
    let catches = |caught: &Caught| {
        if let Caught::Escalation(wanted) = caught {
            wanted.as_ref().is_none_or(|wanted| *wanted == code)
        } else {
            false
        }
    };
    let found = catching::find(ctx, active, catches);
    activated(ctx, active, input);
    let catcher = found
        .as_ref()
        .map(|(holder, event)| holder.definition.node(*event).id.clone());
    ctx.emit(ElementInstanceEvent::EscalationThrown {
        instance: active.instance,
        element: active.key,
        code,
        catcher,
    });
    let interrupted = found.is_some_and(|(holder, event)| {
        catching::trigger(ctx, &holder, event, input);
        holder.definition.node(event).interrupts()
    });
    // Who is interrupted is ended together with the scope around it.
    if !interrupted {
        ctx.then(Continuation::Complete {
            instance: active.instance,
            element: active.key,
        });
    }
    Ok(())
}
