//! Invitations to answer a survey, and messages to people inside the company.

use std::sync::Arc;

use gardesh_engine::entities::experience::{
    Invitation as InvitationRow, InvitationState as RowState, Notification as NotificationRow,
};
use gardesh_engine::event::ExperienceEvent;
use gardesh_engine::key::*;

use super::{Context, Projection};
use crate::error::Error;
use crate::row::{Keyed, names, row};
use crate::search::{Condition, Instant, Key, Searchable, filter};

names! {
    /// Where an invitation is. Whether its link has closed depends on the clock, which is
    /// the reader's to look at.
    pub enum InvitationState {
        /// Its delay is not over.
        Scheduled = "SCHEDULED",
        /// The customer can answer.
        Open = "OPEN",
        /// The customer has answered.
        Answered = "ANSWERED",
    }
}

row! {
    /// An invitation to answer a survey.
    pub struct Invitation in "invitations" {
        /// Its key.
        invitation_key: InvitationKey,
        /// The secret part of its link.
        token: Arc<str>,
        /// The survey.
        survey_id: Arc<str>,
        /// The survey's version when the customer was chosen.
        survey_version: u32,
        /// The case it is about.
        process_instance_key: ProcessInstanceKey,
        /// The process of that case.
        process_definition_id: Arc<str>,
        /// Who decided.
        trigger_name: Arc<str>,
        /// In which version.
        trigger_version: Arc<str>,
        /// The company's id of the customer.
        customer_id: Option<Arc<str>>,
        /// The customer's language, a BCP 47 tag.
        language: Option<Arc<str>>,
        /// How the link reaches the customer.
        channel: Arc<str>,
        /// Where it is.
        state: InvitationState,
        /// When it was decided on.
        created_at_ms: u64,
        /// When the customer is to have it.
        due_at_ms: u64,
        /// When its link closes.
        expires_at_ms: u64,
        /// When the customer answered.
        answered_at_ms: Option<u64>,
    }
    key: [invitation_key],
    changes: [state, answered_at_ms],
    indexes: ["token", "tenant, process_instance_key", "tenant, survey_id, due_at_ms"],
}

impl Keyed for Invitation {
    type Key = InvitationKey;

    fn key(&self) -> InvitationKey {
        self.invitation_key
    }
}

filter! {
    /// What to look for in invitations.
    pub struct InvitationFilter {
        invitation_key: Condition<Key> => "invitation_key",
        survey_id: Condition<String> => "survey_id",
        survey_version: Condition<i64> => "survey_version",
        process_instance_key: Condition<Key> => "process_instance_key",
        process_definition_id: Condition<String> => "process_definition_id",
        customer_id: Condition<String> => "customer_id",
        channel: Condition<String> => "channel",
        language: Condition<String> => "language",
        trigger_name: Condition<String> => "trigger_name",
        trigger_version: Condition<String> => "trigger_version",
        state: Condition<InvitationState> => "state",
        created_at: Condition<Instant> => "created_at_ms",
        due_at: Condition<Instant> => "due_at_ms",
        expires_at: Condition<Instant> => "expires_at_ms",
        answered_at: Condition<Instant> => "answered_at_ms",
    }
}

/// The token is a secret: it is not to be found out by sorting.
impl Searchable for Invitation {
    type Filter = InvitationFilter;
    const NOT_SORTED: &'static [&'static str] = &["token"];
}

row! {
    /// A message to somebody inside the company.
    pub struct Notification in "notifications" {
        /// Its key.
        notification_key: NotificationKey,
        /// A role or a user.
        audience: Arc<str>,
        /// One line.
        title: Arc<str>,
        /// Plain text.
        body: Arc<str>,
        /// The case it is about.
        process_instance_key: ProcessInstanceKey,
        /// When.
        created_at_ms: u64,
    }
    key: [notification_key],
    changes: [],
    indexes: ["tenant, process_instance_key"],
}

filter! {
    /// What to look for in notifications.
    pub struct NotificationFilter {
        notification_key: Condition<Key> => "notification_key",
        audience: Condition<String> => "audience",
        title: Condition<String> => "title",
        process_instance_key: Condition<Key> => "process_instance_key",
        created_at: Condition<Instant> => "created_at_ms",
    }
}

impl Searchable for Notification {
    type Filter = NotificationFilter;
    const NOT_SORTED: &'static [&'static str] = &["body"];

    fn fit(&mut self, _shorten: bool) -> usize {
        self.body.len()
    }
}

impl Projection {
    pub(super) fn apply_experience_event(
        &mut self,
        cx: &Context<'_>,
        event: &ExperienceEvent,
    ) -> Result<(), Error> {
        match event {
            ExperienceEvent::SurveySaved { survey } => self.survey_saved(cx, survey),
            ExperienceEvent::InvitationCreated { invitation } => {
                self.invitation_created(cx, invitation);
            }
            ExperienceEvent::InvitationDue { invitation, .. } => {
                self.invitation_due(cx, *invitation)?;
            }
            ExperienceEvent::ResponseRecorded { response } => {
                self.response_recorded(cx, response)?;
            }
            ExperienceEvent::NotificationCreated { notification } => {
                self.notification_created(cx, notification);
            }
        }
        Ok(())
    }

    pub(super) fn invitation_created(&mut self, cx: &Context<'_>, invitation: &InvitationRow) {
        let row = Invitation {
            invitation_key: invitation.key,
            token: Arc::clone(&invitation.token),
            survey_id: Arc::clone(&invitation.survey),
            survey_version: invitation.survey_version,
            process_instance_key: invitation.instance,
            process_definition_id: Arc::clone(&invitation.process_id),
            trigger_name: Arc::clone(&invitation.trigger),
            trigger_version: Arc::clone(&invitation.trigger_version),
            customer_id: invitation.customer.clone(),
            language: invitation.language.clone(),
            channel: Arc::clone(&invitation.channel),
            state: match invitation.state {
                RowState::Scheduled => InvitationState::Scheduled,
                RowState::Open => InvitationState::Open,
                RowState::Answered => InvitationState::Answered,
            },
            created_at_ms: invitation.created_at_ms,
            due_at_ms: invitation.due_at_ms,
            expires_at_ms: invitation.expires_at_ms,
            answered_at_ms: None,
        };
        self.invitations.put(cx.tenant, row);
    }

    pub(super) fn invitation_due(
        &mut self,
        cx: &Context<'_>,
        key: InvitationKey,
    ) -> Result<(), Error> {
        let row = self.invitations.change(cx, key)?;
        if row.state == InvitationState::Scheduled {
            row.state = InvitationState::Open;
        }
        Ok(())
    }

    pub(super) fn notification_created(
        &mut self,
        cx: &Context<'_>,
        notification: &NotificationRow,
    ) {
        let row = Notification {
            notification_key: notification.key,
            audience: Arc::clone(&notification.audience),
            title: Arc::clone(&notification.title),
            body: Arc::clone(&notification.body),
            process_instance_key: notification.instance,
            created_at_ms: notification.at_ms,
        };
        self.notifications.add(cx.tenant, row);
    }
}
