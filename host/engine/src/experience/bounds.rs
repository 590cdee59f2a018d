//! Bounds on triggers: how many of one's firings wait, how deep cases lie in a chain that triggers start, and
//! how many cases such chains start in a minute. A chain past its bounds switches its trigger off.

use std::sync::Arc;

use super::governor::nothing;
use crate::context::Context;
use crate::entities::experience::Notification;
use crate::entities::trigger::{CaseFacts, Decision, Firing, TriggerLoad};
use crate::event::{ExperienceEvent, TriggerEvent};
use crate::key::*;
use crate::limits::*;

/// The reason code of firings that were waiting when their trigger was disabled.
const DISABLED: &str = "trigger-disabled";

/// Who is told that a trigger was switched off.
const AUDIENCE: &str = "operators";

/// Why a firing that was just recorded is not handed to its trigger.
pub(super) fn refuse_firing(ctx: &Context<'_>, firing: &Firing) -> Option<Decision> {
    let waiting = load(ctx, &firing.trigger).waiting;
    (waiting > MAX_WAITING_FIRINGS).then(|| {
        let detail = format!(
            "Expected at most {MAX_WAITING_FIRINGS} firings of the trigger '{}' to wait for it, but there was one more. It was not asked; make it faster, or have it look at fewer events.",
            firing.trigger
        );
        nothing("too-many-waiting", &detail)
    })
}

/// How deep a case lies in a chain that triggers start, if one starts it because of this case. A case that was
/// at work for long does not belong to the chain that runs away.
pub(super) fn depth_after(case: &CaseFacts, at_ms: u64) -> u32 {
    if at_ms.saturating_sub(case.started_at_ms) >= TRIGGER_CHAIN_PAUSE_MS {
        1
    } else {
        case.trigger_depth.saturating_add(1)
    }
}

/// Why a trigger may not start one more case, with `started` by the same firing before it: a reason code and
/// words for people.
pub(super) fn refuse_start(
    ctx: &Context<'_>,
    firing: &Firing,
    started: u32,
) -> Option<(&'static str, String)> {
    let trigger = &firing.trigger;
    if depth_after(&firing.case, ctx.at_ms) > MAX_TRIGGER_DEPTH {
        let why = format!(
            "Expected process instances that triggers start because of each other to be at most {MAX_TRIGGER_DEPTH} deep, but the trigger '{trigger}' would have gone on after process instance {}.",
            firing.case.instance
        );
        return Some(("trigger-chain-too-deep", why));
    }
    let of_chain = firing.case.trigger_depth > 0;
    let in_minute = load(ctx, trigger).started_in(ctx.at_ms) + started;
    if of_chain && in_minute >= MAX_TRIGGERED_STARTS_PER_MINUTE {
        let why = format!(
            "Expected a trigger to start at most {MAX_TRIGGERED_STARTS_PER_MINUTE} process instances in a minute because of those that triggers started, but '{trigger}' would have started more."
        );
        return Some(("trigger-too-often", why));
    }
    None
}

/// Counts the cases that a chain goes on with.
pub(super) fn count(ctx: &mut Context<'_>, firing: &Firing, decisions: &[Decision]) {
    let started = decisions.iter().filter(|one| one.starts_process()).count();
    if firing.case.trigger_depth > 0 && started > 0 {
        ctx.emit(TriggerEvent::ChainContinued {
            name: Arc::clone(&firing.trigger),
            started: started as u32,
        });
    }
}

fn load(ctx: &Context<'_>, trigger: &Arc<str>) -> TriggerLoad {
    let load = ctx
        .state
        .trigger_loads
        .get(&(ctx.tenant, Arc::clone(trigger)));
    load.map_or_else(TriggerLoad::default, |load| *load)
}

/// Switches a trigger off that went past a bound, and tells the operators.
pub(crate) fn switch_off(ctx: &mut Context<'_>, firing: &Firing, why: &str) {
    let name = &firing.trigger;
    let key = (ctx.tenant, Arc::clone(name));
    if ctx.state.disabled_triggers.contains(&key) || !ctx.state.components.contains(&key) {
        return;
    }
    disable(ctx, name, Some(why.into()));
    let notification = Notification {
        key: NotificationKey(ctx.next_key()),
        audience: AUDIENCE.into(),
        title: format!("The trigger '{name}' was switched off").into(),
        body: format!("{why} Correct the trigger or the process, then enable it: POST /v1/components/{name}/enable.").into(),
        instance: firing.case.instance,
        at_ms: ctx.at_ms,
    };
    ctx.emit(ExperienceEvent::NotificationCreated {
        notification: Arc::new(notification),
    });
}

/// Disables a trigger. Its firings that wait end with that as the decision.
pub(crate) fn disable(ctx: &mut Context<'_>, name: &Arc<str>, reason: Option<Arc<str>>) {
    ctx.emit(TriggerEvent::Disabled {
        name: Arc::clone(name),
        reason,
    });
    end_firings(ctx, name, "The trigger was disabled before it had decided.");
}

/// Ends the firings of a trigger that wait.
pub(crate) fn end_firings(ctx: &mut Context<'_>, name: &Arc<str>, why: &str) {
    let of_trigger = (ctx.tenant, Arc::clone(name));
    for ((_, _, key), _) in ctx.state.firings_by_trigger.under(of_trigger) {
        let Some(firing) = ctx.state.firings.get(&(ctx.tenant, key)) else {
            continue;
        };
        ctx.emit(TriggerEvent::Decided {
            instance: firing.case.instance,
            firing: key,
            decisions: vec![nothing(DISABLED, why)],
        });
    }
}
