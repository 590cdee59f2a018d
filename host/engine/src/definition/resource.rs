//! A file that can be deployed, with what was compiled from it.

use std::sync::Arc;

use gardesh_dmn::DecisionModel;

use super::{Definition, Diagnostic};
use crate::file_bytes::FileBytes;

/// One file of a deployment, checked before it reaches the engine.
#[derive(Clone, Debug)]
pub enum Resource {
    /// A diagram with what was compiled from it, process by process.
    Bpmn {
        name: String,
        xml: FileBytes,
        processes: Vec<Arc<Definition>>,
        /// What is probably not meant in it.
        warnings: Vec<Diagnostic>,
    },
    /// A decision model with what was compiled from it. Where it imports others, they are still
    /// missing: which ones it means is decided when it is deployed.
    Dmn {
        name: String,
        xml: FileBytes,
        model: DecisionModel,
    },
    /// A form in form-js JSON, with the id and the version tag in it.
    Form {
        name: String,
        id: String,
        version_tag: Option<String>,
        document: Arc<str>,
    },
}
