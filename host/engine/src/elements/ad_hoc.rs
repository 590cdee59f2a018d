//! Ad-hoc subprocesses: elements that somebody chooses, in any order. The diagram chooses the
//! first ones, a worker or a person others. Each goes its own path, in a scope of its own.

use std::sync::Arc;

use gardesh_feel::{Context as FeelContext, Value};

use super::{activated, begin_when_possible, job_task, parts, place_as, results, scope};
use crate::behaviour::enter::enter;
use crate::context::{Active, Context, Failure, wrong_type};
use crate::definition::{AdHoc, Definition, JobSpec, NodeKind, ScopeKind};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{Rest, Role, Work};
use crate::entities::incident::IncidentKind;
use crate::entities::job::JobKind;
use crate::event::{ElementInstanceEvent, JobEvent, RepetitionEvent};
use crate::key::*;
use crate::limits::MAX_CHOSEN_AT_ONCE;
use crate::variables::Document;

/// The variable that tells a worker what it can choose, as Zeebe names it.
const ELEMENTS: &str = "adHocSubProcessElements";

/// Enters the subprocess and what the diagram chooses, or creates the job of who chooses.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    spec: &AdHoc,
) -> Result<(), Failure> {
    let mut own = Document::from([(ELEMENTS.into(), describe(active))]);
    if let Some(name) = &spec.output_collection {
        own.insert(Arc::clone(name), Value::list(Vec::new()));
    }
    own.extend(input.clone());
    if scope::was_opened_inside(active) {
        activated(ctx, active, &own);
        scope::begin_inside(ctx, active);
        return Ok(());
    }
    let chosen = first_elements(ctx, active, &own, spec)?;
    let job = match &spec.job {
        Some(job) => Some(question(ctx, active, &own, job)?),
        None => None,
    };
    activated(ctx, active, &own);
    if let Some(job) = job {
        job_task::create(ctx, active, job);
    }
    for element in chosen {
        enter_path(ctx, active, element, &Document::new());
    }
    Ok(())
}

/// The job of who chooses.
fn question(
    ctx: &Context<'_>,
    active: &Active,
    local: &Document,
    spec: &JobSpec,
) -> Result<job_task::Prepared, Failure> {
    let job = job_task::prepare(ctx, active, local, spec)?;
    Ok(job_task::Prepared {
        kind: JobKind::AdHocSubProcess,
        ..job
    })
}

/// The elements that can be chosen: those that no sequence flow leads to.
fn choices(definition: &Definition, ad_hoc: u32) -> impl Iterator<Item = u32> {
    (0..)
        .zip(&definition.nodes)
        .filter(move |(_, node)| {
            let starts_itself = if let NodeKind::Scope(scope) = &node.kind {
                scope.kind == ScopeKind::EventSubProcess
            } else {
                matches!(
                    node.kind,
                    NodeKind::StartEvent { .. } | NodeKind::BoundaryEvent { .. }
                )
            };
            node.scope == Some(ad_hoc)
                && node.incoming.is_empty()
                && !node.for_compensation
                && !starts_itself
        })
        .map(|(element, _)| element)
}

fn describe(active: &Active) -> Value {
    let definition = &active.definition;
    let describe = |element| {
        let node = definition.node(element);
        let mut facts = FeelContext::new();
        facts.insert("elementId", Value::String(Arc::clone(&node.id)));
        if let Some(name) = &node.name {
            facts.insert("elementName", Value::String(Arc::clone(name)));
        }
        Value::context(facts)
    };
    let all: Vec<Value> = choices(definition, active.row.element)
        .map(describe)
        .collect();
    Value::list(all)
}

/// An element that can be chosen, by its id.
///
/// # Errors
/// What is wrong with the id.
pub(crate) fn choice(active: &Active, id: &str) -> Result<u32, String> {
    let definition = &active.definition;
    definition
        .find(id)
        .filter(|element| choices(definition, active.row.element).any(|choice| choice == *element))
        .ok_or_else(|| {
            format!(
                "Expected an element of the ad-hoc subprocess '{}' that no sequence flow leads to, but '{id}' is none.",
                active.node().id
            )
        })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn first_elements(
    ctx: &Context<'_>,
    active: &Active,
    own: &Document,
    spec: &AdHoc,
) -> Result<Vec<u32>, Failure> {
    let Some(source) = &spec.active_elements else {
        return Ok(Vec::new());
    };
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, own, kind)?;
    let Value::List(ids) = &value else {
        return Err(wrong_type("a list of ids", source, &value, &reasons, kind));
    };
    if ids.len() > MAX_CHOSEN_AT_ONCE {
        return Err(Failure::new(
            IncidentKind::ExecutionLimit,
            format!(
                "Expected at most {MAX_CHOSEN_AT_ONCE} elements from '{}', but there are {}. Choose fewer, then resolve.",
                source.text(),
                ids.len()
            ),
        ));
    }
    let ids = ids.iter().map(|id| match id {
        Value::String(id) => choice(active, id).map_err(|message| {
            Failure::new(kind, format!("{message} Correct the list, then resolve."))
        }),
        other => Err(wrong_type("a list of ids", source, other, &reasons, kind)),
    });
    ids.collect()
}

/// Puts a path into the subprocess, for what an operator puts into that. It begins at once, or
/// with the subprocess where that is still being entered.
pub(crate) fn put_path(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    ad_hoc: u32,
    around: ElementInstanceKey,
) -> ElementInstanceKey {
    let key = place_as(ctx, instance, ad_hoc, around, Role::Path);
    begin_when_possible(ctx, instance, key, around);
    key
}

/// Begins a path with what was put into it.
pub(super) fn begin_path(ctx: &mut Context<'_>, path: &Active) -> Result<(), Failure> {
    let NodeKind::Scope(spec) = &path.node().kind else {
        return Ok(());
    };
    let own = ctx.state.variables_of(ctx.tenant, path.instance, path.key);
    let mut result = Document::new();
    let element = spec
        .ad_hoc
        .as_ref()
        .and_then(|spec| spec.output_element.as_ref());
    results::make_local(&mut result, element);
    result.retain(|name, _| own.iter().all(|(key, _)| key.3 != *name));
    activated(ctx, path, &result);
    scope::begin_inside(ctx, path);
    scope::complete_if_done(ctx, path.instance, path.key);
    Ok(())
}

/// Begins a path at an element that was chosen.
pub(crate) fn enter_path(
    ctx: &mut Context<'_>,
    ad_hoc: &Active,
    element: u32,
    variables: &Document,
) {
    let instance = ad_hoc.instance;
    let key = ElementInstanceKey(ctx.next_key());
    ctx.emit(ElementInstanceEvent::Activating {
        instance,
        key,
        element: ad_hoc.row.element,
        scope: ad_hoc.key,
        role: Role::Path,
    });
    ctx.emit(ElementInstanceEvent::Activated { instance, key });
    let mut own = variables.clone();
    let result = ad_hoc
        .ad_hoc()
        .and_then(|spec| spec.output_element.as_ref());
    results::make_local(&mut own, result);
    ctx.set_variables(instance, key, &own);
    enter(ctx, instance, element, key);
}

/// What the end of an element in it means for the subprocess.
pub(super) struct ChildEnd {
    ad_hoc: Active,
    result: Option<results::Collected>,
    then: Then,
}

enum Then {
    /// It waits for somebody to choose.
    Wait,
    /// It is done once nothing in it is active.
    CompleteIfEmpty,
    /// It is done: the others are ended.
    EndRest,
    /// Who chooses is asked again.
    Ask(job_task::Prepared),
}

/// Decides what the end of a path, or of an event subprocess beside it, means.
///
/// # Errors
/// An expression that does not give what it should.
pub(super) fn child_end(
    ctx: &Context<'_>,
    ad_hoc: Active,
    child: &Active,
) -> Result<Option<ChildEnd>, Failure> {
    let Some(spec) = ad_hoc.ad_hoc() else {
        return Ok(None);
    };
    let names = spec
        .output_collection
        .as_ref()
        .zip(spec.output_element.as_ref());
    let result = match names {
        Some(names) if child.row.role == Role::Path => {
            let (nothing, place) = (Document::new(), results::Place::AtTheEnd);
            Some(results::evaluate(
                ctx, &ad_hoc, child, &nothing, names, place,
            )?)
        }
        _ => None,
    };
    let then = then(ctx, &ad_hoc, spec, result.as_ref())?;
    Ok(Some(ChildEnd {
        ad_hoc,
        result,
        then,
    }))
}

fn then(
    ctx: &Context<'_>,
    ad_hoc: &Active,
    spec: &AdHoc,
    result: Option<&results::Collected>,
) -> Result<Then, Failure> {
    if ad_hoc.row.rest != Rest::Open {
        return Ok(Then::CompleteIfEmpty);
    }
    let mut local = Document::new();
    if let Some(result) = result {
        result.show(&mut local);
    }
    if let Some(job) = &spec.job {
        return Ok(Then::Ask(question(ctx, ad_hoc, &local, job)?));
    }
    let Some(condition) = &spec.completion_condition else {
        return Ok(Then::CompleteIfEmpty);
    };
    let kind = IncidentKind::ExtractValueError;
    Ok(match ctx.holds(condition, ad_hoc, &local, kind)? {
        true if spec.cancel_remaining => Then::EndRest,
        true => Then::CompleteIfEmpty,
        false => Then::Wait,
    })
}

/// Does what [`child_end`] decided, after the child's end was recorded.
pub(super) fn after_child(ctx: &mut Context<'_>, end: ChildEnd) {
    let ChildEnd { ad_hoc, then, .. } = end;
    match then {
        Then::Wait => {}
        Then::CompleteIfEmpty => complete_if_empty(ctx, ad_hoc.instance, ad_hoc.key),
        Then::EndRest => parts::end_rest(ctx, &ad_hoc),
        Then::Ask(job) => {
            withdraw_job(ctx, &ad_hoc);
            job_task::create(ctx, &ad_hoc, job);
        }
    }
}

impl ChildEnd {
    /// Puts the path's result into the list.
    pub(super) fn collect(&mut self, ctx: &mut Context<'_>) {
        if let Some(result) = self.result.take() {
            result.record(ctx, &self.ad_hoc);
        }
    }
}

/// A question that was asked before something changed is asked no longer.
fn withdraw_job(ctx: &mut Context<'_>, ad_hoc: &Active) {
    let instance = ad_hoc.instance;
    ctx.resolve_incidents(ad_hoc);
    if let Some(Work::Job(job)) = ad_hoc.row.work {
        ctx.emit(JobEvent::Canceled { instance, job });
    }
}

fn complete_if_empty(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
) {
    let row = ctx.state.elements.get(&(ctx.tenant, instance, element));
    if row.is_some_and(|row| row.children == 0) {
        ctx.then(Continuation::Complete { instance, element });
    }
}

/// What it means that something in it was ended, and nothing is active now. As long as
/// somebody may choose, the subprocess waits.
pub(super) fn emptied(ctx: &mut Context<'_>, ad_hoc: &Active, spec: &AdHoc) {
    let waits = spec.job.is_some() || spec.completion_condition.is_some();
    if ad_hoc.row.rest != Rest::Open || !waits {
        complete_if_empty(ctx, ad_hoc.instance, ad_hoc.key);
    }
}

/// Ends what is active in it, because others take their place.
pub(crate) fn end_paths(ctx: &mut Context<'_>, ad_hoc: &Active) {
    scope::terminate_rest(ctx, ad_hoc.instance, ad_hoc.key);
}

/// Who leads the subprocess says that it is done.
pub(crate) fn finish(ctx: &mut Context<'_>, ad_hoc: &Active, cancel_remaining: bool) {
    if cancel_remaining {
        parts::end_rest(ctx, ad_hoc);
        return;
    }
    ctx.emit(RepetitionEvent::RestDecided {
        instance: ad_hoc.instance,
        key: ad_hoc.key,
        rest: Rest::Awaited,
    });
    complete_if_empty(ctx, ad_hoc.instance, ad_hoc.key);
}
