//! The executable ones of the reference diagrams of the BPMN Model Interchange Working Group,
//! as they were drawn with Camunda's modeler: a customer's application (C.9.0) with a manual
//! check (C.9.2) that requests documents (C.9.1). The decision that they ask is ours. What the
//! other reference diagrams lack is told by the tests of the reader.

use std::io::Write;
use std::path::PathBuf;

use gardesh_engine::command::{CompleteJob, Deploy, PublishMessage, Resource};
use gardesh_engine::definition::{compile, compile_decisions};
use gardesh_engine::key::{JobKey, ProcessInstanceKey};

use crate::support::*;

/// The risk of an applicant by score: what the application looks at is a list of levels.
const RISK: &str = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="risk" name="Risk" namespace="risk">
  <decision id="risk_check" name="Risk check"><decisionTable id="t" hitPolicy="COLLECT">
    <input id="i" label="Score"><inputExpression id="e"><text>score</text></inputExpression></input>
    <output id="o1" name="risk" /><output id="o2" name="riskLevel" />
    <rule id="r1"><inputEntry id="r1i"><text>&lt; 100</text></inputEntry><outputEntry id="r1a"><text>"poor score"</text></outputEntry><outputEntry id="r1b"><text>"red"</text></outputEntry></rule>
    <rule id="r2"><inputEntry id="r2i"><text>[100..200]</text></inputEntry><outputEntry id="r2a"><text>"middling score"</text></outputEntry><outputEntry id="r2b"><text>"yellow"</text></outputEntry></rule>
    <rule id="r3"><inputEntry id="r3i"><text>&gt; 200</text></inputEntry><outputEntry id="r3a"><text>"none"</text></outputEntry><outputEntry id="r3b"><text>"green"</text></outputEntry></rule>
  </decisionTable></decision></definitions>"#;

const APPLICATION: &str = r#"{"applicant": {"name": "زهرا", "email": "zahra@example.ir", "age": 34},
    "corporation": "Gardesh", "applicationNumber": "A-1", "product": "household", "approved": true,
    "documents": ["passport", "deed"], "fraudSuspectedId": "A-1"}"#;

/// The type of the jobs of tasks that people do, where the diagram wants no user task.
const PERSON: &str = "io.camunda.zeebe:userTask";

const MAIL: &str = "io.camunda:sendgrid:1";

const DAY_MS: u64 = 86_400_000;

/// The three diagrams and the decision, deployed; none, and loudly so, where the corpora are
/// not at hand.
fn machine() -> Option<Machine> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let corpora = std::env::var_os("GARDESH_CORPORA").map_or_else(beside, PathBuf::from);
    let folder = corpora.join("bpmn-miwg");
    if !folder.is_dir() {
        let message = format!(
            "SKIPPED: expected the MIWG diagrams in {}, but there is no such folder. Hint: set GARDESH_CORPORA.",
            folder.display()
        );
        // Past the harness, which would keep the output of a passing test to itself.
        let _ = writeln!(std::io::stderr(), "{message}");
        return None;
    }
    let diagram = |name: &str| -> Resource {
        let xml = std::fs::read_to_string(folder.join(name)).expect("a readable diagram");
        compile(name, &xml).unwrap_or_else(|found| panic!("{name}: {found:?}"))
    };
    let mut resources: Vec<_> = ["C.9.0.bpmn", "C.9.1.bpmn", "C.9.2.bpmn"]
        .map(diagram)
        .into();
    resources.push(compile_decisions("risk.dmn", RISK).expect("a decision without mistakes"));
    let mut m = Machine::new();
    m.run(Deploy { resources }).unwrap();
    Some(m)
}

/// An application with a score.
fn apply(m: &mut Machine, score: u32) -> ProcessInstanceKey {
    let application = m.start_of("customer_onboarding_en", APPLICATION);
    m.do_job("calculateScore", &format!(r#"{{"score": {score}}}"#));
    application
}

fn publish(m: &mut Machine, name: &str, key: &str) {
    m.run(PublishMessage {
        name: name.into(),
        correlation_key: key.into(),
        message_id: None,
        time_to_live_ms: 0,
        variables: json("{}"),
    })
    .unwrap();
}

/// Sends the mails that are to be sent, and says how many.
fn emails(m: &mut Machine) -> usize {
    let before = m.trail().matches("SendTask_").count();
    m.do_jobs("email");
    m.trail().matches("SendTask_").count() - before
}

/// Somebody does the task of an element.
fn person_does(m: &mut Machine, element: &str, variables: &str) {
    let (first, end) = ((TENANT, JobKey(0)), (TENANT, JobKey(u64::MAX)));
    let jobs = m.engine.state().jobs.range(&first, &end, usize::MAX);
    let mut of_element = jobs.into_iter().filter(|(_, job)| {
        let definition = m.engine.definition(TENANT, job.definition);
        let id = definition.map(|definition| definition.node(job.element).id.clone());
        &*job.job_type == PERSON && id.as_deref() == Some(element)
    });
    let ((_, job), _) = of_element.next().expect("a job of the element");
    m.run(CompleteJob {
        job,
        attempt: None,
        variables: json(variables),
        result: None,
    })
    .unwrap();
}

/// The case has ended without an incident, and has taken these elements last.
fn assert_ended(m: &mut Machine, application: ProcessInstanceKey, last: &str) {
    assert!(!m.is_running(application));
    assert!(m.incidents().is_empty(), "{:?}", m.incidents());
    let trail = m.trail();
    assert!(trail.ends_with(last), "{trail}");
}

#[test]
fn an_application_without_risk_is_confirmed() {
    let Some(mut m) = machine() else { return };
    let application = apply(&mut m, 250);
    m.do_job("issuePolicy", "{}");
    let mail = m.activate(MAIL).remove(0);
    assert_eq!(
        mail.variables["to"].to_json(),
        r#"{"name":"زهرا","email":"zahra@example.ir"}"#
    );
    m.run(CompleteJob {
        job: mail.key,
        attempt: None,
        variables: json("{}"),
        result: None,
    })
    .unwrap();
    assert_ended(
        &mut m,
        application,
        "+ServiceTask_DeliverPolicy +SendTask_SendPolicy +EndEvent_ApplicationIssued +customer_onboarding_en",
    );
}

#[test]
fn a_risk_is_rejected() {
    let Some(mut m) = machine() else { return };
    let application = apply(&mut m, 50);
    m.do_job("rejectPolicy", "{}");
    m.do_job(MAIL, "{}");
    assert_ended(
        &mut m,
        application,
        "+SendTask_SendRejection +EndEvent_ApplicationRejected +customer_onboarding_en",
    );
}

#[test]
fn documents_are_requested_reminded_of_and_received_beside_the_manual_check() {
    let Some(mut m) = machine() else { return };
    let application = apply(&mut m, 150);
    let variables = json(&m.variables(application));
    let reference = variables["documentReferenceId"].to_json();
    let reference = reference.trim_matches('"');
    publish(&mut m, "Message_DocumentRequested", reference);
    assert_eq!(emails(&mut m), 2, "one for each document");
    m.tick(DAY_MS);
    assert_eq!(emails(&mut m), 2, "a reminder of each");
    // A message reaches one case of a process, so there is one for each document.
    publish(&mut m, "MESSAGE_documentReceived", reference);
    publish(&mut m, "MESSAGE_documentReceived", reference);
    m.tick(4 * DAY_MS);
    m.do_job("notifyCustomerDelay", "{}");
    person_does(&mut m, "UserTask_AccelerateDecision", "{}");
    person_does(&mut m, "UserTask_DecideOnApplication", "{}");
    m.do_job("issuePolicy", "{}");
    m.do_job(MAIL, "{}");
    let trail = m.trail();
    assert_eq!(trail.matches("+EndEvent_GotDocument").count(), 2, "{trail}");
    assert_ended(
        &mut m,
        application,
        "+EndEvent_ApplicationIssued +customer_onboarding_en",
    );
}

#[test]
fn a_fraud_that_is_found_ends_the_application() {
    let Some(mut m) = machine() else { return };
    let application = apply(&mut m, 150);
    publish(&mut m, "Message_FraudSuspected", "A-1");
    person_does(&mut m, "UserTask_CheckForFraud", r#"{"fraud": true}"#);
    m.do_job("reportFraud", "{}");
    assert_ended(
        &mut m,
        application,
        "+SendTask_ReportFraud +TerminateEvent_ApplicationCanceledFraud +customer_onboarding_en",
    );
}

#[test]
fn a_decision_that_takes_a_week_is_taken_for_a_fraud() {
    let Some(mut m) = machine() else { return };
    let application = apply(&mut m, 150);
    m.tick(7 * DAY_MS);
    m.do_job("reportFraud", "{}");
    assert_ended(
        &mut m,
        application,
        "+TerminateEvent_ApplicationCanceledFraud +customer_onboarding_en",
    );
    assert!(m.trail().contains("-ErrorEndEvent_Timeout"));
}

#[test]
fn a_cancellation_interrupts_whatever_there_is() {
    let Some(mut m) = machine() else { return };
    let application = apply(&mut m, 150);
    publish(&mut m, "Message_CancellationRequested", "1");
    m.do_job("cancelApplication", "{}");
    m.do_job("informCustomerSuccessfulCancelation", "{}");
    m.do_job("informOperationsSuccessfulCancelation", "{}");
    assert!(m.trail().contains("-UserTask_DecideOnApplication"));
    assert_ended(&mut m, application, "+customer_onboarding_en");
}

#[test]
fn a_document_is_reminded_of_six_times_and_asked_for_after_a_week() {
    let Some(mut m) = machine() else { return };
    let request = m.start_of("requestDocument_en", r#"{"documentReferenceId": "d-1"}"#);
    assert_eq!(emails(&mut m), 1);
    for _ in 0..6 {
        m.tick(DAY_MS);
        assert_eq!(emails(&mut m), 1);
    }
    m.tick(DAY_MS);
    assert_eq!(emails(&mut m), 0);
    person_does(&mut m, "UserTask_CallCustomer", "{}");
    assert_ended(
        &mut m,
        request,
        "+UserTask_CallCustomer +EndEvent_TalkedToCustomer +requestDocument_en",
    );
}
