//! Signals: everything that waits for one hears it, in cases and at start events. With many
//! it takes several commands; where it has come to is kept in state, and the clock goes on.

use crate::behaviour::signal::broadcast;

use crate::context::Context;
use crate::effect::Reply;
use crate::limits::MAX_NAME_BYTES;
use crate::rejection::Rejection;
use crate::variables::Document;

pub(super) fn send(
    ctx: &mut Context<'_>,
    name: &str,
    variables: Document,
) -> Result<Reply, Rejection> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(Rejection::invalid(format!(
            "Expected the name of a signal, of 1 to {MAX_NAME_BYTES} bytes, but got {} bytes.",
            name.len()
        )));
    }
    let key = broadcast(ctx, name.into(), variables);
    Ok(Reply::SignalBroadcast { key })
}
