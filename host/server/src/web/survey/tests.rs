//! Tests of the pages as they are sent: what stands in them in which state and language,
//! and under which headers. The way through a browser is tested in the `tests` crate.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use gardesh_engine::entities::experience::{Invitation, InvitationState};
use gardesh_engine::experience::survey::SurveyDocument;
use gardesh_engine::key::{InvitationKey, ProcessInstanceKey, TenantId};

use super::asked::{Asked, Reader};
use super::form::Filled;

const EXPIRES_MS: u64 = 1_000;

const SURVEY: &str = r#"{
  "id": "claim", "title": {"en": "Your <claim>", "fa": "پروندهٔ شما"},
  "questions": [
    {"id": "recommend", "type": "nps", "title": {"en": "Recommend us?", "fa": "پیشنهاد؟"}, "required": true},
    {"id": "satisfied", "type": "csat", "title": {"en": "Satisfied?", "fa": "راضی؟"}},
    {"id": "easy", "type": "ces", "title": {"en": "Easy?", "fa": "آسان؟"},
     "labels": {"low": {"en": "Like hell"}}},
    {"id": "why", "type": "text", "title": {"en": "Why?", "fa": "چرا؟"}, "required": true}
  ],
  "thanks": {"en": "We read them all.", "fa": "همه را می‌خوانیم."}
}"#;

fn asked(state: InvitationState, language: Option<&str>) -> Asked {
    let invitation = Invitation {
        key: InvitationKey(1),
        token: "5".repeat(64).into(),
        survey: "claim".into(),
        survey_version: 1,
        instance: ProcessInstanceKey(2),
        process_id: "insurance-claim".into(),
        trigger: "post-case".into(),
        trigger_version: "1.0.0".into(),
        customer: None,
        language: language.map(Arc::from),
        channel: "link".into(),
        state,
        created_at_ms: 0,
        due_at_ms: 0,
        expires_at_ms: EXPIRES_MS,
    };
    Asked {
        tenant: TenantId::DEFAULT,
        invitation: Arc::new(invitation),
        survey: SurveyDocument::parse(SURVEY).unwrap(),
    }
}

/// What a reader sees who asks with this query and these accepted languages.
fn seen(asked: &Asked, query: &str, accepted: &str, now_ms: u64) -> Response {
    let uri: Uri = format!("/s/token{query}").parse().unwrap();
    let headers = HeaderMap::from_iter([(ACCEPT_LANGUAGE, accepted.parse().unwrap())]);
    asked.page(&Reader::new(&uri, &headers), now_ms)
}

async fn body(response: Response) -> String {
    String::from_utf8(
        to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec(),
    )
    .unwrap()
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[tokio::test]
async fn the_open_form_has_every_question_once() {
    let page = body(seen(&asked(InvitationState::Open, None), "", "en", 1)).await;
    assert!(page.contains(r#"<html lang="en" dir="ltr">"#));
    assert!(
        page.contains("Your &#60;claim&#62;"),
        "texts of the author are escaped"
    );
    assert_eq!(
        count(&page, r#"name="q-recommend""#),
        11,
        "0 to 10, and no way out of a required question"
    );
    assert_eq!(
        count(&page, r#"name="q-satisfied""#),
        6,
        "five degrees and no answer"
    );
    assert_eq!(
        count(&page, r#"name="q-easy""#),
        8,
        "seven steps and no answer"
    );
    assert_eq!(count(&page, r#"name="q-why""#), 1);
    assert!(
        page.contains("Like hell") && page.contains("Very easy"),
        "own words at one end, ours at the other"
    );
    assert!(!page.contains(" checked") && !page.contains("role=\"alert\""));
    assert!(
        !page.contains("<script") && !page.contains("src=") && !page.contains("://"),
        "nothing to load or run"
    );
    assert!(page.contains(r#"<a href="?lang=fa" lang="fa" hreflang="fa" dir="rtl">فارسی</a>"#));
}

#[tokio::test]
async fn the_language_is_the_readers() {
    for (query, known, accepted, expected) in [
        ("?lang=fa", Some("en"), "en", "fa"),
        ("?lang=en", Some("fa"), "fa", "en"),
        ("", Some("fa-IR"), "en", "fa"),
        ("", None, "de, fa;q=0.5", "fa"),
        ("", None, "de", "en"),
        ("?lang=%22%3E%3Cscript%3E", None, "de", "en"),
    ] {
        let response = seen(&asked(InvitationState::Open, known), query, accepted, 1);
        assert_eq!(
            response.headers()["content-language"],
            expected,
            "{query} {known:?} {accepted}"
        );
        let page = body(response).await;
        assert!(
            page.contains(&format!(r#"<html lang="{expected}""#)),
            "{query} {known:?} {accepted}"
        );
    }
}

#[tokio::test]
async fn persian_runs_from_right_to_left_with_its_own_digits() {
    let page = body(seen(&asked(InvitationState::Open, Some("fa")), "", "en", 1)).await;
    assert!(page.contains(r#"<html lang="fa" dir="rtl">"#));
    assert!(
        page.contains(r#"value="10"><span>۱۰<"#),
        "shown in Persian, sent in ASCII"
    );
    assert!(page.contains("پرسش ۲ از ۴") && page.contains("۴٬۰۰۰ نویسه"));
    for text in [
        "Question",
        "optional",
        "No answer",
        "Send",
        "Very satisfied",
    ] {
        assert!(!page.contains(text), "{text} is not Persian");
    }
}

#[tokio::test]
async fn each_state_has_its_page() {
    use InvitationState::*;
    for (state, now_ms, status, text) in [
        (Open, EXPIRES_MS - 1, StatusCode::OK, "<form"),
        (Open, EXPIRES_MS, StatusCode::GONE, "This survey is closed"),
        (Scheduled, 1, StatusCode::OK, "not open yet"),
        (
            Scheduled,
            EXPIRES_MS,
            StatusCode::GONE,
            "This survey is closed",
        ),
        (Answered, 1, StatusCode::OK, "We read them all."),
        (
            Answered,
            EXPIRES_MS,
            StatusCode::OK,
            "Your answers have been recorded",
        ),
    ] {
        let asked = asked(state, None);
        let response = seen(&asked, "", "en", now_ms);
        assert_eq!(response.status(), status, "{state:?} {now_ms}");
        let page = body(response).await;
        assert!(page.contains(text), "{state:?} {now_ms}: {page}");
        assert_eq!(
            page.contains("<form"),
            asked.is_open(now_ms),
            "{state:?} {now_ms}"
        );
    }
}

#[tokio::test]
async fn a_refused_answer_comes_back_with_all_that_was_entered() {
    let asked = asked(InvitationState::Open, None);
    let filled = Filled::read(b"q-satisfied=4&q-easy=&q-recommend=11&q-why=+%0D%0A+");
    let problems = asked
        .survey
        .check_answers(&filled.answers(&asked.survey))
        .unwrap_err();
    for (language, counted, first, second) in [
        (
            "en",
            "2 answers need another look",
            "Choose one of the answers.",
            "Write an answer.",
        ),
        (
            "fa",
            "۲ پاسخ نیاز به بازبینی دارد",
            "یکی از گزینه‌ها را انتخاب کنید.",
            "پاسخ خود را بنویسید.",
        ),
    ] {
        let response = asked.refused(&language.into(), &filled, &problems);
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let page = body(response).await;
        assert!(page.contains(counted));
        assert_eq!(
            (count(&page, first), count(&page, second)),
            (2, 2),
            "in the summary and at the question"
        );
        assert!(
            page.contains(r##"<a href="#question-recommend">"##)
                && page.contains(r#"id="question-recommend""#)
        );
        assert!(
            page.contains(r#"tabindex="-1" autofocus"#),
            "the summary has the focus"
        );
        assert!(page.contains(r#"aria-describedby="error-why hint-why""#));
        assert!(page.contains(r#"name="q-satisfied" value="4" checked"#));
        assert!(page.contains(r#"name="q-easy" value="" checked"#));
        assert_eq!(count(&page, " checked"), 2);
    }
}

#[tokio::test]
async fn what_was_entered_is_escaped() {
    let asked = asked(InvitationState::Open, None);
    let filled =
        Filled::read(b"q-recommend=9&q-why=%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E");
    let response = asked.not_recorded(&"en".into(), &filled);
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "60");
    let page = body(response).await;
    assert!(page.contains("could not be recorded"));
    assert!(
        page.contains("&#60;/textarea&#62;&#60;script&#62;alert(1)") && !page.contains("<script")
    );
}

#[tokio::test]
async fn no_page_is_kept_framed_indexed_or_referred_to() {
    let headers = HeaderMap::new();
    let uri: Uri = "/s/wrong".parse().unwrap();
    let unknown = Reader::new(&uri, &headers).notice(StatusCode::NOT_FOUND, |texts| &texts.unknown);
    let open = seen(&asked(InvitationState::Open, None), "", "en", 1);
    for response in [unknown, open, super::reply::see_page("fa")] {
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert!(header("x-robots-tag").contains("noindex"));
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
            "{policy}"
        );
        assert!(
            !policy.contains("unsafe") && !policy.contains("script-src"),
            "{policy}"
        );
    }
}

#[test]
fn a_recorded_answer_leads_back_to_the_page() {
    let response = super::reply::see_page("fa");
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "?lang=fa");
}
