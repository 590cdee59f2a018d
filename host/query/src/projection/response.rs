//! Customers' responses, and their answers one by one for the statistics.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_engine::entities::experience::{Response as ResponseRow, ScoredAnswer};
use gardesh_engine::key::*;
use serde::{Deserialize, Serialize};

use super::invitation::InvitationState;
use super::{Context, Projection};
use crate::error::Error;
use crate::row::{json_column, names, row};
use crate::search::{Condition, Instant, Key, Searchable, filter};

names! {
    /// The kind of question that an answer answers.
    pub enum QuestionKind {
        /// 0 to 10: how likely to recommend.
        Nps = "nps",
        /// 1 to 5: how satisfied.
        Csat = "csat",
        /// 1 to 7: how easy.
        Ces = "ces",
        /// Free text.
        Text = "text",
    }
}

row! {
    /// A customer's response to an invitation.
    pub struct Response in "responses" {
        /// Its key.
        response_key: ResponseKey,
        /// The invitation that it answers.
        invitation_key: InvitationKey,
        /// The survey.
        survey_id: Arc<str>,
        /// The version that was shown.
        survey_version: u32,
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The process of that case.
        process_definition_id: Arc<str>,
        /// The language that the page was shown in.
        language: Arc<str>,
        /// The answers by question id.
        answers: Answers,
        /// When.
        submitted_at_ms: u64,
    }
    key: [response_key],
    changes: [],
    indexes: ["tenant, process_instance_key", "tenant, survey_id, submitted_at_ms"],
}

/// Answers by question id.
pub type Answers = BTreeMap<Arc<str>, AnswerGiven>;

/// One answer with the kind of question: a score or a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerGiven {
    /// The kind of question.
    #[serde(rename = "type")]
    pub kind: QuestionKind,
    /// A place on the question's scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Arc<str>>,
}

impl From<&ScoredAnswer> for AnswerGiven {
    fn from(answer: &ScoredAnswer) -> Self {
        let score = |kind, score| Self {
            kind,
            score: Some(score),
            text: None,
        };
        match answer {
            ScoredAnswer::Nps(value) => score(QuestionKind::Nps, *value),
            ScoredAnswer::Csat(value) => score(QuestionKind::Csat, *value),
            ScoredAnswer::Ces(value) => score(QuestionKind::Ces, *value),
            ScoredAnswer::Text(text) => Self {
                kind: QuestionKind::Text,
                score: None,
                text: Some(Arc::clone(text)),
            },
        }
    }
}

json_column!(Answers);

filter! {
    /// What to look for in responses.
    pub struct ResponseFilter {
        response_key: Condition<Key> => "response_key",
        invitation_key: Condition<Key> => "invitation_key",
        survey_id: Condition<String> => "survey_id",
        survey_version: Condition<i64> => "survey_version",
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_id: Condition<String> => "process_definition_id",
        language: Condition<String> => "language",
        submitted_at: Condition<Instant> => "submitted_at_ms",
    }
}

impl Searchable for Response {
    type Filter = ResponseFilter;
    const NOT_SORTED: &'static [&'static str] = &["answers"];

    fn fit(&mut self, _shorten: bool) -> usize {
        self.answers
            .values()
            .filter_map(|answer| answer.text.as_ref())
            .map(|text| text.len())
            .sum()
    }
}

row! {
    /// One answer on a scale, with what statistics select by.
    pub struct Score in "scores" {
        /// The response that it belongs to.
        response_key: ResponseKey,
        /// The question.
        question_id: Arc<str>,
        /// The kind of question.
        kind: QuestionKind,
        /// The place on its scale.
        score: u8,
        /// The survey.
        survey_id: Arc<str>,
        /// The process of the case.
        process_definition_id: Arc<str>,
        /// When.
        submitted_at_ms: u64,
    }
    key: [response_key, question_id],
    changes: [],
    indexes: ["tenant, survey_id, submitted_at_ms", "tenant, submitted_at_ms"],
}

impl Projection {
    pub(super) fn response_recorded(
        &mut self,
        cx: &Context<'_>,
        response: &ResponseRow,
    ) -> Result<(), Error> {
        let invitation = self.invitations.change(cx, response.invitation)?;
        invitation.state = InvitationState::Answered;
        invitation.answered_at_ms = Some(response.at_ms);
        let answers: Answers = response
            .answers
            .iter()
            .map(|(id, answer)| (Arc::clone(id), answer.into()))
            .collect();
        for (question_id, answer) in &answers {
            let Some(score) = answer.score else { continue };
            let row = Score {
                response_key: response.key,
                question_id: Arc::clone(question_id),
                kind: answer.kind,
                score,
                survey_id: Arc::clone(&response.survey),
                process_definition_id: Arc::clone(&response.process_id),
                submitted_at_ms: response.at_ms,
            };
            self.scores.add(cx.tenant, row);
        }
        let row = Response {
            response_key: response.key,
            invitation_key: response.invitation,
            survey_id: Arc::clone(&response.survey),
            survey_version: response.survey_version,
            process_instance_key: response.instance,
            process_definition_id: Arc::clone(&response.process_id),
            language: Arc::clone(&response.language),
            answers,
            submitted_at_ms: response.at_ms,
        };
        self.responses.add(cx.tenant, row);
        Ok(())
    }
}
