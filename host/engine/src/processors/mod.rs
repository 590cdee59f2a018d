//! What each command does: one file per family, each command tied to the type of its answer. A
//! processor checks first and emits afterwards; a command that cannot be carried out is rejected
//! before anything changed.

mod ad_hoc;
pub(crate) mod batch;
pub(crate) mod clock;
mod component;
mod conditional;
mod decision;
mod deployment;
mod experience;
pub(crate) mod history;
mod incident;
mod instance;
pub(crate) mod job;
mod listener;
pub(crate) mod message;
mod migration;
mod modification;
mod signal;
pub(crate) mod suspension;
mod tenant;
mod user_task;

use std::fmt::Debug;

use crate::command::*;
use crate::context::Context;
use crate::key::TenantId;
use crate::rejection::{Rejection, RejectionKind};

/// A command together with its answer: what [`crate::Engine::process`] takes.
pub trait Request: Clone + Debug + Send + 'static {
    /// The answer when it is carried out.
    type Answer: Send + 'static;

    /// Carries it out.
    ///
    /// # Errors
    /// The reason why not; then it has emitted no events.
    fn process(self, ctx: &mut Context<'_>) -> Result<Self::Answer, Rejection>;

    /// Whether it is the clock that asks. Nobody else may go on in a tenant that was deleted, and
    /// nobody else has more than one thing to do, of which the others are done when one fails.
    fn is_tick(&self) -> bool {
        false
    }
}

macro_rules! request {
    ($($name:ident),* $(,)?) => {
        impl Request for Command {
            type Answer = ();

            fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
                match self {
                    $(Self::$name(command) => command.process(ctx).map(drop),)*
                }
            }

            fn is_tick(&self) -> bool {
                matches!(self, Self::Tick(_))
            }
        }
    };
}
for_each_command!(request);

/// Only the clock goes on in a tenant that was deleted, until the last of its history has expired.
pub(crate) fn expect_tenant(ctx: &Context<'_>) -> Result<(), Rejection> {
    if ctx.tenant == TenantId::DEFAULT || ctx.state.tenants.contains(&ctx.tenant) {
        return Ok(());
    }
    Err(Rejection::new(
        RejectionKind::NotFound,
        "Expected a tenant that is there, but it was deleted.",
    ))
}
