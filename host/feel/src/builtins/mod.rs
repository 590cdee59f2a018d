//! The built-in functions: their table, how arguments reach them, and how they fail. The
//! functions themselves are in the files beside this one, by what they work on.

mod aggregates;
mod arguments;
mod calendar;
mod contexts;
mod conversion;
mod lists;
mod numeric;
mod patterns;
mod ranges;
mod strings;
mod xpath;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::Value;
use crate::evaluate::{Bound, Machine, described};
use crate::syntax::{Kind, Node};

pub(crate) use conversion::at_literal;
pub(crate) use patterns::{Pattern, literal_patterns, no_patterns};

/// A built-in function.
#[derive(Debug)]
pub struct Builtin {
    pub(crate) name: &'static str,
    /// Parameter names by comma; `?` marks optional ones, `...` any number of them; `|` separates
    /// alternatives.
    pub(crate) signature: &'static str,
    pub(crate) run: Run,
    /// How its arguments are treated.
    pub(crate) kind: Treatment,
    alternatives: Vec<Vec<Formal>>,
}

/// How a call treats its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Treatment {
    Plain,
    /// Null is expected, so reasons for it are not worth a warning.
    Forgiving,
    /// The argument is not evaluated but looked for.
    Lookup,
}

pub(crate) type Run = fn(&mut Machine<'_, '_>, &[Value]) -> Answer;
type Answer = Result<Value, Failure>;
/// Name, signature, function.
type Row = (&'static str, &'static str, Run);

/// Why a function has no value: null with a reason, or the end of the evaluation.
#[derive(Debug)]
pub(crate) enum Failure {
    Null(String),
    Bound(Bound),
    /// What an assertion that does not hold says.
    Assertion(String),
}

impl From<Bound> for Failure {
    fn from(bound: Bound) -> Failure {
        Failure::Bound(bound)
    }
}

#[derive(Debug)]
struct Formal {
    name: &'static str,
    optional: bool,
    repeated: bool,
}

static TABLE: LazyLock<BTreeMap<&'static str, Builtin>> = LazyLock::new(|| {
    let tables = [
        aggregates::TABLE,
        calendar::TABLE,
        contexts::TABLE,
        conversion::TABLE,
        lists::TABLE,
        numeric::TABLE,
        patterns::TABLE,
        ranges::TABLE,
        strings::TABLE,
    ];
    let rows = tables.into_iter().flatten();
    rows.map(|(name, signature, run)| (*name, Builtin::new(name, signature, *run)))
        .collect()
});

pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    TABLE.get(name)
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.keys().copied()
}

/// Whether the tree calls a function that looks at time or randomness.
pub(crate) fn depends_on_environment(root: &Node) -> bool {
    const IMPURE: [&str; 4] = ["now", "today", "uuid", "random number"];
    root.any(&mut |node| match &node.kind {
        Kind::Builtin(builtin, _) => IMPURE.contains(&builtin.name),
        Kind::Name(name) => IMPURE.contains(&&**name),
        _ => false,
    })
}

impl Builtin {
    fn new(name: &'static str, signature: &'static str, run: Run) -> Builtin {
        let formal = |text: &'static str| {
            let text = text.trim();
            let (optional, repeated) = (text.ends_with('?'), text.ends_with("..."));
            Formal {
                name: text.trim_end_matches(['?', '.']),
                optional,
                repeated,
            }
        };
        let alternative = |text: &'static str| {
            text.split(',')
                .filter(|part| !part.trim().is_empty())
                .map(formal)
                .collect()
        };
        let kind = match name {
            "is defined" => Treatment::Lookup,
            "get or else" => Treatment::Forgiving,
            _ => Treatment::Plain,
        };
        Builtin {
            name,
            signature,
            run,
            kind,
            alternatives: signature.split('|').map(alternative).collect(),
        }
    }

    pub(crate) fn accepts(&self, count: usize) -> bool {
        self.alternatives.iter().any(|formals| {
            let required = formals.iter().filter(|formal| !formal.optional).count();
            count >= required
                && (count <= formals.len() || formals.iter().any(|formal| formal.repeated))
        })
    }

    /// Named arguments in the order of the alternative that has these names, the one with the
    /// fewest other parameters; `before` has two with the same names, which differ in the order
    /// that the call is written in. Missing arguments are null; optional ones at the end are left out.
    pub(crate) fn order(&self, named: Vec<(Arc<str>, Value)>) -> Result<Vec<Value>, String> {
        for (name, value) in &named {
            check_domain(name, value)?;
        }
        let given = |formal: &Formal| named.iter().find(|(name, _)| formal.name == &**name);
        let fits = |formals: &&Vec<Formal>| {
            formals
                .iter()
                .filter(|formal| given(formal).is_some())
                .count()
                == named.len()
        };
        let Some(formals) = self.alternatives.iter().filter(fits).min_by_key(|formals| {
            let mut written = formals.iter().zip(&named);
            let as_written = written.all(|(formal, (name, _))| formal.name == &**name);
            (formals.len(), !as_written)
        }) else {
            return Err(format!(
                "Expected arguments named {}, but found {}",
                self.signature,
                names_of(&named)
            ));
        };
        let last = formals
            .iter()
            .rposition(|formal| !formal.optional || given(formal).is_some());
        let value = |formal: &Formal| given(formal).map_or(Value::Null, |(_, value)| value.clone());
        Ok(formals
            .iter()
            .take(last.map_or(0, |last| last + 1))
            .map(value)
            .collect())
    }
}

/// Checks an argument whose name chooses between the alternatives of a function: there the name says
/// what the argument is, while in a call by position the argument itself does.
fn check_domain(name: &str, value: &Value) -> Result<(), String> {
    // Where one value is wanted, a list of one stands for its item.
    let single = match value {
        Value::List(items) if items.len() == 1 => &items[0],
        value => value,
    };
    let (expected, belongs) = match name {
        "key" => ("a string", matches!(value, Value::String(_))),
        "keys" => (
            "a list of strings",
            matches!(value, Value::List(_) | Value::String(_)),
        ),
        "timezone" => (
            "a time zone such as Europe/Paris",
            matches!(single, Value::String(_)),
        ),
        "time" => ("a time", matches!(single, Value::Time(_))),
        "point" | "point1" | "point2" => ("a point", !matches!(single, Value::Range(_))),
        "range" | "range1" | "range2" => ("a range", matches!(single, Value::Range(_))),
        _ => return Ok(()),
    };
    if belongs || value.is_null() {
        return Ok(());
    }
    Err(format!(
        "Expected {expected} as argument '{name}', but found {}",
        described(value)
    ))
}

fn names_of(named: &[(Arc<str>, Value)]) -> String {
    named
        .iter()
        .map(|(name, _)| &**name)
        .collect::<Vec<_>>()
        .join(", ")
}
