//! Kinds of elements, told apart as finely as they behave differently, and the list of all
//! that a run must have entered.

use gardesh_engine::definition::{
    Binding, Caught, Definition, Node, NodeKind, Repetition, Scope, ScopeKind, Thrown, TimerSpec,
};

/// The kinds that an element of a definition is of.
pub fn of(definition: &Definition, element: u32) -> Vec<String> {
    let node = definition.node(element);
    let mut kinds = vec![kind(definition, node)];
    if let Some(repetition) = &node.repetition {
        kinds.push(format!("{} {}", place(&node.kind), repeated(repetition)));
    }
    kinds
}

fn kind(definition: &Definition, node: &Node) -> String {
    match &node.kind {
        NodeKind::Scope(scope) => scope_kind(scope).to_owned(),
        NodeKind::StartEvent {
            event,
            interrupting,
        } => {
            let around = node.scope.map(|scope| &definition.node(scope).kind);
            let inside = matches!(around, Some(NodeKind::Scope(scope)) if scope.kind == ScopeKind::EventSubProcess);
            match inside {
                true => format!(
                    "event subprocess, {}: {}",
                    mode(*interrupting),
                    caught(event)
                ),
                false => format!("start: {}", caught(event)),
            }
        }
        NodeKind::CatchEvent(event) => format!("catch: {}", caught(event)),
        NodeKind::BoundaryEvent {
            interrupting,
            event,
            ..
        } => format!("boundary, {}: {}", mode(*interrupting), caught(event)),
        NodeKind::ThrowEvent(event) => format!("throw: {}", thrown(event)),
        NodeKind::EndEvent(event) => format!("end: {}", thrown(event)),
        NodeKind::PassThrough(name) => (*name).to_owned(),
        NodeKind::Job(spec) => format!("{} as a job", spec.task),
        NodeKind::UserTask(_) => "user task".to_owned(),
        NodeKind::ReceiveTask(_) => "receive task".to_owned(),
        NodeKind::PublishTask(_) => "send task that publishes".to_owned(),
        NodeKind::ScriptTask { .. } => "script".to_owned(),
        NodeKind::DecisionTask(call) => format!("decision, {}", binding(&call.binding)),
        NodeKind::CallActivity(call) => format!("call, {}", binding(&call.binding)),
        NodeKind::ExclusiveGateway => "exclusive gateway".to_owned(),
        NodeKind::ParallelGateway => "parallel gateway".to_owned(),
        NodeKind::InclusiveGateway => "inclusive gateway".to_owned(),
        NodeKind::EventBasedGateway => "event-based gateway".to_owned(),
    }
}

fn scope_kind(scope: &Scope) -> &'static str {
    let ad_hoc = scope.ad_hoc.as_deref();
    match scope.kind {
        ScopeKind::Process => "process",
        ScopeKind::SubProcess => "subprocess",
        ScopeKind::EventSubProcess => "event subprocess",
        ScopeKind::Transaction => "transaction",
        ScopeKind::AdHoc if ad_hoc.is_some_and(|spec| spec.job.is_some()) => "ad-hoc with a job",
        ScopeKind::AdHoc if ad_hoc.is_some_and(|spec| spec.completion_condition.is_some()) => {
            "ad-hoc with a condition"
        }
        ScopeKind::AdHoc => "ad-hoc",
    }
}

fn mode(interrupting: bool) -> &'static str {
    match interrupting {
        true => "interrupting",
        false => "non-interrupting",
    }
}

fn caught(event: &Caught) -> &'static str {
    match event {
        Caught::None => "nothing",
        Caught::Message(_) => "message",
        Caught::Timer(TimerSpec::Date(_)) => "date",
        Caught::Timer(TimerSpec::Duration(_)) => "duration",
        Caught::Timer(TimerSpec::Cycle(_)) => "cycle",
        Caught::Signal(_) => "signal",
        Caught::Condition(_) => "condition",
        Caught::Error(Some(_)) => "error",
        Caught::Error(None) => "any error",
        Caught::Escalation(Some(_)) => "escalation",
        Caught::Escalation(None) => "any escalation",
        Caught::Compensation(_) => "compensation",
        Caught::Cancel => "cancel",
        Caught::Link => "link",
    }
}

fn thrown(event: &Thrown) -> &'static str {
    match event {
        Thrown::None => "nothing",
        Thrown::Terminate => "terminate",
        Thrown::Error(_) => "error",
        Thrown::Escalation(_) => "escalation",
        Thrown::Signal(_) => "signal",
        Thrown::MessageJob(_) => "message by a job",
        Thrown::Message(_) => "message",
        Thrown::Compensation(Some(_)) => "compensation of one",
        Thrown::Compensation(None) => "compensation",
        Thrown::Link(_) => "link",
        Thrown::Cancel => "cancel",
    }
}

fn binding(binding: &Binding) -> &'static str {
    match binding {
        Binding::Latest => "latest",
        Binding::Deployment => "deployment",
        Binding::VersionTag(_) => "version tag",
    }
}

fn repeated(repetition: &Repetition) -> &'static str {
    match repetition {
        Repetition::MultiInstance(multi) if multi.sequential => "in sequence",
        Repetition::MultiInstance(_) => "at once",
        Repetition::Loop(_) => "in a loop",
    }
}

/// What repeats, as far as it makes a difference.
fn place(kind: &NodeKind) -> &'static str {
    match kind {
        NodeKind::Scope(scope) if scope.kind == ScopeKind::AdHoc => "ad-hoc",
        NodeKind::Scope(scope) if scope.kind == ScopeKind::Transaction => "transaction",
        NodeKind::Scope(_) => "subprocess",
        NodeKind::CallActivity(_) => "call",
        NodeKind::UserTask(_) => "user task",
        NodeKind::ReceiveTask(_) => "receive task",
        NodeKind::Job(_) => "job",
        _ => "task that passes",
    }
}

/// Every kind that a run must have entered.
pub fn all() -> Vec<String> {
    let mut all: Vec<String> = PLAIN.iter().map(|kind| (*kind).to_owned()).collect();
    let mut add = |place: &str, events: &[&str]| {
        all.extend(events.iter().map(|event| format!("{place}: {event}")));
    };
    add(
        "start",
        &["nothing", "message", "signal", "date", "cycle", "condition"],
    );
    add(
        "catch",
        &["message", "signal", "date", "duration", "condition", "link"],
    );
    let anywhere = [
        "message",
        "signal",
        "date",
        "duration",
        "condition",
        "escalation",
        "any escalation",
    ];
    for place in ["boundary", "event subprocess"] {
        add(&format!("{place}, interrupting"), &anywhere);
        add(&format!("{place}, interrupting"), &["error", "any error"]);
        add(&format!("{place}, non-interrupting"), &anywhere);
        add(&format!("{place}, non-interrupting"), &["cycle"]);
    }
    add("boundary, interrupting", &["compensation", "cancel"]);
    let thrown = [
        "nothing",
        "escalation",
        "signal",
        "message",
        "message by a job",
        "compensation",
        "compensation of one",
    ];
    add("throw", &thrown);
    add("throw", &["link"]);
    add("end", &thrown);
    add("end", &["terminate", "error", "cancel"]);
    for place in REPEATING {
        for mode in ["in sequence", "at once", "in a loop"] {
            all.push(format!("{place} {mode}"));
        }
    }
    for event in ["Start", "End"] {
        all.push(format!("job ExecutionListener Some({event})"));
    }
    for event in [
        "Creating",
        "Assigning",
        "Updating",
        "Completing",
        "Canceling",
    ] {
        all.push(format!("job TaskListener Some({event})"));
    }
    all
}

const PLAIN: &[&str] = &[
    "process",
    "subprocess",
    "event subprocess",
    "transaction",
    "ad-hoc",
    "ad-hoc with a condition",
    "ad-hoc with a job",
    "MANUAL_TASK",
    "TASK",
    "SERVICE_TASK as a job",
    "SEND_TASK as a job",
    "SCRIPT_TASK as a job",
    "BUSINESS_RULE_TASK as a job",
    "USER_TASK as a job",
    "user task",
    "receive task",
    "send task that publishes",
    "script",
    "decision, latest",
    "decision, deployment",
    "call, latest",
    "call, deployment",
    "call, version tag",
    "exclusive gateway",
    "parallel gateway",
    "inclusive gateway",
    "event-based gateway",
    "job BpmnElement None",
    "job AdHocSubProcess None",
];

const REPEATING: &[&str] = &[
    "ad-hoc",
    "transaction",
    "subprocess",
    "call",
    "user task",
    "receive task",
    "job",
    "task that passes",
];
