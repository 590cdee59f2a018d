//! Input and output mappings: which variables an element gets, and which it hands on.

use std::sync::Arc;

use gardesh_feel::{Context as FeelContext, Value};

use crate::context::{Active, Context, Failure};
use crate::definition::Mapping;
use crate::entities::incident::IncidentKind;
use crate::variables::{Document, as_variable};

/// The variables that the input mappings make. A later mapping sees what earlier ones made.
pub(super) fn inputs(ctx: &Context<'_>, active: &Active) -> Result<Document, Failure> {
    evaluate(ctx, active, active.inputs(), |_| None)
}

/// What the output mappings make for the scopes outside. One that goes into a member of a
/// variable leaves the variable's other members as they are.
pub(super) fn outputs(ctx: &Context<'_>, active: &Active) -> Result<Document, Failure> {
    evaluate(ctx, active, active.outputs(), |name| {
        ctx.variable(active.instance, active.output_scope(), name)
    })
}

/// What an element's work or event brought goes into its own scope when output mappings
/// take it from there, and outwards when there are none.
pub(crate) fn hand_over(ctx: &mut Context<'_>, active: &Active, variables: &Document) {
    if active.node().outputs.is_empty() {
        ctx.propagate(active.instance, active.key, variables);
    } else {
        ctx.set_variables(active.instance, active.key, variables);
    }
}

fn evaluate(
    ctx: &Context<'_>,
    active: &Active,
    mappings: &[Mapping],
    existing: impl Fn(&str) -> Option<Value>,
) -> Result<Document, Failure> {
    let mut made = Document::new();
    for mapping in mappings {
        let (value, _) =
            ctx.evaluate(&mapping.source, active, &made, IncidentKind::IoMappingError)?;
        if let [name, _, ..] = &mapping.target[..]
            && !made.contains_key(name)
            && let Some(value) = existing(name)
        {
            made.insert(Arc::clone(name), value);
        }
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
