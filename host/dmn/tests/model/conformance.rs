//! What is not of its declared type is null, with a reason, wherever a value gets a type.

use gardesh_feel::Value;

use crate::support::{definitions, outcome};

const TYPES: &str = r##"<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>
  <itemComponent name="age"><typeRef>number</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tPeople" isCollection="true"><typeRef>tPerson</typeRef></itemDefinition>
<itemDefinition name="tMaker"><functionItem outputTypeRef="tPerson"><parameters name="p" typeRef="Any"/></functionItem></itemDefinition>
<itemDefinition name="tMaker2"><typeRef>tMaker</typeRef></itemDefinition>
<inputData id="i" name="x"/><inputData id="t" name="person"><variable name="person" typeRef="tPerson"/></inputData>"##;

const X: &str = r##"<informationRequirement><requiredInput href="#i"/></informationRequirement>"##;

/// Places where a value gets the type `tPerson`: elements whose decision `d` gives `x` there.
const PLACES: &[(&str, &str)] = &[
    (
        "input data",
        r##"<decision id="d" name="d"><informationRequirement><requiredInput href="#t"/></informationRequirement><literalExpression><text>person</text></literalExpression></decision>"##,
    ),
    (
        "a decision",
        r##"<decision id="d" name="d"><variable name="d" typeRef="tPerson"/>REQUIRED<literalExpression><text>x</text></literalExpression></decision>"##,
    ),
    (
        "an expression",
        r##"<decision id="d" name="d">REQUIRED<literalExpression typeRef="tPerson"><text>x</text></literalExpression></decision>"##,
    ),
    (
        "a context entry",
        r##"<decision id="d" name="d">REQUIRED<context><contextEntry><variable name="e" typeRef="tPerson"/><literalExpression><text>x</text></literalExpression></contextEntry><contextEntry><literalExpression><text>e</text></literalExpression></contextEntry></context></decision>"##,
    ),
    (
        "a column of a relation",
        r##"<decision id="d" name="d">REQUIRED<context><contextEntry><variable name="e"/><relation><column name="c" typeRef="tPerson"/><row><literalExpression><text>x</text></literalExpression></row></relation></contextEntry><contextEntry><literalExpression><text>e[1].c</text></literalExpression></contextEntry></context></decision>"##,
    ),
    (
        "an output of a table",
        r##"<decision id="d" name="d">REQUIRED<decisionTable><output typeRef="tPerson"/><rule><outputEntry><text>x</text></outputEntry></rule></decisionTable></decision>"##,
    ),
    (
        "a parameter of a knowledge model",
        r##"<businessKnowledgeModel id="b" name="b"><encapsulatedLogic><formalParameter name="p" typeRef="tPerson"/><literalExpression><text>p</text></literalExpression></encapsulatedLogic></businessKnowledgeModel><decision id="d" name="d">REQUIRED<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><literalExpression><text>b(x)</text></literalExpression></decision>"##,
    ),
    (
        "the result of a knowledge model",
        r##"<businessKnowledgeModel id="b" name="b"><variable name="b" typeRef="tPerson"/><encapsulatedLogic><formalParameter name="p"/><literalExpression><text>p</text></literalExpression></encapsulatedLogic></businessKnowledgeModel><decision id="d" name="d">REQUIRED<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><literalExpression><text>b(x)</text></literalExpression></decision>"##,
    ),
    (
        "the result of a knowledge model that has the type of a function",
        r##"<businessKnowledgeModel id="b" name="b"><variable name="b" typeRef="tMaker2"/><encapsulatedLogic><formalParameter name="p"/><literalExpression><text>p</text></literalExpression></encapsulatedLogic></businessKnowledgeModel><decision id="d" name="d">REQUIRED<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><literalExpression><text>b(x)</text></literalExpression></decision>"##,
    ),
    (
        "an invocation",
        r##"<businessKnowledgeModel id="b" name="b"><encapsulatedLogic><formalParameter name="p"/><literalExpression><text>p</text></literalExpression></encapsulatedLogic></businessKnowledgeModel><decision id="d" name="d">REQUIRED<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><invocation typeRef="tPerson"><literalExpression><text>b</text></literalExpression><binding><parameter name="p"/><literalExpression><text>x</text></literalExpression></binding></invocation></decision>"##,
    ),
    (
        "the result of a decision service",
        r##"<decision id="o" name="o">REQUIRED<literalExpression><text>x</text></literalExpression></decision><decisionService id="s" name="s"><variable name="s" typeRef="tPerson"/><outputDecision href="#o"/><inputData href="#i"/></decisionService><decision id="d" name="d">REQUIRED<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement><literalExpression><text>s(x)</text></literalExpression></decision>"##,
    ),
    (
        "the result of a decision service that has the type of a function",
        r##"<decision id="o" name="o">REQUIRED<literalExpression><text>x</text></literalExpression></decision><decisionService id="s" name="s"><variable name="s" typeRef="tMaker"/><outputDecision href="#o"/><inputData href="#i"/></decisionService><decision id="d" name="d">REQUIRED<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement><literalExpression><text>s(x)</text></literalExpression></decision>"##,
    ),
    (
        "an input of a decision service",
        r##"<decision id="o" name="o"><informationRequirement><requiredInput href="#t"/></informationRequirement><literalExpression><text>person</text></literalExpression></decision><decisionService id="s" name="s"><outputDecision href="#o"/><inputData href="#t"/></decisionService><decision id="d" name="d">REQUIRED<knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement><literalExpression><text>s(x)</text></literalExpression></decision>"##,
    ),
];

/// Values, and what they are as a `tPerson`.
const VALUES: &[(&str, &str)] = &[
    (r#"{name: "x", age: 5}"#, r#"{name: "x", age: 5}"#),
    (
        r#"{name: "x", age: 5, more: 1}"#,
        r#"{name: "x", age: 5, more: 1}"#,
    ),
    (r#"{name: "x", age: null}"#, r#"{name: "x", age: null}"#),
    (r#"[{name: "x", age: 5}]"#, r#"{name: "x", age: 5}"#),
    (r#"{name: "x"}"#, "null"),
    ("{}", "null"),
    (r#"{name: "x", age: "5"}"#, "null"),
    (r#"[{name: "x"}]"#, "null"),
    (r#"[{name: "x", age: 5}, {name: "y", age: 6}]"#, "null"),
    (r#""x""#, "null"),
];

#[test]
fn a_value_has_every_entry_of_its_type() {
    for (place, elements) in PLACES {
        let model = definitions(&format!("{TYPES}{}", elements.replace("REQUIRED", X)));
        for (given, expected) in VALUES {
            let found = outcome(&model, &format!("{{x: {given}, person: {given}}}"));
            assert_eq!(
                found.value,
                crate::support::value(expected),
                "{place}: {given}"
            );
            let reasons = found.reasons();
            assert_eq!(
                found.value == Value::Null,
                reasons.starts_with("Expected "),
                "{place}: {given}: {reasons}"
            );
            if *given == r#"{name: "x"}"# {
                assert!(
                    reasons.contains("a context without the entry 'age'"),
                    "{place}: {reasons}"
                );
            }
        }
    }
}

#[test]
fn each_item_of_a_list_is_of_the_type() {
    let model = definitions(&format!(
        r##"{TYPES}<decision id="d" name="d"><variable name="d" typeRef="tPeople"/>{X}<literalExpression><text>x</text></literalExpression></decision>"##
    ));
    for (given, expected) in [
        (
            r#"[{name: "x", age: 5}, {name: "y", age: null}]"#,
            r#"[{name: "x", age: 5}, {name: "y", age: null}]"#,
        ),
        (r#"{name: "x", age: 5}"#, r#"[{name: "x", age: 5}]"#),
        (r#"[{name: "x", age: 5}, {name: "y"}]"#, "null"),
        (r#"{name: "y"}"#, "null"),
        ("[]", "[]"),
    ] {
        let found = outcome(&model, &format!("{{x: {given}}}"));
        assert_eq!(found.value, crate::support::value(expected), "{given}");
    }
}
