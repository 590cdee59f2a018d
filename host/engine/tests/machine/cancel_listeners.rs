//! Cancel listeners of a process: they run once everything in a case that is ended is gone,
//! and the case ends after the last of them.

use gardesh_engine::command::{
    CancelInstance, CompleteJob, FailJob, ModifyInstance, ResolveIncident, ResumeInstance, Retries,
    SuspendInstance,
};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{Event, ProcessInstanceEvent};
use gardesh_engine::key::*;
use gardesh_engine::operation::*;

use crate::support::*;

const TWO: &str = r#"<bpmn:extensionElements><zeebe:executionListeners><zeebe:executionListener eventType="cancel" type="c1"><zeebe:taskHeaders><zeebe:header key="why" value="audit" /></zeebe:taskHeaders></zeebe:executionListener><zeebe:executionListener eventType="cancel" type="c2" /></zeebe:executionListeners></bpmn:extensionElements>"#;

/// A process with two cancel listeners around a body.
fn listened(body: &str) -> String {
    TWO.to_owned() + body
}

fn one_task() -> String {
    listened(&(start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"])))
}

fn cancel(m: &mut Machine, instance: ProcessInstanceKey) {
    m.run(CancelInstance { instance }).unwrap();
}

#[test]
fn they_run_in_their_order_before_the_case_ends() {
    let mut m = Machine::with(&one_task());
    let case = m.start(r#"{"n": 1}"#);
    cancel(&mut m, case);
    assert!(m.activate("a").is_empty() && m.activate("c2").is_empty());
    let first = m.activate("c1").remove(0);
    assert_eq!(first.job.listener_event_name(), "CANCEL");
    assert_eq!(first.job.kind.name(), "EXECUTION_LISTENER");
    assert_eq!(
        first.variables.get("n").map(|n| n.to_json()).as_deref(),
        Some("1")
    );
    assert_eq!(first.job.headers[0], ("why".into(), "audit".into()));
    // Cancelling again changes nothing.
    cancel(&mut m, case);
    m.run(CompleteJob {
        job: first.key,
        attempt: None,
        variables: json(r#"{"told": true}"#),
        result: None,
    })
    .unwrap();
    assert_eq!(m.variables(case), r#"{"n":1,"told":true}"#);
    m.do_job("c2", "{}");
    assert!(!m.is_running(case));
    assert_eq!(m.trail(), "+start -a -p");
    assert_nothing_is_left(&m);
}

#[test]
fn a_case_that_is_done_asks_none() {
    let mut m = Machine::with(&one_task());
    let case = m.start("{}");
    m.do_job("a", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn they_wait_until_all_in_the_case_is_gone() {
    let task = r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask /><zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="clean" /></zeebe:taskListeners></bpmn:extensionElements></bpmn:userTask>"#;
    let mut m = Machine::with(&listened(
        &(start_and_end() + task + &flows(&["start>u", "u>end"])),
    ));
    let case = m.start("{}");
    cancel(&mut m, case);
    assert!(m.activate("c1").is_empty());
    m.do_job("clean", "{}");
    m.do_job("c1", "{}");
    m.do_job("c2", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn one_that_fails_holds_the_case_until_somebody_helps() {
    let mut m = Machine::with(&one_task());
    let case = m.start("{}");
    cancel(&mut m, case);
    let job = m.activate("c1")[0].key;
    m.run(FailJob {
        job,
        attempt: None,
        retries: Retries::Left(0),
        backoff_ms: None,
        message: "down".into(),
        variables: json("{}"),
    })
    .unwrap();
    let incident = m.incidents().remove(0);
    assert_eq!(incident.kind, IncidentKind::ExecutionListenerNoRetries);
    assert!(m.is_running(case));
    m.run(ResolveIncident {
        incident: incident.key,
    })
    .unwrap();
    m.do_job("c1", "{}");
    m.do_job("c2", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn a_case_that_is_suspended_ends_without_them() {
    for asked_before in [false, true] {
        let mut m = Machine::with(&one_task());
        let case = m.start("{}");
        if asked_before {
            cancel(&mut m, case);
        }
        m.run(SuspendInstance { instance: case }).unwrap();
        cancel(&mut m, case);
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn other_listeners_that_are_asked_meanwhile_are_taken_back() {
    for event in ["start", "end"] {
        let other = format!(r#"<zeebe:executionListener eventType="{event}" type="other" />"#);
        let body = one_task().replace(
            "</zeebe:executionListeners>",
            &(other + "</zeebe:executionListeners>"),
        );
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        if event == "end" {
            m.do_job("a", "{}");
        }
        assert_eq!(m.activate("other").len(), 1, "{event}");
        cancel(&mut m, case);
        m.do_job("c1", "{}");
        m.do_job("c2", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn a_called_case_has_its_own_and_its_caller_waits_for_them() {
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="p" /></bpmn:extensionElements></bpmn:callActivity>"#;
    let timer = r#"<bpmn:boundaryEvent id="late" attachedToRef="call"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"#;
    let caller = start_and_end()
        + call
        + timer
        + &service("after", "")
        + &flows(&["start>call", "call>end", "late>after"]);
    for interrupted in [false, true] {
        let mut m = Machine::with(&one_task());
        m.deploy(&diagram(&caller).replace(r#"process id="p""#, r#"process id="caller""#))
            .unwrap();
        let case = m.start_of("caller", "{}");
        match interrupted {
            true => m.tick(3_600_000),
            false => cancel(&mut m, case),
        }
        assert!(m.activate("after").is_empty());
        m.do_job("c1", "{}");
        m.do_job("c2", "{}");
        assert_eq!(m.is_running(case), interrupted);
        m.do_jobs("after");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn they_are_asked_whatever_ends_the_case_before_it_is_done() {
    let ends: [fn(&mut Machine, ProcessInstanceKey); 2] = [
        |m, instance| {
            let terminate = vec![Target::All("a".into())];
            let modification = Modification {
                terminate,
                ..Modification::default()
            };
            m.run(ModifyInstance {
                instance,
                modification,
            })
            .unwrap();
        },
        |m, instance| {
            m.run(SuspendInstance { instance }).unwrap();
            m.run(ResumeInstance { instance }).unwrap();
            cancel(m, instance);
        },
    ];
    for end in ends {
        let mut m = Machine::with(&one_task());
        let case = m.start("{}");
        end(&mut m, case);
        m.do_job("c1", "{}");
        m.do_job("c2", "{}");
        assert!(m.events().any(
            |event| matches!(event, Event::ProcessInstance(ProcessInstanceEvent::Terminated { instance }) if *instance == case)
        ));
        assert_nothing_is_left(&m);
    }
}
