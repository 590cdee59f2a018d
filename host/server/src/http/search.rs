//! Searches and lists: from a request to the read model and back as `items` with their
//! `page`. What can be searched for, and how, is the read model's business.

use gardesh_engine::key::TenantId;
use gardesh_query::{Page, ReadModel, Search, Searchable};
use serde::Serialize;

use super::api::Api;
use super::problem::Problem;

/// A list in a response.
#[derive(Debug, Serialize)]
pub struct Listing<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Where they are among all.
    pub page: PageView,
}

/// Where a page is in the whole.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PageView {
    /// Items on all pages, as far as they were counted.
    pub total_items: u64,
    /// Whether there are more than were counted.
    pub has_more_total_items: bool,
    /// For the page before this one.
    pub start_cursor: Option<String>,
    /// For the page after this one.
    pub end_cursor: Option<String>,
}

impl<T> Listing<T> {
    /// A list that is not divided into pages.
    pub fn whole(items: Vec<T>) -> Self {
        let page = PageView {
            total_items: items.len() as u64,
            has_more_total_items: false,
            start_cursor: None,
            end_cursor: None,
        };
        Self { items, page }
    }

    /// A page of rows, each as the API shows it.
    pub fn of<R>(page: Page<R>, view: impl FnMut(R) -> T) -> Self {
        Self {
            page: PageView {
                total_items: page.total_items,
                has_more_total_items: page.has_more_total_items,
                start_cursor: page.start_cursor,
                end_cursor: page.end_cursor,
            },
            items: page.items.into_iter().map(view).collect(),
        }
    }
}

impl Api {
    /// Carries out a search over everything that was committed before it came in.
    pub async fn search<R, T>(
        &self,
        tenant: TenantId,
        search: Search<R>,
        view: impl FnMut(R) -> T,
    ) -> Result<Listing<T>, Problem>
    where
        R: Searchable + Send + 'static,
        R::Filter: Send,
    {
        let page = self
            .read(move |query: &ReadModel| query.search(tenant, &search))
            .await?;
        Ok(Listing::of(page, view))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_look_as_in_camunda() {
        let page = Page {
            items: vec![1, 2],
            total_items: 7,
            has_more_total_items: false,
            start_cursor: Some("a".into()),
            end_cursor: None,
        };
        let json = serde_json::to_value(Listing::of(page, |n| n.to_string())).unwrap();
        let expected = serde_json::json!({
            "items": ["1", "2"],
            "page": {"totalItems": 7, "hasMoreTotalItems": false, "startCursor": "a", "endCursor": null},
        });
        assert_eq!(json, expected);
    }
}
