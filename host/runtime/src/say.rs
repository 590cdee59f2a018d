//! What a step says beside its output: the verdict of a user task's listener, or the choice
//! of who leads an ad-hoc subprocess. Collected while the step runs, within bounds; whether
//! it makes sense in its job is for the engine to say.

use crate::bindings::step::gardesh::step::{ad_hoc, verdict};
use crate::guest::{Guest, Stop};
use crate::{ChosenElement, Corrections, JobResult, Limits};

/// What was said so far in one attempt.
#[derive(Default)]
pub struct Said {
    denied: Option<String>,
    corrections: Corrections,
    elements: Vec<ChosenElement>,
    is_fulfilled: bool,
    cancel_remaining: bool,
    /// What all calls brought, the overridden ones included.
    bytes: usize,
}

impl Said {
    /// The result for the job; none where nothing was said.
    ///
    /// # Errors
    /// What was found when both kinds of results were given.
    pub fn into_result(self) -> Result<Option<JobResult>, &'static str> {
        let judges = self.denied.is_some() || !self.corrections.is_empty();
        let chooses = !self.elements.is_empty() || self.is_fulfilled || self.cancel_remaining;
        match (judges, chooses) {
            (false, false) => Ok(None),
            (true, false) => Ok(Some(JobResult::UserTask {
                denied: self.denied,
                corrections: self.corrections,
            })),
            (false, true) => Ok(Some(JobResult::AdHocSubProcess {
                elements: self.elements,
                is_fulfilled: self.is_fulfilled,
                cancel_remaining: self.cancel_remaining,
            })),
            (true, true) => Err("the step gave both"),
        }
    }

    /// Makes room for what a call brings. It is counted for good, so that calls which
    /// override each other cannot go on without end.
    fn take_in(&mut self, bytes: usize, limits: &Limits) -> Result<(), Stop> {
        let limit = limits.output_bytes;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > limit {
            return Err(Stop::SaidTooMuch { limit });
        }
        Ok(())
    }

    fn correct(&mut self, changes: Corrections, limits: &Limits) -> Result<(), Stop> {
        let candidates = [&changes.candidate_groups, &changes.candidate_users];
        for names in candidates.into_iter().flatten() {
            let (limit, found) = (limits.candidates, names.len());
            if found > limit {
                return Err(Stop::Candidates { limit, found });
            }
        }
        self.take_in(changes.bytes(), limits)?;
        self.corrections.add(changes);
        Ok(())
    }

    fn activate(&mut self, element: ChosenElement, limits: &Limits) -> Result<(), Stop> {
        let limit = limits.activated_elements;
        if self.elements.len() >= limit {
            return Err(Stop::Activated { limit });
        }
        self.take_in(element.element_id.len() + element.variables.len(), limits)?;
        self.elements.push(element);
        Ok(())
    }
}

impl Guest {
    /// Counts a call of `function`, which says something about the job.
    fn say(&mut self, function: &str) -> Result<(&mut Said, &Limits), Stop> {
        self.enter()?;
        if self.job.is_none() {
            let function = function.to_owned();
            return Err(Stop::NoJob { function });
        }
        Ok((&mut self.said, &self.limits))
    }
}

impl verdict::Host for Guest {
    fn deny(&mut self, reason: String) -> wasmtime::Result<()> {
        let (said, limits) = self.say("verdict.deny")?;
        said.take_in(reason.len(), limits)?;
        said.denied = Some(reason);
        Ok(())
    }

    fn correct(&mut self, changes: verdict::Corrections) -> wasmtime::Result<()> {
        let (said, limits) = self.say("verdict.correct")?;
        Ok(said.correct(changes.into(), limits)?)
    }
}

impl ad_hoc::Host for Guest {
    fn activate_element(&mut self, element_id: String, variables: String) -> wasmtime::Result<()> {
        let (said, limits) = self.say("ad-hoc.activate-element")?;
        let element = ChosenElement {
            element_id,
            variables,
        };
        Ok(said.activate(element, limits)?)
    }

    fn fulfil_completion_condition(&mut self) -> wasmtime::Result<()> {
        let (said, _) = self.say("ad-hoc.fulfil-completion-condition")?;
        said.is_fulfilled = true;
        Ok(())
    }

    fn cancel_remaining_instances(&mut self) -> wasmtime::Result<()> {
        let (said, _) = self.say("ad-hoc.cancel-remaining-instances")?;
        said.cancel_remaining = true;
        Ok(())
    }
}

impl From<verdict::Corrections> for Corrections {
    fn from(changes: verdict::Corrections) -> Self {
        Self {
            assignee: changes.assignee,
            candidate_groups: changes.candidate_groups,
            candidate_users: changes.candidate_users,
            due_date: changes.due_date,
            follow_up_date: changes.follow_up_date,
            priority: changes.priority,
        }
    }
}

impl Corrections {
    /// Puts `later` ones on top.
    fn add(&mut self, later: Self) {
        fn put<T>(earlier: &mut Option<T>, later: Option<T>) {
            if later.is_some() {
                *earlier = later;
            }
        }
        put(&mut self.assignee, later.assignee);
        put(&mut self.candidate_groups, later.candidate_groups);
        put(&mut self.candidate_users, later.candidate_users);
        put(&mut self.due_date, later.due_date);
        put(&mut self.follow_up_date, later.follow_up_date);
        put(&mut self.priority, later.priority);
    }

    /// Bytes of text in them.
    fn bytes(&self) -> usize {
        let texts = [&self.assignee, &self.due_date, &self.follow_up_date];
        let lists = [&self.candidate_groups, &self.candidate_users];
        let names = lists.into_iter().flatten().flatten();
        texts
            .into_iter()
            .flatten()
            .chain(names)
            .map(String::len)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Limits {
        Limits {
            output_bytes: 20,
            candidates: 2,
            activated_elements: 2,
            ..Limits::default()
        }
    }

    fn element(id: &str) -> ChosenElement {
        ChosenElement {
            element_id: id.into(),
            variables: "{}".into(),
        }
    }

    #[test]
    fn corrections_add_up_and_the_last_one_counts() {
        let (mut said, limits) = (Said::default(), small());
        let first = Corrections {
            assignee: Some("ada".into()),
            priority: Some(1),
            ..Corrections::default()
        };
        let second = Corrections {
            priority: Some(2),
            due_date: Some(String::new()),
            ..Corrections::default()
        };
        said.correct(first, &limits).unwrap();
        said.correct(second, &limits).unwrap();
        let expected = Corrections {
            assignee: Some("ada".into()),
            priority: Some(2),
            due_date: Some(String::new()),
            ..Corrections::default()
        };
        let Ok(Some(JobResult::UserTask {
            denied: None,
            corrections,
        })) = said.into_result()
        else {
            panic!("a verdict was given");
        };
        assert_eq!(corrections, expected);
    }

    #[test]
    fn nothing_said_is_no_result_and_two_kinds_are_one_too_many() {
        assert_eq!(Said::default().into_result(), Ok(None));
        let nothing_new = Said {
            bytes: 5,
            ..Said::default()
        };
        assert_eq!(nothing_new.into_result(), Ok(None));
        let both = Said {
            denied: Some("no".into()),
            is_fulfilled: true,
            ..Said::default()
        };
        assert!(both.into_result().is_err());
    }

    #[test]
    fn what_is_said_is_bounded_even_where_it_overrides() {
        let (mut said, limits) = (Said::default(), small());
        let assignee = |name: &str| Corrections {
            assignee: Some(name.into()),
            ..Corrections::default()
        };
        said.correct(assignee("0123456789"), &limits).unwrap();
        said.correct(assignee("0123456789"), &limits).unwrap();
        let stop = said.correct(assignee("0"), &limits).unwrap_err();
        assert_eq!(stop, Stop::SaidTooMuch { limit: 20 });
    }

    #[test]
    fn lists_are_counted() {
        let (mut said, limits) = (Said::default(), small());
        let groups = Corrections {
            candidate_groups: Some(vec![String::new(); 3]),
            ..Corrections::default()
        };
        let stop = said.correct(groups, &limits).unwrap_err();
        assert_eq!(stop, Stop::Candidates { limit: 2, found: 3 });
        said.activate(element("a"), &limits).unwrap();
        said.activate(element("a"), &limits).unwrap();
        let stop = said.activate(element("b"), &limits).unwrap_err();
        assert_eq!(stop, Stop::Activated { limit: 2 });
    }
}
