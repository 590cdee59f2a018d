//! Decision tables: every hit policy and aggregator over the same rules, defaults, input and output
//! values, and what is recorded of them.

use crate::support::{decision, escaped, inputs, outcome, result};

/// A table over the variable `x` with the rules of a case: tests and outputs.
fn table(attributes: &str, output: &str, rules: &[(&str, &[&str])]) -> String {
    let cells = |tag: &str, texts: &[&str]| -> String {
        let cell = |text: &&str| format!("<{tag}><text>{}</text></{tag}>", escaped(text));
        texts.iter().map(cell).collect()
    };
    let rules: String = rules
        .iter()
        .enumerate()
        .map(|(place, (test, outputs))| {
            let (test, outputs) = (cells("inputEntry", &[test]), cells("outputEntry", outputs));
            format!(r#"<rule id="r{}">{test}{outputs}</rule>"#, place + 1)
        })
        .collect();
    decision(&format!(
        r#"<decisionTable {attributes}><input id="i" label="X"><inputExpression><text>x</text></inputExpression></input>
{output}{rules}</decisionTable>"#
    ))
}

const ONE: &str = r#"<output id="o"/>"#;
const RANKED: &str =
    r#"<output id="o"><outputValues><text>"high","mid","low"</text></outputValues></output>"#;
const DEFAULTED: &str =
    r#"<output id="o"><defaultOutputEntry><text>"none"</text></defaultOutputEntry></output>"#;
const TWO: &str = r#"<output id="o" name="size"/><output id="p" name="fee"/>"#;
const TWO_RANKED: &str = r#"<output id="o" name="size"><outputValues><text>"L","S"</text></outputValues></output>
<output id="p" name="fee"><outputValues><text>2,1</text></outputValues></output>"#;

#[test]
fn hit_policies_over_one_output() {
    let texts: &[(&str, &[&str])] = &[
        ("< 10", &[r#""low""#]),
        ("[5..20]", &[r#""high""#]),
        ("> 15", &[r#""mid""#]),
    ];
    let cases = [
        ("", ONE, "3", r#""low""#),
        ("", ONE, "7", "null"),
        ("", ONE, "null", "null"),
        ("", DEFAULTED, "null", r#""none""#),
        ("", DEFAULTED, "3", r#""low""#),
        (r#"hitPolicy="FIRST""#, ONE, "7", r#""low""#),
        (r#"hitPolicy="FIRST""#, ONE, "18", r#""high""#),
        (r#"hitPolicy="ANY""#, ONE, "7", "null"),
        (r#"hitPolicy="ANY""#, ONE, "3", r#""low""#),
        (r#"hitPolicy="PRIORITY""#, RANKED, "7", r#""high""#),
        (r#"hitPolicy="PRIORITY""#, RANKED, "30", r#""mid""#),
        (r#"hitPolicy="RULE ORDER""#, ONE, "7", r#"["low", "high"]"#),
        (
            r#"hitPolicy="OUTPUT ORDER""#,
            RANKED,
            "7",
            r#"["high", "low"]"#,
        ),
        (r#"hitPolicy="COLLECT""#, ONE, "18", r#"["high", "mid"]"#),
        (r#"hitPolicy="COLLECT""#, ONE, "null", "null"),
        (r#"hitPolicy="COLLECT""#, DEFAULTED, "null", r#""none""#),
        (r#"hitPolicy="COLLECT" aggregation="COUNT""#, ONE, "18", "2"),
        (
            r#"hitPolicy="COLLECT" aggregation="COUNT""#,
            ONE,
            "null",
            "0",
        ),
    ];
    for (attributes, output, x, expected) in cases {
        let xml = table(attributes, output, texts);
        let found = result(&xml, &format!("{{x: {x}}}"));
        assert_eq!(found, expected, "{attributes} {output} for {x}");
    }
}

#[test]
fn aggregators_are_feels_functions() {
    let numbers: &[(&str, &[&str])] = &[("< 10", &["1.5"]), ("< 20", &["x"]), ("-", &["-4"])];
    let durations: &[(&str, &[&str])] = &[
        ("< 10", &[r#"duration("PT1H")"#]),
        ("-", &[r#"duration("PT30M")"#]),
    ];
    let mixed: &[(&str, &[&str])] = &[("-", &["1"]), ("-", &[r#""a""#])];
    let cases = [
        ("SUM", numbers, "7", "4.5"),
        ("SUM", numbers, "12", "8"),
        ("SUM", numbers, "30", "-4"),
        ("MIN", numbers, "7", "-4"),
        ("MAX", numbers, "7", "7"),
        ("COUNT", numbers, "7", "3"),
        ("MIN", durations, "7", r#"PT30M"#),
        ("MAX", durations, "7", r#"PT1H"#),
        ("SUM", mixed, "7", "null"),
    ];
    for (aggregation, rules, x, expected) in cases {
        let attributes = format!(r#"hitPolicy="COLLECT" aggregation="{aggregation}""#);
        let xml = table(&attributes, ONE, rules);
        let found = result(&xml, &format!("{{x: {x}}}"));
        assert_eq!(found, expected, "{aggregation} for {x}");
    }
}

#[test]
fn hit_policies_over_two_outputs() {
    let rules: &[(&str, &[&str])] = &[
        ("< 10", &[r#""S""#, "1"]),
        ("< 20", &[r#""L""#, "1"]),
        ("< 15", &[r#""L""#, "2"]),
    ];
    let cases = [
        ("", TWO, "17", r#"{size: "L", fee: 1}"#),
        ("", TWO, "12", "null"),
        (r#"hitPolicy="FIRST""#, TWO, "3", r#"{size: "S", fee: 1}"#),
        (
            r#"hitPolicy="PRIORITY""#,
            TWO_RANKED,
            "3",
            r#"{size: "L", fee: 2}"#,
        ),
        (
            r#"hitPolicy="OUTPUT ORDER""#,
            TWO_RANKED,
            "3",
            r#"[{size: "L", fee: 2}, {size: "L", fee: 1}, {size: "S", fee: 1}]"#,
        ),
        (
            r#"hitPolicy="COLLECT""#,
            TWO,
            "12",
            r#"[{size: "L", fee: 1}, {size: "L", fee: 2}]"#,
        ),
    ];
    for (attributes, output, x, expected) in cases {
        let xml = table(attributes, output, rules);
        let found = result(&xml, &format!("{{x: {x}}}"));
        assert_eq!(found, expected, "{attributes} for {x}");
    }
}

/// Defaults of several outputs, rules that agree, and no inputs at all.
#[test]
fn tables_at_the_edges() {
    let defaults = r#"<output id="o" name="size"><defaultOutputEntry><text>"M"</text></defaultOutputEntry></output><output id="p" name="fee"/>"#;
    let agreeing: &[(&str, &[&str])] = &[("< 10", &["1.0"]), ("< 20", &["1"])];
    let pairs: &[(&str, &[&str])] = &[("< 10", &["1", "{a: 2}"]), ("< 20", &["1", "{a: 2}"])];
    let unranked: &[(&str, &[&str])] = &[("-", &["\"S\"", "9"]), ("-", &["\"S\"", "1"])];
    let nulls: &[(&str, &[&str])] = &[("-", &["null"]), ("-", &["3"])];
    let lists: &[(&str, &[&str])] = &[("-", &["[1, 2]"])];
    for (attributes, output, rules, x, expected) in [
        ("", defaults, pairs, "50", r#"{size: "M", fee: null}"#),
        (
            r#"hitPolicy="COLLECT""#,
            defaults,
            pairs,
            "50",
            r#"{size: "M", fee: null}"#,
        ),
        (r#"hitPolicy="ANY""#, ONE, agreeing, "5", "1"),
        (
            r#"hitPolicy="ANY""#,
            TWO,
            pairs,
            "5",
            "{size: 1, fee: {a: 2}}",
        ),
        // An output that is none of the output values is null, and comes last.
        (
            r#"hitPolicy="PRIORITY""#,
            TWO_RANKED,
            unranked,
            "5",
            r#"{size: "S", fee: 1}"#,
        ),
        (
            r#"hitPolicy="COLLECT" aggregation="MAX""#,
            ONE,
            nulls,
            "5",
            "null",
        ),
        (
            r#"hitPolicy="COLLECT" aggregation="COUNT""#,
            ONE,
            nulls,
            "5",
            "2",
        ),
        (
            r#"hitPolicy="COLLECT" aggregation="COUNT""#,
            TWO,
            pairs,
            "5",
            "2",
        ),
        (r#"hitPolicy="RULE ORDER""#, ONE, lists, "5", "[[1, 2]]"),
        (
            r#"hitPolicy="COLLECT" aggregation="SUM""#,
            ONE,
            agreeing,
            "50",
            "null",
        ),
    ] {
        let found = result(&table(attributes, output, rules), &format!("{{x: {x}}}"));
        assert_eq!(found, expected, "{attributes} {output} for {x}");
    }
    for (policy, expected) in [("UNIQUE", "null"), ("FIRST", "1"), ("COLLECT", "[1, 2]")] {
        let xml = decision(&format!(
            r#"<decisionTable hitPolicy="{policy}"><output/><rule><outputEntry><text>1</text></outputEntry></rule>
<rule><outputEntry><text>2</text></outputEntry></rule></decisionTable>"#
        ));
        assert_eq!(result(&xml, "{}"), expected, "{policy} without inputs");
    }
}

#[test]
fn allowed_values_see_what_a_boxed_function_closes_over() {
    let xml = decision(
        r#"<context><contextEntry><variable name="limit"/><literalExpression><text>5</text></literalExpression></contextEntry>
<contextEntry><variable name="f"/><functionDefinition><formalParameter name="n"/><decisionTable><input><inputExpression><text>n</text></inputExpression><inputValues><text>&lt; limit</text></inputValues></input>
<output/><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>n</text></outputEntry></rule></decisionTable></functionDefinition></contextEntry>
<contextEntry><literalExpression><text>[f(4), f(6)]</text></literalExpression></contextEntry></context>"#,
    );
    assert_eq!(result(&xml, "{}"), "[4, null]");
}

#[test]
fn priorities_come_from_the_decisions_type_when_the_table_has_none() {
    let rules = [(r#""b""#, r#""late""#), ("-", r#""soon""#)];
    let rules: String = rules
        .iter()
        .map(|(test, output)| {
            format!("<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{output}</text></outputEntry></rule>")
        })
        .collect();
    let xml = crate::support::definitions(&format!(
        r#"<itemDefinition name="tWhen"><typeRef>string</typeRef><allowedValues><text>"soon","late"</text></allowedValues></itemDefinition>
<decision id="d" name="d"><variable name="d" typeRef="tWhen"/><decisionTable hitPolicy="PRIORITY">
<input><inputExpression><text>x</text></inputExpression></input><output/>{rules}</decisionTable></decision>"#
    ));
    assert_eq!(result(&xml, r#"{x: "b"}"#), r#""soon""#);
}

#[test]
fn input_entries_are_unary_tests() {
    let cases = [
        ("5", "5", true),
        ("5", "5.0", true),
        ("5", r#""5""#, false),
        ("1,2,3", "2", true),
        ("1,2,3", "4", false),
        ("< 5", "4", true),
        (">= 5", "5", true),
        ("(1..5]", "1", false),
        ("[\"a\"..\"c\"]", "\"b\"", true),
        ("not(1,2)", "3", true),
        ("not(1,2)", "2", false),
        ("? > 3 and even(?)", "4", true),
        ("? > 3 and even(?)", "5", false),
        ("true", "true", true),
        ("false", "true", false),
        ("null", "null", true),
        ("y", "7", true),
        ("< y", "6", true),
        ("y, 9", "9", true),
        // A comparison of other variables decides by itself.
        ("y > 3", "\"any\"", true),
        ("y > 30", "\"any\"", false),
        ("y > 3", "false", false),
        ("? = y or y = 7", "1", true),
        ("list contains([1, 2], ?)", "2", true),
        ("?.a = 1", "{a: 1}", true),
        ("not(?.a = 1)", "{a: 1}", false),
        ("!= 5, 5", "5", true),
        ("(= 5)", "5", true),
        ("[1, 2]", "2", true),
        ("[1, 2]", "[1, 2]", true),
        ("[[1..3], 9]", "2", true),
        ("\"-\"", "\"-\"", true),
        ("> date(\"2024-01-01\")", "date(\"2024-06-01\")", true),
        ("", "null", true),
        (" - ", "null", true),
    ];
    for (test, x, matches) in cases {
        let xml = table("", ONE, &[(test, &["true"])]);
        let found = result(&xml, &format!("{{x: {x}, y: 7}}"));
        let expected = if matches { "true" } else { "null" };
        assert_eq!(found, expected, "{test} for {x}");
    }
}

#[test]
fn values_outside_those_allowed_give_null_and_a_warning() {
    let input = r#"<decisionTable><input id="i" label="X"><inputExpression><text>x</text></inputExpression><inputValues><text>1,2</text></inputValues></input>
<output id="o"><outputValues><text>"a","b"</text></outputValues></output>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>if x = 1 then "a" else "c"</text></outputEntry></rule></decisionTable>"#;
    let xml = decision(input);
    assert_eq!(result(&xml, "{x: 1}"), r#""a""#);
    for (x, reason) in [
        (
            "2",
            "Expected the output '' to be one of its allowed values, but it is \"c\"",
        ),
        (
            "3",
            "Expected the input 'X' to be one of its allowed values, but it is 3",
        ),
    ] {
        let outcome = outcome(&xml, &format!("{{x: {x}}}"));
        assert_eq!(outcome.value.to_string(), "null");
        assert_eq!(outcome.reasons(), reason);
    }
}

#[test]
fn too_many_matches_say_so() {
    let rules: &[(&str, &[&str])] = &[("-", &["1"]), ("< 5", &["2"])];
    for (policy, difference) in [("UNIQUE", ""), ("ANY", " with different outputs")] {
        let xml = table(&format!(r#"hitPolicy="{policy}""#), ONE, rules);
        let outcome = outcome(&xml, "{x: 1}");
        assert_eq!(
            outcome.reasons(),
            format!(
                "Expected one result of the decision table, as its hit policy is {policy}, but 2 rules matched{difference}"
            )
        );
        let violation = outcome.evaluated[0].violation.as_deref();
        assert_eq!(violation, Some(outcome.reasons().as_str()));
    }
}

#[test]
fn the_record_holds_inputs_and_the_rules_that_matched() {
    let rules: &[(&str, &[&str])] = &[
        ("> 100", &[r#""S""#, "1"]),
        ("< 20", &[r#""L""#, "x + 1"]),
        ("< 15", &[r#""M""#, "2"]),
    ];
    let outcome = outcome(&table(r#"hitPolicy="COLLECT""#, TWO, rules), "{x: 12}");
    let [decision] = &outcome.evaluated[..] else {
        panic!("one decision, not {:?}", outcome.evaluated);
    };
    assert_eq!((&*decision.id, &*decision.name), ("d", "d"));
    assert_eq!(decision.result, outcome.value);
    let [input] = &decision.inputs[..] else {
        panic!("one input");
    };
    assert_eq!((&*input.id, &*input.name), ("i", "X"));
    assert_eq!(input.value, 12.into());
    let rules: Vec<String> = decision
        .matched_rules
        .iter()
        .map(|rule| {
            let outputs = rule.outputs.iter();
            let outputs: Vec<String> = outputs
                .map(|output| format!("{}:{}={}", output.id, output.name, output.value))
                .collect();
            format!("{} {} {}", rule.index, rule.id, outputs.join(" "))
        })
        .collect();
    assert_eq!(
        rules,
        [r#"2 r2 o:size="L" p:fee=13"#, r#"3 r3 o:size="M" p:fee=2"#]
    );
}

#[test]
fn with_first_later_rules_are_not_evaluated() {
    let rules: &[(&str, &[&str])] = &[("-", &["1"]), ("-", &["2"])];
    let outcome = outcome(&table(r#"hitPolicy="FIRST""#, ONE, rules), "{x: 12}");
    assert_eq!(outcome.evaluated[0].matched_rules.len(), 1);
    assert!(inputs("{x: 12}").contains("x"));
}
