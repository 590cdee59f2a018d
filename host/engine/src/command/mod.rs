//! Commands: what the outside asks of the engine, in the imperative. One file for each kind of
//! thing that can be asked about, with the answers beside the commands. What each does, and the
//! type of its answer, is in `processors`.

mod batch_operation;
mod component;
mod decision;
mod deployment;
mod experience;
mod instance;
mod job;
mod message;
mod tenant;
mod user_task;

pub use batch_operation::*;
pub use component::*;
pub use decision::*;
pub use deployment::*;
pub use experience::*;
pub use instance::*;
pub use job::*;
pub use message::*;
pub use tenant::*;
pub use user_task::*;

pub use crate::definition::Resource;
use crate::identity::Identity;
use crate::key::TenantId;

/// A command with all that the engine may not get for itself: whose it is, the time and
/// some randomness.
#[derive(Clone, Debug)]
pub struct Record<R = Command> {
    /// The tenant on whose behalf the command comes.
    pub tenant: TenantId,
    /// Journal time, milliseconds since the epoch; never before that of an earlier record.
    pub at_ms: u64,
    /// How far that may be ahead of the true time, see [`crate::clock`]: nothing is forgotten
    /// because of it.
    pub unconfirmed_ms: u64,
    /// Who sends it; none for the clock and for what components answered.
    pub identity: Option<Identity>,
    /// 256 random bits from the operating system, for links that must not be guessed.
    pub entropy: [u8; 32],
    /// What to do.
    pub command: R,
}

/// Time has passed: do what has become due.
#[derive(Clone, Debug)]
pub struct Tick;

/// Calls a macro with the name of every command.
macro_rules! for_each_command {
    ($macro:ident) => {
        $macro! {
            ActivateAdHoc, ActivateJobs, AppendBatchItems, AssignUserTask, BindJobs,
            BroadcastSignal, CancelBatch, CancelInstance, CheckDeployment, CheckMigration,
            CompleteJob, CompleteUserTask, CorrelateMessage, CreateBatch, CreateInstance,
            CreateTenant, DeleteHistory, DeleteResource, DeleteTenant, Deploy, DisableTrigger,
            EnableTrigger, EvaluateConditions, EvaluateDecision, FailJob, GoOn, MigrateInstance,
            ModifyInstance, PublishMessage, RecordDecisions, RecordResponse, RegisterComponent,
            RemoveComponent, ResolveIncident, ResumeBatch, ResumeDefinition, ResumeInstance,
            SaveSurvey, SetRetention, SetVariables, SuspendBatch, SuspendDefinition,
            SuspendInstance, ThrowJobError, Tick, UnassignUserTask, UpdateJob, UpdateTenant,
            UpdateUserTask,
        }
    };
}
pub(crate) use for_each_command;

macro_rules! command {
    ($($name:ident),* $(,)?) => {
        /// Any command, for whoever sends many kinds of them and needs no answer.
        #[derive(Clone, Debug)]
        pub enum Command {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name),)*
        }

        impl Command {
            /// The names of all commands.
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];
        }

        $(impl From<$name> for Command {
            fn from(command: $name) -> Self {
                Self::$name(command)
            }
        })*
    };
}
for_each_command!(command);
