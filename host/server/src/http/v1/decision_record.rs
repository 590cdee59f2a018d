//! The record of an evaluated decision as JSON: what was decided on the way, with the inputs and
//! the rules that matched. Its names are those of the Camunda REST API.
use gardesh_engine::entities::decision::{DecisionEvaluation, Made};

/// All that was decided, as a JSON list.
pub fn evaluated_decisions(evaluation: &DecisionEvaluation) -> String {
    let made: Vec<serde_json::Value> = evaluation.made.iter().map(tell).collect();
    serde_json::Value::from(made).to_string()
}

/// A decision that was made on the way, with its inputs and the rules that matched.
fn tell(made: &Made) -> serde_json::Value {
    let inputs = made.inputs.iter().map(|input| {
        serde_json::json!({
            "inputId": &*input.id,
            "inputName": &*input.name,
            "inputValue": &*input.value,
        })
    });
    let rules = made.rules.iter().map(|rule| {
        let outputs = rule.outputs.iter().map(|(id, name, value)| {
            serde_json::json!({
                "outputId": &**id,
                "outputName": &**name,
                "outputValue": &**value,
            })
        });
        serde_json::json!({
            "ruleId": &*rule.id,
            "ruleIndex": rule.index,
            "evaluatedOutputs": outputs.collect::<Vec<_>>(),
        })
    });
    serde_json::json!({
        "decisionDefinitionId": &*made.id,
        "decisionDefinitionName": &*made.name,
        "decisionDefinitionVersion": made.version.map(|(_, version)| version),
        "evaluatedInputs": inputs.collect::<Vec<_>>(),
        "matchedRules": rules.collect::<Vec<_>>(),
        "output": &*made.output,
    })
}
