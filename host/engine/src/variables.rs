//! Documents of variables: checked on the way in, merged by the rules of BPMN scopes.
//! What a scope holds lives in `state`; how an expression sees it, in `context`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_feel::Value;

use crate::limits::{MAX_DOCUMENT_BYTES, MAX_NAME_BYTES};
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
    Ok(document)
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
