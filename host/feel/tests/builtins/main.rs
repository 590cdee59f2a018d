//! Every built-in function of DMN 1.3 to 1.5 by its table: the names and types of its parameters,
//! and one call. From that follow the calls that must give the same, and those that must give null.

mod table;

use gardesh_feel::{Environment, Evaluation, Expression, Value, function_names};

use table::Kind::{Any, Bool, Context, Function, List, Moment, Number, Some as NotNull, Text};
use table::{MORE, Parameter, TABLE};

fn evaluate(source: &str) -> Evaluation {
    let expression = Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    expression.evaluate(&(), &Environment::default())
}

fn same(source: &str, expected: &str) {
    let evaluation = evaluate(source);
    assert_eq!(
        evaluation.value,
        evaluate(expected).value,
        "{source}: {}",
        evaluation.reasons()
    );
}

fn null(source: &str) {
    assert_eq!(evaluate(source).value, Value::Null, "{source}");
}

fn call(name: &str, arguments: &[String]) -> String {
    format!("{name}({})", arguments.join(", "))
}

fn positional(parameters: &[Parameter]) -> Vec<String> {
    parameters
        .iter()
        .map(|(.., argument)| (*argument).to_owned())
        .collect()
}

fn named(parameters: &[Parameter]) -> Vec<String> {
    let named = |(name, _, argument): &Parameter| format!("{name}: {argument}");
    parameters.iter().map(named).collect()
}

#[test]
fn positional_and_named_calls_give_the_same() {
    for (name, parameters, _, expected) in TABLE {
        same(&call(name, &positional(parameters)), expected);
        let mut arguments = named(parameters);
        if parameters.iter().any(|(name, ..)| *name == MORE) {
            continue;
        }
        same(&call(name, &arguments), expected);
        // The two that have a point and a range in either order go by how they are written.
        if !parameters.iter().any(|(name, ..)| *name == "point") || *name != "before" {
            arguments.reverse();
            same(&call(name, &arguments), expected);
        }
    }
    same("before(point: 5, range: [1..5))", "false");
    same("after(point: 5, range: [1..5))", "true");
    same("after(range: [1..5), point: 5)", "false");
}

#[test]
fn wrong_counts_and_names_give_null() {
    /// Functions that take a list, or its items one by one.
    const ITEMS: [&str; 11] = [
        "min", "max", "sum", "mean", "product", "median", "stddev", "mode", "all", "any", "append",
    ];
    for (name, parameters, needed, _) in TABLE {
        let arguments = positional(parameters);
        null(&call(name, &[]));
        let overloaded = TABLE.iter().filter(|(other, ..)| other == name).count() > 1;
        if !overloaded && *needed > 1 {
            null(&call(name, &arguments[..needed - 1]));
        }
        let more = vec!["1".to_owned(); 9];
        if !ITEMS.contains(name) {
            null(&call(name, &[arguments, more].concat()));
        }
        let unknown = ["no such parameter: 1".to_owned()];
        null(&call(name, &[named(parameters), unknown.to_vec()].concat()));
    }
}

#[test]
fn arguments_of_another_type_give_null() {
    for (name, parameters, ..) in TABLE {
        for (place, (_, kind, _)) in parameters.iter().enumerate() {
            let mut arguments = positional(parameters);
            let other = match kind {
                Text | Moment | Context | Function => "[1, 2]",
                Number | Bool => "\"x\"",
                List | NotNull | Any => continue,
            };
            // A list of keys is Camunda's.
            if *name == "get value" && place == 1 {
                continue;
            }
            other.clone_into(&mut arguments[place]);
            null(&call(name, &arguments));
            "{x: @\"P1D\"}".clone_into(&mut arguments[place]);
            if *kind != Context {
                null(&call(name, &arguments));
            }
        }
    }
}

#[test]
fn null_arguments_give_null() {
    for (name, parameters, needed, _) in TABLE {
        for (place, (parameter, kind, _)) in parameters.iter().enumerate().take(*needed) {
            // Without a separator numbers are written as FEEL writes them.
            let optional = parameter.ends_with("separator");
            if *kind == Any || optional {
                continue;
            }
            let mut arguments = positional(parameters);
            "null".clone_into(&mut arguments[place]);
            null(&call(name, &arguments));
        }
    }
}

#[test]
fn a_list_of_one_stands_for_its_item_and_an_item_for_the_list_of_it() {
    for (name, parameters, _, expected) in TABLE {
        for (place, (_, kind, argument)) in parameters.iter().enumerate() {
            if matches!(kind, Text | Number | Moment | Context | Bool | Function) {
                let mut arguments = positional(parameters);
                arguments[place] = format!("[{argument}]");
                same(&call(name, &arguments), expected);
            }
        }
    }
    let cases = [
        ("count(1)", "1"),
        ("append(1, 2)", "[1, 2]"),
        ("concatenate(1, [2])", "[1, 2]"),
        ("union(1, [1, 2])", "[1, 2]"),
        ("list contains(1, 1)", "true"),
        ("reverse(1)", "[1]"),
        ("index of(1, 1)", "[1]"),
        ("flatten(1)", "[1]"),
        ("distinct values(1)", "[1]"),
        ("string join(\"a\", \"_\")", "\"a\""),
        ("sum(1)", "1"),
        ("mode(1)", "[1]"),
        ("context merge({a: 1})", "{a: 1}"),
        ("context({key: \"a\", value: 1})", "{a: 1}"),
        ("sort(1, function(x, y) x < y)", "[1]"),
        ("sublist(1, 1)", "[1]"),
        ("remove(1, 1)", "[]"),
        ("insert before(1, 1, 2)", "[2, 1]"),
        ("list replace(1, 1, 2)", "[2]"),
        ("all(true)", "true"),
    ];
    for (source, expected) in cases {
        same(source, expected);
    }
}

/// What is of DMN and not in the table: no parameters, or any number of them.
#[test]
fn the_table_has_every_function_of_the_standard() {
    let apart = ["now", "today", "concatenate", "union"];
    // Camunda's additions; `and` and `or` are old names of `all` and `any`.
    let additions = [
        "and",
        "assert",
        "cycle",
        "duplicate values",
        "extract",
        "fromAi",
        "from json",
        "get or else",
        "is blank",
        "is defined",
        "is empty",
        "last day of month",
        "or",
        "partition",
        "random number",
        "to base64",
        "to json",
        "trim",
        "uuid",
    ];
    for name in function_names() {
        let known = TABLE.iter().any(|(known, ..)| *known == name);
        assert!(
            known || apart.contains(&name) || additions.contains(&name),
            "{name} has no row"
        );
    }
}

#[test]
fn positions_count_from_either_end_and_stay_inside() {
    let cases = [
        ("substring(\"foobar\", 3)", "\"obar\""),
        ("substring(\"foobar\", -2, 1)", "\"a\""),
        ("substring(\"foobar\", -6)", "\"foobar\""),
        ("substring(\"foobar\", 6)", "\"r\""),
        ("substring(\"foobar\", 3.8)", "\"obar\""),
        ("substring(\"foobar\", 2, 100)", "\"oobar\""),
        ("substring(\"foobar\", 0)", "null"),
        ("substring(\"foobar\", 7)", "null"),
        ("substring(\"foobar\", -7)", "null"),
        ("substring(\"foobar\", 1, 0)", "null"),
        ("substring(\"foobar\", 1, -1)", "null"),
        ("substring(\"\", 1)", "null"),
        ("substring(\"\\U01F40Eab\", 2)", "\"ab\""),
        ("substring(\"\\uD83D\\uDC0Eab\", -3, 1)", "\"\u{1f40e}\""),
        ("string length(\"\\U01F40E\")", "1"),
        ("sublist([1, 2, 3], -2, 1)", "[2]"),
        ("sublist([1, 2, 3], 2, 3)", "null"),
        ("sublist([1, 2, 3], 0)", "null"),
        ("sublist([1, 2, 3], 4)", "null"),
        ("sublist([1, 2, 3], -4)", "null"),
        ("insert before([1, 3], -1, 2)", "[1, 2, 3]"),
        ("insert before([1, 3], 3, 2)", "null"),
        ("insert before([1, 3], 0, 2)", "null"),
        ("remove([1, 2, 3], -1)", "[1, 2]"),
        ("remove([1, 2, 3], 4)", "null"),
        ("list replace([1, 2], -2, 9)", "[9, 2]"),
        ("list replace([1, 2], 3, 9)", "null"),
        ("list replace([1, 2], 0, 9)", "null"),
    ];
    for (source, expected) in cases {
        same(source, expected);
    }
}

#[test]
fn patterns_are_xpaths() {
    let cases = [
        ("replace(\"abracadabra\", \"bra\", \"*\")", "\"a*cada*\""),
        ("replace(\"abracadabra\", \"a.*a\", \"*\")", "\"*\""),
        ("replace(\"abracadabra\", \"a.*?a\", \"*\")", "\"*c*bra\""),
        ("replace(\"abracadabra\", \"a\", \"\")", "\"brcdbr\""),
        (
            "replace(\"abracadabra\", \"a(.)\", \"a$1$1\")",
            "\"abbraccaddabbra\"",
        ),
        ("replace(\"AAAA\", \"A+?\", \"b\")", "\"bbbb\""),
        (
            "replace(\"darted\", \"^(.*?)d(.*)$\", \"$1c$2\")",
            "\"carted\"",
        ),
        (
            "replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")",
            "\"[1=ab][2=]cd\"",
        ),
        ("replace(\"a.b\", \".\", \"x\", \"q\")", "\"axb\""),
        ("replace(\"abc\", \"(b)\", \"\\\\$1\")", "\"a$1c\""),
        // Errors of XPath are null: a pattern that matches nothing at all, and odd replacements.
        ("replace(\"abracadabra\", \".*?\", \"$1\")", "null"),
        ("replace(\"abc\", \"x*\", \"-\")", "null"),
        ("replace(\"abc\", \"\", \"-\")", "null"),
        ("replace(\"abc\", \"b\", \"$\")", "null"),
        ("replace(\"abc\", \"b\", \"\\\\\")", "null"),
        ("replace(\"abc\", \"(\", \"x\")", "null"),
        ("replace(\"abc\", \"b\", \"x\", \"g\")", "null"),
        ("matches(\"abc\", \"B\", \"ii\")", "true"),
        ("matches(\"a\\nb\", \"a.b\")", "false"),
        ("matches(\"a\\nb\", \"a.b\", \"s\")", "true"),
        ("matches(\"a\\nb\", \"^b\")", "false"),
        ("matches(\"a\\nb\", \"^b\", \"m\")", "true"),
        ("matches(\"ab\", \"a b\", \"x\")", "true"),
        (
            "split(\"a;b;c;;\", \";\")",
            "[\"a\", \"b\", \"c\", \"\", \"\"]",
        ),
        ("split(\"\", \";\")", "[\"\"]"),
        ("split(\"a1b22c\", \"[0-9]+\")", "[\"a\", \"b\", \"c\"]"),
    ];
    for (source, expected) in cases {
        same(source, expected);
    }
}

#[test]
fn ranges_from_text_have_literals_as_ends() {
    let cases = [
        ("range(\"]1..2[\")", "(1..2)"),
        ("range(\"[-2..-1.5]\")", "[-2..-1.5]"),
        ("range(\"[2..)\")", "(>= 2)"),
        ("range(\"(..2]\")", "(<= 2)"),
        ("range(\"[\\\"a..b\\\"..\\\"c\\\"]\")", "[\"a..b\"..\"c\"]"),
        (
            "range(\"[@\\\"2024-01-01\\\"..date(\\\"2024-12-31\\\")]\")",
            "[@\"2024-01-01\"..@\"2024-12-31\"]",
        ),
        (
            "range(\"[@\\\"P1D\\\"..@\\\"P2D\\\")\")",
            "[@\"P1D\"..@\"P2D\")",
        ),
        ("range(\"[1+1..3]\")", "null"),
        ("range(\"[a..b]\")", "null"),
        ("range(\"[2..1]\")", "null"),
        ("range(\"[1..\\\"a\\\"]\")", "null"),
        ("range(\"[true..false]\")", "null"),
        ("range(\"[..2]\")", "null"),
        ("range(\"(..)\")", "null"),
        ("range(\"1..2\")", "null"),
        ("range(\"\")", "null"),
    ];
    for (source, expected) in cases {
        same(source, expected);
    }
}
