//! Batch operations and their items, and the selections that they are made from.

use gardesh_engine::entities::batch_operation::{
    BatchFailure, BatchItem, BatchOperation as Operation,
};
use gardesh_engine::event::{BatchOperationEvent, Event, IncidentEvent, JobEvent};
use gardesh_engine::key::*;
use serde_json::json;

use super::fixture::*;
use crate::search::Filter as _;
use crate::*;

const BATCH: BatchOperationKey = BatchOperationKey(900);

fn failed(item: u64) -> Event {
    let reason = "Expected it to run, but it does not.".into();
    Event::BatchOperation(BatchOperationEvent::ItemFailed {
        batch: BATCH,
        failure: BatchFailure { item, reason },
    })
}

fn advanced(taken: u64, failed: u64) -> Event {
    Event::BatchOperation(BatchOperationEvent::Advanced {
        batch: BATCH,
        taken,
        failed,
    })
}

/// The states of all items, in their order.
fn states(model: &Model) -> Vec<&'static str> {
    let page = model.find::<BatchOperationItem>(TENANT, json!({}));
    page.items.iter().map(|item| item.state.name()).collect()
}

fn items(count: u64) -> Vec<BatchItem> {
    (1..=count)
        .map(|key| ProcessInstanceKey(key).into())
        .collect()
}

#[test]
fn a_batch_from_beginning_to_end() {
    let mut journal = Journal::new();
    journal.record(TENANT, batch_created(BATCH, Operation::Cancel, &items(5)));
    let created_ms = journal.now_ms;
    let model = Model::of(&journal);
    let row: BatchOperation = model.only();
    assert_eq!(
        (row.state, row.operation_type, row.operations_total_count),
        (BatchOperationState::Active, BatchOperationType::Cancel, 5)
    );
    assert_eq!(
        (row.start_date_ms, row.end_date_ms),
        (Some(created_ms), None)
    );
    assert_eq!(states(&model), ["ACTIVE"; 5]);

    journal.record(TENANT, vec![failed(2), advanced(3, 1)]);
    journal.record(
        TENANT,
        vec![Event::BatchOperation(BatchOperationEvent::Suspended {
            batch: BATCH,
        })],
    );
    model.project(&journal.entries, &Elements).unwrap();
    let row: BatchOperation = model.only();
    assert_eq!(
        (
            row.state,
            row.operations_completed_count,
            row.operations_failed_count
        ),
        (BatchOperationState::Suspended, 2, 1)
    );
    let expected = ["COMPLETED", "FAILED", "COMPLETED", "ACTIVE", "ACTIVE"];
    assert_eq!(states(&model), expected);
    let search = json!({"filter": {"batchOperationKey": "900", "state": "FAILED"}});
    let found = model.find::<BatchOperationItem>(TENANT, search);
    assert_eq!((found.total_items, found.items[0].item_key), (1, 2));
    assert!(found.items[0].error_message.is_some() && found.items[0].processed_date_ms.is_some());

    let (done, failed) = (4, 1);
    journal.record(
        TENANT,
        vec![Event::BatchOperation(BatchOperationEvent::Resumed {
            batch: BATCH,
        })],
    );
    let completed = Event::BatchOperation(BatchOperationEvent::Completed {
        batch: BATCH,
        done,
        failed,
    });
    journal.record(TENANT, vec![advanced(2, 0), completed]);
    model.project(&journal.entries, &Elements).unwrap();
    let row: BatchOperation = model.only();
    assert_eq!(
        (row.state, row.end_date_ms, row.operations_completed_count),
        (BatchOperationState::Completed, Some(journal.now_ms), 4)
    );
    assert!(!states(&model).contains(&"ACTIVE"));
}

#[test]
fn items_whose_turn_never_came_are_cancelled() {
    for (reason, state) in [
        (None, BatchOperationState::Canceled),
        (Some("why"), BatchOperationState::Failed),
    ] {
        let mut journal = Journal::new();
        journal.record(TENANT, batch_created(BATCH, Operation::Cancel, &items(4)));
        let canceled = Event::BatchOperation(BatchOperationEvent::Canceled {
            batch: BATCH,
            done: 1,
            failed: 0,
            reason: reason.map(Into::into),
        });
        journal.record(TENANT, vec![advanced(1, 0), canceled]);
        journal.record(OTHER, batch_created(BATCH, Operation::Cancel, &items(4)));
        let model = Model::of(&journal);
        let row: BatchOperation = model.only();
        assert_eq!((row.state, row.error_message.as_deref()), (state, reason));
        assert_eq!(
            states(&model),
            ["COMPLETED", "CANCELED", "CANCELED", "CANCELED"]
        );
        let other = model.find::<BatchOperationItem>(OTHER, json!({"filter": {"state": "ACTIVE"}}));
        assert_eq!(other.total_items, 4);
    }
}

#[test]
fn a_case_is_found_by_what_was_done_to_it() {
    let mut journal = Journal::new();
    let cases: Vec<ProcessInstanceKey> = (0..3).map(|_| journal.start(TENANT, None)).collect();
    let incident = BatchItem {
        key: 77,
        case: cases[1],
    };
    journal.record(
        TENANT,
        batch_created(BATCH, Operation::ResolveIncidents, &[incident]),
    );
    let model = Model::of(&journal);
    let filter = json!({"filter": {"batchOperationKey": "900"}});
    let found = model.find::<ProcessInstance>(TENANT, filter);
    assert_eq!(found.items[0].process_instance_key, cases[1]);
    assert_eq!(found.total_items, 1);
    let filter = json!({"filter": {"processInstanceKey": cases[1].to_string()}});
    let found = model.find::<BatchOperationItem>(TENANT, filter);
    assert_eq!((found.total_items, found.items[0].item_key), (1, 77));
}

#[test]
fn a_selection_has_all_that_was_there_when_it_began() {
    let mut journal = Journal::new();
    let cases: Vec<u64> = (0..7).map(|_| journal.start(TENANT, None).0).collect();
    journal.start(OTHER, None);
    let model = Model::of(&journal);
    let filter = ProcessInstanceFilter::default();
    assert_eq!(
        model.count::<ProcessInstance>(TENANT, &filter).unwrap(),
        (7, false)
    );
    let mut found = Vec::new();
    let mut below = u64::MAX;
    loop {
        let part = model
            .select::<ProcessInstance>(TENANT, &filter, below, 3)
            .unwrap();
        let Some(last) = part.last() else { break };
        below = last.key;
        found.extend(part.iter().map(|item| item.key));
        // What begins in the meantime is not part of it.
        journal.start(TENANT, None);
        model.project(&journal.entries, &Elements).unwrap();
    }
    found.reverse();
    assert_eq!(found, cases);
}

#[test]
fn incidents_and_jobs_are_selected_by_their_cases() {
    let mut journal = Journal::new();
    let mut keys = Vec::new();
    for business_key in ["a", "b"] {
        let case = journal.start(TENANT, Some(business_key));
        let element = ElementInstanceKey(journal.key());
        let incident = journal.incident(case, element, None);
        let job = journal.job(case, element, "assess");
        keys.push((incident.key.0, job.key.0, case));
        let mut events = entered(case, element, SERVICE);
        events.extend([
            Event::Incident(IncidentEvent::Created {
                incident: incident.into(),
            }),
            Event::Job(JobEvent::Created { job: job.into() }),
        ]);
        journal.record(TENANT, events);
    }
    let model = Model::of(&journal);
    let (incident, job, case) = keys[1];
    let cases =
        json!({"businessKey": "b", "state": "ACTIVE", "errorMessage": {"$like": "*retries*"}});
    let of_cases = Some(OfCases(read(cases)));
    let incidents = IncidentFilter {
        of_cases: of_cases.clone(),
        state: Some(Condition::eq(IncidentState::Active)),
        ..IncidentFilter::default()
    };
    let found = model.select::<Incident>(TENANT, &incidents, u64::MAX, 9);
    let expected = BatchItem {
        key: incident,
        case,
    };
    assert_eq!(found.unwrap(), [expected]);
    let jobs = JobFilter {
        of_cases,
        ..JobFilter::default()
    };
    let found = model.select::<Job>(TENANT, &jobs, u64::MAX, 9);
    assert_eq!(found.unwrap(), [BatchItem { key: job, case }]);
    assert!(serde_json::from_value::<JobFilter>(json!({"ofCases": {}})).is_err());
}

#[test]
fn a_filter_that_asks_for_nothing_is_known_as_such() {
    for (filter, narrows) in [
        (json!({}), false),
        (json!({"state": {}}), false),
        (json!({"variables": []}), false),
        (json!({"$or": []}), false),
        (json!({"$or": [{"businessKey": "a"}, {}]}), false),
        (json!({"errorMessage": {}, "batchOperationKey": {}}), false),
        (json!({"$or": [{"businessKey": "a"}]}), true),
        (json!({"processInstanceKey": {"$exists": true}}), true),
        (json!({"variables": [{"name": "a", "value": "1"}]}), true),
    ] {
        let found: ProcessInstanceFilter = read(filter.clone());
        assert_eq!(found.narrows(), narrows, "{filter}");
    }
}
