//! Compiles what events wait for and what they make happen.

use gardesh_bpmn::{
    Compensation, Element, EventDefinition, Message, MessagePublication, Send, Timer,
};

use super::{Compiler, name};
use crate::definition::time::{Duration, Lifetime, Moment, Schedule};
use crate::definition::*;

impl Compiler<'_> {
    pub(super) fn caught(&mut self, element: &Element, event: &EventDefinition) -> Caught {
        match event {
            EventDefinition::None => Caught::None,
            EventDefinition::Message(message) => Caught::Message(self.message(element, message)),
            EventDefinition::Timer(timer) => Caught::Timer(self.timer(element, timer)),
            EventDefinition::Signal(signal) => Caught::Signal(self.required(element, &signal.name)),
            EventDefinition::Conditional(condition) => Caught::Condition(Box::new(ConditionSpec {
                condition: self.required(element, &condition.condition),
                variables: condition.variable_names.iter().map(|n| name(n)).collect(),
                changes: condition.variable_events.clone(),
            })),
            EventDefinition::Error(error) => {
                Caught::Error(error.as_ref().map(|error| name(error.code.text())))
            }
            EventDefinition::Escalation(escalation) => {
                Caught::Escalation(escalation.as_ref().map(|e| name(e.code.text())))
            }
            EventDefinition::Compensation(Compensation::Catch { handler }) => {
                Caught::Compensation(handler.map(index))
            }
            EventDefinition::Compensation(Compensation::Throw { .. }) => Caught::Compensation(None),
            EventDefinition::Cancel => Caught::Cancel,
            EventDefinition::Link { .. } => Caught::Link,
            EventDefinition::SendMessage(_)
            | EventDefinition::Terminate
            | EventDefinition::Unsupported { .. } => {
                self.unsupported(element, "an event that cannot be waited for");
                Caught::None
            }
        }
    }

    pub(super) fn thrown(&mut self, element: &Element, event: &EventDefinition) -> Thrown {
        match event {
            EventDefinition::None => Thrown::None,
            EventDefinition::Terminate => Thrown::Terminate,
            EventDefinition::Error(Some(error)) => {
                Thrown::Error(self.required(element, &error.code))
            }
            EventDefinition::Escalation(Some(escalation)) => {
                Thrown::Escalation(self.required(element, &escalation.code))
            }
            EventDefinition::Signal(signal) => Thrown::Signal(self.required(element, &signal.name)),
            EventDefinition::SendMessage(Send::Job(job)) => {
                Thrown::MessageJob(self.job(element, job, "MESSAGE_EVENT"))
            }
            EventDefinition::SendMessage(Send::Publish(publication)) => {
                Thrown::Message(Box::new(self.publication(element, publication)))
            }
            EventDefinition::Compensation(Compensation::Throw { activity }) => {
                Thrown::Compensation(activity.map(index))
            }
            EventDefinition::Link {
                target: Some(target),
                ..
            } => Thrown::Link(index(*target)),
            EventDefinition::Cancel => Thrown::Cancel,
            EventDefinition::Message(_)
            | EventDefinition::Timer(_)
            | EventDefinition::Error(None)
            | EventDefinition::Escalation(None)
            | EventDefinition::Compensation(_)
            | EventDefinition::Link { target: None, .. }
            | EventDefinition::Conditional(_)
            | EventDefinition::Unsupported { .. } => {
                self.unsupported(element, "an event that cannot be made to happen");
                Thrown::None
            }
        }
    }

    pub(super) fn message(&mut self, element: &Element, message: &Message) -> MessageSpec {
        MessageSpec {
            name: self.required(element, &message.name),
            correlation_key: self.optional(element, message.correlation_key.as_ref()),
        }
    }

    fn timer(&mut self, element: &Element, timer: &Timer) -> TimerSpec {
        match timer {
            Timer::Date(at) => TimerSpec::Date(self.time::<Moment>(element, at)),
            Timer::Duration(after) => TimerSpec::Duration(self.time::<Duration>(element, after)),
            Timer::Cycle(times) => TimerSpec::Cycle(self.time::<Schedule>(element, times)),
        }
    }

    pub(super) fn publication(
        &mut self,
        element: &Element,
        publication: &MessagePublication,
    ) -> Publication {
        Publication {
            name: self.required(element, &publication.name),
            correlation_key: self.required(element, &publication.correlation_key),
            message_id: self.optional(element, publication.message_id.as_ref()),
            time_to_live: publication
                .time_to_live
                .as_ref()
                .map(|lives| self.time::<Lifetime>(element, lives)),
        }
    }
}
