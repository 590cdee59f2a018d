//! Results: each run of an element that repeats, and each path in an ad-hoc subprocess, adds
//! one to a list, which is handed on when the whole is done.

use std::sync::Arc;

use gardesh_feel::{List, Value};

use crate::context::{Active, Context, Failure};
use crate::definition::{Repetition, Source};
use crate::entities::element_instance::Role;
use crate::entities::incident::IncidentKind;
use crate::event::VariableEvent;
use crate::limits::MAX_DOCUMENT_BYTES;
use crate::shown::shown;
use crate::variables::{Document, as_variable};

/// The result of one run or path, and the list that it goes to.
pub(super) struct Collected {
    name: Arc<str>,
    index: u32,
    value: Value,
    list: List,
}

/// Where the result of a run goes.
pub(super) enum Place {
    At(u32),
    AtTheEnd,
}

/// Evaluates the result of a run or path that is done, with its output in view.
///
/// # Errors
/// An expression that cannot be evaluated, or a list that is none or gets too large.
pub(super) fn evaluate(
    ctx: &Context<'_>,
    whole: &Active,
    part: &Active,
    output: &Document,
    (name, element): (&Arc<str>, &Source),
    place: Place,
) -> Result<Collected, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let (value, _) = ctx.evaluate(element, part, output, kind)?;
    let value = as_variable(value).map_err(|message| Failure::new(kind, message))?;
    let list = list(ctx, whole, name)?;
    let index = match place {
        Place::At(index) if (index as usize) < list.len() => index,
        Place::At(index) => {
            return Err(Failure::new(
                kind,
                format!(
                    "Expected '{name}' to have a place for result {}, but it has {} items only. Correct the variable, then resolve.",
                    index + 1,
                    list.len()
                ),
            ));
        }
        Place::AtTheEnd => u32::try_from(list.len()).unwrap_or(u32::MAX),
    };
    let size = list.extent().size.saturating_add(value.extent().size);
    if size > MAX_DOCUMENT_BYTES as u64 {
        return Err(Failure::new(
            IncidentKind::ExecutionLimit,
            format!(
                "Expected results of at most {MAX_DOCUMENT_BYTES} bytes in '{name}', but they are larger. Keep large files elsewhere and collect references."
            ),
        ));
    }
    Ok(Collected {
        name: Arc::clone(name),
        index,
        value,
        list,
    })
}

fn list(ctx: &Context<'_>, whole: &Active, name: &Arc<str>) -> Result<List, Failure> {
    let variable =
        ctx.state
            .variables
            .get(&(ctx.tenant, whole.instance, whole.key, Arc::clone(name)));
    match variable.as_deref().map(|variable| &variable.value) {
        Some(Value::List(list)) => Ok(list.clone()),
        other => Err(Failure::new(
            IncidentKind::ExtractValueError,
            format!(
                "Expected '{name}' to be the list of results, but it is {}. Correct the variable, then resolve.",
                shown(other.unwrap_or(&Value::Null))
            ),
        )),
    }
}

impl Collected {
    /// Adds the list to what a condition sees, as it will be.
    pub(super) fn show(&self, local: &mut Document) {
        let mut list = self.list.clone();
        match self.index as usize {
            index if index < list.len() => list.replace(index, self.value.clone()),
            _ => list.push(self.value.clone()),
        }
        local.insert(Arc::clone(&self.name), Value::List(list));
    }

    /// Puts the result into the list.
    pub(super) fn record(self, ctx: &mut Context<'_>, whole: &Active) {
        ctx.collect(whole.instance, whole.key, self.name, self.index, self.value);
    }
}

/// Makes the variable of a result local where it is nothing but a variable: what a worker or an
/// output mapping sets then does not leave the run, and runs beside it do not overwrite it.
pub(super) fn make_local(local: &mut Document, element: Option<&Source>) {
    if let Some(name) = element.and_then(Source::variable) {
        local.entry(name.into()).or_insert(Value::Null);
    }
}

/// Hands the list of results on to the scopes outside, as the whole is left.
pub(super) fn hand_on(ctx: &mut Context<'_>, whole: &Active) {
    let name = match (whole.row.role, whole.node().repetition.as_deref()) {
        (Role::Body, Some(Repetition::MultiInstance(spec))) => spec.output_collection.as_ref(),
        _ => whole
            .ad_hoc()
            .and_then(|spec| spec.output_collection.as_ref()),
    };
    let Some(name) = name.cloned() else {
        return;
    };
    let key = (ctx.tenant, whole.instance, whole.key, Arc::clone(&name));
    let Some(variable) = ctx.state.variables.get(&key) else {
        return;
    };
    // Who reads along has learned of the results one by one; this is the list as a whole.
    ctx.emit(VariableEvent::Set {
        instance: whole.instance,
        scope: whole.key,
        key: variable.key,
        name: Arc::clone(&name),
        value: variable.value.clone(),
    });
    let list = Document::from([(name, variable.value.clone())]);
    ctx.propagate(whole.instance, whole.scope(), &list);
}
