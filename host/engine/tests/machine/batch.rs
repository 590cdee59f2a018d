//! Batch operations: one thing is done to many cases, a piece at a tick.

use gardesh_engine::command::{
    AppendBatchItems, CancelBatch, Command, CreateBatch, DeleteHistory, FailJob, ResumeBatch,
    Retries, SuspendBatch,
};
use gardesh_engine::entities::batch_operation::{Batch, BatchItem, BatchOperation, BatchState};
use gardesh_engine::event::{BatchOperationEvent, Event, RetentionEvent};
use gardesh_engine::key::*;
use gardesh_engine::operation::*;

use crate::support::*;

fn plain() -> String {
    start_and_end() + &service("a", "") + &service("b", "") + &flows(&["start>a", "a>b", "b>end"])
}

fn cases(m: &mut Machine, count: usize) -> Vec<u64> {
    (0..count).map(|_| m.start("{}").0).collect()
}

/// What the engine does not look at is the same for all.
fn batch_items(keys: &[u64]) -> Vec<BatchItem> {
    let item = |key: &u64| BatchItem {
        key: *key,
        case: ProcessInstanceKey(*key),
    };
    keys.iter().map(item).collect()
}

fn create(
    m: &mut Machine,
    operation: BatchOperation,
    items: &[u64],
    more: bool,
) -> BatchOperationKey {
    let command = CreateBatch {
        operation: Box::new(operation),
        items: batch_items(items),
        more,
    };
    match m.run(command) {
        Ok(key) => key,
        other => panic!("{other:?}"),
    }
}

fn cancel(batch: BatchOperationKey, reason: Option<&str>) -> CancelBatch {
    CancelBatch {
        batch,
        reason: reason.map(str::to_owned),
    }
}

fn batch(m: &Machine, key: BatchOperationKey) -> Option<std::sync::Arc<Batch>> {
    m.engine.state().batches.get(&(TENANT, key))
}

/// The counters at the end: done, failed.
fn ended(m: &Machine) -> Option<(u64, u64)> {
    m.events().find_map(|event| match event {
        Event::BatchOperation(BatchOperationEvent::Completed { done, failed, .. }) => {
            Some((*done, *failed))
        }
        _ => None,
    })
}

fn failures(m: &Machine) -> Vec<(u64, String)> {
    m.events()
        .filter_map(|event| match event {
            Event::BatchOperation(BatchOperationEvent::ItemFailed { failure, .. }) => {
                Some((failure.item, failure.reason.to_string()))
            }
            _ => None,
        })
        .collect()
}

fn nothing_is_left(m: &Machine) -> bool {
    let tables = ["batches", "batch_items", "due"];
    !dump(m.engine.state())
        .iter()
        .any(|(table, _, _)| tables.contains(table))
}

#[test]
fn a_batch_is_worked_off_in_pieces_and_failures_do_not_stop_it() {
    let mut m = Machine::with(&plain());
    let mut items = cases(&mut m, 250);
    items.insert(120, 7);
    let key = create(&mut m, BatchOperation::Cancel, &items, false);
    assert_eq!(m.engine.next_due().map(|(at, _)| at), Some(m.now_ms));
    m.tick(0);
    let row = batch(&m, key).unwrap();
    assert_eq!((row.total, row.done, row.failed), (251, 100, 0));
    m.tick(0);
    let row = batch(&m, key).unwrap();
    assert_eq!((row.done, row.failed, row.failures[0].item), (199, 1, 7));
    m.tick(0);
    assert_eq!(ended(&m), Some((250, 1)));
    assert!(failures(&m)[0].1.contains("'7'"));
    assert!(nothing_is_left(&m));
    assert!(!m.is_running(ProcessInstanceKey(items[0])));
}

#[test]
fn items_can_come_in_several_commands() {
    let mut m = Machine::with(&plain());
    let items = cases(&mut m, 30);
    let key = create(&mut m, BatchOperation::Suspend, &items[..10], true);
    m.tick(0);
    assert_eq!(batch(&m, key).unwrap().state, BatchState::Collecting);
    for (part, more) in [(10..20, true), (20..30, false)] {
        m.run(AppendBatchItems {
            batch: key,
            items: batch_items(&items[part]),
            more,
        })
        .unwrap();
    }
    let late = m.run(AppendBatchItems {
        batch: key,
        items: batch_items(&items),
        more: false,
    });
    assert!(late.unwrap_err().message.contains("started"));
    // Chunks are as they came, so it takes a tick for each.
    for _ in 0..3 {
        m.tick(0);
    }
    assert_eq!(ended(&m), Some((30, 0)));
    assert!(m.activate("a").is_empty());
}

#[test]
fn a_batch_waits_goes_on_and_is_cancelled() {
    let mut m = Machine::with(&plain());
    let items = cases(&mut m, 210);
    let key = create(&mut m, BatchOperation::Cancel, &items, false);
    assert!(m.run(ResumeBatch { batch: key }).is_err());
    m.tick(0);
    m.run(SuspendBatch { batch: key }).unwrap();
    assert_eq!(m.engine.next_due(), None);
    m.tick(0);
    assert_eq!(batch(&m, key).unwrap().done, 100);
    assert!(m.run(SuspendBatch { batch: key }).is_err());
    m.run(ResumeBatch { batch: key }).unwrap();
    m.tick(0);
    m.run(cancel(key, None)).unwrap();
    m.tick(0);
    assert!(nothing_is_left(&m));
    let running = items
        .iter()
        .filter(|item| m.is_running(ProcessInstanceKey(**item)));
    assert_eq!(running.count(), 10);
    for unknown in [
        Command::from(SuspendBatch { batch: key }),
        ResumeBatch { batch: key }.into(),
        cancel(key, None).into(),
    ] {
        assert!(m.run(unknown).is_err());
    }
}

#[test]
fn each_operation_does_to_all_what_it_does_to_one() {
    let mut m = Machine::with(&plain());
    let items = cases(&mut m, 3);
    let target = m
        .deploy(&diagram(
            &plain()
                .replace("\"b\"", "\"c\"")
                .replace("a>b", "a>c")
                .replace("a_b", "a_c")
                .replace("b_end", "c_end"),
        ))
        .unwrap();
    let jobs = m.activate("a");
    let (job, with_worker) = (jobs[0].key, jobs[1].key);
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
    let done = |m: &mut Machine, operation: BatchOperation, items: &[u64]| {
        let from = m.journal.len();
        create(m, operation, items, false);
        m.tick(0);
        let failed = m.journal[from..].iter().flat_map(|entry| &entry.events);
        failed
            .filter(|event| {
                matches!(
                    event,
                    Event::BatchOperation(BatchOperationEvent::ItemFailed { .. })
                )
            })
            .count()
    };
    assert_eq!(done(&mut m, BatchOperation::SetRetries(4), &[job.0]), 0);
    assert_eq!(
        m.engine.state().jobs.get(&(TENANT, job)).unwrap().retries,
        4
    );
    // No worker has the one that failed.
    let longer = BatchOperation::SetTimeout(1_000_000);
    assert_eq!(done(&mut m, longer, &[job.0, with_worker.0]), 1);
    m.tick(999_999);
    let free = m.activate("a");
    assert!(!free.is_empty() && free.iter().all(|job| job.key != with_worker));
    assert_eq!(
        done(&mut m, BatchOperation::ResolveIncidents, &[incident.0]),
        0
    );
    assert!(m.incidents().is_empty());
    let variables = BatchOperation::SetVariables(json(r#"{"x": 1}"#));
    assert_eq!(done(&mut m, variables, &items), 0);
    assert_eq!(m.variables(ProcessInstanceKey(items[2])), r#"{"x":1}"#);
    assert_eq!(done(&mut m, BatchOperation::Suspend, &items), 0);
    assert_eq!(done(&mut m, BatchOperation::Suspend, &items), 3);
    assert_eq!(done(&mut m, BatchOperation::Resume, &items), 0);
    let migration = Migration {
        target,
        mappings: vec![("a".into(), "a".into())],
    };
    assert_eq!(
        done(&mut m, BatchOperation::Migrate(migration), &items[..2]),
        0
    );
    let modification = Modification {
        moves: vec![Move {
            source: Target::All("a".into()),
            target: "c".into(),
            ancestor: Ancestor::Sole,
            variables: Vec::new(),
        }],
        ..Modification::default()
    };
    let modified = done(&mut m, BatchOperation::Modify(modification), &items);
    assert_eq!(modified, 1, "the last one was not migrated");
    assert_eq!(m.activate("c").len(), 2);
    assert_eq!(done(&mut m, BatchOperation::DeleteHistory, &items), 3);
    assert_eq!(done(&mut m, BatchOperation::Cancel, &items), 0);
    assert_eq!(done(&mut m, BatchOperation::DeleteHistory, &items), 0);
    let deleted = m.events().filter(|event| {
        matches!(
            event,
            Event::Retention(RetentionEvent::HistoryExpired { .. })
        )
    });
    assert_eq!(deleted.count(), 3);
    assert!(nothing_is_left(&m));
}

#[test]
fn what_is_too_much_is_refused() {
    let mut m = Machine::with(&plain());
    let refused = |m: &mut Machine, operation: BatchOperation, items: Vec<u64>, more| {
        m.run(CreateBatch {
            operation: Box::new(operation),
            items: batch_items(&items),
            more,
        })
        .unwrap_err()
        .message
    };
    assert!(refused(&mut m, BatchOperation::Cancel, vec![1; 10_001], false).contains("10000"));
    assert!(refused(&mut m, BatchOperation::SetRetries(0), vec![1], false).contains("retry"));
    let nowhere = BatchOperation::Migrate(Migration {
        target: ProcessDefinitionKey(7),
        mappings: Vec::new(),
    });
    assert!(refused(&mut m, nowhere, vec![1], false).contains("'7'"));
    for _ in 0..100 {
        create(&mut m, BatchOperation::Cancel, &[], true);
    }
    assert!(refused(&mut m, BatchOperation::Cancel, vec![1], false).contains("100 batch"));
    for unknown in [ProcessInstanceKey(1), ProcessInstanceKey(u64::MAX)] {
        assert!(m.run(DeleteHistory { instance: unknown }).is_err());
    }
}

#[test]
fn a_piece_ends_early_when_its_cases_take_many_steps() {
    let gateways: String = (0..100)
        .map(|n| format!(r#"<bpmn:task id="t{n}" />"#))
        .collect();
    let ways: Vec<String> = (0..99).map(|n| format!("t{n}>t{}", n + 1)).collect();
    let mut ways: Vec<&str> = ways.iter().map(String::as_str).collect();
    ways.extend(["start>a", "a>t0", "t99>a"]);
    let body = r#"<bpmn:startEvent id="start" />"#.to_owned()
        + &service("a", "")
        + &gateways
        + &flows(&ways);
    let mut m = Machine::with(&body);
    let items = cases(&mut m, 20);
    let modification = Modification {
        activate: (0..20)
            .map(|_| Activation {
                element: "t0".into(),
                place: Place::Before,
                ancestor: Ancestor::Sole,
                variables: Vec::new(),
            })
            .collect(),
        ..Modification::default()
    };
    let key = create(&mut m, BatchOperation::Modify(modification), &items, false);
    m.tick(0);
    let row = batch(&m, key).unwrap();
    assert!(row.done > 0 && row.done < 20, "{}", row.done);
    m.settle();
    assert_eq!(ended(&m), Some((20, 0)));
    assert!(m.incidents().is_empty());
}

/// Why batches were cancelled.
fn reasons(m: &Machine) -> Vec<Option<String>> {
    m.events()
        .filter_map(|event| match event {
            Event::BatchOperation(BatchOperationEvent::Canceled { reason, .. }) => {
                Some(reason.as_ref().map(ToString::to_string))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn nothing_is_done_when_there_are_no_items() {
    let mut m = Machine::with(&plain());
    create(&mut m, BatchOperation::Cancel, &[], false);
    m.tick(0);
    assert_eq!(ended(&m), Some((0, 0)));
    assert!(nothing_is_left(&m));
}

#[test]
fn a_batch_whose_items_stop_coming_does_nothing_and_is_given_up() {
    let mut m = Machine::with(&plain());
    let items = cases(&mut m, 3);
    let created_ms = m.now_ms;
    let key = create(&mut m, BatchOperation::Cancel, &items, true);
    assert!(m.run(SuspendBatch { batch: key }).is_err());
    let (due_ms, _) = m.engine.next_due().unwrap();
    assert!(due_ms > created_ms);
    m.tick(due_ms - m.now_ms - 1);
    assert_eq!(batch(&m, key).unwrap().state, BatchState::Collecting);
    m.tick(1);
    assert!(reasons(&m)[0].as_ref().unwrap().contains("again"));
    assert!(
        items
            .iter()
            .all(|item| m.is_running(ProcessInstanceKey(*item)))
    );
    assert!(nothing_is_left(&m));
    let late = AppendBatchItems {
        batch: key,
        items: batch_items(&items),
        more: false,
    };
    assert!(m.run(late).is_err());
}

#[test]
fn a_cancelled_batch_says_whether_it_went_wrong() {
    let mut m = Machine::with(&plain());
    let items = cases(&mut m, 1);
    for (more, reason) in [(true, Some("The search failed.")), (false, None)] {
        let key = create(&mut m, BatchOperation::Cancel, &items, more);
        m.run(cancel(key, reason)).unwrap();
    }
    assert_eq!(reasons(&m), [Some("The search failed.".to_owned()), None]);
    assert!(nothing_is_left(&m));
}

#[test]
fn resolving_incidents_gives_a_job_without_retries_one() {
    let mut m = Machine::with(&plain());
    m.start("{}");
    let job = m.activate("a")[0].key;
    let fail = |m: &mut Machine| {
        m.run(FailJob {
            job,
            attempt: None,
            retries: Retries::Left(0),
            backoff_ms: None,
            message: "no".into(),
            variables: json("{}"),
        })
        .unwrap();
        m.incidents()[0].key.0
    };
    let incident = fail(&mut m);
    create(&mut m, BatchOperation::ResolveIncidents, &[incident], false);
    m.tick(0);
    assert!(m.incidents().is_empty());
    assert_eq!(m.activate("a").len(), 1);
    assert_eq!(ended(&m), Some((1, 0)));
}
