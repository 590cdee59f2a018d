//! A form: what is stored of it, and what happens to it.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::key::*;

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

/// What happens to a version of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FormEvent {
    /// A form was stored.
    Created { form: Arc<FormRow> },
    /// A version of a form was deleted. Open tasks need its row.
    Deleted { form: FormKey },
}

impl FormEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::Created { .. } => About::tenant("FormCreated"),
            Self::Deleted { .. } => About::tenant("FormDeleted"),
        }
    }
}
