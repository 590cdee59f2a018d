//! The read model: a SQLite projection of the journal for search and statistics.
//!
//! [`ReadModel::project`] takes in the journal; [`ReadModel::search`] answers a
//! [`Search`] in the words of the Camunda 8 REST API (filter, sort, page), for each of the
//! row types below; [`ReadModel::select`] lists the keys of all that meet a filter, for
//! operations on them; [`ReadModel::metrics`] gives the scores. No other crate names SQLite.

#![forbid(unsafe_code)]
// A new kind of row or event must be thought of wherever its kind is told apart.
#![deny(clippy::wildcard_enum_match_arm)]
#![cfg_attr(not(test), warn(clippy::too_many_lines))]

mod ahead;
mod error;
pub mod limits;
mod metrics;
mod model;
mod projection;
mod row;
mod schema;
mod search;
mod selection;
pub mod statistics;
#[cfg(test)]
mod tests;

pub use ahead::JournalSource;
pub use error::Error;
pub use metrics::{Cases, Invitations, Metrics, MetricsFilter};
pub use model::ReadModel;
pub use projection::batch::{
    BatchItemState, BatchOperation, BatchOperationFilter, BatchOperationItem,
    BatchOperationItemFilter, BatchOperationState, BatchOperationType, BatchPlace,
};
pub use projection::component::{
    Component, ComponentFilter, ComponentRole, IsLatestSurvey, Survey, SurveyFilter,
};
pub use projection::decision::{
    DecisionTaken, FiringState, TriggerDecision, TriggerDecisionFilter,
};
pub use projection::element_instance::{
    ElementInstance, ElementInstanceFilter, ElementInstanceState,
};
pub use projection::incident::{Incident, IncidentFilter, IncidentState};
pub use projection::invitation::{
    Invitation, InvitationFilter, InvitationState, Notification, NotificationFilter,
};
pub use projection::job::{Job, JobFilter, JobKind, JobState, ListenerEventType};
pub use projection::process_definition::{
    DefinitionSource, Form, IsLatest, ProcessDefinition, ProcessDefinitionFilter,
    ProcessDefinitionState,
};
pub use projection::process_instance::{
    Alternatives, IncidentMessage, OfBatch, OfCases, ProcessInstance, ProcessInstanceFilter,
    ProcessInstanceState,
};
pub use projection::response::{AnswerGiven, Answers, QuestionKind, Response, ResponseFilter};
pub use projection::user_task::{UserTask, UserTaskFilter, UserTaskState};
pub use projection::variable::{
    JsonValue, Variable, VariableCondition, VariableConditions, VariableFilter,
};
pub use projection::{Definitions, ElementInfo, Projected};
pub use row::{Keyed, Row, RowKey};
pub use schema::{Compacted, KnownCase, cases_from, compact, files_of, position_of, remove};
pub use search::{
    AnyItem, Condition, Criterion, Filter, Instant, JsonText, Key, Operand, Operator, Order, Page,
    PageRequest, Search, Searchable, Sort, ValueCondition,
};
pub use selection::Selectable;
