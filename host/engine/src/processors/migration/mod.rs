//! Migration: a running case goes on by another definition. What the mappings mean for the
//! case as it stands, and all that is wrong with them, is worked out in `plan`; here it is
//! carried out. Jobs, user tasks, timers and other waits stay as they are; only events that
//! the mappings leave out are closed, and those that are new are opened.

mod plan;

use std::sync::Arc;

use self::plan::{Plan, Planner};
use crate::context::Context;
use crate::effect::Reply;
use crate::elements::{self, catching};
use crate::event::{ProcessInstanceEvent, SubscriptionEvent};
use crate::key::*;
use crate::limits::MAX_OPERATION_PROBLEMS;
use crate::operation::Migration;
use crate::rejection::Rejection;

/// Migrates a case, or says what is in the way.
pub(super) fn migrate(
    ctx: &mut Context<'_>,
    instance: InstanceKey,
    migration: &Migration,
    dry_run: bool,
) -> Result<Reply, Rejection> {
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
    match planned {
        Err(mut problems) => {
            problems.truncate(MAX_OPERATION_PROBLEMS);
            if dry_run {
                Ok(Reply::MigrationChecked { problems })
            } else {
                Err(Rejection::invalid(problems.join("\n")))
            }
        }
        Ok(_) if dry_run => Ok(Reply::MigrationChecked {
            problems: Vec::new(),
        }),
        Ok(plan) => {
            carry_out(ctx, instance, migration.target, plan);
            Ok(Reply::Done)
        }
    }
}

fn carry_out(ctx: &mut Context<'_>, instance: InstanceKey, definition: DefinitionKey, plan: Plan) {
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
