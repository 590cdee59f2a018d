//! Events that wait: which subscriptions an element opens, and what happens when one of
//! them is met. How messages find theirs is in `behaviour::message`, when timers are due
//! in `timer`.

use std::sync::Arc;

use super::{conditional, interruption, mapping, timer};
use crate::behaviour::enter::enter;
use crate::behaviour::{message, occurrence};
use crate::context::{Active, Context, Failure};
use crate::definition::{Caught, Definition, MessageSpec, Node, NodeKind};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Rest, Role};
use crate::entities::incident::IncidentKind;
use crate::entities::subscription::{Owner, Subscription, Wait};
use crate::event::{ElementInstanceEvent, SubscriptionEvent};
use crate::key::*;
use crate::variables::Document;

/// A subscription that is about to be opened.
pub(crate) struct Opening {
    event: u32,
    repeats: bool,
    wait: Wait,
}

/// What an element will wait for, besides its own work.
///
/// # Errors
/// An expression that does not give what the event needs.
pub(super) fn prepare(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
) -> Result<Vec<Opening>, Failure> {
    prepare_those(ctx, active, input, |_| true)
}

/// What the scope around a start event will wait for once this has handed on what it brought.
///
/// # Errors
/// An expression that does not give what the event needs.
pub(super) fn prepare_around(
    ctx: &mut Context<'_>,
    start: &Active,
    output: &Document,
) -> Result<Option<(Active, Vec<Opening>)>, Failure> {
    if !start.node().is_mapped_start() {
        return Ok(None);
    }
    let Some(around) = ctx.active(start.instance, start.scope()) else {
        return Ok(None);
    };
    let openings = prepare_missing(ctx, &around, output)?;
    Ok(Some((around, openings)))
}

/// Opens what an element should wait for and does not.
///
/// # Errors
/// An expression that does not give what the event needs.
pub(crate) fn open_missing(ctx: &mut Context<'_>, holder: &Active) -> Result<(), Failure> {
    if holder.row.phase == Phase::Active {
        let openings = prepare_missing(ctx, holder, &Document::new())?;
        open(ctx, holder, openings);
    }
    Ok(())
}

/// What is not open of that which an element waits for. A migration may have opened some of it.
///
/// # Errors
/// An expression that does not give what the event needs.
fn prepare_missing(
    ctx: &Context<'_>,
    holder: &Active,
    output: &Document,
) -> Result<Vec<Opening>, Failure> {
    let open = open_events(ctx, holder);
    prepare_those(ctx, holder, output, |event| !open.contains(&event))
}

/// The events for which an element holds a subscription.
pub(crate) fn open_events(ctx: &Context<'_>, holder: &Active) -> Vec<u32> {
    if holder.row.subscriptions == 0 {
        return Vec::new();
    }
    let held = ctx
        .state
        .subscriptions_by_element
        .under((ctx.tenant, holder.instance, holder.key));
    let open = held
        .into_iter()
        .filter_map(|((_, _, _, key), _)| ctx.state.subscriptions.get(&(ctx.tenant, key)));
    open.map(|row| row.event).collect()
}

/// As [`prepare`], for some of the events.
///
/// # Errors
/// An expression that does not give what the event needs.
pub(crate) fn prepare_those(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    wanted: impl Fn(u32) -> bool,
) -> Result<Vec<Opening>, Failure> {
    let definition = &active.definition;
    let mut openings = Vec::new();
    let events = waiting(definition, active);
    for event in events.into_iter().filter(|event| wanted(*event)) {
        let node = definition.node(event);
        let wait = if let NodeKind::ReceiveTask(message) = &node.kind {
            Some(wait_for_message(ctx, active, input, message)?)
        } else if let Some(caught) = node.caught() {
            wait_for(ctx, active, input, caught)?
        } else {
            None
        };
        if let Some(wait) = wait {
            openings.push(Opening {
                event,
                repeats: repeats(node),
                wait,
            });
        }
    }
    Ok(openings)
}

/// The events that wait because of an element.
pub(crate) fn waiting(definition: &Definition, active: &Active) -> Vec<u32> {
    let node = active.node();
    let mut events = [active.boundary(), active.event_starts()].concat();
    if !active.is_at_work() {
        return events;
    }
    if matches!(
        node.kind,
        NodeKind::CatchEvent(_) | NodeKind::ReceiveTask(_)
    ) {
        events.push(active.row.element);
    }
    if matches!(node.kind, NodeKind::EventBasedGateway) {
        let targets = node.outgoing.iter();
        events.extend(targets.map(|flow| definition.flow(*flow).target));
    }
    events
}

/// Whether an event may happen again while its holder is active.
pub(crate) fn repeats(node: &Node) -> bool {
    matches!(
        node.kind,
        NodeKind::BoundaryEvent {
            interrupting: false,
            ..
        } | NodeKind::StartEvent {
            interrupting: false,
            ..
        }
    )
}

/// Errors, escalations, compensation and cancelling look for their event when they are
/// thrown; only the others have a subscription.
fn wait_for(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    caught: &Caught,
) -> Result<Option<Wait>, Failure> {
    Ok(Some(match caught {
        Caught::Message(spec) => wait_for_message(ctx, active, input, spec)?,
        Caught::Timer(spec) => timer::wait(ctx, active, input, spec)?,
        Caught::Signal(name) => Wait::Signal {
            name: ctx.text(name, active, input)?,
        },
        Caught::Condition(spec) => Wait::Condition {
            held: conditional::holds(ctx, active, input, spec)?,
        },
        Caught::None
        | Caught::Error(_)
        | Caught::Escalation(_)
        | Caught::Compensation(_)
        | Caught::Cancel
        | Caught::Link => return Ok(None),
    }))
}

/// What the start event of a process waits for, where there is no case to look at; none for
/// one that waits for nothing.
///
/// # Errors
/// What its expression gave instead of what the event needs.
pub(crate) fn start_wait(ctx: &Context<'_>, node: &Node) -> Result<Option<Wait>, String> {
    Ok(Some(match node.caught() {
        Some(Caught::Message(spec)) => {
            let name = ctx.text_alone(&spec.name)?;
            message::check_name(&name)?;
            Wait::Message {
                name,
                correlation_key: "".into(),
            }
        }
        Some(Caught::Signal(name)) => Wait::Signal {
            name: ctx.text_alone(name)?,
        },
        Some(Caught::Timer(spec)) => timer::start_wait(ctx, spec)?,
        Some(Caught::Condition(_)) => Wait::Condition { held: false },
        _ => return Ok(None),
    }))
}

fn wait_for_message(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    spec: &MessageSpec,
) -> Result<Wait, Failure> {
    let unfit = |message| Failure::new(IncidentKind::ExtractValueError, message);
    let name = ctx.text(&spec.name, active, input)?;
    message::check_name(&name).map_err(unfit)?;
    // An empty key is for start events alone, and only these may go without one.
    let Some(source) = &spec.correlation_key else {
        return Err(unfit(format!(
            "Expected a correlation key for the message '{name}', but the diagram gives none. Add one."
        )));
    };
    let correlation_key = ctx.key_text(source, active, input)?;
    message::check_text("a correlation key", &correlation_key).map_err(unfit)?;
    Ok(Wait::Message {
        name,
        correlation_key,
    })
}

/// Opens what [`prepare`] found.
pub(crate) fn open(ctx: &mut Context<'_>, active: &Active, openings: Vec<Opening>) {
    let mut opened = Vec::with_capacity(openings.len());
    for opening in openings {
        let subscription = Subscription {
            key: SubscriptionKey(ctx.next_key()),
            owner: Owner::Element {
                instance: active.instance,
                element: active.key,
            },
            definition: active.definition_key,
            event: opening.event,
            repeats: opening.repeats,
            wait: opening.wait,
        };
        let subscription = Arc::new(subscription);
        ctx.emit(SubscriptionEvent::Opened {
            subscription: Arc::clone(&subscription),
        });
        if let Wait::Message {
            name,
            correlation_key,
        } = &subscription.wait
        {
            message::opened(ctx, name, correlation_key, &active.definition.id);
        }
        opened.push(subscription);
    }
    conditional::opened(ctx, active, &opened);
}

/// Closes all that an element holds.
pub(super) fn close(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
) {
    close_those(ctx, instance, element, |_| true);
}

/// Closes what an element holds for some events.
pub(super) fn close_those(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
    is_over: impl Fn(u32) -> bool,
) {
    let open = ctx
        .state
        .elements
        .get(&(ctx.tenant, instance, element))
        .is_some_and(|row| row.subscriptions > 0);
    if !open {
        return;
    }
    let held = ctx
        .state
        .subscriptions_by_element
        .under((ctx.tenant, instance, element));
    for ((_, _, _, subscription), _) in held {
        let event = ctx.state.subscriptions.get(&(ctx.tenant, subscription));
        if event.is_some_and(|row| is_over(row.event)) {
            ctx.emit(SubscriptionEvent::Closed {
                instance: Some(instance),
                subscription,
            });
        }
    }
}

/// An event that `holder` waits with has happened: the holder goes on, or is left by the
/// event's own way.
pub(crate) fn trigger(ctx: &mut Context<'_>, holder: &Active, event: u32, variables: &Document) {
    if holder.row.phase != Phase::Active {
        return;
    }
    let definition = Arc::clone(&holder.definition);
    let kind = &definition.node(event).kind;
    if let NodeKind::BoundaryEvent { interrupting, .. } = kind {
        leave_by_boundary(ctx, holder, event, *interrupting, variables);
    } else if let NodeKind::StartEvent { interrupting, .. } = kind {
        enter_event_subprocess(ctx, holder, event, *interrupting, variables);
    } else if event == holder.row.element {
        mapping::hand_over(ctx, holder, variables);
        ctx.then(Continuation::Complete {
            instance: holder.instance,
            element: holder.key,
        });
    } else {
        go_on_after_gateway(ctx, holder, event, variables);
    }
}

fn leave_by_boundary(
    ctx: &mut Context<'_>,
    host: &Active,
    event: u32,
    interrupting: bool,
    variables: &Document,
) {
    let instance = host.instance;
    let key = if interrupting {
        close(ctx, instance, host.key);
        interruption::of_activity(ctx, host, event)
    } else {
        enter(ctx, instance, event, host.scope())
    };
    hand_over_to(ctx, instance, key, variables);
}

fn enter_event_subprocess(
    ctx: &mut Context<'_>,
    around: &Active,
    start: u32,
    interrupting: bool,
    variables: &Document,
) {
    let instance = around.instance;
    // What happened while the case was suspended, or together with something else, may find
    // that its scope is done meanwhile, or that another one has ended the rest of it.
    if around.row.rest == Rest::Ended || around.row.interrupted_by.is_some() {
        return;
    }
    let Some(subprocess) = around.definition.node(start).scope else {
        return;
    };
    let key = if interrupting {
        // Its boundary events stay: the scope itself is still active.
        let inside = around.event_starts().to_vec();
        close_those(ctx, instance, around.key, |event| inside.contains(&event));
        interruption::of_scope(ctx, around, subprocess)
    } else {
        enter(ctx, instance, subprocess, around.key)
    };
    occurrence::hand_to_start(ctx, instance, key, start, variables);
}

/// The gateway is left by the flow to the event that happened first, which has nothing to
/// wait for any more.
fn go_on_after_gateway(ctx: &mut Context<'_>, gateway: &Active, event: u32, variables: &Document) {
    let (instance, scope) = (gateway.instance, gateway.scope());
    let definition = &gateway.definition;
    let leads_there = |flow: &&u32| definition.flow(**flow).target == event;
    let Some(&flow) = gateway.node().outgoing.iter().find(leads_there) else {
        return;
    };
    close(ctx, instance, gateway.key);
    ctx.resolve_incidents(gateway);
    ctx.emit(ElementInstanceEvent::Completed {
        instance,
        key: gateway.key,
        outcome: None,
    });
    ctx.emit(ElementInstanceEvent::SequenceFlowTaken {
        instance,
        scope,
        flow,
    });
    let key = ElementInstanceKey(ctx.next_key());
    ctx.emit(ElementInstanceEvent::Activating {
        instance,
        key,
        element: event,
        scope,
        role: Role::Plain,
    });
    ctx.emit(ElementInstanceEvent::Activated { instance, key });
    hand_over_to(ctx, instance, key, variables);
    ctx.then(Continuation::Complete {
        instance,
        element: key,
    });
}

fn hand_over_to(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
    variables: &Document,
) {
    if let Some(active) = ctx.active(instance, element) {
        mapping::hand_over(ctx, &active, variables);
    }
}

/// The nearest event that catches what was thrown: on the thrower, in and on the scopes
/// around it, and in the cases that called its case.
pub(super) fn find(
    ctx: &mut Context<'_>,
    thrower: &Active,
    catches: impl Fn(&Caught) -> bool,
) -> Option<(Active, u32)> {
    let mut holder = thrower.clone();
    let mut from = None;
    loop {
        let caught = |event: &u32| {
            holder
                .definition
                .node(*event)
                .caught()
                .is_some_and(&catches)
        };
        let boundary = holder.boundary().iter().copied();
        let found = inside_catchers(&holder, from).chain(boundary).find(caught);
        if let Some(event) = found
            && holder.row.phase == Phase::Active
        {
            return Some((holder, event));
        }
        let around = holder.row.scope;
        from = around.map(|_| holder.row.element);
        holder = match around {
            Some(scope) => ctx.active(holder.instance, scope)?,
            None => {
                let parent = ctx.instance(holder.instance)?.parent?;
                ctx.active(parent.instance, parent.element)?
            }
        };
    }
}

/// The events inside a scope that catch what comes out of its element `from`: an event
/// subprocess does not catch what it throws itself, but the others beside it do, unless one
/// has ended everything else in the scope.
fn inside_catchers(scope: &Active, from: Option<u32>) -> impl Iterator<Item = u32> {
    let starts = match scope.row.interrupted_by {
        Some(_) => &[],
        None => scope.event_starts(),
    };
    let is_own = move |event: &u32| from.is_some() && scope.definition.node(*event).scope == from;
    starts.iter().copied().filter(move |event| !is_own(event))
}
