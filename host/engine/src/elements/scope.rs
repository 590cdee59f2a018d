//! Flow scopes: the process and embedded subprocesses. They begin at their start event and
//! are done when nothing in them is active and no token waits.

use std::sync::Arc;

use super::{activated, ad_hoc, call_activity, join, parts, repetition};
use crate::behaviour::enter::enter;
use crate::behaviour::{history, message};
use crate::context::{Active, Context, Failure};
use crate::definition::Scope;
use crate::effect::{Effect, Ending};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Role};
use crate::entities::process_instance::Instance;
use crate::entities::trigger::EventType;
use crate::event::{ElementInstanceEvent, ProcessInstanceEvent};
use crate::key::*;
use crate::variables::Document;

/// Whether an operator put tokens into a scope before it was entered: it was made for them,
/// and does not begin at its start.
pub(super) fn was_opened_inside(active: &Active) -> bool {
    active.row.children > 0 || active.row.waiting_tokens > 0
}

/// Whether a scope that is being entered begins with an event that maps what it brings. What
/// waits in the scope may be about that, so it waits only from the end of that event on.
pub(super) fn begins_with_mapping(ctx: &Context<'_>, scope: &Active) -> bool {
    if scope.row.children != 1 {
        return false;
    }
    // Nothing but an event puts a start event into a scope before that is entered.
    let inside = children(ctx, scope.instance, scope.key).into_iter();
    let mut rows = inside.filter_map(|child| {
        let key = (ctx.tenant, scope.instance, child);
        ctx.state.elements.get(&key)
    });
    rows.any(|child| scope.definition.node(child.element).is_mapped_start())
}

/// Begins a scope at its start event, or at the one that something chose.
pub(super) fn activate(ctx: &mut Context<'_>, active: &Active, input: &Document, spec: &Scope) {
    activated(ctx, active, input);
    if was_opened_inside(active) {
        return begin_inside(ctx, active);
    }
    let chosen = match active.row.scope {
        None => ctx.instance(active.instance).and_then(|row| row.start),
        Some(_) => None,
    };
    if let Some(start) = chosen.or(spec.start) {
        enter(ctx, active.instance, start, active.key);
    }
}

/// Begins what an operator put into a scope before it was entered.
pub(super) fn begin_inside(ctx: &mut Context<'_>, active: &Active) {
    for element in children(ctx, active.instance, active.key) {
        ctx.then(Continuation::Activate {
            instance: active.instance,
            element,
        });
    }
    join::go_on_where_nothing_comes(ctx, active.instance, active.key);
}

/// What the end of an element means for the scope around it.
pub(super) enum ChildEnd {
    /// The scope may be done, too.
    Flow,
    /// One run of an element that repeats is done.
    Run(Box<repetition::RunEnd>),
    /// One path in an ad-hoc subprocess is done.
    Path(Box<ad_hoc::ChildEnd>),
}

/// Decides what the end of an element means for the scope around it.
///
/// # Errors
/// An expression of the scope that does not give what it should.
pub(super) fn child_end(
    ctx: &mut Context<'_>,
    child: &Active,
    output: &Document,
) -> Result<ChildEnd, Failure> {
    let Some(scope) = child.row.scope else {
        return Ok(ChildEnd::Flow);
    };
    let Some(around) = ctx.active(child.instance, scope) else {
        return Ok(ChildEnd::Flow);
    };
    if let Role::Run { counter } = child.row.role {
        let end = repetition::run_end(ctx, around, child, counter, output)?;
        return Ok(ChildEnd::Run(Box::new(end)));
    }
    Ok(match ad_hoc::child_end(ctx, around, child)? {
        Some(end) => ChildEnd::Path(Box::new(end)),
        None => ChildEnd::Flow,
    })
}

impl ChildEnd {
    /// Keeps the result of a run or path, while it is still there.
    pub(super) fn collect(&mut self, ctx: &mut Context<'_>) {
        match self {
            Self::Flow => {}
            Self::Run(end) => end.collect(ctx),
            Self::Path(end) => end.collect(ctx),
        }
    }
}

/// Does what [`child_end`] decided, after the end was recorded.
pub(super) fn after_child(ctx: &mut Context<'_>, child: &Active, end: ChildEnd) {
    match end {
        ChildEnd::Flow => complete_if_done(ctx, child.instance, child.scope()),
        ChildEnd::Run(end) => repetition::after_run(ctx, *end),
        ChildEnd::Path(end) => ad_hoc::after_child(ctx, *end),
    }
}

/// Something in a scope has ended: joins that waited for it go on, or the scope is left when
/// nothing is left in it.
pub(super) fn complete_if_done(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) {
    join::go_on_where_nothing_comes(ctx, instance, scope);
    let Some(row) = ctx.state.elements.get(&(ctx.tenant, instance, scope)) else {
        return;
    };
    if row.phase != Phase::Active {
        return;
    }
    if row.role == Role::Body {
        repetition::go_on(ctx, instance, scope);
        return;
    }
    if row.children > 0 {
        return;
    }
    // A path is told of that waits for what only other paths could bring.
    if row.waiting_tokens > 0 && (row.role != Role::Path || row.incident.is_some()) {
        return;
    }
    let Some(around) = ctx.active(instance, scope) else {
        return;
    };
    match around.ad_hoc() {
        Some(spec) => ad_hoc::emptied(ctx, &around, spec),
        None => ctx.then(Continuation::Complete {
            instance,
            element: scope,
        }),
    }
}

/// A child of a scope was ended: the scope goes on ending, or may be done.
pub(super) fn after_termination(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) {
    let Some(row) = ctx.state.elements.get(&(ctx.tenant, instance, scope)) else {
        return;
    };
    if row.children == 0 && row.phase == Phase::Terminating {
        ctx.then(Continuation::Terminate {
            instance,
            element: scope,
        });
    } else {
        complete_if_done(ctx, instance, scope);
    }
}

/// Ends everything that is active in a scope, but not the scope itself.
pub(super) fn terminate_rest(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) {
    terminate_others(ctx, instance, scope, None);
}

/// As [`terminate_rest`], except for the one element that is the reason.
pub(super) fn terminate_others(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
    reason: Option<ElementInstanceKey>,
) {
    if let Some(scope) = ctx.active(instance, scope) {
        discard_tokens(ctx, &scope);
    }
    for child in children(ctx, instance, scope) {
        if Some(child) != reason {
            mark_as_ending(ctx, instance, child);
        }
    }
    parts::end_marked(ctx, instance, scope, parts::FROM_THE_FIRST);
}

/// Records that an element is being ended, so that no step that is waiting already moves it
/// on before its end comes.
pub(super) fn mark_as_ending(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
) {
    let row = ctx.state.elements.get(&(ctx.tenant, instance, key));
    if row.is_some_and(|row| row.phase != Phase::Terminating) {
        ctx.emit(ElementInstanceEvent::Terminating { instance, key });
    }
}

/// The active elements of a scope.
pub(super) fn children(
    ctx: &Context<'_>,
    instance: ProcessInstanceKey,
    scope: ElementInstanceKey,
) -> Vec<ElementInstanceKey> {
    ctx.state
        .children
        .under((ctx.tenant, instance, scope))
        .into_iter()
        .map(|(key, _)| key.3)
        .collect()
}

/// Tokens that wait in a scope which ends will not be met any more.
pub(super) fn discard_tokens(ctx: &mut Context<'_>, scope: &Active) {
    if ctx
        .state
        .elements
        .get(&(ctx.tenant, scope.instance, scope.key))
        .is_none_or(|row| row.waiting_tokens == 0)
    {
        return;
    }
    for ((_, instance, key, flow), count) in
        ctx.state
            .tokens
            .under((ctx.tenant, scope.instance, scope.key))
    {
        ctx.emit(ElementInstanceEvent::TokenConsumed {
            instance,
            scope: key,
            flow,
            count: *count,
        });
    }
}

/// The case has reached its end.
pub(super) fn complete_process(ctx: &mut Context<'_>, root: &Active) {
    let instance = root.instance;
    let variables = ctx.visible_variables(instance, root.key);
    crate::experience::lifecycle::instance_ended(
        ctx,
        root,
        EventType::InstanceCompleted,
        &variables,
    );
    let row = ctx.instance(instance);
    let parent = row.as_ref().and_then(|row| row.parent);
    let outcome = row.as_ref().and_then(|row| row.outcome.clone());
    ctx.emit(ElementInstanceEvent::Completed {
        instance,
        key: root.key,
        outcome: None,
    });
    ctx.emit(ProcessInstanceEvent::Completed { instance, outcome });
    history::case_ended(ctx, root.definition_key);
    if let Some(parent) = parent {
        call_activity::completed(ctx, parent, &variables);
    }
    ctx.effects.push(Effect::InstanceEnded {
        instance,
        ending: Ending::Completed(variables),
    });
    give_way(ctx, root, row);
}

/// The case was ended from outside.
pub(super) fn terminate_process(ctx: &mut Context<'_>, root: &Active) {
    let instance = root.instance;
    let variables = ctx.visible_variables(instance, root.key);
    crate::experience::lifecycle::instance_ended(
        ctx,
        root,
        EventType::InstanceTerminated,
        &variables,
    );
    let row = ctx.instance(instance);
    let parent = row.as_ref().and_then(|row| row.parent);
    ctx.emit(ElementInstanceEvent::Terminated {
        instance,
        key: root.key,
    });
    ctx.emit(ProcessInstanceEvent::Terminated { instance });
    history::case_ended(ctx, root.definition_key);
    if let Some(parent) = parent {
        call_activity::terminated(ctx, parent);
    }
    ctx.effects.push(Effect::InstanceEnded {
        instance,
        ending: Ending::Terminated,
    });
    give_way(ctx, root, row);
}

/// A case that a message started has held up others of its key until now.
fn give_way(ctx: &mut Context<'_>, root: &Active, ended: Option<Arc<Instance>>) {
    if let Some(key) = ended.as_ref().and_then(|row| row.correlation_key.as_ref()) {
        message::unlocked(ctx, &root.definition.id, key);
    }
}
