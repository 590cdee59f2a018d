//! What each command does: one file per family. A processor checks first and emits
//! afterwards; a command that cannot be carried out is rejected before anything changed.

mod ad_hoc;
pub(crate) mod batch;
pub(crate) mod clock;
mod component;
mod conditional;
mod decision;
mod deployment;
mod experience;
pub(crate) mod history;
mod incident;
mod instance;
pub(crate) mod job;
mod listener;
pub(crate) mod message;
mod migration;
mod modification;
mod signal;
pub(crate) mod suspension;
mod tenant;
mod user_task;

use crate::behaviour::message::Draft;
use crate::command::Command;
use crate::context::Context;
use crate::effect::Reply;
use crate::key::TenantId;
use crate::rejection::{Rejection, RejectionKind};

/// Carries out a command.
pub(crate) fn process(ctx: &mut Context<'_>, command: Command) -> Result<Reply, Rejection> {
    expect_tenant(ctx, &command)?;
    match command {
        Command::CreateTenant {
            name,
            display_name,
            description,
        } => {
            let words = tenant::Words {
                display_name,
                description,
            };
            tenant::create(ctx, &name, words)
        }
        Command::UpdateTenant {
            name,
            display_name,
            description,
        } => {
            let words = tenant::Words {
                display_name,
                description,
            };
            tenant::update(ctx, &name, words)
        }
        Command::DeleteTenant { name } => tenant::delete(ctx, &name),
        Command::Deploy { resources } => deployment::deploy(ctx, resources),
        Command::CheckDeployment { resources } => deployment::try_out(ctx, resources),
        Command::DeleteResource { key } => deployment::delete(ctx, key),
        Command::CreateInstance {
            process,
            variables,
            business_key,
            start_at,
            stop_after,
            once,
        } => {
            let ways = instance::Ways {
                start_at: &start_at,
                stop_after: &stop_after,
            };
            instance::create_once(ctx, &process, &variables, business_key, &ways, once)
        }
        Command::CancelInstance { instance } => instance::cancel(ctx, instance),
        Command::ModifyInstance {
            instance,
            modification,
        } => modification::modify(ctx, instance, &modification),
        Command::MigrateInstance {
            instance,
            migration,
            dry_run,
        } => migration::migrate(ctx, instance, &migration, dry_run),
        Command::SuspendInstance { instance } => suspension::suspend(ctx, instance),
        Command::ResumeInstance { instance } => suspension::resume(ctx, instance),
        Command::DeleteHistory { instance } => history::delete(ctx, instance),
        Command::CreateBatch {
            operation,
            items,
            more,
        } => batch::create(ctx, *operation, &items, more),
        Command::AppendBatchItems { batch, items, more } => batch::append(ctx, batch, &items, more),
        Command::SuspendBatch { batch } => batch::suspend(ctx, batch),
        Command::ResumeBatch { batch } => batch::resume(ctx, batch),
        Command::CancelBatch { batch, reason } => batch::cancel(ctx, batch, reason),
        Command::SuspendDefinition { definition } => {
            suspension::suspend_definition(ctx, definition)
        }
        Command::ResumeDefinition { definition } => suspension::resume_definition(ctx, definition),
        Command::SetVariables {
            scope,
            instance,
            variables,
            local,
        } => instance::set_variables(ctx, instance, scope, &variables, local),
        Command::ActivateJobs {
            job_type,
            worker,
            timeout_ms,
            max_jobs,
            fetch,
        } => job::activate(ctx, &job_type, &worker, timeout_ms, max_jobs, &fetch),
        Command::CompleteJob {
            job,
            attempt,
            variables,
            result,
        } => job::complete(ctx, job, attempt, &variables, result),
        Command::FailJob {
            job,
            attempt,
            retries,
            backoff_ms,
            message,
            variables,
        } => job::fail(
            ctx,
            job,
            attempt,
            job::Failed {
                retries,
                backoff_ms,
                message,
                variables,
            },
        ),
        Command::ThrowJobError {
            job,
            attempt,
            code,
            message,
            variables,
        } => job::throw_error(ctx, job, attempt, &code, &message, variables),
        Command::UpdateJob {
            job,
            retries,
            timeout_ms,
            priority,
        } => job::update(ctx, job, retries, timeout_ms, priority),
        Command::AssignUserTask {
            task,
            assignee,
            allow_override,
            action,
        } => user_task::assign(ctx, task, &assignee, allow_override, action),
        Command::UnassignUserTask { task, action } => user_task::unassign(ctx, task, action),
        Command::UpdateUserTask {
            task,
            changes,
            action,
        } => user_task::update(ctx, task, changes, action),
        Command::CompleteUserTask {
            task,
            variables,
            action,
        } => user_task::complete(ctx, task, variables, action),
        Command::ActivateAdHoc {
            instance,
            element,
            elements,
            cancel_remaining,
        } => ad_hoc::activate(ctx, instance, element, &elements, cancel_remaining),
        Command::ResolveIncident { incident } => incident::resolve(ctx, incident),
        Command::BroadcastSignal { name, variables } => signal::send(ctx, &name, variables),
        Command::EvaluateConditions { variables, process } => {
            conditional::evaluate(ctx, &variables, process.as_deref())
        }
        Command::PublishMessage {
            name,
            correlation_key,
            message_id,
            time_to_live_ms,
            variables,
        } => {
            let draft = Draft {
                name: name.into(),
                correlation_key: correlation_key.into(),
                message_id: message_id.map(Into::into),
                expires_at_ms: ctx.after(time_to_live_ms),
                variables,
            };
            message::publish(ctx, draft)
        }
        Command::CorrelateMessage {
            name,
            correlation_key,
            variables,
        } => {
            let draft = Draft {
                name: name.into(),
                correlation_key: correlation_key.into(),
                message_id: None,
                expires_at_ms: ctx.at_ms,
                variables,
            };
            message::correlate(ctx, draft)
        }
        Command::EvaluateDecision {
            decision,
            variables,
        } => decision::evaluate(ctx, &decision, &variables),
        Command::RegisterComponent { component, replace } => {
            component::register(ctx, *component, replace)
        }
        Command::DisableTrigger { name } => component::disable(ctx, &name),
        Command::EnableTrigger { name } => component::enable(ctx, &name),
        Command::RemoveComponent { name } => component::remove(ctx, &name),
        Command::BindJobs { job_type } => component::bind_waiting_jobs(ctx, &job_type),
        Command::SaveSurvey { document } => experience::save_survey(ctx, &document),
        Command::RecordDecisions { firing, outcome } => {
            experience::record_decisions(ctx, firing, outcome)
        }
        Command::RecordResponse {
            token,
            language,
            answers,
        } => experience::record_response(ctx, &token, language, &answers),
        Command::SetRetention { history_ms } => history::set_retention(ctx, history_ms),
        Command::GoOn { instance } => clock::go_on_with(ctx, instance),
        Command::Tick => clock::tick(ctx),
    }
}

/// Only the clock goes on in a tenant that was deleted, until the last of its history has expired.
fn expect_tenant(ctx: &Context<'_>, command: &Command) -> Result<(), Rejection> {
    let is_there = ctx.tenant == TenantId::DEFAULT || ctx.state.tenants.contains(&ctx.tenant);
    if is_there || matches!(command, Command::Tick) {
        return Ok(());
    }
    Err(Rejection::new(
        RejectionKind::NotFound,
        "Expected a tenant that is there, but it was deleted.",
    ))
}
