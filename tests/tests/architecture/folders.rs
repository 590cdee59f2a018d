//! The folders of the repository: the fixed top level, one crate a folder under `host/`,
//! and ARCHITECTURE.md drawing exactly these.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use gardesh_tests::repository;

use crate::assert_none;

/// What may stand at the top besides dotfiles and configuration in TOML.
const TOP: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "LICENSE",
    "Makefile",
    "README.md",
    "bench",
    "docs",
    "examples",
    "guest-sdk",
    "host",
    "tests",
    "wit",
];

/// The folders under `host/` that are crates.
fn crates() -> BTreeSet<String> {
    let folders = fs::read_dir(repository().join("host")).expect("the host folder");
    let crates = folders
        .flatten()
        .filter(|folder| folder.path().join("Cargo.toml").is_file());
    crates
        .map(|folder| folder.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Every `host/…` that a text mentions, by its first folder.
fn mentioned(text: &str) -> BTreeSet<String> {
    let places = text
        .match_indices("host/")
        .filter(|(at, _)| !text[..*at].ends_with(is_name));
    let names = places.map(|(at, word)| {
        text[at + word.len()..]
            .chars()
            .take_while(|c| is_name(*c))
            .collect::<String>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[test]
fn architecture_md_draws_the_crates_that_exist() {
    let text = fs::read_to_string(repository().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (drawn, present) = (mentioned(&text), crates());
    let missing = present
        .difference(&drawn)
        .map(|name| format!("Expected ARCHITECTURE.md to draw host/{name}, but it does not."));
    let invented = drawn.difference(&present).map(|name| {
        format!("Expected a crate at host/{name}, which ARCHITECTURE.md draws, but there is none.")
    });
    assert_none(missing.chain(invented).collect());
}

#[test]
fn every_crate_folder_is_a_member_of_the_workspace() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("the root manifest");
    let members = manifest
        .split_once("members")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    let members = mentioned(members);
    assert_eq!(members, crates());
}

#[test]
fn the_top_level_holds_nothing_else() {
    let listed = Command::new("git")
        .arg("-C")
        .arg(repository())
        .args(["ls-files", "-z"])
        .output();
    let listed = String::from_utf8(listed.expect("git").stdout).expect("paths in UTF-8");
    let top: BTreeSet<&str> = listed
        .split('\0')
        .filter_map(|path| path.split('/').next())
        .collect();
    let allowed = |name: &str| {
        TOP.contains(&name) || name.starts_with('.') || name.ends_with(".toml") || name.is_empty()
    };
    let strange = top.into_iter().filter(|name| !allowed(name));
    assert_none(
        strange
            .map(|name| {
                format!(
                    "Expected the top level to be as ARCHITECTURE.md says, but there is {name}."
                )
            })
            .collect(),
    );
}

#[test]
fn mentions_are_read_from_prose_and_pictures() {
    let text = "`host/bpmn`, host/feel/src and ghost/story; host/ itself\n| host/dmn |";
    assert_eq!(
        mentioned(text),
        ["bpmn", "feel", "dmn"].map(str::to_owned).into()
    );
}
