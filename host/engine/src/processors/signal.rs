//! Signals: everything that waits for one hears it, in cases and at start events. With many
//! it takes several commands; where it has come to is kept in state, and the clock goes on.

use crate::behaviour::signal::broadcast;

use super::Request;
use crate::command::BroadcastSignal;
use crate::context::Context;
use crate::key::BroadcastKey;
use crate::limits::MAX_NAME_BYTES;
use crate::rejection::Rejection;
use crate::variables::Document;

impl Request for BroadcastSignal {
    type Answer = BroadcastKey;

    fn process(self, ctx: &mut Context<'_>) -> Result<BroadcastKey, Rejection> {
        send(ctx, &self.name, self.variables)
    }
}

fn send(ctx: &mut Context<'_>, name: &str, variables: Document) -> Result<BroadcastKey, Rejection> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(Rejection::invalid(format!(
            "Expected the name of a signal, of 1 to {MAX_NAME_BYTES} bytes, but got {} bytes.",
            name.len()
        )));
    }
    Ok(broadcast(ctx, name.into(), variables))
}
