//! Conditional events: when they happen, when not, and what comes of a condition that cannot
//! be evaluated.

use gardesh_engine::command::{
    CancelInstance, ConditionsEvaluated, EvaluateConditions, FailJob, ResolveIncident, SetVariables,
};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::event::{Event, JobEvent, SubscriptionEvent};
use gardesh_engine::key::*;
use gardesh_engine::rejection::RejectionKind;

use crate::support::*;

fn when(condition: &str, filter: &str) -> String {
    let filter = match filter {
        "" => String::new(),
        filter => format!(
            "<bpmn:extensionElements><zeebe:conditionalFilter {filter} /></bpmn:extensionElements>"
        ),
    };
    let condition = condition.replace('<', "&lt;");
    format!(
        "<bpmn:conditionalEventDefinition>{filter}<bpmn:condition>={condition}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )
}

fn event(tag: &str, id: &str, attributes: &str, definition: &str) -> String {
    format!(r#"<bpmn:{tag} id="{id}" {attributes}>{definition}</bpmn:{tag}>"#)
}

/// A task `a` with a boundary event `hot` that has a way of its own.
fn watched(interrupting: bool, definition: &str) -> String {
    let attributes = format!(r#"attachedToRef="a" cancelActivity="{interrupting}""#);
    start_and_end()
        + &service("a", "")
        + &event("boundaryEvent", "hot", &attributes, definition)
        + r#"<bpmn:endEvent id="told" />"#
        + &flows(&["start>a", "a>end", "hot>told"])
}

fn set(m: &mut Machine, instance: ProcessInstanceKey, scope: ElementInstanceKey, variables: &str) {
    m.run(SetVariables {
        instance,
        scope,
        variables: json(variables),
        local: true,
    })
    .unwrap();
}

/// How often an event happened that waited for a condition.
fn times(m: &Machine) -> usize {
    m.events()
        .filter(|event| {
            matches!(
                event,
                Event::Subscription(SubscriptionEvent::Triggered { .. })
            )
        })
        .count()
}

fn holder(m: &Machine) -> ElementInstanceKey {
    let opened = m.events().filter_map(|event| match event {
        Event::Job(JobEvent::Created { job }) => Some(job.element_instance),
        _ => None,
    });
    opened.last().unwrap()
}

#[test]
fn every_event_that_can_have_a_condition_happens_when_it_holds() {
    let hot = when("t > 30", "");
    let catch = event("intermediateCatchEvent", "hot", "", &hot);
    let gateway = r#"<bpmn:eventBasedGateway id="wait" /><bpmn:intermediateCatchEvent id="late"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"#.to_owned()
        + &event("intermediateCatchEvent", "hot", "", &hot);
    let subprocess = |interrupting| {
        let inner = event(
            "startEvent",
            "hot",
            &format!(r#"isInterrupting="{interrupting}""#),
            &hot,
        ) + r#"<bpmn:endEvent id="told" />"#
            + &flows(&["hot>told"]);
        start_and_end()
            + &service("a", "")
            + &event("subProcess", "on", r#"triggeredByEvent="true""#, &inner)
            + &flows(&["start>a", "a>end"])
    };
    for (body, later, at_once) in [
        (
            start_and_end() + &catch + &flows(&["start>hot", "hot>end"]),
            "+start +hot +end +p",
            "+start +hot +end +p",
        ),
        (
            start_and_end()
                + &gateway
                + &flows(&["start>wait", "wait>hot", "wait>late", "hot>end", "late>end"]),
            "+start +wait +hot +end +p",
            "+start +wait +hot +end +p",
        ),
        (
            watched(true, &hot),
            "+start +hot -a +told +p",
            "+start +hot -a +told +p",
        ),
        (
            watched(false, &hot),
            "+start +hot +told",
            "+start +hot +told",
        ),
        (
            subprocess("true"),
            "+start -a +hot +told +on +p",
            "-start +hot +told +on +p",
        ),
        (
            subprocess("false"),
            "+start +hot +told +on",
            "+start +hot +told +on",
        ),
    ] {
        let mut m = Machine::with(&body);
        let case = m.start(r#"{"t": 20}"#);
        assert_eq!(times(&m), 0);
        set(&mut m, case, case.root(), r#"{"t": 25}"#);
        assert_eq!(times(&m), 0);
        set(&mut m, case, case.root(), r#"{"t": 31}"#);
        assert_eq!(sorted(&m.trail()), sorted(later), "{body}");
        let _ = m.run(CancelInstance { instance: case });
        assert_eq!(leftovers(&m), Vec::<&str>::new());

        let mut m = Machine::with(&body);
        let case = m.start(r#"{"t": 31}"#);
        assert_eq!(times(&m), 1);
        let _ = m.run(CancelInstance { instance: case });
        let trail = m.trail().replace(" -a -p", "");
        assert_eq!(sorted(&trail).first(), sorted(at_once).first(), "{body}");
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn an_event_that_may_happen_again_does_each_time_the_condition_becomes_true() {
    let mut m = Machine::with(&watched(false, &when("t > 30", "")));
    let case = m.start(r#"{"t": 31}"#);
    for (t, expected) in [(32, 1), (20, 1), (10, 1), (40, 2), (41, 2), (0, 2), (99, 3)] {
        set(&mut m, case, case.root(), &format!(r#"{{"t": {t}}}"#));
        assert_eq!(times(&m), expected, "{t}");
    }
    m.do_job("a", "{}");
    assert!(!m.is_running(case));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn only_changes_that_the_event_names_count() {
    for (filter, changes, expected) in [
        ("", &[r#"{"u": 1}"#][..], 1),
        (r#"variableNames="t""#, &[r#"{"u": 1}"#], 0),
        (r#"variableNames="t,u""#, &[r#"{"u": 1}"#], 1),
        (r#"variableNames="u.inner""#, &[r#"{"u": 1}"#], 1),
        (r#"variableEvents="update""#, &[r#"{"u": 1}"#], 0),
        (r#"variableEvents="create""#, &[r#"{"u": 1}"#], 1),
        (
            r#"variableEvents="create" variableNames="t""#,
            &[r#"{"t": 1}"#],
            0,
        ),
        (
            r#"variableEvents="update" variableNames="u""#,
            &[r#"{"u": 0}"#, r#"{"u": 1}"#],
            1,
        ),
        (
            r#"variableEvents="create" variableNames="u""#,
            &[r#"{"u": 0}"#, r#"{"u": 1}"#],
            0,
        ),
        (
            r#"variableEvents="create,update""#,
            &[r#"{"u": 0}"#, r#"{"u": 1}"#],
            1,
        ),
    ] {
        let mut m = Machine::with(&watched(true, &when("t = 1 or u = 1", filter)));
        let case = m.start(r#"{"t": 0}"#);
        for change in changes {
            set(&mut m, case, case.root(), change);
        }
        assert_eq!(times(&m), expected, "{filter} {changes:?}");
    }
}

#[test]
fn a_condition_sees_the_variables_of_its_holder_and_not_those_beside_it() {
    let beside = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" />"#
        + &service(
            "a",
            r#"<zeebe:ioMapping><zeebe:input source="=limit" target="t" /></zeebe:ioMapping>"#,
        )
        + &service("b", "")
        + &event(
            "boundaryEvent",
            "hot",
            r#"attachedToRef="a""#,
            &when("t > 30", ""),
        )
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>end",
            "b>end",
            "hot>end",
        ]);
    let mut m = Machine::with(&beside);
    let case = m.start(r#"{"limit": 3}"#);
    let b = holder(&m);
    set(&mut m, case, b, r#"{"t": 99}"#);
    set(&mut m, case, case.root(), r#"{"t": 99}"#);
    assert_eq!(times(&m), 0, "an input mapping hides the case's variable");
    let a = m.activate("a")[0].job.element_instance;
    set(&mut m, case, a, r#"{"t": 99}"#);
    assert_eq!(times(&m), 1);
    let mut m = Machine::with(&beside);
    m.start(r#"{"limit": 31}"#);
    assert_eq!(times(&m), 1, "the input mapping counts");
}

#[test]
fn what_completes_a_task_does_not_happen_on_it_but_in_the_scope_around() {
    let mut m = Machine::with(&watched(true, &when("t > 30", "")));
    let case = m.start("{}");
    m.do_job("a", r#"{"t": 99}"#);
    assert_eq!(times(&m), 0);
    assert!(!m.is_running(case));

    let inner = event("startEvent", "hot", "", &when("t > 30", ""))
        + &service("b", "")
        + &flows(&["hot>b"]);
    let outputs = r#"<zeebe:ioMapping><zeebe:output source="=x" target="t" /></zeebe:ioMapping>"#;
    for (outputs, result) in [("", r#"{"t": 99}"#), (outputs, r#"{"x": 99}"#)] {
        let body = start_and_end()
            + &service("a", outputs)
            + &event("subProcess", "on", r#"triggeredByEvent="true""#, &inner)
            + &flows(&["start>a", "a>end"]);
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        m.do_job("a", result);
        assert!(m.is_running(case), "{result}");
        m.do_job("b", "{}");
        assert!(!m.is_running(case));
    }
}

#[test]
fn outer_events_come_first_and_end_what_is_inside() {
    let hot = when("t > 30", "");
    let inner = r#"<bpmn:startEvent id="in" />"#.to_owned()
        + &service("a", "")
        + &event("boundaryEvent", "inner", r#"attachedToRef="a""#, &hot)
        + &service("never", "")
        + &flows(&["in>a", "inner>never"]);
    let body = start_and_end()
        + &event("subProcess", "sub", "", &inner)
        + &event("boundaryEvent", "outer", r#"attachedToRef="sub""#, &hot)
        + &flows(&["start>sub", "sub>end", "outer>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    set(&mut m, case, case.root(), r#"{"t": 31}"#);
    assert_eq!(
        sorted(&m.trail()),
        sorted("+start +in -a -sub +outer +end +p")
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn two_conditions_that_hold_at_once_are_decided_by_the_first() {
    let body = watched(true, &when("t > 30", ""))
        + &event(
            "boundaryEvent",
            "other",
            r#"attachedToRef="a""#,
            &when("t > 20", ""),
        )
        + &flows(&["other>told"]);
    for at_once in [true, false] {
        let mut m = Machine::with(&body);
        let case = m.start(if at_once { r#"{"t": 40}"# } else { "{}" });
        if !at_once {
            set(&mut m, case, case.root(), r#"{"t": 40}"#);
        }
        assert_eq!(times(&m), 1);
        assert!(!m.is_running(case));
    }
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_an_incident_until_it_can() {
    let mut m = Machine::with(&watched(true, &when("t", "")));
    let case = m.start(r#"{"t": "warm"}"#);
    let incident = m.incidents()[0].clone();
    assert_eq!(incident.kind, IncidentKind::ConditionError);
    set(&mut m, case, case.root(), r#"{"t": false}"#);
    m.run(ResolveIncident {
        incident: incident.key,
    })
    .unwrap();
    assert!(m.incidents().is_empty());
    for wrong in [r#"{"t": "warm"}"#, r#"{"t": "warmer"}"#] {
        set(&mut m, case, case.root(), wrong);
        assert_eq!(m.incidents().len(), 1, "it is told once");
    }
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
    assert_eq!(m.incidents().len(), 1, "it is asked again");
    let failed = m.activate("a")[0].key;
    m.run(FailJob {
        job: failed,
        attempt: None,
        retries: gardesh_engine::command::Retries::Left(0),
        backoff_ms: None,
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
    assert_eq!(m.incidents().len(), 2, "one does not hide the other");
    set(&mut m, case, case.root(), r#"{"t": null}"#);
    let incident = m.incidents()[1].key;
    m.run(ResolveIncident { incident }).unwrap();
    m.do_job("a", "{}");
    assert!(!m.is_running(case));
    assert_eq!(
        leftovers(&m),
        Vec::<&str>::new(),
        "incidents go with their element"
    );
}

#[test]
fn a_cancelled_case_takes_all_its_incidents_along() {
    let mut m = Machine::with(&watched(true, &when("t", "")));
    let case = m.start("{}");
    set(&mut m, case, case.root(), r#"{"t": "warm"}"#);
    let job = m.activate("a")[0].key;
    m.run(FailJob {
        job,
        attempt: None,
        retries: gardesh_engine::command::Retries::Left(0),
        backoff_ms: None,
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
    assert_eq!(m.incidents().len(), 2);
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_condition_that_makes_itself_true_again_and_again_is_stopped() {
    let inner = event(
        "startEvent",
        "hot",
        r#"isInterrupting="false""#,
        &when("even(n)", ""),
    ) + &service_like_task("one", "=n + 1")
        + &service_like_task("two", "=n + 1")
        + &flows(&["hot>one", "one>two"]);
    let body = start_and_end()
        + &service("a", "")
        + &event("subProcess", "on", r#"triggeredByEvent="true""#, &inner)
        + &flows(&["start>a", "a>end"]);
    let mut m = Machine::impatient();
    m.deploy(&diagram(&body)).unwrap();
    let case = m.start(r#"{"n": 1}"#);
    set(&mut m, case, case.root(), r#"{"n": 2}"#);
    m.settle();
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExecutionLimit);
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

/// An undefined task that sets `n` of the case as it is left.
fn service_like_task(id: &str, n: &str) -> String {
    format!(
        r#"<bpmn:scriptTask id="{id}"><bpmn:extensionElements><zeebe:script expression="{n}" resultVariable="n" /></bpmn:extensionElements></bpmn:scriptTask>"#
    )
}

fn evaluate(m: &mut Machine, variables: &str, process: Option<&str>) -> Vec<ProcessInstanceKey> {
    let command = EvaluateConditions {
        variables: json(variables),
        process: process.map(Into::into),
    };
    match m.run(command) {
        Ok(ConditionsEvaluated { started }) => {
            started.into_iter().map(|(_, instance)| instance).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn conditional_start_events_start_cases_when_somebody_has_them_evaluated() {
    let body = event("startEvent", "hot", "", &when("t > 30", ""))
        + &event(
            "startEvent",
            "cold",
            "",
            &when("t < 0", r#"variableNames="t""#),
        )
        + &event("startEvent", "odd", "", &when("u", ""))
        + &service("a", "")
        + &flows(&["hot>a", "cold>a", "odd>a"]);
    let q = diagram(&event("startEvent", "hot", "", &when("t > 40", "")))
        .replace("id=\"p\"", "id=\"q\"");
    let mut m = Machine::with(&body);
    m.deploy(&q).unwrap();
    assert_eq!(evaluate(&mut m, r#"{"t": 20, "u": "text"}"#, None), []);
    let started = evaluate(&mut m, r#"{"t": 31}"#, None);
    assert_eq!(started.len(), 1);
    assert_eq!(m.variables(started[0]), r#"{"t":31}"#);
    assert_eq!(evaluate(&mut m, r#"{"t": -1, "u": true}"#, None).len(), 2);
    assert_eq!(evaluate(&mut m, r#"{"t": 41}"#, None).len(), 2);
    assert_eq!(evaluate(&mut m, r#"{"t": 41}"#, Some("q")).len(), 1);
    assert_eq!(evaluate(&mut m, r#"{"x": 1}"#, Some("p")), []);
    // Only the latest version counts.
    m.deploy(&diagram(&body.replace("t > 30", "t > 50")))
        .unwrap();
    assert_eq!(evaluate(&mut m, r#"{"t": 45}"#, Some("p")), []);
    let unknown = m.run(EvaluateConditions {
        variables: json("{}"),
        process: Some("nobody".into()),
    });
    assert_eq!(unknown.unwrap_err().kind, RejectionKind::NotFound);
}
