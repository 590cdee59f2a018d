//! Suspended cases take no steps and lose nothing; suspended definitions start no cases.

use gardesh_engine::OpenEffects;
use gardesh_engine::command::{
    BindJobs, BroadcastSignal, CancelInstance, Command, CompleteJob, CompleteUserTask,
    CreateInstance, FailJob, ProcessRef, PublishMessage, RegisterComponent, ResolveIncident,
    ResumeDefinition, ResumeInstance, Retries, SetVariables, SuspendDefinition, SuspendInstance,
};
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::event::{Event, ProcessDefinitionEvent, ProcessInstanceEvent, VariableEvent};
use gardesh_engine::key::*;

use crate::support::*;

const HOUR_MS: u64 = 3_600_000;

fn timer(kind: &str, text: &str) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )
}

/// A task `a` with a boundary event, then a task `b`.
fn guarded(attributes: &str, event: &str) -> String {
    start_and_end()
        + &service("a", "")
        + &service("b", "")
        + &format!(
            r#"<bpmn:boundaryEvent id="late" attachedToRef="a" {attributes}>{event}</bpmn:boundaryEvent>"#
        )
        + &flows(&["start>a", "a>b", "b>end", "late>end"])
}

fn plain() -> String {
    start_and_end() + &service("a", "") + &service("b", "") + &flows(&["start>a", "a>b", "b>end"])
}

fn suspend(m: &mut Machine, instance: ProcessInstanceKey) {
    m.run(SuspendInstance { instance }).unwrap();
}

fn resume(m: &mut Machine, instance: ProcessInstanceKey) {
    m.run(ResumeInstance { instance }).unwrap();
}

fn complete(m: &mut Machine, job: JobKey) {
    m.run(CompleteJob {
        job,
        attempt: None,
        variables: json(r#"{"done": true}"#),
        result: None,
    })
    .unwrap();
}

#[test]
fn jobs_are_not_handed_out_and_outcomes_of_running_ones_wait() {
    let mut m = Machine::with(&plain());
    let case = m.start("{}");
    suspend(&mut m, case);
    assert!(m.activate("a").is_empty());
    resume(&mut m, case);
    let job = m.activate("a")[0].key;
    suspend(&mut m, case);
    complete(&mut m, job);
    assert_eq!(m.variables(case), r#"{"done":true}"#);
    assert_eq!(m.trail(), "+start");
    m.effects.clear();
    resume(&mut m, case);
    assert_eq!(m.trail(), "+start +a");
    assert!(m.effects.contains(&Effect::JobsAvailable {
        tenant: TENANT,
        job_type: "b".into()
    }));
    m.do_job("b", "{}");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn a_worker_has_its_time_and_its_failures_while_the_case_is_suspended() {
    let mut m = Machine::with(&plain());
    let case = m.start("{}");
    let job = m.activate("a")[0].key;
    suspend(&mut m, case);
    assert_eq!(m.engine.next_due(), None, "its deadline stands still");
    m.tick(HOUR_MS);
    m.run(FailJob {
        job,
        attempt: None,
        retries: Retries::Left(2),
        backoff_ms: Some(1_000),
        message: "no".into(),
        variables: json("{}"),
    })
    .unwrap();
    m.tick(HOUR_MS);
    assert!(m.activate("a").is_empty());
    resume(&mut m, case);
    m.tick(0);
    m.do_job("a", "{}");
    m.do_job("b", "{}");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn a_component_is_not_called_and_is_again_afterwards() {
    let mut m = Machine::with(&plain());
    let component = ComponentRow {
        name: "a".into(),
        version: "1".into(),
        title: "a".into(),
        digest: "abc".into(),
        role: ComponentRole::Step,
        pure: true,
        size: 1,
        details: "{}".into(),
        configuration: Vec::new(),
        registered_at_ms: 0,
    };
    let waits = m.start("{}");
    suspend(&mut m, waits);
    m.run(RegisterComponent {
        component: Box::new(component),
        replace: false,
    })
    .unwrap();
    m.run(BindJobs {
        job_type: "a".into(),
    })
    .unwrap();
    m.effects.clear();
    resume(&mut m, waits);
    let Some(Effect::InvokeStep { job, attempt }) = m.effects.pop() else {
        panic!("the component that came in the meantime takes the job");
    };
    suspend(&mut m, waits);
    assert!(m.engine.step_invocation(TENANT, job, attempt).is_none());
    let is_call = |effect: &Effect| matches!(effect, Effect::InvokeStep { .. });
    let mut page = OpenEffects::default();
    while let Some(effects) = m.engine.open_effects(&mut page) {
        assert!(!effects.iter().any(|(_, effect)| is_call(effect)));
    }
    // An outcome that was on its way is taken.
    m.run(CompleteJob {
        job,
        attempt: Some(attempt),
        variables: json("{}"),
        result: None,
    })
    .unwrap();
    resume(&mut m, waits);
    m.do_job("b", "{}");
    assert!(!m.is_running(waits));
}

#[test]
fn timers_stand_still_and_late_ones_fire_at_once() {
    for (attributes, kind, text, expected) in [
        ("", "timeDuration", "PT1H", "+start -a +late +end +p"),
        (
            "cancelActivity=\"false\"",
            "timeCycle",
            "R/PT1H",
            "+start +late +end",
        ),
    ] {
        let mut m = Machine::with(&guarded(attributes, &timer(kind, text)));
        let case = m.start("{}");
        suspend(&mut m, case);
        assert_eq!(m.engine.next_due(), None, "a suspended timer must not spin");
        m.tick(10 * HOUR_MS);
        assert_eq!(m.trail(), "+start");
        resume(&mut m, case);
        m.tick(0);
        assert_eq!(m.trail(), expected);
    }
}

#[test]
fn a_signal_is_heard_when_the_case_goes_on() {
    let event = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    let mut m = Machine::with(&guarded("", event));
    let case = m.start("{}");
    let job = m.activate("a")[0].key;
    suspend(&mut m, case);
    m.run(BroadcastSignal {
        name: "alarm".into(),
        variables: json(r#"{"level": 2}"#),
    })
    .unwrap();
    // The signal came first, so the job's end does not count any more.
    complete(&mut m, job);
    assert_eq!(m.trail(), "+start");
    resume(&mut m, case);
    assert_eq!(m.trail(), "+start -a +late +end +p");
    assert!(leftovers(&m).is_empty());
}

#[test]
fn user_tasks_cannot_be_completed() {
    let body = start_and_end()
        + r#"<bpmn:userTask id="u"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>"#
        + &flows(&["start>u", "u>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    let task = m.user_tasks()[0].key;
    let done = |m: &mut Machine| {
        m.run(CompleteUserTask {
            task,
            variables: json("{}"),
            action: None,
        })
    };
    suspend(&mut m, case);
    assert!(done(&mut m).unwrap_err().message.contains("suspended"));
    resume(&mut m, case);
    done(&mut m).unwrap();
    assert!(!m.is_running(case));
}

#[test]
fn incidents_can_be_resolved_and_their_steps_wait() {
    let body = start_and_end()
        + &service("a", "").replace("\"a\" />", "\"=kind\" />")
        + &flows(&["start>a", "a>end"]);
    let mut m = Machine::with(&body);
    let case = m.start("{}");
    let incident = m.incidents()[0].key;
    suspend(&mut m, case);
    m.run(SetVariables {
        scope: case.root(),
        instance: case,
        variables: json(r#"{"kind": "a"}"#),
        local: false,
    })
    .unwrap();
    m.run(ResolveIncident { incident }).unwrap();
    assert!(m.activate("a").is_empty());
    resume(&mut m, case);
    m.do_job("a", "{}");
    assert!(!m.is_running(case));
}

#[test]
fn a_suspended_case_can_be_cancelled_and_leaves_nothing() {
    let event = r#"<bpmn:signalEventDefinition signalRef="alarm" />"#;
    for event in [event.to_owned(), timer("timeDuration", "PT1H")] {
        let mut m = Machine::with(&guarded("", &event));
        let case = m.start(r#"{"x": 1}"#);
        let job = m.activate("a")[0].key;
        suspend(&mut m, case);
        complete(&mut m, job);
        m.run(CancelInstance { instance: case }).unwrap();
        assert_eq!(m.trail(), "+start -a -p");
        assert!(leftovers(&m).iter().all(|table| *table != "kept_steps"));
        assert!(!m.is_running(case));
        assert_eq!(m.engine.next_due(), None);
    }
}

#[test]
fn who_is_suspended_is_not_suspended_again_and_who_is_not_is_not_resumed() {
    let mut m = Machine::with(&plain());
    let instance = m.start("{}");
    assert!(m.run(ResumeInstance { instance }).is_err());
    suspend(&mut m, instance);
    assert!(m.run(SuspendInstance { instance }).is_err());
    for unknown in [
        Command::from(SuspendInstance {
            instance: ProcessInstanceKey(1),
        }),
        ResumeDefinition {
            definition: ProcessDefinitionKey(1),
        }
        .into(),
    ] {
        assert!(m.run(unknown).is_err());
    }
}

#[test]
fn a_suspended_definition_starts_no_cases_and_says_so() {
    let body = start_and_end()
        + r#"<bpmn:startEvent id="heard"><bpmn:signalEventDefinition signalRef="alarm" /></bpmn:startEvent>"#
        + &format!(
            r#"<bpmn:startEvent id="daily">{}</bpmn:startEvent>"#,
            timer("timeCycle", "R/PT24H")
        )
        + &flows(&["start>end", "heard>end", "daily>end"]);
    let mut m = Machine::new();
    let definition = m.deploy(&diagram(&body)).unwrap();
    m.run(SuspendDefinition { definition }).unwrap();
    assert!(m.run(SuspendDefinition { definition }).is_err());
    let by_hand = m.run(CreateInstance {
        process: ProcessRef::Key(definition),
        variables: json("{}"),
        business_key: None,
        start_at: Vec::new(),
        stop_after: Vec::new(),
        once: None,
    });
    assert!(by_hand.unwrap_err().message.contains("suspended"));
    let alarm = |m: &mut Machine| {
        m.run(BroadcastSignal {
            name: "alarm".into(),
            variables: json("{}"),
        })
        .unwrap()
    };
    alarm(&mut m);
    m.tick(24 * HOUR_MS);
    let skipped = |event: &&Event| {
        matches!(
            event,
            Event::ProcessDefinition(ProcessDefinitionEvent::StartSkipped { .. })
        )
    };
    assert_eq!(m.events().filter(skipped).count(), 2);
    let started = |event: &&Event| {
        matches!(
            event,
            Event::ProcessInstance(ProcessInstanceEvent::Created { .. })
        )
    };
    assert_eq!(m.events().filter(started).count(), 0);
    m.run(ResumeDefinition { definition }).unwrap();
    alarm(&mut m);
    m.tick(24 * HOUR_MS);
    assert_eq!(m.events().filter(started).count(), 2);
}

#[test]
fn a_caller_that_is_suspended_waits_for_its_called_case_to_come_back() {
    let call = r#"<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="q" /></bpmn:extensionElements></bpmn:callActivity>"#;
    let outer = diagram(&(start_and_end() + call + &flows(&["start>call", "call>end"])));
    let inner = diagram(&plain()).replace("id=\"p\"", "id=\"q\"");
    let mut m = Machine::new();
    m.deploy(&inner).unwrap();
    m.deploy(&outer).unwrap();
    for cancelled in [false, true] {
        let caller = m.start("{}");
        suspend(&mut m, caller);
        // Suspending does not reach through calls.
        m.do_job("a", "{}");
        if cancelled {
            m.run(CancelInstance { instance: caller }).unwrap();
        } else {
            m.do_job("b", "{}");
            assert!(m.is_running(caller));
            resume(&mut m, caller);
        }
        assert!(leftovers(&m).is_empty());
    }
}

#[test]
fn runs_of_a_sequence_wait_for_a_suspended_case() {
    let repetition = r#"<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics></bpmn:serviceTask>"#;
    let mut m = Machine::with(&plain().replacen("</bpmn:serviceTask>", repetition, 1));
    let case = m.start("{}");
    let job = m.activate("a")[0].key;
    suspend(&mut m, case);
    complete(&mut m, job);
    m.tick(0);
    assert!(m.activate("a").is_empty());
    resume(&mut m, case);
    m.do_job("a", "{}");
    m.do_job("b", "{}");
    assert!(leftovers(&m).is_empty());
}

fn resume_definition(m: &mut Machine, definition: ProcessDefinitionKey) {
    m.run(ResumeDefinition { definition }).unwrap();
}

fn started(m: &Machine) -> usize {
    let started = |event: &&Event| {
        matches!(
            event,
            Event::ProcessInstance(ProcessInstanceEvent::Created { .. })
        )
    };
    m.events().filter(started).count()
}

#[test]
fn a_timer_that_starts_one_case_waits_for_its_definition_to_be_resumed() {
    let body = format!(
        r#"<bpmn:startEvent id="once">{}</bpmn:startEvent><bpmn:endEvent id="end" />{}"#,
        timer("timeDate", "=now() + duration(&quot;PT1H&quot;)"),
        flows(&["once>end"])
    );
    for late in [true, false] {
        let mut m = Machine::new();
        let definition = m.deploy(&diagram(&body)).unwrap();
        m.run(SuspendDefinition { definition }).unwrap();
        assert_eq!(m.engine.next_due(), None);
        m.tick(if late { 2 * HOUR_MS } else { 0 });
        resume_definition(&mut m, definition);
        m.tick(if late { 0 } else { HOUR_MS });
        assert_eq!(started(&m), 1);
        assert_eq!(m.engine.next_due(), None);
    }
    // Another version takes its place, and nothing of it is left.
    let mut m = Machine::new();
    let definition = m.deploy(&diagram(&body)).unwrap();
    m.run(SuspendDefinition { definition }).unwrap();
    m.deploy(&diagram(&plain())).unwrap();
    resume_definition(&mut m, definition);
    assert_eq!(m.engine.next_due(), None);
}

#[test]
fn messages_that_live_wait_for_the_definition_that_they_start() {
    let mut m = Machine::new();
    let definition = m.deploy(&ordered()).unwrap();
    let waiting = leftovers(&m);
    m.run(SuspendDefinition { definition }).unwrap();
    for (key, time_to_live_ms) in [("1", HOUR_MS), ("1", HOUR_MS), ("2", HOUR_MS), ("3", 10)] {
        m.run(PublishMessage {
            name: "order".into(),
            correlation_key: key.into(),
            message_id: None,
            time_to_live_ms,
            variables: json("{}"),
        })
        .unwrap();
    }
    m.tick(10);
    assert_eq!(started(&m), 0);
    resume_definition(&mut m, definition);
    m.tick(0);
    assert_eq!(started(&m), 2);
    // The second of its key has its turn when the first case is over.
    m.do_jobs("a");
    assert_eq!(started(&m), 3);
    m.do_jobs("a");
    m.tick(HOUR_MS);
    assert_eq!(started(&m), 3);
    assert_eq!(leftovers(&m), waiting);
}

/// A diagram of process `p` that the message `order` starts, and a job after it.
fn ordered() -> String {
    let body = r#"<bpmn:startEvent id="ordered"><bpmn:messageEventDefinition messageRef="m_order" /></bpmn:startEvent><bpmn:endEvent id="end" />"#
        .to_owned()
        + &service("a", "")
        + &flows(&["ordered>a", "a>end"]);
    diagram(&body).replace(
        "</bpmn:definitions>",
        r#"<bpmn:message id="m_order" name="order" /></bpmn:definitions>"#,
    )
}

fn order(m: &mut Machine, number: u32, time_to_live_ms: u64) {
    m.run(PublishMessage {
        name: "order".into(),
        correlation_key: String::new(),
        message_id: None,
        time_to_live_ms,
        variables: json(&format!(r#"{{"n": {number}}}"#)),
    })
    .unwrap();
}

/// What the messages brought that started cases, in the order of these.
fn numbers(m: &Machine) -> Vec<String> {
    let brought = m.events().filter_map(|event| match event {
        Event::Variable(VariableEvent::Set { name, value, .. }) if &**name == "n" => {
            Some(value.to_string())
        }
        _ => None,
    });
    brought.collect()
}

#[test]
fn messages_without_key_start_their_cases_once_each_when_the_definition_is_resumed() {
    let mut m = Machine::new();
    let definition = m.deploy(&ordered()).unwrap();
    let other = ordered().replace(r#"process id="p""#, r#"process id="q""#);
    m.deploy(&other).unwrap();
    let waiting = leftovers(&m);
    order(&mut m, 1, HOUR_MS);
    assert_eq!(numbers(&m), ["1", "1"], "one case of each process");
    m.run(SuspendDefinition { definition }).unwrap();
    for (number, time_to_live_ms) in [(2, HOUR_MS), (3, 10), (4, 0), (5, HOUR_MS)] {
        order(&mut m, number, time_to_live_ms);
    }
    m.tick(10);
    assert_eq!(numbers(&m)[2..], ["2", "3", "4", "5"], "of the other one");
    resume_definition(&mut m, definition);
    order(&mut m, 6, HOUR_MS);
    m.tick(0);
    assert_eq!(numbers(&m)[6..], ["2", "5", "6", "6"]);
    m.tick(0);
    m.run(SuspendDefinition { definition }).unwrap();
    resume_definition(&mut m, definition);
    m.tick(0);
    assert_eq!(started(&m), 10);
    for _ in 0..started(&m) {
        m.do_jobs("a");
    }
    m.tick(HOUR_MS);
    assert_eq!(leftovers(&m), waiting);
}

#[test]
fn messages_without_key_wait_for_the_version_that_takes_the_place_of_a_suspended_one() {
    let mut m = Machine::new();
    order(&mut m, 1, HOUR_MS);
    let first = m.deploy(&ordered()).unwrap();
    m.run(SuspendDefinition { definition: first }).unwrap();
    order(&mut m, 2, HOUR_MS);
    // Another version takes the place of the one that the messages would have started.
    let second = m.deploy(&ordered().replace("\"end\"", "\"over\"")).unwrap();
    resume_definition(&mut m, first);
    m.run(SuspendDefinition { definition: second }).unwrap();
    order(&mut m, 3, HOUR_MS);
    resume_definition(&mut m, second);
    m.tick(0);
    assert_eq!(numbers(&m), ["1", "2", "3"]);
}

#[test]
fn very_many_messages_without_key_start_their_cases_over_several_ticks() {
    let mut m = Machine::new();
    let definition = m.deploy(&ordered()).unwrap();
    m.run(SuspendDefinition { definition }).unwrap();
    for number in 0..250 {
        order(&mut m, number, HOUR_MS);
    }
    resume_definition(&mut m, definition);
    for expected in [100, 200, 250] {
        m.tick(0);
        assert_eq!(started(&m), expected);
    }
    let in_order: Vec<String> = (0..250).map(|number: u32| number.to_string()).collect();
    assert_eq!(numbers(&m), in_order);
    assert!(
        m.engine
            .next_due()
            .is_some_and(|(at_ms, _)| at_ms > m.now_ms)
    );
}
