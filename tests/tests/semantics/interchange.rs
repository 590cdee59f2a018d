//! The drawings: every element of a diagram of the tables and the examples has its place in the
//! file, so that it opens in a modeler, and docs/elements.md shows each of the tables' drawings.
//! How a drawing looks is not tested, but that nothing is missing and that lines end at shapes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use gardesh_tests::repository;
use roxmltree::{Document, Node};

use crate::{files, name};

/// What is drawn as a shape besides `…Task`, `…Event`, `…Gateway` and `…Process`.
const SHAPES: &[&str] = &[
    "adHocSubProcess",
    "callActivity",
    "dataObjectReference",
    "dataStoreReference",
    "group",
    "lane",
    "participant",
    "subProcess",
    "task",
    "textAnnotation",
    "transaction",
];

/// What is drawn as a line from `sourceRef` to `targetRef`.
const LINES: &[&str] = &["association", "messageFlow", "sequenceFlow"];

/// Modelers and scripts round to whole pixels.
const TOLERANCE: f64 = 1.0;

#[derive(Clone, Copy)]
struct Bounds {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Bounds {
    fn is_at_border(self, (x, y): (f64, f64)) -> bool {
        let across = (x - self.x).min(self.x + self.width - x);
        let down = (y - self.y).min(self.y + self.height - y);
        across >= -TOLERANCE && down >= -TOLERANCE && across.min(down) <= TOLERANCE
    }
}

fn is_shape(node: Node<'_, '_>) -> bool {
    let name = node.tag_name().name();
    SHAPES.contains(&name)
        || ["Task", "Event", "Gateway"]
            .iter()
            .any(|kind| name.ends_with(kind))
}

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    let text = node.attribute(attribute).unwrap_or_default();
    text.parse().unwrap_or(f64::NAN)
}

fn named<'a, 'x>(document: &'a Document<'x>, name: &'a str) -> impl Iterator<Item = Node<'a, 'x>> {
    document
        .descendants()
        .filter(move |node| node.tag_name().name() == name)
}

/// What is wrong with the places of a file.
fn problems(text: &str) -> Vec<String> {
    let document = Document::parse(text).expect("a diagram that is well-formed");
    let mut shapes = BTreeMap::new();
    for shape in named(&document, "BPMNShape") {
        let bounds = shape
            .children()
            .find(|child| child.tag_name().name() == "Bounds");
        let (Some(id), Some(bounds)) = (shape.attribute("bpmnElement"), bounds) else {
            return vec!["Expected every shape to have an element and bounds.".into()];
        };
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|side| number(bounds, side));
        shapes.insert(
            id,
            Bounds {
                x,
                y,
                width,
                height,
            },
        );
    }
    let mut lines = BTreeMap::new();
    for edge in named(&document, "BPMNEdge") {
        let points = edge
            .children()
            .filter(|child| child.tag_name().name() == "waypoint")
            .map(|point| (number(point, "x"), number(point, "y")));
        lines.insert(
            edge.attribute("bpmnElement").unwrap_or_default(),
            points.collect::<Vec<_>>(),
        );
    }
    let mut found = Vec::new();
    for element in document.descendants() {
        let Some(id) = element.attribute("id") else {
            continue;
        };
        if is_shape(element) && !shapes.contains_key(id) {
            found.push(format!("Expected a shape of '{id}', but there is none."));
        }
        if LINES.contains(&element.tag_name().name()) {
            match lines.get(id) {
                Some(points) if points.len() >= 2 => {
                    found.extend(loose_ends(element, points, &shapes))
                }
                _ => found.push(format!("Expected a line of '{id}', but there is none.")),
            }
        }
    }
    let ids: BTreeSet<&str> = document
        .descendants()
        .filter_map(|node| node.attribute("id"))
        .collect();
    let strange = shapes
        .keys()
        .chain(lines.keys())
        .filter(|id| !ids.contains(*id));
    found.extend(
        strange.map(|id| format!("Expected an element '{id}', which is drawn, but there is none.")),
    );
    found
}

/// The ends of a line that are not at the border of the shape that they belong to.
fn loose_ends(
    line: Node<'_, '_>,
    points: &[(f64, f64)],
    shapes: &BTreeMap<&str, Bounds>,
) -> Vec<String> {
    let ends = [("sourceRef", points.first()), ("targetRef", points.last())];
    let loose = ends.into_iter().filter_map(|(end, point)| {
        let id = line.attribute(end)?;
        let bounds = shapes.get(id)?;
        (!bounds.is_at_border(*point?)).then(|| {
            let line = line.attribute("id").unwrap_or_default();
            format!("Expected '{line}' to end at the border of '{id}', but it does not.")
        })
    });
    loose.collect()
}

/// The diagrams that people copy.
fn examples() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(repository().join("examples")).expect("the examples");
    let files = folders
        .flatten()
        .filter_map(|folder| std::fs::read_dir(folder.path()).ok())
        .flat_map(|entries| entries.flatten());
    files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "bpmn"))
        .collect()
}

#[test]
fn every_element_has_its_place() {
    let (tables, examples) = ([files("elements"), files("patterns")].concat(), examples());
    assert!(!tables.is_empty() && !examples.is_empty());
    let mut found = Vec::new();
    for path in tables.iter().chain(&examples) {
        let text = std::fs::read_to_string(path).expect("a diagram");
        found.extend(
            problems(&text)
                .into_iter()
                .map(|problem| format!("{}: {problem}", name(path))),
        );
    }
    assert!(
        found.is_empty(),
        "\n{}\n`make diagrams` lays out what has no places yet.",
        found.join("\n")
    );
}

#[test]
fn the_documentation_shows_every_drawing_of_the_tables() {
    let folder = repository().join("docs/elements");
    let page = std::fs::read_to_string(repository().join("docs/elements.md")).expect("the page");
    let drawn: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the drawings")
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    let tables = [files("elements"), files("patterns")].concat();
    let wanted: BTreeSet<String> = tables
        .iter()
        .map(|path| format!("{}.svg", name(path)))
        .collect();
    assert_eq!(drawn, wanted, "`make diagrams` draws them all");
    let hidden: Vec<_> = wanted
        .iter()
        .filter(|file| !page.contains(&format!("](elements/{file})")))
        .collect();
    assert!(
        hidden.is_empty(),
        "Expected docs/elements.md to show {hidden:?}, but it does not."
    );
}

#[test]
fn what_is_missing_or_ends_nowhere_is_found() {
    let drawing = |shape: &str, from: u32| {
        format!(
            r#"<definitions><process id="p"><startEvent id="a"/><endEvent id="b"/>
            <sequenceFlow id="f" sourceRef="a" targetRef="b"/></process>
            <BPMNShape bpmnElement="a"><Bounds x="0" y="0" width="36" height="36"/></BPMNShape>
            <BPMNShape bpmnElement="{shape}"><Bounds x="86" y="0" width="36" height="36"/></BPMNShape>
            <BPMNEdge bpmnElement="f"><waypoint x="{from}" y="18"/><waypoint x="86" y="18"/></BPMNEdge>
            </definitions>"#
        )
    };
    assert_eq!(problems(&drawing("b", 36)), Vec::<String>::new());
    assert_eq!(
        problems(&drawing("c", 36)),
        [
            "Expected a shape of 'b', but there is none.",
            "Expected an element 'c', which is drawn, but there is none."
        ]
    );
    assert_eq!(
        problems(&drawing("b", 50)),
        ["Expected 'f' to end at the border of 'a', but it does not."]
    );
    let without = drawing("b", 36).replace("BPMNEdge", "Other");
    assert_eq!(
        problems(&without),
        ["Expected a line of 'f', but there is none."]
    );
}
