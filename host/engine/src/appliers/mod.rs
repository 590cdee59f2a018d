//! Appliers: the only code that changes state, called when an event is emitted and when it
//! is replayed. An applier decides nothing; it reads no clock and cannot fail. Once
//! released it is frozen: a change is a new event with a new applier.

mod batch;
mod compensation;
mod component;
mod continuation;
mod cx;
mod definition;
mod deletion;
mod element;
mod history;
mod incident;
mod instance;
mod job;
mod message;
mod migration;
mod repetition;
mod subscription;
mod suspension;
mod user_task;

use crate::event::Event;
use crate::key::TenantId;
use crate::state::instance::Instance;
use crate::state::{State, due};

/// Applies one event.
pub(crate) fn apply(state: &mut State, tenant: TenantId, at_ms: u64, event: &Event) {
    use Event::*;
    match event {
        DefinitionCreated { definition, source } => {
            definition::created(state, tenant, definition, source)
        }
        DecisionRequirementsCreated {
            requirements,
            source,
        } => definition::requirements_created(state, tenant, requirements, source),
        DecisionCreated { decision } => definition::decision_created(state, tenant, decision),
        // Evaluations are for the audit: they live in the journal and the read model.
        DecisionEvaluated { .. } => {}
        FormCreated { form } => definition::form_created(state, tenant, form),

        InstanceCreated {
            instance,
            definition,
            business_key,
            start,
            parent,
            trigger_depth,
        } => {
            let row = Instance {
                business_key: business_key.clone(),
                start: *start,
                parent: *parent,
                trigger_depth: *trigger_depth,
                ..Instance::new(*definition, at_ms)
            };
            instance::created(state, tenant, *instance, row);
        }
        InstanceCompleted { instance, .. } | InstanceTerminated { instance } => {
            instance::ended(state, tenant, at_ms, *instance)
        }
        InstanceBanned { instance, reason } => instance::banned(state, tenant, *instance, reason),

        ElementActivating {
            instance,
            key,
            element,
            scope,
            role,
        } => {
            element::activating(state, tenant, *instance, *key, *element, *scope, *role);
        }
        ElementActivated { instance, key } => element::activated(state, tenant, *instance, *key),
        ElementCompleting { instance, key } => element::completing(state, tenant, *instance, *key),
        ElementCompleted {
            instance,
            key,
            outcome,
        } => element::completed(state, tenant, *instance, *key, outcome),
        ElementTerminating { instance, key } => {
            element::terminating(state, tenant, *instance, *key)
        }
        ElementInterrupted { instance, key, by } => {
            element::interrupted(state, tenant, *instance, *key, *by);
        }
        ElementTerminated { instance, key } => element::terminated(state, tenant, *instance, *key),
        SequenceFlowTaken { .. } => {}
        TokenWaiting {
            instance,
            scope,
            flow,
        } => element::token_waiting(state, tenant, *instance, *scope, *flow),
        TokenConsumed {
            instance,
            scope,
            flow,
            count,
        } => {
            element::token_consumed(state, tenant, *instance, *scope, *flow, *count);
        }
        VariableSet {
            instance,
            scope,
            key,
            name,
            value,
        } => {
            element::variable_set(state, tenant, *instance, *scope, *key, name, value);
        }

        JobCreated { job } => job::created(state, tenant, job),
        JobActivated {
            job,
            worker,
            deadline_ms,
            ..
        } => job::activated(state, tenant, *job, worker, *deadline_ms),
        JobCompleted { job, .. } => job::completed(state, tenant, *job),
        JobErrorThrown {
            job,
            message,
            caught,
            ..
        } => job::error_thrown(state, tenant, *job, message, *caught),
        JobCanceled { job, .. } => job::gone(state, tenant, *job),
        JobFailed {
            job,
            retries,
            retry_at_ms,
            message,
            ..
        } => {
            job::failed(state, tenant, *job, *retries, *retry_at_ms, message);
        }
        JobBackoffEnded { job, place, .. } | JobTimedOut { job, place, .. } => {
            job::ready(state, tenant, at_ms, *job, *place)
        }
        JobUpdated {
            job,
            retries,
            deadline_ms,
            priority,
            ..
        } => job::updated(state, tenant, *job, *retries, *deadline_ms, *priority),
        JobBound { job, component, .. } => job::bound(state, tenant, *job, component),

        UserTaskCreated { task } => user_task::created(state, tenant, task),
        UserTaskAssigned { task, assignee, .. } => {
            user_task::assigned(state, tenant, *task, assignee)
        }
        UserTaskCompleted { task, .. } => user_task::completed(state, tenant, *task),
        UserTaskCanceled { task, .. } => user_task::gone(state, tenant, *task),
        UserTaskTransitionStarted {
            task,
            state: entered,
            transition,
            ..
        } => user_task::transition_started(state, tenant, *task, *entered, transition),
        UserTaskCorrected {
            task, corrections, ..
        } => user_task::corrected(state, tenant, *task, corrections),
        UserTaskTransitionDenied { task, .. } => user_task::denied(state, tenant, *task),
        UserTaskOpened { task, changes, .. } | UserTaskUpdated { task, changes, .. } => {
            user_task::changed(state, tenant, *task, changes)
        }

        IncidentCreated { incident } => incident::created(state, tenant, incident),
        IncidentResolved { incident, .. } => incident::resolved(state, tenant, *incident),

        ComponentRegistered { component } => component::registered(state, tenant, component),
        TriggerChainContinued { name, started } => {
            cx::chain_continued(state, (tenant, at_ms), name, *started);
        }
        TriggerDisabled { name, reason } => {
            component::disabled(state, (tenant, at_ms), name, reason);
        }
        TriggerEnabled { name } => component::enabled(state, tenant, name),
        ComponentRemoved { name } => component::removed(state, tenant, name),

        SurveySaved { survey } => cx::survey_saved(state, tenant, survey),
        TriggerFired { firing } => cx::trigger_fired(state, tenant, firing),
        TriggerDecided {
            instance, firing, ..
        } => cx::trigger_decided(state, tenant, *instance, *firing),
        InvitationCreated { invitation } => cx::invitation_created(state, tenant, invitation),
        InvitationDue { invitation, .. } => cx::invitation_due(state, tenant, *invitation),
        ResponseRecorded { response } => cx::response_recorded(state, tenant, response),
        // Notifications are for people: they live in the journal and the read model.
        NotificationCreated { .. } => {}

        SubscriptionOpened { subscription } => subscription::opened(state, tenant, subscription),
        SubscriptionClosed { subscription, .. } => {
            subscription::closed(state, tenant, *subscription)
        }
        SubscriptionTriggered {
            subscription,
            afterwards,
            ..
        } => subscription::triggered(state, tenant, *subscription, *afterwards),
        SignalBroadcast { .. } | EscalationThrown { .. } => {}
        BroadcastAdvanced { broadcast } => {
            subscription::broadcast_advanced(state, tenant, broadcast)
        }
        BroadcastEnded { broadcast } => subscription::broadcast_ended(state, tenant, *broadcast),

        // What it changed are the events that follow; this one says who began it.
        InstanceModified { .. } => {}
        InstanceStopsAfter { instance, elements } => {
            instance::stops_after(state, tenant, *instance, elements)
        }

        InstanceSuspended { instance } => {
            suspension::suspended(state, (tenant, at_ms), *instance);
        }
        StepsKept {
            instance,
            chain,
            extent,
            turn,
            pause_ms,
            steps,
        } => {
            let kept = continuation::Steps {
                chain: *chain,
                extent: *extent,
                pause_ms: *pause_ms,
                steps,
            };
            continuation::kept(state, (tenant, at_ms), *instance, *turn, &kept);
        }
        StepsTaken {
            instance,
            part,
            chain,
            through,
            turn,
        } => {
            let steps = (*part, *chain, *through);
            continuation::taken(state, (tenant, at_ms), *instance, steps, *turn);
        }
        ChainAdvanced { chain, extent } => {
            continuation::chain_advanced(state, tenant, *chain, *extent);
        }
        InstanceResumed { instance } => suspension::resumed(state, (tenant, at_ms), *instance),
        DefinitionSuspended { definition } | DefinitionFailed { definition, .. } => {
            suspension::definition_suspended(state, tenant, *definition)
        }
        DefinitionResumed { definition } => {
            suspension::definition_resumed(state, tenant, *definition)
        }
        StartSkipped { .. } => {}
        DueDropped {
            due_ms, kind, key, ..
        } => {
            state.due.remove(&(*due_ms, *kind, *key));
            if *kind == due::TURN {
                continuation::dropped(state, tenant, *key);
            }
        }
        CompensationSubscribed {
            instance,
            compensation,
        } => compensation::subscribed(state, tenant, *instance, compensation),
        CompensationTriggered {
            instance,
            scope,
            compensation,
            thrower,
        } => {
            compensation::triggered(state, tenant, *instance, *scope, *compensation, *thrower);
        }
        CompensationStarted {
            instance,
            thrower,
            compensation,
            handler,
        } => {
            compensation::started(state, tenant, *instance, *thrower, *compensation, *handler);
        }
        CompensationDropped { instance, scope } => {
            compensation::dropped(state, tenant, *instance, *scope);
        }
        MessagePublished { message } => message::published(state, tenant, message),
        MessageCorrelated {
            instance,
            message,
            process,
            starts,
            ..
        } => message::correlated(
            state,
            tenant,
            *message,
            process,
            starts.then_some(*instance),
        ),
        MessageAdvanced { message, next } => message::advanced(state, tenant, *message, next),
        MessageExpired { message } => message::expired(state, tenant, *message),
        ConditionChanged {
            subscription,
            holds,
            ..
        } => subscription::condition_changed(state, tenant, *subscription, *holds),
        ItemsFixed { key, items, .. } => state.items.put((tenant, *key), items.clone()),
        ResultCollected {
            instance,
            scope,
            name,
            index,
            value,
        } => repetition::collected(state, tenant, *instance, *scope, name, *index, value),
        RestDecided {
            instance,
            key,
            rest,
        } => repetition::rest_decided(state, tenant, *instance, *key, *rest),
        ElementDeferred { instance, key } => {
            repetition::deferred(state, tenant, *instance, *key, true);
        }
        ElementResumed { instance, key } => {
            repetition::deferred(state, tenant, *instance, *key, false);
        }

        RetentionSet { history_ms } => history::retention_set(state, tenant, at_ms, *history_ms),
        RetentionApplied { next } => history::retention_applied(state, tenant, *next),
        HistoryDue { definition, due_ms } => history::due(state, tenant, *definition, *due_ms),
        HistoryExpired {
            instance,
            definition,
            ended_at_ms,
        } => history::expired(state, tenant, *instance, *definition, *ended_at_ms),
        InstanceMigrated {
            instance,
            definition,
            elements,
            flows,
            stop_after,
        } => {
            let how = migration::Migrated {
                instance: *instance,
                definition: *definition,
                elements,
                flows,
                stop_after,
            };
            migration::migrated(state, tenant, &how);
        }

        BatchCreated { batch } => batch::created(state, tenant, batch),
        BatchItemsAdded { batch, items } => batch::items_added(state, tenant, *batch, items),
        BatchStarted { batch } | BatchResumed { batch } => batch::running(state, tenant, *batch),
        BatchSuspended { batch } => batch::suspended(state, tenant, *batch),
        BatchItemFailed { batch, failure } => batch::item_failed(state, tenant, *batch, failure),
        BatchAdvanced {
            batch,
            taken,
            failed,
        } => batch::advanced(state, tenant, *batch, *taken, *failed),
        BatchCanceled { batch, .. } | BatchCompleted { batch, .. } => {
            batch::ended(state, tenant, at_ms, *batch)
        }
        BatchHistoryDue { due_ms } => history::batches_due(state, tenant, *due_ms),
        DeploymentRepeated { .. } => {}
        BatchExpired { batch, ended_at_ms } => {
            state.ended_batches.remove(&(tenant, *ended_at_ms, *batch));
        }

        JobTypeServed { job_type } => component::served(state, tenant, job_type),
        DefinitionDeleted { definition } => deletion::definition(state, tenant, *definition),
        DecisionRequirementsDeleted { requirements } => {
            deletion::requirements(state, tenant, *requirements);
        }
        FormDeleted { form } => deletion::form(state, tenant, *form),
    }
}
