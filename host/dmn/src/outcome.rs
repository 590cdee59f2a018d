//! What an evaluation gives: the value, why something is null, and the record for the audit.

use std::sync::Arc;

use gardesh_feel::{Bound, Value, Warning};

use crate::model::ElementKind;

/// The outcome of evaluating a decision or a decision service.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionOutcome {
    /// Null when a bound was exceeded or an assertion does not hold.
    pub value: Value,
    /// Reasons for nulls on the way, the first ones; before them, why an assertion does not hold.
    pub warnings: Vec<Warning>,
    pub exceeded: Option<Bound>,
    /// The steps that it took, as [`gardesh_feel::Limits::fuel`] counts them.
    pub fuel: u64,
    /// What was evaluated, in the order in which it ended; at most
    /// [`MAX_RECORDS`](crate::limits::MAX_RECORDS).
    pub evaluated: Vec<EvaluatedDecision>,
}

impl DecisionOutcome {
    /// All reasons in one text, for incidents; empty when there are none.
    #[must_use]
    pub fn reasons(&self) -> String {
        let bound = self.exceeded.and_then(Bound::reason).into_iter();
        let warnings = self.warnings.iter().map(|warning| warning.message.clone());
        bound.chain(warnings).collect::<Vec<_>>().join("; ")
    }
}

/// A decision that was made, or a call of a business knowledge model.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedDecision {
    pub id: Arc<str>,
    /// The namespace of the model that it is in: this one, or one that is imported.
    pub namespace: Arc<str>,
    pub name: Arc<str>,
    pub kind: ElementKind,
    /// Values of the decision table's input expressions; of a knowledge model without a table its
    /// arguments.
    pub inputs: Vec<EvaluatedInput>,
    /// In the order of the rules; with hit policy FIRST only the first.
    pub matched_rules: Vec<MatchedRule>,
    /// Why a decision table gave null although rules matched: its hit policy forbids them together.
    pub violation: Option<Arc<str>>,
    pub result: Value,
}

/// The value of an input clause.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedInput {
    pub id: Arc<str>,
    /// The clause's label, or its expression.
    pub name: Arc<str>,
    pub value: Value,
}

/// A rule all of whose input entries held.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchedRule {
    pub id: Arc<str>,
    /// Its place in the table, from 1.
    pub index: usize,
    pub outputs: Vec<EvaluatedOutput>,
}

/// The value of an output entry.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluatedOutput {
    pub id: Arc<str>,
    /// The clause's name or label; empty when a table has a single output without either.
    pub name: Arc<str>,
    pub value: Value,
}
