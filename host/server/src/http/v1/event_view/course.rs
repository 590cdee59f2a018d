//! Events of the course that a case takes: repetition, what it waits for, compensation,
//! decisions, and what operators did to it.

use std::sync::Arc;

use gardesh_engine::entities::decision::DecisionEvaluation;
use gardesh_engine::entities::element_instance::{Rest, Role};
use gardesh_engine::entities::subscription::Wait;
use gardesh_engine::event::{
    CompensationEvent, ContinuationEvent, ElementInstanceEvent, MessageEvent, ProcessInstanceEvent,
    RepetitionEvent, SubscriptionEvent, VariableEvent,
};

use super::super::decision_record::evaluated_decisions;
use super::{Fact, Narrator, Telling, list};
use crate::http::problem::Problem;
use crate::http::wire::raw_json;

impl Narrator {
    /// Events of elements and of the tokens in them.
    pub(super) fn tell_of_element(&mut self, event: &ElementInstanceEvent) -> Telling {
        match event {
            ElementInstanceEvent::Activating {
                key,
                element,
                scope,
                role,
                ..
            } => {
                self.enter(*key, *element, *role);
                let told = self.element(*key).key("scopeKey", scope);
                if let Role::Run { counter } = role {
                    told.number("loopCounter", *counter)
                } else {
                    told.given(role.type_name(), |told, name| {
                        told.text("elementType", &name.into())
                    })
                }
            }
            ElementInstanceEvent::Activated { key, .. } => self.element(*key),
            ElementInstanceEvent::Completing { key, .. } => self.element(*key),
            ElementInstanceEvent::Completed { key, .. } => self.element(*key),
            ElementInstanceEvent::Terminating { key, .. } => self.element(*key),
            ElementInstanceEvent::Terminated { key, .. } => self.element(*key),
            ElementInstanceEvent::Interrupted { key, by, .. } => {
                self.element(*key).key("interruptedBy", by)
            }
            ElementInstanceEvent::SequenceFlowTaken { scope, flow, .. } => {
                self.flow(*flow).key("scopeKey", scope)
            }
            ElementInstanceEvent::TokenWaiting { scope, flow, .. } => {
                self.flow(*flow).key("scopeKey", scope)
            }
            ElementInstanceEvent::TokenConsumed {
                scope, flow, count, ..
            } => self
                .flow(*flow)
                .key("scopeKey", scope)
                .number("count", *count),
            ElementInstanceEvent::EscalationThrown {
                element,
                code,
                catcher,
                ..
            } => self
                .element(*element)
                .text("escalationCode", code)
                .optional("catchEventId", catcher.as_ref()),
        }
    }

    pub(super) fn tell_of_variable(event: &VariableEvent) -> Result<Telling, Problem> {
        match event {
            VariableEvent::Set {
                scope,
                key,
                name,
                value,
                ..
            } => Ok(Telling::default()
                .key("variableKey", key)
                .key("scopeKey", scope)
                .text("name", name)
                .fact("value", Fact::Json(raw_json(value.to_json())?))),
        }
    }

    /// The items of a repetition are in the variables of its runs.
    pub(super) fn tell_of_repetition(&self, event: &RepetitionEvent) -> Result<Telling, Problem> {
        Ok(match event {
            RepetitionEvent::ItemsFixed { key, items, .. } => self.element(*key).number(
                "itemCount",
                items.as_list().map_or(0, |items| items.len() as u64),
            ),
            RepetitionEvent::ResultCollected {
                scope,
                name,
                index,
                value,
                ..
            } => self
                .element(*scope)
                .text("name", name)
                .number("index", *index)
                .fact("value", Fact::Json(raw_json(value.to_json())?)),
            RepetitionEvent::RestDecided { key, rest, .. } => {
                let rest = match rest {
                    Rest::Open => "OPEN",
                    Rest::Awaited => "AWAITED",
                    Rest::Ended => "ENDED",
                };
                self.element(*key).text("rest", &rest.into())
            }
            RepetitionEvent::Deferred { key, .. } => self.element(*key),
            RepetitionEvent::Resumed { key, .. } => self.element(*key),
        })
    }

    /// A subscription's own element is the event that waits, not the one that holds it.
    pub(super) fn tell_of_subscription(&self, event: &SubscriptionEvent) -> Telling {
        match event {
            SubscriptionEvent::Opened { subscription } => {
                let telling = Telling::default()
                    .key("subscriptionKey", subscription.key)
                    .text(
                        "eventElementId",
                        &self.definition.node(subscription.event).id,
                    );
                match &subscription.wait {
                    Wait::Message {
                        name,
                        correlation_key,
                    } => telling
                        .text("messageName", name)
                        .text("correlationKey", correlation_key),
                    Wait::Signal { name } => telling.text("signalName", name),
                    Wait::Timer { due_ms, .. } => telling.time("dueDate", *due_ms),
                    Wait::Condition { .. } => telling,
                }
            }
            SubscriptionEvent::Closed { subscription, .. } => {
                Telling::default().key("subscriptionKey", subscription)
            }
            SubscriptionEvent::Triggered { subscription, .. } => {
                Telling::default().key("subscriptionKey", subscription)
            }
            SubscriptionEvent::ConditionChanged {
                subscription,
                holds,
                ..
            } => Telling::default()
                .key("subscriptionKey", subscription)
                .text("holds", &Arc::from(if *holds { "true" } else { "false" })),
        }
    }

    /// What happens to the process instance as a whole, and what operators do to it.
    pub(super) fn tell_of_process_instance(&self, event: &ProcessInstanceEvent) -> Telling {
        match event {
            ProcessInstanceEvent::Created {
                definition,
                business_key,
                parent,
                ..
            } => Telling::default()
                .key("processDefinitionKey", definition)
                .optional("businessKey", business_key.as_ref())
                .given(*parent, |told, parent| {
                    told.key("parentProcessInstanceKey", parent.instance)
                        .key("parentElementInstanceKey", parent.element)
                }),
            ProcessInstanceEvent::Completed { outcome, .. } => {
                Telling::default().optional("outcome", outcome.as_ref())
            }
            ProcessInstanceEvent::Terminated { .. } => Telling::default(),
            ProcessInstanceEvent::Banned { reason, .. } => {
                Telling::default().text("reason", &reason.as_str().into())
            }
            ProcessInstanceEvent::Modified {
                activated,
                terminated,
                ..
            } => Telling::default()
                .text("activatedElementIds", &self.ids(activated))
                .text("terminatedElementInstanceKeys", &list(terminated)),
            ProcessInstanceEvent::StopsAfter { elements, .. } => {
                Telling::default().text("elementIds", &self.ids(elements))
            }
            ProcessInstanceEvent::Suspended { .. } => Telling::default(),
            ProcessInstanceEvent::StartKeyKept { key, .. } => {
                Telling::default().text("idempotencyKey", key)
            }
            ProcessInstanceEvent::StartKeyForgotten { .. } => Telling::default(),
            ProcessInstanceEvent::Resumed { .. } => Telling::default(),
            ProcessInstanceEvent::Migrated { definition, .. } => {
                Telling::default().key("processDefinitionKey", definition)
            }
        }
    }

    pub(super) fn tell_of_continuation(event: &ContinuationEvent) -> Telling {
        match event {
            ContinuationEvent::Kept { steps, .. } => {
                Telling::default().number("steps", steps.len() as u32)
            }
            ContinuationEvent::Taken { .. } => Telling::default(),
            ContinuationEvent::ChainAdvanced { .. } => Telling::default(),
        }
    }

    pub(super) fn tell_of_message(event: &MessageEvent) -> Telling {
        match event {
            MessageEvent::Correlated {
                message,
                name,
                subscription,
                ..
            } => Telling::default()
                .key("messageKey", message)
                .text("messageName", name)
                .key("subscriptionKey", subscription),
            MessageEvent::Published { .. }
            | MessageEvent::Advanced { .. }
            | MessageEvent::Expired { .. } => Telling::default(),
        }
    }

    /// The element of these events is the one that throws compensation, where there is one.
    pub(super) fn tell_of_compensation(&self, event: &CompensationEvent) -> Telling {
        match event {
            CompensationEvent::Subscribed { compensation, .. } => Telling::default()
                .key("compensationKey", compensation.key)
                .key("scopeKey", compensation.scope)
                .text("activityElementId", &self.ids(&[compensation.activity]))
                .given(compensation.handler, |told, handler| {
                    told.text("handlerElementId", &self.ids(&[handler.activity]))
                }),
            CompensationEvent::Triggered {
                thrower,
                compensation,
                ..
            } => self.element(*thrower).key("compensationKey", compensation),
            CompensationEvent::Started {
                thrower,
                compensation,
                handler,
                ..
            } => self
                .element(*thrower)
                .key("compensationKey", compensation)
                .key("handlerElementInstanceKey", handler)
                .optional("handlerElementId", self.entered(*handler)),
            CompensationEvent::Dropped { scope, .. } => Telling::default().key("scopeKey", scope),
        }
    }

    fn ids(&self, elements: &[u32]) -> Arc<str> {
        let ids = elements.iter().filter_map(|element| {
            let node = self.definition.nodes.get(*element as usize)?;
            Some(&node.id)
        });
        list(ids)
    }

    pub(super) fn tell_of_decision(
        &self,
        evaluation: &DecisionEvaluation,
    ) -> Result<Telling, Problem> {
        let told = match &evaluation.asker {
            Some(asker) => self.element(asker.element_instance),
            None => Telling::default(),
        };
        Ok(told
            .key("decisionEvaluationKey", evaluation.key)
            .key("decisionDefinitionKey", evaluation.decision.key)
            .text("decisionDefinitionId", &evaluation.decision.id)
            .number("decisionDefinitionVersion", evaluation.decision.version)
            .text("output", &evaluation.output)
            .text("reasons", &evaluation.reasons)
            .fact(
                "evaluatedDecisions",
                Fact::Json(raw_json(evaluated_decisions(evaluation))?),
            ))
    }
}
