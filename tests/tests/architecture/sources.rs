//! What every source file keeps to: it opens with what it is for, it does not grow
//! without end, and a pure crate's has no clock and no unordered map in it.

use std::path::Path;
use std::process::Command;

use gardesh_tests::repository;

use crate::assert_none;

/// Lines of a file before it must be split by what changes together.
const MAX_LINES: usize = 700;

/// Where the sources are that must behave the same on every run.
const PURE: &[&str] = &[
    "host/xml/src/",
    "host/bpmn/src/",
    "host/feel/src/",
    "host/dmn/src/",
    "host/engine/src/",
];

/// What those may not name, with what to take instead.
const IMPURE: &[(&str, &str)] = &[
    (
        "HashMap",
        "a BTreeMap, whose order is the same on every run",
    ),
    (
        "HashSet",
        "a BTreeSet, whose order is the same on every run",
    ),
    ("SystemTime", "the time in the record"),
    ("Instant::now", "the time in the record"),
    ("std::fs", "what the caller hands in"),
    ("std::net", "what the caller hands in"),
    ("std::env", "what the caller hands in"),
    ("std::thread", "the caller's threads"),
    ("println!", "a returned value"),
];

/// The tracked files whose language has comments that can open a file.
pub fn sources() -> Vec<(String, String)> {
    let root = repository();
    let listed = Command::new("git")
        .arg("-C")
        .arg(&root)
        .args(["ls-files", "-z"])
        .output();
    let listed = listed.expect("git, which knows the tracked files");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let paths = String::from_utf8(listed.stdout).expect("paths in UTF-8");
    let known = paths.split('\0').filter(|path| comment_of(path).is_some());
    // A tracked file that is being removed is not there any more.
    known
        .filter_map(|path| {
            Some((
                path.to_owned(),
                std::fs::read_to_string(root.join(path)).ok()?,
            ))
        })
        .collect()
}

/// How a file of this name may open, or `None` when that is not asked of it.
fn comment_of(path: &str) -> Option<&'static [&'static str]> {
    match Path::new(path).extension()?.to_str()? {
        "rs" => Some(&["//!"]),
        "py" => Some(&["#", "\"\"\""]),
        "js" | "mjs" | "ts" => Some(&["//", "/*"]),
        "sh" => Some(&["#"]),
        "wit" => Some(&["//"]),
        "css" => Some(&["/*"]),
        _ => None,
    }
}

/// Whether the first line, or the one after `#!`, is a comment with words in it.
fn opens_well(path: &str, text: &str) -> bool {
    let mut lines = text
        .lines()
        .skip_while(|line| line.starts_with("#!") && !line.starts_with("#!["));
    let first = lines.next().unwrap_or_default();
    let second = lines.next().unwrap_or_default();
    comment_of(path).unwrap_or_default().iter().any(|comment| {
        let words = first.strip_prefix(comment).map(str::trim);
        words.is_some_and(|words| !words.is_empty() || second.contains(char::is_alphabetic))
    })
}

#[test]
fn every_source_says_what_it_is_for() {
    let silent = sources()
        .into_iter()
        .filter(|(path, text)| !opens_well(path, text));
    assert_none(
        silent
            .map(|(path, _)| format!("Expected {path} to open with a comment on what lives in it."))
            .collect(),
    );
}

#[test]
fn no_source_is_too_long() {
    let long = sources()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES);
    assert_none(
        long.map(|(path, lines)| {
            format!("Expected at most {MAX_LINES} lines, but {path} has {lines}.")
        })
        .collect(),
    );
}

#[test]
fn pure_sources_name_nothing_impure() {
    let pure = sources()
        .into_iter()
        .filter(|(path, _)| PURE.iter().any(|folder| path.starts_with(folder)));
    assert_none(
        pure.flat_map(|(path, text)| impurities(&path, &text))
            .collect(),
    );
}

fn impurities(path: &str, text: &str) -> Vec<String> {
    let code = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"));
    let found = code.flat_map(|(i, line)| {
        IMPURE
            .iter()
            .map(move |(name, instead)| (i + 1, line, name, instead))
    });
    found
        .filter(|(_, line, name, _)| line.contains(*name))
        .map(|(line, _, name, instead)| {
            format!("Expected {instead}, but {path}:{line} names {name}.")
        })
        .collect()
}

#[test]
fn pure_crates_forbid_unsafe_code() {
    let roots = sources()
        .into_iter()
        .filter(|(path, _)| PURE.iter().any(|folder| *path == format!("{folder}lib.rs")));
    let lax = roots.filter(|(_, text)| !text.contains("#![forbid(unsafe_code)]"));
    assert_none(
        lax.map(|(path, _)| format!("Expected {path} to forbid unsafe code."))
            .collect(),
    );
}

#[test]
fn a_silent_file_is_found() {
    for (path, text, well) in [
        ("a.rs", "//! What it is for.\n", true),
        ("a.rs", "//!\nuse a;\n", true),
        ("a.rs", "// A remark.\n", false),
        ("a.rs", "use a;\n//! Late.\n", false),
        ("a.rs", "", false),
        ("a.sh", "#!/bin/sh\n# What it is for.\n", true),
        ("a.sh", "#!/bin/sh\nset -e\n# Late.\n", false),
        ("a.py", "\"\"\"What it is for.\"\"\"\n", true),
        ("a.py", "import os\n", false),
        ("a.js", "/*\n * What it is for.\n */\n", true),
        ("a.ts", "import a;\n", false),
        ("a.wit", "/// What it is for.\n", true),
    ] {
        assert_eq!(opens_well(path, text), well, "{path}: {text}");
    }
}

#[test]
fn an_impure_name_is_found_in_code_and_not_in_comments() {
    assert_eq!(
        impurities(
            "a.rs",
            "// no HashMap here\nuse std::collections::HashMap;\n"
        )
        .len(),
        1
    );
    assert!(
        impurities(
            "a.rs",
            "/// unlike a HashMap\nuse std::collections::BTreeMap;\n"
        )
        .is_empty()
    );
}

/// The one file of the HTTP interface that knows the default tenant's number: handlers get the
/// tenant from the caller that it makes, so that none forgets whose request it answers.
const MAKES_CALLERS: &str = "host/server/src/http/caller.rs";

fn forgets_the_tenant(path: &str, text: &str) -> bool {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    path.starts_with("host/server/src/")
        && path != MAKES_CALLERS
        && !path.ends_with("tests.rs")
        && lines
            .flat_map(|line| line.split("TenantId::DEFAULT").skip(1))
            .any(|rest| !rest.starts_with("_NAME"))
}

#[test]
fn only_callers_know_the_default_tenant() {
    let sources = sources();
    let found = sources
        .iter()
        .filter(|(path, text)| forgets_the_tenant(path, text));
    assert_none(
        found
            .map(|(path, _)| {
                format!("Expected {path} to take the tenant from its caller, but it names the default one.")
            })
            .collect(),
    );
}

#[test]
fn a_forgotten_tenant_is_found() {
    for (path, text, wrong) in [
        ("host/server/src/http/v1/a.rs", "x(TenantId::DEFAULT)", true),
        (
            "host/server/src/http/v1/a.rs",
            "x(TenantId::DEFAULT_NAME)",
            false,
        ),
        (
            "host/server/src/http/v1/a.rs",
            "// TenantId::DEFAULT",
            false,
        ),
        (
            "host/server/src/http/v1/a.rs",
            "#[cfg(test)]\nmod tests { TenantId::DEFAULT }",
            false,
        ),
        (MAKES_CALLERS, "x(TenantId::DEFAULT)", false),
        ("host/engine/src/key.rs", "TenantId::DEFAULT", false),
    ] {
        assert_eq!(forgets_the_tenant(path, text), wrong, "{path}: {text}");
    }
}
