//! One invocation of a component on this machine: a sandbox with the server's own limits,
//! a made-up job or event around what the user gave, and what came of it.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use gardesh_runtime::{
    CaseFacts, ComponentInfo, Configuration, ConfigurationError, CustomerFacts, Description,
    Digest, Facts, JobContext, Limits, Runtime, RuntimeConfig, StepJob, StepReport, TriggerEvent,
    TriggerReport, World,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tempfile::TempDir;

use crate::commands::helper;
use crate::failure::Failure;
use crate::input::empty_object;

/// What a component is tried with.
pub(super) struct Trial {
    /// For a step: its variables.
    pub input: Box<RawValue>,
    /// For a trigger: an [`EventInput`].
    pub event: Box<RawValue>,
    /// For a trigger: a [`FactsInput`].
    pub facts: Box<RawValue>,
    /// Name to JSON text.
    pub configuration: Configuration,
    /// For a step: the task headers of the diagram.
    pub headers: Vec<(String, String)>,
    /// For a step: what its job is for, a [`JobContext`].
    pub job: Box<RawValue>,
    /// For a step: which attempt it is.
    pub attempt: u32,
    /// For a step: its idempotency key and the seed of its random numbers.
    pub job_key: u64,
    /// What every clock says, milliseconds since 1970.
    pub at_ms: u64,
    /// Something was given that only a step can use.
    pub is_for_step: bool,
    /// Something was given that only a trigger can use.
    pub is_for_trigger: bool,
}

/// What came of it.
pub(super) enum Report {
    /// Of a step.
    Step(StepReport),
    /// Of a trigger.
    Trigger(TriggerReport),
}

/// Checks a component by the rules of an upload.
pub(super) fn inspect(bytes: Vec<u8>) -> Result<ComponentInfo, Failure> {
    Sandbox::new(bytes)?.inspect()
}

/// Runs a component once.
pub(super) fn run(bytes: Vec<u8>, trial: Trial) -> Result<Report, Failure> {
    let sandbox = Sandbox::new(bytes)?;
    let info = sandbox.inspect()?;
    let (is_mistaken, world, options) = match info.world {
        World::Step => (trial.is_for_trigger, "step", "--event and --facts"),
        World::Trigger => (trial.is_for_step, "trigger", "--input, --header and --job"),
    };
    if is_mistaken {
        return Err(Failure::Usage(format!(
            "Expected options that fit the component, but it is a {world}, for which {options} \
             mean nothing"
        )));
    }
    sandbox.check_configuration(&info, &trial.configuration)?;
    match info.world {
        World::Step => sandbox.run_step(&info, trial).map(Report::Step),
        World::Trigger => sandbox.run_trigger(&info, trial).map(Report::Trigger),
    }
}

/// The wall clock, milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
}

/// A sandbox for one component, with a folder for its compiled form that goes with it.
struct Sandbox {
    bytes: Arc<[u8]>,
    executor: tokio::runtime::Runtime,
    runtime: Runtime,
    _folder: TempDir,
}

impl Sandbox {
    fn new(bytes: Vec<u8>) -> Result<Self, Failure> {
        let unexpected = |error: &dyn std::fmt::Display| {
            Failure::Unexpected(format!("Expected a working sandbox, but {error}"))
        };
        let bytes: Arc<[u8]> = bytes.into();
        let folder = tempfile::tempdir().map_err(|error| unexpected(&error))?;
        let (held, digest) = (Arc::clone(&bytes), Digest::of(&bytes));
        let source = move |wanted: &Digest| Ok((*wanted == digest).then(|| held.to_vec()));
        let config = RuntimeConfig {
            loaded_components: 1,
            ..RuntimeConfig::new(
                folder.path().join("compiled"),
                Arc::new(source),
                helper::program()?,
            )
        };
        Ok(Self {
            bytes,
            executor: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| unexpected(&error))?,
            runtime: Runtime::new(config).map_err(|error| unexpected(&error))?,
            _folder: folder,
        })
    }

    fn inspect(&self) -> Result<ComponentInfo, Failure> {
        self.executor
            .block_on(self.runtime.inspect(&self.bytes))
            .map_err(|refusal| Failure::Refused(refusal.to_string()))
    }

    /// By the rules of an upload, too.
    fn check_configuration(
        &self,
        info: &ComponentInfo,
        configuration: &Configuration,
    ) -> Result<(), Failure> {
        let schema = info.description.configuration_schema();
        let checked = self.runtime.check_configuration(schema, configuration);
        self.executor.block_on(checked).map_err(|error| {
            let advice = match error {
                ConfigurationError::Unfit { .. } => ". Values are set with --config NAME=JSON",
                _ => "",
            };
            Failure::Refused(format!("{error}{advice}"))
        })
    }

    fn run_step(&self, info: &ComponentInfo, trial: Trial) -> Result<StepReport, Failure> {
        let wall_time = Limits::default().wall_time;
        let job = StepJob {
            key: trial.job_key,
            attempt: trial.attempt,
            process_instance_key: 1,
            process_id: "trial".to_owned(),
            process_version: 1,
            element_id: info.description.name().to_owned(),
            element_instance_key: 2,
            tenant: "<default>".to_owned(),
            business_key: None,
            headers: trial.headers,
            deadline_ms: trial
                .at_ms
                .saturating_add(u64::try_from(wall_time.as_millis()).unwrap_or(u64::MAX)),
            now_ms: trial.at_ms,
            variables: trial.input.get().to_owned(),
            context: read::<JobContext>("--job", &trial.job)?,
        };
        let run = self
            .runtime
            .run_step(&info.digest, job, Arc::new(trial.configuration));
        Ok(self.executor.block_on(run))
    }

    fn run_trigger(&self, info: &ComponentInfo, trial: Trial) -> Result<TriggerReport, Failure> {
        let event: EventInput = read("--event", &trial.event)?;
        let facts: FactsInput = read("--facts", &trial.facts)?;
        let subscribed = match &info.description {
            Description::Trigger(description) => description.subscriptions.first(),
            Description::Step(_) => None,
        };
        let event_type = match (event.event_type, subscribed) {
            (Some(event_type), _) => event_type,
            (None, Some(subscription)) => subscription.event_type.clone(),
            (None, None) => {
                return Err(Failure::Usage(
                    "Expected --event with a type, because the trigger subscribes to none".into(),
                ));
            }
        };
        let facts = facts.facts(trial.at_ms);
        let event = TriggerEvent {
            id: event.id.unwrap_or_else(|| "trial".to_owned()),
            source: format!("/tenants/<default>/processes/{}", facts.case.process_id),
            event_type,
            subject: event
                .subject
                .unwrap_or_else(|| facts.case.process_instance_key.to_string()),
            time_ms: trial.at_ms,
            data: text_of(event.data),
        };
        let configuration = Arc::new(trial.configuration);
        let run = self
            .runtime
            .run_trigger(&info.digest, event, facts, configuration);
        Ok(self.executor.block_on(run))
    }
}

fn read<T: DeserializeOwned>(option: &str, json: &RawValue) -> Result<T, Failure> {
    serde_json::from_str(json.get()).map_err(|error| {
        Failure::Usage(format!(
            "Expected {option} as the help of this command describes it, but {error}"
        ))
    })
}

fn text_of(json: Option<Box<RawValue>>) -> String {
    json.unwrap_or_else(empty_object).get().to_owned()
}

/// An event as a user writes it: all of it may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventInput {
    id: Option<String>,
    #[serde(rename = "type")]
    event_type: Option<String>,
    subject: Option<String>,
    data: Option<Box<RawValue>>,
}

/// Facts as a user writes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsInput {
    #[serde(default)]
    case: CaseInput,
    customer: Option<CustomerInput>,
}

/// A case as a user writes it: only what the trigger looks at.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct CaseInput {
    process_instance_key: Option<u64>,
    process_id: Option<String>,
    process_version: Option<u32>,
    business_key: Option<String>,
    started_ms: Option<u64>,
    ended_ms: Option<u64>,
    outcome: Option<String>,
    incidents: u32,
    user_tasks: u32,
    variables: Option<Box<RawValue>>,
}

/// A customer as a user writes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CustomerInput {
    id: String,
    language: Option<String>,
    #[serde(default)]
    channels: Vec<String>,
    last_asked_ms: Option<u64>,
    #[serde(default)]
    times_asked: u32,
}

impl FactsInput {
    /// The facts, with what was left out as it is in a case that ends now.
    fn facts(self, now_ms: u64) -> Facts {
        let case = self.case;
        Facts {
            case: CaseFacts {
                process_instance_key: case.process_instance_key.unwrap_or(1),
                process_id: case.process_id.unwrap_or_else(|| "trial".to_owned()),
                process_version: case.process_version.unwrap_or(1),
                tenant: "<default>".to_owned(),
                business_key: case.business_key,
                started_ms: case.started_ms.unwrap_or(now_ms),
                ended_ms: case.ended_ms.or(Some(now_ms)),
                outcome: case.outcome,
                incidents: case.incidents,
                user_tasks: case.user_tasks,
                variables: text_of(case.variables),
            },
            customer: self.customer.map(|customer| CustomerFacts {
                id: customer.id,
                language: customer.language,
                channels: customer.channels,
                last_asked_ms: customer.last_asked_ms,
                times_asked: customer.times_asked,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::json_object;

    #[test]
    fn facts_need_only_what_matters() {
        let json = r#"{"case": {"outcome": "claim-paid", "variables": {"amount": 1.10}},
                       "customer": {"id": "K-1"}}"#;
        let facts: FactsInput = read("--facts", &json_object(json).unwrap()).unwrap();
        let facts = facts.facts(5);
        assert_eq!(facts.case.outcome.as_deref(), Some("claim-paid"));
        assert_eq!(facts.case.variables, r#"{"amount": 1.10}"#);
        assert_eq!((facts.case.started_ms, facts.case.ended_ms), (5, Some(5)));
        assert_eq!(facts.customer.unwrap().id, "K-1");
    }

    #[test]
    fn a_misspelt_fact_is_named() {
        let json = json_object(r#"{"case": {"outcom": "x"}}"#).unwrap();
        let error = read::<FactsInput>("--facts", &json).err().unwrap();
        assert!(error.to_string().contains("outcom"), "{error}");
    }

    #[test]
    fn what_is_no_component_is_refused_in_words() {
        let refused = inspect(b"not wasm".to_vec()).unwrap_err();
        assert_eq!(refused.exit_code(), 1);
        assert!(refused.to_string().starts_with("Expected"), "{refused}");
    }
}
