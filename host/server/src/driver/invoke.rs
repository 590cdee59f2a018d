//! The way into the sandbox and back: puts together what a component is given, runs it when
//! there is a place, and turns its report into a command that carries key and attempt. Who has
//! a place next is decided in `line.rs`; what there is no room for is in `shortage.rs`.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use gardesh_engine::command::{
    Command, CompleteJob, FailJob, RecordDecisions, Retries, ThrowJobError,
};
use gardesh_engine::effect::Effect;
use gardesh_engine::entities::trigger::Decision;
use gardesh_engine::invocation::{StepInvocation, TriggerInvocation};
use gardesh_engine::key::*;
use gardesh_engine::variables::{Document, parse_document, write_document};
use gardesh_engine::{Answer, Engine};
use gardesh_runtime::{
    CaseFacts, Configuration, CustomerFacts, Decision as Proposed, Digest, Facts, FaultKind,
    LogLevel, LogLine, Runtime, StepJob, StepOutcome, TriggerEvent, TriggerOutcome,
};

use super::answers::Asker;
use super::job_result;
use super::line::{Group, Line};
use super::shortage::Pauses;

/// An invocation that waits for a place.
struct Waiting {
    effect: Effect,
    /// How often there was no room for it.
    put_back: u32,
}

/// Which places an invocation takes.
#[derive(Clone, Copy)]
enum Lane {
    Steps,
    Triggers,
}

/// What comes back from where things are worked out.
pub(super) enum Outcome {
    /// What an invocation led to.
    Invoked(Invoked),
    /// What somebody cannot go on without.
    Answered { answer: Answer, asker: Asker },
}

/// What an invocation led to.
pub(super) struct Invoked {
    pub tenant: TenantId,
    /// What is to be recorded, or what the platform was short of.
    result: Result<Command, String>,
    lane: Lane,
    group: Group,
    waiting: Waiting,
}

/// See the module's text.
pub(super) struct Invoker {
    runtime: Runtime,
    outcomes: Sender<Outcome>,
    steps: Line<Waiting>,
    triggers: Line<Waiting>,
    pauses: Pauses<(Lane, Group, Waiting)>,
    last_begun: Instant,
}

impl Invoker {
    /// How many runs pause for want of room is told in `paused`.
    pub(super) fn new(
        runtime: Runtime,
        outcomes: Sender<Outcome>,
        paused: Arc<AtomicUsize>,
    ) -> Self {
        let places = runtime.places();
        Self {
            runtime,
            outcomes,
            steps: Line::new(places.steps as usize),
            triggers: Line::new(places.triggers as usize),
            pauses: Pauses::new(paused),
            last_begun: Instant::now(),
        }
    }

    /// Runs a component, now or when there is a place.
    pub(super) fn invoke(&mut self, engine: &mut Engine, tenant: TenantId, effect: Effect) {
        let Some((lane, digest)) = component_of(engine, tenant, &effect) else {
            return;
        };
        let waiting = Waiting {
            effect,
            put_back: 0,
        };
        self.line(lane).push((tenant, digest), waiting);
        self.fill_places(engine);
    }

    /// An outcome has come in: its place is free for another. Returns what is to be recorded,
    /// if anything came of it.
    pub(super) fn take_in(&mut self, invoked: Invoked) -> Option<Command> {
        let Invoked {
            result,
            lane,
            group,
            mut waiting,
            ..
        } = invoked;
        self.line(lane).ended(&group);
        match result {
            Ok(command) => Some(command),
            Err(reason) => {
                waiting.put_back += 1;
                let times = waiting.put_back;
                let item = (lane, group, waiting);
                self.pauses.put(Instant::now(), times, &reason, item);
                None
            }
        }
    }

    /// How long until an invocation is to be tried again for which there was no room.
    pub(super) fn pause(&self) -> Option<Duration> {
        self.pauses.wait(Instant::now())
    }

    /// How long the invocation under way that was begun last has been running, if there is
    /// one.
    pub(super) fn youngest_age(&self) -> Option<Duration> {
        let under_way = self.steps.running() + self.triggers.running();
        (under_way > 0).then(|| self.last_begun.elapsed())
    }

    /// Begins what there are places for.
    pub(super) fn fill_places(&mut self, engine: &mut Engine) {
        while let Some((lane, group, waiting)) = self.pauses.take(Instant::now()) {
            self.line(lane).push(group, waiting);
        }
        for lane in [Lane::Steps, Lane::Triggers] {
            while let Some((group, waiting)) = self.line(lane).next() {
                self.begin(engine, lane, group, waiting);
            }
        }
    }

    fn line(&mut self, lane: Lane) -> &mut Line<Waiting> {
        match lane {
            Lane::Steps => &mut self.steps,
            Lane::Triggers => &mut self.triggers,
        }
    }

    /// Begins an invocation, unless it has become pointless by now.
    fn begin(&mut self, engine: &mut Engine, lane: Lane, group: Group, waiting: Waiting) {
        let tenant = group.0;
        match waiting.effect {
            Effect::InvokeStep { job, attempt } => {
                match engine.step_invocation(tenant, job, attempt) {
                    Some(invocation) => self.spawn(lane, group, waiting, move |runtime| {
                        run_step(runtime, tenant, invocation)
                    }),
                    None => self.line(lane).ended(&group),
                }
            }
            Effect::InvokeTrigger { firing } => match engine.trigger_invocation(tenant, firing) {
                Some(invocation) => self.spawn(lane, group, waiting, move |runtime| {
                    run_trigger(runtime, tenant, invocation)
                }),
                None => self.line(lane).ended(&group),
            },
            _ => self.line(lane).ended(&group),
        }
    }

    /// Has `run` carried out where components run. Its future is large, so it is made there
    /// and not moved there.
    fn spawn<F: Future<Output = Result<Command, String>> + Send>(
        &mut self,
        lane: Lane,
        group: Group,
        waiting: Waiting,
        run: impl FnOnce(Runtime) -> F + Send + 'static,
    ) {
        self.last_begun = Instant::now();
        let (runtime, outcomes) = (self.runtime.clone(), self.outcomes.clone());
        self.runtime.spawn(async move {
            let invoked = Invoked {
                tenant: group.0,
                result: Box::pin(run(runtime)).await,
                lane,
                group,
                waiting,
            };
            drop(outcomes.send(Outcome::Invoked(invoked)));
        });
    }
}

/// The component that an effect calls, by its digest; none when that has become pointless.
fn component_of(engine: &Engine, tenant: TenantId, effect: &Effect) -> Option<(Lane, Arc<str>)> {
    let state = engine.state();
    match effect {
        Effect::InvokeStep { job, .. } => {
            let job = state.jobs.get(&(tenant, *job))?;
            Some((Lane::Steps, job.component.clone()?))
        }
        Effect::InvokeTrigger { firing } => {
            let firing = state.firings.get(&(tenant, *firing))?;
            Some((Lane::Triggers, Arc::clone(&firing.digest)))
        }
        _ => None,
    }
}

/// What is to be recorded of one attempt at a step, or what the platform was short of.
async fn run_step(
    runtime: Runtime,
    tenant: TenantId,
    invocation: StepInvocation,
) -> Result<Command, String> {
    let (job, attempt) = (invocation.job.key, Some(invocation.job.attempt));
    let failed = |retries, backoff_ms, message| {
        Command::from(FailJob {
            job,
            attempt,
            retries,
            backoff_ms,
            message,
            variables: Document::new(),
        })
    };
    let Ok(digest) = invocation.component.digest.parse::<Digest>() else {
        return Ok(failed(
            Retries::Left(0),
            None,
            "The component's digest is damaged.".into(),
        ));
    };
    let configuration = configuration(&invocation.component.configuration);
    let job_given = step_job(tenant, &invocation, runtime.limits().wall_time);
    let report = runtime.run_step(&digest, job_given, configuration).await;
    write_log(
        &invocation.component.name,
        invocation.job.instance,
        Some(job),
        &report.log,
    );
    Ok(match report.outcome {
        StepOutcome::Completed { variables, result } => {
            let result = result.map(job_result::result).transpose();
            let read = |result| Ok((parse_document(&variables)?, result));
            match result.and_then(read) {
                Ok((variables, result)) => Command::from(CompleteJob {
                    job,
                    attempt,
                    variables,
                    result,
                }),
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
                Ok(variables) => Command::from(ThrowJobError {
                    job,
                    attempt,
                    code,
                    message,
                    variables,
                }),
                Err(rejection) => failed(Retries::Decrement, None, rejection.message),
            }
        }
        StepOutcome::Retry { message, delay_ms } => failed(Retries::Decrement, delay_ms, message),
        StepOutcome::Fatal { message } => failed(Retries::Left(0), None, message),
        StepOutcome::Fault(fault) if fault.kind == FaultKind::Shortage => {
            return Err(fault.message);
        }
        StepOutcome::Fault(fault) => failed(Retries::Decrement, None, fault.message),
    })
}

fn step_job(_tenant: TenantId, invocation: &StepInvocation, time: Duration) -> StepJob {
    let job = &invocation.job;
    let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    StepJob {
        key: job.key.0,
        attempt: job.attempt,
        process_instance_key: job.instance.0,
        process_id: invocation.process_id.to_string(),
        process_version: invocation.process_version,
        element_id: invocation.element_id.to_string(),
        element_instance_key: job.element_instance.0,
        tenant: invocation.tenant.to_string(),
        business_key: invocation.business_key.as_ref().map(ToString::to_string),
        headers: invocation
            .headers
            .iter()
            .map(|(name, text)| (name.to_string(), text.to_string()))
            .collect(),
        deadline_ms: invocation.at_ms.saturating_add(time_ms),
        now_ms: invocation.at_ms,
        variables: write_document(&invocation.variables),
        context: job_result::context(invocation),
    }
}

/// What is to be recorded of a firing, or what the platform was short of.
async fn run_trigger(
    runtime: Runtime,
    tenant: TenantId,
    invocation: TriggerInvocation,
) -> Result<Command, String> {
    let firing = invocation.firing.key;
    let Ok(digest) = invocation.component.digest.parse::<Digest>() else {
        return Ok(Command::from(RecordDecisions {
            firing,
            outcome: Err("The component's digest is damaged.".into()),
        }));
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
        TriggerOutcome::Fault(fault) if fault.kind == FaultKind::Shortage => {
            return Err(fault.message);
        }
        TriggerOutcome::Fault(fault) => Err(fault.message),
    };
    Ok(Command::from(RecordDecisions { firing, outcome }))
}

fn trigger_event(_tenant: TenantId, invocation: &TriggerInvocation) -> TriggerEvent {
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
            invocation.tenant, firing.case.process_id
        ),
        event_type: firing.event_type.name().to_owned(),
        subject,
        time_ms: firing.at_ms,
        data: data.to_string(),
    }
}

fn facts(_tenant: TenantId, invocation: &TriggerInvocation) -> Facts {
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
            tenant: invocation.tenant.to_string(),
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
fn write_log(
    component: &str,
    instance: ProcessInstanceKey,
    job: Option<JobKey>,
    lines: &[LogLine],
) {
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
