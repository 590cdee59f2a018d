//! What can be asked of decisions, and the answer.

use std::sync::Arc;

use crate::entities::decision::DecisionEvaluation;
use crate::key::*;
use crate::variables::Document;

/// Evaluate a decision outside any process instance.
#[derive(Clone, Debug)]
pub struct EvaluateDecision {
    /// Which one.
    pub decision: DecisionRef,
    /// What it is asked about.
    pub variables: Document,
}

/// Which decision to evaluate.
#[derive(Clone, Debug)]
pub enum DecisionRef {
    /// This very version.
    Key(DecisionKey),
    /// A decision by its id, in its latest version.
    Id(String),
}

/// The answer to [`EvaluateDecision`].
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionEvaluated {
    /// The record of how it came about.
    pub evaluation: Arc<DecisionEvaluation>,
    /// The decision's value.
    pub output: gardesh_feel::Value,
}
