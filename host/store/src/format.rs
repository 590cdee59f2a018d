//! The format of the file: its version is stored in it, and a file of an older version is
//! brought up to date when it is opened, all in one transaction or not at all.

use redb::{ReadableTable, TableDefinition, TableHandle, WriteTransaction};

use crate::Error;

/// The version that this program writes and reads.
pub(crate) const FORMAT: u64 = 4;

/// How older files come to it, step by step; those before 4 were never released. Once released,
/// a migration stays as it is. It names tables and layouts itself: those of the program go on
/// changing.
pub(crate) const MIGRATIONS: &[Migration] = &[];

/// One step from a version to a later one.
pub(crate) struct Migration {
    pub from: u64,
    pub to: u64,
    pub run: fn(&WriteTransaction) -> Result<(), Error>,
}

/// Facts about the file itself, by name.
const META: TableDefinition<'static, &str, u64> = TableDefinition::new("meta");

/// The name of the version.
const VERSION: &str = "format";

/// Brings a file to a version. The caller commits, or drops the transaction on an error, and
/// then the file is as it was.
pub(crate) fn bring_to(
    version: u64,
    migrations: &[Migration],
    transaction: &WriteTransaction,
) -> Result<(), Error> {
    let Some(found) = stored(transaction)? else {
        return store(transaction, version);
    };
    let mut present = found;
    while present != version {
        let step = migrations
            .iter()
            .find(|step| step.from == present && step.to > present && step.to <= version)
            .ok_or(Error::Format {
                expected: version,
                found,
            })?;
        (step.run)(transaction)?;
        present = step.to;
    }
    // The version comes last: what is written under it is complete.
    if found != version {
        store(transaction, version)?;
    }
    Ok(())
}

/// The version of a file, none for a new one.
fn stored(transaction: &WriteTransaction) -> Result<Option<u64>, Error> {
    if transaction.list_tables()?.next().is_none() {
        return Ok(None);
    }
    let is_ours = transaction
        .list_tables()?
        .any(|table| table.name() == "meta");
    if !is_ours {
        return Err(Error::Foreign);
    }
    let meta = transaction.open_table(META)?;
    let version = meta.get(VERSION)?.map(|version| version.value());
    version.ok_or(Error::Foreign).map(Some)
}

fn store(transaction: &WriteTransaction, version: u64) -> Result<(), Error> {
    transaction.open_table(META)?.insert(VERSION, version)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use redb::{Database, ReadableDatabase};

    use super::*;
    use crate::Store;

    const OLD: TableDefinition<'static, u64, &str> = TableDefinition::new("old");
    const NEW: TableDefinition<'static, u64, &str> = TableDefinition::new("new");

    fn move_rows(transaction: &WriteTransaction) -> Result<(), Error> {
        let mut new = transaction.open_table(NEW)?;
        for row in transaction.open_table(OLD)?.iter()? {
            let (key, row) = row?;
            new.insert(key.value() + 10, row.value())?;
        }
        Ok(())
    }

    fn drop_old(transaction: &WriteTransaction) -> Result<(), Error> {
        transaction.delete_table(OLD)?;
        Ok(())
    }

    fn fail_half_way(transaction: &WriteTransaction) -> Result<(), Error> {
        drop_old(transaction)?;
        Err(Error::Foreign)
    }

    fn step(from: u64, to: u64, run: fn(&WriteTransaction) -> Result<(), Error>) -> Migration {
        Migration { from, to, run }
    }

    /// A file of version 1 with one row, and a transaction that brings it to a version.
    fn bring(path: &Path, version: u64, migrations: &[Migration]) -> (Database, Result<(), Error>) {
        let database = Database::create(path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(OLD).unwrap().insert(1, "a").unwrap();
        store(&transaction, 1).unwrap();
        transaction.commit().unwrap();

        let transaction = database.begin_write().unwrap();
        let result = bring_to(version, migrations, &transaction);
        match &result {
            Ok(()) => transaction.commit().unwrap(),
            Err(_) => drop(transaction),
        }
        (database, result)
    }

    fn tables(database: &Database) -> Vec<String> {
        let transaction = database.begin_read().unwrap();
        let tables = transaction.list_tables().unwrap();
        tables.map(|table| table.name().to_owned()).collect()
    }

    fn version(database: &Database) -> u64 {
        let transaction = database.begin_read().unwrap();
        let meta = transaction.open_table(META).unwrap();
        let version = meta.get(VERSION).unwrap().unwrap();
        version.value()
    }

    #[test]
    fn an_old_file_goes_through_every_step() {
        let folder = tempfile::tempdir().unwrap();
        let migrations = [step(2, 4, drop_old), step(1, 2, move_rows)];
        let (database, result) = bring(&folder.path().join("f"), 4, &migrations);
        result.unwrap();
        assert_eq!(tables(&database), ["meta", "new"]);
        assert_eq!(version(&database), 4);
        let new = database.begin_read().unwrap().open_table(NEW).unwrap();
        assert_eq!(new.get(11).unwrap().unwrap().value(), "a");
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let migrations = [step(1, 2, move_rows), step(2, 3, fail_half_way)];
        let (database, result) = bring(&path, 3, &migrations);
        assert!(matches!(result, Err(Error::Foreign)), "{result:?}");
        drop(database);
        let database = Database::open(&path).unwrap();
        assert_eq!(tables(&database), ["meta", "old"]);
        assert_eq!(version(&database), 1);
        let old = database.begin_read().unwrap().open_table(OLD).unwrap();
        assert_eq!(old.get(1).unwrap().unwrap().value(), "a");
    }

    #[test]
    fn a_version_without_a_way_to_ours_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for (number, (version, migrations)) in [
            (0, vec![]),
            (3, vec![]),
            (3, vec![step(1, 2, drop_old)]),
            (3, vec![step(1, 9, drop_old)]),
            (3, vec![step(1, 1, drop_old)]),
        ]
        .into_iter()
        .enumerate()
        {
            let path = folder.path().join(number.to_string());
            let (database, result) = bring(&path, version, &migrations);
            let message = result.unwrap_err().to_string();
            assert!(
                message.contains(&format!("format {version}")) && message.contains("format 1"),
                "{message}"
            );
            assert_eq!(tables(&database), ["meta", "old"]);
        }
    }

    #[test]
    fn a_file_of_another_program_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let database = Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(OLD).unwrap().insert(1, "a").unwrap();
        transaction.commit().unwrap();
        drop(database);
        assert!(matches!(Store::open(&path), Err(Error::Foreign)));
        assert_eq!(tables(&Database::open(&path).unwrap()), ["old"]);
    }

    /// Version 3 was written by builds that were never released.
    #[test]
    fn a_store_of_another_version_is_refused_and_left_alone() {
        for other in [FORMAT + 1, 3] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("f");
            drop(Store::open(&path).unwrap());
            let database = Database::open(&path).unwrap();
            let transaction = database.begin_write().unwrap();
            store(&transaction, other).unwrap();
            transaction.commit().unwrap();
            drop(database);
            let refused = Store::open(&path).map(drop).unwrap_err();
            assert!(
                matches!(refused, Error::Format { expected: FORMAT, found } if found == other),
                "{refused}"
            );
            assert_eq!(version(&Database::open(&path).unwrap()), other);
        }
    }
}
