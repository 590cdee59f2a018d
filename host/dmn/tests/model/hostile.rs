//! Hostile and broken files: an answer in bounded time and without a panic or an overflowing stack,
//! whatever the file holds.

use crate::support::{compiled, decision, definitions, inputs, lines, literal};
use gardesh_dmn::{Diagnostic, compile, limits, read};
use gardesh_feel::{Bound, Environment};
use proptest::prelude::*;

fn codes(xml: &str) -> Vec<&'static str> {
    let diagnostics = compile(xml).expect_err("to be refused");
    diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| d.code)
        .collect()
}

/// The stack that threads have. The bounds are made for optimised code; without optimisation its
/// frames are several times as large.
const STACK_BYTES: usize = if cfg!(debug_assertions) {
    16 << 20
} else {
    2 << 20
};

/// Runs on such a stack, whatever that of the test runner is.
fn on_usual_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work);
        thread.expect("a thread").join().expect("no panic")
    })
}

/// An expression nested so often in lists.
fn nested(depth: usize, inside: &str) -> String {
    format!(
        "{}{inside}{}",
        "<list>".repeat(depth),
        "</list>".repeat(depth)
    )
}

#[test]
fn bounds_of_the_file_are_kept() {
    let many = |element: &str, count: usize| element.repeat(count);
    let cases = [
        (
            r#"<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>"#.to_owned(),
            "dtd-not-allowed",
        ),
        ("<definitions/>".to_owned(), "not-dmn"),
        ("<definitions".to_owned(), "not-well-formed"),
        (String::new(), "not-well-formed"),
        (
            decision(&nested(limits::MAX_NESTING + 1, "")),
            "nested-too-deep",
        ),
        (
            decision(&format!(
                "<context>{}</context>",
                many("<contextEntry/>", limits::MAX_ENTRIES + 1)
            )),
            "too-many-entries",
        ),
        (
            definitions(
                &(0..=limits::MAX_ELEMENTS)
                    .map(|i| {
                        format!("<decision id='d{i}' name='d{i}'><literalExpression/></decision>")
                    })
                    .collect::<String>(),
            ),
            "too-many-elements",
        ),
        (
            decision(&format!(
                "{}<literalExpression/>",
                many(
                    "<informationRequirement><requiredDecision href='#e'/></informationRequirement>",
                    limits::MAX_REQUIREMENTS + 1,
                )
            ))
            .replace(
                "</definitions>",
                "<decision id='e' name='e'><literalExpression/></decision></definitions>",
            ),
            "too-many-requirements",
        ),
        (
            decision(&format!(
                "<decisionTable><output/>{}</decisionTable>",
                many("<rule><outputEntry/></rule>", limits::MAX_RULES + 1)
            )),
            "table-too-large",
        ),
    ];
    for (xml, code) in cases {
        let start: String = xml.chars().take(80).collect();
        assert_eq!(codes(&xml), [code], "{start}");
    }
}

#[test]
fn the_deepest_model_that_is_allowed_is_evaluated() {
    let inside = decision(&nested(limits::MAX_NESTING - 1, &literal("1")));
    let outcome = compiled(&inside).evaluate("d", &inputs("{}"), &Environment::default());
    let expected = format!(
        "{}1{}",
        "[".repeat(limits::MAX_NESTING - 1),
        "]".repeat(limits::MAX_NESTING - 1)
    );
    assert_eq!(outcome.value.to_string(), expected);
}

#[test]
fn types_that_grow_exponentially_or_without_end_are_refused() {
    let component = |name: &str, kind: String| {
        format!("<itemComponent name='{name}'><typeRef>{kind}</typeRef></itemComponent>")
    };
    let doubling: String = (0..30)
        .map(|i| {
            let parts = [
                component("a", format!("t{}", i + 1)),
                component("b", format!("t{}", i + 1)),
            ];
            format!(
                "<itemDefinition name='t{i}'>{}</itemDefinition>",
                parts.concat()
            )
        })
        .collect();
    assert!(codes(&definitions(&doubling)).contains(&"type-too-large"));
    let chain: String = (0..5_000)
        .map(|i| {
            format!(
                "<itemDefinition name='t{i:04}'><typeRef>t{:04}</typeRef></itemDefinition>",
                i + 1
            )
        })
        .collect();
    assert!(codes(&definitions(&chain)).contains(&"type-too-deep"));
    let backwards: String = (1..200)
        .map(|i| {
            format!(
                "<itemDefinition name='t{i:04}'><typeRef>t{:04}</typeRef></itemDefinition>",
                i - 1
            )
        })
        .collect();
    assert!(!codes(&definitions(&backwards)).is_empty());
}

#[test]
fn long_chains_of_decisions_are_evaluated_without_recursion() {
    let link = |i: usize| {
        let literal = literal(&format!("d{} + 1", i + 1));
        format!(
            "<decision id='d{i}' name='d{i}'><informationRequirement><requiredDecision href='#d{}'/></informationRequirement>{literal}</decision>",
            i + 1
        )
    };
    let last = 15_000;
    let chain: String = (0..last).map(link).collect();
    let end = format!(
        "<decision id='d{last}' name='d{last}'>{}</decision>",
        literal("0")
    );
    let model = compiled(&definitions(&format!("{chain}{end}")));
    let outcome = model.evaluate("d0", &inputs("{}"), &Environment::default());
    assert_eq!(outcome.value, i64::try_from(last).expect("small").into());
    assert_eq!(outcome.evaluated.len(), limits::MAX_RECORDS);
}

#[test]
fn endless_work_ends_at_a_bound() {
    let recursion = |body: &str| {
        definitions(&format!(
            "<businessKnowledgeModel id='f' name='f'><encapsulatedLogic><formalParameter name='n'/>{body}</encapsulatedLogic></businessKnowledgeModel>
<decision id='d' name='d'><knowledgeRequirement><requiredKnowledge href='#f'/></knowledgeRequirement>{}</decision>",
            literal("f(1)")
        ))
    };
    let deep = nested(limits::MAX_NESTING - 2, &literal("f(n + 1)"));
    let contexts = limits::MAX_NESTING - 2;
    let deep_contexts = format!(
        "{}{}{}",
        "<context><contextEntry>".repeat(contexts),
        literal("f(n + 1)"),
        "</contextEntry></context>".repeat(contexts)
    );
    let in_loops = |depth: usize| {
        let open = "<for iteratorVariable='i'><in><literalExpression><text>[1..1000]</text></literalExpression></in><return>";
        format!(
            "{}{}{}",
            open.repeat(depth),
            literal("i"),
            "</return></for>".repeat(depth)
        )
    };
    let table_in_loop = decision(
        "<for iteratorVariable='i'><in><literalExpression><text>[1..90000]</text></literalExpression></in><return><decisionTable><input><inputExpression><text>i</text></inputExpression></input><output/><rule><inputEntry><text>-</text></inputEntry><outputEntry><text>i + 1</text></outputEntry></rule></decisionTable></return></for>",
    );
    let cases = [
        (recursion(&literal("f(n + 1)")), Some(Bound::Depth)),
        (recursion(&deep), Some(Bound::Depth)),
        (recursion(&deep_contexts), Some(Bound::Depth)),
        (decision(&in_loops(5)), Some(Bound::Fuel)),
        (
            decision(&literal("for i in 1..1000000000 return i")),
            Some(Bound::ListLength),
        ),
        (table_in_loop, None),
    ];
    for (xml, expected) in cases {
        let work = || compiled(&xml).evaluate("d", &inputs("{}"), &Environment::default());
        let outcome = on_usual_stack(work);
        if expected != Some(Bound::ListLength) {
            assert_eq!(outcome.exceeded, expected, "{}", outcome.reasons());
        }
        assert!(outcome.exceeded.is_none() || outcome.value.is_null());
        assert!(outcome.evaluated.len() <= limits::MAX_RECORDS);
        for record in &outcome.evaluated {
            assert!(record.matched_rules.len() <= limits::MAX_RECORD_PARTS);
            assert!(record.inputs.len() <= limits::MAX_RECORD_PARTS);
        }
    }
}

#[test]
fn many_scopes_with_many_names_end_at_a_bound() {
    let entry = |i| format!("<contextEntry><variable name='a {i}'/><context/></contextEntry>");
    let entries: String = (0..limits::MAX_ENTRIES).map(entry).collect();
    let context = format!("<decision id='ID' name='ID'><context>{entries}</context></decision>");
    let scopes: String = ["a", "b", "c"].map(|id| context.replace("ID", id)).concat();
    let scopes = definitions(&scopes);
    let component = |i| format!("<itemComponent name='a {i}'/>");
    let components: String = (0..1_500).map(component).collect();
    let decide = |i| {
        format!(
            "<decision id='d{i}' name='d{i}'>{}</decision>",
            literal("a")
        )
    };
    let decisions: String = (0..4_000).map(decide).collect();
    let vocabulary = definitions(&format!(
        "<itemDefinition name='t'>{components}</itemDefinition>{decisions}"
    ));
    for xml in [scopes, vocabulary] {
        let mut codes = codes(&xml);
        codes.dedup();
        assert_eq!(codes[0], "too-many-names");
    }
}

#[test]
fn results_that_hold_earlier_ones_end_at_a_bound() {
    let doubling = decision(
        "<for iteratorVariable='i'><in><literalExpression><text>[1..50000]</text></literalExpression></in><return><literalExpression><text>partial</text></literalExpression></return></for>",
    );
    let outcome = compiled(&doubling).evaluate("d", &inputs("{}"), &Environment::default());
    assert!(matches!(
        outcome.exceeded,
        Some(Bound::ValueSize | Bound::ValueDepth)
    ));
}

const TOKENS: [&str; 24] = [
    "<decision id='d' name='d'>",
    "</decision>",
    "<literalExpression>",
    "</literalExpression>",
    "<text>",
    "</text>",
    "1 + x",
    "&lt; 5",
    "<decisionTable>",
    "</decisionTable>",
    "<input>",
    "</input>",
    "<output name='o'/>",
    "<rule>",
    "</rule>",
    "<inputEntry>",
    "</inputEntry>",
    "<context>",
    "</context>",
    "<contextEntry>",
    "</contextEntry>",
    "<variable name='v' typeRef='number'/>",
    "<informationRequirement><requiredDecision href='#d'/></informationRequirement>",
    "<itemDefinition name='t'><typeRef>t</typeRef></itemDefinition>",
];

/// A model with something of almost everything, to be mutilated.
const RICH: &str = include_str!("rich.dmn");

fn sound(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .all(|d| d.line >= 1 && d.column >= 1 && d.message.starts_with("Expected "))
}

#[test]
fn the_rich_model_is_sound() {
    let model = compile(RICH).unwrap_or_else(|found| panic!("{}", lines(&found)));
    assert_eq!(model.warnings(), []);
    let outcome = model.evaluate(
        "offer",
        &inputs("{Applicant: {first name: \"Mina\", age: 40}}"),
        &Environment::default(),
    );
    assert_eq!(outcome.reasons(), "");
    assert_eq!(
        outcome.value.to_string(),
        r#"{greeting: "Dear Mina", rate: 0.03, fees: [1, 4], cheap: [{name: "basic", price: 5}], all cheap: false, some cheap: true, total: 4}"#
    );
}

proptest! {
    #[test]
    fn whatever_is_put_together_is_answered(tokens in proptest::collection::vec(0..TOKENS.len(), 0..40)) {
        let body: String = tokens.into_iter().map(|token| TOKENS[token]).collect();
        let reading = read(&definitions(&body), &[]);
        prop_assert!(sound(&reading.diagnostics));
        if let Some(model) = reading.model {
            let _ = model.evaluate("d", &inputs("{x: 1}"), &Environment::default());
        }
    }

    #[test]
    fn mutilated_models_are_answered(from in 0..RICH.len(), length in 0usize..60, put in "[<>a-z#/ &;\"'1-9]{0,8}") {
        let mut bytes = RICH.as_bytes().to_vec();
        let end = (from + length).min(bytes.len());
        bytes.splice(from..end, put.bytes());
        let xml = String::from_utf8_lossy(&bytes);
        let reading = read(xml.as_bytes(), &[]);
        prop_assert!(sound(&reading.diagnostics), "{}", lines(&reading.diagnostics));
        if let Some(model) = reading.model {
            let given = inputs("{Applicant: {first name: \"Mina\", age: 40}}");
            let _ = model.evaluate("offer", &given, &Environment::default());
        }
    }

    #[test]
    fn evaluation_repeats_itself(age in 0i64..120) {
        let model = compile(RICH).expect("the rich model");
        let given = inputs(&format!("{{Applicant: {{first name: \"Mina\", age: {age}}}}}"));
        let evaluate = || model.evaluate("offer", &given, &Environment::default());
        prop_assert_eq!(evaluate(), evaluate());
    }
}
