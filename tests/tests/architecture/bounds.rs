//! Every bound stands in the `limits.rs` of its crate, with words on what it bounds. Which number is right is no
//! matter of this file.

use std::path::Path;

use crate::assert_none;
use crate::sources::sources;

/// A number whose name has one of these words bounds something, or says how much is taken at a time.
const BOUNDING: &[&str] = &[
    // The word says so.
    "MAX",
    "MIN",
    "LIMIT",
    "LIMITS",
    "LONGEST",
    "CAPACITY",
    "BUDGET",
    "FUEL",
    "SHARE",
    // A size.
    "BYTES",
    "CHARS",
    "CHARACTERS",
    "LINES",
    "ENTRIES",
    "ITEMS",
    "ROWS",
    "STEPS",
    "SIZE",
    "STACK",
    "PAGE",
    "PLACES",
    "BACKLOG",
    "DEPTH",
    "HEIGHT",
    "NESTING",
    "LEVELS",
    // What is left of something.
    "KEPT",
    "SHOWN",
    "QUOTE",
    "QUOTED",
    // A time.
    "MS",
    "SECONDS",
    "TIME",
    "TIMEOUT",
    "WAIT",
    "PAUSE",
    "PACE",
    "PATIENCE",
    "GRACE",
];

/// A number whose name is made of these alone says how many of one unit make another: `DAY_MS`, `MS_PER_SECOND`.
const UNITS: &[&str] = &[
    "NANOS", "NS", "MICROS", "US", "MILLIS", "MS", "SECOND", "SECONDS", "MINUTE", "MINUTES",
    "HOUR", "HOURS", "DAY", "DAYS", "WEEK", "WEEKS", "YEAR", "YEARS", "PER", "IN",
];

const NUMBERS: &[&str] = &[
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "f32",
    "f64",
    "NonZeroU8",
    "NonZeroU16",
    "NonZeroU32",
    "NonZeroU64",
    "NonZeroUsize",
];

/// Whether a file is part of a crate that ships, and no test.
fn is_code(path: &str) -> bool {
    let ships = path.starts_with("host/") || path.starts_with("guest-sdk/");
    let is_test = path.ends_with("/tests.rs") || path.contains("/tests/");
    ships && path.ends_with(".rs") && path.contains("/src/") && !is_test
}

/// Whether bounds stand in this file.
fn holds_bounds(path: &str) -> bool {
    path.ends_with("/limits.rs") || path.contains("/limits/")
}

/// The lines of a source with their numbers, without the items that are compiled for tests only. An item ends where
/// rustfmt puts its end: at the margin of its attribute.
fn without_tests(text: &str) -> Vec<(usize, &str)> {
    let margin = |line: &str| line.len() - line.trim_start().len();
    let mut test_at = None;
    let mut kept = Vec::new();
    for (i, line) in text.lines().enumerate() {
        match test_at {
            None if line.trim() == "#[cfg(test)]" => test_at = Some(margin(line)),
            None => kept.push((i + 1, line)),
            Some(at) if margin(line) == at && line.ends_with([';', '}']) => test_at = None,
            Some(_) => {}
        }
    }
    kept
}

/// The name and the type of the constant that a line declares.
fn declared(line: &str) -> Option<(&str, &str)> {
    let mut rest = line.trim_start();
    if let Some(public) = rest.strip_prefix("pub") {
        let within = public
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'));
        rest = within.map_or(public, |(_, rest)| rest).trim_start();
    }
    let rest = rest
        .strip_prefix("const ")
        .or_else(|| rest.strip_prefix("static "))?;
    let (name, rest) = rest.strip_prefix("mut ").unwrap_or(rest).split_once(':')?;
    let kind = rest.split(['=', ';']).next()?;
    name.chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        .then_some((name, kind.trim()))
}

fn is_bound(name: &str, kind: &str) -> bool {
    // `Option<std::time::Duration>` is one of `Duration`.
    let inner = kind
        .rsplit('<')
        .next()
        .unwrap_or(kind)
        .trim_end_matches('>');
    let inner = inner.rsplit("::").next().unwrap_or(inner).trim();
    let mut words = name.split('_');
    inner == "Duration"
        || NUMBERS.contains(&inner)
            && words.clone().any(|word| BOUNDING.contains(&word))
            && !words.all(|word| UNITS.contains(&word))
}

/// Bounds that a file has and should not have.
fn astray(path: &str, text: &str) -> Vec<String> {
    let declared = without_tests(text)
        .into_iter()
        .filter_map(|(number, line)| Some((number, declared(line)?)));
    declared
        .filter(|(_, (name, kind))| is_bound(name, kind))
        .map(|(number, (name, _))| {
            format!(
                "Expected the bound {name} in the limits.rs of its crate, but it is at {path}:{number}. Move it there, \
                 with a comment that says what it bounds, in which unit and what happens when it is reached; or name \
                 it for what it is, if it bounds nothing."
            )
        })
        .collect()
}

/// Bounds that say nothing of themselves.
fn silent(path: &str, text: &str) -> Vec<String> {
    let mut is_told = false;
    let mut found = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let start = line.trim_start();
        match declared(line) {
            Some((name, _)) if !is_told && name != "_" => found.push(format!(
                "Expected a comment on what {name} bounds, but there is none at {path}:{}.",
                i + 1
            )),
            _ => {}
        }
        is_told = start.starts_with("///") || is_told && start.starts_with("#[");
    }
    found
}

#[test]
fn every_bound_is_in_the_limits_of_its_crate() {
    let code = sources().into_iter().filter(|(path, _)| is_code(path));
    assert_none(
        code.filter(|(path, _)| !holds_bounds(path))
            .flat_map(|(path, text)| astray(&path, &text))
            .collect(),
    );
}

#[test]
fn every_bound_says_what_it_bounds() {
    let code = sources().into_iter().filter(|(path, _)| is_code(path));
    assert_none(
        code.filter(|(path, _)| holds_bounds(path))
            .flat_map(|(path, text)| silent(&path, &text))
            .collect(),
    );
}

/// A crate of the host that bounds anything shows that its bounds are found where they are looked for.
#[test]
fn the_limits_of_the_host_are_found() {
    let limits = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| is_code(path) && holds_bounds(path));
    let crates = limits.filter(|path| Path::new(path).starts_with("host"));
    assert!(crates.count() >= 11);
}

#[test]
fn a_bound_astray_is_found() {
    for (line, wrong) in [
        ("const MAX_FILES: usize = 200;", true),
        ("pub const MAX_FILES: usize = 200;", true),
        ("pub(crate) const FILE_BYTES: u64 = 200;", true),
        ("    const SHOWN: usize = 60;", true),
        ("static WAIT_MS: u64 = 5;", true),
        ("const PAUSE: Option<u32> = None;", true),
        ("const TURN: Duration = Duration::from_millis(5);", true),
        ("const TURN: std::time::Duration = A;", true),
        ("const HOUR_MS: u64 = 3_600_000;", false),
        ("const MS_PER_SECOND: u64 = 1_000;", false),
        ("const MAX_MS: u64 = 1_000;", true),
        ("const FORMAT: u64 = 4;", false),
        ("const MAXIMAL: u64 = 4;", false),
        ("const MAX_TEXT: &str = \"many\";", false),
        (
            "const ENTRIES: TableDefinition<'static, u64, &[u8]> = A;",
            false,
        ),
        ("let max_files: usize = 200;", false),
        ("const fn max_bytes(a: usize) -> usize {", false),
        ("// const MAX_FILES: usize = 200;", false),
        ("#[cfg(test)]\nconst MAX_FILES: usize = 200;", false),
        (
            "#[cfg(test)]\nmod tests {\n    const MAX_FILES: usize = 200;\n}",
            false,
        ),
        (
            "#[cfg(test)]\nmod tests {\n    fn a() {}\n}\nconst MAX_FILES: usize = 200;",
            true,
        ),
        (
            "#[cfg(test)]\nmod tests;\nconst MAX_FILES: usize = 200;",
            true,
        ),
    ] {
        assert_eq!(!astray("a.rs", line).is_empty(), wrong, "{line}");
    }
}

#[test]
fn a_silent_bound_is_found() {
    for (text, wrong) in [
        ("/// Files.\npub const MAX_FILES: usize = 2;\n", false),
        (
            "/// Files.\n#[cfg(unix)]\npub const MAX_FILES: usize = 2;\n",
            false,
        ),
        ("// Files.\npub const MAX_FILES: usize = 2;\n", true),
        (
            "/// Files.\npub const A: usize = 2;\npub const B: usize = 2;\n",
            true,
        ),
        ("const _: () = assert!(true);\n", false),
    ] {
        assert_eq!(!silent("a.rs", text).is_empty(), wrong, "{text}");
    }
}
