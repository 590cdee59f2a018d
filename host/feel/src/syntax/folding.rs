//! Parts of an expression that are known while it is parsed: ranges and lists of literals, and
//! conversions of literals such as `date("2024-02-29")`. Nothing is folded that gives a warning,
//! so reasons for nulls stay with the evaluation.

use std::sync::Arc;

use super::tree::{Arguments, Kind, Node};
use crate::evaluate::{Environment, Evaluator};
use crate::limits::{MAX_FOLDED_ITEMS, MAX_JSON_DEPTH};
use crate::range::{are_ends, compare};
use crate::{Function, Range, Value};

/// Conversions that depend on their arguments only.
const CONVERSIONS: [&str; 5] = ["date", "time", "date and time", "duration", "number"];

/// The kind itself, or the literal that it always evaluates to.
pub(super) fn folded(kind: Kind) -> Kind {
    let value = match &kind {
        Kind::Range {
            start,
            start_included,
            end,
            end_included,
        } => range(
            start.as_deref(),
            *start_included,
            end.as_deref(),
            *end_included,
        ),
        Kind::Only(value) => range(Some(value), true, Some(value), true),
        Kind::List(items) if items.len() <= MAX_FOLDED_ITEMS => literals(items).map(Value::from),
        Kind::Builtin(builtin, Arguments::Positional(arguments))
            if CONVERSIONS.contains(&builtin.name) =>
        {
            literals(arguments).and_then(|values| {
                let environment = Environment::default();
                let mut evaluator = Evaluator::new(&environment);
                let value = evaluator.call(&Function::Builtin(builtin), values).ok()?;
                evaluator.warnings.is_empty().then_some(value)
            })
        }
        _ => None,
    };
    match value {
        // What nests deeper than values may is left to the evaluation, which says so.
        Some(value) if value.extent().depth < MAX_JSON_DEPTH => Kind::Literal(value),
        _ => kind,
    }
}

fn literals(nodes: &[Node]) -> Option<Vec<Value>> {
    nodes.iter().map(|node| literal(node).cloned()).collect()
}

fn literal(node: &Node) -> Option<&Value> {
    if let Kind::Literal(value) = &node.kind {
        Some(value)
    } else {
        None
    }
}

fn range(
    start: Option<&Node>,
    start_included: bool,
    end: Option<&Node>,
    end_included: bool,
) -> Option<Value> {
    let known = |node: Option<&Node>| match node {
        None => Some(None),
        Some(node) => literal(node).map(|value| Some(value.clone())),
    };
    let (start, end) = (known(start)?, known(end)?);
    let comparable = match (&start, &end) {
        (Some(start), Some(end)) => are_ends(start, end),
        (Some(only), None) | (None, Some(only)) => compare(only, only).is_some(),
        (None, None) => false,
    };
    comparable.then(|| {
        Value::Range(Arc::new(Range {
            start,
            start_included,
            end,
            end_included,
        }))
    })
}
