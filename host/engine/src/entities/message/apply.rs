//! Applies events of messages.

use std::sync::Arc;

use super::MessageEvent;
use crate::entities::due::Due;
use crate::entities::message::Message;
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &MessageEvent) {
    match event {
        MessageEvent::Published { message } => published(state, tenant, message),
        MessageEvent::Correlated {
            instance,
            message,
            process,
            starts,
            ..
        } => correlated(
            state,
            tenant,
            *message,
            process,
            starts.then_some(*instance),
        ),
        MessageEvent::Advanced { message, next } => advanced(state, tenant, *message, next),
        MessageEvent::Expired { message } => expired(state, tenant, *message),
    }
}

pub(in crate::entities) fn published(state: &mut State, tenant: TenantId, message: &Arc<Message>) {
    if message.is_buffered() {
        let (name, key) = names(message);
        state
            .buffered_messages
            .put((tenant, name.clone(), key.clone(), message.key), ());
        state.due.put(
            (message.expires_at_ms, Due::MessageExpiry(message.key)),
            tenant,
        );
        if let Some(id) = &message.message_id {
            state
                .message_ids
                .put((tenant, name, key, Arc::clone(id)), message.key);
        }
    }
    state
        .messages
        .put((tenant, message.key), Arc::clone(message));
}

/// A process has taken it: it was sent to a case, or started one.
pub(in crate::entities) fn correlated(
    state: &mut State,
    tenant: TenantId,
    key: MessageKey,
    process: &Arc<str>,
    started: Option<ProcessInstanceKey>,
) {
    let Some(message) = state.messages.get(&(tenant, key)) else {
        return;
    };
    let (name, correlation_key) = names(&message);
    if message.is_buffered() {
        let taken = (tenant, name, correlation_key.clone(), Arc::clone(process));
        state.taken_messages.put(taken, key);
    }
    // When the case's history has expired, its lock was taken back long ago.
    let running = |case: &ProcessInstanceKey| state.instances.contains(&(tenant, *case));
    if let Some(instance) = started
        .filter(|_| !correlation_key.is_empty())
        .filter(running)
    {
        state.message_locks.put(
            (tenant, Arc::clone(process), correlation_key.clone()),
            instance,
        );
        state.instances.update(&(tenant, instance), |row| {
            row.correlation_key = Some(correlation_key)
        });
    }
}

/// Others of its key may start a case of the process again.
pub(in crate::entities) fn unlock(
    state: &mut State,
    tenant: TenantId,
    definition: ProcessDefinitionKey,
    correlation_key: Arc<str>,
) {
    if let Some(definition) = state.definitions.get(&(tenant, definition)) {
        let lock = (tenant, Arc::clone(&definition.id), correlation_key);
        state.message_locks.remove(&lock);
    }
}

/// The rest of its way is due at once.
pub(in crate::entities) fn advanced(
    state: &mut State,
    tenant: TenantId,
    key: MessageKey,
    next: &Option<Arc<str>>,
) {
    let Some(message) = state.messages.get(&(tenant, key)) else {
        return;
    };
    let due = (message.published_at_ms, Due::Message(key));
    match next {
        Some(_) => state.due.put(due, tenant),
        None => state.due.remove(&due),
    }
    state
        .messages
        .update(&(tenant, key), |row| row.next.clone_from(next));
}

pub(in crate::entities) fn expired(state: &mut State, tenant: TenantId, key: MessageKey) {
    let Some(message) = state.messages.get(&(tenant, key)) else {
        return;
    };
    advanced(state, tenant, key, &None);
    state.messages.remove(&(tenant, key));
    if !message.is_buffered() {
        return;
    }
    let (name, correlation_key) = names(&message);
    state
        .buffered_messages
        .remove(&(tenant, name.clone(), correlation_key.clone(), key));
    state
        .due
        .remove(&(message.expires_at_ms, Due::MessageExpiry(key)));
    if let Some(id) = &message.message_id {
        let id = (
            tenant,
            name.clone(),
            correlation_key.clone(),
            Arc::clone(id),
        );
        state.message_ids.remove(&id);
    }
    forget_turns(state, tenant, name, correlation_key);
}

/// Once no message of a name and key waits, nobody needs to know who took which.
fn forget_turns(state: &mut State, tenant: TenantId, name: Arc<str>, key: Arc<str>) {
    let line = (tenant, name, key);
    let waiting = state.buffered_messages.first_under(line.clone(), 1);
    if !waiting.is_empty() {
        return;
    }
    for (taken, _) in state.taken_messages.under(line) {
        state.taken_messages.remove(&taken);
    }
}

fn names(message: &Message) -> (Arc<str>, Arc<str>) {
    (
        Arc::clone(&message.name),
        Arc::clone(&message.correlation_key),
    )
}
