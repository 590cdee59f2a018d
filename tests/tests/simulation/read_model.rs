//! A read model that cannot be written now and again, and whose process dies in between: it
//! comes to the very rows of one that took in the whole journal at once.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::event::Entry;
use gardesh_engine::key::{ProcessDefinitionKey, TenantId};
use gardesh_query::{Definitions, ElementInfo, ReadModel};
use gardesh_tests::Twins;
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

use crate::coverage::Seen;
use crate::world::World;
use crate::{Reach, for_seeds};

const COMMANDS: usize = 120;

/// The statements that can fail: each is part of writing a batch, at its begin or at its end.
const FAULTS: &[&str] = &[
    "BEFORE INSERT ON process_instances",
    "BEFORE INSERT ON element_instances",
    "BEFORE INSERT ON variables",
    "BEFORE INSERT ON case_entries",
    "BEFORE UPDATE ON meta",
];

#[test]
fn a_read_model_that_could_not_be_written_catches_up() {
    for_seeds(60, Reach::Some, |seed, _: &mut Seen| {
        let mut rng = Rng::with_seed(seed);
        let world = World::new(&mut rng);
        let mut twins = Twins::default();
        twins.process(world.deployment()).expect("a deployment");
        let mut followed = Followed::new();
        for _ in 0..COMMANDS {
            let next = world.happening(&mut rng, &mut twins.live);
            twins.now_ms += next.after_ms;
            // Refusals leave nothing to follow.
            let _ = twins.process(next.command);
            match rng.u32(..10) {
                0 => followed.break_down(FAULTS[rng.usize(..FAULTS.len())]),
                1 => followed.mend(),
                2 => followed.restart(&twins.journal),
                3..7 => followed.follow(&mut twins.live, &twins.journal),
                _ => {}
            }
        }
        followed.mend();
        followed.follow(&mut twins.live, &twins.journal);
        let at_once = Followed::new();
        at_once.follow(&mut twins.live, &twins.journal);
        assert_eq!(followed.position(), at_once.position());
        assert_eq!(followed.rows(), at_once.rows());
    });
}

/// A read model in a file of its own.
struct Followed {
    folder: TempDir,
    model: ReadModel,
}

impl Followed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let model = open(&file_in(&folder));
        Self { folder, model }
    }

    fn position(&self) -> u64 {
        self.model.position()
    }

    /// Takes in what the journal has beyond the model. Where that fails nothing has changed.
    fn follow(&self, engine: &mut Engine, journal: &[Arc<Entry>]) {
        let before = self.position();
        let known = journal.partition_point(|entry| entry.position <= before);
        let definitions = Deployed(RefCell::new(engine));
        let taken = self.model.project(&journal[known..], &definitions);
        if taken.is_err() {
            assert_eq!(
                self.position(),
                before,
                "a failed write has moved the model on"
            );
            return;
        }
        while self.model.remove_expired().unwrap_or(false) {}
    }

    /// From now on a statement fails, as when the disk is full.
    fn break_down(&self, fault: &str) {
        self.mend();
        let sql = format!(
            "CREATE TRIGGER fault {fault} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        );
        self.connection().execute_batch(&sql).expect("a trigger");
    }

    /// Nothing fails any more.
    fn mend(&self) {
        let connection = self.connection();
        connection
            .execute_batch("DROP TRIGGER IF EXISTS fault")
            .expect("no trigger");
    }

    /// The process dies, and the next one goes on with the file.
    fn restart(&mut self, journal: &[Arc<Entry>]) {
        self.model = open(&file_in(&self.folder));
        let position = self.position();
        let entry = journal.iter().find(|entry| entry.position >= position);
        let same = self
            .model
            .resume(entry.map(|entry| &**entry))
            .expect("a readable file");
        assert!(same, "Expected the model to know its journal again");
    }

    /// All rows of all tables.
    fn rows(&self) -> Vec<(String, Vec<Vec<Value>>)> {
        let connection = self.connection();
        let mut tables = connection
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            .expect("the schema");
        let names = tables.query_map([], |row| row.get(0)).expect("tables");
        let names: Vec<String> = names.collect::<Result<_, _>>().expect("names");
        names
            .into_iter()
            .map(|name| rows_of(&connection, name))
            .collect()
    }

    fn connection(&self) -> Connection {
        Connection::open(file_in(&self.folder)).expect("the model's file")
    }
}

fn file_in(folder: &TempDir) -> PathBuf {
    folder.path().join("query.sqlite")
}

fn open(file: &Path) -> ReadModel {
    ReadModel::open(file).expect("a read model")
}

fn rows_of(connection: &Connection, table: String) -> (String, Vec<Vec<Value>>) {
    let mut statement = connection
        .prepare(&format!("SELECT * FROM \"{table}\""))
        .expect("a table");
    let columns = statement.column_count();
    let rows = statement
        .query_map([], |row| (0..columns).map(|at| row.get(at)).collect())
        .expect("rows");
    let mut rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>().expect("rows");
    // How the journal was cut shows in the order of rows that were added alone.
    rows.sort_by_cached_key(|row| format!("{row:?}"));
    (table, rows)
}

/// The definitions of an engine.
struct Deployed<'e>(RefCell<&'e mut Engine>);

impl Definitions for Deployed<'_> {
    fn element(
        &self,
        tenant: TenantId,
        definition: ProcessDefinitionKey,
        element: u32,
    ) -> Option<ElementInfo> {
        let definition = self.0.borrow_mut().definition(tenant, definition)?;
        let node = definition.nodes.get(usize::try_from(element).ok()?)?;
        Some(ElementInfo {
            id: Arc::clone(&node.id),
            name: node.name.clone(),
            kind: node.type_name(),
        })
    }
}
