//! Applies events of surveys, invitations and answers.

use std::sync::Arc;

use super::ExperienceEvent;
use crate::entities::due::Due;
use crate::entities::experience::{CustomerRow, Invitation, InvitationState, Response, SurveyRow};
use crate::key::*;
use crate::state::State;

/// Applies one event.
pub(in crate::entities) fn apply(state: &mut State, tenant: TenantId, event: &ExperienceEvent) {
    match event {
        ExperienceEvent::SurveySaved { survey } => survey_saved(state, tenant, survey),
        ExperienceEvent::InvitationCreated { invitation } => {
            invitation_created(state, tenant, invitation)
        }
        ExperienceEvent::InvitationDue { invitation, .. } => {
            invitation_due(state, tenant, *invitation)
        }
        ExperienceEvent::ResponseRecorded { response } => {
            response_recorded(state, tenant, response)
        }
        // Notifications are for people: they live in the journal and the read model.
        ExperienceEvent::NotificationCreated { .. } => {}
    }
}

pub(in crate::entities) fn survey_saved(
    state: &mut State,
    tenant: TenantId,
    survey: &Arc<SurveyRow>,
) {
    state
        .latest_surveys
        .put((tenant, Arc::clone(&survey.id)), survey.version);
    state.surveys.put(
        (tenant, Arc::clone(&survey.id), survey.version),
        Arc::clone(survey),
    );
}

pub(in crate::entities) fn invitation_created(
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
            .put((invitation.due_at_ms, Due::Invitation(key)), tenant);
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

pub(in crate::entities) fn invitation_due(state: &mut State, tenant: TenantId, key: InvitationKey) {
    let Some(invitation) = state.invitations.get(&(tenant, key)) else {
        return;
    };
    state
        .due
        .remove(&(invitation.due_at_ms, Due::Invitation(key)));
    state.invitations.update(&(tenant, key), |row| {
        if row.state == InvitationState::Scheduled {
            row.state = InvitationState::Open;
        }
    });
}

/// The answers themselves live in the journal and the read model; state keeps that the
/// invitation is used up.
pub(in crate::entities) fn response_recorded(
    state: &mut State,
    tenant: TenantId,
    response: &Response,
) {
    state
        .invitations
        .update(&(tenant, response.invitation), |row| {
            row.state = InvitationState::Answered
        });
}
