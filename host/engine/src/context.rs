//! The processing of one command: it collects events, applies each as it is emitted, and
//! works off the steps that follow from them.
//!
//! A step decides first and emits afterwards. When it cannot decide (an expression fails,
//! a bound is reached), nothing has been emitted, and the step is kept in an incident to be
//! done again when somebody has resolved it.

use std::collections::VecDeque;
use std::sync::Arc;

use gardesh_feel::{Environment, Scope, Value};
use serde::{Deserialize, Serialize};

use crate::appliers;
use crate::definition::{Definition, Node, Source};
use crate::definitions::Definitions;
use crate::effect::Effect;
use crate::event::Event;
use crate::key::*;
use crate::limits::{MAX_STEPS_PER_COMMAND, shorten};
use crate::rejection::Rejection;
use crate::state::State;
use crate::state::incident::{Incident, IncidentKind};
use crate::state::instance::{ElementInstance, Instance};
use crate::variables::Document;

/// What follows from an event inside a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Enter an element that is activating.
    Activate {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// Leave an element whose work is done.
    Complete {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// End an element, its children first.
    Terminate {
        instance: InstanceKey,
        element: ElementInstanceKey,
    },
    /// Look for whoever catches a BPMN error that this element has thrown.
    ThrowError {
        instance: InstanceKey,
        element: ElementInstanceKey,
        code: Arc<str>,
        message: Arc<str>,
        variables: Document,
    },
    /// Make a failed job ready again.
    RetryJob { instance: InstanceKey, job: JobKey },
}

impl Step {
    /// The case that it is about.
    pub(crate) fn instance(&self) -> InstanceKey {
        match self {
            Self::Activate { instance, .. }
            | Self::Complete { instance, .. }
            | Self::Terminate { instance, .. }
            | Self::ThrowError { instance, .. }
            | Self::RetryJob { instance, .. } => *instance,
        }
    }
}

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

/// An element instance with everything that says what it is.
#[derive(Clone)]
pub(crate) struct Active {
    pub instance: InstanceKey,
    pub key: ElementInstanceKey,
    pub row: Arc<ElementInstance>,
    pub definition: Arc<Definition>,
    pub definition_key: DefinitionKey,
}

impl Active {
    pub(crate) fn node(&self) -> &Node {
        self.definition.node(self.row.element)
    }

    /// The flow scope that it is in.
    pub(crate) fn scope(&self) -> ElementInstanceKey {
        self.row.scope.unwrap_or(self.instance.root())
    }
}

/// See the module's text.
pub(crate) struct Context<'a> {
    pub state: &'a mut State,
    pub definitions: &'a mut Definitions,
    pub tenant: TenantId,
    pub at_ms: u64,
    pub entropy: [u8; 32],
    pub events: Vec<Event>,
    pub effects: Vec<Effect>,
    steps: VecDeque<Step>,
    /// The case that is being worked on, so that a fault of the engine is pinned on it.
    pub current: &'a mut Option<InstanceKey>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        state: &'a mut State,
        definitions: &'a mut Definitions,
        current: &'a mut Option<InstanceKey>,
        tenant: TenantId,
        at_ms: u64,
        entropy: [u8; 32],
    ) -> Self {
        *current = None;
        Self {
            state,
            definitions,
            tenant,
            at_ms,
            entropy,
            events: Vec::new(),
            effects: Vec::new(),
            steps: VecDeque::new(),
            current,
        }
    }

    /// Records an event and applies it: the only way to change state while processing.
    pub(crate) fn emit(&mut self, event: Event) {
        appliers::apply(self.state, self.tenant, self.at_ms, &event);
        self.events.push(event);
    }

    /// The next free key.
    pub(crate) fn next_key(&mut self) -> u64 {
        let key = self.state.next_key;
        self.state.next_key += 1;
        key
    }

    /// Adds a step to be done after those that are waiting.
    pub(crate) fn then(&mut self, step: Step) {
        self.steps.push_back(step);
    }

    /// Does all steps, to the bound.
    pub(crate) fn run(&mut self) {
        let mut done = 0;
        while let Some(step) = self.steps.pop_front() {
            *self.current = Some(step.instance());
            if done == MAX_STEPS_PER_COMMAND {
                self.steps.push_front(step);
                return self.stop_at_bound();
            }
            done += 1;
            self.step(step);
        }
    }

    fn step(&mut self, step: Step) {
        let result = match &step {
            Step::Activate { instance, element } => {
                self.with(*instance, *element, crate::elements::activate)
            }
            Step::Complete { instance, element } => {
                self.with(*instance, *element, crate::elements::complete)
            }
            Step::Terminate { instance, element } => {
                self.with(*instance, *element, |ctx, active| {
                    crate::elements::terminate(ctx, active);
                    Ok(())
                })
            }
            Step::ThrowError {
                instance,
                element,
                code,
                message,
                variables,
            } => self.with(*instance, *element, |ctx, active| {
                crate::elements::error::throw(ctx, active, code, message, variables)
            }),
            Step::RetryJob { job, .. } => {
                crate::processors::job::make_ready(self, *job);
                Ok(())
            }
        };
        if let Err((active, failure)) = result {
            self.raise(&active, failure, vec![step], None);
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

    /// The steps that are left go into an incident on the element that was to be next, so
    /// that nothing is lost and a loop in the diagram cannot hold up the others.
    fn stop_at_bound(&mut self) {
        let rest: Vec<Step> = self.steps.drain(..).collect();
        let Some(instance) = rest.first().map(Step::instance) else {
            return;
        };
        let Some(active) = self.active(instance, instance.root()) else {
            return;
        };
        let failure = Failure::new(
            IncidentKind::ExecutionLimit,
            format!(
                "Expected the case to wait for something within {MAX_STEPS_PER_COMMAND} steps, but it went on without end. Look for a loop in the diagram that has no task or event to wait at."
            ),
        );
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
        *self.current = Some(key);
        Ok(instance)
    }

    /// An element instance, with its definition.
    pub(crate) fn active(
        &mut self,
        instance: InstanceKey,
        key: ElementInstanceKey,
    ) -> Option<Active> {
        let row = self.state.elements.get(&(self.tenant, instance, key))?;
        let definition_key = self.instance(instance)?.definition;
        let definition = self
            .definitions
            .get(self.state, self.tenant, definition_key)?;
        Some(Active {
            instance,
            key,
            row,
            definition,
            definition_key,
        })
    }

    /// Evaluates a value of the diagram where `element` is, with `local` in front of the
    /// variables there.
    pub(crate) fn evaluate(
        &self,
        source: &Source,
        active: &Active,
        local: &Document,
        kind: IncidentKind,
    ) -> Result<(Value, String), Failure> {
        let scope = VariableScope {
            state: self.state,
            tenant: self.tenant,
            instance: active.instance,
            element: active.key,
            local,
        };
        let now_ms = i64::try_from(self.at_ms).unwrap_or(i64::MAX);
        let environment = Environment {
            now_ms,
            seed: active.key.0,
            ..Environment::default()
        };
        source
            .evaluate(&scope, &environment)
            .map_err(|message| Failure::new(kind, message))
    }

    /// As [`Self::evaluate`], for a value that must be a text.
    pub(crate) fn text(
        &self,
        source: &Source,
        active: &Active,
        local: &Document,
    ) -> Result<Arc<str>, Failure> {
        let (value, reasons) =
            self.evaluate(source, active, local, IncidentKind::ExtractValueError)?;
        match value {
            Value::String(text) => Ok(text),
            other => Err(wrong_type(
                "a text",
                source,
                &other,
                &reasons,
                IncidentKind::ExtractValueError,
            )),
        }
    }

    /// As [`Self::text`], for one that may be absent.
    pub(crate) fn optional_text(
        &self,
        source: Option<&Source>,
        active: &Active,
        local: &Document,
    ) -> Result<Option<Arc<str>>, Failure> {
        let Some(source) = source else {
            return Ok(None);
        };
        let (value, reasons) =
            self.evaluate(source, active, local, IncidentKind::ExtractValueError)?;
        match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok((!text.is_empty()).then_some(text)),
            // Dates and times are written as ISO 8601, as the REST API shows them.
            Value::Date(_) | Value::DateTime(_) => {
                Ok(Some(value.to_json().trim_matches('"').into()))
            }
            other => Err(wrong_type(
                "a text",
                source,
                &other,
                &reasons,
                IncidentKind::ExtractValueError,
            )),
        }
    }

    /// The variables that an element can see: its own, then those of the scopes around it.
    pub(crate) fn visible_variables(
        &self,
        instance: InstanceKey,
        element: ElementInstanceKey,
    ) -> Document {
        Context::visible(self.state, self.tenant, instance, element)
    }

    /// As [`Self::visible_variables`], while no command is being processed.
    pub(crate) fn visible(
        state: &State,
        tenant: TenantId,
        instance: InstanceKey,
        element: ElementInstanceKey,
    ) -> Document {
        let mut document = Document::new();
        for scope in scope_chain(state, tenant, instance, element) {
            for (key, variable) in variables_of(state, tenant, instance, scope) {
                document
                    .entry(key.3)
                    .or_insert_with(|| variable.value.clone());
            }
        }
        document
    }

    /// Sets variables in one scope. Those that have the value already are left alone.
    pub(crate) fn set_variables(
        &mut self,
        instance: InstanceKey,
        scope: ElementInstanceKey,
        document: &Document,
    ) {
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
            let key =
                existing.map_or_else(|| VariableKey(self.next_key()), |variable| variable.key);
            self.emit(Event::VariableSet {
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
        instance: InstanceKey,
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

/// The failure of a value that has another type than it should.
pub(crate) fn wrong_type(
    expected: &str,
    source: &Source,
    found: &Value,
    reasons: &str,
    kind: IncidentKind,
) -> Failure {
    let because = if reasons.is_empty() {
        String::new()
    } else {
        format!(" ({reasons})")
    };
    Failure::new(
        kind,
        format!(
            "Expected {expected} from '{}', but it is {}{because}. Correct the variables or the diagram, then resolve.",
            source.text(),
            found.type_name()
        ),
    )
}

/// The scopes from an element outwards, leaving out elements that hold no variables.
fn scope_chain(
    state: &State,
    tenant: TenantId,
    instance: InstanceKey,
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

type VariableRowKey = (TenantId, InstanceKey, ElementInstanceKey, Arc<str>);

/// The variables of one scope.
pub(crate) fn variables_of(
    state: &State,
    tenant: TenantId,
    instance: InstanceKey,
    scope: ElementInstanceKey,
) -> Vec<(VariableRowKey, Arc<crate::state::variable::Variable>)> {
    let first = (tenant, instance, scope, Arc::from(""));
    let end = (
        tenant,
        instance,
        ElementInstanceKey(scope.0 + 1),
        Arc::from(""),
    );
    state.variables.range(&first, &end, usize::MAX)
}

/// How an expression sees the variables.
struct VariableScope<'a> {
    state: &'a State,
    tenant: TenantId,
    instance: InstanceKey,
    element: ElementInstanceKey,
    local: &'a Document,
}

impl Scope for VariableScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.local.get(name) {
            return Some(value.clone());
        }
        let name: Arc<str> = name.into();
        let mut next = Some(self.element);
        while let Some(scope) = next {
            let row = self
                .state
                .elements
                .get(&(self.tenant, self.instance, scope))?;
            if row.variables > 0 {
                let found = self.state.variables.get(&(
                    self.tenant,
                    self.instance,
                    scope,
                    Arc::clone(&name),
                ));
                if let Some(variable) = found {
                    return Some(variable.value.clone());
                }
            }
            next = row.scope;
        }
        None
    }
}
