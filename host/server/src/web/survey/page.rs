//! The pages as the templates see them: plain values made from a survey, what was entered
//! and what is wrong with it. Nothing here knows of HTTP or of the engine's state.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use gardesh_engine::experience::survey::{
    AnswerProblem, AnswerProblemKind, Question, QuestionKind, SurveyDocument,
};
use gardesh_engine::limits::MAX_ANSWER_CHARS;

use super::form::{Filled, LANGUAGE, field};
use super::language::{direction, name};
use super::texts::{Notice, PickNotice, Texts};

/// The one stylesheet. It stands in each page, so that a page is one request, and the
/// content security policy allows exactly these bytes.
pub const STYLE: &str = include_str!("survey.css");

/// What every page has: its language and the way to the others.
pub struct Frame {
    texts: &'static Texts,
    language: Arc<str>,
    direction: &'static str,
    style: &'static str,
    others: Vec<Other>,
}

/// A link to the page in another language.
struct Other {
    tag: Arc<str>,
    name: String,
    direction: &'static str,
}

impl Frame {
    /// The frame of a page in `language`, with links to the others among `offered`.
    pub fn new(language: &Arc<str>, offered: &[Arc<str>]) -> Frame {
        let other = |tag: &Arc<str>| Other {
            tag: Arc::clone(tag),
            name: name(tag).to_owned(),
            direction: direction(tag),
        };
        Frame {
            texts: Texts::of(language),
            language: Arc::clone(language),
            direction: direction(language),
            style: STYLE,
            others: offered
                .iter()
                .filter(|tag| *tag != language)
                .map(other)
                .collect(),
        }
    }
}

/// The page with the questions.
#[derive(Template)]
#[template(path = "survey/form.html")]
pub struct FormPage<'a> {
    frame: Frame,
    language_field: &'static str,
    title: &'a str,
    intro: Option<&'a str>,
    questions: Vec<QuestionView<'a>>,
    problems: Vec<ProblemView<'a>>,
    problem_count: String,
    not_recorded: bool,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "survey/notice.html")]
pub struct NoticePage<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
}

/// A line of the summary of what is wrong.
struct ProblemView<'a> {
    id: &'a str,
    title: &'a str,
    message: String,
}

struct QuestionView<'a> {
    id: &'a str,
    field: String,
    position: String,
    title: &'a str,
    required: bool,
    error: Option<String>,
    answer: AnswerView<'a>,
    /// Whether "no answer" is chosen; only questions that may be left out offer it.
    unanswered: bool,
}

enum AnswerView<'a> {
    /// Numbers side by side, with words at the ends.
    Numbers {
        steps: Vec<Step>,
        low: &'a str,
        high: &'a str,
    },
    /// One line for each degree, in words and with a face.
    Degrees { degrees: Vec<Degree> },
    /// Free text.
    Text {
        text: &'a str,
        max: usize,
        hint: String,
    },
}

struct Step {
    value: u8,
    shown: String,
    end: Option<String>,
    checked: bool,
}

struct Degree {
    value: u8,
    words: &'static str,
    mouth: &'static str,
    checked: bool,
}

/// The mouths of five faces in a square of 24, from sad to glad.
const MOUTHS: [&str; 5] = [
    "M7.5 17q4.5-5 9 0",
    "M8 16.5q4-2.5 8 0",
    "M8 15.75h8",
    "M8 15q4 2.5 8 0",
    "M7.5 14.25q4.5 5 9 0",
];

impl<'a> FormPage<'a> {
    /// The open form, or the form again with what was entered and what is wrong with it.
    pub fn new(
        survey: &'a SurveyDocument,
        frame: Frame,
        filled: &'a Filled,
        problems: &[AnswerProblem],
    ) -> Self {
        let texts = frame.texts;
        let language = Arc::clone(&frame.language);
        let by_question: BTreeMap<&str, AnswerProblemKind> = problems
            .iter()
            .map(|problem| (&*problem.question_id, problem.problem))
            .collect();
        let count = survey.questions.len();
        let questions: Vec<QuestionView<'a>> = survey
            .questions
            .iter()
            .enumerate()
            .map(|(i, question)| QuestionView {
                id: &question.id,
                field: field(&question.id),
                position: texts.position(i + 1, count),
                title: question.title.in_language(&language),
                required: question.required,
                error: by_question
                    .get(&*question.id)
                    .map(|kind| message(*kind, question.kind, texts)),
                answer: AnswerView::new(question, texts, &language, filled),
                unanswered: filled
                    .entered
                    .get(&*question.id)
                    .is_some_and(String::is_empty),
            })
            .collect();
        let problems: Vec<ProblemView<'a>> = questions
            .iter()
            .filter_map(|question| {
                let message = question.error.clone()?;
                Some(ProblemView {
                    id: question.id,
                    title: question.title,
                    message,
                })
            })
            .collect();
        FormPage {
            language_field: LANGUAGE,
            title: survey.title.in_language(&language),
            intro: survey
                .intro
                .as_ref()
                .map(|intro| intro.in_language(&language)),
            problem_count: texts.problems(problems.len()),
            questions,
            problems,
            not_recorded: false,
            frame,
        }
    }

    /// The same with a word that the server is to blame and the entries are not lost.
    pub fn not_recorded(mut self) -> Self {
        self.not_recorded = true;
        self
    }
}

impl<'a> NoticePage<'a> {
    /// A page with one of the pages' own notices.
    pub fn new(frame: Frame, notice: PickNotice) -> NoticePage<'static> {
        let notice = notice(frame.texts);
        NoticePage {
            frame,
            title: notice.title,
            text: notice.text,
        }
    }

    /// The page after the answer: that it is recorded, then the survey's own words where
    /// it has some.
    pub fn thanks(survey: &'a SurveyDocument, frame: Frame) -> NoticePage<'a> {
        let own = survey
            .thanks
            .as_ref()
            .map(|thanks| thanks.in_language(&frame.language));
        let Notice { title, text } = &frame.texts.thanks;
        NoticePage {
            title,
            text: own.unwrap_or(text),
            frame,
        }
    }
}

impl<'a> AnswerView<'a> {
    fn new(
        question: &'a Question,
        texts: &'static Texts,
        language: &str,
        filled: &'a Filled,
    ) -> Self {
        let entered = filled.entered.get(&*question.id).map_or("", String::as_str);
        let (low, high) = match question.kind {
            QuestionKind::Csat if question.labels.is_none() => {
                return Self::degrees(texts, entered);
            }
            QuestionKind::Csat => (texts.satisfaction[0], texts.satisfaction[4]),
            QuestionKind::Nps => texts.likelihood,
            QuestionKind::Ces => texts.ease,
            QuestionKind::Text => return Self::text(texts, entered),
        };
        let own = question.labels.as_ref();
        let low = own
            .and_then(|own| own.low.as_ref())
            .map_or(low, |own| own.in_language(language));
        let high = own
            .and_then(|own| own.high.as_ref())
            .map_or(high, |own| own.in_language(language));
        Self::numbers(question.kind, texts, entered, low, high)
    }

    fn numbers(
        kind: QuestionKind,
        texts: &Texts,
        entered: &str,
        low: &'a str,
        high: &'a str,
    ) -> Self {
        let (first, last) = kind.scale().unwrap_or_default();
        let ends = BTreeMap::from([(first, low), (last, high)]);
        let steps = (first..=last).map(|value| Step {
            value,
            shown: texts.number(usize::from(value)),
            end: ends.get(&value).map(|&words| words.to_owned()),
            checked: entered == value.to_string(),
        });
        Self::Numbers {
            steps: steps.collect(),
            low,
            high,
        }
    }

    fn degrees(texts: &'static Texts, entered: &str) -> Self {
        let faces = (1..).zip(texts.satisfaction.iter().zip(MOUTHS));
        let degrees = faces.map(|(value, (words, mouth))| Degree {
            value,
            words,
            mouth,
            checked: entered == value.to_string(),
        });
        Self::Degrees {
            degrees: degrees.collect(),
        }
    }

    fn text(texts: &Texts, text: &'a str) -> Self {
        Self::Text {
            text,
            max: MAX_ANSWER_CHARS,
            hint: texts.at_most(MAX_ANSWER_CHARS),
        }
    }
}

/// What the customer is told of a problem. Answers to questions that are not on the page
/// have no place on it; they are refused all the same.
fn message(problem: AnswerProblemKind, kind: QuestionKind, texts: &Texts) -> String {
    match problem {
        AnswerProblemKind::Missing if kind == QuestionKind::Text => texts.write.to_owned(),
        AnswerProblemKind::Missing
        | AnswerProblemKind::NotOnScale { .. }
        | AnswerProblemKind::NotText
        | AnswerProblemKind::UnknownQuestion => texts.choose.to_owned(),
        AnswerProblemKind::NothingAnswered => texts.answer_one.to_owned(),
        AnswerProblemKind::TooLong { chars, max } => texts.too_long(chars, max),
    }
}
