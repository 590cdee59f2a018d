//! How values look in messages: short, with their kind.

use gardesh_feel::Value;

use crate::limits::{MAX_SHOWN_BYTES, MAX_SHOWN_CHARS};

/// A value for a message. What is long is cut; what is large is not written out first.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
pub(crate) fn shown(value: &Value) -> String {
    let kind = value.type_name();
    match value {
        Value::String(text) => format!("the text {}", shown_text(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_json(),
        _ if value.extent().size > MAX_SHOWN_BYTES => format!("a large {kind}"),
        _ => {
            let json = value.to_json();
            let (kept, rest) = cut(json.trim_matches('"'));
            format!("the {kind} {kept}{rest}")
        }
    }
}

/// A text for a message, in quotes and shortened.
pub(crate) fn shown_text(text: &str) -> String {
    let (kept, rest) = cut(text);
    format!("{}{rest}", Value::string(kept).to_json())
}

/// What is shown of a text, and what stands for the rest of it.
fn cut(text: &str) -> (&str, &'static str) {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((end, _)) => (&text[..end], "…"),
        None => (text, ""),
    }
}
