//! The processing of one command: it collects events and applies each as it is emitted; the
//! steps that follow from them are worked off in `course`.
//!
//! A step decides first and emits afterwards. When it cannot decide (an expression fails,
//! a bound is reached), nothing has been emitted, and the step is kept in an incident to be
//! done again when somebody has resolved it. What there is to do is in `step`, what an
//! element instance is in `active`, how expressions see a case in `evaluation`, how variables
//! are set in `variables`, which version of what it names a diagram means in `binding`, how
//! decisions are asked in `decision`.

mod active;
mod binding;
mod course;
mod decision;
mod evaluation;
mod variables;
mod working_out;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::definition::Definition;
use crate::definitions::Definitions;
use crate::effect::Effect;
use crate::entities;
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::ElementInstance;
use crate::entities::incident::{Incident, IncidentKind};
use crate::entities::process_instance::Instance;
use crate::event::{Event, IncidentEvent, ProcessInstanceEvent};
use crate::key::*;
use crate::limits::{EVENT_FUEL, LAST_MOMENT_MS, MAX_DUE_PER_TICK, shorten};
use crate::question::{Answers, Question};
use crate::rejection::Rejection;
use crate::state::State;

pub(crate) use active::Active;
pub use course::Budget;
pub(crate) use course::Waiting;
pub(crate) use evaluation::{wrong_type, wrong_value};
pub(crate) use variables::Changes;

/// Why a step could not be decided.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: IncidentKind,
    pub message: String,
}

impl Failure {
    pub(crate) fn new(kind: IncidentKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

/// See the module's text. Public only so that [`crate::Request`] can name it; nobody outside of this
/// crate can make one.
pub struct Context<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) definitions: &'a mut Definitions,
    pub(crate) tenant: TenantId,
    pub(crate) at_ms: u64,
    pub(crate) unconfirmed_ms: u64,
    pub(crate) entropy: [u8; 32],
    pub(crate) events: Vec<Event>,
    pub(crate) effects: Vec<Effect>,
    /// Variables that were set in cases with conditional events, by their scope, and for which
    /// these have not been asked yet.
    pub(crate) changes: BTreeMap<(ProcessInstanceKey, ElementInstanceKey), Changes>,
    pub(crate) course: course::Course,
    answers: &'a Answers,
    /// Fuel of the expressions and decisions of the step that is being done.
    pub(crate) worked_inline: Cell<u64>,
    /// What the step or command cannot go on without.
    pub(crate) question: RefCell<Option<Arc<Question>>>,
    /// The definition of the case that was looked at last.
    of_case: Option<(ProcessInstanceKey, ProcessDefinitionKey, Arc<Definition>)>,
    /// Due items that this command may do, if it is a tick.
    pub(crate) may_do: usize,
    /// What a fault of the engine is pinned on.
    pub(crate) current: &'a mut CurrentWork,
}

/// What the engine lends to a command.
pub(crate) struct Lent<'a> {
    pub state: &'a mut State,
    pub definitions: &'a mut Definitions,
    pub answers: &'a Answers,
    pub budget: Budget,
}

/// What is being worked on at this moment.
#[derive(Default)]
pub(crate) struct CurrentWork {
    pub case: Option<ProcessInstanceKey>,
    /// Whether a batch operation has come to this case, as to its next item.
    pub is_item: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        lent: Lent<'a>,
        current: &'a mut CurrentWork,
        tenant: TenantId,
        at_ms: u64,
        entropy: [u8; 32],
    ) -> Self {
        *current = CurrentWork::default();
        let course = course::Course::new(lent.budget, lent.state.position + 1);
        Self {
            state: lent.state,
            definitions: lent.definitions,
            answers: lent.answers,
            tenant,
            at_ms,
            unconfirmed_ms: 0,
            entropy,
            events: Vec::new(),
            effects: Vec::new(),
            changes: BTreeMap::new(),
            course,
            worked_inline: Cell::new(0),
            question: RefCell::new(None),
            of_case: None,
            may_do: MAX_DUE_PER_TICK,
            current,
        }
    }

    /// The moment that comes this long after the present one, or the last that there is.
    pub(crate) fn after(&self, time_ms: u64) -> u64 {
        self.at_ms.saturating_add(time_ms).min(LAST_MOMENT_MS)
    }

    /// Records an event and applies it: the only way to change state while processing.
    pub(crate) fn emit(&mut self, event: impl Into<Event>) {
        let event = event.into();
        if let Event::ProcessInstance(ProcessInstanceEvent::Migrated { .. }) = event {
            self.of_case = None;
        }
        if let Event::ProcessInstance(ProcessInstanceEvent::Created { .. }) = event {
            self.count_case();
        }
        entities::apply(self.state, self.tenant, self.at_ms, &event);
        self.charge(EVENT_FUEL);
        self.charge_bytes(event.about().variable_bytes());
        self.events.push(event);
    }

    /// The next free key.
    pub(crate) fn next_key(&mut self) -> u64 {
        let key = self.state.next_key;
        self.state.next_key += 1;
        key
    }

    /// Runs a step on an element instance; does nothing when that is gone by now.
    pub(crate) fn with(
        &mut self,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        work: impl FnOnce(&mut Self, &Active) -> Result<(), Failure>,
    ) -> Result<(), (Active, Failure)> {
        match self.active(instance, element) {
            None => Ok(()),
            Some(active) => work(self, &active).map_err(|failure| (active, failure)),
        }
    }

    /// As [`Self::with`], and does nothing either when something around it is being ended.
    pub(crate) fn with_living(
        &mut self,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
        work: impl FnOnce(&mut Self, &Active) -> Result<(), Failure>,
    ) -> Result<(), (Active, Failure)> {
        self.with(instance, element, |ctx, active| {
            if ctx.is_ending(active) {
                return Ok(());
            }
            work(ctx, active)
        })
    }

    /// Records an incident.
    pub(crate) fn raise(
        &mut self,
        active: &Active,
        failure: Failure,
        resume: Vec<Continuation>,
        job: Option<JobKey>,
    ) {
        let incident = Incident {
            key: IncidentKey(self.next_key()),
            kind: failure.kind,
            message: shorten(&failure.message).into(),
            instance: active.instance,
            definition: active.definition_key,
            element: active.row.element,
            element_instance: active.key,
            job,
            resume,
            created_at_ms: self.at_ms,
        };
        self.emit(IncidentEvent::Created {
            incident: Arc::new(incident),
        });
    }

    /// The open incidents of an element.
    pub(crate) fn incidents_of(
        &self,
        instance: ProcessInstanceKey,
        element: ElementInstanceKey,
    ) -> Vec<IncidentKey> {
        let open = self
            .state
            .incidents_by_element
            .under((self.tenant, instance, element));
        open.into_iter().map(|(row, _)| row.3).collect()
    }

    /// The case at the top of the calls that led to one.
    pub(crate) fn top_of(&self, instance: ProcessInstanceKey) -> ProcessInstanceKey {
        let row = self.instance(instance);
        let parent = row.and_then(|row| row.parent);
        parent.map_or(instance, |parent| parent.root)
    }

    /// What stops an element is over with the element.
    pub(crate) fn resolve_incidents(&mut self, active: &Active) {
        if active.row.incident.is_none() {
            return;
        }
        for incident in self.incidents_of(active.instance, active.key) {
            self.emit(IncidentEvent::Resolved {
                instance: active.instance,
                incident,
            });
        }
    }

    /// A running case.
    pub(crate) fn instance(&self, key: ProcessInstanceKey) -> Option<Arc<Instance>> {
        self.state.instances.get(&(self.tenant, key))
    }

    /// A running case that may be worked on.
    ///
    /// # Errors
    /// A rejection when it is not there, or stopped after a fault of the engine.
    pub(crate) fn workable(&mut self, key: ProcessInstanceKey) -> Result<Arc<Instance>, Rejection> {
        let instance = self
            .instance(key)
            .ok_or_else(|| Rejection::not_found("process instance", key))?;
        if let Some(reason) = &instance.banned {
            return Err(Rejection::state(format!(
                "Expected process instance {key} to be workable, but the engine stopped it after a fault of its own: {reason}"
            )));
        }
        self.current.case = Some(key);
        Ok(instance)
    }

    /// Whether a process instance takes no steps but those that end elements.
    pub(crate) fn is_held_back(&self, instance: ProcessInstanceKey) -> bool {
        self.instance(instance).is_some_and(|row| row.suspended)
    }

    /// Whether no cases of a definition are started.
    pub(crate) fn is_definition_suspended(&self, key: ProcessDefinitionKey) -> bool {
        let row = (self.tenant, key);
        self.state.suspended_definitions.contains(&row)
    }

    /// All element instances of a case, scopes before what is inside them.
    pub(crate) fn elements_of(
        &self,
        instance: ProcessInstanceKey,
    ) -> Vec<(ElementInstanceKey, Arc<ElementInstance>)> {
        let rows = self.state.elements.under((self.tenant, instance));
        rows.into_iter()
            .map(|((_, _, key), row)| (key, row))
            .collect()
    }

    /// An element instance, with its definition.
    pub(crate) fn active(
        &mut self,
        instance: ProcessInstanceKey,
        key: ElementInstanceKey,
    ) -> Option<Active> {
        let row = self.state.elements.get(&(self.tenant, instance, key))?;
        let (definition_key, definition) = self.definition_of(instance)?;
        Some(Active {
            instance,
            key,
            row,
            definition,
            definition_key,
        })
    }

    /// The definition of a running case.
    pub(crate) fn definition_of(
        &mut self,
        instance: ProcessInstanceKey,
    ) -> Option<(ProcessDefinitionKey, Arc<Definition>)> {
        if let Some((_, key, definition)) = self.of_case.as_ref().filter(|(of, ..)| *of == instance)
        {
            return Some((*key, Arc::clone(definition)));
        }
        let key = self.instance(instance)?.definition;
        let definition = self.definitions.get(self.state, self.tenant, key)?;
        self.of_case = Some((instance, key, Arc::clone(&definition)));
        Some((key, definition))
    }
}
