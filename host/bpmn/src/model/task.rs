//! Tasks and what they carry: jobs, decisions, scripts, user tasks, forms and listeners.

use super::{Binding, Expression, Message};

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    Service(JobDefinition),
    Send(Send),
    BusinessRule(BusinessRule),
    Script(Script),
    User(UserTask),
    Receive {
        message: Message,
    },
    Manual,
    /// `bpmn:task`, a task of no particular kind; passes through.
    Undefined,
}

impl Task {
    /// The BPMN tag.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        match self {
            Self::Service(_) => "serviceTask",
            Self::Send(_) => "sendTask",
            Self::BusinessRule(_) => "businessRuleTask",
            Self::Script(_) => "scriptTask",
            Self::User(_) => "userTask",
            Self::Receive { .. } => "receiveTask",
            Self::Manual => "manualTask",
            Self::Undefined => "task",
        }
    }

    /// The job that a worker or a component does for this task, if it is that kind of task.
    #[must_use]
    pub fn job(&self) -> Option<&JobDefinition> {
        match self {
            Self::Service(job)
            | Self::Send(Send::Job(job))
            | Self::BusinessRule(BusinessRule::Job(job))
            | Self::Script(Script::Job(job)) => Some(job),
            _ => None,
        }
    }
}

/// `zeebe:taskDefinition`: the work is a job of this type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobDefinition {
    /// Names the component or the outside worker.
    pub job_type: Expression,
    /// How often the job is tried; a whole number. The engine's default is meant when it is absent.
    pub retries: Option<Expression>,
}

/// How a message goes out of a send task or a throwing message event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Send {
    /// A worker or component sends it.
    Job(JobDefinition),
    /// The engine publishes it itself (`zeebe:publishMessage`).
    Publish(MessagePublication),
}

/// `zeebe:publishMessage`: a message published by the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePublication {
    pub name: Expression,
    pub correlation_key: Expression,
    /// For deduplication.
    pub message_id: Option<Expression>,
    /// ISO 8601 duration for which the message is buffered.
    pub time_to_live: Option<Expression>,
}

/// What a business rule task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BusinessRule {
    Decision(CalledDecision),
    Job(JobDefinition),
}

/// `zeebe:calledDecision`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledDecision {
    pub decision_id: Expression,
    /// Name of the variable that receives the decision's result.
    pub result_variable: String,
    pub binding: Binding,
}

/// What a script task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Script {
    /// `zeebe:script`: FEEL evaluated by the engine.
    Feel {
        expression: Expression,
        /// Name of the variable that receives the result.
        result_variable: String,
    },
    Job(JobDefinition),
}

/// A task for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserTask {
    pub implementation: UserTaskImplementation,
    pub assignee: Option<Expression>,
    /// Static: names separated by commas. FEEL: a list of strings.
    pub candidate_groups: Option<Expression>,
    /// As `candidate_groups`.
    pub candidate_users: Option<Expression>,
    /// ISO 8601 date and time.
    pub due_date: Option<Expression>,
    /// ISO 8601 date and time.
    pub follow_up_date: Option<Expression>,
    /// A whole number from 0 to 100.
    pub priority: Option<Expression>,
    pub form: Option<Form>,
}

/// Who keeps the life cycle of a user task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserTaskImplementation {
    /// `zeebe:userTask`: the engine.
    Native,
    /// A job of type `io.camunda.zeebe:userTask`, as Camunda did before 8.5.
    Job,
}

/// `zeebe:formDefinition`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    pub reference: FormReference,
    pub binding: Binding,
}

/// How a form is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormReference {
    /// A deployed form.
    Id(Expression),
    /// A form of the client's own, or one embedded in the file (`camunda-forms:bpmn:<id>`).
    Key(Expression),
    /// A form elsewhere, by address.
    External(Expression),
}

/// `zeebe:linkedResource`: a file that a worker needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedResource {
    pub resource_id: Expression,
    pub resource_type: Option<String>,
    pub link_name: Option<String>,
    pub binding: Binding,
}

/// A job that runs as an element or a user task passes a point of its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub event: ListenerEvent,
    pub job: JobDefinition,
    pub headers: Vec<(String, String)>,
    pub line: u32,
}

/// The points at which listeners run: `Start` and `End` for elements, `Cancel` for the process, the others for user tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListenerEvent {
    Start,
    End,
    Cancel,
    Creating,
    Assigning,
    Updating,
    Completing,
    Canceling,
}
