//! A name belongs to the scope that declares it: elsewhere `price-discount` is a subtraction.

use crate::support::{definitions, escaped, literal, outcome};

/// Elements that use operators in their names everywhere but in `d`, which requires `price`, `discount`,
/// `order` and `orders`.
const AROUND: &str = r##"
<itemDefinition name="tOrder"><itemComponent name="unit-price"><typeRef>number</typeRef></itemComponent>
  <itemComponent name="count"><typeRef>number</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tOther"><itemComponent name="price-discount"><typeRef>number</typeRef></itemComponent>
  <itemComponent name="count-discount"><typeRef>number</typeRef></itemComponent></itemDefinition>
<itemDefinition name="tOrders" isCollection="true"><typeRef>tOrder</typeRef></itemDefinition>
<itemDefinition name="price-rate"><typeRef>number</typeRef></itemDefinition>
<inputData id="p" name="price"/><inputData id="q" name="discount"/><inputData id="r" name="price/discount"/>
<inputData id="o" name="order"><variable name="order" typeRef="tOrder"/></inputData>
<inputData id="os" name="orders"><variable name="orders" typeRef="tOrders"/></inputData>
<inputData id="u" name="untyped"/>
<businessKnowledgeModel id="b" name="twice-it"><encapsulatedLogic><formalParameter name="price-discount"/>
  <literalExpression><text>price-discount * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
<decision id="x" name="price*discount"><literalExpression><text>100</text></literalExpression></decision>
<decision id="y" name="y"><context><contextEntry><variable name="price+discount"/><literalExpression><text>1</text></literalExpression></contextEntry></context></decision>"##;

const REQUIRED: [&str; 5] = ["p", "q", "o", "os", "u"];

fn value(name: &str, logic: &str, required: &[&str]) -> String {
    let requirements: String = required
        .iter()
        .map(|id| match *id {
            "b" => r##"<knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>"##.to_owned(),
            "x" => r##"<informationRequirement><requiredDecision href="#x"/></informationRequirement>"##.to_owned(),
            id => format!(r##"<informationRequirement><requiredInput href="#{id}"/></informationRequirement>"##),
        })
        .collect();
    let xml = definitions(&format!(
        r#"{AROUND}<decision id="d" name="{name}">{requirements}{logic}</decision>"#
    ));
    let given = r#"{price: 10, discount: 3, "price/discount": 77, order: {"unit-price": 7, count: 2},
        orders: [{"unit-price": 7, count: 2}, {"unit-price": 1, count: 5}], untyped: {"price-discount": 8, "unit-price": 9, price: 50}}"#;
    outcome(&xml, given).value.to_string()
}

fn check(cases: &[(&str, &str, &str)], wrap: impl Fn(&str) -> String) {
    for (more, source, expected) in cases {
        let required: Vec<_> = REQUIRED
            .into_iter()
            .chain(more.split_whitespace())
            .collect();
        let logic = wrap(&escaped(source));
        assert_eq!(value("d", &logic, &required), *expected, "{source}");
    }
}

/// What is required besides, an expression, and its value.
const EXPRESSIONS: &[(&str, &str, &str)] = &[
    // Names of others: a parameter, an input, a decision, a context entry, a type.
    ("", "price-discount", "7"),
    ("", "price/discount > 3", "true"),
    ("", "price*discount", "30"),
    ("", "price+discount", "13"),
    ("", "price - discount", "7"),
    // The same names where they are required.
    ("r", "price/discount", "77"),
    ("r", "price/discount - price", "67"),
    ("x", "price*discount", "100"),
    ("b", "twice-it(price-discount)", "14"),
    ("b", "twice-it(price-discount: price)", "20"),
    // Entries after a dot, of the type that stands there.
    ("", "order.unit-price", "7"),
    ("", "order.unit-price-order.count", "5"),
    ("", "order.count-discount", "-1"),
    ("", "orders[1].count-discount", "-1"),
    ("", "orders[unit-price > 3].count", "[2]"),
    ("", "orders[count-discount < 0].unit-price", "[7]"),
    ("", "orders[count > price-discount]", "[]"),
    ("", "for o in orders return o.count-discount", "[-1, 2]"),
    ("", "for o in orders return o.unit-price", "[7, 1]"),
    (
        "",
        "some o in orders satisfies o.count-discount > 1",
        "true",
    ),
    // Nothing is known of the value before the dot: it has the longest entry that something has.
    ("", "untyped.unit-price", "9"),
    ("", "untyped.price-discount", "8"),
    // Names that the expression declares itself, as far as they reach.
    ("", "{price-discount: 1, e: price-discount}.e", "1"),
    ("", "{a: {price-discount: 1}, e: price-discount}.e", "7"),
    ("", "{price-discount: 1}.price-discount", "1"),
    (
        "",
        "[{price-discount: 1}, {price-discount: 2}][price-discount > 1].price-discount",
        "[2]",
    ),
    (
        "",
        "[for price-discount in [1] return price-discount, price-discount]",
        "[[1], 7]",
    ),
    (
        "",
        "[(function(price-discount) price-discount)(4), price-discount]",
        "[4, 7]",
    ),
    ("", "price-rate", "null"),
    ("", "price instance of price-rate", "true"),
];

#[test]
fn in_literal_expressions() {
    check(EXPRESSIONS, |source| {
        format!("<literalExpression><text>{source}</text></literalExpression>")
    });
}

#[test]
fn in_the_parts_of_boxed_expressions() {
    let expression =
        |source: &str| format!("<literalExpression><text>{source}</text></literalExpression>");
    let boxes: [fn(String) -> String; 7] = [
        |e| {
            format!(
                "<context><contextEntry><variable name=\"r\"/>{e}</contextEntry><contextEntry><literalExpression><text>r</text></literalExpression></contextEntry></context>"
            )
        },
        |e| {
            format!(
                "<conditional><if><literalExpression><text>true</text></literalExpression></if><then>{e}</then><else>{e}</else></conditional>"
            )
        },
        |e| {
            format!(
                "<context><contextEntry><variable name=\"f\"/><functionDefinition><formalParameter name=\"n\"/>{e}</functionDefinition></contextEntry><contextEntry><literalExpression><text>f(1)</text></literalExpression></contextEntry></context>"
            )
        },
        |e| {
            format!(
                "<context><contextEntry><variable name=\"r\"/><list>{e}</list></contextEntry><contextEntry><literalExpression><text>r[1]</text></literalExpression></contextEntry></context>"
            )
        },
        |e| {
            format!(
                "<context><contextEntry><variable name=\"r\"/><relation><column name=\"c\"/><row>{e}</row></relation></contextEntry><contextEntry><literalExpression><text>r[1].c</text></literalExpression></contextEntry></context>"
            )
        },
        |e| {
            format!(
                "<context><contextEntry><variable name=\"r\"/><for iteratorVariable=\"i\"><in><literalExpression><text>[1]</text></literalExpression></in><return>{e}</return></for></contextEntry><contextEntry><literalExpression><text>r[1]</text></literalExpression></contextEntry></context>"
            )
        },
        |e| {
            format!(
                "<decisionTable><output/><rule><outputEntry>{}</outputEntry></rule></decisionTable>",
                e.replace("<literalExpression>", "")
                    .replace("</literalExpression>", "")
            )
        },
    ];
    for wrap in boxes {
        check(EXPRESSIONS, |source| wrap(expression(source)));
    }
}

#[test]
fn a_boxed_scope_declares_its_own_names() {
    let cases = [
        // Entries see those before them, and nothing of other contexts.
        (
            r#"<context><contextEntry><variable name="price-discount"/>A</contextEntry><contextEntry>B</contextEntry></context>"#,
            ("1", "price-discount", "1"),
        ),
        (
            r#"<context><contextEntry><variable name="a"/><context><contextEntry><variable name="price-discount"/>A</contextEntry></context></contextEntry><contextEntry>B</contextEntry></context>"#,
            ("1", "price-discount", "7"),
        ),
        (
            r#"<context><contextEntry><variable name="a"/>B</contextEntry><contextEntry><variable name="price-discount"/>A</contextEntry><contextEntry><literalExpression><text>a</text></literalExpression></contextEntry></context>"#,
            ("1", "price-discount", "7"),
        ),
        // A function calls itself by the name of its entry.
        (
            r#"<context><contextEntry><variable name="down-to"/><functionDefinition><formalParameter name="n-1"/>A</functionDefinition></contextEntry><contextEntry>B</contextEntry></context>"#,
            ("if n-1 = 0 then 0 else down-to(n-1 - 1)", "down-to(3)", "0"),
        ),
        (
            r#"<for iteratorVariable="price-discount"><in>A</in><return>B</return></for>"#,
            ("[price-discount]", "price-discount + 1", "[8]"),
        ),
        (
            r#"<every iteratorVariable="price-discount"><in>A</in><satisfies>B</satisfies></every>"#,
            ("[price-discount]", "price-discount = 7", "true"),
        ),
        (
            r#"<filter><in>A</in><match>B</match></filter>"#,
            (
                "orders",
                "unit-price > 3 and price-discount = 7",
                "[{\"unit-price\": 7, count: 2}]",
            ),
        ),
    ];
    for (boxes, (first, second, expected)) in cases {
        let logic = boxes
            .replace('A', "\u{1}")
            .replace('B', &literal(second))
            .replace('\u{1}', &literal(first));
        let found = value("d", &logic, &REQUIRED);
        assert_eq!(
            found.replace("\"unit-price\"", "unit-price"),
            expected.replace("\"unit-price\"", "unit-price"),
            "{boxes}"
        );
    }
}

#[test]
fn a_decision_does_not_see_its_own_name() {
    assert_eq!(
        value("price-discount", &literal("price-discount"), &REQUIRED),
        "7"
    );
    assert_eq!(
        value("d", &literal("(price-discount)/price"), &REQUIRED),
        "0.7"
    );
}
