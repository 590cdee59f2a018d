//! What becomes of events that wait, or have happened, when their case is migrated: what is
//! over does not begin anew, and what runs goes on where it is.

use gardesh_engine::command::{BroadcastSignal, MigrateInstance};
use gardesh_engine::key::*;
use gardesh_engine::operation::Migration;

use crate::support::*;

const HOUR_MS: u64 = 3_600_000;

fn migrate(
    m: &mut Machine,
    instance: ProcessInstanceKey,
    target: ProcessDefinitionKey,
    ids: &[&str],
) {
    let mappings = ids.iter().map(|id| ((*id).into(), (*id).into())).collect();
    m.run(MigrateInstance {
        instance,
        migration: Migration { target, mappings },
    })
    .unwrap();
}

fn timer(kind: &str, text: &str) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )
}

/// A task `t` with the event `remind`, which does not end it, on its boundary; `told` follows.
fn on_boundary(event: &str) -> String {
    service("t", "")
        + &format!(
            r#"<bpmn:boundaryEvent id="remind" attachedToRef="t" cancelActivity="false">{event}</bpmn:boundaryEvent>"#
        )
        + &service("told", "")
        + &flows(&["start>t", "t>end", "remind>told"])
}

/// The same in an event subprocess.
fn in_event_subprocess(event: &str) -> String {
    let inner =
        format!(r#"<bpmn:startEvent id="remind" isInterrupting="false">{event}</bpmn:startEvent>"#)
            + &service("told", "")
            + &flows(&["remind>told"]);
    service("t", "")
        + &format!(r#"<bpmn:subProcess id="on" triggeredByEvent="true">{inner}</bpmn:subProcess>"#)
        + &flows(&["start>t", "t>end"])
}

/// A case of a process that `body` makes, and a later version of that.
fn case_of(body: &str) -> (Machine, ProcessInstanceKey, ProcessDefinitionKey) {
    let body = start_and_end() + body;
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    let later = body + r#"<bpmn:endEvent id="unused" />"#;
    let target = m.deploy(&diagram(&later)).unwrap();
    (m, case, target)
}

/// How often the reminder has come. Whoever gets it deals with it at once.
fn reminders(m: &mut Machine) -> usize {
    m.do_jobs("told");
    m.trail().matches("+told").count()
}

#[test]
fn a_reminder_that_has_come_does_not_come_again() {
    let once = [
        timer("timeDuration", "PT1H"),
        timer("timeDate", "1970-01-01T01:00:00Z"),
        timer("timeCycle", "R1/PT1H"),
        timer("timeCycle", "R2/PT30M"),
    ];
    for event in once {
        for body in [on_boundary(&event), in_event_subprocess(&event)] {
            for mapped in [Some("remind"), None] {
                let (mut m, case, target) = case_of(&body);
                for _ in 0..4 {
                    m.tick(HOUR_MS / 2);
                }
                let before = reminders(&mut m);
                assert!(before > 0, "{body}");
                migrate(
                    &mut m,
                    case,
                    target,
                    &["t"].into_iter().chain(mapped).collect::<Vec<_>>(),
                );
                m.tick(9 * HOUR_MS);
                m.tick(9 * HOUR_MS);
                assert_eq!(reminders(&mut m), before, "{mapped:?} {body}");
                m.do_job("t", "{}");
                assert!(!m.is_running(case));
                assert_nothing_is_left(&m);
            }
        }
    }
}

#[test]
fn a_timer_that_runs_keeps_its_time_and_a_cycle_its_repetitions() {
    // The timer, its firings in the five hours before the migration, and in ten hours after it.
    let table = [
        (timer("timeDuration", "PT7H"), 0, 1),
        (timer("timeCycle", "R3/PT2H"), 2, 1),
        (timer("timeCycle", "R/PT2H"), 2, 5),
    ];
    for (event, before, after) in table {
        for body in [on_boundary(&event), in_event_subprocess(&event)] {
            let (mut m, case, target) = case_of(&body);
            for _ in 0..5 {
                m.tick(HOUR_MS);
            }
            assert_eq!(reminders(&mut m), before, "{body}");
            let due = m.engine.next_due();
            migrate(&mut m, case, target, &["t", "remind"]);
            assert_eq!(m.engine.next_due(), due);
            for _ in 0..10 {
                m.tick(HOUR_MS);
            }
            assert_eq!(reminders(&mut m), before + after, "{body}");
        }
    }
}

#[test]
fn an_event_that_may_happen_again_goes_on_to_wait() {
    let signal = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    for body in [on_boundary(signal), in_event_subprocess(signal)] {
        for mapped in [Some("remind"), None] {
            let (mut m, case, target) = case_of(&body);
            for so_far in 1..=3 {
                m.run(BroadcastSignal {
                    name: "alarm".into(),
                    variables: json("{}"),
                })
                .unwrap();
                m.do_jobs("told");
                assert_eq!(m.trail().matches("+told").count(), so_far);
                if so_far == 1 {
                    migrate(
                        &mut m,
                        case,
                        target,
                        &["t"].into_iter().chain(mapped).collect::<Vec<_>>(),
                    );
                }
            }
            m.do_job("t", "{}");
            assert!(!m.is_running(case));
            assert_nothing_is_left(&m);
        }
    }
}

#[test]
fn another_event_in_the_place_of_one_that_is_over_begins_to_wait() {
    let (mut m, case, _) = case_of(&on_boundary(&timer("timeDuration", "PT1H")));
    m.tick(HOUR_MS);
    m.do_job("told", "{}");
    let other = on_boundary(&timer("timeDuration", "PT2H"))
        .replace(r#""remind""#, r#""warn""#)
        .replace("remind_told", "warn_told");
    let target = m.deploy(&diagram(&(start_and_end() + &other))).unwrap();
    migrate(&mut m, case, target, &["t"]);
    m.tick(2 * HOUR_MS);
    m.do_job("told", "{}");
    m.do_job("t", "{}");
    assert!(!m.is_running(case));
    assert_nothing_is_left(&m);
}
