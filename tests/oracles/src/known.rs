//! The differences that are known: which engine, in which expressions, who is right and why.

use std::sync::LazyLock;

use regex::Regex;

use crate::plain::Plain;

/// Columns: engine, expression, our value, their value (the three as regular expressions, empty
/// for any), who is right, why.
const TEXT: &str = include_str!("../differences.tsv");

pub struct Known {
    engine: &'static str,
    expression: Regex,
    ours: Regex,
    theirs: Regex,
    pub right: &'static str,
    pub reason: &'static str,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let lines = TEXT.lines().enumerate();
    let rows = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    rows.map(|(index, line)| read(index + 1, line)).collect()
});

fn read(number: usize, line: &'static str) -> Known {
    let columns: Vec<&str> = line.split('\t').collect();
    let [engine, expression, ours, theirs, right, reason] = columns[..] else {
        fail(
            number,
            "six columns",
            &format!("{} are there", columns.len()),
        );
    };
    let pattern = |text: &str| {
        Regex::new(text)
            .unwrap_or_else(|error| fail(number, "a regular expression", &error.to_string()))
    };
    if !["ours", "theirs", "open"].contains(&right) {
        fail(number, "who is right as 'ours', 'theirs' or 'open'", right);
    }
    Known {
        engine,
        expression: pattern(expression),
        ours: pattern(ours),
        theirs: pattern(theirs),
        right,
        reason,
    }
}

/// The hook for panics is silent, so this speaks by itself.
fn fail(number: usize, expected: &str, found: &str) -> ! {
    eprintln!("Expected {expected} in line {number} of differences.tsv, but {found}");
    std::process::exit(2)
}

/// The place of the first row that explains a difference.
pub fn explanation(engine: &str, expression: &str, ours: &Plain, theirs: &Plain) -> Option<usize> {
    let (ours, theirs) = (ours.to_string(), theirs.to_string());
    KNOWN.iter().position(|known| {
        known.engine == engine
            && known.expression.is_match(expression)
            && known.ours.is_match(&ours)
            && known.theirs.is_match(&theirs)
    })
}

pub fn all() -> &'static [Known] {
    &KNOWN
}

impl Known {
    pub fn describe(&self) -> String {
        format!("{} ({}): {}", self.engine, self.right, self.reason)
    }
}
