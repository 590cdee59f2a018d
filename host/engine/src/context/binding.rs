//! Which version of a process, decision, form or component is meant where a diagram names
//! one: the newest, the one that was deployed with the diagram, or the one with a version tag.

use std::sync::Arc;

use gardesh_bpmn::Binding;

use super::Context;
use crate::entities::deployment::ResourceKind;
use crate::key::*;

impl Context<'_> {
    /// The key of the version that is meant by a diagram, which is that of `from`.
    ///
    /// # Errors
    /// What was looked for and is not there.
    pub(crate) fn deployed(
        &self,
        what: ResourceKind,
        id: &Arc<str>,
        binding: &Binding,
        from: ProcessDefinitionKey,
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
                let key = (self.tenant, deployment, what, Arc::clone(id));
                let found = self.state.definitions_by_deployment.get(&key).map(|key| *key);
                found.ok_or_else(|| {
                    format!(
                        "Expected a {name} with the id '{id}' in deployment {deployment}, with which this diagram came, but there is none. Deploy both together and migrate the process instance to that version."
                    )
                })
            }
            Binding::VersionTag(tag) => {
                let key = (
                    self.tenant,
                    what,
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

    /// The digest of the component that a diagram wants for a job type; none when whichever
    /// is the latest will do.
    ///
    /// # Errors
    /// Which version is not there.
    pub(crate) fn component(
        &self,
        job_type: &Arc<str>,
        binding: &Binding,
        from: ProcessDefinitionKey,
    ) -> Result<Option<Arc<str>>, String> {
        match binding {
            Binding::Latest => Ok(None),
            Binding::Deployment => {
                let definition = self.state.definitions.get(&(self.tenant, from));
                let mut pinned = definition
                    .iter()
                    .flat_map(|definition| &definition.components);
                let found = pinned.find(|(name, _)| name == job_type);
                found.map(|(_, digest)| Some(Arc::clone(digest))).ok_or_else(|| {
                    format!(
                        "Expected the component '{job_type}' that was registered when this diagram was deployed, but there was none. Upload it, deploy the diagram again and migrate the process instance."
                    )
                })
            }
            Binding::VersionTag(version) => {
                let key = (
                    self.tenant,
                    Arc::clone(job_type),
                    Arc::from(version.as_str()),
                );
                let found = self.state.component_versions.get(&key);
                found.map(|digest| Some(Arc::clone(&*digest))).ok_or_else(|| {
                    format!(
                        "Expected version '{version}' of the component '{job_type}', but it was never uploaded. Upload it, then resolve."
                    )
                })
            }
        }
    }

    /// The digest of the component that serves a job type now.
    pub(crate) fn latest_component(&self, job_type: &Arc<str>) -> Option<Arc<str>> {
        let key = (self.tenant, Arc::clone(job_type));
        let component = self.state.components.get(&key)?;
        Some(Arc::clone(&component.digest))
    }

    fn latest(&self, what: ResourceKind, id: &Arc<str>) -> Option<u64> {
        let key = (self.tenant, Arc::clone(id));
        match what {
            ResourceKind::Process => self.state.latest_definitions.get(&key).map(|key| key.0),
            ResourceKind::Decision => self.state.latest_decisions.get(&key).map(|key| key.0),
            ResourceKind::Form => self.state.latest_forms.get(&key).map(|key| key.0),
            ResourceKind::DecisionRequirements => {
                let latest = self.state.latest_decision_requirements.get(&key);
                latest.map(|key| key.0)
            }
        }
    }
}
