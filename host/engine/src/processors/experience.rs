//! Surveys, triggers' decisions, customers' answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Request;
use crate::command::{RecordDecisions, RecordResponse, SaveSurvey, SurveySaved};
use crate::context::Context;
use crate::entities::experience::{InvitationState, Response, SurveyAnswer, SurveyRow};
use crate::entities::trigger::Decision;
use crate::event::{ExperienceEvent, TriggerEvent};
use crate::experience::bounds::switch_off;
use crate::experience::governor::{Judged, carry_out, judge};
use crate::experience::survey::SurveyDocument;
use crate::key::*;
use crate::rejection::Rejection;

impl Request for SaveSurvey {
    type Answer = SurveySaved;

    fn process(self, ctx: &mut Context<'_>) -> Result<SurveySaved, Rejection> {
        save_survey(ctx, &self.document)
    }
}

impl Request for RecordDecisions {
    type Answer = ();

    fn process(self, ctx: &mut Context<'_>) -> Result<(), Rejection> {
        record_decisions(ctx, self.firing, self.outcome)
    }
}

impl Request for RecordResponse {
    type Answer = ResponseKey;

    fn process(self, ctx: &mut Context<'_>) -> Result<ResponseKey, Rejection> {
        record_response(ctx, &self.token, self.language, &self.answers)
    }
}

/// The language of a page that did not say which it was shown in.
const DEFAULT_LANGUAGE: &str = "en";

fn save_survey(ctx: &mut Context<'_>, document: &str) -> Result<SurveySaved, Rejection> {
    let survey = SurveyDocument::parse(document)
        .map_err(|problems| Rejection::invalid(problems.join("\n")))?;
    let id = Arc::clone(&survey.id);
    let latest = ctx
        .state
        .latest_surveys
        .get(&(ctx.tenant, Arc::clone(&id)))
        .map_or(0, |version| *version);
    let present = ctx
        .state
        .surveys
        .get(&(ctx.tenant, Arc::clone(&id), latest));
    if present.is_some_and(|present| *present.document == *document) {
        return Ok(SurveySaved { version: latest });
    }
    let version = latest + 1;
    let survey = SurveyRow {
        id,
        version,
        document: document.into(),
        saved_at_ms: ctx.at_ms,
    };
    ctx.emit(ExperienceEvent::SurveySaved {
        survey: Arc::new(survey),
    });
    Ok(SurveySaved { version })
}

/// Every firing ends in at least one recorded decision, a failed trigger's too.
fn record_decisions(
    ctx: &mut Context<'_>,
    key: FiringKey,
    outcome: Result<Vec<Decision>, String>,
) -> Result<(), Rejection> {
    let firing = ctx
        .state
        .firings
        .get(&(ctx.tenant, key))
        .ok_or_else(|| Rejection::not_found("trigger firing", key))?;
    let Judged {
        decisions,
        past_bounds,
    } = match outcome {
        Ok(proposed) => judge(ctx, &firing, proposed),
        Err(message) => Judged::nothing("trigger-failed", &message),
    };
    ctx.emit(TriggerEvent::Decided {
        instance: firing.case.instance,
        firing: key,
        decisions: decisions.clone(),
    });
    carry_out(ctx, &firing, &decisions);
    if let Some(why) = past_bounds {
        switch_off(ctx, &firing, &why);
    }
    Ok(())
}

fn record_response(
    ctx: &mut Context<'_>,
    token: &str,
    language: Option<String>,
    answers: &BTreeMap<String, SurveyAnswer>,
) -> Result<ResponseKey, Rejection> {
    let unknown = || Rejection::not_found("invitation", "of this link");
    let found = ctx
        .state
        .invitations_by_token
        .get(&token.into())
        .ok_or_else(unknown)?;
    let (tenant, key) = *found;
    ctx.tenant = tenant;
    let invitation = ctx
        .state
        .invitations
        .get(&(tenant, key))
        .ok_or_else(unknown)?;
    if invitation.state == InvitationState::Answered {
        return Err(Rejection::state(
            "Expected an invitation without an answer, but this one was answered already.",
        ));
    }
    if invitation.state == InvitationState::Scheduled {
        return Err(Rejection::state(
            "Expected an open invitation, but this one is not due yet.",
        ));
    }
    if ctx.at_ms >= invitation.expires_at_ms {
        return Err(Rejection::state(
            "Expected an open invitation, but this one has expired.",
        ));
    }
    let survey = ctx.state.surveys.get(&(
        tenant,
        Arc::clone(&invitation.survey),
        invitation.survey_version,
    ));
    let survey = survey.ok_or_else(unknown)?;
    let document = SurveyDocument::parse(&survey.document)
        .map_err(|problems| Rejection::invalid(problems.join("\n")))?;
    let answers = document.check_answers(answers).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(|problem| problem.to_string()).collect();
        Rejection::invalid(format!(
            "Expected answers that fit the survey, but: {}",
            problems.join("; ")
        ))
    })?;
    let language = language
        .map(Into::into)
        .or_else(|| invitation.language.clone());
    let response = Response {
        key: ResponseKey(ctx.next_key()),
        invitation: key,
        survey: Arc::clone(&invitation.survey),
        survey_version: invitation.survey_version,
        instance: invitation.instance,
        process_id: Arc::clone(&invitation.process_id),
        language: language.unwrap_or_else(|| DEFAULT_LANGUAGE.into()),
        answers,
        at_ms: ctx.at_ms,
    };
    let key = response.key;
    ctx.emit(ExperienceEvent::ResponseRecorded {
        response: Arc::new(response),
    });
    Ok(key)
}
