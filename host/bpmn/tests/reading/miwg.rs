//! The reference diagrams of the BPMN Model Interchange Working Group, drawn with many tools:
//! each is read whole, and what cannot be executed in the executable ones is named.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use gardesh_bpmn::{Reading, parse, read};

/// What is found in those diagrams that say to be executable but were made for other engines as well, by code;
/// all the others are accepted without a finding.
const FOUND: [(&str, &[(&str, usize)]); 5] = [
    (
        "C.1.0",
        &[
            ("expression-required", 4),
            ("foreign-extension", 6),
            ("ignored-element", 4),
            ("missing-value", 1),
        ],
    ),
    (
        "C.1.1",
        &[
            ("expression-required", 4),
            ("foreign-extension", 6),
            ("ignored-element", 4),
            ("missing-value", 1),
        ],
    ),
    (
        "C.3.0",
        &[
            ("expression-required", 1),
            ("ignored-element", 1),
            ("missing-condition", 6),
            ("missing-start-event", 1),
            ("missing-value", 1),
            ("unsupported", 2),
        ],
    ),
    (
        "C.8.1",
        &[
            ("expression-required", 3),
            ("ignored-element", 1),
            ("invalid-variable-name", 2),
            ("unsupported", 3),
        ],
    ),
    ("C.9.1", &[("foreign-extension", 5)]),
];

/// Flow nodes (processes not counted) and sequence flows in each file, counted with another XML reader.
const SIZES: [(&str, usize, usize); 21] = [
    ("A.1.0", 5, 4),
    ("A.2.0", 8, 9),
    ("A.2.1", 8, 11),
    ("A.3.0", 10, 8),
    ("A.4.0", 17, 13),
    ("A.4.1", 17, 13),
    ("B.1.0", 29, 26),
    ("B.2.0", 94, 85),
    ("C.1.0", 21, 20),
    ("C.1.1", 10, 10),
    ("C.2.0", 29, 25),
    ("C.3.0", 14, 15),
    ("C.4.0", 40, 41),
    ("C.5.0", 37, 40),
    ("C.6.0", 40, 32),
    ("C.7.0", 11, 12),
    ("C.8.0", 18, 16),
    ("C.8.1", 18, 16),
    ("C.9.0", 25, 21),
    ("C.9.1", 10, 7),
    ("C.9.2", 20, 12),
];

/// The diagrams by name; nothing, and loudly so, where the corpora are not at hand.
fn diagrams() -> BTreeMap<String, String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let folder = std::env::var_os("GARDESH_CORPORA")
        .map_or_else(beside, PathBuf::from)
        .join("bpmn-miwg");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        let message = format!(
            "SKIPPED: expected the MIWG diagrams in {}, but there is no such folder. Hint: set GARDESH_CORPORA.",
            folder.display()
        );
        // Past the harness, which would keep the output of a passing test to itself.
        let _ = writeln!(std::io::stderr(), "{message}");
        return BTreeMap::new();
    };
    let files = entries.map(|entry| entry.expect("a readable folder").path());
    let diagrams = files.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "bpmn")
    });
    diagrams
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (
                name,
                std::fs::read_to_string(&path).expect("a readable file"),
            )
        })
        .collect()
}

#[test]
fn every_diagram_is_read_whole() {
    let diagrams = diagrams();
    if diagrams.is_empty() {
        return;
    }
    assert_eq!(diagrams.len(), SIZES.len());
    for (name, nodes, flows) in SIZES {
        let Reading { model, .. } = read(&diagrams[name]);
        let model = model.unwrap_or_else(|| panic!("{name} is not read"));
        let processes = &model.processes;
        assert_eq!(
            processes
                .iter()
                .map(|p| p.elements.len() - 1)
                .sum::<usize>(),
            nodes,
            "{name}"
        );
        assert_eq!(
            processes.iter().map(|p| p.flows.len()).sum::<usize>(),
            flows,
            "{name}"
        );
        let linked = |idx: usize, process: &gardesh_bpmn::Process| {
            let flow = &process.flows[idx];
            let idx = gardesh_bpmn::FlowIdx(u32::try_from(idx).expect("a small diagram"));
            process[flow.source].outgoing.contains(&idx)
                && process[flow.target].incoming.contains(&idx)
        };
        for process in processes {
            assert!(
                (0..process.flows.len()).all(|idx| linked(idx, process)),
                "{name}"
            );
        }
    }
}

#[test]
fn only_what_cannot_be_executed_is_refused() {
    let mut others = Vec::new();
    for (name, xml) in diagrams() {
        let expected = FOUND
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, codes)| *codes);
        let found = match parse(&xml) {
            Ok(model) => model.warnings,
            Err(found) => found,
        };
        let mut codes = BTreeMap::new();
        for diagnostic in &found {
            assert!(diagnostic.element_id.is_some(), "{name}: {diagnostic}");
            *codes.entry(diagnostic.code).or_insert(0) += 1;
        }
        let expected: BTreeMap<&str, usize> =
            expected.unwrap_or_default().iter().copied().collect();
        if codes != expected {
            others.push((name, codes, expected, found));
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn a_camunda_8_diagram_keeps_its_meaning() {
    use gardesh_bpmn::{ElementKind, EventDefinition, Expression, Repetition, Task, Timer};
    let diagrams = diagrams();
    let Some(xml) = diagrams.get("C.9.2") else {
        return;
    };
    let model = parse(xml).expect("an executable diagram");
    let process = model.process("ManualCheck").expect("its process");
    assert_eq!(process.embedded_forms.len(), 1);
    let element = |id: &str| &process[process.find(id).expect(id)];
    let decide = element("UserTask_DecideOnApplication");
    assert_eq!(
        decide.mappings.inputs[0].source,
        Expression::Feel("string join(risks, \", \")".to_owned())
    );
    let ElementKind::Task(Task::User(task)) = &decide.kind else {
        panic!("{:?}", decide.kind)
    };
    assert_eq!(
        task.candidate_groups,
        Some(Expression::Static("clerks".to_owned()))
    );
    assert_eq!(
        decide.boundary,
        [process.find("TimerEvent_Timeout").expect("attached")]
    );
    let timeout = element("TimerEvent_Timeout").kind.event();
    assert_eq!(
        timeout,
        Some(&EventDefinition::Timer(Timer::Duration(
            Expression::Static("P7D".to_owned())
        )))
    );
    assert_eq!(
        process[gardesh_bpmn::Process::ROOT]
            .event_subprocesses
            .len(),
        3
    );
    let repeated = process
        .elements
        .iter()
        .filter(|e| matches!(e.repetition, Some(Repetition::MultiInstance(_))));
    assert_eq!(repeated.count(), 1);
}
