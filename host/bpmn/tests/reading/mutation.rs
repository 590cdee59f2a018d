//! No text makes reading panic or take for ever: real diagrams, cut, spliced and sprinkled with markup.

use crate::support::{file, rich};
use gardesh_bpmn::{ElementIdx, FlowIdx, Model, read};
use proptest::prelude::*;

/// Whatever is read hangs together: no index leads out of the model.
fn check_indices(model: &Model) {
    for process in &model.processes {
        let (elements, flows) = (process.elements.len(), process.flows.len());
        let inside = |idx: &ElementIdx| (idx.0 as usize) < elements;
        let flow_inside = |idx: &FlowIdx| (idx.0 as usize) < flows;
        assert!(elements >= 1);
        for (position, element) in process.elements.iter().enumerate() {
            assert!(
                element
                    .parent
                    .is_none_or(|parent| (parent.0 as usize) < position)
            );
            assert!(
                element
                    .children
                    .iter()
                    .chain(&element.boundary)
                    .chain(&element.event_subprocesses)
                    .all(inside)
            );
            assert!(
                element
                    .incoming
                    .iter()
                    .chain(&element.outgoing)
                    .all(flow_inside)
            );
        }
        assert!(
            process
                .flows
                .iter()
                .all(|flow| inside(&flow.source) && inside(&flow.target))
        );
    }
}

fn check(xml: &str) {
    let reading = read(xml);
    assert!(
        reading.model.is_some() || !reading.diagnostics.is_empty(),
        "a refusal without a reason"
    );
    if let Some(model) = &reading.model {
        check_indices(model);
    }
    for diagnostic in &reading.diagnostics {
        assert!(diagnostic.message.starts_with("Expected "), "{diagnostic}");
        assert!(
            diagnostic.line as usize <= xml.lines().count() + 1,
            "{diagnostic}"
        );
    }
}

/// The nearest character boundary at or before a position.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|&i| text.is_char_boundary(i))
        .unwrap_or(0)
}

const SPLINTERS: [&str; 24] = [
    "<",
    ">",
    "/>",
    "</",
    "\"",
    "'",
    "=",
    "&",
    "&amp;",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?",
    "\u{0}",
    "é",
    "ﷺ",
    "id=\"x\"",
    "<task id=\"n\"/>",
    "<subProcess>",
    "</subProcess>",
    "xmlns:q=\"urn:q\" ",
    "triggeredByEvent=\"true\" ",
    "<boundaryEvent/>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_and_sprinkled(cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40, 0usize..SPLINTERS.len()), 1..6)) {
        let mut xml = rich();
        for (at, length, splinter) in cuts {
            let from = boundary(&xml, at.index(xml.len() + 1));
            let to = boundary(&xml, from + length).max(from);
            xml.replace_range(from..to, SPLINTERS[splinter]);
        }
        check(&xml);
    }

    #[test]
    fn attribute_values_exchanged(pairs in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..8)) {
        let xml = rich();
        let mut pieces: Vec<String> = xml.split('"').map(str::to_owned).collect();
        // Every second piece is a value; the declaration and the namespaces stay, so that the file stays BPMN.
        let values: Vec<usize> = (1..pieces.len()).step_by(2).skip(6).collect();
        for (a, b) in pairs {
            pieces.swap(values[a.index(values.len())], values[b.index(values.len())]);
        }
        check(&pieces.join("\""));
    }

    #[test]
    fn truncated(at in any::<prop::sample::Index>()) {
        let xml = rich();
        check(&xml[..boundary(&xml, at.index(xml.len() + 1))]);
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        check(&text);
        check(&file("", &text));
        check(&file(&text, ""));
    }
}
