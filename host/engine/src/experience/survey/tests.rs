//! Tests of survey documents and answers.

use std::collections::BTreeMap;

use super::*;
use crate::entities::experience::SurveyAnswer;
use crate::limits::*;

const CLAIM: &str = r#"{
  "id": "claim-satisfaction",
  "title": {"en": "Your claim", "fa": "پرونده‌ی شما"},
  "intro": {"en": "Two minutes.", "fa": "دو دقیقه."},
  "questions": [
    {"id": "recommend", "type": "nps", "title": {"en": "Recommend?", "fa": "پیشنهاد؟"}, "required": true,
     "labels": {"low": {"en": "Never"}, "high": {"en": "Surely", "fa": "حتماً"}}},
    {"id": "satisfied", "type": "csat", "title": {"en": "Satisfied?", "fa": "راضی؟"}},
    {"id": "easy", "type": "ces", "title": {"en": "Easy?", "fa": "آسان؟"}},
    {"id": "why", "type": "text", "title": {"en": "Why?", "fa": "چرا؟", "de": "Warum?"}}
  ],
  "thanks": {"en": "Thanks."}
}"#;

fn claim() -> SurveyDocument {
    SurveyDocument::parse(CLAIM).unwrap()
}

fn answers(given: &[(&str, SurveyAnswer)]) -> BTreeMap<String, SurveyAnswer> {
    given
        .iter()
        .map(|(id, answer)| ((*id).to_owned(), answer.clone()))
        .collect()
}

fn text(text: &str) -> SurveyAnswer {
    SurveyAnswer::Text(text.into())
}

#[test]
fn a_document_is_read_whole() {
    let claim = claim();
    assert_eq!(&*claim.id, "claim-satisfaction");
    let kinds: Vec<_> = claim.questions.iter().map(|q| q.kind).collect();
    assert_eq!(
        kinds,
        [
            QuestionKind::Nps,
            QuestionKind::Csat,
            QuestionKind::Ces,
            QuestionKind::Text
        ]
    );
    assert!(claim.questions[0].required && !claim.questions[1].required);
    assert_eq!(
        claim.questions[0]
            .labels
            .as_ref()
            .unwrap()
            .high
            .as_ref()
            .unwrap()
            .in_language("fa"),
        "حتماً"
    );
    assert_eq!(
        claim.languages(),
        [Arc::from("en"), Arc::from("fa")],
        "not every text is there in German"
    );
}

#[test]
fn a_text_falls_back_from_language_to_language() {
    let claim = claim();
    for (wanted, found, tag) in [
        ("fa", "چرا؟", "fa"),
        ("FA", "چرا؟", "fa"),
        ("fa-IR", "چرا؟", "fa"),
        ("de-AT", "Warum?", "de"),
        ("fr", "Why?", "en"),
        ("", "Why?", "en"),
    ] {
        assert_eq!(
            claim.questions[3].title.in_language(wanted),
            found,
            "{wanted}"
        );
        assert_eq!(
            claim.questions[3].title.language_for(wanted),
            tag,
            "{wanted}"
        );
    }
}

/// Each row: what is replaced in a good document, by what, and what must be said of it.
#[test]
fn problems_name_their_place() {
    for (from, to, problem) in [
        (r#""id": "claim-satisfaction","#, "", "'id' is missing"),
        (
            "claim-satisfaction",
            "claim satisfaction",
            "'id' is 'claim satisfaction'",
        ),
        (
            r#"{"en": "Your claim", "fa": "پرونده‌ی شما"}"#,
            r#""Your claim""#,
            "'title' is 'Your claim'",
        ),
        (r#""Your claim""#, r#""  ""#, "'title.en' is"),
        (r#""thanks""#, r#""thank""#, "found 'thank'"),
        (
            r#""required": true"#,
            r#""requird": true"#,
            "found 'questions[0].requird'",
        ),
        (
            r#""required": true"#,
            r#""required": "yes""#,
            "'questions[0].required' is 'yes'",
        ),
        (
            r#""type": "csat""#,
            r#""type": "stars""#,
            "'questions[1].type' is 'stars'",
        ),
        (
            r#""id": "easy""#,
            r#""id": "recommend""#,
            "'questions[2].id' is 'recommend' again",
        ),
        (
            r#"{"en": "Satisfied?", "fa": "راضی؟"}"#,
            "{}",
            "'questions[1].title' in 1 to 40 languages",
        ),
        (
            r#""de": "#,
            r#""german": "#,
            "'questions[3].title' has 'german'",
        ),
        (
            r#""low": {"en": "Never"}"#,
            r#""low": 0"#,
            "'questions[0].labels.low' is 0",
        ),
        (
            r#""type": "nps""#,
            r#""type": "text""#,
            "'questions[0].labels' belongs to a question of type text",
        ),
    ] {
        assert!(CLAIM.contains(from), "{from}");
        let problems = SurveyDocument::parse(&CLAIM.replacen(from, to, 1)).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].starts_with("Expected") && problems[0].contains(problem),
            "{problem}: {problems:?}"
        );
    }
}

#[test]
fn all_problems_are_listed_at_once() {
    let broken = CLAIM
        .replace("claim-satisfaction", "")
        .replace("csat", "stars")
        .replace("\"thanks\"", "\"bye\"");
    let problems = SurveyDocument::parse(&broken).unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
}

#[test]
fn hostile_documents_are_refused() {
    let label = "x".repeat(MAX_SURVEY_LABEL_CHARS + 1);
    let many: Vec<String> = (0..20_000).map(|i| format!("\"f{i}\":0")).collect();
    for document in [
        String::new(),
        "[]".to_owned(),
        "null".to_owned(),
        "[".repeat(100_000),
        format!("{{{}}}", many.join(",")),
        " ".repeat(MAX_SURVEY_BYTES + 1),
        CLAIM.replace("Never", &label),
        CLAIM.replace(r#""questions": ["#, r#""questions": [], "x": ["#),
    ] {
        let problems = SurveyDocument::parse(&document).unwrap_err();
        assert!(!problems.is_empty() && problems.len() <= MAX_SURVEY_PROBLEMS + 1);
    }
}

#[test]
fn good_answers_are_kept_with_their_scale() {
    let given = answers(&[
        ("recommend", SurveyAnswer::Score(0)),
        ("satisfied", SurveyAnswer::Score(5)),
        ("easy", SurveyAnswer::Score(7)),
        ("why", text("  quick\r\nand kind \n")),
    ]);
    let expected = [
        ("easy", ScoredAnswer::Ces(7)),
        ("recommend", ScoredAnswer::Nps(0)),
        ("satisfied", ScoredAnswer::Csat(5)),
        ("why", ScoredAnswer::Text("quick\nand kind".into())),
    ];
    let checked = claim().check_answers(&given).unwrap();
    assert_eq!(
        checked
            .iter()
            .map(|(id, a)| (&**id, a.clone()))
            .collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn wrong_answers_are_all_named() {
    use AnswerProblemKind::*;
    let long = "ب".repeat(MAX_ANSWER_CHARS + 1);
    for (given, expected) in [
        (
            answers(&[("easy", SurveyAnswer::Score(3))]),
            vec![("recommend", Missing)],
        ),
        (
            answers(&[("recommend", text("  "))]),
            vec![("recommend", Missing)],
        ),
        (
            answers(&[("recommend", SurveyAnswer::Score(11))]),
            vec![("recommend", NotOnScale { low: 0, high: 10 })],
        ),
        (
            answers(&[("recommend", text("9"))]),
            vec![("recommend", NotOnScale { low: 0, high: 10 })],
        ),
        (
            answers(&[
                ("satisfied", SurveyAnswer::Score(0)),
                ("easy", SurveyAnswer::Score(8)),
                ("why", SurveyAnswer::Score(1)),
                ("who", text("me")),
            ]),
            vec![
                ("recommend", Missing),
                ("satisfied", NotOnScale { low: 1, high: 5 }),
                ("easy", NotOnScale { low: 1, high: 7 }),
                ("why", NotText),
                ("who", UnknownQuestion),
            ],
        ),
        (
            answers(&[("recommend", SurveyAnswer::Score(9)), ("why", text(&long))]),
            vec![(
                "why",
                TooLong {
                    chars: MAX_ANSWER_CHARS + 1,
                    max: MAX_ANSWER_CHARS,
                },
            )],
        ),
    ] {
        let problems = claim().check_answers(&given).unwrap_err();
        let found: Vec<_> = problems
            .iter()
            .map(|p| (&*p.question_id, p.problem))
            .collect();
        assert_eq!(found, expected);
        assert!(
            problems
                .iter()
                .all(|p| p.to_string().starts_with("Expected"))
        );
    }
}

#[test]
fn an_answer_to_nothing_is_no_answer() {
    let optional =
        SurveyDocument::parse(&CLAIM.replace("\"required\": true", "\"required\": false")).unwrap();
    let problems = optional
        .check_answers(&answers(&[("why", text(" "))]))
        .unwrap_err();
    assert_eq!(problems[0].problem, AnswerProblemKind::NothingAnswered);
    assert!(
        optional
            .check_answers(&answers(&[("why", text("because"))]))
            .is_ok()
    );
}
