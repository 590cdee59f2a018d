//! What is stored of a deployed process definition or form. The compiled form is in
//! `crate::definition`.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::file_bytes::FileBytes;
use crate::key::*;

/// One version of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefinitionRow {
    /// Its key.
    pub key: ProcessDefinitionKey,
    /// The deployment that brought it.
    pub deployment: DeploymentKey,
    /// The process id of the diagram.
    pub id: Arc<str>,
    /// The name of the diagram, where it has one.
    pub name: Option<Arc<str>>,
    /// 1 for the first version, one more for each changed one.
    pub version: u32,
    /// The version tag of the diagram.
    pub version_tag: Option<Arc<str>>,
    /// The components that were registered when it was deployed, for tasks that are bound to
    /// them: job type and digest.
    pub components: Vec<(Arc<str>, Arc<str>)>,
    /// The file that it came in.
    pub resource: Arc<str>,
    /// SHA-256 of the file.
    pub checksum: [u8; 32],
    /// When it was deployed, journal time.
    pub deployed_at_ms: u64,
    /// How long the history of its cases is kept; where it does not say, the tenant does.
    pub history_ms: Option<u64>,
}

/// What happens to a version of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ProcessDefinitionEvent {
    /// A process definition was stored, with its source.
    Created {
        definition: Arc<DefinitionRow>,
        source: FileBytes,
    },
    /// No cases of a definition are started from here on.
    Suspended { definition: ProcessDefinitionKey },
    /// They are again.
    Resumed { definition: ProcessDefinitionKey },
    /// What a start event waits for has happened, but its definition is suspended.
    StartSkipped {
        definition: ProcessDefinitionKey,
        event: u32,
    },
    /// A fault of the engine in a case that the clock was about to start: no cases of this
    /// definition are started until somebody resumes it.
    Failed {
        definition: ProcessDefinitionKey,
        reason: String,
    },
    /// A version of a process was deleted: it is started no more. Its cases go on, and they and
    /// their history need its row.
    Deleted { definition: ProcessDefinitionKey },
}

impl ProcessDefinitionEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { .. } => About::tenant("ProcessDefinitionCreated"),
            Self::Suspended { .. } => About::tenant("ProcessDefinitionSuspended"),
            Self::Resumed { .. } => About::tenant("ProcessDefinitionResumed"),
            Self::StartSkipped { .. } => About::tenant("StartSkipped"),
            Self::Failed { .. } => About::tenant("ProcessDefinitionFailed"),
            Self::Deleted { .. } => About::tenant("ProcessDefinitionDeleted"),
        }
    }
}
