//! A value of a diagram, compiled: a literal, or a FEEL expression.

use std::sync::Arc;

use gardesh_bpmn::Expression as Text;
use gardesh_feel::{Expression, Value};

use crate::shown::shown;

/// Where a value comes from.
#[derive(Debug)]
pub enum Source {
    /// It stands in the diagram.
    Literal(Value),
    /// It is computed. The text is kept for messages.
    Feel {
        text: Arc<str>,
        expression: Arc<Expression>,
    },
}

impl Source {
    /// Compiles a value of a diagram.
    ///
    /// # Errors
    /// What is wrong with the FEEL expression, and where.
    pub fn compile(text: &Text) -> Result<Self, String> {
        match text {
            Text::Static(literal) => Ok(Self::Literal(Value::String(literal.as_str().into()))),
            Text::Feel(source) => match Expression::parse(source) {
                Ok(expression) => Ok(Self::Feel {
                    text: source.as_str().into(),
                    expression: Arc::new(expression),
                }),
                Err(error) => Err(format!(
                    "Expected a FEEL expression, but '={source}' is none: {error}."
                )),
            },
        }
    }

    /// The text as it stands in the diagram.
    pub fn text(&self) -> String {
        match self {
            Self::Literal(Value::String(text)) => text.to_string(),
            Self::Literal(value) => value.to_json(),
            Self::Feel { text, .. } => format!("={text}"),
        }
    }

    /// The variable that it names, when it is nothing but a variable or a part of one.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Feel { expression, .. } => expression.variable(),
        }
    }

    /// What was expected of its value, what it is instead, and why.
    pub(crate) fn mismatch(&self, expected: &str, found: &Value, reasons: &str) -> String {
        let from = match self {
            // What stands in the diagram is itself the value.
            Self::Literal(_) => String::new(),
            Self::Feel { .. } => format!(" from '{}'", self.text()),
        };
        let because = if reasons.is_empty() {
            String::new()
        } else {
            format!(" ({reasons})")
        };
        let found = shown(found);
        format!("Expected {expected}{from}, but it is {found}{because}.")
    }
}
