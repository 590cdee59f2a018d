//! Declared names. FEEL allows spaces and operators in names, so a text such as `first name` or
//! `a-b` is one name only when it was declared; this is where declarations are kept and matched.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::expressions::is_keyword;
use super::lexer::{Token, TokenKind, tokens, words};
use super::types::Type;
use crate::builtins;

/// What an expression may refer to: names in scope, entries of values, and types.
#[derive(Clone, Debug, Default)]
pub struct NameSet {
    scope: Words,
    /// The types of names in scope, as far as they are known.
    shapes: BTreeMap<Arc<str>, Arc<Type>>,
    entries: Words,
    /// What the expression is a condition of, from the outside inwards: items with entries, of these types.
    items: Vec<Option<Arc<Type>>>,
    type_names: Words,
    types: BTreeMap<Arc<str>, Type>,
}

/// Names as words and symbols, by the first of these, the longest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Words(BTreeMap<String, Vec<Declared>>);

/// A name: its words and symbols, and its normal form.
type Declared = (Vec<String>, Arc<str>);

impl NameSet {
    pub fn new() -> NameSet {
        NameSet::default()
    }

    /// Declares a variable or function. White space in its name is normalized.
    pub fn declare(&mut self, name: &str) {
        self.scope.insert(name);
    }

    /// Declares a variable of a known type: after a dot and in a filter it has these entries and no others.
    pub fn declare_as(&mut self, name: &str, shape: Arc<Type>) {
        let name = self.scope.insert(name);
        self.shapes.insert(name, shape);
    }

    /// Declares a name that contexts may have as an entry. It is one name after a dot and in a filter, where
    /// nothing is known of the value there.
    pub fn declare_entry(&mut self, name: &str) {
        self.entries.insert(name);
    }

    /// Declares that the expression is the condition of a filter, so that entries of the items are in scope: of
    /// this type, or of that of the items of such lists.
    pub fn declare_item(&mut self, shape: Option<Arc<Type>>) {
        self.items.push(shape);
    }

    /// Declares the name of a type, for `instance of` and parameters.
    pub fn declare_type(&mut self, name: &str, declared: Type) {
        let name = self.type_names.insert(name);
        self.types.insert(name, declared);
    }

    pub fn contains(&self, name: &str) -> bool {
        self.scope.contains(name)
    }

    /// The type of a variable, as far as it is declared.
    pub fn shape(&self, name: &str) -> Option<&Arc<Type>> {
        self.shapes.get(name)
    }

    pub(super) fn items(&self) -> impl Iterator<Item = Option<&Type>> {
        self.items.iter().map(Option::as_deref)
    }

    /// The longest name in scope that the tokens start with, and how many tokens it takes.
    pub(super) fn longest(&self, source: &str, tokens: &[Token]) -> Option<(Arc<str>, usize)> {
        self.scope.longest(source, tokens, |_| true)
    }

    /// The same for those entries that are wanted.
    pub(super) fn longest_entry(
        &self,
        source: &str,
        tokens: &[Token],
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(Arc<str>, usize)> {
        self.entries.longest(source, tokens, wanted)
    }

    /// The same for types.
    pub(super) fn longest_type(&self, source: &str, tokens: &[Token]) -> Option<(&Type, usize)> {
        let (name, length) = self.type_names.longest(source, tokens, |_| true)?;
        Some((self.types.get(&name)?, length))
    }
}

impl Words {
    fn contains(&self, name: &str) -> bool {
        let words = words(name);
        let named = words.first().and_then(|first| self.0.get(first));
        named.is_some_and(|names| names.iter().any(|(known, _)| *known == words))
    }

    /// Adds a name, and gives its normal form.
    pub fn insert(&mut self, name: &str) -> Arc<str> {
        let words = words(name);
        let canonical: Arc<str> = normalize(name).into();
        let Some(first) = words.first() else {
            return canonical;
        };
        let names = self.0.entry(first.clone()).or_default();
        if let Some((_, known)) = names.iter().find(|(known, _)| *known == words) {
            return known.clone();
        }
        let place = names.partition_point(|(known, _)| known.len() > words.len());
        names.insert(place, (words, canonical.clone()));
        canonical
    }

    /// The longest of those names that are wanted with which the tokens start, and how many tokens it takes.
    pub fn longest(
        &self,
        source: &str,
        tokens: &[Token],
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(Arc<str>, usize)> {
        let first = tokens.first()?.text(source);
        let matching =
            |(words, name): &&Declared| starts_with(source, tokens, words) && wanted(name);
        self.0
            .get(first)?
            .iter()
            .find(matching)
            .map(|(words, name)| (name.clone(), words.len()))
    }
}

fn starts_with(source: &str, tokens: &[Token], words: &[String]) -> bool {
    let mut pairs = words.iter().zip(tokens);
    words.len() <= tokens.len() && pairs.all(|(word, token)| word == token.text(source))
}

/// Whether a name consists of several words that mean nothing as an expression: where it is out of scope, it
/// can still be read as one name without changing what any expression means.
#[must_use]
pub fn is_only_a_name(name: &str) -> bool {
    let Ok(tokens) = tokens(name) else {
        return false;
    };
    let tokens = &tokens[..tokens.len() - 1];
    let is_plain = |token: &Token| match token.kind {
        TokenKind::Word => !is_keyword(token.text(name)),
        TokenKind::Number => true,
        _ => false,
    };
    tokens.len() > 1
        && tokens[0].kind == TokenKind::Word
        && tokens.iter().all(is_plain)
        && !BUILTINS.contains(name)
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
