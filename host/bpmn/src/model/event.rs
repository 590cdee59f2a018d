//! Event definitions, and the messages, signals, errors and escalations that they refer to.

use super::{ElementIdx, Expression, Send};

/// What an event waits for or does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventDefinition {
    None,
    /// A catching message event.
    Message(Message),
    /// A throwing message event: intermediate or end.
    SendMessage(Send),
    Timer(Timer),
    Signal(Signal),
    /// Catching without a code catches every error; throwing has a code.
    Error(Option<ErrorDefinition>),
    /// Catching without a code catches every escalation; throwing has a code.
    Escalation(Option<Escalation>),
    Compensation(Compensation),
    Link {
        name: String,
        /// For a throwing event: the catching event of this name in the same scope.
        target: Option<ElementIdx>,
    },
    Terminate,
    Conditional(Condition),
    Cancel,
    /// Drawn, but outside of what is executed; says what it is. Never in an executable process.
    Unsupported {
        what: String,
    },
}

/// A `message` of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub name: Expression,
    /// `zeebe:subscription`; not used by message start events of a process.
    pub correlation_key: Option<Expression>,
    pub line: u32,
}

/// A `signal` of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signal {
    pub id: String,
    pub name: Expression,
    pub line: u32,
}

/// An `error` of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorDefinition {
    pub id: String,
    pub name: Option<String>,
    /// Static where it is caught, possibly FEEL where it is thrown.
    pub code: Expression,
    pub line: u32,
}

/// An `escalation` of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Escalation {
    pub id: String,
    pub name: Option<String>,
    /// Static where it is caught, possibly FEEL where it is thrown.
    pub code: Expression,
    pub line: u32,
}

/// When a timer fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Timer {
    /// ISO 8601 date and time with a zone.
    Date(Expression),
    /// ISO 8601 duration.
    Duration(Expression),
    /// ISO 8601 repeating interval (`R3/PT1H`) or a cron expression.
    Cycle(Expression),
}

impl Timer {
    /// The expression, whatever the kind of timer.
    #[must_use]
    pub fn expression(&self) -> &Expression {
        match self {
            Self::Date(expression) | Self::Duration(expression) | Self::Cycle(expression) => {
                expression
            }
        }
    }
}

/// A compensation event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compensation {
    /// Thrown: compensates one activity, or all completed ones of the scope.
    Throw { activity: Option<ElementIdx> },
    /// A boundary event: the activity that an association joins to it undoes the work.
    Catch { handler: Option<ElementIdx> },
}

/// A conditional event: fires when the condition becomes true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub condition: Expression,
    /// `zeebe:conditionalFilter`: only changes of these variables count; empty means all.
    pub variable_names: Vec<String>,
    /// Only these kinds of change count; empty means both.
    pub variable_events: Vec<VariableEvent>,
}

/// A kind of change of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VariableEvent {
    Create,
    Update,
}
