//! Joins in ad-hoc subprocesses at which the tokens of different paths would have to meet, which they never do: each
//! element that is chosen goes a path of its own.

use std::collections::{BTreeMap, BTreeSet};

use gardesh_bpmn::{Diagnostic, Process, Severity};

use crate::definition::paths::{predecessors, sources};
use crate::definition::{Definition, Node, NodeKind, ScopeKind};
use crate::limits::MAX_JOIN_PATHS;

/// One warning for each join at which nothing meets.
pub(super) fn find(process: &Process, definition: &Definition) -> Vec<Diagnostic> {
    let mut joins = (0..)
        .zip(&definition.nodes)
        .filter(|(_, node): &(u32, _)| node.is_join() && is_in_ad_hoc(definition, node))
        .peekable();
    if joins.peek().is_none() {
        return Vec::new();
    }
    let mut ways = Ways {
        before: predecessors(&definition.nodes, &definition.flows),
        sources: sources(&definition.nodes, definition.flows.len()),
        left: MAX_JOIN_PATHS,
    };
    joins
        .filter(|(join, node)| !ways.meet(*join, node))
        .map(|(join, node)| warning(process, definition, join, node))
        .collect()
}

fn is_in_ad_hoc(definition: &Definition, node: &Node) -> bool {
    let kind = node.scope.map(|scope| &definition.node(scope).kind);
    matches!(kind, Some(NodeKind::Scope(scope)) if scope.kind == ScopeKind::AdHoc)
}

/// How tokens come to joins.
struct Ways {
    /// For each element those that a token comes from.
    before: Vec<Vec<u32>>,
    /// The element that each flow leaves.
    sources: Vec<u32>,
    /// Elements that may still be looked at; after that nothing is warned of.
    left: usize,
}

impl Ways {
    /// Whether one choice can bring enough tokens to a join: on all flows, or for an inclusive one on several.
    fn meet(&mut self, join: u32, node: &Node) -> bool {
        let enough = if node.is_inclusive() {
            2
        } else {
            node.incoming.len()
        };
        let mut flows_from: BTreeMap<u32, usize> = BTreeMap::new();
        for flow in &node.incoming {
            let Some(choices) = self.choices_before(join, self.sources[*flow as usize]) else {
                return true;
            };
            for choice in choices {
                *flows_from.entry(choice).or_default() += 1;
            }
        }
        flows_from.values().any(|flows| *flows >= enough)
    }

    /// Where the ways begin that lead to an element without passing the join; none when there is too much to look at.
    fn choices_before(&mut self, join: u32, last: u32) -> Option<Vec<u32>> {
        let mut seen = BTreeSet::from([join]);
        let mut frontier = vec![last];
        let mut choices = Vec::new();
        while let Some(element) = frontier.pop() {
            if !seen.insert(element) {
                continue;
            }
            self.left = self.left.checked_sub(1)?;
            let before = &self.before[element as usize];
            if before.is_empty() {
                choices.push(element);
            }
            frontier.extend(before);
        }
        Some(choices)
    }
}

fn warning(process: &Process, definition: &Definition, join: u32, node: &Node) -> Diagnostic {
    let drawn = &process.elements[join as usize];
    let ad_hoc = node.scope.map_or("", |scope| &definition.node(scope).id);
    let what = match node.is_inclusive() {
        true => "so each token goes on by itself",
        false => "so a token that comes here waits in vain, and its path stops with an incident",
    };
    Diagnostic {
        severity: Severity::Warning,
        code: "join-of-paths",
        element_id: Some(node.id.to_string()),
        line: drawn.line,
        column: drawn.column,
        message: format!(
            "Expected one element of the ad-hoc subprocess {ad_hoc:?} to lead to the join {:?} on {}, but none does, and \
             tokens of different paths never meet: each element that is chosen goes a path of its own, {what}. Hint: draw a \
             subprocess around what belongs together, or let a completion condition decide.",
            &*node.id,
            if node.is_inclusive() {
                "several flows"
            } else {
                "all flows"
            },
        ),
    }
}
