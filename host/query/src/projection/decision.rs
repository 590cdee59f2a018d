//! What triggers decided: one row for each time that a trigger looked at an event, from the
//! moment that it fired, so that none is missing.

use std::borrow::Cow;
use std::sync::Arc;

use gardesh_engine::entities::trigger::{Decision, Firing};
use gardesh_engine::event::TriggerEvent;
use gardesh_engine::key::*;
use gardesh_engine::variables::write_document;
use serde::{Deserialize, Serialize};

use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Keyed, json_column, names, row};
use crate::search::{Condition, Instant, Key, Searchable, filter};

names! {
    /// Where a firing is.
    pub enum FiringState {
        /// The trigger has not answered yet.
        Pending = "PENDING",
        /// It has decided.
        Decided = "DECIDED",
    }
}

row! {
    /// A trigger's look at an event, with what it decided.
    pub struct TriggerDecision in "trigger_decisions" {
        /// The firing's key.
        firing_key: FiringKey,
        /// The trigger's name.
        trigger_name: Arc<str>,
        /// The version of the rule that decides.
        trigger_version: Arc<str>,
        /// The trigger's digest.
        trigger_digest: Arc<str>,
        /// The type of event, as in WIT and CloudEvents.
        event_type: Cow<'static, str>,
        /// The element it happened to, for element events.
        element_id: Option<Arc<str>>,
        /// Its activation.
        element_instance_key: Option<ElementInstanceKey>,
        /// The case.
        process_instance_key: ProcessInstanceKey,
        /// The case's definition.
        process_definition_key: ProcessDefinitionKey,
        /// The definition's process id.
        process_definition_id: Arc<str>,
        /// The definition's version.
        process_definition_version: u32,
        /// The case's number in the company's own books.
        business_key: Option<Arc<str>>,
        /// Where it is.
        state: FiringState,
        /// What came of it, in the order of the trigger's answer.
        decisions: Vec<DecisionTaken>,
        /// When the event happened.
        fired_at_ms: u64,
        /// When the decision was recorded.
        decided_at_ms: Option<u64>,
    }
    key: [firing_key],
    changes: [state, decisions, decided_at_ms],
    indexes: ["tenant, process_instance_key"],
}

impl Keyed for TriggerDecision {
    type Key = FiringKey;

    fn key(&self) -> FiringKey {
        self.firing_key
    }
}

/// One decision, with its reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum DecisionTaken {
    /// The customer is asked.
    Ask {
        /// The survey.
        survey_id: Arc<str>,
        /// How the link reaches the customer.
        channel: Arc<str>,
        /// The wait before it does.
        delay_ms: u64,
        /// Why.
        reason: Arc<str>,
    },
    /// A process is started.
    StartProcess {
        /// Which.
        process_definition_id: Arc<str>,
        /// With these variables: a JSON object as text.
        variables: String,
        /// Why.
        reason: Arc<str>,
    },
    /// Somebody inside the company is told.
    Notify {
        /// A role or a user.
        audience: Arc<str>,
        /// One line.
        title: Arc<str>,
        /// Plain text.
        body: Arc<str>,
    },
    /// Nothing is done.
    Nothing {
        /// A reason code.
        code: Arc<str>,
        /// Words for people.
        detail: Arc<str>,
    },
}

impl From<&Decision> for DecisionTaken {
    fn from(decision: &Decision) -> Self {
        match decision.clone() {
            Decision::Ask {
                survey: survey_id,
                channel,
                delay_ms,
                reason,
            } => Self::Ask {
                survey_id,
                channel,
                delay_ms,
                reason,
            },
            Decision::StartProcess {
                process: process_definition_id,
                variables,
                reason,
            } => Self::StartProcess {
                process_definition_id,
                variables: write_document(&variables),
                reason,
            },
            Decision::Notify {
                audience,
                title,
                body,
            } => Self::Notify {
                audience,
                title,
                body,
            },
            Decision::Nothing { code, detail } => Self::Nothing { code, detail },
        }
    }
}

json_column!(Vec<DecisionTaken>);

filter! {
    /// What to look for in trigger decisions.
    pub struct TriggerDecisionFilter {
        firing_key: Condition<Key> => "firing_key",
        trigger_name: Condition<String> => "trigger_name",
        trigger_version: Condition<String> => "trigger_version",
        event_type: Condition<String> => "event_type",
        element_id: Condition<String> => "element_id",
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_key: Condition<Key> => "process_definition_key",
        process_definition_id: Condition<String> => "process_definition_id",
        business_key: Condition<String> => "business_key",
        state: Condition<FiringState> => "state",
        fired_at: Condition<Instant> => "fired_at_ms",
        decided_at: Condition<Instant> => "decided_at_ms",
    }
}

impl Searchable for TriggerDecision {
    type Filter = TriggerDecisionFilter;
    const NOT_SORTED: &'static [&'static str] = &["decisions"];

    fn fit(&mut self, _shorten: bool) -> usize {
        let text = |decision: &DecisionTaken| match decision {
            DecisionTaken::Ask { reason, .. } => reason.len(),
            DecisionTaken::StartProcess {
                variables, reason, ..
            } => variables.len() + reason.len(),
            DecisionTaken::Notify { title, body, .. } => title.len() + body.len(),
            DecisionTaken::Nothing { detail, .. } => detail.len(),
        };
        self.decisions.iter().map(text).sum()
    }
}

impl Projection {
    pub(super) fn apply_trigger_event(
        &mut self,
        cx: &Context<'_>,
        event: &TriggerEvent,
    ) -> Result<(), Error> {
        match event {
            TriggerEvent::Fired { firing } => self.trigger_fired(cx, firing),
            TriggerEvent::Decided {
                firing, decisions, ..
            } => self.trigger_decided(cx, *firing, decisions)?,
            TriggerEvent::ChainContinued { .. }
            | TriggerEvent::Disabled { .. }
            | TriggerEvent::Enabled { .. } => {}
        }
        Ok(())
    }

    pub(super) fn trigger_fired(&mut self, cx: &Context<'_>, firing: &Firing) {
        let case = &firing.case;
        let row = TriggerDecision {
            firing_key: firing.key,
            trigger_name: Arc::clone(&firing.trigger),
            trigger_version: Arc::clone(&firing.trigger_version),
            trigger_digest: Arc::clone(&firing.digest),
            event_type: Cow::Borrowed(firing.event_type.name()),
            element_id: firing.element.as_ref().map(|(_, id)| Arc::clone(id)),
            element_instance_key: firing.element.as_ref().map(|(key, _)| *key),
            process_instance_key: case.instance,
            process_definition_key: case.definition,
            process_definition_id: Arc::clone(&case.process_id),
            process_definition_version: case.process_version,
            business_key: case.business_key.clone(),
            state: FiringState::Pending,
            decisions: Vec::new(),
            fired_at_ms: firing.at_ms,
            decided_at_ms: None,
        };
        self.decisions.put(cx.tenant, row);
    }

    pub(super) fn trigger_decided(
        &mut self,
        cx: &Context<'_>,
        firing: FiringKey,
        decisions: &[Decision],
    ) -> Result<(), Error> {
        let row = self.decisions.change(cx, firing)?;
        row.state = FiringState::Decided;
        row.decisions = decisions.iter().map(DecisionTaken::from).collect();
        row.decided_at_ms = Some(cx.at_ms);
        Ok(())
    }
}
