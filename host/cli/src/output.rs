//! What a command prints: the server's JSON word for word with `--json`, otherwise text
//! for people. Results go to standard output, remarks to standard error.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::table::{Table, clean};

/// How to print.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON for programs instead of text for people.
    pub json: bool,
    /// No remarks and no progress.
    pub quiet: bool,
}

/// A column of a list: its heading and where its cells are, as a path of member names
/// joined by dots (`processDefinition.name`). Of several paths joined by `|` the first
/// that leads somewhere counts.
pub type Column = (&'static str, &'static str);

impl Output {
    /// Prints a result: `json` as it is, or the text that `human` makes.
    pub fn result(&self, json: &str, human: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json {
            let json = json.trim();
            self.print(if json.is_empty() { "{}" } else { json })?;
            self.print("\n")
        } else {
            self.print(&human())
        }
    }

    /// Prints a result of our own making.
    pub fn own_result(
        &self,
        value: &impl Serialize,
        human: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let json = serde_json::to_string(value)
            .map_err(|error| Failure::Unexpected(format!("Expected to write JSON, but {error}")))?;
        self.result(&json, human)
    }

    /// Prints a list: the whole answer, or a table of its items with the named columns.
    pub fn list(&self, json: &str, columns: &[Column], noun: &str) -> Result<(), Failure> {
        if self.json {
            return self.result(json, String::new);
        }
        let answer: Value = serde_json::from_str(json).map_err(|error| {
            Failure::Unexpected(format!("Expected a list from the server, but {error}"))
        })?;
        let items = items(&answer);
        if items.is_empty() {
            self.remark(&format!("No {noun}s."));
            return Ok(());
        }
        self.print(&table(items, columns).render())?;
        let total = answer.pointer("/page/totalItems").and_then(Value::as_u64);
        if let Some(total) = total.filter(|&total| total > items.len() as u64) {
            self.remark(&format!(
                "{} of {total} {noun}s; ask for more with --limit.",
                items.len()
            ));
        }
        Ok(())
    }

    /// Says what was done, on standard output, for a command without a result of its own.
    pub fn done(&self, json: &str, text: &str) -> Result<(), Failure> {
        if self.quiet && !self.json {
            return Ok(());
        }
        self.result(json, || format!("{}\n", clean(text)))
    }

    /// Prints text that is made to be read by a shell, whatever the options say.
    pub fn script(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .map_err(Failure::Output)
    }

    /// Says something beside the result, on standard error.
    pub fn remark(&self, text: &str) {
        if !self.quiet {
            // Nothing can be said about standard error being closed.
            let _ = writeln!(io::stderr(), "{}", clean(text));
        }
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        self.script(text.as_bytes())
    }
}

/// The items of a list answer.
pub fn items(answer: &Value) -> &[Value] {
    match answer.get("items").unwrap_or(answer) {
        Value::Array(items) => items,
        _ => &[],
    }
}

/// A table of `items`.
pub fn table(items: &[Value], columns: &[Column]) -> Table {
    let mut table = Table::new(columns.iter().map(|(heading, _)| *heading));
    for item in items {
        table.row(columns.iter().map(|(_, paths)| cell(item, paths)));
    }
    table
}

/// The text at a path, as [`Column`] describes it; empty where there is nothing.
pub fn cell(item: &Value, paths: &str) -> String {
    paths
        .split('|')
        .map(|path| {
            let found = path
                .split('.')
                .try_fold(item, |value, name| value.get(name));
            found.map_or(String::new(), text)
        })
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// A value as people read it.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_object()) => {
            items.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_follow_paths() {
        let item = json!({"a": {"b": 3}, "groups": ["x", "y"], "none": null, "yes": true});
        for (path, expected) in [
            ("a.b", "3"),
            ("a.c", ""),
            ("none|a.b", "3"),
            ("groups", "x, y"),
            ("yes", "yes"),
            ("a", r#"{"b":3}"#),
            ("a.b.c", ""),
        ] {
            assert_eq!(cell(&item, path), expected, "{path}");
        }
    }

    #[test]
    fn lists_come_with_or_without_a_page() {
        assert_eq!(items(&json!({"items": [1, 2]})).len(), 2);
        assert_eq!(items(&json!([1])).len(), 1);
        assert!(items(&json!({"items": null})).is_empty());
        assert!(items(&json!("x")).is_empty());
    }
}
