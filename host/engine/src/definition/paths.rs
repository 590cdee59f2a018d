//! Which elements a token can still come from to reach a join: computed once for each
//! incoming flow of an inclusive join, because the engine asks at every step.

use std::collections::BTreeMap;

use super::{Flow, Node, NodeKind, Thrown};
use crate::limits::MAX_JOIN_PATHS;

/// For each incoming flow of an inclusive join: the elements from which a path leads to it
/// that does not pass the join itself.
#[derive(Debug, Default)]
pub struct Paths {
    by_flow: BTreeMap<u32, Elements>,
}

impl Paths {
    /// Looks at every inclusive join.
    ///
    /// # Errors
    /// How many pairs of a flow and an element there are to look at, when that is too many.
    pub(super) fn find(nodes: &[Node], flows: &[Flow]) -> Result<Self, usize> {
        let joins = || {
            (0..)
                .zip(nodes)
                .filter(|(_, node): &(u32, _)| node.is_join() && node.is_inclusive())
        };
        let incoming: usize = joins().map(|(_, join)| join.incoming.len()).sum();
        let pairs = incoming.saturating_mul(nodes.len());
        if pairs > MAX_JOIN_PATHS {
            return Err(pairs);
        }
        let mut by_flow = BTreeMap::new();
        if incoming > 0 {
            let before = predecessors(nodes, flows);
            let sources = sources(nodes, flows.len());
            for (join, node) in joins() {
                for &flow in &node.incoming {
                    let found = Elements::leading_to(sources[flow as usize], join, &before);
                    by_flow.insert(flow, found);
                }
            }
        }
        Ok(Self { by_flow })
    }

    /// Whether a token at `element` can still arrive by `flow`, which leads to an inclusive
    /// join, without passing that join before.
    pub fn lead(&self, element: u32, flow: u32) -> bool {
        self.by_flow
            .get(&flow)
            .is_some_and(|elements| elements.contains(element))
    }
}

/// A set of elements, a bit for each element of the process.
#[derive(Debug)]
struct Elements(Box<[u64]>);

impl Elements {
    /// `last` and everything before it, but nothing before `join`.
    fn leading_to(last: u32, join: u32, before: &[Vec<u32>]) -> Self {
        let mut found = Self(vec![0; before.len().div_ceil(64)].into());
        let mut frontier = vec![last];
        while let Some(element) = frontier.pop() {
            if found.insert(element) && element != join {
                frontier.extend(&before[element as usize]);
            }
        }
        found
    }

    fn insert(&mut self, element: u32) -> bool {
        let (word, bit) = place(element);
        let added = self.0[word] & bit == 0;
        self.0[word] |= bit;
        added
    }

    fn contains(&self, element: u32) -> bool {
        let (word, bit) = place(element);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn place(element: u32) -> (usize, u64) {
    ((element / 64) as usize, 1 << (element % 64))
}

/// The element that each flow leaves.
pub(super) fn sources(nodes: &[Node], flows: usize) -> Vec<u32> {
    let mut sources = vec![0; flows];
    for (element, node) in (0..).zip(nodes) {
        for &flow in &node.outgoing {
            sources[flow as usize] = element;
        }
    }
    sources
}

/// For each element those that a token comes from: over a flow, from an activity to its
/// boundary events, or by the jump of a link.
pub(super) fn predecessors(nodes: &[Node], flows: &[Flow]) -> Vec<Vec<u32>> {
    let mut before = vec![Vec::new(); nodes.len()];
    for (element, node) in (0..).zip(nodes) {
        let targets = node
            .outgoing
            .iter()
            .map(|flow| flows[*flow as usize].target);
        let link = if let NodeKind::ThrowEvent(Thrown::Link(target)) = &node.kind {
            Some(*target)
        } else {
            None
        };
        for next in targets.chain(node.boundary.iter().copied()).chain(link) {
            before[next as usize].push(element);
        }
    }
    before
}
