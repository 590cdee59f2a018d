//! JSON: our reader takes what serde_json takes, and what it wrote it reads again.

use gardesh_feel::{MAX_JSON_DEPTH, Value};

pub fn check(data: &[u8]) {
    let ours = Value::from_json(data);
    let theirs: Result<serde_json::Value, _> = serde_json::from_slice(data);
    match (&ours, &theirs) {
        (Ok(value), Ok(theirs)) => {
            round_trip(value);
            assert_eq!(shape(value), shape_of(theirs), "what was read differs");
        }
        (Err(_), Err(_)) => {}
        (Ok(value), Err(error)) => panic!(
            "Expected a refusal as serde_json's ({error}), but it was read: {}",
            value.to_json()
        ),
        (Err(error), Ok(_)) => {
            let text = error.to_string();
            let ours_alone = text.contains("1e6145") || text.contains("levels of nesting");
            assert!(
                ours_alone,
                "Expected to read what serde_json reads, but: {text}"
            );
        }
    }
}

/// Written and read again a value is the same.
pub fn round_trip(value: &Value) {
    let text = value.to_json();
    let again = Value::from_json(&text)
        .unwrap_or_else(|error| panic!("Expected to read what was written, but {error}: {text}"));
    assert_eq!(again.to_json(), text, "written again");
    assert!(value.extent().depth <= MAX_JSON_DEPTH);
}

/// The bones of a value, to compare two readers: kinds, keys and texts, not numbers.
fn shape(value: &Value) -> String {
    match value {
        Value::Number(_) | Value::LongNumber(_) => "0".to_owned(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(shape).collect();
            format!("[{}]", items.join(","))
        }
        Value::Context(context) => {
            let mut entries: Vec<String> = context
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", shape(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Value::String(text) => format!("{text:?}"),
        Value::Bool(value) => value.to_string(),
        _ => "null".to_owned(),
    }
}

fn shape_of(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Number(_) => "0".to_owned(),
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shape_of).collect();
            format!("[{}]", items.join(","))
        }
        serde_json::Value::Object(entries) => {
            let mut entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", shape_of(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        serde_json::Value::String(text) => format!("{text:?}"),
        serde_json::Value::Bool(value) => value.to_string(),
        serde_json::Value::Null => "null".to_owned(),
    }
}
