//! What can never run, as warnings: elements that no path leads to, and loops that never wait.

use crate::model::{
    Compensation, Element, ElementIdx, ElementKind, EventDefinition, Gateway, Process, Task,
};

use super::Check;

impl<'p> Check<'p, '_, '_> {
    pub(super) fn reach(&mut self) {
        self.unreachable();
        self.endless();
    }

    fn unreachable(&mut self) {
        let reached = reachable(self.process);
        for (idx, element) in self.elements().skip(1) {
            let parent_reached = element
                .parent
                .is_some_and(|parent| reached[parent.0 as usize]);
            // A compensation handler that nothing leads to has a warning of its own.
            if reached[idx.0 as usize] || !parent_reached || element.for_compensation {
                continue;
            }
            let message = format!(
                "Expected a path that leads to the {}, but there is none; it never runs.",
                element.kind.tag()
            );
            self.warning(element, "unreachable", message);
        }
    }

    /// Peels off pass-through elements from which every way leads to one that waits, ends or chooses;
    /// what remains lies on loops that only run round, or leads into nothing else.
    fn endless(&mut self) {
        let passes: Vec<bool> = self.process.elements.iter().map(passes_through).collect();
        let mut ways: Vec<usize> = self
            .process
            .elements
            .iter()
            .map(|e| e.outgoing.len())
            .collect();
        let mut peel: Vec<ElementIdx> = self
            .elements()
            .filter(|(idx, _)| !passes[idx.0 as usize] || ways[idx.0 as usize] == 0)
            .map(|(idx, _)| idx)
            .collect();
        let mut peeled: Vec<bool> = vec![false; passes.len()];
        while let Some(idx) = peel.pop() {
            if std::mem::replace(&mut peeled[idx.0 as usize], true) {
                continue;
            }
            for &flow in &self.process[idx].incoming {
                let source = self.process[flow].source;
                let left = &mut ways[source.0 as usize];
                *left = left.saturating_sub(1);
                if *left == 0 && passes[source.0 as usize] {
                    peel.push(source);
                }
            }
        }
        for (idx, element) in self.elements().filter(|(idx, _)| !peeled[idx.0 as usize]) {
            let loops = self.process[idx]
                .incoming
                .iter()
                .any(|&flow| !peeled[self.process[flow].source.0 as usize]);
            if loops {
                let message = "Expected each loop to hold an element that waits or chooses, but this one only runs round.";
                self.warning(element, "endless-loop", message.to_owned());
            }
        }
    }
}

/// Whether a token leaves at once on all outgoing flows, whatever the data.
fn passes_through(element: &Element) -> bool {
    element.repetition.is_none()
        && matches!(
            element.kind,
            ElementKind::Task(Task::Manual | Task::Undefined)
                | ElementKind::Gateway(Gateway::Parallel)
                | ElementKind::IntermediateThrowEvent {
                    event: EventDefinition::None
                }
        )
}

/// Marks every element that some path leads to.
fn reachable(process: &Process) -> Vec<bool> {
    let mut reached = vec![false; process.elements.len()];
    let mut frontier = vec![Process::ROOT];
    while let Some(idx) = frontier.pop() {
        if std::mem::replace(&mut reached[idx.0 as usize], true) {
            continue;
        }
        let element = &process[idx];
        frontier.extend(element.outgoing.iter().map(|&flow| process[flow].target));
        frontier.extend(&element.boundary);
        frontier.extend(&element.event_subprocesses);
        frontier.extend(entries(process, element));
        match element.kind.event() {
            Some(EventDefinition::Link {
                target: Some(target),
                ..
            }) => frontier.push(*target),
            Some(EventDefinition::Compensation(Compensation::Catch {
                handler: Some(handler),
            })) => frontier.push(*handler),
            _ => {}
        }
    }
    reached
}

/// Where a scope begins: its start events, or in an ad-hoc subprocess whatever nothing leads to.
fn entries<'p>(process: &'p Process, scope: &'p Element) -> impl Iterator<Item = ElementIdx> + 'p {
    let ad_hoc = matches!(scope.kind, ElementKind::AdHocSubProcess(_));
    scope.children.iter().copied().filter(move |&child| {
        let child = &process[child];
        matches!(child.kind, ElementKind::StartEvent { .. })
            || (ad_hoc && child.incoming.is_empty() && child.kind.is_activity())
    })
}
