//! The rows of the engine's state: one redb table for each of its tables, key and row as
//! bytes, and each row before its checksum. Key layouts are described where the tables are
//! declared, in the engine's `state`.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use gardesh_engine::state::{TABLES, WriteBatch};
use gardesh_engine::table::backing::{Backing, Damage, Rows as StoredRows};
use redb::{
    Database, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};

use crate::error::guarded;
use crate::{Error, seal};

type Bytes = &'static [u8];

/// The place of each table in [`TABLES`].
static PLACES: LazyLock<HashMap<&'static str, usize>> =
    LazyLock::new(|| TABLES.iter().copied().zip(0..).collect());

fn table(name: &'static str) -> TableDefinition<'static, Bytes, Bytes> {
    TableDefinition::new(name)
}

/// The rows as of the last commit.
pub(crate) struct Rows {
    database: Arc<Database>,
    view: RwLock<Arc<View>>,
}

impl Rows {
    pub(crate) fn new(database: Arc<Database>) -> Result<Self, Error> {
        let view = RwLock::new(Arc::new(View::open(&database)?));
        Ok(Self { database, view })
    }

    /// Moves on to what has been committed since.
    pub(crate) fn refresh(&self) -> Result<(), Error> {
        let view = Arc::new(View::open(&self.database)?);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
        Ok(())
    }

    fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Ends what the engine does with rows that cannot be read. The panic's hook has nothing to say
/// about it: whoever catches it does.
fn give_up(error: &Error) -> ! {
    resume_unwind(Box::new(Damage(error.to_string())))
}

impl Backing for Rows {
    fn get(&self, table: &'static str, key: &[u8]) -> Option<Vec<u8>> {
        guarded(|| self.view().get(table, key)).unwrap_or_else(|e| give_up(&e))
    }

    fn range(&self, table: &'static str, from: &[u8], to: &[u8], limit: usize) -> StoredRows {
        guarded(|| self.view().range(table, from, to, limit)).unwrap_or_else(|e| give_up(&e))
    }
}

/// What one commit left. Most commits are followed by reads of few tables, so each is opened
/// when it is first read.
struct View {
    transaction: ReadTransaction,
    opened: Vec<OnceLock<Opened>>,
}

/// A table, and the last key in it. New cases have greater keys than stored ones, so most of
/// what the engine does not find in memory is found missing by comparing two keys.
struct Opened {
    table: ReadOnlyTable<Bytes, Bytes>,
    last: Option<Vec<u8>>,
}

impl Opened {
    fn open(transaction: &ReadTransaction, name: &'static str) -> Result<Self, Error> {
        let table = transaction.open_table(table(name))?;
        let last = table.last()?.map(|(key, _)| key.value().to_vec());
        Ok(Self { table, last })
    }
}

impl View {
    fn open(database: &Database) -> Result<Self, Error> {
        Ok(Self {
            transaction: database.begin_read()?,
            opened: TABLES.iter().map(|_| OnceLock::new()).collect(),
        })
    }

    /// The table, unless all of its keys come before `key`.
    fn table_from(
        &self,
        name: &'static str,
        key: &[u8],
    ) -> Result<Option<&ReadOnlyTable<Bytes, Bytes>>, Error> {
        let Some(place) = PLACES.get(name).map(|place| &self.opened[*place]) else {
            return Ok(None);
        };
        let opened = match place.get() {
            Some(opened) => opened,
            None => {
                let opened = Opened::open(&self.transaction, name)?;
                place.get_or_init(|| opened)
            }
        };
        let within = opened.last.as_deref().is_some_and(|last| key <= last);
        Ok(within.then_some(&opened.table))
    }

    fn get(&self, name: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        match self.table_from(name, key)? {
            Some(table) => {
                let row = table.get(key)?;
                row.map(|row| opened(name, key, row.value())).transpose()
            }
            None => Ok(None),
        }
    }

    fn range(
        &self,
        name: &'static str,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<StoredRows, Error> {
        let mut rows = Vec::new();
        if from >= to {
            return Ok(rows);
        }
        let Some(table) = self.table_from(name, from)? else {
            return Ok(rows);
        };
        for row in table.range(from..to)?.take(limit) {
            let (key, row) = row?;
            let row = opened(name, key.value(), row.value())?;
            rows.push((key.value().to_vec(), row));
        }
        Ok(rows)
    }
}

/// A row as the engine wrote it.
fn opened(table: &'static str, key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let row = seal::open(key, sealed).ok_or_else(|| Error::Damaged {
        reason: format!("the checksum of a row of {table} is wrong"),
    })?;
    Ok(row.to_vec())
}

pub(crate) fn create_tables(transaction: &WriteTransaction) -> Result<(), Error> {
    for &name in TABLES {
        transaction.open_table(table(name))?;
    }
    Ok(())
}

pub(crate) fn write(transaction: &WriteTransaction, batch: &WriteBatch) -> Result<(), Error> {
    for changed in batch.tables() {
        let mut table = transaction.open_table(table(changed.name()))?;
        let mut result = Ok(());
        let mut sealed = Vec::new();
        changed.rows(&mut |key, row| {
            if result.is_ok() {
                result = match row {
                    Some(row) => {
                        sealed.clear();
                        sealed.extend_from_slice(row);
                        seal::seal(key, &mut sealed);
                        table.insert(key, sealed.as_slice()).map(drop)
                    }
                    None => table.remove(key).map(drop),
                };
            }
        });
        result?;
    }
    Ok(())
}
