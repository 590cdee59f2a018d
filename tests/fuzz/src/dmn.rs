//! DMN: every text gives a model or diagnostics, and every decision of a model, faulty ones
//! included, evaluates to the same within its bounds.

use std::sync::LazyLock;

use gardesh_dmn::{DecisionOutcome, ElementKind, compile, read};
use gardesh_feel::{Context, Environment, Evaluation, Expression};

use crate::{environment, feel};

/// Inputs under the names that the seeds use.
static INPUTS: LazyLock<Context> = LazyLock::new(|| {
    let source = r#"{Applicant: {first name: "Ada", age: 42}, n: 3, s: "gold", l: [1, 2], d: @"2024-02-29"}"#;
    let expression = Expression::parse(source).expect("the inputs are FEEL");
    let value = expression.evaluate(&(), &Environment::default()).value;
    value.as_context().expect("a context").clone()
});

pub fn check(data: &[u8]) {
    let Ok(xml) = std::str::from_utf8(data) else {
        return;
    };
    let reading = read(xml, &[]);
    let fit = !reading.diagnostics.iter().any(|d| d.is_error());
    assert!(
        reading.model.is_some() || !fit,
        "Expected a model or a reason why there is none"
    );
    assert_eq!(
        compile(xml).is_ok(),
        fit,
        "Expected models with errors, and no others, to be refused"
    );
    for diagnostic in &reading.diagnostics {
        assert!(diagnostic.message.starts_with("Expected "), "{diagnostic}");
        assert!(diagnostic.message.len() < 10_000, "{diagnostic}");
    }
    let Some(model) = reading.model else { return };
    let environment = environment();
    // The first ones have to do: a thousand decisions would take their fuel a thousand times.
    for element in model.elements().take(16) {
        let evaluate = || match element.kind {
            ElementKind::Decision => Some(model.evaluate(element.id, &*INPUTS, &environment)),
            ElementKind::DecisionService => {
                Some(model.evaluate_service(element.id, &*INPUTS, &environment))
            }
            _ => None,
        };
        let Some(outcome) = evaluate() else { continue };
        assert_eq!(outcome.value, evaluate().expect("the same element").value);
        check_outcome(outcome, &environment);
    }
}

fn check_outcome(outcome: DecisionOutcome, environment: &Environment) {
    assert!(outcome.evaluated.len() <= gardesh_dmn::limits::MAX_RECORDS);
    for decision in &outcome.evaluated {
        let _ = (decision.inputs.len(), decision.result.to_json());
    }
    let evaluation = Evaluation {
        value: outcome.value,
        warnings: outcome.warnings,
        exceeded: outcome.exceeded,
        fuel: outcome.fuel,
    };
    feel::check_evaluation(&evaluation, environment);
}
