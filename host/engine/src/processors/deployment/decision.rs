//! New versions of decisions. All decisions of a file become new ones together, with the
//! decision requirements graph that the file is.

use std::collections::BTreeSet;
use std::sync::Arc;

use gardesh_dmn::{DecisionModel, Element, ElementKind};

use super::{File, checksum};
use crate::context::Context;
use crate::entities::decision::{DecisionRequirementsRow, DecisionRow};
use crate::entities::deployment::ResourceKind;
use crate::event::DecisionEvent;
use crate::key::*;
use crate::state::versions::graph_name;

/// The id of a graph. Not every tool writes one, so its name or that of its file will do.
pub(super) fn graph_id<'a>(file: &'a str, model: &'a DecisionModel) -> &'a str {
    let mut given = [model.id(), model.name()].into_iter();
    given.find(|text| !text.is_empty()).unwrap_or(file)
}

/// The decisions of a model, without its inputs, knowledge models and services.
pub(super) fn decisions(model: &DecisionModel) -> impl Iterator<Item = Element<'_>> {
    model
        .elements()
        .filter(|element| element.kind == ElementKind::Decision)
}

/// The namespaces of the decision models that are deployed together.
pub(super) type Namespaces = BTreeSet<Arc<str>>;

/// The latest version of a graph: that of its id and namespace, else that of its id, whose namespace has
/// been changed, unless another file of the deployment has that namespace. Ids alone may be the same in
/// several files.
pub(super) fn latest_graph(
    ctx: &Context<'_>,
    file: &str,
    model: &DecisionModel,
    together: &Namespaces,
) -> Option<Arc<DecisionRequirementsRow>> {
    let (state, tenant) = (&ctx.state, ctx.tenant);
    let id: Arc<str> = graph_id(file, model).into();
    let row = |key| state.decision_requirements.get(&(tenant, key));
    let named = (tenant, model.namespace().into(), Arc::clone(&id));
    let same = state.decision_namespaces.get(&named).map(|key| *key);
    if let Some(key) = same {
        return row(key);
    }
    let renamed = state.latest_decision_requirements.get(&(tenant, id))?;
    row(*renamed).filter(|row| !together.contains(&row.namespace))
}

fn latest_decision(ctx: &Context<'_>, id: &str) -> Option<Arc<DecisionRow>> {
    let key = ctx.state.latest_decisions.get(&(ctx.tenant, id.into()))?;
    ctx.state.decisions.get(&(ctx.tenant, *key))
}

/// Stores the graph of a file and its decisions.
pub(super) fn deploy(
    ctx: &mut Context<'_>,
    file: &File,
    model: &DecisionModel,
    together: &Namespaces,
    imports: Vec<DecisionRequirementsKey>,
    models: u32,
) -> (DecisionRequirementsKey, Vec<DecisionKey>) {
    let latest = latest_graph(ctx, &file.name, model, together);
    if let Some(latest) = latest.as_ref().filter(|_| !file.renew) {
        let present = decisions(model).filter_map(|found| {
            let place = (ctx.tenant, latest.key, found.id.into());
            ctx.state.decisions_by_graph.get(&place).map(|key| *key)
        });
        return (latest.key, present.collect());
    }
    let key = DecisionRequirementsKey(ctx.next_key());
    let id: Arc<str> = graph_id(&file.name, model).into();
    let requirements = Arc::new(DecisionRequirementsRow {
        key,
        deployment: file.deployment,
        version: ctx.state.next_version(
            ctx.tenant,
            ResourceKind::DecisionRequirements,
            &graph_name(model.namespace(), &id),
            latest.as_ref().map(|latest| latest.version),
        ),
        id,
        name: model.name().into(),
        follows: latest.map(|latest| latest.key),
        resource: Arc::clone(&file.name),
        checksum: checksum(&file.source),
        deployed_at_ms: ctx.at_ms,
        namespace: model.namespace().into(),
        imports,
        models,
    });
    ctx.emit(DecisionEvent::RequirementsCreated {
        requirements: Arc::clone(&requirements),
        source: file.source.clone(),
    });
    ctx.definitions
        .put_decisions(ctx.tenant, key, model.clone());
    let stored = decisions(model).map(|found| deploy_one(ctx, &requirements, model, found));
    (key, stored.collect())
}

fn deploy_one(
    ctx: &mut Context<'_>,
    requirements: &DecisionRequirementsRow,
    model: &DecisionModel,
    found: Element<'_>,
) -> DecisionKey {
    let latest = latest_decision(ctx, found.id);
    let key = DecisionKey(ctx.next_key());
    let id: Arc<str> = found.id.into();
    let decision = DecisionRow {
        key,
        deployment: requirements.deployment,
        requirements: requirements.key,
        requirements_id: Arc::clone(&requirements.id),
        version: ctx.state.next_version(
            ctx.tenant,
            ResourceKind::Decision,
            &id,
            latest.map(|latest| latest.version),
        ),
        id,
        name: found.name.into(),
        version_tag: model.version_tag(found.id).map(Into::into),
    };
    ctx.emit(DecisionEvent::Created {
        decision: Arc::new(decision),
    });
    key
}
