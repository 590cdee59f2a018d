//! Events and their definitions, and which definition may stand where.

use std::collections::BTreeMap;

use crate::model::{
    Compensation, Condition, ElementIdx, ElementKind, ErrorDefinition, Escalation, EventDefinition,
    Expression, Message, Timer, VariableEvent,
};
use crate::xml::{self, Node, bpmn_tag, child};

use super::extension::Extensions;
use super::process::ProcessReader;
use super::resolve;
use super::value::{Need, is_variable_path, quote};

/// Where an event stands, as far as it decides what the event may be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    ProcessStart,
    SubProcessStart,
    EventSubProcessStart { interrupting: bool },
    Catch,
    Throw,
    End,
    Boundary { interrupting: bool },
}

impl Place {
    fn throws(self) -> bool {
        matches!(self, Self::Throw | Self::End)
    }

    fn name(self) -> &'static str {
        match self {
            Self::ProcessStart => "a start event of a process",
            Self::SubProcessStart => "a start event of a subprocess",
            Self::EventSubProcessStart { .. } => "a start event of an event subprocess",
            Self::Catch => "an intermediate catch event",
            Self::Throw => "an intermediate throw event",
            Self::End => "an end event",
            Self::Boundary { .. } => "a boundary event",
        }
    }

    /// The kinds of event that are executed here; `none` stands for no definition.
    fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::ProcessStart => &["none", "message", "timer", "signal", "conditional"],
            Self::SubProcessStart => &["none"],
            Self::EventSubProcessStart { .. } => &[
                "message",
                "timer",
                "error",
                "signal",
                "escalation",
                "compensate",
                "conditional",
            ],
            Self::Catch => &["message", "timer", "signal", "link", "conditional"],
            Self::Throw => &[
                "none",
                "message",
                "signal",
                "escalation",
                "compensate",
                "link",
            ],
            Self::End => &[
                "none",
                "message",
                "signal",
                "error",
                "escalation",
                "compensate",
                "terminate",
                "cancel",
            ],
            Self::Boundary { .. } => &[
                "message",
                "timer",
                "error",
                "signal",
                "escalation",
                "compensate",
                "conditional",
                "cancel",
            ],
        }
    }

    /// The kinds of timer that are executed here, as in Camunda 8.9.
    fn timers(self) -> &'static [&'static str] {
        match self {
            Self::ProcessStart => &["timeDate", "timeCycle"],
            Self::EventSubProcessStart {
                interrupting: false,
            }
            | Self::Boundary {
                interrupting: false,
            } => &["timeDate", "timeDuration", "timeCycle"],
            _ => &["timeDate", "timeDuration"],
        }
    }
}

impl<'x> ProcessReader<'_, 'x> {
    pub(super) fn read_event(
        &mut self,
        node: Node<'x>,
        tag: &str,
        scope: ElementIdx,
        idx: ElementIdx,
        extensions: &mut Extensions<'x>,
    ) -> ElementKind {
        let place = self.place(node, tag, scope);
        let event = self.read_definition(node, place, idx, extensions);
        match place {
            Place::Catch => ElementKind::IntermediateCatchEvent { event },
            Place::Throw => ElementKind::IntermediateThrowEvent { event },
            Place::End => ElementKind::EndEvent { event },
            Place::Boundary { interrupting } => {
                self.pending.attachments.push((idx, node));
                ElementKind::BoundaryEvent {
                    attached_to: ElementIdx(0),
                    interrupting,
                    event,
                }
            }
            Place::ProcessStart | Place::SubProcessStart | Place::EventSubProcessStart { .. } => {
                let interrupting = xml::boolean(node, "isInterrupting").unwrap_or(true);
                let form = self.read_form(extensions);
                ElementKind::StartEvent {
                    event,
                    interrupting,
                    form,
                }
            }
        }
    }

    fn place(&self, node: Node<'x>, tag: &str, scope: ElementIdx) -> Place {
        let interrupting = |name| xml::boolean(node, name).unwrap_or(true);
        match tag {
            "startEvent" => match self.elements[scope.0 as usize].kind {
                ElementKind::Process => Place::ProcessStart,
                ElementKind::EventSubProcess => Place::EventSubProcessStart {
                    interrupting: interrupting("isInterrupting"),
                },
                _ => Place::SubProcessStart,
            },
            "endEvent" => Place::End,
            "intermediateCatchEvent" => Place::Catch,
            "boundaryEvent" => Place::Boundary {
                interrupting: interrupting("cancelActivity"),
            },
            _ => Place::Throw,
        }
    }

    fn read_definition(
        &mut self,
        node: Node<'x>,
        place: Place,
        idx: ElementIdx,
        extensions: &mut Extensions<'x>,
    ) -> EventDefinition {
        let is_definition =
            |tag: &str| tag.ends_with("EventDefinition") || tag == "eventDefinitionRef";
        let mut definitions = node
            .children()
            .filter(|n| bpmn_tag(*n).is_some_and(is_definition));
        let Some(definition) = definitions.next() else {
            self.check_place(node, place, "none");
            return EventDefinition::None;
        };
        if definitions.next().is_some() {
            let what = "multiple event definitions";
            self.unsupported(
                node,
                &format!("an event with {what}"),
                " Hint: one event for each.",
            );
            return EventDefinition::Unsupported {
                what: what.to_owned(),
            };
        }
        let tag = definition.tag_name().name();
        let kind = tag.strip_suffix("EventDefinition").unwrap_or(tag);
        self.check_place(definition, place, kind);
        let mut inner = Extensions::of(definition);
        let event =
            self.read_kind_of_event(node, definition, kind, place, idx, (extensions, &mut inner));
        self.keep_leftovers(&inner);
        event
    }

    fn read_kind_of_event(
        &mut self,
        node: Node<'x>,
        definition: Node<'x>,
        kind: &str,
        place: Place,
        idx: ElementIdx,
        (extensions, inner): (&mut Extensions<'x>, &mut Extensions<'x>),
    ) -> EventDefinition {
        match kind {
            "message" if place.throws() => {
                EventDefinition::SendMessage(self.read_send(node, definition, extensions))
            }
            "message" => EventDefinition::Message(
                self.read_message(definition, place != Place::ProcessStart),
            ),
            "timer" => EventDefinition::Timer(self.read_timer(definition, place)),
            "signal" => self.read_signal(definition),
            "error" => self.read_error(definition, place),
            "escalation" => self.read_escalation(definition, place),
            "compensate" => self.read_compensation(definition, place, idx),
            "link" => self.read_link(definition),
            "terminate" => EventDefinition::Terminate,
            "cancel" => EventDefinition::Cancel,
            "conditional" => EventDefinition::Conditional(self.read_condition(definition, inner)),
            other => EventDefinition::Unsupported {
                what: other.to_owned(),
            },
        }
    }

    fn check_place(&mut self, node: Node<'x>, place: Place, kind: &str) {
        if !place.kinds().contains(&kind) {
            let message = format!(
                "Expected {} to be one of {}, but {kind} is not supported there.",
                place.name(),
                place.kinds().join(", ")
            );
            self.require(node, "unsupported", message);
        }
    }

    /// The message that `messageRef` names; catching events other than process starts need a correlation key.
    pub(super) fn read_message(&mut self, holder: Node<'x>, correlated: bool) -> Message {
        let messages = &self.globals.messages;
        let Some(message) = self
            .referred(holder, "messageRef", "a message", messages)
            .cloned()
        else {
            return Message::default();
        };
        if message.name.is_empty() {
            let what = format!("a name on the message {:?}", message.id);
            self.missing(holder, &what);
        }
        match &message.correlation_key {
            _ if !correlated => {}
            None => {
                let what = format!(
                    "a correlation key on the message {:?} (zeebe:subscription correlationKey=\"=...\")",
                    message.id
                );
                self.missing(holder, &what);
            }
            Some(Expression::Feel(key)) if !key.is_empty() => {}
            Some(key) => {
                let message = format!(
                    "Expected a correlation key as a FEEL expression, but found {}. Hint: begin it with '='.",
                    quote(key.text())
                );
                self.require(holder, "expression-required", message);
            }
        }
        message
    }

    fn read_signal(&mut self, definition: Node<'x>) -> EventDefinition {
        let signals = &self.globals.signals;
        let signal = self
            .referred(definition, "signalRef", "a signal", signals)
            .cloned();
        let signal = signal.unwrap_or_default();
        if !signal.id.is_empty() && signal.name.is_empty() {
            self.missing(definition, &format!("a name on the signal {:?}", signal.id));
        }
        EventDefinition::Signal(signal)
    }

    /// Caught without a code, as modelers write an error that has a name alone, means every error.
    fn read_error(&mut self, definition: Node<'x>, place: Place) -> EventDefinition {
        if !place.throws() && definition.attribute("errorRef").is_none() {
            return EventDefinition::Error(None);
        }
        let errors = &self.globals.errors;
        let error = self
            .referred(definition, "errorRef", "an error", errors)
            .cloned();
        if let Some(error) = &error {
            let what = format!("an errorCode on the error {:?}", error.id);
            self.check_code(definition, place, &error.code, &what);
        }
        let caught = |found: &ErrorDefinition| place.throws() || !found.code.is_empty();
        EventDefinition::Error(error.filter(caught))
    }

    /// Caught without a code means every escalation.
    fn read_escalation(&mut self, definition: Node<'x>, place: Place) -> EventDefinition {
        if !place.throws() && definition.attribute("escalationRef").is_none() {
            return EventDefinition::Escalation(None);
        }
        let escalations = &self.globals.escalations;
        let escalation = self
            .referred(definition, "escalationRef", "an escalation", escalations)
            .cloned();
        if let Some(escalation) = &escalation {
            let what = format!("an escalationCode on the escalation {:?}", escalation.id);
            self.check_code(definition, place, &escalation.code, &what);
        }
        let caught = |found: &Escalation| place.throws() || !found.code.is_empty();
        EventDefinition::Escalation(escalation.filter(caught))
    }

    /// What is thrown has a code. Codes are matched when they are thrown, so those that are caught must be known
    /// beforehand.
    fn check_code(&mut self, holder: Node<'x>, place: Place, code: &Expression, what: &str) {
        if place.throws() {
            if code.is_empty() {
                self.missing(holder, what);
            }
        } else if let Expression::Feel(source) = code {
            let message = format!(
                "Expected {what} as a literal where it is caught, but found the expression {}.",
                quote(source)
            );
            self.require(holder, "literal-required", message);
        }
    }

    fn read_compensation(
        &mut self,
        definition: Node<'x>,
        place: Place,
        idx: ElementIdx,
    ) -> EventDefinition {
        if !place.throws() {
            return EventDefinition::Compensation(Compensation::Catch { handler: None });
        }
        if xml::boolean(definition, "waitForCompletion") == Some(false) {
            self.unsupported(
                definition,
                "compensation without waiting for completion",
                "",
            );
        }
        if definition
            .attribute("activityRef")
            .is_some_and(|activity| !activity.is_empty())
        {
            self.pending.compensations.push((idx, definition));
        }
        EventDefinition::Compensation(Compensation::Throw { activity: None })
    }

    fn read_link(&mut self, definition: Node<'x>) -> EventDefinition {
        let name = definition.attribute("name").unwrap_or_default().trim();
        if name.is_empty() {
            self.missing(definition, "a link name");
        }
        EventDefinition::Link {
            name: name.to_owned(),
            target: None,
        }
    }

    fn read_timer(&mut self, definition: Node<'x>, place: Place) -> Timer {
        const TAGS: [&str; 3] = ["timeDate", "timeDuration", "timeCycle"];
        let mut times = TAGS
            .into_iter()
            .filter_map(|tag| Some((tag, child(definition, tag)?)));
        let Some((tag, node)) = times.next() else {
            let what = format!("one of {}", place.timers().join(", "));
            self.missing(definition, &what);
            return Timer::Duration(Expression::default());
        };
        if let Some((other, node)) = times.next() {
            let message = format!("Expected one kind of timer, but {tag} and {other} are given.");
            self.require(node, "ambiguous-timer", message);
        }
        if !place.timers().contains(&tag) {
            let message = format!(
                "Expected {} to have {}, but found {tag}. Hint: cycles need a non-interrupting event.",
                place.name(),
                place.timers().join(" or ")
            );
            self.require(node, "unsupported-timer", message);
        }
        let expression = self.required_text(node, &format!("a {tag}"), Need::Some);
        match tag {
            "timeDate" => Timer::Date(expression),
            "timeDuration" => Timer::Duration(expression),
            _ => Timer::Cycle(expression),
        }
    }

    fn read_condition(&mut self, definition: Node<'x>, inner: &mut Extensions<'x>) -> Condition {
        let condition = match child(definition, "condition") {
            Some(node) => self.required_text(node, "a condition", Need::Feel),
            None => {
                self.missing(definition, "a condition");
                Expression::default()
            }
        };
        let filter = inner.take("conditionalFilter");
        Condition {
            condition,
            variable_names: filter.map_or_else(Vec::new, |node| self.read_variable_names(node)),
            variable_events: filter.map_or_else(Vec::new, |node| self.read_variable_events(node)),
        }
    }

    fn read_variable_names(&mut self, filter: Node<'x>) -> Vec<String> {
        let names = listed(filter, "variableNames");
        for name in names.iter().filter(|name| !is_variable_path(name)) {
            let message = format!(
                "Expected names of variables in variableNames, but found {}.",
                quote(name)
            );
            self.require(filter, "invalid-variable-name", message);
        }
        names
    }

    fn read_variable_events(&mut self, filter: Node<'x>) -> Vec<VariableEvent> {
        let mut events = Vec::new();
        for name in listed(filter, "variableEvents") {
            match name.as_str() {
                "create" => events.push(VariableEvent::Create),
                "update" => events.push(VariableEvent::Update),
                other => {
                    let message = format!(
                        "Expected create or update in variableEvents, but found {}.",
                        quote(other)
                    );
                    self.require(filter, "invalid-variable-event", message);
                }
            }
        }
        events
    }

    /// What a reference to a root element leads to; reports one that is missing or leads nowhere.
    fn referred<'m, V>(
        &mut self,
        holder: Node<'x>,
        name: &'static str,
        what: &str,
        map: &'m BTreeMap<&str, V>,
    ) -> Option<&'m V> {
        let Some(reference) = holder
            .attribute(name)
            .filter(|reference| !reference.trim().is_empty())
        else {
            self.missing(holder, &format!("{what} in the attribute {name}"));
            return None;
        };
        let found = resolve(map, reference);
        if found.is_none() {
            let message = format!(
                "Expected {what} with the id {}, but there is none.",
                quote(reference)
            );
            self.require(holder, "unknown-reference", message);
        }
        found
    }
}

/// The parts of a list separated by commas.
fn listed(node: Node<'_>, name: &str) -> Vec<String> {
    let text = node.attribute(name).unwrap_or_default();
    if text.trim().is_empty() {
        return Vec::new();
    }
    text.split(',').map(|part| part.trim().to_owned()).collect()
}
