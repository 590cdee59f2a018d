//! Tables of expressions and their values: what the compatibility kit does not hold, above all
//! Camunda's additions, names with spaces, unary tests, zones and reasons for null.

use gardesh_feel::{Bound, Context, Environment, Evaluation, Expression, NameSet, Value, Zone};

fn environment() -> Environment {
    let zone = Zone::named("Europe/Berlin").expect("a zone of the tables");
    // 2024-03-30T23:30:00Z is half past midnight in Berlin, on the day that summer time begins.
    Environment {
        now_ms: 1_711_841_400_000,
        zone,
        seed: 7,
        ..Environment::default()
    }
}

fn variables() -> Context {
    let json = r#"{
        "amount": 1250.75, "first name": "Ada", "a-b": 5, "Größe": 3, "価格": 100, "date": "not a function",
        "customer": {"tier": "gold", "home address": {"city": "Köln"}},
        "items": [{"sku": "x", "price": 10, "qty": 2}, {"sku": "y", "price": 20, "qty": 1}, {"sku": "z", "price": 30}],
        "nothing": null, "json": "{\"a\": [1, 2.50]}"
    }"#;
    match Value::from_json(json) {
        Ok(Value::Context(context)) => (*context).clone(),
        other => panic!("{other:?}"),
    }
}

fn names() -> NameSet {
    ["first name", "a-b", "home address", "customer", "items"]
        .into_iter()
        .collect()
}

fn evaluate(source: &str) -> Evaluation {
    let expression = Expression::parse_with_names(source, &names())
        .unwrap_or_else(|error| panic!("{source}: {error}"));
    expression.evaluate(&variables(), &environment())
}

/// Each expression has the value of the one beside it.
fn check(cases: &[(&str, &str)]) {
    for (source, expected) in cases {
        let (actual, wanted) = (evaluate(source), evaluate(expected));
        assert_eq!(actual.value, wanted.value, "{source}: {}", actual.reasons());
        assert_eq!(actual.exceeded, None, "{source}");
    }
}

#[test]
fn names_in_any_script_and_with_spaces() {
    check(&[
        ("first name + \"!\"", "\"Ada!\""),
        ("a-b - 1", "4"),
        ("a - b", "5"),
        ("Größe * 2", "6"),
        ("価格 + 1", "101"),
        ("customer.home address.city", "\"Köln\""),
        ("{full name: first name, x: full name}.x", "\"Ada\""),
        ("{\"a b\": 1}.a b", "1"),
        ("for each item in [1, 2] return each item + 1", "[2, 3]"),
        ("(function(the value) the value * 2)(the value: 4)", "8"),
        ("date(\"2024-01-31\").month", "1"),
        ("items[sku = \"y\"].price", "[20]"),
        ("items[price > 10 and sku != \"z\"][1].sku", "\"y\""),
        ("items.price", "[10, 20, 30]"),
        ("{item: 1, b: [5, 6][item > 5]}.b", "[6]"),
    ]);
}

#[test]
fn camundas_functions() {
    check(&[
        ("is defined(amount)", "true"),
        ("is defined(nothing)", "true"),
        ("is defined(unknown)", "false"),
        ("is defined(customer.tier)", "true"),
        ("is defined(customer.name)", "false"),
        ("is defined(unknown.x.y)", "false"),
        ("get or else(nothing, 5)", "5"),
        ("get or else(amount, 5)", "1250.75"),
        ("get value({a: {b: 1}}, \"a\")", "{b: 1}"),
        ("get value({a: {b: 1}}, [\"a\", \"b\"])", "1"),
        ("get value({a: 1}, \"x\")", "null"),
        ("context put({a: 1}, \"b\", 2)", "{a: 1, b: 2}"),
        (
            "context put({a: {b: 1}}, [\"a\", \"c\"], 2)",
            "{a: {b: 1, c: 2}}",
        ),
        ("context put({}, [\"x\", \"y\"], 1)", "{x: {y: 1}}"),
        ("context merge([{a: 1}, {b: 2}, {a: 3}])", "{a: 3, b: 2}"),
        ("list replace([1, 2, 3], 2, 9)", "[1, 9, 3]"),
        ("list replace([1, 2, 3], -1, 9)", "[1, 2, 9]"),
        (
            "list replace([1, 2, 3], function(item, newItem) item < newItem, 3)",
            "[3, 3, 3]",
        ),
        ("partition([1, 2, 3, 4, 5], 2)", "[[1, 2], [3, 4], [5]]"),
        ("duplicate values([1, 2, 1, 3, 2])", "[1, 2]"),
        ("is empty([])", "true"),
        ("string join([\"a\", null, \"b\"], \", \")", "\"a, b\""),
        ("string join([\"a\", \"b\"], \"-\")", "\"a-b\""),
        ("from json(json)", "{a: [1, 2.5]}"),
        ("from json(\"{\")", "null"),
        (
            "to json({a: [1, null, \"x\"], d: @\"2024-01-01\"})",
            "\"{\\\"a\\\":[1,null,\\\"x\\\"],\\\"d\\\":\\\"2024-01-01\\\"}\"",
        ),
        ("trim(\"  a b \")", "\"a b\""),
        ("is blank(\" \\t\")", "true"),
        ("to base64(\"FEEL\")", "\"RkVFTA==\""),
        ("extract(\"a1b22\", \"[0-9]+\")", "[\"1\", \"22\"]"),
        ("last day of month(@\"2024-02-10\")", "@\"2024-02-29\""),
        ("assert(5, 5 > 1)", "5"),
        ("cycle(3, duration(\"PT1H\"))", "\"R3/PT1H\""),
        ("cycle(duration(\"PT1H\"))", "\"R/PT1H\""),
        ("cycle(null, @\"P1M\")", "\"R/P1M\""),
        ("cycle(interval: @\"P1D\", repetitions: 2)", "\"R2/P1D\""),
        ("cycle(interval: @\"P1Y\")", "\"R/P1Y\""),
        ("cycle(3, \"PT1H\")", "null"),
        ("cycle(1.5, @\"PT1H\")", "\"R1/PT1H\""),
        ("cycle(\"3\", @\"PT1H\")", "null"),
        ("cycle()", "null"),
        ("fromAi(customer.age)", "customer.age"),
        ("fromAi(5, \"how many\", \"number\")", "5"),
        (
            "fromAi(5, \"how many\", \"number\", {minimum: 1}, {required: true})",
            "5",
        ),
        ("fromAi(options: {required: false}, value: \"x\")", "\"x\""),
        ("fromAi(value: null, description: \"none\")", "null"),
        ("fromAi(description: \"no value\")", "null"),
        ("string length(uuid())", "36"),
        (
            "matches(uuid(), \"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\")",
            "true",
        ),
        ("uuid() = uuid()", "false"),
        ("random number() < 1", "true"),
    ]);
}

#[test]
fn dates_and_zones() {
    check(&[
        ("now()", "@\"2024-03-31T00:30:00@Europe/Berlin\""),
        ("today()", "@\"2024-03-31\""),
        (
            "now() + @\"PT2H\"",
            "@\"2024-03-31T03:30:00@Europe/Berlin\"",
        ),
        (
            "string(now() + @\"PT2H\")",
            "\"2024-03-31T03:30:00@Europe/Berlin\"",
        ),
        ("(now() + @\"P1D\") - now()", "@\"P1D\""),
        (
            "@\"2024-03-31T12:00:00@Europe/Berlin\" - @\"2024-03-30T12:00:00@Europe/Berlin\"",
            "@\"PT23H\"",
        ),
        // XML Schema's end of a day, in a time as in a date and time.
        ("time(\"24:00:00\")", "@\"00:00:00\""),
        ("time(\"24:00:00.0Z\")", "@\"00:00:00Z\""),
        ("@\"2024-02-29T24:00:00.00\"", "@\"2024-03-01T00:00:00\""),
        ("time(\"24:00:01\")", "null"),
        ("time(\"24:00:00.1\")", "null"),
        ("@\"2024-02-29T24:01:00\"", "null"),
        (
            "@\"2024-07-01T12:00:00@Europe/Berlin\" = @\"2024-07-01T10:00:00Z\"",
            "true",
        ),
        (
            "@\"2024-07-01T12:00:00@Europe/Berlin\".time offset",
            "@\"PT2H\"",
        ),
        (
            "date and time(@\"2024-07-01T10:00:00Z\", \"Asia/Tokyo\").hour",
            "19",
        ),
        ("@\"2024-01-31\" + @\"P1M\"", "@\"2024-02-29\""),
        ("@\"2024-02-29\" - @\"P1Y\"", "@\"2023-02-28\""),
        ("date(2024, 2, 30)", "null"),
        ("time(10, 30, 1.5).second", "1.5"),
        ("@\"23:30:00\" + @\"PT1H\"", "@\"00:30:00\""),
        ("day of week(@\"2024-02-29\")", "\"Thursday\""),
        (
            "@\"2500-07-01T12:00:00@Europe/Berlin\".time offset",
            "@\"PT2H\"",
        ),
        (
            "@\"12500-07-01T12:00:00@Europe/Berlin\".time offset",
            "@\"PT2H\"",
        ),
        ("@\"P1Y2M\" / 2", "@\"P7M\""),
        ("@\"PT1H\" / @\"PT15M\"", "4"),
        ("-@\"P1D\" < @\"PT0S\"", "true"),
    ]);
}

#[test]
fn control_flow_and_lists() {
    check(&[
        ("for x in 3..1 return x", "[3, 2, 1]"),
        ("for x in (1..4) return x", "[2, 3]"),
        (
            "for x in [1, 2], y in [10, 20] return x + y",
            "[11, 21, 12, 22]",
        ),
        (
            "for i in 1..6 return if i < 3 then 1 else partial[-1] + partial[-2]",
            "[1, 1, 2, 3, 5, 8]",
        ),
        (
            "for d in @\"2024-02-28\"..@\"2024-03-01\" return d.day",
            "[28, 29, 1]",
        ),
        ("some x in [1, null] satisfies x > 5", "null"),
        ("some x in [1, null, 9] satisfies x > 5", "true"),
        ("every x in [] satisfies false", "true"),
        ("[1, 2, 3][-1]", "3"),
        ("[1, 2, 3][4]", "null"),
        ("[][1]", "null"),
        ("[][item > 1]", "[]"),
        ("5[1]", "5"),
        ("sort([3, 1, 2], function(a, b) a < b)", "[1, 2, 3]"),
        ("sort([\"b\", \"a\"])", "[\"a\", \"b\"]"),
        (
            "{fact: function(n) if n = 0 then 1 else n * fact(n - 1), r: fact(20)}.r",
            "2432902008176640000",
        ),
        ("{k: 3, f: function(x) x * k, r: f(2)}.r", "6"),
        ("(function(x: number) x)(\"a\")", "null"),
        ("(function(x: list<number>) count(x))(5)", "1"),
        ("true and null", "null"),
        ("false and null", "false"),
        ("true or unknown", "true"),
        ("and([true, false])", "false"),
        ("0.1 + 0.2 = 0.3", "true"),
        ("9007199254740993 + 0", "9007199254740993"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("7 - 2 - 1", "4"),
        ("1 + 2 * 3", "7"),
        ("5 in (1, 2, > 4)", "true"),
        ("5 in [1..5)", "false"),
        ("5 in ]4..6[", "true"),
        ("[5] in [[5], [6]]", "true"),
        ("x.y.z", "null"),
        ("/* comment */ 1 // end", "1"),
        (
            "replace(\"abc-def\", \"([a-z]+)-([a-z]+)\", \"$2-$1\")",
            "\"def-abc\"",
        ),
        ("split(\"a;b;;c\", \";\")", "[\"a\", \"b\", \"\", \"c\"]"),
        ("matches(\"ADA\", \"a.a\", \"i\")", "true"),
        ("matches(\"x\", \"[a-z-[x]]\")", "false"),
        ("before([1..5), 5)", "true"),
        ("overlaps([1..5], [5..8])", "true"),
        ("overlaps([1..5), [5..8])", "false"),
        ("(< 5).end", "5"),
        ("range(\"[1..3]\") = [1..3]", "true"),
        ("number(\"1.234,5\", \".\", \",\")", "1234.5"),
        ("string({a: [1, \"x\"]})", "\"{a: [1, \\\"x\\\"]}\""),
    ]);
}

#[test]
fn unary_tests() {
    let cases = [
        ("-", "5", true),
        ("5", "5", true),
        ("< 5, > 10", "7", false),
        ("< 5, > 10", "11", true),
        ("[1..5], 9", "9", true),
        ("not(1, 2)", "3", true),
        ("not(1, 2)", "2", false),
        ("\"a\", \"b\"", "\"b\"", true),
        ("starts with(?, \"ab\")", "\"abc\"", true),
        ("? > 3 and ? < 6", "5", true),
        ("!= 3", "3", false),
        ("limit", "10", true),
        ("< limit * 2", "15", true),
        ("[1, 2, 3]", "2", true),
        ("true", "false", false),
        ("date(\"2024-01-01\")", "@\"2024-01-01\"", true),
        ("null", "null", true),
    ];
    let scope: Context = [("limit", Value::from(10))].into_iter().collect();
    for (source, input, expected) in cases {
        let tests = Expression::parse_unary_tests(source, &NameSet::new())
            .unwrap_or_else(|error| panic!("{source}: {error}"));
        let evaluation = tests.test(evaluate(input).value, &scope, &environment());
        assert_eq!(
            evaluation.value,
            Value::Bool(expected),
            "{input} against {source}: {}",
            evaluation.reasons()
        );
    }
}

#[test]
fn nulls_come_with_their_reasons() {
    let cases = [
        ("unknown + 1", "a variable named 'unknown'", 0),
        ("amount + \"a\"", "'+' is defined for", 7),
        ("customer.age", "an entry 'age'", 8),
        ("1 / 0", "'/' is defined for", 2),
        ("date(\"2023-02-29\")", "a date such as", 4),
        ("substring(5, 1)", "a string as argument 1", 9),
        ("[1, 2][3]", "a position within the list of 2", 6),
        ("if 5 then 1 else 2", "a boolean as condition", 3),
        ("matches(\"a\", \"(\")", "a regular expression", 7),
    ];
    for (source, reason, position) in cases {
        let evaluation = evaluate(source);
        let found = evaluation
            .warnings
            .iter()
            .any(|warning| warning.message.contains(reason) && warning.position == position);
        assert!(found, "{source}: {:?}", evaluation.warnings);
    }
}

#[test]
fn an_assertion_that_does_not_hold_ends_the_evaluation() {
    let plain = "Expected the condition to hold, but it does not";
    let cases = [
        ("assert(amount, amount > 5000)", plain, 6),
        ("1 + assert(1, false, \"too small\")", "too small", 10),
        ("assert(cause: \"no\", value: 1, condition: false)", "no", 6),
        ("get or else(assert(null, false, \"no\"), 1)", "no", 18),
        ("[1, 2][assert(true, item < 2, \"no\")]", "no", 13),
        ("for i in 1..3 return assert(i, i < 3, \"no\")", "no", 27),
        ("(function(x) assert(x, x > 1, \"no\"))(1)", "no", 19),
        ("true and assert(true, false, \"no\")", "no", 15),
        // What is unknown does not hold, nor does what is no condition.
        ("assert(1, unknown > 1)", plain, 6),
        ("assert(1, \"true\")", plain, 6),
        ("assert(1, false, 5)", plain, 6),
    ];
    for (source, cause, position) in cases {
        let evaluation = evaluate(source);
        assert_eq!(evaluation.exceeded, Some(Bound::Assertion), "{source}");
        assert_eq!(evaluation.value, Value::Null, "{source}");
        let expected = format!("Assertion failure: {cause} (at byte {position})");
        let reasons = evaluation.reasons();
        assert!(reasons.starts_with(&expected), "{source}: {reasons}");
    }
    check(&[
        ("true or assert(true, false)", "true"),
        ("if true then 1 else assert(1, false)", "1"),
        ("assert(null, true)", "null"),
        ("assert(1)", "null"),
    ]);
    // It is told before all warnings, and at no length.
    let many = "[for i in 1..30 return unknown, assert(1, false, string join(for i in 1..900 return \"x\"))]";
    let evaluation = evaluate(many);
    assert_eq!(evaluation.warnings.len(), 16);
    let first = &evaluation.warnings[0].message;
    assert_eq!(*first, format!("Assertion failure: {}", "x".repeat(500)));
}

#[test]
fn errors_of_syntax_say_where() {
    let cases = [
        ("1 +", 3),
        ("(1", 2),
        ("a b", 2),
        ("if a then b", 11),
        ("[1, 2", 5),
        ("{a 1}", 1),
        ("\"abc", 0),
        ("for x in y", 10),
        ("1 ! 2", 2),
        ("", 0),
        ("1 + `a", 4),
        ("a.``", 2),
        ("` ` + 1", 0),
        ("`a` `b`", 4),
        ("1 in (>> 1)", 7),
        (">= < 1", 3),
    ];
    for (source, position) in cases {
        let error = Expression::parse(source).expect_err(source);
        assert_eq!(error.position, position, "{source}: {error}");
        assert!(error.to_string().starts_with("Expected "), "{error}");
    }
    for (source, text) in [
        (
            "`a",
            "Expected the closing backtick of this name, but the text ends at byte 0",
        ),
        (
            "``",
            "Expected a name between the backticks, but there is none at byte 0",
        ),
    ] {
        let error = Expression::parse(source).expect_err(source);
        assert_eq!(error.to_string(), text);
    }
    for (source, position) in [
        (">> 1", 1),
        ("1, > >= 2", 5),
        ("not(<< 3)", 5),
        ("= = 1", 2),
    ] {
        let error = Expression::parse_unary_tests(source, &NameSet::new()).expect_err(source);
        assert_eq!(error.position, position, "{source}: {error}");
    }
}

#[test]
fn free_names_are_listed() {
    let cases: [(&str, &[&str], &[&str]); 6] = [
        ("amount > limit", &["amount", "limit"], &["amount", "limit"]),
        ("sum(items.price)", &["items"], &["items"]),
        (
            "items[price > limit]",
            &["items", "limit", "price"],
            &["items"],
        ),
        ("for x in xs return x + y", &["xs", "y"], &["xs", "y"]),
        ("{a: 1, b: a + c}", &["c"], &["c"]),
        ("(function(p) p + q)(r)", &["q", "r"], &["q", "r"]),
    ];
    for (source, all, required) in cases {
        let expression =
            Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(expression.names().collect::<Vec<_>>(), all, "{source}");
        assert_eq!(
            expression.required_names().collect::<Vec<_>>(),
            required,
            "{source}"
        );
    }
}

#[test]
fn constants_are_known_without_variables() {
    let constant = |source: &str| {
        Expression::parse(source)
            .unwrap_or_else(|error| panic!("{source}: {error}"))
            .constant()
    };
    assert_eq!(constant("1 + 2"), Some(3.into()));
    assert_eq!(constant("\"PT\" + \"5M\""), Some("PT5M".into()));
    assert_eq!(constant("x + 1"), None);
    assert_eq!(constant("now()"), None);
    assert_eq!(constant("uuid()"), None);
    assert_eq!(constant("1 / 0"), None);
}

#[test]
fn values_and_expressions_go_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Value>();
    shared::<Expression>();
    assert!(size_of::<Value>() <= 40);
}
