//! What can be asked about surveys, what triggers decide, and what customers say.

use std::collections::BTreeMap;

use crate::entities::experience::SurveyAnswer;
use crate::entities::trigger::Decision;
use crate::key::*;

/// Store a survey. The answer is its version, the one before when nothing is different.
#[derive(Clone, Debug)]
pub struct SaveSurvey {
    /// A JSON document, see [`crate::experience::survey`].
    pub document: String,
}

/// The answer to [`SaveSurvey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurveySaved {
    /// The survey's version.
    pub version: u32,
}

/// What a trigger made of an event.
#[derive(Clone, Debug)]
pub struct RecordDecisions {
    /// The firing.
    pub firing: FiringKey,
    /// What it decided, or why it failed.
    pub outcome: Result<Vec<Decision>, String>,
}

/// A customer answered. The answer is the key of the response.
#[derive(Clone, Debug)]
pub struct RecordResponse {
    /// The token of the invitation.
    pub token: String,
    /// The language that the customer read the survey in.
    pub language: Option<String>,
    /// Answers by the id of their question.
    pub answers: BTreeMap<String, SurveyAnswer>,
}
