//! What is wrong with a file, and where: the one type that all readers of models report with.
//! The rules themselves are in the crates that know them; collecting is in `report.rs`.

use std::fmt;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is accepted; something in it probably is not meant.
    Warning,
}

/// One finding about a file. Diagnostics are collected, so that an author sees all of them at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether the file is refused because of this.
    pub severity: Severity,
    /// Stable kebab-case name of the rule, for tools and for tests.
    pub code: &'static str,
    /// The `id` of the element that is concerned, where it has one.
    pub element_id: Option<String>,
    /// Line in the source, from 1.
    pub line: u32,
    /// Column in the source in characters, from 1.
    pub column: u32,
    /// "Expected X, but Y", then a hint.
    pub message: String,
}

impl Diagnostic {
    /// An error of the file as a whole, which no element stands for.
    pub(crate) fn of_file((line, column): (u32, u32), code: &'static str, message: String) -> Self {
        Self {
            severity: Severity::Error,
            code,
            element_id: None,
            line,
            column,
            message,
        }
    }

    /// Whether the file is refused because of this.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, ", self.line)?;
        match &self.element_id {
            Some(id) => write!(f, "{id}: {}", self.message),
            None => write!(f, "column {}: {}", self.column, self.message),
        }
    }
}

impl std::error::Error for Diagnostic {}
