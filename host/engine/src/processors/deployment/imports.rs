//! Decision models that import others. Which ones they mean is decided once, when they are
//! deployed: those that come with them, else the latest that the tenant has. From then on they
//! mean these versions, whatever is deployed later; deploying the same file again takes over
//! newer ones, and that makes a new version of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gardesh_dmn::{DecisionModel, Diagnostic, Severity};

use super::decision::Namespaces;
use super::{File, decision};
use crate::command::Resource;
use crate::command::ResourceWarning;
use crate::context::Context;
use crate::file_bytes::FileBytes;
use crate::key::*;
use crate::limits::{MAX_IMPORTED_MODELS, MAX_OPERATION_PROBLEMS};
use crate::rejection::{Rejection, RejectionKind};

/// A model that a file imports.
#[derive(Clone, Copy)]
enum Import {
    /// It is in the same deployment: the number of its resource.
    Beside(usize),
    /// It was deployed before.
    Deployed(DecisionRequirementsKey),
}

/// What the decision files of a deployment import, by the numbers of their resources.
pub(super) struct Links {
    of: BTreeMap<usize, Vec<Import>>,
    /// Those that are imported come before those that import them.
    order: Vec<usize>,
    /// The models that each is made of.
    models: BTreeMap<usize, u32>,
    /// The namespaces of all files.
    pub(super) namespaces: Namespaces,
}

/// Finds what the decision files of a deployment import, and compiles those that do with it.
pub(super) fn link(ctx: &mut Context<'_>, resources: &mut [Resource]) -> Result<Links, Rejection> {
    let of = find_all(ctx, resources)?;
    let order = in_order(resources, &of)?;
    let models = resources.iter().filter_map(model_of);
    let namespaces = models.map(|(_, _, model)| model.namespace().into());
    let mut links = Links {
        of,
        order,
        models: BTreeMap::new(),
        namespaces: namespaces.collect(),
    };
    for index in links.order.clone() {
        let models = links.count(ctx, index, &resources[index])?;
        links.models.insert(index, models);
        if let Some(model) = links.compile(ctx, index, resources)? {
            put(&mut resources[index], model);
        }
    }
    Ok(links)
}

fn model_of(resource: &Resource) -> Option<(&str, &FileBytes, &DecisionModel)> {
    match resource {
        Resource::Dmn { name, xml, model } => Some((name, xml, model)),
        Resource::Bpmn { .. } | Resource::Form { .. } => None,
    }
}

fn put(resource: &mut Resource, compiled: DecisionModel) {
    if let Resource::Dmn { model, .. } = resource {
        *model = compiled;
    }
}

fn name_of(resource: &Resource) -> &str {
    model_of(resource).map_or("", |(name, _, _)| name)
}

fn find_all(
    ctx: &Context<'_>,
    resources: &[Resource],
) -> Result<BTreeMap<usize, Vec<Import>>, Rejection> {
    let mut beside: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let models = || {
        let all = resources.iter().enumerate();
        all.filter_map(|(index, resource)| Some((index, model_of(resource)?)))
    };
    for (index, (_, _, model)) in
        models().filter(|(_, (_, _, model))| !model.namespace().is_empty())
    {
        beside.entry(model.namespace()).or_default().push(index);
    }
    let mut found = BTreeMap::new();
    for (index, (name, _, model)) in models() {
        let mut imports = Vec::new();
        for namespace in distinct(model.imports()) {
            let import = match beside.get(&**namespace).map_or(&[][..], Vec::as_slice) {
                [] => find_deployed(ctx, name, namespace)?,
                [one] => Import::Beside(*one),
                several => {
                    let names = several.iter().map(|index| name_of(&resources[*index]));
                    return Err(ambiguous(name, namespace, &names.collect::<Vec<_>>()));
                }
            };
            imports.push(import);
        }
        found.insert(index, imports);
    }
    Ok(found)
}

/// Each namespace once, in their order.
fn distinct(namespaces: &[Arc<str>]) -> Vec<&Arc<str>> {
    let mut seen = BTreeSet::new();
    let new = namespaces
        .iter()
        .filter(|namespace| seen.insert(*namespace));
    new.collect()
}

fn find_deployed(ctx: &Context<'_>, file: &str, namespace: &Arc<str>) -> Result<Import, Rejection> {
    let in_namespace = (ctx.tenant, Arc::clone(namespace));
    let found = ctx.state.decision_namespaces.first_under(in_namespace, 3);
    let named = found
        .into_iter()
        .filter(|((_, other, _), _)| other == namespace && !other.is_empty());
    match &named.collect::<Vec<_>>()[..] {
        [] => Err(Rejection::invalid(format!(
            "Expected a decision model with the namespace '{namespace}', because '{file}' imports it, but there is none in this deployment, and none was deployed before. Deploy it together with this file or before it."
        ))),
        [(_, key)] => Ok(Import::Deployed(**key)),
        several => {
            let ids: Vec<_> = several.iter().map(|((_, _, id), _)| &**id).collect();
            Err(ambiguous(file, namespace, &ids))
        }
    }
}

fn ambiguous(file: &str, namespace: &str, candidates: &[&str]) -> Rejection {
    Rejection::invalid(format!(
        "Expected one decision model with the namespace '{namespace}', because '{file}' imports it, but there are several: '{}'. Give each a namespace of its own.",
        candidates.join("', '")
    ))
}

/// The files so that each comes after those that it imports.
fn in_order(
    resources: &[Resource],
    of: &BTreeMap<usize, Vec<Import>>,
) -> Result<Vec<usize>, Rejection> {
    let mut importers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut open: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, imports) in of {
        let beside: Vec<_> = beside(imports).collect();
        open.insert(*index, beside.len());
        for imported in beside {
            importers.entry(imported).or_default().push(*index);
        }
    }
    let ready = open.iter().filter(|(_, open)| **open == 0);
    let mut order: Vec<usize> = ready.map(|(index, _)| *index).collect();
    let mut done = 0;
    while let Some(index) = order.get(done).copied() {
        done += 1;
        open.remove(&index);
        for importer in importers.get(&index).into_iter().flatten() {
            if let Some(left) = open.get_mut(importer) {
                *left -= 1;
                if *left == 0 {
                    order.push(*importer);
                }
            }
        }
    }
    match open.keys().next() {
        None => Ok(order),
        Some(first) => Err(circle(resources, of, &open, *first)),
    }
}

fn beside(imports: &[Import]) -> impl Iterator<Item = usize> {
    imports.iter().filter_map(|import| match import {
        Import::Beside(index) => Some(*index),
        Import::Deployed(_) => None,
    })
}

/// Names the files that import each other. Each that is left over imports another of them.
fn circle(
    resources: &[Resource],
    of: &BTreeMap<usize, Vec<Import>>,
    left: &BTreeMap<usize, usize>,
    first: usize,
) -> Rejection {
    let mut path = vec![first];
    let mut next = first;
    while let Some(imported) = beside(&of[&next]).find(|imported| left.contains_key(imported)) {
        let seen = path.iter().position(|index| *index == imported);
        path.push(imported);
        if let Some(start) = seen {
            path.drain(..start);
            break;
        }
        next = imported;
    }
    let names: Vec<_> = path
        .iter()
        .map(|index| name_of(&resources[*index]))
        .collect();
    Rejection::invalid(format!(
        "Expected decision models that do not import each other in a circle, but '{}'. Move what they share into a model of its own.",
        names.join("' imports '")
    ))
}

impl Links {
    /// The models that one is made of, within their bound.
    fn count(
        &self,
        ctx: &Context<'_>,
        index: usize,
        resource: &Resource,
    ) -> Result<u32, Rejection> {
        let Some((name, _, model)) = model_of(resource) else {
            return Ok(0);
        };
        let mut by_namespace = BTreeMap::new();
        for (namespace, import) in distinct(model.imports()).into_iter().zip(&self.of[&index]) {
            let models = match import {
                Import::Beside(imported) => self.models.get(imported).copied(),
                Import::Deployed(key) => ctx
                    .state
                    .decision_requirements
                    .get(&(ctx.tenant, *key))
                    .map(|row| row.models),
            };
            by_namespace.insert(namespace, models.unwrap_or_default());
        }
        let imported = model
            .imports()
            .iter()
            .map(|namespace| by_namespace[namespace]);
        let models = imported.fold(1_u32, u32::saturating_add);
        if models > MAX_IMPORTED_MODELS {
            return Err(Rejection::new(
                RejectionKind::LimitExceeded,
                format!(
                    "Expected '{name}' to consist of at most {MAX_IMPORTED_MODELS} models, each counted as often as it is imported, but there are {models}. Put models together that are always imported together."
                ),
            ));
        }
        Ok(models)
    }

    /// Compiles a file with what it imports; none when it imports nothing.
    fn compile(
        &self,
        ctx: &mut Context<'_>,
        index: usize,
        resources: &[Resource],
    ) -> Result<Option<DecisionModel>, Rejection> {
        let Some((name, xml, model)) = model_of(&resources[index]) else {
            return Ok(None);
        };
        if model.imports().is_empty() {
            return Ok(None);
        }
        let imports = self.of[&index].iter().filter_map(|import| match import {
            Import::Beside(imported) => Some(model_of(&resources[*imported])?.2.clone()),
            Import::Deployed(key) => ctx.definitions.decisions(ctx.state, ctx.tenant, *key),
        });
        let imports: Vec<_> = imports.collect();
        let imports: Vec<_> = imports.iter().collect();
        let compiled = gardesh_dmn::compile_with(xml, &imports);
        compiled.map(Some).map_err(|found| refusal(name, &found))
    }

    /// Whether a file imports something else than its latest version does. Where it comes with
    /// what it imports, that was looked at by itself.
    pub(super) fn have_changed(&self, ctx: &Context<'_>, resources: &[Resource]) -> bool {
        self.of.iter().any(|(index, imports)| {
            let Some((name, _, model)) = model_of(&resources[*index]) else {
                return false;
            };
            let latest = decision::latest_graph(ctx, name, model, &self.namespaces);
            let now = imports.iter().map(|import| match import {
                Import::Deployed(key) => Some(*key),
                Import::Beside(imported) => {
                    let (name, _, model) = model_of(&resources[*imported])?;
                    let latest = decision::latest_graph(ctx, name, model, &self.namespaces);
                    latest.map(|row| row.key)
                }
            });
            latest.is_some_and(|latest| !now.eq(latest.imports.iter().map(|key| Some(*key))))
        })
    }

    /// Warns of decisions whose id another file has, too: there it means another one, but by the id alone
    /// only the one that is stored last is found.
    pub(super) fn shared_ids(&self, resources: &[Resource]) -> Vec<ResourceWarning> {
        let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for index in &self.order {
            let Some((file, _, model)) = model_of(&resources[*index]) else {
                continue;
            };
            for found in decision::decisions(model) {
                files.entry(found.id).or_default().push(file);
            }
        }
        let shared = files.into_iter().filter(|(_, files)| files.len() > 1);
        shared
            .take(MAX_OPERATION_PROBLEMS)
            .map(|(id, files)| shared_id(id, &files))
            .collect()
    }

    /// Stores the files, and gives the keys of the graphs and of their decisions in the order
    /// of the resources.
    pub(super) fn deploy(
        &self,
        ctx: &mut Context<'_>,
        deployment: DeploymentKey,
        renew: bool,
        resources: &[Resource],
    ) -> (Vec<DecisionRequirementsKey>, Vec<DecisionKey>) {
        let mut stored: BTreeMap<usize, (DecisionRequirementsKey, Vec<DecisionKey>)> =
            BTreeMap::new();
        for index in &self.order {
            let Some((_, _, model)) = model_of(&resources[*index]) else {
                continue;
            };
            let file = File::of(&resources[*index], deployment, renew);
            let imports = self.of[index].iter().map(|import| match import {
                Import::Deployed(key) => *key,
                Import::Beside(imported) => stored[imported].0,
            });
            let (imports, models) = (imports.collect(), self.models[index]);
            let made = decision::deploy(ctx, &file, model, &self.namespaces, imports, models);
            stored.insert(*index, made);
        }
        let (graphs, decisions): (Vec<_>, Vec<_>) = stored.into_values().unzip();
        (graphs, decisions.concat())
    }
}

fn shared_id(id: &str, files: &[&str]) -> ResourceWarning {
    let last = files.last().copied().unwrap_or_default();
    let message = format!(
        "Expected the decision id '{id}' in one file of the deployment, but it is in '{}'; by this id alone the decision of '{last}' is meant. Hint: ask for the others by their keys, or rename them.",
        files.join("' and '")
    );
    ResourceWarning {
        resource: last.to_owned(),
        found: Diagnostic {
            severity: Severity::Warning,
            code: "shared-decision-id",
            element_id: Some(id.to_owned()),
            line: 1,
            column: 1,
            message,
        },
    }
}

/// What is wrong with a file, as it is told of one that imports nothing.
fn refusal(file: &str, found: &[Diagnostic]) -> Rejection {
    let mut message = format!(
        "Expected resources that can be deployed, but in '{file}' {} problem(s) were found; nothing was stored.",
        found.len()
    );
    for diagnostic in found.iter().take(MAX_OPERATION_PROBLEMS) {
        let (line, column) = (diagnostic.line, diagnostic.column);
        message += &format!("\n{file}:{line}:{column}: {}", diagnostic.message);
    }
    Rejection::invalid(message)
}
