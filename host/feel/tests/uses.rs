//! Which names an expression takes from outside: not those that it binds itself, and how sure it is of the others.

use gardesh_feel::{Expression, NameSet};

/// Written as `name`, called ones as `name()`, uncertain ones with a `?`.
fn uses(expression: &Expression) -> String {
    let uses = expression.uses();
    let written = uses.iter().map(|found| {
        let call = if found.called { "()" } else { "" };
        let doubt = if found.certain { "" } else { "?" };
        format!("{}{call}{doubt}", found.name)
    });
    written.collect::<Vec<_>>().join(" ")
}

#[test]
fn names_from_outside_are_told_from_those_of_the_expression() {
    for (source, expected) in [
        ("1 + 2", ""),
        ("a + b * a", "a b a"),
        ("order.customer.name", "order"),
        ("sum(prices)", "prices"),
        ("string length(a)", "a"),
        ("sum", ""),
        ("lenght(a)", "lenght() a"),
        ("tools.check(a)", "tools a"),
        ("f(x: a)", "f() a"),
        ("for i in items return i * rate", "items rate"),
        ("for i in a, j in i.parts return i + j", "a"),
        ("for i in 1..n return partial[-1] + i", "n"),
        ("for i in a return b + partial[-1]", "a b"),
        ("(for i in a return i) + i", "a i"),
        ("some x in xs satisfies x > limit", "xs limit"),
        ("every x in xs, y in x satisfies y > x", "xs"),
        ("{a: 1, b: a + c}", "c"),
        ("{a: b, b: 1}", "b"),
        ("{a: 1}.a + a", "a"),
        (
            "{f: function(n) if n = 0 then 0 else f(n - 1), r: f(3)}",
            "",
        ),
        ("function(x: number, y) x + y + z", "z"),
        ("(function(x) x)(x)", "x"),
        ("items[price > limit]", "items price? limit?"),
        ("items[item.price > 3]", "items"),
        ("items[lenght(name) > 3]", "items lenght()? name?"),
        ("items[price > 3][1].name + item", "items price? item"),
        ("items[some x in parts satisfies x = y]", "items parts? y?"),
        ("is defined(a)", "a?"),
        ("is defined(a.b) and a.b > 1", "a? a"),
        ("get or else(a, b)", "a? b?"),
        ("if a = null then b else c", "a b c"),
        ("a in [b..c]", "a b c"),
        ("a between b and c", "a b c"),
        ("a instance of number", "a"),
        ("@\"2024-01-01\" < day", "day"),
        ("[a, {b: c}, -d, not(e)]", "a c d e"),
    ] {
        let expression =
            Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(uses(&expression), expected, "{source}");
    }
}

#[test]
fn unary_tests_take_their_input_from_no_one() {
    for (source, expected) in [
        ("-", ""),
        ("< limit, \"x\"", "limit"),
        ("? > a", "a"),
        ("not(a, [b..c])", "a b c"),
        ("contains(?, gold)", "gold"),
    ] {
        let expression = Expression::parse_unary_tests(source, &NameSet::new())
            .unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(uses(&expression), expected, "{source}");
    }
}

#[test]
fn declared_names_are_whole_and_shadow_functions_only_when_bound() {
    let names: NameSet = ["first name", "count"].into_iter().collect();
    let expression = Expression::parse_with_names("first name + count(a)", &names).unwrap();
    assert_eq!(uses(&expression), "first name a");
}
