//! Decides whether to ask a customer about a closed claim. It decides only: the host
//! sends, and has the last word (contact caps, consent).

use gardesh::trigger::{ask, nothing};
use gardesh::{CustomerFacts, Decision, Event, Facts, StepError};
use schemars::JsonSchema;
use serde::Deserialize;

/// What an operator may set.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "only its schema is used; the values are read one by one"
)]
struct Configuration {
    /// Days in which a customer is asked at most once; 30 when not set.
    quiet_days: Option<u32>,
}

const SURVEY: &str = "claim-satisfaction";
const QUIET_DAYS: u32 = 30;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[gardesh::trigger(
    name = "claim-satisfaction-trigger",
    title = "Asks about a closed claim",
    config = Configuration,
    on("process-instance.completed", process = "insurance-claim"),
)]
fn decide(event: &Event, facts: &Facts) -> Vec<Decision> {
    let decision = match &facts.customer {
        None => Ok(nothing("no-customer", "the case names no customer")),
        Some(customer) => decide_for(event, customer),
    };
    vec![decision.unwrap_or_else(|error| nothing("configuration", format!("{error:?}")))]
}

fn decide_for(event: &Event, customer: &CustomerFacts) -> Result<Decision, StepError> {
    let quiet_days = gardesh::config::<u32>("quietDays")?.unwrap_or(QUIET_DAYS);
    let quiet_ms = u64::from(quiet_days) * DAY_MS;
    Ok(match customer.last_asked {
        Some(asked) if event.time.saturating_sub(asked) < quiet_ms => {
            let days = event.time.saturating_sub(asked) / DAY_MS;
            nothing(
                "asked-recently",
                format!("asked {days} days ago, at most once in {quiet_days} days"),
            )
        }
        _ => Decision::Ask(ask(SURVEY, "claim-closed: the claim was closed")),
    })
}

#[cfg(test)]
mod tests {
    use gardesh::{Ask, CaseFacts, testing};

    use super::*;

    const NOW: u64 = 1_900_000_000_000;

    fn decided(last_asked: Option<Option<u64>>) -> Decision {
        let event = Event {
            id: "1".into(),
            source: "/tenants/default/processes/insurance-claim".into(),
            event_type: "process-instance.completed".into(),
            subject: "1".into(),
            time: NOW,
            data: "{}".into(),
        };
        let case = CaseFacts {
            process_instance_key: 1,
            process_id: "insurance-claim".into(),
            process_version: 1,
            tenant: "default".into(),
            business_key: None,
            started: NOW - DAY_MS,
            ended: Some(NOW),
            outcome: Some("paid".into()),
            incidents: 0,
            user_tasks: 1,
            variables: "{}".into(),
        };
        let customer = last_asked.map(|last_asked| CustomerFacts {
            id: "K-7".into(),
            language: Some("fa".into()),
            channels: vec![],
            last_asked,
            times_asked: u32::from(last_asked.is_some()),
        });
        let mut decisions = decide(&event, &Facts { case, customer });
        assert_eq!(decisions.len(), 1);
        decisions.remove(0)
    }

    fn code(decision: Decision) -> String {
        match decision {
            Decision::Nothing(reason) => reason.split(':').next().unwrap_or_default().to_owned(),
            Decision::Ask(Ask {
                survey_id, channel, ..
            }) => format!("ask {survey_id} by {channel}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn asks_at_most_once_in_thirty_days() {
        let ask = "ask claim-satisfaction by link";
        for (last_asked, expected) in [
            (None, "no-customer"),
            (Some(None), ask),
            (Some(Some(NOW - 30 * DAY_MS)), ask),
            (Some(Some(NOW - 30 * DAY_MS + 1)), "asked-recently"),
            (Some(Some(NOW + DAY_MS)), "asked-recently"),
        ] {
            assert_eq!(code(decided(last_asked)), expected, "{last_asked:?}");
        }
    }

    #[test]
    fn the_quiet_time_is_configuration() {
        testing::set_config("quietDays", &serde_json::json!(1));
        assert_eq!(
            code(decided(Some(Some(NOW - DAY_MS)))),
            "ask claim-satisfaction by link"
        );
        testing::set_config("quietDays", &serde_json::json!("often"));
        assert_eq!(code(decided(Some(None))), "configuration");
    }
}
