//! The semantics tables: a diagram for every row of the element table and for the classic
//! workflow patterns, each with what is done to it and what must come of it. The files are in
//! `tests/semantics`; the script stands in the comment at the top of each.
//!
//! A script has one step in a line. What is done:
//! `start [process] {…}`, `job type {…}`, `fail type retries`, `error type code`, `task id {…}`,
//! `assign id person`, `message name key {…}`, `signal name {…}`, `set {…}`, `tick 1h`,
//! `cancel`, `resolve`, `deploy file`.
//! What must hold: `trail …` (what ended since the last `trail`, `+` completed, `-`
//! terminated), `waits …` (the innermost active elements), `variables {…}` (of the case
//! itself), `incident KIND id`, `refused text`, `over`.

mod script;

use std::path::{Path, PathBuf};

use gardesh_tests::repository;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = repository().join("tests/semantics").join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder of the table");
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "bpmn")
        })
        .collect();
    files.sort();
    files
}

/// Runs every file of a folder, and names all that fail.
fn check(folder: &str) {
    let files = files(folder);
    let failures: Vec<String> = files
        .iter()
        .filter_map(|path| {
            let problem = script::run(path).err()?;
            Some(format!("{}: {problem}", name(path)))
        })
        .collect();
    println!("{} of {} hold", files.len() - failures.len(), files.len());
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn name(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

#[test]
fn elements_behave_as_their_table_says() {
    check("elements");
}

#[test]
fn workflow_patterns_can_be_drawn_and_run() {
    check("patterns");
}

/// The table in the documentation names every file, and every file that it names exists.
#[test]
fn the_documented_table_links_to_its_tests() {
    let table = std::fs::read_to_string(repository().join("docs/elements.md")).expect("the table");
    let linked: Vec<&str> = table
        .split("](../tests/semantics/")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect();
    for link in &linked {
        let path = repository().join("tests/semantics").join(link);
        assert!(
            path.exists(),
            "Expected {link}, which docs/elements.md names, to exist"
        );
    }
    for folder in ["elements", "patterns"] {
        for file in files(folder) {
            let link = format!("{folder}/{}.bpmn", name(&file));
            assert!(
                linked.contains(&&*link),
                "Expected docs/elements.md to name {link}, but it does not"
            );
        }
    }
    // A row without a link would be a claim without a proof.
    for row in table.lines().filter(|line| {
        line.starts_with("| ") && !line.starts_with("| element") && !line.starts_with("| pattern")
    }) {
        assert!(
            row.contains("](../tests/semantics/"),
            "Expected a test in the row: {row}"
        );
    }
}
