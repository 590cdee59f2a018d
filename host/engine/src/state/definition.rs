//! What is stored of a deployed process definition or form. The compiled form is in
//! `crate::definition`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::key::*;

/// One version of a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DefinitionRow {
    /// Its key.
    pub key: DefinitionKey,
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

/// One version of a form (form-js JSON).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormRow {
    /// Its key.
    pub key: FormKey,
    /// The deployment that brought it.
    pub deployment: DeploymentKey,
    /// The form's id, as diagrams name it.
    pub id: Arc<str>,
    /// 1 for the first version, one more for each changed one.
    pub version: u32,
    /// The version tag of the form.
    pub version_tag: Option<Arc<str>>,
    /// The file that it came in.
    pub resource: Arc<str>,
    /// The document itself.
    pub document: Arc<str>,
}
