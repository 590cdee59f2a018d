//! What can be asked about deployed resources: process definitions, decisions and forms; and
//! the answers.

use crate::definition::{Diagnostic, Resource};
use crate::key::*;

/// Store process definitions, decisions and forms, all or none of them.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// The files.
    pub resources: Vec<Resource>,
}

/// The answer to [`Deploy`]: what is stored now.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployed {
    /// The deployment.
    pub deployment: DeploymentKey,
    /// Its process definitions, those among them that were there before.
    pub processes: Vec<ProcessDefinitionKey>,
    /// Its decision models.
    pub decision_requirements: Vec<DecisionRequirementsKey>,
    /// The decisions in them.
    pub decisions: Vec<DecisionKey>,
    /// Its forms.
    pub forms: Vec<FormKey>,
    /// What is probably not meant in it. Not stored anywhere: it says nothing of what happens.
    pub warnings: Vec<ResourceWarning>,
}

/// Say whether these could be stored, and what is probably not meant in them. Changes nothing.
#[derive(Clone, Debug)]
pub struct CheckDeployment {
    /// The files.
    pub resources: Vec<Resource>,
}

/// The answer to [`CheckDeployment`] when the resources could be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentChecked {
    /// What is probably not meant in them.
    pub warnings: Vec<ResourceWarning>,
}

/// Something in a file of a deployment that is probably not meant.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceWarning {
    /// The name of the file.
    pub resource: String,
    /// What was found in it.
    pub found: Diagnostic,
}

/// Delete a version of a process, a decision model or a version of a form.
#[derive(Clone, Debug)]
pub struct DeleteResource {
    /// The key of any of them.
    pub key: u64,
}

/// The answer to [`DeleteResource`].
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceDeleted {
    /// The key, when it was a version of a process.
    pub process: Option<ProcessDefinitionKey>,
}

/// Start no instances of a process definition until it is resumed.
#[derive(Clone, Debug)]
pub struct SuspendDefinition {
    /// The process definition.
    pub definition: ProcessDefinitionKey,
}

/// Start instances of a suspended process definition again.
#[derive(Clone, Debug)]
pub struct ResumeDefinition {
    /// The process definition.
    pub definition: ProcessDefinitionKey,
}
