//! What came of the triggers: `/v1/invitations`, `/v1/responses`, `/v1/decisions` and
//! `/v1/notifications`. Lists only; triggers and customers make the entries.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use gardesh_query::{
    Answers, Condition, Instant, Invitation, InvitationFilter, InvitationState, Notification,
    NotificationFilter, Operator, Response, ResponseFilter, Search, TriggerDecision,
    TriggerDecisionFilter,
};
use serde::{Deserialize, Serialize};

use super::decision_view::DecisionView;
use super::params::Params;
use crate::driver::now_ms;
use crate::http::api::Api;
use crate::http::caller::Caller;
use crate::http::problem::Problem;
use crate::http::search::Listing;
use crate::http::wire::iso;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    invitation_key: String,
    survey_id: Arc<str>,
    survey_version: u32,
    process_instance_key: String,
    process_definition_id: Arc<str>,
    customer_id: Option<Arc<str>>,
    channel: Arc<str>,
    state: &'static str,
    language: Option<Arc<str>>,
    link: String,
    created_at: String,
    due_at: String,
    expires_at: String,
    answered_at: Option<String>,
    trigger: Arc<str>,
    trigger_version: Arc<str>,
}

/// `GET /v1/invitations`.
pub async fn invitations(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Json<Listing<InvitationView>>, Problem> {
    let now_ms = now_ms();
    let shown = params.named("state", "SCHEDULED, OPEN, ANSWERED or EXPIRED")?;
    let (state, expires_at) = shown.map_or((None, None), |shown| stored(shown, now_ms));
    let filter = InvitationFilter {
        process_instance_key: params.key("processInstanceKey")?,
        process_definition_id: params.equal("processDefinitionId"),
        survey_id: params.equal("surveyId"),
        customer_id: params.equal("customerId"),
        channel: params.equal("channel"),
        state,
        expires_at,
        ..InvitationFilter::default()
    };
    let search = Search::<Invitation> {
        page: params.page()?,
        ..Search::by(filter)
    };
    params.finish()?;
    let base = base_of_links(api.app.config.public_url.as_deref(), &headers);
    api.search(caller.tenant.id, search, |row| {
        invitation_view(&base, now_ms, row)
    })
    .await
    .map(Json)
}

/// Where an invitation is at this moment: one whose link has closed without an answer is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum ShownState {
    Scheduled,
    Open,
    Answered,
    Expired,
}

impl ShownState {
    fn of(row: &Invitation, now_ms: u64) -> Self {
        match row.state {
            InvitationState::Answered => Self::Answered,
            _ if now_ms >= row.expires_at_ms => Self::Expired,
            InvitationState::Open => Self::Open,
            InvitationState::Scheduled => Self::Scheduled,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::Open => "OPEN",
            Self::Answered => "ANSWERED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// What the stored state and the end of an invitation must be.
type Stored = (
    Option<Condition<InvitationState>>,
    Option<Condition<Instant>>,
);

/// What they are for those that are shown in a state.
fn stored(shown: ShownState, now_ms: u64) -> Stored {
    let now = Instant(i64::try_from(now_ms).unwrap_or(i64::MAX));
    let open = Some(Condition::all(vec![Operator::Gt(now)]));
    match shown {
        ShownState::Answered => (Some(Condition::eq(InvitationState::Answered)), None),
        ShownState::Scheduled => (Some(Condition::eq(InvitationState::Scheduled)), open),
        ShownState::Open => (Some(Condition::eq(InvitationState::Open)), open),
        ShownState::Expired => (
            Some(Condition::all(vec![Operator::Neq(
                InvitationState::Answered,
            )])),
            Some(Condition::all(vec![Operator::Lte(now)])),
        ),
    }
}

/// What links begin with: the public address, or the one that this request used.
fn base_of_links(public_url: Option<&str>, headers: &HeaderMap) -> String {
    let host = || {
        headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost")
    };
    match public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", host()),
    }
}

fn invitation_view(base: &str, now_ms: u64, row: Invitation) -> InvitationView {
    InvitationView {
        state: ShownState::of(&row, now_ms).name(),
        invitation_key: row.invitation_key.to_string(),
        survey_id: row.survey_id,
        survey_version: row.survey_version,
        process_instance_key: row.process_instance_key.to_string(),
        process_definition_id: row.process_definition_id,
        customer_id: row.customer_id,
        channel: row.channel,
        language: row.language,
        link: format!("{base}/s/{}", row.token),
        created_at: iso(row.created_at_ms),
        due_at: iso(row.due_at_ms),
        expires_at: iso(row.expires_at_ms),
        answered_at: row.answered_at_ms.map(iso),
        trigger: row.trigger_name,
        trigger_version: row.trigger_version,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResponseView {
    response_key: String,
    invitation_key: String,
    survey_id: Arc<str>,
    survey_version: u32,
    process_instance_key: String,
    process_definition_id: Arc<str>,
    language: Arc<str>,
    answers: Answers,
    submitted_at: String,
}

/// `GET /v1/responses`.
pub async fn responses(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Listing<ResponseView>>, Problem> {
    let filter = ResponseFilter {
        process_instance_key: params.key("processInstanceKey")?,
        process_definition_id: params.equal("processDefinitionId"),
        survey_id: params.equal("surveyId"),
        invitation_key: params.key("invitationKey")?,
        ..ResponseFilter::default()
    };
    let search = Search::<Response> {
        page: params.page()?,
        ..Search::by(filter)
    };
    params.finish()?;
    api.search(caller.tenant.id, search, response_view)
        .await
        .map(Json)
}

fn response_view(row: Response) -> ResponseView {
    ResponseView {
        response_key: row.response_key.to_string(),
        invitation_key: row.invitation_key.to_string(),
        survey_id: row.survey_id,
        survey_version: row.survey_version,
        process_instance_key: row.process_instance_key.to_string(),
        process_definition_id: row.process_definition_id,
        language: row.language,
        answers: row.answers,
        submitted_at: iso(row.submitted_at_ms),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FiringView {
    firing_key: String,
    trigger: Arc<str>,
    trigger_version: Arc<str>,
    trigger_digest: Arc<str>,
    event_type: Cow<'static, str>,
    element_id: Option<Arc<str>>,
    element_instance_key: Option<String>,
    process_instance_key: String,
    process_definition_key: String,
    process_definition_id: Arc<str>,
    process_definition_version: u32,
    business_key: Option<Arc<str>>,
    state: &'static str,
    decisions: Vec<DecisionView>,
    fired_at: String,
    decided_at: Option<String>,
}

/// `GET /v1/decisions`: every firing of a trigger, with what it decided and why.
pub async fn decisions(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Listing<FiringView>>, Problem> {
    let filter = TriggerDecisionFilter {
        process_instance_key: params.key("processInstanceKey")?,
        process_definition_id: params.equal("processDefinitionId"),
        trigger_name: params.equal("trigger"),
        state: params.one_of("state", "PENDING or DECIDED")?,
        ..TriggerDecisionFilter::default()
    };
    let search = Search::<TriggerDecision> {
        page: params.page()?,
        ..Search::by(filter)
    };
    params.finish()?;
    api.search(caller.tenant.id, search, firing_view)
        .await
        .map(Json)
}

fn firing_view(row: TriggerDecision) -> FiringView {
    FiringView {
        firing_key: row.firing_key.to_string(),
        trigger: row.trigger_name,
        trigger_version: row.trigger_version,
        trigger_digest: row.trigger_digest,
        event_type: row.event_type,
        element_id: row.element_id,
        element_instance_key: row.element_instance_key.map(|key| key.to_string()),
        process_instance_key: row.process_instance_key.to_string(),
        process_definition_key: row.process_definition_key.to_string(),
        process_definition_id: row.process_definition_id,
        process_definition_version: row.process_definition_version,
        business_key: row.business_key,
        state: row.state.name(),
        decisions: row.decisions.into_iter().map(Into::into).collect(),
        fired_at: iso(row.fired_at_ms),
        decided_at: row.decided_at_ms.map(iso),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationView {
    notification_key: String,
    audience: Arc<str>,
    title: Arc<str>,
    body: Arc<str>,
    process_instance_key: String,
    created_at: String,
}

/// `GET /v1/notifications`.
pub async fn notifications(
    State(api): State<Api>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Listing<NotificationView>>, Problem> {
    let filter = NotificationFilter {
        process_instance_key: params.key("processInstanceKey")?,
        audience: params.equal("audience"),
        ..NotificationFilter::default()
    };
    let search = Search::<Notification> {
        page: params.page()?,
        ..Search::by(filter)
    };
    params.finish()?;
    api.search(caller.tenant.id, search, notification_view)
        .await
        .map(Json)
}

fn notification_view(row: Notification) -> NotificationView {
    NotificationView {
        notification_key: row.notification_key.to_string(),
        audience: row.audience,
        title: row.title,
        body: row.body,
        process_instance_key: row.process_instance_key.to_string(),
        created_at: iso(row.created_at_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gardesh_engine::key::{InvitationKey, ProcessInstanceKey};

    #[test]
    fn links_are_whole_addresses() {
        let headers = HeaderMap::from_iter([(header::HOST, "localhost:8080".parse().unwrap())]);
        assert_eq!(base_of_links(None, &headers), "http://localhost:8080");
        assert_eq!(
            base_of_links(Some("https://cases.example.com/x/"), &headers),
            "https://cases.example.com/x"
        );
    }

    #[test]
    fn an_invitation_carries_its_link() {
        let row = Invitation {
            invitation_key: InvitationKey(4),
            token: "secret".into(),
            survey_id: "claim".into(),
            survey_version: 1,
            process_instance_key: ProcessInstanceKey(2),
            process_definition_id: "claim".into(),
            trigger_name: "ask".into(),
            trigger_version: "1.0.0".into(),
            customer_id: None,
            language: Some("fa".into()),
            channel: "link".into(),
            state: InvitationState::Open,
            created_at_ms: 0,
            due_at_ms: 0,
            expires_at_ms: 86_400_000,
            answered_at_ms: None,
        };
        let shown =
            |now_ms, row| serde_json::to_value(invitation_view("http://h", now_ms, row)).unwrap();
        let json = shown(86_399_999, row.clone());
        assert_eq!(json["link"], "http://h/s/secret");
        assert_eq!(json["state"], "OPEN");
        assert_eq!(json["invitationKey"], "4");
        assert_eq!(json["expiresAt"], "1970-01-02T00:00:00.000Z");
        assert_eq!(json["customerId"], serde_json::Value::Null);
        // A link that has closed is open no more, unless the customer was in time.
        assert_eq!(shown(86_400_000, row.clone())["state"], "EXPIRED");
        let answered = Invitation {
            state: InvitationState::Answered,
            ..row
        };
        assert_eq!(shown(86_400_000, answered)["state"], "ANSWERED");
    }
}
