//! `gardesh metrics`: how satisfied customers are, and how many cases there are.

use clap::Args;
use serde_json::Value;

use super::Session;
use crate::failure::Failure;
use crate::output::cell;
use crate::table::{count, facts};

/// The arguments of `gardesh metrics`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  gardesh metrics
  gardesh metrics --survey claim-satisfaction --process insurance-claim
  gardesh metrics --from 2026-01-01T00:00:00Z --to 2026-04-01T00:00:00Z --json")]
pub struct Metrics {
    /// Only answers to this survey
    #[arg(long, value_name = "SURVEY_ID")]
    survey: Option<String>,
    /// Only process instances of this process
    #[arg(long, value_name = "PROCESS_ID")]
    process: Option<String>,
    /// From this time on, ISO 8601
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until before this time, ISO 8601
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

impl Metrics {
    /// Asks and prints.
    pub fn run(self, session: &Session) -> Result<(), Failure> {
        let query: Vec<(&str, &str)> = [
            ("surveyId", &self.survey),
            ("processDefinitionId", &self.process),
            ("from", &self.from),
            ("to", &self.to),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .collect();
        let answer = session.client()?.get("/v1/metrics", &query)?;
        let metrics: Value = answer.json()?;
        session.out.result(&answer.body, || human(&metrics))
    }
}

fn human(metrics: &Value) -> String {
    let number = |path: &str| cell(metrics, path).parse::<u64>().unwrap_or(0);
    let rate = metrics.pointer("/invitations/responseRate");
    let rate = rate
        .and_then(Value::as_f64)
        .map_or(String::new(), |rate| format!(" ({rate:.0} %)"));
    facts(&[
        (
            "CSAT",
            score(metrics, "csat", |score| format!("{score:.1} %")),
        ),
        ("NPS", score(metrics, "nps", |score| format!("{score:+.1}"))),
        (
            "",
            format!(
                "{}, {}, {}",
                count(number("nps.promoters"), "promoter"),
                count(number("nps.passives"), "passive"),
                count(number("nps.detractors"), "detractor")
            ),
        ),
        (
            "CES",
            score(metrics, "ces", |score| format!("{score:.2} of 7")),
        ),
        (
            "Invitations",
            format!(
                "{} sent, {} answered{rate}",
                number("invitations.sent"),
                number("invitations.answered")
            ),
        ),
        (
            "Cases",
            format!(
                "{} started, {} completed, {} terminated, {} active",
                number("cases.started"),
                number("cases.completed"),
                number("cases.terminated"),
                number("cases.active")
            ),
        ),
    ])
}

/// A score with its 95 % interval, where it has one.
fn score(metrics: &Value, name: &str, show: impl Fn(f64) -> String) -> String {
    let part = |field: &str| metrics.get(name)?.get(field)?.as_f64();
    let n = part("n").unwrap_or(0.0);
    match (part("score"), part("low"), part("high")) {
        (Some(score), Some(low), Some(high)) => format!(
            "{}  (95 %: {} to {}, n = {n})",
            show(score),
            show(low),
            show(high)
        ),
        (Some(score), ..) => format!("{}  (n = {n})", show(score)),
        _ => "no answers yet".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scores_come_with_their_interval() {
        let metrics = json!({
            "csat": {"n": 9, "score": 77.777, "low": 45.26, "high": 93.68},
            "nps": {"n": 9, "score": 33.3, "low": -16.6, "high": 66.6,
                    "promoters": 5, "passives": 3, "detractors": 1},
            "ces": {"n": 0, "score": null},
            "invitations": {"sent": 10, "answered": 9, "responseRate": 90.0},
            "cases": {"started": 12, "completed": 10, "terminated": 0, "active": 2},
        });
        let expected = "\
CSAT         77.8 %  (95 %: 45.3 % to 93.7 %, n = 9)\n\
NPS          +33.3  (95 %: -16.6 to +66.6, n = 9)\n             \
5 promoters, 3 passives, 1 detractor\n\
CES          no answers yet\n\
Invitations  10 sent, 9 answered (90 %)\n\
Cases        12 started, 10 completed, 0 terminated, 2 active\n";
        assert_eq!(human(&metrics), expected);
    }

    #[test]
    fn an_empty_answer_is_no_score() {
        let text = human(&json!({}));
        assert!(text.starts_with("CSAT         no answers yet\n"), "{text}");
        assert!(text.contains("0 sent, 0 answered\n"), "{text}");
    }
}
