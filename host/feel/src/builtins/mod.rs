//! The built-in functions: their table, how arguments reach them, and how they fail. The
//! functions themselves are in the files beside this one, by what they work on.

mod arguments;
mod conversion;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::Value;
use crate::evaluate::{Bound, Machine};
use crate::syntax::{Kind, Node};

pub(crate) use conversion::at_literal;

/// A built-in function.
#[derive(Debug)]
pub struct Builtin {
    pub(crate) name: &'static str,
    /// Parameter names by comma; `?` marks optional ones, `...` any number of them; `|` separates
    /// alternatives.
    pub(crate) signature: &'static str,
    pub(crate) run: Run,
    alternatives: Vec<Vec<Formal>>,
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
    let rows = [conversion::TABLE].into_iter().flatten();
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
        Builtin {
            name,
            signature,
            run,
            alternatives: signature.split('|').map(alternative).collect(),
        }
    }

    pub(crate) fn accepts(&self, count: usize) -> bool {
        self.alternatives.iter().any(|formals| {
            let required = formals
                .iter()
                .filter(|formal| !formal.optional && !formal.repeated)
                .count();
            count >= required
                && (count <= formals.len() || formals.iter().any(|formal| formal.repeated))
        })
    }

    /// Named arguments in the order of the alternative that has these names. Optional ones at the
    /// end may be left out.
    pub(crate) fn order(&self, named: Vec<(Arc<str>, Value)>) -> Result<Vec<Value>, String> {
        let fits = |formals: &&Vec<Formal>| {
            named
                .iter()
                .all(|(name, _)| formals.iter().any(|formal| formal.name == &**name))
                && formals.iter().all(|formal| {
                    formal.optional || named.iter().any(|(name, _)| formal.name == &**name)
                })
        };
        let Some(formals) = self.alternatives.iter().find(fits) else {
            return Err(format!(
                "Expected arguments named {}, but found {}",
                self.signature,
                names_of(&named)
            ));
        };
        let last = formals
            .iter()
            .rposition(|formal| named.iter().any(|(name, _)| formal.name == &**name));
        let given = last.map_or(0, |last| last + 1);
        let value = |formal: &Formal| {
            named
                .iter()
                .find(|(name, _)| formal.name == &**name)
                .map_or(Value::Null, |(_, value)| value.clone())
        };
        Ok(formals.iter().take(given).map(value).collect())
    }
}

fn names_of(named: &[(Arc<str>, Value)]) -> String {
    named
        .iter()
        .map(|(name, _)| &**name)
        .collect::<Vec<_>>()
        .join(", ")
}
