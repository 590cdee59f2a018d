//! The figures: the formulas against values worked out by hand, and what is counted.

use std::sync::Arc;

use gardesh_engine::entities::experience::{InvitationState, ScoredAnswer};
use gardesh_engine::event::{Event, ExperienceEvent, ProcessInstanceEvent};
use gardesh_engine::key::*;
use serde_json::json;

use super::fixture::*;
use crate::MetricsFilter;
use crate::statistics::{Ces, Csat, Nps};

fn near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 0.005)
}

/// Lower and upper end in percent to two places, worked out from Wilson's formula
/// (p + z²/2n ± z·√(p(1-p)/n + z²/4n²)) / (1 + z²/n) with z = 1.959964, z² = 3.841459.
#[test]
fn wilson() {
    let table = [
        // (0 + 0.1920729 ± 0.1920729) / 1.3841459
        (0, 10, 0.0, 27.75),
        // (1 + 0.1920729 ± 0.1920729) / 1.3841459
        (10, 10, 72.25, 100.0),
        // (0.8 + 0.0192073 ± 1.959964·√(0.0016 + 0.00009604)) / 1.0384146
        (80, 100, 71.12, 86.66),
        // (0.5 + 0.9603647 ± 1.959964·√(0.125 + 0.2400912)) / 2.9207294
        (1, 2, 9.45, 90.55),
    ];
    for (satisfied, n, low, high) in table {
        let csat = Csat::new(satisfied, n);
        assert!(
            near(csat.score, 100.0 * satisfied as f64 / n as f64),
            "{csat:?}"
        );
        assert!(
            near(csat.low, low) && near(csat.high, high),
            "{csat:?}, expected {low} to {high}"
        );
    }
    assert_eq!(
        Csat::new(0, 0),
        Csat {
            n: 0,
            score: None,
            low: None,
            high: None
        }
    );
}

/// Shares after 3/4 was added to promoters and detractors and 3 to n; spread
/// z·√((p + d - (p - d)²) / (n + 3)).
#[test]
fn adjusted_wald() {
    let table = [
        // p = 50.75/103 = 0.492718, d = 20.75/103 = 0.201456; centre 0.291262,
        // variance 0.694175 - 0.084834 = 0.609341, spread 1.959964·√(0.609341/103) = 0.150753
        ((50, 30, 20), 30.0, 14.05, 44.20),
        // p = 1.75/4, d = 0.75/4; centre 0.25, variance 0.625 - 0.0625 = 0.5625,
        // spread 1.959964·√(0.5625/4) = 0.734987
        ((1, 0, 0), 100.0, -48.50, 98.50),
        // p = 0.75/13, d = 10.75/13; centre -0.769231, variance 0.884615 - 0.591716 = 0.292899,
        // spread 1.959964·√(0.292899/13) = 0.294194; the lower end is cut off at -100
        ((0, 0, 10), -100.0, -100.0, -47.50),
        // p = d = 0.75/8; centre 0, variance 0.1875, spread 1.959964·√(0.1875/8) = 0.300057
        ((0, 5, 0), 0.0, -30.01, 30.01),
    ];
    for ((promoters, passives, detractors), score, low, high) in table {
        let nps = Nps::new(promoters, passives, detractors);
        assert!(near(nps.score, score), "{nps:?}");
        assert!(
            near(nps.low, low) && near(nps.high, high),
            "{nps:?}, expected {low} to {high}"
        );
        assert_eq!(nps.n, promoters + passives + detractors);
    }
    let nothing = Nps::new(0, 0, 0);
    assert_eq!(
        (nothing.n, nothing.score, nothing.low, nothing.high),
        (0, None, None, None)
    );
}

#[test]
fn effort_is_a_mean() {
    assert_eq!(
        Ces::new(17, 3).score.map(|score| (score * 1_000.0).round()),
        Some(5_667.0)
    );
    assert_eq!(Ces::new(0, 0), Ces { n: 0, score: None });
}

/// A case with an invitation that is answered with these marks, if any.
fn case(
    journal: &mut Journal,
    tenant: TenantId,
    survey: &str,
    marks: Option<&[(&str, ScoredAnswer)]>,
) {
    let instance = journal.start(tenant, None);
    let invitation = journal.invitation(instance, survey, InvitationState::Open);
    journal.record(
        tenant,
        vec![
            Event::ProcessInstance(ProcessInstanceEvent::Completed {
                instance,
                outcome: None,
            }),
            Event::Experience(ExperienceEvent::InvitationCreated {
                invitation: Arc::new(invitation.clone()),
            }),
        ],
    );
    if let Some(marks) = marks {
        let answer = journal.answer(&invitation, marks);
        journal.record(tenant, vec![answer]);
    }
}

#[test]
fn only_what_was_asked_for_is_counted() {
    use ScoredAnswer::*;
    let mut journal = Journal::new();
    case(
        &mut journal,
        TENANT,
        "a",
        Some(&[
            ("q1", Nps(10)),
            ("q2", Csat(5)),
            ("q3", Ces(7)),
            ("q4", Text("!".into())),
        ]),
    );
    case(
        &mut journal,
        TENANT,
        "a",
        Some(&[("q1", Nps(6)), ("q2", Csat(3)), ("q3", Ces(2))]),
    );
    let half_ms = journal.now_ms + 1;
    case(
        &mut journal,
        TENANT,
        "b",
        Some(&[("q1", Nps(8)), ("q2", Nps(9))]),
    );
    case(&mut journal, TENANT, "a", None);
    case(&mut journal, OTHER, "a", Some(&[("q1", Nps(0))]));
    journal.start(TENANT, None);
    let instance = journal.start(TENANT, None);
    journal.record(
        TENANT,
        vec![Event::ProcessInstance(ProcessInstanceEvent::Terminated {
            instance,
        })],
    );
    let scheduled = journal.invitation(instance, "a", InvitationState::Scheduled);
    journal.record(
        TENANT,
        vec![Event::Experience(ExperienceEvent::InvitationCreated {
            invitation: Arc::new(scheduled),
        })],
    );
    let model = Model::of(&journal);
    let measure = |filter| serde_json::to_value(model.metrics(TENANT, &filter).unwrap()).unwrap();

    let all = measure(MetricsFilter::default());
    assert_eq!(
        all["cases"],
        json!({"started": 6, "completed": 4, "terminated": 1, "active": 1})
    );
    assert_eq!(
        all["invitations"],
        json!({"sent": 4, "answered": 3, "responseRate": 75.0})
    );
    assert_eq!(all["csat"]["n"], 2);
    assert_eq!(all["csat"]["score"], 50.0);
    assert_eq!(
        (
            &all["nps"]["promoters"],
            &all["nps"]["passives"],
            &all["nps"]["detractors"]
        ),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(all["ces"], json!({"n": 2, "score": 4.5}));

    let survey = measure(MetricsFilter {
        survey: Some("b".into()),
        ..MetricsFilter::default()
    });
    assert_eq!(
        (&survey["nps"]["n"], &survey["csat"]),
        (
            &json!(2),
            &json!({"n": 0, "score": null, "low": null, "high": null})
        )
    );
    assert_eq!(survey["invitations"]["sent"], 1);

    let early = measure(MetricsFilter {
        to_ms: Some(half_ms),
        ..MetricsFilter::default()
    });
    assert_eq!(
        (&early["nps"]["n"], &early["cases"]["started"]),
        (&json!(2), &json!(2))
    );
    let late = measure(MetricsFilter {
        from_ms: Some(half_ms),
        ..MetricsFilter::default()
    });
    assert_eq!(
        (&late["nps"]["n"], &late["cases"]["started"]),
        (&json!(2), &json!(4))
    );

    let none = measure(MetricsFilter {
        process_id: Some("other' OR '1'='1".into()),
        ..MetricsFilter::default()
    });
    assert_eq!(none["cases"]["started"], 0);
    assert_eq!(
        none["invitations"],
        json!({"sent": 0, "answered": 0, "responseRate": null})
    );
}
