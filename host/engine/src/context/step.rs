//! What follows from an event inside a case. Steps wait in a command's queue, in state until
//! their case goes on, or in an incident until somebody resolves it; so they are stored.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Active, Context, Failure};
use crate::elements;
use crate::entities::continuation::{ENDINGS, OTHERS};
use crate::key::*;
use crate::variables::{Document, bytes_of};

/// What follows from an event inside a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Enter an element that is activating.
    Activate {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// Go on to an element's next listener, or to what its listeners hold back.
    Listen {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// Leave an element whose work is done.
    Complete {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// End an element, its children first.
    Terminate {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// Look for whoever catches a BPMN error that this element has thrown.
    ThrowError {
        instance: InstanceKey,
        element: ElementInstanceKey,
        code: Arc<str>,
        message: Arc<str>,
        variables: Document,
    },
    /// Something that an event in the diagram waits for has happened. `element` holds the
    /// subscription: the event itself, or what it is attached to or inside of.
    Trigger {
        instance: InstanceKey,
        element: ElementInstanceKey,
        event: u32,
        variables: Document,
    },
    /// Ask the condition of an event that waits for one. `element` holds the subscription.
    AskCondition {
        instance: InstanceKey,
        element: ElementInstanceKey,
        subscription: SubscriptionKey,
    },
    /// Make a failed job ready again.
    RetryJob { instance: InstanceKey, job: JobKey },
    /// Go on beginning the runs of an element that has more than one step may begin.
    Proceed {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// Go on ending what is in an element, after the last that was told so.
    EndMore {
        instance: InstanceKey,
        element: ElementInstanceKey,
        after: ElementInstanceKey,
    },
    /// Open what should wait in an element and does not.
    OpenEvents {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
}

impl Step {
    /// The case that it is about.
    pub(crate) fn instance(&self) -> InstanceKey {
        match self {
            Self::Activate { instance, .. }
            | Self::Listen { instance, .. }
            | Self::Complete { instance, .. }
            | Self::Terminate { instance, .. }
            | Self::ThrowError { instance, .. }
            | Self::Trigger { instance, .. }
            | Self::AskCondition { instance, .. }
            | Self::RetryJob { instance, .. }
            | Self::Proceed { instance, .. }
            | Self::EndMore { instance, .. }
            | Self::OpenEvents { instance, .. } => *instance,
        }
    }

    /// The elements of the diagram that it names by index, for a migration to change.
    pub(crate) fn elements_mut(&mut self) -> Vec<&mut u32> {
        match self {
            Self::Trigger { event, .. } => vec![event],
            Self::Activate { .. }
            | Self::Listen { .. }
            | Self::Complete { .. }
            | Self::Terminate { .. }
            | Self::ThrowError { .. }
            | Self::AskCondition { .. }
            | Self::RetryJob { .. }
            | Self::Proceed { .. }
            | Self::EndMore { .. }
            | Self::OpenEvents { .. } => Vec::new(),
        }
    }

    /// The part of its case's steps that it belongs to: see [`crate::entities::continuation`].
    pub(crate) fn part(&self) -> u8 {
        match self {
            Self::Terminate { .. } | Self::EndMore { .. } => ENDINGS,
            _ => OTHERS,
        }
    }

    /// About how many bytes of variables it holds, which are all in it that can be large.
    pub(crate) fn variable_bytes(&self) -> u64 {
        match self {
            Self::ThrowError { variables, .. } | Self::Trigger { variables, .. } => {
                bytes_of(variables)
            }
            Self::Activate { .. }
            | Self::Listen { .. }
            | Self::Complete { .. }
            | Self::Terminate { .. }
            | Self::AskCondition { .. }
            | Self::RetryJob { .. }
            | Self::Proceed { .. }
            | Self::EndMore { .. }
            | Self::OpenEvents { .. } => 0,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// Why it could not be decided, and on which element.
    pub(super) fn run(&self, ctx: &mut Context<'_>) -> Result<(), (Active, Failure)> {
        match self {
            Self::Activate { instance, element } => {
                ctx.with_living(*instance, *element, elements::activate)
            }
            Self::Listen { instance, element } => {
                ctx.with(*instance, *element, elements::listener::go_on)
            }
            Self::Complete { instance, element } => {
                ctx.with_living(*instance, *element, elements::complete)
            }
            Self::Terminate { instance, element } => {
                ctx.with(*instance, *element, |ctx, active| {
                    elements::terminate(ctx, active);
                    Ok(())
                })
            }
            Self::ThrowError {
                instance,
                element,
                code,
                message,
                variables,
            } => ctx.with_living(*instance, *element, |ctx, active| {
                elements::error::throw(ctx, active, code, message, variables)
            }),
            Self::Trigger {
                instance,
                element,
                event,
                variables,
            } => ctx.with_living(*instance, *element, |ctx, active| {
                elements::catching::trigger(ctx, active, *event, variables);
                Ok(())
            }),
            Self::AskCondition {
                instance,
                element,
                subscription,
            } => ctx.with_living(*instance, *element, |ctx, active| {
                elements::conditional::ask(ctx, active, *subscription)
            }),
            Self::RetryJob { job, .. } => {
                crate::processors::job::make_ready(ctx, *job);
                Ok(())
            }
            Self::Proceed { instance, element } => {
                elements::repetition::proceed(ctx, *instance, *element);
                Ok(())
            }
            Self::EndMore {
                instance,
                element,
                after,
            } => ctx.with(*instance, *element, |ctx, active| {
                elements::parts::end_more(ctx, active, *after);
                Ok(())
            }),
            Self::OpenEvents { instance, element } => {
                ctx.with_living(*instance, *element, elements::catching::open_missing)
            }
        }
    }
}
