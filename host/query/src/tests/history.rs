//! Cases whose history has expired: what goes, what stays, in which steps; journals with
//! gaps; compaction.

use std::sync::Arc;

use gardesh_engine::entities::batch_operation::BatchOperation;
use gardesh_engine::entities::experience::{InvitationState, Notification, ScoredAnswer};
use gardesh_engine::entities::trigger::Decision;
use gardesh_engine::event::{
    BatchOperationEvent, Event, ExperienceEvent, IncidentEvent, JobEvent, ProcessInstanceEvent,
    RetentionEvent, TriggerEvent, UserTaskEvent,
};
use gardesh_engine::key::*;

use super::fixture::*;
use crate::limits::MAX_REMOVED_ROWS;
use crate::projection::{TABLES, history};
use crate::{Error, ReadModel};

fn expire(journal: &mut Journal, tenant: TenantId, instance: ProcessInstanceKey) {
    let expired = Event::Retention(RetentionEvent::HistoryExpired {
        instance,
        definition: DEFINITION,
        ended_at_ms: 0,
    });
    journal.record(tenant, vec![expired]);
}

/// A case with a row in every table.
fn full_case(journal: &mut Journal, tenant: TenantId) -> ProcessInstanceKey {
    let instance = journal.start(tenant, Some("K"));
    let element = ElementInstanceKey(journal.key());
    journal.record(tenant, entered(instance, element, SERVICE));
    let job = Arc::new(journal.job(instance, element, "assess"));
    let task = Arc::new(journal.user_task(instance, element));
    let incident = Arc::new(journal.incident(instance, element, None));
    let firing = Arc::new(journal.firing(instance));
    let number = journal.key();
    let decided = Event::Trigger(TriggerEvent::Decided {
        instance,
        firing: firing.key,
        decisions: vec![Decision::Nothing {
            code: "c".into(),
            detail: "d".into(),
        }],
    });
    let notification = Notification {
        key: NotificationKey(journal.key()),
        audience: "a".into(),
        title: "t".into(),
        body: "b".into(),
        instance,
        at_ms: 0,
    };
    journal.record(
        tenant,
        vec![
            variable(instance, number, "n", "1"),
            Event::Job(JobEvent::Created { job }),
            Event::UserTask(UserTaskEvent::Created { task }),
            Event::Incident(IncidentEvent::Created { incident }),
            Event::Trigger(TriggerEvent::Fired { firing }),
            decided,
            Event::Experience(ExperienceEvent::NotificationCreated {
                notification: Arc::new(notification),
            }),
        ],
    );
    let invitation = journal.invitation(instance, "s", InvitationState::Open);
    let created = Event::Experience(ExperienceEvent::InvitationCreated {
        invitation: Arc::new(invitation.clone()),
    });
    let answered = journal.answer(&invitation, &[("q", ScoredAnswer::Nps(9))]);
    journal.record(tenant, vec![created, answered]);
    let batch = BatchOperationKey(journal.key());
    let cancel = batch_created(batch, BatchOperation::Cancel, &[instance.into()]);
    journal.record(tenant, cancel);
    journal.record(
        tenant,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Terminated {
            instance,
        })],
    );
    instance
}

/// How many rows each table has that name a case.
fn rows_of(
    model: &Model,
    tenant: TenantId,
    instance: ProcessInstanceKey,
) -> Vec<(&'static str, u32)> {
    let connection = rusqlite::Connection::open(model.path()).unwrap();
    let mut found = Vec::new();
    for (table, _) in TABLES {
        let named = format!(
            "SELECT count(*) FROM pragma_table_info('{table}') WHERE name = 'process_instance_key'"
        );
        let named: u32 = connection.query_row(&named, [], |row| row.get(0)).unwrap();
        if named > 0 {
            let sql = format!(
                "SELECT count(*) FROM {table} WHERE tenant = ?1 AND process_instance_key = ?2"
            );
            let key = (tenant.0, i64::try_from(instance.0).unwrap());
            found.push((
                *table,
                connection.query_row(&sql, key, |row| row.get(0)).unwrap(),
            ));
        }
    }
    found
}

#[test]
fn an_expired_case_leaves_what_customers_were_asked_and_said() {
    let mut journal = Journal::new();
    let case = full_case(&mut journal, TENANT);
    let other = full_case(&mut journal, TENANT);
    let mut model = Model::of(&journal);
    let before = rows_of(&model, TENANT, case);
    assert!(
        before.iter().all(|(table, rows)| {
            // Every table that names a case has a row here, so that a new one is not forgotten.
            (*rows > 0) != (*table == "expired_cases")
        }),
        "{before:?}"
    );
    let of_other = rows_of(&model, TENANT, other);

    expire(&mut journal, TENANT, case);
    model.project(&journal.entries, &Elements).unwrap();
    assert!(!model.remove_expired().unwrap());
    let left: Vec<_> = rows_of(&model, TENANT, case)
        .into_iter()
        .filter(|(_, rows)| *rows > 0)
        .collect();
    assert_eq!(
        left,
        [
            ("invitations", 1),
            ("responses", 1),
            ("notifications", 1),
            ("batch_operation_items", 1)
        ]
    );
    assert_eq!(rows_of(&model, TENANT, other), of_other);
    model.query = ReadModel::open(&model.path()).unwrap();
    assert_eq!(model.position(), journal.entries.len() as u64);
}

#[test]
fn only_the_case_of_this_tenant_goes() {
    let mut journal = Journal::new();
    let case = full_case(&mut journal, TENANT);
    let mut twin = Journal::new();
    assert_eq!(full_case(&mut twin, OTHER), case, "the keys are the same");
    for entry in &twin.entries[2..] {
        journal.record(OTHER, entry.events.clone());
    }
    expire(&mut journal, TENANT, case);
    let model = Model::of(&journal);
    let left = rows_of(&model, OTHER, case);
    assert!(
        left.iter().filter(|(_, rows)| *rows > 0).count() > 8,
        "{left:?}"
    );
}

#[test]
fn a_huge_case_goes_in_steps_that_survive_a_restart() {
    let mut journal = Journal::new();
    let case = journal.start(TENANT, None);
    let rows = MAX_REMOVED_ROWS * 5 / 2;
    for _ in 0..rows {
        let key = journal.key();
        journal.record(TENANT, vec![variable(case, key, "n", "1")]);
    }
    expire(&mut journal, TENANT, case);
    let mut model = Model::of(&journal);
    assert_eq!(
        model
            .find::<crate::ProcessInstance>(TENANT, serde_json::json!({}))
            .total_items,
        0
    );
    let mut steps = 1;
    while model.remove_expired().unwrap() {
        steps += 1;
        model.query = ReadModel::open(&model.path()).unwrap();
    }
    // A variable and an entry each, and the case itself.
    assert_eq!(steps, 5);
    assert!(
        rows_of(&model, TENANT, case)
            .iter()
            .all(|(_, rows)| *rows == 0)
    );
}

#[test]
fn what_is_told_of_a_case_after_its_expiry_stays() {
    let mut journal = Journal::new();
    let case = journal.start(TENANT, None);
    let invitation = journal.invitation(case, "s", InvitationState::Open);
    let created = Event::Experience(ExperienceEvent::InvitationCreated {
        invitation: Arc::new(invitation.clone()),
    });
    journal.record(TENANT, vec![created]);
    expire(&mut journal, TENANT, case);
    let answered = journal.answer(&invitation, &[("q", ScoredAnswer::Nps(9))]);
    journal.record(TENANT, vec![answered]);
    let model = Model::of(&journal);
    while model.remove_expired().unwrap() {}
    assert_eq!(model.case_entries(TENANT, case, 0, 10).unwrap(), [6]);
    assert_eq!(model.only::<crate::Response>().process_instance_key, case);
}

#[test]
fn removals_find_their_rows_by_an_index() {
    let model = Model::empty();
    let connection = rusqlite::Connection::open(model.path()).unwrap();
    for sql in history::OWNERS.iter().flat_map(history::Owner::removals) {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let steps = statement.query_map((1, 2, 3, 4), |row| row.get::<_, String>(3));
        let plan: Vec<String> = steps.unwrap().collect::<Result<_, _>>().unwrap();
        assert!(
            !plan.iter().any(|step| step.contains("SCAN")),
            "{sql}: {plan:?}"
        );
    }
}

/// A journal without the entries at some positions, as after they were erased.
fn without(journal: &Journal, positions: &[u64]) -> Vec<Arc<gardesh_engine::event::Entry>> {
    let mut erased = 0;
    let mut left = Vec::new();
    for entry in &journal.entries {
        if positions.contains(&entry.position) {
            erased += 1;
            continue;
        }
        let mut entry = (**entry).clone();
        entry.erased_before = std::mem::take(&mut erased);
        left.push(Arc::new(entry));
    }
    left
}

#[test]
fn a_model_is_built_from_a_journal_whose_expired_parts_are_gone() {
    let mut journal = Journal::new();
    let case = journal.start(TENANT, None);
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Terminated {
            instance: case,
        })],
    );
    let other = full_case(&mut journal, TENANT);
    expire(&mut journal, TENANT, case);
    let erased = without(&journal, &[3, 4]);
    let model = Model::empty();
    model.project(&erased, &Elements).unwrap();
    assert_eq!(model.dump(), Model::of(&journal).dump());
    assert_eq!(model.position(), journal.entries.len() as u64);
    assert!(model.only::<crate::ProcessInstance>().process_instance_key == other);

    // It was behind when they went.
    let model = Model::empty();
    model.project(&journal.entries[..3], &Elements).unwrap();
    assert!(model.resume(Some(&erased[2])).unwrap());
    model.project(&erased[2..], &Elements).unwrap();
    assert_eq!(model.dump(), Model::of(&journal).dump());

    // A place that is missing for another reason is noticed, and so is another journal.
    let model = Model::empty();
    model.project(&journal.entries[..2], &Elements).unwrap();
    let gap = model.project(&journal.entries[4..], &Elements);
    assert!(
        matches!(
            gap,
            Err(Error::Gap {
                expected: 3,
                found: 5
            })
        ),
        "{gap:?}"
    );
    assert!(!model.resume(Some(&journal.entries[4])).unwrap());
}

#[test]
fn compaction_removes_what_has_expired_and_gives_the_space_back() {
    let mut journal = Journal::new();
    let case = journal.start(TENANT, None);
    let large = format!("\"{}\"", "x".repeat(1_000));
    for _ in 0..3 * MAX_REMOVED_ROWS {
        let key = journal.key();
        journal.record(TENANT, vec![variable(case, key, "n", &large)]);
    }
    expire(&mut journal, TENANT, case);
    let Model { query, folder } = Model::of(&journal);
    let path = folder.path().join("query.sqlite");
    drop(query);
    let compacted = crate::compact(&path).unwrap().unwrap();
    assert!(compacted.before > 3_000_000, "{compacted:?}");
    assert!(compacted.after < 500_000, "{compacted:?}");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), compacted.after);
    let query = ReadModel::open(&path).unwrap();
    assert_eq!(query.position(), journal.entries.len() as u64);
    let model = Model { query, folder };
    assert!(
        rows_of(&model, TENANT, case)
            .iter()
            .all(|(_, rows)| *rows == 0)
    );
    assert_eq!(
        crate::compact(&model.folder.path().join("none")).unwrap(),
        None
    );
}

#[test]
fn an_expired_batch_operation_goes_with_its_items_in_bounded_steps() {
    let mut journal = Journal::new();
    let (old, other) = (BatchOperationKey(900), BatchOperationKey(901));
    let items: Vec<_> = (1..=u64::from(MAX_REMOVED_ROWS) + 5)
        .map(|key| ProcessInstanceKey(key).into())
        .collect();
    for batch in [old, other] {
        journal.record(TENANT, batch_created(batch, BatchOperation::Cancel, &items));
        let canceled = Event::BatchOperation(BatchOperationEvent::Canceled {
            batch,
            done: 0,
            failed: 0,
            reason: None,
        });
        journal.record(TENANT, vec![canceled]);
    }
    let expired = Event::Retention(RetentionEvent::BatchExpired {
        batch: old,
        ended_at_ms: 0,
    });
    journal.record(TENANT, vec![expired]);
    let model = Model::of(&journal);
    while model.remove_expired().unwrap() {}
    let left: crate::BatchOperation = model.only();
    assert_eq!(left.batch_operation_key, other);
    let left = model.find::<crate::BatchOperationItem>(TENANT, serde_json::json!({}));
    assert_eq!(left.total_items, items.len() as u64);
}
