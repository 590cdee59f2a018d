//! Repetition together with what else happens to elements: calls, listeners, compensation,
//! suspension, modification.

use gardesh_engine::command::{
    CancelInstance, CompleteJob, ModifyInstance, ResumeInstance, SuspendInstance,
};
use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::event::{ElementInstanceEvent, Event, RepetitionEvent};
use gardesh_engine::key::*;
use gardesh_engine::operation::*;

use crate::support::*;

/// Repeats for the items of a list, in parallel or one after the other.
fn each(items: &str, sequential: bool) -> String {
    format!(
        r#"<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="={items}" inputElement="item" outputCollection="results" outputElement="=result" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#
    )
}

fn element(tag: &str, id: &str, extension: &str, inside: &str) -> String {
    format!(
        r#"<bpmn:{tag} id="{id}"><bpmn:extensionElements>{extension}</bpmn:extensionElements>{inside}</bpmn:{tag}>"#
    )
}

fn task(id: &str, more: &str, repetition: &str) -> String {
    let definition = format!(r#"<zeebe:taskDefinition type="{id}" />{more}"#);
    element("serviceTask", id, &definition, repetition)
}

/// A process of the one element `a`, with more around it.
fn one(a: &str, more: &str) -> String {
    start_and_end() + a + more + &flows(&["start>a", "a>end"])
}

fn do_all(m: &mut Machine, job_type: &str, variables: &str) -> usize {
    let jobs = m.activate(job_type);
    for job in &jobs {
        m.run(CompleteJob {
            job: job.key,
            attempt: None,
            variables: json(variables),
            result: None,
        })
        .unwrap();
    }
    jobs.len()
}

/// The runs that were begun, in their order.
fn runs(m: &Machine) -> Vec<ElementInstanceKey> {
    let begun = m.events().filter_map(|event| match event {
        Event::ElementInstance(ElementInstanceEvent::Activating {
            key,
            role: Role::Run { .. },
            ..
        }) => Some(*key),
        _ => None,
    });
    begun.collect()
}

#[test]
fn a_call_activity_calls_once_for_each_item() {
    let call = element(
        "callActivity",
        "a",
        r#"<zeebe:calledElement processId="q" propagateAllChildVariables="true" />"#,
        &each("[1, 2, 3]", false),
    );
    let called = diagram(&(start_and_end() + &service("b", "") + &flows(&["start>b", "b>end"])))
        .replace(r#"process id="p""#, r#"process id="q""#);
    for cancel in [false, true] {
        let mut m = Machine::new();
        m.deploy(&called).unwrap();
        m.deploy(&diagram(&one(&call, ""))).unwrap();
        let case = m.start("{}");
        let items: Vec<_> = m
            .activate("b")
            .iter()
            .map(|job| (job.key, job.variables["item"].to_json()))
            .collect();
        assert_eq!(items.len(), 3);
        if cancel {
            m.run(CancelInstance { instance: case }).unwrap();
        }
        for (job, item) in items.iter().rev().filter(|_| !cancel) {
            m.run(CompleteJob {
                job: *job,
                attempt: None,
                variables: json(&format!(r#"{{"result": {item}}}"#)),
                result: None,
            })
            .unwrap();
        }
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn listeners_run_with_each_run_and_bring_it_variables() {
    let listeners = r#"<zeebe:executionListeners><zeebe:executionListener eventType="start" type="s" /><zeebe:executionListener eventType="end" type="e" /></zeebe:executionListeners>"#;
    let mut m = Machine::with(&one(&task("a", listeners, &each("[1, 2]", true)), ""));
    let case = m.start("{}");
    for result in ["10", "20"] {
        assert_eq!(do_all(&mut m, "s", "{}"), 1);
        assert_eq!(do_all(&mut m, "a", r#"{"result": 0}"#), 1);
        assert_eq!(
            do_all(&mut m, "e", &format!(r#"{{"result": {result}}}"#)),
            1
        );
    }
    assert!(!m.is_running(case));
    let results = m.events().filter_map(|event| match event {
        Event::Repetition(RepetitionEvent::ResultCollected { value, .. }) => Some(value.to_json()),
        _ => None,
    });
    assert_eq!(results.collect::<Vec<_>>(), ["10", "20"]);
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn what_repeats_is_undone_as_a_whole() {
    let undo = service("undo", "").replacen(
        "<bpmn:serviceTask",
        r#"<bpmn:serviceTask isForCompensation="true""#,
        1,
    );
    let body = start_and_end()
        + &task("a", "", &each("[1, 2, 3]", false))
        + &undo
        + r#"<bpmn:boundaryEvent id="on_a" attachedToRef="a"><bpmn:compensateEventDefinition /></bpmn:boundaryEvent>
           <bpmn:association id="as_a" sourceRef="on_a" targetRef="undo" />
           <bpmn:intermediateThrowEvent id="back"><bpmn:compensateEventDefinition /></bpmn:intermediateThrowEvent>"#
        + &flows(&["start>a", "a>back", "back>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    assert_eq!(do_all(&mut m, "a", "{}"), 3);
    assert_eq!(do_all(&mut m, "undo", "{}"), 1);
    assert!(!m.is_running(case));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_suspended_case_begins_no_runs_and_can_be_cancelled_all_the_same() {
    for cancel in [false, true] {
        let a = element("manualTask", "b", "", "");
        let inner = r#"<bpmn:startEvent id="s" /><bpmn:endEvent id="e" />"#.to_owned()
            + &a
            + &service("c", "")
            + &flows(&["s>b", "b>c", "c>e"]);
        let body = element(
            "subProcess",
            "a",
            "",
            &(inner + &each("for i in 1..1200 return i", false)),
        );
        let mut m = Machine::with(&one(&body, ""));
        let case = m.start("{}");
        if cancel {
            m.settle();
        }
        let before = runs(&m).len();
        m.run(SuspendInstance { instance: case }).unwrap();
        m.settle();
        assert_eq!(runs(&m).len(), before);
        if cancel {
            m.run(CancelInstance { instance: case }).unwrap();
            assert!(m.is_running(case), "it takes more than one command");
        } else {
            m.run(ResumeInstance { instance: case }).unwrap();
            m.settle();
            assert_eq!(runs(&m).len(), 1_200);
            m.run(CancelInstance { instance: case }).unwrap();
        }
        m.settle();
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn operators_activate_inside_a_run_that_they_name_and_end_single_runs() {
    let inner = r#"<bpmn:startEvent id="s" /><bpmn:endEvent id="e" />"#.to_owned()
        + &service("b", "")
        + &service("c", "")
        + &flows(&["s>b", "b>c", "c>e"]);
    for sequential in [false, true] {
        let body = element(
            "subProcess",
            "a",
            "",
            &(inner.clone() + &each("[1, 2]", sequential)),
        );
        let mut m = Machine::with(&one(&body, ""));
        let case = m.start("{}");
        let first = runs(&m)[0];
        let mut activate = |ancestor| {
            m.run(ModifyInstance {
                instance: case,
                modification: Modification {
                    activate: vec![Activation {
                        element: "c".into(),
                        place: Place::Before,
                        ancestor,
                        variables: Vec::new(),
                    }],
                    ..Modification::default()
                },
            })
        };
        let unnamed = activate(Ancestor::Sole).unwrap_err().message;
        assert!(unnamed.contains("which run of 'a'"), "{unnamed}");
        activate(Ancestor::Given(first)).unwrap();
        assert_eq!(do_all(&mut m, "c", "{}"), 1);
        m.run(ModifyInstance {
            instance: case,
            modification: Modification {
                terminate: vec![Target::One(first)],
                ..Modification::default()
            },
        })
        .unwrap();
        if sequential {
            // A scope that has nothing left in it by a modification is ended with it.
            assert!(!m.is_running(case));
            continue;
        }
        assert!(m.is_running(case), "the other run goes on");
        assert_eq!(runs(&m).len(), 2);
        m.tick(60_000);
        assert_eq!(do_all(&mut m, "b", "{}"), 1);
        assert_eq!(do_all(&mut m, "c", "{}"), 1);
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn results_make_conditions_true_while_the_runs_go_on() {
    let handler = r#"<bpmn:subProcess id="enough" triggeredByEvent="true"><bpmn:startEvent id="two" isInterrupting="false"><bpmn:conditionalEventDefinition><bpmn:condition>=count(results[item != null]) = 2</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent>"#.to_owned()
        + &service("tell", "")
        + &flows(&["two>tell"])
        + "</bpmn:subProcess>";
    let inner = r#"<bpmn:startEvent id="s" /><bpmn:endEvent id="e" />"#.to_owned()
        + &service("b", "")
        + &flows(&["s>b", "b>e"])
        + &handler;
    let body = element("subProcess", "a", "", &(inner + &each("[1, 2, 3]", false)));
    let mut m = Machine::with(&one(&body, ""));
    let case = m.start("{}");
    let jobs = m.activate("b");
    for (job, told) in jobs.iter().zip([0, 1]) {
        m.run(CompleteJob {
            job: job.key,
            attempt: None,
            variables: json(r#"{"result": 1}"#),
            result: None,
        })
        .unwrap();
        assert_eq!(m.activate("tell").len(), told);
    }
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}
