//! What compilation refuses or warns of, with the element and the reason, all at once.

use crate::support::{decision, definitions, inputs, literal, refused};
use gardesh_dmn::{Severity, compile, read};
use gardesh_feel::Environment;

#[test]
fn each_fault_is_named_at_its_element() {
    let table = |attributes: &str, body: &str| {
        decision(&format!(
            r#"<decisionTable id="t" {attributes}>{body}</decisionTable>"#
        ))
    };
    let input = "<input id='i'><inputExpression><text>x</text></inputExpression></input>";
    let rule = "<rule id='r'><inputEntry><text>-</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>";
    let cases: &[(String, &str, &str)] = &[
        (decision(&literal("1 +")), "d", "invalid-expression"),
        (
            decision(
                r#"<literalExpression id="l" expressionLanguage="juel"><text>1</text></literalExpression>"#,
            ),
            "l",
            "unsupported-language",
        ),
        (
            decision("<literalExpression id='l'><importedValues/></literalExpression>"),
            "l",
            "imported-values",
        ),
        (
            decision("<conditional id='c'><if/><then/></conditional>").replace(
                "<then/>",
                &format!("<then>{}</then><else>{}</else>", literal("1"), literal("2")),
            ),
            "c",
            "missing-expression",
        ),
        (decision("<for id='f'/>"), "f", "missing-name"),
        (
            decision(
                "<context id='c'><contextEntry><variable name='a'/><literalExpression><text>1</text></literalExpression></contextEntry><contextEntry id='e'><variable name='a'/><literalExpression/></contextEntry></context>",
            ),
            "e",
            "duplicate-entry",
        ),
        (
            decision("<relation id='x'><column name='a'/><row id='w'/></relation>"),
            "w",
            "wrong-number-of-cells",
        ),
        (
            table("hitPolicy='MOST'", "<output/>"),
            "t",
            "unknown-hit-policy",
        ),
        (
            table("aggregation='AVG'", "<output/>"),
            "t",
            "unknown-aggregation",
        ),
        (
            table(
                "hitPolicy='COLLECT' aggregation='SUM'",
                "<output name='a'/><output name='b'/>",
            ),
            "t",
            "aggregation-of-many",
        ),
        (table("", input), "t", "missing-output"),
        (
            table("", "<input id='i'/><output/>"),
            "i",
            "missing-expression",
        ),
        (
            table("", &format!("{input}<output name='a'/><output id='o'/>")),
            "o",
            "missing-name",
        ),
        (
            table("", &format!("{input}{input}<output/>{rule}")),
            "r",
            "wrong-number-of-cells",
        ),
        (
            table("", &format!("{input}<output/>{}", rule.replace('-', "1.."))),
            "r",
            "invalid-expression",
        ),
        (definitions("<decision/>"), "defs", "missing-id"),
        (
            definitions(
                "<decision id='a' name='a'><literalExpression/></decision><decision id='a' name='b'><literalExpression/></decision>",
            ),
            "a",
            "duplicate-id",
        ),
        (
            definitions(&format!("<decision id='{}' name='a'/>", "x".repeat(300))),
            &"x".repeat(300),
            "name-too-long",
        ),
        (
            definitions(
                "<decision id='a' name='a'><informationRequirement id='q'><requiredDecision href='#z'/></informationRequirement><literalExpression/></decision>",
            ),
            "q",
            "unknown-reference",
        ),
        (
            definitions(
                "<decision id='a' name='a'><informationRequirement id='q'/><literalExpression/></decision>",
            ),
            "q",
            "missing-reference",
        ),
        (
            definitions("<decisionService id='s' name='s'/>"),
            "s",
            "missing-output",
        ),
        (
            definitions(
                "<import id='m' name='m' namespace='nowhere' importType='https://www.omg.org/spec/DMN/20211108/MODEL/'/>",
            ),
            "m",
            "missing-import",
        ),
        (
            definitions("<import id='m' name='m' namespace='nowhere'/>"),
            "m",
            "missing-import",
        ),
        (
            definitions(
                "<import id='m' name='m' namespace='n' importType='http://www.w3.org/2001/XMLSchema'/>",
            ),
            "m",
            "unsupported-import",
        ),
        (
            definitions("<itemDefinition id='t'><typeRef>string</typeRef></itemDefinition>"),
            "t",
            "missing-name",
        ),
        (
            definitions("<itemDefinition name='t'/><itemDefinition id='t2' name='t'/>"),
            "t2",
            "duplicate-type",
        ),
        (
            definitions(
                "<itemDefinition id='t' name='t'><typeRef>string</typeRef><allowedValues><text>1 +</text></allowedValues></itemDefinition>",
            ),
            "t",
            "invalid-expression",
        ),
    ];
    for (xml, element, code) in cases {
        refused(xml, &[(element, code)]);
    }
}

#[test]
fn a_function_in_another_language_is_null_and_says_so() {
    let elements = r##"<businessKnowledgeModel id="b" name="b"><encapsulatedLogic kind="Java"><formalParameter name="x"/>
<context><contextEntry><variable name="class"/><literalExpression><text>"java.lang.Math"</text></literalExpression></contextEntry></context></encapsulatedLogic></businessKnowledgeModel>
<decision id="d" name="d"><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><literalExpression><text>b(1)</text></literalExpression></decision>"##;
    let model = compile(&definitions(elements)).expect("no errors");
    let outcome = model.evaluate("d", &inputs("{}"), &Environment::default());
    assert_eq!(outcome.value.to_string(), "null");
    assert_eq!(
        outcome.reasons(),
        "Expected a function in FEEL, but its kind is \"Java\", which is not run; its result is null."
    );
}

#[test]
fn what_has_no_logic_is_warned_of_and_null_and_says_so() {
    let xml = definitions(
        r##"<decision id="x" name="The x"><variable name="x"/></decision><decision id="y" name="y"><notLogic/></decision>
<businessKnowledgeModel id="b" name="b"/><businessKnowledgeModel id="c" name="c"><encapsulatedLogic/></businessKnowledgeModel>
<decision id="z" name="z"><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><knowledgeRequirement><requiredKnowledge href="#c"/></knowledgeRequirement>
<informationRequirement><requiredDecision href="#x"/></informationRequirement><literalExpression><text>[b(), c(), x]</text></literalExpression></decision>"##,
    );
    let model = compile(&xml).expect("no errors");
    let warnings = model.warnings().iter();
    let warnings: Vec<_> = warnings
        .map(|found| (found.element_id.as_deref().unwrap_or(""), found.code))
        .collect();
    let expected = ["x", "y", "b", "c"].map(|id| (id, "missing-logic"));
    assert_eq!(warnings, expected);
    let reasons = |id: &str, value: &str| {
        let outcome = model.evaluate(id, &inputs("{}"), &Environment::default());
        assert_eq!(outcome.value.to_string(), value);
        assert_eq!(outcome.exceeded, None);
        outcome.reasons()
    };
    assert_eq!(
        reasons("x", "null"),
        "Expected decision 'x' to have a decision table, literal expression or another boxed expression, but it has none; its result is null."
    );
    assert!(reasons("y", "null").contains("decision 'y'"));
    assert_eq!(
        reasons("z", "[null, null, null]")
            .matches("it has none")
            .count(),
        3
    );
}

#[test]
fn a_comparison_of_a_comparison_is_no_input_entry() {
    for (entry, position) in [
        ("&gt;&gt; 1", 1),
        ("not(&lt; &lt;= 2)", 6),
        ("1, = &gt; 2", 5),
    ] {
        let xml = decision(&format!(
            "<decisionTable><input><inputExpression><text>x</text></inputExpression></input><output/><rule><inputEntry id='c'><text>{entry}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable>"
        ));
        refused(&xml, &[("c", "invalid-expression")]);
        let found = compile(&xml).expect_err("to be refused");
        let place = format!("at byte {position}, in the expression");
        assert!(found[0].message.contains(&place), "{}", found[0].message);
    }
}

#[test]
fn cycles_of_requirements_are_refused() {
    let requires = |id: &str, of: &[&str]| {
        let requirements: String = of
            .iter()
            .map(|href| format!(r##"<informationRequirement><requiredDecision href="#{href}"/></informationRequirement>"##))
            .collect();
        format!(r#"<decision id="{id}" name="{id}">{requirements}<literalExpression/></decision>"#)
    };
    let knows = |id: &str, of: &str| {
        format!(
            r##"<businessKnowledgeModel id="{id}" name="{id}"><knowledgeRequirement><requiredKnowledge href="#{of}"/></knowledgeRequirement></businessKnowledgeModel>"##
        )
    };
    let cyclic = "cyclic-requirement";
    refused(&definitions(&requires("a", &["a"])), &[("a", cyclic)]);
    refused(
        &definitions(
            &[
                requires("a", &["b"]),
                requires("b", &["c"]),
                requires("c", &["a"]),
            ]
            .concat(),
        ),
        &[("c", cyclic)],
    );
    refused(
        &definitions(&[knows("f", "g"), knows("g", "f")].concat()),
        &[("g", cyclic)],
    );
    // A decision within a service that it calls.
    let service =
        r##"<decisionService id="s" name="s"><outputDecision href="#a"/></decisionService>"##;
    let caller = r##"<decision id="a" name="a"><knowledgeRequirement><requiredKnowledge href="#s"/></knowledgeRequirement><literalExpression/></decision>"##;
    refused(&definitions(&[service, caller].concat()), &[("a", cyclic)]);
    // Diamonds are no cycles.
    let diamond = [
        requires("a", &["b", "c"]),
        requires("b", &["e"]),
        requires("c", &["e"]),
        requires("e", &[]),
    ];
    crate::support::compiled(&definitions(&diamond.concat()));
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_source() {
    let xml = definitions(&format!(
        "<decision id='a' name='a'>{}</decision>\n<decision id='b' name='b'>{}</decision>\n<decisionService id='s' name='s'/>",
        literal("("),
        literal(")")
    ));
    refused(
        &xml,
        &[
            ("a", "invalid-expression"),
            ("b", "invalid-expression"),
            ("s", "missing-output"),
        ],
    );
    let found = compile(&xml).expect_err("to be refused");
    assert_eq!(found.iter().map(|d| d.line).collect::<Vec<_>>(), [3, 4, 5]);
    assert!(
        found[0].to_string().starts_with("line 3, a: Expected "),
        "{}",
        found[0]
    );
}

#[test]
fn a_faulty_model_can_still_be_read_and_says_why_it_gives_null() {
    let xml = definitions(&format!(
        "<decision id='a' name='a'>{}</decision><decision id='d' name='d'>{}</decision>",
        literal("1 +"),
        literal("2")
    ));
    let model = read(&xml, &[]).model.expect("a model");
    let environment = Environment::default();
    assert_eq!(
        model.evaluate("d", &inputs("{}"), &environment).value,
        2.into()
    );
    let broken = model.evaluate("a", &inputs("{}"), &environment);
    assert!(broken.value.is_null());
    assert!(
        broken.reasons().contains("in the expression \"1 +\""),
        "{}",
        broken.reasons()
    );
}

#[test]
fn doubtful_models_are_accepted_with_a_warning() {
    let cases = [
        (
            r#"<decision id="a" name="a"><variable name="a" typeRef="tNowhere"/><literalExpression/></decision>"#,
            "unknown-type",
        ),
        (
            r#"<decision id="a" name="n"><literalExpression/></decision><decision id="b" name="n"><literalExpression/></decision>"#,
            "duplicate-name",
        ),
        (
            r#"<itemDefinition name="t"><itemComponent name="c"><typeRef>t</typeRef></itemComponent></itemDefinition>"#,
            "recursive-type",
        ),
        (
            r#"<decision id="a" name="a"><decisionTable hitPolicy="PRIORITY"><output/></decisionTable></decision>"#,
            "missing-priorities",
        ),
        (
            r#"<businessKnowledgeModel id="a" name="a"><encapsulatedLogic kind="Java"><context/></encapsulatedLogic></businessKnowledgeModel>"#,
            "unsupported-function",
        ),
        (
            r#"<decision id="a" name="a"><functionDefinition kind="PMML"><formalParameter name="x"/></functionDefinition></decision>"#,
            "unsupported-function",
        ),
    ];
    for (elements, code) in cases {
        let model = compile(&definitions(elements)).expect("to be accepted");
        let found: Vec<_> = model
            .warnings()
            .iter()
            .map(|d| (d.code, d.severity))
            .collect();
        assert_eq!(found, [(code, Severity::Warning)]);
    }
}
