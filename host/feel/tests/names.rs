//! Names with keywords, operators, digits and characters of any script in them, in every place
//! where an expression may have a name.

use gardesh_feel::{Context, Environment, Expression, NameSet, Value};

const NAMES: [&str; 34] = [
    "plain",
    "Größe",
    "価格",
    "\u{1f40e}",
    "date of birth",
    "number of items in cart",
    "if else",
    "and then",
    "in stock",
    "for sale",
    "function name",
    "list of values",
    "not in use",
    "some value",
    "every day",
    "between jobs",
    "return date",
    "true value",
    "null and void",
    "instance of it",
    "days and hours",
    "date and time zone",
    "string length max",
    "count",
    "date",
    "rate 2",
    "rate2b",
    "a-b",
    "a+b",
    "a*b",
    "a/b",
    "profit & loss",
    "Ada's share",
    "x . y",
];

/// Names that only backticks can write.
const QUOTED: [&str; 16] = [
    "total price",
    "tracking-id",
    "two  spaces",
    " around ",
    "and",
    "if",
    "true",
    "null",
    "in",
    "1st",
    "a.b",
    "f(x)",
    "[0]",
    "a, b",
    "/* x */",
    "date and time",
];

/// Expressions in which `#` stands for the name, whose value is 5.
const PLACES: [(&str, &str); 29] = [
    ("#", "5"),
    ("# + 1", "6"),
    ("1 + #", "6"),
    ("#*2", "10"),
    ("(#)", "5"),
    ("-#", "-5"),
    ("[#, #]", "[5, 5]"),
    ("# = 5", "true"),
    ("# > 4 and # < 6", "true"),
    ("if # = 5 then # else 0", "5"),
    ("# in [#]", "true"),
    ("# in (1..#]", "true"),
    ("# between 1 and #", "true"),
    ("[1..#]", "[1..5]"),
    ("# instance of number", "true"),
    ("sum([#, 1])", "6"),
    ("for i in 1..# return i + #", "[6, 7, 8, 9, 10]"),
    ("some i in [#] satisfies i = #", "true"),
    ("{k: #}.k", "5"),
    ("{k: {#: 1, l: # + 1}.l}.k", "2"),
    ("{#: 1}.#", "1"),
    ("{\"#\": 1}.#", "1"),
    ("[{#: 1}, {#: 2}].#", "[1, 2]"),
    ("[{#: 1}, {#: 7}][# = 7].#", "[7]"),
    ("[{#: 1}, {#: 7}][item.# = 7].#", "[7]"),
    ("for # in [1, 2] return # + 1", "[2, 3]"),
    ("every # in [1, 2] satisfies # < 3", "true"),
    ("(function(#) # + 1)(1)", "2"),
    ("(function(#: number, q) # + q)(#: 1, q: 2)", "3"),
];

#[test]
fn names_stand_wherever_expressions_have_one() {
    for name in NAMES {
        check(name, name, &[name].into_iter().collect());
    }
}

#[test]
fn names_between_backticks_need_no_declaration() {
    for name in NAMES.into_iter().chain(QUOTED) {
        check(name, &format!("`{name}`"), &NameSet::new());
    }
}

#[test]
fn names_between_backticks_and_others_are_the_same() {
    let names: NameSet = ["total price"].into_iter().collect();
    let price: Context = [("total price", Value::from(5))].into_iter().collect();
    let order = Value::context(price.clone());
    let scope: Context = [("total price", Value::from(5)), ("order", order)]
        .into_iter()
        .collect();
    for source in [
        "`total price` = total price",
        "`order`.total price = order.`total price`",
        "{`total price`: 1, x: total price}.x = 1",
        "{total price: 1, x: `total price`}.x = 1",
        "`sum`([total price]) = 5",
        "order[`total price` = 5] = [order]",
        "is defined(order.`total price`) and not(is defined(`total cost`))",
    ] {
        let expression = Expression::parse_with_names(source, &names);
        let expression = expression.unwrap_or_else(|error| panic!("{source}: {error}"));
        let evaluation = expression.evaluate(&scope, &Environment::default());
        assert_eq!(evaluation.value, Value::Bool(true), "{source}");
    }
    let used = Expression::parse("`tracking-id` + order.`total price`");
    let used = used.expect("names between backticks");
    assert_eq!(used.names().collect::<Vec<_>>(), ["order", "tracking-id"]);
}

/// The values of all places with this spelling of a name.
#[track_caller]
fn check(name: &str, written: &str, names: &NameSet) {
    let scope: Context = [(name, Value::from(5))].into_iter().collect();
    let mut failures = Vec::new();
    for (place, expected) in PLACES {
        // Within quotes a name stands as it is.
        let source = place.replace("\"#\"", &format!("\"{name}\""));
        let source = source.replace('#', written);
        let evaluation = match Expression::parse_with_names(&source, names) {
            Ok(expression) => expression.evaluate(&scope, &Environment::default()),
            Err(error) => {
                failures.push(format!("{source}: {error}"));
                continue;
            }
        };
        if evaluation.value.to_string() != expected {
            failures.push(format!(
                "{source}: {}, {}",
                evaluation.value,
                evaluation.reasons()
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
