//! FEEL: every text is an expression, unary tests, both or neither; evaluated it gives the same
//! value every time, within its bounds.

use std::sync::LazyLock;

use gardesh_feel::{Context, Environment, Evaluation, Expression, NameSet, Value};

use crate::{environment, json};

/// The variables: one of each kind, names with spaces and operators in them, and nesting.
const VARIABLES: &str = r#"{
    n: 7, m: -2.50, s: "Wörter und Zeichen", b: true, nothing: null,
    d: @"2024-02-29", t: @"13:14:15+02:00", dt: @"2024-02-29T13:14:15@Europe/Paris",
    days: @"P1DT2H", months: @"P1Y2M", l: [3, 1, 2, null], r: [1..5),
    c: {a: 1, b: {a: 2, list: [{x: 1, y: "p"}, {x: 2, y: "q"}]}},
    f: function(x, y) x + y, first name: "Ada", x-y: 1
}"#;

struct Surroundings {
    names: NameSet,
    scope: Context,
    environment: Environment,
}

static SURROUNDINGS: LazyLock<Surroundings> = LazyLock::new(|| {
    let environment = environment();
    let expression = Expression::parse(VARIABLES).expect("the variables are FEEL");
    let evaluation = expression.evaluate(&(), &environment);
    let scope = evaluation.value.as_context().expect("a context").clone();
    let names = scope.iter().map(|(name, _)| name.to_string()).collect();
    Surroundings {
        names,
        scope,
        environment,
    }
});

pub fn check(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else {
        return;
    };
    let around = &*SURROUNDINGS;
    match Expression::parse_with_names(source, &around.names) {
        Ok(expression) => {
            let evaluate = || expression.evaluate(&around.scope, &around.environment);
            let evaluation = evaluate();
            check_evaluation(&evaluation, &around.environment);
            assert_eq!(evaluation, evaluate(), "evaluated again");
            // Constants are computed with the product's fuel; what ends here ends there as soon.
            if evaluation.exceeded.is_none()
                && let Some(constant) = expression.constant()
            {
                assert_eq!(constant, evaluation.value, "the constant");
            }
        }
        Err(error) => check_message(&error.to_string()),
    }
    match Expression::parse_unary_tests(source, &around.names) {
        Ok(tests) => {
            for input in [Value::from(7), Value::from("Wörter"), Value::Null] {
                let evaluation = tests.test(input, &around.scope, &around.environment);
                check_evaluation(&evaluation, &around.environment);
                assert!(
                    matches!(evaluation.value, Value::Bool(_) | Value::Null),
                    "Expected true, false or null, but the test gave {}",
                    evaluation.value
                );
            }
        }
        Err(error) => check_message(&error.to_string()),
    }
}

/// The value keeps to the bounds, every way to write it works, and reasons are readable.
pub fn check_evaluation(evaluation: &Evaluation, environment: &Environment) {
    let (value, limits) = (&evaluation.value, &environment.limits);
    let extent = value.extent();
    assert!(
        extent.size <= limits.value_size && extent.depth <= limits.value_depth,
        "Expected a value within its bounds, but it is {extent:?}"
    );
    assert!(evaluation.exceeded.is_none() || value.is_null());
    assert!(evaluation.warnings.len() <= 16);
    let _ = evaluation.reasons();
    let _ = value.to_string();
    json::round_trip(value);
}

fn check_message(message: &str) {
    assert!(
        message.contains("Expected") && message.len() < 2_000,
        "Expected a message of readable length that says what was expected, but it is: {message}"
    );
}
