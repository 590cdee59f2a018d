//! Components for tests: a core module in the text format is given the memory, allocator
//! and description that the contract asks for, and wrapped into a component.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use gardesh_runtime::{
    CaseFacts, Digest, Facts, Fault, FaultKind, HelperProgram, JobContext, Limits, Runtime,
    RuntimeConfig, StepJob, StepOutcome, StepReport, TriggerEvent,
};
use tempfile::TempDir;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// Where the description lies in a test module's memory; the first KiB is for results.
const DESCRIPTION: u32 = 1024;

/// The start of each module: imports come before everything else.
const HOST_IMPORTS: &str = r#"
    (import "gardesh:step/host@0.1.0" "log" (func $log (param i32 i32 i32)))
    (import "gardesh:step/host@0.1.0" "now" (func $now (result i64)))
    (import "gardesh:step/host@0.1.0" "random" (func $random (param i32 i32)))
    (import "gardesh:step/host@0.1.0" "config" (func $config (param i32 i32 i32)))"#;

/// Memory, a bump allocator, and ways to return an outcome: a job lies at its pointer as
/// the canonical ABI has it (its variables at offset 96), a result at offset 512.
const BASICS: &str = r#"
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 16384))
    (func $alloc (export "cabi_realloc")
        (param $old i32) (param $old_size i32) (param $align i32) (param $size i32)
        (result i32) (local $at i32)
        (local.set $at (i32.and
            (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
            (i32.sub (i32.const 0) (local.get $align))))
        (global.set $top (i32.add (local.get $at) (local.get $size)))
        (block $fits
            (br_if $fits (i32.le_u (global.get $top) (i32.shl (memory.size) (i32.const 16))))
            (drop (memory.grow (i32.add (i32.const 1)
                (i32.shr_u (local.get $size) (i32.const 16))))))
        (memory.copy (local.get $at) (local.get $old) (local.get $old_size))
        (local.get $at))
    (func $complete (param $at i32) (param $length i32) (result i32)
        (i32.store8 (i32.const 512) (i32.const 0))
        (i32.store (i32.const 520) (local.get $at))
        (i32.store (i32.const 524) (local.get $length))
        (i32.const 512))
    (func $echo (param $job i32) (result i32)
        (call $complete (i32.load offset=96 (local.get $job)) (i32.load offset=100 (local.get $job))))
    (data (i32.const 600) "{}")
    (func $empty (result i32) (call $complete (i32.const 600) (i32.const 2)))"#;

/// A step whose `run (param $job i32) (result i32)` has this body. `extra` are further
/// fields of the module; imports among them come first by WebAssembly's rules.
pub fn step_with(imports: &str, extra: &str, body: &str) -> Vec<u8> {
    let description = step_description("test-step", "1.0.0", r#"{"type":"object"}"#, None);
    let module = format!(
        r#"(module {HOST_IMPORTS} {imports} {BASICS} {extra}
            (data (i32.const {DESCRIPTION}) "{description}")
            (func (export "gardesh:step/handler@0.1.0#describe") (result i32)
                (i32.const {DESCRIPTION}))
            (func (export "gardesh:step/handler@0.1.0#run") (param $job i32) (result i32)
                {body}))"#
    );
    component(&module, "step")
}

/// A step whose `run` has this body.
pub fn step(body: &str) -> Vec<u8> {
    step_with("", "", body)
}

/// A step that returns its input.
pub fn echo() -> Vec<u8> {
    step("(call $echo (local.get $job))")
}

/// A step whose `describe` has this body.
pub fn describes(body: &str) -> Vec<u8> {
    describes_with("", body)
}

/// The same with further imports.
pub fn describes_with(imports: &str, body: &str) -> Vec<u8> {
    let module = format!(
        r#"(module {HOST_IMPORTS} {imports} {BASICS}
            (func (export "gardesh:step/handler@0.1.0#describe") (result i32) {body})
            (func (export "gardesh:step/handler@0.1.0#run") (param i32) (result i32)
                unreachable))"#
    );
    component(&module, "step")
}

/// A step that says this of itself.
pub fn described(name: &str, version: &str, schema: &str) -> Vec<u8> {
    saying(&step_description(name, version, schema, None))
}

/// A step that gives this schema for its configuration.
pub fn configured(schema: &str) -> Vec<u8> {
    saying(&step_description("configured", "1.0.0", "{}", Some(schema)))
}

/// A step with this description.
fn saying(description: &str) -> Vec<u8> {
    let module = format!(
        r#"(module {HOST_IMPORTS} {BASICS}
            (data (i32.const {DESCRIPTION}) "{description}")
            (func (export "gardesh:step/handler@0.1.0#describe") (result i32)
                (i32.const {DESCRIPTION}))
            (func (export "gardesh:step/handler@0.1.0#run") (param i32) (result i32)
                unreachable))"#
    );
    component(&module, "step")
}

/// A trigger that asks with survey `csat` after a minute.
pub fn asking_trigger() -> Vec<u8> {
    trigger("(i32.const 4096)")
}

/// A trigger that never decides.
pub fn spinning_trigger() -> Vec<u8> {
    trigger("(loop $l (br $l)) unreachable")
}

/// A trigger whose `on-event` has this body; the decision to ask is at 4096.
fn trigger(body: &str) -> Vec<u8> {
    let mut data = Data::new(DESCRIPTION, 56);
    data.string(0, "ask-after-closing");
    data.string(8, "0.1.0");
    data.string(16, "Ask after closing");
    // No configuration schema at 24; one subscription at 36.
    let subscription = data.reserve(32);
    data.word(36, subscription);
    data.word(40, 1);
    data.string_at(subscription, "process-instance.completed");
    let description = data.escaped();

    let mut data = Data::new(4096, 8);
    let decision = data.reserve(40);
    data.word(0, decision);
    data.word(4, 1);
    data.string_at(decision + 8, "csat");
    data.string_at(decision + 16, "link");
    data.word_at(decision + 24, 60_000);
    data.string_at(decision + 32, "closed");
    let decisions = data.escaped();
    let module = format!(
        r#"(module {HOST_IMPORTS} {BASICS}
            (data (i32.const {DESCRIPTION}) "{description}")
            (data (i32.const 4096) "{decisions}")
            (func (export "gardesh:cx/handler@0.1.0#describe") (result i32)
                (i32.const {DESCRIPTION}))
            (func (export "gardesh:cx/handler@0.1.0#on-event") (param i32) (result i32)
                {body}))"#
    );
    component(&module, "trigger")
}

fn step_description(
    name: &str,
    version: &str,
    schema: &str,
    configuration_schema: Option<&str>,
) -> String {
    let mut data = Data::new(DESCRIPTION, 72);
    for (offset, text) in [
        (0, name),
        (8, version),
        (16, "A test"),
        (24, schema),
        (32, "{}"),
    ] {
        data.string(offset, text);
    }
    if let Some(schema) = configuration_schema {
        data.word(40, 1);
        data.string(44, schema);
    }
    data.escaped()
}

/// Bytes at an address, with room for what they point to behind them.
struct Data {
    base: u32,
    bytes: Vec<u8>,
}

impl Data {
    fn new(base: u32, size: usize) -> Self {
        let bytes = vec![0; size.next_multiple_of(8)];
        Self { base, bytes }
    }

    fn reserve(&mut self, size: usize) -> u32 {
        let at = self.bytes.len().next_multiple_of(8);
        self.bytes.resize(at + size, 0);
        self.base + at as u32
    }

    fn word(&mut self, offset: u32, value: u32) {
        self.word_at(self.base + offset, value);
    }

    fn word_at(&mut self, address: u32, value: u32) {
        let at = (address - self.base) as usize;
        self.bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn string(&mut self, offset: u32, text: &str) {
        self.string_at(self.base + offset, text);
    }

    fn string_at(&mut self, address: u32, text: &str) {
        let at = self.base + self.bytes.len() as u32;
        self.bytes.extend(text.as_bytes());
        self.word_at(address, at);
        self.word_at(address + 4, text.len() as u32);
    }

    fn escaped(&self) -> String {
        self.bytes
            .iter()
            .map(|byte| format!("\\{byte:02x}"))
            .collect()
    }
}

/// Wraps a core module into a component of the world; WASI is there to be imported too.
pub fn component(module: &str, world: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut resolve = Resolve::default();
    for path in ["../../wit/step", "../../wit/cx", "wit/wasi.wit"] {
        resolve.push_path(root.join(path)).unwrap();
    }
    let worlds = include_str!("worlds.wit");
    let package = resolve.push_str("test.wit", worlds).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap()
}

/// The program that helps the tests.
pub fn helper() -> HelperProgram {
    HelperProgram {
        path: env!("CARGO_BIN_EXE_gardesh-helper").into(),
        arguments: Vec::new(),
        environment: Vec::new(),
    }
}

/// A runtime with its folder and its store of components.
pub struct Sandbox {
    pub runtime: Runtime,
    stored: Arc<Mutex<Vec<Vec<u8>>>>,
    reads: Arc<Mutex<u32>>,
    dir: TempDir,
}

impl Sandbox {
    pub fn new(limits: Limits) -> Self {
        Self::with(limits, |_| {})
    }

    /// With more than limits changed.
    pub fn with(limits: Limits, change: impl FnOnce(&mut RuntimeConfig)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::start(dir, limits, Arc::default(), change)
    }

    fn start(
        dir: TempDir,
        limits: Limits,
        stored: Arc<Mutex<Vec<Vec<u8>>>>,
        change: impl FnOnce(&mut RuntimeConfig),
    ) -> Self {
        let reads = Arc::<Mutex<u32>>::default();
        let (known, counter) = (Arc::clone(&stored), Arc::clone(&reads));
        let source = move |digest: &Digest| {
            *counter.lock().unwrap() += 1;
            let known = known.lock().unwrap();
            Ok(known
                .iter()
                .find(|wasm| Digest::of(wasm) == *digest)
                .cloned())
        };
        let mut config = RuntimeConfig {
            limits,
            ..RuntimeConfig::new(dir.path().to_owned(), Arc::new(source), helper())
        };
        change(&mut config);
        Self {
            runtime: Runtime::new(config).unwrap(),
            stored,
            reads,
            dir,
        }
    }

    /// The same folder and store, as after a restart.
    pub fn restart(self) -> Self {
        let Self {
            runtime,
            stored,
            dir,
            ..
        } = self;
        drop(runtime);
        Self::start(dir, Limits::default(), stored, |_| {})
    }

    pub fn store(&self, wasm: &[u8]) -> Digest {
        self.stored.lock().unwrap().push(wasm.to_vec());
        Digest::of(wasm)
    }

    /// How often the runtime asked for a component's bytes.
    pub fn reads(&self) -> u32 {
        *self.reads.lock().unwrap()
    }

    pub fn cached(&self, extension: &str) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.dir.path()).unwrap();
        files
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .collect()
    }

    pub async fn run(&self, wasm: &[u8]) -> StepReport {
        self.run_job(wasm, job(r#"{"a":1}"#)).await
    }

    pub async fn run_job(&self, wasm: &[u8], job: StepJob) -> StepReport {
        let digest = self.store(wasm);
        self.runtime.run_step(&digest, job, Arc::default()).await
    }
}

pub fn job(variables: &str) -> StepJob {
    StepJob {
        key: 42,
        attempt: 1,
        process_instance_key: 7,
        process_id: "claim".into(),
        process_version: 3,
        element_id: "assess".into(),
        element_instance_key: 8,
        tenant: "default".into(),
        business_key: Some("C-1".into()),
        headers: vec![("k".into(), "v".into())],
        deadline_ms: 1_700_000_060_000,
        now_ms: 1_700_000_000_123,
        variables: variables.into(),
        context: JobContext::default(),
    }
}

pub fn event() -> TriggerEvent {
    TriggerEvent {
        id: "e-1".into(),
        source: "/tenants/default/processes/claim".into(),
        event_type: "process-instance.completed".into(),
        subject: "7".into(),
        time_ms: 1_700_000_000_123,
        data: "{}".into(),
    }
}

pub fn facts() -> Facts {
    Facts {
        case: CaseFacts {
            process_instance_key: 7,
            process_id: "claim".into(),
            process_version: 3,
            tenant: "default".into(),
            business_key: None,
            started_ms: 1,
            ended_ms: Some(2),
            outcome: Some("closed".into()),
            incidents: 0,
            user_tasks: 1,
            variables: r#"{"customer":{"id":"c"}}"#.into(),
        },
        customer: None,
    }
}

#[track_caller]
pub fn completed(report: &StepReport) -> &str {
    match &report.outcome {
        StepOutcome::Completed { variables, .. } => variables,
        other => panic!("expected a completed step, got {other:?}"),
    }
}

/// The fault, which is of this kind and says what was expected.
#[track_caller]
pub fn fault(report: &StepReport, kind: FaultKind) -> &Fault {
    match &report.outcome {
        StepOutcome::Fault(fault) => {
            assert_eq!(fault.kind, kind, "{fault}");
            assert!(fault.message.starts_with("Expected "), "{fault}");
            fault
        }
        other => panic!("expected a fault, got {other:?}"),
    }
}
