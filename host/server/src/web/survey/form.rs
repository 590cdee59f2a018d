//! What a customer sent: the fields of the form as answers, and as text to show again.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_engine::entities::experience::SurveyAnswer;
use gardesh_engine::experience::survey::SurveyDocument;

use crate::limits::MAX_FORM_FIELDS;

/// The field that carries the language of the page that was filled in.
pub const LANGUAGE: &str = "language";

/// What stands before a question's id in its field's name, so that no question can take
/// the name of a field of the page itself.
const PREFIX: &str = "q-";

/// A form as it was filled in.
#[derive(Debug, Default, PartialEq)]
pub struct Filled {
    /// The language of the page.
    pub language: Option<String>,
    /// What was entered, by question id.
    pub entered: BTreeMap<String, String>,
}

/// The name of a question's field.
pub fn field(question: &str) -> String {
    format!("{PREFIX}{question}")
}

impl Filled {
    /// Reads an `application/x-www-form-urlencoded` body. Fields that the page does not
    /// have are left out; of a field that comes twice the last counts.
    pub fn read(body: &[u8]) -> Filled {
        let mut filled = Filled::default();
        for (name, value) in form_urlencoded::parse(body).take(MAX_FORM_FIELDS) {
            if name == LANGUAGE {
                filled.language = Some(value.into_owned());
            } else if let Some(question) = name.strip_prefix(PREFIX) {
                filled
                    .entered
                    .insert(question.to_owned(), value.into_owned());
            }
        }
        filled
    }

    /// The answers that the entries stand for. What is no score stays text, and the check
    /// of the answers says so.
    pub fn answers(&self, survey: &SurveyDocument) -> BTreeMap<String, SurveyAnswer> {
        let entered = self.entered.iter().filter(|(_, value)| !value.is_empty());
        entered
            .map(|(id, value)| (id.clone(), answer(survey, id, value)))
            .collect()
    }
}

fn answer(survey: &SurveyDocument, id: &str, value: &str) -> SurveyAnswer {
    let takes_score = survey
        .question(id)
        .is_some_and(|question| question.kind.scale().is_some());
    match value.parse() {
        Ok(score) if takes_score => SurveyAnswer::Score(score),
        _ => SurveyAnswer::Text(Arc::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_answers() {
        let survey = SurveyDocument::parse(
            r#"{"id":"s","title":{"en":"S"},"questions":[
                {"id":"recommend","type":"nps","title":{"en":"?"}},
                {"id":"easy","type":"ces","title":{"en":"?"}},
                {"id":"why","type":"text","title":{"en":"?"}}]}"#,
        )
        .unwrap();
        let filled = Filled::read(
            "language=fa&q-recommend=9&q-easy=many&q-why=%DA%86%D9%88%D9%86+7&x=1&q-no=".as_bytes(),
        );
        assert_eq!(filled.language.as_deref(), Some("fa"));
        let expected = [
            ("easy", SurveyAnswer::Text("many".into())),
            ("recommend", SurveyAnswer::Score(9)),
            ("why", SurveyAnswer::Text("چون 7".into())),
        ];
        assert_eq!(
            filled.answers(&survey),
            expected.map(|(id, answer)| (id.to_owned(), answer)).into()
        );
    }

    #[test]
    fn a_number_as_text_stays_text() {
        let survey =
            SurveyDocument::parse(r#"{"id":"s","title":{"en":"S"},"questions":[{"id":"why","type":"text","title":{"en":"?"}}]}"#)
                .unwrap();
        let answers = Filled::read(b"q-why=9").answers(&survey);
        assert_eq!(answers["why"], SurveyAnswer::Text("9".into()));
    }

    #[test]
    fn junk_is_left_out() {
        for junk in [&b""[..], b"&&&===", b"%%%ff%fe=%80", b"\xff\xfe\x00=1"] {
            assert_eq!(Filled::read(junk), Filled::default());
        }
        let many: Vec<String> = (0..10_000).map(|i| format!("q-{i}=1")).collect();
        assert_eq!(
            Filled::read(many.join("&").as_bytes()).entered.len(),
            MAX_FORM_FIELDS
        );
    }
}
