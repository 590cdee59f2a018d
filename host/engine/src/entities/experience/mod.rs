//! What is stored of customer experience: surveys, trigger firings, invitations, answers.

pub(in crate::entities) mod apply;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;

/// One version of a survey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyRow {
    /// The survey's id, as triggers name it.
    pub id: Arc<str>,
    /// 1 for the first version, one more for each changed one.
    pub version: u32,
    /// The document, see [`crate::experience::survey`].
    pub document: Arc<str>,
    /// When it was stored, journal time.
    pub saved_at_ms: u64,
}

/// An invitation to answer a survey: at most one per case and survey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its key.
    pub key: InvitationKey,
    /// The secret part of its link: 256 random bits in hexadecimal.
    pub token: Arc<str>,
    /// The survey.
    pub survey: Arc<str>,
    /// The survey's version when the customer was chosen; the page shows this one.
    pub survey_version: u32,
    /// The case it is about.
    pub instance: ProcessInstanceKey,
    /// The process of that case.
    pub process_id: Arc<str>,
    /// Who decided.
    pub trigger: Arc<str>,
    /// In which version.
    pub trigger_version: Arc<str>,
    /// The company's id of the customer.
    pub customer: Option<Arc<str>>,
    /// The customer's language, a BCP 47 tag.
    pub language: Option<Arc<str>>,
    /// How the link reaches the customer.
    pub channel: Arc<str>,
    /// Where it is.
    pub state: InvitationState,
    /// When it was decided on, journal time.
    pub created_at_ms: u64,
    /// When the customer is to have it.
    pub due_at_ms: u64,
    /// When its link closes.
    pub expires_at_ms: u64,
}

/// Where an invitation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationState {
    /// Its delay is not over.
    Scheduled,
    /// The customer can answer.
    Open,
    /// The customer has answered.
    Answered,
}

/// One answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SurveyAnswer {
    /// A place on the question's scale.
    Score(u8),
    /// Free text.
    Text(Arc<str>),
}

/// A customer's answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Its key.
    pub key: ResponseKey,
    /// The invitation that it answers.
    pub invitation: InvitationKey,
    /// The survey.
    pub survey: Arc<str>,
    /// The version that was shown.
    pub survey_version: u32,
    /// The case.
    pub instance: ProcessInstanceKey,
    /// The process of that case.
    pub process_id: Arc<str>,
    /// The language that the page was shown in.
    pub language: Arc<str>,
    /// The answers by question id, with the kind of scale for the scores.
    pub answers: BTreeMap<Arc<str>, ScoredAnswer>,
    /// When, journal time.
    pub at_ms: u64,
}

/// An answer together with the kind of question that it answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ScoredAnswer {
    /// 0 to 10: how likely to recommend.
    Nps(u8),
    /// 1 to 5: how satisfied.
    Csat(u8),
    /// 1 to 7: how easy.
    Ces(u8),
    /// Free text.
    Text(Arc<str>),
}

/// What is known of how often a customer was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// When last, journal time.
    pub last_asked_ms: Option<u64>,
    /// How often in all.
    pub times_asked: u32,
}

/// A message to somebody inside the company.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Its key.
    pub key: NotificationKey,
    /// A role or a user.
    pub audience: Arc<str>,
    /// One line.
    pub title: Arc<str>,
    /// Plain text.
    pub body: Arc<str>,
    /// The case it is about.
    pub instance: ProcessInstanceKey,
    /// When, journal time.
    pub at_ms: u64,
}

/// What happens to a survey, an invitation, an answer or a notification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExperienceEvent {
    /// A survey was stored.
    SurveySaved { survey: Arc<SurveyRow> },
    /// A customer is to be asked.
    InvitationCreated { invitation: Arc<Invitation> },
    /// The wait that the trigger asked for is over.
    InvitationDue {
        instance: ProcessInstanceKey,
        invitation: InvitationKey,
    },
    /// A customer answered.
    ResponseRecorded { response: Arc<Response> },
    /// Somebody inside is to know something.
    NotificationCreated { notification: Arc<Notification> },
}

impl ExperienceEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::SurveySaved { .. } => About::tenant("SurveySaved"),
            Self::InvitationCreated { invitation } => {
                About::process_instance("InvitationCreated", invitation.instance).kept()
            }
            Self::InvitationDue { instance, .. } => {
                About::process_instance("InvitationDue", *instance).kept()
            }
            Self::ResponseRecorded { response } => {
                About::process_instance("ResponseRecorded", response.instance).kept()
            }
            Self::NotificationCreated { notification } => {
                About::process_instance("NotificationCreated", notification.instance).kept()
            }
        }
    }
}
