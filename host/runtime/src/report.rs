//! What comes out of an invocation: the outcome, the attempt's log and what it used.

use serde::{Deserialize, Serialize};

/// How one attempt at a step went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    /// The result.
    pub outcome: StepOutcome,
    /// What the component logged, oldest first.
    pub log: Vec<LogLine>,
    /// Lines that did not fit into the log's bounds.
    pub log_dropped: u32,
    /// What it cost.
    pub usage: Usage,
}

/// The result of one attempt at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StepOutcome {
    /// It went well.
    Completed {
        /// The text of a JSON object, checked: well formed, in bounds.
        variables: String,
        /// What it said about its job besides, if anything; in bounds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<JobResult>,
    },
    /// A modelled outcome: becomes a BPMN error.
    BusinessError {
        /// The error code of the diagram; not empty.
        code: String,
        /// For people.
        message: String,
        /// The text of a JSON object, checked as above.
        variables: Option<String>,
    },
    /// A passing fault, by the component's own word.
    Retry {
        /// What went wrong.
        message: String,
        /// How long to wait first; without it the engine's backoff applies.
        delay_ms: Option<u64>,
    },
    /// A fault that trying again cannot mend, by the component's own word.
    Fatal {
        /// What went wrong.
        message: String,
    },
    /// The component did not answer: it broke a limit or trapped.
    Fault(Fault),
}

/// What a step that went well says about its job beside variables. Whether that is of the
/// kind that the job has is not checked here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum JobResult {
    /// The verdict of a user task's listener.
    UserTask {
        /// That the change is not to happen, and why; empty where there is no reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        denied: Option<String>,
        /// What is to be different once it has happened.
        #[serde(default, skip_serializing_if = "Corrections::is_empty")]
        corrections: Corrections,
    },
    /// The choice of who leads an ad-hoc subprocess.
    AdHocSubProcess {
        /// The elements to enter, in this order.
        elements: Vec<ChosenElement>,
        /// The completion condition is fulfilled.
        is_fulfilled: bool,
        /// What is active in the subprocess is ended.
        cancel_remaining: bool,
    },
}

/// `gardesh:step/verdict.corrections`: what is absent stays, an empty text takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Corrections {
    /// Who gets the task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The groups instead of those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_groups: Option<Vec<String>>,
    /// The persons instead of those before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidate_users: Option<Vec<String>>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<String>,
    /// ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_date: Option<String>,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
}

impl Corrections {
    /// Whether everything stays as it is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An element of an ad-hoc subprocess that is to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChosenElement {
    /// Its id in the diagram.
    pub element_id: String,
    /// Its own variables: the text of a JSON object, checked.
    pub variables: String,
}

/// How one firing of a trigger went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerReport {
    /// The result.
    pub outcome: TriggerOutcome,
    /// What the component logged, oldest first.
    pub log: Vec<LogLine>,
    /// Lines that did not fit into the log's bounds.
    pub log_dropped: u32,
    /// What it cost.
    pub usage: Usage,
}

/// The result of one firing of a trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TriggerOutcome {
    /// It decided; possibly nothing.
    Decided(Vec<Decision>),
    /// It did not answer: it broke a limit or trapped.
    Fault(Fault),
}

/// `gardesh:cx/types.decision`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Decision {
    /// Ask the customer.
    Ask {
        /// Which survey.
        survey_id: String,
        /// How the link reaches the customer.
        channel: String,
        /// How long to wait first.
        delay_ms: u64,
        /// Why, for the record.
        reason: String,
    },
    /// Start another process.
    StartProcess {
        /// The process to start.
        process_id: String,
        /// The text of a JSON object, checked: well formed, in bounds.
        variables: String,
        /// Why, for the record.
        reason: String,
    },
    /// Tell somebody inside the company.
    Notify {
        /// A role or a user.
        audience: String,
        /// One line.
        title: String,
        /// Plain text.
        body: String,
    },
    /// Do nothing, and say why.
    Nothing {
        /// A reason code and, after a colon, words.
        reason: String,
    },
}

/// Why a component did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct Fault {
    /// The kind, for programs.
    pub kind: FaultKind,
    /// For people: "Expected …, but …".
    pub message: String,
}

/// The kinds of [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultKind {
    /// It used more processor time than it may: [`crate::Limits::step_cpu_time`],
    /// [`crate::Limits::trigger_cpu_time`].
    Timeout,
    /// It was refused memory by [`crate::Limits::memory_bytes`].
    Memory,
    /// Its calls nested too deeply.
    StackOverflow,
    /// It trapped: a panic, an abort, an access out of bounds.
    Trap,
    /// What it returned is larger than [`crate::Limits::output_bytes`].
    OutputTooLarge,
    /// What it returned breaks the contract: no JSON object, say.
    InvalidOutput,
    /// What it was to be given is larger than [`crate::Limits::input_bytes`], or is not
    /// what the contract promises it.
    InvalidInput,
    /// It broke another limit of the host interface: too many calls, too much randomness.
    HostLimit,
    /// It could not be loaded: unknown digest, damaged bytes, another world.
    Unavailable,
    /// The platform is short of something for the moment: a place, memory that all share, a
    /// compiler, processors, or it is stopping. The attempt says nothing of the component, and
    /// is to be made again.
    Shortage,
    /// A fault of this crate.
    Internal,
}

impl FaultKind {
    /// Whether the host rather than the component is to blame, so that another attempt
    /// is worth more than a look at the component.
    #[must_use]
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Unavailable | Self::Shortage | Self::Internal)
    }
}

/// One line of an attempt's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogLine {
    /// How much it matters. Standard output counts as info, standard error as error.
    pub level: LogLevel,
    /// Text, without line breaks at its end; cut where it was longer than the bound.
    pub message: String,
}

/// How much a log line matters, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LogLevel {
    /// For the author while developing.
    Debug,
    /// For whoever follows the case.
    Info,
    /// Unexpected, and dealt with.
    Warn,
    /// Something is wrong.
    Error,
}

/// What an invocation used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// From the start of the instance to its answer, in microseconds. Waiting for a
    /// free place in the sandbox is not in it.
    pub wall_us: u64,
    /// The part of `wall_us` spent on a processor rather than in line for one.
    pub cpu_us: u64,
    /// The most linear memory held at once, in bytes.
    pub peak_memory_bytes: u64,
    /// Bytes of JSON returned.
    pub output_bytes: u64,
    /// Calls into the host.
    pub host_calls: u64,
}
