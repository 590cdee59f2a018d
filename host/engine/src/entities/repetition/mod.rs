//! Elements that repeat, and ad-hoc subprocesses: what happens to their runs. What is stored of them is
//! in the row of the element instance.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use gardesh_feel::Value;
use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::entities::element_instance::Rest;
use crate::key::*;

/// What happens to an element that repeats, or to an ad-hoc subprocess.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RepetitionEvent {
    /// An element that repeats does so for these items.
    ItemsFixed {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        items: Value,
    },
    /// A run's result was put into the list variable `name` of `scope`, at its place or at the
    /// end.
    ResultCollected {
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        name: Arc<str>,
        index: u32,
        value: Value,
    },
    /// What becomes of the rest of an element that repeats, or of an ad-hoc subprocess.
    RestDecided {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
        rest: Rest,
    },
    /// An element that repeats has more runs to begin than one step may: another will.
    Deferred {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    },
    /// It does.
    Resumed {
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    },
}

impl RepetitionEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::ItemsFixed {
                instance, items, ..
            } => About::process_instance("ItemsFixed", *instance).carrying(items),
            Self::ResultCollected {
                instance, value, ..
            } => About::process_instance("ResultCollected", *instance).carrying(value),
            Self::RestDecided { instance, .. } => About::process_instance("RestDecided", *instance),
            Self::Deferred { instance, .. } => {
                About::process_instance("RepetitionDeferred", *instance)
            }
            Self::Resumed { instance, .. } => {
                About::process_instance("RepetitionResumed", *instance)
            }
        }
    }
}
