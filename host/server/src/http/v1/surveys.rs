//! `/v1/surveys`: what customers are asked. The rules of a survey document are the
//! engine's; how a customer sees it is in `web`.

use std::sync::Arc;

use axum::Json as JsonBody;
use axum::extract::State;
use gardesh_engine::command::{SaveSurvey, SurveySaved};
use gardesh_engine::entities::experience::SurveyRow;
use gardesh_engine::key::TenantId;
use gardesh_engine::state::State as EngineState;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::{Json, PathText, check_name, parse};
use crate::http::problem::{Code, Problem};
use crate::http::search::Listing;
use crate::http::wire::{iso, raw_json};
use crate::limits::MAX_LISTED_SURVEYS;

#[derive(Serialize)]
pub struct SavedView {
    id: String,
    version: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SurveyView {
    id: String,
    version: u32,
    saved_at: String,
    /// By language, as the document has it.
    title: Option<Box<RawValue>>,
    document: Box<RawValue>,
}

/// What of the document matters here.
#[derive(Deserialize)]
struct Headline {
    id: Option<String>,
    title: Option<Box<RawValue>>,
}

/// `POST /v1/surveys`: the version stays when the document is that of the latest one.
pub async fn save(
    State(api): State<Api>,
    caller: Caller,
    Json(document): Json<Box<RawValue>>,
) -> Result<JsonBody<SavedView>, Problem> {
    let document = document.get().to_owned();
    let id = parse::<Headline>(document.as_bytes())?.id;
    let SurveySaved { version } = api.submit(&caller, SaveSurvey { document }).await?;
    Ok(JsonBody(SavedView {
        id: id.unwrap_or_default(),
        version,
    }))
}

/// `GET /v1/surveys`: each in its latest version.
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
) -> Result<JsonBody<Listing<SurveyView>>, Problem> {
    let rows = api
        .state(move |state| all_surveys(state, caller.tenant.id))
        .await?;
    let items = rows.iter().map(|row| view(row)).collect::<Result<_, _>>()?;
    Ok(JsonBody(Listing::whole(items)))
}

/// `GET /v1/surveys/{id}`: the latest version.
pub async fn get(
    State(api): State<Api>,
    caller: Caller,
    PathText(id): PathText,
) -> Result<JsonBody<SurveyView>, Problem> {
    let name = check_name("survey", &id)?;
    let row = api
        .state(move |state| latest(state, caller.tenant.id, &name))
        .await?;
    let row = row.ok_or_else(|| {
        Problem::new(
            Code::ResourceNotFound,
            format!("Expected a survey named '{id}', but there is none."),
        )
    })?;
    view(&row).map(JsonBody)
}

fn latest(state: &EngineState, tenant: TenantId, id: &Arc<str>) -> Option<Arc<SurveyRow>> {
    let version = state.latest_surveys.get(&(tenant, Arc::clone(id)))?;
    state.surveys.get(&(tenant, Arc::clone(id), *version))
}

fn all_surveys(state: &EngineState, tenant: TenantId) -> Vec<Arc<SurveyRow>> {
    let names = state
        .latest_surveys
        .first_under(tenant, MAX_LISTED_SURVEYS)
        .into_iter()
        .map(|((_, id), _)| id);
    names.filter_map(|id| latest(state, tenant, &id)).collect()
}

fn view(row: &SurveyRow) -> Result<SurveyView, Problem> {
    let headline: Headline = serde_json::from_str(&row.document).map_err(Problem::internal)?;
    Ok(SurveyView {
        id: row.id.to_string(),
        version: row.version,
        saved_at: iso(row.saved_at_ms),
        title: headline.title,
        document: raw_json(row.document.to_string())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survey_is_shown_as_it_came() {
        let document = r#"{"id":"s","title":{"en":"How was it?","fa":"چطور بود؟"},"questions":[]}"#;
        let row = SurveyRow {
            id: "s".into(),
            version: 2,
            document: document.into(),
            saved_at_ms: 0,
        };
        let json = serde_json::to_string(&view(&row).unwrap()).unwrap();
        let expected = format!(
            r#"{{"id":"s","version":2,"savedAt":"1970-01-01T00:00:00.000Z","title":{{"en":"How was it?","fa":"چطور بود؟"}},"document":{document}}}"#
        );
        assert_eq!(json, expected);
    }
}
