//! Boxed expressions of every kind, nested in each other, with names and types in scope.

use crate::support::{decision, definitions, literal, outcome, result};

fn entry(name: &str, value: &str) -> String {
    format!(r#"<contextEntry><variable name="{name}"/>{value}</contextEntry>"#)
}

/// Each decision's logic, the inputs, and its value.
fn check(cases: &[(String, &str, &str)]) {
    for (logic, inputs, expected) in cases {
        assert_eq!(
            result(&decision(logic), inputs),
            *expected,
            "{logic} on {inputs}"
        );
    }
}

#[test]
fn contexts() {
    let a = entry("a", &literal("1"));
    check(&[
        (format!("<context>{a}</context>"), "{}", "{a: 1}"),
        (
            format!("<context>{a}{}</context>", entry("b c", &literal("a + 1"))),
            "{}",
            "{a: 1, b c: 2}",
        ),
        (
            format!(
                "<context>{a}{}<contextEntry>{}</contextEntry></context>",
                entry("b-c", &literal("a + 1")),
                literal("b-c * 10")
            ),
            "{}",
            "20",
        ),
        (
            format!(
                "<context>{a}{}</context>",
                entry(
                    "b",
                    &format!("<context>{}</context>", entry("a", &literal("a + 1")))
                )
            ),
            "{}",
            "{a: 1, b: {a: 2}}",
        ),
        ("<context/>".to_owned(), "{}", "{}"),
    ]);
}

#[test]
fn lists_and_relations() {
    let row = |cells: [&str; 2]| {
        let cells: String = cells.iter().map(|cell| literal(cell)).collect();
        format!("<row>{cells}</row>")
    };
    let columns = r#"<column name="n"/><column name="full name" typeRef="string"/>"#;
    check(&[
        (
            format!("<list>{}{}</list>", literal("x"), literal("[x]")),
            "{x: 1}",
            "[1, [1]]",
        ),
        ("<list/>".to_owned(), "{}", "[]"),
        (
            format!(
                "<relation>{columns}{}{}</relation>",
                row(["1", r#""a""#]),
                row(["x", "5"])
            ),
            "{x: 2}",
            r#"[{n: 1, full name: "a"}, {n: 2, full name: null}]"#,
        ),
    ]);
}

#[test]
fn iterators() {
    let iterator = |kind: &str, body: &str, source: &str, expression: &str| {
        let (source, expression) = (literal(source), literal(expression));
        format!(
            r#"<{kind} iteratorVariable="i"><in>{source}</in><{body}>{expression}</{body}></{kind}>"#
        )
    };
    let for_each = |source, body| iterator("for", "return", source, body);
    let some = |source, body| iterator("some", "satisfies", source, body);
    let every = |source, body| iterator("every", "satisfies", source, body);
    check(&[
        (for_each("[1,2,3]", "i * x"), "{x: 2}", "[2, 4, 6]"),
        (for_each("[1..3]", "i"), "{}", "[1, 2, 3]"),
        (for_each("[]", "i"), "{}", "[]"),
        (
            for_each("[1,2,3]", "i + sum(partial)"),
            "{}",
            "[null, null, null]",
        ),
        (
            for_each("[1,2,3]", "if i = 1 then 1 else i + sum(partial)"),
            "{}",
            "[1, 3, 7]",
        ),
        (for_each("null", "i"), "{}", "null"),
        // A box asks for a collection and takes no single value for one.
        (for_each("5", "i"), "{}", "null"),
        (for_each(r#""no list""#, "i"), "{}", "null"),
        (some("5", "i = 5"), "{}", "null"),
        (every("5", "i = 5"), "{}", "null"),
        (every("[1..3]", "i < 4"), "{}", "true"),
        (some("[1,2,3]", "i > x"), "{x: 2}", "true"),
        (some("[1,2,3]", "i > x"), "{x: 3}", "false"),
        (
            some("[1,2]", r#"if i = 2 then true else "no""#),
            "{}",
            "null",
        ),
        (some("[]", "true"), "{}", "false"),
        (every("[1,2,3]", "i > x"), "{x: 0}", "true"),
        (every("[1,2,3]", "i > x"), "{x: 1}", "false"),
        (every("[]", "false"), "{}", "true"),
        (every("[1]", "null"), "{}", "null"),
    ]);
}

#[test]
fn filters_and_conditionals() {
    let filter = |source: &str, condition: &str| {
        format!(
            "<filter><in>{}</in><match>{}</match></filter>",
            literal(source),
            literal(condition)
        )
    };
    let conditional = |condition: &str| {
        format!(
            "<conditional><if>{}</if><then>{}</then><else>{}</else></conditional>",
            literal(condition),
            literal("1"),
            literal("2")
        )
    };
    check(&[
        (filter("[1,2,3]", "item > x"), "{x: 1}", "[2, 3]"),
        (filter("[{a: 1}, {a: 5}]", "a > x"), "{x: 1}", "[{a: 5}]"),
        (
            filter("[{a: 1}, {a: 5}]", "item.a > x"),
            "{x: 1}",
            "[{a: 5}]",
        ),
        (filter("5", "item > 1"), "{}", "null"),
        (filter("null", "true"), "{}", "null"),
        (filter("[]", "true"), "{}", "[]"),
        (filter("[1,2]", r#""no""#), "{}", "null"),
        (filter("[1,2]", "2"), "{}", "null"),
        (
            filter("[1,2]", "if item = 1 then true else 7"),
            "{}",
            "null",
        ),
        // What compares to null is left out, as in FEEL.
        (filter("[1,null,3]", "item > 1"), "{}", "[3]"),
        (conditional("x > 1"), "{x: 2}", "1"),
        (conditional("x > 1"), "{x: 1}", "2"),
        (conditional("null"), "{}", "2"),
        (conditional(r#""no""#), "{}", "null"),
    ]);
}

#[test]
fn functions_and_invocations() {
    let function = |parameters: &[&str], body: &str| {
        let parameters: String = parameters
            .iter()
            .map(|name| format!(r#"<formalParameter name="{name}" typeRef="number"/>"#))
            .collect();
        format!(
            "<functionDefinition>{parameters}{}</functionDefinition>",
            literal(body)
        )
    };
    let invocation = |callee: &str, bindings: &[(&str, &str)]| {
        let bindings: String = bindings
            .iter()
            .map(|(name, value)| {
                format!(
                    r#"<binding><parameter name="{name}"/>{}</binding>"#,
                    literal(value)
                )
            })
            .collect();
        format!("<invocation>{}{bindings}</invocation>", literal(callee))
    };
    let with = |function: String, result: String| {
        let function = entry("f", &function);
        format!("<context>{function}<contextEntry>{result}</contextEntry></context>")
    };
    let minus = || function(&["a", "b"], "a - b * x");
    check(&[
        (with(minus(), literal("f(10, 3)")), "{x: 2}", "4"),
        (with(minus(), literal("f(b: 10, a: 3)")), "{x: 2}", "-17"),
        (with(minus(), literal(r#"f(10, "3")"#)), "{x: 2}", "null"),
        (
            with(minus(), invocation("f", &[("b", "3"), ("a", "10")])),
            "{x: 2}",
            "4",
        ),
        (
            with(minus(), invocation("f", &[("a", "10")])),
            "{x: 2}",
            "null",
        ),
        (
            with(minus(), invocation("f", &[("c", "10")])),
            "{x: 2}",
            "null",
        ),
        (
            with(
                function(&["n"], "if n < 2 then 1 else n * f(n - 1)"),
                literal("f(10)"),
            ),
            "{}",
            "3628800",
        ),
        (
            with(
                function(&["n"], "n + 1"),
                literal("(for i in [1,2] return f(i))[2]"),
            ),
            "{}",
            "3",
        ),
        (invocation("abs", &[("n", "-3")]), "{}", "3"),
        // Built-in functions go by their names as well.
        (
            invocation("modulo", &[("divisor", "5"), ("dividend", "12")]),
            "{}",
            "2",
        ),
        (invocation("abs", &[("number", "-3")]), "{}", "null"),
        (invocation("today", &[("n", "1")]), "{}", "null"),
        (invocation("x", &[]), "{x: 5}", "null"),
    ]);
}

#[test]
fn types_convert_at_each_place() {
    let typed = |kind: &str, value: &str| {
        definitions(&format!(
            r#"<decision id="d" name="d"><variable name="d" typeRef="{kind}"/>{}</decision>"#,
            literal(value)
        ))
    };
    for (kind, value, expected) in [
        ("number", "5", "5"),
        ("number", "[5]", "5"),
        ("number", r#""5""#, "null"),
        ("dateTime", r#"date("2024-02-03")"#, "2024-02-03T00:00:00Z"),
        ("string", "null", "null"),
        ("Any", "[1]", "[1]"),
        ("list&lt;number>", "5", "[5]"),
        ("feel:number", "5", "5"),
        ("integer", "5", "5"),
    ] {
        assert_eq!(
            result(&typed(kind, value), "{}"),
            expected,
            "{value} as {kind}"
        );
    }
    let outcome = outcome(&typed("number", r#""5""#), "{}");
    assert_eq!(
        outcome.reasons(),
        "Expected the result of 'd' to be of type number and its allowed values, but it is a string that is not"
    );
}

#[test]
fn item_definitions_constrain_inputs() {
    let definitions = definitions(&format!(
        r##"<itemDefinition name="tGrade"><typeRef>string</typeRef><allowedValues><text>"A","B"</text></allowedValues></itemDefinition>
<itemDefinition name="tGrades" isCollection="true"><typeRef>tGrade</typeRef><typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>
<itemDefinition name="tPupil"><itemComponent name="first name"><typeRef>string</typeRef></itemComponent>
  <itemComponent name="grades"><typeRef>tGrades</typeRef></itemComponent>
  <itemComponent name="ages" isCollection="true"><typeRef>number</typeRef><allowedValues><text>[0..20]</text></allowedValues></itemComponent></itemDefinition>
<inputData id="i" name="pupil"><variable name="pupil" typeRef="tPupil"/></inputData>
<decision id="d" name="d"><informationRequirement><requiredInput href="#i"/></informationRequirement>{}</decision>"##,
        literal("if pupil = null then \"refused\" else pupil.first name")
    ));
    let refused = r#""refused""#;
    for (pupil, expected) in [
        (
            r#"{"first name": "Mina", grades: ["A"], ages: [5]}"#,
            r#""Mina""#,
        ),
        (
            r#"{"first name": "Mina", grades: null, ages: null, other: 1}"#,
            r#""Mina""#,
        ),
        (r#"{"first name": "Mina"}"#, refused),
        (r#"{"first name": 5, grades: [], ages: []}"#, refused),
        (
            r#"{"first name": "Mina", grades: ["C"], ages: []}"#,
            refused,
        ),
        (
            r#"{"first name": "Mina", grades: ["A","A","B"], ages: []}"#,
            refused,
        ),
        (r#"{"first name": "Mina", grades: [], ages: [30]}"#, refused),
        (r#""Mina""#, refused),
    ] {
        assert_eq!(
            result(&definitions, &format!("{{pupil: {pupil}}}")),
            expected,
            "{pupil}"
        );
    }
}
