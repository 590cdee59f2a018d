//! Functions with regular expressions: `matches`, `replace`, `split`, `extract`. Patterns are
//! XPath's, translated to a matcher that is linear in the text; back-references, which no such
//! matcher has, are refused.

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use regex::{Captures, Regex, RegexBuilder};

use super::arguments::{any, because, text};
use super::xpath::translate;
use super::{Answer, Failure, Row};
use crate::Value;
use crate::evaluate::Machine;
use crate::limits::{
    LARGE_PATTERN_STEPS, MAX_PATTERN_BYTES, MAX_PATTERNS, USUAL_PATTERN_BYTES, USUAL_PATTERN_STEPS,
};
use crate::syntax::{Arguments, Kind, Node};

pub(super) const TABLE: &[Row] = &[
    ("matches", "input, pattern, flags?", matches),
    ("replace", "input, pattern, replacement, flags?", replace),
    ("split", "string, delimiter", split),
    ("extract", "string, pattern", extract),
];

fn matches(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let input = text(arguments, 0)?;
    let pattern = compiled(machine, text(arguments, 1)?, flags(arguments, 2)?)?;
    machine.charge(input.len() / 4)?;
    Ok(pattern.is_match(input).into())
}

fn replace(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let (input, replacement) = (text(arguments, 0)?, text(arguments, 2)?);
    let flags = flags(arguments, 3)?;
    let pattern = compiled(machine, text(arguments, 1)?, flags)?;
    consumes(&pattern)?;
    let parts = if flags.contains('q') {
        vec![Part::Text(replacement.to_owned())]
    } else {
        replacement_parts(replacement, pattern.captures_len())?
    };
    machine.charge(input.len() / 4)?;
    let mut output = String::new();
    let mut last = 0;
    for captures in pattern.captures_iter(input) {
        machine.charge(1)?;
        let Some(whole) = captures.get(0) else {
            continue;
        };
        output.push_str(&input[last..whole.start()]);
        append(&mut output, &parts, &captures);
        machine.string_fits(output.len())?;
        last = whole.end();
    }
    output.push_str(&input[last..]);
    Ok(machine.string(output)?)
}

fn split(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let input = text(arguments, 0)?;
    let pattern = compiled(machine, text(arguments, 1)?, "")?;
    consumes(&pattern)?;
    machine.charge(input.len() / 4)?;
    let mut parts = Vec::new();
    let mut last = 0;
    for delimiter in pattern.find_iter(input) {
        machine.list_fits(parts.len() + 2)?;
        parts.push(Value::from(&input[last..delimiter.start()]));
        last = delimiter.end();
    }
    parts.push(Value::from(&input[last..]));
    machine.charge(parts.len())?;
    Ok(machine.list(parts)?)
}

/// Null with a reason for a pattern that matches the empty text, and so between all characters: an error
/// in XPath, from where DMN takes these functions.
fn consumes(pattern: &Regex) -> Result<(), Failure> {
    if pattern.is_match("") {
        return because("Expected a pattern that does not match the empty text, but it does");
    }
    Ok(())
}

/// All matches of the pattern.
fn extract(machine: &mut Machine<'_, '_>, arguments: &[Value]) -> Answer {
    let input = text(arguments, 0)?;
    let pattern = compiled(machine, text(arguments, 1)?, "")?;
    machine.charge(input.len() / 4)?;
    let mut found = Vec::new();
    for part in pattern.find_iter(input) {
        machine.list_fits(found.len() + 1)?;
        found.push(Value::from(part.as_str()));
    }
    machine.charge(found.len())?;
    Ok(machine.list(found)?)
}

fn flags(arguments: &[Value], index: usize) -> Result<&str, Failure> {
    match any(arguments, index) {
        Value::Null => Ok(""),
        _ => {
            let flags = text(arguments, index)?;
            match flags.chars().find(|flag| !"smixq".contains(*flag)) {
                Some(flag) => because(format!(
                    "Expected flags among s, m, i, x and q, but found '{flag}'"
                )),
                None => Ok(flags),
            }
        }
    }
}

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    source: String,
    flags: String,
    regex: Arc<Regex>,
}

/// For expressions without any.
pub(crate) fn no_patterns() -> Arc<[Pattern]> {
    static NONE: LazyLock<Arc<[Pattern]>> = LazyLock::new(|| Arc::new([]));
    NONE.clone()
}

/// The patterns that stand in an expression as literals, compiled; the first few of them.
pub(crate) fn literal_patterns(root: &Node) -> Arc<[Pattern]> {
    let mut found = Vec::new();
    root.any(&mut |node| {
        if let Kind::Builtin(builtin, Arguments::Positional(arguments)) = &node.kind
            && let Some(row) = TABLE.iter().find(|row| row.0 == builtin.name)
            && let Some(pattern) = literal(arguments.get(1))
        {
            let flags_at = if row.0 == "replace" { 3 } else { 2 };
            let flags = if arguments.len() > flags_at {
                literal(arguments.get(flags_at))
            } else {
                Some("")
            };
            found.extend(flags.and_then(|flags| compile(pattern, flags, MAX_PATTERN_BYTES).ok()));
        }
        found.len() >= MAX_PATTERNS
    });
    if found.is_empty() {
        no_patterns()
    } else {
        found.into()
    }
}

fn literal(node: Option<&Node>) -> Option<&str> {
    match &node?.kind {
        Kind::Literal(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The pattern, compiled with the expression or else at most once in an evaluation.
fn compiled(
    machine: &mut Machine<'_, '_>,
    source: &str,
    flags: &str,
) -> Result<Arc<Regex>, Failure> {
    let evaluator = &machine.evaluator;
    let mut known = evaluator.known_patterns.iter().chain(&evaluator.patterns);
    if let Some(pattern) = known.find(|known| known.source == source && known.flags == flags) {
        return Ok(pattern.regex.clone());
    }
    machine.charge(USUAL_PATTERN_STEPS + source.len())?;
    let pattern = match compile(source, flags, USUAL_PATTERN_BYTES) {
        Ok(pattern) => pattern,
        Err(Refusal::Pattern(failure)) => return Err(failure),
        Err(Refusal::Size) => {
            machine.charge(LARGE_PATTERN_STEPS)?;
            compile(source, flags, MAX_PATTERN_BYTES)?
        }
    };
    let regex = pattern.regex.clone();
    if machine.evaluator.patterns.len() < MAX_PATTERNS {
        machine.evaluator.patterns.push(pattern);
    }
    Ok(regex)
}

/// Why a pattern was not compiled.
enum Refusal {
    Pattern(Failure),
    /// It would be larger than asked for.
    Size,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Pattern(failure) => failure,
            Refusal::Size => Failure::Null(
                "Expected a pattern of at most a megabyte when compiled, but it is larger"
                    .to_owned(),
            ),
        }
    }
}

fn compile(source: &str, flags: &str, size: usize) -> Result<Pattern, Refusal> {
    let translated = match flags.contains('q') {
        true => regex::escape(source),
        false => translate(source, flags).map_err(Refusal::Pattern)?,
    };
    let built = RegexBuilder::new(&translated)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .size_limit(size)
        .build();
    match built {
        Ok(regex) => Ok(Pattern {
            source: source.to_owned(),
            flags: flags.to_owned(),
            regex: Arc::new(regex),
        }),
        Err(regex::Error::CompiledTooBig(_)) => Err(Refusal::Size),
        Err(_) => {
            let reason = format!("Expected a regular expression, but found \"{source}\"");
            Err(Refusal::Pattern(Failure::Null(reason)))
        }
    }
}

/// A replacement is text and groups.
enum Part {
    Text(String),
    Group(usize),
}

/// `$1` is a group, `\$` and `\\` are characters. Of several digits as many count as there are
/// groups for.
fn replacement_parts(replacement: &str, groups: usize) -> Result<Vec<Part>, Failure> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut characters = replacement.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(escaped @ ('\\' | '$')) => plain.push(escaped),
                _ => {
                    return because(
                        "Expected '\\\\' or '\\$' in the replacement, but found another escape",
                    );
                }
            },
            '$' => {
                let Some(first) = characters.next().and_then(|digit| digit.to_digit(10)) else {
                    return because(
                        "Expected a digit after '$' in the replacement, but there is none",
                    );
                };
                let mut group = first as usize;
                while let Some(digit) = characters.peek().and_then(|digit| digit.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= groups {
                        break;
                    }
                    group = longer;
                    characters.next();
                }
                parts.push(Part::Text(std::mem::take(&mut plain)));
                parts.push(Part::Group(group));
            }
            _ => plain.push(character),
        }
    }
    parts.push(Part::Text(plain));
    Ok(parts)
}

fn append(output: &mut String, parts: &[Part], captures: &Captures<'_>) {
    for part in parts {
        let text = match part {
            Part::Text(text) => text,
            Part::Group(group) => captures.get(*group).map_or("", |group| group.as_str()),
        };
        // Writing into a string cannot fail.
        let _ = output.write_str(text);
    }
}
