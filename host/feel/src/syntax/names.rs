//! Declared names. FEEL allows spaces and operators in names, so a text such as `first name` or
//! `a-b` is one name only when it was declared; this is where declarations are kept and matched.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::lexer::{Token, words};
use super::types::Type;
use crate::builtins;

/// Names, and named types, that an expression may refer to.
#[derive(Clone, Debug, Default)]
pub struct NameSet {
    /// By first word, the longest first.
    by_first: BTreeMap<String, Vec<Declared>>,
    types: BTreeMap<String, Type>,
}

/// A name: its words and symbols, and its normal form.
type Declared = (Vec<String>, Arc<str>);

impl NameSet {
    pub fn new() -> NameSet {
        NameSet::default()
    }

    /// Declares a variable, function or context entry. White space in it is normalized.
    pub fn declare(&mut self, name: &str) {
        self.insert(name);
    }

    /// Declares the name of a type, for `instance of` and parameters.
    pub fn declare_type(&mut self, name: &str, declared: Type) {
        let name = normalize(name);
        self.insert(&name);
        self.types.insert(name, declared);
    }

    pub fn contains(&self, name: &str) -> bool {
        let words = words(name);
        words
            .first()
            .and_then(|first| self.by_first.get(first))
            .is_some_and(|names| names.iter().any(|(known, _)| *known == words))
    }

    pub(crate) fn type_named(&self, name: &str) -> Option<&Type> {
        self.types.get(name)
    }

    pub(super) fn insert(&mut self, name: &str) -> Arc<str> {
        let words = words(name);
        let canonical: Arc<str> = normalize(name).into();
        let Some(first) = words.first() else {
            return canonical;
        };
        let names = self.by_first.entry(first.clone()).or_default();
        if let Some((_, known)) = names.iter().find(|(known, _)| *known == words) {
            return known.clone();
        }
        let place = names.partition_point(|(known, _)| known.len() > words.len());
        names.insert(place, (words, canonical.clone()));
        canonical
    }

    /// The longest declared name that the tokens start with, and how many tokens it takes.
    pub(super) fn longest(&self, source: &str, tokens: &[Token]) -> Option<(Arc<str>, usize)> {
        let first = tokens.first()?.text(source);
        let matching = |(words, _): &&Declared| {
            words.len() <= tokens.len()
                && words
                    .iter()
                    .zip(tokens)
                    .all(|(word, token)| word == token.text(source))
        };
        self.by_first
            .get(first)?
            .iter()
            .find(matching)
            .map(|(words, name)| (name.clone(), words.len()))
    }
}

impl<N: AsRef<str>> FromIterator<N> for NameSet {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> NameSet {
        let mut set = NameSet::new();
        for name in names {
            set.declare(name.as_ref());
        }
        set
    }
}

/// Runs of white space become one space.
pub(super) fn normalize(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names of built-in functions that have spaces.
pub(super) static BUILTINS: LazyLock<NameSet> = LazyLock::new(|| builtins::names().collect());

/// Properties of temporal values and ranges that have spaces.
pub(super) static PROPERTIES: LazyLock<NameSet> = LazyLock::new(|| {
    ["time offset", "start included", "end included"]
        .into_iter()
        .collect()
});
