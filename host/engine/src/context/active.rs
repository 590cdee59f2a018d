//! An element instance with everything that says what it is. An element that repeats has an
//! instance for the whole and one for each run, and they share what the diagram says of it.

use std::sync::Arc;

use super::Context;
use crate::definition::{AdHoc, Definition, Mapping, Node, NodeKind};
use crate::entities::element_instance::{ElementInstance, Phase, Rest, Role};
use crate::key::*;

/// See the module's text.
#[derive(Clone)]
pub(crate) struct Active {
    pub instance: ProcessInstanceKey,
    pub key: ElementInstanceKey,
    pub row: Arc<ElementInstance>,
    pub definition: Arc<Definition>,
    pub definition_key: ProcessDefinitionKey,
}

impl Active {
    pub(crate) fn node(&self) -> &Node {
        self.definition.node(self.row.element)
    }

    /// The flow scope that it is in.
    pub(crate) fn scope(&self) -> ElementInstanceKey {
        self.row.scope.unwrap_or(self.instance.root())
    }

    /// Where its output goes on its way outwards. A run keeps what has the name of one of its
    /// own variables, because its result is made of them.
    pub(crate) fn output_scope(&self) -> ElementInstanceKey {
        match self.row.role {
            Role::Run { .. } => self.key,
            Role::Plain | Role::Body | Role::Path => self.scope(),
        }
    }

    /// Whether it stands for the element itself, at work: not for all of its runs together,
    /// and not for a path inside it.
    pub(crate) fn is_at_work(&self) -> bool {
        matches!(self.row.role, Role::Plain | Role::Run { .. })
    }

    /// Whether it has the element's place in the flow: not a run and not a path.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.row.role, Role::Plain | Role::Body)
    }

    pub(crate) fn inputs(&self) -> &[Mapping] {
        if self.is_at_work() {
            &self.node().inputs
        } else {
            &[]
        }
    }

    pub(crate) fn outputs(&self) -> &[Mapping] {
        if self.is_at_work() {
            &self.node().outputs
        } else {
            &[]
        }
    }

    /// The boundary events on it, which end all of its runs.
    pub(crate) fn boundary(&self) -> &[u32] {
        if self.is_whole() {
            &self.node().boundary
        } else {
            &[]
        }
    }

    /// The start events of the event subprocesses in it.
    pub(crate) fn event_starts(&self) -> &[u32] {
        if self.is_at_work() {
            &self.node().event_starts
        } else {
            &[]
        }
    }

    /// What it says of the elements in it, for an ad-hoc subprocess at work.
    pub(crate) fn ad_hoc(&self) -> Option<&AdHoc> {
        if let NodeKind::Scope(scope) = &self.node().kind
            && self.is_at_work()
        {
            scope.ad_hoc.as_deref()
        } else {
            None
        }
    }
}

impl Context<'_> {
    /// Whether nobody gets the jobs of a case, because it was stopped or suspended. It can be
    /// ended all the same.
    pub(crate) fn gets_no_jobs_done(&self, instance: ProcessInstanceKey) -> bool {
        self.instance(instance)
            .is_none_or(|row| row.banned.is_some() || row.suspended)
    }

    /// Whether something around an element is being ended, so that nothing in it goes on. That
    /// may take several commands.
    pub(crate) fn is_ending(&self, active: &Active) -> bool {
        let mut next = active.row.scope;
        while let Some(scope) = next {
            let key = (self.tenant, active.instance, scope);
            let Some(row) = self.state.elements.get(&key) else {
                return true;
            };
            if row.phase == Phase::Terminating || row.rest == Rest::Ended {
                return true;
            }
            next = row.scope;
        }
        false
    }
}
