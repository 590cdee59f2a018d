//! Components: one serves its name from its upload on.

use std::sync::Arc;

use super::job;
use crate::context::Context;
use crate::effect::{Effect, Reply};
use crate::event::Event;
use crate::limits::MAX_TRIGGERS;
use crate::rejection::{Rejection, RejectionKind};
use crate::state::component::{ComponentRow, Role};

/// Waiting jobs that one command takes over; the effect asks for the rest, so that the
/// upload of a component for a million waiting jobs is many small batches.
const MAX_BOUND_AT_ONCE: usize = 1_000;

pub(super) fn register(
    ctx: &mut Context<'_>,
    mut component: ComponentRow,
    replace: bool,
) -> Result<Reply, Rejection> {
    component.registered_at_ms = ctx.at_ms;
    let present = ctx
        .state
        .components
        .get(&(ctx.tenant, Arc::clone(&component.name)));
    let same = present.is_some_and(|present| {
        present.digest == component.digest && present.configuration == component.configuration
    });
    if same {
        return Ok(Reply::Done);
    }
    if !replace {
        let version = (
            ctx.tenant,
            Arc::clone(&component.name),
            Arc::clone(&component.version),
        );
        let known = ctx.state.component_versions.get(&version);
        component.check_version(known.as_deref().map(|digest| &**digest))?;
    }
    check_room(ctx, &component)?;
    let name = Arc::clone(&component.name);
    let is_step = component.role == Role::Step;
    ctx.emit(Event::ComponentRegistered {
        component: Arc::new(component),
    });
    if is_step {
        ctx.effects.push(Effect::BindJobs {
            tenant: ctx.tenant,
            job_type: name,
        });
    }
    Ok(Reply::Done)
}

/// Every event of a case looks at all triggers, so their number is bounded.
fn check_room(ctx: &Context<'_>, component: &ComponentRow) -> Result<(), Rejection> {
    let triggers = ctx.state.triggers.get(&ctx.tenant);
    let others = triggers.iter().flat_map(|triggers| triggers.iter());
    let others = others.filter(|trigger| trigger.name != component.name);
    if component.role == Role::Step || others.count() < MAX_TRIGGERS {
        return Ok(());
    }
    Err(Rejection::new(
        RejectionKind::LimitExceeded,
        format!(
            "Expected at most {MAX_TRIGGERS} triggers, but there are as many already and '{}' is another one. Let one trigger decide on several events.",
            component.name
        ),
    ))
}

/// Jobs that waited for an outside worker of this type go to the component.
pub(super) fn bind_waiting_jobs(ctx: &mut Context<'_>, job_type: &str) -> Result<Reply, Rejection> {
    let job_type: Arc<str> = job_type.into();
    if !ctx
        .state
        .components
        .contains(&(ctx.tenant, Arc::clone(&job_type)))
    {
        return Err(Rejection::not_found("component", &job_type));
    }
    let waiting = job::in_turn(ctx, &job_type, MAX_BOUND_AT_ONCE);
    if waiting.len() == MAX_BOUND_AT_ONCE {
        ctx.effects.push(Effect::BindJobs {
            tenant: ctx.tenant,
            job_type,
        });
    }
    for key in waiting {
        let Some(job) = ctx.state.jobs.get(&(ctx.tenant, key)) else {
            continue;
        };
        job::rebind(ctx, &job);
        if let Some(bound) = ctx.state.jobs.get(&(ctx.tenant, key)) {
            job::announce(ctx, &bound);
        }
    }
    Ok(Reply::Done)
}
