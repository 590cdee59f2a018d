//! What is ended does not go on, whatever else the same command has set in motion. And
//! transactions, which undo what they did when they are cancelled.

use gardesh_engine::command::{
    BroadcastSignal, CancelInstance, CompleteJob, ModifyInstance, ResolveIncident, ThrowJobError,
};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::key::*;
use gardesh_engine::operation::*;
use gardesh_engine::variables::write_document;

use crate::support::*;

const TERMINATE: &str =
    r#"<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition /></bpmn:endEvent>"#;

const FAIL: &str = r#"<bpmn:errorEventDefinition errorRef="rejected" />"#;

fn event(tag: &str, id: &str, attributes: &str, definition: &str) -> String {
    format!(r#"<bpmn:{tag} id="{id}" {attributes}>{definition}</bpmn:{tag}>"#)
}

fn fork() -> &'static str {
    r#"<bpmn:parallelGateway id="fork" /><bpmn:manualTask id="m" /><bpmn:manualTask id="n" />"#
}

#[test]
fn nothing_goes_on_beside_a_terminate_end_event() {
    for order in [
        ["fork>stop", "fork>m", "fork>n"],
        ["fork>m", "fork>stop", "fork>n"],
        ["fork>m", "fork>n", "fork>stop"],
    ] {
        let body = start_and_end()
            + fork()
            + TERMINATE
            + &service("a", "")
            + &flows(&["start>fork", "m>a", "n>a", "a>end"])
            + &flows(&order);
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        assert!(m.activate("a").is_empty(), "{order:?}: {}", m.trail());
        assert!(!m.is_running(case), "{order:?}: {}", m.trail());
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn of_two_errors_at_once_one_is_caught() {
    let errors = event("endEvent", "e1", "", FAIL) + &event("endEvent", "e2", "", FAIL);
    let inner = r#"<bpmn:startEvent id="s1" />"#.to_owned()
        + fork()
        + &errors
        + &flows(&["s1>fork", "fork>e1", "fork>m", "fork>e2", "m>n"]);
    let on_boundary = start_and_end()
        + &event("subProcess", "s", "", &inner)
        + &event("boundaryEvent", "caught", r#"attachedToRef="s""#, FAIL)
        + &service("a", "")
        + &flows(&["start>s", "s>end", "caught>a", "a>end"]);
    let handler = event("startEvent", "caught", "", FAIL)
        + &service("a", "")
        + r#"<bpmn:endEvent id="told" />"#
        + &flows(&["caught>a", "a>told"]);
    let in_scope = start_and_end()
        + fork()
        + &errors
        + &event("subProcess", "s", r#"triggeredByEvent="true""#, &handler)
        + &flows(&["start>fork", "fork>e1", "fork>m", "fork>e2", "m>n", "n>end"]);
    for body in [on_boundary, in_scope] {
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        m.do_job("a", "{}");
        assert!(m.incidents().is_empty());
        assert!(!m.is_running(case), "{}", m.trail());
        assert_eq!(m.trail().matches("+caught").count(), 1, "{}", m.trail());
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

/// A service task that `undo_<id>` undoes.
fn task(id: &str) -> String {
    let undo = service(&format!("undo_{id}"), "").replacen(
        "<bpmn:serviceTask",
        r#"<bpmn:serviceTask isForCompensation="true""#,
        1,
    );
    let attributes = format!(r#"attachedToRef="{id}""#);
    let boundary = event(
        "boundaryEvent",
        &format!("on_{id}"),
        &attributes,
        "<bpmn:compensateEventDefinition />",
    );
    let association =
        format!(r#"<bpmn:association id="as_{id}" sourceRef="on_{id}" targetRef="undo_{id}" />"#);
    service(id, "") + &undo + &boundary + &association
}

const CANCEL: &str = "<bpmn:cancelEventDefinition />";

/// A transaction `tx`: `a`, then at once `b`, which cancels it or ends it, and in a subprocess
/// `c` and `e`.
fn transaction() -> String {
    let inner = r#"<bpmn:startEvent id="s1" /><bpmn:endEvent id="s2" />"#.to_owned()
        + &task("c")
        + &service("e", "")
        + &flows(&["s1>c", "c>e", "e>s2"]);
    let body =
        r#"<bpmn:startEvent id="tx1" /><bpmn:endEvent id="tx2" /><bpmn:parallelGateway id="fork" />
        <bpmn:exclusiveGateway id="x" default="x_tx2" />"#
            .to_owned()
            + &task("a")
            + &task("b")
            + &event("endEvent", "undo", "", CANCEL)
            + &event("endEvent", "failed", "", FAIL)
            + &event("subProcess", "s", "", &inner)
            + &flows(&[
                "tx1>a",
                "a>fork",
                "fork>b",
                "fork>s",
                "s>tx2",
                "b>x",
                "x>undo?cancel",
                "x>failed?fail",
                "x>tx2",
            ]);
    event("transaction", "tx", "", &body)
}

/// The transaction in a process, with these boundary events on it.
fn process(boundary: &[(&str, &str)]) -> String {
    let mut body = start_and_end()
        + &transaction()
        + &service("after", "")
        + &event("endEvent", "all", "", "<bpmn:compensateEventDefinition />")
        + &flows(&["start>tx", "tx>after", "after>all"]);
    for (id, definition) in boundary {
        body += &event("boundaryEvent", id, r#"attachedToRef="tx""#, definition);
        body += &flows(&[&format!("{id}>end")]);
    }
    body
}

/// A case in which `a` and `c` are done, and `b` ends with these variables.
fn run(body: &str, outcome: &str) -> (Machine, gardesh_engine::key::ProcessInstanceKey) {
    let mut m = Machine::with(body);
    let case = m.start(r#"{"cancel": false, "fail": false}"#);
    m.do_job("a", "{}");
    m.do_job("c", "{}");
    m.do_job("b", outcome);
    (m, case)
}

const CANCELLED: &str = r#"{"cancel": true}"#;

#[test]
fn a_cancelled_transaction_ends_its_work_undoes_what_was_done_and_is_left() {
    let hour = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>";
    let body = process(&[("cancelled", CANCEL), ("late", hour), ("caught", FAIL)]);
    let (mut m, case) = run(&body, CANCELLED);
    assert!(m.activate("e").is_empty());
    assert_eq!(m.engine.next_due(), None, "no timer interrupts it any more");
    m.do_job("undo_b", "{}");
    assert!(!m.trail().contains("cancelled"));
    m.do_job("undo_a", "{}");
    // `c` was completed in a subprocess that was not.
    let expected = "+start +tx1 +a +fork +s1 +c +b +x -e -s +on_b +undo_b +on_a +undo_a +undo -tx +cancelled +end +p";
    assert_eq!(sorted(&m.trail()), sorted(expected), "{}", m.trail());
    assert!(!m.is_running(case));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_transaction_that_fails_is_left_without_undoing_and_can_not_be_undone_later() {
    let (mut m, _) = run(
        &process(&[("cancelled", CANCEL), ("caught", FAIL)]),
        r#"{"fail": true}"#,
    );
    let expected = "+start +tx1 +a +fork +s1 +c +b +x -failed -e -s -tx +caught +end +p";
    assert_eq!(sorted(&m.trail()), sorted(expected));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
    assert!(m.activate("undo_a").is_empty());
}

#[test]
fn a_transaction_that_was_completed_can_be_undone_from_outside() {
    let (mut m, _) = run(&process(&[("cancelled", CANCEL)]), "{}");
    for job in ["e", "after", "undo_b", "undo_c", "undo_a"] {
        m.do_job(job, "{}");
    }
    assert!(m.trail().ends_with("+undo_a +all +p"), "{}", m.trail());
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn cancelling_needs_the_cancel_boundary_event_of_the_transaction_itself() {
    // That of the transaction around it does not count.
    let around = event(
        "transaction",
        "outer",
        "",
        &process(&[])
            .replace("\"start", "\"inner_start")
            .replace("\"end\"", "\"inner_end\""),
    );
    let nested = start_and_end()
        + &around
        + &event(
            "boundaryEvent",
            "cancelled",
            r#"attachedToRef="outer""#,
            CANCEL,
        )
        + &flows(&["start>outer", "outer>end", "cancelled>end"]);
    for body in [process(&[("caught", FAIL)]), nested] {
        let (mut m, case) = run(&body, CANCELLED);
        let incident = m.incidents()[0].clone();
        assert_eq!(incident.kind, IncidentKind::UnhandledErrorEvent);
        assert!(incident.message.contains("cancel boundary event"));
        m.run(ResolveIncident {
            incident: incident.key,
        })
        .unwrap();
        assert_eq!(m.incidents().len(), 1, "nothing has changed");
        m.do_job("e", "{}");
        m.run(CancelInstance { instance: case }).unwrap();
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn an_error_while_a_transaction_is_cancelled_leaves_it_by_the_error() {
    let (mut m, _) = run(
        &process(&[("cancelled", CANCEL), ("caught", FAIL)]),
        CANCELLED,
    );
    let job = m.activate("undo_b")[0].key;
    m.run(ThrowJobError {
        job,
        attempt: None,
        code: "REJECTED".into(),
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
    let expected =
        "+start +tx1 +a +fork +s1 +c +b +x -e -s +on_b -undo_b -undo -tx +caught +end +p";
    assert_eq!(sorted(&m.trail()), sorted(expected));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_case_can_be_cancelled_while_its_transaction_is() {
    let (mut m, case) = run(&process(&[("cancelled", CANCEL)]), CANCELLED);
    m.do_job("undo_b", "{}");
    m.run(CancelInstance { instance: case }).unwrap();
    assert!(!m.is_running(case));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_transaction_that_repeats_is_cancelled_with_all_its_runs() {
    let repetition = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let inner = r#"<bpmn:startEvent id="tx1" /><bpmn:endEvent id="tx2" /><bpmn:exclusiveGateway id="x" default="x_tx2" />"#.to_owned()
        + &task("a")
        + &service("b", "")
        + &event("endEvent", "undo", "", CANCEL)
        + &flows(&["tx1>a", "a>b", "b>x", "x>undo?cancel", "x>tx2"]);
    let body = start_and_end()
        + &event("transaction", "tx", "", &(inner + repetition))
        + &event(
            "boundaryEvent",
            "cancelled",
            r#"attachedToRef="tx""#,
            CANCEL,
        )
        + &flows(&["start>tx", "tx>end", "cancelled>end"]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"items": [1, 2, 3], "cancel": false}"#);
    let finish = |m: &mut Machine, job, variables: &str| {
        m.run(CompleteJob {
            job,
            attempt: None,
            variables: json(variables),
            result: None,
        })
        .unwrap();
    };
    for job in m.activate("a") {
        finish(&mut m, job.key, "{}");
    }
    // The first run is done, the second cancels, the third is in the middle.
    let jobs = m.activate("b");
    finish(&mut m, jobs[0].key, "{}");
    finish(&mut m, jobs[1].key, CANCELLED);
    let mut undone = Vec::new();
    while let [job] = &m.activate("undo_a")[..] {
        undone.push(write_document(&job.variables));
        finish(&mut m, job.key, "{}");
    }
    for item in 1..=3 {
        let seen = format!(r#""item":{item}"#);
        assert_eq!(
            undone.iter().filter(|text| text.contains(&seen)).count(),
            1,
            "{undone:?}"
        );
    }
    assert!(!m.is_running(case), "{}", m.trail());
    assert!(m.trail().ends_with("+cancelled +end +p"), "{}", m.trail());
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

/// Adds as many tokens before an element as one modification may, so often.
fn add_many(m: &mut Machine, instance: ProcessInstanceKey, element: &str, times: usize) {
    let one = Activation {
        element: element.into(),
        place: Place::Before,
        ancestor: Ancestor::Sole,
        variables: Vec::new(),
    };
    for _ in 0..times {
        let modification = Modification {
            activate: vec![one.clone(); 1_000],
            ..Modification::default()
        };
        m.run(ModifyInstance {
            instance,
            modification,
        })
        .unwrap();
    }
}

fn ended(m: &Machine) -> usize {
    let ended = |event: &&gardesh_engine::event::Event| {
        matches!(
            event,
            gardesh_engine::event::Event::ElementInstance(
                gardesh_engine::event::ElementInstanceEvent::Terminated { .. }
            )
        )
    };
    m.events().filter(ended).count()
}

#[test]
fn very_many_beside_a_terminate_end_event_are_ended_in_several_commands() {
    let body = start_and_end()
        + TERMINATE
        + &service("a", "")
        + &service("b", "")
        + &flows(&["start>b", "b>stop", "a>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    add_many(&mut m, case, "a", 3);
    let late = m.activate("a").pop().unwrap();
    m.do_job("b", "{}");
    assert!(ended(&m) < 3_000);
    assert!(m.is_running(case));
    // What is to be ended does not go on in the meantime.
    let taken = m.journal.len();
    _ = m.run(CompleteJob {
        job: late.key,
        attempt: None,
        variables: json("{}"),
        result: None,
    });
    let flows = m.journal[taken..].iter().flat_map(|entry| &entry.events);
    assert!(!flows.into_iter().any(|event| matches!(
        event,
        gardesh_engine::event::Event::ElementInstance(
            gardesh_engine::event::ElementInstanceEvent::SequenceFlowTaken { .. }
        )
    )));
    m.settle();
    assert!(!m.is_running(case));
    assert_eq!(ended(&m), 3_000);
    assert_nothing_is_left(&m);
}

#[test]
fn an_event_subprocess_begins_once_very_many_are_ended() {
    let handler = event(
        "startEvent",
        "caught",
        "",
        r#"<bpmn:signalEventDefinition signalRef="alarm" />"#,
    ) + &service("b", "")
        + r#"<bpmn:endEvent id="told" />"#
        + &flows(&["caught>b", "b>told"]);
    let body = start_and_end()
        + &service("a", "")
        + &flows(&["start>a", "a>end"])
        + &event(
            "subProcess",
            "handle",
            r#"triggeredByEvent="true""#,
            &handler,
        );
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    add_many(&mut m, case, "a", 3);
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    })
    .unwrap();
    assert!(m.activate("b").is_empty());
    assert!(ended(&m) < 3_000);
    m.settle();
    assert_eq!(ended(&m), 3_001);
    m.do_job("b", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}
