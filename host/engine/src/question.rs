//! Expressions and decisions that take too long for a command. Whoever needs the value comes again, and the
//! question goes out as an effect: it holds all that its answer depends on, so that it can be worked out on
//! another thread. The answer is remembered, and whoever comes again finds it. One that gets lost is asked for
//! again.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use gardesh_dmn::{DecisionModel, DecisionOutcome};
use gardesh_feel::{Bound, Environment, Evaluation, Expression, Scope, Value, Warning};

use crate::key::DecisionKey;
use crate::limits::MAX_REMEMBERED_ANSWERS;
use crate::variables::Document;

/// See the module's text.
#[derive(Clone, Debug)]
pub struct Question {
    pub(crate) asked: Asked,
    pub(crate) given: Given,
    pub(crate) environment: Environment,
}

/// What is to be worked out. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    Expression {
        text: Arc<str>,
        expression: Arc<Expression>,
    },
    Decision {
        key: DecisionKey,
        id: Arc<str>,
        model: DecisionModel,
    },
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Value(Evaluation),
    Decision(DecisionOutcome),
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub struct Answer {
    question: Arc<Question>,
    outcome: Outcome,
}

/// Variables that are at hand.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given(pub Document);

impl Scope for Given {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

/// Variables that can be taken along to another thread.
pub(crate) trait Portable: Scope {
    /// All of them.
    fn all(&self) -> Given;
    /// The same as a scope.
    fn scope(&self) -> &dyn Scope;
}

impl Portable for Given {
    fn all(&self) -> Given {
        self.clone()
    }

    fn scope(&self) -> &dyn Scope {
        self
    }
}

impl Asked {
    pub(crate) fn work_out(&self, scope: &dyn Scope, environment: &Environment) -> Outcome {
        match self {
            Self::Expression { expression, .. } => {
                Outcome::Value(expression.evaluate(scope, environment))
            }
            Self::Decision { id, model, .. } => {
                Outcome::Decision(model.evaluate(id, scope, environment))
            }
        }
    }

    /// A fault of the engine is the end of that evaluation alone.
    fn failed(&self) -> Outcome {
        let warnings = vec![Warning {
            message: "The engine failed on it".into(),
            position: 0,
        }];
        let (value, exceeded, fuel) = (Value::Null, Some(Bound::Assertion), 0);
        match self {
            Self::Expression { .. } => Outcome::Value(Evaluation {
                value,
                warnings,
                exceeded,
                fuel,
            }),
            Self::Decision { .. } => Outcome::Decision(DecisionOutcome {
                value,
                warnings,
                exceeded,
                fuel,
                evaluated: Vec::new(),
            }),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Expression { text, .. }, Self::Expression { text: other, .. }) => text == other,
            (Self::Decision { key, .. }, Self::Decision { key: other, .. }) => key == other,
            _ => false,
        }
    }
}

impl Outcome {
    pub(crate) fn fuel(&self) -> u64 {
        match self {
            Self::Value(evaluation) => evaluation.fuel,
            Self::Decision(outcome) => outcome.fuel,
        }
    }

    pub(crate) fn is_out_of_fuel(&self) -> bool {
        let exceeded = match self {
            Self::Value(evaluation) => evaluation.exceeded,
            Self::Decision(outcome) => outcome.exceeded,
        };
        exceeded == Some(Bound::Fuel)
    }
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        self.asked.is(&other.asked)
            && self.given == other.given
            && self.environment == other.environment
    }
}

impl Question {
    /// Works out the answer, which takes as long as one evaluation may.
    #[must_use]
    pub fn answer(self: Arc<Self>) -> Answer {
        let work_out = || self.asked.work_out(&self.given, &self.environment);
        let outcome = catch_unwind(AssertUnwindSafe(work_out));
        let outcome = outcome.unwrap_or_else(|_| self.asked.failed());
        Answer {
            question: self,
            outcome,
        }
    }
}

/// Answers to questions that were asked lately.
#[derive(Default)]
pub(crate) struct Answers(VecDeque<Answer>);

impl Answers {
    /// Keeps an answer, in place of the oldest when there are many.
    pub(crate) fn remember(&mut self, answer: Answer) {
        if self.0.len() == MAX_REMEMBERED_ANSWERS {
            self.0.pop_front();
        }
        self.0.push_back(answer);
    }

    /// The answer for the same variables. Time has gone on since it was asked for.
    pub(crate) fn find(&self, asked: &Asked, scope: &dyn Portable, seed: u64) -> Option<&Outcome> {
        let of_this = |answer: &&Answer| {
            let question = &answer.question;
            question.environment.seed == seed && question.asked.is(asked)
        };
        let mut answers = self.0.iter().rev().filter(of_this).peekable();
        answers.peek()?;
        let given = scope.all();
        let found = answers.find(|answer| answer.question.given == given);
        found.map(|answer| &answer.outcome)
    }
}
