//! Which names an expression takes from outside of it, for those who say beforehand that one of them is unknown.
//! Nothing is evaluated here, and whether a name is known is for the caller to say.

use std::collections::BTreeMap;

use crate::builtins::{self, Treatment};
use crate::syntax::{Iteration, Kind, Node};

/// A name that an expression takes from outside of it, at one place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use<'e> {
    pub name: &'e str,
    /// Whether it is called as a function.
    pub called: bool,
    /// Whether it must be known for the expression to mean anything. In a filter it may be an entry of the item
    /// instead, and whoever asks whether it is defined expects that it is not.
    pub certain: bool,
}

/// All uses below a node in the order of the source. Names of built-in functions are left out: they always mean
/// something.
pub(crate) fn of(root: &Node) -> Vec<Use<'_>> {
    let mut walk = Walk {
        bound: BTreeMap::new(),
        certain: true,
        uses: Vec::new(),
    };
    walk.node(root);
    walk.uses
}

struct Walk<'e> {
    /// Names that the expression itself binds around this place, and how often.
    bound: BTreeMap<&'e str, u32>,
    certain: bool,
    uses: Vec<Use<'e>>,
}

impl<'e> Walk<'e> {
    fn node(&mut self, node: &'e Node) {
        match &node.kind {
            Kind::Name(name) => self.refer(name, false),
            Kind::Call(callee, arguments) => {
                match &callee.kind {
                    Kind::Name(name) => self.refer(name, true),
                    _ => self.node(callee),
                }
                self.nodes(arguments.nodes());
            }
            Kind::Builtin(builtin, arguments) => {
                let certain = builtin.kind == Treatment::Plain;
                self.perhaps(certain, |walk| walk.nodes(arguments.nodes()));
            }
            Kind::Filter(list, condition) => {
                self.node(list);
                self.perhaps(false, |walk| {
                    walk.within(["item"], |walk| walk.node(condition))
                });
            }
            Kind::For {
                iterations, body, ..
            } => self.within(["partial"], |walk| walk.iterate(iterations, body)),
            Kind::Some(iterations, body) | Kind::Every(iterations, body) => {
                self.iterate(iterations, body);
            }
            Kind::Context(entries) => {
                for (name, value) in entries {
                    // A function can call itself by the name of its entry.
                    match &value.kind {
                        Kind::Lambda(_) => self.within([&**name], |walk| walk.node(value)),
                        _ => self.node(value),
                    }
                    self.bind(name);
                }
                entries.iter().for_each(|(name, _)| self.unbind(name));
            }
            Kind::Lambda(lambda) => {
                let names = lambda.parameters.iter().map(|parameter| &*parameter.name);
                self.within(names, |walk| walk.node(&lambda.body));
            }
            kind => self.nodes(kind.children()),
        }
    }

    fn nodes(&mut self, nodes: Vec<&'e Node>) {
        nodes.into_iter().for_each(|node| self.node(node));
    }

    /// Each iteration sees the names of those before it.
    fn iterate(&mut self, iterations: &'e [Iteration], body: &'e Node) {
        for iteration in iterations {
            self.node(&iteration.source);
            iteration.end.iter().for_each(|end| self.node(end));
            self.bind(&iteration.name);
        }
        self.node(body);
        let names = iterations.iter().map(|iteration| &*iteration.name);
        names.for_each(|name| self.unbind(name));
    }

    /// Walks where names are certain only if they are so around it, too.
    fn perhaps(&mut self, certain: bool, walk: impl FnOnce(&mut Self)) {
        let around = self.certain;
        self.certain &= certain;
        walk(self);
        self.certain = around;
    }

    fn within(
        &mut self,
        names: impl IntoIterator<Item = &'e str> + Clone,
        walk: impl FnOnce(&mut Self),
    ) {
        names.clone().into_iter().for_each(|name| self.bind(name));
        walk(self);
        names.into_iter().for_each(|name| self.unbind(name));
    }

    fn bind(&mut self, name: &'e str) {
        *self.bound.entry(name).or_default() += 1;
    }

    fn unbind(&mut self, name: &str) {
        if let Some(count) = self.bound.get_mut(name) {
            *count = count.saturating_sub(1);
        }
    }

    fn refer(&mut self, name: &'e str, called: bool) {
        let bound = self.bound.get(name).is_some_and(|count| *count > 0);
        // `?` is the input of unary tests.
        if bound || name == "?" || builtins::find(name).is_some() {
            return;
        }
        self.uses.push(Use {
            name,
            called,
            certain: self.certain,
        });
    }
}
