//! What is stored of deployed decisions, and the record of an evaluation, which lives in the
//! journal and the read model only. The compiled model is `gardesh_dmn`'s.

pub(in crate::entities) mod apply;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entities::about::About;
use crate::file_bytes::FileBytes;
use crate::key::*;

/// One version of a decision requirements graph: a DMN file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRequirementsRow {
    /// Its key.
    pub key: DecisionRequirementsKey,
    /// The deployment that brought it.
    pub deployment: DeploymentKey,
    /// The id of its definitions.
    pub id: Arc<str>,
    /// Their name.
    pub name: Arc<str>,
    /// 1 for the first version, one more for each changed one.
    pub version: u32,
    /// The version before this one.
    pub follows: Option<DecisionRequirementsKey>,
    /// The file that it came in.
    pub resource: Arc<str>,
    /// SHA-256 of the file.
    pub checksum: [u8; 32],
    /// When it was deployed, journal time.
    pub deployed_at_ms: u64,
    /// By which others import it.
    pub namespace: Arc<str>,
    /// The versions that it imports, for ever: one for each namespace, in the order of the file.
    pub imports: Vec<DecisionRequirementsKey>,
    /// The models that it is made of: itself, and those that it imports, as often as it does.
    pub models: u32,
}

/// One version of a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// Its key.
    pub key: DecisionKey,
    /// The deployment that brought it.
    pub deployment: DeploymentKey,
    /// The graph that it is in.
    pub requirements: DecisionRequirementsKey,
    /// The graph's id.
    pub requirements_id: Arc<str>,
    /// Its own id, as diagrams name it.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// 1 for the first version, one more for each changed one.
    pub version: u32,
    /// Its version tag.
    pub version_tag: Option<Arc<str>>,
}

/// What was asked of a decision and what it answered, for the audit. Values are JSON texts;
/// large ones are shortened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionEvaluation {
    /// Its key.
    pub key: DecisionEvaluationKey,
    /// The decision that was asked.
    pub decision: Arc<DecisionRow>,
    /// Where it was asked; none when it was asked directly.
    pub asker: Option<Asker>,
    /// What was decided on the way, the decision itself last.
    pub made: Vec<Made>,
    /// Whether more was decided than is kept here.
    pub incomplete: bool,
    /// The answer.
    pub output: Arc<str>,
    /// Reasons for whatever is null in it; empty when there are none.
    pub reasons: Arc<str>,
    /// Why there is no answer.
    pub failure: Option<DecisionFailure>,
    /// When it was asked, journal time.
    pub at_ms: u64,
}

/// The element that asked a decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asker {
    /// The case.
    pub instance: ProcessInstanceKey,
    /// The case's definition.
    pub definition: ProcessDefinitionKey,
    /// The element's index in the definition.
    pub element: u32,
    /// The element's activation.
    pub element_instance: ElementInstanceKey,
}

/// Why a decision could not be evaluated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionFailure {
    /// The decision that failed: the one that was asked, or one that it requires.
    pub decision: Arc<str>,
    /// What is wrong.
    pub message: Arc<str>,
}

/// A decision that was made, or a knowledge model that was called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Its id.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its version, for a decision of the model.
    pub version: Option<(DecisionKey, u32)>,
    /// What its table looked at.
    pub inputs: Vec<MadeInput>,
    /// The rules that matched, in the order of the table.
    pub rules: Vec<MadeRule>,
    /// What it gave.
    pub output: Arc<str>,
}

/// The value of an input of a decision table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeInput {
    /// The input's id.
    pub id: Arc<str>,
    /// Its label or expression.
    pub name: Arc<str>,
    /// What it was.
    pub value: Arc<str>,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MadeRule {
    /// The rule's id.
    pub id: Arc<str>,
    /// Its place in the table, from 1.
    pub index: u32,
    /// The values of its outputs: id, name, value.
    pub outputs: Vec<(Arc<str>, Arc<str>, Arc<str>)>,
}

/// What happens to a decision or the model that it is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DecisionEvent {
    /// A decision model was stored, with its source.
    RequirementsCreated {
        requirements: Arc<DecisionRequirementsRow>,
        source: FileBytes,
    },
    /// A decision of such a model was stored.
    Created { decision: Arc<DecisionRow> },
    /// A decision was asked, by a case or directly.
    Evaluated { evaluation: Arc<DecisionEvaluation> },
    /// A decision model was deleted, with all decisions in it. Models that import it need its row.
    RequirementsDeleted {
        requirements: DecisionRequirementsKey,
    },
}

impl DecisionEvent {
    /// The public name, the subject, the retention and the size of the event.
    pub(crate) fn about(&self) -> About<'_> {
        match self {
            Self::RequirementsCreated { .. } => About::tenant("DecisionRequirementsCreated"),
            Self::Created { .. } => About::tenant("DecisionCreated"),
            Self::Evaluated { evaluation } => About::evaluation("DecisionEvaluated", evaluation),
            Self::RequirementsDeleted { .. } => About::tenant("DecisionRequirementsDeleted"),
        }
    }
}
