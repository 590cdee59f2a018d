//! Applies events of surveys, invitations and answers.

use std::sync::Arc;

use crate::key::*;
use crate::state::State;
use crate::state::component::TriggerLoad;
use crate::state::cx::{CustomerRow, Firing, Invitation, InvitationState, Response, SurveyRow};
use crate::state::due;

pub(super) fn survey_saved(state: &mut State, tenant: TenantId, survey: &Arc<SurveyRow>) {
    state
        .latest_surveys
        .put((tenant, Arc::clone(&survey.id)), survey.version);
    state.surveys.put(
        (tenant, Arc::clone(&survey.id), survey.version),
        Arc::clone(survey),
    );
}

pub(super) fn trigger_fired(state: &mut State, tenant: TenantId, firing: &Arc<Firing>) {
    let by_case = (tenant, firing.case.instance, firing.key);
    state.firings_by_case.put(by_case, ());
    let by_trigger = (tenant, Arc::clone(&firing.trigger), firing.key);
    state.firings_by_trigger.put(by_trigger, ());
    state.firings.put((tenant, firing.key), Arc::clone(firing));
    change_load(state, tenant, &firing.trigger, |load| load.waiting += 1);
}

pub(super) fn trigger_decided(
    state: &mut State,
    tenant: TenantId,
    instance: InstanceKey,
    key: FiringKey,
) {
    state.firings_by_case.remove(&(tenant, instance, key));
    let Some(firing) = state.firings.get(&(tenant, key)) else {
        return;
    };
    let trigger = &firing.trigger;
    state.firings.remove(&(tenant, key));
    state
        .firings_by_trigger
        .remove(&(tenant, Arc::clone(trigger), key));
    change_load(state, tenant, trigger, |load| load.waiting -= 1);
}

pub(super) fn chain_continued(
    state: &mut State,
    (tenant, at_ms): (TenantId, u64),
    trigger: &Arc<str>,
    started: u32,
) {
    change_load(state, tenant, trigger, |load| {
        load.started = load.started_in(at_ms) + started;
        load.minute = TriggerLoad::minute_of(at_ms);
    });
}

fn change_load(
    state: &mut State,
    tenant: TenantId,
    trigger: &Arc<str>,
    change: impl FnOnce(&mut TriggerLoad),
) {
    let key = (tenant, Arc::clone(trigger));
    let mut load = state
        .trigger_loads
        .get(&key)
        .map_or_else(TriggerLoad::default, |load| *load);
    change(&mut load);
    if load == TriggerLoad::default() {
        state.trigger_loads.remove(&key);
    } else {
        state.trigger_loads.put(key, load);
    }
}

pub(super) fn invitation_created(
    state: &mut State,
    tenant: TenantId,
    invitation: &Arc<Invitation>,
) {
    let key = invitation.key;
    let by_case = (tenant, invitation.instance, Arc::clone(&invitation.survey));
    state.invitations_by_case.put(by_case, key);
    state
        .invitations_by_token
        .put(Arc::clone(&invitation.token), (tenant, key));
    if invitation.state == InvitationState::Scheduled {
        state
            .due
            .put((invitation.due_at_ms, due::INVITATION, key.0), tenant);
    }
    if let Some(customer) = &invitation.customer {
        let row_key = (tenant, Arc::clone(customer));
        let before = state.customers.get(&row_key);
        let times_asked = before.map_or(0, |row| row.times_asked) + 1;
        state.customers.put(
            row_key,
            CustomerRow {
                last_asked_ms: Some(invitation.created_at_ms),
                times_asked,
            },
        );
    }
    state.invitations.put((tenant, key), Arc::clone(invitation));
}

pub(super) fn invitation_due(state: &mut State, tenant: TenantId, key: InvitationKey) {
    let Some(invitation) = state.invitations.get(&(tenant, key)) else {
        return;
    };
    state
        .due
        .remove(&(invitation.due_at_ms, due::INVITATION, key.0));
    state.invitations.update(&(tenant, key), |row| {
        if row.state == InvitationState::Scheduled {
            row.state = InvitationState::Open;
        }
    });
}

/// The answers themselves live in the journal and the read model; state keeps that the
/// invitation is used up.
pub(super) fn response_recorded(state: &mut State, tenant: TenantId, response: &Response) {
    state
        .invitations
        .update(&(tenant, response.invitation), |row| {
            row.state = InvitationState::Answered
        });
}
