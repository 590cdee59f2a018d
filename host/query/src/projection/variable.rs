//! Variables, with their values as JSON text.

use std::sync::Arc;

use gardesh_engine::event::VariableEvent;
use gardesh_engine::key::*;

use super::{Context, Projection};
use crate::error::Error;
use crate::limits::{MAX_ALTERNATIVES, MAX_SORTED_CHARS, PREVIEW_CHARS};
use crate::row::{Column, Keyed, row};
use crate::search::{Condition, Criterion, Key, Searchable, Sql, ValueCondition, filter};

row! {
    /// A variable in one scope, with its last value.
    pub struct Variable in "variables" {
        /// Its key.
        variable_key: VariableKey,
        /// Its name.
        name: Arc<str>,
        /// Its value as JSON, whole or shortened as the search asked.
        value: JsonValue,
        /// The scope that it belongs to: the case or an element instance.
        scope_key: ElementInstanceKey,
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The case at the top of the calls.
        root_process_instance_key: ProcessInstanceKey,
    }
    key: [variable_key],
    changes: [value],
    indexes: ["tenant, process_instance_key, name", "tenant, name, substr(value,1,64)"],
}

impl Keyed for Variable {
    type Key = VariableKey;

    fn key(&self) -> VariableKey {
        self.variable_key
    }
}

filter! {
    /// What to look for in variables.
    pub struct VariableFilter {
        variable_key: Condition<Key> => "variable_key",
        name: Condition<String> => "name",
        value: ValueCondition => "value",
        scope_key: Condition<Key> => "scope_key",
        process_instance_key: Condition<Key> => "process_instance_key",
    }
}

const _: () = assert!(
    MAX_SORTED_CHARS == 256,
    "the expression below says it again"
);

impl Searchable for Variable {
    type Filter = VariableFilter;
    const SORT_NAMES: &'static [(&'static str, &'static str)] =
        &[("value", "substr(value, 1, 256)")];
    const NOT_SORTED: &'static [&'static str] = &["value"];

    fn fit(&mut self, shorten: bool) -> usize {
        if shorten {
            self.value.shorten();
        }
        self.name.len() + self.value.text.len()
    }
}

/// A variable's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonValue {
    /// JSON, or its first characters.
    pub text: String,
    /// Whether there is more of it.
    pub is_truncated: bool,
}

impl JsonValue {
    fn shorten(&mut self) {
        if let Some((end, _)) = self.text.char_indices().nth(PREVIEW_CHARS) {
            self.text.truncate(end);
            self.text.shrink_to_fit();
            self.is_truncated = true;
        }
    }
}

impl Column for JsonValue {
    const SQL_TYPE: &'static str = "TEXT";

    fn bind(&self, statement: &mut rusqlite::Statement<'_>, at: usize) -> rusqlite::Result<()> {
        self.text.bind(statement, at)
    }

    fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            text: row.get(at)?,
            is_truncated: false,
        })
    }
}

/// A variable of the case, in any of its scopes, with a value.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariableCondition {
    /// The variable's name.
    pub name: String,
    /// What its value, as JSON, must be like.
    pub value: ValueCondition,
}

/// Variables that a case must have, all of them.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(try_from = "Vec<VariableCondition>")]
pub struct VariableConditions(Vec<VariableCondition>);

impl TryFrom<Vec<VariableCondition>> for VariableConditions {
    type Error = String;

    fn try_from(conditions: Vec<VariableCondition>) -> Result<Self, String> {
        bounded("variables", conditions.len())?;
        Ok(Self(conditions))
    }
}

impl Criterion for VariableConditions {
    fn render(&self, column: &'static str, sql: &mut Sql) {
        for VariableCondition { name, value } in &self.0 {
            sql.push(" AND ")
                .push(column)
                .push(" IN (SELECT process_instance_key FROM variables WHERE tenant = ?1");
            sql.push(" AND name = ").bind(name.clone());
            value.render("value", sql);
            sql.push(")");
        }
    }

    fn narrows(&self) -> bool {
        !self.0.is_empty()
    }
}

pub(super) fn bounded(what: &str, number: usize) -> Result<(), String> {
    match number {
        n if n > MAX_ALTERNATIVES => Err(format!(
            "expected at most {MAX_ALTERNATIVES} {what}, but there are {n}"
        )),
        _ => Ok(()),
    }
}

impl Projection {
    pub(super) fn apply_variable_event(
        &mut self,
        cx: &Context<'_>,
        event: &VariableEvent,
    ) -> Result<(), Error> {
        match event {
            VariableEvent::Set {
                instance,
                scope,
                key,
                name,
                value,
            } => {
                let mut json = String::new();
                value.write_json(&mut json);
                self.variable_set(cx, *instance, *scope, *key, name, json)
            }
        }
    }

    pub(super) fn variable_set(
        &mut self,
        cx: &Context<'_>,
        process_instance_key: ProcessInstanceKey,
        scope_key: ElementInstanceKey,
        variable_key: VariableKey,
        name: &Arc<str>,
        text: String,
    ) -> Result<(), Error> {
        let root_process_instance_key = self.root_of(cx, process_instance_key)?;
        let value = JsonValue {
            text,
            is_truncated: false,
        };
        let name = Arc::clone(name);
        self.variables.put(
            cx.tenant,
            Variable {
                variable_key,
                name,
                value,
                scope_key,
                process_instance_key,
                root_process_instance_key,
            },
        );
        Ok(())
    }
}
