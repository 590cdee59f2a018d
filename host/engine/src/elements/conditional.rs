//! Conditional events: when their condition is asked, and what happens when it holds. It is
//! asked as the event begins to wait, and whenever a variable that it can see has changed.
//! What nobody knows yet (null) does not hold. How cases with conditional start events begin
//! is in `processors::conditional`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_feel::Value;

use super::catching;
use crate::context::{Active, Changes, Context, Failure, wrong_type};
use crate::definition::{Caught, ConditionSpec, VariableEvent};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::Phase;
use crate::entities::incident::IncidentKind;
use crate::entities::subscription::{Afterwards, Owner, Subscription, Wait};
use crate::event::SubscriptionEvent;
use crate::key::*;
use crate::variables::Document;

/// Whether a condition holds where `active` is.
///
/// # Errors
/// What it gave when that is neither true nor false.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
pub(super) fn holds(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    spec: &ConditionSpec,
) -> Result<bool, Failure> {
    let kind = IncidentKind::ConditionError;
    let (value, reasons) = ctx.evaluate(&spec.condition, active, input, kind)?;
    match value {
        Value::Bool(holds) => Ok(holds),
        // A variable that is not there yet makes most conditions null, and waiting for it is
        // what such an event is for.
        Value::Null => Ok(false),
        other => Err(wrong_type(
            "true or false",
            &spec.condition,
            &other,
            &reasons,
            kind,
        )),
    }
}

/// Has the conditions asked that the changed variables bear on, from the outer scopes inwards:
/// where an outer event interrupts, the inner ones are not asked any more.
pub(crate) fn variables_changed(ctx: &mut Context<'_>) {
    if ctx.changes.is_empty() {
        return;
    }
    let changes = std::mem::take(&mut ctx.changes);
    let mut instances: Vec<ProcessInstanceKey> =
        changes.keys().map(|(instance, _)| *instance).collect();
    instances.dedup();
    for instance in instances {
        let mut asked = Vec::new();
        for subscription in waiting(ctx, instance) {
            if let Some(asking) = concerned(ctx, &subscription, &changes) {
                asked.push(asking);
            }
        }
        asked.sort_unstable();
        for (_, subscription, element) in asked {
            ctx.then(Continuation::AskCondition {
                instance,
                element,
                subscription,
            });
        }
    }
}

fn waiting(ctx: &Context<'_>, instance: ProcessInstanceKey) -> Vec<Arc<Subscription>> {
    let waiting = ctx
        .state
        .condition_subscriptions
        .under((ctx.tenant, instance));
    let rows = waiting
        .into_iter()
        .filter_map(|((tenant, _, key), _)| ctx.state.subscriptions.get(&(tenant, key)));
    rows.collect()
}

/// How deep a subscription lies, itself and its holder, when it can see one of the changes and
/// its event lets that count.
fn concerned(
    ctx: &mut Context<'_>,
    subscription: &Subscription,
    changes: &BTreeMap<(ProcessInstanceKey, ElementInstanceKey), Changes>,
) -> Option<(usize, SubscriptionKey, ElementInstanceKey)> {
    let Owner::Element { instance, element } = subscription.owner else {
        return None;
    };
    let holder = ctx.active(instance, element)?;
    let Some(Caught::Condition(spec)) = holder.definition.node(subscription.event).caught() else {
        return None;
    };
    let (mut depth, mut counts, mut next) = (0, false, Some(element));
    while let Some(scope) = next {
        depth += 1;
        counts |= changes
            .get(&(instance, scope))
            .is_some_and(|changes| count(changes, spec));
        next = ctx
            .state
            .elements
            .get(&(ctx.tenant, instance, scope))?
            .scope;
    }
    counts.then_some((depth, subscription.key, element))
}

/// Whether changes of one scope count for an event.
fn count(changes: &Changes, spec: &ConditionSpec) -> bool {
    let kind_counts = |(created, updated): (bool, bool)| {
        spec.changes.is_empty()
            || created && spec.changes.contains(&VariableEvent::Create)
            || updated && spec.changes.contains(&VariableEvent::Update)
    };
    if spec.variables.is_empty() {
        return kind_counts(changes.of_any());
    }
    spec.variables
        .iter()
        .filter_map(|name| changes.of(variable_of(name)))
        .any(kind_counts)
}

/// The variable that a path of names leads into.
pub(crate) fn variable_of(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// Asks a condition again. An event that may happen again does so each time that the condition
/// has become true.
pub(crate) fn ask(
    ctx: &mut Context<'_>,
    holder: &Active,
    key: SubscriptionKey,
) -> Result<(), Failure> {
    let Some(subscription) = ctx.state.subscriptions.get(&(ctx.tenant, key)) else {
        return Ok(());
    };
    let Wait::Condition { held } = subscription.wait else {
        return Ok(());
    };
    let node = holder.definition.node(subscription.event);
    let Some(Caught::Condition(spec)) = node.caught() else {
        return Ok(());
    };
    if is_ending(ctx, holder) {
        return Ok(());
    }
    let holds = match holds(ctx, holder, &Document::new(), spec) {
        Ok(holds) => holds,
        // It need not be told twice.
        Err(_) if is_told(ctx, holder, key) => return Ok(()),
        Err(failure) => return Err(failure),
    };
    if holds == held {
        return Ok(());
    }
    if subscription.repeats {
        ctx.emit(SubscriptionEvent::ConditionChanged {
            instance: holder.instance,
            subscription: key,
            holds,
        });
    }
    if holds {
        happen(ctx, holder, &subscription);
    }
    Ok(())
}

/// Lets the events happen whose condition held as they began to wait.
pub(super) fn opened(ctx: &mut Context<'_>, holder: &Active, opened: &[Arc<Subscription>]) {
    for subscription in opened {
        let holds = matches!(subscription.wait, Wait::Condition { held: true });
        // One that happened before may have ended the waiting of the others.
        let waits = holds
            && ctx
                .state
                .subscriptions
                .contains(&(ctx.tenant, subscription.key));
        if waits && let Some(holder) = ctx.active(holder.instance, holder.key) {
            happen(ctx, &holder, subscription);
        }
    }
}

fn happen(ctx: &mut Context<'_>, holder: &Active, subscription: &Subscription) {
    ctx.emit(SubscriptionEvent::Triggered {
        instance: Some(holder.instance),
        subscription: subscription.key,
        afterwards: match subscription.repeats {
            true => Afterwards::Open,
            false => Afterwards::Closed,
        },
    });
    catching::trigger(ctx, holder, subscription.event, &Document::new());
}

/// Whether an element is not active any more, or a scope around it is being ended.
fn is_ending(ctx: &Context<'_>, active: &Active) -> bool {
    let mut next = active.row.scope;
    while let Some(scope) = next {
        let scope = (ctx.tenant, active.instance, scope);
        match ctx.state.elements.get(&scope) {
            Some(row) if row.phase != Phase::Terminating => next = row.scope,
            _ => return true,
        }
    }
    active.row.phase != Phase::Active
}

/// Whether an open incident already says that a condition could not be evaluated.
fn is_told(ctx: &Context<'_>, holder: &Active, key: SubscriptionKey) -> bool {
    let asks = |next: &Continuation| matches!(next, Continuation::AskCondition { subscription, .. } if *subscription == key);
    ctx.incidents_of(holder.instance, holder.key)
        .into_iter()
        .filter_map(|incident| ctx.state.incidents.get(&(ctx.tenant, incident)))
        .any(|incident| incident.resume.iter().any(asks))
}
