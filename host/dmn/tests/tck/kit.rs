//! Reads the kit: models, cases and the values in them. The form is that of `testCases.xsd`.

use std::fs;
use std::path::{Path, PathBuf};

use gardesh_dmn::{DecisionModel, read};
use gardesh_feel::{Context, Expression, Number, Value};
use roxmltree::{Document, Node};

/// One test case: inputs, and the expected values by the name of the result.
pub struct Case {
    pub id: String,
    /// The decision service to call, where it is not decisions that are evaluated.
    pub service: Option<String>,
    pub inputs: Context,
    pub results: Vec<(String, Value)>,
}

/// All models below a folder, with their cases.
pub fn models(folder: &Path) -> impl Iterator<Item = (String, DecisionModel, Vec<Case>)> {
    sorted(folder).into_iter().map(|folder| {
        let name = folder.file_name().expect("a name").to_string_lossy();
        let mut cases = Vec::new();
        let mut model_name = String::new();
        for path in sorted(&folder) {
            if path.extension().is_some_and(|extension| extension == "xml") {
                let (model, more) = read_cases(&path);
                model_name = model;
                cases.extend(more);
            }
        }
        let model = model(&folder, &model_name);
        (name.into_owned(), model, cases)
    })
}

/// The model, compiled with those that lie beside it. Some hold expressions that are wrong on
/// purpose, so all that can be read is.
fn model(folder: &Path, name: &str) -> DecisionModel {
    let mut beside: Vec<(PathBuf, String)> = sorted(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "dmn"))
        .map(|path| {
            (
                path.clone(),
                fs::read_to_string(path).expect("a readable model"),
            )
        })
        .collect();
    // What imports nothing comes first; then those whose imports are there.
    let mut models: Vec<DecisionModel> = Vec::new();
    while !beside.is_empty() {
        let known: Vec<&DecisionModel> = models.iter().collect();
        let ready = beside.iter().position(|(_, xml)| {
            let missing = |d: &gardesh_dmn::Diagnostic| d.code == "missing-import";
            !read(xml, &known).diagnostics.iter().any(missing)
        });
        let (path, xml) =
            beside.remove(ready.expect("models that import each other in some order"));
        let reading = read(&xml, &known);
        for diagnostic in &reading.diagnostics {
            println!("{}: {diagnostic}", path.display());
        }
        let model = reading.model.expect("a decision model");
        if path.file_name().is_some_and(|file| file == name) {
            return model;
        }
        models.push(model);
    }
    panic!("{name} is not in {}", folder.display());
}

fn read_cases(path: &Path) -> (String, Vec<Case>) {
    let text = fs::read_to_string(path).expect("readable cases");
    let document = Document::parse(&text).expect("well-formed cases");
    let root = document.root_element();
    let model = child(root, "modelName").and_then(|node| node.text());
    let cases = children(root, "testCase").map(case).collect();
    (model.expect("a model name").trim().to_owned(), cases)
}

fn case(node: Node<'_, '_>) -> Case {
    let named =
        |node: Node<'_, '_>, value| (node.attribute("name").expect("a name").to_owned(), value);
    let is_service = node.attribute("type") == Some("decisionService");
    Case {
        id: node.attribute("id").unwrap_or("?").to_owned(),
        service: node
            .attribute("invocableName")
            .filter(|_| is_service)
            .map(str::to_owned),
        inputs: children(node, "inputNode")
            .map(|input| named(input, value(input)))
            .collect(),
        results: children(node, "resultNode")
            .map(|result| named(result, child(result, "expected").map_or(Value::Null, value)))
            .collect(),
    }
}

/// The value of an `expected`, `item`, `component` or `inputNode`.
fn value(node: Node<'_, '_>) -> Value {
    if let Some(list) = child(node, "list") {
        return children(list, "item").map(value).collect::<Vec<_>>().into();
    }
    let components: Vec<_> = children(node, "component").collect();
    if !components.is_empty() {
        let entry = |component: Node<'_, '_>| {
            let name = component.attribute("name").expect("a component's name");
            (name.to_owned(), value(component))
        };
        return components
            .into_iter()
            .map(entry)
            .collect::<Context>()
            .into();
    }
    child(node, "value").map_or(Value::Null, simple_value)
}

fn simple_value(node: Node<'_, '_>) -> Value {
    let attribute = |name| {
        let mut attributes = node.attributes();
        attributes
            .find(|attribute| attribute.name() == name)
            .map(|attribute| attribute.value())
    };
    if attribute("nil") == Some("true") {
        return Value::Null;
    }
    let text = node.text().unwrap_or_default();
    let kind = attribute("type").map(|name| name.rsplit(':').next().unwrap_or(name));
    match kind {
        Some("decimal" | "double" | "integer" | "int" | "float" | "long") => {
            text.trim().parse::<Number>().expect("a number").into()
        }
        Some("boolean") => (text.trim() == "true").into(),
        Some("date" | "time" | "dateTime" | "duration") => {
            let literal = Expression::parse(&format!("@\"{}\"", text.trim()));
            let value = literal.ok().and_then(|literal| literal.constant());
            value.unwrap_or_else(|| panic!("no {kind:?}: {text}"))
        }
        _ => text.into(),
    }
}

/// Equality, with the kit's tolerance for numbers.
pub fn close(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::Number(expected), Value::Number(actual)) => {
            let tolerance: Number = "0.00000001".parse().expect("a number");
            let difference = expected.checked_sub(*actual).map(Number::abs);
            difference.is_some_and(|difference| difference <= tolerance)
        }
        (Value::List(expected), Value::List(actual)) => {
            let mut pairs = expected.iter().zip(actual.iter());
            expected.len() == actual.len()
                && pairs.all(|(expected, actual)| close(expected, actual))
        }
        (Value::Context(expected), Value::Context(actual)) => {
            let same = |(name, value): (_, &Value)| {
                let name: &std::sync::Arc<str> = name;
                actual.get(name).is_some_and(|actual| close(value, actual))
            };
            expected.len() == actual.len() && expected.iter().all(same)
        }
        _ => expected == actual,
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the kit");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.sort();
    paths
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}
