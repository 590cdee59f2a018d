//! What rows say of triggers, invitations, responses and notifications.

use std::sync::Arc;

use gardesh_engine::entities::experience::{
    InvitationState as Wait, Notification as Note, ScoredAnswer,
};
use gardesh_engine::entities::trigger::Decision;
use gardesh_engine::event::{Event, ExperienceEvent, TriggerEvent};
use gardesh_engine::key::*;
use gardesh_engine::variables::parse_document;
use serde_json::json;

use super::fixture::*;
use crate::*;

#[test]
fn each_firing_is_shown_before_and_after_it_was_decided() {
    let mut journal = Journal::new();
    let instance = journal.start(TENANT, None);
    let firing = journal.firing(instance);
    let key = firing.key;
    journal.record(
        TENANT,
        vec![Event::Trigger(TriggerEvent::Fired {
            firing: Arc::new(firing),
        })],
    );
    let model = Model::of(&journal);
    let row: TriggerDecision = model.only();
    assert_eq!(
        (row.state, row.decisions.len(), row.decided_at_ms),
        (FiringState::Pending, 0, None)
    );

    let variables = parse_document(r#"{"n": 12345678901234567890.5}"#).unwrap();
    journal.record(
        TENANT,
        vec![Event::Trigger(TriggerEvent::Decided {
            instance,
            firing: key,
            decisions: vec![
                Decision::Ask {
                    survey: "s".into(),
                    channel: "link".into(),
                    delay_ms: 5,
                    reason: "closed".into(),
                },
                Decision::StartProcess {
                    process: "recovery".into(),
                    variables,
                    reason: "angry".into(),
                },
                Decision::Notify {
                    audience: "leads".into(),
                    title: "t".into(),
                    body: "b".into(),
                },
                Decision::Nothing {
                    code: "asked-lately".into(),
                    detail: "d".into(),
                },
            ],
        })],
    );
    model.project(&journal.entries, &Elements).unwrap();
    let row: TriggerDecision = model.only();
    assert_eq!(
        (row.state, &*row.event_type),
        (FiringState::Decided, "process-instance.completed")
    );
    assert_eq!(row.decided_at_ms, Some(journal.now_ms));
    let json = serde_json::to_value(&row.decisions).unwrap();
    assert_eq!(
        json[0],
        json!({"type": "ASK", "surveyId": "s", "channel": "link", "delayMs": 5, "reason": "closed"})
    );
    assert_eq!(
        json[1]["variables"],
        json!(r#"{"n":12345678901234567890.5}"#)
    );
    assert_eq!(
        json[3],
        json!({"type": "NOTHING", "code": "asked-lately", "detail": "d"})
    );
}

#[test]
fn an_invitation_is_found_by_its_token_and_answered() {
    let mut journal = Journal::new();
    let instance = journal.start(OTHER, None);
    let invitation = journal.invitation(instance, "satisfaction", Wait::Scheduled);
    let note = Note {
        key: NotificationKey(journal.key()),
        audience: "leads".into(),
        title: "Unhappy".into(),
        body: "Call".into(),
        instance,
        at_ms: 5,
    };
    journal.record(
        OTHER,
        vec![
            Event::Experience(ExperienceEvent::InvitationCreated {
                invitation: Arc::new(invitation.clone()),
            }),
            Event::Experience(ExperienceEvent::NotificationCreated {
                notification: Arc::new(note),
            }),
        ],
    );
    let model = Model::of(&journal);
    let state = || {
        model
            .invitation_by_token(&invitation.token)
            .unwrap()
            .map(|(tenant, row)| (tenant, row.state))
    };
    assert_eq!(state(), Some((OTHER, InvitationState::Scheduled)));
    assert_eq!(model.invitation_by_token("").unwrap(), None);
    journal.record(
        OTHER,
        vec![Event::Experience(ExperienceEvent::InvitationDue {
            instance,
            invitation: invitation.key,
        })],
    );
    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(state(), Some((OTHER, InvitationState::Open)));
    let answer = journal.answer(&invitation, &[("why", ScoredAnswer::Text("سریع".into()))]);
    journal.record(OTHER, vec![answer]);
    model.project(&journal.entries, &Elements).unwrap();
    assert_eq!(state(), Some((OTHER, InvitationState::Answered)));
    let page = model.find::<Response>(OTHER, json!({"filter": {"surveyId": "satisfaction"}}));
    let json = serde_json::to_value(&page.items[0].answers).unwrap();
    assert_eq!(json, json!({"why": {"type": "text", "text": "سریع"}}));
    assert_eq!(
        model
            .find::<Notification>(OTHER, json!({"filter": {"audience": "leads"}}))
            .total_items,
        1
    );
    assert_eq!(model.find::<Notification>(TENANT, json!({})).total_items, 0);
}
