//! `/v2/element-instances/ad-hoc-activities`: a person chooses what is entered in an ad-hoc
//! subprocess. How the worker that leads one chooses is in `job_result.rs`.

use axum::extract::State;
use axum::http::StatusCode;
use gardesh_engine::command::ActivateAdHoc;
use gardesh_engine::key::ElementInstanceKey;
use gardesh_engine::variables::Document;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::element_instances::case_of;
use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::extract::{Json, PathKey, check_name};
use crate::http::problem::Problem;
use crate::http::wire::variables;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivationRequest {
    elements: Vec<Choice>,
    cancel_remaining_instances: Option<bool>,
}

/// An element to enter.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    element_id: String,
    variables: Option<Box<RawValue>>,
}

impl Choice {
    /// The element's id and the variables that it begins with.
    pub fn read(self) -> Result<(String, Document), Problem> {
        check_name("element", &self.element_id)?;
        Ok((self.element_id, variables(self.variables.as_deref())?))
    }
}

/// `POST /v2/element-instances/ad-hoc-activities/{key}/activation`.
pub async fn activate(
    State(api): State<Api>,
    caller: Caller,
    PathKey(element): PathKey<ElementInstanceKey>,
    Json(request): Json<ActivationRequest>,
) -> Result<StatusCode, Problem> {
    let elements = request.elements.into_iter().map(Choice::read);
    let command = ActivateAdHoc {
        elements: elements.collect::<Result<_, _>>()?,
        cancel_remaining: request.cancel_remaining_instances.unwrap_or(false),
        instance: case_of(&api, &caller, element).await?,
        element,
    };
    api.submit(&caller, command).await?;
    Ok(StatusCode::NO_CONTENT)
}
