//! Single values: expressions, names and whole numbers in attributes and element texts, with the rule that each must keep.
//! In a process that is not executable nothing is demanded; a missing value reads as empty.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::limits::MAX_SHOWN_CHARS;
use crate::model::{Binding, Expression, JobDefinition};
use crate::xml::{self, Node};

use super::process::ProcessReader;

/// What a value must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Present, literal or FEEL.
    Some,
    /// Present and literal.
    Static,
    /// Present and FEEL.
    Feel,
}

impl<'x> ProcessReader<'_, 'x> {
    /// A value that must be there. `what` names it in messages ("a job type").
    pub(super) fn required(
        &mut self,
        holder: Node<'x>,
        name: &'static str,
        what: &str,
        need: Need,
    ) -> Expression {
        match holder.attribute(name) {
            Some(text) => self.judge(
                holder,
                text,
                &format!("{what} in the attribute {name}"),
                need,
            ),
            None => {
                self.missing(holder, &format!("{what} in the attribute {name}"));
                Expression::default()
            }
        }
    }

    /// A value that may be absent. An empty attribute counts as absent, as modelers write such.
    pub(super) fn optional(
        &mut self,
        holder: Node<'x>,
        name: &'static str,
        need: Need,
    ) -> Option<Expression> {
        let text = holder
            .attribute(name)
            .filter(|text| !text.trim().is_empty())?;
        Some(self.judge(
            holder,
            text,
            &format!("a value in the attribute {name}"),
            need,
        ))
    }

    /// The text of an element as an expression that must be there.
    pub(super) fn required_text(&mut self, node: Node<'x>, what: &str, need: Need) -> Expression {
        if need == Need::Feel {
            self.check_language(node, what);
        }
        self.judge(node, xml::text(node).trim(), what, need)
    }

    /// An expression may name its language; there is only one here.
    fn check_language(&mut self, node: Node<'x>, what: &str) {
        let language = node.attribute("language").unwrap_or_default().trim();
        let mut parts = language.split(['/', ':', '#']);
        if !language.is_empty() && !parts.any(|part| part.eq_ignore_ascii_case("feel")) {
            let message = format!(
                "Expected {what} in FEEL, but its language is {}. Hint: write it in FEEL and leave the language out.",
                quote(language)
            );
            self.require(node, "unknown-language", message);
        }
    }

    /// Checks one value against its rule.
    pub(super) fn judge(
        &mut self,
        holder: Node<'x>,
        text: &str,
        what: &str,
        need: Need,
    ) -> Expression {
        let expression = Expression::read(text);
        match (&expression, need) {
            (Expression::Static(text), _) if text.trim().is_empty() => self.missing(holder, what),
            (Expression::Feel(source), _) if source.is_empty() => self.require(
                holder,
                "empty-expression",
                format!("Expected {what} after '=', but the expression is empty."),
            ),
            (Expression::Static(text), Need::Feel) => self.require(
                holder,
                "expression-required",
                format!(
                    "Expected {what} as a FEEL expression, but {} is a literal. Hint: begin it with '='.",
                    quote(text)
                ),
            ),
            (Expression::Feel(source), Need::Static) => self.require(
                holder,
                "literal-required",
                format!("Expected {what} as a literal, but found the expression {}.", quote(source)),
            ),
            _ => {}
        }
        expression
    }

    /// Reports that something is not there, with the code `missing-value`.
    pub(super) fn missing(&mut self, holder: Node<'x>, what: &str) {
        let tag = holder.tag_name().name();
        self.require(
            holder,
            "missing-value",
            format!("Expected {what}, but the {tag} has none or an empty one."),
        );
    }

    /// The name of a variable that must be there.
    pub(super) fn required_variable(&mut self, holder: Node<'x>, name: &'static str) -> String {
        let Some(text) = holder
            .attribute(name)
            .filter(|text| !text.trim().is_empty())
        else {
            self.missing(
                holder,
                &format!("the name of a variable in the attribute {name}"),
            );
            return String::new();
        };
        self.variable(holder, name, text)
    }

    /// The name of a variable that may be absent.
    pub(super) fn optional_variable(
        &mut self,
        holder: Node<'x>,
        name: &'static str,
    ) -> Option<String> {
        let text = holder
            .attribute(name)
            .filter(|text| !text.trim().is_empty())?;
        Some(self.variable(holder, name, text))
    }

    fn variable(&mut self, holder: Node<'x>, name: &str, text: &str) -> String {
        let text = text.trim();
        if !is_variable_path(text) {
            let message = format!(
                "Expected the name of a variable in the attribute {name}, but found {}. \
                 Hint: letters, digits and '_', not a digit first, parts joined by '.'.",
                quote(text)
            );
            self.require(holder, "invalid-variable-name", message);
        }
        text.to_owned()
    }

    /// A whole number, literal or FEEL, within bounds where it is literal.
    pub(super) fn optional_number<N: FromStr + PartialOrd + Display>(
        &mut self,
        holder: Node<'x>,
        name: &'static str,
        range: RangeInclusive<N>,
    ) -> Option<Expression> {
        let expression = self.optional(holder, name, Need::Some)?;
        if let Expression::Static(text) = &expression
            && !text
                .trim()
                .parse()
                .is_ok_and(|number: N| range.contains(&number))
        {
            let message = format!(
                "Expected a whole number from {} to {} in the attribute {name}, but found {}.",
                range.start(),
                range.end(),
                quote(text)
            );
            self.require(holder, "invalid-number", message);
        }
        Some(expression)
    }

    /// `type` and `retries` as on `zeebe:taskDefinition` and on listeners.
    pub(super) fn job(&mut self, holder: Node<'x>) -> JobDefinition {
        JobDefinition {
            job_type: self.required(holder, "type", "a job type", Need::Some),
            retries: self.optional_number(holder, "retries", 0..=i32::MAX.unsigned_abs()),
        }
    }

    /// `bindingType` and `versionTag`.
    pub(super) fn binding(&mut self, holder: Node<'x>) -> Binding {
        match holder.attribute("bindingType") {
            None | Some("" | "latest") => Binding::Latest,
            Some("deployment") => Binding::Deployment,
            Some("versionTag") => {
                let tag = self.required(holder, "versionTag", "a version tag", Need::Static);
                Binding::VersionTag(tag.text().to_owned())
            }
            Some(other) => {
                let message = format!(
                    "Expected the bindingType latest, deployment or versionTag, but found {}.",
                    quote(other)
                );
                self.require(holder, "invalid-binding", message);
                Binding::Latest
            }
        }
    }
}

/// Whether a text is a variable's name or a path into one, as FEEL reads it without quotes.
pub(super) fn is_variable_path(text: &str) -> bool {
    text.split('.').all(|part| {
        let mut characters = part.chars();
        characters
            .next()
            .is_some_and(|c| c.is_alphabetic() || c == '_')
            && characters.all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// A piece of the source for a message, shortened.
pub(crate) fn quote(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARS) {
        Some((cut, _)) => format!("{:?}...", &text[..cut]),
        None => format!("{text:?}"),
    }
}
