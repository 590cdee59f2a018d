//! Business rule tasks that ask a decision. How decisions are asked and recorded is in
//! `context::decision`.

use std::sync::Arc;

use super::{mapping, pass};
use crate::context::{Active, Context, Failure};
use crate::definition::DecisionCall;
use crate::entities::decision::{Asker, DecisionEvaluation};
use crate::entities::deployment::ResourceKind;
use crate::entities::incident::IncidentKind;
use crate::event::DecisionEvent;
use crate::key::*;
use crate::variables::{Document, as_variable};

/// Asks the decision and hands on its answer.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    call: &DecisionCall,
) -> Result<(), Failure> {
    let id = ctx.text(&call.decision_id, active, input)?;
    let key = ctx
        .deployed(
            ResourceKind::Decision,
            &id,
            &call.binding,
            active.definition_key,
        )
        .map(DecisionKey)
        .map_err(|message| Failure::new(IncidentKind::CalledDecisionError, message))?;
    let Some((decision, model)) = ctx.decision(key) else {
        let message = format!(
            "Expected the decision '{id}' to be readable, but it is not. Deploy it again, then resolve."
        );
        return Err(Failure::new(IncidentKind::CalledDecisionError, message));
    };
    let kind = IncidentKind::DecisionEvaluationError;
    let answer = ctx
        .decide(&decision, &model, &ctx.scope(active, input), active.key.0)
        .map_err(|message| Failure::new(kind, message))?;
    if let Some(failure) = &answer.evaluation.failure {
        let message = format!(
            "Expected an answer from the decision '{id}', but '{}' failed: {}. Correct the variables or the decision, then resolve.",
            failure.decision, failure.message
        );
        return Err(Failure::new(kind, message));
    }
    let value = as_variable(answer.value).map_err(|message| {
        let message = format!("The answer of the decision '{id}' went too far: {message}");
        Failure::new(kind, message)
    })?;
    pass(ctx, active, input);
    let evaluation = DecisionEvaluation {
        key: DecisionEvaluationKey(ctx.next_key()),
        asker: Some(Asker {
            instance: active.instance,
            definition: active.definition_key,
            element: active.row.element,
            element_instance: active.key,
        }),
        ..answer.evaluation
    };
    ctx.emit(DecisionEvent::Evaluated {
        evaluation: Arc::new(evaluation),
    });
    let made = Document::from([(Arc::clone(&call.result), value)]);
    mapping::hand_over(ctx, active, &made);
    Ok(())
}
