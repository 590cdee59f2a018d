//! What every event says of itself, whatever entity it belongs to: its public name, whose
//! history it is in, how long it is kept, and how much it carries.

use gardesh_feel::Value;

use crate::entities::decision::DecisionEvaluation;
use crate::key::*;
use crate::variables::{Document, bytes_of};

/// What an event says of itself. Each entity has one line for each of its events, beside them.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The name that programs and people see. It does not change once it is released.
    pub name: &'static str,
    /// What it happened to.
    pub subject: Subject,
    /// How long it is kept.
    pub retention: Retention,
    /// Variables in it, which are all in it that can be large.
    carried: Carried<'a>,
}

/// What an event happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A process instance, or something in it.
    ProcessInstance(ProcessInstanceKey),
    /// A batch operation.
    BatchOperation(BatchOperationKey),
    /// Something that belongs to the tenant as a whole: a definition, say, or a component.
    Tenant,
}

/// How long an event is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// It goes when the history of its subject expires.
    ///
    /// The journal that is left must give the same state as the whole one. So an event may be
    /// history only if all that it changed in state is gone once its subject has ended and
    /// expired.
    History,
    /// It stays for ever. Something that outlives its subject goes back to it (an invitation,
    /// say), or state needs it.
    Kept,
    /// It belongs to no process instance, and what it carries goes when the retention of the
    /// tenant is over after the message, signal or evaluation with this key is.
    Payload(u64),
}

/// Variables in an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum Carried<'a> {
    Nothing,
    Value(&'a Value),
    Variables(&'a Document),
}

impl<'a> From<&'a Value> for Carried<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Value(value)
    }
}

impl<'a> From<&'a Document> for Carried<'a> {
    fn from(variables: &'a Document) -> Self {
        Self::Variables(variables)
    }
}

impl<'a> About<'a> {
    fn of(name: &'static str, subject: Subject, retention: Retention) -> Self {
        Self {
            name,
            subject,
            retention,
            carried: Carried::Nothing,
        }
    }

    /// An event in the history of a process instance.
    pub(super) fn process_instance(name: &'static str, key: ProcessInstanceKey) -> Self {
        Self::of(name, Subject::ProcessInstance(key), Retention::History)
    }

    /// An event in the history of a batch operation.
    pub(super) fn batch_operation(name: &'static str, key: BatchOperationKey) -> Self {
        Self::of(name, Subject::BatchOperation(key), Retention::History)
    }

    /// An event of the tenant as a whole, which stays.
    pub(super) fn tenant(name: &'static str) -> Self {
        Self::of(name, Subject::Tenant, Retention::Kept)
    }

    /// An event of what may be in a process instance or belong to the tenant.
    pub(super) fn instance_or_tenant(name: &'static str, key: Option<ProcessInstanceKey>) -> Self {
        key.map_or(Self::tenant(name), |key| Self::process_instance(name, key))
    }

    /// A decision that was evaluated. Nothing in state knows of one that no process instance
    /// asked for.
    pub(super) fn evaluation(name: &'static str, evaluation: &'a DecisionEvaluation) -> Self {
        match &evaluation.asker {
            Some(asker) => Self::process_instance(name, asker.instance),
            None => Self::of(name, Subject::Tenant, Retention::Payload(evaluation.key.0)),
        }
    }

    /// The same, but it outlives the history of its subject.
    pub(super) fn kept(self) -> Self {
        let retention = Retention::Kept;
        Self { retention, ..self }
    }

    /// The same, with variables that go when the message or signal with this key has been over
    /// for long enough.
    pub(super) fn with_payload(self, key: u64, variables: &'a Document) -> Self {
        let retention = Retention::Payload(key);
        Self { retention, ..self }.carrying(variables)
    }

    /// The same, with something in it that can be large.
    pub(super) fn carrying(self, carried: impl Into<Carried<'a>>) -> Self {
        let carried = carried.into();
        Self { carried, ..self }
    }

    /// About how many bytes of variables it brings into the journal, known without writing them.
    pub fn variable_bytes(&self) -> u64 {
        match self.carried {
            Carried::Nothing => 0,
            Carried::Value(value) => value.extent().size,
            Carried::Variables(variables) => bytes_of(variables),
        }
    }
}
