//! Which variables a form-js form gives values to. What else is in a form is the affair of whoever shows it.

use std::collections::BTreeSet;

use serde_json::Value;

/// The names of the variables that the fields of a form write; none where the text is no JSON.
pub fn form_fields(document: &str) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    if let Ok(form) = serde_json::from_str(document) {
        collect(&form, &mut fields);
    }
    fields
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn collect(value: &Value, fields: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, fields)),
        Value::Object(entries) => {
            // A field writes to its key; a group of fields writes below its path.
            let names = ["key", "path"].into_iter();
            let names = names.filter_map(|entry| entries.get(entry)?.as_str());
            fields.extend(names.map(|name| super::first_part(name).to_owned()));
            entries.values().for_each(|entry| collect(entry, fields));
        }
        _ => {}
    }
}
