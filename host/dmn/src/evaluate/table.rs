//! Decision tables: the inputs once, the rules in order, then the hit policy.

use std::sync::Arc;

use gardesh_feel::{Bound, Evaluator, Scope, Value};

use super::audit::Trace;
use crate::item_type::Given;
use crate::limits::MAX_SHOWN_VALUE_CHARS;
use crate::model::{HitPolicy, InputClause, Logic, OutputClause, Rule, Table, Test};
use crate::outcome::{EvaluatedInput, EvaluatedOutput, MatchedRule};

impl Table {
    pub(super) fn evaluate(
        &self,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
        trace: &mut Trace,
    ) -> Result<Value, Bound> {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        let mut allowed = true;
        for input in &self.inputs {
            let value = input.value(scope, evaluator)?;
            allowed = allowed && input.allows(&value, scope, evaluator)?;
            trace.input(EvaluatedInput {
                id: input.id.clone(),
                name: input.label.clone(),
                value: value.clone(),
            });
            inputs.push(value);
        }
        if !allowed {
            return Ok(Value::Null);
        }
        let mut hits: Vec<Vec<Value>> = Vec::new();
        for (place, rule) in self.rules.iter().enumerate() {
            if !rule.matches(&inputs, scope, evaluator)? {
                continue;
            }
            let outputs = self.outputs(rule, scope, evaluator)?;
            trace.rule(self.matched(place, rule, &outputs));
            hits.push(outputs);
            if self.hit_policy == HitPolicy::First {
                break;
            }
        }
        self.resolve(hits, scope, evaluator, trace)
    }

    /// The values of a rule's output entries.
    fn outputs(
        &self,
        rule: &Rule,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Vec<Value>, Bound> {
        let mut values = Vec::with_capacity(self.outputs.len());
        for (clause, entry) in self.outputs.iter().zip(&rule.outputs) {
            let value = entry.evaluate(scope, evaluator, &mut Trace::default())?;
            values.push(clause.admit(value, scope, evaluator)?);
        }
        Ok(values)
    }

    fn matched(&self, place: usize, rule: &Rule, outputs: &[Value]) -> MatchedRule {
        let outputs = self.outputs.iter().zip(outputs);
        MatchedRule {
            id: rule.id.clone(),
            index: place + 1,
            outputs: outputs
                .map(|(clause, value)| EvaluatedOutput {
                    id: clause.id.clone(),
                    name: clause.name.clone(),
                    value: value.clone(),
                })
                .collect(),
        }
    }
}

impl InputClause {
    fn value(&self, scope: &dyn Scope, evaluator: &mut Evaluator<'_>) -> Result<Value, Bound> {
        let value = self
            .expression
            .evaluate(scope, evaluator, &mut Trace::default())?;
        match &self.declared {
            Some(declared) => {
                let given = Given::Input(&self.label);
                let value = declared.read(value, given, evaluator)?;
                declared.admit(value, &given, evaluator)
            }
            None => Ok(value),
        }
    }

    /// Whether the value is one of the input values; null always is.
    fn allows(
        &self,
        value: &Value,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<bool, Bound> {
        let Some(allowed) = self.allowed.as_ref().filter(|_| !value.is_null()) else {
            return Ok(true);
        };
        let fits = evaluator.test(allowed, value.clone(), scope)? == Value::Bool(true);
        if !fits {
            evaluator.warn(0, || not_allowed("input", &self.label, value));
        }
        Ok(fits)
    }
}

impl OutputClause {
    /// The value as the clause's type; null when it is none of the output values.
    pub(super) fn admit(
        &self,
        value: Value,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Value, Bound> {
        let value = match &self.declared {
            Some(declared) => declared.admit(value, &"an output", evaluator)?,
            None => value,
        };
        let Some(allowed) = self.allowed.as_ref().filter(|_| !value.is_null()) else {
            return Ok(value);
        };
        if self.priorities.contains(&value)
            || evaluator.test(allowed, value.clone(), scope)? == Value::Bool(true)
        {
            return Ok(value);
        }
        evaluator.warn(0, || not_allowed("output", &self.name, &value));
        Ok(Value::Null)
    }
}

fn not_allowed(what: &str, name: &Arc<str>, value: &Value) -> String {
    let shown: String = value
        .to_string()
        .chars()
        .take(MAX_SHOWN_VALUE_CHARS)
        .collect();
    format!("Expected the {what} '{name}' to be one of its allowed values, but it is {shown}")
}

impl Rule {
    fn matches(
        &self,
        inputs: &[Value],
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<bool, Bound> {
        for (test, input) in self.tests.iter().zip(inputs) {
            if !test.matches(input, scope, evaluator)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Test {
    fn matches(
        &self,
        input: &Value,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<bool, Bound> {
        evaluator.charge(1)?;
        match self {
            Test::Any => Ok(true),
            Test::Tests {
                constants,
                expression,
            } => {
                if let Some(matched) = constants.as_deref().and_then(|all| compare(all, input)) {
                    return Ok(matched);
                }
                Ok(evaluator.test(expression, input.clone(), scope)? == Value::Bool(true))
            }
            Test::Invalid(reason) => {
                evaluator.warn(0, || reason.to_string());
                Ok(false)
            }
        }
    }
}

/// Whether the input is one of the constants or in one of the ranges; `None` when their types
/// differ, which FEEL has more to say about.
fn compare(constants: &[Value], input: &Value) -> Option<bool> {
    let mut matched = false;
    for constant in constants {
        matched |= match (constant, input) {
            (Value::Number(constant), Value::Number(input)) => constant == input,
            (Value::String(constant), Value::String(input)) => constant == input,
            (Value::Bool(constant), Value::Bool(input)) => constant == input,
            (Value::Range(range), Value::Number(_) | Value::String(_)) => range.contains(input)?,
            _ => return None,
        };
    }
    Some(matched)
}

impl Table {
    /// The default outputs; none when no clause has one.
    pub(super) fn defaults(
        &self,
        scope: &dyn Scope,
        evaluator: &mut Evaluator<'_>,
    ) -> Result<Option<Vec<Value>>, Bound> {
        if self.outputs.iter().all(|output| output.default.is_none()) {
            return Ok(None);
        }
        let mut values = Vec::with_capacity(self.outputs.len());
        for clause in &self.outputs {
            let default = clause.default.as_ref().unwrap_or(&NOTHING);
            let value = default.evaluate(scope, evaluator, &mut Trace::default())?;
            values.push(clause.admit(value, scope, evaluator)?);
        }
        Ok(Some(values))
    }
}

static NOTHING: Logic = Logic::Constant(Value::Null);
