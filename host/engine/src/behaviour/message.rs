//! Messages: who takes one, and in which order. A message reaches one instance of each process.

use std::sync::Arc;

use crate::behaviour::occurrence::happen;
use crate::context::Context;
use crate::entities::element_instance::Phase;
use crate::entities::message::Message;
use crate::entities::subscription::{Owner, Wait};
use crate::event::MessageEvent;
use crate::key::*;
use crate::limits::{MAX_MESSAGE_TEXT_BYTES, MAX_REACHED_AT_ONCE, MESSAGE_ROWS_PER_LOOK};
use crate::table::layout::TableKey;
use crate::variables::Document;

/// A message that is about to be published.
pub(crate) struct Draft {
    pub name: Arc<str>,
    pub correlation_key: Arc<str>,
    pub message_id: Option<Arc<str>>,
    pub expires_at_ms: u64,
    pub variables: Document,
}

impl Draft {
    /// Whether its texts can be parts of keys.
    ///
    /// # Errors
    /// Which of them cannot, and why.
    pub(crate) fn check(&self) -> Result<(), String> {
        check_name(&self.name)?;
        check_text("a correlation key", &self.correlation_key)?;
        match &self.message_id {
            Some(id) => check_text("a message id", id),
            None => Ok(()),
        }
    }
}

/// Whether a text can be a message's name.
///
/// # Errors
/// Why it cannot.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("Expected the name of a message, but it is empty.".into());
    }
    check_text("the name of a message", name)
}

/// Whether a text can be a message's key or id.
///
/// # Errors
/// Why it cannot.
pub(crate) fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.len() > MAX_MESSAGE_TEXT_BYTES || text.contains('\0') {
        return Err(format!(
            "Expected {what} of at most {MAX_MESSAGE_TEXT_BYTES} bytes without zero bytes, but it has {} or holds one.",
            text.len()
        ));
    }
    Ok(())
}

/// Whether a message with this id lives already.
pub(crate) fn is_known(ctx: &Context<'_>, draft: &Draft) -> bool {
    let Some(id) = &draft.message_id else {
        return false;
    };
    let row = (
        ctx.tenant,
        Arc::clone(&draft.name),
        Arc::clone(&draft.correlation_key),
        Arc::clone(id),
    );
    let known = ctx.state.message_ids.get(&row);
    let message = known.and_then(|key| ctx.state.messages.get(&(ctx.tenant, *key)));
    message.is_some_and(|message| !message.has_expired(ctx.at_ms))
}

/// Who took a message.
pub(crate) struct Taken {
    pub instance: ProcessInstanceKey,
    /// Whether the message started it.
    pub starts: bool,
}

/// Publishes a message that was checked, and says who took it at once.
pub(crate) fn send(ctx: &mut Context<'_>, draft: Draft) -> (MessageKey, Vec<Taken>) {
    let message = Arc::new(Message {
        key: MessageKey(ctx.next_key()),
        name: draft.name,
        correlation_key: draft.correlation_key,
        message_id: draft.message_id,
        variables: draft.variables,
        published_at_ms: ctx.at_ms,
        expires_at_ms: draft.expires_at_ms,
        next: None,
    });
    ctx.emit(MessageEvent::Published {
        message: Arc::clone(&message),
    });
    (message.key, offer(ctx, &message, "".into()))
}

/// Goes on with a message that was not offered to all.
pub(crate) fn go_on(ctx: &mut Context<'_>, key: MessageKey) {
    let message = ctx.state.messages.get(&(ctx.tenant, key));
    if let Some(message) = message
        && let Some(next) = message.next.clone()
    {
        offer(ctx, &message, next);
    }
}

/// A message's time to live is over. One that is still being offered goes at the end of that.
pub(crate) fn expire(ctx: &mut Context<'_>, key: MessageKey) {
    let message = ctx.state.messages.get(&(ctx.tenant, key));
    if message.is_some_and(|message| message.next.is_none()) {
        ctx.emit(MessageEvent::Expired { message: key });
    }
}

/// A subscription was opened in a process: it may take what waits.
pub(crate) fn opened(
    ctx: &mut Context<'_>,
    name: &Arc<str>,
    correlation_key: &Arc<str>,
    process: &Arc<str>,
) {
    let line = Line::of(name, correlation_key);
    let mut budget = MAX_REACHED_AT_ONCE;
    if let Some(left) = line.serve(ctx, process, &mut budget, &mut Vec::new()) {
        // Whoever is further back in the message's line is reached again on the way.
        let next = match &left.next {
            Some(next) => Arc::clone(next.min(process)),
            None => Arc::clone(process),
        };
        ctx.emit(MessageEvent::Advanced {
            message: left.key,
            next: Some(next),
        });
    }
}

/// A case that a message started has ended: the oldest message of its key that waits for a
/// start event of the process starts the next one.
pub(crate) fn unlocked(ctx: &mut Context<'_>, process: &Arc<str>, correlation_key: &Arc<str>) {
    let names = start_names(ctx, process);
    let lines = names.iter().map(|name| Line::of(name, correlation_key));
    let oldest = lines
        .filter_map(|line| Some((line.next_message(ctx, process)?, line)))
        .min_by_key(|(message, _)| message.key);
    if let Some((message, line)) = oldest
        && let Some(taker) = line.taker(ctx, process, SubscriptionKey(u64::MAX))
    {
        deliver(ctx, &message, process, taker);
    }
}

/// A definition begins to start cases, or does so again: the messages that wait are offered to
/// its process when the clock goes on, those of each key in their order.
pub(crate) fn starts_opened(ctx: &mut Context<'_>, definition: ProcessDefinitionKey) {
    let Some(row) = ctx.state.definitions.get(&(ctx.tenant, definition)) else {
        return;
    };
    for name in starts_of(ctx, definition) {
        let mut from = "".into();
        while let Some(key) = next_key(ctx, &name, &from) {
            let line = Line::of(&name, &key);
            if let Some(message) = line.next_message(ctx, &row.id) {
                let next = message
                    .next
                    .clone()
                    .map_or_else(|| Arc::clone(&row.id), |next| next.min(Arc::clone(&row.id)));
                ctx.emit(MessageEvent::Advanced {
                    message: message.key,
                    next: Some(next),
                });
            }
            from = after(&key);
        }
    }
}

/// The first correlation key from one on of which messages of a name wait.
pub(crate) fn next_key(ctx: &Context<'_>, name: &Arc<str>, from: &Arc<str>) -> Option<Arc<str>> {
    let first = (
        ctx.tenant,
        Arc::clone(name),
        Arc::clone(from),
        MessageKey(0),
    );
    let end = (ctx.tenant, after(name), "".into(), MessageKey(0));
    let found = ctx.state.buffered_messages.range(&first, &end, 1);
    found.into_iter().next().map(|(row, _)| row.2)
}

/// The names of the messages that start a process.
pub(crate) fn start_names(ctx: &Context<'_>, process: &Arc<str>) -> Vec<Arc<str>> {
    let latest = (ctx.tenant, Arc::clone(process));
    let definition = ctx.state.latest_definitions.get(&latest);
    definition.map_or_else(Vec::new, |definition| starts_of(ctx, *definition))
}

/// The names of the messages that start events of a definition wait for.
pub(crate) fn starts_of(ctx: &Context<'_>, definition: ProcessDefinitionKey) -> Vec<Arc<str>> {
    let starts = ctx
        .state
        .subscriptions_by_definition
        .under((ctx.tenant, definition));
    let names = starts.into_iter().filter_map(|((_, _, key), _)| {
        if let Wait::Message { name, .. } = &ctx.state.subscriptions.get(&(ctx.tenant, key))?.wait {
            Some(Arc::clone(name))
        } else {
            None
        }
    });
    names.collect()
}

/// Offers a message to the processes from `from` on, as far as one command may go, and records
/// how far that was.
pub(crate) fn offer(ctx: &mut Context<'_>, message: &Message, from: Arc<str>) -> Vec<Taken> {
    let line = Line::of(&message.name, &message.correlation_key);
    // What is opened later takes from those that wait; the others are for who is there now.
    let end = SubscriptionKey(message.key.0);
    let mut taken = Vec::new();
    let mut budget = MAX_REACHED_AT_ONCE;
    let mut next = line.next_process(ctx, &from);
    while let Some(process) = &next {
        if budget == 0 || budget < MAX_REACHED_AT_ONCE && ctx.is_spent() {
            break;
        }
        let before = budget;
        if message.is_buffered() {
            if line.serve(ctx, process, &mut budget, &mut taken).is_some() {
                break;
            }
        } else if let Some(taker) = line.taker(ctx, process, end) {
            taken.extend(deliver(ctx, message, process, taker));
        }
        // A process counts even when nobody in it takes the message.
        budget = budget.min(before - 1);
        next = line.next_process(ctx, &after(process));
    }
    let (key, done) = (message.key, next.is_none());
    if !done || message.next.is_some() {
        ctx.emit(MessageEvent::Advanced { message: key, next });
    }
    if done && message.expires_at_ms <= ctx.at_ms {
        ctx.emit(MessageEvent::Expired { message: key });
    }
    taken
}

/// Gives a message to a subscription.
pub(crate) fn deliver(
    ctx: &mut Context<'_>,
    message: &Message,
    process: &Arc<str>,
    taker: Taker,
) -> Option<Taken> {
    let instance = happen(ctx, taker.subscription, &message.variables)?;
    ctx.emit(MessageEvent::Correlated {
        instance,
        message: message.key,
        name: Arc::clone(&message.name),
        process: Arc::clone(process),
        subscription: taker.subscription,
        starts: taker.starts,
    });
    Some(Taken {
        instance,
        starts: taker.starts,
    })
}

/// A subscription that can take a message.
pub(crate) struct Taker {
    subscription: SubscriptionKey,
    starts: bool,
}

/// The process id after one.
pub(crate) fn after(process: &Arc<str>) -> Arc<str> {
    process.successor().unwrap_or_else(TableKey::last)
}

/// The messages of one name and correlation key, and those who wait for them.
pub(crate) struct Line<'a> {
    name: &'a Arc<str>,
    correlation_key: &'a Arc<str>,
}

impl<'a> Line<'a> {
    pub(crate) fn of(name: &'a Arc<str>, correlation_key: &'a Arc<str>) -> Self {
        Self {
            name,
            correlation_key,
        }
    }

    /// The first process from `from` on in which something waits.
    pub(crate) fn next_process(&self, ctx: &Context<'_>, from: &Arc<str>) -> Option<Arc<str>> {
        let first_with = |key: Arc<str>| {
            let end = after(&key);
            let first = (
                ctx.tenant,
                Arc::clone(self.name),
                key,
                Arc::clone(from),
                SubscriptionKey(0),
            );
            let end = (
                ctx.tenant,
                Arc::clone(self.name),
                end,
                "".into(),
                SubscriptionKey(0),
            );
            let found = ctx.state.message_subscriptions.range(&first, &end, 1);
            found.into_iter().next().map(|(row, _)| row.3)
        };
        let starting = first_with("".into());
        if self.correlation_key.is_empty() {
            return starting;
        }
        let waiting = first_with(Arc::clone(self.correlation_key));
        starting.into_iter().chain(waiting).min()
    }

    /// Who of a process takes a message: a case that waits, the longest first, or else a start
    /// event, unless a case that was started with this key still runs. Subscriptions from
    /// `end` on do not count.
    pub(crate) fn taker(
        &self,
        ctx: &Context<'_>,
        process: &Arc<str>,
        end: SubscriptionKey,
    ) -> Option<Taker> {
        let row = |key: &Arc<str>, subscription| {
            let name = Arc::clone(self.name);
            (
                ctx.tenant,
                name,
                Arc::clone(key),
                Arc::clone(process),
                subscription,
            )
        };
        let rows = &ctx.state.message_subscriptions;
        if !self.correlation_key.is_empty() {
            let key = self.correlation_key;
            let mut from = SubscriptionKey(0);
            loop {
                let page = rows.range(&row(key, from), &row(key, end), MESSAGE_ROWS_PER_LOOK);
                let mut waiting = page.iter().map(|(row, _)| row.4);
                if let Some(subscription) = waiting.find(|key| listens(ctx, *key)) {
                    return Some(Taker {
                        subscription,
                        starts: false,
                    });
                }
                match page.last() {
                    Some((last, _)) if page.len() == MESSAGE_ROWS_PER_LOOK => {
                        from = SubscriptionKey(last.4.0 + 1)
                    }
                    _ => break,
                }
            }
            let lock = (ctx.tenant, Arc::clone(process), Arc::clone(key));
            if ctx.state.message_locks.contains(&lock) {
                return None;
            }
        }
        let none = "".into();
        let starts = rows.range(&row(&none, SubscriptionKey(0)), &row(&none, end), 1);
        let subscription = starts.first().map(|(row, _)| row.4)?;
        let start = ctx.state.subscriptions.get(&(ctx.tenant, subscription))?;
        (!ctx.is_definition_suspended(start.definition)).then_some(Taker {
            subscription,
            starts: true,
        })
    }

    /// The oldest message that waits and that a process has not had.
    fn next_message(&self, ctx: &Context<'_>, process: &Arc<str>) -> Option<Arc<Message>> {
        let line = || (Arc::clone(self.name), Arc::clone(self.correlation_key));
        let (name, key) = line();
        let taken = ctx
            .state
            .taken_messages
            .get(&(ctx.tenant, name, key, Arc::clone(process)));
        let mut from = MessageKey(taken.map_or(0, |taken| taken.0 + 1));
        let row = |message| {
            let (name, key) = line();
            (ctx.tenant, name, key, message)
        };
        loop {
            let page = ctx.state.buffered_messages.range(
                &row(from),
                &row(MessageKey(u64::MAX)),
                MESSAGE_ROWS_PER_LOOK,
            );
            let messages = page
                .iter()
                .filter_map(|(row, _)| ctx.state.messages.get(&(ctx.tenant, row.3)));
            let mut living = messages.filter(|message| !message.has_expired(ctx.at_ms));
            if let Some(message) = living.next() {
                return Some(message);
            }
            match page.last() {
                Some((last, _)) if page.len() == MESSAGE_ROWS_PER_LOOK => {
                    from = MessageKey(last.3.0 + 1)
                }
                _ => return None,
            }
        }
    }

    /// Gives a process the messages that wait for it, in their order, as long as it takes them.
    /// When the budget is used up, the message that is next comes back.
    fn serve(
        &self,
        ctx: &mut Context<'_>,
        process: &Arc<str>,
        budget: &mut usize,
        taken: &mut Vec<Taken>,
    ) -> Option<Arc<Message>> {
        loop {
            let message = self.next_message(ctx, process)?;
            let taker = self.taker(ctx, process, SubscriptionKey(u64::MAX))?;
            if *budget == 0 || *budget < MAX_REACHED_AT_ONCE && ctx.is_spent() {
                return Some(message);
            }
            *budget -= 1;
            taken.push(deliver(ctx, &message, process, taker)?);
        }
    }
}

/// Whether the holder of a subscription can still go on because of it.
pub(crate) fn listens(ctx: &Context<'_>, key: SubscriptionKey) -> bool {
    let Some(subscription) = ctx.state.subscriptions.get(&(ctx.tenant, key)) else {
        return false;
    };
    match subscription.owner {
        Owner::Definition => false,
        Owner::Element { instance, element } => ctx
            .state
            .elements
            .get(&(ctx.tenant, instance, element))
            .is_some_and(|row| row.phase == Phase::Active),
    }
}
