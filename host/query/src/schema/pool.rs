//! A small pool of read connections. In WAL mode they see the last commit and neither wait
//! for the projection nor hold it up.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::connection::{Budget, open_reader};
use crate::error::Error;
use crate::limits::MAX_READERS;

/// See the module's text.
pub(crate) struct Pool {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<(Connection, Budget)>,
    /// Connections that exist, in use or idle.
    open: usize,
    /// Counts the files that there have been under this path.
    generation: u64,
}

impl Pool {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// A connection; waits while all are in use, which their budgets keep short.
    pub(crate) fn get(&self) -> Result<Reader<'_>, Error> {
        let mut state = self.lock();
        while state.idle.is_empty() && state.open >= MAX_READERS {
            state = self
                .returned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let generation = state.generation;
        if let Some((connection, budget)) = state.idle.pop() {
            return Ok(Reader {
                connection: Some(connection),
                budget,
                generation,
                pool: self,
            });
        }
        state.open += 1;
        drop(state);
        match open_reader(&self.path) {
            Ok((connection, budget)) => Ok(Reader {
                connection: Some(connection),
                budget,
                generation,
                pool: self,
            }),
            Err(error) => {
                self.lock().open -= 1;
                self.returned.notify_one();
                Err(error)
            }
        }
    }

    /// Forgets the connections to a file that was replaced. Those in use are closed when
    /// they come back.
    pub(crate) fn replace_file(&self) {
        let mut state = self.lock();
        state.generation += 1;
        state.open -= state.idle.len();
        state.idle.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection on loan.
pub(crate) struct Reader<'a> {
    connection: Option<Connection>,
    /// What the search may do.
    pub(crate) budget: Budget,
    generation: u64,
    pool: &'a Pool,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        // It is only taken out when the loan ends.
        self.connection
            .as_ref()
            .expect("a reader on loan has its connection")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        match self.connection.take() {
            Some(connection) if self.generation == state.generation => {
                state.idle.push((connection, self.budget.clone()));
            }
            _ => state.open -= 1,
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}
