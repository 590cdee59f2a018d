//! Elements that repeat: multi-instance and the standard loop, whatever the element does. The
//! body stands for the whole: it holds the boundary events and the list of results. Each run
//! is an instance of the element in the body's scope.

use std::sync::Arc;

use gardesh_feel::{List, Value};

use super::{activated, catching, parts, results};
use crate::context::{Active, Context, Failure, wrong_type};
use crate::definition::{MultiInstance, Repetition, StandardLoop};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Phase, Rest, Role};
use crate::entities::incident::IncidentKind;
use crate::event::{ElementInstanceEvent, RepetitionEvent};
use crate::key::*;
use crate::limits::{MAX_ENTERED_AT_ONCE, MAX_RUNS};
use crate::variables::{Document, as_variable};

/// The variable that counts the runs.
const LOOP_COUNTER: &str = "loopCounter";

/// Enters the element as a whole, and its first runs.
pub(super) fn activate(ctx: &mut Context<'_>, body: &Active) -> Result<(), Failure> {
    let openings = catching::prepare(ctx, body, &Document::new())?;
    match body.node().repetition.as_deref() {
        Some(Repetition::MultiInstance(spec)) => {
            let items = items(ctx, body, spec)?;
            activated(ctx, body, &empty_results(spec, items.len()));
            ctx.emit(RepetitionEvent::ItemsFixed {
                instance: body.instance,
                key: body.key,
                items: Value::List(items),
            });
            catching::open(ctx, body, openings);
            go_on(ctx, body.instance, body.key);
        }
        Some(Repetition::Loop(spec)) => {
            let runs = !spec.test_before || goes_on(ctx, body, spec, 0, &Document::new())?;
            activated(ctx, body, &Document::new());
            catching::open(ctx, body, openings);
            if runs {
                enter_run(ctx, body, 1, None);
            } else {
                complete(ctx, body);
            }
        }
        None => {}
    }
    Ok(())
}

/// The items of a multi-instance, evaluated once: changing the variable later changes nothing.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn items(ctx: &Context<'_>, body: &Active, spec: &MultiInstance) -> Result<List, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let source = &spec.input_collection;
    let (value, reasons) = ctx.evaluate(source, body, &Document::new(), kind)?;
    let too_large = |message| Failure::new(IncidentKind::ExecutionLimit, message);
    match as_variable(value).map_err(too_large)? {
        Value::List(items) if items.len() > MAX_RUNS => Err(too_large(format!(
            "Expected at most {MAX_RUNS} items from '{}', but there are {}. Divide them among several process instances, then resolve.",
            source.text(),
            items.len()
        ))),
        Value::List(items) => Ok(items),
        other => Err(wrong_type("a list", source, &other, &reasons, kind)),
    }
}

/// The list of results, with a place for each run.
fn empty_results(spec: &MultiInstance, runs: usize) -> Document {
    let empty = |name: &Arc<str>| (Arc::clone(name), Value::list(vec![Value::Null; runs]));
    spec.output_collection.iter().map(empty).collect()
}

/// Whether a loop runs once more after so many runs.
fn goes_on(
    ctx: &Context<'_>,
    place: &Active,
    spec: &StandardLoop,
    done: u32,
    output: &Document,
) -> Result<bool, Failure> {
    if spec.maximum.is_some_and(|maximum| done >= maximum) {
        return Ok(false);
    }
    let Some(condition) = &spec.condition else {
        return Ok(true);
    };
    let mut local = output.clone();
    local.insert(LOOP_COUNTER.into(), Value::from(i64::from(done)));
    ctx.holds(condition, place, &local, IncidentKind::ConditionError)
}

/// Begins one run.
fn enter_run(ctx: &mut Context<'_>, body: &Active, counter: u32, item: Option<&Value>) {
    let key = ElementInstanceKey(ctx.next_key());
    ctx.emit(ElementInstanceEvent::Activating {
        instance: body.instance,
        key,
        element: body.row.element,
        scope: body.key,
        role: Role::Run { counter },
    });
    let mut own = Document::new();
    if let Some(Repetition::MultiInstance(spec)) = body.node().repetition.as_deref() {
        results::make_local(&mut own, spec.output_element.as_ref());
        if let (Some(name), Some(item)) = (&spec.input_element, item) {
            own.insert(Arc::clone(name), item.clone());
        }
    }
    own.insert(LOOP_COUNTER.into(), Value::from(i64::from(counter)));
    ctx.set_variables(body.instance, key, &own);
    ctx.then(Continuation::Activate {
        instance: body.instance,
        element: key,
    });
}

/// Goes on with the runs that one step was too short for.
pub(crate) fn proceed(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    key: ElementInstanceKey,
) {
    ctx.emit(RepetitionEvent::Resumed { instance, key });
    go_on(ctx, instance, key);
}

/// Begins the runs that are next, or leaves the element when there are none any more.
pub(super) fn go_on(ctx: &mut Context<'_>, instance: ProcessInstanceKey, key: ElementInstanceKey) {
    let Some(body) = ctx.active(instance, key) else {
        return;
    };
    if body.row.phase != Phase::Active || body.row.deferred {
        return;
    }
    let items = ctx.state.items.get(&(ctx.tenant, key));
    let items = match items.as_deref() {
        Some(Value::List(items)) if body.row.rest == Rest::Open => &items[..],
        _ => &[],
    };
    let entered = body.row.runs.entered;
    let rest = items.get(entered as usize..).unwrap_or_default();
    let next = (entered + 1..).zip(rest);
    let sequential = matches!(
        body.node().repetition.as_deref(),
        Some(Repetition::MultiInstance(spec)) if spec.sequential
    );
    let mut active = body.row.children;
    for (place, (counter, item)) in next.enumerate() {
        if sequential && active > 0 {
            return;
        }
        if place == MAX_ENTERED_AT_ONCE {
            ctx.emit(RepetitionEvent::Deferred { instance, key });
            ctx.then(Continuation::Proceed {
                instance,
                element: key,
            });
            return;
        }
        enter_run(ctx, &body, counter, Some(item));
        active += 1;
    }
    if active == 0 {
        complete(ctx, &body);
    }
}

fn complete(ctx: &mut Context<'_>, body: &Active) {
    ctx.then(Continuation::Complete {
        instance: body.instance,
        element: body.key,
    });
}

/// What the end of a run means for the whole.
pub(super) struct RunEnd {
    body: Active,
    result: Option<results::Collected>,
    then: Then,
}

enum Then {
    /// The items that are left have their turn.
    GoOn,
    /// The loop runs once more.
    Again(u32),
    /// It was the last: the others are ended.
    Over,
}

/// Decides what the end of a run means, with the run's output in view.
///
/// # Errors
/// An expression that does not give what it should.
pub(super) fn run_end(
    ctx: &Context<'_>,
    body: Active,
    run: &Active,
    counter: u32,
    output: &Document,
) -> Result<RunEnd, Failure> {
    let (result, then) = match body.node().repetition.as_deref() {
        Some(Repetition::MultiInstance(spec)) => {
            let result = match spec
                .output_collection
                .as_ref()
                .zip(spec.output_element.as_ref())
            {
                Some(names) => {
                    let place = results::Place::At(counter - 1);
                    Some(results::evaluate(ctx, &body, run, output, names, place)?)
                }
                None => None,
            };
            let then = match is_over(ctx, &body, run, spec, output, result.as_ref())? {
                true => Then::Over,
                false => Then::GoOn,
            };
            (result, then)
        }
        Some(Repetition::Loop(spec)) => {
            let then = match goes_on(ctx, run, spec, counter, output)? {
                true => Then::Again(counter.saturating_add(1)),
                false => Then::Over,
            };
            (None, then)
        }
        None => (None, Then::Over),
    };
    Ok(RunEnd { body, result, then })
}

/// Asks the completion condition, which sees the numbers of runs as they will be.
fn is_over(
    ctx: &Context<'_>,
    body: &Active,
    run: &Active,
    spec: &MultiInstance,
    output: &Document,
    result: Option<&results::Collected>,
) -> Result<bool, Failure> {
    let Some(condition) = &spec.completion_condition else {
        return Ok(false);
    };
    let runs = &body.row.runs;
    let all = match ctx.state.items.get(&(ctx.tenant, body.key)).as_deref() {
        Some(Value::List(items)) if !spec.sequential => items.len() as i64,
        _ => i64::from(runs.entered),
    };
    let mut local = output.clone();
    if let Some(result) = result {
        result.show(&mut local);
    }
    for (name, number) in [
        ("numberOfInstances", all),
        ("numberOfActiveInstances", i64::from(body.row.children) - 1),
        ("numberOfCompletedInstances", i64::from(runs.completed) + 1),
        ("numberOfTerminatedInstances", i64::from(runs.terminated)),
    ] {
        local.insert(name.into(), Value::from(number));
    }
    ctx.holds(condition, run, &local, IncidentKind::ExtractValueError)
}

/// Does what [`run_end`] decided, after the run's end was recorded.
pub(super) fn after_run(ctx: &mut Context<'_>, end: RunEnd) {
    let body = end.body;
    match end.then {
        Then::GoOn => go_on(ctx, body.instance, body.key),
        Then::Again(counter) => enter_run(ctx, &body, counter, None),
        Then::Over => parts::end_rest(ctx, &body),
    }
}

impl RunEnd {
    /// Puts the run's result into the list.
    pub(super) fn collect(&mut self, ctx: &mut Context<'_>) {
        if let Some(result) = self.result.take() {
            result.record(ctx, &self.body);
        }
    }
}
