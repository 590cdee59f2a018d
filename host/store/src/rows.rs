//! The rows of the engine's state: one redb table for each of its tables, key and row as
//! bytes. Key layouts are described where the tables are declared, in the engine's `state`.

use std::collections::BTreeMap;
use std::panic::panic_any;
use std::sync::{Arc, PoisonError, RwLock};

use gardesh_engine::state::backing::{Backing, Damage, Rows as StoredRows};
use gardesh_engine::state::{Batch, TABLES};
use redb::{Database, ReadOnlyTable, ReadableDatabase, TableDefinition, WriteTransaction};

use crate::Error;

type Bytes = &'static [u8];
type Opened = BTreeMap<&'static str, ReadOnlyTable<Bytes, Bytes>>;

fn table(name: &'static str) -> TableDefinition<'static, Bytes, Bytes> {
    TableDefinition::new(name)
}

/// The rows as of the last commit.
pub(crate) struct Rows {
    database: Arc<Database>,
    opened: RwLock<Arc<Opened>>,
}

impl Rows {
    pub(crate) fn new(database: Arc<Database>) -> Result<Self, Error> {
        let opened = RwLock::new(Arc::new(open(&database)?));
        Ok(Self { database, opened })
    }

    /// Moves on to what has been committed since.
    pub(crate) fn refresh(&self) -> Result<(), Error> {
        let opened = Arc::new(open(&self.database)?);
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(())
    }

    fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.opened.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.opened().get(table) {
            Some(table) => Ok(table.get(key)?.map(|row| row.value().to_vec())),
            None => Ok(None),
        }
    }

    fn read_range(
        &self,
        table: &str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<StoredRows, Error> {
        let opened = self.opened();
        let Some(table) = opened.get(table) else {
            return Ok(Vec::new());
        };
        if from >= to {
            return Ok(Vec::new());
        }
        let mut rows = Vec::new();
        for row in table.range(from..to)?.take(limit) {
            let (key, row) = row?;
            rows.push((key.value().to_vec(), row.value().to_vec()));
        }
        Ok(rows)
    }
}

impl Backing for Rows {
    fn get(&self, table: &'static str, key: &[u8]) -> Option<Vec<u8>> {
        self.read(table, key)
            .unwrap_or_else(|e| panic_any(Damage(e.to_string())))
    }

    fn range(&self, table: &'static str, from: &[u8], to: &[u8], limit: usize) -> StoredRows {
        self.read_range(table, from, to, limit)
            .unwrap_or_else(|e| panic_any(Damage(e.to_string())))
    }
}

fn open(database: &Database) -> Result<Opened, Error> {
    let transaction = database.begin_read()?;
    let mut opened = Opened::new();
    for &name in TABLES {
        opened.insert(name, transaction.open_table(table(name))?);
    }
    Ok(opened)
}

pub(crate) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    for &name in TABLES {
        transaction.open_table(table(name))?;
    }
    Ok(())
}

pub(crate) fn write(transaction: &WriteTransaction, batch: &Batch) -> Result<(), Error> {
    for changed in batch.tables() {
        let mut table = transaction.open_table(table(changed.name()))?;
        let mut result = Ok(());
        changed.rows(&mut |key, row| {
            if result.is_ok() {
                result = match row {
                    Some(row) => table.insert(key, row).map(drop),
                    None => table.remove(key).map(drop),
                };
            }
        });
        result?;
    }
    Ok(())
}
