//! Variables in their scopes: what an element sees, and where a value goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use gardesh_feel::Value;

use super::Context;
use crate::entities::element_instance::Work;
use crate::entities::job::{Job, JobKind};
use crate::entities::user_task::UserTask;
use crate::event::{RepetitionEvent, VariableEvent};
use crate::key::*;
use crate::state::State;
use crate::variables::Document;

impl Context<'_> {
    /// The variables that an element can see: its own, then those of the scopes around it.
    pub(crate) fn visible_variables(
        &self,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    ) -> Document {
        Context::visible(self.state, self.tenant, instance, element)
    }

    /// As [`Self::visible_variables`], while no command is being processed.
    pub(crate) fn visible(
        state: &State,
        tenant: TenantId,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    ) -> Document {
        let mut document = Document::new();
        for scope in scope_chain(state, tenant, instance, element) {
            for (key, variable) in state.variables_of(tenant, instance, scope) {
                document
                    .entry(key.3)
                    .or_insert_with(|| variable.value.clone());
            }
        }
        document
    }

    /// The variables that a job is given: those that its element can see. The listener of a
    /// user task sees what the task's completion or update will bring, too.
    pub(crate) fn given(state: &State, tenant: TenantId, job: &Job) -> Document {
        let mut document = Context::visible(state, tenant, job.instance, job.element_instance);
        if let Some(task) = Context::listened(state, tenant, job)
            && let Some(transition) = &task.transition
        {
            document.extend(transition.variables.clone());
        }
        document
    }

    /// The user task whose listener a job is for.
    pub(crate) fn listened(state: &State, tenant: TenantId, job: &Job) -> Option<Arc<UserTask>> {
        if job.kind != JobKind::TaskListener {
            return None;
        }
        let key = (tenant, job.instance, job.element_instance);
        match state.elements.get(&key)?.work {
            Some(Work::UserTask(task)) => state.user_tasks.get(&(tenant, task)),
            _ => None,
        }
    }

    /// Whether a change of a variable in a case may concern an event that waits in it.
    fn has_conditions(&self, instance: ProcessInstanceKey) -> bool {
        self.instance(instance)
            .is_some_and(|row| row.conditions > 0)
    }

    /// Keeps in mind that a variable was changed, for the conditions that it bears on.
    fn changed(
        &mut self,
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        name: &Arc<str>,
        created: bool,
    ) {
        let changes = self.changes.entry((instance, scope)).or_default();
        changes.add(name, created);
    }

    /// Puts a result into a list variable of a scope, at its place or at the end.
    pub(crate) fn collect(
        &mut self,
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        name: Arc<str>,
        index: u32,
        value: Value,
    ) {
        if self.has_conditions(instance) {
            self.changed(instance, scope, &name, false);
        }
        self.emit(RepetitionEvent::ResultCollected {
            instance,
            scope,
            name,
            index,
            value,
        });
    }

    /// Sets variables in one scope. Those that have the value already are left alone.
    pub(crate) fn set_variables(
        &mut self,
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        document: &Document,
    ) {
        if document.is_empty() {
            return;
        }
        let watched = self.has_conditions(instance);
        for (name, value) in document {
            let existing =
                self.state
                    .variables
                    .get(&(self.tenant, instance, scope, Arc::clone(name)));
            if existing
                .as_ref()
                .is_some_and(|variable| variable.value == *value)
            {
                continue;
            }
            if watched {
                self.changed(instance, scope, name, existing.is_none());
            }
            let key =
                existing.map_or_else(|| VariableKey(self.next_key()), |variable| variable.key);
            self.emit(VariableEvent::Set {
                instance,
                scope,
                key,
                name: Arc::clone(name),
                value: value.clone(),
            });
        }
    }

    /// Sets variables where they are found first on the way from `scope` outwards, and in
    /// the process instance where they are not found at all.
    pub(crate) fn propagate(
        &mut self,
        instance: ProcessInstanceKey,
        scope: ElementInstanceKey,
        document: &Document,
    ) {
        let chain = scope_chain(self.state, self.tenant, instance, scope);
        for (name, value) in document {
            let holder = chain.iter().copied().find(|scope| {
                self.state
                    .variables
                    .contains(&(self.tenant, instance, *scope, Arc::clone(name)))
            });
            let one = Document::from([(Arc::clone(name), value.clone())]);
            self.set_variables(instance, holder.unwrap_or(instance.root()), &one);
        }
    }
}

/// Which variables of one scope were created and which were updated.
#[derive(Default)]
pub(crate) struct Changes {
    any: (bool, bool),
    names: BTreeMap<Arc<str>, (bool, bool)>,
}

impl Changes {
    fn add(&mut self, name: &Arc<str>, created: bool) {
        let of_name = self.names.entry(Arc::clone(name)).or_default();
        for kinds in [&mut self.any, of_name] {
            kinds.0 |= created;
            kinds.1 |= !created;
        }
    }

    /// Whether any was created, and whether any was updated.
    pub(crate) fn of_any(&self) -> (bool, bool) {
        self.any
    }

    /// Whether this one was created, and whether it was updated, if it was changed at all.
    pub(crate) fn of(&self, name: &str) -> Option<(bool, bool)> {
        self.names.get(name).copied()
    }
}

/// The scopes from an element outwards, leaving out elements that hold no variables.
fn scope_chain(
    state: &State,
    tenant: TenantId,
    instance: ProcessInstanceKey,
    element: ElementInstanceKey,
) -> Vec<ElementInstanceKey> {
    let mut chain = Vec::with_capacity(4);
    let mut next = Some(element);
    while let Some(key) = next {
        let Some(row) = state.elements.get(&(tenant, instance, key)) else {
            break;
        };
        if row.variables > 0 {
            chain.push(key);
        }
        next = row.scope;
    }
    chain
}
