//! Documents of variables: checked on the way in, merged by the rules of BPMN scopes.
//! What a scope holds lives in `state`; how an expression sees it, in `context`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_feel::{Context as FeelContext, Value};

use crate::limits::{MAX_DOCUMENT_BYTES, MAX_NAME_BYTES, MAX_VARIABLE_DEPTH};
use crate::rejection::{Rejection, RejectionKind};

/// Named values, as a client sends them or a worker receives them.
pub type Document = BTreeMap<Arc<str>, Value>;

/// Reads a JSON object.
///
/// # Errors
/// A rejection when the text is too long, is not JSON or is not an object, or when a
/// name in it cannot be a variable's.
pub fn parse_document(json: &str) -> Result<Document, Rejection> {
    if json.len() > MAX_DOCUMENT_BYTES {
        return Err(Rejection::new(
            RejectionKind::LimitExceeded,
            format!(
                "Expected variables of at most {MAX_DOCUMENT_BYTES} bytes, but these have {}. Keep large files elsewhere and pass a reference.",
                json.len()
            ),
        ));
    }
    let value = Value::from_json(json).map_err(|e| {
        Rejection::invalid(format!("Expected variables as a JSON object, but {e}."))
    })?;
    let Value::Context(context) = value else {
        return Err(Rejection::invalid(format!(
            "Expected variables as a JSON object, but this is a {}.",
            value.type_name()
        )));
    };
    let document: Document = context
        .iter()
        .map(|(name, value)| (Arc::from(&**name), value.clone()))
        .collect();
    check_names(&document)?;
    document
        .values()
        .try_for_each(check_value)
        .map_err(Rejection::invalid)?;
    Ok(document)
}

/// What a value is as a variable: JSON, in bounds. The journal keeps variables as JSON, so a
/// date that an expression made must be a text at once, or the case would see another type
/// after a restart.
///
/// # Errors
/// Which bound it goes past.
pub(crate) fn as_variable(value: Value) -> Result<Value, String> {
    check_value(&value)?;
    Ok(as_json(value))
}

fn check_value(value: &Value) -> Result<(), String> {
    let extent = value.extent();
    if extent.depth > MAX_VARIABLE_DEPTH {
        return Err(format!(
            "Expected a variable nested at most {MAX_VARIABLE_DEPTH} levels deep, but this one goes deeper."
        ));
    }
    if extent.size > MAX_DOCUMENT_BYTES as u64 {
        return Err(format!(
            "Expected a variable of at most {MAX_DOCUMENT_BYTES} bytes, but this one is larger. Keep large files elsewhere and pass a reference."
        ));
    }
    Ok(())
}

/// About how many bytes a document takes.
pub(crate) fn bytes_of(document: &Document) -> u64 {
    let sizes = document.iter();
    sizes
        .map(|(name, value)| name.len() as u64 + value.extent().size)
        .sum()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn is_json(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(_) | Value::LongNumber(_) => true,
        Value::List(items) => items.iter().all(is_json),
        Value::Context(context) => context.iter().all(|(_, value)| is_json(value)),
        _ => false,
    }
}

/// What reading the value's JSON text would give.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn as_json(value: Value) -> Value {
    match value {
        value if is_json(&value) => value,
        Value::List(items) => Value::List(items.into_vec().into_iter().map(as_json).collect()),
        Value::Context(context) => {
            let mut json = FeelContext::new();
            for (name, value) in context.iter() {
                json.insert(Arc::clone(name), as_json(value.clone()));
            }
            Value::context(json)
        }
        other => Value::from_json(other.to_json()).unwrap_or_default(),
    }
}

fn check_names(document: &Document) -> Result<(), Rejection> {
    match document
        .keys()
        .find(|name| name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains('\0'))
    {
        None => Ok(()),
        Some(name) => Err(Rejection::invalid(format!(
            "Expected variable names of 1 to {MAX_NAME_BYTES} bytes without zero bytes, but one has {} or holds one.",
            name.len()
        ))),
    }
}

/// Writes a document as a JSON object.
pub fn write_document(document: &Document) -> String {
    let mut json = String::from("{");
    for (i, (name, value)) in document.iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        Value::String(name.clone()).write_json(&mut json);
        json.push(':');
        value.write_json(&mut json);
    }
    json.push('}');
    json
}
