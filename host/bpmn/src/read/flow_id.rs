//! Ids for sequence flows that have none, which BPMN allows. A history tells of flows by their ids and a migration
//! pairs them, so an id stays the same as long as the flow joins the same two elements.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::MAX_ID_SHARE_BYTES;
use crate::xml::Node;

use super::local_name;

/// The ids of the flows of one process that are taken.
pub(super) struct FlowIds<'x> {
    written: BTreeSet<&'x str>,
    /// How many were made for the same two elements.
    made: BTreeMap<String, usize>,
}

impl<'x> FlowIds<'x> {
    /// Those that stand in the file.
    pub(super) fn of(flows: &[Node<'x>]) -> Self {
        let written = flows.iter().filter_map(|flow| flow.attribute("id"));
        Self {
            written: written.collect(),
            made: BTreeMap::new(),
        }
    }

    /// The id of a flow: its own, or one of its source and target. The second such flow between the same two
    /// elements is told from the first by a number, in the order of the file.
    pub(super) fn id(&mut self, flow: Node<'x>) -> String {
        if let Some(id) = flow.attribute("id").filter(|id| !id.trim().is_empty()) {
            return id.to_owned();
        }
        let [source, target] = ["sourceRef", "targetRef"].map(|name| {
            let id = local_name(flow.attribute(name).unwrap_or_default().trim());
            &id[..id.floor_char_boundary(MAX_ID_SHARE_BYTES)]
        });
        let base = format!("{source}->{target}");
        loop {
            let number = self.made.entry(base.clone()).or_insert(0);
            *number += 1;
            let id = match *number {
                1 => base.clone(),
                number => format!("{base}:{number}"),
            };
            if !self.written.contains(id.as_str()) {
                return id;
            }
        }
    }
}
