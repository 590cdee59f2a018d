//! How long the history of ended cases is kept: when it expires, and who says so.

use gardesh_engine::command::{
    CancelBatch, CancelInstance, CreateBatch, RecordDecisions, SetRetention,
};
use gardesh_engine::entities::batch_operation::BatchOperation;
use gardesh_engine::event::{Event, RetentionEvent};
use gardesh_engine::key::*;
use gardesh_engine::limits::{HISTORY_PACE_MS, MAX_EXPIRED_AT_ONCE};

use crate::experience;
use crate::support::*;

const DAY_MS: u64 = 24 * 3_600 * 1_000;

/// A process that ends at once and says how long its history is kept.
fn keeping(text: &str) -> String {
    format!(
        r#"<bpmn:extensionElements><zeebe:properties><zeebe:property name="gardesh:historyTimeToLive" value="{text}" /></zeebe:properties></bpmn:extensionElements>{}{}"#,
        start_and_end(),
        flows(&["start>end"])
    )
}

fn not_saying() -> String {
    start_and_end() + &flows(&["start>end"])
}

fn set_retention(m: &mut Machine, history_ms: Option<u64>) {
    m.run(SetRetention { history_ms }).unwrap();
    let is_due = |m: &Machine| {
        let due = m.engine.next_due();
        due.is_some_and(|(due_ms, _)| due_ms <= m.now_ms)
    };
    while is_due(m) {
        m.tick(0);
    }
}

/// The cases whose history has expired, in order.
fn expired(m: &Machine) -> Vec<ProcessInstanceKey> {
    let found = m.events().filter_map(|event| match event {
        Event::Retention(RetentionEvent::HistoryExpired { instance, .. }) => Some(*instance),
        _ => None,
    });
    found.collect()
}

fn rows_of_history(m: &Machine) -> Vec<&'static str> {
    let tables = ["ended_by_definition", "history_due", "due"];
    dump(m.engine.state())
        .into_iter()
        .map(|row| row.0)
        .filter(|table| tables.contains(table))
        .collect()
}

#[test]
fn without_a_retention_history_is_kept() {
    let mut m = Machine::with(&not_saying());
    m.start("{}");
    m.tick(100_000 * DAY_MS);
    assert_eq!(expired(&m), []);
    assert_eq!(m.engine.next_due(), None);
}

#[test]
fn the_definition_says_how_long_and_the_tenant_where_it_does_not() {
    for (body, tenant, kept) in [
        (keeping("P90D"), None, 90),
        (keeping("P90D"), Some(1), 90),
        (keeping("P1D"), Some(30), 1),
        (not_saying(), Some(30), 30),
        (keeping("PT0S"), None, 0),
    ] {
        let mut m = Machine::with(&body);
        set_retention(&mut m, tenant.map(|days: u64| days * DAY_MS));
        let case = m.start("{}");
        if kept > 0 {
            m.tick(kept * DAY_MS - 1);
            assert_eq!(expired(&m), [], "{tenant:?} {kept}");
        }
        m.tick(1);
        assert_eq!(expired(&m), [case], "{tenant:?} {kept}");
        assert!(rows_of_history(&m).is_empty());
        assert_eq!(m.engine.next_due(), None);
    }
}

#[test]
fn a_case_that_runs_keeps_its_history_and_a_cancelled_one_is_kept_from_then_on() {
    let body = keeping("P1D").replace("<bpmn:endEvent", &(service("a", "") + "<bpmn:endEvent"));
    let body = body.replace(&flows(&["start>end"]), &flows(&["start>a", "a>end"]));
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    m.tick(10 * DAY_MS);
    assert_eq!(expired(&m), []);
    m.run(CancelInstance { instance: case }).unwrap();
    m.tick(DAY_MS - 1);
    assert_eq!(expired(&m), []);
    m.tick(1);
    assert_eq!(expired(&m), [case]);
}

#[test]
fn a_new_retention_reaches_the_cases_that_have_ended_already() {
    let mut m = Machine::with(&not_saying());
    let first = m.start("{}");
    m.tick(10 * DAY_MS);
    let second = m.start("{}");
    set_retention(&mut m, Some(10 * DAY_MS));
    assert_eq!(expired(&m), [first]);
    // Longer again: the second one waits for as long as is said now.
    set_retention(&mut m, Some(20 * DAY_MS));
    m.tick(10 * DAY_MS);
    assert_eq!(expired(&m), [first]);
    m.tick(10 * DAY_MS);
    assert_eq!(expired(&m), [first, second]);
    let third = m.start("{}");
    set_retention(&mut m, None);
    m.tick(1_000 * DAY_MS);
    assert_eq!(m.engine.next_due(), None);
    set_retention(&mut m, Some(0));
    assert_eq!(expired(&m), [first, second, third]);
    assert!(rows_of_history(&m).is_empty());
}

#[test]
fn many_expire_in_bounded_steps_and_those_that_end_together_go_together() {
    let mut m = Machine::with(&keeping("PT1H"));
    let cases: Vec<_> = (0..2 * MAX_EXPIRED_AT_ONCE + 10)
        .map(|_| {
            m.now_ms += 1;
            m.start("{}")
        })
        .collect();
    m.now_ms += DAY_MS;
    for expected in [100, 200, 210] {
        m.tick(0);
        assert_eq!(expired(&m).len(), expected);
    }
    assert_eq!(expired(&m), cases);

    // One look serves all that ended within a minute.
    let before = m.journal.len();
    for _ in 0..60 {
        m.start("{}");
        m.now_ms += 100;
    }
    while let Some((due_ms, _)) = m.engine.next_due() {
        m.now_ms = due_ms;
        m.tick(0);
    }
    assert_eq!(expired(&m).len(), 270);
    let looks = m.journal[before..].iter();
    let looks = looks.filter(|entry| {
        let first = entry.events.first();
        matches!(
            first,
            Some(Event::Retention(RetentionEvent::HistoryExpired { .. }))
        )
    });
    assert_eq!(looks.count(), 2);
}

#[test]
fn a_new_retention_reaches_more_definitions_than_fit_into_a_step() {
    let mut m = Machine::new();
    let many = MAX_EXPIRED_AT_ONCE + 5;
    for number in 0..many {
        let comment = format!("<!-- {number} -->");
        m.deploy(&diagram(&(not_saying() + &comment))).unwrap();
        m.start("{}");
    }
    m.run(SetRetention {
        history_ms: Some(0),
    })
    .unwrap();
    while let Some((due_ms, _)) = m.engine.next_due() {
        m.now_ms = m.now_ms.max(due_ms);
        m.tick(0);
    }
    assert_eq!(expired(&m).len(), many);
}

#[test]
fn what_a_trigger_still_looks_at_is_kept_until_it_has_decided() {
    let (mut m, firing) = experience::completed_case();
    set_retention(&mut m, Some(0));
    assert_eq!(expired(&m), []);
    m.run(RecordDecisions {
        firing,
        outcome: Ok(vec![]),
    })
    .unwrap();
    m.tick(HISTORY_PACE_MS - 1);
    assert_eq!(expired(&m), []);
    m.tick(1);
    assert_eq!(expired(&m).len(), 1);
}

#[test]
fn a_retention_that_is_none_is_refused_when_it_is_deployed() {
    for bad in ["90", "-P1D", "soon", "", "P1X"] {
        let found = Machine::new().deploy(&diagram(&keeping(bad))).unwrap_err();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].code, "invalid-retention");
        assert_eq!(found[0].element_id.as_deref(), Some("p"));
    }
}

#[test]
fn setting_what_is_set_already_changes_nothing() {
    let mut m = Machine::with(&not_saying());
    let before = m.journal.len();
    set_retention(&mut m, None);
    assert_eq!(m.journal.len(), before);
    set_retention(&mut m, Some(7));
    let before = m.journal.len();
    set_retention(&mut m, Some(7));
    assert_eq!(m.journal.len(), before);
}

#[test]
fn a_time_past_the_end_of_time_is_never() {
    let mut m = Machine::with(&not_saying());
    set_retention(&mut m, Some(u64::MAX));
    m.start("{}");
    m.tick(1_000_000 * DAY_MS);
    assert_eq!(expired(&m), []);
}

/// A batch operation on nothing, which ends with the next tick or is cancelled at once.
fn ended_batch(m: &mut Machine, is_cancelled: bool) -> BatchOperationKey {
    let command = CreateBatch {
        operation: Box::new(BatchOperation::Cancel),
        items: Vec::new(),
        more: is_cancelled,
    };
    let Ok(batch) = m.run(command) else {
        panic!("no batch");
    };
    if is_cancelled {
        let reason = None;
        m.run(CancelBatch { batch, reason }).unwrap();
    } else {
        m.tick(0);
    }
    batch
}

fn expired_batches(m: &Machine) -> Vec<BatchOperationKey> {
    let found = m.events().filter_map(|event| match event {
        Event::Retention(RetentionEvent::BatchExpired { batch, .. }) => Some(*batch),
        _ => None,
    });
    found.collect()
}

#[test]
fn batch_operations_go_when_the_retention_of_the_tenant_is_over() {
    let mut m = Machine::new();
    set_retention(&mut m, Some(DAY_MS));
    let first = ended_batch(&mut m, false);
    m.now_ms += DAY_MS / 2;
    let second = ended_batch(&mut m, true);
    m.tick(DAY_MS / 2 - 1);
    assert_eq!(expired_batches(&m), []);
    m.tick(1);
    assert_eq!(expired_batches(&m), [first]);
    m.tick(DAY_MS / 2);
    assert_eq!(expired_batches(&m), [first, second]);
    assert_eq!(m.engine.next_due(), None);
    assert_eq!(leftovers(&m), ["retention"]);
}

#[test]
fn a_new_retention_reaches_batch_operations_that_have_ended() {
    let mut m = Machine::new();
    let batch = ended_batch(&mut m, false);
    m.tick(10 * DAY_MS);
    assert_eq!(m.engine.next_due(), None);
    set_retention(&mut m, Some(20 * DAY_MS));
    m.tick(9 * DAY_MS);
    set_retention(&mut m, Some(30 * DAY_MS));
    m.tick(9 * DAY_MS);
    assert_eq!(expired_batches(&m), []);
    set_retention(&mut m, None);
    assert_eq!(m.engine.next_due(), None);
    set_retention(&mut m, Some(DAY_MS));
    assert_eq!(expired_batches(&m), [batch]);
}

#[test]
fn very_many_batch_operations_go_over_several_ticks() {
    let mut m = Machine::new();
    let many = MAX_EXPIRED_AT_ONCE + 3;
    for _ in 0..many {
        ended_batch(&mut m, true);
    }
    m.run(SetRetention {
        history_ms: Some(0),
    })
    .unwrap();
    m.tick(0);
    m.tick(0);
    assert_eq!(expired_batches(&m).len(), MAX_EXPIRED_AT_ONCE);
    m.tick(0);
    assert_eq!(expired_batches(&m).len(), many);
    assert_eq!(m.engine.next_due(), None);
}

#[test]
fn nothing_expires_because_the_clock_jumped_ahead() {
    let mut m = Machine::with(&not_saying());
    set_retention(&mut m, Some(30 * DAY_MS));
    let case = m.start("{}");
    let batch = ended_batch(&mut m, false);
    m.unconfirmed_ms = 60 * DAY_MS;
    for _ in 0..3 {
        m.tick(20 * DAY_MS);
        assert_eq!((expired(&m), expired_batches(&m)), (vec![], vec![]));
    }
    let (due_ms, _) = m.engine.next_due().unwrap();
    assert!(due_ms > m.now_ms, "it is looked at again, but not at once");
    assert!(
        m.journal
            .iter()
            .any(|entry| entry.unconfirmed_ms == 60 * DAY_MS)
    );

    // It was right after all.
    m.unconfirmed_ms = 0;
    m.tick(HISTORY_PACE_MS);
    m.tick(0);
    assert_eq!(
        (expired(&m), expired_batches(&m)),
        (vec![case], vec![batch])
    );
    assert_eq!(leftovers(&m), ["retention"]);
}
