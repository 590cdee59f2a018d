//! The processing of one command: it collects events, applies each as it is emitted, and
//! works off the steps that follow from them.
//!
//! A step decides first and emits afterwards. When it cannot decide (an expression fails,
//! a bound is reached), nothing has been emitted, and the step is kept in an incident to be
//! done again when somebody has resolved it. What there is to do is in `step`, what an
//! element instance is in `active`, how expressions see a case in `evaluation`, how variables
//! are set in `variables`, which version of what it names a diagram means in `binding`, how
//! decisions are asked in `decision`.

mod active;
mod binding;
mod decision;
mod evaluation;
mod step;
mod variables;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::appliers;
use crate::definition::Definition;
use crate::definitions::Definitions;
use crate::effect::Effect;
use crate::elements;
use crate::event::Event;
use crate::key::*;
use crate::limits::{
    MAX_DUE_PER_TICK, MAX_ENDED_AT_ONCE, MAX_ENTERED_AT_ONCE, MAX_STEPS, MAX_STEPS_PER_CASE,
    MAX_WRITTEN_BYTES, shorten,
};
use crate::processors::suspension;
use crate::rejection::Rejection;
use crate::state::State;
use crate::state::incident::{Incident, IncidentKind};
use crate::state::instance::{ElementInstance, Instance};

pub(crate) use active::Active;
pub(crate) use binding::Deployed;
pub(crate) use evaluation::{mismatch, shown, shown_text, wrong_type};
pub use step::Step;
pub(crate) use variables::{Changes, variables_of};

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

/// See the module's text.
pub(crate) struct Context<'a> {
    pub state: &'a mut State,
    pub definitions: &'a mut Definitions,
    pub tenant: TenantId,
    pub at_ms: u64,
    pub unconfirmed_ms: u64,
    pub entropy: [u8; 32],
    pub events: Vec<Event>,
    pub effects: Vec<Effect>,
    /// Variables that were set in cases with conditional events, by their scope, and for which
    /// these have not been asked yet.
    pub changes: BTreeMap<(InstanceKey, ElementInstanceKey), Changes>,
    steps: VecDeque<Step>,
    /// Steps that end elements. They are done first: what has been interrupted is gone before
    /// its successor begins.
    endings: VecDeque<Step>,
    steps_done: usize,
    steps_by_case: BTreeMap<InstanceKey, usize>,
    /// Bytes of variables in the events and steps of this command.
    bytes_written: u64,
    /// Runs that may still be begun in this command.
    pub(crate) may_enter: usize,
    /// Elements that may still be told to end in this command.
    pub(crate) may_end: usize,
    /// The definition of the case that was looked at last.
    of_case: Option<(InstanceKey, DefinitionKey, Arc<Definition>)>,
    /// Due items that this command may do, if it is a tick.
    pub(crate) may_do: usize,
    /// What a fault of the engine is pinned on.
    pub current: &'a mut Work,
}

/// What is being worked on at this moment.
#[derive(Default)]
pub(crate) struct Work {
    pub case: Option<InstanceKey>,
    /// Whether a batch operation has come to this case, as to its next item.
    pub is_item: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        state: &'a mut State,
        definitions: &'a mut Definitions,
        current: &'a mut Work,
        tenant: TenantId,
        at_ms: u64,
        entropy: [u8; 32],
    ) -> Self {
        *current = Work::default();
        Self {
            state,
            definitions,
            tenant,
            at_ms,
            unconfirmed_ms: 0,
            entropy,
            events: Vec::new(),
            effects: Vec::new(),
            changes: BTreeMap::new(),
            steps: VecDeque::new(),
            endings: VecDeque::new(),
            steps_done: 0,
            steps_by_case: BTreeMap::new(),
            bytes_written: 0,
            may_enter: MAX_ENTERED_AT_ONCE,
            may_end: MAX_ENDED_AT_ONCE,
            of_case: None,
            may_do: MAX_DUE_PER_TICK,
            current,
        }
    }

    /// Records an event and applies it: the only way to change state while processing.
    pub(crate) fn emit(&mut self, event: Event) {
        if let Event::InstanceMigrated { .. } = event {
            self.of_case = None;
        }
        appliers::apply(self.state, self.tenant, self.at_ms, &event);
        self.bytes_written += event.variable_bytes();
        self.events.push(event);
    }

    /// The next free key.
    pub(crate) fn next_key(&mut self) -> u64 {
        let key = self.state.next_key;
        self.state.next_key += 1;
        key
    }

    /// Adds a step to be done after those of its kind that are waiting: what ends goes before
    /// what begins.
    pub(crate) fn then(&mut self, step: Step) {
        self.bytes_written += step.variable_bytes();
        match step {
            Step::Terminate { .. } | Step::EndMore { .. } => self.endings.push_back(step),
            _ => self.steps.push_back(step),
        }
    }

    fn next_step(&mut self) -> Option<Step> {
        self.endings.pop_front().or_else(|| self.steps.pop_front())
    }

    /// Whether the command has moved cases so far that it should leave the rest to others.
    pub(crate) fn has_done_much(&self) -> bool {
        self.steps_done >= MAX_STEPS / 2 || self.has_written_much()
    }

    /// Whether the command has written so much that whoever brings more should leave it to
    /// others.
    pub(crate) fn has_written_much(&self) -> bool {
        self.bytes_written >= MAX_WRITTEN_BYTES / 4
    }

    /// Does all steps, to the bounds: one for each case, so that a loop in one does not hold
    /// up the others, and one for all, because a case can start others. They count for the
    /// whole command, also where it calls this several times.
    pub(crate) fn run(&mut self) {
        self.ask_conditions();
        while let Some(step) = self.next_step() {
            let instance = step.instance();
            self.current.case = Some(instance);
            if self.steps_done == MAX_STEPS || self.bytes_written >= MAX_WRITTEN_BYTES {
                self.endings.push_front(step);
                return self.stop_all();
            }
            if suspension::hold_back(self, &step) {
                continue;
            }
            let of_this = self.steps_by_case.entry(instance).or_default();
            if *of_this == MAX_STEPS_PER_CASE {
                self.endings.push_front(step);
                self.stop_case(instance);
                continue;
            }
            *of_this += 1;
            self.steps_done += 1;
            if let Err((active, failure)) = step.run(self) {
                self.raise(&active, failure, vec![step], None);
            }
            self.ask_conditions();
        }
    }

    /// Has the conditional events asked that the variables set until now concern, after the
    /// steps that are waiting already.
    pub(crate) fn ask_conditions(&mut self) {
        if !self.changes.is_empty() {
            elements::conditional::variables_changed(self);
        }
    }

    /// Runs a step on an element instance; does nothing when that is gone by now.
    fn with(
        &mut self,
        instance: InstanceKey,
        element: ElementInstanceKey,
        work: impl FnOnce(&mut Self, &Active) -> Result<(), Failure>,
    ) -> Result<(), (Active, Failure)> {
        match self.active(instance, element) {
            None => Ok(()),
            Some(active) => work(self, &active).map_err(|failure| (active, failure)),
        }
    }

    /// As [`Self::with`], and does nothing either when something around it is being ended.
    fn with_living(
        &mut self,
        instance: InstanceKey,
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

    /// The steps that a case has left go into an incident, so that nothing is lost and a loop
    /// in its diagram cannot hold up the others.
    fn stop_case(&mut self, instance: InstanceKey) {
        let mut rest = Vec::new();
        for queue in [&mut self.endings, &mut self.steps] {
            let (of_this, others) = std::mem::take(queue)
                .into_iter()
                .partition::<Vec<_>, _>(|step| step.instance() == instance);
            rest.extend(of_this);
            *queue = others.into();
        }
        self.keep_for_later(instance, rest);
    }

    /// As [`Self::stop_case`], for every case that has steps left.
    fn stop_all(&mut self) {
        let mut left: BTreeMap<InstanceKey, Vec<Step>> = BTreeMap::new();
        let endings = std::mem::take(&mut self.endings);
        for step in endings.into_iter().chain(std::mem::take(&mut self.steps)) {
            left.entry(step.instance()).or_default().push(step);
        }
        for (instance, rest) in left {
            self.keep_for_later(instance, rest);
        }
    }

    fn keep_for_later(&mut self, instance: InstanceKey, rest: Vec<Step>) {
        let Some(active) = self.active(instance, instance.root()) else {
            return;
        };
        let message = if self.bytes_written >= MAX_WRITTEN_BYTES {
            format!(
                "Expected all cases that one command moves to write at most {MAX_WRITTEN_BYTES} bytes of variables, but there were more to come. Keep large values elsewhere and pass references, or hand on fewer variables; resolve to go on."
            )
        } else {
            format!(
                "Expected the case to wait for something within {MAX_STEPS_PER_CASE} steps, and all cases that one command moves within {MAX_STEPS}, but there were more to come. If it is a loop without a task or event to wait at, correct the diagram or its variables; resolve to go on for as many steps again."
            )
        };
        let failure = Failure::new(IncidentKind::ExecutionLimit, message);
        self.raise(&active, failure, rest, None);
    }

    /// Records an incident.
    pub(crate) fn raise(
        &mut self,
        active: &Active,
        failure: Failure,
        resume: Vec<Step>,
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
        self.emit(Event::IncidentCreated {
            incident: Arc::new(incident),
        });
    }

    /// The open incidents of an element.
    pub(crate) fn incidents_of(
        &self,
        instance: InstanceKey,
        element: ElementInstanceKey,
    ) -> Vec<IncidentKey> {
        let first = (self.tenant, instance, element, IncidentKey(0));
        let end = (self.tenant, instance, element, IncidentKey(u64::MAX));
        let open = self
            .state
            .incidents_by_element
            .range(&first, &end, usize::MAX);
        open.into_iter().map(|(row, _)| row.3).collect()
    }

    /// The case at the top of the calls that led to one.
    pub(crate) fn top_of(&self, instance: InstanceKey) -> InstanceKey {
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
            self.emit(Event::IncidentResolved {
                instance: active.instance,
                incident,
            });
        }
    }

    /// A running case.
    pub(crate) fn instance(&self, key: InstanceKey) -> Option<Arc<Instance>> {
        self.state.instances.get(&(self.tenant, key))
    }

    /// A running case that may be worked on.
    ///
    /// # Errors
    /// A rejection when it is not there, or stopped after a fault of the engine.
    pub(crate) fn workable(&mut self, key: InstanceKey) -> Result<Arc<Instance>, Rejection> {
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

    /// Whether no cases of a definition are started.
    pub(crate) fn is_definition_suspended(&self, key: DefinitionKey) -> bool {
        let row = (self.tenant, key);
        self.state.suspended_definitions.contains(&row)
    }

    /// All element instances of a case, scopes before what is inside them.
    pub(crate) fn elements_of(
        &self,
        instance: InstanceKey,
    ) -> Vec<(ElementInstanceKey, Arc<ElementInstance>)> {
        let first = (self.tenant, instance, ElementInstanceKey(0));
        let end = (
            self.tenant,
            InstanceKey(instance.0 + 1),
            ElementInstanceKey(0),
        );
        let rows = self.state.elements.range(&first, &end, usize::MAX);
        rows.into_iter()
            .map(|((_, _, key), row)| (key, row))
            .collect()
    }

    /// An element instance, with its definition.
    pub(crate) fn active(
        &mut self,
        instance: InstanceKey,
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
        instance: InstanceKey,
    ) -> Option<(DefinitionKey, Arc<Definition>)> {
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
