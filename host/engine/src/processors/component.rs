//! Components: one serves its name from its upload on.

use std::sync::Arc;

use super::Request;
use super::job;
use crate::command::{BindJobs, DisableTrigger, EnableTrigger, RegisterComponent, RemoveComponent};
use crate::context::Context;
use crate::effect::Effect;
use crate::entities::component::{ComponentRole, ComponentRow};
use crate::event::{ComponentEvent, TriggerEvent};
use crate::experience::bounds;
use crate::limits::{MAX_BOUND_AT_ONCE, MAX_TRIGGERS};
use crate::rejection::{Rejection, RejectionKind};

impl Request for RegisterComponent {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        register(ctx, *self.component, self.replace)
    }
}

impl Request for RemoveComponent {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        remove(ctx, &self.name)
    }
}

impl Request for DisableTrigger {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        disable(ctx, &self.name)
    }
}

impl Request for EnableTrigger {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        enable(ctx, &self.name)
    }
}

impl Request for BindJobs {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        bind_waiting_jobs(ctx, &self.job_type)
    }
}

fn register(
    ctx: &mut Context<'_>,
    mut component: ComponentRow,
    replace: bool,
) -> Result<(), Rejection> {
    component.registered_at_ms = ctx.at_ms;
    let present = ctx
        .state
        .components
        .get(&(ctx.tenant, Arc::clone(&component.name)));
    let same = present.is_some_and(|present| {
        present.digest == component.digest && present.configuration == component.configuration
    });
    if same {
        return Ok(());
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
    let is_step = component.role == ComponentRole::Step;
    ctx.emit(ComponentEvent::Registered {
        component: Arc::new(component),
    });
    if is_step {
        ctx.effects.push(Effect::BindJobs {
            tenant: ctx.tenant,
            job_type: name,
        });
    }
    Ok(())
}

/// Every event of a case looks at all triggers, so their number is bounded.
fn check_room(ctx: &Context<'_>, component: &ComponentRow) -> Result<(), Rejection> {
    let triggers = ctx.state.triggers.get(&ctx.tenant);
    let others = triggers.iter().flat_map(|triggers| triggers.iter());
    let others = others.filter(|trigger| trigger.name != component.name);
    if component.role == ComponentRole::Step || others.count() < MAX_TRIGGERS {
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

/// A disabled trigger looks at no events; what it had not decided yet ends so.
fn disable(ctx: &mut Context<'_>, name: &str) -> Result<(), Rejection> {
    let name = find_trigger(ctx, name)?;
    if ctx
        .state
        .disabled_triggers
        .contains(&(ctx.tenant, Arc::clone(&name)))
    {
        return Err(Rejection::state(format!(
            "Expected trigger '{name}' to be enabled, but it is disabled already."
        )));
    }
    bounds::disable(ctx, &name, None);
    Ok(())
}

fn enable(ctx: &mut Context<'_>, name: &str) -> Result<(), Rejection> {
    let component = find(ctx, name)?;
    let name = find_trigger(ctx, name)?;
    if !ctx
        .state
        .disabled_triggers
        .contains(&(ctx.tenant, Arc::clone(&name)))
    {
        return Err(Rejection::state(format!(
            "Expected trigger '{name}' to be disabled, but it is enabled."
        )));
    }
    check_room(ctx, &component)?;
    ctx.emit(TriggerEvent::Enabled { name });
    Ok(())
}

/// Jobs that it has go on with it; later ones wait for an outside worker.
fn remove(ctx: &mut Context<'_>, name: &str) -> Result<(), Rejection> {
    let component = find(ctx, name)?;
    let name = &component.name;
    ctx.emit(ComponentEvent::Removed {
        name: Arc::clone(name),
    });
    bounds::end_firings(ctx, name, "The trigger was removed before it had decided.");
    Ok(())
}

fn find(ctx: &Context<'_>, name: &str) -> Result<Arc<ComponentRow>, Rejection> {
    let component = ctx.state.components.get(&(ctx.tenant, name.into()));
    component.ok_or_else(|| Rejection::not_found("component", name))
}

fn find_trigger(ctx: &Context<'_>, name: &str) -> Result<Arc<str>, Rejection> {
    let component = find(ctx, name)?;
    if component.role == ComponentRole::Step {
        return Err(Rejection::invalid(format!(
            "Expected a trigger, but '{name}' runs jobs. Remove it, or suspend the processes that need it."
        )));
    }
    Ok(Arc::clone(&component.name))
}

/// Jobs that waited for an outside worker of this type go to the component.
fn bind_waiting_jobs(ctx: &mut Context<'_>, job_type: &str) -> Result<(), Rejection> {
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
        crate::behaviour::job::rebind(ctx, &job);
        if let Some(bound) = ctx.state.jobs.get(&(ctx.tenant, key)) {
            crate::behaviour::job::announce(ctx, &bound);
        }
    }
    Ok(())
}
