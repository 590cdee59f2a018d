//! What one event subprocess throws, the others of its scope catch: all but the one that
//! throws, and none in a scope that an interrupting one has ended.

use gardesh_engine::command::{
    BroadcastSignal, PublishMessage, ResumeInstance, SuspendInstance, ThrowJobError,
};

use crate::support::*;

const ALARM: &str = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
const ERROR: &str = r#"<bpmn:errorEventDefinition errorRef="rejected" />"#;
const ESCALATION: &str = r#"<bpmn:escalationEventDefinition escalationRef="escalation_late" />"#;

fn event(tag: &str, id: &str, attributes: &str, definition: &str) -> String {
    format!(r#"<bpmn:{tag} id="{id}" {attributes}>{definition}</bpmn:{tag}>"#)
}

/// An event subprocess: at its event it goes on to the element `next` of `inner`.
fn on(id: &str, interrupting: bool, definition: &str, next: &str, inner: &str) -> String {
    let start = format!("{id}_start");
    let attributes = format!(r#"isInterrupting="{interrupting}""#);
    let begin = event("startEvent", &start, &attributes, definition);
    let all = begin + inner + &flows(&[&format!("{start}>{next}")]);
    event("subProcess", id, r#"triggeredByEvent="true""#, &all)
}

/// The handler `fix`, an event subprocess with the job of the same name.
fn fix(interrupting: bool, definition: &str) -> String {
    on(
        "handler",
        interrupting,
        definition,
        "fix",
        &service("fix", ""),
    )
}

fn subprocess(id: &str, first: &str, inner: &str) -> String {
    let start = format!("{id}_start");
    let all = event("startEvent", &start, "", "") + inner + &flows(&[&format!("{start}>{first}")]);
    event("subProcess", id, "", &all)
}

fn alarm(m: &mut Machine) {
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json("{}"),
    })
    .unwrap();
}

/// The job `apply` throws the error, where something waits for it.
fn throw_from_job(m: &mut Machine) {
    for job in m.activate("apply") {
        m.run(ThrowJobError {
            job: job.key,
            attempt: None,
            code: "REJECTED".into(),
            message: String::new(),
            variables: json("{}"),
        })
        .unwrap();
    }
}

/// Who throws within an hour from the alarm on, as what follows the start event of an event
/// subprocess: its first element, and all.
fn throwers(definition: &str) -> Vec<(&'static str, String)> {
    let throw = event("endEvent", "throw", "", definition);
    let hour = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>";
    let wait = event("userTask", "wait", "", "");
    let boundary = event("boundaryEvent", "late", r#"attachedToRef="inside""#, hour);
    vec![
        ("throw", throw.clone()),
        ("inside", subprocess("inside", "throw", &throw)),
        // An event subprocess of the event subprocess throws further out.
        (
            "inside",
            subprocess(
                "inside",
                "wait",
                &(wait.clone() + &on("inner", true, hour, "throw", &throw)),
            ),
        ),
        // What follows a boundary event throws.
        (
            "inside",
            subprocess("inside", "wait", &wait) + &boundary + &throw + &flows(&["late>throw"]),
        ),
    ]
}

fn process(work: &str) -> String {
    start_and_end() + work + &flows(&["start>work", "work>end"])
}

#[test]
fn an_event_subprocess_catches_what_another_of_its_scope_throws() {
    for (definition, handled_beside) in [(ERROR, false), (ESCALATION, true), (ESCALATION, false)] {
        for (first, inner) in throwers(definition) {
            let handlers =
                on("change", false, ALARM, first, &inner) + &fix(!handled_beside, definition);
            // In the process, in a subprocess, and in an ad-hoc subprocess.
            let in_process = process(&(service("work", "") + &handlers));
            let in_subprocess = process(&subprocess(
                "work",
                "task",
                &(service("task", "") + &handlers),
            ));
            let in_ad_hoc = process(&event(
                "adHocSubProcess",
                "work",
                "",
                &(r#"<bpmn:extensionElements><zeebe:adHoc activeElementsCollection="=[&quot;task&quot;]" /></bpmn:extensionElements>"#.to_owned()
                    + &service("task", "")
                    + &handlers),
            ));
            // What interrupts cannot be in an ad-hoc subprocess.
            let in_ad_hoc = handled_beside.then_some(in_ad_hoc);
            for body in [in_process, in_subprocess].into_iter().chain(in_ad_hoc) {
                let mut m = Machine::with(&body);
                let case = m.start("{}");
                alarm(&mut m);
                m.tick(3_600_000);
                assert!(m.incidents().is_empty(), "{body}");
                m.do_jobs("fix");
                assert!(
                    m.trail().contains("+fix +handler"),
                    "{} in {body}",
                    m.trail()
                );
                assert_eq!(m.is_running(case), handled_beside, "{body}");
                for job in ["work", "task"] {
                    m.do_jobs(job);
                }
                assert!(!m.is_running(case), "{} in {body}", m.trail());
                assert_nothing_is_left(&m);
            }
        }
    }
}

#[test]
fn an_event_subprocess_catches_what_a_job_or_a_called_case_in_another_throws() {
    let call = r#"<bpmn:callActivity id="apply"><bpmn:extensionElements><zeebe:calledElement processId="called" /></bpmn:extensionElements></bpmn:callActivity>"#;
    for inner in [service("apply", ""), call.to_owned()] {
        let change = on("change", false, ALARM, "apply", &inner);
        let mut m = Machine::with(&process(
            &(service("work", "") + &change + &fix(true, ERROR)),
        ));
        let called =
            event("startEvent", "begin", "", "") + &service("apply", "") + &flows(&["begin>apply"]);
        m.deploy(&diagram(&called).replace(r#"process id="p""#, r#"process id="called""#))
            .unwrap();
        let case = m.start("{}");
        alarm(&mut m);
        throw_from_job(&mut m);
        m.do_job("fix", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn nothing_is_caught_in_a_scope_that_an_interrupting_event_subprocess_has_ended() {
    // The one that interrupts finds the scope empty or not, and throws at once or later.
    for (definition, waits) in [(ERROR, false), (ERROR, true), (ESCALATION, true)] {
        let throw = event("endEvent", "throw", "", definition);
        let (first, inner) = match waits {
            true => (
                "wait",
                service("wait", "") + &throw + &flows(&["wait>throw"]),
            ),
            false => ("throw", throw),
        };
        let change = on("change", true, ALARM, first, &inner);
        let scope = subprocess(
            "work",
            "task",
            &(service("task", "") + &change + &fix(definition == ERROR, definition)),
        );
        let caught = event(
            "boundaryEvent",
            "out",
            r#"attachedToRef="work""#,
            definition,
        ) + &service("after", "")
            + &flows(&["out>after"]);
        let mut m = Machine::with(&process(&(scope + &caught)));
        let case = m.start("{}");
        alarm(&mut m);
        m.do_jobs("wait");
        assert!(m.activate("fix").is_empty());
        m.do_job("after", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn of_two_interrupting_event_subprocesses_that_have_happened_one_begins() {
    let message = r#"<bpmn:messageEventDefinition messageRef="change" />"#;
    let body = process(
        &(service("work", "")
            + &on("one", true, ALARM, "first", &service("first", ""))
            + &on("two", true, message, "second", &service("second", ""))),
    );
    let named = r#"<bpmn:message id="change" name="change"><bpmn:extensionElements><zeebe:subscription correlationKey="=&quot;k&quot;" /></bpmn:extensionElements></bpmn:message></bpmn:definitions>"#;
    let mut m = Machine::new();
    m.deploy(&diagram(&body).replace("</bpmn:definitions>", named))
        .unwrap();
    let case = m.start("{}");
    m.run(SuspendInstance { instance: case }).unwrap();
    alarm(&mut m);
    m.run(PublishMessage {
        name: "change".into(),
        correlation_key: "k".into(),
        message_id: None,
        time_to_live_ms: 0,
        variables: json("{}"),
    })
    .unwrap();
    m.run(ResumeInstance { instance: case }).unwrap();
    assert!(m.activate("second").is_empty());
    m.do_job("first", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}
