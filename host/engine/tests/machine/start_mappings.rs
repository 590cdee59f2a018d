//! Start events that say what of what they bring goes further: in processes and in event
//! subprocesses.

use gardesh_engine::command::{
    BroadcastSignal, CancelInstance, Command, CorrelateMessage, Deploy, Deployed,
    EvaluateConditions, MigrateInstance, ModifyInstance, ResolveIncident, ResumeInstance,
    SetVariables, SuspendInstance,
};
use gardesh_engine::definition::compile;
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::key::*;
use gardesh_engine::operation::{
    Ancestor, Migration, Modification, Move, Target, VariableInstruction,
};

use crate::support::*;

const MAPPING: &str = r#"<bpmn:extensionElements><zeebe:ioMapping><zeebe:output source="=amount * 2" target="twice" /></zeebe:ioMapping></bpmn:extensionElements>"#;

const SIGNAL: &str = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
const MESSAGE: &str = r#"<bpmn:messageEventDefinition messageRef="m_order" />"#;
const CONDITION: &str = r#"<bpmn:conditionalEventDefinition><bpmn:condition>=amount &gt; 0</bpmn:condition></bpmn:conditionalEventDefinition>"#;

fn start(id: &str, attributes: &str, mapping: &str, definition: &str) -> String {
    format!(r#"<bpmn:startEvent id="{id}" {attributes}>{mapping}{definition}</bpmn:startEvent>"#)
}

fn machine(body: &str) -> Machine {
    let mut m = Machine::new();
    deploy(&mut m, body);
    m
}

fn deploy(m: &mut Machine, body: &str) -> ProcessDefinitionKey {
    let message = r#"<bpmn:message id="m_order" name="order"><bpmn:extensionElements><zeebe:subscription correlationKey="=&quot;k&quot;" /></bpmn:extensionElements></bpmn:message><bpmn:message id="m_twice" name="twice"><bpmn:extensionElements><zeebe:subscription correlationKey="=twice" /></bpmn:extensionElements></bpmn:message>"#;
    let xml = diagram(body).replace(
        "</bpmn:definitions>",
        &format!("{message}</bpmn:definitions>"),
    );
    let resources = vec![compile("p.bpmn", &xml).unwrap()];
    match m.run(Deploy { resources }) {
        Ok(Deployed { processes, .. }) => processes[0],
        other => panic!("{other:?}"),
    }
}

fn send(m: &mut Machine, definition: &str, variables: &str) {
    let variables = json(variables);
    let command: Command = match definition {
        SIGNAL => BroadcastSignal {
            name: "alarm".into(),
            variables,
        }
        .into(),
        MESSAGE => CorrelateMessage {
            name: "order".into(),
            correlation_key: "k".into(),
            variables,
        }
        .into(),
        _ => EvaluateConditions {
            variables,
            process: None,
        }
        .into(),
    };
    m.run(command).unwrap();
}

/// The one case that runs.
fn case(m: &Machine) -> ProcessInstanceKey {
    let first = (TENANT, ProcessInstanceKey(0));
    let last = (TENANT, ProcessInstanceKey(u64::MAX));
    let all = m.engine.state().instances.range(&first, &last, 2);
    assert_eq!(all.len(), 1);
    all[0].0.1
}

/// A mapping that goes past a bound unless the amount is positive.
fn failing() -> String {
    let endless = "if amount &gt; 0 then amount else count(for i in 1..999999999 return i)";
    MAPPING.replace("amount * 2", endless)
}

fn process(mapping: &str, definition: &str) -> String {
    start("begin", "", mapping, definition)
        + &service("a", "")
        + r#"<bpmn:endEvent id="end" />"#
        + &flows(&["begin>a", "a>end"])
}

#[test]
fn only_what_a_start_event_maps_goes_to_the_case() {
    for definition in [SIGNAL, MESSAGE, CONDITION] {
        for (mapping, expected) in [
            (MAPPING, r#"{"twice":42}"#),
            ("", r#"{"amount":21,"other":1}"#),
        ] {
            let mut m = machine(&process(mapping, definition));
            send(&mut m, definition, r#"{"amount": 21, "other": 1}"#);
            let case = case(&m);
            assert_eq!(m.variables(case), expected);
            m.do_job("a", "{}");
            assert_eq!(m.trail(), "+begin +a +end +p");
        }
    }
}

#[test]
fn a_mapping_that_fails_is_an_incident_of_the_start_event() {
    let mapping = failing();
    let mut m = machine(&process(&mapping, SIGNAL));
    send(&mut m, SIGNAL, r#"{"amount": 0}"#);
    let case = case(&m);
    assert_eq!(m.variables(case), "{}");
    let incident = m.incidents()[0].clone();
    assert_eq!(incident.kind, IncidentKind::IoMappingError);
    m.run(SetVariables {
        scope: incident.element_instance,
        instance: case,
        variables: json(r#"{"amount": 5}"#),
        local: true,
    })
    .unwrap();
    m.run(ResolveIncident {
        incident: incident.key,
    })
    .unwrap();
    assert_eq!(m.variables(case), r#"{"twice":5}"#);
}

#[test]
fn a_case_that_is_cancelled_at_its_start_event_leaves_nothing() {
    let mapping = failing();
    let mut m = machine(&process(&mapping, SIGNAL));
    let before = leftovers(&m);
    send(&mut m, SIGNAL, r#"{"amount": 0}"#);
    let instance = case(&m);
    assert_eq!(m.incidents().len(), 1);
    m.run(CancelInstance { instance }).unwrap();
    let ended = |table: &&str| table.contains("ended") || *table == "history_due";
    let mut after = leftovers(&m);
    after.retain(|table| !ended(table));
    assert_eq!(after, before);
}

fn with_event_subprocess(attributes: &str, mapping: &str, more: &str) -> String {
    let inside = format!(
        r#"<bpmn:subProcess id="handle" triggeredByEvent="true"><bpmn:extensionElements>{more}</bpmn:extensionElements>{}{}<bpmn:endEvent id="handled" />{}</bpmn:subProcess>"#,
        start("caught", attributes, mapping, SIGNAL),
        service("b", ""),
        flows(&["caught>b", "b>handled"]),
    );
    start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]) + &inside
}

#[test]
fn only_what_the_start_event_of_an_event_subprocess_maps_goes_further() {
    for interrupting in ["true", "false"] {
        let attributes = format!(r#"isInterrupting="{interrupting}""#);
        let mut m = machine(&with_event_subprocess(&attributes, MAPPING, ""));
        let case = m.start("{}");
        send(&mut m, SIGNAL, r#"{"amount": 21, "other": 1}"#);
        assert_eq!(m.variables(case), r#"{"twice":42}"#);
        let job = &m.activate("b")[0];
        assert_eq!(job.variables.len(), 1, "{:?}", job.variables);
    }
}

#[test]
fn an_event_subprocess_has_its_input_mappings_besides() {
    let input = r#"<zeebe:ioMapping><zeebe:input source="=1" target="own" /><zeebe:input source="=0" target="twice" /></zeebe:ioMapping>"#;
    let mut m = machine(&with_event_subprocess("", MAPPING, input));
    let case = m.start("{}");
    send(&mut m, SIGNAL, r#"{"amount": 21}"#);
    // What the subprocess has itself is not changed outside.
    assert_eq!(m.variables(case), "{}");
    let job = &m.activate("b")[0];
    let given = gardesh_engine::variables::write_document(&job.variables);
    assert_eq!(given, r#"{"own":1,"twice":42}"#);
}

#[test]
fn what_waits_in_the_case_sees_what_its_start_event_mapped() {
    let waits = start(
        "again",
        r#"isInterrupting="false""#,
        "",
        r#"<bpmn:messageEventDefinition messageRef="m_twice" />"#,
    );
    let inside = format!(
        r#"<bpmn:subProcess id="handle" triggeredByEvent="true">{waits}<bpmn:endEvent id="handled" />{}</bpmn:subProcess>"#,
        flows(&["again>handled"]),
    );
    let mut m = machine(&(process(MAPPING, SIGNAL) + &inside));
    send(&mut m, SIGNAL, r#"{"amount": 21}"#);
    assert!(m.incidents().is_empty());
    m.run(CorrelateMessage {
        name: "twice".into(),
        correlation_key: "42".into(),
        variables: json("{}"),
    })
    .unwrap();
    assert_eq!(m.trail(), "+begin +again +handled +handle");
}

#[test]
fn what_a_migration_has_opened_is_not_opened_again() {
    let waits = format!(
        r#"<bpmn:subProcess id="handle" triggeredByEvent="true">{}<bpmn:endEvent id="handled" />{}</bpmn:subProcess>"#,
        start("rung", r#"isInterrupting="false""#, "", MESSAGE),
        flows(&["rung>handled"]),
    );
    let mut m = machine(&process(&failing(), SIGNAL));
    send(&mut m, SIGNAL, r#"{"amount": 0}"#);
    let case = case(&m);
    let target = deploy(&mut m, &(process(&failing(), SIGNAL) + &waits));
    let migration = Migration {
        target,
        mappings: [("begin", "begin"), ("a", "a")]
            .map(|(from, to)| (from.into(), to.into()))
            .to_vec(),
    };
    m.run(MigrateInstance {
        instance: case,
        migration,
    })
    .unwrap();
    let incident = m.incidents()[0].clone();
    m.run(SetVariables {
        scope: incident.element_instance,
        instance: case,
        variables: json(r#"{"amount": 5}"#),
        local: true,
    })
    .unwrap();
    m.run(ResolveIncident {
        incident: incident.key,
    })
    .unwrap();
    let waiting = leftovers(&m);
    let waiting = waiting
        .iter()
        .filter(|table| **table == "subscriptions_by_element");
    assert_eq!(waiting.count(), 1);
}

/// A case that an event started whose mapping fails, with an event subprocess that waits for a
/// message of the case's own `twice`.
fn stuck_at_its_start() -> (Machine, ProcessInstanceKey) {
    let waits = start(
        "again",
        r#"isInterrupting="false""#,
        "",
        r#"<bpmn:messageEventDefinition messageRef="m_twice" />"#,
    );
    let inside = format!(
        r#"<bpmn:subProcess id="handle" triggeredByEvent="true">{waits}<bpmn:endEvent id="handled" />{}</bpmn:subProcess>"#,
        flows(&["again>handled"]),
    );
    let mut m = machine(&(process(&failing(), SIGNAL) + &inside));
    send(&mut m, SIGNAL, r#"{"amount": 0}"#);
    let case = case(&m);
    (m, case)
}

/// Ends the start event by hand and goes on at the task, with these variables of the case.
fn move_to_task(m: &mut Machine, instance: ProcessInstanceKey, variables: &str) {
    let variables = VariableInstruction {
        scope: None,
        variables: json(variables),
    };
    let modification = Modification {
        moves: vec![Move {
            source: Target::All("begin".into()),
            target: "a".into(),
            ancestor: Ancestor::Sole,
            variables: vec![variables],
        }],
        ..Modification::default()
    };
    m.run(ModifyInstance {
        instance,
        modification,
    })
    .unwrap();
}

fn ring_twice(m: &mut Machine) {
    m.run(CorrelateMessage {
        name: "twice".into(),
        correlation_key: "42".into(),
        variables: json("{}"),
    })
    .unwrap();
}

#[test]
fn what_waits_in_a_case_is_open_when_its_start_event_was_ended_by_hand() {
    let (mut m, case) = stuck_at_its_start();
    move_to_task(&mut m, case, r#"{"twice": 42}"#);
    assert!(m.incidents().is_empty());
    ring_twice(&mut m);
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "-begin +again +handled +handle +a +end +p");
}

#[test]
fn what_cannot_wait_after_a_start_event_was_ended_by_hand_is_an_incident_of_the_case() {
    let (mut m, case) = stuck_at_its_start();
    move_to_task(&mut m, case, "{}");
    let incident = m.incidents()[0].clone();
    assert_eq!(incident.element_instance, case.root());
    assert_eq!(m.activate("a").len(), 1, "the rest goes on");
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(r#"{"twice": 42}"#),
        local: false,
    })
    .unwrap();
    m.run(ResolveIncident {
        incident: incident.key,
    })
    .unwrap();
    ring_twice(&mut m);
    assert_eq!(m.trail(), "-begin +again +handled +handle");
}

#[test]
fn what_waits_in_a_suspended_case_is_opened_when_it_goes_on() {
    let (mut m, instance) = stuck_at_its_start();
    m.run(SuspendInstance { instance }).unwrap();
    move_to_task(&mut m, instance, r#"{"twice": 42}"#);
    m.run(ResumeInstance { instance }).unwrap();
    ring_twice(&mut m);
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "-begin +again +handled +handle +a +end +p");
}

#[test]
fn a_case_that_ends_with_its_start_event_opens_nothing() {
    let (mut m, instance) = stuck_at_its_start();
    let modification = Modification {
        terminate: vec![Target::All("begin".into())],
        ..Modification::default()
    };
    m.run(ModifyInstance {
        instance,
        modification,
    })
    .unwrap();
    assert_eq!(m.trail(), "-begin -p");
    assert!(m.incidents().is_empty());
}
