//! Assesses an insurance claim: is it covered, how suspicious is it, how much is payable.
//! Paying is another component's business.

use gardesh::{Job, Level, StepError};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The variable `claim`, as the other components read it too.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Input {
    claim: Claim,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Claim {
    /// The claim's number in the insurer's books.
    claim_id: String,
    /// What the customer claims, in the policy's currency.
    #[schemars(with = "gardesh::Number")]
    amount: Decimal,
    policy: Policy,
    incident: Incident,
}

#[derive(Deserialize, JsonSchema)]
struct Policy {
    /// The most that the policy pays for one incident.
    #[schemars(with = "gardesh::Number")]
    limit: Decimal,
    /// Whether the policy was in force.
    active: bool,
}

#[derive(Deserialize, JsonSchema)]
struct Incident {
    #[serde(rename = "type")]
    kind: IncidentKind,
    /// What happened, in the customer's words.
    description: String,
}

#[derive(Clone, Copy, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum IncidentKind {
    Accident,
    Fire,
    Theft,
    Water,
    War,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Output {
    assessment: Assessment,
}

#[derive(Debug, PartialEq, Serialize, JsonSchema)]
struct Assessment {
    /// 0 (nothing speaks for it) to 100 (nothing speaks against it).
    score: u32,
    /// What is payable, at most the policy's limit.
    #[schemars(with = "gardesh::Number")]
    payable: Decimal,
    /// Why, for the adjuster.
    reason: String,
}

/// The error code that the diagram's boundary event catches.
const REJECTED: &str = "CLAIM_REJECTED";
/// Below this many characters a description explains nothing.
const MIN_DESCRIPTION: usize = 20;

#[gardesh::step(
    name = "claim-assessment",
    title = "Assesses a claim",
    icon = "clipboard-check"
)]
fn assess(input: Input, job: &Job) -> Result<Output, StepError> {
    let claim = input.claim;
    if let Some(reason) = rejection(&claim) {
        let variables =
            serde_json::json!({ "rejection": { "claimId": claim.claim_id, "reason": reason } });
        return Err(StepError::business_with(REJECTED, reason, &variables));
    }
    let doubts = doubts(&claim);
    let score = 100 - doubts.iter().map(|(weight, _)| weight).sum::<u32>();
    gardesh::log(
        Level::Info,
        format_args!(
            "claim {} scores {score} in attempt {}",
            claim.claim_id, job.attempt
        ),
    );
    let reason = match &doubts[..] {
        [] => "covered, nothing speaks against it".to_owned(),
        found => found
            .iter()
            .map(|(_, words)| *words)
            .collect::<Vec<_>>()
            .join("; "),
    };
    Ok(Output {
        assessment: Assessment {
            score,
            payable: claim.amount.min(claim.policy.limit),
            reason,
        },
    })
}

/// Why the claim is not covered at all, if it is not.
fn rejection(claim: &Claim) -> Option<&'static str> {
    if !claim.policy.active {
        Some("the policy was not in force")
    } else if claim.incident.kind == IncidentKind::War {
        Some("acts of war are excluded")
    } else if claim.amount <= Decimal::ZERO {
        Some("nothing was claimed")
    } else {
        None
    }
}

/// What speaks against the claim, with weights that add up to at most 100.
fn doubts(claim: &Claim) -> Vec<(u32, &'static str)> {
    let mut doubts = Vec::new();
    if claim.amount > claim.policy.limit {
        doubts.push((30, "more is claimed than the policy pays"));
    }
    if claim.amount * Decimal::TEN >= claim.policy.limit * Decimal::from(9) {
        doubts.push((15, "the amount is at or near the policy's limit"));
    }
    if claim.incident.description.trim().chars().count() < MIN_DESCRIPTION {
        doubts.push((25, "the description is short"));
    }
    if claim.incident.kind == IncidentKind::Theft {
        doubts.push((10, "a theft needs the police report"));
    }
    doubts
}

#[cfg(test)]
mod tests {
    use gardesh::testing;
    use serde_json::{Value, json};

    use super::*;

    fn assessed(change: impl FnOnce(&mut Value)) -> Result<Assessment, StepError> {
        let mut input = json!({
            "claim": {
                "claimId": "C-1", "amount": 1250.50,
                "policy": { "limit": 10000, "active": true },
                "incident": { "type": "water", "description": "A pipe burst above the kitchen." },
                "customer": { "id": "K-7" },
            }
        });
        change(&mut input["claim"]);
        let input = serde_json::from_str(&input.to_string())?;
        assess(input, &testing::job(1)).map(|output| output.assessment)
    }

    #[test]
    fn a_plain_claim_is_payable_in_full() {
        let assessment = assessed(|_| {}).expect("covered");
        assert_eq!(
            (assessment.score, assessment.payable),
            (100, Decimal::new(125_050, 2))
        );
        assert_eq!(testing::take_log(), ["claim C-1 scores 100 in attempt 1"]);
    }

    #[test]
    fn amounts_are_numbers_and_keep_every_digit() {
        let claim = r#"{"claimId": "C-1", "amount": 90071992547409.93, "policy": {"limit": 1e20, "active": true},
            "incident": {"type": "fire", "description": "The shed burnt down at night."}}"#;
        let input = serde_json::from_str(&format!(r#"{{"claim": {claim}}}"#)).expect("input");
        let output = assess(input, &testing::job(1)).expect("covered");
        let text = serde_json::to_string(&output).expect("JSON");
        assert!(text.contains(r#""payable":90071992547409.93,"#), "{text}");
    }

    #[test]
    fn doubts_lower_the_score_and_the_limit_caps_the_payment() {
        let assessment = assessed(|claim| {
            claim["amount"] = json!(12_000);
            claim["incident"] = json!({ "type": "theft", "description": "bike" });
        })
        .expect("covered");
        assert_eq!(
            (assessment.score, assessment.payable),
            (20, Decimal::from(10_000))
        );
        assert!(assessment.reason.contains("police report"));
    }

    #[test]
    fn what_is_not_covered_is_a_business_error() {
        for (change, words) in [
            (
                json!({ "policy": { "limit": 1, "active": false } }),
                "not in force",
            ),
            (
                json!({ "incident": { "type": "war", "description": "" } }),
                "war",
            ),
            (json!({ "amount": 0 }), "nothing was claimed"),
        ] {
            let error = assessed(|claim| {
                for (name, value) in change.as_object().expect("object") {
                    claim[name.as_str()] = value.clone();
                }
            })
            .expect_err("rejected");
            let StepError::BusinessError {
                code,
                message,
                variables,
            } = error
            else {
                panic!("{error:?}")
            };
            assert_eq!(code, REJECTED);
            assert!(message.contains(words), "{message}");
            assert_eq!(variables.expect("variables")["rejection"]["claimId"], "C-1");
        }
    }

    #[test]
    fn a_claim_without_a_policy_names_what_is_missing() {
        let error = assessed(|claim| {
            claim.as_object_mut().expect("object").remove("policy");
        })
        .expect_err("invalid");
        assert!(matches!(error, StepError::Fatal(message) if message.contains("policy")));
    }
}
