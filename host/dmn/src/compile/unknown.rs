//! Names that mean nothing where they stand, as warnings. A knowledge model sees its parameters and what it requires,
//! and nothing else. A decision sees a variable from outside, too, where no element of the model has its name; that is
//! how tables are used that declare no inputs at all. So a name that such a decision may get from outside is
//! warned of only where it is plainly a misspelling, or where the decision declares what it is given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gardesh_feel::{Expression, Use, is_misspelling, is_same_word, nearest, nearest_function};

use super::Compiler;
use super::names::Names;
use crate::limits::{MAX_NAME_COMPARISONS, MAX_REQUIREMENTS, MAX_UNKNOWN_NAMES};
use crate::model::{ElementKind, Node as GraphNode};
use crate::xml::{self, Node};

/// What is known of the names of the element that is being compiled, and what was found in it.
#[derive(Default)]
pub(super) struct Unknown<'x> {
    /// How a message calls the element.
    element: String,
    /// Whether it sees nothing from outside of the model.
    closed: bool,
    /// The names of the input data that it requires.
    inputs: BTreeSet<Arc<str>>,
    /// Whether it uses one of these, so that whoever wrote it declares what it is given.
    declares: bool,
    found: Vec<Found<'x>>,
    /// Names that were found in it already.
    seen: BTreeSet<String>,
    /// Names that it mentions and that are not in scope.
    mentioned: BTreeSet<String>,
    /// Its own names.
    own: BTreeSet<Arc<str>>,
    /// Reported over the whole file.
    reported: usize,
    /// Comparisons of names over the whole file.
    compared: usize,
}

/// A name that no element, parameter or entry in scope has.
struct Found<'x> {
    node: Node<'x>,
    name: String,
    called: bool,
    /// The name in scope that is most like it.
    near: Option<String>,
    misspelt: bool,
}

impl<'x> Compiler<'_, '_, 'x> {
    /// Before an element is compiled.
    pub(super) fn begin_names(
        &mut self,
        sources: &[Node<'x>],
        nodes: &[GraphNode],
        position: usize,
    ) {
        let node = &nodes[position];
        let closed = xml::tag(sources[position]) == Some("businessKnowledgeModel");
        let what = if closed {
            "knowledge model"
        } else {
            "decision"
        };
        // Own elements have no body yet that would tell what they are.
        let is_input = |required: &&usize| match sources.get(**required) {
            Some(own) => xml::tag(*own) == Some("inputData"),
            None => nodes[**required].kind() == ElementKind::InputData,
        };
        let inputs = node.requires.iter().filter(is_input);
        self.unknown = Unknown {
            element: format!("the {what} {:?}", &*node.name),
            closed,
            inputs: inputs.map(|input| nodes[*input].variable.clone()).collect(),
            own: [&node.variable]
                .into_iter()
                .chain(&node.alias)
                .cloned()
                .collect(),
            reported: self.unknown.reported,
            compared: self.unknown.compared,
            ..Unknown::default()
        };
    }

    /// Looks at the names of an expression in a scope.
    pub(super) fn look_at_names(&mut self, node: Node<'x>, expression: &Expression, names: &Names) {
        for found in expression.uses() {
            self.unknown.declares |= self.unknown.inputs.contains(found.name);
            if !names.visible(found.name) && !self.unknown.mentioned.contains(found.name) {
                self.unknown.mentioned.insert(found.name.to_owned());
            }
            self.look_at_name(node, found, names);
        }
    }

    /// Says that a name which was looked at as an expression is called.
    pub(super) fn look_at_callee(&mut self, name: &str) {
        let found = self.unknown.found.iter_mut();
        for found in found.filter(|found| found.name == name) {
            found.called = true;
            let function = || nearest_function(name).map(str::to_owned);
            found.near = found.near.take().or_else(function);
        }
    }

    fn look_at_name(&mut self, node: Node<'x>, found: Use<'_>, names: &Names) {
        let is_builtin = || gardesh_feel::function_names().any(|name| name == found.name);
        if names.visible(found.name) || is_builtin() || self.unknown.seen.contains(found.name) {
            return;
        }
        let functions = match found.called {
            true => gardesh_feel::function_names().count(),
            false => 1,
        };
        self.unknown.compared += names.all_visible().count() + functions;
        if self.unknown.compared > MAX_NAME_COMPARISONS {
            return;
        }
        let meant = nearest(found.name, names.all_visible());
        // Variables from outside are data: they hold no functions.
        let function = found.called.then(|| nearest_function(found.name)).flatten();
        let certain = found.certain && !names.of_item;
        if !certain && function.is_none() {
            return;
        }
        self.unknown.seen.insert(found.name.to_owned());
        self.unknown.found.push(Found {
            node,
            name: found.name.to_owned(),
            called: found.called,
            // Case and separators may differ between what is drawn and the variable from outside.
            misspelt: meant.is_some_and(|meant| {
                is_misspelling(found.name, meant) && !is_same_word(found.name, meant)
            }),
            near: meant.or(function).map(str::to_owned),
        });
    }

    /// The input data that a decision mentions without requiring it. What the user gives by that name is meant,
    /// and it has the declared type; so it counts as required, although a warning asks for the drawing.
    pub(super) fn undrawn_inputs(&self, inputs: &BTreeMap<Arc<str>, usize>) -> Vec<usize> {
        if self.unknown.closed {
            return Vec::new();
        }
        let mentioned = self.unknown.mentioned.iter();
        let meant = mentioned.filter_map(|name| inputs.get(name.as_str()).copied());
        meant.take(MAX_REQUIREMENTS).collect()
    }

    /// After an element was compiled: reports what is unknown in it. `declared` are the names of all elements, and
    /// `undrawn` those of the input data that it sees all the same.
    pub(super) fn end_names(
        &mut self,
        declared: &BTreeSet<Arc<str>>,
        undrawn: &BTreeSet<Arc<str>>,
    ) {
        let mut unknown = std::mem::take(&mut self.unknown);
        for found in std::mem::take(&mut unknown.found) {
            if unknown.reported == MAX_UNKNOWN_NAMES {
                break;
            }
            if let Some((code, message)) = unknown.warning(&found, declared, undrawn) {
                self.report.warning(found.node, code, message);
                unknown.reported += 1;
            }
        }
        self.unknown = unknown;
    }
}

impl Unknown<'_> {
    /// What there is to say about a name, if anything.
    fn warning(
        &self,
        found: &Found<'_>,
        declared: &BTreeSet<Arc<str>>,
        undrawn: &BTreeSet<Arc<str>>,
    ) -> Option<(&'static str, String)> {
        let (of, name, place) = (&self.element, &found.name, place(found.node));
        if self.own.contains(&**name) {
            let message = format!(
                "Expected another name than that of {of} itself in {place} of it, but found {name:?}, which is null there. \
                 Hint: name the decision and what it is given differently."
            );
            return Some(("own-name", message));
        }
        if declared.contains(&**name) {
            let effect = match undrawn.contains(&**name) {
                true => "it sees the value from outside all the same",
                false => "the name is null there",
            };
            let message = format!(
                "Expected {of} to require {name:?}, because {place} of it mentions it, but it does not; \
                 {effect}. Hint: draw a requirement from {name:?} to it."
            );
            return Some(("not-required", message));
        }
        let hint = match &found.near {
            Some(near) => format!("did you mean {near:?}?"),
            None if found.called => "require the knowledge model of this name.".to_owned(),
            None => "require what has this name; a text stands in quotes.".to_owned(),
        };
        if found.called {
            let message = format!(
                "Expected a function that {of} knows in {place}, but {name:?} is none; its result is null. \
                 Hint: {hint}"
            );
            return Some(("unknown-function", message));
        }
        let null = if self.closed {
            "it is null"
        } else {
            "it is null unless a variable from outside has this name"
        };
        let message = format!(
            "Expected a name that {of} knows in {place}, but {name:?} is none; {null}. Hint: {hint}"
        );
        let is_sure = self.closed || self.declares || found.misspelt;
        is_sure.then_some(("unknown-name", message))
    }
}

/// How a message calls the part that an expression stands in.
fn place(node: Node<'_>) -> &'static str {
    match xml::tag(node) {
        Some("inputExpression") => "an input expression",
        Some("inputEntry") => "an input entry",
        Some("outputEntry") => "an output entry",
        Some("defaultOutputEntry") => "a default output",
        Some("inputValues" | "outputValues") => "a list of allowed values",
        _ => "an expression",
    }
}
