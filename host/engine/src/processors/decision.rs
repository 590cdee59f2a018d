//! Decisions that are asked directly, outside any case.

use std::sync::Arc;

use crate::command::DecisionRef;
use crate::context::Context;
use crate::effect::Reply;
use crate::entities::decision::DecisionEvaluation;
use crate::entities::deployment::Deployed;
use crate::event::DecisionEvent;
use crate::key::*;
use crate::question::Given;
use crate::rejection::{Rejection, RejectionKind};
use crate::variables::Document;

/// Asks a decision. One that fails is an answer, too: it says why.
pub(super) fn evaluate(
    ctx: &mut Context<'_>,
    decision: &DecisionRef,
    variables: &Document,
) -> Result<Reply, Rejection> {
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
            let kind = Deployed::Decision;
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
    Ok(Reply::DecisionEvaluated {
        evaluation,
        output: answer.value,
    })
}
