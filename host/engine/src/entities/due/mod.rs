//! What is due at a time: the list that the clock works off.

pub(in crate::entities) mod apply;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::table::backing::Damage;
use crate::table::layout::TableKey;

macro_rules! due {
    ($($(#[$doc:meta])* $kind:ident($key:ty) = $tag:literal,)+) => {
        /// Something that is due at a time. What is due at one and the same time is done in the
        /// order of this list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Due {
            $($(#[$doc])* $kind($key),)+
        }

        impl Due {
            /// All tags that there are.
            const TAGS: &[u8] = &[$($tag),+];
        }

        /// A tag, which stays what it is once it is released, and the key.
        impl TableKey for Due {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$kind(key) => {
                        out.push($tag);
                        key.write(out);
                    })+
                }
            }

            fn read(bytes: &mut &[u8]) -> Self {
                match u8::read(bytes).max(Self::TAGS[0]) {
                    $($tag => Self::$kind(TableKey::read(bytes)),)+
                    tag => std::panic::panic_any(Damage(format!(
                        "Expected a kind of what is due from {:?}, but found {tag}.",
                        Self::TAGS
                    ))),
                }
            }

            fn last() -> Self {
                let mut last = None;
                $(last = last.max(Some(Self::$kind(TableKey::last())));)+
                last.expect("the list above is not empty")
            }

            fn successor(&self) -> Option<Self> {
                match self {
                    $(Self::$kind(key) => key.successor().map(Self::$kind),)+
                }
            }
        }
    };
}

due! {
    /// A worker's time with a job is over.
    JobDeadline(JobKey) = 1,
    /// The wait after a failed attempt is over.
    JobBackoff(JobKey) = 2,
    /// An invitation's delay is over.
    Invitation(InvitationKey) = 3,
    /// A timer event.
    Timer(SubscriptionKey) = 4,
    /// A signal goes on to those that it has not reached.
    Signal(BroadcastKey) = 5,
    /// A message goes on to the processes that it has not been offered to.
    Message(MessageKey) = 6,
    /// A message's time to live is over.
    MessageExpiry(MessageKey) = 7,
    /// A process instance goes on with what was too much for one command: the number of its turn.
    Turn(u64) = 8,
    /// Ended instances of a definition whose history may have expired.
    History(ProcessDefinitionKey) = 9,
    /// A new retention of the tenant goes on to definitions that it has not reached.
    Retention(TenantId) = 10,
    /// A batch operation goes on to its next items.
    BatchOperation(BatchOperationKey) = 11,
    /// Ended batch operations of the tenant that may have expired.
    BatchOperationHistory(TenantId) = 12,
    /// The idempotency key of a start is forgotten.
    StartKey(ProcessInstanceKey) = 13,
}

/// What happens to something that is due at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DueEvent {
    /// A fault of the engine in something that was due, which no process instance and no
    /// definition is to blame for: it is not due any more.
    Dropped {
        due_ms: u64,
        due: Due,
        reason: String,
    },
}

impl DueEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Dropped { .. } => About::tenant("DueDropped"),
        }
    }
}
