//! What diagrams name and nobody has brought yet: job types that nobody serves, and processes,
//! decisions, forms and versions of components that are not there. All of it may still come
//! before a case needs it, so it is warned of and not refused. What a diagram wants from its own
//! deployment is in `check`.

use std::collections::BTreeSet;
use std::sync::Arc;

use gardesh_feel::{Value, nearest};

use super::{check, decision};
use crate::command::Resource;
use crate::context::Context;
use crate::definition::{Binding, Diagnostic, JobSpec, Node, NodeKind, Severity, Source, Thrown};
use crate::entities::deployment::ResourceKind;
use crate::key::ProcessDefinitionKey;
use crate::limits::MAX_COMPARED_JOB_TYPES;

/// An id and a version tag, as something is named in a diagram or has it.
type Tagged<'a> = (ResourceKind, &'a str, Option<&'a str>);

/// Finds it in the diagrams of one deployment. Each thing is told once.
pub(super) struct Finder<'a> {
    ctx: &'a Context<'a>,
    /// What comes with this deployment: each with its tag, and without.
    brought: BTreeSet<Tagged<'a>>,
    told: BTreeSet<String>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(ctx: &'a Context<'a>, resources: &'a [Resource]) -> Self {
        let mut brought = BTreeSet::new();
        for (what, id, tag) in resources.iter().flat_map(brings) {
            brought.insert((what, id, None));
            brought.insert((what, id, tag));
        }
        Self {
            ctx,
            brought,
            told: BTreeSet::new(),
        }
    }

    /// What is missing for the diagrams of one file.
    pub(super) fn find(&mut self, resource: &Resource) -> Vec<Diagnostic> {
        let processes = check::processes(resource).iter();
        let nodes = processes.flat_map(|process| &process.nodes);
        nodes.flat_map(|node| self.of_node(node)).collect()
    }

    fn of_node(&mut self, node: &Node) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for job in jobs(node) {
            found.extend(self.job(node, job));
        }
        if let Some((what, id, binding)) = check::names_deployed(node) {
            found.extend(self.deployed(node, what, literal(id), binding));
        }
        found
    }

    fn job(&mut self, node: &Node, job: &JobSpec) -> Option<Diagnostic> {
        let job_type = literal(&job.job_type)?;
        if let Some(binding @ Binding::VersionTag(version)) = &job.component {
            if self
                .ctx
                .component(job_type, binding, ProcessDefinitionKey(0))
                .is_ok()
            {
                return None;
            }
            let message = format!(
                "Expected version {version:?} of the component {job_type:?}, which {:?} is bound to, but it was never uploaded; a process instance that gets there before it is has an incident. Hint: upload it.",
                &*node.id
            );
            return self.tell(node, "missing-component", message);
        }
        let served = (self.ctx.tenant, Arc::clone(job_type));
        let is_served = self.ctx.state.served_job_types.contains(&served);
        if is_served || !self.told.insert(format!("job type {job_type}")) {
            return None;
        }
        let types = served_types(self.ctx);
        let near = nearest(job_type, types.iter().map(|name| &**name));
        let hint = near.map_or_else(
            || "push the component, or start the worker.".to_owned(),
            |near| format!("did you mean {near:?}?"),
        );
        let message = format!(
            "Expected a component or a worker for the job type {job_type:?} of {:?}, but no component of this name was ever uploaded, and no worker has ever asked for such jobs; they wait until one does. Hint: {hint}",
            &*node.id
        );
        Some(warning(node, "unserved-job-type", message))
    }

    fn deployed(
        &mut self,
        node: &Node,
        what: ResourceKind,
        id: Option<&Arc<str>>,
        binding: &Binding,
    ) -> Option<Diagnostic> {
        let id = id?;
        let tag = match binding {
            Binding::Latest => None,
            Binding::VersionTag(tag) => Some(tag.as_str()),
            Binding::Deployment => return None,
        };
        let is_brought = self.brought.contains(&(what, &**id, tag));
        if is_brought
            || self
                .ctx
                .deployed(what, id, binding, ProcessDefinitionKey(0))
                .is_ok()
        {
            return None;
        }
        let kind = what.name();
        let code = match what {
            ResourceKind::Process => "missing-process",
            ResourceKind::Decision | ResourceKind::DecisionRequirements => "missing-decision",
            ResourceKind::Form => "missing-form",
        };
        let tagged = tag.map_or_else(String::new, |tag| format!(" with the version tag {tag:?}"));
        let message = format!(
            "Expected the {kind} {id:?}{tagged}, which {:?} names, to be deployed, but it is not, and it is not among these files; a process instance that gets there before it is has an incident. Hint: deploy it with this file or later.",
            &*node.id
        );
        self.tell(node, code, message)
    }

    fn tell(&mut self, node: &Node, code: &'static str, message: String) -> Option<Diagnostic> {
        self.told
            .insert(message.clone())
            .then(|| warning(node, code, message))
    }
}

fn warning(node: &Node, code: &'static str, message: String) -> Diagnostic {
    let (line, column) = node.at;
    Diagnostic {
        severity: Severity::Warning,
        code,
        element_id: Some(node.id.to_string()),
        line,
        column,
        message,
    }
}

/// All jobs that an element can have.
fn jobs(node: &Node) -> impl Iterator<Item = &JobSpec> {
    let own = if let NodeKind::Job(job) = &node.kind {
        Some(job)
    } else if let NodeKind::Scope(scope) = &node.kind {
        scope.ad_hoc.as_ref().and_then(|ad_hoc| ad_hoc.job.as_ref())
    } else if let Some(Thrown::MessageJob(job)) = node.thrown() {
        Some(job)
    } else {
        None
    };
    let listeners = node.listeners.iter().map(|listener| &listener.job);
    own.into_iter().chain(listeners)
}

fn literal(source: &Source) -> Option<&Arc<str>> {
    if let Source::Literal(Value::String(text)) = source {
        Some(text)
    } else {
        None
    }
}

/// Job types that one can have meant.
fn served_types(ctx: &Context<'_>) -> Vec<Arc<str>> {
    let types = ctx
        .state
        .served_job_types
        .first_under(ctx.tenant, MAX_COMPARED_JOB_TYPES);
    types.into_iter().map(|((_, name), _)| name).collect()
}

/// What a file brings: kind, id and version tag.
fn brings(resource: &Resource) -> Vec<Tagged<'_>> {
    match resource {
        Resource::Bpmn { processes, .. } => processes
            .iter()
            .map(|process| {
                (
                    ResourceKind::Process,
                    &*process.id,
                    process.version_tag.as_deref(),
                )
            })
            .collect(),
        Resource::Dmn { model, .. } => decision::decisions(model)
            .map(|found| {
                (
                    ResourceKind::Decision,
                    found.id,
                    model.version_tag(found.id),
                )
            })
            .collect(),
        Resource::Form {
            id, version_tag, ..
        } => vec![(ResourceKind::Form, id.as_str(), version_tag.as_deref())],
    }
}
