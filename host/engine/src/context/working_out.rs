//! Works an expression or decision out at once if that is quick, and asks for its answer otherwise: see
//! `crate::question`.

use std::sync::Arc;

use gardesh_feel::{Environment, Limits};

use super::Context;
use crate::limits::INLINE_FUEL;
use crate::question::{Asked, Outcome, Portable, Question};

impl Context<'_> {
    /// Works something out if that is quick, and finds it among the answers otherwise. What it
    /// takes counts for the command. None when the question is open: nothing may be done then.
    pub(super) fn work_out(
        &self,
        asked: &Asked,
        scope: &dyn Portable,
        seed: u64,
    ) -> Option<Outcome> {
        if let Some(outcome) = self.answers.find(asked, scope, seed) {
            self.charge(outcome.fuel());
            return Some(outcome.clone());
        }
        let full = self.environment(seed);
        let left = INLINE_FUEL.saturating_sub(self.worked_inline.get());
        let quick = Environment {
            limits: Limits {
                fuel: left.min(full.limits.fuel),
                ..full.limits
            },
            ..full.clone()
        };
        let outcome = asked.work_out(scope.scope(), &quick);
        self.charge(outcome.fuel());
        self.worked_inline
            .set(self.worked_inline.get() + outcome.fuel());
        if !outcome.is_out_of_fuel() {
            return Some(outcome);
        }
        let question = Question {
            asked: asked.clone(),
            given: scope.all(),
            environment: full,
        };
        self.question.replace(Some(Arc::new(question)));
        None
    }
}
