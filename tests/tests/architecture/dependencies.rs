//! The direction of dependencies, over what Cargo itself says of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

use crate::assert_none;

/// Which of our crates each of them may build on, without the common prefix. What a crate
/// uses for its tests alone is free. A row changes together with ARCHITECTURE.md.
const MAY_USE: &[(&str, &[&str])] = &[
    ("xml", &[]),
    ("bpmn", &["xml"]),
    ("feel", &[]),
    ("dmn", &["feel", "xml"]),
    ("engine", &["bpmn", "dmn", "feel"]),
    ("store", &["engine"]),
    ("runtime", &[]),
    ("query", &["engine"]),
    ("packager", &[]),
    (
        "server",
        &["bpmn", "dmn", "engine", "feel", "query", "runtime", "store"],
    ),
    ("cli", &["packager", "runtime", "server"]),
];

/// Foreign crates, by the beginning of their names, and who alone may name them. Ours may
/// name none of these even for their tests; the `tests` crate may.
const ONLY: &[(&str, &[&str])] = &[
    ("redb", &["store"]),
    ("wasmtime", &["runtime"]),
    ("jsonschema", &["runtime"]),
    ("hyper", &["server", "cli"]),
    ("axum", &["server", "cli"]),
    ("rusqlite", &["query"]),
];

/// The crates that are pure functions of their input.
const PURE: &[&str] = &["xml", "bpmn", "feel", "dmn", "engine"];

/// What a pure crate must not reach, not even through others: I/O, clocks, random
/// sources, threads.
const IMPURE: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "crossbeam",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "rand",
    "rayon",
    "redb",
    "reqwest",
    "rusqlite",
    "socket2",
    "time",
    "tokio",
    "ureq",
    "wasmtime",
];

/// Crates that nothing is built of: they may use what they like.
const DEVELOPMENT: &[&str] = &["kit", "tests"];

const PREFIX: &str = "gardesh-";

/// The workspace with everything it builds on here; other platforms' crates need not be
/// downloaded for it.
fn metadata() -> Metadata {
    let options = [
        "--locked".to_owned(),
        "--filter-platform".to_owned(),
        host(),
    ];
    let manifest = gardesh_tests::repository().join("Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .other_options(options)
        .exec();
    metadata.unwrap_or_else(|e| panic!("Expected Cargo to describe the workspace, but {e}"))
}

/// The platform that this runs on, as rustc names it.
fn host() -> String {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc");
    let version = String::from_utf8(version.stdout).expect("text");
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("the line with the host").to_owned()
}

/// The short names of our crates and those of the crates that each names itself.
fn direct(
    metadata: &Metadata,
    counts: fn(DependencyKind) -> bool,
) -> BTreeMap<String, BTreeSet<String>> {
    let ours = metadata
        .workspace_packages()
        .into_iter()
        .filter_map(|package| {
            let name = package.name.strip_prefix(PREFIX)?.to_owned();
            let named = package
                .dependencies
                .iter()
                .filter(|dependency| counts(dependency.kind));
            Some((
                name,
                named.map(|dependency| dependency.name.clone()).collect(),
            ))
        });
    ours.filter(|(name, _)| !DEVELOPMENT.contains(&name.as_str()))
        .collect()
}

fn is_built_in(kind: DependencyKind) -> bool {
    matches!(kind, DependencyKind::Normal | DependencyKind::Build)
}

fn wrong_directions(direct: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut violations = Vec::new();
    for (name, named) in direct {
        let Some(allowed) = table.get(name.as_str()) else {
            violations.push(format!(
                "Expected '{name}' in the table of allowed dependencies, but it is missing."
            ));
            continue;
        };
        for other in named.iter().filter_map(|other| other.strip_prefix(PREFIX)) {
            if !allowed.contains(&other) {
                violations.push(format!("Expected '{name}' to depend on {allowed:?} of ours alone, but it names '{other}'."));
            }
        }
    }
    violations
}

fn wrongly_named(direct: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut violations = Vec::new();
    for (foreign, owners) in ONLY {
        for (name, named) in direct
            .iter()
            .filter(|(name, _)| !owners.contains(&name.as_str()))
        {
            violations.extend(named.iter().filter(|other| belongs_to(other, foreign)).map(|other| {
                format!("Expected only {owners:?} to name {foreign}, but '{name}' names '{other}'.")
            }));
        }
    }
    violations
}

/// Whether a crate is the named one or one of its family: `wasmtime-wasi` of `wasmtime`.
fn belongs_to(name: &str, family: &str) -> bool {
    name == family
        || name
            .strip_prefix(family)
            .is_some_and(|rest| rest.starts_with(['-', '_']))
}

/// Each crate that a package reaches through built-in dependencies, with the way there.
fn reached(metadata: &Metadata, from: &PackageId) -> BTreeMap<String, String> {
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let nodes: BTreeMap<&PackageId, _> =
        resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut ways = BTreeMap::new();
    let mut queue = VecDeque::from([(from, String::new())]);
    while let Some((id, way)) = queue.pop_front() {
        let name = metadata[id].name.to_string();
        let way = if way.is_empty() {
            name.clone()
        } else {
            format!("{way} > {name}")
        };
        if ways.contains_key(&name) {
            continue;
        }
        let next = nodes[id].deps.iter().filter(|dep| {
            dep.dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal)
        });
        queue.extend(next.map(|dep| (&dep.pkg, way.clone())));
        ways.insert(name, way);
    }
    ways
}

#[test]
fn our_crates_depend_in_the_allowed_direction_only() {
    assert_none(wrong_directions(&direct(&metadata(), is_built_in)));
}

#[test]
fn foreign_crates_are_named_by_their_owners_only() {
    assert_none(wrongly_named(&direct(&metadata(), |_| true)));
}

#[test]
fn pure_crates_reach_nothing_impure() {
    let metadata = metadata();
    let mut violations = Vec::new();
    for package in metadata.workspace_packages() {
        if !package
            .name
            .strip_prefix(PREFIX)
            .is_some_and(|name| PURE.contains(&name))
        {
            continue;
        }
        for (name, way) in reached(&metadata, &package.id) {
            if IMPURE.iter().any(|impure| belongs_to(&name, impure)) {
                violations.push(format!(
                    "Expected a pure crate to keep away from {name}, but there is {way}."
                ));
            }
        }
    }
    assert_none(violations);
}

/// The checks themselves: what they must find, and what they must let pass.
#[test]
fn a_wrong_dependency_is_found() {
    let named = |name: &str, others: &[&str]| {
        BTreeMap::from([(
            name.to_owned(),
            others.iter().map(|other| (*other).to_owned()).collect(),
        )])
    };
    for (name, other, wrong) in [
        ("engine", "gardesh-feel", false),
        ("feel", "gardesh-engine", true),
        ("engine", "gardesh-store", true),
        ("runtime", "gardesh-engine", true),
        ("unheard-of", "serde", true),
        ("engine", "serde", false),
    ] {
        assert_eq!(
            !wrong_directions(&named(name, &[other])).is_empty(),
            wrong,
            "{name} {other}"
        );
    }
    for (name, other, wrong) in [
        ("store", "redb", false),
        ("query", "redb", true),
        ("server", "wasmtime-wasi", true),
        ("engine", "redblack", false),
        ("cli", "hyper-util", false),
        ("store", "rusqlite", true),
    ] {
        assert_eq!(
            !wrongly_named(&named(name, &[other])).is_empty(),
            wrong,
            "{name} {other}"
        );
    }
}

#[test]
fn ways_through_other_crates_are_found() {
    let metadata = metadata();
    let store = metadata
        .workspace_packages()
        .into_iter()
        .find(|package| *package.name == "gardesh-store");
    let ways = reached(&metadata, &store.expect("the store").id);
    assert!(
        ways["gardesh-feel"].starts_with("gardesh-store > gardesh-engine"),
        "{:?}",
        ways["gardesh-feel"]
    );
}
