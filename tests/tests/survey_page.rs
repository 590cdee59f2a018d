//! The survey page as a customer meets it: in a real Chromium on a phone of 360 pixels,
//! with JavaScript off, by keyboard, in Persian and in English, on the real binary. What
//! stands on the page in which state is tested beside its source.

use std::fs;
use std::sync::OnceLock;

use gardesh_tests::{Options, Phone, Server, eventually, key, target};
use serde_json::{Value, json};

const WIDTH: u32 = 360;
const HEIGHT: u32 = 740;

/// The side of a square that a thumb hits.
const TARGET: f64 = 44.0;

/// Key presses after which a walk by keyboard has missed its aim.
const MAX_STEPS: usize = 40;

/// A case that is over as soon as it begins, for the example's own trigger to look at.
const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="definitions" targetNamespace="urn:test">
  <process id="insurance-claim" isExecutable="true">
    <startEvent id="claim-received"/>
    <sequenceFlow id="on" sourceRef="claim-received" targetRef="claim-paid"/>
    <endEvent id="claim-paid"/>
  </process>
</definitions>"#;

/// The texts of a page by which the test knows where it is.
struct Words {
    language: &'static str,
    direction: &'static str,
    digit_nine: &'static str,
    choose: &'static str,
    recorded: &'static str,
    comment: &'static str,
}

const PERSIAN: Words = Words {
    language: "fa",
    direction: "rtl",
    digit_nine: "۹",
    choose: "یکی از گزینه‌ها را انتخاب کنید.",
    recorded: "پاسخ‌های شما ثبت شد",
    comment: "همه‌چیز خوب بود — ممنون",
};

const ENGLISH: Words = Words {
    language: "en",
    direction: "ltr",
    digit_nine: "9",
    choose: "Choose one of the answers.",
    recorded: "Your answers have been recorded",
    comment: "All went well — <b>thanks</b> & bye",
};

/// Every kind of question, so that each has its place on the phone.
fn survey() -> Value {
    json!({
        "id": "claim-satisfaction",
        "title": {"en": "How did we handle your claim?", "fa": "رسیدگی ما به خسارت شما چطور بود؟"},
        "intro": {"en": "Four questions, about a minute.", "fa": "چهار پرسش، حدود یک دقیقه."},
        "questions": [
            {"id": "recommend", "type": "nps", "required": true,
             "title": {"en": "How likely are you to recommend us?", "fa": "چقدر احتمال دارد ما را پیشنهاد کنید؟"}},
            {"id": "satisfaction", "type": "csat", "required": true,
             "title": {"en": "How satisfied are you?", "fa": "چقدر راضی هستید؟"}},
            {"id": "ease", "type": "ces",
             "title": {"en": "How easy was it for you?", "fa": "کار برای شما چقدر آسان بود؟"}},
            {"id": "comment", "type": "text",
             "title": {"en": "What should we do better?", "fa": "چه کاری را بهتر انجام دهیم؟"}}
        ]
    })
}

/// A server on which a case has ended and its customer is invited.
struct Invited {
    server: Server,
    case: String,
    link: String,
}

impl Invited {
    fn start(language: &str) -> Invited {
        let server = Server::start(&Options::default());
        server.push_component(trigger());
        server.save_survey(&survey());
        server.deploy(&[("claim.bpmn", PROCESS)]);
        let customer = json!({"id": "c-17", "language": language});
        let case = server.start_case("insurance-claim", json!({"customer": customer}));
        let invitations = format!("/v1/invitations?processInstanceKey={case}&state=OPEN");
        let invitation = eventually("an invitation", || server.list(&invitations).pop());
        let link = invitation["link"].as_str().expect("a link").to_owned();
        Invited { server, case, link }
    }

    /// The link without the server's address.
    fn path(&self) -> &str {
        self.link
            .strip_prefix(&self.server.url(""))
            .expect("a link to this server")
    }

    fn responses(&self) -> Vec<Value> {
        self.server
            .list(&format!("/v1/responses?processInstanceKey={}", self.case))
    }

    /// How far the journal is: everything that is recorded moves it on.
    fn position(&self) -> Value {
        self.server.get("/v1/health").expect(200).json()["position"].take()
    }
}

/// The example's trigger, which asks by survey `claim-satisfaction` once a case is over.
fn trigger() -> &'static [u8] {
    static WASM: OnceLock<Vec<u8>> = OnceLock::new();
    WASM.get_or_init(|| {
        let path = target()
            .join("components")
            .join("satisfaction-trigger.wasm");
        fs::read(&path).unwrap_or_else(|e| {
            panic!(
                "Expected the component {}, but {e}. Run `make build`.",
                path.display()
            )
        })
    })
}

#[test]
fn a_customer_answers_in_persian() {
    check(&PERSIAN);
}

#[test]
fn a_customer_answers_in_english() {
    check(&ENGLISH);
}

fn check(words: &Words) {
    let mut invited = Invited::start(words.language);
    let phone = Phone::start(WIDTH, HEIGHT, words.language);
    check_that_no_script_runs(&phone);
    let before = invited.position();

    phone.open(&invited.link);
    check_looks(&phone, words, "form");
    phone.prefer_colours("dark");
    check_looks(&phone, words, "form-dark");
    phone.prefer_colours("light");
    check_that_reading_records_nothing(&invited, &before);

    send_without_answers(&phone, words);
    check_that_reading_records_nothing(&invited, &before);

    fill_in_by_keyboard(&phone, words);
    eventually("the page after the answer", || {
        phone.url().contains("?lang=").then_some(())
    });
    assert_eq!(phone.text(&phone.one("h1")), words.recorded);
    check_looks(&phone, words, "thanks");
    check_the_one_response(&invited, words);

    phone.reload();
    assert_eq!(phone.text(&phone.one("h1")), words.recorded);
    check_that_sending_again_changes_nothing(&invited);
    invited.server.kill9();
    invited.server.restart();
    phone.open(&invited.link);
    assert_eq!(phone.text(&phone.one("h1")), words.recorded);
    check_the_one_response(&invited, words);
}

/// Whether the browser is really as strict as the test wants it.
fn check_that_no_script_runs(phone: &Phone) {
    phone.open("data:text/html,<title>off</title><script>document.title='on'</script>");
    assert_eq!(phone.title(), "off");
}

/// The page's direction, that it fits the phone, and that a thumb hits what is to be hit.
/// A picture is kept for the eye.
fn check_looks(phone: &Phone, words: &Words, name: &str) {
    let pictures = target().join("screenshots");
    fs::create_dir_all(&pictures).expect("a folder for pictures");
    fs::write(
        pictures.join(format!("survey-{}-{name}.png", words.language)),
        phone.picture(),
    )
    .expect("a picture");

    let html = phone.one("html");
    assert_eq!(phone.attribute(&html, "dir"), words.direction);
    assert_eq!(phone.attribute(&html, "lang"), words.language);
    let (width, _) = phone.content_size();
    assert!(
        width <= f64::from(WIDTH),
        "{name}: nothing scrolls sideways, but the page is {width} pixels wide"
    );
    for element in phone.all("body *") {
        let rect = phone.rect(&element);
        let fits = rect.x >= -0.5 && rect.x + rect.width <= f64::from(WIDTH) + 0.5;
        assert!(
            fits,
            "{name}: '{}' at {rect:?} leaves the phone",
            phone.text(&element)
        );
    }
    for element in phone.all("nav a, .number, .degree, .none, textarea, button") {
        let rect = phone.rect(&element);
        let large = rect.width >= TARGET && rect.height >= TARGET;
        assert!(large, "{name}: '{}' is only {rect:?}", phone.text(&element));
    }
}

/// Nobody's look at the page, however often and by whatever method, moves the journal.
fn check_that_reading_records_nothing(invited: &Invited, before: &Value) {
    for path in [
        invited.path().to_owned(),
        format!("{}?lang=fa", invited.path()),
        format!("{}?lang=en", invited.path()),
    ] {
        let reply = invited.server.get(&path).expect(200);
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
    }
    invited
        .server
        .send("HEAD", invited.path(), &[], None)
        .expect("a reply");
    assert_eq!(&invited.position(), before);
    assert_eq!(invited.responses(), [] as [Value; 0]);
}

/// Sends the empty form by keyboard: the page comes back, says what is missing where, and
/// has the focus on it.
fn send_without_answers(phone: &Phone, words: &Words) {
    walk_to(phone, "type", "submit");
    phone.press(key::ENTER);
    let summary = eventually("the page with what is missing", || {
        phone.all("[role=alert]").pop()
    });
    assert_eq!(phone.all(".error").len(), 2, "the two required questions");
    assert_eq!(phone.text(&phone.one(".error")), words.choose);
    assert_eq!(
        phone.text(&phone.focused()),
        phone.text(&summary),
        "the summary has the focus"
    );
    check_looks(phone, words, "refused");
}

/// From the summary to the button with keys alone: nine of ten, four of five, no answer
/// to the third question, a text.
fn fill_in_by_keyboard(phone: &Phone, words: &Words) {
    walk_to(phone, "name", "q-recommend");
    phone.press(key::SPACE);
    phone.press(&key::DOWN.repeat(9));
    assert_eq!(phone.attribute(&phone.focused(), "value"), "9");
    let chosen = phone.one(".number:has(:checked)");
    assert_eq!(phone.text(&chosen), words.digit_nine);

    walk_to(phone, "name", "q-satisfaction");
    phone.press(key::SPACE);
    phone.press(&key::DOWN.repeat(3));
    walk_to(phone, "name", "q-comment");
    phone.press(words.comment);
    check_looks(phone, words, "filled");
    walk_to(phone, "type", "submit");
    phone.press(key::ENTER);
}

/// Moves the focus on until it is on the control with the given attribute.
fn walk_to(phone: &Phone, attribute: &str, value: &str) {
    for _ in 0..MAX_STEPS {
        phone.press(key::TAB);
        if phone.attribute(&phone.focused(), attribute) == value {
            return;
        }
    }
    panic!(
        "Expected to reach the control with {attribute}={value} by keyboard, but it is not on the way."
    );
}

/// What was filled in, recorded once.
fn check_the_one_response(invited: &Invited, words: &Words) {
    let responses = invited.responses();
    assert_eq!(responses.len(), 1, "{responses:?}");
    let response = &responses[0];
    assert_eq!(response["surveyId"], "claim-satisfaction");
    assert_eq!(response["language"], words.language);
    let answers = json!({
        "recommend": {"type": "nps", "score": 9},
        "satisfaction": {"type": "csat", "score": 4},
        "comment": {"type": "text", "text": words.comment},
    });
    assert_eq!(response["answers"], answers);
}

/// The same form once more, as after "back": it is taken note of, and nothing happens.
fn check_that_sending_again_changes_nothing(invited: &Invited) {
    let before = invited.position();
    let form = b"language=en&q-recommend=0&q-satisfaction=1";
    let reply = invited
        .server
        .post_bytes(invited.path(), "application/x-www-form-urlencoded", form)
        .expect(303);
    assert!(reply.header("location").starts_with("?lang="), "{reply:?}");
    assert_eq!(invited.position(), before);
}

#[test]
fn a_wrong_link_says_nothing() {
    let invited = Invited::start("en");
    let wrong = [
        "/s/x".to_owned(),
        format!("/s/{}", "0".repeat(64)),
        format!("{}0", invited.path()),
        "/s/%FF%00".to_owned(),
    ];
    let form = b"language=en&q-recommend=0&q-satisfaction=1";
    let replies = wrong.iter().flat_map(|path| {
        let posted = invited
            .server
            .post_bytes(path, "application/x-www-form-urlencoded", form);
        [invited.server.get(path), posted]
    });
    let bodies: Vec<String> = replies.map(|reply| reply.expect(404).body).collect();
    assert!(
        bodies.iter().all(|body| *body == bodies[0]),
        "every wrong link is answered alike"
    );
    assert_eq!(invited.responses(), [] as [Value; 0]);
}

#[test]
fn what_is_no_form_is_refused_and_records_nothing() {
    let invited = Invited::start("en");
    let before = invited.position();
    for (content_type, body, status) in [
        ("application/json", "{\"recommend\": 9}", 415),
        ("multipart/form-data; boundary=x", "--x--", 415),
        ("application/x-www-form-urlencoded", "", 422),
        (
            "application/x-www-form-urlencoded",
            "q-recommend=11&q-satisfaction=3",
            422,
        ),
        (
            "application/x-www-form-urlencoded",
            "q-recommend=9&q-satisfaction=3&q-made-up=1",
            422,
        ),
    ] {
        let reply = invited
            .server
            .post_bytes(invited.path(), content_type, body.as_bytes());
        assert_eq!(reply.status, status, "{content_type}: {}", reply.body);
    }
    // The server does not read to the end what is too long, so its answer may be lost in the
    // hurry of the sender.
    let huge = format!("q-comment={}", "x".repeat(8 * 1024 * 1024));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    if let Ok(reply) = invited
        .server
        .send("POST", invited.path(), &form, Some(huge.as_bytes()))
    {
        assert_eq!(reply.status, 413, "{}", reply.body);
    }
    assert_eq!(invited.position(), before);
    assert_eq!(invited.responses(), [] as [Value; 0]);
}
