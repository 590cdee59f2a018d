//! When timers are due, all in journal time; nothing here asks a clock. How times are written is in
//! `definition/time`.

use gardesh_feel::Value;

use crate::context::{Active, Context, Failure, wrong_type};
use crate::definition::time::schedule::Schedule;
use crate::definition::time::{DURATION, expected, moment, text_of};
use crate::definition::{Source, TimerSpec, mismatch};
use crate::entities::incident::IncidentKind;
use crate::entities::subscription::{Cycle, Wait};
use crate::variables::Document;

/// What a timer event waits for, from now on.
///
/// # Errors
/// What its expression gave, when that is no time.
pub(super) fn wait(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    spec: &TimerSpec,
) -> Result<Wait, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let source = spec.source();
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    first_wait(spec, &value, ctx.at_ms).map_err(|fault| {
        let because = because(&reasons, &fault);
        wrong_type(expected(spec), source, &value, because, kind)
    })
}

/// Until when something lives for a while, from now on.
///
/// # Errors
/// What its expression gave, when that is no duration, or one that goes back.
pub(super) fn lifetime(
    ctx: &Context<'_>,
    active: &Active,
    input: &Document,
    source: &Source,
) -> Result<u64, Failure> {
    let kind = IncidentKind::ExtractValueError;
    let (value, reasons) = ctx.evaluate(source, active, input, kind)?;
    let until = text_of(&value).and_then(|text| moment::after(ctx.at_ms, &text));
    until
        .filter(|until| *until >= ctx.at_ms)
        .ok_or_else(|| wrong_type(DURATION, source, &value, &reasons, kind))
}

/// As [`wait`], for a start event, where there is no case to look at.
pub(crate) fn start_wait(ctx: &Context<'_>, spec: &TimerSpec) -> Result<Wait, String> {
    let (value, reasons) = ctx.evaluate_alone(spec.source())?;
    first_wait(spec, &value, ctx.at_ms).map_err(|fault| {
        let because = because(&reasons, &fault);
        mismatch(expected(spec), spec.source(), &value, because)
    })
}

/// Why a value is no time: what FEEL says of it, else what is wrong with the text.
fn because<'a>(reasons: &'a str, fault: &'a str) -> &'a str {
    if reasons.is_empty() { fault } else { reasons }
}

/// What is wrong is told where there is more to say than that it is no time.
fn first_wait(spec: &TimerSpec, value: &Value, now_ms: u64) -> Result<Wait, String> {
    let text = text_of(value).ok_or_else(String::new)?;
    let (due_ms, cycle) = match spec {
        TimerSpec::Date(_) => (moment::due(&text), None),
        TimerSpec::Duration(_) => (moment::after(now_ms, &text), None),
        TimerSpec::Cycle(_) => {
            let first = Schedule::read(&text)?.first(now_ms);
            let (due_ms, left) = first.ok_or("it is never due")?;
            let cycle = Cycle {
                text: text.into(),
                left,
                armed_ms: now_ms,
            };
            (Some(due_ms), Some(cycle))
        }
    };
    let due_ms = due_ms.ok_or_else(String::new)?;
    Ok(Wait::Timer { due_ms, cycle })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::occurrence::afterwards;
    use crate::definition::time::check_literal;
    use crate::entities::subscription::Afterwards;

    fn ms(text: &str) -> u64 {
        moment::due(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn a_text_in_the_diagram_and_one_that_is_computed_are_read_alike() {
        let now_ms = ms("2030-03-01T00:00:00Z");
        type Kind = fn(Source) -> TimerSpec;
        let kinds: [(Kind, &[&str]); 3] = [
            (
                TimerSpec::Date,
                &[
                    "2030-03-28T08:00:00Z",
                    "2030-03-28T08:00",
                    "2030-03-28",
                    "2030-03-28T08:00:00@Europe/Berlin",
                    "2030-03-28T08:00:00[Europe/Berlin]",
                    "2030-03-28T08:00:00+01:00[Europe/Berlin]",
                    "1969-12-31T23:59:59Z",
                    "999999999-12-31T23:59:59Z",
                    "2030-02-30T08:00:00Z",
                    "tomorrow",
                ],
            ),
            (
                TimerSpec::Duration,
                &["P1D", "-PT1H", "P9999999Y", "1 day", "P1H"],
            ),
            (
                TimerSpec::Cycle,
                &[
                    "R3/PT1H",
                    "R/2030-03-28T08:00:00@Europe/Berlin/P1D",
                    "R/2030-03-28T08:00:00[Europe/Berlin]/P1D",
                    "R/1969-12-31T08:00:00Z/P1D",
                    "0 0 9 * * *",
                    "TZ=Europe/Berlin @daily",
                    "R/P1X",
                    "0 9 * * *",
                ],
            ),
        ];
        for (kind, texts) in kinds {
            for text in texts {
                let spec = kind(Source::Literal(Value::string(*text)));
                let computed = first_wait(&spec, &Value::string(*text), now_ms);
                assert_eq!(check_literal(&spec).is_ok(), computed.is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn an_endless_cycle_fires_once_for_a_downtime_and_a_counted_one_makes_up_for_it() {
        let armed_ms = ms("2025-12-31T23:00:00Z");
        let due_ms = ms("2026-01-01T00:00:00Z");
        let now_ms = ms("2026-01-02T00:30:00Z");
        for (text, left, next) in [
            ("R/PT1H", None, "2026-01-02T01:00:00Z"),
            ("R/P1M", None, "2026-01-31T23:00:00Z"),
            ("R5/PT1H", Some(5), "2026-01-01T01:00:00Z"),
            ("0 0 * * * *", None, "2026-01-02T01:00:00Z"),
        ] {
            let cycle = Some(Cycle {
                text: text.into(),
                left,
                armed_ms,
            });
            let after = afterwards(&Wait::Timer { due_ms, cycle }, now_ms);
            let left = left.map(|left| left - 1);
            assert_eq!(
                after,
                Afterwards::Again {
                    due_ms: ms(next),
                    left
                },
                "{text}"
            );
        }
    }
}
