//! The operators of DMN 1.3 to 1.5 over every pair of types that they are defined for, and some
//! that they are not; three-valued logic, `in` with each kind of test, filters, paths, loops.

use gardesh_feel::{Context, Environment, Evaluation, Expression, NameSet, Value};

fn evaluate(source: &str) -> Evaluation {
    let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    expression.evaluate(&(), &Environment::default())
}

/// Each expression has the value of the one beside it.
fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let evaluation = evaluate(source);
        let reasons = evaluation.reasons();
        assert_eq!(
            evaluation.value,
            evaluate(expected).value,
            "{source}: {reasons}"
        );
    }
}

/// One value of each type, with a letter.
const VALUES: [(char, &str); 11] = [
    ('n', "2"),
    ('s', "\"a\""),
    ('b', "true"),
    ('d', "@\"2024-02-29\""),
    ('t', "@\"10:00:00\""),
    ('m', "@\"2024-02-29T10:00:00\""),
    ('D', "@\"P1D\""),
    ('Y', "@\"P1M\""),
    ('l', "[1]"),
    ('c', "{a: 1}"),
    ('0', "null"),
];

/// The pairs for which the operator gives something, as letters of the two sides.
fn defined(operator: &str) -> Vec<String> {
    let mut pairs = Vec::new();
    for (left, left_source) in VALUES {
        for (right, right_source) in VALUES {
            let value = evaluate(&format!("({left_source}) {operator} ({right_source})")).value;
            if !value.is_null() {
                pairs.push(format!("{left}{right}"));
            }
        }
    }
    pairs
}

#[test]
fn operators_are_defined_for_these_types() {
    let cases = [
        ("+", "nn ss dD dY tD mD mY Dd Dt Dm DD Yd Ym YY"),
        // A date is subtracted from a date and time as its midnight in UTC, so not from a local one.
        ("-", "nn dd dD dY tt tD mm mD mY DD YY"),
        ("*", "nn nD nY Dn Yn"),
        ("/", "nn Dn DD Yn YY"),
        ("**", "nn"),
        ("<", "nn ss dd dm tt md mm DD YY"),
        (">=", "nn ss dd dm tt md mm DD YY"),
        (
            "=",
            "nn n0 ss s0 bb b0 dd d0 tt t0 mm m0 DD D0 YY Y0 ll l0 cc c0 0n 0s 0b 0d 0t 0m 0D 0Y 0l 0c 00",
        ),
        ("and", "bb"),
        (
            "or",
            "nb sb bn bs bb bd bt bm bD bY bl bc b0 db tb mb Db Yb lb cb 0b",
        ),
    ];
    for (operator, expected) in cases {
        assert_eq!(defined(operator).join(" "), expected, "{operator}");
    }
}

#[test]
fn three_valued_logic() {
    const TRUTH: [&str; 3] = ["true", "false", "null"];
    let tables = [
        (
            "and",
            ["true false null", "false false false", "null false null"],
        ),
        (
            "or",
            ["true true true", "true false null", "true null null"],
        ),
    ];
    for (operator, rows) in tables {
        for (left, row) in TRUTH.iter().zip(rows) {
            for (right, expected) in TRUTH.iter().zip(row.split(' ')) {
                check(&[(&format!("{left} {operator} {right}"), expected)]);
                // What is no boolean counts as null.
                if *right == "null" {
                    check(&[(&format!("{left} {operator} \"x\""), expected)]);
                }
            }
        }
    }
}

#[test]
fn equality_of_values() {
    check(&[
        ("[1, \"a\"] = [1, 2]", "false"),
        ("[1, 2] = [2, 1]", "false"),
        ("{a: 1, b: 2} = {b: 2, a: 1}", "true"),
        ("{a: 1} = {a: 1, b: null}", "false"),
        ("[] = null", "false"),
        ("[1] = 1", "null"),
        ("1.50 = 1.5", "true"),
        ("@\"P1Y\" = @\"P12M\"", "true"),
        ("@\"P1D\" = @\"PT24H\"", "true"),
        ("@\"P0M\" = @\"P0D\"", "null"),
        ("[1..3] = [1..3]", "true"),
        ("(1..3) = [1..3]", "false"),
        ("@\"10:00:00Z\" = @\"11:00:00+01:00\"", "true"),
        ("@\"10:00:00\" = @\"10:00:00Z\"", "false"),
        ("@\"10:00:00\" < @\"10:00:00Z\"", "null"),
        ("is(@\"10:00:00Z\", @\"11:00:00+01:00\")", "false"),
        ("is(@\"10:00:00Z\", @\"10:00:00+00:00\")", "true"),
        (
            "@\"2024-07-01T12:00:00@Europe/Berlin\" = @\"2024-07-01T10:00:00Z\"",
            "true",
        ),
        (
            "is(@\"2024-07-01T12:00:00@Europe/Berlin\", @\"2024-07-01T10:00:00Z\")",
            "false",
        ),
    ]);
}

#[test]
fn membership() {
    check(&[
        ("1 in [2, 3, 1]", "true"),
        ("1 in ([2..4], 1)", "true"),
        ("1 in (2, 3)", "false"),
        ("1 in (< 2, > 5)", "true"),
        ("1 in <= 2", "true"),
        ("1 in (= 1)", "true"),
        ("1 in != 2", "true"),
        ("1 in null", "false"),
        ("null in (1, null)", "true"),
        ("null in [1..2]", "null"),
        ("\"a\" in [1..2]", "null"),
        ("[1, 2] in [[1], [1, 2]]", "true"),
        ("[1, 2] in [1, 2]", "true"),
        ("2 in [[1..3], 9]", "true"),
        ("[1..3] in [[1..3], 9]", "true"),
        ("[1..3] in [[1..4], 9]", "false"),
        ("[1..3] in [1..3]", "true"),
        ("{a: 1} in [{a: 1}]", "true"),
        (
            "@\"2024-01-05\" in [@\"2024-01-01\"..@\"2024-02-01\"]",
            "true",
        ),
        ("\"b\" in [\"a\"..\"c\"]", "true"),
        ("5 in ((1..5])", "true"),
        ("5 in ]1..5[", "false"),
        ("2 between 1 and 3 and true", "true"),
        ("2 between null and 3", "null"),
    ]);
}

#[test]
fn unary_tests_that_are_claims_decide_by_themselves() {
    let scope: Context = [("limit", Value::from(10)), ("flag", Value::from(true))]
        .into_iter()
        .collect();
    let cases = [
        // No comparison with the input: true or false by itself, for inputs that are no booleans.
        ("limit > 3", "\"any\"", Some(true)),
        ("limit > 30", "\"any\"", Some(false)),
        ("limit > 3 and flag", "7", Some(true)),
        ("limit between 1 and 2", "7", Some(false)),
        ("flag in (true)", "7", Some(true)),
        ("limit instance of number", "7", Some(true)),
        ("some i in [1, 2] satisfies i = 2", "7", Some(true)),
        ("not(limit > 3)", "7", Some(false)),
        // Booleans are compared.
        ("limit > 3", "true", Some(true)),
        ("limit > 3", "false", Some(false)),
        ("limit > 30", "false", Some(true)),
        ("limit > 3", "null", Some(false)),
        // A name or literal is a value to be equal to, whatever it is.
        ("flag", "7", Some(true)),
        ("true", "7", None),
        ("limit", "10", Some(true)),
        ("limit + 1", "11", Some(true)),
        // With the input in it.
        ("? > limit", "11", Some(true)),
        ("list contains(?, 2)", "[1, 2]", Some(true)),
        ("? > limit, ? = 3", "3", Some(true)),
        ("not(? > limit)", "11", Some(false)),
        ("string length(?) > 2, null", "null", Some(true)),
        ("string length(?) > 2", "null", None),
    ];
    for (tests, input, expected) in cases {
        let expression = Expression::parse_unary_tests(tests, &NameSet::new())
            .unwrap_or_else(|error| panic!("{tests}: {error}"));
        let found = expression.test(evaluate(input).value, &scope, &Environment::default());
        let expected = expected.map_or(Value::Null, Value::Bool);
        assert_eq!(
            found.value,
            expected,
            "{tests} of {input}: {}",
            found.reasons()
        );
    }
}

#[test]
fn filters_and_paths() {
    check(&[
        ("[1, 2, 3][0]", "null"),
        ("[1, 2, 3][-3]", "1"),
        ("[1, 2, 3][-4]", "null"),
        ("[1, 2, 3][1.5]", "null"),
        ("[1, 2, 3][true]", "[1, 2, 3]"),
        ("[1, 2, 3][null]", "[]"),
        ("100[1]", "100"),
        ("100[item > 5]", "[100]"),
        ("null[1]", "null"),
        ("[{x: 1}, {x: null}, {y: 3}][x < 2]", "[{x: 1}]"),
        ("[{item: 1}, {item: 2}][item = 2]", "[{item: 2}]"),
        ("[{a: [1, 2]}, {a: [3]}].a", "[[1, 2], [3]]"),
        ("[{a: 1}, {b: 2}].a", "[1, null]"),
        ("[].a", "[]"),
        ("{a: {b: 2}}.a.b", "2"),
        ("{a: 1}.b", "null"),
        ("null.a", "null"),
        ("\"text\".a", "null"),
        ("@\"2018-12-10\".weekday", "1"),
        ("@\"2018-12-10T10:30:05.5+01:00\".second", "5.5"),
        ("@\"2018-12-10T10:30:00+01:00\".time offset", "@\"PT1H\""),
        ("@\"2018-12-10T10:30:00+01:00\".timezone", "null"),
        ("@\"2018-12-10T10:30:00@Etc/UTC\".timezone", "\"Etc/UTC\""),
        ("@\"10:30:00\".time offset", "null"),
        ("@\"-P14M\".years", "-1"),
        ("@\"-P14M\".months", "-2"),
        ("@\"P2DT20H14M5S\".hours", "20"),
        ("@\"P1Y\".days", "null"),
        ("(< 10).start", "null"),
        ("(< 10).start included", "false"),
        ("(<= 10).end included", "true"),
        ("[1..10).end included", "false"),
        ("(= 5).start", "5"),
        ("[1..2].middle", "null"),
    ]);
}

#[test]
fn loops() {
    check(&[
        ("for i in 1 return i", "[1]"),
        ("for i in [] return i", "[]"),
        ("for i in null return i", "null"),
        ("for i in (< 10) return i", "null"),
        ("for i in 1..null return i", "null"),
        ("for i in 1.5..3 return i", "null"),
        ("for i in [\"a\"..\"c\"] return i", "null"),
        ("for i in ]1..4[ return i", "[2, 3]"),
        ("for i in 2..0 return i", "[2, 1, 0]"),
        (
            "for i in @\"2024-03-01\"..@\"2024-02-28\" return i.day",
            "[1, 29, 28]",
        ),
        (
            "for i in [@\"2024-02-28\"..@\"2024-03-01\") return i.day",
            "[28, 29]",
        ),
        (
            "for i in [1, 2], j in 1..i return [i, j]",
            "[[1, 1], [2, 1], [2, 2]]",
        ),
        (
            "for i in 1..3 return if i = 1 then 1 else i * partial[-1]",
            "[1, 2, 6]",
        ),
        ("some i in [1, 2], j in [2, 3] satisfies i = j", "true"),
        ("every i in [1, 2], j in [2, 3] satisfies i <= j", "true"),
        ("some i in [] satisfies true", "false"),
        ("every i in null satisfies true", "null"),
        ("if null then 1 else 2", "2"),
        ("if \"x\" then 1 else 2", "2"),
    ]);
}

#[test]
fn functions_take_arguments_of_their_types() {
    check(&[
        ("{f: function(x: number) x, r: f(\"a\")}.r", "null"),
        ("{f: function(x: number) x, r: f([1])}.r", "1"),
        ("{f: function(x: list<number>) x, r: f(1)}.r", "[1]"),
        (
            "{f: function(x: date and time) x, r: f(@\"2024-01-01\")}.r",
            "@\"2024-01-01T00:00:00Z\"",
        ),
        ("{f: function(x, y) [x, y], r: f(y: 1, x: 2)}.r", "[2, 1]"),
        ("{f: function(x) x, r: f(y: 1)}.r", "null"),
        ("{f: function(x) x, r: f()}.r", "null"),
        ("{f: function(x) x, r: f(1, 2)}.r", "null"),
        ("{f: function(x) x, r: f(null)}.r", "null"),
        ("{a: {b: function(x) x + 1}}.a.b(1)", "2"),
        ("(function() 5)()", "5"),
        ("(1)(2)", "null"),
        ("unknown(1)", "null"),
        ("{f: modulo, r: f(divisor: 5, dividend: 12)}.r", "2"),
        ("{f: modulo, r: f(a: 5, b: 12)}.r", "null"),
    ]);
}

#[test]
fn white_space_is_what_the_standard_lists() {
    let spaces = [
        '\t', '\n', '\u{b}', '\u{c}', '\r', ' ', '\u{85}', '\u{a0}', '\u{1680}', '\u{180e}',
        '\u{2000}', '\u{2005}', '\u{200b}', '\u{2028}', '\u{2029}', '\u{202f}', '\u{205f}',
        '\u{3000}', '\u{feff}',
    ];
    for space in spaces {
        check(&[(&format!("{space}1{space}+{space}2{space}"), "3")]);
        check(&[(&format!("{{a{space}b: 1}}.a b"), "1")]);
    }
}
