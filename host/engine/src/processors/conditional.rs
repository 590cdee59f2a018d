//! Conditional start events: whoever has news has their conditions evaluated, and each that
//! holds starts a case. How conditional events inside a case work is in
//! `elements::conditional`.

use std::sync::Arc;

use gardesh_feel::Value;

use super::Request;
use crate::behaviour::occurrence;
use crate::command::{ConditionsEvaluated, EvaluateConditions};
use crate::context::Context;
use crate::definition::{Caught, ConditionSpec};
use crate::elements::conditional;
use crate::key::*;
use crate::limits::MAX_START_CONDITIONS;
use crate::rejection::{Rejection, RejectionKind};
use crate::table::layout::TableKey;
use crate::variables::Document;

impl Request for EvaluateConditions {
    type Answer = ConditionsEvaluated;

    fn process(self, ctx: &mut Context<'_>) -> Result<ConditionsEvaluated, Rejection> {
        evaluate(ctx, &self.variables, self.process.as_deref())
    }
}

fn evaluate(
    ctx: &mut Context<'_>,
    variables: &Document,
    process: Option<&str>,
) -> Result<ConditionsEvaluated, Rejection> {
    let holding: Vec<_> = starts(ctx, process)?
        .into_iter()
        .filter_map(|start| Some((definition_if_true(ctx, start, variables)?, start)))
        .collect();
    let mut started = Vec::new();
    for (definition, start) in holding {
        if let Some(instance) = occurrence::happen(ctx, start, variables) {
            started.push((definition, instance));
        }
    }
    Ok(ConditionsEvaluated { started })
}

/// The conditional start events of the latest versions, of all processes or of one.
fn starts(ctx: &Context<'_>, process: Option<&str>) -> Result<Vec<SubscriptionKey>, Rejection> {
    let row = |process: Arc<str>| (ctx.tenant, process, SubscriptionKey(0));
    let (first, end) = match process {
        None => (row("".into()), row(TableKey::last())),
        Some(id) => {
            let id: Arc<str> = id.into();
            let latest = (ctx.tenant, Arc::clone(&id));
            if !ctx.state.latest_definitions.contains(&latest) {
                return Err(Rejection::new(
                    RejectionKind::NotFound,
                    format!(
                        "Expected to find a process definition with id '{id}', but there is none. Deploy it first."
                    ),
                ));
            }
            let end = id.successor().unwrap_or_else(TableKey::last);
            (row(id), row(end))
        }
    };
    let found = ctx
        .state
        .condition_starts
        .range(&first, &end, MAX_START_CONDITIONS + 1);
    if found.len() > MAX_START_CONDITIONS {
        return Err(Rejection::new(
            RejectionKind::LimitExceeded,
            format!(
                "Expected at most {MAX_START_CONDITIONS} conditional start events to evaluate at once, but there are more. Name the process."
            ),
        ));
    }
    Ok(found.into_iter().map(|((_, _, key), _)| key).collect())
}

/// The definition of a start event whose condition holds. One that cannot be evaluated with
/// these variables does not hold: whoever sends them need not know every process.
fn definition_if_true(
    ctx: &mut Context<'_>,
    start: SubscriptionKey,
    variables: &Document,
) -> Option<ProcessDefinitionKey> {
    let subscription = ctx.state.subscriptions.get(&(ctx.tenant, start))?;
    let key = subscription.definition;
    if ctx.is_definition_suspended(key) {
        return None;
    }
    let definition = ctx.definitions.get(ctx.state, ctx.tenant, key)?;
    let Some(Caught::Condition(spec)) = definition.node(subscription.event).caught() else {
        return None;
    };
    let result = is_asked(spec, variables).then(|| ctx.evaluate_with(&spec.condition, variables));
    match result {
        Some(Ok((Value::Bool(true), _))) => Some(key),
        _ => None,
    }
}

/// An event that names variables is asked when one of them is there. Kinds of changes do not
/// count here, as there is no case in which a variable could have changed.
fn is_asked(spec: &ConditionSpec, variables: &Document) -> bool {
    let names = &spec.variables;
    names.is_empty()
        || names
            .iter()
            .any(|name| variables.contains_key(conditional::variable_of(name)))
}
