//! `/v1/process-instances/{key}/history`: what the journal says of a case, event by event.
//! How one event looks is in `event_view.rs`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use gardesh_engine::event::{Entry, Event, ProcessInstanceEvent};
use gardesh_engine::key::{ProcessInstanceKey, TenantId};
use gardesh_store::Store;
use serde::Deserialize;

use super::event_view::{EventView, Narrator};
use crate::http::api::{self, Api};
use crate::http::caller::Caller;
use crate::http::extract::{PathKey, Query};
use crate::http::problem::Problem;
use crate::http::search::{Listing, PageView};
use crate::limits::{
    DEFAULT_PAGE_EVENTS, HISTORY_ENTRIES_PER_READ, MAX_HISTORY_ENTRIES, MAX_PAGE_EVENTS,
};

#[derive(Default, Deserialize)]
pub struct HistoryQuery {
    /// Only events after this position of the journal.
    after: Option<u64>,
    limit: Option<usize>,
}

impl HistoryQuery {
    fn limit(&self) -> Result<usize, Problem> {
        match self.limit.unwrap_or(DEFAULT_PAGE_EVENTS) {
            limit @ 1..=MAX_PAGE_EVENTS => Ok(limit),
            limit => Err(Problem::invalid(format!(
                "Expected a limit of 1 to {MAX_PAGE_EVENTS}, but got {limit}."
            ))),
        }
    }
}

/// `GET /v1/process-instances/{key}/history`.
pub async fn history(
    State(api): State<Api>,
    caller: Caller,
    PathKey(instance): PathKey<ProcessInstanceKey>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Listing<EventView>>, Problem> {
    let tenant = caller.tenant.id;
    let limit = query.limit()?;
    let first = read(&api, tenant, instance, 0, 1).await?;
    let definition = first
        .iter()
        .flat_map(|entry| &entry.events)
        .find_map(|event| match event {
            Event::ProcessInstance(ProcessInstanceEvent::Created {
                instance: created,
                definition,
                ..
            }) if *created == instance => Some(*definition),
            _ => None,
        });
    let definition = definition.ok_or_else(|| Problem::not_found("process instance", instance))?;
    let definition = api.definition(tenant, definition)?;
    let catalog = api.clone();
    let definitions = Box::new(move |key| catalog.definition(tenant, key));
    let narrator = Narrator::new(definition, definitions);
    let mut page = HistoryPage::new(instance, narrator, query.after.unwrap_or(0), limit);
    let mut position = 0;
    let mut entries_read = 0;
    while !page.full && entries_read < MAX_HISTORY_ENTRIES {
        let entries = read(&api, tenant, instance, position, HISTORY_ENTRIES_PER_READ).await?;
        let Some(last) = entries.last() else {
            return Ok(Json(page.finish(false)));
        };
        position = last.position;
        entries_read += entries
            .iter()
            .filter(|entry| entry.position > page.after)
            .count();
        for entry in &entries {
            page.add(entry)?;
        }
    }
    Ok(Json(page.finish(true)))
}

async fn read(
    api: &Api,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    after: u64,
    limit: usize,
) -> Result<Vec<Arc<Entry>>, Problem> {
    let store: Arc<Store> = Arc::clone(&api.app.store);
    api::blocking(move || store.entries_of(tenant, instance, after, limit))
        .await?
        .map_err(Problem::internal)
}

/// The events of one page. Entries before it are read too, because later events name
/// elements by keys that earlier ones introduce.
struct HistoryPage {
    instance: ProcessInstanceKey,
    narrator: Narrator,
    after: u64,
    limit: usize,
    items: Vec<EventView>,
    last: u64,
    full: bool,
}

impl HistoryPage {
    fn new(instance: ProcessInstanceKey, narrator: Narrator, after: u64, limit: usize) -> Self {
        Self {
            instance,
            narrator,
            after,
            limit,
            items: Vec::new(),
            last: after,
            full: false,
        }
    }

    /// Adds the entry's events. Entries are not divided between pages, so that a position
    /// is enough to go on from.
    fn add(&mut self, entry: &Entry) -> Result<(), Problem> {
        if self.full {
            return Ok(());
        }
        let mut views = Vec::new();
        for event in entry
            .events
            .iter()
            .filter(|event| event.instance() == Some(self.instance))
        {
            views.push(self.narrator.tell(entry, event)?);
        }
        if entry.position <= self.after {
            return Ok(());
        }
        self.full = !self.items.is_empty() && self.items.len() + views.len() > self.limit;
        if !self.full {
            self.items.append(&mut views);
            self.last = entry.position;
        }
        Ok(())
    }

    fn finish(self, more: bool) -> Listing<EventView> {
        let page = PageView {
            total_items: self.items.len() as u64,
            has_more_total_items: more,
            start_cursor: None,
            end_cursor: Some(self.last.to_string()),
        };
        Listing {
            items: self.items,
            page,
        }
    }
}
