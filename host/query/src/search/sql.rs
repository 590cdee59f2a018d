//! The text of a statement with its parameters. Text can only be added from the program
//! itself (`&'static str`), values only as parameters, so nothing that a client sends can
//! become SQL.

use gardesh_engine::key::TenantId;
use rusqlite::types::Value;

/// A statement that is being put together. Its first parameter, `?1`, is the tenant.
pub struct Sql {
    text: String,
    parameters: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(tenant: TenantId) -> Self {
        Self {
            text: String::new(),
            parameters: vec![i64::from(tenant.0).into()],
        }
    }

    /// Adds text of the program.
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds names with commas between them.
    pub(crate) fn list(&mut self, names: impl Iterator<Item = &'static str>) -> &mut Self {
        for (number, name) in names.enumerate() {
            self.push(if number > 0 { ", " } else { "" }).push(name);
        }
        self
    }

    /// Adds a value as a parameter.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.push('?');
        self.parameters.push(value.into());
        self
    }

    /// Adds the text and the parameters of `other`, which has the same tenant.
    pub(crate) fn append(&mut self, other: &Sql) -> &mut Self {
        self.text.push_str(&other.text);
        self.parameters.extend_from_slice(&other.parameters[1..]);
        self
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn parameters(&self) -> &[Value] {
        &self.parameters
    }
}
