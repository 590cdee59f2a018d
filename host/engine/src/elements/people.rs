//! What a user task says about people: who may do it, until when, with which form. Native
//! tasks keep it; tasks that a worker does, and listeners, get it as headers.

use std::sync::Arc;

use gardesh_feel::Value;

use crate::context::{Active, Context, Failure, wrong_type, wrong_value};
use crate::definition::time::{self, TaskDate};
use crate::definition::{FormSpec, Source, UserTaskSpec};
use crate::entities::deployment::ResourceKind;
use crate::entities::incident::IncidentKind;
use crate::entities::user_task::UserTask;
use crate::key::FormKey;
use crate::limits::{DEFAULT_TASK_PRIORITY, MAX_TASK_PRIORITY};
use crate::variables::Document;

/// What a user task says about people.
pub(super) struct People {
    pub assignee: Option<Arc<str>>,
    pub candidate_groups: Vec<Arc<str>>,
    pub candidate_users: Vec<Arc<str>>,
    pub due_date: Option<Arc<str>>,
    pub follow_up_date: Option<Arc<str>>,
    pub priority: u8,
    pub form: Option<FormKey>,
    pub external_form: Option<Arc<str>>,
}

impl People {
    /// Evaluates it.
    ///
    /// # Errors
    /// What does not give what it should.
    pub(super) fn evaluate(
        ctx: &Context<'_>,
        active: &Active,
        input: &Document,
        spec: &UserTaskSpec,
    ) -> Result<Self, Failure> {
        let (form, external_form) = form(ctx, active, input, spec.form.as_ref())?;
        Ok(Self {
            assignee: ctx.optional_text(spec.assignee.as_ref(), active, input)?,
            candidate_groups: names(ctx, active, input, spec.candidate_groups.as_ref())?,
            candidate_users: names(ctx, active, input, spec.candidate_users.as_ref())?,
            due_date: date(ctx, active, input, spec.due_date.as_ref())?,
            follow_up_date: date(ctx, active, input, spec.follow_up_date.as_ref())?,
            priority: priority(ctx, active, input, spec.priority.as_ref())?,
            form,
            external_form,
        })
    }

    /// What a task says.
    pub(super) fn of(task: &UserTask) -> Self {
        Self {
            assignee: task.assignee.clone(),
            candidate_groups: task.candidate_groups.clone(),
            candidate_users: task.candidate_users.clone(),
            due_date: task.due_date.clone(),
            follow_up_date: task.follow_up_date.clone(),
            priority: task.priority,
            form: task.form,
            external_form: task.external_form.clone(),
        }
    }

    /// The headers of Zeebe's that tell a worker.
    pub(super) fn headers(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let list = |names: &[Arc<str>]| (!names.is_empty()).then(|| list(names));
        let form = self.form.map(|key| key.to_string().into());
        let all = [
            ("assignee", self.assignee.clone()),
            ("candidateGroups", list(&self.candidate_groups)),
            ("candidateUsers", list(&self.candidate_users)),
            ("dueDate", self.due_date.clone()),
            ("followUpDate", self.follow_up_date.clone()),
            ("formKey", form.or_else(|| self.external_form.clone())),
        ];
        all.into_iter()
            .filter_map(|(name, text)| Some((header(name), text?)))
            .collect()
    }
}

/// The name of a header that the engine itself writes.
pub(super) fn header(name: &str) -> Arc<str> {
    format!("io.camunda.zeebe:{name}").into()
}

/// Names as a list that FEEL and JSON can read.
pub(super) fn list<T: AsRef<str>>(names: &[T]) -> Arc<str> {
    let names = names.iter().map(|name| Value::string(name.as_ref()));
    Value::list(names.collect::<Vec<_>>()).to_json().into()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn date(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    source: Option<&Source>,
) -> Result<Option<Arc<str>>, Failure> {
    let Some(source) = source else {
        return Ok(None);
    };
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    match &value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Ok(None),
        _ => match time::read::<TaskDate>(source, &value, &reasons) {
            Ok(date) => Ok(Some(date.0)),
            Err(mismatch) => Err(wrong_value(&mismatch, kind)),
        },
    }
}

/// Names from a list, or from a text with commas between them.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
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
        return Ok(DEFAULT_TASK_PRIORITY);
    };
    let expected = format!("a priority from 0 to {MAX_TASK_PRIORITY}");
    let range = 0..=MAX_TASK_PRIORITY.into();
    let priority = ctx.whole_number(source, active, input, range, &expected)?;
    Ok(u8::try_from(priority).unwrap_or(MAX_TASK_PRIORITY))
}

/// The form that the diagram names, in the version that it means, or where the form is.
fn form(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    form: Option<&FormSpec>,
) -> Result<(Option<FormKey>, Option<Arc<str>>), Failure> {
    let (id, binding) = match form {
        None => return Ok((None, None)),
        Some(FormSpec::External(reference)) => {
            return Ok((None, ctx.optional_text(Some(reference), active, input)?));
        }
        Some(FormSpec::Deployed { id, binding }) => (id, binding),
    };
    let Some(id) = ctx.optional_text(Some(id), active, input)? else {
        return Ok((None, None));
    };
    ctx.deployed(ResourceKind::Form, &id, binding, active.definition_key)
        .map(|key| (Some(FormKey(key)), None))
        .map_err(|message| Failure::new(IncidentKind::FormNotFound, message))
}
