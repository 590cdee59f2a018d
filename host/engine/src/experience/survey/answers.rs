//! Checks a customer's answers against the survey that was asked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::{Question, QuestionKind, SurveyDocument};
use crate::entities::experience::{ScoredAnswer, SurveyAnswer};
use crate::limits::{MAX_ANSWER_CHARS, MAX_SURVEY_ID_CHARS, MAX_SURVEY_PROBLEMS};

/// What is wrong with the answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerProblem {
    /// The question, by the id that the survey or the caller gave it.
    pub question_id: Arc<str>,
    /// What is wrong.
    pub problem: AnswerProblemKind,
}

/// Why an answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerProblemKind {
    /// The question must be answered and was not.
    Missing,
    /// Nothing at all was answered; reported once, at the first question.
    NothingAnswered,
    /// The survey has no such question.
    UnknownQuestion,
    /// The question takes a score from `low` to `high`, and this is text or another number.
    NotOnScale { low: u8, high: u8 },
    /// The question takes text, and this is a score.
    NotText,
    /// The text has more characters than `max`.
    TooLong { chars: usize, max: usize },
}

impl fmt::Display for AnswerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.question_id;
        match self.problem {
            AnswerProblemKind::Missing => {
                write!(
                    f,
                    "Expected an answer to question '{id}', but there is none; the survey requires it."
                )
            }
            AnswerProblemKind::NothingAnswered => {
                write!(
                    f,
                    "Expected an answer to at least one question, but there is none; the first is '{id}'."
                )
            }
            AnswerProblemKind::UnknownQuestion => {
                write!(
                    f,
                    "Expected answers to questions of the survey, but it has no question '{id}'."
                )
            }
            AnswerProblemKind::NotOnScale { low, high } => {
                write!(
                    f,
                    "Expected a score from {low} to {high} for question '{id}', but the answer is something else."
                )
            }
            AnswerProblemKind::NotText => {
                write!(
                    f,
                    "Expected text for question '{id}', but the answer is a score."
                )
            }
            AnswerProblemKind::TooLong { chars, max } => {
                write!(
                    f,
                    "Expected at most {max} characters for question '{id}', but the answer has {chars}."
                )
            }
        }
    }
}

impl SurveyDocument {
    /// Checks answers by question id and notes the scale of each score. Blank text counts
    /// as no answer; the rest is kept without surrounding space and with one kind of line
    /// end.
    ///
    /// # Errors
    /// Every problem in the order of the questions, unknown ones last, at most
    /// [`MAX_SURVEY_PROBLEMS`].
    pub fn check_answers(
        &self,
        answers: &BTreeMap<String, SurveyAnswer>,
    ) -> Result<BTreeMap<Arc<str>, ScoredAnswer>, Vec<AnswerProblem>> {
        let mut checked = BTreeMap::new();
        let mut problems = Vec::new();
        for question in &self.questions {
            match question.check(answers.get(&*question.id)) {
                Ok(Some(answer)) => drop(checked.insert(Arc::clone(&question.id), answer)),
                Ok(None) => {}
                Err(problem) => problems.push(AnswerProblem {
                    question_id: Arc::clone(&question.id),
                    problem,
                }),
            }
        }
        let unknown = answers.keys().filter(|id| self.question(id).is_none());
        problems.extend(unknown.take(MAX_SURVEY_PROBLEMS).map(|id| {
            AnswerProblem {
                question_id: id
                    .chars()
                    .take(MAX_SURVEY_ID_CHARS)
                    .collect::<String>()
                    .into(),
                problem: AnswerProblemKind::UnknownQuestion,
            }
        }));
        if checked.is_empty() && problems.is_empty() {
            problems.extend(self.questions.first().map(|first| AnswerProblem {
                question_id: Arc::clone(&first.id),
                problem: AnswerProblemKind::NothingAnswered,
            }));
        }
        problems.truncate(MAX_SURVEY_PROBLEMS);
        if problems.is_empty() {
            Ok(checked)
        } else {
            Err(problems)
        }
    }
}

impl Question {
    /// The answer as it is recorded, or `None` when the customer left the question out.
    fn check(
        &self,
        answer: Option<&SurveyAnswer>,
    ) -> Result<Option<ScoredAnswer>, AnswerProblemKind> {
        let given = match answer {
            None => None,
            Some(SurveyAnswer::Text(text)) => Some(text.trim())
                .filter(|text| !text.is_empty())
                .map(Given::Text),
            Some(SurveyAnswer::Score(score)) => Some(Given::Score(*score)),
        };
        match given {
            None if self.required => Err(AnswerProblemKind::Missing),
            None => Ok(None),
            Some(given) => self.kind.check(given).map(Some),
        }
    }
}

enum Given<'a> {
    Text(&'a str),
    Score(u8),
}

impl QuestionKind {
    fn check(self, given: Given<'_>) -> Result<ScoredAnswer, AnswerProblemKind> {
        match (self.scale(), given) {
            (None, Given::Text(text)) => check_text(text),
            (None, Given::Score(_)) => Err(AnswerProblemKind::NotText),
            (Some((low, high)), Given::Score(score)) => self
                .scored(score)
                .ok_or(AnswerProblemKind::NotOnScale { low, high }),
            (Some((low, high)), Given::Text(_)) => Err(AnswerProblemKind::NotOnScale { low, high }),
        }
    }
}

fn check_text(text: &str) -> Result<ScoredAnswer, AnswerProblemKind> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    match text.chars().count() {
        chars if chars > MAX_ANSWER_CHARS => Err(AnswerProblemKind::TooLong {
            chars,
            max: MAX_ANSWER_CHARS,
        }),
        _ => Ok(ScoredAnswer::Text(text.into())),
    }
}
