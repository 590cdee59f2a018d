//! Deployments: new versions of processes, decisions and forms. What must hold of the files
//! together is in `check`, what becomes of components that tasks are bound to in `component`,
//! which decision models others mean by what they import in `imports`, what diagrams name and is not
//! there yet in `unmet`, and how it all goes again in `deletion`.

mod check;
mod component;
mod decision;
mod deletion;
mod imports;
mod unmet;

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Request;
use crate::behaviour::message;
use crate::command::Resource;
use crate::command::{CheckDeployment, Deploy, Deployed, DeploymentChecked, ResourceWarning};
use crate::context::Context;
use crate::definition::Definition;
use crate::elements::catching;
use crate::entities::deployment::ResourceKind;
use crate::entities::form::FormRow;
use crate::entities::process_definition::DefinitionRow;
use crate::entities::subscription::{Owner, Subscription, Wait};
use crate::event::{DeploymentEvent, FormEvent, ProcessDefinitionEvent, SubscriptionEvent};
use crate::file_bytes::FileBytes;
use crate::key::*;
use crate::rejection::Rejection;

impl Request for Deploy {
    type Answer = Deployed;

    fn process(self, ctx: &mut Context<'_>) -> Result<Deployed, Rejection> {
        deploy(ctx, self.resources)
    }
}

impl Request for CheckDeployment {
    type Answer = DeploymentChecked;

    fn process(self, ctx: &mut Context<'_>) -> Result<DeploymentChecked, Rejection> {
        check(ctx, self.resources)
    }
}

/// Stores resources. When none has changed since its latest version, they stay those
/// versions; otherwise each becomes a new one, so that what is deployed together can be named
/// as what came with this deployment.
fn deploy(ctx: &mut Context<'_>, mut resources: Vec<Resource>) -> Result<Deployed, Rejection> {
    let Prepared { starts, links } = prepare(ctx, &mut resources)?;
    let mut starts = starts.into_iter();
    let warnings = warnings(ctx, &resources, &links);
    let changed = |resource| has_changed(ctx, resource, &links.namespaces);
    let renew = resources.iter().any(changed) || links.have_changed(ctx, &resources);
    let deployment = DeploymentKey(ctx.next_key());
    let (mut definitions, mut forms) = (Vec::new(), Vec::new());
    let (decision_requirements, decisions) = links.deploy(ctx, deployment, renew, &resources);
    for resource in resources {
        let file = File::of(&resource, deployment, renew);
        match resource {
            Resource::Bpmn { processes, .. } => {
                for process in processes {
                    let starts = starts.next().unwrap_or_default();
                    definitions.push(deploy_process(ctx, &file, process, starts));
                }
            }
            // Done above, because they have an order.
            Resource::Dmn { .. } => {}
            Resource::Form {
                id,
                version_tag,
                document,
                ..
            } => {
                let tag = version_tag.as_deref().map(Arc::from);
                forms.push(deploy_form(ctx, &file, &id, tag, document));
            }
        }
    }
    if !renew {
        ctx.emit(DeploymentEvent::Repeated { deployment });
    }
    Ok(Deployed {
        deployment,
        processes: definitions,
        decision_requirements,
        decisions,
        forms,
        warnings,
    })
}

/// Says whether resources could be stored and what is probably not meant in them, and stores nothing.
fn check(
    ctx: &mut Context<'_>,
    mut resources: Vec<Resource>,
) -> Result<DeploymentChecked, Rejection> {
    let prepared = prepare(ctx, &mut resources)?;
    Ok(DeploymentChecked {
        warnings: warnings(ctx, &resources, &prepared.links),
    })
}

/// What is decided of a deployment before anything is stored.
struct Prepared {
    /// What the start events of each process wait for, in the order of the processes.
    starts: Vec<Vec<(u32, Wait)>>,
    links: imports::Links,
}

fn prepare(ctx: &mut Context<'_>, resources: &mut [Resource]) -> Result<Prepared, Rejection> {
    if resources.is_empty() {
        return Err(Rejection::invalid(
            "Expected at least one resource to deploy, but there is none.",
        ));
    }
    let ids = check::unique(resources)?;
    check::together(resources, &ids)?;
    component::check(ctx, resources)?;
    Ok(Prepared {
        starts: waiting_starts(ctx, resources)?,
        links: imports::link(ctx, resources)?,
    })
}

/// What is probably not meant in the files, whether they are stored as new versions or not. Models that import others
/// must have been compiled with them.
fn warnings(
    ctx: &Context<'_>,
    resources: &[Resource],
    links: &imports::Links,
) -> Vec<ResourceWarning> {
    let mut unmet = unmet::Finder::new(ctx, resources);
    let of_each = resources.iter().flat_map(|resource| {
        let (name, found) = match resource {
            Resource::Bpmn { name, warnings, .. } => {
                let mut found = warnings.clone();
                found.extend(unmet.find(resource));
                found.sort_by_key(|found| (found.line, found.column));
                (name, found)
            }
            Resource::Dmn { name, model, .. } => (name, model.warnings().to_vec()),
            Resource::Form { name, .. } => (name, Vec::new()),
        };
        let found = found.into_iter();
        found.map(|found| ResourceWarning {
            resource: name.clone(),
            found,
        })
    });
    of_each.chain(links.shared_ids(resources)).collect()
}

/// Whether something in a file is not as it is in its latest version.
fn has_changed(ctx: &Context<'_>, resource: &Resource, together: &decision::Namespaces) -> bool {
    match resource {
        Resource::Bpmn { xml, processes, .. } => {
            let checksum = checksum(xml);
            processes.iter().any(|process| {
                latest_process(ctx, &process.id).is_none_or(|latest| {
                    latest.checksum != checksum
                        || latest.components != component::of_deployment(ctx, process)
                })
            })
        }
        Resource::Dmn { name, xml, model } => decision::latest_graph(ctx, name, model, together)
            .is_none_or(|latest| latest.checksum != checksum(xml)),
        Resource::Form { id, document, .. } => {
            latest_form(ctx, &id.as_str().into()).is_none_or(|latest| latest.document != *document)
        }
    }
}

fn checksum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn latest_process(ctx: &Context<'_>, id: &Arc<str>) -> Option<Arc<DefinitionRow>> {
    let key = ctx
        .state
        .latest_definitions
        .get(&(ctx.tenant, Arc::clone(id)))?;
    ctx.state.definitions.get(&(ctx.tenant, *key))
}

fn latest_form(ctx: &Context<'_>, id: &Arc<str>) -> Option<Arc<FormRow>> {
    let key = ctx.state.latest_forms.get(&(ctx.tenant, Arc::clone(id)))?;
    ctx.state.forms.get(&(ctx.tenant, *key))
}

/// A file of a deployment.
struct File {
    deployment: DeploymentKey,
    name: Arc<str>,
    /// The model in it as it came; a form is text and goes by itself.
    source: FileBytes,
    /// Whether what is in it becomes a new version.
    renew: bool,
}

impl File {
    fn of(resource: &Resource, deployment: DeploymentKey, renew: bool) -> Self {
        let (name, source) = match resource {
            Resource::Bpmn { name, xml, .. } | Resource::Dmn { name, xml, .. } => {
                (name, xml.clone())
            }
            Resource::Form { name, .. } => (name, FileBytes::default()),
        };
        Self {
            deployment,
            name: name.as_str().into(),
            source,
            renew,
        }
    }
}

fn deploy_process(
    ctx: &mut Context<'_>,
    file: &File,
    process: Arc<Definition>,
    starts: Vec<(u32, Wait)>,
) -> ProcessDefinitionKey {
    let latest = latest_process(ctx, &process.id);
    if let Some(latest) = latest.as_ref().filter(|_| !file.renew) {
        return latest.key;
    }
    if let Some(latest) = &latest {
        close_starts(ctx, latest.key);
    }
    let key = ProcessDefinitionKey(ctx.next_key());
    let definition = DefinitionRow {
        key,
        deployment: file.deployment,
        id: Arc::clone(&process.id),
        name: process.name.clone(),
        version: ctx.state.next_version(
            ctx.tenant,
            ResourceKind::Process,
            &process.id,
            latest.map(|latest| latest.version),
        ),
        version_tag: process.version_tag.clone(),
        components: component::of_deployment(ctx, &process),
        resource: Arc::clone(&file.name),
        checksum: checksum(&file.source),
        deployed_at_ms: ctx.at_ms,
        history_ms: process.history_ms,
    };
    ctx.emit(ProcessDefinitionEvent::Created {
        definition: Arc::new(definition),
        source: file.source.clone(),
    });
    ctx.definitions.put(ctx.tenant, key, process);
    open_starts(ctx, key, starts);
    message::starts_opened(ctx, key);
    key
}

/// What the start events of each process wait for, in the order of the processes. All is
/// decided before anything is stored.
fn waiting_starts(
    ctx: &Context<'_>,
    resources: &[Resource],
) -> Result<Vec<Vec<(u32, Wait)>>, Rejection> {
    let processes = resources.iter().flat_map(check::processes);
    processes.map(|process| starts_of(ctx, process)).collect()
}

/// What the start events of a process wait for.
fn starts_of(ctx: &Context<'_>, process: &Definition) -> Result<Vec<(u32, Wait)>, Rejection> {
    let mut found = Vec::new();
    for (index, node) in process.start_events() {
        let wait = catching::start_wait(ctx, node).map_err(|message| {
            Rejection::invalid(format!(
                "The start event '{}' of process '{}' cannot wait: {message}",
                node.id, process.id
            ))
        })?;
        found.extend(wait.map(|wait| (index, wait)));
    }
    Ok(found)
}

fn open_starts(ctx: &mut Context<'_>, definition: ProcessDefinitionKey, starts: Vec<(u32, Wait)>) {
    for (event, wait) in starts {
        let subscription = Subscription {
            key: SubscriptionKey(ctx.next_key()),
            owner: Owner::Definition,
            definition,
            event,
            repeats: true,
            wait,
        };
        ctx.emit(SubscriptionEvent::Opened {
            subscription: Arc::new(subscription),
        });
    }
}

/// Only the latest version of a process is started by what happens.
fn close_starts(ctx: &mut Context<'_>, definition: ProcessDefinitionKey) {
    let open = ctx
        .state
        .subscriptions_by_definition
        .under((ctx.tenant, definition));
    for ((_, _, subscription), _) in open {
        ctx.emit(SubscriptionEvent::Closed {
            instance: None,
            subscription,
        });
    }
}

fn deploy_form(
    ctx: &mut Context<'_>,
    file: &File,
    id: &str,
    version_tag: Option<Arc<str>>,
    document: Arc<str>,
) -> FormKey {
    let id: Arc<str> = id.into();
    let latest = latest_form(ctx, &id);
    if let Some(latest) = latest.as_ref().filter(|_| !file.renew) {
        return latest.key;
    }
    let key = FormKey(ctx.next_key());
    let latest = latest.map(|latest| latest.version);
    let form = FormRow {
        key,
        deployment: file.deployment,
        version: ctx
            .state
            .next_version(ctx.tenant, ResourceKind::Form, &id, latest),
        id,
        version_tag,
        resource: Arc::clone(&file.name),
        document,
    };
    ctx.emit(FormEvent::Created {
        form: Arc::new(form),
    });
    key
}
