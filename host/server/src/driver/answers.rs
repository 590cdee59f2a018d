//! The thread that works out what takes too long for a command: expressions and decisions, one after the other.
//! So the engine's thread goes on meanwhile, and all who need such answers get theirs in turn.

use std::collections::BTreeSet;
use std::sync::Arc;

use crossbeam_channel::{Sender, unbounded};
use gardesh_engine::Question;
use gardesh_engine::command::Command;
use gardesh_engine::key::*;

use super::invoke::Outcome;
use super::writer::Message;

/// Who cannot go on without an answer.
pub(super) enum Asker {
    /// A case: it is told to go on.
    Case(TenantId, ProcessInstanceKey),
    /// A command that somebody has sent: it is carried out again.
    Sender(Message),
    /// What a component has done: it is recorded again.
    Component(TenantId, Command),
    /// The clock.
    Clock,
}

/// See the module's text.
pub(super) struct Answers {
    questions: Sender<(Arc<Question>, Asker)>,
    /// Cases that wait; one asks again when it has waited for long.
    cases: BTreeSet<(TenantId, ProcessInstanceKey)>,
}

impl Answers {
    /// Starts the thread; what comes of it goes to `outcomes`.
    pub(super) fn start(outcomes: Sender<Outcome>) -> std::io::Result<Self> {
        let (questions, asked) = unbounded::<(Arc<Question>, Asker)>();
        let work = move || {
            for (question, asker) in asked {
                let answer = question.answer();
                // When the engine's thread is gone nobody waits any more.
                if outcomes.send(Outcome::Answered { answer, asker }).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .name("answers".into())
            .spawn(work)?;
        Ok(Self {
            questions,
            cases: BTreeSet::new(),
        })
    }

    pub(super) fn ask(&mut self, question: Arc<Question>, asker: Asker) {
        if let Asker::Case(tenant, case) = asker
            && !self.cases.insert((tenant, case))
        {
            return;
        }
        // The thread lives as long as this sender.
        drop(self.questions.send((question, asker)));
    }

    /// A case has its answer.
    pub(super) fn given(&mut self, tenant: TenantId, case: ProcessInstanceKey) {
        self.cases.remove(&(tenant, case));
    }
}
