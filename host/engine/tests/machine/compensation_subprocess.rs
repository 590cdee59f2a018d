//! Event subprocesses with a compensation start event: they undo the completed subprocess that
//! they are in, and decide what of that which was completed inside is undone, too.

use gardesh_engine::command::{CancelInstance, MigrateInstance, ThrowJobError};
use gardesh_engine::key::*;
use gardesh_engine::operation::Migration;

use crate::compensation::*;
use crate::support::*;

/// An event subprocess `<id>` that begins with compensation; `body` follows its start `<id>_in`.
fn undoing(id: &str, body: &str) -> String {
    let start = format!(
        r#"<bpmn:startEvent id="{id}_in"><bpmn:compensateEventDefinition /></bpmn:startEvent>"#
    );
    subprocess(id, r#"triggeredByEvent="true""#, &(start + body))
}

/// A subprocess `s` with the tasks `a` and `b`, which can be undone, and an event subprocess.
fn with_two_tasks(undoing: &str) -> String {
    embedded(
        "s",
        &input("=room", "room"),
        &(task("a") + &task("b") + undoing + &flows(&["s_in>a", "a>b", "b>s_out"])),
    )
}

/// A process that does `inner`, which is `s`, then the task `c`, and undoes all in the end.
fn process(inner: &str) -> String {
    start_and_end()
        + inner
        + &task("c")
        + &throw("intermediateThrowEvent", "t", "")
        + &flows(&["start>s", "s>c", "c>t", "t>end"])
}

/// A case of it in which all was done.
fn done(body: &str) -> (Machine, ProcessInstanceKey) {
    let mut m = Machine::with(body);
    let case = m.start(r#"{"room": 7}"#);
    m.do_job("a", "{}");
    m.do_job("b", r#"{"own": 1}"#);
    m.do_job("c", r#"{"room": 8}"#);
    (m, case)
}

#[test]
fn it_undoes_the_subprocess_instead_of_what_was_done_inside() {
    let body = service("fix", "") + &flows(&["u_in>fix"]);
    let (mut m, case) = done(&process(&with_two_tasks(&undoing("u", &body))));
    m.do_job("undo_c", "{}");
    assert!(m.activate("undo_b").is_empty() && m.activate("undo_a").is_empty());
    // With the variables of the subprocess as they were at its end.
    assert_eq!(seen_by(&mut m, "fix"), r#"{"own":1,"room":7}"#);
    assert!(!m.is_running(case));
    assert!(
        m.trail()
            .ends_with("+on_c +undo_c +u_in +fix +u +t +end +p"),
        "{}",
        m.trail()
    );
    assert_nothing_is_left(&m);
}

#[test]
fn it_can_have_all_undone_that_was_done_inside_or_one_activity() {
    for (attributes, undone) in [
        ("", vec!["undo_b", "undo_a"]),
        (r#"activityRef="a""#, vec!["undo_a"]),
    ] {
        let body = service("before", "")
            + &throw("intermediateThrowEvent", "inner", attributes)
            + &service("after", "")
            + &flows(&["u_in>before", "before>inner", "inner>after"]);
        let (mut m, case) = done(&process(&with_two_tasks(&undoing("u", &body))));
        m.do_job("undo_c", "{}");
        m.do_job("before", "{}");
        for handler in undone {
            assert!(m.activate("after").is_empty());
            assert!(seen_by(&mut m, handler).contains(r#""room":7"#));
        }
        m.do_job("after", "{}");
        assert!(!m.is_running(case), "{}", m.trail());
        assert_nothing_is_left(&m);
    }
}

#[test]
fn what_it_has_not_undone_cannot_be_undone_later() {
    let body = service("fix", "") + &flows(&["u_in>fix"]);
    let all = process(&with_two_tasks(&undoing("u", &body))).replace(&flows(&["t>end"]), "")
        + &throw("intermediateThrowEvent", "again", "")
        + &flows(&["t>again", "again>end"]);
    let (mut m, case) = done(&all);
    m.do_job("undo_c", "{}");
    m.do_job("fix", "{}");
    assert!(!m.is_running(case), "{}", m.trail());
    assert_nothing_is_left(&m);
}

#[test]
fn it_does_not_run_for_what_was_not_completed_or_is_not_undone() {
    let body = service("fix", "") + &flows(&["u_in>fix"]);
    let inner = with_two_tasks(&undoing("u", &body));
    // Nothing throws.
    let quiet = start_and_end() + &inner + &service("c", "") + &flows(&["start>s", "s>c", "c>end"]);
    let (m, case) = done(&quiet);
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
    // The subprocess is interrupted.
    let error = r#"<bpmn:boundaryEvent id="failed" attachedToRef="s"><bpmn:errorEventDefinition /></bpmn:boundaryEvent>"#;
    let mut m = Machine::with(&(process(&(inner + error)) + &flows(&["failed>t"])));
    let case = m.start(r#"{"room": 7}"#);
    m.do_job("a", "{}");
    let job = m.activate("b")[0].key;
    m.run(ThrowJobError {
        job,
        attempt: None,
        code: "X".into(),
        message: String::new(),
        variables: json("{}"),
    })
    .unwrap();
    assert!(m.activate("fix").is_empty());
    assert!(!m.is_running(case), "{}", m.trail());
    assert_nothing_is_left(&m);
}

#[test]
fn one_without_anything_to_undo_inside_runs_all_the_same() {
    let body = service("fix", "") + &flows(&["u_in>fix"]);
    let inner = embedded(
        "s",
        &input("=room", "room"),
        &(service("a", "")
            + &service("b", "")
            + &undoing("u", &body)
            + &flows(&["s_in>a", "a>b", "b>s_out"])),
    );
    let (mut m, case) = done(&process(&inner));
    m.do_job("undo_c", "{}");
    assert_eq!(seen_by(&mut m, "fix"), r#"{"own":1,"room":7}"#);
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn the_one_of_an_inner_subprocess_runs_in_its_turn() {
    let body = service("fix", "") + &flows(&["u_in>fix"]);
    let inner = with_two_tasks(&undoing("u", &body));
    let outer = embedded(
        "o",
        &input("=9", "level"),
        &(inner + &task("c") + &flows(&["o_in>s", "s>c", "c>o_out"])),
    );
    let all = start_and_end()
        + &outer
        + &throw("intermediateThrowEvent", "t", r#"activityRef="o""#)
        + &flows(&["start>o", "o>t", "t>end"]);
    let (mut m, case) = done(&all);
    m.do_job("undo_c", "{}");
    assert_eq!(seen_by(&mut m, "fix"), r#"{"level":9,"own":1,"room":7}"#);
    assert!(!m.is_running(case), "{}", m.trail());
    assert_nothing_is_left(&m);
}

#[test]
fn each_run_of_a_subprocess_is_undone_by_its_own() {
    let body = throw("intermediateThrowEvent", "inner", "")
        + &service("fix", "")
        + &flows(&["u_in>inner", "inner>fix"]);
    let each = r#"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" inputElement="n" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"#;
    let inner = embedded(
        "s",
        "",
        &(task("a") + &undoing("u", &body) + each + &flows(&["s_in>a", "a>s_out"])),
    );
    let all = start_and_end()
        + &inner
        + &throw("intermediateThrowEvent", "t", "")
        + &flows(&["start>s", "s>t", "t>end"]);
    let mut m = Machine::with(&all);
    let case = m.start("{}");
    m.do_jobs("a");
    for n in ["2", "1"] {
        assert!(seen_by(&mut m, "undo_a").contains(&format!(r#""n":{n}"#)));
        assert!(seen_by(&mut m, "fix").contains(&format!(r#""n":{n}"#)));
    }
    assert!(!m.is_running(case), "{}", m.trail());
    assert_nothing_is_left(&m);
}

#[test]
fn an_error_in_it_is_caught_around_the_event_that_throws_compensation() {
    let body = r#"<bpmn:endEvent id="give_up"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:endEvent>"#.to_owned()
        + &flows(&["u_in>give_up"]);
    let catch = subprocess(
        "on_error",
        r#"triggeredByEvent="true""#,
        &(r#"<bpmn:startEvent id="failed"><bpmn:errorEventDefinition errorRef="rejected" /></bpmn:startEvent>"#.to_owned()
            + &service("help", "")
            + &flows(&["failed>help"])),
    );
    let (mut m, case) = done(&(process(&with_two_tasks(&undoing("u", &body))) + &catch));
    m.do_job("undo_c", "{}");
    m.do_job("help", "{}");
    assert!(!m.is_running(case), "{}", m.trail());
    assert_nothing_is_left(&m);
}

#[test]
fn a_case_that_is_migrated_is_undone_by_the_one_of_its_new_definition() {
    let body = |fix: &str| service(fix, "") + &flows(&[&format!("u_in>{fix}")]);
    let old = process(&with_two_tasks(&undoing("u", &body("fix"))));
    let mut m = Machine::with(&old);
    let case = m.start(r#"{"room": 7}"#);
    m.do_job("a", "{}");
    m.do_job("b", "{}");
    let new = r#"<bpmn:endEvent id="unused" />"#.to_owned()
        + &process(&with_two_tasks(&undoing("u", &body("mend"))));
    let target = m.deploy(&diagram(&new)).unwrap();
    let migrate = |m: &mut Machine, ids: &[&str]| {
        let mappings = ids.iter().map(|id| ((*id).into(), (*id).into())).collect();
        m.run(MigrateInstance {
            instance: case,
            migration: Migration { target, mappings },
        })
    };
    let ids = ["c", "s", "a", "b", "on_a", "on_b"];
    let refused = migrate(&mut m, &ids).unwrap_err().message;
    assert!(refused.contains("'u_in'"), "{refused}");
    migrate(&mut m, &[&ids[..], &["u_in"]].concat()).unwrap();
    for job in ["c", "undo_c", "mend"] {
        m.do_job(job, "{}");
    }
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}

#[test]
fn a_case_that_is_cancelled_while_it_undoes_leaves_nothing() {
    let body =
        throw("intermediateThrowEvent", "inner", r#"activityRef="a""#) + &flows(&["u_in>inner"]);
    let (mut m, case) = done(&process(&with_two_tasks(&undoing("u", &body))));
    m.do_job("undo_c", "{}");
    assert_eq!(m.activate("undo_a").len(), 1);
    m.run(CancelInstance { instance: case }).unwrap();
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}
