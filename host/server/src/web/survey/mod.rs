//! The survey pages: `GET /s/{token}` shows and never records, `POST /s/{token}` records
//! one answer. They work without JavaScript and without any other request.
//!
//! A token is 256 random bits, so guessing needs no further brake; one wrong token is
//! answered like any other.

mod asked;
mod form;
mod language;
mod page;
mod reply;
mod texts;

#[cfg(test)]
mod tests;

use gardesh_engine::identity::Identity;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::get;
use gardesh_engine::command::RecordResponse;
use gardesh_engine::experience::survey::SurveyDocument;
use gardesh_engine::rejection::RejectionKind;

use crate::app::App;
use crate::driver::{SubmitError, now_ms};
use crate::limits::{FORM_TIME, MAX_FORM_BYTES};
use asked::{Asked, Reader};
use form::Filled;
use texts::PickNotice;

/// Characters of a token: 256 bits in hexadecimal.
const TOKEN_LENGTH: usize = 64;

/// The routes of the survey pages.
pub fn router() -> Router<App> {
    Router::new().route("/s/{token}", get(show).post(answer))
}

/// A path that is not even text is a wrong token like any other.
type Token = Result<Path<String>, PathRejection>;

async fn show(State(app): State<App>, token: Token, uri: Uri, headers: HeaderMap) -> Response {
    let reader = Reader::new(&uri, &headers);
    match look_up(&app, token).await {
        Ok(asked) => asked.page(&reader, now_ms()),
        Err((status, notice)) => reader.notice(status, notice),
    }
}

async fn answer(State(app): State<App>, token: Token, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let reader = Reader::new(&parts.uri, &parts.headers);
    let asked = match look_up(&app, token).await {
        Ok(asked) => asked,
        Err((status, notice)) => return reader.notice(status, notice),
    };
    if !asked.is_open(now_ms()) {
        // Sent late or twice: the page that comes next says so.
        return reply::see_page(&asked.language(&reader, None));
    }
    match read_form(&parts.headers, body).await {
        Ok(filled) => record(&app, &asked, &reader, filled).await,
        Err((status, notice)) => asked.notice(&asked.language(&reader, None), status, notice),
    }
}

/// Records the answers, or shows the form again with all that was entered.
async fn record(app: &App, asked: &Asked, reader: &Reader<'_>, filled: Filled) -> Response {
    let language = asked.language(reader, filled.language.as_deref());
    let answers = filled.answers(&asked.survey);
    if let Err(problems) = asked.survey.check_answers(&answers) {
        return asked.refused(&language, &filled, &problems);
    }
    let command = RecordResponse {
        token: asked.invitation.token.to_string(),
        language: Some(language.to_string()),
        answers,
    };
    match app
        .engine
        .submit(asked.tenant, Some(Identity::Customer), command)
        .await
    {
        Ok(_) => reply::see_page(&language),
        Err(SubmitError::Rejected(rejection)) if is_late(rejection.kind) => {
            reply::see_page(&language)
        }
        Err(_) => asked.not_recorded(&language, &filled),
    }
}

/// Whether the invitation was answered or closed between the look and the command.
fn is_late(kind: RejectionKind) -> bool {
    matches!(
        kind,
        RejectionKind::InvalidState | RejectionKind::NotFound | RejectionKind::AlreadyExists
    )
}

/// What is behind a token, or which notice says that nothing is.
async fn look_up(app: &App, token: Token) -> Result<Asked, (StatusCode, PickNotice)> {
    const UNKNOWN: (StatusCode, PickNotice) = (StatusCode::NOT_FOUND, |texts| &texts.unknown);
    const BUSY: (StatusCode, PickNotice) = (StatusCode::SERVICE_UNAVAILABLE, |texts| &texts.busy);
    let Path(token) = token.map_err(|_| UNKNOWN)?;
    if token.len() != TOKEN_LENGTH {
        return Err(UNKNOWN);
    }
    let rows = app.engine.read(move |state| {
        let (tenant, key) = *state.invitations_by_token.get(&Arc::from(token))?;
        let invitation = state.invitations.get(&(tenant, key))?;
        let survey = state.surveys.get(&(
            tenant,
            Arc::clone(&invitation.survey),
            invitation.survey_version,
        ))?;
        Some((tenant, invitation, Arc::clone(&survey.document)))
    });
    let (tenant, invitation, document) = rows.await.map_err(|_| BUSY)?.ok_or(UNKNOWN)?;
    let survey = SurveyDocument::parse(&document).map_err(|problems| {
        tracing::error!(
            survey = &*invitation.survey,
            ?problems,
            "a stored survey cannot be read"
        );
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            (|texts| &texts.failed) as PickNotice,
        )
    })?;
    Ok(Asked {
        tenant,
        invitation,
        survey,
    })
}

async fn read_form(headers: &HeaderMap, body: Body) -> Result<Filled, (StatusCode, PickNotice)> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, |texts| &texts.failed));
    }
    match tokio::time::timeout(FORM_TIME, to_bytes(body, MAX_FORM_BYTES)).await {
        Ok(Ok(bytes)) => Ok(Filled::read(&bytes)),
        Ok(Err(_)) => Err((StatusCode::PAYLOAD_TOO_LARGE, |texts| &texts.too_large)),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, |texts| &texts.failed)),
    }
}
