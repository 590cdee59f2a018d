//! Input that is made to hang, overflow or exhaust: each ends with an error or a bound, within a
//! stack of one megabyte, half of what threads usually have.

use gardesh_feel::{Bound, Context, Environment, Evaluation, Expression, Limits, NameSet, Value};
use proptest::prelude::*;

/// What suffices for everything within the bounds. They are made for optimised code; without
/// optimisation its frames are several times as large.
const STACK_BYTES: usize = if cfg!(debug_assertions) {
    8 << 20
} else {
    1 << 20
};

/// Runs on a small stack; what it does must not depend on the test runner's.
fn on_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work);
        thread.expect("a thread").join().expect("no panic")
    })
}

fn evaluate(source: &str) -> Evaluation {
    let expression =
        Expression::parse(source).unwrap_or_else(|error| panic!("{source:.80}: {error}"));
    expression.evaluate(&(), &Environment::default())
}

#[test]
fn nesting_in_the_source_is_refused() {
    let openings = [
        "(",
        "[",
        "{a: ",
        "-",
        "- (",
        "not(",
        "if ",
        "if true then ",
        "if true then 1 else ",
        "f(",
        "f(a: ",
        "x[",
        "]",
        "<",
        "for x in ",
        "for x in y return ",
        "some x in y satisfies ",
        "function(x) ",
        "function(x: list<",
        "1 + (",
        "2 ** -",
        "x instance of list<",
        "x instance of function<",
        "x instance of context<a: ",
        "x in (",
        "x in < (",
        "[1..",
        "]1..",
        "(1..",
        "a and (",
        "x between (",
        "1 in (2, (",
    ];
    for opening in openings {
        let source = opening.repeat(100_000 / opening.len());
        let names = NameSet::new();
        on_small_stack(|| {
            assert!(Expression::parse(&source).is_err(), "{opening}");
            assert!(
                Expression::parse_unary_tests(&source, &names).is_err(),
                "{opening}"
            );
        });
    }
}

#[test]
fn long_chains_are_parsed_or_refused_and_never_overflow() {
    let chains = [
        ("1", " + 1"),
        ("x", ".x"),
        ("x", "[1]"),
        ("x", "(1)"),
        ("1", " = 1"),
        ("1", " ** 1"),
        ("x", " in x"),
        ("1", " between 1 and 1"),
    ];
    for (first, link) in chains {
        let source = format!("{first}{}", link.repeat(20_000));
        on_small_stack(|| assert!(Expression::parse(&source).is_err(), "{link}"));
    }
    for link in ["and", "or"] {
        let source = format!("true{}", format!(" {link} true").repeat(20_000));
        on_small_stack(|| assert_eq!(evaluate(&source).value, Value::Bool(true)));
    }
}

/// Found by fuzzing: the range of `= x` held its only bound twice, so that each `=` doubled the
/// tree and the evaluation, and a line of them filled the memory.
#[test]
fn ranges_of_one_value_do_not_double_what_is_in_them() {
    let ranges = format!("{}x{}", "(= ".repeat(50), ")".repeat(50));
    let names = NameSet::new();
    for source in [ranges.clone(), format!("1 in {ranges}")] {
        let expression = Expression::parse(&source).expect("valid");
        let evaluation = expression.evaluate(&(), &Environment::default());
        assert_eq!(evaluation.exceeded, None, "{source}");
    }
    let tests = Expression::parse_unary_tests(&ranges, &names).expect("valid");
    let evaluation = tests.test(1.into(), &(), &Environment::default());
    assert_eq!(evaluation.exceeded, None, "as unary tests");
    let once = evaluate("(= x)");
    assert_eq!(
        once.warnings.len(),
        2,
        "x is missed once: {}",
        once.reasons()
    );
}

#[test]
fn the_deepest_expressions_are_evaluated_on_a_small_stack() {
    let nests = [
        ("(", "1", ")", 90),
        ("[", "1", "]", 90),
        ("{a: ", "1", "}", 90),
        ("-", "x", "", 180),
        ("if true then ", "1", " else 2", 90),
        ("[1][", "1", "]", 90),
        ("for i in [1] return ", "1", "", 90),
        ("some i in [1] satisfies ", "true", "", 90),
        ("sum(", "1", ")", 90),
        ("(function(x) x)(", "1", ")", 60),
        ("1 in (", "1", ")", 90),
        ("1 + (", "1", ")", 90),
    ];
    for (open, middle, close, depth) in nests {
        let source = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
        let evaluation = on_small_stack(|| evaluate(&source));
        assert_eq!(evaluation.exceeded, None, "{open}");
    }
}

#[test]
fn bounds_end_what_does_not_end_by_itself() {
    let cases = [
        ("for i in 1..1000000000 return i", Bound::Fuel),
        ("for i in 1..9223372036854775807 return i", Bound::Fuel),
        ("for i in [1..1000000000] return i", Bound::Fuel),
        (
            "count(for d in @\"-999999999-01-01\"..@\"999999999-12-31\" return d)",
            Bound::Fuel,
        ),
        ("for i in 1..200000 return i", Bound::ListLength),
        ("some i in 1..1000000000 satisfies i < 0", Bound::Fuel),
        ("every i in 1..900000 satisfies i > 0", Bound::Fuel),
        (
            "for a in 1..1000, b in 1..1000, c in 1..1000 return 1",
            Bound::ListLength,
        ),
        (
            "some a in 1..1000, b in 1..1000, c in 1..1000 satisfies false",
            Bound::Fuel,
        ),
        ("{f: function(n) f(n + 1), r: f(0)}.r", Bound::Depth),
        ("{f: function(n) [f(n)], r: f(0)}.r", Bound::Depth),
        (
            "{f: function(n) sort([n, n], function(a, b) f(a)), r: f(0)}.r",
            Bound::Depth,
        ),
        (
            "{f: function(n) list replace([n], function(a, b) f(a), 1), r: f(0)}.r",
            Bound::Depth,
        ),
        (
            "{f: function(n) for i in [1] return f(i), r: f(0)}.r",
            Bound::Depth,
        ),
        ("{f: function(n) [1][f(item)], r: f(0)}.r", Bound::Depth),
        (
            "{f: function(n) {a: {b: if true then some x in [1] satisfies f(x) else 1}}, r: f(0)}.r",
            Bound::Depth,
        ),
        (
            "{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(40)}.r",
            Bound::Fuel,
        ),
        (
            "{d: function(s, n) if n = 0 then s else d(s + s, n - 1), r: d(\"x\", 30)}.r",
            Bound::StringLength,
        ),
        (
            "{d: function(s, n) if n = 0 then s else d(concatenate(s, s), n - 1), r: d([1], 30)}.r",
            Bound::ListLength,
        ),
        (
            "{d: function(s, n) if n = 0 then s else d([s, s], n - 1), r: d([1], 40)}.r",
            Bound::ValueSize,
        ),
        ("for i in 1..1000 return [partial[-1]]", Bound::ValueDepth),
        (
            "count(for i in 1..1000 return function() partial)",
            Bound::ValueSize,
        ),
        (
            "string join(for i in 1..1000 return string join(for j in 1..1000 return \"0123456789\"))",
            Bound::Fuel,
        ),
        (
            "count(distinct values(for i in 1..90000 return i))",
            Bound::Fuel,
        ),
        ("for i in 1..100000 return 2 ** 0.5", Bound::Fuel),
        (
            "for i in 1..10000 return matches(\"a\", string(i))",
            Bound::Fuel,
        ),
    ];
    for (source, bound) in cases {
        let evaluation = on_small_stack(|| evaluate(source));
        assert_eq!(
            evaluation.exceeded,
            Some(bound),
            "{source}: {}",
            evaluation.value.type_name()
        );
        assert_eq!(evaluation.value, Value::Null, "{source}");
        assert!(evaluation.reasons().contains("Expected"), "{source}");
    }
}

#[test]
fn endless_ranges_cost_next_to_nothing() {
    let expression = Expression::parse("for i in 1..1000000000 return i").expect("valid");
    // A thousand runs would take hours if any of them began to loop.
    for _ in 0..1000 {
        assert_eq!(
            expression.evaluate(&(), &Environment::default()).exceeded,
            Some(Bound::Fuel)
        );
    }
}

#[test]
fn fuel_is_counted_the_same_way_every_time() {
    let source = "for x in [3, 1, 2] return string(x) + \"!\"";
    let expression = Expression::parse(source).expect("valid");
    let exceeded = |fuel| {
        let limits = Limits {
            fuel,
            ..Limits::default()
        };
        expression
            .evaluate(
                &(),
                &Environment {
                    limits,
                    ..Environment::default()
                },
            )
            .exceeded
    };
    let needed = (0..1000)
        .find(|fuel| exceeded(*fuel).is_none())
        .expect("ends within 1000 steps");
    assert!(needed > 10);
    assert!((0..needed).all(|fuel| exceeded(fuel) == Some(Bound::Fuel)));
}

#[test]
fn patterns_cannot_take_exponential_time_or_space() {
    let text = "a".repeat(10_000);
    for pattern in [
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+$b",
        "(.*)(.*)(.*)(.*)x",
        "a{1000}{1000}{1000}",
        "((((a{99}){99}){99}){99})",
    ] {
        let scope: Context = [
            ("text", Value::from(text.as_str())),
            ("pattern", pattern.into()),
        ]
        .into_iter()
        .collect();
        let expression = Expression::parse("matches(text, pattern)").expect("valid");
        let evaluation = expression.evaluate(&scope, &Environment::default());
        assert_ne!(evaluation.value, Value::Bool(true), "{pattern}");
    }
}

#[test]
fn numbers_beyond_all_bounds_are_null() {
    for source in [
        "10 ** 10000",
        "1e6144 * 10",
        "-1e6144 * 10",
        "1 / 0",
        "exp(1e10)",
        "2 ** 1e30",
        "decimal(1, 1e30)",
    ] {
        assert_eq!(evaluate(source).value, Value::Null, "{source}");
    }
}

#[test]
fn long_names_and_texts_are_only_long() {
    let name = "n".repeat(65_536);
    let scope: Context = [(name.as_str(), Value::from(1))].into_iter().collect();
    let expression = Expression::parse(&format!("{name} + 1")).expect("valid");
    assert_eq!(
        expression.evaluate(&scope, &Environment::default()).value,
        2.into()
    );
    assert!(Expression::parse(&"x ".repeat(200_000)).is_err());
}

/// Words and symbols of the language, so that random sequences get past the first token.
fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        ".",
        "..",
        "+",
        "-",
        "*",
        "/",
        "**",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "->",
        "@",
        "?",
        "1",
        "0.5",
        "\"a\"",
        "\"2020-01-01\"",
        "\"P1D\"",
        "\"[a-z\"",
        "x",
        "y",
        "item",
        "partial",
        "null",
        "true",
        "false",
        "and",
        "or",
        "not",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "instance of",
        "list",
        "function",
        "date and time",
        "sum",
        "count",
        "string",
        "substring",
        "matches",
        "replace",
        "split",
        "sort",
        "flatten",
        "get value",
        "context",
        "duration",
        "range",
        "number",
        "date",
        "time",
        "before",
        "overlaps",
        "index of",
        "years and months duration",
        "string join",
        "is defined",
        "decimal",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn parsing_and_evaluating_never_panic(tokens in prop::collection::vec(token(), 1..24)) {
        let source = tokens.join(" ");
        let environment = Environment { limits: Limits { fuel: 20_000, ..Limits::default() }, ..Environment::default() };
        if let Ok(expression) = Expression::parse(&source) {
            let first = expression.evaluate(&(), &environment);
            prop_assert_eq!(first, expression.evaluate(&(), &environment));
            let _ = expression.constant();
        }
        if let Ok(tests) = Expression::parse_unary_tests(&source, &NameSet::new()) {
            let _ = tests.test(1.into(), &(), &environment);
        }
    }

    #[test]
    fn any_text_is_parsed_or_refused(source in "\\PC{0,60}") {
        let _ = Expression::parse(&source);
    }

    #[test]
    fn functions_take_any_arguments(name in prop::sample::select(gardesh_feel::function_names().collect::<Vec<_>>()), arguments in prop::collection::vec(argument(), 0..4)) {
        let source = format!("{name}({})", arguments.join(", "));
        let expression = Expression::parse(&source).expect("a call is an expression");
        let _ = expression.evaluate(&(), &Environment::default());
    }
}

/// Source of values of all types, with their extremes.
fn argument() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1e6144",
        "-1e-6176",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999",
        "\"\"",
        "\"aé😀\"",
        "\"(\"",
        "\"$1\"",
        "[]",
        "[1]",
        "[null]",
        "[3, \"a\", [1]]",
        "[\"a\", \"b\"]",
        "{}",
        "{a: 1}",
        "[{key: \"a\", value: 1}]",
        "@\"-999999999-01-01\"",
        "@\"999999999-12-31\"",
        "@\"23:59:59.999999999\"",
        "@\"12:00:00@Europe/Paris\"",
        "@\"999999999-12-31T23:59:59Z\"",
        "@\"-999999999-01-01T00:00:00@Asia/Tokyo\"",
        "@\"P106751991167300DT1S\"",
        "@\"-P999999999Y\"",
        "@\"PT0.000000001S\"",
        "[1..5]",
        "(1..5)",
        "< 3",
        "(@\"2020-01-01\"..@\"2020-12-31\")",
        "function(a, b) a < b",
        "function(x) x",
        "sum",
    ])
}
