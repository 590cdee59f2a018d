//! The DMN Technology Compatibility Kit's models, as far as they are plain FEEL: decisions with a
//! literal expression, over input data and other such decisions. Decision tables, boxed
//! expressions and business knowledge models belong to the DMN crate and are counted as skipped.
//!
//! The kit is looked for where `GARDESH_CORPORA` says, or beside the workspace in
//! `shared/corpora`; without it the test says so and passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use gardesh_feel::{Context, Environment, Expression, NameSet, Number, Type, Value};
use roxmltree::{Document, Node};

/// Cases that are known to fail, as `model case`, with the reason. One that passes fails the test.
const EXPECTED_FAILURES: &[(&str, &str)] = &[
    (
        "0068-feel-equality range_010",
        "(=10) and [10..10] are one and the same range",
    ),
    (
        "0068-feel-equality range_012",
        "!=10 is a test and no value",
    ),
    (
        "1111-feel-matches-function K2-MatchesFunc-17",
        "back-references cannot be matched in linear time",
    ),
];

#[test]
fn literal_expressions_of_the_kit() {
    let Some(root) = corpus() else {
        eprintln!(
            "SKIPPED: Expected the DMN TCK in $GARDESH_CORPORA/dmn-tck or ../shared/corpora/dmn-tck, but it is not there"
        );
        return;
    };
    let mut tally = Tally::default();
    for level in ["compliance-level-2", "compliance-level-3"] {
        for folder in sorted(&root.join(level)) {
            run_folder(&folder, &mut tally);
        }
    }
    for failure in &tally.failures {
        println!("{failure}");
    }
    println!(
        "{} passed, {} failed, {} skipped",
        tally.passed,
        tally.failures.len(),
        tally.skipped
    );
    assert!(tally.passed > 1500, "the kit should hold more cases");
    assert!(
        tally.failures.is_empty(),
        "{} cases failed",
        tally.failures.len()
    );
}

#[derive(Default)]
struct Tally {
    passed: usize,
    skipped: usize,
    failures: Vec<String>,
}

fn corpus() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpora = std::env::var_os("GARDESH_CORPORA")
        .map_or(workspace.join("../shared/corpora"), PathBuf::from);
    Some(corpora.join("dmn-tck")).filter(|path| path.is_dir())
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the kit");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.sort();
    paths
}

fn run_folder(folder: &Path, tally: &mut Tally) {
    for path in sorted(folder)
        .iter()
        .filter(|path| path.to_string_lossy().contains("-test-"))
    {
        let text = fs::read_to_string(path).expect("readable cases");
        let cases = Document::parse(&text).expect("well-formed cases");
        let model_name = child_text(cases.root_element(), "modelName").expect("a model name");
        let model_text =
            fs::read_to_string(folder.join(model_name.trim())).expect("a readable model");
        let document = Document::parse(&model_text).expect("a well-formed model");
        let model = Model::new(&document);
        for case in children(cases.root_element(), "testCase") {
            run_case(&model, case, tally);
        }
    }
}

fn run_case(model: &Model<'_, '_>, case: Node<'_, '_>, tally: &mut Tally) {
    let id = format!("{} {}", model.name, case.attribute("id").unwrap_or("?"));
    let mut inputs = Context::new();
    for input in children(case, "inputNode") {
        inputs.insert(
            input.attribute("name").expect("an input's name"),
            expected_value(input),
        );
    }
    if case.attribute("invocableName").is_some() {
        tally.skipped += 1;
        return;
    }
    for result in children(case, "resultNode") {
        let name = result.attribute("name").expect("a result's name");
        let of_decision = result
            .attribute("type")
            .is_none_or(|kind| kind == "decision");
        let decided = if of_decision {
            model.decide(name, &inputs, 0)
        } else {
            None
        };
        let Some((actual, reasons)) = decided else {
            tally.skipped += 1;
            continue;
        };
        let expected = children(result, "expected")
            .next()
            .map_or(Value::Null, expected_value);
        let known = EXPECTED_FAILURES.iter().find(|(known, _)| *known == id);
        match (close(&expected, &actual), known) {
            (true, None) => tally.passed += 1,
            (false, Some(_)) => tally.skipped += 1,
            (true, Some(_)) => tally
                .failures
                .push(format!("{id} {name}: Expected to fail, but it passes")),
            (false, None) => {
                let source = model.source(name).unwrap_or_default();
                tally.failures.push(format!(
                    "{id} {name}: {source}\n    expected {expected}, but got {actual}; {reasons}"
                ));
            }
        }
    }
}

struct Model<'a, 'input> {
    name: &'a str,
    decisions: BTreeMap<&'a str, Node<'a, 'input>>,
    names: NameSet,
}

impl<'a, 'input> Model<'a, 'input> {
    fn new(document: &'a Document<'input>) -> Model<'a, 'input> {
        let root = document.root_element();
        let mut names = NameSet::new();
        for node in root.descendants().filter(|node| {
            matches!(
                node.tag_name().name(),
                "inputData" | "decision" | "itemComponent"
            )
        }) {
            names.declare(node.attribute("name").unwrap_or_default());
        }
        // Definitions may use later ones; two rounds resolve what the kit has.
        for _ in 0..2 {
            for definition in children(root, "itemDefinition") {
                if let Some(declared) = item_type(definition, &names) {
                    names.declare_type(definition.attribute("name").unwrap_or_default(), declared);
                }
            }
        }
        let decisions = children(root, "decision")
            .map(|node| (node.attribute("name").unwrap_or_default(), node))
            .collect();
        Model {
            name: root.attribute("name").unwrap_or_default(),
            decisions,
            names,
        }
    }

    fn source(&self, name: &str) -> Option<&'a str> {
        let literal = children(*self.decisions.get(name)?, "literalExpression").next()?;
        Some(child_text(literal, "text").unwrap_or_default())
    }

    /// The value and the reasons for nulls; `None` when more than FEEL is needed.
    fn decide(&self, name: &str, inputs: &Context, depth: u32) -> Option<(Value, String)> {
        let decision = *self.decisions.get(name)?;
        let source = self.source(name)?;
        if depth > 10 || children(decision, "knowledgeRequirement").next().is_some() {
            return None;
        }
        let mut scope = inputs.clone();
        for requirement in children(decision, "informationRequirement")
            .flat_map(|node| children(node, "requiredDecision"))
        {
            let id = requirement.attribute("href")?.trim_start_matches('#');
            let (required, _) = self
                .decisions
                .iter()
                .find(|(_, node)| node.attribute("id") == Some(id))?;
            scope.insert(*required, self.decide(required, inputs, depth + 1)?.0);
        }
        let (value, reasons) = match Expression::parse_with_names(source, &self.names) {
            Ok(expression) => {
                let evaluation = expression.evaluate(&scope, &Environment::default());
                let reasons = evaluation.reasons();
                (evaluation.value, reasons)
            }
            Err(error) => (Value::Null, error.to_string()),
        };
        let declared = children(decision, "variable")
            .next()
            .and_then(|variable| variable.attribute("typeRef"));
        let declared = declared.and_then(|name| Type::parse(name, &self.names).ok());
        Some(match declared {
            Some(declared) => (declared.convert(value).unwrap_or(Value::Null), reasons),
            None => (value, reasons),
        })
    }
}

fn item_type(definition: Node<'_, '_>, names: &NameSet) -> Option<Type> {
    let components: Vec<_> = children(definition, "itemComponent").collect();
    let item = if let Some(function) = children(definition, "functionItem").next() {
        let parameters = children(function, "parameters")
            .map(|parameter| Type::parse(parameter.attribute("typeRef")?, names).ok());
        let result = function
            .attribute("outputTypeRef")
            .and_then(|name| Type::parse(name, names).ok());
        Type::Function(
            parameters.collect::<Option<_>>()?,
            Box::new(result.unwrap_or(Type::Any)),
        )
    } else if components.is_empty() {
        Type::parse(child_text(definition, "typeRef")?.trim(), names).ok()?
    } else {
        let entry = |component: &Node<'_, '_>| {
            Some((
                component.attribute("name")?.into(),
                item_type(*component, names)?,
            ))
        };
        Type::Context(components.iter().map(entry).collect::<Option<_>>()?)
    };
    Some(if definition.attribute("isCollection") == Some("true") {
        Type::List(Box::new(item))
    } else {
        item
    })
}

/// The value of an `expected`, `item`, `component` or `inputNode`.
fn expected_value(node: Node<'_, '_>) -> Value {
    if let Some(list) = children(node, "list").next() {
        return children(list, "item")
            .map(expected_value)
            .collect::<Vec<_>>()
            .into();
    }
    let components: Vec<_> = children(node, "component").collect();
    if !components.is_empty() {
        let entry = |component: Node<'_, '_>| {
            (
                component
                    .attribute("name")
                    .expect("a component's name")
                    .to_owned(),
                expected_value(component),
            )
        };
        return Value::context(components.into_iter().map(entry).collect());
    }
    let Some(value) = children(node, "value").next() else {
        return Value::Null;
    };
    let attribute = |name| {
        value
            .attributes()
            .find(|attribute| attribute.name() == name)
            .map(|attribute| attribute.value())
    };
    if attribute("nil") == Some("true") {
        return Value::Null;
    }
    let text = value.text().unwrap_or_default();
    match attribute("type").map(|name| name.rsplit(':').next().unwrap_or(name)) {
        Some("decimal" | "double" | "integer" | "int" | "float" | "long") => text
            .trim()
            .parse::<Number>()
            .map_or(Value::Null, Value::Number),
        Some("boolean") => (text.trim() == "true").into(),
        Some("date" | "time" | "dateTime" | "duration") => {
            let source = format!("@\"{}\"", text.trim());
            Expression::parse(&source)
                .ok()
                .and_then(|literal| literal.constant())
                .unwrap_or_default()
        }
        _ => text.into(),
    }
}

/// Equality, with the kit's tolerance for numbers.
fn close(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(expected), Value::Number(actual)) => {
            let tolerance: Number = "0.00000001".parse().expect("a number");
            let scale = if expected.abs() > Number::ONE {
                expected.abs()
            } else {
                Number::ONE
            };
            let difference = expected.checked_sub(*actual).map(Number::abs);
            difference
                .zip(scale.checked_mul(tolerance))
                .is_some_and(|(difference, allowed)| difference <= allowed)
        }
        (Value::List(expected), Value::List(actual)) => {
            expected.len() == actual.len()
                && expected
                    .iter()
                    .zip(actual.iter())
                    .all(|(expected, actual)| close(expected, actual))
        }
        (Value::Context(expected), Value::Context(actual)) => {
            expected.len() == actual.len()
                && expected.iter().all(|(name, value)| {
                    actual.get(name).is_some_and(|actual| close(value, actual))
                })
        }
        _ => expected == actual,
    }
}

fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

fn child_text<'a>(node: Node<'a, '_>, name: &'static str) -> Option<&'a str> {
    children(node, name).next()?.text()
}
