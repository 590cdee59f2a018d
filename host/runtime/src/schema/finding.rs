//! What the validator finds, in words: where, what was expected there, and what was found.

use std::fmt;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::{FINDING_CHARACTERS, FINDINGS};

/// One place at which a value does not fit its schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// JSON Pointer (RFC 6901) into the value.
    pub pointer: String,
    /// What the schema wants there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pointer.is_empty() {
            write!(f, "at {}, ", self.pointer)?;
        }
        write!(f, "expected {}, but found {}", self.expected, self.found)
    }
}

/// The first findings, and how many more there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// At most [`FINDINGS`].
    pub first: Vec<Finding>,
    /// How many did not fit.
    pub more: usize,
}

impl Findings {
    /// All that the validator says.
    pub fn of<'a>(errors: impl IntoIterator<Item = ValidationError<'a>>) -> Self {
        let errors = errors.into_iter();
        errors
            .flat_map(|error| findings(&error))
            .collect::<Vec<_>>()
            .into()
    }

    /// Whether there is nothing to find.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }
}

impl From<Vec<Finding>> for Findings {
    fn from(mut all: Vec<Finding>) -> Self {
        // What leads to the same place by several references is found several times.
        all.dedup();
        let more = all.len().saturating_sub(FINDINGS);
        all.truncate(FINDINGS);
        Self { first: all, more }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, finding) in self.first.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{finding}")?;
        }
        match self.more {
            0 => Ok(()),
            1 => write!(f, "; and 1 more finding"),
            more => write!(f, "; and {more} more findings"),
        }
    }
}

impl Finding {
    fn new(pointer: &str, expected: &str, found: &str) -> Self {
        Self {
            pointer: shorten(pointer),
            expected: shorten(expected),
            found: shorten(found),
        }
    }

    /// The value of this name is beyond what any reader of JSON here takes.
    pub fn unreadable(name: &str, error: &serde_json::Error) -> Self {
        let pointer = member("", name);
        let expected = "a value within the bounds of JSON readers";
        Self::new(&pointer, expected, &format!("one beyond them: {error}"))
    }
}

/// The findings of one error: one for each member that is missing or too much, and those of the
/// form that was meant where a schema allows several.
fn findings(error: &ValidationError<'_>) -> Vec<Finding> {
    let at = error.instance_path().as_str();
    let value = error.instance();
    match error.kind() {
        Kind::Required { property } => {
            let pointer = member(at, property.as_str().unwrap_or_default());
            vec![Finding::new(&pointer, "a value", "none")]
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let names = unexpected.iter();
            names
                .map(|name| {
                    let found = value.get(name).map(text).unwrap_or_default();
                    Finding::new(&member(at, name), "no value of this name", &found)
                })
                .collect()
        }
        Kind::PropertyNames { error } => {
            let name = error.instance();
            let pointer = member(at, name.as_str().unwrap_or_default());
            let expected = format!("a name with {}", expected(error));
            vec![Finding::new(&pointer, &expected, &text(name))]
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match meant(at, context) {
            Some(errors) => errors.iter().flat_map(findings).collect(),
            None => vec![Finding::new(at, &expected(error), &text(value))],
        },
        Kind::Referencing(error) => {
            let expected = "references to parts of the schema";
            vec![Finding::new(
                at,
                expected,
                &format!("one that leads nowhere: {error}"),
            )]
        }
        _ => vec![Finding::new(at, &expected(error), &text(value))],
    }
}

/// The errors of the only form that the value at this place could have been meant to have: it
/// is of another type than the other forms, or says by a constant that it is none of them.
fn meant<'a>(
    at: &str,
    forms: &'a [Vec<ValidationError<'static>>],
) -> Option<&'a [ValidationError<'static>]> {
    let is_other = |error: &ValidationError<'_>| match error.kind() {
        Kind::Type { .. } => error.instance_path().as_str() == at,
        Kind::Constant { .. } => true,
        _ => false,
    };
    let mut candidates = forms.iter().filter(|errors| !errors.iter().any(is_other));
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// What the schema wants where the error is.
fn expected(error: &ValidationError<'_>) -> String {
    match error.kind() {
        Kind::AdditionalItems { limit } => at_most(*limit as u64, "item"),
        Kind::MaxItems { limit } => at_most(*limit, "item"),
        Kind::MaxLength { limit } => at_most(*limit, "character"),
        Kind::MaxProperties { limit } => at_most(*limit, "member"),
        Kind::MinItems { limit } => at_least(*limit, "item"),
        Kind::MinLength { limit } => at_least(*limit, "character"),
        Kind::MinProperties { limit } => at_least(*limit, "member"),
        Kind::Maximum { limit } => format!("at most {limit}"),
        Kind::Minimum { limit } => format!("at least {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("less than {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("more than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("a multiple of {multiple_of}"),
        Kind::AnyOf { context } => alternatives(error, context, "anyOf"),
        Kind::OneOfNotValid { context } => alternatives(error, context, "oneOf"),
        Kind::OneOfMultipleValid { .. } => {
            r#"a value that fits exactly one of the schemas under "oneOf""#.into()
        }
        Kind::Constant { expected_value } => text(expected_value),
        Kind::Contains => r#"an item that fits the schema under "contains""#.into(),
        Kind::Enum { options } => format!("one of {}", text(options)),
        Kind::FalseSchema => "no value".into(),
        // The validator says this of patterns in schemas.
        Kind::Format { format } if format == "regex" => {
            "a regular expression of moderate size without look-around and back references".into()
        }
        Kind::Format { format } => format!("a text of the format {format:?}"),
        Kind::Not { .. } => r#"a value that does not fit the schema under "not""#.into(),
        Kind::Pattern { pattern } => format!("a text that matches {pattern:?}"),
        Kind::Type { kind } => types(kind),
        Kind::UnevaluatedItems { .. } => "no further items".into(),
        Kind::UniqueItems => "items that differ".into(),
        other => format!("a value that satisfies {:?}", other.keyword()),
    }
}

/// What each form wants at the very place, if they all want something there.
fn alternatives(
    error: &ValidationError<'_>,
    forms: &[Vec<ValidationError<'static>>],
    keyword: &str,
) -> String {
    let at = error.instance_path();
    let here = |errors: &Vec<ValidationError<'_>>| {
        let mut here = errors.iter().filter(|error| error.instance_path() == at);
        here.next().map(expected)
    };
    match forms.iter().map(here).collect::<Option<Vec<_>>>() {
        Some(wanted) if !wanted.is_empty() => wanted.join(" or "),
        _ => format!("a value that fits one of the schemas under {keyword:?}"),
    }
}

fn types(kind: &TypeKind) -> String {
    let name = |of: JsonType| match of {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "an array",
        JsonType::Object => "an object",
    };
    match kind {
        TypeKind::Single(of) => name(*of).into(),
        TypeKind::Multiple(set) => set.iter().map(name).collect::<Vec<_>>().join(" or "),
    }
}

fn at_most(limit: u64, what: &str) -> String {
    format!("at most {}", counted(limit, what))
}

fn at_least(limit: u64, what: &str) -> String {
    format!("at least {}", counted(limit, what))
}

fn counted(limit: u64, what: &str) -> String {
    match limit {
        1 => format!("1 {what}"),
        _ => format!("{limit} {what}s"),
    }
}

/// JSON Pointer to a member of what is at `at`.
fn member(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn text(value: &Value) -> String {
    value.to_string()
}

/// Cut to what a person reads, without characters that a terminal would obey.
fn shorten(text: &str) -> String {
    let mut short = String::new();
    for (at, character) in text.chars().enumerate() {
        if at == FINDING_CHARACTERS {
            short.push('…');
            break;
        }
        match character.is_control() {
            true => short.extend(character.escape_unicode()),
            false => short.push(character),
        }
    }
    short
}
