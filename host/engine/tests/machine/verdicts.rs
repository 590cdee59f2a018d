//! Components that are called as listeners of user tasks or that lead ad-hoc subprocesses:
//! what they are told, and what becomes of a result that their job cannot have. The same for
//! outside workers is in `user_tasks.rs` and `ad_hoc.rs`.

use gardesh_engine::command::{
    AdHocResult, AssignUserTask, CancelInstance, CompleteJob, CompleteUserTask, JobResult,
    RegisterComponent, ResolveIncident, TaskAnswer,
};
use gardesh_engine::effect::{Effect, Verdict};
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::incident::IncidentKind;
use gardesh_engine::entities::job::{JobKind, ListenerEvent};
use gardesh_engine::entities::user_task::{TaskChanges, TaskState};
use gardesh_engine::invocation::StepInvocation;
use gardesh_engine::rejection::Rejection;
use gardesh_engine::variables::Document;

use crate::support::*;

/// A task that `ask` looks at before it is assigned, changed or completed, then an ad-hoc
/// subprocess that `ask` leads, then a service task of `ask`.
fn diagram() -> String {
    let listeners: String = ["assigning", "updating", "completing"]
        .map(|event| format!(r#"<zeebe:taskListener eventType="{event}" type="ask" />"#))
        .concat();
    let user = format!(
        r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="=[&#34;clerks&#34;]" /><zeebe:taskListeners>{listeners}</zeebe:taskListeners></bpmn:extensionElements></bpmn:userTask>"#
    );
    let led = format!(
        r#"<bpmn:adHocSubProcess id="a"><bpmn:extensionElements><zeebe:taskDefinition type="ask" /></bpmn:extensionElements>{}</bpmn:adHocSubProcess>"#,
        service("x", "")
    );
    let flows = flows(&["start>u", "u>a", "a>ask", "ask>end"]);
    start_and_end() + &user + &led + &service("ask", "") + &flows
}

/// A machine with a case whose user task is open, and with the component `ask`.
fn machine() -> Machine {
    let mut m = Machine::with(&diagram());
    m.run(RegisterComponent {
        component: Box::new(ComponentRow {
            name: "ask".into(),
            version: "1.0.0".into(),
            title: "ask".into(),
            digest: "d1".into(),
            role: ComponentRole::Step,
            pure: true,
            size: 1,
            details: "{}".into(),
            configuration: Vec::new(),
            registered_at_ms: 0,
        }),
        replace: false,
    })
    .unwrap();
    m.start("{}");
    m
}

/// The component's call that came last.
fn called(m: &mut Machine) -> StepInvocation {
    let call = m.effects.iter().rev().find_map(|effect| match effect {
        Effect::InvokeStep { job, attempt } => Some((*job, *attempt)),
        _ => None,
    });
    let (job, attempt) = call.expect("a call");
    m.engine.step_invocation(TENANT, job, attempt).unwrap()
}

/// The component answers its call.
fn answer(m: &mut Machine, result: Option<JobResult>) -> Result<(), Rejection> {
    answer_with(m, "{}", result)
}

fn answer_with(
    m: &mut Machine,
    variables: &str,
    result: Option<JobResult>,
) -> Result<(), Rejection> {
    let job = called(m).job;
    m.run(CompleteJob {
        job: job.key,
        attempt: Some(job.attempt),
        variables: json(variables),
        result,
    })
    .map(drop)
}

fn verdict(denied: bool, corrections: TaskChanges) -> Option<JobResult> {
    Some(JobResult::UserTask {
        denied,
        reason: None,
        corrections,
    })
}

fn choice(elements: &[&str], is_fulfilled: bool) -> Option<JobResult> {
    let elements = elements
        .iter()
        .map(|id| ((*id).to_owned(), Document::new()));
    Some(JobResult::AdHoc(AdHocResult {
        elements: elements.collect(),
        is_fulfilled,
        cancel_remaining: false,
    }))
}

fn given_to(assignee: &str) -> TaskChanges {
    TaskChanges {
        assignee: Some(Some(assignee.into())),
        ..TaskChanges::default()
    }
}

fn assign(m: &mut Machine, assignee: &str) {
    let task = m.user_tasks()[0].key;
    m.run(AssignUserTask {
        task,
        assignee: assignee.into(),
        allow_override: true,
        action: Some("claim".into()),
    })
    .unwrap();
}

fn complete_task(m: &mut Machine) {
    let task = m.user_tasks()[0].key;
    m.run(CompleteUserTask {
        task,
        variables: json(r#"{"sum":1}"#),
        action: None,
    })
    .unwrap();
}

/// An incident of the job, whose message has this part; it is resolved.
#[track_caller]
fn mended_incident(m: &mut Machine, part: &str) {
    let incidents = m.incidents();
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    let job = (TENANT, incidents[0].job.unwrap());
    let job = m.engine.state().jobs.get(&job).unwrap();
    assert_eq!(incidents[0].kind, IncidentKind::from(job.kind));
    let message = &incidents[0].message;
    assert!(message.contains(part), "{message}");
    m.run(ResolveIncident {
        incident: incidents[0].key,
    })
    .unwrap();
}

#[track_caller]
fn assert_only_the_component_is_left(m: &Machine) {
    let tables = ["components", "component_digests", "component_versions"];
    assert_eq!(leftovers(m), tables);
}

#[test]
fn a_listener_is_told_of_the_task_as_it_will_be() {
    let mut m = machine();
    assign(&mut m, "ada");
    let call = called(&mut m);
    assert_eq!(call.job.kind, JobKind::TaskListener);
    assert_eq!(call.job.listener_event, Some(ListenerEvent::Assigning));
    let seen = call.user_task.unwrap();
    assert_eq!(seen.task.assignee.as_deref(), Some("ada"));
    assert_eq!(seen.task.candidate_groups, ["clerks".into()]);
    assert_eq!(
        (&*seen.action, seen.changed.as_slice()),
        ("claim", &["assignee"][..])
    );
    answer(&mut m, verdict(false, given_to("grace"))).unwrap();
    assert_eq!(m.user_tasks()[0].assignee.as_deref(), Some("grace"));
    complete_task(&mut m);
    let call = called(&mut m);
    assert_eq!(call.job.listener_event, Some(ListenerEvent::Completing));
    assert_eq!(call.variables.len(), 1);
    answer(&mut m, verdict(true, TaskChanges::default())).unwrap();
    assert_eq!(m.user_tasks()[0].state, TaskState::Created);
    assert!(m.incidents().is_empty());
}

#[test]
fn other_jobs_have_no_task() {
    let mut m = machine();
    complete_task(&mut m);
    answer(&mut m, None).unwrap();
    let call = called(&mut m);
    assert_eq!(call.job.kind, JobKind::AdHocSubProcess);
    assert!(call.user_task.is_none());
    answer(&mut m, choice(&["x"], false)).unwrap();
    m.do_job("x", "{}");
    answer(&mut m, choice(&[], true)).unwrap();
    let call = called(&mut m);
    assert_eq!(call.job.kind, JobKind::BpmnElement);
    assert!(call.user_task.is_none());
    answer(&mut m, None).unwrap();
    assert_only_the_component_is_left(&m);
}

#[test]
fn what_a_component_cannot_say_is_an_incident_that_can_be_mended() {
    let mut m = machine();
    complete_task(&mut m);
    let wrong = [
        (
            choice(&["x"], false),
            "the verdict of a user task's listener",
        ),
        (verdict(true, given_to("ada")), "a denial or corrections"),
        (
            verdict(
                false,
                TaskChanges {
                    due_date: Some(Some("tomorrow".into())),
                    ..TaskChanges::default()
                },
            ),
            "a date and time",
        ),
    ];
    for (result, part) in wrong {
        answer(&mut m, result).unwrap();
        mended_incident(&mut m, part);
    }
    answer_with(&mut m, r#"{"a":1}"#, None).unwrap();
    mended_incident(&mut m, "no variables");
    answer(&mut m, None).unwrap();
    let wrong = [
        (verdict(true, TaskChanges::default()), "AD_HOC_SUB_PROCESS"),
        (choice(&["x"], true), "does both"),
        (choice(&["nowhere"], false), "'nowhere' is none"),
        (choice(&["x"; 101], false), "at most 100 elements"),
    ];
    for (result, part) in wrong {
        answer(&mut m, result).unwrap();
        mended_incident(&mut m, part);
    }
    answer(&mut m, choice(&[], true)).unwrap();
    answer(&mut m, choice(&["x"], false)).unwrap();
    mended_incident(&mut m, "BPMN_ELEMENT");
    answer(&mut m, verdict(true, TaskChanges::default())).unwrap();
    mended_incident(&mut m, "BPMN_ELEMENT");
    answer(&mut m, None).unwrap();
    assert_only_the_component_is_left(&m);
}

/// What whoever asked something of the task was told, first to last.
fn told(m: &Machine) -> Vec<Verdict> {
    let verdicts = m.effects.iter().filter_map(|effect| match effect {
        Effect::TaskDecided { verdict, .. } => Some(verdict.clone()),
        _ => None,
    });
    verdicts.collect()
}

#[test]
fn whoever_asks_something_of_a_task_is_told_what_its_listeners_decided() {
    let mut m = machine();
    let task = m.user_tasks()[0].key;
    let ask = |m: &mut Machine| {
        let reply = m.run(AssignUserTask {
            task,
            assignee: "sara".into(),
            allow_override: true,
            action: None,
        });
        assert_eq!(reply.unwrap(), TaskAnswer::ListenersAsked { task });
    };
    ask(&mut m);
    assert!(told(&m).is_empty());
    answer(&mut m, verdict(true, TaskChanges::default())).unwrap();
    assert_eq!(told(&m), [Verdict::Denied(None)]);
    ask(&mut m);
    answer(&mut m, None).unwrap();
    assert_eq!(told(&m)[1..], [Verdict::Done]);
    ask(&mut m);
    let instance = m.user_tasks()[0].instance;
    m.run(CancelInstance { instance }).unwrap();
    assert_eq!(told(&m)[2..], [Verdict::Gone]);
}
