//! Events of the course that a case takes: repetition, what it waits for, compensation,
//! decisions, and what operators did to it.

use std::sync::Arc;

use gardesh_engine::entities::decision::DecisionEvaluation;
use gardesh_engine::entities::element_instance::Rest;
use gardesh_engine::entities::subscription::Wait;
use gardesh_engine::event::{
    CompensationEvent, ContinuationEvent, Event, MessageEvent, ProcessInstanceEvent,
    RepetitionEvent, SubscriptionEvent,
};

use super::super::decision_record::evaluated_decisions;
use super::{Fact, Narrator, OF_NO_CASE, Telling, list};
use crate::http::problem::Problem;
use crate::http::wire::raw_json;

impl Narrator {
    /// The items of a repetition are in the variables of its runs.
    pub(super) fn tell_of_repetition(&self, event: &Event) -> Result<Telling, Problem> {
        Ok(match event {
            Event::Repetition(RepetitionEvent::ItemsFixed { key, items, .. }) => {
                self.element("ItemsFixed", *key).number(
                    "itemCount",
                    items.as_list().map_or(0, |items| items.len() as u64),
                )
            }
            Event::Repetition(RepetitionEvent::ResultCollected {
                scope,
                name,
                index,
                value,
                ..
            }) => self
                .element("ResultCollected", *scope)
                .text("name", name)
                .number("index", *index)
                .fact("value", Fact::Json(raw_json(value.to_json())?)),
            Event::Repetition(RepetitionEvent::RestDecided { key, rest, .. }) => {
                let rest = match rest {
                    Rest::Open => "OPEN",
                    Rest::Awaited => "AWAITED",
                    Rest::Ended => "ENDED",
                };
                self.element("RestDecided", *key).text("rest", &rest.into())
            }
            Event::Repetition(RepetitionEvent::Deferred { key, .. }) => {
                self.element("ElementDeferred", *key)
            }
            Event::Repetition(RepetitionEvent::Resumed { key, .. }) => {
                self.element("ElementResumed", *key)
            }
            _ => Telling::of(OF_NO_CASE),
        })
    }

    /// A subscription's own element is the event that waits, not the one that holds it.
    pub(super) fn tell_of_subscription(&self, event: &Event) -> Telling {
        match event {
            Event::Subscription(SubscriptionEvent::Opened { subscription }) => {
                let telling = Telling::of("SubscriptionOpened")
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
            Event::Subscription(SubscriptionEvent::Closed { subscription, .. }) => {
                Telling::of("SubscriptionClosed").key("subscriptionKey", subscription)
            }
            Event::Subscription(SubscriptionEvent::Triggered { subscription, .. }) => {
                Telling::of("SubscriptionTriggered").key("subscriptionKey", subscription)
            }
            Event::Subscription(SubscriptionEvent::ConditionChanged {
                subscription,
                holds,
                ..
            }) => Telling::of("ConditionChanged")
                .key("subscriptionKey", subscription)
                .text("holds", &Arc::from(if *holds { "true" } else { "false" })),
            Event::Message(MessageEvent::Correlated {
                message,
                name,
                subscription,
                ..
            }) => Telling::of("MessageCorrelated")
                .key("messageKey", message)
                .text("messageName", name)
                .key("subscriptionKey", subscription),
            _ => Telling::of(OF_NO_CASE),
        }
    }

    /// What operators did to the case.
    pub(super) fn tell_of_operation(&self, event: &Event) -> Telling {
        match event {
            Event::ProcessInstance(ProcessInstanceEvent::Modified {
                activated,
                terminated,
                ..
            }) => Telling::of("InstanceModified")
                .text("activatedElementIds", &self.ids(activated))
                .text("terminatedElementInstanceKeys", &list(terminated)),
            Event::ProcessInstance(ProcessInstanceEvent::StopsAfter { elements, .. }) => {
                Telling::of("InstanceStopsAfter").text("elementIds", &self.ids(elements))
            }
            Event::ProcessInstance(ProcessInstanceEvent::Suspended { .. }) => {
                Telling::of("InstanceSuspended")
            }
            Event::ProcessInstance(ProcessInstanceEvent::StartKeyKept { key, .. }) => {
                Telling::of("ProcessInstanceStartKeyKept").text("idempotencyKey", key)
            }
            Event::ProcessInstance(ProcessInstanceEvent::StartKeyForgotten { .. }) => {
                Telling::of("ProcessInstanceStartKeyForgotten")
            }
            Event::Continuation(ContinuationEvent::Kept { steps, .. }) => {
                Telling::of("StepsKept").number("steps", steps.len() as u32)
            }
            Event::Continuation(ContinuationEvent::Taken { .. }) => Telling::of("StepsTaken"),
            Event::ProcessInstance(ProcessInstanceEvent::Resumed { .. }) => {
                Telling::of("InstanceResumed")
            }
            _ => Telling::of(OF_NO_CASE),
        }
    }

    /// The element of these events is the one that throws compensation, where there is one.
    pub(super) fn tell_of_compensation(&self, event: &Event) -> Telling {
        match event {
            Event::Compensation(CompensationEvent::Subscribed { compensation, .. }) => {
                Telling::of("CompensationSubscribed")
                    .key("compensationKey", compensation.key)
                    .key("scopeKey", compensation.scope)
                    .text("activityElementId", &self.ids(&[compensation.activity]))
                    .given(compensation.handler, |told, handler| {
                        told.text("handlerElementId", &self.ids(&[handler.activity]))
                    })
            }
            Event::Compensation(CompensationEvent::Triggered {
                thrower,
                compensation,
                ..
            }) => self
                .element("CompensationTriggered", *thrower)
                .key("compensationKey", compensation),
            Event::Compensation(CompensationEvent::Started {
                thrower,
                compensation,
                handler,
                ..
            }) => self
                .element("CompensationStarted", *thrower)
                .key("compensationKey", compensation)
                .key("handlerElementInstanceKey", handler)
                .optional("handlerElementId", self.entered(*handler)),
            Event::Compensation(CompensationEvent::Dropped { scope, .. }) => {
                Telling::of("CompensationDropped").key("scopeKey", scope)
            }
            _ => Telling::of(OF_NO_CASE),
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
            Some(asker) => self.element("DecisionEvaluated", asker.element_instance),
            None => Telling::of("DecisionEvaluated"),
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
