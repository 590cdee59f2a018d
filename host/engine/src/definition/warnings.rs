//! Names in the expressions of a diagram that are plainly not meant, as warnings. A variable may come from outside of
//! the diagram, so an unknown name is nothing to warn of by itself: only one that nothing in the diagram produces
//! and that is a misspelling of one that the diagram does have. A called function is different, because variables are
//! data. Where expressions stand is in `warnings/places`, which names a form gives values to in `warnings/form`. What is
//! probably not meant in the flow of tokens is in `warnings/joins`, which dates name no zone in `warnings/dates`.

mod dates;
mod form;
mod joins;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use gardesh_bpmn::{Diagnostic, Process, Severity};
use gardesh_feel::{Expression, function_names, is_misspelling, nearest, nearest_function};

pub use form::form_fields;

use super::{Definition, Node, NodeKind, Repetition, Source};
use crate::limits::{MAX_NAME_COMPARISONS, MAX_UNKNOWN_NAMES};
use places::{Place, of_flow, of_node};

/// Variables that the engine itself makes.
const ENGINES: [&str; 2] = ["loopCounter", "adHocSubProcessElements"];

/// In how many places a name is used that can be the right spelling of another.
const SEVERAL: usize = 2;

/// What is probably not meant in the expressions of a process. `fields` are the names of the fields of forms that are
/// deployed with it.
pub(super) fn find(
    process: &Process,
    definition: &Definition,
    fields: &BTreeSet<String>,
) -> Vec<Diagnostic> {
    let places = places(process, definition);
    let names = Names::of(process, definition, &places, fields);
    let mut compared = 0;
    let mut found = joins::find(process, definition);
    found.extend(dates::find(process, definition));
    for place in &places {
        let mut seen = BTreeSet::new();
        for found_use in place.expression.uses() {
            if found.len() == MAX_UNKNOWN_NAMES || compared > MAX_NAME_COMPARISONS {
                return found;
            }
            if !seen.insert(found_use.name) {
                continue;
            }
            let message = if found_use.called {
                compared += function_names().count();
                unknown_function(place, found_use.name, found_use.certain)
            } else if found_use.certain && !names.produced.contains(found_use.name) {
                compared += names.meant.len();
                names.misspelling(place, found_use.name)
            } else {
                None
            };
            found.extend(message.map(|(code, message)| place.warning(code, message)));
        }
    }
    found
}

/// All expressions of a process.
fn places<'d>(process: &'d Process, definition: &'d Definition) -> Vec<Place<'d>> {
    let nodes = definition.nodes.iter().zip(&process.elements);
    let flows = definition.flows.iter().zip(&process.flows);
    let of_nodes = nodes.flat_map(|(node, element)| of_node(node, element));
    of_nodes
        .chain(flows.filter_map(|(flow, drawn)| of_flow(process, flow, drawn)))
        .collect()
}

type Message = (&'static str, String);

/// Variables hold data, so what is called is built in or made by the expression itself.
fn unknown_function(place: &Place<'_>, name: &str, certain: bool) -> Option<Message> {
    let near = nearest_function(name);
    if !certain && near.is_none() {
        return None;
    }
    let hint = near.map_or_else(
        || "a variable cannot hold one; compute this in a decision or in a component.".to_owned(),
        |near| format!("did you mean {near:?}?"),
    );
    let message = format!(
        "Expected a function of FEEL in {}, but {name:?} is none; its result is null. Hint: {hint}",
        place.what
    );
    Some(("unknown-function", message))
}

/// The names of a process.
struct Names<'d> {
    /// Those that something in it gives a value to.
    produced: BTreeSet<&'d str>,
    /// In how many expressions each is used.
    used: BTreeMap<&'d str, usize>,
    /// Those that others can be misspellings of.
    meant: Vec<&'d str>,
}

impl<'d> Names<'d> {
    fn of(
        process: &'d Process,
        definition: &'d Definition,
        places: &[Place<'d>],
        fields: &'d BTreeSet<String>,
    ) -> Self {
        let mut produced: BTreeSet<&str> = ENGINES.into();
        produced.extend(fields.iter().map(String::as_str));
        definition
            .nodes
            .iter()
            .for_each(|node| produce(node, &mut produced));
        let embedded = process.embedded_forms.iter();
        let embedded: BTreeSet<String> = embedded
            .flat_map(|(_, document)| form_fields(document))
            .collect();
        let mut used = BTreeMap::new();
        for place in places {
            let names: BTreeSet<&str> = uses(place.expression).collect();
            for name in names {
                *used.entry(name).or_default() += 1;
                if embedded.contains(name) {
                    produced.insert(name);
                }
            }
        }
        let several = used.iter().filter(|(_, places)| **places >= SEVERAL);
        let several: BTreeSet<&str> = several.map(|(name, _)| *name).collect();
        Self {
            meant: produced.union(&several).copied().collect(),
            produced,
            used,
        }
    }

    /// What to say of a name that nothing produces, if it is a misspelling.
    fn misspelling(&self, place: &Place<'_>, name: &str) -> Option<Message> {
        let uses = self.used.get(name).copied().unwrap_or_default();
        // Whoever writes a name as often as another means it.
        let candidates = self.meant.iter().copied().filter(|meant| {
            let others = self.used.get(meant).copied().unwrap_or_default();
            let is_usual = match self.produced.contains(meant) {
                true => uses <= SEVERAL,
                false => uses * SEVERAL <= others,
            };
            is_usual && is_misspelling(name, meant)
        });
        let meant = candidates.collect::<Vec<_>>();
        let near = nearest(name, meant.iter().copied()).or(meant.first().copied())?;
        let known = match self.produced.contains(near) {
            true => "the process makes",
            false => "is used elsewhere",
        };
        let message = format!(
            "Expected a name that has a value in {}, but nothing in the process gives {name:?} one, and {near:?}, which \
             {known}, is nearly the same. Hint: did you mean {near:?}?",
            place.what
        );
        Some(("misspelt-name", message))
    }
}

/// The variables that an expression uses.
fn uses(expression: &Expression) -> impl Iterator<Item = &str> {
    let uses = expression.uses().into_iter();
    uses.filter(|found| !found.called).map(|found| found.name)
}

/// Adds the names of the variables that an element makes.
fn produce<'d>(node: &'d Node, produced: &mut BTreeSet<&'d str>) {
    let mappings = node.inputs.iter().chain(&node.outputs);
    produced.extend(mappings.filter_map(|mapping| Some(&**mapping.target.first()?)));
    match node.repetition.as_deref() {
        Some(Repetition::MultiInstance(multi)) => {
            let names = multi.input_element.iter().chain(&multi.output_collection);
            produced.extend(names.map(|name| first_part(name)));
        }
        Some(Repetition::Loop(_)) | None => {}
    }
    let result = if let NodeKind::ScriptTask { result, .. } = &node.kind {
        Some(result)
    } else if let NodeKind::DecisionTask(call) = &node.kind {
        Some(&call.result)
    } else if let NodeKind::Scope(scope) = &node.kind {
        let ad_hoc = scope.ad_hoc.as_deref();
        ad_hoc.and_then(|ad_hoc| ad_hoc.output_collection.as_ref())
    } else {
        None
    };
    produced.extend(result.map(|name| first_part(name)));
}

/// The variable that a path leads into.
fn first_part(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

impl Place<'_> {
    fn warning(&self, code: &'static str, message: String) -> Diagnostic {
        let (line, column) = self.at;
        Diagnostic {
            severity: Severity::Warning,
            code,
            element_id: Some(self.id.to_owned()),
            line,
            column,
            message,
        }
    }
}

/// The expression of a value that has one.
fn computed(source: &Source) -> Option<&Expression> {
    match source {
        Source::Feel { expression, .. } => Some(expression),
        Source::Literal(_) => None,
    }
}
