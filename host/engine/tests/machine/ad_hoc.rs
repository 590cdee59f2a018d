//! Ad-hoc subprocesses: what is entered is chosen, by the diagram, a person or a worker.

use gardesh_engine::command::{
    ActivateAdHoc, ActivatedJob, AdHocResult, BroadcastSignal, CancelInstance, CompleteJob,
    FailJob, JobResult, ResolveIncident, ResumeInstance, SetVariables, SuspendInstance,
    ThrowJobError,
};
use gardesh_engine::entities::element_instance::Role;
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::entities::job::JobKind;
use gardesh_engine::event::{ElementInstanceEvent, Event, VariableEvent};
use gardesh_engine::key::*;
use gardesh_engine::rejection::{Rejection, RejectionKind};
use gardesh_engine::variables::write_document;

use crate::support::*;

/// An ad-hoc subprocess `a` with the service tasks `x`, `y` and, after `y`, `z`.
fn ad_hoc(attributes: &str, extension: &str, condition: &str, more: &str) -> String {
    let condition = match condition {
        "" => String::new(),
        text => format!("<bpmn:completionCondition>={text}</bpmn:completionCondition>"),
    };
    format!(
        r#"<bpmn:adHocSubProcess id="a" {attributes}><bpmn:extensionElements>{extension}</bpmn:extensionElements>{}{}{}{}{more}{condition}</bpmn:adHocSubProcess>"#,
        service("x", ""),
        service("y", ""),
        service("z", ""),
        flows(&["y>z"]),
    )
}

const CHOSEN: &str = r#"<zeebe:adHoc activeElementsCollection="=chosen" />"#;

const COLLECT: &str = r#"<zeebe:adHoc activeElementsCollection="=chosen" outputCollection="results" outputElement="=result" />"#;

const LED: &str = r#"<zeebe:taskDefinition type="lead" /><zeebe:adHoc outputCollection="results" outputElement="=result" />"#;

fn one(a: &str, more: &str) -> Machine {
    Machine::with(&(start_and_end() + a + more + &flows(&["start>a", "a>end"])))
}

fn activate(
    m: &mut Machine,
    case: ProcessInstanceKey,
    elements: &[(&str, &str)],
    cancel_remaining: bool,
) -> Result<(), Rejection> {
    let element = key_of(m);
    let elements = elements
        .iter()
        .map(|(id, variables)| ((*id).to_owned(), json(variables)));
    let command = ActivateAdHoc {
        instance: case,
        element,
        elements: elements.collect(),
        cancel_remaining,
    };
    m.run(command)
}

/// The ad-hoc subprocess: the first element that has paths in it, or the second element.
fn key_of(m: &Machine) -> ElementInstanceKey {
    let job = |event: &Event| match event {
        Event::Variable(VariableEvent::Set { scope, name, .. })
            if &**name == "adHocSubProcessElements" =>
        {
            Some(*scope)
        }
        _ => None,
    };
    m.events().filter_map(job).last().unwrap()
}

fn complete(m: &mut Machine, job: &ActivatedJob, variables: &str) {
    m.run(CompleteJob {
        job: job.key,
        attempt: None,
        variables: json(variables),
        result: None,
    })
    .unwrap();
}

/// The worker that leads the subprocess chooses.
fn lead(m: &mut Machine, variables: &str, result: AdHocResult) -> Result<(), Rejection> {
    let jobs = m.activate("lead");
    assert_eq!(jobs.len(), 1, "one question at a time");
    assert_eq!(jobs[0].job.kind, JobKind::AdHocSubProcess);
    m.run(CompleteJob {
        job: jobs[0].key,
        attempt: None,
        variables: json(variables),
        result: Some(JobResult::AdHoc(result)),
    })
}

fn choose(elements: &[&str]) -> AdHocResult {
    AdHocResult {
        elements: elements
            .iter()
            .map(|id| ((*id).to_owned(), json("{}")))
            .collect(),
        ..AdHocResult::default()
    }
}

fn end_variables(m: &Machine) -> String {
    use gardesh_engine::effect::{Effect, Ending};
    let ended = m.effects.iter().find_map(|effect| match effect {
        Effect::InstanceEnded {
            ending: Ending::Completed(variables),
            ..
        } => Some(write_document(variables)),
        _ => None,
    });
    ended.expect("the case has not completed")
}

fn set(m: &mut Machine, case: ProcessInstanceKey, variables: &str) {
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(variables),
        local: false,
    })
    .unwrap();
}

fn resolve(m: &mut Machine) {
    let incident = m.incidents()[0].key;
    m.run(ResolveIncident { incident }).unwrap();
}

#[test]
fn the_diagram_chooses_and_the_subprocess_is_done_when_nothing_is_active() {
    let mut m = one(&ad_hoc("", CHOSEN, "", ""), "");
    let case = m.start(r#"{"chosen": ["x", "y"]}"#);
    let seen = write_document(&m.activate("x")[0].variables);
    assert_eq!(
        seen,
        r#"{"adHocSubProcessElements":[{"elementId":"x"},{"elementId":"y"}],"chosen":["x","y"]}"#
    );
    m.do_job("y", "{}");
    m.do_job("z", "{}");
    assert!(m.is_running(case));
    m.tick(60_000);
    m.do_job("x", "{}");
    // Each path is an instance of the subprocess, too.
    assert_eq!(m.trail(), "+start +y +z +a +x +a +a +end +p");
    let paths = m.events().filter(
        |event| matches!(event, Event::ElementInstance(ElementInstanceEvent::Activating { role, .. }) if *role == Role::Path),
    );
    assert_eq!(paths.count(), 2);
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn without_a_choice_it_waits_for_a_person() {
    for chosen in ["", CHOSEN] {
        let mut m = one(&ad_hoc("", chosen, "", ""), "");
        let case = m.start(r#"{"chosen": []}"#);
        assert!(m.is_running(case));
        activate(&mut m, case, &[("x", r#"{"how": 1}"#), ("y", "{}")], false).unwrap();
        let job = m.activate("x").remove(0);
        assert_eq!(job.variables["how"].to_json(), "1");
        assert!(!m.activate("y")[0].variables.contains_key("how"));
        complete(&mut m, &job, "{}");
        assert!(m.is_running(case));
        m.tick(60_000);
        m.do_job("y", "{}");
        m.do_job("z", "{}");
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn a_list_that_names_no_element_is_an_incident_that_resolving_asks_again() {
    let many = format!(r#"{{"chosen": [{}"x"]}}"#, r#""x","#.repeat(100));
    for (variables, kind, part) in [
        ("{}", IncidentKind::ExtractValueError, "a list of ids"),
        (
            r#"{"chosen": [1]}"#,
            IncidentKind::ExtractValueError,
            "a list of ids",
        ),
        (
            r#"{"chosen": ["z"]}"#,
            IncidentKind::ExtractValueError,
            "'z' is none",
        ),
        (
            r#"{"chosen": ["nowhere"]}"#,
            IncidentKind::ExtractValueError,
            "'nowhere'",
        ),
        (
            r#"{"chosen": ["end"]}"#,
            IncidentKind::ExtractValueError,
            "'end'",
        ),
        (&many, IncidentKind::ExecutionLimit, "at most 100"),
    ] {
        let mut m = one(&ad_hoc("", CHOSEN, "", ""), "");
        let case = m.start(variables);
        let incident = m.incidents()[0].clone();
        assert_eq!(incident.kind, kind);
        assert!(incident.message.contains(part), "{}", incident.message);
        set(&mut m, case, r#"{"chosen": ["x"]}"#);
        resolve(&mut m);
        m.do_job("x", "{}");
        assert!(!m.is_running(case));
    }
}

#[test]
fn the_completion_condition_ends_the_rest_or_waits_for_it() {
    for (attributes, trail) in [
        ("", "+start +x +a -y -a +a +end +p"),
        (
            r#"cancelRemainingInstances="false""#,
            "+start +x +a +y +z +a +a +end +p",
        ),
    ] {
        let mut m = one(&ad_hoc(attributes, CHOSEN, "done", ""), "");
        let case = m.start(r#"{"chosen": ["x", "y"], "done": false}"#);
        m.do_job("x", r#"{"done": true}"#);
        for job in ["y", "z"] {
            if m.is_running(case) {
                m.do_job(job, "{}");
            }
        }
        assert!(!m.is_running(case));
        assert_eq!(m.trail(), trail);
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn while_the_completion_condition_does_not_hold_somebody_may_choose_more() {
    let mut m = one(&ad_hoc("", COLLECT, "count(results) = 3", ""), "");
    let case = m.start(r#"{"chosen": ["x"]}"#);
    m.do_job("x", r#"{"result": 1}"#);
    assert!(m.is_running(case), "nothing is active, and it waits");
    activate(&mut m, case, &[("x", "{}")], false).unwrap();
    m.do_job("x", r#"{"result": 2}"#);
    activate(&mut m, case, &[("y", r#"{"result": "own"}"#)], false).unwrap();
    m.do_job("y", "{}");
    m.do_job("z", "{}");
    assert!(!m.is_running(case));
    assert_eq!(
        end_variables(&m),
        r#"{"chosen":["x"],"results":[1,2,"own"]}"#
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_an_incident_of_the_path() {
    let mut m = one(&ad_hoc("", COLLECT, "enough", ""), "");
    let case = m.start(r#"{"chosen": ["x"]}"#);
    m.do_job("x", r#"{"result": 1}"#);
    assert_eq!(m.incidents()[0].kind, IncidentKind::ExtractValueError);
    set(&mut m, case, r#"{"enough": true}"#);
    resolve(&mut m);
    assert!(!m.is_running(case));
    assert_eq!(
        end_variables(&m),
        r#"{"chosen":["x"],"enough":true,"results":[1]}"#
    );
}

#[test]
fn a_person_cannot_choose_what_cannot_be_chosen() {
    let mut m = one(&ad_hoc("", CHOSEN, "", ""), "");
    let case = m.start(r#"{"chosen": ["x"]}"#);
    let many: Vec<(String, _)> = (0..101).map(|i| (format!("x{i}"), json("{}"))).collect();
    let element = key_of(&m);
    let mut refused = |instance, element, elements: Vec<(String, _)>| {
        m.run(ActivateAdHoc {
            instance,
            element,
            elements,
            cancel_remaining: true,
        })
        .unwrap_err()
        .kind
    };
    let x = || ("x".to_owned(), json("{}"));
    for (instance, element, elements, kind) in [
        (case, element, vec![], RejectionKind::InvalidArgument),
        (
            case,
            element,
            vec![x(), x()],
            RejectionKind::InvalidArgument,
        ),
        (
            case,
            element,
            vec![("z".into(), json("{}"))],
            RejectionKind::NotFound,
        ),
        (case, element, many, RejectionKind::LimitExceeded),
        (case, case.root(), vec![x()], RejectionKind::NotFound),
        (
            case,
            ElementInstanceKey(1),
            vec![x()],
            RejectionKind::NotFound,
        ),
        (
            ProcessInstanceKey(1),
            element,
            vec![x()],
            RejectionKind::NotFound,
        ),
    ] {
        assert_eq!(refused(instance, element, elements), kind);
    }
    m.do_job("x", "{}");
    assert!(!m.is_running(case));
}

#[test]
fn choosing_anew_may_end_what_is_active() {
    let mut m = one(&ad_hoc("", CHOSEN, "", ""), "");
    let case = m.start(r#"{"chosen": ["x"]}"#);
    activate(&mut m, case, &[("y", "{}")], true).unwrap();
    assert!(m.activate("x").is_empty());
    assert!(m.is_running(case));
    m.do_job("y", "{}");
    m.do_job("z", "{}");
    assert_eq!(m.trail(), "+start -x -a +y +z +a +a +end +p");
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_worker_leads_the_subprocess_and_is_asked_again_when_a_path_ends() {
    let mut m = one(&ad_hoc("", LED, "", ""), "");
    let case = m.start("{}");
    lead(&mut m, r#"{"plan": 1}"#, choose(&["x", "x", "y"])).unwrap();
    assert!(m.activate("lead").is_empty(), "nothing has ended yet");
    let both = m.activate("x");
    assert_eq!(both.len(), 2);
    complete(&mut m, &both[0], r#"{"result": 1}"#);
    let first = m.activate("lead").remove(0);
    complete(&mut m, &both[1], r#"{"result": 2}"#);
    // The question was asked again, because more has ended.
    let late = m.run(CompleteJob {
        job: first.key,
        attempt: None,
        variables: json("{}"),
        result: None,
    });
    assert_eq!(late.unwrap_err().kind, RejectionKind::NotFound);
    let done = AdHocResult {
        is_fulfilled: true,
        cancel_remaining: true,
        ..AdHocResult::default()
    };
    lead(&mut m, r#"{"plan": 2}"#, done).unwrap();
    assert!(!m.is_running(case));
    assert_eq!(end_variables(&m), r#"{"plan":2,"results":[1,2]}"#);
    assert_eq!(m.trail().matches("-y").count(), 1);
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_worker_that_is_done_may_let_the_rest_come_to_its_end() {
    let mut m = one(&ad_hoc("", LED, "", ""), "");
    let case = m.start("{}");
    lead(&mut m, "{}", choose(&["x", "y"])).unwrap();
    m.do_job("x", "{}");
    let done = AdHocResult {
        is_fulfilled: true,
        ..AdHocResult::default()
    };
    lead(&mut m, "{}", done).unwrap();
    assert!(m.is_running(case));
    m.do_job("y", "{}");
    m.do_job("z", "{}");
    assert!(m.activate("lead").is_empty());
    assert!(!m.is_running(case));
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn a_worker_that_chooses_nothing_leaves_the_choice_to_others() {
    let mut m = one(&ad_hoc("", LED, "", ""), "");
    let case = m.start("{}");
    m.do_job("lead", "{}");
    assert!(m.is_running(case));
    activate(&mut m, case, &[("x", "{}")], false).unwrap();
    m.do_job("x", "{}");
    let done = AdHocResult {
        is_fulfilled: true,
        cancel_remaining: true,
        ..AdHocResult::default()
    };
    lead(&mut m, "{}", done).unwrap();
    assert!(!m.is_running(case));
}

#[test]
fn a_result_that_makes_no_sense_is_refused_and_may_be_sent_again() {
    let mut m = one(&ad_hoc("", LED, "", ""), "");
    m.start("{}");
    let job = m.activate("lead")[0].key;
    let mut refused = |result| {
        m.run(CompleteJob {
            job,
            attempt: None,
            variables: json(r#"{"set": 1}"#),
            result: Some(result),
        })
        .unwrap_err()
        .kind
    };
    let both = AdHocResult {
        is_fulfilled: true,
        ..choose(&["x"])
    };
    assert_eq!(
        refused(JobResult::AdHoc(both)),
        RejectionKind::InvalidArgument
    );
    assert_eq!(
        refused(JobResult::AdHoc(choose(&["z"]))),
        RejectionKind::NotFound
    );
    assert_eq!(
        refused(JobResult::AdHoc(choose(&["x"; 101]))),
        RejectionKind::LimitExceeded
    );
    m.run(CompleteJob {
        job,
        attempt: None,
        variables: json("{}"),
        result: Some(JobResult::AdHoc(choose(&["x"]))),
    })
    .unwrap();
    // What does not lead a subprocess does not choose.
    let x = m.activate("x")[0].key;
    let misplaced = m.run(CompleteJob {
        job: x,
        attempt: None,
        variables: json("{}"),
        result: Some(JobResult::AdHoc(choose(&["x"]))),
    });
    assert_eq!(misplaced.unwrap_err().kind, RejectionKind::InvalidArgument);
}

#[test]
fn a_question_that_failed_is_withdrawn_with_its_incident_when_a_path_ends() {
    use gardesh_engine::command::Retries;
    let mut m = one(&ad_hoc("", LED, "", ""), "");
    let case = m.start("{}");
    lead(&mut m, "{}", choose(&["x", "x"])).unwrap();
    let both = m.activate("x");
    complete(&mut m, &both[0], "{}");
    let job = m.activate("lead")[0].key;
    m.run(FailJob {
        job,
        attempt: None,
        retries: Retries::Left(0),
        backoff_ms: None,
        message: "no idea".into(),
        variables: json("{}"),
    })
    .unwrap();
    assert_eq!(m.incidents().len(), 1);
    complete(&mut m, &both[1], "{}");
    assert!(m.incidents().is_empty());
    assert_eq!(m.activate("lead").len(), 1);
    m.run(CancelInstance { instance: case }).unwrap();
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn boundary_events_and_cancelling_end_all_paths_and_the_question() {
    let more = r#"<bpmn:boundaryEvent id="alarmed" attachedToRef="a"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:boundaryEvent>"#.to_owned()
        + &flows(&["alarmed>end"]);
    for cancel in [false, true] {
        let mut m = one(&ad_hoc("", LED, "", ""), &more);
        let case = m.start("{}");
        lead(&mut m, "{}", choose(&["x", "x"])).unwrap();
        let both = m.activate("x");
        complete(&mut m, &both[0], "{}");
        assert_eq!(m.activate("lead").len(), 1);
        if cancel {
            m.run(CancelInstance { instance: case }).unwrap();
        } else {
            let signal = BroadcastSignal {
                name: "alarm".into(),
                variables: json("{}"),
            };
            m.run(signal).unwrap();
        }
        assert!(!m.is_running(case));
        assert_eq!(leftovers(&m), Vec::<&str>::new());
    }
}

#[test]
fn an_error_in_a_path_is_caught_on_the_subprocess_or_on_its_own_element() {
    let throw = |m: &mut Machine| {
        let job = m.activate("x")[0].key;
        m.run(ThrowJobError {
            job,
            attempt: None,
            code: "REJECTED".into(),
            message: String::new(),
            variables: json("{}"),
        })
        .unwrap();
    };
    let boundary = |host: &str| {
        format!(
            r#"<bpmn:boundaryEvent id="caught" attachedToRef="{host}"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:boundaryEvent>"#
        )
    };
    let outside = boundary("a") + &flows(&["caught>end"]);
    let mut m = one(&ad_hoc("", CHOSEN, "", ""), &outside);
    let case = m.start(r#"{"chosen": ["x", "y"]}"#);
    throw(&mut m);
    assert!(!m.is_running(case));
    assert!(m.trail().contains("-y"));

    let inside = boundary("x") + &service("mend", "") + &flows(&["caught>mend"]);
    let mut m = one(&ad_hoc("", CHOSEN, "", &inside), "");
    let case = m.start(r#"{"chosen": ["x"]}"#);
    throw(&mut m);
    assert!(m.is_running(case), "the path goes on");
    m.do_job("mend", "{}");
    assert_eq!(m.trail(), "+start -x +caught +mend +a +a +end +p");
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn an_ad_hoc_subprocess_repeats_and_what_is_in_it_does() {
    let each = |collection: &str, rest: &str| {
        format!(
            r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="{collection}" inputElement="item" {rest} /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#
        )
    };
    let inner = service("n", "").replace(
        "</bpmn:serviceTask>",
        &format!("{}</bpmn:serviceTask>", each("=[1, 2]", "")),
    );
    let a = ad_hoc(
        "",
        r#"<zeebe:adHoc activeElementsCollection="=[item]" outputCollection="results" outputElement="=result" />"#,
        "",
        &(inner
            + &each(
                "=chosen",
                r#"outputCollection="all" outputElement="=results""#,
            )),
    );
    let mut m = one(&a, "");
    let case = m.start(r#"{"chosen": ["x", "n"]}"#);
    m.do_job("x", r#"{"result": "x"}"#);
    for job in m.activate("n") {
        complete(&mut m, &job, r#"{"result": "n"}"#);
    }
    assert!(!m.is_running(case));
    assert_eq!(
        end_variables(&m),
        r#"{"all":[["x"],["n"]],"chosen":["x","n"],"results":["n"]}"#
    );
    assert_eq!(leftovers(&m), Vec::<&str>::new());
}

#[test]
fn nothing_begins_in_a_subprocess_whose_rest_is_being_ended() {
    // The listener of a task that is ended keeps the subprocess open for a while.
    let slow = r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask /><zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="clean" /></zeebe:taskListeners></bpmn:extensionElements></bpmn:userTask>"#;
    let on_alarm = format!(
        r#"<bpmn:subProcess id="on" triggeredByEvent="true"><bpmn:startEvent id="on_start" isInterrupting="false"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:startEvent>{}<bpmn:endEvent id="on_end" />{}</bpmn:subProcess>"#,
        service("handle", ""),
        flows(&["on_start>handle", "handle>on_end"])
    );
    let alarm = || BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    };
    for suspended in [false, true] {
        let mut m = one(
            &ad_hoc("", CHOSEN, "true", &(slow.to_owned() + &on_alarm)),
            "",
        );
        let case = m.start(r#"{"chosen": ["x", "u"]}"#);
        let job = m.activate("x").remove(0);
        if suspended {
            // What happens is kept in its order, and done when the case goes on.
            m.run(SuspendInstance { instance: case }).unwrap();
        }
        complete(&mut m, &job, "{}");
        m.run(alarm()).unwrap();
        if suspended {
            m.run(ResumeInstance { instance: case }).unwrap();
        }
        assert!(m.activate("handle").is_empty());
        m.do_job("clean", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}
