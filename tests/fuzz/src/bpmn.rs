//! BPMN: every text gives a model whose references hold, or diagnostics that say why not.

use gardesh_bpmn::{ElementIdx, FlowIdx, Model, Process, parse, read};

pub fn check(data: &[u8]) {
    let Ok(xml) = std::str::from_utf8(data) else {
        return;
    };
    let reading = read(xml);
    let fit = !reading.diagnostics.iter().any(|d| d.is_error());
    assert!(
        reading.model.is_some() || !fit,
        "Expected a model or a reason why there is none"
    );
    let lines = xml.lines().count() + 1;
    for diagnostic in &reading.diagnostics {
        assert!(diagnostic.message.starts_with("Expected "), "{diagnostic}");
        assert!(diagnostic.line as usize <= lines, "{diagnostic}");
        assert!(diagnostic.message.len() < 10_000, "{diagnostic}");
    }
    if let Some(model) = &reading.model {
        model.processes.iter().for_each(check_process);
    }
    match parse(xml) {
        Ok(model) => {
            assert!(fit, "Expected a file with errors to be refused");
            check_executable(&model);
        }
        Err(diagnostics) => assert_eq!(
            diagnostics.len(),
            reading.diagnostics.len(),
            "Expected reading and parsing to find the same"
        ),
    }
}

/// No index leads out of the model, and what refers to each other does so from both ends.
fn check_process(process: &Process) {
    let inside = |idx: &ElementIdx| (idx.0 as usize) < process.elements.len();
    let flow_inside = |idx: &FlowIdx| (idx.0 as usize) < process.flows.len();
    assert!(!process.elements.is_empty(), "Expected the process itself");
    for (idx, element) in process.indexed() {
        assert!(element.parent.is_none_or(|parent| parent < idx));
        for child in &element.children {
            assert!(inside(child));
            assert_eq!(process[*child].parent, Some(idx));
        }
        assert!(element.boundary.iter().all(inside));
        assert!(element.event_subprocesses.iter().all(inside));
        assert!(element.incoming.iter().all(flow_inside));
        assert!(element.outgoing.iter().all(flow_inside));
        assert!(element.incoming.iter().all(|f| process[*f].target == idx));
        assert!(element.outgoing.iter().all(|f| process[*f].source == idx));
    }
    for flow in &process.flows {
        assert!(inside(&flow.source) && inside(&flow.target));
    }
}

/// What the engine relies on without looking again.
fn check_executable(model: &Model) {
    for process in model.executable() {
        assert!(
            process.start_events(Process::ROOT).next().is_some(),
            "Expected an executable process to have a start"
        );
    }
}
