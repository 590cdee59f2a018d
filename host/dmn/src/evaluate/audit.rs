//! The record of an evaluation, written while it goes on. Functions outlive the evaluation that made
//! them, so they share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gardesh_feel::Value;

use crate::limits::{MAX_RECORD_PARTS, MAX_RECORDS};
use crate::model::Node;
use crate::outcome::{EvaluatedDecision, EvaluatedInput, MatchedRule};

/// What was evaluated so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Audit(Arc<Mutex<Vec<EvaluatedDecision>>>);

/// What the tables of one element saw.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub inputs: Vec<EvaluatedInput>,
    pub matched: Vec<MatchedRule>,
    pub violation: Option<Arc<str>>,
}

impl Audit {
    pub fn record(&self, node: &Node, trace: Trace, result: &Value) {
        let mut records = self.records();
        if records.len() < MAX_RECORDS {
            records.push(EvaluatedDecision {
                id: node.id.clone(),
                namespace: node.namespace.clone(),
                name: node.name.clone(),
                kind: node.kind(),
                inputs: trace.inputs,
                matched_rules: trace.matched,
                violation: trace.violation,
                result: result.clone(),
            });
        }
    }

    pub fn take(self) -> Vec<EvaluatedDecision> {
        std::mem::take(&mut *self.records())
    }

    fn records(&self) -> MutexGuard<'_, Vec<EvaluatedDecision>> {
        // Records are pushed whole, so that a panic elsewhere leaves them as they should be.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace {
    pub fn input(&mut self, input: EvaluatedInput) {
        if self.inputs.len() < MAX_RECORD_PARTS {
            self.inputs.push(input);
        }
    }

    pub fn rule(&mut self, rule: MatchedRule) {
        if self.matched.len() < MAX_RECORD_PARTS {
            self.matched.push(rule);
        }
    }
}
