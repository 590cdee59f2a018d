//! Tenants: who creates, changes and deletes them works in the default tenant.

use std::sync::Arc;

use super::Request;
use crate::command::{CreateTenant, DeleteTenant, UpdateTenant};
use crate::context::Context;
use crate::entities::tenant::Tenant;
use crate::event::TenantEvent;
use crate::key::*;
use crate::limits::{MAX_TENANT_NAME_CHARS, MAX_TENANT_TEXT_CHARS, MAX_TENANTS};
use crate::rejection::{Rejection, RejectionKind};
use crate::state::State;

impl Request for CreateTenant {
    type Answer = Arc<Tenant>;

    fn process(self, ctx: &mut Context<'_>) -> Result<Arc<Tenant>, Rejection> {
        let words = Words {
            display_name: self.display_name,
            description: self.description,
        };
        create(ctx, &self.name, words)
    }
}

impl Request for UpdateTenant {
    type Answer = Arc<Tenant>;

    fn process(self, ctx: &mut Context<'_>) -> Result<Arc<Tenant>, Rejection> {
        let words = Words {
            display_name: self.display_name,
            description: self.description,
        };
        update(ctx, &self.name, words)
    }
}

impl Request for DeleteTenant {
    type Answer = Arc<Tenant>;

    fn process(self, ctx: &mut Context<'_>) -> Result<Arc<Tenant>, Rejection> {
        delete(ctx, &self.name)
    }
}

/// What people read of a tenant.
struct Words {
    display_name: String,
    description: Option<String>,
}

fn create(ctx: &mut Context<'_>, name: &str, words: Words) -> Result<Arc<Tenant>, Rejection> {
    check_name(name)?;
    check_words(&words)?;
    let name: Arc<str> = name.into();
    if ctx.state.tenants_by_name.contains(&name) || &*name == TenantId::DEFAULT_NAME {
        return Err(Rejection::new(
            RejectionKind::AlreadyExists,
            format!(
                "Expected a tenant id that is free, but there is a tenant '{name}' already. Choose another id, or update that tenant."
            ),
        ));
    }
    let id = ctx.state.next_tenant();
    let most = MAX_TENANTS as usize;
    let count = ctx
        .state
        .tenants
        .range(&TenantId(0), &TenantId(u32::MAX), most);
    if count.len() == most {
        return Err(Rejection::new(
            RejectionKind::LimitExceeded,
            format!(
                "Expected at most {MAX_TENANTS} tenants, but there would be one more. Delete one that is not used any more."
            ),
        ));
    }
    let tenant = Arc::new(Tenant {
        id,
        name,
        display_name: words.display_name.into(),
        description: words.description.map(Into::into),
        created_at_ms: ctx.at_ms,
    });
    ctx.emit(TenantEvent::Created {
        tenant: Arc::clone(&tenant),
    });
    Ok(tenant)
}

fn update(ctx: &mut Context<'_>, name: &str, words: Words) -> Result<Arc<Tenant>, Rejection> {
    check_words(&words)?;
    let before = find(ctx.state, name)?;
    let tenant = Arc::new(Tenant {
        display_name: words.display_name.into(),
        description: words.description.map(Into::into),
        ..(*before).clone()
    });
    if tenant != before {
        ctx.emit(TenantEvent::Updated {
            tenant: Arc::clone(&tenant),
        });
    }
    Ok(tenant)
}

/// What is left of it, its history for example, expires when its time is over.
fn delete(ctx: &mut Context<'_>, name: &str) -> Result<Arc<Tenant>, Rejection> {
    let tenant = find(ctx.state, name)?;
    if let Some(left) = left_in(ctx.state, tenant.id) {
        return Err(Rejection::state(format!(
            "Expected nothing to be left in the tenant '{name}', but there is {left} in it. Cancel what runs and delete what is deployed first."
        )));
    }
    ctx.emit(TenantEvent::Deleted {
        tenant: Arc::clone(&tenant),
    });
    Ok(tenant)
}

fn find(state: &State, name: &str) -> Result<Arc<Tenant>, Rejection> {
    let id = state.tenants_by_name.get(&Arc::from(name));
    let tenant = id.and_then(|id| state.tenants.get(&id));
    tenant.ok_or_else(|| {
        let message = if name == TenantId::DEFAULT_NAME {
            "Expected a tenant that somebody created, but this is the one that is always there."
                .to_owned()
        } else {
            format!("Expected a tenant with the id '{name}', but there is none.")
        };
        Rejection::new(RejectionKind::NotFound, message)
    })
}

/// What there is in a tenant that goes on or can begin something.
fn left_in(state: &State, tenant: TenantId) -> Option<&'static str> {
    let holds = [
        (
            !state.instances.first_under(tenant, 1).is_empty(),
            "a running process instance",
        ),
        (
            !state.latest_definitions.first_under(tenant, 1).is_empty(),
            "a process definition",
        ),
        (
            !state.latest_decisions.first_under(tenant, 1).is_empty(),
            "a decision",
        ),
        (
            !state.latest_forms.first_under(tenant, 1).is_empty(),
            "a form",
        ),
        (
            !state.components.first_under(tenant, 1).is_empty(),
            "a component",
        ),
        (
            !state.batches.first_under(tenant, 1).is_empty(),
            "a batch operation",
        ),
        (
            !state.firings.first_under(tenant, 1).is_empty(),
            "a trigger's decision to come",
        ),
    ];
    holds
        .into_iter()
        .find(|(is_there, _)| *is_there)
        .map(|(_, what)| what)
}

/// Camunda's rule for the ids of tenants.
fn check_name(name: &str) -> Result<(), Rejection> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.len() > MAX_TENANT_NAME_CHARS || !name.chars().all(fits) {
        return Err(Rejection::invalid(format!(
            "Expected a tenant id of 1 to {MAX_TENANT_NAME_CHARS} ASCII letters, digits, '_', '-' and '.', but got '{}'.",
            name.chars()
                .take(MAX_TENANT_NAME_CHARS)
                .collect::<String>()
                .escape_default()
        )));
    }
    Ok(())
}

fn check_words(words: &Words) -> Result<(), Rejection> {
    let description = words.description.as_deref().unwrap_or_default();
    for (what, text) in [
        ("a name", &*words.display_name),
        ("a description", description),
    ] {
        if text.chars().count() > MAX_TENANT_TEXT_CHARS {
            return Err(Rejection::invalid(format!(
                "Expected {what} of at most {MAX_TENANT_TEXT_CHARS} characters, but it has {}.",
                text.chars().count()
            )));
        }
    }
    Ok(())
}
