//! Input and output mappings: which variables an element gets, and which it hands on.

use std::sync::Arc;

use gardesh_feel::{Context as FeelContext, Value};

use crate::context::{Active, Context, Failure, variables_of};
use crate::definition::{Mapping, NodeKind};
use crate::state::incident::IncidentKind;
use crate::variables::{Document, as_variable};

/// The variables that the input mappings make. A later mapping sees what earlier ones made.
pub(super) fn inputs(ctx: &Context<'_>, active: &Active) -> Result<Document, Failure> {
    evaluate(ctx, active, &active.node().inputs)
}

/// What goes to the scopes outside: what the output mappings make, or, without any, the
/// variables that a boundary event brought.
pub(super) fn outputs(ctx: &Context<'_>, active: &Active) -> Result<Document, Failure> {
    let node = active.node();
    if node.outputs.is_empty() && matches!(node.kind, NodeKind::ErrorBoundary { .. }) {
        let own = variables_of(ctx.state, ctx.tenant, active.instance, active.key);
        return Ok(own
            .into_iter()
            .map(|(key, variable)| (key.3, variable.value.clone()))
            .collect());
    }
    evaluate(ctx, active, &node.outputs)
}

fn evaluate(ctx: &Context<'_>, active: &Active, mappings: &[Mapping]) -> Result<Document, Failure> {
    let mut made = Document::new();
    for mapping in mappings {
        let (value, _) =
            ctx.evaluate(&mapping.source, active, &made, IncidentKind::IoMappingError)?;
        put(&mut made, &mapping.target, value).map_err(|message| {
            let target = mapping.target.join(".");
            Failure::new(
                IncidentKind::IoMappingError,
                format!("The mapping to '{target}' went too far: {message}"),
            )
        })?;
    }
    Ok(made)
}

/// Puts a value at a path, making the contexts on the way.
fn put(document: &mut Document, path: &[Arc<str>], value: Value) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(());
    };
    let value = as_variable(nested(document.get(first), rest, value))?;
    document.insert(Arc::clone(first), value);
    Ok(())
}

fn nested(existing: Option<&Value>, path: &[Arc<str>], value: Value) -> Value {
    let Some((first, rest)) = path.split_first() else {
        return value;
    };
    let mut context = match existing {
        Some(Value::Context(context)) => (**context).clone(),
        _ => FeelContext::default(),
    };
    let inner = nested(context.get(first), rest, value);
    context.insert(Arc::clone(first), inner);
    Value::Context(Arc::new(context))
}
