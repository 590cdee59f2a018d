//! Decisions that are asked directly, outside any case.

use std::sync::Arc;

use super::Request;
use crate::command::{DecisionEvaluated, DecisionRef, EvaluateDecision};
use crate::context::Context;
use crate::entities::decision::DecisionEvaluation;
use crate::entities::deployment::ResourceKind;
use crate::event::DecisionEvent;
use crate::key::*;
use crate::question::Given;
use crate::rejection::{Rejection, RejectionKind};
use crate::variables::Document;

impl Request for EvaluateDecision {
    type Answer = DecisionEvaluated;

    fn process(self, ctx: &mut Context<'_>) -> Result<DecisionEvaluated, Rejection> {
        evaluate(ctx, &self.decision, &self.variables)
    }
}

/// Asks a decision. One that fails is an answer, too: it says why.
fn evaluate(
    ctx: &mut Context<'_>,
    decision: &DecisionRef,
    variables: &Document,
) -> Result<DecisionEvaluated, Rejection> {
    let key = match decision {
        DecisionRef::Key(key) => Some(*key),
        DecisionRef::Id(id) => ctx
            .state
            .latest_decisions
            .get(&(ctx.tenant, id.as_str().into()))
            .map(|key| *key),
    };
    let key = key.filter(|key| {
        let row = ctx.state.decisions.get(&(ctx.tenant, *key));
        row.is_some_and(|row| {
            let kind = ResourceKind::Decision;
            ctx.state
                .is_deployed(ctx.tenant, kind, &row.id, row.version)
        })
    });
    let Some((row, model)) = key.and_then(|key| ctx.decision(key)) else {
        let what = match decision {
            DecisionRef::Key(key) => format!("key '{key}'"),
            DecisionRef::Id(id) => format!("id '{id}'"),
        };
        let message =
            format!("Expected to find a decision with {what}, but there is none. Deploy it first.");
        return Err(Rejection::new(RejectionKind::NotFound, message));
    };
    let answer = ctx
        .decide(&row, &model, &Given(variables.clone()), 0)
        .map_err(|message| Rejection::new(RejectionKind::Internal, message))?;
    let evaluation = Arc::new(DecisionEvaluation {
        key: DecisionEvaluationKey(ctx.next_key()),
        ..answer.evaluation
    });
    ctx.emit(DecisionEvent::Evaluated {
        evaluation: Arc::clone(&evaluation),
    });
    Ok(DecisionEvaluated {
        evaluation,
        output: answer.value,
    })
}
