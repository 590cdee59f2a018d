//! Which version of a process, decision or form is meant where a diagram names one: the
//! newest, the one that was deployed with the diagram, or the one with a version tag.

use std::sync::Arc;

use gardesh_bpmn::Binding;

use super::Context;
use crate::key::*;
use crate::state::deployed;

/// What is deployed under an id, in versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deployed {
    Process,
    Decision,
    Form,
}

impl Deployed {
    /// Its name for people.
    fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Decision => "decision",
            Self::Form => "form",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Process => deployed::PROCESS,
            Self::Decision => deployed::DECISION,
            Self::Form => deployed::FORM,
        }
    }
}

impl Context<'_> {
    /// The key of the version that is meant by a diagram, which is that of `from`.
    ///
    /// # Errors
    /// What was looked for and is not there.
    pub(crate) fn deployed(
        &self,
        what: Deployed,
        id: &Arc<str>,
        binding: &Binding,
        from: DefinitionKey,
    ) -> Result<u64, String> {
        let name = what.name();
        match binding {
            Binding::Latest => self.latest(what, id).ok_or_else(|| {
                format!(
                    "Expected a deployed {name} with the id '{id}', but there is none. Deploy it, then resolve."
                )
            }),
            Binding::Deployment => {
                let definition = self.state.definitions.get(&(self.tenant, from));
                let deployment = definition.map_or(DeploymentKey(0), |row| row.deployment);
                let key = (self.tenant, deployment, what.number(), Arc::clone(id));
                let found = self.state.definitions_by_deployment.get(&key).map(|key| *key);
                found.ok_or_else(|| {
                    format!(
                        "Expected a {name} with the id '{id}' in deployment {deployment}, with which this diagram came, but there is none. Deploy both together and migrate the case to that version."
                    )
                })
            }
            Binding::VersionTag(tag) => {
                let key = (
                    self.tenant,
                    what.number(),
                    Arc::clone(id),
                    Arc::from(tag.as_str()),
                );
                let found = self.state.definitions_by_tag.get(&key).map(|key| *key);
                found.ok_or_else(|| {
                    format!(
                        "Expected a {name} with the id '{id}' and the version tag '{tag}', but there is none. Deploy one, then resolve."
                    )
                })
            }
        }
    }

    fn latest(&self, what: Deployed, id: &Arc<str>) -> Option<u64> {
        let key = (self.tenant, Arc::clone(id));
        match what {
            Deployed::Process => self.state.latest_definitions.get(&key).map(|key| key.0),
            Deployed::Decision => self.state.latest_decisions.get(&key).map(|key| key.0),
            Deployed::Form => self.state.latest_forms.get(&key).map(|key| key.0),
        }
    }
}
