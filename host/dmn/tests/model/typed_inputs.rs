//! Inputs of types that JSON lacks come as texts, by whatever way they reach an expression. A text that
//! stands for no value of its type is a failure, because a null would let a default rule decide.

use gardesh_dmn::{DecisionModel, DecisionOutcome, compile_with};
use gardesh_feel::{Bound, Context, Environment, Value};

use crate::support::{compiled, definitions, escaped, inputs, literal, named};

/// The types, and of each a text, what it stands for, and a text that is none.
const TYPES: [(&str, &str, &str, &str); 6] = [
    ("date", "1990-05-05", "@\"1990-05-05\"", "5 May 1990"),
    ("time", "08:30:00", "@\"08:30:00\"", "half past eight"),
    (
        "dateTime",
        "1990-05-05T08:30:00+02:00",
        "@\"1990-05-05T08:30:00+02:00\"",
        "1990-05-05 08:30",
    ),
    (
        "date and time",
        "1990-05-05",
        "date and time(\"1990-05-05\")",
        "",
    ),
    ("dayTimeDuration", "P1DT2H", "@\"P1DT2H\"", "P1Y"),
    ("yearMonthDuration", "P1Y6M", "@\"P1Y6M\"", "P1D"),
];

/// Ways from outside to an expression: what they are called, the elements around, whose decision `d` is
/// true when the text has become the value, and what comes in. `TYPE`, `VALUE` and `TEXT` stand for
/// the type, what is expected, and what comes. At last what a message calls the input.
const WAYS: &[(&str, &str, &str, &str)] = &[
    (
        "input data",
        r##"<inputData id="i" name="x"><variable name="x" typeRef="TYPE"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>is(x, VALUE)</text></literalExpression></decision>"##,
        "{x: \"TEXT\"}",
        "the input 'x'",
    ),
    (
        "an item definition",
        r##"<itemDefinition name="tX"><typeRef>tY</typeRef></itemDefinition><itemDefinition name="tY"><typeRef>TYPE</typeRef></itemDefinition>
<inputData id="i" name="x"><variable name="x" typeRef="tX"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>is(x, VALUE)</text></literalExpression></decision>"##,
        "{x: \"TEXT\"}",
        "the input 'x'",
    ),
    (
        "a component in a collection",
        r##"<itemDefinition name="tX" isCollection="true"><itemComponent name="at"><typeRef>TYPE</typeRef></itemComponent></itemDefinition>
<inputData id="i" name="x"><variable name="x" typeRef="tX"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>is(x[2].at, VALUE)</text></literalExpression></decision>"##,
        "{x: [{at: null}, {at: \"TEXT\"}]}",
        "the input 'x[2].at'",
    ),
    (
        "a collection",
        r##"<itemDefinition name="tX" isCollection="true"><typeRef>TYPE</typeRef></itemDefinition>
<inputData id="i" name="x"><variable name="x" typeRef="tX"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>is(x[1], VALUE)</text></literalExpression></decision>"##,
        "{x: [\"TEXT\"]}",
        "the input 'x[1]'",
    ),
    (
        "one for a collection of one",
        r##"<itemDefinition name="tX" isCollection="true"><typeRef>TYPE</typeRef></itemDefinition>
<inputData id="i" name="x"><variable name="x" typeRef="tX"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>is(x, [VALUE])</text></literalExpression></decision>"##,
        "{x: \"TEXT\"}",
        "the input 'x'",
    ),
    (
        "the input expression of an untyped input",
        r##"<inputData id="i" name="x"/>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<decisionTable hitPolicy="FIRST"><input><inputExpression typeRef="TYPE"><text>x</text></inputExpression></input><output/>
<rule><inputEntry><text>is(?, VALUE)</text></inputEntry><outputEntry><text>true</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"default"</text></outputEntry></rule></decisionTable></decision>"##,
        "{x: \"TEXT\"}",
        "the input 'x'",
    ),
    (
        "input data that no requirement leads to",
        r##"<inputData id="i" name="x"><variable name="x" typeRef="TYPE"/></inputData>
<decision id="d" name="d">
<decisionTable hitPolicy="FIRST"><input><inputExpression><text>x</text></inputExpression></input><output/>
<rule><inputEntry><text>is(?, VALUE)</text></inputEntry><outputEntry><text>true</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"default"</text></outputEntry></rule></decisionTable></decision>"##,
        "{x: \"TEXT\"}",
        "the input 'x'",
    ),
    (
        "the input expression of a variable that no element has",
        r##"<decision id="d" name="d">
<decisionTable hitPolicy="FIRST"><input label="moment"><inputExpression typeRef="TYPE"><text>order.at</text></inputExpression></input><output/>
<rule><inputEntry><text>is(?, VALUE)</text></inputEntry><outputEntry><text>true</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"default"</text></outputEntry></rule></decisionTable></decision>"##,
        "{order: {at: \"TEXT\"}}",
        "the input 'moment'",
    ),
    (
        "a parameter of a knowledge model",
        r##"<inputData id="i" name="x"/>
<businessKnowledgeModel id="b" name="b"><encapsulatedLogic><formalParameter name="p" typeRef="TYPE"/>
<literalExpression><text>is(p, VALUE)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>
<literalExpression><text>b(x)</text></literalExpression></decision>"##,
        "{x: \"TEXT\"}",
        "the argument 'p' of 'b'",
    ),
    (
        "a parameter of a boxed function, by an invocation",
        r##"<inputData id="i" name="x"/>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<context><contextEntry><variable name="f"/><functionDefinition><formalParameter name="p" typeRef="TYPE"/>
<literalExpression><text>is(p, VALUE)</text></literalExpression></functionDefinition></contextEntry>
<contextEntry><invocation><literalExpression><text>f</text></literalExpression>
<binding><parameter name="p"/><literalExpression><text>x</text></literalExpression></binding></invocation></contextEntry></context></decision>"##,
        "{x: \"TEXT\"}",
        "the argument 'p' of 'f'",
    ),
    (
        "an input of a decision service",
        r##"<inputData id="j" name="x"/><inputData id="i" name="p"><variable name="p" typeRef="TYPE"/></inputData>
<decision id="o" name="o"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>is(p, VALUE)</text></literalExpression></decision>
<decisionService id="s" name="s"><outputDecision href="#o"/><inputData href="#i"/></decisionService>
<decision id="d" name="d"><informationRequirement><requiredInput href="#j"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>
<literalExpression><text>s(x)</text></literalExpression></decision>"##,
        "{x: \"TEXT\"}",
        "the argument 'p' of 's'",
    ),
    (
        "an input decision of a decision service",
        r##"<inputData id="j" name="x"/><decision id="i" name="p"><variable name="p" typeRef="TYPE"/>
<literalExpression><text>null</text></literalExpression></decision>
<decision id="o" name="o"><informationRequirement><requiredDecision href="#i"/></informationRequirement>
<literalExpression><text>is(p, VALUE)</text></literalExpression></decision>
<decisionService id="s" name="s"><outputDecision href="#o"/><inputDecision href="#i"/></decisionService>
<decision id="d" name="d"><informationRequirement><requiredInput href="#j"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement>
<literalExpression><text>s(p: x)</text></literalExpression></decision>"##,
        "{x: \"TEXT\"}",
        "the argument 'p' of 's'",
    ),
];

fn ask(model: &DecisionModel, given: &Context) -> DecisionOutcome {
    model.evaluate("d", given, &Environment::default())
}

fn assert_is_true(outcome: &DecisionOutcome, what: &str) {
    assert_eq!(
        (&outcome.value, outcome.exceeded),
        (&Value::Bool(true), None),
        "{what}: {}",
        outcome.reasons()
    );
}

/// The evaluation failed, and says of which input, type and text.
fn assert_refused(outcome: &DecisionOutcome, input: &str, text: &str, what: &str) {
    assert_eq!(outcome.exceeded, Some(Bound::Input), "{what}");
    assert_eq!(outcome.value, Value::Null, "{what}");
    let reasons = outcome.reasons();
    assert!(
        reasons.starts_with(&format!("Expected {input} to be a "))
            && reasons.contains(&format!("but found the text \"{text}\"")),
        "{what}: {reasons}"
    );
}

#[test]
fn texts_become_values_of_the_declared_type_by_every_way() {
    for (way, elements, given, input) in WAYS {
        for (kind, text, value, wrong) in TYPES {
            let what = format!("{kind} by {way}");
            let elements = elements.replace("TYPE", kind);
            let model = compiled(&definitions(&elements.replace("VALUE", &escaped(value))));
            let with = |text: &str| inputs(&given.replace("TEXT", text));
            assert_is_true(&ask(&model, &with(text)), &what);
            assert_refused(&ask(&model, &with(wrong)), input, wrong, &what);
        }
    }
}

#[test]
fn imported_models_and_services_from_outside_take_texts_too() {
    let imported = named(
        "lib",
        r##"<itemDefinition name="tDay"><typeRef>date</typeRef></itemDefinition>
<inputData id="i" name="day"><variable name="day" typeRef="tDay"/></inputData>
<decision id="o" name="o"><informationRequirement><requiredInput href="#i"/></informationRequirement>
<literalExpression><text>day.year = 1990</text></literalExpression></decision>
<decisionService id="s" name="s"><outputDecision href="#o"/><inputData href="#i"/></decisionService>"##,
    );
    let library = compiled(&imported);
    let importing = named(
        "t",
        r##"<import name="lib" namespace="lib" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>
<inputData id="j" name="other"><variable name="other" typeRef="lib.tDay"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#j"/></informationRequirement>
<informationRequirement><requiredDecision href="lib#o"/></informationRequirement>
<literalExpression><text>lib.o and other.year = 1991</text></literalExpression></decision>"##,
    );
    let model = compile_with(&importing, &[&library]).expect("a model without errors");
    let given = inputs(r#"{lib: {day: "1990-05-05"}, other: "1991-01-01"}"#);
    assert_is_true(&ask(&model, &given), "imported");
    let given = inputs(r#"{lib: {day: "x"}, other: "1991-01-01"}"#);
    assert_refused(&ask(&model, &given), "the input 'day'", "x", "imported");
    let given = inputs(r#"{lib: {day: "1990-05-05"}, other: "y"}"#);
    assert_refused(
        &ask(&model, &given),
        "the input 'other'",
        "y",
        "imported type",
    );

    let serve = |text: &str| {
        let given = inputs(&format!("{{day: \"{text}\"}}"));
        library.evaluate_service("s", &given, &Environment::default())
    };
    assert_is_true(&serve("1990-05-05"), "a service");
    assert_refused(&serve("x"), "the input 'day'", "x", "a service");
}

#[test]
fn what_is_given_as_a_value_or_not_at_all_stays_so() {
    let model = |kind: &str, source: &str| {
        compiled(&definitions(&format!(
            r##"<inputData id="i" name="x"><variable name="x" typeRef="{kind}"/></inputData>
<inputData id="u" name="unused"><variable name="unused" typeRef="date"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>{}</decision>"##,
            literal(source)
        )))
    };
    let cases = [
        ("date", "x = @\"1990-05-05\"", "{x: @\"1990-05-05\"}"),
        ("date", "x.year = 1990", "{x: [\"1990-05-05\"]}"),
        ("date", "x = null", "{x: null}"),
        ("date", "x = null", "{}"),
        // Not of the type, and no text: null, as the standard says.
        ("date", "x = null", "{x: 5}"),
        ("string", "x = \"1990-05-05\"", "{x: \"1990-05-05\"}"),
        // What the decision does not require is not looked at.
        ("string", "x = \"a\"", "{x: \"a\", unused: \"no date\"}"),
    ];
    for (kind, source, given) in cases {
        assert_is_true(&ask(&model(kind, source), &inputs(given)), given);
    }
}
