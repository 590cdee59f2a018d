//! Compensation: what is undone, in which order, and with which variables.

use gardesh_engine::command::{
    CancelInstance, CompleteJob, FailJob, ResolveIncident, Retries, ThrowJobError,
};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::variables::write_document;

use crate::support::*;

/// A service task that undoes something; its job type is its id.
pub fn undoer(id: &str) -> String {
    service(id, "").replacen(
        "<bpmn:serviceTask",
        r#"<bpmn:serviceTask isForCompensation="true""#,
        1,
    )
}

/// The boundary event by which `handler` undoes `activity`.
pub fn undone_by(activity: &str, handler: &str) -> String {
    format!(
        r#"<bpmn:boundaryEvent id="on_{activity}" attachedToRef="{activity}"><bpmn:compensateEventDefinition /></bpmn:boundaryEvent>
           <bpmn:association id="as_{activity}" sourceRef="on_{activity}" targetRef="{handler}" />"#
    )
}

/// A service task that `undo_<id>` undoes.
pub fn task(id: &str) -> String {
    let handler = format!("undo_{id}");
    service(id, "") + &undoer(&handler) + &undone_by(id, &handler)
}

pub fn throw(tag: &str, id: &str, attributes: &str) -> String {
    format!(r#"<bpmn:{tag} id="{id}"><bpmn:compensateEventDefinition {attributes} /></bpmn:{tag}>"#)
}

pub fn subprocess(id: &str, attributes: &str, body: &str) -> String {
    format!(r#"<bpmn:subProcess id="{id}" {attributes}>{body}</bpmn:subProcess>"#)
}

/// A subprocess with `body` between its start `<id>_in` and its end `<id>_out`.
pub fn embedded(id: &str, mappings: &str, body: &str) -> String {
    let extensions = match mappings {
        "" => String::new(),
        mappings => format!(
            "<bpmn:extensionElements><zeebe:ioMapping>{mappings}</zeebe:ioMapping></bpmn:extensionElements>"
        ),
    };
    let events = format!(r#"<bpmn:startEvent id="{id}_in" /><bpmn:endEvent id="{id}_out" />"#);
    subprocess(id, "", &(extensions + &events + body))
}

pub fn input(source: &str, target: &str) -> String {
    format!(r#"<zeebe:input source="{source}" target="{target}" />"#)
}

/// Completes the job of one type and says what it saw.
pub fn seen_by(m: &mut Machine, job_type: &str) -> String {
    let jobs = m.activate(job_type);
    assert_eq!(jobs.len(), 1, "jobs of type {job_type}: {}", m.trail());
    m.run(CompleteJob {
        job: jobs[0].key,
        attempt: None,
        variables: json("{}"),
        result: None,
    })
    .unwrap();
    write_document(&jobs[0].variables)
}

fn fail_with_error(m: &mut Machine, job_type: &str) {
    let job = m.activate(job_type)[0].key;
    m.run(ThrowJobError {
        job,
        attempt: None,
        code: "REJECTED".into(),
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
}

#[test]
fn what_was_completed_is_undone_one_by_one_the_last_first() {
    for (tag, after) in [
        ("intermediateThrowEvent", " +t +end +p"),
        ("endEvent", " +t +p"),
    ] {
        let mut body = start_and_end()
            + &task("a")
            + &task("b")
            + &service("c", "")
            + &throw(tag, "t", "")
            + &flows(&["start>a", "a>b", "b>c", "c>t"]);
        if tag != "endEvent" {
            body += &flows(&["t>end"]);
        }
        let mut m = Machine::with(&body);
        let case = m.start("{}");
        for job in ["a", "b", "c"] {
            m.do_job(job, "{}");
        }
        assert!(m.activate("undo_a").is_empty(), "its turn comes later");
        m.do_job("undo_b", r#"{"money": "back"}"#);
        assert_eq!(m.variables(case), r#"{"money":"back"}"#);
        m.do_job("undo_a", "{}");
        let trail = "+start +a +b +c +on_b +undo_b +on_a +undo_a".to_owned() + after;
        assert_eq!(m.trail(), trail);
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn one_activity_is_undone_as_often_as_it_was_completed_and_only_once_for_each() {
    let body = start_and_end()
        + &task("a")
        + &task("b")
        + r#"<bpmn:exclusiveGateway id="x" default="x_one" />"#
        + &throw("intermediateThrowEvent", "one", r#"activityRef="a""#)
        + &throw("intermediateThrowEvent", "all", "")
        + &flows(&[
            "start>a",
            "a>b",
            "b>x",
            "x>a?again",
            "x>one",
            "one>all",
            "all>end",
        ]);
    let mut m = Machine::with(&body);
    m.start(r#"{"again": true}"#);
    for (job, variables) in [
        ("a", "{}"),
        ("b", "{}"),
        ("a", "{}"),
        ("b", r#"{"again": false}"#),
        ("undo_a", "{}"),
        ("undo_a", "{}"),
        ("undo_b", "{}"),
        ("undo_b", "{}"),
    ] {
        m.do_job(job, variables);
    }
    assert_eq!(
        m.trail(),
        "+start +a +b +x +a +b +x +on_a +undo_a +on_a +undo_a +one +on_b +undo_b +on_b +undo_b +all +end +p"
    );
}

#[test]
fn what_was_not_completed_is_not_undone() {
    // `a` is still active, `b` was interrupted.
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" />
             <bpmn:boundaryEvent id="caught" attachedToRef="b"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent>"#
        + &task("a")
        + &task("b")
        + &throw("endEvent", "t", "")
        + &flows(&[
            "start>fork",
            "fork>a",
            "fork>b",
            "a>end",
            "b>end",
            "caught>t",
        ]);
    let mut m = Machine::with(&body);
    m.start("{}");
    fail_with_error(&mut m, "b");
    m.do_job("a", "{}");
    assert_eq!(
        sorted(&m.trail()),
        sorted("+start +fork -b +caught +t +a +end +p")
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn inside_a_completed_subprocess_it_is_undone_with_the_variables_of_that_time() {
    let inner = embedded(
        "inner",
        &(input("=2", "level") + &input("=&quot;x&quot;", "own")),
        &(task("a") + &flows(&["inner_in>a", "a>inner_out"])),
    );
    let outer = embedded(
        "outer",
        &(input("=1", "level") + &input("=room", "room")),
        &(inner + &task("b") + &flows(&["outer_in>b", "b>inner", "inner>outer_out"])),
    ) + &undoer("undo_outer")
        + &undone_by("outer", "undo_outer");
    let body = start_and_end()
        + &outer
        + &service("c", "")
        + &throw("endEvent", "t", r#"activityRef="outer""#)
        + &flows(&["start>outer", "outer>c", "c>t"]);
    let mut m = Machine::with(&body);
    m.start(r#"{"room": 7}"#);
    m.do_job("b", "{}");
    m.do_job("a", "{}");
    m.do_job("c", r#"{"room": 8}"#);
    // The subprocess as a whole is undone without what it knew; the activities in it with that.
    assert_eq!(seen_by(&mut m, "undo_outer"), r#"{"room":8}"#);
    assert_eq!(
        seen_by(&mut m, "undo_a"),
        r#"{"level":2,"own":"x","room":7}"#
    );
    assert_eq!(seen_by(&mut m, "undo_b"), r#"{"level":1,"room":7}"#);
    assert!(m.trail().ends_with("+on_b +undo_b +t +p"), "{}", m.trail());
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn compensation_in_a_subprocess_undoes_only_what_was_done_there() {
    let inner = embedded(
        "s",
        "",
        &(task("a")
            + &throw("intermediateThrowEvent", "t", "")
            + &flows(&["s_in>a", "a>t", "t>s_out"])),
    );
    let body = start_and_end()
        + &task("b")
        + &inner
        + &throw("endEvent", "all", "")
        + &flows(&["start>b", "b>s", "s>all"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    for job in ["b", "a", "undo_a"] {
        m.do_job(job, "{}");
    }
    m.do_job("undo_b", "{}");
    assert_eq!(
        m.trail(),
        "+start +b +s_in +a +on_a +undo_a +t +s_out +s +on_b +undo_b +all +p"
    );
}

#[test]
fn what_was_done_in_a_subprocess_that_was_interrupted_is_not_undone() {
    let inner = embedded(
        "s",
        "",
        &(task("a") + &service("b", "") + &flows(&["s_in>a", "a>b", "b>s_out"])),
    );
    let body = start_and_end()
        + &task("c")
        + &inner
        + r#"<bpmn:boundaryEvent id="caught" attachedToRef="s"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent>"#
        + &throw("endEvent", "t", "")
        + &flows(&["start>c", "c>s", "s>end", "caught>t"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("c", "{}");
    m.do_job("a", "{}");
    fail_with_error(&mut m, "b");
    m.do_job("undo_c", "{}");
    assert_eq!(
        sorted(&m.trail()),
        sorted("+start +c +s_in +a -b -s +caught +on_c +undo_c +t +p")
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_subprocess_can_undo_and_is_not_undone_itself() {
    let undo = embedded(
        "undo_a",
        "",
        &(task("b") + &flows(&["undo_a_in>b", "b>undo_a_out"])),
    )
    .replacen(
        "<bpmn:subProcess",
        r#"<bpmn:subProcess isForCompensation="true""#,
        1,
    );
    let body = start_and_end()
        + &service("a", "")
        + &undo
        + &undone_by("a", "undo_a")
        + &throw("intermediateThrowEvent", "t", "")
        + &throw("endEvent", "u", "")
        + &flows(&["start>a", "a>t", "t>u"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    m.do_job("b", "{}");
    assert_eq!(
        m.trail(),
        "+start +a +on_a +undo_a_in +b +undo_a_out +undo_a +t +u +p"
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn an_event_subprocess_undoes_what_was_done_around_it() {
    for reference in ["", r#"activityRef="a""#] {
        let inner = r#"<bpmn:startEvent id="failed"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:startEvent>"#.to_owned()
            + &task("tell")
            + &throw("endEvent", "t", reference)
            + &flows(&["failed>tell", "tell>t"]);
        let body = start_and_end()
            + &task("a")
            + &service("b", "")
            + &subprocess("on_error", r#"triggeredByEvent="true""#, &inner)
            + &flows(&["start>a", "a>b", "b>end"]);
        let mut m = Machine::with(&body);
        m.start("{}");
        m.do_job("a", "{}");
        fail_with_error(&mut m, "b");
        m.do_job("tell", "{}");
        if reference.is_empty() {
            m.do_job("undo_tell", "{}");
        }
        m.do_job("undo_a", "{}");
        assert!(
            m.trail().ends_with("+undo_a +t +on_error +p"),
            "{}",
            m.trail()
        );
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn two_events_undo_each_completion_once_between_them() {
    let body = start_and_end()
        + r#"<bpmn:parallelGateway id="fork" />"#
        + &task("a")
        + &throw("endEvent", "t", "")
        + &throw("endEvent", "u", "")
        + &flows(&["start>a", "a>fork", "fork>t", "fork>u"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    assert_eq!(m.trail(), "+start +a +fork +on_a +u");
    m.do_job("undo_a", "{}");
    assert_eq!(m.trail(), "+start +a +fork +on_a +u +undo_a +t +p");
}

#[test]
fn an_incident_while_undoing_stops_it_until_it_is_resolved() {
    let body =
        start_and_end() + &task("a") + &throw("endEvent", "t", "") + &flows(&["start>a", "a>t"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    let job = m.activate("undo_a")[0].key;
    m.run(FailJob {
        job,
        attempt: None,
        retries: Retries::Left(0),
        backoff_ms: None,
        message: "no".into(),
        variables: json("{}"),
    })
    .unwrap();
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
    m.do_job("undo_a", "{}");
    assert_eq!(m.trail(), "+start +a +on_a +undo_a +t +p");
}

#[test]
fn nothing_of_it_outlives_the_case_or_the_scope() {
    let inner = embedded(
        "s",
        "",
        &(task("a")
            + &embedded(
                "deep",
                &input("=1", "n"),
                &(task("b") + &flows(&["deep_in>b", "b>deep_out"])),
            )
            + &throw("intermediateThrowEvent", "t", "")
            + &flows(&["s_in>a", "a>deep", "deep>t", "t>s_out"])),
    );
    let body = start_and_end()
        + &inner
        + r#"<bpmn:boundaryEvent id="late" attachedToRef="s"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>"#
        + &flows(&["start>s", "s>end", "late>end"]);
    // Cancelled or interrupted before anything is undone, in the middle, and with one left.
    for done in [vec!["a"], vec!["a", "b"], vec!["a", "b", "undo_b"]] {
        for cancel in [true, false] {
            let mut m = Machine::with(&body);
            let case = m.start("{}");
            for job in &done {
                m.do_job(job, "{}");
            }
            if cancel {
                m.run(CancelInstance { instance: case }).unwrap();
            } else {
                m.tick(3_600_000);
            }
            assert!(!m.is_running(case), "{done:?}");
            assert_eq!(leftovers(&m), Vec::<&str>::new(), "{done:?}");
        }
    }
}

#[test]
fn an_error_while_undoing_is_caught_around_it() {
    let inner = embedded(
        "s",
        "",
        &(task("a")
            + &throw("intermediateThrowEvent", "t", "")
            + &flows(&["s_in>a", "a>t", "t>s_out"])),
    );
    let body = start_and_end()
        + &inner
        + r#"<bpmn:boundaryEvent id="caught" attachedToRef="s"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent>"#
        + &flows(&["start>s", "s>end", "caught>end"]);
    let mut m = Machine::with(&body);
    m.start("{}");
    m.do_job("a", "{}");
    fail_with_error(&mut m, "undo_a");
    assert_eq!(
        sorted(&m.trail()),
        sorted("+start +s_in +a +on_a -t -undo_a -s +caught +end +p")
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_case_holds_a_bounded_number_of_activities_to_undo() {
    let manual =
        r#"<bpmn:manualTask id="a" /><bpmn:manualTask id="undo_a" isForCompensation="true" />"#;
    let body = start_and_end()
        + manual
        + &undone_by("a", "undo_a")
        + r#"<bpmn:exclusiveGateway id="x" default="x_a" />"#
        + &throw("intermediateThrowEvent", "t", "")
        + &flows(&["start>x", "x>a", "a>x", "x>t?done", "t>end"]);
    let mut m = Machine::with(&body);
    let case = m.start(r#"{"done": false}"#);
    m.settle();
    let incident = m.incidents()[0].clone();
    assert_eq!(incident.kind, IncidentKind::ExecutionLimit);
    assert!(
        incident.message.contains("can be undone"),
        "{}",
        incident.message
    );
    m.run(CancelInstance { instance: case }).unwrap();
    m.settle();
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

/// Runs once for each item of `items`.
pub fn repeated(id: &str, tag: &str, body: &str) -> String {
    let repetition = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=items" inputElement="item" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    body.replacen(
        &format!("</bpmn:{tag}>"),
        &format!("{repetition}</bpmn:{tag}>"),
        1,
    )
    .replacen(r#"id="one""#, &format!(r#"id="{id}""#), 1)
}

/// Completes all jobs of a type.
pub fn do_all(m: &mut Machine, job_type: &str) -> usize {
    let jobs = m.activate(job_type);
    for job in &jobs {
        m.run(CompleteJob {
            job: job.key,
            attempt: None,
            variables: json("{}"),
            result: None,
        })
        .unwrap();
    }
    jobs.len()
}

#[test]
fn an_activity_that_repeats_is_undone_as_a_whole_by_one_that_may_repeat() {
    let body = start_and_end()
        + &repeated("a", "serviceTask", &service("a", ""))
        + &repeated("undo_a", "serviceTask", &undoer("undo_a"))
        + &undone_by("a", "undo_a")
        + &throw("endEvent", "t", "")
        + &flows(&["start>a", "a>t"]);
    let mut m = Machine::with(&body);
    m.start(r#"{"items": [1, 2, 3]}"#);
    assert_eq!(do_all(&mut m, "a"), 3);
    assert_eq!(do_all(&mut m, "undo_a"), 3);
    assert_eq!(m.trail().matches("+on_a").count(), 1);
    assert!(m.trail().ends_with("+undo_a +t +p"), "{}", m.trail());
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn what_was_done_in_the_runs_of_a_subprocess_is_undone_run_by_run() {
    let inner = embedded("s", "", &(task("a") + &flows(&["s_in>a", "a>s_out"])));
    let body = start_and_end()
        + &repeated("s", "subProcess", &inner)
        + &throw("endEvent", "t", r#"activityRef="s""#)
        + &flows(&["start>s", "s>t"]);
    let mut m = Machine::with(&body);
    m.start(r#"{"items": [7, 8]}"#);
    assert_eq!(do_all(&mut m, "a"), 2);
    for (item, counter) in [(8, 2), (7, 1)] {
        assert_eq!(
            seen_by(&mut m, "undo_a"),
            format!(r#"{{"item":{item},"items":[7,8],"loopCounter":{counter}}}"#)
        );
    }
    assert!(m.trail().ends_with("+undo_a +t +p"), "{}", m.trail());
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn compensation_in_a_path_of_an_ad_hoc_subprocess_undoes_the_other_paths_too() {
    let inner = r#"<bpmn:extensionElements><zeebe:adHoc activeElementsCollection="=[&quot;a&quot;, &quot;b&quot;]" /></bpmn:extensionElements>"#.to_owned()
        + &task("a")
        + &task("b")
        + &throw("intermediateThrowEvent", "t", "")
        + &flows(&["b>t"]);
    let body = start_and_end()
        + &format!(r#"<bpmn:adHocSubProcess id="free">{inner}</bpmn:adHocSubProcess>"#)
        + &flows(&["start>free", "free>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    for job in ["a", "b", "undo_b", "undo_a"] {
        m.do_job(job, "{}");
    }
    assert!(!m.is_running(case), "{}", m.trail());
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}
