//! What the tests share: models written briefly, and evaluation of a decision to text.

use gardesh_dmn::{DecisionModel, DecisionOutcome, Diagnostic, compile};
use gardesh_feel::{Context, Environment, Expression, Value};

/// A model around the elements.
pub fn definitions(elements: &str) -> String {
    named("t", elements)
}

/// A model of a namespace.
pub fn named(namespace: &str, elements: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="defs" name="m" namespace="{namespace}">
{elements}
</definitions>"#
    )
}

/// A literal expression.
pub fn literal(source: &str) -> String {
    format!(
        "<literalExpression><text>{}</text></literalExpression>",
        escaped(source)
    )
}

/// A decision `d` with this logic.
pub fn decision(logic: &str) -> String {
    definitions(&format!(r#"<decision id="d" name="d">{logic}</decision>"#))
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The model, which is to have no errors.
pub fn compiled(xml: &str) -> DecisionModel {
    compile(xml).unwrap_or_else(|diagnostics| panic!("{}\n{xml}", lines(&diagnostics)))
}

pub fn lines(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A value written in FEEL.
pub fn value(source: &str) -> Value {
    let expression = Expression::parse(source).expect("FEEL");
    expression.evaluate(&(), &Environment::default()).value
}

/// Inputs written as a FEEL context.
pub fn inputs(source: &str) -> Context {
    let value = value(source);
    value.as_context().expect("a context").clone()
}

/// Evaluates the decision `d` with inputs written in FEEL.
pub fn outcome(xml: &str, given: &str) -> DecisionOutcome {
    compiled(xml).evaluate("d", &inputs(given), &Environment::default())
}

/// The value of the decision `d`, written as FEEL.
pub fn result(xml: &str, given: &str) -> String {
    outcome(xml, given).value.to_string()
}

/// The file is refused for exactly these reasons: element id and code, in the order of the source.
pub fn refused(xml: &str, expected: &[(&str, &str)]) {
    let diagnostics = compile(xml).expect_err("to be refused");
    let found: Vec<(&str, &str)> = diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| (d.element_id.as_deref().unwrap_or(""), d.code))
        .collect();
    assert_eq!(found, expected, "{}", lines(&diagnostics));
    for diagnostic in &diagnostics {
        assert!(
            diagnostic.message.starts_with("Expected "),
            "messages say what was expected: {}",
            diagnostic.message
        );
    }
}
