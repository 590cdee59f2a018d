//! Works out what a migration means for a case as it stands, and all that is in its way.
//! Nothing is changed here.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;
use std::sync::Arc;

use crate::context::{Active, Context};
use crate::definition::{Caught, Definition, Node, NodeKind, Repetition};
use crate::elements::catching::{self, Opening};
use crate::entities::compensation::{Compensation, Handler};
use crate::entities::continuation::Continuation;
use crate::entities::element_instance::{ElementInstance, Phase};
use crate::key::*;
use crate::limits::MAX_MAPPINGS;
use crate::operation::{MigratedElement, Migration};
use crate::variables::Document;

/// What is to be done.
pub(super) struct Plan {
    pub elements: Vec<MigratedElement>,
    pub flows: Vec<(u32, u32)>,
    pub stop_after: Vec<u32>,
    pub closed: Vec<SubscriptionKey>,
    pub opened: Vec<(Active, Vec<Opening>)>,
    pub scopes_with_tokens: BTreeSet<ElementInstanceKey>,
}

type Rows = BTreeMap<ElementInstanceKey, Arc<ElementInstance>>;

/// See the module's text.
pub(super) struct Planner<'a, 'c> {
    ctx: &'a Context<'c>,
    instance: ProcessInstanceKey,
    source: &'a Arc<Definition>,
    target: &'a Arc<Definition>,
    migration: &'a Migration,
    rows: Rows,
    /// Elements of the source and what they become.
    map: BTreeMap<u32, u32>,
    /// Events that go on waiting: who holds them, and what they become.
    kept: BTreeSet<(ElementInstanceKey, u32)>,
    problems: BTreeSet<String>,
}

impl<'a, 'c> Planner<'a, 'c> {
    pub(super) fn new(
        ctx: &'a Context<'c>,
        instance: ProcessInstanceKey,
        source: &'a Arc<Definition>,
        target: &'a Arc<Definition>,
        migration: &'a Migration,
    ) -> Self {
        Self {
            ctx,
            instance,
            source,
            target,
            migration,
            rows: ctx.elements_of(instance).into_iter().collect(),
            map: BTreeMap::from([(Definition::ROOT, Definition::ROOT)]),
            kept: BTreeSet::new(),
            problems: BTreeSet::new(),
        }
    }

    /// The plan.
    ///
    /// # Errors
    /// All that is in the way.
    pub(super) fn plan(mut self) -> Result<Plan, Vec<String>> {
        self.read_mappings();
        self.check_lock();
        self.check_start();
        self.check_elements();
        self.check_compensations();
        let (flows, scopes_with_tokens) = self.tokens();
        let closed = self.events_that_wait();
        self.events_that_are_over();
        self.check_steps();
        let opened = self.new_events();
        if !self.problems.is_empty() {
            return Err(self.problems.into_iter().collect());
        }
        Ok(Plan {
            elements: self.elements(),
            stop_after: self.stop_after(),
            flows,
            closed,
            opened,
            scopes_with_tokens,
        })
    }

    fn problem(&mut self, message: String) {
        self.problems.insert(message);
    }

    fn read_mappings(&mut self) {
        let mappings = &self.migration.mappings;
        if mappings.len() > MAX_MAPPINGS {
            let count = mappings.len();
            self.problem(format!(
                "Expected at most {MAX_MAPPINGS} mappings, but there are {count}."
            ));
            return;
        }
        for (from, to) in mappings {
            let (found_from, found_to) = (self.source.find(from), self.target.find(to));
            for (found, id, which) in [(found_from, from, "source"), (found_to, to, "target")] {
                if found.is_none() {
                    self.problem(format!(
                        "Expected the {which} definition to have an element '{id}', but it has none. Correct the mapping."
                    ));
                }
            }
            let (Some(from_index), Some(to_index)) = (found_from, found_to) else {
                continue;
            };
            let before = self.map.insert(from_index, to_index);
            let is_process = from_index == Definition::ROOT && to_index == Definition::ROOT;
            if before.is_some() && !is_process {
                self.problem(format!(
                    "Expected one mapping for '{from}', but there are several. Keep one."
                ));
            }
        }
    }

    /// A case that a message started keeps others of its key from starting one of the same
    /// process. This cannot be handed on to another process.
    fn check_lock(&mut self) {
        let row = self.ctx.instance(self.instance);
        if let Some(key) = row.and_then(|row| row.correlation_key.clone())
            && self.source.id != self.target.id
        {
            let message = format!(
                "Expected a version of process '{}', because a message with the correlation key '{key}' started the process instance and keeps others of this key from starting one, but '{}' is another process.",
                self.source.id, self.target.id
            );
            self.problem(message);
        }
    }

    /// A case whose process is still being entered needs a start event to begin at.
    fn check_start(&mut self) {
        let root = self.rows.get(&self.instance.root());
        let begins = root.is_some_and(|row| {
            row.phase == Phase::Activating && row.children == 0 && row.waiting_tokens == 0
        });
        if !begins {
            return;
        }
        let chosen = self.ctx.instance(self.instance).and_then(|row| row.start);
        let message = match chosen {
            None => {
                let root = &self.target.node(Definition::ROOT).kind;
                let can_begin = matches!(root, NodeKind::Scope(scope) if scope.start.is_some());
                (!can_begin).then(|| format!(
                    "Expected '{}' to have a start event that waits for nothing, because the process instance has not begun yet, but it has none. Migrate it once it has begun.",
                    self.target.id
                ))
            }
            Some(start) => self.start_difference(start),
        };
        if let Some(message) = message {
            self.problem(message);
        }
    }

    /// Why a start event that something chose cannot become what it is mapped to.
    fn start_difference(&self, start: u32) -> Option<String> {
        let node = self.source.node(start);
        let Some(&to) = self.map.get(&start) else {
            return Some(format!(
                "Expected a mapping for the start event '{}', at which the process instance is about to begin, but there is none.",
                node.id
            ));
        };
        let becomes = self.target.node(to);
        difference(node, becomes).or_else(|| {
            (becomes.scope != Some(Definition::ROOT)).then(|| {
                format!(
                    "Expected the start event '{}', at which the process instance is about to begin, to become one of the process, but '{}' is inside of it.",
                    node.id, becomes.id
                )
            })
        })
    }

    /// Each active element needs a mapping to one of its kind, in the scope that its own
    /// scope becomes.
    fn check_elements(&mut self) {
        let rows: Vec<_> = self.rows.values().cloned().collect();
        for row in rows {
            let node = self.source.node(row.element);
            let Some(&to) = self.map.get(&row.element) else {
                let message = format!(
                    "Expected a mapping for the active element '{}' ({}), but there is none.",
                    node.id,
                    node.type_name()
                );
                self.problem(message);
                continue;
            };
            if let Some(message) = difference(node, self.target.node(to)) {
                self.problem(message);
            }
            if let Some(message) = self.scope_difference(&row, to) {
                self.problem(message);
            }
        }
    }

    /// What was completed and can be undone needs a mapping, too, and the event that says how.
    fn check_compensations(&mut self) {
        for row in self.compensations() {
            let named = [Some(row.activity), row.handler.map(|handler| handler.event)];
            for from in named.into_iter().flatten() {
                let node = self.source.node(from);
                let message = match self.map.get(&from) {
                    Some(to) => difference(node, self.target.node(*to)),
                    None => Some(format!(
                        "Expected a mapping for '{}', because '{}' was completed and can be undone, but there is none.",
                        node.id,
                        self.source.node(row.activity).id
                    )),
                };
                if let Some(message) = message {
                    self.problem(message);
                }
            }
            if let Some(handler) = row.handler
                && let Err(message) = self.map_handler(row.activity, handler)
            {
                self.problem(message);
            }
        }
    }

    /// What undoes an activity becomes what undoes it in the target.
    fn map_handler(&mut self, activity: u32, handler: Handler) -> Result<(), String> {
        let (Some(&host), Some(&event)) = (self.map.get(&activity), self.map.get(&handler.event))
        else {
            return Ok(());
        };
        let kind = &self.target.node(event).kind;
        let becomes = if let NodeKind::BoundaryEvent {
            host: found,
            event: Caught::Compensation(Some(becomes)),
            ..
        } = kind
            && *found == host
        {
            *becomes
        } else if let NodeKind::StartEvent {
            event: Caught::Compensation(_),
            ..
        } = kind
            && self.scope_around(event) == Some(host)
        {
            self.target.node(event).scope.unwrap_or(host)
        } else {
            return Err(format!(
                "Expected '{}' to become a compensation event of '{}', but '{}' is none.",
                self.source.node(handler.event).id,
                self.target.node(host).id,
                self.target.node(event).id
            ));
        };
        match self.map.insert(handler.activity, becomes) {
            Some(other) if other != becomes => Err(format!(
                "Expected '{}', which undoes '{}', to become '{}', but it is mapped to '{}'.",
                self.source.node(handler.activity).id,
                self.source.node(activity).id,
                self.target.node(becomes).id,
                self.target.node(other).id
            )),
            _ => Ok(()),
        }
    }

    /// The scope that an event subprocess of the target is in, by its start event.
    fn scope_around(&self, start: u32) -> Option<u32> {
        self.target.node(self.target.node(start).scope?).scope
    }

    /// All that was completed in the case and can be undone, or is being undone.
    fn compensations(&self) -> Vec<Arc<Compensation>> {
        let (state, tenant, instance) = (&*self.ctx.state, self.ctx.tenant, self.instance);
        let listed = state.compensations.under((tenant, instance));
        let undoing = state.undoing.under((tenant, instance));
        let inside = state.undoing_inside.under((tenant, instance));
        let listed = listed.into_iter().map(|(_, row)| row);
        let undoing = undoing.into_iter().map(|(_, row)| row);
        let inside = inside.into_iter().map(|(_, row)| row);
        listed.chain(undoing).chain(inside).collect()
    }

    fn scope_difference(&self, row: &ElementInstance, to: u32) -> Option<String> {
        let around = self.rows.get(&row.scope?)?.element;
        // The runs of an element that repeats and the paths of an ad-hoc subprocess are inside
        // the row of the element itself.
        if around == row.element {
            return None;
        }
        let expected = *self.map.get(&around)?;
        let found = self.target.node(to).scope;
        (found != Some(expected)).then(|| {
            let name = |scope: u32| &*self.target.node(scope).id;
            format!(
                "Expected the active element '{}' to stay in its flow scope, which becomes '{}', but '{}' is in '{}'.",
                self.source.node(row.element).id,
                name(expected),
                self.target.node(to).id,
                found.map_or("nothing", name)
            )
        })
    }

    /// What becomes of the flows on which tokens wait at joins.
    fn tokens(&mut self) -> (Vec<(u32, u32)>, BTreeSet<ElementInstanceKey>) {
        let waiting = self
            .ctx
            .state
            .tokens
            .under((self.ctx.tenant, self.instance));
        let mut scopes = BTreeSet::new();
        let mut flows = BTreeMap::new();
        for ((_, _, scope, flow), _) in waiting {
            scopes.insert(scope);
            match self.flow_of_token(scope, flow) {
                Ok(to) => _ = flows.insert(flow, to),
                Err(message) => self.problem(message),
            }
        }
        let targets: BTreeSet<u32> = flows.values().copied().collect();
        if targets.len() < flows.len() {
            self.problem(
                "Expected tokens that wait on different sequence flows to stay on different ones, but two of them become the same.".into(),
            );
        }
        (flows.into_iter().collect(), scopes)
    }

    fn flow_of_token(&self, scope: ElementInstanceKey, flow: u32) -> Result<u32, String> {
        let join = self.source.flow(flow).target;
        let node = self.source.node(join);
        let Some(&to) = self.map.get(&join) else {
            return Err(format!(
                "Expected a mapping for the gateway '{}', at which a token waits, but there is none.",
                node.id
            ));
        };
        let target = self.target.node(to);
        if let Some(message) = difference(node, target) {
            return Err(message);
        }
        let around = self
            .rows
            .get(&scope)
            .and_then(|row| self.map.get(&row.element));
        if around.copied() != target.scope {
            return Err(format!(
                "Expected the gateway '{}', at which a token waits, to stay in its flow scope, but '{}' is in another.",
                node.id, target.id
            ));
        }
        if target.incoming.len() < node.incoming.len() {
            return Err(format!(
                "Expected '{}' to have at least as many incoming sequence flows as '{}', at which tokens wait, but it has fewer.",
                target.id, node.id
            ));
        }
        self.same_flow(flow, target).ok_or_else(|| {
            format!(
                "Expected a sequence flow to '{}' for the token that waits on '{}', but none has its id or comes from what its source is mapped to.",
                target.id,
                self.source.flow(flow).id
            )
        })
    }

    /// The flow to a join of the target that has the same id, or the same source.
    fn same_flow(&self, flow: u32, join: &Node) -> Option<u32> {
        let id = &self.source.flow(flow).id;
        let has_id = |other: &&u32| self.target.flow(**other).id == *id;
        if let Some(same) = join.incoming.iter().find(has_id) {
            return Some(*same);
        }
        let from = (0..)
            .zip(&self.source.nodes)
            .find(|(_, node)| node.outgoing.contains(&flow))
            .map(|(index, _): (u32, _)| index)?;
        let mapped = self.map.get(&from).copied();
        let from = mapped.or_else(|| self.target.find(&self.source.node(from).id))?;
        let outgoing = &self.target.node(from).outgoing;
        join.incoming
            .iter()
            .find(|flow| outgoing.contains(flow))
            .copied()
    }

    /// Of the events that wait, those go on that have a mapping; the others are closed.
    fn events_that_wait(&mut self) -> Vec<SubscriptionKey> {
        let held = self
            .ctx
            .state
            .subscriptions_by_element
            .under((self.ctx.tenant, self.instance));
        let mut closed = Vec::new();
        for ((tenant, _, holder, key), _) in held {
            let Some(subscription) = self.ctx.state.subscriptions.get(&(tenant, key)) else {
                continue;
            };
            let Some(&to) = self.map.get(&subscription.event) else {
                closed.push(key);
                continue;
            };
            if let Some(message) = self.event_difference(holder, subscription.event, to) {
                self.problem(message);
            }
            if !self.kept.insert((holder, to)) {
                let message = format!(
                    "Expected one event to become '{}', but several do. Map one of them.",
                    self.target.node(to).id
                );
                self.problem(message);
            }
        }
        closed
    }

    /// Events that have happened as often as they could, and whose holder goes on, do not wait
    /// anew: neither under their mapping nor, without one, under their own id.
    fn events_that_are_over(&mut self) {
        let rows = self
            .rows
            .iter()
            .filter(|(_, row)| row.phase == Phase::Active);
        let mut over = Vec::new();
        for (key, row) in rows {
            let holder = Active {
                instance: self.instance,
                key: *key,
                row: Arc::clone(row),
                definition: Arc::clone(self.source),
                definition_key: self.migration.target,
            };
            let open = catching::open_events(self.ctx, &holder);
            let events = catching::waiting(self.source, &holder).into_iter();
            for from in events.filter(|event| !open.contains(event)) {
                let event = self.source.node(from);
                let mapped = self.map.get(&from).copied();
                let becomes = mapped.or_else(|| self.target.find(&event.id));
                let is_same = |to: &u32| difference(event, self.target.node(*to)).is_none();
                over.extend(becomes.filter(is_same).map(|to| (*key, to)));
            }
        }
        self.kept.extend(over);
    }

    fn event_difference(&self, holder: ElementInstanceKey, from: u32, to: u32) -> Option<String> {
        let (event, becomes) = (self.source.node(from), self.target.node(to));
        if let Some(message) = difference(event, becomes) {
            return Some(message);
        }
        let row = self.rows.get(&holder)?;
        let holder = self.becomes(holder, row)?;
        let stays = catching::waiting(self.target, &holder).contains(&to);
        (!stays).then(|| {
            format!(
                "Expected the event '{}' to stay with '{}', but '{}' belongs to another element than '{}'. Map it to an event there, or leave it out.",
                event.id,
                self.source.node(row.element).id,
                becomes.id,
                holder.node().id
            )
        })
    }

    /// Steps that wait in incidents and for a case to go on name events, too.
    fn check_steps(&mut self) {
        let ctx = self.ctx;
        let (tenant, instance) = (ctx.tenant, self.instance);
        let incidents = self.rows.iter().filter(|(_, row)| row.incident.is_some());
        let in_incidents = incidents
            .flat_map(|(element, _)| ctx.incidents_of(instance, *element))
            .filter_map(|key| ctx.state.incidents.get(&(tenant, key)))
            .flat_map(|incident| incident.resume.clone());
        let kept = ctx.state.kept_steps.under((tenant, instance));
        let steps: Vec<Continuation> = in_incidents
            .chain(kept.into_iter().map(|(_, step)| (*step).clone()))
            .collect();
        for mut step in steps {
            let unmapped = step
                .elements_mut()
                .into_iter()
                .map(|element| *element)
                .find(|element| !self.map.contains_key(element));
            if let Some(element) = unmapped {
                let message = format!(
                    "Expected a mapping for '{}', which has happened and waits for the process instance to go on, but there is none.",
                    self.source.node(element).id
                );
                self.problem(message);
            }
        }
    }

    /// Events of the target that no event of the source becomes begin to wait.
    fn new_events(&mut self) -> Vec<(Active, Vec<Opening>)> {
        let mut opened = Vec::new();
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|(k, row)| (*k, Arc::clone(row)))
            .collect();
        for (key, row) in rows {
            let Some(&to) = self.map.get(&row.element) else {
                continue;
            };
            if row.phase != Phase::Active || !self.kinds_match(&row, to) {
                continue;
            }
            let Some(holder) = self.becomes(key, &row) else {
                continue;
            };
            // A scope that an event has interrupted waits for no other one.
            let interrupted = row.interrupted_by.is_some();
            let is_new = |event: u32| {
                let of_subprocess =
                    matches!(self.target.node(event).kind, NodeKind::StartEvent { .. });
                event != to && !self.kept.contains(&(key, event)) && !(interrupted && of_subprocess)
            };
            match catching::prepare_those(self.ctx, &holder, &Document::new(), is_new) {
                Ok(openings) if openings.is_empty() => {}
                Ok(openings) => opened.push((holder, openings)),
                Err(failure) => {
                    let message = format!(
                        "Expected the new events at '{}' to be able to wait, but one is not: {}",
                        self.target.node(to).id,
                        failure.message
                    );
                    self.problem(message);
                }
            }
        }
        opened
    }

    /// An active element as it is in the target.
    fn becomes(&self, key: ElementInstanceKey, row: &ElementInstance) -> Option<Active> {
        let mut row = row.clone();
        row.element = *self.map.get(&row.element)?;
        Some(Active {
            instance: self.instance,
            key,
            row: Arc::new(row),
            definition: Arc::clone(self.target),
            definition_key: self.migration.target,
        })
    }

    fn kinds_match(&self, row: &ElementInstance, to: u32) -> bool {
        difference(self.source.node(row.element), self.target.node(to)).is_none()
    }

    fn elements(&self) -> Vec<MigratedElement> {
        let pairs = self.map.iter();
        pairs
            .map(|(&from, &to)| {
                let node = self.target.node(to);
                MigratedElement {
                    from,
                    to,
                    repeats: catching::repeats(node),
                    name: node.name.clone(),
                }
            })
            .collect()
    }

    /// Elements after which the case ends keep that role under their mapping or their id.
    fn stop_after(&self) -> Vec<u32> {
        let row = self.ctx.instance(self.instance);
        let before = row.map(|row| row.stop_after.clone()).unwrap_or_default();
        let becomes = |element: u32| {
            let mapped = self.map.get(&element).copied();
            mapped.or_else(|| self.target.find(&self.source.node(element).id))
        };
        before.into_iter().filter_map(becomes).collect()
    }
}

/// Why one element cannot become another.
fn difference(from: &Node, to: &Node) -> Option<String> {
    let same_kind = discriminant(&from.kind) == discriminant(&to.kind)
        && from.type_name() == to.type_name()
        && from.caught().map(discriminant::<Caught>) == to.caught().map(discriminant::<Caught>);
    if !same_kind {
        return Some(format!(
            "Expected '{}' ({}) to become an element of the same kind, but '{}' ({}) is of another.",
            from.id,
            from.type_name(),
            to.id,
            to.type_name()
        ));
    }
    let repetition = |node: &Node| {
        node.repetition
            .as_deref()
            .map(|repetition| match repetition {
                Repetition::MultiInstance(multi) if multi.sequential => "one after the other",
                Repetition::MultiInstance(_) => "for all at once",
                Repetition::Loop(_) => "in a loop",
            })
    };
    let (before, after) = (repetition(from), repetition(to));
    (before != after).then(|| {
        format!(
            "Expected '{}', which runs {}, to become an element that does so, too, but '{}' runs {}.",
            from.id,
            before.unwrap_or("once"),
            to.id,
            after.unwrap_or("once")
        )
    })
}
