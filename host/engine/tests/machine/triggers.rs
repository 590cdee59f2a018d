//! Bounds on triggers, and switching them off: a chain of cases that triggers start ends by itself, in recorded
//! decisions that somebody sees.

use std::collections::BTreeMap;

use gardesh_engine::command::{
    Command, CreateInstance, DisableTrigger, EnableTrigger, RecordDecisions, RegisterComponent,
    RemoveComponent,
};
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::component::{ComponentRole, ComponentRow};
use gardesh_engine::entities::trigger::{Decision, EventType, Subscription};
use gardesh_engine::event::{Event, ExperienceEvent, ProcessInstanceEvent, TriggerEvent};
use gardesh_engine::key::*;
use gardesh_engine::limits::{
    MAX_TRIGGER_DEPTH, MAX_TRIGGERED_STARTS_PER_MINUTE, MAX_WAITING_FIRINGS,
};
use gardesh_engine::rejection::RejectionKind;

use crate::support::*;

fn trigger() -> ComponentRow {
    let subscription = Subscription {
        event_type: EventType::InstanceCompleted,
        process_id: None,
        element_id: None,
    };
    ComponentRow {
        name: "fork".into(),
        version: "1.0.0".into(),
        title: "fork".into(),
        digest: "d1".into(),
        role: ComponentRole::Trigger(vec![subscription]),
        pure: true,
        size: 1,
        details: "{}".into(),
        configuration: Vec::new(),
        registered_at_ms: 0,
    }
}

fn register(m: &mut Machine, component: ComponentRow) {
    let component = Box::new(component);
    let replace = false;
    m.run(RegisterComponent { component, replace }).unwrap();
}

/// A machine with a process and a trigger that looks at its ends.
fn machine(body: &str) -> Machine {
    let mut m = Machine::with(body);
    register(&mut m, trigger());
    m
}

fn at_once() -> String {
    start_and_end() + &flows(&["start>end"])
}

fn firings(m: &mut Machine) -> Vec<FiringKey> {
    let effects = std::mem::take(&mut m.effects).into_iter();
    let found = effects.filter_map(|effect| match effect {
        Effect::InvokeTrigger { firing } => Some(firing),
        _ => None,
    });
    found.collect()
}

/// The trigger answers one firing with so many starts.
fn multiply(m: &mut Machine, firing: FiringKey, times: usize) -> bool {
    let start = Decision::StartProcess {
        process: "p".into(),
        variables: json("{}"),
        reason: "more".into(),
    };
    let outcome = Ok(vec![start; times]);
    m.run(RecordDecisions { firing, outcome }).is_ok()
}

/// How often each reason code was recorded.
fn codes(m: &Machine) -> BTreeMap<String, usize> {
    let mut codes = BTreeMap::new();
    for event in m.events() {
        let Event::Trigger(TriggerEvent::Decided { decisions, .. }) = event else {
            continue;
        };
        for decision in decisions {
            if let Decision::Nothing { code, .. } = decision {
                *codes.entry(code.to_string()).or_default() += 1;
            }
        }
    }
    codes
}

fn started(m: &Machine) -> usize {
    let is_start = |event: &&Event| {
        matches!(
            event,
            Event::ProcessInstance(ProcessInstanceEvent::Created { .. })
        )
    };
    m.events().filter(is_start).count()
}

/// Whether the engine has switched the trigger off, and told somebody.
fn is_switched_off(m: &Machine, words: &str) -> bool {
    let row = m
        .engine
        .state()
        .disabled_triggers
        .get(&(TENANT, "fork".into()));
    let reason = row.and_then(|row| row.reason.clone());
    let told = |event: &Event| matches!(event, Event::Experience(ExperienceEvent::NotificationCreated { notification }) if notification.body.contains(words));
    reason.is_some_and(|reason| reason.contains(words)) && m.events().any(told)
}

#[test]
fn a_trigger_that_multiplies_is_switched_off_and_what_waits_for_it_ends() {
    let mut m = machine(&at_once());
    m.start("{}");
    loop {
        let waiting = firings(&mut m);
        if waiting.is_empty() {
            break;
        }
        for firing in waiting {
            if !multiply(&mut m, firing, 16) {
                break;
            }
        }
    }
    let chain = MAX_TRIGGERED_STARTS_PER_MINUTE as usize;
    assert_eq!(started(&m), 1 + 16 + chain);
    assert!(codes(&m)["trigger-too-often"] > 0);
    assert!(codes(&m)["trigger-disabled"] > 0);
    assert!(is_switched_off(&m, "in a minute"));
    let state = m.engine.state();
    let last = FiringKey(u64::MAX);
    assert!(
        state
            .firings
            .range(&(TENANT, FiringKey(0)), &(TENANT, last), 1)
            .is_empty()
    );
    // Nobody fires it any more, until somebody enables it; in the next minute it may go on.
    m.start("{}");
    assert_eq!(firings(&mut m), []);
    m.run(EnableTrigger {
        name: "fork".into(),
    })
    .unwrap();
    m.now_ms += 60_000;
    m.start("{}");
    assert_eq!(firings(&mut m).len(), 1);
}

#[test]
fn a_chain_that_only_goes_on_is_stopped_by_its_depth_unless_its_cases_take_long() {
    let body = start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]);
    for (minutes, cases) in [(0, MAX_TRIGGER_DEPTH as usize + 1), (60, 40)] {
        let mut m = machine(&body);
        m.start("{}");
        for _ in 0..39 {
            m.now_ms += minutes * 60_000;
            m.do_jobs("a");
            for firing in firings(&mut m) {
                multiply(&mut m, firing, 1);
            }
        }
        assert_eq!(started(&m), cases);
        assert_eq!(is_switched_off(&m, "16 deep"), minutes == 0);
    }
}

#[test]
fn a_chain_stays_known_through_calls_and_messages() {
    let message = |id: &str| format!(r#"<bpmn:message id="{id}" name="{id}" />"#);
    let relay = diagram(
        &(r#"<bpmn:startEvent id="start" /><bpmn:endEvent id="end"><bpmn:extensionElements><zeebe:publishMessage correlationKey="=&quot;&quot;" /></bpmn:extensionElements><bpmn:messageEventDefinition messageRef="on" /></bpmn:endEvent>"#.to_owned()
            + &flows(&["start>end"])),
    )
    .replace("</bpmn:definitions>", &format!("{}</bpmn:definitions>", message("on")));
    let listener = diagram(
        &(r#"<bpmn:startEvent id="start"><bpmn:messageEventDefinition messageRef="on" /></bpmn:startEvent><bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="child" /></bpmn:extensionElements></bpmn:callActivity>"#.to_owned()
            + &flows(&["start>call"])),
    )
    .replace(r#"process id="p""#, r#"process id="listener""#)
    .replace("</bpmn:definitions>", &format!("{}</bpmn:definitions>", message("on")));
    let child = diagram(&at_once()).replace(r#"process id="p""#, r#"process id="child""#);
    let mut m = Machine::new();
    for xml in [relay, listener, child] {
        m.deploy(&xml).unwrap();
    }
    let only_child = Subscription {
        event_type: EventType::InstanceCompleted,
        process_id: Some("child".into()),
        element_id: None,
    };
    let component = ComponentRow {
        role: ComponentRole::Trigger(vec![only_child]),
        ..trigger()
    };
    register(&mut m, component);
    m.start("{}");
    for _ in 0..40 {
        for firing in firings(&mut m) {
            multiply(&mut m, firing, 1);
        }
    }
    assert_eq!(started(&m), 3 * (MAX_TRIGGER_DEPTH as usize + 1));
    assert!(is_switched_off(&m, "16 deep"));
}

#[test]
fn a_trigger_is_disabled_enabled_and_removed_at_once() {
    let name = || "fork".to_owned();
    let disable = || DisableTrigger { name: name() };
    let enable = || EnableTrigger { name: name() };
    let remove = || RemoveComponent { name: name() };
    let mut m = machine(&at_once());
    m.start("{}");
    let waiting = firings(&mut m)[0];
    assert_eq!(
        m.run(enable()).unwrap_err().kind,
        RejectionKind::InvalidState
    );
    m.run(disable()).unwrap();
    assert_eq!(
        m.run(disable()).unwrap_err().kind,
        RejectionKind::InvalidState
    );
    assert_eq!(codes(&m)["trigger-disabled"], 1);
    assert!(!multiply(&mut m, waiting, 1), "its outcome comes too late");
    m.start("{}");
    assert_eq!(firings(&mut m), []);
    // Another version of it does not take it up again by itself.
    register(
        &mut m,
        ComponentRow {
            version: "1.1.0".into(),
            digest: "d2".into(),
            ..trigger()
        },
    );
    m.start("{}");
    assert_eq!(firings(&mut m), []);
    m.run(enable()).unwrap();
    m.start("{}");
    assert_eq!(firings(&mut m).len(), 1);
    m.run(remove()).unwrap();
    assert_eq!(codes(&m)["trigger-disabled"], 2);
    for command in [Command::from(disable()), enable().into(), remove().into()] {
        assert_eq!(m.run(command).unwrap_err().kind, RejectionKind::NotFound);
    }
    m.start("{}");
    assert_eq!(firings(&mut m), []);
    register(&mut m, trigger());
    m.start("{}");
    assert_eq!(firings(&mut m).len(), 1);
}

#[test]
fn a_step_is_removed_but_not_disabled_and_its_jobs_wait_for_a_worker_then() {
    let body = start_and_end() + &service("a", "") + &flows(&["start>a", "a>end"]);
    let mut m = Machine::with(&body);
    let step = ComponentRow {
        name: "a".into(),
        role: ComponentRole::Step,
        ..trigger()
    };
    register(&mut m, step);
    let refused = m.run(DisableTrigger { name: "a".into() }).unwrap_err();
    assert!(refused.message.contains("runs jobs"), "{refused}");
    m.run(RemoveComponent { name: "a".into() }).unwrap();
    m.start("{}");
    m.do_job("a", "{}");
}

#[test]
fn firings_that_wait_are_bounded_and_the_others_are_recorded_as_not_asked() {
    let mut m = machine(&at_once());
    for _ in 0..=MAX_WAITING_FIRINGS {
        let command = CreateInstance {
            process: gardesh_engine::command::ProcessRef::Id {
                id: "p".into(),
                version: None,
            },
            variables: json("{}"),
            business_key: None,
            start_at: Vec::new(),
            stop_after: Vec::new(),
            once: None,
        };
        // The machine's own checks would take minutes with so many firings.
        let record = gardesh_engine::command::Record {
            tenant: TENANT,
            at_ms: m.now_ms,
            unconfirmed_ms: 0,
            identity: None,
            entropy: [0; 32],
            command,
        };
        m.journal.extend(m.engine.process(record).entry);
    }
    assert_eq!(
        codes(&m),
        BTreeMap::from([("too-many-waiting".to_owned(), 1)])
    );
    let waiting = (TENANT, FiringKey(0))..(TENANT, FiringKey(u64::MAX));
    let rows = m
        .engine
        .state()
        .firings
        .range(&waiting.start, &waiting.end, usize::MAX);
    assert_eq!(rows.len(), MAX_WAITING_FIRINGS as usize);
}
