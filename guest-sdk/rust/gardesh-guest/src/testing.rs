//! The host for unit tests, which run outside wasm: what it answers is set per thread, and
//! what a step tells it can be taken from it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::Job;
use crate::context::{JobKind, ListenerEvent, UserTask};
use crate::verdict::Corrections;

#[derive(Default)]
struct State {
    now: u64,
    config: BTreeMap<String, String>,
    log: Vec<String>,
    kind: Option<JobKind>,
    listener_event: Option<ListenerEvent>,
    user_task: Option<UserTask>,
    verdict: Verdict,
    choice: Choice,
}

/// What a step said by [`crate::verdict`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// The reason of the last denial.
    pub denied: Option<String>,
    /// All corrections together.
    pub corrections: Corrections,
}

/// What a step chose by [`crate::ad_hoc`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// Ids of elements with their variables, in the order of the calls.
    pub elements: Vec<(String, serde_json::Value)>,
    /// The completion condition is fulfilled.
    pub is_fulfilled: bool,
    /// What is active is to be ended.
    pub cancel_remaining: bool,
}

thread_local!(static STATE: RefCell<State> = RefCell::default());

/// Sets journal time, in milliseconds.
pub fn set_now(now: u64) {
    STATE.with_borrow_mut(|state| state.now = now);
}

/// Sets one configuration value.
pub fn set_config(name: &str, value: &serde_json::Value) {
    STATE.with_borrow_mut(|state| state.config.insert(name.into(), value.to_string()));
}

/// Takes the lines logged so far.
pub fn take_log() -> Vec<String> {
    STATE.with_borrow_mut(|state| std::mem::take(&mut state.log))
}

/// From now on jobs are of this kind, and no listener's.
pub fn set_kind(kind: JobKind) {
    STATE.with_borrow_mut(|state| {
        state.kind = Some(kind);
        state.listener_event = None;
        state.user_task = None;
    });
}

/// From now on jobs are those of a listener of this user task.
pub fn set_task_listener(event: ListenerEvent, task: UserTask) {
    STATE.with_borrow_mut(|state| {
        state.kind = Some(JobKind::TaskListener);
        state.listener_event = Some(event);
        state.user_task = Some(task);
    });
}

/// From now on jobs are those of an execution listener.
pub fn set_execution_listener(event: ListenerEvent) {
    set_kind(JobKind::ExecutionListener);
    STATE.with_borrow_mut(|state| state.listener_event = Some(event));
}

/// Takes what was said about a user task so far.
pub fn take_verdict() -> Verdict {
    STATE.with_borrow_mut(|state| std::mem::take(&mut state.verdict))
}

/// Takes what was chosen for an ad-hoc subprocess so far.
pub fn take_choice() -> Choice {
    STATE.with_borrow_mut(|state| std::mem::take(&mut state.choice))
}

/// A first attempt at a job with this key, in no particular case.
pub fn job(key: u64) -> Job {
    Job {
        key,
        attempt: 1,
        process_instance_key: 1,
        process_id: "process".into(),
        process_version: 1,
        element_id: "task".into(),
        element_instance_key: 1,
        tenant: "default".into(),
        business_key: None,
        headers: Vec::new(),
        deadline: u64::MAX,
        variables: "{}".into(),
    }
}

/// A user task that nobody has, of the usual priority.
pub fn user_task(key: u64) -> UserTask {
    UserTask {
        key,
        action: String::new(),
        assignee: None,
        candidate_groups: Vec::new(),
        candidate_users: Vec::new(),
        changed_attributes: Vec::new(),
        due_date: None,
        follow_up_date: None,
        form_key: None,
        priority: 50,
    }
}

/// The functions that a component imports.
pub(crate) mod raw {
    use super::STATE;
    use crate::Level;
    use crate::bindings::step::gardesh::step::verdict::Corrections;
    use crate::context::{JobKind, ListenerEvent, UserTask};

    pub fn log(_: Level, message: &str) {
        STATE.with_borrow_mut(|state| state.log.push(message.into()));
    }

    pub fn now() -> u64 {
        STATE.with_borrow(|state| state.now)
    }

    pub fn random(length: u32) -> Vec<u8> {
        (0..length)
            .map(|index| (index.wrapping_mul(0x9E37_79B9) >> 24) as u8)
            .collect()
    }

    pub fn config(name: &str) -> Option<String> {
        STATE.with_borrow(|state| state.config.get(name).cloned())
    }

    pub fn kind() -> JobKind {
        STATE.with_borrow(|state| state.kind.unwrap_or(JobKind::BpmnElement))
    }

    pub fn listener_event() -> Option<ListenerEvent> {
        STATE.with_borrow(|state| state.listener_event)
    }

    pub fn user_task() -> Option<UserTask> {
        STATE.with_borrow(|state| state.user_task.clone())
    }

    pub fn deny(reason: &str) {
        STATE.with_borrow_mut(|state| state.verdict.denied = Some(reason.into()));
    }

    pub fn correct(changes: &Corrections) {
        STATE.with_borrow_mut(|state| state.verdict.corrections.add(changes));
    }

    pub fn activate_element(element_id: &str, variables: &str) {
        let variables = serde_json::from_str(variables).unwrap_or_default();
        STATE.with_borrow_mut(|state| {
            state.choice.elements.push((element_id.into(), variables));
        });
    }

    pub fn fulfil_completion_condition() {
        STATE.with_borrow_mut(|state| state.choice.is_fulfilled = true);
    }

    pub fn cancel_remaining_instances() {
        STATE.with_borrow_mut(|state| state.choice.cancel_remaining = true);
    }
}
