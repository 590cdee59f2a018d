//! Between this crate's plain types and those that wasmtime generates from `wit/`.

use crate::bindings::{step, trigger};
use crate::{
    CaseFacts, CustomerFacts, Decision, Facts, StepDescription, StepJob, StepOutcome, Subscription,
    TriggerDescription, TriggerEvent,
};

use step::gardesh::step::types as step_types;
use trigger::gardesh::cx::types as cx_types;

impl From<StepJob> for step_types::Job {
    fn from(job: StepJob) -> Self {
        let header = |(key, value)| step_types::Header { key, value };
        Self {
            key: job.key,
            attempt: job.attempt,
            process_instance_key: job.process_instance_key,
            process_id: job.process_id,
            process_version: job.process_version,
            element_id: job.element_id,
            element_instance_key: job.element_instance_key,
            tenant: job.tenant,
            business_key: job.business_key,
            headers: job.headers.into_iter().map(header).collect(),
            deadline: job.deadline_ms,
            variables: job.variables,
        }
    }
}

impl From<Result<step_types::Output, step_types::Failure>> for StepOutcome {
    fn from(result: Result<step_types::Output, step_types::Failure>) -> Self {
        match result {
            Ok(output) => Self::Completed {
                variables: output.variables,
                result: None,
            },
            Err(step_types::Failure::BusinessError(error)) => Self::BusinessError {
                code: error.code,
                message: error.message,
                variables: error.variables,
            },
            Err(step_types::Failure::Retry(retry)) => Self::Retry {
                message: retry.message,
                delay_ms: retry.delay_ms,
            },
            Err(step_types::Failure::Fatal(message)) => Self::Fatal { message },
        }
    }
}

impl From<step_types::Description> for StepDescription {
    fn from(description: step_types::Description) -> Self {
        Self {
            name: description.name,
            version: description.version,
            title: description.title,
            input_schema: description.input_schema,
            output_schema: description.output_schema,
            configuration_schema: description.configuration_schema,
            icon: description.icon,
            capabilities: description.capabilities,
        }
    }
}

impl From<cx_types::Description> for TriggerDescription {
    fn from(description: cx_types::Description) -> Self {
        let subscription = |subscription: cx_types::Subscription| Subscription {
            event_type: subscription.event_type,
            process_id: subscription.process_id,
            element_id: subscription.element_id,
        };
        Self {
            name: description.name,
            version: description.version,
            title: description.title,
            configuration_schema: description.configuration_schema,
            subscriptions: description
                .subscriptions
                .into_iter()
                .map(subscription)
                .collect(),
        }
    }
}

impl From<TriggerEvent> for cx_types::Event {
    fn from(event: TriggerEvent) -> Self {
        Self {
            id: event.id,
            source: event.source,
            event_type: event.event_type,
            subject: event.subject,
            time: event.time_ms,
            data: event.data,
        }
    }
}

impl From<Facts> for cx_types::Facts {
    fn from(facts: Facts) -> Self {
        Self {
            case: facts.case.into(),
            customer: facts.customer.map(Into::into),
        }
    }
}

impl From<CaseFacts> for cx_types::CaseFacts {
    fn from(case: CaseFacts) -> Self {
        Self {
            process_instance_key: case.process_instance_key,
            process_id: case.process_id,
            process_version: case.process_version,
            tenant: case.tenant,
            business_key: case.business_key,
            started: case.started_ms,
            ended: case.ended_ms,
            outcome: case.outcome,
            incidents: case.incidents,
            user_tasks: case.user_tasks,
            variables: case.variables,
        }
    }
}

impl From<CustomerFacts> for cx_types::CustomerFacts {
    fn from(customer: CustomerFacts) -> Self {
        Self {
            id: customer.id,
            language: customer.language,
            channels: customer.channels,
            last_asked: customer.last_asked_ms,
            times_asked: customer.times_asked,
        }
    }
}

impl From<cx_types::Decision> for Decision {
    fn from(decision: cx_types::Decision) -> Self {
        match decision {
            cx_types::Decision::Ask(ask) => Self::Ask {
                survey_id: ask.survey_id,
                channel: ask.channel,
                delay_ms: ask.delay_ms,
                reason: ask.reason,
            },
            cx_types::Decision::StartProcess(start) => Self::StartProcess {
                process_id: start.process_id,
                variables: start.variables,
                reason: start.reason,
            },
            cx_types::Decision::Notify(notify) => Self::Notify {
                audience: notify.audience,
                title: notify.title,
                body: notify.body,
            },
            cx_types::Decision::Nothing(reason) => Self::Nothing { reason },
        }
    }
}
