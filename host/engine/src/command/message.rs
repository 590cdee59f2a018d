//! What can be sent to many at once: messages, signals, and values for conditional start
//! events; and the answers.

use crate::key::*;
use crate::variables::Document;

/// Send a signal to all that wait for it. The answer is the key of the broadcast.
#[derive(Clone, Debug)]
pub struct BroadcastSignal {
    /// The name of the signal.
    pub name: String,
    /// What it brings.
    pub variables: Document,
}

/// Start an instance of every process, or of the one that is named, for each conditional start
/// event whose condition holds with these variables.
#[derive(Clone, Debug)]
pub struct EvaluateConditions {
    /// What the conditions see, and what the instances begin with.
    pub variables: Document,
    /// The id of the only process that is meant.
    pub process: Option<String>,
}

/// The answer to [`EvaluateConditions`].
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionsEvaluated {
    /// The process instances that were started, with their definitions.
    pub started: Vec<(ProcessDefinitionKey, ProcessInstanceKey)>,
}

/// Send a message to all processes that wait for it, and to those that will until its time to
/// live is over. The answer is the key of the message.
#[derive(Clone, Debug)]
pub struct PublishMessage {
    /// The name of the message.
    pub name: String,
    /// What it is about; empty for start events alone.
    pub correlation_key: String,
    /// What no other living message of this name and correlation key has.
    pub message_id: Option<String>,
    /// How long it waits for somebody, in milliseconds.
    pub time_to_live_ms: u64,
    /// What it brings.
    pub variables: Document,
}

/// Send a message to those that wait for it now, and learn which process instance took it.
#[derive(Clone, Debug)]
pub struct CorrelateMessage {
    /// The name of the message.
    pub name: String,
    /// What it is about; empty for start events alone.
    pub correlation_key: String,
    /// What it brings.
    pub variables: Document,
}

/// The answer to [`CorrelateMessage`].
#[derive(Clone, Debug, PartialEq)]
pub struct MessageCorrelated {
    /// The message.
    pub key: MessageKey,
    /// The process instance that it started, or else the first that had waited for it; none
    /// when the one that would have taken it was ended by it.
    pub instance: Option<ProcessInstanceKey>,
}
