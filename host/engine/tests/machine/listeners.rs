//! Execution listeners: what they come between, what becomes of what they bring, and how
//! they go with everything that can happen to an element meanwhile.

use gardesh_engine::command::{
    CancelInstance, CompleteJob, FailJob, JobResult, RegisterComponent, ResolveIncident, Retries,
    SetVariables, ThrowJobError,
};
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::entities::user_task::TaskChanges;
use gardesh_engine::rejection::RejectionKind;
use gardesh_engine::variables::{Document, write_document};

use crate::support::*;

/// Execution listeners from pairs `event:type`.
fn listeners(pairs: &[&str]) -> String {
    let all = pairs.iter().map(|pair| {
        let (event, job_type) = pair.split_once(':').unwrap();
        format!(r#"<zeebe:executionListener eventType="{event}" type="{job_type}" />"#)
    });
    format!(
        "<zeebe:executionListeners>{}</zeebe:executionListeners>",
        all.collect::<String>()
    )
}

fn extended(tag: &str, id: &str, attributes: &str, extension: &str, inside: &str) -> String {
    format!(
        r#"<bpmn:{tag} id="{id}" {attributes}><bpmn:extensionElements>{extension}</bpmn:extensionElements>{inside}</bpmn:{tag}>"#
    )
}

fn timer(duration: &str) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:timeDuration>{duration}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
}

/// One task `a` between the start and the end.
fn around(task: &str) -> String {
    start_and_end() + task + &flows(&["start>a", "a>end"])
}

#[test]
fn listeners_run_one_after_the_other_around_the_work() {
    let task = service(
        "a",
        &listeners(&["start:s1", "end:e1", "start:s2", "end:e2"]),
    );
    let mut m = Machine::with(&around(&task));
    let case = m.start("{}");
    for job_type in ["s1", "s2", "a", "e1", "e2"] {
        for other in ["s1", "s2", "a", "e1", "e2"] {
            if other != job_type {
                assert!(m.activate(other).is_empty(), "{other} before {job_type}");
            }
        }
        assert!(m.is_running(case));
        m.do_job(job_type, "{}");
    }
    assert!(!m.is_running(case));
    assert_eq!(m.trail(), "+start +a +end +p");
    assert_nothing_is_left(&m);
}

#[test]
fn start_listeners_see_the_input_and_bring_local_variables_that_the_element_uses() {
    let mapping =
        r#"<zeebe:ioMapping><zeebe:input source="=n + 1" target="m" /></zeebe:ioMapping>"#;
    let task = service("a", &(listeners(&["start:s"]) + mapping)).replace(
        r#"taskDefinition type="a""#,
        r#"taskDefinition type="=kind" retries="=tries""#,
    );
    let mut m = Machine::with(&around(&task));
    let case = m.start(r#"{"n": 1}"#);
    let job = m.take("s");
    assert_eq!(write_document(&job.variables), r#"{"m":2,"n":1}"#);
    assert_eq!(
        (job.job.kind.name(), job.job.listener_event_name()),
        ("EXECUTION_LISTENER", "START")
    );
    m.run(CompleteJob {
        job: job.key,
        attempt: None,
        variables: json(r#"{"kind": "special", "tries": 7}"#),
        result: None,
    })
    .unwrap();
    assert_eq!(
        m.variables(case),
        r#"{"n":1}"#,
        "they stay with the element"
    );
    assert_eq!(m.take("special").job.retries, 7);
}

#[test]
fn end_listeners_see_the_output_and_bring_variables_of_the_scope_around() {
    let mapping =
        r#"<zeebe:ioMapping><zeebe:output source="=raw * 2" target="made" /></zeebe:ioMapping>"#;
    let task = service("a", &(listeners(&["end:e"]) + mapping));
    let body = start_and_end()
        + &task
        + r#"<bpmn:exclusiveGateway id="x" default="x_end" />"#
        + &service("b", "")
        + &flows(&["start>a", "a>x", "x>b?more", "x>end", "b>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    m.do_job("a", r#"{"raw": 4}"#);
    let job = m.take("e");
    assert_eq!(write_document(&job.variables), r#"{"made":8,"raw":4}"#);
    m.run(CompleteJob {
        job: job.key,
        attempt: None,
        variables: json(r#"{"more": true}"#),
        result: None,
    })
    .unwrap();
    assert_eq!(m.variables(case), r#"{"made":8,"more":true}"#);
    m.do_job("b", "{}");
    assert_nothing_is_left(&m);
}

#[test]
fn a_listener_has_the_headers_of_its_element_and_its_own_win() {
    let task = service(
        "a",
        r#"<zeebe:taskHeaders><zeebe:header key="k" value="element" /><zeebe:header key="only" value="element" /></zeebe:taskHeaders>
           <zeebe:executionListeners><zeebe:executionListener eventType="start" type="s" retries="5">
             <zeebe:taskHeaders><zeebe:header key="k" value="listener" /></zeebe:taskHeaders>
           </zeebe:executionListener></zeebe:executionListeners>"#,
    );
    let mut m = Machine::with(&around(&task));
    m.start("{}");
    let job = m.take("s").job;
    let definition = m.engine.definition(TENANT, job.definition).unwrap();
    let headers = job.headers(definition.node(job.element));
    let headers: Vec<_> = headers.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(headers, ["k=listener", "only=element"]);
    assert_eq!(job.retries, 5);
}

/// Each kind of element, with the jobs that are to come by in their order.
#[test]
fn every_kind_of_element_can_be_listened_to() {
    let both = listeners(&["start:s", "end:e"]);
    let start = listeners(&["start:s"]);
    let end = listeners(&["end:e"]);
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    let plain = |body: String| start_and_end() + &body + &flows(&["start>a", "a>end"]);
    let cases: Vec<(&str, String, &[&str])> = vec![
        (
            "manual task",
            plain(extended("manualTask", "a", "", &both, "")),
            &["s", "e"],
        ),
        (
            "throw event",
            plain(extended("intermediateThrowEvent", "a", "", &both, signal)),
            &["s", "e"],
        ),
        (
            "catch event",
            plain(extended(
                "intermediateCatchEvent",
                "a",
                "",
                &both,
                &timer("PT0S"),
            )),
            &["s", "tick", "e"],
        ),
        (
            "exclusive gateway",
            plain(extended("exclusiveGateway", "a", "", &start, "")),
            &["s"],
        ),
        (
            "parallel gateway",
            plain(extended("parallelGateway", "a", "", &start, "")),
            &["s"],
        ),
        (
            "subprocess",
            plain(extended(
                "subProcess",
                "a",
                "",
                &both,
                &(r#"<bpmn:startEvent id="i" /><bpmn:endEvent id="o" />"#.to_owned()
                    + &service("w", "")
                    + &flows(&["i>w", "w>o"])),
            )),
            &["s", "w", "e"],
        ),
        (
            "start event",
            extended("startEvent", "start", "", &end, "")
                + r#"<bpmn:endEvent id="end" />"#
                + &flows(&["start>end"]),
            &["e"],
        ),
        (
            "end event",
            r#"<bpmn:startEvent id="start" />"#.to_owned()
                + &extended("endEvent", "end", "", &both, "")
                + &flows(&["start>end"]),
            &["s", "e"],
        ),
        (
            "process",
            format!("<bpmn:extensionElements>{both}</bpmn:extensionElements>")
                + &start_and_end()
                + &service("w", "")
                + &flows(&["start>w", "w>end"]),
            &["s", "w", "e"],
        ),
    ];
    for (what, body, jobs) in cases {
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        for job in jobs {
            assert!(m.is_running(case), "{what} before {job}");
            match *job {
                "tick" => m.tick(1),
                job => m.do_job(job, "{}"),
            }
        }
        assert!(!m.is_running(case), "{what}");
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_repeats_is_listened_to_in_each_run() {
    let repeats = r#"<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let task = service("a", &listeners(&["start:s", "end:e"])).replace(
        "</bpmn:serviceTask>",
        &format!("{repeats}</bpmn:serviceTask>"),
    );
    let mut m = Machine::with(&around(&task));
    let case = m.start("{}");
    for job in ["s", "a", "e", "s", "a", "e"] {
        assert!(m.is_running(case), "before {job}");
        m.do_job(job, "{}");
    }
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn a_join_with_a_listener_is_entered_once() {
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" />"#
        + &extended("parallelGateway", "join", "", &listeners(&["start:s"]), "")
        + &service("a", "")
        + &service("b", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>join",
            "b>join",
            "join>end",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    assert!(m.activate("s").is_empty());
    m.do_job("b", "{}");
    m.do_job("s", "{}");
    assert_eq!(m.trail(), "+start +fork +a +b +join +end +p");
    assert_nothing_is_left(&m);
}

#[test]
fn events_on_an_element_wait_only_while_it_works() {
    let body = around(&service("a", &listeners(&["start:s", "end:e"])))
        + &extended(
            "boundaryEvent",
            "late",
            r#"attachedToRef="a""#,
            "",
            &timer("PT1H"),
        )
        + &flows(&["late>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.tick(3_600_000);
    m.do_job("s", "{}");
    m.tick(3_599_999);
    m.do_job("a", "{}");
    assert_eq!(m.engine.next_due(), None);
    m.tick(3_600_000);
    m.do_job("e", "{}");
    assert_eq!(m.trail(), "+start +a +end +p");

    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("s", "{}");
    m.tick(3_600_000);
    assert_eq!(m.trail(), "+start -a +late +end +p");
    assert_nothing_is_left(&m);
}

#[test]
fn boundary_events_have_end_listeners() {
    let body = around(&service("a", ""))
        + &extended(
            "boundaryEvent",
            "late",
            r#"attachedToRef="a""#,
            &listeners(&["end:e"]),
            &timer("PT1H"),
        )
        + &flows(&["late>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.tick(3_600_000);
    m.do_job("e", "{}");
    assert_eq!(m.trail(), "+start -a +late +end +p");
}

#[test]
fn a_case_that_is_cancelled_takes_its_listeners_along() {
    let process = |event: &str| {
        format!(
            "<bpmn:extensionElements>{}</bpmn:extensionElements>{}",
            listeners(&[event]),
            around(&service("a", ""))
        )
    };
    for (body, before) in [
        (around(&service("a", &listeners(&["start:l"]))), &[][..]),
        (around(&service("a", &listeners(&["end:l"]))), &["a"]),
        (process("start:l"), &[]),
        (process("end:l"), &["a"]),
    ] {
        for fail in [false, true] {
            let mut m = Machine::with(&body);
            let case = m.start("{}");
            before.iter().for_each(|job| m.do_job(job, "{}"));
            let job = m.take("l").key;
            if fail {
                m.run(FailJob {
                    job,
                    attempt: None,
                    retries: Retries::Left(0),
                    backoff_ms: None,
                    message: "no".into(),
                    variables: Document::new(),
                })
                .unwrap();
                assert_eq!(
                    m.incidents()[0].kind,
                    IncidentKind::ExecutionListenerNoRetries
                );
            }
            m.run(CancelInstance { instance: case }).unwrap();
            assert!(!m.is_running(case));
            assert_nothing_is_left(&m);
        }
    }
}

#[test]
fn a_scope_that_ends_takes_the_listeners_inside_along() {
    let inner = r#"<bpmn:startEvent id="i" />"#.to_owned()
        + &service("w", &listeners(&["start:s", "end:e"]))
        + &flows(&["i>w"]);
    for before in [&[][..], &["s", "w"]] {
        let body = start_and_end()
            + &extended("subProcess", "a", "", "", &inner)
            + &extended(
                "boundaryEvent",
                "late",
                r#"attachedToRef="a""#,
                "",
                &timer("PT1H"),
            )
            + &flows(&["start>a", "a>end", "late>end"]);
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        before.iter().for_each(|job| m.do_job(job, "{}"));
        m.tick(3_600_000);
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn a_listener_that_fails_is_tried_again_where_it_was() {
    let task = service("a", &listeners(&["start:s1", "start:s2"]));
    let mut m = Machine::with(&around(&task));
    m.start("{}");
    m.do_job("s1", "{}");
    let job = m.take("s2").key;
    m.run(FailJob {
        job,
        attempt: None,
        retries: Retries::Left(0),
        backoff_ms: None,
        message: "no".into(),
        variables: Document::new(),
    })
    .unwrap();
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
    assert!(m.activate("s1").is_empty());
    m.do_job("s2", "{}");
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +a +end +p");
}

#[test]
fn a_listener_without_a_type_is_an_incident_and_goes_on_once_there_is_one() {
    for (event, before, after) in [("start", &[][..], &["a"][..]), ("end", &["a"], &[])] {
        let task = service(
            "a",
            &listeners(&[&format!("{event}:l1"), &format!("{event}:=l2")]),
        );
        let mut m = Machine::with(&around(&task));
        let case = m.start("{}");
        before.iter().for_each(|job| m.do_job(job, "{}"));
        m.do_job("l1", "{}");
        let incident = m.incidents()[0].clone();
        assert_eq!(incident.kind, IncidentKind::ExtractValueError);
        m.run(SetVariables {
            scope: case.root(),
            instance: case,
            variables: json(r#"{"l2": "second"}"#),
            local: false,
        })
        .unwrap();
        m.run(ResolveIncident {
            incident: incident.key,
        })
        .unwrap();
        assert!(m.activate("l1").is_empty(), "it goes on where it was");
        m.do_job("second", "{}");
        after.iter().for_each(|job| m.do_job(job, "{}"));
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn a_listener_neither_throws_errors_nor_gives_results() {
    let mut m = Machine::with(&around(&service("a", &listeners(&["start:s"]))));
    m.start("{}");
    let job = m.take("s").key;
    let thrown = m.run(ThrowJobError {
        job,
        attempt: None,
        code: "X".into(),
        message: "no".into(),
        variables: Document::new(),
    });
    assert_eq!(thrown.unwrap_err().kind, RejectionKind::InvalidState);
    let verdict = JobResult::UserTask {
        denied: true,
        reason: Some("why".into()),
        corrections: TaskChanges::default(),
    };
    let denied = m.run(CompleteJob {
        job,
        attempt: None,
        variables: Document::new(),
        result: Some(verdict),
    });
    assert_eq!(denied.unwrap_err().kind, RejectionKind::InvalidArgument);
    let both = m.run(CompleteJob {
        job,
        attempt: None,
        variables: Document::new(),
        result: None,
    });
    both.unwrap();
    m.do_job("a", "{}");
}

#[test]
fn a_component_that_throws_from_a_listener_leaves_an_incident() {
    let mut m = Machine::with(&around(&service("a", &listeners(&["start:s"]))));
    m.run(RegisterComponent {
        component: Box::new(step("s")),
        replace: false,
    })
    .unwrap();
    let case = m.start("{}");
    let Some(Effect::InvokeStep { job, .. }) = m.effects.last().cloned() else {
        panic!("{:?}", m.effects);
    };
    m.run(ThrowJobError {
        job,
        attempt: Some(1),
        code: "X".into(),
        message: "no".into(),
        variables: Document::new(),
    })
    .unwrap();
    assert_eq!(
        m.incidents()[0].kind,
        IncidentKind::ExecutionListenerNoRetries
    );
    m.run(CancelInstance { instance: case }).unwrap();
    assert!(!m.is_running(case));
}

fn step(name: &str) -> ComponentRow {
    ComponentRow {
        name: name.into(),
        version: "1.0.0".into(),
        title: name.into(),
        digest: "d1".into(),
        role: ComponentRole::Step,
        pure: true,
        size: 1,
        details: "{}".into(),
        configuration: Vec::new(),
        registered_at_ms: 0,
    }
}
