//! What goes into a component: a job for a step, an event and facts for a trigger. Plain
//! data in the shapes of `wit/`; JSON values travel as text and are never re-read here.
//! What a job is for is in `context.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::JobContext;

/// A component's configuration: name to JSON text.
pub type Configuration = BTreeMap<String, String>;

/// One attempt at a step: `gardesh:step/types.job` and what the host adds to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepJob {
    /// The idempotency key: the same in every attempt at the same step. With the tenant and
    /// [`crate::RuntimeConfig::secret`] it is the seed of the step's random numbers.
    pub key: u64,
    /// 1 for the first try.
    pub attempt: u32,
    /// The case that the step belongs to.
    pub process_instance_key: u64,
    /// The id of the process in the diagram.
    pub process_id: String,
    /// The version of the process definition.
    pub process_version: u32,
    /// The id of the task in the diagram.
    pub element_id: String,
    /// This activation of that task.
    pub element_instance_key: u64,
    /// The tenant whose case it is.
    pub tenant: String,
    /// The case's number in the company's own books.
    pub business_key: Option<String>,
    /// Name and text of the task headers, in the diagram's order.
    pub headers: Vec<(String, String)>,
    /// When the engine stops waiting, in journal time (ms since 1970). Told to the
    /// component; the sandbox's own limits are in [`crate::Limits`].
    pub deadline_ms: u64,
    /// Journal time (ms since 1970) at which the job was handed out: every clock that
    /// the component can see says this.
    pub now_ms: u64,
    /// The input variables: the text of a JSON object.
    pub variables: String,
    /// What the job is for.
    pub context: JobContext,
}

/// A lifecycle event: `gardesh:cx/types.event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerEvent {
    /// Unique per source; the trigger's random numbers follow from both.
    pub id: String,
    /// `/tenants/{tenant}/processes/{process id}`.
    pub source: String,
    /// One of [`crate::EVENT_TYPES`].
    pub event_type: String,
    /// The process instance key, or the element instance key for element events.
    pub subject: String,
    /// When it happened, in journal time (ms since 1970): every clock says this.
    pub time_ms: u64,
    /// The text of a JSON object.
    pub data: String,
}

/// Everything that a trigger may look at: `gardesh:cx/types.facts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// The case.
    pub case: CaseFacts,
    /// The customer, where the case names one.
    pub customer: Option<CustomerFacts>,
}

/// `gardesh:cx/types.case-facts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CaseFacts {
    /// The case.
    pub process_instance_key: u64,
    /// The process of the diagram.
    pub process_id: String,
    /// The version of the process definition.
    pub process_version: u32,
    /// The tenant.
    pub tenant: String,
    /// The case's number in the company's own books.
    pub business_key: Option<String>,
    /// When the case began (ms since 1970).
    pub started_ms: u64,
    /// When it ended, once it has (ms since 1970).
    pub ended_ms: Option<u64>,
    /// The id of the end event that it reached last.
    pub outcome: Option<String>,
    /// How many incidents it went through.
    pub incidents: u32,
    /// How many user tasks people completed in it.
    pub user_tasks: u32,
    /// The case's variables: the text of a JSON object.
    pub variables: String,
}

/// `gardesh:cx/types.customer-facts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerFacts {
    /// The company's own id of the customer.
    pub id: String,
    /// A BCP 47 tag.
    pub language: Option<String>,
    /// Channels on which the customer can be reached.
    pub channels: Vec<String>,
    /// When they were last asked anything (ms since 1970).
    pub last_asked_ms: Option<u64>,
    /// How many invitations they ever got.
    pub times_asked: u32,
}
