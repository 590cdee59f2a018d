//! The floors inside the engine: no file names one that stands above its own. Cargo cannot hold
//! this, because it is all one crate.

use crate::assert_none;
use crate::sources::sources;

/// The floors from the ground up, each with its modules. What is on one floor may name each other.
/// A row changes together with ARCHITECTURE.md.
const FLOORS: &[(&str, &[&str])] = &[
    (
        "ground",
        &[
            "file_bytes",
            "identity",
            "key",
            "limits",
            "rejection",
            "shown",
            "variables",
        ],
    ),
    ("table", &["table"]),
    ("definition", &["definition", "operation"]),
    ("entities: rows and events", &["entities"]),
    ("journal", &["event", "clock"]),
    ("state", &["state", "definitions"]),
    ("entities: appliers", &[APPLIERS]),
    ("interface", &["command", "effect", "question"]),
    ("context", &["context"]),
    ("behaviour", &["behaviour", "experience"]),
    ("elements", &["elements"]),
    ("run", &["run"]),
    ("processors", &["processors"]),
    ("engine", &["engine", "invocation", "open_effects"]),
];

/// The appliers are in the folders of their entities and stand above the state that they change.
const APPLIERS: &str = "entities/*/apply";

/// Files of entities that are neither a row nor events.
fn is_applier(path: &str) -> bool {
    path.starts_with("entities/") && !path.ends_with("/mod.rs") && path != "entities/about.rs"
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS
        .iter()
        .position(|(_, modules)| modules.contains(&module))
}

/// The module of a file by its path in `src`.
fn module_of(path: &str) -> &str {
    if is_applier(path) {
        return APPLIERS;
    }
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The modules that a source names by their path in the crate.
fn named(source: &str) -> Vec<String> {
    let lines = source.lines().map(|line| line.split("//").next());
    let code: Vec<&str> = lines.flatten().collect();
    let code = code.join("\n");
    let ends = |c: char| !(c.is_alphanumeric() || c == '_' || c == ':');
    let paths = code.split("crate::").skip(1).map(|rest| {
        let path = rest.split(ends).next().unwrap_or_default();
        let mut parts = path.split("::");
        let module = parts.next().unwrap_or_default();
        let is_applier = module == "entities" && parts.any(|part| part == "apply");
        if is_applier { APPLIERS } else { module }.to_owned()
    });
    paths.filter(|module| !module.is_empty()).collect()
}

fn violations(path: &str, source: &str) -> Vec<String> {
    let own = module_of(path);
    let Some(floor) = floor_of(own) else {
        return vec![format!(
            "Expected the engine's module '{own}' on one of the floors, but it is on none. Add it to the table."
        )];
    };
    let too_high = |module: &String| match floor_of(module) {
        Some(above) if above > floor => Some(format!(
            "Expected engine/src/{path} ({}) to name nothing above it, but it names '{module}' ({}).",
            FLOORS[floor].0, FLOORS[above].0
        )),
        _ => None,
    };
    named(source).iter().filter_map(too_high).collect()
}

#[test]
fn no_file_of_the_engine_names_a_floor_above_its_own() {
    let mut found = Vec::new();
    for (path, source) in sources() {
        let Some(path) = path.strip_prefix("host/engine/src/") else {
            continue;
        };
        if path != "lib.rs" {
            let tests = source.find("#[cfg(test)]\nmod tests {");
            found.extend(violations(path, &source[..tests.unwrap_or(source.len())]));
        }
    }
    assert_none(found);
}

/// The check itself: what it must find, and what it must let pass.
#[test]
fn a_way_up_is_found() {
    for (path, source, wrong) in [
        ("state/mod.rs", "use crate::entities::job::Job;", false),
        ("state/mod.rs", "use crate::context::Context;", true),
        ("entities/job/mod.rs", "use crate::state::State;", true),
        ("entities/job/apply.rs", "use crate::state::State;", false),
        (
            "entities/job/mod.rs",
            "crate::entities::job::apply::created(s)",
            true,
        ),
        ("elements/flow.rs", "// crate::engine is above", false),
        (
            "elements/flow.rs",
            "let x = crate::processors::job::fail(ctx);",
            true,
        ),
        (
            "processors/job.rs",
            "use crate::elements::{enter, flow};",
            false,
        ),
        ("unheard_of.rs", "", true),
    ] {
        assert_eq!(
            !violations(path, source).is_empty(),
            wrong,
            "{path}: {source}"
        );
    }
}
