//! Migration: a running case goes on by another definition. What the mappings mean for the
//! case as it stands, and all that is wrong with them, is worked out in `plan`; here it is
//! carried out. Jobs, user tasks, timers and other waits stay as they are; only events that
//! the mappings leave out are closed, and those that are new are opened.

mod plan;

use std::sync::Arc;

use self::plan::{Plan, Planner};
use super::Request;
use crate::command::{CheckMigration, MigrateInstance, MigrationChecked};
use crate::context::Context;
use crate::elements::{self, catching};
use crate::event::{ProcessInstanceEvent, SubscriptionEvent};
use crate::key::*;
use crate::limits::MAX_OPERATION_PROBLEMS;
use crate::operation::Migration;
use crate::rejection::Rejection;

impl Request for MigrateInstance {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        migrate(ctx, self.instance, &self.migration)
    }
}

impl Request for CheckMigration {
    type Answer = MigrationChecked;

    fn process(self, ctx: &mut Context<'_>) -> Result<MigrationChecked, Rejection> {
        let plan = plan(ctx, self.instance, &self.migration)?;
        Ok(MigrationChecked {
            problems: plan.err().unwrap_or_default(),
        })
    }
}

/// Migrates a process instance, or refuses and says what is in the way.
pub(super) fn migrate(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    migration: &Migration,
) -> Result<(), Rejection> {
    let plan = plan(ctx, instance, migration)?;
    let plan = plan.map_err(|problems| Rejection::invalid(problems.join("\n")))?;
    carry_out(ctx, instance, migration.target, plan);
    Ok(())
}

/// What is to be done, or else what is in the way.
fn plan(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    migration: &Migration,
) -> Result<Result<Plan, Vec<String>>, Rejection> {
    ctx.workable(instance)?;
    let root = ctx
        .active(instance, instance.root())
        .ok_or_else(|| Rejection::not_found("process instance", instance))?;
    let target = ctx
        .state
        .deployed_definition(ctx.tenant, migration.target)
        .and_then(|row| ctx.definitions.get(ctx.state, ctx.tenant, row.key))
        .ok_or_else(|| Rejection::not_found("process definition", migration.target))?;
    let planned = Planner::new(ctx, instance, &root.definition, &target, migration).plan();
    Ok(planned.map_err(|mut problems| {
        problems.truncate(MAX_OPERATION_PROBLEMS);
        problems
    }))
}

fn carry_out(
    ctx: &mut Context<'_>,
    instance: ProcessInstanceKey,
    definition: ProcessDefinitionKey,
    plan: Plan,
) {
    for subscription in plan.closed {
        ctx.emit(SubscriptionEvent::Closed {
            instance: Some(instance),
            subscription,
        });
    }
    ctx.emit(ProcessInstanceEvent::Migrated {
        instance,
        definition,
        elements: Arc::new(plan.elements),
        flows: plan.flows,
        stop_after: plan.stop_after,
    });
    for (holder, openings) in plan.opened {
        catching::open(ctx, &holder, openings);
    }
    // A join may have other ways to it now, on which nothing comes any more.
    for scope in plan.scopes_with_tokens {
        elements::go_on_where_nothing_comes(ctx, instance, scope);
    }
}
