//! The semantics tables: a diagram for every row of the element table and for the classic
//! workflow patterns, each with what is done to it and what must come of it. The files are in
//! `tests/semantics`; the script stands in the comment at the top of each.
//! Their language is explained in `tests/semantics/README.md`.

mod interchange;
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

/// Nobody should have to read the interpreter to read a script.
#[test]
fn every_word_of_the_scripts_is_explained() {
    let readme = repository().join("tests/semantics/README.md");
    let readme = std::fs::read_to_string(readme).expect("the explanation");
    let mut unexplained = std::collections::BTreeSet::new();
    for file in [files("elements"), files("patterns")].concat() {
        let text = std::fs::read_to_string(file).expect("a diagram");
        let script = text.split("<!--").nth(1).unwrap_or_default();
        let script = script.split("-->").next().unwrap_or_default();
        let words = script
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .filter(|word| word.starts_with(char::is_lowercase))
            .filter(|word| {
                let row = |end| format!("| `{word}{end}");
                !readme.contains(&row('`')) && !readme.contains(&row(' '))
            });
        unexplained.extend(words.map(str::to_owned));
    }
    assert!(
        unexplained.is_empty(),
        "Expected tests/semantics/README.md to explain {unexplained:?}, but it does not."
    );
}
