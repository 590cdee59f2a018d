//! What elements do when they are entered, left and ended. This file holds what all have in
//! common and sends each kind to its own file.

pub(crate) mod ad_hoc;
mod call_activity;
pub(crate) mod catching;
mod compensation;
pub(crate) mod conditional;
mod decision_task;
pub(crate) mod error;
mod escalation;
mod flow;
mod interruption;
mod job_task;
mod join;
pub(crate) mod listener;
pub(crate) mod mapping;
pub(crate) mod parts;
pub(crate) mod people;
mod publishing;
pub(crate) mod repetition;
mod results;
mod scope;
mod script_task;
mod throwing;
pub(crate) mod timer;
mod transaction;
pub(crate) mod user_task;

pub(crate) use flow::{arrive, choose};
pub(crate) use join::go_on_where_nothing_comes;

use crate::behaviour::enter::{begin_when_possible, place, place_as};
use crate::context::{Active, Context, Failure};
use crate::definition::{Caught, NodeKind};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Role, Work};
use crate::event::{ElementInstanceEvent, JobEvent};
use crate::key::*;
use crate::variables::Document;

/// Makes an element's input and begins its work, after its start listeners.
pub(crate) fn activate(ctx: &mut Context<'_>, active: &Active) -> Result<(), Failure> {
    if active.row.phase != Phase::Activating {
        return Ok(());
    }
    match active.row.role {
        Role::Body => return repetition::activate(ctx, active),
        Role::Path => return ad_hoc::begin_path(ctx, active),
        Role::Plain | Role::Run { .. } => {}
    }
    let input = if scope::was_opened_inside(active) && !scope::begins_with_mapping(ctx, active) {
        Document::new()
    } else {
        mapping::inputs(ctx, active)?
    };
    if listener::hold_back(ctx, active, &input) {
        return Ok(());
    }
    work(ctx, active, &input)
}

/// Begins to wait for events and to work.
fn work(ctx: &mut Context<'_>, active: &Active, input: &Document) -> Result<(), Failure> {
    let openings = if scope::begins_with_mapping(ctx, active) {
        Vec::new()
    } else {
        catching::prepare(ctx, active, input)?
    };
    begin(ctx, active, input)?;
    catching::open(ctx, active, openings);
    Ok(())
}

/// Begins the work of an element's own kind. Everything that can fail is decided before the
/// first event.
fn begin(ctx: &mut Context<'_>, active: &Active, input: &Document) -> Result<(), Failure> {
    match &active.node().kind {
        NodeKind::Scope(spec) => match &spec.ad_hoc {
            Some(ad_hoc) => ad_hoc::activate(ctx, active, input, ad_hoc)?,
            None => scope::activate(ctx, active, input, spec),
        },
        NodeKind::Job(spec) => job_task::activate(ctx, active, input, spec)?,
        NodeKind::PublishTask(publication) => {
            publishing::activate(ctx, active, input, publication)?
        }
        NodeKind::UserTask(spec) => user_task::activate(ctx, active, input, spec)?,
        NodeKind::ScriptTask { script, result } => {
            script_task::activate(ctx, active, input, script, result)?
        }
        NodeKind::DecisionTask(call) => decision_task::activate(ctx, active, input, call)?,
        NodeKind::CallActivity(call) => call_activity::activate(ctx, active, input, call)?,
        NodeKind::ThrowEvent(thrown) | NodeKind::EndEvent(thrown) => {
            throwing::activate(ctx, active, input, thrown)?
        }
        NodeKind::CatchEvent(Caught::None | Caught::Link) => pass(ctx, active, input),
        NodeKind::CatchEvent(_) | NodeKind::ReceiveTask(_) | NodeKind::EventBasedGateway => {
            activated(ctx, active, input)
        }
        NodeKind::StartEvent { .. }
        | NodeKind::BoundaryEvent { .. }
        | NodeKind::PassThrough(_)
        | NodeKind::ExclusiveGateway
        | NodeKind::ParallelGateway
        | NodeKind::InclusiveGateway => pass(ctx, active, input),
    }
    Ok(())
}

/// Enters an element that has nothing to wait for.
fn pass(ctx: &mut Context<'_>, active: &Active, input: &Document) {
    activated(ctx, active, input);
    ctx.then(Continuation::Complete {
        instance: active.instance,
        element: active.key,
    });
}

/// Records that an element was entered, with the variables made for it.
fn activated(ctx: &mut Context<'_>, active: &Active, input: &Document) {
    ctx.set_variables(active.instance, active.key, input);
    ctx.emit(ElementInstanceEvent::Activated {
        instance: active.instance,
        key: active.key,
    });
}

/// Hands on an element's output and leaves it, after its end listeners. A scope that was
/// entered again since stays.
pub(crate) fn complete(ctx: &mut Context<'_>, active: &Active) -> Result<(), Failure> {
    if active.row.phase != Phase::Active || active.row.children > 0 {
        return Ok(());
    }
    if active.row.waiting_tokens > 0 {
        return join::in_vain(ctx, active);
    }
    let output = mapping::outputs(ctx, active)?;
    if listener::hold_on(ctx, active, &output) {
        return Ok(());
    }
    leave(ctx, active, &output)
}

/// Takes the ways out of an element.
fn leave(ctx: &mut Context<'_>, active: &Active, output: &Document) -> Result<(), Failure> {
    let taken = flow::choose(ctx, active, output)?;
    let completed = compensation::prepare(ctx, active)?;
    let mut around = scope::child_end(ctx, active, output)?;
    let begun = catching::prepare_around(ctx, active, output)?;
    results::hand_on(ctx, active);
    ctx.propagate(active.instance, active.output_scope(), output);
    if let Some((around, openings)) = begun {
        catching::open(ctx, &around, openings);
    }
    around.collect(ctx);
    ctx.resolve_incidents(active);
    if active.row.scope.is_none() {
        catching::close(ctx, active.instance, active.key);
        scope::complete_process(ctx, active);
        return Ok(());
    }
    if active.is_whole() {
        crate::experience::lifecycle::element_completed(ctx, active);
    }
    catching::close(ctx, active.instance, active.key);
    compensation::subscribe(ctx, active, completed);
    // What the output makes true in the scope comes before the end of the scope.
    conditional::variables_changed(ctx);
    let outcome = is_process_end(active).then(|| active.node().id.clone());
    ctx.emit(ElementInstanceEvent::Completed {
        instance: active.instance,
        key: active.key,
        outcome,
    });
    if ends_the_case(ctx, active) {
        return Ok(());
    }
    throwing::left(ctx, active);
    compensation::ended(ctx, active);
    flow::take(ctx, active, &taken);
    scope::after_child(ctx, active, around);
    Ok(())
}

fn is_process_end(active: &Active) -> bool {
    matches!(active.node().kind, NodeKind::EndEvent(_))
        && active.row.scope == Some(active.instance.root())
}

/// Whether the case was started to end after this element; if so, it does.
fn ends_the_case(ctx: &mut Context<'_>, active: &Active) -> bool {
    let instance = active.instance;
    let ends = active.is_whole()
        && ctx
            .instance(instance)
            .is_some_and(|row| row.stop_after.contains(&active.row.element));
    if !ends {
        return false;
    }
    let root = ctx
        .state
        .elements
        .get(&(ctx.tenant, instance, instance.root()));
    // A case that is ending already goes on with that.
    let goes_on = root.is_some_and(|root| root.phase == Phase::Active);
    if goes_on {
        ctx.then(Continuation::Terminate {
            instance,
            element: instance.root(),
        });
    }
    goes_on
}

/// Ends an element: its children first, then its work, then itself.
pub(crate) fn terminate(ctx: &mut Context<'_>, active: &Active) {
    let Active { instance, key, .. } = *active;
    catching::close(ctx, instance, key);
    if active.row.children > 0 {
        scope::mark_as_ending(ctx, instance, key);
        parts::end_children(ctx, instance, key, parts::FROM_THE_FIRST);
        return;
    }
    if user_task::takes_leave(ctx, active) || listener::hold_end(ctx, active) {
        return;
    }
    end(ctx, active);
}

/// Ends an element in which nothing is left and that nothing holds back.
fn end(ctx: &mut Context<'_>, active: &Active) {
    let Active { instance, key, .. } = *active;
    listener::stop(ctx, active);
    match active.row.work {
        // The activity is ended when its case is.
        Some(Work::Call(called)) => return terminate_called(ctx, active, called),
        Some(Work::Job(job)) => ctx.emit(JobEvent::Canceled { instance, job }),
        Some(Work::UserTask(task)) => user_task::cancel(ctx, active, task),
        None => {}
    }
    scope::discard_tokens(ctx, active);
    if active.row.scope.is_none() {
        scope::terminate_process(ctx, active);
        return;
    }
    ctx.emit(ElementInstanceEvent::Terminated { instance, key });
    if ends_the_case(ctx, active) {
        return;
    }
    compensation::ended(ctx, active);
    interruption::ended(ctx, active);
    scope::after_termination(ctx, instance, active.scope());
}

fn terminate_called(ctx: &mut Context<'_>, active: &Active, called: ProcessInstanceKey) {
    scope::mark_as_ending(ctx, active.instance, active.key);
    ctx.then(Continuation::Terminate {
        instance: called,
        element: called.root(),
    });
}
