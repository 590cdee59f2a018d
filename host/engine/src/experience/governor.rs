//! What a trigger's decisions may do. A trigger proposes; here it is decided, inside the
//! machine, so that nothing outside can go past the rules: one invitation per case and
//! survey, surveys and processes that exist, delays within bounds.

use std::sync::Arc;

use gardesh_feel::Value;

use super::bounds;
use super::language::canonical_tag;
use crate::behaviour::start::{Beginning, start};
use crate::context::Context;
use crate::entities::experience::{Invitation, InvitationState, Notification};
use crate::entities::trigger::{Decision, Firing};
use crate::event::ExperienceEvent;
use crate::key::*;
use crate::limits::*;

/// The variable that names the customer by convention.
pub(crate) const CUSTOMER_VARIABLE: &str = "customer";

/// The channel that puts the link at the company's disposal.
const CHANNEL_LINK: &str = "link";

/// What became of a trigger's proposals.
pub(crate) struct Judged {
    /// Each proposal, or the reason it was not followed.
    pub decisions: Vec<Decision>,
    /// The bound that they went past, in words: the trigger is switched off.
    pub past_bounds: Option<String>,
}

impl Judged {
    /// Nothing is done.
    pub(crate) fn nothing(code: &str, detail: &str) -> Self {
        Self {
            decisions: vec![nothing(code, detail)],
            past_bounds: None,
        }
    }
}

/// Makes the final decisions of a firing.
pub(crate) fn judge(ctx: &Context<'_>, firing: &Firing, proposed: Vec<Decision>) -> Judged {
    if proposed.is_empty() {
        return Judged::nothing("no-decision", "The trigger returned nothing.");
    }
    if proposed.len() > MAX_DECISIONS {
        let detail = format!(
            "Expected at most {MAX_DECISIONS} decisions, but the trigger returned {}.",
            proposed.len()
        );
        return Judged::nothing("too-many-decisions", &detail);
    }
    let mut asked: Vec<Arc<str>> = Vec::new();
    let (mut started, mut refusal) = (0, None);
    let mut decisions = Vec::with_capacity(proposed.len());
    for decision in proposed {
        let mut decision = judge_one(ctx, firing, decision, &mut asked);
        if decision.starts_process() {
            match bounds::refuse_start(ctx, firing, started) {
                Some((code, why)) => {
                    decision = nothing(code, &why);
                    refusal.get_or_insert(why);
                }
                None => started += 1,
            }
        }
        decisions.push(decision);
    }
    Judged {
        decisions,
        past_bounds: refusal,
    }
}

fn judge_one(
    ctx: &Context<'_>,
    firing: &Firing,
    decision: Decision,
    asked: &mut Vec<Arc<str>>,
) -> Decision {
    let refusal = match &decision {
        Decision::Ask {
            survey,
            channel,
            delay_ms,
            ..
        } => {
            let refusal = refuse_ask(ctx, firing, survey, channel, *delay_ms)
                .or_else(|| asked.contains(survey).then(|| already_asked(survey)));
            asked.push(Arc::clone(survey));
            refusal
        }
        Decision::StartProcess { process, .. } => {
            let latest = ctx
                .state
                .latest_definitions
                .get(&(ctx.tenant, Arc::clone(process)));
            match latest {
                None => Some(nothing(
                    "process-missing",
                    &format!("The process '{process}' is not deployed."),
                )),
                Some(key) if ctx.is_definition_suspended(*key) => Some(nothing(
                    "process-suspended",
                    &format!("The process '{process}' is suspended."),
                )),
                Some(_) => None,
            }
        }
        Decision::Notify { .. } | Decision::Nothing { .. } => None,
    };
    refusal.unwrap_or(decision)
}

fn refuse_ask(
    ctx: &Context<'_>,
    firing: &Firing,
    survey: &Arc<str>,
    channel: &str,
    delay_ms: u64,
) -> Option<Decision> {
    if !ctx
        .state
        .latest_surveys
        .contains(&(ctx.tenant, Arc::clone(survey)))
    {
        return Some(nothing(
            "survey-missing",
            &format!("The survey '{survey}' is not stored."),
        ));
    }
    if channel != CHANNEL_LINK {
        let detail =
            format!("Expected the channel '{CHANNEL_LINK}', but the trigger named '{channel}'.");
        return Some(nothing("channel-unknown", &detail));
    }
    if delay_ms > MAX_INVITATION_DELAY_MS {
        let detail = format!(
            "Expected a delay of at most {MAX_INVITATION_DELAY_MS} ms, but it is {delay_ms} ms."
        );
        return Some(nothing("delay-too-long", &detail));
    }
    let key = (ctx.tenant, firing.case.instance, Arc::clone(survey));
    ctx.state
        .invitations_by_case
        .contains(&key)
        .then(|| already_asked(survey))
}

fn already_asked(survey: &str) -> Decision {
    nothing(
        "already-asked",
        &format!("The process instance has an invitation to '{survey}' already."),
    )
}

/// A decision to do nothing.
pub(crate) fn nothing(code: &str, detail: &str) -> Decision {
    Decision::Nothing {
        code: code.into(),
        detail: shorten(detail).into(),
    }
}

/// Does what was decided.
pub(crate) fn carry_out(ctx: &mut Context<'_>, firing: &Firing, decisions: &[Decision]) {
    bounds::count(ctx, firing, decisions);
    for (number, decision) in (0..).zip(decisions) {
        match decision {
            Decision::Ask {
                survey,
                channel,
                delay_ms,
                ..
            } => invite(ctx, firing, number, survey, channel, *delay_ms),
            Decision::StartProcess {
                process, variables, ..
            } => {
                let definition = ctx
                    .state
                    .latest_definitions
                    .get(&(ctx.tenant, Arc::clone(process)));
                if let Some(definition) = definition {
                    let beginning = Beginning {
                        definition: *definition,
                        business_key: firing.case.business_key.clone(),
                        start: None,
                        parent: None,
                        trigger_depth: Some(bounds::depth_after(&firing.case, ctx.at_ms)),
                    };
                    start(ctx, beginning, variables);
                }
            }
            Decision::Notify {
                audience,
                title,
                body,
            } => {
                let notification = Notification {
                    key: NotificationKey(ctx.next_key()),
                    audience: Arc::clone(audience),
                    title: Arc::clone(title),
                    body: Arc::clone(body),
                    instance: firing.case.instance,
                    at_ms: ctx.at_ms,
                };
                ctx.emit(ExperienceEvent::NotificationCreated {
                    notification: Arc::new(notification),
                });
            }
            Decision::Nothing { .. } => {}
        }
    }
}

fn invite(
    ctx: &mut Context<'_>,
    firing: &Firing,
    number: u8,
    survey: &Arc<str>,
    channel: &Arc<str>,
    delay_ms: u64,
) {
    let Some(version) = ctx
        .state
        .latest_surveys
        .get(&(ctx.tenant, Arc::clone(survey)))
    else {
        return;
    };
    let customer = Customer::of(&firing.case.variables);
    let due_at_ms = ctx.at_ms.saturating_add(delay_ms);
    let invitation = Invitation {
        key: InvitationKey(ctx.next_key()),
        token: token(&ctx.entropy, number),
        survey: Arc::clone(survey),
        survey_version: *version,
        instance: firing.case.instance,
        process_id: Arc::clone(&firing.case.process_id),
        trigger: Arc::clone(&firing.trigger),
        trigger_version: Arc::clone(&firing.trigger_version),
        customer: customer.id,
        language: customer.language,
        channel: Arc::clone(channel),
        state: if delay_ms == 0 {
            InvitationState::Open
        } else {
            InvitationState::Scheduled
        },
        created_at_ms: ctx.at_ms,
        due_at_ms,
        expires_at_ms: due_at_ms.saturating_add(INVITATION_LIFETIME_MS),
    };
    ctx.emit(ExperienceEvent::InvitationCreated {
        invitation: Arc::new(invitation),
    });
}

/// A link's secret: as many bits as SHA-256 gives, from the record's entropy, different for
/// each invitation that one record makes.
fn token(entropy: &[u8; 32], number: u8) -> Arc<str> {
    use sha2::{Digest, Sha256};
    let digest = Sha256::new()
        .chain_update(entropy)
        .chain_update([number])
        .finalize();
    digest
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>()
        .into()
}

/// What the case says of its customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customer {
    /// The company's own id.
    pub id: Option<Arc<str>>,
    /// A BCP 47 tag.
    pub language: Option<Arc<str>>,
    /// Channels on which the customer can be reached.
    pub channels: Vec<Arc<str>>,
}

impl Customer {
    /// Reads the variable `customer`: an object, or an id alone.
    pub fn of(variables: &crate::variables::Document) -> Self {
        let customer = match variables.get(CUSTOMER_VARIABLE) {
            Some(Value::Context(customer)) => customer,
            Some(id) => {
                return Self {
                    id: text_of(id),
                    ..Self::default()
                };
            }
            None => return Self::default(),
        };
        let text = |name: &str| customer.get(name).and_then(text_of);
        let channels = ["email", "phone"]
            .into_iter()
            .filter(|name| text(name).is_some())
            .map(Arc::from);
        Self {
            id: text("id"),
            language: text("language").and_then(|language| canonical_tag(&language)),
            channels: channels.collect(),
        }
    }
}

/// Ids are numbers in many books, and phone numbers are, too.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value of another kind is treated like any other of the wrong kind"
)]
fn text_of(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(Arc::clone(text)),
        Value::Number(_) => Some(value.to_json().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::parse_document;

    #[test]
    fn customers_are_known_however_a_case_writes_them_down() {
        for (variables, id, language, channels) in [
            (
                r#"{"customer": {"id": "K-7", "language": "fa", "email": "a@b"}}"#,
                Some("K-7"),
                Some("fa"),
                &["email"][..],
            ),
            (
                r#"{"customer": {"id": 4711, "language": "fa_IR.UTF-8", "phone": 4912345}}"#,
                Some("4711"),
                Some("fa-IR"),
                &["phone"],
            ),
            (
                r#"{"customer": {"id": 12345678901234567890, "language": "ger"}}"#,
                Some("12345678901234567890"),
                Some("de"),
                &[],
            ),
            (
                r#"{"customer": {"id": 0, "language": "C"}}"#,
                Some("0"),
                None,
                &[],
            ),
            (r#"{"customer": 4711}"#, Some("4711"), None, &[]),
            (r#"{"customer": "K-7"}"#, Some("K-7"), None, &[]),
            (
                r#"{"customer": {"id": " ", "language": 7}}"#,
                None,
                None,
                &[],
            ),
            (r#"{"customer": {"id": [1]}}"#, None, None, &[]),
            (r#"{"customer": null}"#, None, None, &[]),
            ("{}", None, None, &[]),
        ] {
            let customer = Customer::of(&parse_document(variables).unwrap());
            assert_eq!(customer.id.as_deref(), id, "{variables}");
            assert_eq!(customer.language.as_deref(), language, "{variables}");
            let found: Vec<_> = customer.channels.iter().map(|name| &**name).collect();
            assert_eq!(found, channels, "{variables}");
        }
    }
}
