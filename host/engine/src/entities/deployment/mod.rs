//! A deployment: what happens to it as a whole, and the kinds of what is in one. What it brought is
//! told by the entities that it brought.

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;
use crate::table::backing::Damage;
use crate::table::layout::TableKey;

macro_rules! deployed {
    ($($(#[$doc:meta])* $kind:ident = $tag:literal, $name:literal;)+) => {
        /// What is deployed under an id, in versions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ResourceKind {
            $($(#[$doc])* $kind,)+
        }

        impl ResourceKind {
            /// Its name for people.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }
        }

        /// A tag, which stays what it is once it is released.
        impl TableKey for ResourceKind {
            fn write(&self, out: &mut Vec<u8>) {
                out.push(match self {
                    $(Self::$kind => $tag,)+
                });
            }

            fn read(bytes: &mut &[u8]) -> Self {
                match u8::read(bytes).max(1) {
                    $($tag => Self::$kind,)+
                    tag => std::panic::panic_any(Damage(format!(
                        "Expected a kind of what is deployed, but found {tag}."
                    ))),
                }
            }

            fn last() -> Self {
                let mut last = None;
                $(last = last.max(Some(Self::$kind));)+
                last.expect("the list above is not empty")
            }

            fn successor(&self) -> Option<Self> {
                let all = [$(Self::$kind),+];
                all.into_iter().find(|kind| kind > self)
            }
        }
    };
}

deployed! {
    /// A process definition.
    Process = 1, "process";
    /// A form.
    Form = 2, "form";
    /// A decision.
    Decision = 3, "decision";
    /// A decision requirements graph.
    DecisionRequirements = 4, "decision requirements graph";
}

/// What happens to a deployment as a whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DeploymentEvent {
    /// Everything in a deployment was there already. Its key is used up all the same.
    Repeated { deployment: DeploymentKey },
}

impl DeploymentEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Repeated { .. } => About::tenant("DeploymentRepeated"),
        }
    }
}
