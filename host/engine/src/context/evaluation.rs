//! How the expressions of a diagram see a case: its variables, journal time, and types that
//! are checked.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use gardesh_feel::{Environment, Scope, Value};

use super::{Active, Context, Failure};
use crate::definition::Source;
use crate::entities::incident::IncidentKind;
use crate::key::*;
use crate::question::{Asked, Given, Outcome, Portable};
use crate::state::State;
use crate::variables::Document;

impl Context<'_> {
    /// Evaluates a value of the diagram where `element` is, with `local` in front of the
    /// variables there.
    pub(crate) fn evaluate(
        &self,
        source: &Source,
        active: &Active,
        local: &Document,
        kind: IncidentKind,
    ) -> Result<(Value, String), Failure> {
        self.value_of(source, &self.scope(active, local), active.key.0)
            .map_err(|message| Failure::new(kind, message))
    }

    /// The value, with the reasons for whatever is null in it; empty when there are none.
    ///
    /// # Errors
    /// Which bound the evaluation went past, or that it is being worked out.
    fn value_of(
        &self,
        source: &Source,
        scope: &dyn Portable,
        seed: u64,
    ) -> Result<(Value, String), String> {
        let (text, expression) = match source {
            Source::Literal(value) => return Ok((value.clone(), String::new())),
            Source::Feel { text, expression } => (Arc::clone(text), Arc::clone(expression)),
        };
        let asked = Asked::Expression { text, expression };
        let Some(Outcome::Value(result)) = self.work_out(&asked, scope, seed) else {
            return Err(format!("'{}' is being worked out.", source.text()));
        };
        let reasons = result.reasons();
        match result.exceeded {
            Some(_) => Err(format!(
                "'{}' could not be evaluated: {reasons}.",
                source.text()
            )),
            None => Ok((result.value, reasons)),
        }
    }

    /// What is seen where `element` is, with `local` in front of the variables there.
    pub(crate) fn scope<'a>(&'a self, active: &Active, local: &'a Document) -> VariableScope<'a> {
        self.scope_at(active.instance, active.key, local)
    }

    fn scope_at<'a>(
        &'a self,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        local: &'a Document,
    ) -> VariableScope<'a> {
        VariableScope {
            state: self.state,
            tenant: self.tenant,
            instance,
            element,
            local,
        }
    }

    /// As [`Self::evaluate`], for a value that must be a text.
    pub(crate) fn text(
        &self,
        source: &Source,
        active: &Active,
        local: &Document,
    ) -> Result<Arc<str>, Failure> {
        let (value, reasons) =
            self.evaluate(source, active, local, IncidentKind::ExtractValueError)?;
        if let Value::String(text) = value {
            Ok(text)
        } else {
            Err(wrong_type(
                "a text",
                source,
                &value,
                &reasons,
                IncidentKind::ExtractValueError,
            ))
        }
    }

    /// As [`Self::text`], for a name, which is not blank.
    pub(crate) fn name(
        &self,
        source: &Source,
        active: &Active,
        local: &Document,
    ) -> Result<Arc<str>, Failure> {
        let text = self.text(source, active, local)?;
        if text.trim().is_empty() {
            return Err(wrong_type(
                "a text that is not empty",
                source,
                &Value::String(text),
                "",
                IncidentKind::ExtractValueError,
            ));
        }
        Ok(text)
    }

    /// As [`Self::text`], for a whole number within a range, which may be written as a text.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a value of another kind is treated like any other of the wrong kind"
    )]
    pub(crate) fn whole_number<N: FromStr + PartialOrd>(
        &self,
        source: &Source,
        active: &Active,
        local: &Document,
        range: RangeInclusive<N>,
        expected: &str,
    ) -> Result<N, Failure> {
        let kind = IncidentKind::ExtractValueError;
        let (value, reasons) = self.evaluate(source, active, local, kind)?;
        let number = match &value {
            Value::Number(_) => value.to_json().parse::<N>().ok(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        number.ok_or_else(|| wrong_type(expected, source, &value, &reasons, kind))
    }

    /// A variable as an element sees it.
    pub(crate) fn variable(
        &self,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        name: &str,
    ) -> Option<Value> {
        let none = Document::new();
        self.scope_at(instance, element, &none).lookup(name)
    }

    /// As [`Self::evaluate`], for a condition.
    pub(crate) fn holds(
        &self,
        condition: &Source,
        active: &Active,
        local: &Document,
        kind: IncidentKind,
    ) -> Result<bool, Failure> {
        let (value, reasons) = self.evaluate(condition, active, local, kind)?;
        if let Value::Bool(holds) = value {
            Ok(holds)
        } else {
            Err(wrong_type(
                "true or false",
                condition,
                &value,
                &reasons,
                kind,
            ))
        }
    }

    /// Evaluates a value of the diagram where there is no case: in a start event.
    ///
    /// # Errors
    /// Which bound the evaluation went past.
    pub(crate) fn evaluate_alone(&self, source: &Source) -> Result<(Value, String), String> {
        self.evaluate_with(source, &Document::new())
    }

    /// As [`Self::evaluate_alone`], with these variables.
    pub(crate) fn evaluate_with(
        &self,
        source: &Source,
        variables: &Document,
    ) -> Result<(Value, String), String> {
        self.value_of(source, &Given(variables.clone()), 0)
    }

    /// As [`Self::evaluate_alone`], for a value that must be a text.
    pub(crate) fn text_alone(&self, source: &Source) -> Result<Arc<str>, String> {
        match self.evaluate_alone(source)? {
            (Value::String(text), _) if !text.is_empty() => Ok(text),
            (other, reasons) => {
                let expected = "a text that is not empty";
                Err(source.mismatch(expected, &other, &reasons))
            }
        }
    }

    pub(super) fn environment(&self, seed: u64) -> Environment {
        Environment {
            now_ms: i64::try_from(self.at_ms).unwrap_or(i64::MAX),
            seed,
            ..Environment::default()
        }
    }

    /// As [`Self::text`], for a correlation key: a number will do as well.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a value of another kind is treated like any other of the wrong kind"
    )]
    pub(crate) fn key_text(
        &self,
        source: &Source,
        active: &Active,
        local: &Document,
    ) -> Result<Arc<str>, Failure> {
        let kind = IncidentKind::ExtractValueError;
        let (value, reasons) = self.evaluate(source, active, local, kind)?;
        match value {
            Value::String(text) if !text.is_empty() => Ok(text),
            Value::Number(_) | Value::LongNumber(_) => Ok(value.to_json().into()),
            other => {
                let expected = "a text that is not empty, or a number,";
                Err(wrong_type(expected, source, &other, &reasons, kind))
            }
        }
    }

    /// As [`Self::text`], for one that may be absent.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a value of another kind is treated like any other of the wrong kind"
    )]
    pub(crate) fn optional_text(
        &self,
        source: Option<&Source>,
        active: &Active,
        local: &Document,
    ) -> Result<Option<Arc<str>>, Failure> {
        let Some(source) = source else {
            return Ok(None);
        };
        let (value, reasons) =
            self.evaluate(source, active, local, IncidentKind::ExtractValueError)?;
        match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok((!text.is_empty()).then_some(text)),
            // Dates and times are written as ISO 8601, as the REST API shows them.
            Value::Date(_) | Value::DateTime(_) => {
                Ok(Some(value.to_json().trim_matches('"').into()))
            }
            other => Err(wrong_type(
                "a text",
                source,
                &other,
                &reasons,
                IncidentKind::ExtractValueError,
            )),
        }
    }
}

/// The failure of a value that has another type than it should.
pub(crate) fn wrong_type(
    expected: &str,
    source: &Source,
    found: &Value,
    reasons: &str,
    kind: IncidentKind,
) -> Failure {
    wrong_value(&source.mismatch(expected, found, reasons), kind)
}

/// The failure of a value that is not what it should be.
pub(crate) fn wrong_value(mismatch: &str, kind: IncidentKind) -> Failure {
    let message = format!("{mismatch} Correct the variables or the diagram, then resolve.");
    Failure::new(kind, message)
}

/// How an expression sees the variables.
pub(crate) struct VariableScope<'a> {
    state: &'a State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
    local: &'a Document,
}

impl Portable for VariableScope<'_> {
    fn all(&self) -> Given {
        let mut all = Context::visible(self.state, self.tenant, self.instance, self.element);
        all.extend(self.local.clone());
        Given(all)
    }

    fn scope(&self) -> &dyn Scope {
        self
    }
}

impl Scope for VariableScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.local.get(name) {
            return Some(value.clone());
        }
        let name: Arc<str> = name.into();
        let mut next = Some(self.element);
        while let Some(scope) = next {
            let row = self
                .state
                .elements
                .get(&(self.tenant, self.instance, scope))?;
            if row.variables > 0 {
                let found = self.state.variables.get(&(
                    self.tenant,
                    self.instance,
                    scope,
                    Arc::clone(&name),
                ));
                if let Some(variable) = found {
                    return Some(variable.value.clone());
                }
            }
            next = row.scope;
        }
        None
    }
}
