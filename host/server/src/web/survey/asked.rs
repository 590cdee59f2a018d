//! What a customer sees of an invitation, depending on its state, the time and the
//! reader's language. Where the invitation comes from and where answers go is the
//! parent's.

use std::sync::Arc;

use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use gardesh_engine::entities::experience::{Invitation, InvitationState};
use gardesh_engine::experience::survey::{AnswerProblem, SurveyDocument};
use gardesh_engine::key::TenantId;

use super::form::Filled;
use super::language::{Wishes, find, negotiate};
use super::page::{FormPage, Frame, NoticePage};
use super::reply::html;
use super::texts::{PickNotice, Texts};

/// Who looks: what the request says of the language that they read.
pub struct Reader<'a> {
    uri: &'a Uri,
    accepted: Option<&'a str>,
}

impl<'a> Reader<'a> {
    /// The sender of a request.
    pub fn new(uri: &'a Uri, headers: &'a HeaderMap) -> Self {
        Self {
            uri,
            accepted: headers
                .get(ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok()),
        }
    }

    /// The `lang` of the query.
    fn chosen(&self) -> Option<String> {
        let query = self.uri.query().unwrap_or_default().as_bytes();
        form_urlencoded::parse(query)
            .find(|(name, _)| name == "lang")
            .map(|(_, value)| value.into_owned())
    }

    /// A notice to somebody of whom nothing else is known.
    pub fn notice(&self, status: StatusCode, notice: PickNotice) -> Response {
        let offered: Vec<Arc<str>> = Texts::tags().map(Arc::from).collect();
        let chosen = self.chosen();
        let wishes = Wishes {
            chosen: chosen.as_deref(),
            known: None,
            accepted: self.accepted,
        };
        let language = negotiate(&wishes, &offered);
        html(
            status,
            &language,
            &NoticePage::new(Frame::new(&language, &offered), notice),
        )
    }
}

/// An invitation together with what it invites to.
pub struct Asked {
    /// Whose it is.
    pub tenant: TenantId,
    /// The invitation.
    pub invitation: Arc<Invitation>,
    /// The version of the survey that it is for.
    pub survey: SurveyDocument,
}

impl Asked {
    /// Whether it can be answered now.
    pub fn is_open(&self, now_ms: u64) -> bool {
        self.invitation.state == InvitationState::Open && now_ms < self.invitation.expires_at_ms
    }

    /// The language of the page: that of the form which was filled in, else as the reader
    /// wishes.
    pub fn language(&self, reader: &Reader<'_>, of_form: Option<&str>) -> Arc<str> {
        let offered = self.survey.languages();
        let of_form = of_form.and_then(|tag| find(tag, &offered));
        let chosen = reader.chosen();
        let wishes = Wishes {
            chosen: chosen.as_deref(),
            known: self.invitation.language.as_deref(),
            accepted: reader.accepted,
        };
        of_form
            .cloned()
            .unwrap_or_else(|| negotiate(&wishes, &offered))
    }

    /// The page as it is now.
    pub fn page(&self, reader: &Reader<'_>, now_ms: u64) -> Response {
        let language = self.language(reader, None);
        match self.invitation.state {
            InvitationState::Answered => html(
                StatusCode::OK,
                &language,
                &NoticePage::thanks(&self.survey, self.frame(&language)),
            ),
            _ if now_ms >= self.invitation.expires_at_ms => {
                self.notice(&language, StatusCode::GONE, |texts| &texts.expired)
            }
            InvitationState::Scheduled => {
                self.notice(&language, StatusCode::OK, |texts| &texts.early)
            }
            InvitationState::Open => html(
                StatusCode::OK,
                &language,
                &self.form(&language, &Filled::default(), &[]),
            ),
        }
    }

    /// A notice in the customer's language.
    pub fn notice(&self, language: &Arc<str>, status: StatusCode, notice: PickNotice) -> Response {
        html(
            status,
            language,
            &NoticePage::new(self.frame(language), notice),
        )
    }

    /// The form with what was entered and what is wrong with it.
    pub fn refused(
        &self,
        language: &Arc<str>,
        filled: &Filled,
        problems: &[AnswerProblem],
    ) -> Response {
        html(
            StatusCode::UNPROCESSABLE_ENTITY,
            language,
            &self.form(language, filled, problems),
        )
    }

    /// The form with what was entered, because the server cannot record it now.
    pub fn not_recorded(&self, language: &Arc<str>, filled: &Filled) -> Response {
        html(
            StatusCode::SERVICE_UNAVAILABLE,
            language,
            &self.form(language, filled, &[]).not_recorded(),
        )
    }

    fn form<'a>(
        &'a self,
        language: &Arc<str>,
        filled: &'a Filled,
        problems: &[AnswerProblem],
    ) -> FormPage<'a> {
        FormPage::new(&self.survey, self.frame(language), filled, problems)
    }

    fn frame(&self, language: &Arc<str>) -> Frame {
        Frame::new(language, &self.survey.languages())
    }
}
