//! Tasks for people.

use std::sync::Arc;

use gardesh_feel::Value;

use super::activated;
use crate::context::{Active, Context, Deployed, Failure, wrong_type};
use crate::definition::{FormSpec, Source, UserTaskSpec};
use crate::event::Event;
use crate::key::{FormKey, UserTaskKey};
use crate::state::incident::IncidentKind;
use crate::state::user_task::UserTask;
use crate::variables::Document;

/// The priority of a task that does not say.
const DEFAULT_PRIORITY: u8 = 50;

/// Creates the task.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    spec: &UserTaskSpec,
) -> Result<(), Failure> {
    let task = UserTask {
        key: UserTaskKey(0),
        instance: active.instance,
        definition: active.definition_key,
        element: active.row.element,
        element_instance: active.key,
        name: active.node().name.clone(),
        assignee: ctx.optional_text(spec.assignee.as_ref(), active, input)?,
        candidate_groups: names(ctx, active, input, spec.candidate_groups.as_ref())?,
        candidate_users: names(ctx, active, input, spec.candidate_users.as_ref())?,
        due_date: ctx.optional_text(spec.due_date.as_ref(), active, input)?,
        follow_up_date: ctx.optional_text(spec.follow_up_date.as_ref(), active, input)?,
        priority: priority(ctx, active, input, spec.priority.as_ref())?,
        form: form(ctx, active, input, spec.form.as_ref())?,
        created_at_ms: ctx.at_ms,
    };
    activated(ctx, active, input);
    let task = UserTask {
        key: UserTaskKey(ctx.next_key()),
        ..task
    };
    ctx.emit(Event::UserTaskCreated {
        task: Arc::new(task),
    });
    Ok(())
}

/// Names from a list, or from a text with commas between them.
fn names(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    source: Option<&Source>,
) -> Result<Vec<Arc<str>>, Failure> {
    let Some(source) = source else {
        return Ok(Vec::new());
    };
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    let wrong = |value: &Value| wrong_type("a list of names", source, value, &reasons, kind);
    match &value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(Arc::from)
            .collect()),
        Value::List(items) => items
            .iter()
            .map(|item| match item {
                Value::String(name) => Ok(Arc::clone(name)),
                other => Err(wrong(other)),
            })
            .collect(),
        other => Err(wrong(other)),
    }
}

fn priority(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    source: Option<&Source>,
) -> Result<u8, Failure> {
    let Some(source) = source else {
        return Ok(DEFAULT_PRIORITY);
    };
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    let number = match &value {
        Value::Number(_) => value.to_json().parse().ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number
        .filter(|priority: &u8| *priority <= 100)
        .ok_or_else(|| wrong_type("a priority from 0 to 100", source, &value, &reasons, kind))
}

/// The form that the diagram names, in the version that it means.
fn form(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    form: Option<&FormSpec>,
) -> Result<Option<FormKey>, Failure> {
    let Some(FormSpec::Deployed { id, binding }) = form else {
        return Ok(None);
    };
    let Some(id) = ctx.optional_text(Some(id), active, input)? else {
        return Ok(None);
    };
    ctx.deployed(Deployed::Form, &id, binding, active.definition_key)
        .map(|key| Some(FormKey(key)))
        .map_err(|message| Failure::new(IncidentKind::FormNotFound, message))
}
