//! Lifecycle events: which triggers look at what just happened, and what they are told.

use std::sync::Arc;

use super::bounds;
use crate::context::{Active, Context};
use crate::effect::Effect;
use crate::entities::trigger::{CaseFacts, EventType, Firing, Subscription};
use crate::event::TriggerEvent;
use crate::key::*;
use crate::variables::Document;

/// A case ended. Called while its row and its root are still there.
pub(crate) fn instance_ended(
    ctx: &mut Context<'_>,
    root: &Active,
    event_type: EventType,
    variables: &Document,
) {
    fire(ctx, root, event_type, None, |_| variables.clone());
}

/// An element was completed. Called while its row is still there.
pub(crate) fn element_completed(ctx: &mut Context<'_>, active: &Active) {
    let element = (active.key, Arc::clone(&active.node().id));
    fire(
        ctx,
        active,
        EventType::ElementCompleted,
        Some(element),
        |ctx| ctx.visible_variables(active.instance, active.key),
    );
}

fn fire(
    ctx: &mut Context<'_>,
    active: &Active,
    event_type: EventType,
    element: Option<(ElementInstanceKey, Arc<str>)>,
    variables: impl FnOnce(&Context<'_>) -> Document,
) {
    let names = interested(
        ctx,
        &active.definition.id,
        event_type,
        element.as_ref().map(|(_, id)| &**id),
    );
    if names.is_empty() {
        return;
    }
    let Some(case) = facts(ctx, active, event_type, variables(ctx)) else {
        return;
    };
    for trigger in names {
        let Some(component) = ctx
            .state
            .components
            .get(&(ctx.tenant, Arc::clone(&trigger)))
        else {
            continue;
        };
        let firing = Firing {
            key: FiringKey(ctx.next_key()),
            trigger,
            trigger_version: Arc::clone(&component.version),
            digest: Arc::clone(&component.digest),
            event_type,
            element: element.clone(),
            at_ms: ctx.at_ms,
            case: case.clone(),
        };
        let firing = Arc::new(firing);
        ctx.emit(TriggerEvent::Fired {
            firing: Arc::clone(&firing),
        });
        if let Some(refusal) = bounds::refuse_firing(ctx, &firing) {
            ctx.emit(TriggerEvent::Decided {
                instance: active.instance,
                firing: firing.key,
                decisions: vec![refusal],
            });
        } else {
            ctx.effects
                .push(Effect::InvokeTrigger { firing: firing.key });
        }
    }
}

fn interested(
    ctx: &Context<'_>,
    process: &str,
    event_type: EventType,
    element: Option<&str>,
) -> Vec<Arc<str>> {
    let wants = |subscription: &Subscription| {
        subscription.event_type == event_type
            && subscription
                .process_id
                .as_deref()
                .is_none_or(|id| id == process)
            && subscription
                .element_id
                .as_deref()
                .is_none_or(|id| Some(id) == element)
    };
    let Some(triggers) = ctx.state.triggers.get(&ctx.tenant) else {
        return Vec::new();
    };
    triggers
        .iter()
        .filter(|trigger| trigger.subscriptions.iter().any(wants))
        .map(|trigger| Arc::clone(&trigger.name))
        .collect()
}

fn facts(
    ctx: &Context<'_>,
    active: &Active,
    event_type: EventType,
    variables: Document,
) -> Option<CaseFacts> {
    let instance = ctx.instance(active.instance)?;
    let definition = ctx
        .state
        .definitions
        .get(&(ctx.tenant, instance.definition))?;
    Some(CaseFacts {
        instance: active.instance,
        definition: instance.definition,
        process_id: Arc::clone(&definition.id),
        process_version: definition.version,
        business_key: instance.business_key.clone(),
        started_at_ms: instance.started_at_ms,
        ended_at_ms: (event_type != EventType::ElementCompleted).then_some(ctx.at_ms),
        outcome: instance.outcome.clone(),
        incidents: instance.incidents,
        user_tasks: instance.user_tasks,
        variables,
        trigger_depth: instance.trigger_depth,
    })
}
