//! Messages: one case of each process takes them, or a start event does. What nobody takes at
//! once waits for its time to live. Every process takes the messages of one name and key in
//! the order of publication. A message for very many processes takes several commands; where
//! it has come to is kept in state, and the clock goes on.

use crate::behaviour::message::{Draft, Line, after, is_known, send};

use super::Request;
use crate::command::{CorrelateMessage, MessageCorrelated, PublishMessage};
use crate::context::Context;
use crate::key::*;
use crate::rejection::{Rejection, RejectionKind};

impl Request for PublishMessage {
    type Answer = MessageKey;

    fn process(self, ctx: &mut Context<'_>) -> Result<MessageKey, Rejection> {
        let draft = Draft {
            name: self.name.into(),
            correlation_key: self.correlation_key.into(),
            message_id: self.message_id.map(Into::into),
            expires_at_ms: ctx.after(self.time_to_live_ms),
            variables: self.variables,
        };
        publish(ctx, draft)
    }
}

impl Request for CorrelateMessage {
    type Answer = MessageCorrelated;

    fn process(self, ctx: &mut Context<'_>) -> Result<MessageCorrelated, Rejection> {
        let draft = Draft {
            name: self.name.into(),
            correlation_key: self.correlation_key.into(),
            message_id: None,
            expires_at_ms: ctx.at_ms,
            variables: self.variables,
        };
        correlate(ctx, draft)
    }
}

fn publish(ctx: &mut Context<'_>, draft: Draft) -> Result<MessageKey, Rejection> {
    draft.check().map_err(Rejection::invalid)?;
    if is_known(ctx, &draft) {
        let id = draft.message_id.unwrap_or_default();
        return Err(Rejection::new(
            RejectionKind::AlreadyExists,
            format!(
                "Expected a message id that no living message of this name and correlation key has, but '{id}' was published before. It need not be published again."
            ),
        ));
    }
    Ok(send(ctx, draft).0)
}

fn correlate(ctx: &mut Context<'_>, draft: Draft) -> Result<MessageCorrelated, Rejection> {
    draft.check().map_err(Rejection::invalid)?;
    let not_found = |because: String| {
        Err(Rejection::new(
            RejectionKind::NotFound,
            format!(
                "Expected somebody who waits for the message '{}' with the correlation key '{}', but {because}",
                draft.name, draft.correlation_key
            ),
        ))
    };
    let line = Line::of(&draft.name, &draft.correlation_key);
    let (mut from, mut waits, mut locked) = ("".into(), false, None);
    while let Some(process) = line.next_process(ctx, &from) {
        if line
            .taker(ctx, &process, SubscriptionKey(u64::MAX))
            .is_some()
        {
            waits = true;
            break;
        }
        from = after(&process);
        locked = Some(process);
    }
    match locked {
        _ if waits => {}
        None => {
            return not_found(
                "nobody does. Publish it with a time to live to have it wait.".into(),
            );
        }
        Some(process) => {
            return not_found(format!(
                "process '{process}' takes none now: a process instance that was started with this key still runs, or the definition is suspended. Send it again when that is over, or publish it with a time to live."
            ));
        }
    }
    let (key, taken) = send(ctx, draft);
    let started = taken.iter().find(|taken| taken.starts);
    let first = started.or(taken.first());
    Ok(MessageCorrelated {
        key,
        instance: first.map(|taken| taken.instance),
    })
}
