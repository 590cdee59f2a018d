//! The way to the read model, which follows the journal: how long a request waits for it, and
//! what it is told when it is behind. One row is always found, because what the read model
//! does not have yet is in the journal; a search says that it may miss the newest, and is
//! refused when that goes on.

use std::cell::Cell;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use gardesh_engine::event::Entry;
use gardesh_engine::key::TenantId;
use gardesh_query::{JournalSource, Projected, ReadModel};
use gardesh_store::Store;

use super::api::{Api, blocking};
use super::problem::{Code, Problem};
use crate::driver::Lag;
use crate::limits::{
    LOOKED_UP_ENTRIES_PER_READ, MAX_BEHIND, READ_ALL_TIME, READ_ONE_TIME, READ_YOUR_WRITES_TIME,
    WELL_BEHIND,
};

/// How far the read model was when a search had to be answered without the newest.
const READ_MODEL_POSITION: HeaderName = HeaderName::from_static("gardesh-read-model-position");

/// How far the journal was then.
const JOURNAL_POSITION: HeaderName = HeaderName::from_static("gardesh-journal-position");

/// For how long the read model had been behind, in milliseconds.
const READ_MODEL_LAG: HeaderName = HeaderName::from_static("gardesh-read-model-lag-ms");

tokio::task_local! {
    /// What the present request was answered without.
    static MISSED: Cell<Option<Missed>>;
}

/// That a search did not see all.
#[derive(Clone, Copy)]
struct Missed {
    read_model: u64,
    journal: u64,
    lag: Duration,
}

/// Writes into a response that the read model was behind when it was asked.
pub async fn say_what_was_missed(request: Request, next: Next) -> Response {
    MISSED
        .scope(Cell::new(None), async {
            let mut response = next.run(request).await;
            if let Some(missed) = MISSED.with(Cell::get) {
                let lag_ms = u64::try_from(missed.lag.as_millis()).unwrap_or(u64::MAX);
                let headers = response.headers_mut();
                headers.insert(READ_MODEL_POSITION, HeaderValue::from(missed.read_model));
                headers.insert(JOURNAL_POSITION, HeaderValue::from(missed.journal));
                headers.insert(READ_MODEL_LAG, HeaderValue::from(lag_ms));
            }
            response
        })
        .await
}

impl Api {
    /// Searches everything that was committed before the request came in, so that a client
    /// finds what it wrote. When the read model is behind, the response says so.
    pub async fn read<T: Send + 'static>(
        &self,
        search: impl FnOnce(&ReadModel) -> Result<T, gardesh_query::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let position = self.app.engine.position();
        if !self.has_come_to(position, READ_YOUR_WRITES_TIME).await {
            self.answer_without_the_newest(position)?;
        }
        self.read_now(search).await
    }

    /// As [`Self::read`], but what was committed is all there, or else it fails: something is
    /// going to be done to what is found.
    pub async fn read_all<T: Send + 'static>(
        &self,
        search: impl FnOnce(&ReadModel) -> Result<T, gardesh_query::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let position = self.app.engine.position();
        if !self.has_come_to(position, READ_ALL_TIME).await {
            return Err(self.is_behind(position, &self.lag()));
        }
        self.read_now(search).await
    }

    /// The row with this key, as of everything that was committed before the request, whether
    /// the read model has come that far or not.
    pub async fn find<R>(&self, tenant: TenantId, key: R::Key) -> Result<Option<R>, Problem>
    where
        R: Projected + Send + 'static,
        R::Key: Send + 'static,
    {
        let position = self.app.engine.position();
        if self.has_come_to(position, READ_ONE_TIME).await {
            return self
                .read_now(move |query| query.get::<R>(tenant, key))
                .await;
        }
        let journal = Journal(Arc::clone(&self.app.store));
        let elements = self.app.engine.elements();
        self.read_now(move |query| {
            query.get_ahead::<R>(tenant, key, position, &journal, &*elements)
        })
        .await
    }

    /// Why the read model is not well, in a sentence; nothing while it is.
    pub fn read_model_trouble(&self) -> Option<String> {
        let lag = self.app.engine.read_model_lag()?;
        (lag.reason.is_some() || lag.time > WELL_BEHIND)
            .then(|| self.how_far_behind(self.app.engine.position(), &lag))
    }

    /// Refuses when searches are.
    pub fn expect_searches(&self) -> Result<(), Problem> {
        let lag = self.lag();
        match lag.time > MAX_BEHIND {
            true => Err(self.is_behind(self.app.engine.position(), &lag)),
            false => Ok(()),
        }
    }

    /// Whether the read model comes to a position of the journal. While it cannot be written
    /// there is nothing to wait for.
    async fn has_come_to(&self, position: u64, time: Duration) -> bool {
        let time = match self.lag().reason {
            Some(_) => Duration::ZERO,
            None => time,
        };
        self.app.query.wait_for(position, time).await
    }

    fn answer_without_the_newest(&self, journal: u64) -> Result<(), Problem> {
        self.expect_searches()?;
        let missed = Missed {
            read_model: self.app.query.position(),
            journal,
            lag: self.lag().time,
        };
        // Nobody is told who is not asked by a request.
        let _ = MISSED.try_with(|told| told.set(Some(missed)));
        Ok(())
    }

    fn lag(&self) -> Lag {
        self.app.engine.read_model_lag().unwrap_or_default()
    }

    fn how_far_behind(&self, journal: u64, lag: &Lag) -> String {
        let reason = match &lag.reason {
            Some(reason) => format!("It cannot be written: {reason}"),
            None => "It is taking in what it does not have.".to_owned(),
        };
        format!(
            "The read model has been behind the journal for {} s (it is at position {} of {journal}). {reason}",
            lag.time.as_secs(),
            self.app.query.position(),
        )
    }

    fn is_behind(&self, journal: u64, lag: &Lag) -> Problem {
        Problem::new(
            Code::ReadModelBehind,
            format!(
                "Expected a read model that has everything that was committed, but it is behind. {} Commands and reads of one thing by its key go on; search again after a pause.",
                self.how_far_behind(journal, lag)
            ),
        )
    }

    async fn read_now<T: Send + 'static>(
        &self,
        search: impl FnOnce(&ReadModel) -> Result<T, gardesh_query::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let _place = self.place_to_read().await?;
        let query = Arc::clone(&self.app.query);
        Ok(blocking(move || search(&query)).await??)
    }
}

/// The store's journal.
struct Journal(Arc<Store>);

impl JournalSource for Journal {
    fn entries(&self, from: u64) -> Result<Vec<Arc<Entry>>, Box<dyn Error + Send + Sync>> {
        Ok(self.0.entries(from, LOOKED_UP_ENTRIES_PER_READ)?)
    }
}
