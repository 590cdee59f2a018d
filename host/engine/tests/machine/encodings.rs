//! Diagrams and decision models in other encodings than UTF-8: they run, and are kept byte for byte as they came.

use gardesh_engine::command::{Deploy, Deployed, Resource};
use gardesh_engine::definition::{compile, compile_decisions, encoding_name};
use gardesh_engine::definitions::Definitions;
use gardesh_engine::key::TenantId;

use crate::support::*;

fn utf16(text: &str) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Latin letters and those of the first 256 characters have their own number there.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|c| u8::try_from(u32::from(c)).expect("a Latin letter"))
        .collect()
}

fn declared(encoding: &str, text: &str) -> String {
    let (_, body) = text.split_once("?>").unwrap_or(("", text));
    format!(
        "<?xml version=\"1.0\" encoding=\"{encoding}\"?>{}",
        body.trim_start()
    )
}

#[test]
fn a_diagram_is_run_in_its_encoding_and_kept_as_it_came() {
    let xml = diagram(
        &(start_and_end()
            + r#"<bpmn:task id="t" name="Prüfung"/>"#
            + &flows(&["start>t", "t>end"])),
    );
    for (bytes, encoding) in [
        (utf16(&declared("UTF-16", &xml)), "UTF-16LE"),
        (latin1(&declared("ISO-8859-1", &xml)), "windows-1252"),
        (declared("UTF-8", &xml).into_bytes(), "UTF-8"),
    ] {
        assert_eq!(encoding_name(&bytes), encoding);
        let mut m = Machine::new();
        let resources = vec![compile("p.bpmn", &bytes).unwrap_or_else(|found| panic!("{found:?}"))];
        let Deployed { processes, .. } = m.run(Deploy { resources }).unwrap();
        let source = m
            .engine
            .state()
            .sources
            .get(&(TenantId::DEFAULT, processes[0]));
        assert_eq!(
            source.as_deref().map(|kept| &**kept),
            Some(&bytes[..]),
            "{encoding}"
        );
        // As after a restart, when it is compiled from what is kept.
        let again = Definitions::default().get(m.engine.state(), TenantId::DEFAULT, processes[0]);
        let again = again.expect("a definition");
        let task = again.nodes.iter().find(|node| &*node.id == "t").unwrap();
        assert_eq!(task.name.as_deref(), Some("Prüfung"), "{encoding}");
        m.start("{}");
        assert_eq!(m.trail(), "+start +t +end +p", "{encoding}");
    }
}

#[test]
fn a_decision_model_is_read_in_its_encoding() {
    let xml = declared(
        "UTF-16",
        r#"<?xml version="1.0"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="Größe" namespace="n">
        <decision id="size" name="Größe"><variable name="Größe"/><literalExpression><text>1 + 1</text></literalExpression></decision></definitions>"#,
    );
    let Ok(Resource::Dmn {
        model, xml: kept, ..
    }) = compile_decisions("d.dmn", &utf16(&xml))
    else {
        panic!("a model")
    };
    assert_eq!(model.name(), "Größe");
    assert_eq!(&*kept, utf16(&xml));
}

#[test]
fn what_the_bytes_contradict_is_a_finding_of_the_deployment() {
    let xml = diagram(&(start_and_end() + &flows(&["start>end"])));
    for bytes in [
        utf16(&declared("UTF-8", &xml)),
        declared("UTF-16", &xml).into_bytes(),
        latin1(&declared("UTF-8", &xml).replace("id=\"p\"", "id=\"p\" name=\"ü\"")),
    ] {
        for found in [
            compile("p.bpmn", &bytes).unwrap_err(),
            compile_decisions("d.dmn", &bytes).unwrap_err(),
        ] {
            assert_eq!(found[0].code, "wrong-encoding", "{found:?}");
            assert!(found[0].message.starts_with("Expected "), "{found:?}");
        }
    }
}
