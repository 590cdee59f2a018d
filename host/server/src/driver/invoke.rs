//! The way into the sandbox and back: puts together what a component is given, runs it, and
//! turns its report into a command that carries key and attempt.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use gardesh_engine::command::{Command, Retries};
use gardesh_engine::effect::Effect;
use gardesh_engine::invocation::{StepInvocation, TriggerInvocation};
use gardesh_engine::key::*;
use gardesh_engine::state::cx::Decision;
use gardesh_engine::variables::{Document, parse_document, write_document};
use gardesh_engine::{Answer, Engine};
use gardesh_runtime::{
    CaseFacts, Configuration, CustomerFacts, Decision as Proposed, Digest, Facts, LogLevel,
    LogLine, Runtime, StepJob, StepOutcome, TriggerEvent, TriggerOutcome,
};

use super::answers::Asker;
use super::job_result;

/// Invocations under way at once, the ones in line for the sandbox included. The rest
/// waits as a key of 16 bytes, however many there are.
const MAX_UNDER_WAY: usize = 256;

/// How long a step may take by its own deadline, in journal time.
const STEP_DEADLINE_MS: u64 = 10_000;

/// What comes back from where things are worked out.
pub(super) enum Outcome {
    /// What an invocation led to.
    Invoked { tenant: TenantId, command: Command },
    /// What somebody cannot go on without.
    Answered { answer: Answer, asker: Asker },
}

/// See the module's text.
pub(super) struct Invoker {
    runtime: Runtime,
    outcomes: Sender<Outcome>,
    waiting: VecDeque<(TenantId, Effect)>,
    under_way: usize,
    last_begun: Instant,
}

impl Invoker {
    pub(super) fn new(runtime: Runtime, outcomes: Sender<Outcome>) -> Self {
        Self {
            runtime,
            outcomes,
            waiting: VecDeque::new(),
            under_way: 0,
            last_begun: Instant::now(),
        }
    }

    /// Runs a component, now or when there is a place.
    pub(super) fn invoke(&mut self, engine: &mut Engine, tenant: TenantId, effect: Effect) {
        self.waiting.push_back((tenant, effect));
        self.fill_places(engine);
    }

    /// An outcome has come in: its place is free for another.
    pub(super) fn outcome_received(&mut self, engine: &mut Engine) {
        self.under_way -= 1;
        self.fill_places(engine);
    }

    /// How long the invocation under way that was begun last has been running, if there is
    /// one.
    pub(super) fn youngest_age(&self) -> Option<Duration> {
        (self.under_way > 0).then(|| self.last_begun.elapsed())
    }

    fn fill_places(&mut self, engine: &mut Engine) {
        while self.under_way < MAX_UNDER_WAY {
            let Some((tenant, effect)) = self.waiting.pop_front() else {
                return;
            };
            self.begin(engine, tenant, &effect);
        }
    }

    /// Begins an invocation, unless it has become pointless by now.
    fn begin(&mut self, engine: &mut Engine, tenant: TenantId, effect: &Effect) {
        match *effect {
            Effect::InvokeStep { job, attempt } => {
                if let Some(invocation) = engine.step_invocation(tenant, job, attempt) {
                    self.spawn(tenant, move |runtime| run_step(runtime, tenant, invocation));
                }
            }
            Effect::InvokeTrigger { firing } => {
                if let Some(invocation) = engine.trigger_invocation(tenant, firing) {
                    self.spawn(tenant, move |runtime| {
                        run_trigger(runtime, tenant, invocation)
                    });
                }
            }
            _ => {}
        }
    }

    /// Has `run` carried out where components run. Its future is large, so it is made there
    /// and not moved there.
    fn spawn<F: Future<Output = Command> + Send>(
        &mut self,
        tenant: TenantId,
        run: impl FnOnce(Runtime) -> F + Send + 'static,
    ) {
        self.under_way += 1;
        self.last_begun = Instant::now();
        let (runtime, outcomes) = (self.runtime.clone(), self.outcomes.clone());
        self.runtime.spawn(async move {
            let command = Box::pin(run(runtime)).await;
            drop(outcomes.send(Outcome::Invoked { tenant, command }));
        });
    }
}

async fn run_step(runtime: Runtime, tenant: TenantId, invocation: StepInvocation) -> Command {
    let (job, attempt) = (invocation.job.key, Some(invocation.job.attempt));
    let failed = |retries, backoff_ms, message| Command::FailJob {
        job,
        attempt,
        retries,
        backoff_ms,
        message,
        variables: Document::new(),
    };
    let Ok(digest) = invocation.component.digest.parse::<Digest>() else {
        return failed(
            Retries::Left(0),
            None,
            "The component's digest is damaged.".into(),
        );
    };
    let configuration = configuration(&invocation.component.configuration);
    let report = runtime
        .run_step(&digest, step_job(tenant, &invocation), configuration)
        .await;
    write_log(
        &invocation.component.name,
        invocation.job.instance,
        Some(job),
        &report.log,
    );
    match report.outcome {
        StepOutcome::Completed { variables, result } => {
            let result = result.map(job_result::result).transpose();
            let read = |result| Ok((parse_document(&variables)?, result));
            match result.and_then(read) {
                Ok((variables, result)) => Command::CompleteJob {
                    job,
                    attempt,
                    variables,
                    result,
                },
                Err(rejection) => failed(Retries::Decrement, None, rejection.message),
            }
        }
        StepOutcome::BusinessError {
            code,
            message,
            variables,
        } => {
            match variables
                .as_deref()
                .map_or_else(|| Ok(Document::new()), parse_document)
            {
                Ok(variables) => Command::ThrowJobError {
                    job,
                    attempt,
                    code,
                    message,
                    variables,
                },
                Err(rejection) => failed(Retries::Decrement, None, rejection.message),
            }
        }
        StepOutcome::Retry { message, delay_ms } => failed(Retries::Decrement, delay_ms, message),
        StepOutcome::Fatal { message } => failed(Retries::Left(0), None, message),
        StepOutcome::Fault(fault) => failed(Retries::Decrement, None, fault.message),
    }
}

fn step_job(tenant: TenantId, invocation: &StepInvocation) -> StepJob {
    let job = &invocation.job;
    StepJob {
        key: job.key.0,
        attempt: job.attempt,
        process_instance_key: job.instance.0,
        process_id: invocation.process_id.to_string(),
        process_version: invocation.process_version,
        element_id: invocation.element_id.to_string(),
        element_instance_key: job.element_instance.0,
        tenant: tenant.name(),
        business_key: invocation.business_key.as_ref().map(ToString::to_string),
        headers: invocation
            .headers
            .iter()
            .map(|(name, text)| (name.to_string(), text.to_string()))
            .collect(),
        deadline_ms: invocation.at_ms.saturating_add(STEP_DEADLINE_MS),
        now_ms: invocation.at_ms,
        seed: 0,
        variables: write_document(&invocation.variables),
        context: job_result::context(invocation),
    }
}

async fn run_trigger(runtime: Runtime, tenant: TenantId, invocation: TriggerInvocation) -> Command {
    let firing = invocation.firing.key;
    let Ok(digest) = invocation.component.digest.parse::<Digest>() else {
        return Command::RecordDecisions {
            firing,
            outcome: Err("The component's digest is damaged.".into()),
        };
    };
    let configuration = configuration(&invocation.component.configuration);
    let (event, facts) = (
        trigger_event(tenant, &invocation),
        facts(tenant, &invocation),
    );
    let report = runtime
        .run_trigger(&digest, event, facts, configuration)
        .await;
    write_log(
        &invocation.component.name,
        invocation.firing.case.instance,
        None,
        &report.log,
    );
    let outcome = match report.outcome {
        TriggerOutcome::Decided(proposed) => proposed.into_iter().map(decision).collect(),
        TriggerOutcome::Fault(fault) => Err(fault.message),
    };
    Command::RecordDecisions { firing, outcome }
}

fn trigger_event(tenant: TenantId, invocation: &TriggerInvocation) -> TriggerEvent {
    let firing = &invocation.firing;
    let (subject, data) = match &firing.element {
        Some((key, id)) => (key.to_string(), serde_json::json!({ "elementId": &**id })),
        None => (
            firing.case.instance.to_string(),
            serde_json::json!({ "outcome": firing.case.outcome.as_deref() }),
        ),
    };
    TriggerEvent {
        id: firing.key.to_string(),
        source: format!(
            "/tenants/{}/processes/{}",
            tenant.name(),
            firing.case.process_id
        ),
        event_type: firing.event_type.name().to_owned(),
        subject,
        time_ms: firing.at_ms,
        data: data.to_string(),
    }
}

fn facts(tenant: TenantId, invocation: &TriggerInvocation) -> Facts {
    let case = &invocation.firing.case;
    let customer = invocation.customer.id.as_ref().map(|id| CustomerFacts {
        id: id.to_string(),
        language: invocation
            .customer
            .language
            .as_ref()
            .map(ToString::to_string),
        channels: invocation
            .customer
            .channels
            .iter()
            .map(ToString::to_string)
            .collect(),
        last_asked_ms: invocation.history.last_asked_ms,
        times_asked: invocation.history.times_asked,
    });
    Facts {
        case: CaseFacts {
            process_instance_key: case.instance.0,
            process_id: case.process_id.to_string(),
            process_version: case.process_version,
            tenant: tenant.name(),
            business_key: case.business_key.as_ref().map(ToString::to_string),
            started_ms: case.started_at_ms,
            ended_ms: case.ended_at_ms,
            outcome: case.outcome.as_ref().map(ToString::to_string),
            incidents: case.incidents,
            user_tasks: case.user_tasks,
            variables: write_document(&case.variables),
        },
        customer,
    }
}

fn decision(proposed: Proposed) -> Result<Decision, String> {
    Ok(match proposed {
        Proposed::Ask {
            survey_id,
            channel,
            delay_ms,
            reason,
        } => Decision::Ask {
            survey: survey_id.into(),
            channel: channel.into(),
            delay_ms,
            reason: reason.into(),
        },
        Proposed::StartProcess {
            process_id,
            variables,
            reason,
        } => Decision::StartProcess {
            process: process_id.into(),
            variables: parse_document(&variables).map_err(|rejection| rejection.message)?,
            reason: reason.into(),
        },
        Proposed::Notify {
            audience,
            title,
            body,
        } => Decision::Notify {
            audience: audience.into(),
            title: title.into(),
            body: body.into(),
        },
        Proposed::Nothing { reason } => {
            let (code, detail) = reason.split_once(':').unwrap_or((&reason, ""));
            Decision::Nothing {
                code: code.trim().into(),
                detail: detail.trim().into(),
            }
        }
    })
}

fn configuration(values: &[(Arc<str>, Arc<str>)]) -> Arc<Configuration> {
    Arc::new(
        values
            .iter()
            .map(|(name, json)| (name.to_string(), json.to_string()))
            .collect(),
    )
}

/// A component's own lines go to the operator's log under the component's name.
fn write_log(component: &str, instance: InstanceKey, job: Option<JobKey>, lines: &[LogLine]) {
    let job = job.map(|job| job.0);
    for line in lines {
        let message = &line.message;
        match line.level {
            LogLevel::Debug => {
                tracing::debug!(target: "component", component, %instance, job, "{message}")
            }
            LogLevel::Info => {
                tracing::info!(target: "component", component, %instance, job, "{message}")
            }
            LogLevel::Warn => {
                tracing::warn!(target: "component", component, %instance, job, "{message}")
            }
            LogLevel::Error => {
                tracing::error!(target: "component", component, %instance, job, "{message}")
            }
        }
    }
}
