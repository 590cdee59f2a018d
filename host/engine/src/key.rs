//! Typed keys: every entity of the engine is named by one, and none can be taken for another.

use serde::{Deserialize, Serialize};

/// The bits of a key that count within a partition. Those above name the partition, as clients of
/// the Camunda REST API expect of a 64-bit key; no other module knows.
const PARTITION_SHIFT: u32 = 51;

/// A part of the data that one engine works on. Today there is one; keys name theirs, so that more
/// of them can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Partition(u16);

impl Partition {
    /// The partition of an installation that has only one.
    pub const FIRST: Self = Self(1);

    /// The first key that it gives out.
    pub fn first_key(self) -> u64 {
        (u64::from(self.0) << PARTITION_SHIFT) + 1
    }
}

/// Hands all kinds of keys, each with its documentation and a comma, to the macro `$each`, so that
/// whoever has something to say of every kind says it once and forgets none.
#[macro_export]
macro_rules! for_each_key {
    ($each:ident) => {
        $each! {
            /// One deployment: a set of resources that arrived together.
            DeploymentKey,
            /// One version of a process.
            ProcessDefinitionKey,
            /// One version of a decision requirements graph.
            DecisionRequirementsKey,
            /// One version of a decision.
            DecisionKey,
            /// One evaluation of a decision.
            DecisionEvaluationKey,
            /// One version of a form.
            FormKey,
            /// One case.
            ProcessInstanceKey,
            /// One activation of an element. The process instance is an activation of the
            /// process element, so its key is also one of these.
            ElementInstanceKey,
            /// One variable in one scope.
            VariableKey,
            /// One piece of work for a component or an outside worker.
            JobKey,
            /// One task for a person.
            UserTaskKey,
            /// One problem that stops an element until somebody resolves it.
            IncidentKey,
            /// One wait of an event for something to happen.
            SubscriptionKey,
            /// One completed activity that can be undone.
            CompensationKey,
            /// One signal on its way to all that wait for it.
            BroadcastKey,
            /// One message from another process or from outside.
            MessageKey,
            /// One operation on many cases.
            BatchOperationKey,
            /// One firing of a customer-experience trigger.
            FiringKey,
            /// One invitation to answer a survey.
            InvitationKey,
            /// One answer to a survey.
            ResponseKey,
            /// One message to somebody inside the company.
            NotificationKey,
        }
    };
}

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    )+};
}

for_each_key!(keys);

impl ProcessInstanceKey {
    /// The activation of the process itself: the root scope of the case.
    pub fn root(self) -> ElementInstanceKey {
        ElementInstanceKey(self.0)
    }
}

/// A tenant, as a number that fits the front of every key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TenantId(pub u32);

impl TenantId {
    /// The tenant that is always there.
    pub const DEFAULT: TenantId = TenantId(0);
    /// Its name in the API.
    pub const DEFAULT_NAME: &'static str = "<default>";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Clients know such keys from Camunda's first partition.
    #[test]
    fn keys_begin_where_those_of_the_first_partition_do() {
        assert_eq!(Partition::FIRST.first_key(), 2_251_799_813_685_249);
    }
}
