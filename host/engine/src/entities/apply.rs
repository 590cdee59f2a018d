//! Hands each event to the appliers of its entity.

use super::{
    batch_operation, compensation, component, continuation, decision, due, element_instance,
    experience, form, incident, job, message, process_definition, process_instance, repetition,
    retention, signal, subscription, tenant as tenants, trigger, user_task, variable,
};
use crate::event::Event;
use crate::key::TenantId;
use crate::state::State;

/// Applies one event: the only way in which state changes.
pub(crate) fn apply(state: &mut State, tenant: TenantId, at_ms: u64, event: &Event) {
    let at = (tenant, at_ms);
    match event {
        Event::ProcessDefinition(event) => process_definition::apply::apply(state, tenant, event),
        Event::Form(event) => form::apply::apply(state, tenant, event),
        Event::Decision(event) => decision::apply::apply(state, tenant, event),
        // A deployment as a whole has no row.
        Event::Deployment(_) => {}
        Event::ProcessInstance(event) => process_instance::apply::apply(state, at, event),
        Event::ElementInstance(event) => element_instance::apply::apply(state, tenant, event),
        Event::Repetition(event) => repetition::apply::apply(state, tenant, event),
        Event::Variable(event) => variable::apply::apply(state, tenant, event),
        Event::Job(event) => job::apply::apply(state, at, event),
        Event::UserTask(event) => user_task::apply::apply(state, tenant, event),
        Event::Incident(event) => incident::apply::apply(state, tenant, event),
        Event::Component(event) => component::apply::apply(state, tenant, event),
        Event::Tenant(event) => tenants::apply::apply(state, event),
        Event::Trigger(event) => trigger::apply::apply(state, at, event),
        Event::Experience(event) => experience::apply::apply(state, tenant, event),
        Event::Subscription(event) => subscription::apply::apply(state, tenant, event),
        Event::Signal(event) => signal::apply::apply(state, tenant, event),
        Event::Message(event) => message::apply::apply(state, tenant, event),
        Event::Compensation(event) => compensation::apply::apply(state, tenant, event),
        Event::Continuation(event) => continuation::apply::apply(state, at, event),
        Event::Due(event) => due::apply::apply(state, tenant, event),
        Event::Retention(event) => retention::apply::apply(state, at, event),
        Event::BatchOperation(event) => batch_operation::apply::apply(state, at, event),
    }
}
