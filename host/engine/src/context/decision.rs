//! Asking a decision: it sees the variables of a case or those that came with a command, and
//! what it looked at and which rules matched is recorded, within a bound.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_dmn::limits::MAX_RECORDS;
use gardesh_dmn::{DecisionModel, DecisionOutcome, ElementKind, EvaluatedDecision};
use gardesh_feel::Value;

use super::Context;
use crate::entities::decision::*;
use crate::key::*;
use crate::limits::{MAX_EVALUATION_BYTES, MAX_RECORDED_VALUE_BYTES, shorten};
use crate::question::{Asked, Outcome, Portable};

/// What a decision answered.
pub(crate) struct Answer {
    pub value: Value,
    /// The record, still without a key and without who asked.
    pub evaluation: DecisionEvaluation,
}

impl Context<'_> {
    /// A decision with its compiled model.
    pub(crate) fn decision(
        &mut self,
        key: DecisionKey,
    ) -> Option<(Arc<DecisionRow>, DecisionModel)> {
        let row = self.state.decisions.get(&(self.tenant, key))?;
        let model = self
            .definitions
            .decisions(self.state, self.tenant, row.requirements)?;
        Some((row, model))
    }

    /// Asks a decision.
    ///
    /// # Errors
    /// The answer is being worked out.
    pub(crate) fn decide(
        &self,
        decision: &Arc<DecisionRow>,
        model: &DecisionModel,
        scope: &dyn Portable,
        seed: u64,
    ) -> Result<Answer, String> {
        let asked = Asked::Decision {
            key: decision.key,
            id: Arc::clone(&decision.id),
            model: model.clone(),
        };
        let Some(Outcome::Decision(outcome)) = self.work_out(&asked, scope, seed) else {
            return Err(format!(
                "The decision '{}' is being worked out.",
                decision.id
            ));
        };
        let mut record = Record {
            left: MAX_EVALUATION_BYTES,
            incomplete: false,
        };
        let output = record.value(&outcome.value);
        let brought = self.brought(decision, model);
        let mut made = Vec::new();
        // The decision that was asked ends last; when not all fit, it matters most.
        for evaluated in outcome.evaluated.iter().rev() {
            let version = self.version_of(&brought, evaluated);
            if let Some(kept) = record.made(evaluated, version) {
                made.push(kept);
            }
        }
        made.reverse();
        let evaluation = DecisionEvaluation {
            key: DecisionEvaluationKey(0),
            decision: Arc::clone(decision),
            asker: None,
            made,
            incomplete: record.incomplete || outcome.evaluated.len() >= MAX_RECORDS,
            output,
            reasons: shorten(&outcome.reasons()).into(),
            failure: failure(decision, &outcome),
            at_ms: self.at_ms,
        };
        Ok(Answer {
            value: outcome.value,
            evaluation,
        })
    }

    /// The versions of the model of a decision and of those that it imports, by their namespaces. Where
    /// two versions of one have a part in it, it cannot be told.
    fn brought(
        &self,
        asked: &DecisionRow,
        model: &DecisionModel,
    ) -> BTreeMap<Arc<str>, Option<DecisionRequirementsKey>> {
        let own = (Arc::from(model.namespace()), Some(asked.requirements));
        let mut brought = BTreeMap::from([own]);
        let mut next = vec![asked.requirements];
        while let Some(key) = next.pop() {
            let Some(row) = self.state.decision_requirements.get(&(self.tenant, key)) else {
                continue;
            };
            next.extend(&row.imports);
            let known = brought
                .entry(Arc::clone(&row.namespace))
                .or_insert(Some(row.key));
            *known = known.filter(|graph| *graph == row.key);
        }
        brought
    }

    /// The version of a decision that was made.
    fn version_of(
        &self,
        brought: &BTreeMap<Arc<str>, Option<DecisionRequirementsKey>>,
        evaluated: &EvaluatedDecision,
    ) -> Option<(DecisionKey, u32)> {
        if evaluated.kind != ElementKind::Decision {
            return None;
        }
        let graph = (*brought.get(&evaluated.namespace)?)?;
        let place = (self.tenant, graph, Arc::clone(&evaluated.id));
        let key = *self.state.decisions_by_graph.get(&place)?;
        let row = self.state.decisions.get(&(self.tenant, key))?;
        Some((key, row.version))
    }
}

/// Why there is no answer: a bound was reached, or rules matched that must not match together.
fn failure(decision: &DecisionRow, outcome: &DecisionOutcome) -> Option<DecisionFailure> {
    if outcome.exceeded.is_some() {
        return Some(DecisionFailure {
            decision: Arc::clone(&decision.id),
            message: shorten(&outcome.reasons()).into(),
        });
    }
    outcome.evaluated.iter().find_map(|evaluated| {
        evaluated.violation.as_ref().map(|message| DecisionFailure {
            decision: Arc::clone(&evaluated.id),
            message: Arc::clone(message),
        })
    })
}

/// The record of one evaluation while it is written.
struct Record {
    /// Bytes that may still be written.
    left: usize,
    incomplete: bool,
}

impl Record {
    /// Whether there is room for another part, which is then taken.
    fn take(&mut self, bytes: usize) -> bool {
        let fits = bytes <= self.left;
        self.left = self.left.saturating_sub(bytes);
        self.incomplete |= !fits;
        fits
    }

    /// A value as JSON; one that is too large says only how large it is.
    fn value(&self, value: &Value) -> Arc<str> {
        let bytes = value.extent().size;
        if bytes <= MAX_RECORDED_VALUE_BYTES {
            return value.to_json().into();
        }
        format!("… (a {} of about {bytes} bytes)", value.type_name()).into()
    }

    fn made(
        &mut self,
        evaluated: &EvaluatedDecision,
        version: Option<(DecisionKey, u32)>,
    ) -> Option<Made> {
        if self.left == 0 {
            self.incomplete = true;
            return None;
        }
        let output = self.value(&evaluated.result);
        let fits = self.take(evaluated.id.len() + evaluated.name.len() + output.len());
        fits.then(|| Made {
            id: Arc::clone(&evaluated.id),
            name: Arc::clone(&evaluated.name),
            version,
            inputs: self.inputs(evaluated),
            rules: self.rules(evaluated),
            output,
        })
    }

    fn inputs(&mut self, evaluated: &EvaluatedDecision) -> Vec<MadeInput> {
        let inputs = evaluated.inputs.iter().map_while(|input| {
            let value = self.value(&input.value);
            self.take(input.id.len() + input.name.len() + value.len())
                .then(|| MadeInput {
                    id: Arc::clone(&input.id),
                    name: Arc::clone(&input.name),
                    value,
                })
        });
        inputs.collect()
    }

    fn rules(&mut self, evaluated: &EvaluatedDecision) -> Vec<MadeRule> {
        let rules = evaluated.matched_rules.iter().map_while(|rule| {
            let outputs: Vec<_> = rule
                .outputs
                .iter()
                .map(|output| {
                    let (id, name) = (Arc::clone(&output.id), Arc::clone(&output.name));
                    (id, name, self.value(&output.value))
                })
                .collect();
            let bytes = outputs
                .iter()
                .map(|(id, name, value)| id.len() + name.len() + value.len());
            self.take(rule.id.len() + bytes.sum::<usize>())
                .then(|| MadeRule {
                    id: Arc::clone(&rule.id),
                    index: u32::try_from(rule.index).unwrap_or(u32::MAX),
                    outputs,
                })
        });
        rules.collect()
    }
}
