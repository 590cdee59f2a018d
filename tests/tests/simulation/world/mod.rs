//! What happens to an engine from outside, at random: clients, workers, people, operators,
//! messages and the clock. It looks only at the engine's state, so it can go on after a crash.

mod customers;
pub mod finish;
mod hostile;
pub mod look;
mod news;
mod operators;
mod repair;
pub mod tenants;
mod work;

use std::sync::Arc;

use fastrand::Rng;
use gardesh_engine::Engine;
use gardesh_engine::command::{Command, Deploy, Resource, Tick};
use gardesh_engine::definition::{Severity, compile, compile_decisions};
use gardesh_engine::key::TenantId;
use gardesh_engine::variables::{Document, parse_document};

use crate::diagram;

pub const TENANT: TenantId = TenantId::DEFAULT;

/// The correlation keys of cases, few enough that cases share them.
const KEYS: u32 = 4;

/// What the outside does next, and how much time has passed.
pub struct Happening {
    pub command: Command,
    pub after_ms: u64,
    /// Whether it must be refused, without anything having changed.
    pub refused: bool,
}

/// The outside of one simulated engine: what it may deploy.
pub struct World {
    versions: Vec<Vec<Resource>>,
}

impl World {
    /// One with a random diagram, the same once more as a new version, and another one.
    pub fn new(rng: &mut Rng) -> Self {
        let first = diagram::diagram(rng);
        let same = first.clone() + "<!-- again -->";
        let other = diagram::diagram(rng);
        let versions = [first, same, other].map(|xml| resources(&xml));
        Self {
            versions: versions.into(),
        }
    }

    /// Deploys the first version.
    pub fn deployment(&self) -> Command {
        Command::Deploy(Deploy {
            resources: self.versions[0].clone(),
        })
    }

    /// Something random.
    pub fn happening(&self, rng: &mut Rng, engine: &mut Engine) -> Happening {
        let after_ms = match rng.u32(..10) {
            0 => rng.u64(..120_000),
            1..4 => rng.u64(..2_000),
            _ => 0,
        };
        let hostile = match rng.u32(..25) {
            0 => hostile::command(rng, engine.state()),
            _ => None,
        };
        if let Some(command) = hostile {
            return Happening {
                command,
                after_ms,
                refused: true,
            };
        }
        Happening {
            command: self.command(rng, engine).unwrap_or(Command::Tick(Tick)),
            after_ms,
            refused: false,
        }
    }

    fn command(&self, rng: &mut Rng, engine: &mut Engine) -> Option<Command> {
        match rng.u32(..40) {
            0..3 => Some(news::start(rng, engine)),
            3..17 => work::outcome(rng, engine),
            17..20 => Some(work::activation(rng)),
            20..23 => work::person(rng, engine),
            23..28 => Some(news::command(rng)),
            28..30 => repair::command(rng, engine),
            30..33 => self.operation(rng, engine),
            35 => Some(tenants::administration(rng)),
            33..35 => customers::command(rng, engine.state()),
            _ => Some(Command::Tick(Tick)),
        }
    }

    /// Everything that can still be done for the cases, until nothing is left to do.
    pub fn finish(&self, rng: &mut Rng, engine: &mut Engine, round: u32) -> Vec<Command> {
        finish::commands(rng, engine, round)
    }
}

/// A diagram with the decision and the form that its tasks name.
fn resources(xml: &str) -> Vec<Resource> {
    let process = compile("random.bpmn", xml).unwrap_or_else(|mut problems| {
        problems.retain(|problem| problem.severity == Severity::Error);
        panic!("{problems:#?}\n{xml}")
    });
    let decisions = compile_decisions("rates.dmn", diagram::DECISION)
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let form = Resource::Form {
        name: "ask.form".to_owned(),
        id: "ask".to_owned(),
        version_tag: None,
        document: Arc::from(r#"{"id":"ask","components":[]}"#),
    };
    vec![process, decisions, form]
}

fn variables(rng: &mut Rng) -> Document {
    match rng.u32(..6) {
        0 | 1 => document(&format!(r#"{{"n":{}}}"#, rng.u32(..10))),
        2 => document(&format!(r#"{{"note":"{}"}}"#, rng.u32(..1_000))),
        _ => Document::new(),
    }
}

fn document(text: &str) -> Document {
    parse_document(text).expect("JSON")
}

fn one<T: Copy>(rng: &mut Rng, all: &[T]) -> Option<T> {
    (!all.is_empty()).then(|| all[rng.usize(..all.len())])
}

/// One of a few fixed texts.
fn text<'t>(rng: &mut Rng, all: &[&'t str]) -> &'t str {
    all[rng.usize(..all.len())]
}
