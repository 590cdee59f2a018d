//! The compiled expression.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::builtins::Pattern;
use crate::evaluate::{Environment, Evaluation, Evaluator, Scope};
use crate::syntax::{self, Kind, NameSet, Node, Parsed, SyntaxError};
use crate::uses::{self, Use};
use crate::{Value, builtins};

/// A FEEL expression or unary tests, parsed once and evaluated as often as wanted.
#[derive(Clone, Debug)]
pub struct Expression {
    root: Arc<Node>,
    source: Arc<str>,
    free: BTreeMap<Arc<str>, bool>,
    /// Regular expressions that stand in it as literals.
    patterns: Arc<[Pattern]>,
}

impl Expression {
    /// Parses an expression. Names are single words, or names of built-in functions; they are
    /// looked up when it is evaluated.
    ///
    /// # Errors
    /// Where the source is not FEEL, or nests too deep.
    pub fn parse(source: &str) -> Result<Expression, SyntaxError> {
        Expression::parse_with_names(source, no_names())
    }

    /// Parses an expression in which the given names, which may have spaces and operators, are
    /// recognized, the longest first.
    ///
    /// # Errors
    /// As for [`Expression::parse`].
    pub fn parse_with_names(source: &str, names: &NameSet) -> Result<Expression, SyntaxError> {
        syntax::parse_expression(source, names).map(|parsed| Expression::new(parsed, source))
    }

    /// Parses unary tests, such as `< 5, [10..20]` or `-`; to be evaluated with
    /// [`Expression::test`].
    ///
    /// # Errors
    /// As for [`Expression::parse`].
    pub fn parse_unary_tests(source: &str, names: &NameSet) -> Result<Expression, SyntaxError> {
        syntax::parse_unary_tests(source, names).map(|parsed| Expression::new(parsed, source))
    }

    fn new(parsed: Parsed, source: &str) -> Expression {
        Expression {
            patterns: builtins::literal_patterns(&parsed.root),
            root: Arc::new(parsed.root),
            source: source.into(),
            free: parsed.free,
        }
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// Names that are looked up in the scope, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.free.keys().map(|name| &**name)
    }

    /// Of [`Expression::names`] those that must be variables. The others stand in filters, where
    /// they may as well be entries of the filtered items.
    pub fn required_names(&self) -> impl Iterator<Item = &str> {
        self.free
            .iter()
            .filter(|(_, certain)| **certain)
            .map(|(name, _)| &**name)
    }

    /// The names that it takes from outside of it, each place by itself.
    pub fn uses(&self) -> Vec<Use<'_>> {
        uses::of(&self.root)
    }

    /// The variable that it names, when it is nothing but a variable or a part of one.
    pub fn variable(&self) -> Option<&str> {
        let mut node = &*self.root;
        loop {
            match &node.kind {
                Kind::Path(of, _) => node = of,
                Kind::Name(name) => return Some(name),
                _ => return None,
            }
        }
    }

    /// The variable that it is, when it is nothing else.
    pub fn name(&self) -> Option<&str> {
        match &self.root.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    pub fn evaluate(&self, scope: &dyn Scope, environment: &Environment) -> Evaluation {
        let mut evaluator = Evaluator::new(environment);
        let result = evaluator.evaluate(self, scope);
        evaluator.finish(result)
    }

    /// Evaluates unary tests on the input value, which they see as `?`: true, false, or null.
    pub fn test(&self, input: Value, scope: &dyn Scope, environment: &Environment) -> Evaluation {
        let mut evaluator = Evaluator::new(environment);
        let result = evaluator.test(self, input, scope);
        evaluator.finish(result)
    }

    /// The value, when it is the same in every scope and environment and comes without warnings.
    pub fn constant(&self) -> Option<Value> {
        if let Kind::Literal(value) = &self.root.kind {
            return Some(value.clone());
        }
        if !self.free.is_empty() || builtins::depends_on_environment(&self.root) {
            return None;
        }
        let evaluation = self.evaluate(&(), &Environment::default());
        (evaluation.exceeded.is_none() && evaluation.warnings.is_empty())
            .then_some(evaluation.value)
    }

    /// The value, when it is nothing but a literal or a conversion of one.
    pub(crate) fn literal(&self) -> Option<Value> {
        match &self.root.kind {
            Kind::Literal(value) => Some(value.clone()),
            _ => None,
        }
    }

    pub(crate) fn patterns(&self) -> Arc<[Pattern]> {
        self.patterns.clone()
    }

    pub(crate) fn root(&self) -> &Node {
        &self.root
    }
}

fn no_names() -> &'static NameSet {
    static NONE: LazyLock<NameSet> = LazyLock::new(NameSet::new);
    &NONE
}
