//! The runtime itself: takes components in, keeps them ready, runs them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinError;
use wasmtime::Engine;

use crate::bindings::step::StepPre;
use crate::bindings::trigger::TriggerPre;
use crate::cache::Cache;
use crate::compiler::Compiler;
use crate::engine::Machines;
use crate::guest::Guest;
use crate::helper::Helpers;
use crate::invoke::{
    Allowance, Call, DescribeStep, DescribeTrigger, Ended, OnEvent, RunStep, Surroundings, invoke,
};
use crate::library::Library;
use crate::limiter::{Pools, SharedMemory};
use crate::limits::MAX_DESCRIBING;
use crate::loaded::{Loaded, Template};
use crate::meter::{Meter, Progress, REMEMBERED_RUNS, run_until};
use crate::output::{check_decisions, check_step, json_object, with_result};
use crate::random::SeededRandom;
use crate::registry::Registry;
use crate::threads::{Priority, Threads};
use crate::ticker::Ticker;
use crate::{
    ComponentInfo, ComponentSource, Configuration, ConfigurationError, Decision, Description,
    Digest, Error, Facts, Fault, FaultKind, HelperProgram, Limits, Refusal, StepJob, StepOutcome,
    StepReport, TriggerEvent, TriggerOutcome, TriggerReport, configuration, description,
};

/// How a runtime is set up.
pub struct RuntimeConfig {
    /// Folder of compiled components, for this runtime alone. Losing it costs
    /// compilations and nothing else.
    pub cache_dir: PathBuf,
    /// Where the bytes of components are.
    pub source: Arc<dyn ComponentSource>,
    /// The program that helps.
    pub helper: HelperProgram,
    /// What nobody else knows: random numbers of components follow from it, so that those of
    /// another installation are others.
    pub secret: [u8; 32],
    /// How many invocations run at a time; more wait in line. They share the threads by
    /// turns, so this bounds memory rather than processor time.
    pub places: Places,
    /// How many components are kept ready in memory; the others are mapped from the
    /// cache folder when they are wanted.
    pub loaded_components: usize,
    /// Bounds of each invocation.
    pub limits: Limits,
}

/// Places in the sandbox, for steps and triggers apart, so that neither keeps the other waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// For steps.
    pub steps: u32,
    /// For triggers.
    pub triggers: u32,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            steps: 32,
            triggers: 4,
        }
    }
}

impl RuntimeConfig {
    /// The usual set-up, with a secret that is none.
    pub fn new(
        cache_dir: PathBuf,
        source: Arc<dyn ComponentSource>,
        helper: HelperProgram,
    ) -> Self {
        Self {
            cache_dir,
            source,
            helper,
            secret: [0; 32],
            places: Places::default(),
            loaded_components: 256,
            limits: Limits::default(),
        }
    }
}

/// Runs components. Clones share everything; the last one to go ends what still runs.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    library: Library,
    helpers: Arc<Helpers>,
    limits: Arc<Limits>,
    memory: Arc<SharedMemory>,
    secret: [u8; 32],
    places: Places,
    step_places: Arc<Semaphore>,
    trigger_places: Arc<Semaphore>,
    describe_places: Arc<Semaphore>,
    ticker: Ticker,
    threads: Arc<Threads>,
    patient_threads: Threads,
}

impl Runtime {
    /// Sets a runtime up: engines, threads, cache folder.
    ///
    /// # Errors
    /// When one of these cannot be had.
    pub fn new(config: RuntimeConfig) -> Result<Self, Error> {
        let places = Places {
            steps: config.places.steps.max(1),
            triggers: config.places.triggers.max(1),
        };
        let concurrency = places
            .steps
            .saturating_add(places.triggers)
            .saturating_add(MAX_DESCRIBING);
        let no_thread = |error| Error::Engine(format!("there are no threads: {error}"));
        let machines = Machines::new(&config.limits, concurrency)?;
        let engines = machines.all().map(|machine| &machine.engine);
        let ticker = Ticker::start(engines).map_err(no_thread)?;
        let threads = Threads::start("gardesh-guest", Priority::Usual).map_err(no_thread)?;
        let threads = Arc::new(threads);
        let patient_threads =
            Threads::start("gardesh-patient", Priority::Low).map_err(no_thread)?;
        let limits = Arc::new(config.limits);
        let helpers = Arc::new(Helpers::new(config.helper, limits.helper_wait));
        let library = Library {
            registry: Registry::new(config.loaded_components.max(1)),
            cache: Arc::new(Cache::open(&config.cache_dir, &machines.compatibility)?),
            machines: Arc::new(machines),
            compiler: Compiler {
                helpers: Arc::clone(&helpers),
                limits: Arc::clone(&limits),
            },
            source: config.source,
            limits: Arc::clone(&limits),
            threads: Arc::clone(&threads),
        };
        Ok(Self(Arc::new(Inner {
            library,
            helpers,
            memory: SharedMemory::new(limits.total_memory_bytes),
            limits,
            secret: config.secret,
            places,
            step_places: Arc::new(Semaphore::new(places.steps as usize)),
            trigger_places: Arc::new(Semaphore::new(places.triggers as usize)),
            describe_places: Arc::new(Semaphore::new(MAX_DESCRIBING as usize)),
            ticker,
            threads,
            patient_threads,
        })))
    }

    /// The bounds of what runs.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// How many invocations run at a time.
    #[must_use]
    pub fn places(&self) -> Places {
        self.0.places
    }

    /// Takes a look at an upload: checks it against the worlds, compiles it, asks it to
    /// describe itself. What passes is ready to run once its bytes are stored.
    ///
    /// # Errors
    /// When the component is refused; nothing of it is kept then.
    pub async fn inspect(&self, wasm: &[u8]) -> Result<ComponentInfo, Refusal> {
        let (digest, loaded) = self.0.library.add(wasm.into()).await?;
        let description = match self.0.describe(&loaded).await {
            Ok(description) => description,
            Err(refusal) => {
                self.forget(&digest);
                return Err(refusal);
            }
        };
        Ok(ComponentInfo {
            digest,
            world: loaded.outline.world,
            size: wasm.len() as u64,
            imports: loaded.outline.imports.clone(),
            exports: loaded.outline.exports.clone(),
            description,
            pure: true,
        })
    }

    /// Holds a configuration against the schema that its component gives, where it gives one.
    ///
    /// # Errors
    /// When it does not fit, or when that cannot be found out.
    pub async fn check_configuration(
        &self,
        schema: Option<&str>,
        configuration: &Configuration,
    ) -> Result<(), ConfigurationError> {
        configuration::check(&self.0.helpers, &self.0.limits, schema, configuration).await
    }

    /// Makes a stored component ready, so that its first invocation need not wait. Running
    /// it does this by itself where it is needed.
    ///
    /// # Errors
    /// When its bytes cannot be had, or are refused by now.
    pub async fn load(&self, digest: &Digest) -> Result<(), Error> {
        self.0.library.get(digest).await.map(drop)
    }

    /// Drops whatever is kept of a component, in memory and on disk.
    pub fn forget(&self, digest: &Digest) {
        self.0.library.forget(digest);
    }

    /// Runs `work` that goes with an invocation on the threads of the components, so that it
    /// need not change threads on its way in and out.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.threads.spawn(work);
    }

    /// Runs one attempt at a step. Whatever goes wrong is in the report. If the returned
    /// future is dropped, the attempt ends.
    pub async fn run_step(
        &self,
        digest: &Digest,
        mut job: StepJob,
        config: Arc<Configuration>,
    ) -> StepReport {
        let ended = match self.0.prepare_step(digest, &job).await {
            Ok((template, loaded)) => {
                let surroundings = Surroundings {
                    now_ms: job.now_ms,
                    random: self.0.step_random(&job),
                    config,
                    job: Some(std::mem::take(&mut job.context)),
                };
                let room = Room {
                    engine: template.engine().clone(),
                    places: &self.0.step_places,
                    cpu_time: self.0.limits.step_cpu_time,
                    loaded: &loaded,
                };
                let call = RunStep(template, job.into());
                self.0.run(room, surroundings, call).await
            }
            Err(fault) => Ended::unstarted(fault),
        };
        step_report(ended, &self.0.limits)
    }

    /// Lets a trigger decide on an event. Whatever goes wrong is in the report. If the
    /// returned future is dropped, the firing ends.
    pub async fn run_trigger(
        &self,
        digest: &Digest,
        event: TriggerEvent,
        facts: Facts,
        config: Arc<Configuration>,
    ) -> TriggerReport {
        let ended = match self.0.prepare_trigger(digest, &event, &facts).await {
            Ok((template, loaded)) => {
                let surroundings = Surroundings {
                    now_ms: event.time_ms,
                    random: self.0.trigger_random(&event),
                    config,
                    job: None,
                };
                let room = Room {
                    engine: template.engine().clone(),
                    places: &self.0.trigger_places,
                    cpu_time: self.0.limits.trigger_cpu_time,
                    loaded: &loaded,
                };
                let call = OnEvent(template, event.into(), facts.into());
                self.0.run(room, surroundings, call).await
            }
            Err(fault) => Ended::unstarted(fault),
        };
        trigger_report(ended, &self.0.limits)
    }
}

impl Inner {
    async fn prepare_step(
        &self,
        digest: &Digest,
        job: &StepJob,
    ) -> Result<(StepPre<Guest>, Arc<Loaded>), Fault> {
        self.check_input("the job's variables", &job.variables)?;
        let loaded = self.ready(digest).await?;
        match loaded.template.clone() {
            Template::Step(template) => Ok((template, loaded)),
            Template::Trigger(_) => Err(wrong_world("step", "trigger")),
        }
    }

    async fn prepare_trigger(
        &self,
        digest: &Digest,
        event: &TriggerEvent,
        facts: &Facts,
    ) -> Result<(TriggerPre<Guest>, Arc<Loaded>), Fault> {
        self.check_input("the event's data", &event.data)?;
        self.check_input(
            "the variables of the process instance",
            &facts.case.variables,
        )?;
        let loaded = self.ready(digest).await?;
        match loaded.template.clone() {
            Template::Trigger(template) => Ok((template, loaded)),
            Template::Step(_) => Err(wrong_world("trigger", "step")),
        }
    }

    async fn ready(&self, digest: &Digest) -> Result<Arc<Loaded>, Fault> {
        self.library.get(digest).await.map_err(|error| Fault {
            kind: match error.is_passing() {
                true => FaultKind::Shortage,
                false => FaultKind::Unavailable,
            },
            message: error.to_string(),
        })
    }

    /// The contract promises components a JSON object, and the host bounds what it copies.
    fn check_input(&self, what: &str, json: &str) -> Result<(), Fault> {
        let limit = self.limits.input_bytes;
        let found = match json.len() {
            length if length > limit => format!("they have {length} bytes, beyond {limit}"),
            _ => match json_object(json, usize::MAX) {
                Ok(()) => return Ok(()),
                Err(found) => found,
            },
        };
        Err(Fault {
            kind: FaultKind::InvalidInput,
            message: format!("Expected {what} to be a JSON object within bounds, but {found}"),
        })
    }

    async fn describe(&self, loaded: &Loaded) -> Result<Description, Refusal> {
        let described = match &loaded.template {
            Template::Step(pre) => self
                .call_describe(pre.engine(), loaded, DescribeStep(pre.clone()))
                .await
                .map(|description| Description::Step(description.into())),
            Template::Trigger(pre) => self
                .call_describe(pre.engine(), loaded, DescribeTrigger(pre.clone()))
                .await
                .map(|description| Description::Trigger(description.into())),
        };
        let description = described.map_err(|fault| match fault.kind {
            FaultKind::Shortage => Refusal::Busy(fault.message),
            _ => Refusal::Describe {
                fault: fault.message,
            },
        })?;
        let problems = description::problems(&description, &self.limits);
        if !problems.is_empty() {
            return Err(Refusal::Description { problems });
        }
        if let Some(schema) = description.configuration_schema() {
            configuration::check_schema(&self.helpers, &self.limits, schema)
                .await
                .map_err(unusable_schema)?;
        }
        Ok(description)
    }

    /// Outside any case: at the beginning of time, without configuration.
    async fn call_describe<C: Call>(
        &self,
        engine: &Engine,
        loaded: &Loaded,
        call: C,
    ) -> Result<C::Answer, Fault> {
        let surroundings = Surroundings {
            now_ms: 0,
            random: SeededRandom::new(&[b"describe"]),
            config: Arc::default(),
            job: None,
        };
        let room = Room {
            engine: engine.clone(),
            places: &self.describe_places,
            cpu_time: self.limits.describe_cpu_time,
            loaded,
        };
        self.run(room, surroundings, call).await.result
    }

    /// Waits for a place in the sandbox, and runs the call there: on the usual threads for as
    /// long as most take, and then at low priority. A component whose runs are long as a rule
    /// begins there, or many of them would take the processors of the others turn by turn.
    async fn run<C: Call>(
        &self,
        room: Room<'_>,
        surroundings: Surroundings,
        call: C,
    ) -> Ended<C::Answer> {
        let Ok(place) = Arc::clone(room.places).acquire_owned().await else {
            return Ended::unstarted(shortage("the sandbox is shut down"));
        };
        let running = self.ticker.running();
        let meter = Arc::new(Meter::default());
        let allowance = Allowance {
            limits: Arc::clone(&self.limits),
            cpu_time: room.cpu_time,
            pools: Pools {
                all: Arc::clone(&self.memory),
                component: Arc::clone(&room.loaded.memory),
            },
            meter: Arc::clone(&meter),
        };
        let engine = room.engine;
        // Boxed, because it is large and would be copied on its way into the task.
        let task = Box::pin(async move {
            let ended = invoke(engine, surroundings, allowance, call).await;
            drop((running, place));
            ended
        });
        let quick_time = self.limits.quick_time;
        let ended = if room.loaded.habit.mean() > quick_time {
            self.patient_threads.run(task).await
        } else {
            let meter = Arc::clone(&meter);
            let quick = async move { run_until(task, &meter, quick_time).await };
            match self.threads.run(quick).await {
                Ok(Progress::Done(ended)) => Ok(ended),
                Ok(Progress::Unfinished(rest)) => self.patient_threads.run(rest).await,
                Err(error) => Err(error),
            }
        };
        // One run alone, however long, makes no habit.
        let used = meter.used().min(quick_time * REMEMBERED_RUNS);
        room.loaded.habit.add(used);
        ended.unwrap_or_else(|error| Ended::unstarted(lost(&error)))
    }

    /// The same in every attempt at a step, so that what a step makes up (a reference number)
    /// stays the same when it is tried again.
    fn step_random(&self, job: &StepJob) -> SeededRandom {
        SeededRandom::new(&[
            b"step",
            &self.secret,
            job.tenant.as_bytes(),
            &job.key.to_le_bytes(),
        ])
    }

    fn trigger_random(&self, event: &TriggerEvent) -> SeededRandom {
        SeededRandom::new(&[
            b"trigger",
            &self.secret,
            event.source.as_bytes(),
            event.id.as_bytes(),
        ])
    }
}

/// Where an invocation runs, and what it may have there.
struct Room<'a> {
    engine: Engine,
    places: &'a Arc<Semaphore>,
    cpu_time: Duration,
    loaded: &'a Loaded,
}

fn step_report(ended: Ended<<RunStep as Call>::Answer>, limits: &Limits) -> StepReport {
    let mut usage = ended.usage;
    let checked = ended
        .result
        .and_then(|answer| with_result(answer.into(), ended.said))
        .and_then(|outcome| check_step(outcome, limits));
    let outcome = match checked {
        Ok((outcome, output_bytes)) => {
            usage.output_bytes = output_bytes as u64;
            outcome
        }
        Err(fault) => StepOutcome::Fault(fault),
    };
    StepReport {
        outcome,
        log: ended.log,
        log_dropped: ended.log_dropped,
        usage,
    }
}

fn trigger_report(ended: Ended<<OnEvent as Call>::Answer>, limits: &Limits) -> TriggerReport {
    let mut usage = ended.usage;
    let checked = ended.result.and_then(|answer| {
        let decisions = answer.into_iter().map(Decision::from).collect();
        check_decisions(decisions, limits)
    });
    let outcome = match checked {
        Ok((decisions, output_bytes)) => {
            usage.output_bytes = output_bytes as u64;
            TriggerOutcome::Decided(decisions)
        }
        Err(fault) => TriggerOutcome::Fault(fault),
    };
    TriggerReport {
        outcome,
        log: ended.log,
        log_dropped: ended.log_dropped,
        usage,
    }
}

/// A component whose configuration could never be checked is not taken in.
fn unusable_schema(error: ConfigurationError) -> Refusal {
    match error {
        ConfigurationError::Busy(found) => Refusal::Busy(found),
        ConfigurationError::Runtime(found) => Refusal::Runtime(found),
        ConfigurationError::Schema { found } => Refusal::Description {
            problems: vec![format!("its configuration-schema cannot be used: {found}")],
        },
        // Nothing was held against it.
        ConfigurationError::Undescribed { .. } | ConfigurationError::Unfit { .. } => {
            Refusal::Runtime(error.to_string())
        }
    }
}

fn wrong_world(expected: &str, found: &str) -> Fault {
    Fault {
        kind: FaultKind::Unavailable,
        message: format!("Expected a component of world {expected}, but it is of world {found}"),
    }
}

/// Threads that are shut down drop what they ran; nothing but a fault of this crate panics.
fn lost(error: &JoinError) -> Fault {
    if error.is_cancelled() {
        return shortage("the sandbox is shut down");
    }
    tracing::error!("an invocation was lost: {error}");
    Fault {
        kind: FaultKind::Internal,
        message: "Expected the runtime to work, but it panicked".into(),
    }
}

fn shortage(found: &str) -> Fault {
    Fault {
        kind: FaultKind::Shortage,
        message: format!("Expected a place in the sandbox, but {found}"),
    }
}
