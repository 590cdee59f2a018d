//! Incidents: resolving one does the failed step again, and nothing else.

use super::Request;
use crate::command::ResolveIncident;
use crate::context::Context;
use crate::event::IncidentEvent;
use crate::key::IncidentKey;
use crate::rejection::Rejection;

impl Request for ResolveIncident {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        resolve(ctx, self.incident)
    }
}

pub(super) fn resolve(ctx: &mut Context<'_>, key: IncidentKey) -> Result<(), Rejection> {
    let incident = ctx
        .state
        .incidents
        .get(&(ctx.tenant, key))
        .ok_or_else(|| Rejection::not_found("incident", key))?;
    ctx.workable(incident.instance)?;
    ctx.emit(IncidentEvent::Resolved {
        instance: incident.instance,
        incident: key,
    });
    for step in &incident.resume {
        ctx.then(step.clone());
    }
    Ok(())
}
