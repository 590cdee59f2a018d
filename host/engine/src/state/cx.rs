//! What is stored of customer experience: surveys, trigger firings, invitations, answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::*;
use crate::state::component::EventType;
use crate::variables::Document;

/// One version of a survey.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SurveyRow {
    /// The survey's id, as triggers name it.
    pub id: Arc<str>,
    /// 1 for the first version, one more for each changed one.
    pub version: u32,
    /// The document, see [`crate::cx::survey`].
    pub document: Arc<str>,
    /// When it was stored, journal time.
    pub saved_at_ms: u64,
}

/// A trigger that has an event to look at and has not decided yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// Its key.
    pub key: FiringKey,
    /// The trigger's name.
    pub trigger: Arc<str>,
    /// The trigger's version, which is the version of the rule that decides.
    pub trigger_version: Arc<str>,
    /// The trigger's digest.
    pub digest: Arc<str>,
    /// What happened.
    pub event_type: EventType,
    /// The element it happened to, for element events.
    pub element: Option<(ElementInstanceKey, Arc<str>)>,
    /// When it happened, journal time.
    pub at_ms: u64,
    /// The case it happened to.
    pub case: CaseFacts,
}

/// A case as it was when the event happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseFacts {
    /// The case.
    pub instance: InstanceKey,
    /// Its definition.
    pub definition: DefinitionKey,
    /// The process id of the diagram.
    pub process_id: Arc<str>,
    /// The version of the definition.
    pub process_version: u32,
    /// The case's number in the company's own books.
    pub business_key: Option<Arc<str>>,
    /// When the case began.
    pub started_at_ms: u64,
    /// When it ended, once it has.
    pub ended_at_ms: Option<u64>,
    /// The id of the end event that it reached last.
    pub outcome: Option<Arc<str>>,
    /// Incidents that it went through.
    pub incidents: u32,
    /// User tasks completed in it.
    pub user_tasks: u32,
    /// The case's variables.
    pub variables: Document,
    /// How many triggers' decisions lie in the chain that led to it.
    pub trigger_depth: u32,
}

/// What a trigger decided, and what the engine made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Decision {
    /// Ask the customer.
    Ask {
        survey: Arc<str>,
        channel: Arc<str>,
        delay_ms: u64,
        reason: Arc<str>,
    },
    /// Start a process.
    StartProcess {
        process: Arc<str>,
        variables: Document,
        reason: Arc<str>,
    },
    /// Tell somebody inside the company.
    Notify {
        audience: Arc<str>,
        title: Arc<str>,
        body: Arc<str>,
    },
    /// Do nothing. `code` is a reason code, `detail` words for people.
    Nothing { code: Arc<str>, detail: Arc<str> },
}

impl Decision {
    pub(crate) fn starts_process(&self) -> bool {
        matches!(self, Self::StartProcess { .. })
    }
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
    pub instance: InstanceKey,
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
pub enum Answer {
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
    pub instance: InstanceKey,
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
    pub instance: InstanceKey,
    /// When, journal time.
    pub at_ms: u64,
}
