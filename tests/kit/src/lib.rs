//! The DMN Technology Compatibility Kit: its models as files, its cases with the values in
//! them, and what of it is known to fail. The form is that of `testCases.xsd`. It is run twice,
//! by the library in `host/dmn/tests/tck` and by a server in `tests/tests/dmn_kit`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use gardesh_feel::{Context, Expression, Number, Value};
use roxmltree::{Document, Node};

/// The levels of the kit, which are its folders.
pub const LEVELS: [&str; 2] = ["compliance-level-2", "compliance-level-3"];

/// Results that are known to be others, as `folder case result`, with the reason.
pub const EXPECTED_FAILURES: &[(&str, &str)] = &[
    (
        "0068-feel-equality range_010 range_010",
        "FEEL keeps no `(= 10)` apart from `[10..10]`",
    ),
    (
        "0068-feel-equality range_012 range_012",
        "FEEL has no unary test `(!= 10)` outside of unary tests",
    ),
    (
        "1111-feel-matches-function K2-MatchesFunc-17 K2-MatchesFunc-17",
        "back-references cannot be matched in linear time",
    ),
];

/// A model of the kit with its cases.
pub struct Model {
    /// The folder, which names it.
    pub folder: String,
    /// The file whose decisions the cases ask.
    pub file: String,
    /// All files of models in the folder by name: what it imports lies beside it.
    pub files: Vec<(String, String)>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One test case: inputs, and the expected values by the name of the result.
pub struct Case {
    /// Its name among those of the model.
    pub id: String,
    /// The decision service to call, where it is not decisions that are evaluated.
    pub service: Option<String>,
    /// What is given.
    pub inputs: Context,
    /// What is to come of it.
    pub results: Vec<(String, Value)>,
}

/// The folder of a level; none, and loudly so, where the kit is not at hand.
pub fn corpus(level: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let corpora = std::env::var_os("GARDESH_CORPORA").map_or_else(beside, PathBuf::from);
    let folder = corpora.join("dmn-tck").join(level);
    if folder.is_dir() {
        return Some(folder);
    }
    let message = format!(
        "SKIPPED: expected the DMN TCK in {}, but there is no such folder. Hint: set GARDESH_CORPORA.",
        folder.display()
    );
    // Past the harness, which would keep the output of a passing test to itself.
    let _ = writeln!(std::io::stderr(), "{message}");
    None
}

/// All models below a folder.
///
/// # Panics
/// Here and in all that follows: when the kit cannot be read.
pub fn models(folder: &Path) -> impl Iterator<Item = Model> {
    sorted(folder).into_iter().map(|folder| {
        let mut model = Model {
            folder: name_of(&folder),
            file: String::new(),
            files: Vec::new(),
            cases: Vec::new(),
        };
        for path in sorted(&folder) {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("xml") => {
                    let (file, cases) = read_cases(&path);
                    model.file = file;
                    model.cases.extend(cases);
                }
                Some("dmn") => {
                    let text = fs::read_to_string(&path).expect("a readable model");
                    model.files.push((name_of(&path), text));
                }
                _ => {}
            }
        }
        model
    })
}

/// A model without the elements that have these ids.
pub fn without(xml: &str, ids: &[String]) -> String {
    let document = Document::parse(xml).expect("a well-formed model");
    let mut left = xml.to_owned();
    let elements: Vec<Node<'_, '_>> = document.descendants().collect();
    // From the end on, so that places before it stay where they are.
    for element in elements.into_iter().rev() {
        let id = element.attribute("id");
        if id.is_some_and(|id| ids.iter().any(|other| other == id)) {
            left.replace_range(element.range(), "");
        }
    }
    left
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().expect("a name");
    name.to_string_lossy().into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_out_whole() {
        let xml = r#"<a><b id="1"><c/></b><b id="2"/><b id="3">é</b></a>"#;
        let left = without(xml, &["1".to_owned(), "3".to_owned()]);
        assert_eq!(left, r#"<a><b id="2"/></a>"#);
    }

    #[test]
    fn closeness_is_the_kits() {
        let number = |text: &str| Value::Number(text.parse().expect("a number"));
        assert!(close(&number("1"), &number("1.000000009")));
        assert!(!close(&number("1"), &number("1.00000002")));
        assert!(!close(&number("1"), &"1".into()));
        let one: Context = [("a", number("1"))].into_iter().collect();
        let two: Context = [("a", number("1")), ("b", Value::Null)]
            .into_iter()
            .collect();
        assert!(!close(&one.clone().into(), &two.into()));
        assert!(close(&one.clone().into(), &one.into()));
    }
}
