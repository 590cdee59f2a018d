//! Surveys: what a document asks, in which languages, and which answers it takes. All of
//! it is pure; reading a document is in `read`, when to ask somebody is not decided here.

mod answers;
mod read;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::language::{canonical_tag, primary};
use crate::entities::experience::ScoredAnswer;

pub use answers::{AnswerProblem, AnswerProblemKind};

/// A survey as its author wrote it, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyDocument {
    /// The id by which triggers name it.
    pub id: Arc<str>,
    /// Its headline.
    pub title: Localised,
    /// What is said before the questions.
    pub intro: Option<Localised>,
    /// The questions in the order in which they are asked; at least one.
    pub questions: Vec<Question>,
    /// What is said after the answer.
    pub thanks: Option<Localised>,
}

/// One question of a survey.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its id, unique in the survey.
    pub id: Arc<str>,
    /// What kind of answer it takes.
    pub kind: QuestionKind,
    /// The question itself.
    pub title: Localised,
    /// Whether a response without an answer to it is refused.
    pub required: bool,
    /// The words at the ends of its scale, where the author has own ones.
    pub labels: Option<Labels>,
}

/// The words at the ends of a scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// At the lowest score.
    pub low: Option<Localised>,
    /// At the highest score.
    pub high: Option<Localised>,
}

/// The kinds of question, as documents name them in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionKind {
    /// Net promoter score: how likely to recommend, 0 to 10.
    Nps,
    /// Customer satisfaction: how satisfied, 1 to 5.
    Csat,
    /// Customer effort score: how easy, 1 to 7.
    Ces,
    /// Free text.
    Text,
}

impl QuestionKind {
    /// Every kind with its name in documents.
    pub const NAMES: [(&'static str, QuestionKind); 4] = [
        ("nps", Self::Nps),
        ("csat", Self::Csat),
        ("ces", Self::Ces),
        ("text", Self::Text),
    ];

    /// The lowest and the highest score, or `None` for free text.
    pub fn scale(self) -> Option<(u8, u8)> {
        match self {
            Self::Nps => Some((0, 10)),
            Self::Csat => Some((1, 5)),
            Self::Ces => Some((1, 7)),
            Self::Text => None,
        }
    }

    /// A score together with the scale it is on; `None` when the scale does not have it.
    fn scored(self, score: u8) -> Option<ScoredAnswer> {
        let (low, high) = self.scale()?;
        if !(low..=high).contains(&score) {
            return None;
        }
        match self {
            Self::Nps => Some(ScoredAnswer::Nps(score)),
            Self::Csat => Some(ScoredAnswer::Csat(score)),
            Self::Ces => Some(ScoredAnswer::Ces(score)),
            Self::Text => None,
        }
    }
}

/// A text in one or more languages, by BCP 47 tag; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Localised(BTreeMap<Arc<str>, Arc<str>>);

impl Localised {
    /// The text for a reader of `language`: in that very language, else in another
    /// variety of it, else in English, else in the first language there is.
    pub fn in_language(&self, language: &str) -> &str {
        self.best(language).map_or("", |(_, text)| text)
    }

    /// The tag of the language in which [`Self::in_language`] answers.
    pub fn language_for(&self, language: &str) -> &str {
        self.best(language).map_or("", |(tag, _)| tag)
    }

    fn best(&self, language: &str) -> Option<(&str, &str)> {
        let wanted = canonical_tag(language).unwrap_or_default();
        let find = |wanted: &dyn Fn(&str) -> bool| self.0.iter().find(|(tag, _)| wanted(tag));
        find(&|tag| *tag == *wanted)
            .or_else(|| find(&|tag| primary(tag) == primary(&wanted)))
            .or_else(|| find(&|tag| primary(tag) == "en"))
            .or_else(|| self.0.iter().next())
            .map(|(tag, text)| (&**tag, &**text))
    }

    /// The tags of its languages, in order.
    pub fn languages(&self) -> impl Iterator<Item = &Arc<str>> {
        self.0.keys()
    }
}

impl SurveyDocument {
    /// The languages in which the whole survey can be read: those that its title, its
    /// introduction and every question have. When there is no such language, those of
    /// the title, and other texts fall back.
    pub fn languages(&self) -> Vec<Arc<str>> {
        let mut common: BTreeSet<&Arc<str>> = self.title.languages().collect();
        let texts = self
            .intro
            .iter()
            .chain(self.questions.iter().map(|q| &q.title));
        for text in texts {
            common.retain(|tag| text.0.contains_key(*tag));
        }
        if common.is_empty() {
            self.title.languages().cloned().collect()
        } else {
            common.into_iter().cloned().collect()
        }
    }

    /// The question of an id.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| &*question.id == id)
    }
}
