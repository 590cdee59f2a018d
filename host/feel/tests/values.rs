//! Values that the standard decides and implementations often do not: what has no value is null and
//! says why. One table for each kind.

use gardesh_feel::{Context, Environment, Evaluation, Expression, NameSet, Value};

fn evaluate(source: &str) -> Evaluation {
    let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    expression.evaluate(&scope(), &Environment::default())
}

fn scope() -> Context {
    let entries = [
        ("yes", true.into()),
        ("no", false.into()),
        ("five", 5.into()),
    ];
    entries.into_iter().collect()
}

/// Each source beside its value; a null says why.
fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let found = evaluate(source);
        let reasons = found.reasons();
        assert_eq!(
            found.value,
            evaluate(expected).value,
            "{source}: {reasons:?}"
        );
        if *expected == "null" {
            assert!(
                !found.warnings.is_empty(),
                "{source} is null without a reason"
            );
        }
    }
}

#[test]
fn a_range_with_an_end_that_is_null_holds_nothing_that_is_known() {
    check(&[
        ("5 in (null..10]", "null"),
        ("5 in [1..null)", "null"),
        ("5 in [1..null]", "null"),
        ("5 in [null..null]", "null"),
        ("5 in < null", "null"),
        ("5 in >= null", "null"),
        ("5 in ((null..10])", "null"),
        ("5 in ([null..3], [4..6])", "true"),
        ("5 in ([null..3], [7..9])", "null"),
        ("5 in [[null..3], [7..9]]", "null"),
        ("5 in [[null..3], 5]", "true"),
        ("null in [1..2]", "null"),
        ("null in < 3", "null"),
        ("5 in [unknown..10]", "null"),
        ("5 between null and 10", "null"),
        ("(null..10]", "null"),
        ("(null..10].end", "null"),
        ("for i in [1..null] return i", "null"),
        ("some i in [1..null] satisfies i > 0", "null"),
        ("before((null..10], 20)", "null"),
        ("includes([1..null], 2)", "null"),
        ("during(2, [1..null])", "null"),
        ("overlaps([1..null], [1..2])", "null"),
        ("meets([1..null], [2..3])", "null"),
        ("coincides([1..2], null)", "null"),
        // An end that is absent is no end that is unknown.
        ("5 in < 10", "true"),
        ("5 in range(\"(..10]\")", "true"),
    ]);
}

#[test]
fn unary_tests_know_ranges_with_an_end_that_is_null_and_booleans() {
    let cases = [
        ("(null..10]", "5", None),
        ("not((null..10])", "5", None),
        ("(null..10], 5", "5", Some(true)),
        ("< null", "5", None),
        ("not(< null)", "5", None),
        ("null", "5", Some(false)),
        ("not(null)", "5", Some(true)),
        // A boolean decides by itself, however it comes about, unless a boolean is tested.
        ("yes", "5", Some(true)),
        ("no", "5", Some(false)),
        ("not(yes)", "5", Some(false)),
        ("{a: true}.a", "5", Some(true)),
        ("[true, false][1]", "\"x\"", Some(true)),
        ("contains(\"abc\", \"b\")", "5", Some(true)),
        ("if yes then yes else no", "@\"2024-01-01\"", Some(true)),
        ("yes", "true", Some(true)),
        ("yes", "false", Some(false)),
        ("no", "false", Some(true)),
        ("true", "5", None),
        ("five", "5", Some(true)),
    ];
    for (tests, input, expected) in cases {
        let expression = Expression::parse_unary_tests(tests, &NameSet::new())
            .unwrap_or_else(|error| panic!("{tests}: {error}"));
        let input = evaluate(input).value;
        let found = expression.test(input, &scope(), &Environment::default());
        let value = expected.map_or(Value::Null, Value::Bool);
        assert_eq!(found.value, value, "{tests}: {}", found.reasons());
    }
}

#[test]
fn only_an_iteration_without_brackets_goes_downwards() {
    check(&[
        ("for i in 3..1 return i", "[3, 2, 1]"),
        ("for i in [3..1] return i", "null"),
        ("for i in (3..1) return i", "null"),
        ("for i in range(\"[1..3]\") return i", "[1, 2, 3]"),
        ("for i in (1..4) return i", "[2, 3]"),
        ("for i in [2..2] return i", "[2]"),
        ("for i in (1..2) return i", "[]"),
        ("for i in [1..1) return i", "[]"),
        ("some i in [3..1] satisfies true", "null"),
        ("every i in [3..1] satisfies true", "null"),
        (
            "for d in [@\"2024-01-02\"..@\"2024-01-01\"] return d",
            "null",
        ),
        (
            "for d in @\"2024-01-02\"..@\"2024-01-01\" return d.day",
            "[2, 1]",
        ),
        ("for i in >= 1 return i", "null"),
    ]);
}

#[test]
fn the_ends_of_a_range_are_of_one_type() {
    check(&[
        (
            "range(\"[@\\\"2024-01-01\\\"..@\\\"2024-01-02T00:00:00\\\"]\")",
            "null",
        ),
        ("[@\"2024-01-01\"..@\"2024-01-02T00:00:00\"]", "null"),
        (
            "[date(\"2024-01-01\")..date and time(\"2024-01-02T00:00:00\")]",
            "null",
        ),
        ("[@\"P1D\"..@\"P1Y\"]", "null"),
        ("[1..\"a\"]", "null"),
        ("[@\"10:00:00\"..@\"2024-01-01\"]", "null"),
        ("[true..false]", "null"),
        ("range(\"[1..\\\"a\\\"]\")", "null"),
    ]);
}

#[test]
fn a_named_argument_belongs_to_the_parameter_of_its_name() {
    check(&[
        (
            "context put(context: {a: 1}, key: [\"a\"], value: 2)",
            "null",
        ),
        (
            "context put(context: {a: 1}, key: \"a\", value: 2)",
            "{a: 2}",
        ),
        (
            "context put(context: {a: 1}, keys: [\"a\"], value: 2)",
            "{a: 2}",
        ),
        (
            "context put(context: {a: 1}, keys: \"a\", value: 2)",
            "{a: 2}",
        ),
        ("context put({a: 1}, [\"a\"], 2)", "{a: 2}"),
        (
            "get value(context: {a: {b: 1}}, key: [\"a\", \"b\"])",
            "null",
        ),
        ("get value(context: {a: {b: 1}}, keys: [\"a\", \"b\"])", "1"),
        ("get value(m: {a: 1}, key: [\"a\"])", "null"),
        ("before(point: [1..2], range: [3..4])", "null"),
        ("before(point: 1, range: 4)", "null"),
        ("before(point1: [1..2], point2: 3)", "null"),
        ("before(range1: 1, range2: [3..4])", "null"),
        ("before(range1: [1..2], range2: [3..4])", "true"),
        ("during(point: [1..2], range: [1..4])", "null"),
        ("includes(range: 3, point: 3)", "null"),
        ("meets(range1: 2, range2: [2..3])", "null"),
        (
            "date and time(date: @\"2024-01-01\", time: \"Europe/Paris\")",
            "null",
        ),
        (
            "date and time(date: @\"2024-01-01T00:00:00Z\", timezone: @\"10:00:00\")",
            "null",
        ),
        (
            "date and time(date: @\"2024-01-01\", time: @\"10:00:00\")",
            "@\"2024-01-01T10:00:00\"",
        ),
        ("string length(text: \"a\")", "null"),
    ]);
}

#[test]
fn functions_without_a_value_say_why() {
    check(&[
        ("string join([\"a\", \"b\"], \",\", \"p\")", "null"),
        ("string join([\"a\", \"b\"], \",\", \"p\", \"s\")", "null"),
        ("string join(list: [\"a\"], prefix: \"p\")", "null"),
        ("string join([\"a\", \"b\"], null)", "\"ab\""),
        ("split(\"a|b\", \"|\")", "null"),
        ("split(\"abc\", \"\")", "null"),
        ("split(\"a1b\", \"[0-9]*\")", "null"),
        ("split(\"a|b\", \"\\\\|\")", "[\"a\", \"b\"]"),
        ("replace(\"abc\", \"x*\", \"-\")", "null"),
        ("all([true, null])", "null"),
        ("any(false, null)", "null"),
        ("some i in [1, null] satisfies i > 5", "null"),
        ("every i in [1, \"x\"] satisfies i", "null"),
        (
            "{f: function(a, b) external {java: {class: \"java.lang.Math\", method signature: \"max(int, int)\"}}, r: f(1, 2)}.r",
            "null",
        ),
    ]);
}

#[test]
fn long_numbers_are_passed_on_whole_and_calculated_with_rounded() {
    const LONG: &str = "12345678901234567890123456789012345678901234567890";
    const ROUNDED: &str = "12345678901234567890123456789012350000000000000000";
    let json = format!(
        "{{\"n\":{LONG},\"list\":[{{\"n\":{LONG}}}],\"small\":1e-7000,\"text\":\"{LONG}\"}}"
    );
    let scope = Value::from_json(&json).expect("JSON");
    let scope = scope.as_context().expect("a context").clone();
    let whole = format!("{{\"n\":{LONG}}}");
    let cases = [
        // Passed on.
        ("n", LONG),
        ("list[1].n", LONG),
        ("list.n[1]", LONG),
        ("list[n > 5][1]", &whole),
        ("{n: n}", &whole),
        ("[n][1]", LONG),
        ("if n > 1 then n else 0", LONG),
        ("small", "1e-7000"),
        ("from json(text)", LONG),
        // Calculated with, compared, or given to a function.
        ("n + 0", ROUNDED),
        ("-n", &format!("-{ROUNDED}")),
        ("abs(n)", ROUNDED),
        ("sum(list.n)", ROUNDED),
        ("max([n, 1])", ROUNDED),
        ("n = n and list[1].n = n", "true"),
        ("n in [1..n]", "true"),
        ("n > 1", "true"),
        ("n instance of number", "true"),
        ("[n, 1, n][item = n]", &format!("[{LONG},{LONG}]")),
        ("sort([n, 1], function(a, b) a < b)[1]", "1"),
        ("list contains([n], n)", "true"),
        ("some i in [n] satisfies i > 1", "true"),
        ("(function(a: number) a + 1)(n)", ROUNDED),
        ("small = 0", "true"),
        ("for i in [n] return i + 0", &format!("[{ROUNDED}]")),
    ];
    for (source, expected) in cases {
        let expression =
            Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        let found = expression.evaluate(&scope, &Environment::default());
        assert_eq!(
            found.value.to_json(),
            expected,
            "{source}: {}",
            found.reasons()
        );
    }
    let tests = Expression::parse_unary_tests("> 5, n", &NameSet::new()).expect("FEEL");
    let input = scope.get("n").cloned().expect("a number");
    let found = tests.test(input, &scope, &Environment::default());
    assert_eq!(found.value, Value::Bool(true));
}
