//! Messages that the engine publishes for a case: send tasks, throw events and end events
//! that say what to publish. Who takes them is in `behaviour::message`.

use std::sync::Arc;

use gardesh_feel::Value;

use super::{activated, timer};
use crate::behaviour::message::{self, Draft};
use crate::context::{Active, Context, Failure, wrong_type};
use crate::definition::{Publication, Source};
use crate::entities::continuation::Continuation;
use crate::entities::incident::IncidentKind;
use crate::variables::Document;

/// Publishes the message. One that was published before and still lives, by its id, is not
/// published again, and the case goes on.
pub(super) fn activate(
    ctx: &mut Context<'_>,
    active: &Active,
    input: &Document,
    publication: &Publication,
) -> Result<(), Failure> {
    let draft = Draft {
        name: ctx.text(&publication.name, active, input)?,
        correlation_key: correlation_key(ctx, active, input, &publication.correlation_key)?,
        message_id: ctx.optional_text(publication.message_id.as_ref(), active, input)?,
        expires_at_ms: match &publication.time_to_live {
            Some(source) => timer::lifetime(ctx, active, input, source)?,
            None => ctx.at_ms,
        },
        variables: input.clone(),
    };
    draft
        .check()
        .map_err(|message| Failure::new(IncidentKind::ExtractValueError, message))?;
    activated(ctx, active, input);
    if !message::is_known(ctx, &draft) {
        message::send(ctx, draft);
    }
    ctx.then(Continuation::Complete {
        instance: active.instance,
        element: active.key,
    });
    Ok(())
}

/// A key may be empty here: such a message is for start events.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn correlation_key(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    source: &Source,
) -> Result<Arc<str>, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    match value {
        Value::String(text) => Ok(text),
        Value::Number(_) | Value::LongNumber(_) => Ok(value.to_json().into()),
        other => Err(wrong_type(
            "a text or a number",
            source,
            &other,
            &reasons,
            kind,
        )),
    }
}
