//! Reads a survey document from JSON and lists all that is wrong with it at once, each
//! problem with the path to the place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Labels, Localised, Question, QuestionKind, SurveyDocument};
use crate::experience::language::canonical_tag;
use crate::limits::*;

impl SurveyDocument {
    /// Reads and checks a document.
    ///
    /// # Errors
    /// Every problem found, at most [`MAX_SURVEY_PROBLEMS`], as "Expected …, but …".
    pub fn parse(json: &str) -> Result<SurveyDocument, Vec<String>> {
        if json.len() > MAX_SURVEY_BYTES {
            return Err(vec![format!(
                "Expected a survey of at most {MAX_SURVEY_BYTES} bytes, but this one has {}.",
                json.len()
            )]);
        }
        let value: Value = serde_json::from_str(json)
            .map_err(|e| vec![format!("Expected a survey as JSON, but {e}.")])?;
        let mut reader = Reader::default();
        let document = reader.document(&value);
        match document {
            Some(document) if reader.problems.is_empty() => Ok(document),
            _ => Err(reader.problems()),
        }
    }
}

/// Collects the problems while the document is walked. A method that returns `None` for
/// something required has reported why.
#[derive(Default)]
struct Reader {
    problems: Vec<String>,
    more: usize,
}

impl Reader {
    fn report(&mut self, problem: String) {
        if self.problems.len() < MAX_SURVEY_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.more += 1;
        }
    }

    fn problems(mut self) -> Vec<String> {
        if self.more > 0 {
            self.problems
                .push(format!("{} more problems are not listed.", self.more));
        }
        self.problems
    }

    fn document(&mut self, value: &Value) -> Option<SurveyDocument> {
        let fields = self.object(value, "", &["id", "title", "intro", "questions", "thanks"])?;
        let id = self.id(fields, "id");
        let title = self.required_text(fields, "", "title", MAX_SURVEY_TITLE_CHARS);
        let intro = self.text(fields, "", "intro", MAX_SURVEY_TEXT_CHARS);
        let questions = self.questions(fields);
        let thanks = self.text(fields, "", "thanks", MAX_SURVEY_TEXT_CHARS);
        Some(SurveyDocument {
            id: id?,
            title: title?,
            intro,
            questions: questions?,
            thanks,
        })
    }

    fn questions(&mut self, fields: &Map<String, Value>) -> Option<Vec<Question>> {
        let Some(Value::Array(items)) = fields.get("questions") else {
            self.report(missing(
                "questions",
                "a list of questions",
                fields.get("questions"),
            ));
            return None;
        };
        if items.is_empty() || items.len() > MAX_QUESTIONS {
            self.report(format!(
                "Expected 1 to {MAX_QUESTIONS} questions, but 'questions' has {}.",
                items.len()
            ));
            return None;
        }
        let mut ids = BTreeSet::new();
        let mut questions = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let path = format!("questions[{i}]");
            let Some(question) = self.question(item, &path) else {
                continue;
            };
            if !ids.insert(Arc::clone(&question.id)) {
                self.report(format!(
                    "Expected each question to have its own id, but '{path}.id' is '{}' again.",
                    question.id
                ));
            }
            questions.push(question);
        }
        Some(questions)
    }

    fn question(&mut self, value: &Value, path: &str) -> Option<Question> {
        let fields = self.object(value, path, &["id", "type", "title", "required", "labels"])?;
        let id = self.id(fields, &format!("{path}.id"));
        let kind = self.kind(fields, path);
        let title = self.required_text(fields, path, "title", MAX_SURVEY_TITLE_CHARS);
        let required = match fields.get("required") {
            None => false,
            Some(Value::Bool(required)) => *required,
            other => {
                self.report(missing(&format!("{path}.required"), "true or false", other));
                false
            }
        };
        let labels = fields
            .get("labels")
            .and_then(|labels| self.labels(labels, path, kind));
        Some(Question {
            id: id?,
            kind: kind?,
            title: title?,
            required,
            labels,
        })
    }

    fn kind(&mut self, fields: &Map<String, Value>, path: &str) -> Option<QuestionKind> {
        let given = fields.get("type");
        let name = given.and_then(Value::as_str);
        let kind = QuestionKind::NAMES
            .iter()
            .find(|(known, _)| Some(*known) == name);
        if kind.is_none() {
            self.report(missing(
                &format!("{path}.type"),
                "one of nps, csat, ces and text",
                given,
            ));
        }
        kind.map(|(_, kind)| *kind)
    }

    fn labels(&mut self, value: &Value, path: &str, kind: Option<QuestionKind>) -> Option<Labels> {
        let path = format!("{path}.labels");
        let fields = self.object(value, &path, &["low", "high"])?;
        if kind == Some(QuestionKind::Text) {
            self.report(format!(
                "Expected labels at the ends of a scale only, but '{path}' belongs to a question of type text."
            ));
        }
        let low = self.text(fields, &path, "low", MAX_SURVEY_LABEL_CHARS);
        let high = self.text(fields, &path, "high", MAX_SURVEY_LABEL_CHARS);
        Some(Labels { low, high })
    }

    /// An object that has no other fields than the known ones.
    fn object<'v>(
        &mut self,
        value: &'v Value,
        path: &str,
        known: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Value::Object(fields) = value else {
            let place = if path.is_empty() { "the survey" } else { path };
            self.report(missing(place, "an object", Some(value)));
            return None;
        };
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            self.report(format!(
                "Expected one of the fields {}, but found '{}'.",
                known.join(", "),
                join(path, &shown(name))
            ));
        }
        Some(fields)
    }

    fn id(&mut self, fields: &Map<String, Value>, path: &str) -> Option<Arc<str>> {
        let given = fields.get("id");
        match given.and_then(Value::as_str) {
            Some(id) if is_id(id) => Some(Arc::from(id)),
            _ => {
                let expected = format!(
                    "an id of 1 to {MAX_SURVEY_ID_CHARS} letters a to z, digits, '-', '_' and '.'"
                );
                self.report(missing(path, &expected, given));
                None
            }
        }
    }

    fn required_text(
        &mut self,
        fields: &Map<String, Value>,
        parent: &str,
        name: &str,
        max: usize,
    ) -> Option<Localised> {
        if !fields.contains_key(name) {
            self.report(missing(&join(parent, name), "a text by language", None));
        }
        self.text(fields, parent, name, max)
    }

    /// A text by language, of at most `max` characters in each.
    fn text(
        &mut self,
        fields: &Map<String, Value>,
        parent: &str,
        name: &str,
        max: usize,
    ) -> Option<Localised> {
        let value = fields.get(name)?;
        let path = join(parent, name);
        let Value::Object(languages) = value else {
            self.report(missing(
                &path,
                "a text by language, as in {\"en\": \"…\"}",
                Some(value),
            ));
            return None;
        };
        if languages.is_empty() || languages.len() > MAX_SURVEY_LANGUAGES {
            self.report(format!(
                "Expected '{path}' in 1 to {MAX_SURVEY_LANGUAGES} languages, but it has {}.",
                languages.len()
            ));
            return None;
        }
        let mut texts = BTreeMap::new();
        for (tag, text) in languages {
            if let Some((tag, text)) = self.translation(&path, tag, text, max)
                && texts.insert(Arc::clone(&tag), text).is_some()
            {
                self.report(format!(
                    "Expected each language once, but '{path}' has '{tag}' in two spellings."
                ));
            }
        }
        (texts.len() == languages.len()).then_some(Localised(texts))
    }

    fn translation(
        &mut self,
        path: &str,
        tag: &str,
        text: &Value,
        max: usize,
    ) -> Option<(Arc<str>, Arc<str>)> {
        let Some(language) = canonical_tag(tag) else {
            self.report(format!(
                "Expected a language tag such as en or fa-IR, but '{path}' has '{}'.",
                shown(tag)
            ));
            return None;
        };
        let trimmed = text
            .as_str()
            .map(str::trim)
            .filter(|trimmed| !trimmed.is_empty());
        let Some(trimmed) = trimmed else {
            self.report(missing(&format!("{path}.{tag}"), "some text", Some(text)));
            return None;
        };
        let chars = trimmed.chars().count();
        if chars > max {
            self.report(format!(
                "Expected at most {max} characters, but '{path}.{tag}' has {chars}."
            ));
            return None;
        }
        Some((language, Arc::from(trimmed)))
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}.{name}")
    }
}

/// A foreign name, short enough to be quoted.
fn shown(name: &str) -> String {
    name.chars().take(MAX_SURVEY_ID_CHARS).collect()
}

fn missing(path: &str, expected: &str, found: Option<&Value>) -> String {
    let found = match found {
        None => "is missing".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "is empty".to_owned(),
        Some(Value::String(text)) => format!("is '{}'", shown(text)),
        Some(Value::Array(_)) => "is a list".to_owned(),
        Some(Value::Object(_)) => "is an object".to_owned(),
        Some(plain) => format!("is {plain}"),
    };
    format!("Expected {expected}, but '{path}' {found}.")
}

fn is_id(text: &str) -> bool {
    (1..=MAX_SURVEY_ID_CHARS).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}
