//! The line in which invocations wait for a place: fair by tenant and component, so that
//! whoever brings a thousand waits for themselves. What an invocation is does not matter here.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use gardesh_engine::key::TenantId;

use crate::limits::COMPONENT_SHARE;

/// Whose turn it is: a component, by its digest, of a tenant.
pub(super) type Group = (TenantId, Arc<str>);

/// Invocations that wait, and how many run.
pub(super) struct Line<T> {
    places: usize,
    taken: usize,
    groups: HashMap<Group, Members<T>>,
    /// The groups of which somebody waits, in the order of their turns.
    turns: VecDeque<Group>,
    /// How many each tenant runs.
    tenants: HashMap<TenantId, usize>,
}

struct Members<T> {
    waiting: VecDeque<T>,
    running: usize,
}

impl<T> Line<T> {
    /// An empty line before so many places.
    pub(super) fn new(places: usize) -> Self {
        Self {
            places: places.max(1),
            taken: 0,
            groups: HashMap::new(),
            turns: VecDeque::new(),
            tenants: HashMap::new(),
        }
    }

    /// How many run.
    pub(super) fn running(&self) -> usize {
        self.taken
    }

    /// Somebody comes to wait.
    pub(super) fn push(&mut self, group: Group, item: T) {
        let members = self.groups.entry(group.clone()).or_insert_with(|| Members {
            waiting: VecDeque::new(),
            running: 0,
        });
        if members.waiting.is_empty() {
            self.turns.push_back(group);
        }
        members.waiting.push_back(item);
    }

    /// Gives a place to the next, if there is one for it: to the tenant that runs least, and
    /// of its components to the one whose turn is longest ago.
    pub(super) fn next(&mut self) -> Option<(Group, T)> {
        if self.taken == self.places {
            return None;
        }
        let turns = self.turns.iter().enumerate();
        let (turn, _) = turns
            .filter(|(_, group)| self.may_begin(group))
            .min_by_key(|(turn, (tenant, _))| (self.tenants.get(tenant), *turn))?;
        let group = self.turns.remove(turn)?;
        let members = self.groups.get_mut(&group)?;
        let item = members.waiting.pop_front()?;
        members.running += 1;
        if !members.waiting.is_empty() {
            self.turns.push_back(group.clone());
        }
        self.taken += 1;
        *self.tenants.entry(group.0).or_default() += 1;
        Some((group, item))
    }

    /// One of a group has ended: its place is free.
    pub(super) fn ended(&mut self, group: &Group) {
        let Some(members) = self.groups.get_mut(group) else {
            return;
        };
        members.running -= 1;
        if members.running == 0 && members.waiting.is_empty() {
            self.groups.remove(group);
        }
        self.taken -= 1;
        if let Some(running) = self.tenants.get_mut(&group.0) {
            *running -= 1;
            if *running == 0 {
                self.tenants.remove(&group.0);
            }
        }
    }

    fn may_begin(&self, group: &Group) -> bool {
        let running = self.groups.get(group).map_or(0, |members| members.running);
        let share = self.places / COMPONENT_SHARE;
        let free = self.places - self.taken;
        running == 0 || (running < share.max(2) && free > share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(tenant: u32, component: &str) -> Group {
        (TenantId(tenant), component.into())
    }

    /// Lets in whoever may begin, and names them.
    fn let_in(line: &mut Line<u32>) -> Vec<(String, u32)> {
        std::iter::from_fn(|| line.next())
            .map(|((_, component), item)| (component.to_string(), item))
            .collect()
    }

    #[test]
    fn components_take_turns_and_each_keeps_its_own_order() {
        let mut line = Line::new(32);
        for item in 0..3 {
            line.push(group(1, "a"), item);
        }
        line.push(group(1, "b"), 10);
        let order: Vec<u32> = let_in(&mut line)
            .into_iter()
            .map(|(_, item)| item)
            .collect();
        assert_eq!(order, [0, 10, 1, 2]);
    }

    #[test]
    fn a_greedy_component_has_a_share_and_a_newcomer_finds_a_place() {
        let mut line = Line::new(32);
        for greedy in ["a", "b", "c", "d", "e"] {
            for item in 0..100 {
                line.push(group(1, greedy), item);
            }
        }
        let begun = let_in(&mut line);
        assert_eq!(begun.len(), 24, "{begun:?}");
        line.push(group(1, "small"), 7);
        assert_eq!(let_in(&mut line), [("small".to_owned(), 7)]);
        // It waits for itself alone.
        line.push(group(1, "small"), 8);
        assert!(let_in(&mut line).is_empty());
        line.ended(&group(1, "small"));
        assert_eq!(let_in(&mut line), [("small".to_owned(), 8)]);
        // A place that becomes free goes to those whose turn it is.
        line.ended(&group(1, "a"));
        line.ended(&group(1, "small"));
        assert_eq!(let_in(&mut line).len(), 1);
    }

    #[test]
    fn one_component_alone_has_its_share_at_once() {
        let mut line = Line::new(32);
        for item in 0..100 {
            line.push(group(1, "a"), item);
        }
        assert_eq!(let_in(&mut line).len(), 8);
        line.ended(&group(1, "a"));
        assert_eq!(let_in(&mut line).len(), 1);
        assert_eq!(line.running(), 8);
    }

    #[test]
    fn the_tenant_that_runs_least_comes_first() {
        let mut line = Line::new(32);
        for component in ["a", "b", "c"] {
            line.push(group(1, component), 1);
        }
        line.push(group(2, "z"), 2);
        let order: Vec<u32> = let_in(&mut line)
            .into_iter()
            .map(|(_, item)| item)
            .collect();
        assert_eq!(order, [1, 2, 1, 1]);
    }

    #[test]
    fn few_places_are_places_all_the_same() {
        let mut line = Line::new(1);
        line.push(group(1, "a"), 1);
        line.push(group(1, "b"), 2);
        assert_eq!(let_in(&mut line).len(), 1);
        line.ended(&group(1, "a"));
        assert_eq!(let_in(&mut line), [("b".to_owned(), 2)]);
        line.ended(&group(1, "b"));
        assert_eq!(line.running(), 0);
        assert!(line.groups.is_empty() && line.tenants.is_empty());
    }
}
