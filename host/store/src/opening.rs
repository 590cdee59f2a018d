//! Opening a store: what is checked before anybody trusts it, and what happens when it does not
//! hold what it should. Damage is refused; what is lost is never passed over in silence.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use redb::{Database, StorageBackend};

use crate::error::guarded;
use crate::file::{Found, look, open_private};
use crate::format::{FORMAT, MIGRATIONS};
use crate::limits::{MAX_CHECKED_BYTES, PAGE_CACHE_BYTES};
use crate::mark::{self, Mark};
use crate::{Error, Store, blobs, erase, format, journal, rows};

/// How to open a store.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Files up to this size are looked through, page by page. Those that were not closed in
    /// order are in any case.
    pub max_checked_bytes: u64,
    /// An entry that was acknowledged, as far as others know: the journal goes up to it.
    pub expected: u64,
    /// Go on although entries are lost, and forget that there were any.
    pub accept_loss: bool,
}

/// What was lost, and accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The last entry that is left, 0 for none.
    pub position: u64,
    /// The last entry that was acknowledged.
    pub expected: u64,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            max_checked_bytes: MAX_CHECKED_BYTES,
            expected: 0,
            accept_loss: false,
        }
    }
}

impl Opening {
    /// Looks through the whole file, however large it is.
    pub fn checking_all() -> Self {
        Self {
            max_checked_bytes: u64::MAX,
            ..Self::default()
        }
    }

    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// As [`Store::open`]; [`Error::Lost`] and [`Error::Missing`] unless that is accepted.
    pub fn open(&self, path: &Path) -> Result<(Store, Option<Loss>), Error> {
        let found = look(path)?;
        let expected = self.expected.max(mark::read(path)?);
        if matches!(found, Found::Nothing) && expected > 0 && !self.accept_loss {
            return Err(Error::Missing { expected });
        }
        drop(open_private(path)?);
        let database = guarded(|| self.database(path, &found))?;
        let store = guarded(|| Store::over(database, Some(Mark::open(path)?)))?;
        let position = match store.expect(expected) {
            Err(Error::Lost { position, .. }) if self.accept_loss => position,
            Err(error) => return Err(error),
            Ok(()) => store.position()?,
        };
        if let Some(mark) = &store.mark {
            mark.set(position)?;
            mark.sync()?;
        }
        let loss = (position < expected).then_some(Loss { position, expected });
        Ok((store, loss))
    }

    fn database(&self, path: &Path, found: &Found) -> Result<Database, Error> {
        let check = matches!(found, Found::Store { bytes } if *bytes <= self.max_checked_bytes);
        let went_back = Rc::new(Cell::new(false));
        let mut builder = builder();
        builder.set_check_integrity_on_open(check);
        let told = Rc::clone(&went_back);
        // redb tells of a repair as it begins, when the newest commit turns out not to be
        // whole, and then of two more steps.
        builder.set_repair_callback(move |repair| {
            told.set(told.get() || (repair.progress() - WENT_BACK).abs() < f64::EPSILON);
        });
        let database = builder.create(path)?;
        if went_back.get() {
            tracing::warn!(
                file = %path.display(),
                "the newest commit of the store was not whole, as after a crash in the middle of it; the one before it is used"
            );
        }
        prepare(&database)?;
        Ok(database)
    }
}

/// What redb says of a repair's progress when it goes back to the commit before.
const WENT_BACK: f64 = 0.3;

/// Opens or makes a store on something that is not a file. All of it is looked through.
pub(crate) fn on(backend: impl StorageBackend) -> Result<Database, Error> {
    let mut builder = builder();
    builder.set_check_integrity_on_open(true);
    let database = builder.create_with_backend(backend)?;
    prepare(&database)?;
    Ok(database)
}

/// Opens or makes the file at a path, for whoever works on the file as a whole.
pub(crate) fn whole(path: &Path) -> Result<Database, Error> {
    let found = look(path)?;
    guarded(|| Opening::checking_all().database(path, &found))
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(PAGE_CACHE_BYTES);
    builder
}

/// Makes all tables of a new file, and brings an old one up to date.
fn prepare(database: &Database) -> Result<(), Error> {
    let transaction = database.begin_write()?;
    format::bring_to(FORMAT, MIGRATIONS, &transaction)?;
    rows::create_tables(&transaction)?;
    journal::create_tables(&transaction)?;
    erase::create_table(&transaction)?;
    blobs::create_table(&transaction)?;
    transaction.commit()?;
    Ok(())
}
