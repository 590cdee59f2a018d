//! One invocation: a fresh store, a fresh instance, one call, and an account of it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::bindings::step::StepPre;
use crate::bindings::step::gardesh::step::types as step_types;
use crate::bindings::trigger::TriggerPre;
use crate::bindings::trigger::gardesh::cx::types as cx_types;
use crate::fault::Circumstances;
use crate::guest::{Clock, Guest, Stop};
use crate::limiter::{Limiter, Pools};
use crate::limits::{MAX_HANDLES, REST_OF_OUTCOME_BYTES};
use crate::log::Log;
use crate::meter::Meter;
use crate::random::SeededRandom;
use crate::say::Said;
use crate::{Configuration, Fault, JobContext, Limits, LogLine, Usage};

/// A call into an export, with an instance made for it.
pub trait Call: Send + 'static {
    /// What the export returns.
    type Answer: Send + 'static;

    /// Instantiates in `store` and calls.
    fn call(
        self,
        store: &mut Store<Guest>,
    ) -> impl Future<Output = wasmtime::Result<Self::Answer>> + Send;
}

/// `describe` of a step.
pub struct DescribeStep(pub StepPre<Guest>);
/// `run` of a step.
pub struct RunStep(pub StepPre<Guest>, pub step_types::Job);
/// `describe` of a trigger.
pub struct DescribeTrigger(pub TriggerPre<Guest>);
/// `on-event` of a trigger.
pub struct OnEvent(
    pub TriggerPre<Guest>,
    pub cx_types::Event,
    pub cx_types::Facts,
);

impl Call for DescribeStep {
    type Answer = step_types::Description;

    async fn call(self, store: &mut Store<Guest>) -> wasmtime::Result<Self::Answer> {
        let instance = self.0.instantiate_async(&mut *store).await?;
        instance.gardesh_step_handler().call_describe(store).await
    }
}

impl Call for RunStep {
    type Answer = Result<step_types::Output, step_types::Failure>;

    async fn call(self, store: &mut Store<Guest>) -> wasmtime::Result<Self::Answer> {
        let instance = self.0.instantiate_async(&mut *store).await?;
        instance
            .gardesh_step_handler()
            .call_run(store, &self.1)
            .await
    }
}

impl Call for DescribeTrigger {
    type Answer = cx_types::Description;

    async fn call(self, store: &mut Store<Guest>) -> wasmtime::Result<Self::Answer> {
        let instance = self.0.instantiate_async(&mut *store).await?;
        instance.gardesh_cx_handler().call_describe(store).await
    }
}

impl Call for OnEvent {
    type Answer = Vec<cx_types::Decision>;

    async fn call(self, store: &mut Store<Guest>) -> wasmtime::Result<Self::Answer> {
        let instance = self.0.instantiate_async(&mut *store).await?;
        let handler = instance.gardesh_cx_handler();
        handler.call_on_event(store, &self.1, &self.2).await
    }
}

/// What an instance can know of the world around it.
pub struct Surroundings {
    /// Journal time, ms since 1970.
    pub now_ms: u64,
    /// The seed of its randomness.
    pub random: SeededRandom,
    /// Its configuration.
    pub config: Arc<Configuration>,
    /// What its job is for; none where there is no job.
    pub job: Option<JobContext>,
}

/// The account of an invocation.
pub struct Ended<T> {
    /// The answer.
    pub result: Result<T, Fault>,
    /// What it said beside the answer.
    pub said: Said,
    /// The attempt's log.
    pub log: Vec<LogLine>,
    /// Lines that did not fit.
    pub log_dropped: u32,
    /// What it used.
    pub usage: Usage,
}

impl<T> Ended<T> {
    /// An invocation that never began.
    pub fn unstarted(fault: Fault) -> Self {
        Self {
            result: Err(fault),
            said: Said::default(),
            log: Vec::new(),
            log_dropped: 0,
            usage: Usage::default(),
        }
    }
}

/// What an invocation may have.
pub struct Allowance {
    /// All bounds.
    pub limits: Arc<Limits>,
    /// Which of them is its processor time.
    pub cpu_time: Duration,
    /// The memory that it shares with others.
    pub pools: Pools,
    /// Where its processor time is written down.
    pub meter: Arc<Meter>,
}

/// Runs one call within its allowance.
pub async fn invoke<C: Call>(
    engine: Engine,
    surroundings: Surroundings,
    allowance: Allowance,
    call: C,
) -> Ended<C::Answer> {
    let started = Instant::now();
    let Allowance {
        limits,
        cpu_time,
        pools,
        meter,
    } = allowance;
    let guest = guest(surroundings, &limits, pools);
    let mut store = store(&engine, guest, &limits);
    bound_time(&mut store, started, cpu_time, limits.wall_time, &meter);
    let result = meter.measure(call.call(&mut store)).await;
    let wall = started.elapsed();
    let guest = store.into_data();
    let usage = Usage {
        wall_us: micros(wall),
        cpu_us: micros(meter.used()),
        peak_memory_bytes: guest.limiter.peak_memory() as u64,
        output_bytes: 0,
        host_calls: guest.host_calls,
    };
    let denied = guest.limiter.denied();
    let said = guest.said;
    let log = guest.log.finish();
    let result = result.map_err(|error| {
        let circumstances = Circumstances {
            denied,
            last_error: log.last_error.as_deref(),
            cpu_time,
            limits: &limits,
        };
        circumstances.explain(&error)
    });
    Ended {
        result,
        said,
        log: log.lines,
        log_dropped: log.dropped,
        usage,
    }
}

fn guest(surroundings: Surroundings, limits: &Arc<Limits>, pools: Pools) -> Guest {
    Guest {
        limiter: Limiter::new(limits, pools),
        log: Log::new(limits),
        random: surroundings.random,
        clock: Clock::at(surroundings.now_ms),
        config: surroundings.config,
        job: surroundings.job,
        said: Said::default(),
        limits: Arc::clone(limits),
        table: ResourceTable::new(),
        host_calls: 0,
    }
}

fn store(engine: &Engine, guest: Guest, limits: &Limits) -> Store<Guest> {
    let mut store = Store::new(engine, guest);
    store.limiter(|guest| &mut guest.limiter);
    store.set_max_component_handles(MAX_HANDLES);
    store.set_hostcall_fuel(hostcall_fuel(limits));
    store
}

/// At each tick a run gives way to others, or ends.
fn bound_time(
    store: &mut Store<Guest>,
    started: Instant,
    cpu_time: Duration,
    wall_time: Duration,
    meter: &Arc<Meter>,
) {
    let meter = Arc::clone(meter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(move |_| {
        if meter.used_by_now() >= cpu_time {
            return Err(Stop::CpuTime.into());
        }
        if started.elapsed() >= wall_time {
            return Err(Stop::WallTime.into());
        }
        Ok(UpdateDeadline::Yield(1))
    });
}

/// What one call may hand to the host. Strings may be UTF-16 in the component, and the
/// outcome has more in it than its JSON, so this is more than `output_bytes`; the exact
/// check follows. Anything near 100 MB is refused before a byte of it is copied.
fn hostcall_fuel(limits: &Limits) -> usize {
    limits
        .output_bytes
        .saturating_mul(2)
        .saturating_add(REST_OF_OUTCOME_BYTES)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
