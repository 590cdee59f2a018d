//! Requirement graphs: scopes, knowledge models, decision services and imports.

use crate::support::{compiled, definitions, inputs, lines, literal, named, outcome, result};
use gardesh_dmn::{DecisionModel, ElementKind, compile_with};
use gardesh_feel::{Bound, Environment};

/// A decision with requirements, each `kind#id`.
fn decision(id: &str, requires: &[(&str, &str)], logic: &str) -> String {
    let requirement = |(kind, href): &(&str, &str)| {
        let group = if *kind == "requiredKnowledge" {
            "knowledgeRequirement"
        } else {
            "informationRequirement"
        };
        format!(r#"<{group}><{kind} href="{href}"/></{group}>"#)
    };
    let requires: String = requires.iter().map(requirement).collect();
    format!(
        r#"<decision id="{id}" name="{id}"><variable name="{id}"/>{requires}{logic}</decision>"#
    )
}

const INPUT: &str = r#"<inputData id="i" name="the input"><variable name="the input" typeRef="number"/></inputData>"#;

fn knowledge(id: &str, requires: &str, parameters: &[&str], body: &str) -> String {
    let parameters: String = parameters
        .iter()
        .map(|name| format!(r#"<formalParameter name="{name}"/>"#))
        .collect();
    format!(
        r#"<businessKnowledgeModel id="{id}" name="{id}"><variable name="{id}"/><encapsulatedLogic>{parameters}{}</encapsulatedLogic>{requires}</businessKnowledgeModel>"#,
        literal(body)
    )
}

#[test]
fn decisions_see_what_they_require_and_nothing_else_of_the_model() {
    let model = definitions(
        &[
            INPUT.to_owned(),
            decision("a", &[("requiredInput", "#i")], &literal("the input + 1")),
            decision(
                "b",
                &[("requiredDecision", "#a"), ("requiredInput", "#i")],
                &literal("a * the input"),
            ),
            decision("c", &[("requiredDecision", "#a")], &literal("a * 2")),
            decision(
                "d",
                &[("requiredDecision", "#b"), ("requiredDecision", "#c")],
                &literal("[b, c, a, the input, extra]"),
            ),
        ]
        .concat(),
    );
    let outcome = outcome(&model, "{the input: 4, a: 100, extra: true}");
    // Input data that is mentioned is seen even where no requirement is drawn; decisions are not.
    assert_eq!(outcome.value.to_string(), "[20, 10, null, 4, true]");
    let mut order: Vec<&str> = outcome.evaluated.iter().map(|e| &*e.id).collect();
    assert_eq!(order.pop(), Some("d"));
    assert_eq!(
        order.iter().filter(|id| **id == "a").count(),
        1,
        "once each: {order:?}"
    );
    assert_eq!(order.len(), 3);
}

#[test]
fn a_decision_without_a_variable_goes_by_its_name_and_by_its_id() {
    let model = definitions(&format!(
        r##"<decision id="season_id" name="The season">{}</decision>{}"##,
        literal("\"winter\""),
        decision(
            "d",
            &[("requiredDecision", "#season_id")],
            &literal("[season_id, The season]")
        )
    ));
    assert_eq!(result(&model, "{}"), r#"["winter", "winter"]"#);
}

#[test]
fn elements_and_requirements_are_told() {
    let model = compiled(&definitions(
        &[
            INPUT.to_owned(),
            decision("a", &[("requiredInput", "#i")], "<literalExpression/>"),
            knowledge("k", "", &[], "1"),
        ]
        .concat(),
    ));
    let elements: Vec<_> = model.elements().map(|e| (e.id, e.name, e.kind)).collect();
    assert_eq!(
        elements,
        [
            ("i", "the input", ElementKind::InputData),
            ("a", "a", ElementKind::Decision),
            ("k", "k", ElementKind::BusinessKnowledgeModel),
        ]
    );
    assert_eq!(
        model.requirements("a").map(|e| e.id).collect::<Vec<_>>(),
        ["i"]
    );
    assert_eq!(model.requirements("x").count(), 0);
    assert!(model.element("x").is_none());
    let outcome = model.evaluate("a", &inputs("{the input: 1}"), &Environment::default());
    assert!(outcome.value.is_null(), "an empty expression is null");
    for id in ["x", "i", "k"] {
        let outcome = model.evaluate(id, &inputs("{}"), &Environment::default());
        assert!(
            outcome
                .reasons()
                .starts_with("Expected the id of a decision")
        );
    }
}

#[test]
fn knowledge_models_call_each_other_and_themselves() {
    let requires_f =
        r##"<knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>"##;
    let models = [
        knowledge("f", "", &["n"], "if n < 2 then 1 else n * f(n - 1)"),
        knowledge("g", requires_f, &["n"], "f(n) + 1"),
    ]
    .concat();
    for (source, expected) in [
        ("g(5)", "121"),
        ("g(n: 3)", "7"),
        ("g()", "null"),
        ("f(5)", "null"),
        ("(for i in [1,2,3] return g(i))", "[2, 3, 7]"),
    ] {
        let model = definitions(&format!(
            "{models}{}",
            decision("d", &[("requiredKnowledge", "#g")], &literal(source))
        ));
        assert_eq!(result(&model, "{}"), expected, "{source}");
    }
}

#[test]
fn calls_of_knowledge_models_are_recorded() {
    let model = definitions(
        &[
            knowledge("f", "", &["n"], "n + 1"),
            decision("d", &[("requiredKnowledge", "#f")], &literal("f(1) + f(2)")),
        ]
        .concat(),
    );
    let outcome = outcome(&model, "{}");
    let records: Vec<String> = outcome
        .evaluated
        .iter()
        .map(|record| {
            let inputs = record
                .inputs
                .iter()
                .map(|i| format!("{}={}", i.name, i.value));
            format!(
                "{} {} -> {}",
                record.id,
                inputs.collect::<Vec<_>>().join(","),
                record.result
            )
        })
        .collect();
    assert_eq!(records, ["f n=1 -> 2", "f n=2 -> 3", "d  -> 5"]);
}

/// Input `i` and decisions a = i + 1, b = a * 10; services over them.
fn services() -> String {
    definitions(&[
        INPUT.to_owned(),
        decision("a", &[("requiredInput", "#i")], &literal("the input + 1")),
        decision("b", &[("requiredDecision", "#a")], &literal("a * 10")),
        r##"<decisionService id="s" name="s"><outputDecision href="#b"/><encapsulatedDecision href="#a"/><inputData href="#i"/></decisionService>
<decisionService id="t" name="t"><outputDecision href="#b"/><inputDecision href="#a"/></decisionService>
<decisionService id="u" name="u"><outputDecision href="#a"/><outputDecision href="#b"/><inputData href="#i"/></decisionService>"##.to_owned(),
        decision("d", &[("requiredKnowledge", "#s"), ("requiredKnowledge", "#t"), ("requiredInput", "#i")],
            &literal("[s(1), t(7), s(the input: 2), s(\"x\"), s(), the input]")),
    ].concat())
}

#[test]
fn services_are_functions_of_their_inputs() {
    assert_eq!(
        result(&services(), "{the input: 5}"),
        "[20, 70, 30, null, null, 5]"
    );
}

#[test]
fn services_are_evaluated_by_themselves() {
    let model = compiled(&services());
    for (service, given, expected) in [
        ("s", "{the input: 4}", "50"),
        ("s", "{the input: \"no number\"}", "null"),
        ("s", "{}", "null"),
        ("t", "{a: 3}", "30"),
        ("t", "{the input: 4}", "null"),
        ("u", "{the input: 4}", "{a: 5, b: 50}"),
        ("d", "{}", "null"),
    ] {
        let outcome = model.evaluate_service(service, &inputs(given), &Environment::default());
        assert_eq!(outcome.value.to_string(), expected, "{service} of {given}");
    }
}

fn importing(name: &str, elements: &str, imports: &[&DecisionModel]) -> DecisionModel {
    let import = format!(
        r#"<import name="{name}" namespace="base" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>"#
    );
    let xml = named("top", &format!("{import}{elements}"));
    compile_with(&xml, imports).unwrap_or_else(|found| panic!("{}", lines(&found)))
}

#[test]
fn imports_bring_decisions_inputs_functions_and_types() {
    let base = compiled(&named("base", &[
        r#"<itemDefinition name="tSmall"><typeRef>number</typeRef><allowedValues><text>&lt; 10</text></allowedValues></itemDefinition>"#,
        INPUT,
        &decision("a", &[("requiredInput", "#i")], &literal("the input + 1")),
        &knowledge("f", "", &["n"], "n * 2"),
        r##"<decisionService id="s" name="s"><outputDecision href="#a"/><inputData href="#i"/></decisionService>"##,
    ].concat()));
    let top = |import: &str, source: &str| {
        let requires = [
            ("requiredDecision", "base#a"),
            ("requiredInput", "base#i"),
            ("requiredKnowledge", "base#f"),
            ("requiredKnowledge", "base#s"),
        ];
        let elements = decision("d", &requires, &literal(source));
        importing(import, &elements, &[&base])
    };
    let all =
        "[my base.a, my base.the input, my base.f(4), my base.s(1), 3 instance of my base.tSmall]";
    for (import, source, given, expected) in [
        (
            "my base",
            all,
            "{my base: {the input: 5}}",
            "[6, 5, 8, 2, true]",
        ),
        ("my base", "my base.a", "{the input: 6}", "7"),
        ("", "[a, the input, f(4)]", "{the input: 5}", "[6, 5, 8]"),
    ] {
        let outcome = top(import, source).evaluate("d", &inputs(given), &Environment::default());
        assert_eq!(
            outcome.value.to_string(),
            expected,
            "{source} {}",
            outcome.reasons()
        );
    }
}

#[test]
fn a_model_imported_by_two_ways_has_inputs_for_each() {
    let base = compiled(&named(
        "base",
        &[
            INPUT.to_owned(),
            decision("a", &[("requiredInput", "#i")], &literal("the input + 1")),
        ]
        .concat(),
    ));
    let middle = |namespace: &str| {
        let import = r#"<import name="base" namespace="base" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>"#;
        let decision = decision(
            "m",
            &[("requiredDecision", "base#a")],
            &literal("base.a * 10"),
        );
        let xml = named(namespace, &format!("{import}{decision}"));
        compile_with(&xml, &[&base]).unwrap_or_else(|found| panic!("{}", lines(&found)))
    };
    let (left, right) = (middle("left"), middle("right"));
    let imports = ["left", "right"]
        .map(|name| format!(r#"<import name="{name}" namespace="{name}" importType="https://www.omg.org/spec/DMN/20191111/MODEL/"/>"#));
    let requires = [
        ("requiredDecision", "left#m"),
        ("requiredDecision", "right#m"),
    ];
    let xml = named(
        "top",
        &[
            imports.concat(),
            decision("d", &requires, &literal("[left.m, right.m]")),
        ]
        .concat(),
    );
    let top =
        compile_with(&xml, &[&left, &right]).unwrap_or_else(|found| panic!("{}", lines(&found)));
    let given = inputs("{left: {base: {the input: 1}}, right: {base: {the input: 2}}}");
    let outcome = top.evaluate("d", &given, &Environment::default());
    assert_eq!(outcome.value.to_string(), "[20, 30]");
}

#[test]
fn a_decision_may_have_a_version_tag() {
    let tag = r#"<extensionElements><zeebe:versionTag xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" value="v1" /></extensionElements>"#;
    let model = compiled(&definitions(&decision(
        "d",
        &[],
        &(tag.to_owned() + &literal("1")),
    )));
    assert_eq!(model.version_tag("d"), Some("v1"));
    let model = compiled(&definitions(&decision("d", &[], &literal("1"))));
    assert_eq!(model.version_tag("d"), None);
    assert_eq!(model.version_tag("other"), None);
}

#[test]
fn an_assertion_that_does_not_hold_ends_the_whole_evaluation() {
    let model = definitions(
        &[
            decision("a", &[], &literal("assert(n, n > 1, \"too few\")")),
            decision("d", &[("requiredDecision", "#a")], &literal("a = null")),
        ]
        .concat(),
    );
    let failed = outcome(&model, "{n: 1}");
    assert_eq!(failed.exceeded, Some(Bound::Assertion));
    assert!(failed.value.is_null());
    assert_eq!(failed.reasons(), "Assertion failure: too few");
    assert_eq!(outcome(&model, "{n: 2}").value.to_string(), "false");
}
