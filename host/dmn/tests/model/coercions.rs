//! Where a value gets a type: inputs, results, parameters of knowledge models and services,
//! bindings, entries, columns and clauses. A list of one and its item, a date and its midnight
//! become each other; what is of another type is null, and a call with it gives null.

use gardesh_feel::Environment;

use crate::support::{compiled, definitions, escaped, inputs, literal, result};

/// Type, value, and the value as this type.
const CONVERSIONS: [(&str, &str, &str); 26] = [
    ("number", "10", "10"),
    ("number", "[10]", "10"),
    ("number", "[]", "null"),
    ("number", "[10, 11]", "null"),
    ("number", "[[10]]", "null"),
    ("number", "\"10\"", "null"),
    ("number", "null", "null"),
    ("string", "[\"a\"]", "\"a\""),
    ("string", "1", "null"),
    ("boolean", "1", "null"),
    ("date", "@\"2024-02-29\"", "2024-02-29"),
    ("date", "@\"2024-02-29T10:00:00\"", "null"),
    ("dateTime", "@\"2024-02-29\"", "2024-02-29T00:00:00Z"),
    ("date and time", "@\"2024-02-29\"", "2024-02-29T00:00:00Z"),
    ("days and time duration", "@\"P1D\"", "P1D"),
    ("days and time duration", "@\"P1Y\"", "null"),
    ("yearMonthDuration", "@\"P1Y\"", "P1Y"),
    ("tNumbers", "1", "[1]"),
    ("tNumbers", "[1, 2]", "[1, 2]"),
    ("tNumbers", "[1, null]", "[1, null]"),
    ("tNumbers", "[1, \"a\"]", "null"),
    ("tNumbers", "\"a\"", "null"),
    (
        "tPerson",
        "{name: \"A\", more: 1}",
        "{name: \"A\", more: 1}",
    ),
    ("tPerson", "[{name: \"A\"}]", "{name: \"A\"}"),
    ("tPerson", "{name: 1}", "null"),
    ("tLevel", "\"x\"", "null"),
];

const TYPES: &str = r#"<itemDefinition name="tNumbers" isCollection="true"><typeRef>number</typeRef></itemDefinition>
<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tLevel"><typeRef>string</typeRef><allowedValues><text>"a", "b"</text></allowedValues></itemDefinition>
<itemDefinition name="tAdd"><functionItem outputTypeRef="number"><parameters name="a" typeRef="number"/><parameters name="b" typeRef="number"/></functionItem></itemDefinition>"#;

/// Each place, with `TYPE` and `VALUE` to be filled in; the decision `d` gives the converted value.
fn places() -> Vec<(&'static str, String)> {
    let requires =
        r##"<knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>"##;
    let knowledge = |parameter: &str, result: &str| {
        format!(
            r#"<businessKnowledgeModel id="k" name="k"><variable name="k"{result}/><encapsulatedLogic><formalParameter name="p"{parameter}/>{}</encapsulatedLogic></businessKnowledgeModel>"#,
            literal("p")
        )
    };
    let decision = |requires: &str, logic: &str| {
        format!(r#"<decision id="d" name="d">{requires}{logic}</decision>"#)
    };
    let typed = r#" typeRef="TYPE""#;
    let binding = format!(
        r#"<invocation>{}<binding><parameter name="p"/>{}</binding></invocation>"#,
        literal("k"),
        literal("VALUE")
    );
    vec![
        (
            "decision",
            format!(
                r#"<decision id="d" name="d"><variable name="d"{typed}/>{}</decision>"#,
                literal("VALUE")
            ),
        ),
        (
            "expression",
            decision(
                "",
                &format!("<literalExpression{typed}><text>VALUE</text></literalExpression>"),
            ),
        ),
        (
            "input",
            format!(
                r##"<inputData id="i" name="i"><variable name="i"{typed}/></inputData>{}"##,
                decision(
                    r##"<informationRequirement><requiredInput href="#i"/></informationRequirement>"##,
                    &literal("i")
                )
            ),
        ),
        (
            "parameter",
            knowledge(typed, "") + &decision(requires, &literal("k(VALUE)")),
        ),
        (
            "named parameter",
            knowledge(typed, "") + &decision(requires, &literal("k(p: VALUE)")),
        ),
        (
            "result",
            knowledge("", typed) + &decision(requires, &literal("k(VALUE)")),
        ),
        (
            "binding",
            knowledge(typed, "") + &decision(requires, &binding),
        ),
        (
            "service",
            format!(
                r##"<inputData id="i" name="i"><variable name="i"{typed}/></inputData>
<decision id="o" name="o"><informationRequirement><requiredInput href="#i"/></informationRequirement>{}</decision>
<decisionService id="k" name="k"><outputDecision href="#o"/><inputData href="#i"/></decisionService>{}"##,
                literal("i"),
                decision(requires, &literal("k(VALUE)"))
            ),
        ),
        (
            "service's result",
            format!(
                r##"<decision id="o" name="o">{}</decision>
<decisionService id="k" name="k"><variable name="k"{typed}/><outputDecision href="#o"/></decisionService>{}"##,
                literal("VALUE"),
                decision(requires, &literal("k()"))
            ),
        ),
        (
            "entry",
            decision(
                "",
                &format!(
                    r#"<context><contextEntry><variable name="e"{typed}/>{}</contextEntry><contextEntry>{}</contextEntry></context>"#,
                    literal("VALUE"),
                    literal("e")
                ),
            ),
        ),
        (
            "column",
            decision(
                "",
                &format!(
                    r#"<context><contextEntry><variable name="e"/><relation><column name="c"{typed}/><row>{}</row></relation></contextEntry><contextEntry>{}</contextEntry></context>"#,
                    literal("VALUE"),
                    literal("e[1].c")
                ),
            ),
        ),
        (
            "output",
            decision(
                "",
                &format!(
                    r#"<decisionTable><input><inputExpression><text>1</text></inputExpression></input><output{typed}/>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>VALUE</text></outputEntry></rule></decisionTable>"#
                ),
            ),
        ),
        (
            "input clause",
            decision(
                "",
                &format!(
                    r#"<decisionTable><input><inputExpression{typed}><text>VALUE</text></inputExpression></input><output/>
<rule><inputEntry><text>? = null</text></inputEntry><outputEntry><text>null</text></outputEntry></rule>
<rule><inputEntry><text>? != null</text></inputEntry><outputEntry><text>"seen"</text></outputEntry></rule></decisionTable>"#
                ),
            ),
        ),
    ]
}

#[test]
fn values_convert_to_the_type_of_their_place() {
    let mut failures = Vec::new();
    for (place, elements) in places() {
        for (kind, value, expected) in CONVERSIONS {
            let xml = definitions(&format!(
                "{TYPES}{}",
                elements
                    .replace("TYPE", kind)
                    .replace("VALUE", &escaped(value))
            ));
            let found = result(&xml, &format!("{{i: {value}}}"));
            let expected = match (place, expected) {
                ("input clause", "null") => "null",
                ("input clause", _) => "\"seen\"",
                _ => expected,
            };
            if found != expected {
                failures.push(format!(
                    "{place}: {value} as {kind} is {found}, not {expected}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A knowledge model with the parameters.
fn knowledge(id: &str, parameters: &str, logic: &str) -> String {
    format!(
        r#"<businessKnowledgeModel id="{id}" name="{id}"><variable name="{id}"/><encapsulatedLogic>{parameters}{logic}</encapsulatedLogic></businessKnowledgeModel>"#
    )
}

fn deciding(required: &[&str], elements: &str, source: &str) -> String {
    let requires: String = required
        .iter()
        .map(|id| format!(r##"<knowledgeRequirement><requiredKnowledge href="#{id}"/></knowledgeRequirement>"##))
        .collect();
    definitions(&format!(
        r#"{TYPES}{elements}<decision id="d" name="d">{requires}{}</decision>"#,
        literal(source)
    ))
}

#[test]
fn functions_are_values_of_function_types() {
    let elements = [
        knowledge("apply", r#"<formalParameter name="f" typeRef="tAdd"/>"#, &literal("f(1, 2)")),
        knowledge(
            "plus",
            r#"<formalParameter name="a" typeRef="number"/><formalParameter name="b" typeRef="number"/>"#,
            &literal("a + b"),
        ),
        knowledge("one", r#"<formalParameter name="a" typeRef="number"/>"#, &literal("a")),
        knowledge("adder", r#"<formalParameter name="a"/>"#, &literal("function(b) a + b")),
        knowledge(
            "boxed adder",
            r#"<formalParameter name="a"/>"#,
            &format!(
                r#"<functionDefinition><formalParameter name="b"/>{}</functionDefinition>"#,
                literal("a + b")
            ),
        ),
    ]
    .concat();
    let all = ["apply", "plus", "one", "adder", "boxed adder"];
    for (source, expected) in [
        ("apply(plus)", "3"),
        ("apply(function(x, y) x * 10 + y)", "12"),
        ("apply(modulo)", "1"),
        ("apply(one)", "null"),
        ("apply(function(x) x)", "null"),
        ("apply(function(x: string, y: number) 7)", "null"),
        ("apply(5)", "null"),
        ("adder(1)(2)", "3"),
        ("boxed adder(1)(2)", "3"),
        ("{f: adder(1), g: adder(10), r: [f(1), g(1)]}.r", "[2, 11]"),
        ("(for i in [1, 2] return adder(i))[2](5)", "7"),
        (
            "sort([1, 3, 2], function(x, y) plus(x, 0) > y)",
            "[3, 2, 1]",
        ),
        (
            "plus instance of function&lt;number, number>->number",
            "true",
        ),
        ("plus(a: 1, b: 2)", "3"),
        ("plus(a: 1, c: 2)", "null"),
        ("plus(1)", "null"),
        ("plus(1, 2, 3)", "null"),
    ] {
        let source = source.replace("&lt;", "<");
        assert_eq!(
            result(&deciding(&all, &elements, &source), "{}"),
            expected,
            "{source}"
        );
    }
}

#[test]
fn knowledge_models_see_their_parameters_and_nothing_around_the_call() {
    let table = r#"<decisionTable><input><inputExpression><text>n</text></inputExpression></input><output/>
<rule><inputEntry><text>&lt; 10</text></inputEntry><outputEntry><text>n + 1</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>outside</text></outputEntry></rule></decisionTable>"#;
    let elements = [
        knowledge(
            "t",
            r#"<formalParameter name="n"/>"#,
            &table.replace("<decisionTable>", r#"<decisionTable hitPolicy="FIRST">"#),
        ),
        knowledge("free", "", &literal("outside")),
        knowledge("empty", r#"<formalParameter name="n"/>"#, ""),
        knowledge(
            "shadow",
            r#"<formalParameter name="outside"/>"#,
            &literal("outside * 2"),
        ),
        knowledge(
            "fib",
            r#"<formalParameter name="n"/>"#,
            &literal("if n < 2 then n else fib(n - 1) + fib(n - 2)"),
        ),
    ]
    .concat();
    let all = ["t", "free", "empty", "shadow", "fib"];
    for (source, expected) in [
        ("t(5)", "6"),
        ("t(50)", "null"),
        ("{outside: 1, r: free()}.r", "null"),
        ("empty(1)", "null"),
        ("shadow(4)", "8"),
        ("fib(10)", "55"),
        ("[t, 1][2]", "1"),
    ] {
        assert_eq!(
            result(&deciding(&all, &elements, source), "{outside: 9}"),
            expected,
            "{source}"
        );
    }
}

#[test]
fn services_take_input_data_and_then_input_decisions() {
    let requirement = |kind: &str, id: &str| {
        format!(r##"<informationRequirement><{kind} href="#{id}"/></informationRequirement>"##)
    };
    let decision = |id: &str, requires: String, source: &str| {
        format!(
            r#"<decision id="{id}" name="{id}"><variable name="{id}"/>{requires}{}</decision>"#,
            literal(source)
        )
    };
    let model = definitions(&[
        r#"<inputData id="i" name="i"><variable name="i" typeRef="number"/></inputData>
<inputData id="j" name="j"><variable name="j" typeRef="number"/></inputData>"#.to_owned(),
        decision("given", requirement("requiredInput", "j"), "j * 100"),
        decision("inner", requirement("requiredInput", "i") + &requirement("requiredDecision", "given"), "i + given"),
        decision("outer", requirement("requiredDecision", "inner"), "inner * 2"),
        r##"<decisionService id="s" name="s"><outputDecision href="#outer"/><encapsulatedDecision href="#inner"/><inputDecision href="#given"/><inputData href="#i"/></decisionService>
<decisionService id="both" name="both"><outputDecision href="#inner"/><outputDecision href="#outer"/><inputData href="#i"/><inputData href="#j"/></decisionService>"##.to_owned(),
        decision("d", ["s", "both"].map(|id| format!(r##"<knowledgeRequirement><requiredKnowledge href="#{id}"/></knowledgeRequirement>"##)).concat(),
            "[s(1, 10), s(given: 10, i: 1), s(i: 1), s(1), s(\"a\", 1), both(1, 2), both(1, 2).outer]"),
    ].concat());
    assert_eq!(
        result(&model, "{i: 7, j: 7}"),
        "[22, 22, null, null, null, {inner: 201, outer: 402}, 402]"
    );
    let model = compiled(&model);
    for (given, expected) in [
        ("{i: 1, given: 10}", "22"),
        ("{i: 1, j: 2}", "null"),
        ("{i: \"a\", given: 10}", "null"),
    ] {
        let outcome = model.evaluate_service("s", &inputs(given), &Environment::default());
        assert_eq!(outcome.value.to_string(), expected, "{given}");
    }
}
