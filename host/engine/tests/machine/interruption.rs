//! Interrupting events: what follows them waits for the listeners of the user tasks that they
//! end, whatever happens in the meantime.

use gardesh_engine::command::{
    CancelInstance, CompleteJob, MigrateInstance, ModifyInstance, ResumeInstance, SuspendInstance,
};
use gardesh_engine::key::*;
use gardesh_engine::operation::*;

use crate::support::*;

const HOUR_MS: u64 = 3_600_000;

/// A user task `u` whose listener `clean` is asked before it is ended.
fn task(more: &str) -> String {
    format!(
        r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask /><zeebe:taskListeners><zeebe:taskListener eventType="canceling" type="clean" /></zeebe:taskListeners></bpmn:extensionElements>{more}</bpmn:userTask>"#
    )
}

fn timer(hours: u8) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:timeDuration>PT{hours}H</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
}

/// What interrupts `host` after some hours; the task `next` follows.
fn boundary(id: &str, host: &str, hours: u8, next: &str) -> String {
    let event = timer(hours);
    format!(r#"<bpmn:boundaryEvent id="{id}" attachedToRef="{host}">{event}</bpmn:boundaryEvent>"#)
        + &service(next, "")
        + &flows(&[&format!("{id}>{next}")])
}

/// An event subprocess with the task `next`, which interrupts its scope after an hour.
fn event_subprocess(next: &str) -> String {
    let event = timer(1);
    format!(
        r#"<bpmn:subProcess id="on" triggeredByEvent="true"><bpmn:startEvent id="on_start" isInterrupting="true">{event}</bpmn:startEvent>"#
    ) + &service(next, "")
        + &flows(&[&format!("on_start>{next}")])
        + "</bpmn:subProcess>"
}

fn subprocess(id: &str, inner: &str) -> String {
    format!(
        r#"<bpmn:subProcess id="{id}"><bpmn:startEvent id="{id}_start" />{inner}</bpmn:subProcess>"#
    )
}

/// Processes in which something interrupts the task `u` after an hour, and `next` follows.
fn interrupting() -> Vec<String> {
    let around = |inner: &str| subprocess("s", &(inner.to_owned() + &flows(&["s_start>u"])));
    let to = |element: &str| {
        r#"<bpmn:startEvent id="start" />"#.to_owned() + &flows(&[&format!("start>{element}")])
    };
    let each = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2, 3]" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    vec![
        to("u") + &task("") + &boundary("late", "u", 1, "next"),
        to("u") + &task(each) + &boundary("late", "u", 1, "next"),
        to("s") + &around(&task("")) + &boundary("late", "s", 1, "next"),
        to("u") + &task("") + &event_subprocess("next"),
        to("u") + &task(each) + &event_subprocess("next"),
        to("s") + &around(&(task("") + &event_subprocess("next"))),
    ]
}

/// Begins a case of a process and lets the hour pass.
fn interrupted(body: &str) -> (Machine, ProcessInstanceKey) {
    let mut m = Machine::with(body);
    let case = m.start("{}");
    m.tick(HOUR_MS);
    (m, case)
}

/// The listeners of `u` are done, one after the other; nothing follows before the last.
fn clean_up(m: &mut Machine, next: &str) {
    let jobs = m.activate("clean");
    assert!(!jobs.is_empty());
    for job in jobs {
        assert!(m.activate(next).is_empty(), "{}", m.trail());
        m.run(CompleteJob {
            job: job.key,
            attempt: None,
            variables: json("{}"),
            result: None,
        })
        .unwrap();
    }
}

#[test]
fn what_follows_begins_once_the_interrupted_is_gone() {
    for body in interrupting() {
        let (mut m, case) = interrupted(&body);
        assert!(!m.trail().contains("+late"), "{}", m.trail());
        clean_up(&mut m, "next");
        assert!(m.user_tasks().is_empty());
        m.do_job("next", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_follows_does_not_begin_in_a_case_that_is_cancelled_meanwhile() {
    for body in interrupting() {
        let (mut m, case) = interrupted(&body);
        m.run(CancelInstance { instance: case }).unwrap();
        clean_up(&mut m, "next");
        assert!(m.activate("next").is_empty());
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_follows_begins_in_a_case_that_was_suspended_meanwhile() {
    for body in interrupting() {
        let (mut m, case) = interrupted(&body);
        let jobs = m.activate("clean");
        m.run(SuspendInstance { instance: case }).unwrap();
        for job in jobs {
            m.run(CompleteJob {
                job: job.key,
                attempt: None,
                variables: json("{}"),
                result: None,
            })
            .unwrap();
        }
        assert!(m.activate("next").is_empty());
        m.run(ResumeInstance { instance: case }).unwrap();
        m.do_job("next", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_follows_does_not_begin_in_a_scope_that_is_interrupted_meanwhile() {
    for body in interrupting() {
        let inner = body.replace(r#"<bpmn:startEvent id="start" />"#, "");
        let inner = inner.replace(r#"sourceRef="start""#, r#"sourceRef="outer_start""#);
        let outer = r#"<bpmn:startEvent id="start" />"#.to_owned()
            + &subprocess("outer", &inner)
            + &boundary("out", "outer", 2, "after")
            + &flows(&["start>outer"]);
        let (mut m, case) = interrupted(&outer);
        m.tick(HOUR_MS);
        clean_up(&mut m, "after");
        assert!(m.activate("next").is_empty());
        m.do_job("after", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_follows_begins_in_a_case_that_is_migrated_meanwhile() {
    for body in interrupting() {
        let (mut m, case) = interrupted(&body);
        let later = body.replace(
            r#"<bpmn:startEvent id="start" />"#,
            r#"<bpmn:endEvent id="unused" /><bpmn:startEvent id="start" />"#,
        );
        let target = m.deploy(&diagram(&later)).unwrap();
        let ids = ["u", "s", "late", "on"];
        let there = ids
            .iter()
            .filter(|id| body.contains(&format!(r#" id="{id}""#)));
        m.run(MigrateInstance {
            instance: case,
            migration: Migration {
                target,
                mappings: there.map(|id| ((*id).into(), (*id).into())).collect(),
            },
        })
        .unwrap();
        clean_up(&mut m, "next");
        m.do_job("next", "{}");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_follows_may_be_taken_away_and_other_things_begun_beside_it_meanwhile() {
    for (body, follower, taken) in [
        (0, "late", false),
        (0, "late", true),
        (3, "on", false),
        (3, "on", true),
    ]
    .map(|(which, follower, taken)| (interrupting().swap_remove(which), follower, taken))
    {
        let (mut m, case) = interrupted(&(body + &service("beside", "")));
        let terminate = taken.then(|| Target::All(follower.into()));
        m.run(ModifyInstance {
            instance: case,
            modification: Modification {
                activate: vec![Activation {
                    element: "beside".into(),
                    place: Place::Before,
                    ancestor: Ancestor::Sole,
                    variables: Vec::new(),
                }],
                terminate: terminate.into_iter().collect(),
                ..Modification::default()
            },
        })
        .unwrap();
        let beside = m.activate("beside")[0].key;
        clean_up(&mut m, "next");
        m.run(CompleteJob {
            job: beside,
            attempt: None,
            variables: json("{}"),
            result: None,
        })
        .unwrap();
        assert_eq!(m.is_running(case), !taken);
        m.do_jobs("next");
        assert!(!m.is_running(case));
        assert_nothing_is_left(&m);
    }
}
