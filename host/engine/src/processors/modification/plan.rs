//! Works out what a modification means for a case as it stands, and all that is wrong with
//! it. Nothing is changed here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::context::{Active, Context};
use crate::definition::{Definition, NodeKind, ScopeKind};
use crate::elements;
use crate::entities::element_instance::{ElementInstance, Phase, Rest, Role};
use crate::key::*;
use crate::limits::{MAX_INSTRUCTIONS, MAX_OPERATION_PROBLEMS};
use crate::operation::{Activation, Ancestor, Modification, Place, Target, VariableInstruction};
use crate::rejection::Rejection;
use crate::variables::Document;

/// What is to be done.
pub(super) struct Plan {
    /// Scopes to make, outer before inner.
    pub scopes: Vec<MadeScope>,
    /// Tokens to put.
    pub placements: Vec<Placement>,
    /// What is to be ended, with all that is inside it.
    pub ended: Vec<ElementInstanceKey>,
}

/// A flow scope that is not there yet.
pub(super) struct MadeScope {
    pub element: u32,
    pub within: Within,
    /// Whether it is a path in the ad-hoc subprocess `element`, and not that itself.
    pub is_path: bool,
}

/// A flow scope: one of the case, or one that the plan makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Present(ElementInstanceKey),
    Made(usize),
}

/// A token to put.
pub(super) struct Placement {
    pub element: u32,
    pub within: Within,
    /// The flows to take out of the element; none to enter it.
    pub flows: Option<Vec<u32>>,
    pub variables: Given,
}

/// Variables that an activation brings.
#[derive(Default)]
pub(super) struct Given {
    /// Those of flow scopes.
    pub outside: Vec<(Within, Document)>,
    /// Those of the entered element itself.
    pub own: Vec<Document>,
}

type Rows = BTreeMap<ElementInstanceKey, Arc<ElementInstance>>;

/// See the module's text.
pub(super) struct Planner<'a, 'c> {
    ctx: &'a Context<'c>,
    instance: ProcessInstanceKey,
    definition: &'a Arc<Definition>,
    definition_key: Option<ProcessDefinitionKey>,
    rows: Rows,
    explicit: BTreeSet<ElementInstanceKey>,
    scopes: Vec<MadeScope>,
    /// Scopes that the plan makes and that another activation may share: by element and
    /// what they are in.
    shared: Vec<(u32, Within, usize)>,
    placements: Vec<Placement>,
    problems: Vec<String>,
}

impl<'a, 'c> Planner<'a, 'c> {
    pub(super) fn of_case(
        ctx: &'a Context<'c>,
        instance: ProcessInstanceKey,
        definition: &'a Arc<Definition>,
    ) -> Self {
        let rows = ctx.elements_of(instance).into_iter().collect();
        Self::new(ctx, instance, definition, rows)
    }

    /// For a case that is about to begin: its process counts as active.
    pub(super) fn of_new_case(
        ctx: &'a Context<'c>,
        instance: ProcessInstanceKey,
        definition: &'a Arc<Definition>,
    ) -> Self {
        let mut root = ElementInstance::new(Definition::ROOT, None, Role::Plain);
        root.phase = Phase::Active;
        let rows = Rows::from([(instance.root(), Arc::new(root))]);
        Self::new(ctx, instance, definition, rows)
    }

    fn new(
        ctx: &'a Context<'c>,
        instance: ProcessInstanceKey,
        definition: &'a Arc<Definition>,
        rows: Rows,
    ) -> Self {
        Self {
            ctx,
            instance,
            definition,
            definition_key: ctx.instance(instance).map(|row| row.definition),
            rows,
            explicit: BTreeSet::new(),
            scopes: Vec::new(),
            shared: Vec::new(),
            placements: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The plan.
    ///
    /// # Errors
    /// Every instruction that cannot be followed, with the reason.
    pub(super) fn plan(mut self, modification: &Modification) -> Result<Plan, Rejection> {
        let Modification {
            activate,
            terminate,
            moves,
        } = modification;
        if activate.is_empty() && terminate.is_empty() && moves.is_empty() {
            return Err(Rejection::invalid(
                "Expected at least one instruction, but there is none. Say what to activate, terminate or move.",
            ));
        }
        for target in terminate {
            let found = self.find(target);
            self.explicit.extend(found);
        }
        let mut activations = activate.clone();
        for one in moves {
            let sources = self.find(&one.source);
            for &source in &sources {
                activations.push(Activation {
                    element: Arc::clone(&one.target),
                    place: Place::Before,
                    ancestor: self.ancestor_of_move(source, one.ancestor, &one.target),
                    variables: one.variables.clone(),
                });
            }
            self.explicit.extend(sources);
        }
        let instructions = activations.len() + self.explicit.len();
        if instructions > MAX_INSTRUCTIONS {
            return Err(Rejection::invalid(format!(
                "Expected at most {MAX_INSTRUCTIONS} elements to activate and terminate at once, but there are {instructions}. Modify in several steps."
            )));
        }
        for activation in &activations {
            if let Err(problem) = self.place(activation) {
                self.problems.push(problem);
            }
        }
        self.check_ended_scopes();
        let ended = self.ended();
        self.finish(ended)
    }

    fn finish(self, ended: Vec<ElementInstanceKey>) -> Result<Plan, Rejection> {
        let Self {
            mut problems,
            scopes,
            placements,
            ..
        } = self;
        if problems.is_empty() {
            return Ok(Plan {
                scopes,
                placements,
                ended,
            });
        }
        problems.dedup();
        problems.truncate(MAX_OPERATION_PROBLEMS);
        Err(Rejection::invalid(problems.join("\n")))
    }

    /// The activations that are meant.
    fn find(&mut self, target: &Target) -> Vec<ElementInstanceKey> {
        let found: Vec<_> = match target {
            Target::One(key) => self
                .rows
                .get_key_value(key)
                .filter(|(_, row)| row.phase != Phase::Terminating)
                .map(|(key, _)| *key)
                .into_iter()
                .collect(),
            Target::All(id) => self.all_of(id),
        };
        if found.is_empty() {
            let what = match target {
                Target::One(key) => format!("an active element instance with key '{key}'"),
                Target::All(id) => format!("an active instance of the element '{id}'"),
            };
            self.problems.push(format!(
                "Expected {what} in process instance {}, but there is none. Look up what is active now.",
                self.instance
            ));
        }
        found
    }

    /// An element that repeats is ended as a whole, with all its runs.
    fn all_of(&self, id: &str) -> Vec<ElementInstanceKey> {
        let Some(element) = self.definition.find(id) else {
            return Vec::new();
        };
        let is_meant =
            |row: &ElementInstance| row.element == element && row.phase != Phase::Terminating;
        let is_run_of_it = |row: &ElementInstance| {
            row.scope
                .and_then(|scope| self.rows.get(&scope))
                .is_some_and(|around| around.element == element)
        };
        self.rows
            .iter()
            .filter(|(_, row)| is_meant(row) && !is_run_of_it(row))
            .map(|(key, _)| *key)
            .collect()
    }

    /// The nearest scope around the source that is around the target, too.
    fn ancestor_of_move(
        &self,
        source: ElementInstanceKey,
        ancestor: Ancestor,
        target: &str,
    ) -> Ancestor {
        let (Ancestor::OfSource, Some(target)) = (ancestor, self.definition.find(target)) else {
            return ancestor;
        };
        let scopes = self.scopes_around(target);
        let mut next = self.rows.get(&source).and_then(|row| row.scope);
        while let Some(key) = next {
            let Some(row) = self.rows.get(&key) else {
                break;
            };
            if scopes.contains(&row.element) && row.role != Role::Body {
                return Ancestor::Given(key);
            }
            next = row.scope;
        }
        Ancestor::Sole
    }

    /// The flow scopes around an element in the diagram, outermost first.
    fn scopes_around(&self, element: u32) -> Vec<u32> {
        let mut chain = Vec::new();
        let mut next = self.definition.node(element).scope;
        while let Some(scope) = next {
            chain.push(scope);
            next = self.definition.node(scope).scope;
        }
        chain.reverse();
        chain
    }

    fn place(&mut self, activation: &Activation) -> Result<(), String> {
        let id = &activation.element;
        let Some(element) = self.definition.find(id) else {
            return Err(format!(
                "Expected an element with the id '{id}' in process '{}', but there is none.",
                self.definition.id
            ));
        };
        self.check_place(element, activation.place)?;
        let chain = self.scopes_around(element);
        let scopes = self.resolve_scopes(element, &chain, activation.ancestor)?;
        let within = *scopes
            .last()
            .unwrap_or(&Within::Present(self.instance.root()));
        let variables = self.variables(element, &chain, &scopes, activation)?;
        let flows = match activation.place {
            Place::Before => None,
            Place::After => Some(self.flows_after(element, &scopes, &activation.variables)?),
        };
        self.placements.push(Placement {
            element,
            within,
            flows,
            variables,
        });
        Ok(())
    }

    /// Whether a token can be put there at all.
    fn check_place(&self, element: u32, place: Place) -> Result<(), String> {
        let node = self.definition.node(element);
        let after_gateway = || {
            self.definition.nodes.iter().any(|other| {
                matches!(other.kind, NodeKind::EventBasedGateway)
                    && other
                        .outgoing
                        .iter()
                        .any(|flow| self.definition.flow(*flow).target == element)
            })
        };
        let reason = match (place, &node.kind) {
            _ if element == Definition::ROOT => {
                "it is the process itself. Name an element inside it"
            }
            (Place::Before, NodeKind::StartEvent { .. }) => {
                "a start event is entered by its scope only. Activate the elements after it, or the scope"
            }
            (Place::Before, NodeKind::BoundaryEvent { .. }) => {
                "a boundary event waits on its activity. Activate the elements after it, or the activity"
            }
            (Place::Before, NodeKind::CatchEvent(_) | NodeKind::ReceiveTask(_))
                if after_gateway() =>
            {
                "an event after an event-based gateway waits with it. Activate the gateway, or the elements after the event"
            }
            (Place::After, _) if node.outgoing.is_empty() => {
                "no sequence flow leaves it. Terminate its scope to end it"
            }
            _ => return Ok(()),
        };
        let side = match place {
            Place::Before => "before",
            Place::After => "after",
        };
        Err(format!(
            "Expected an element {side} which a token can be put, but at '{}' ({}) it cannot: {reason}.",
            node.id,
            node.type_name()
        ))
    }

    /// The instances of the flow scopes around an element, outermost first; the first is
    /// the process, or the ancestor that was given.
    fn resolve_scopes(
        &mut self,
        element: u32,
        chain: &[u32],
        ancestor: Ancestor,
    ) -> Result<Vec<Within>, String> {
        let (first, start) = match ancestor {
            Ancestor::Given(key) => (key, self.check_ancestor(element, chain, key)?),
            Ancestor::Sole | Ancestor::OfSource => {
                self.check_process()?;
                (self.instance.root(), 0)
            }
        };
        let anew = matches!(ancestor, Ancestor::Given(_));
        let mut around = Within::Present(first);
        let mut scopes = Vec::new();
        for (place, &scope) in chain.iter().enumerate().skip(start) {
            if place > start {
                let found = if anew {
                    None
                } else {
                    self.sole(element, scope, around)?
                };
                around = match found {
                    Some(found) => found,
                    None => self.make(element, scope, around, !anew)?,
                };
            }
            around = self.place_inside(scope, around, *chain.get(place + 1).unwrap_or(&element));
            scopes.push(around);
        }
        Ok(scopes)
    }

    /// Where in a scope something is put: in an ad-hoc subprocess it gets a path of its own,
    /// but an event subprocess has its place beside the paths.
    fn place_inside(&mut self, scope: u32, around: Within, inside: u32) -> Within {
        let is_kind = |element: u32, kind: ScopeKind| matches!(&self.definition.node(element).kind, NodeKind::Scope(spec) if spec.kind == kind);
        let is_path = match around {
            Within::Present(key) => self
                .rows
                .get(&key)
                .is_some_and(|row| row.role == Role::Path),
            Within::Made(index) => self.scopes[index].is_path,
        };
        if is_path
            || !is_kind(scope, ScopeKind::AdHoc)
            || is_kind(inside, ScopeKind::EventSubProcess)
        {
            return around;
        }
        self.scopes.push(MadeScope {
            element: scope,
            within: around,
            is_path: true,
        });
        Within::Made(self.scopes.len() - 1)
    }

    /// A process whose end listeners have their say has nothing going on in it any more.
    fn check_process(&self) -> Result<(), String> {
        let root = self.rows.get(&self.instance.root());
        let begins_or_goes_on =
            root.is_some_and(|row| matches!(row.phase, Phase::Activating | Phase::Active));
        if begins_or_goes_on {
            return Ok(());
        }
        Err(format!(
            "Expected process instance {} to be going on, but it is being ended. Start another one.",
            self.instance
        ))
    }

    /// The place in the chain of scopes that a given ancestor has.
    fn check_ancestor(
        &self,
        element: u32,
        chain: &[u32],
        key: ElementInstanceKey,
    ) -> Result<usize, String> {
        let id = &self.definition.node(element).id;
        let row = self.rows.get(&key).filter(|row| row.phase == Phase::Active);
        let Some(row) = row else {
            return Err(format!(
                "Expected the ancestor {key} of '{id}' to be active in process instance {}, but it is not. Look up the active scopes.",
                self.instance
            ));
        };
        let place = chain.iter().position(|scope| *scope == row.element);
        if row.rest == Rest::Ended {
            return Err(self.is_ending(row.element));
        }
        place
            .filter(|_| row.role != Role::Body)
            .ok_or_else(|| {
                format!(
                    "Expected the ancestor {key} to be a flow scope around '{id}', but it is an instance of '{}'.",
                    self.definition.node(row.element).id
                )
            })
    }

    /// The one instance of a scope inside another, if there is one.
    fn sole(&self, element: u32, scope: u32, around: Within) -> Result<Option<Within>, String> {
        let Within::Present(parent) = around else {
            return Ok(self.planned(scope, around));
        };
        let is_there = |row: &ElementInstance| {
            row.element == scope && row.scope == Some(parent) && row.phase == Phase::Active
        };
        let mut present = self.rows.iter().filter(|(_, row)| is_there(row));
        let Some((key, row)) = present.next() else {
            return Ok(self.planned(scope, around));
        };
        let (of, id) = (
            &self.definition.node(scope).id,
            &self.definition.node(element).id,
        );
        if self.definition.node(scope).repetition.is_some() {
            return Err(format!(
                "Expected to know in which run of '{of}' to activate '{id}', but it repeats. Give the key of the run as ancestor."
            ));
        }
        if row.rest == Rest::Ended {
            return Err(self.is_ending(scope));
        }
        if present.next().is_some() {
            return Err(format!(
                "Expected one active instance of '{of}' in which to activate '{id}', but there are several. Give the key of the one that is meant as ancestor."
            ));
        }
        Ok(Some(Within::Present(*key)))
    }

    fn planned(&self, scope: u32, around: Within) -> Option<Within> {
        let is_it =
            |(element, within, _): &&(u32, Within, usize)| (*element, *within) == (scope, around);
        let (_, _, index) = self.shared.iter().find(is_it)?;
        Some(Within::Made(*index))
    }

    fn is_ending(&self, scope: u32) -> String {
        format!(
            "Expected '{}' to go on, but what is active in it is being ended. Activate the elements after it.",
            self.definition.node(scope).id
        )
    }

    fn make(
        &mut self,
        element: u32,
        scope: u32,
        within: Within,
        shared: bool,
    ) -> Result<Within, String> {
        let node = self.definition.node(scope);
        if node.repetition.is_some() {
            return Err(format!(
                "Expected to be able to make an instance of '{}' around '{}', but it repeats. Activate it as a whole, then modify again.",
                node.id,
                self.definition.node(element).id
            ));
        }
        let index = self.scopes.len();
        self.scopes.push(MadeScope {
            element: scope,
            within,
            is_path: false,
        });
        if shared {
            self.shared.push((scope, within, index));
        }
        Ok(Within::Made(index))
    }

    /// Where the variables of an activation go.
    fn variables(
        &self,
        element: u32,
        chain: &[u32],
        scopes: &[Within],
        activation: &Activation,
    ) -> Result<Given, String> {
        let mut given = Given::default();
        for VariableInstruction { scope, variables } in &activation.variables {
            let Some(id) = scope else {
                given
                    .outside
                    .push((Within::Present(self.instance.root()), variables.clone()));
                continue;
            };
            let Some(found) = self.definition.find(id) else {
                return Err(format!(
                    "Expected the scope '{id}' of variables for '{}' to be in the process, but there is no such element.",
                    activation.element
                ));
            };
            if found == element && activation.place == Place::Before {
                given.own.push(variables.clone());
                continue;
            }
            given.outside.push((self.scope_of(found, chain, scopes).ok_or_else(|| {
                format!(
                    "Expected the scope '{id}' of variables to be a flow scope of '{}', but it is not. Set them before or after the modification.",
                    activation.element
                )
            })?, variables.clone()));
        }
        Ok(given)
    }

    /// The instance of a scope of the chain: those below a given ancestor are at hand, and
    /// those above it are found from there.
    fn scope_of(&self, wanted: u32, chain: &[u32], scopes: &[Within]) -> Option<Within> {
        let place = chain.iter().position(|scope| *scope == wanted)?;
        let above = chain.len() - scopes.len();
        if let Some(index) = place.checked_sub(above) {
            return scopes.get(index).copied();
        }
        let Within::Present(mut key) = *scopes.first()? else {
            return None;
        };
        loop {
            let row = self.rows.get(&key)?;
            if row.element == wanted {
                return Some(Within::Present(key));
            }
            key = row.scope?;
        }
    }

    /// The flows out of an element, chosen where the innermost present scope is.
    fn flows_after(
        &self,
        element: u32,
        scopes: &[Within],
        instructions: &[VariableInstruction],
    ) -> Result<Vec<u32>, String> {
        let present = scopes.iter().rev().find_map(|within| match within {
            Within::Present(key) => Some(*key),
            Within::Made(_) => None,
        });
        let (Some(key), Some(definition_key)) = (present, self.definition_key) else {
            return Err("Expected a running process instance, but it has not begun.".into());
        };
        let mut given = Document::new();
        for instruction in instructions {
            given.extend(instruction.variables.clone());
        }
        let stand_in = Active {
            instance: self.instance,
            key,
            row: Arc::new(ElementInstance::new(element, Some(key), Role::Plain)),
            definition: Arc::clone(self.definition),
            definition_key,
        };
        elements::choose(self.ctx, &stand_in, &given).map_err(|failure| failure.message)
    }

    /// What is activated must not be ended by the same modification.
    fn check_ended_scopes(&mut self) {
        let within = self
            .placements
            .iter()
            .map(|place| (place.element, place.within));
        let made = self
            .scopes
            .iter()
            .map(|scope| (scope.element, scope.within));
        let mut problems = Vec::new();
        for (element, within) in within.chain(made) {
            let Within::Present(mut key) = within else {
                continue;
            };
            loop {
                if self.explicit.contains(&key) {
                    problems.push(format!(
                        "Expected the flow scope of '{}' to go on, but its instance {key} is to be terminated. Choose another ancestor, or leave the scope.",
                        self.definition.node(element).id
                    ));
                }
                match self.rows.get(&key).and_then(|row| row.scope) {
                    Some(scope) => key = scope,
                    None => break,
                }
            }
        }
        self.problems.extend(problems);
    }

    /// The outermost of what ends: what was named, and scopes that it leaves empty.
    fn ended(&mut self) -> Vec<ElementInstanceKey> {
        let used: BTreeSet<ElementInstanceKey> = self
            .placements
            .iter()
            .map(|place| place.within)
            .chain(self.scopes.iter().map(|scope| scope.within))
            .filter_map(|within| match within {
                Within::Present(key) => Some(key),
                Within::Made(_) => None,
            })
            .collect();
        let mut ended = self.explicit.clone();
        let mut left: BTreeMap<ElementInstanceKey, usize> = BTreeMap::new();
        for scope in self.rows.values().filter_map(|row| row.scope) {
            *left.entry(scope).or_default() += 1;
        }
        // Children have later keys than their scopes, so each scope is looked at when all
        // that is inside it was.
        for (key, row) in self.rows.iter().rev() {
            let emptied = left.get(key) == Some(&0) && !used.contains(key);
            if emptied {
                ended.insert(*key);
            }
            if let (true, Some(scope)) = (ended.contains(key), row.scope)
                && let Some(left) = left.get_mut(&scope)
            {
                *left -= 1;
            }
        }
        let parent = self.ctx.instance(self.instance).and_then(|row| row.parent);
        if ended.contains(&self.instance.root()) && parent.is_some() {
            self.problems.push(format!(
                "Expected something to be left active in process instance {}, but nothing would be, and a call activity waits for it. Terminate the call activity in the process instance that called it.",
                self.instance
            ));
        }
        let outermost = |key: &ElementInstanceKey| {
            let scope = self.rows.get(key).and_then(|row| row.scope);
            scope.is_none_or(|scope| !ended.contains(&scope))
        };
        ended.iter().copied().filter(outermost).collect()
    }
}
