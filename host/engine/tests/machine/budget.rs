//! The budget of a command: wherever work is cut, cases come to the same end, and no case holds up the others.

use gardesh_engine::Budget;
use gardesh_engine::command::{
    BroadcastSignal, CancelInstance, Command, CreateInstance, ResolveIncident, ResumeInstance,
    SuspendInstance, Tick,
};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{ContinuationEvent, Event, ProcessInstanceEvent};
use gardesh_engine::key::*;
use gardesh_engine::table::layout::TableKey;

use crate::support::*;

/// Budgets from one step a command to all at once.
const FUEL: [u64; 8] = [1, 150, 300, 450, 700, 1_500, 5_000, u64::MAX];

fn budget(fuel: u64) -> Budget {
    Budget {
        fuel,
        ..Budget::default()
    }
}

/// A machine with the diagrams deployed, under some budget.
fn machine(fuel: u64, diagrams: &[String]) -> Machine {
    let mut m = Machine::with_budget(budget(fuel));
    for xml in diagrams {
        m.deploy(xml).unwrap();
    }
    m
}

fn script(id: &str, expression: &str, result: &str) -> String {
    format!(
        r#"<bpmn:scriptTask id="{id}"><bpmn:extensionElements><zeebe:script expression="={expression}" resultVariable="{result}" /></bpmn:extensionElements></bpmn:scriptTask>"#
    )
}

/// Counts as long as a condition holds.
fn counting(condition: &str) -> String {
    let count = script("count", "if n = null then 1 else n + 1", "n");
    let loop_back = flows(&["start>count", "count>x", "x>end"]);
    start_and_end()
        + &count
        + r#"<bpmn:exclusiveGateway id="x" default="x_end" />"#
        + &loop_back
        + &format!(
            r#"<bpmn:sequenceFlow id="again" sourceRef="x" targetRef="count"><bpmn:conditionExpression>={condition}</bpmn:conditionExpression></bpmn:sequenceFlow>"#
        )
}

/// The work of a whole life: two branches and a join, runs with results, a subprocess that is interrupted with
/// all that is in it, a condition, a call, and waits in between.
fn life() -> String {
    let runs = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item" outputCollection="doubled" outputElement="=made" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let repeated = script("each", "item * 2", "made")
        .replace("</bpmn:scriptTask>", &format!("{runs}</bpmn:scriptTask>"));
    let crowd = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let inner = service("wait", "").replace(
        "</bpmn:serviceTask>",
        &format!("{crowd}</bpmn:serviceTask>"),
    );
    let subprocess = format!(
        r#"<bpmn:subProcess id="sub"><bpmn:startEvent id="in" />{inner}{}</bpmn:subProcess><bpmn:boundaryEvent id="stop" attachedToRef="sub"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:boundaryEvent>"#,
        flows(&["in>wait"])
    );
    let watcher = format!(
        r#"<bpmn:subProcess id="watch" triggeredByEvent="true"><bpmn:startEvent id="seen" isInterrupting="false"><bpmn:conditionalEventDefinition><bpmn:condition>=called = true</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent>{}{}</bpmn:subProcess>"#,
        script("note", "&quot;seen&quot;", "noted"),
        flows(&["seen>note"])
    );
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="child" /></bpmn:extensionElements></bpmn:callActivity>"#;
    start_and_end()
        + r#"<bpmn:parallelGateway id="fork" /><bpmn:parallelGateway id="join" />"#
        + &repeated
        + &subprocess
        + &watcher
        + call
        + &service("last", "")
        + &flows(&[
            "start>fork",
            "fork>each",
            "fork>sub",
            "stop>call",
            "each>join",
            "call>join",
            "join>last",
            "last>end",
        ])
}

fn child() -> String {
    let body =
        start_and_end() + &script("say", "true", "called") + &flows(&["start>say", "say>end"]);
    diagram(&body).replace(r#"process id="p""#, r#"process id="child""#)
}

/// What is the same however the work was cut: which elements ended and how, and what is left.
fn outcome(m: &mut Machine, case: ProcessInstanceKey) -> (Vec<String>, String, Vec<&'static str>) {
    let (trail, variables) = (m.trail(), m.variables(case));
    let mut left = leftovers(m);
    left.dedup();
    (sorted(&trail), variables, left)
}

#[test]
fn a_case_comes_to_the_same_end_wherever_its_work_is_cut() {
    let run = |fuel| {
        let mut m = machine(fuel, &[child(), diagram(&life())]);
        let case = m.start(r#"{"items": [1, 2, 3, 4, 5]}"#);
        m.settle();
        let waiting = outcome(&mut m, case);
        m.run(BroadcastSignal {
            name: "alarm".into(),
            variables: json(r#"{"why": "late"}"#),
        })
        .unwrap();
        m.settle();
        let interrupted = outcome(&mut m, case);
        m.do_job("last", "{}");
        m.settle();
        assert!(m.incidents().is_empty());
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
        (waiting, interrupted, sorted(&m.trail()))
    };
    let uncut = run(u64::MAX);
    assert!(uncut.1.1.contains(r#""noted":"seen""#), "{}", uncut.1.1);
    for fuel in FUEL {
        assert_eq!(run(fuel), uncut, "with a budget of {fuel}");
    }
}

#[test]
fn what_comes_meanwhile_waits_for_what_is_kept_and_cancelling_does_not() {
    for fuel in FUEL {
        for ticks in 0..12 {
            let mut m = machine(fuel, &[child(), diagram(&life())]);
            let case = m.start(r#"{"items": [1, 2, 3]}"#);
            for _ in 0..ticks {
                m.tick(0);
            }
            m.run(SuspendInstance { instance: case }).unwrap();
            m.run(BroadcastSignal {
                name: "alarm".into(),
                variables: json("{}"),
            })
            .unwrap();
            m.settle();
            m.run(ResumeInstance { instance: case }).unwrap();
            m.tick(0);
            m.run(CancelInstance { instance: case }).unwrap();
            m.settle();
            assert!(!m.is_running(case));
            assert_nothing_is_left(&m);
        }
    }
}

#[test]
fn a_loop_goes_on_by_itself_and_others_have_their_turn_meanwhile() {
    let loops = diagram(&counting("n &lt; 20000"));
    let short = child();
    let mut m = Machine::with_budget(budget(100_000));
    let mirror_free = |m: &mut Machine, command: Command| {
        m.engine.process(gardesh_engine::command::Record {
            tenant: TENANT,
            at_ms: m.now_ms,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command,
        })
    };
    m.deploy(&loops).unwrap();
    m.deploy(&short).unwrap();
    let start = |id: &str| CreateInstance {
        process: gardesh_engine::command::ProcessRef::Id {
            id: id.into(),
            version: None,
        },
        variables: json("{}"),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once: None,
    };
    let longest = |processed: &gardesh_engine::Processed<()>| {
        processed
            .entry
            .as_ref()
            .map_or(0, |entry| entry.events.len())
    };
    // Two loops take turns, and each command stays short.
    let mut most = 0;
    for _ in 0..2 {
        most = most.max(longest(&mirror_free(&mut m, start("p").into())));
    }
    let mut order = Vec::new();
    while m.engine.next_due().is_some() {
        let processed = mirror_free(&mut m, Tick.into());
        most = most.max(longest(&processed));
        let entry = processed.entry.unwrap();
        order.extend(entry.events.iter().find_map(|event| match event {
            Event::Continuation(ContinuationEvent::Taken { instance, .. }) => Some(*instance),
            _ => None,
        }));
        let started = mirror_free(&mut m, start("child").into());
        let ended = |event: &Event| {
            matches!(
                event,
                Event::ProcessInstance(ProcessInstanceEvent::Completed { .. })
            )
        };
        assert!(started.entry.unwrap().events.iter().any(ended));
    }
    assert!(most < 4_000, "{most} events in one command");
    assert!(order.len() > 20);
    let turns = &order[..order.len() - 2];
    assert!(turns.windows(2).all(|pair| pair[0] != pair[1]), "{turns:?}");
    assert!(m.incidents().is_empty());
}

#[test]
fn a_loop_that_never_ends_is_stopped_goes_on_when_resolved_and_can_be_ended() {
    let mut m = Machine::impatient();
    m.deploy(&diagram(&counting("true"))).unwrap();
    let case = m.start("{}");
    let mut reached = Vec::new();
    for _ in 0..2 {
        m.settle();
        let incident = m.incidents()[0].clone();
        assert_eq!(incident.kind, IncidentKind::ExecutionLimit);
        assert!(
            incident.message.contains("within 2000 steps"),
            "{}",
            incident.message
        );
        reached.push(m.variables(case));
        m.run(ResolveIncident {
            incident: incident.key,
        })
        .unwrap();
    }
    assert_ne!(reached[0], reached[1]);
    m.run(CancelInstance { instance: case }).unwrap();
    m.settle();
    assert_nothing_is_left(&m);
}

#[test]
fn kept_steps_are_found_again_after_a_restart() {
    let mut m = machine(1, &[child(), diagram(&life())]);
    let case = m.start(r#"{"items": [1, 2]}"#);
    for _ in 0..4 {
        m.tick(0);
    }
    let first = <(TenantId, u64)>::from_bytes(&[]);
    let turns = |m: &Machine| {
        m.engine
            .state()
            .turns
            .range(&first, &TableKey::last(), 10)
            .len()
    };
    assert_eq!(turns(&m), 1);
    // The journal alone gives a machine that goes on.
    let mut again = machine(1, &[]);
    for entry in m.journal.clone() {
        again.replay(&entry);
    }
    assert_eq!(turns(&again), 1);
    again.settle();
    m.settle();
    assert_eq!(outcome(&mut again, case), outcome(&mut m, case));
}
