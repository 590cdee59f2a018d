//! Deployments: new versions of processes and forms.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::command::Resource;
use crate::context::Context;
use crate::definition::Definition;
use crate::effect::Reply;
use crate::elements::catching;
use crate::event::Event;
use crate::key::*;
use crate::rejection::Rejection;
use crate::state::definition::{DefinitionRow, FormRow};
use crate::state::subscription::{Owner, Subscription, Wait};

/// Stores resources. One that has not changed since its latest version stays that version.
pub(super) fn deploy(ctx: &mut Context<'_>, resources: Vec<Resource>) -> Result<Reply, Rejection> {
    if resources.is_empty() {
        return Err(Rejection::invalid(
            "Expected at least one resource to deploy, but there is none.",
        ));
    }
    check_unique(&resources)?;
    let mut starts = waiting_starts(ctx, &resources)?.into_iter();
    let deployment = DeploymentKey(ctx.next_key());
    let (mut definitions, mut forms) = (Vec::new(), Vec::new());
    for resource in resources {
        match resource {
            Resource::Bpmn {
                name,
                xml,
                processes,
            } => {
                let checksum = Sha256::digest(xml.as_bytes()).into();
                for process in processes {
                    let file = File {
                        deployment,
                        name: &name,
                        xml: &xml,
                        checksum,
                    };
                    let starts = starts.next().unwrap_or_default();
                    definitions.push(deploy_process(ctx, &file, process, starts));
                }
            }
            Resource::Form { name, id, document } => {
                forms.push(deploy_form(ctx, deployment, &name, &id, document))
            }
        }
    }
    Ok(Reply::Deployed {
        deployment,
        processes: definitions,
        forms,
    })
}

fn check_unique(resources: &[Resource]) -> Result<(), Rejection> {
    let mut ids = std::collections::BTreeSet::new();
    for resource in resources {
        let found: Vec<(&str, &str)> = match resource {
            Resource::Bpmn { processes, .. } => {
                processes.iter().map(|p| ("process", &*p.id)).collect()
            }
            Resource::Form { id, .. } => vec![("form", id)],
        };
        for (kind, id) in found {
            if !ids.insert((kind, id)) {
                return Err(Rejection::invalid(format!(
                    "Expected each {kind} once in a deployment, but '{id}' is there twice. Deploy one of them, or rename one."
                )));
            }
        }
    }
    Ok(())
}

struct File<'a> {
    deployment: DeploymentKey,
    name: &'a str,
    xml: &'a Arc<str>,
    checksum: [u8; 32],
}

fn deploy_process(
    ctx: &mut Context<'_>,
    file: &File<'_>,
    process: Arc<Definition>,
    starts: Vec<(u32, Wait)>,
) -> DefinitionKey {
    let latest = ctx
        .state
        .latest_definitions
        .get(&(ctx.tenant, Arc::clone(&process.id)));
    let latest = latest.and_then(|key| ctx.state.definitions.get(&(ctx.tenant, *key)));
    if let Some(latest) = latest
        .as_ref()
        .filter(|latest| latest.checksum == file.checksum)
    {
        return latest.key;
    }
    if let Some(latest) = &latest {
        close_starts(ctx, latest.key);
    }
    let key = DefinitionKey(ctx.next_key());
    let definition = DefinitionRow {
        key,
        deployment: file.deployment,
        id: Arc::clone(&process.id),
        name: process.name.clone(),
        version: latest.map_or(1, |latest| latest.version + 1),
        version_tag: process.version_tag.clone(),
        resource: file.name.into(),
        checksum: file.checksum,
        deployed_at_ms: ctx.at_ms,
    };
    ctx.emit(Event::DefinitionCreated {
        definition: Arc::new(definition),
        source: Arc::clone(file.xml),
    });
    ctx.definitions.put(ctx.tenant, key, process);
    open_starts(ctx, key, starts);
    key
}

/// What the start events of each process wait for, in the order of the processes. All is
/// decided before anything is stored.
fn waiting_starts(
    ctx: &Context<'_>,
    resources: &[Resource],
) -> Result<Vec<Vec<(u32, Wait)>>, Rejection> {
    let processes = resources.iter().flat_map(|resource| match resource {
        Resource::Bpmn { processes, .. } => processes.as_slice(),
        Resource::Form { .. } => &[],
    });
    let starts = processes.map(|process| {
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
    });
    starts.collect()
}

fn open_starts(ctx: &mut Context<'_>, definition: DefinitionKey, starts: Vec<(u32, Wait)>) {
    for (event, wait) in starts {
        let subscription = Subscription {
            key: SubscriptionKey(ctx.next_key()),
            owner: Owner::Definition,
            definition,
            event,
            repeats: true,
            wait,
        };
        ctx.emit(Event::SubscriptionOpened {
            subscription: Arc::new(subscription),
        });
    }
}

/// Only the latest version of a process is started by what happens.
fn close_starts(ctx: &mut Context<'_>, definition: DefinitionKey) {
    let first = (ctx.tenant, definition, SubscriptionKey(0));
    let end = (ctx.tenant, definition, SubscriptionKey(u64::MAX));
    let open = ctx
        .state
        .subscriptions_by_definition
        .range(&first, &end, usize::MAX);
    for ((_, _, subscription), _) in open {
        ctx.emit(Event::SubscriptionClosed {
            instance: None,
            subscription,
        });
    }
}

fn deploy_form(
    ctx: &mut Context<'_>,
    deployment: DeploymentKey,
    name: &str,
    id: &str,
    document: Arc<str>,
) -> FormKey {
    let latest = ctx.state.latest_forms.get(&(ctx.tenant, id.into()));
    let latest = latest.and_then(|key| ctx.state.forms.get(&(ctx.tenant, *key)));
    if let Some(latest) = latest.as_ref().filter(|latest| latest.document == document) {
        return latest.key;
    }
    let key = FormKey(ctx.next_key());
    let form = FormRow {
        key,
        deployment,
        id: id.into(),
        version: latest.map_or(1, |latest| latest.version + 1),
        resource: name.into(),
        document,
    };
    ctx.emit(Event::FormCreated {
        form: Arc::new(form),
    });
    key
}
