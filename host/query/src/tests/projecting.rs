//! Following the journal: order, restarts, damage and a changed schema.

use std::time::Duration;

use gardesh_engine::event::{Event, JobEvent};
use gardesh_engine::key::*;
use serde_json::json;

use super::fixture::*;
use crate::projection::TABLES;
use crate::{Definitions, ElementInfo, Error, ProcessInstance, ReadModel, schema};

fn journal() -> Journal {
    let mut journal = Journal::new();
    for number in 0..20 {
        let tenant = if number % 3 == 0 { OTHER } else { TENANT };
        let instance = journal.start(tenant, Some(&format!("K-{number}")));
        journal.record(
            tenant,
            vec![variable(instance, number + 1, "n", &number.to_string())],
        );
    }
    journal
}

#[test]
fn entries_come_in_order_and_once() {
    let journal = journal();
    let model = Model::empty();
    assert_eq!(model.position(), 0);
    let gap = model.project(&journal.entries[1..], &Elements);
    assert!(
        matches!(
            gap,
            Err(Error::Gap {
                expected: 1,
                found: 2
            })
        ),
        "{gap:?}"
    );
    let gap = model.project(
        &[journal.entries[0].clone(), journal.entries[2].clone()],
        &Elements,
    );
    assert!(
        matches!(
            gap,
            Err(Error::Gap {
                expected: 2,
                found: 3
            })
        ),
        "{gap:?}"
    );
    assert_eq!(model.position(), 0);
    model.project(&journal.entries[..5], &Elements).unwrap();
    model.project(&journal.entries[2..5], &Elements).unwrap();
    model.project(&[], &Elements).unwrap();
    assert_eq!(model.position(), 5);
    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(model.position(), journal.entries.len() as u64);
    assert_eq!(model.dump(), Model::of(&journal).dump());
}

#[test]
fn a_restart_goes_on_and_a_rebuild_starts_over() {
    let journal = journal();
    let mut model = Model::of(&journal);
    let rows = model.dump();
    model.query = ReadModel::open(&model.path()).unwrap();
    assert_eq!(model.position(), journal.entries.len() as u64);
    assert_eq!(model.dump(), rows);
    model.rebuild().unwrap();
    assert_eq!(model.position(), 0);
    assert_eq!(
        model.find::<ProcessInstance>(TENANT, json!({})).total_items,
        0
    );
    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(model.dump(), rows);
}

#[test]
fn a_failed_batch_changes_nothing() {
    struct Nothing;
    impl Definitions for Nothing {
        fn element(&self, _: TenantId, _: ProcessDefinitionKey, _: u32) -> Option<ElementInfo> {
            None
        }
    }
    let mut journal = Journal::new();
    let model = Model::of(&journal);
    let rows = model.dump();
    let instance = journal.start(TENANT, None);
    journal.record(TENANT, entered(instance, ElementInstanceKey(9), SERVICE));
    let failed = model.project(&journal.entries, &Nothing);
    assert!(
        matches!(
            failed,
            Err(Error::UnknownElement {
                element: SERVICE,
                ..
            })
        ),
        "{failed:?}"
    );
    assert_eq!((model.position(), model.dump()), (2, rows.clone()));

    let mut stray = Journal::new();
    let instance = stray.start(TENANT, None);
    stray.record(
        TENANT,
        vec![Event::Job(JobEvent::Completed {
            instance,
            job: JobKey(404),
            attempt: 1,
        })],
    );
    let failed = model.project(&stray.entries, &Elements);
    assert!(
        matches!(
            &failed,
            Err(Error::Missing {
                table: "jobs",
                position: 4,
                ..
            })
        ),
        "{failed:?}"
    );
    assert_eq!((model.position(), model.dump()), (2, rows));

    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(model.dump(), Model::of(&journal).dump());
}

#[test]
fn a_file_that_is_not_ours_is_replaced() {
    let journal = journal();
    let model = Model::of(&journal);
    let rows = model.dump();
    let Model { query, folder } = model;
    drop(query);
    let path = folder.path().join("query.sqlite");
    let mut cut = std::fs::read(&path).unwrap();
    cut.truncate(5_000);
    let somebodys = folder.path().join("somebodys.sqlite");
    let connection = rusqlite::Connection::open(&somebodys).unwrap();
    connection
        .execute_batch("CREATE TABLE notes (text)")
        .unwrap();
    drop(connection);
    let files = [
        ("empty", Vec::new()),
        (
            "text",
            b"not a database, but long enough for one".repeat(100),
        ),
        ("zero", vec![0; 8_192]),
        ("cut", cut),
        ("somebody's", std::fs::read(somebodys).unwrap()),
    ];
    let mut folder = Some(folder);
    for (what, bytes) in files {
        std::fs::write(&path, bytes).unwrap();
        let query = ReadModel::open(&path).unwrap();
        assert_eq!(query.position(), 0, "{what}");
        query.project(&journal.entries, &Elements).unwrap();
        let model = Model {
            query,
            folder: folder.take().unwrap(),
        };
        assert_eq!(model.dump(), rows, "{what}");
        folder = Some(model.folder);
    }
}

#[test]
fn a_file_of_another_schema_is_replaced() {
    let journal = journal();
    let model = Model::of(&journal);
    let connection = rusqlite::Connection::open(model.path()).unwrap();
    connection
        .execute("UPDATE meta SET schema = schema || ' '", [])
        .unwrap();
    drop(connection);
    let Model { query, folder } = model;
    drop(query);
    let query = ReadModel::open(&folder.path().join("query.sqlite")).unwrap();
    assert_eq!(query.position(), 0);
}

#[test]
fn damage_while_running_empties_the_model() {
    let mut journal = journal();
    let mut model = Model::of(&journal);
    let path = model.path();
    // Everything into the main file, so that the damage below is what will be read.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(connection);
    model.query = ReadModel::open(&path).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[3 * 4_096..].fill(0xAB);
    std::fs::write(&path, bytes).unwrap();

    let instance = journal.start(TENANT, None);
    journal.record(TENANT, entered(instance, ElementInstanceKey(9), SERVICE));
    let damaged = model.project(&journal.entries, &Elements);
    assert!(matches!(damaged, Err(Error::Damaged(_))), "{damaged:?}");
    assert_eq!(model.position(), 0);
    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(model.dump(), Model::of(&journal).dump());
}

#[test]
fn another_journal_is_noticed() {
    let journal = journal();
    let model = Model::of(&journal);
    let last = journal.entries.last().unwrap();
    assert!(model.resume(Some(last)).unwrap());
    assert_eq!(model.position(), last.position);
    let mut other = (**last).clone();
    other.at_ms += 1;
    assert!(!model.resume(Some(&other)).unwrap());
    assert_eq!(model.position(), 0);
    assert!(model.resume(None).unwrap());
    model.project(&journal.entries, &Elements).unwrap();
    assert!(!model.resume(None).unwrap());
    assert_eq!(model.position(), 0);
}

#[test]
fn readers_wait_for_what_they_wrote() {
    let journal = journal();
    let model = Model::empty();
    let last = journal.entries.len() as u64;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        assert!(model.wait_for(0, Duration::ZERO).await);
        assert!(!model.wait_for(1, Duration::from_secs(60)).await);
        let waiting = model.wait_for(last, Duration::from_secs(60));
        let projecting = async { model.project(&journal.entries, &Elements).unwrap() };
        let (reached, ()) = tokio::join!(waiting, projecting);
        assert!(reached);
    });
}

#[test]
fn a_search_does_not_wait_for_the_writer() {
    let journal = journal();
    let model = Model::of(&journal);
    let writer = rusqlite::Connection::open(model.path()).unwrap();
    writer
        .execute_batch("BEGIN IMMEDIATE; DELETE FROM process_instances")
        .unwrap();
    assert_eq!(
        model.find::<ProcessInstance>(OTHER, json!({})).total_items,
        7
    );
    writer.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn the_tenant_leads_every_key() {
    let schema = schema::definition();
    for (table, indexes) in TABLES {
        let definition = schema
            .lines()
            .find(|line| line.starts_with(&format!("CREATE TABLE {table} ")))
            .unwrap();
        assert!(definition.contains("PRIMARY KEY (tenant, "), "{definition}");
        for columns in *indexes {
            // Who holds a token needs no tenant.
            assert!(
                columns.starts_with("tenant, ") || (*table, *columns) == ("invitations", "token"),
                "{columns}"
            );
        }
    }
}
