//! What parsing and evaluating cost: `cargo bench -p gardesh-feel`.

use gardesh_feel::{Context, Environment, Expression, NameSet, Value};

fn main() {
    divan::main();
}

fn variables() -> Context {
    let customer: Context = [("name", Value::from("Ada")), ("tier", "gold".into())]
        .into_iter()
        .collect();
    let numbers: Vec<Value> = (0..10_000).map(Value::from).collect();
    let entries = [
        ("amount", Value::from(1500)),
        ("customer", customer.into()),
        ("xs", numbers.into()),
    ];
    entries.into_iter().collect()
}

fn compiled(source: &str) -> Expression {
    Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[divan::bench(args = [
    "amount > 1000 and customer.tier = \"gold\"",
    "amount * 1.19 + 4.90",
    "if amount > 1000 then \"high\" else \"low\"",
    "substring(customer.name, 1, 2) + \"!\"",
    "amount in [1000..2000]",
    "date(\"2024-02-29\") + duration(\"P1Y\")",
    "matches(customer.name, \"[A-Z][a-z]+\")",
    "amount / 7",
])]
fn evaluate(bencher: divan::Bencher<'_, '_>, source: &str) {
    let (expression, scope, environment) = (compiled(source), variables(), Environment::default());
    assert!(
        expression
            .evaluate(&scope, &environment)
            .warnings
            .is_empty()
    );
    bencher.bench(|| expression.evaluate(divan::black_box(&scope), &environment));
}

#[divan::bench(args = [
    "sum(for x in xs return x * 2)",
    "count(xs[item > 5000])",
    "every x in xs satisfies x >= 0",
    "sort(xs, function(a, b) a > b)[1]",
    "count(for x in 1..10000 return if x = 1 then 1 else partial[-1] + x)",
])]
fn ten_thousand_items(bencher: divan::Bencher<'_, '_>, source: &str) {
    let (expression, scope, environment) = (compiled(source), variables(), Environment::default());
    assert!(
        expression
            .evaluate(&scope, &environment)
            .warnings
            .is_empty()
    );
    bencher.bench(|| expression.evaluate(divan::black_box(&scope), &environment));
}

#[divan::bench]
fn unary_test(bencher: divan::Bencher<'_, '_>) {
    let tests = Expression::parse_unary_tests("< 5, [10..20]", &NameSet::new()).expect("valid");
    let environment = Environment::default();
    bencher.bench(|| tests.test(Value::from(12), &(), &environment));
}

#[divan::bench(args = ["amount > 1000 and customer.tier = \"gold\"", "{a: for x in xs return x * 2, b: sum(a[item > 3])}"])]
fn parse(source: &str) -> Expression {
    compiled(divan::black_box(source))
}

#[divan::bench]
fn json_200_bytes(bencher: divan::Bencher<'_, '_>) {
    let text = r#"{"id":"A-1029","amount":1250.75,"currency":"EUR","customer":{"name":"Ada Lovelace","tier":"gold","since":"2019-04-01"},"lines":[{"sku":"x1","qty":2},{"sku":"y2","qty":1}],"express":true,"note":null}"#;
    bencher.bench(|| Value::from_json(divan::black_box(text)).map(|value| value.to_json()));
}
