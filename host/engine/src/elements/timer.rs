//! When timers are due, all in journal time; nothing here asks a clock. How times are written is in `definition/time`.

use gardesh_feel::Value;

use crate::context::{Active, Context, Failure, wrong_value};
use crate::definition::time::{
    BEYOND, Duration, Lifetime, Moment, Schedule, Written, read, text_of,
};
use crate::definition::{Source, TimerSpec};
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
    let (value, reasons) = ctx.evaluate(spec.source(), active, input, kind)?;
    first_wait(spec, &value, &reasons, ctx.at_ms).map_err(|mismatch| wrong_value(&mismatch, kind))
}

/// As [`wait`], for a start event, where there is no case to look at.
pub(crate) fn start_wait(ctx: &Context<'_>, spec: &TimerSpec) -> Result<Wait, String> {
    let (value, reasons) = ctx.evaluate_alone(spec.source())?;
    first_wait(spec, &value, &reasons, ctx.at_ms)
}

fn first_wait(spec: &TimerSpec, value: &Value, reasons: &str, now_ms: u64) -> Result<Wait, String> {
    let (due_ms, cycle) = match spec {
        TimerSpec::Date(source) => (read::<Moment>(source, value, reasons)?.due_ms(), None),
        TimerSpec::Duration(source) => {
            let duration: Duration = read(source, value, reasons)?;
            (duration.after(now_ms), None)
        }
        TimerSpec::Cycle(source) => {
            let schedule: Schedule = read(source, value, reasons)?;
            let beyond = || source.mismatch(Schedule::EXPECTED, value, BEYOND);
            let (due_ms, left) = schedule.first(now_ms).ok_or_else(beyond)?;
            let cycle = Cycle {
                text: text_of(value).unwrap_or_default().into(),
                left,
                armed_ms: now_ms,
            };
            (due_ms, Some(cycle))
        }
    };
    Ok(Wait::Timer { due_ms, cycle })
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
    let lifetime = read::<Lifetime>(source, &value, &reasons);
    let lifetime = lifetime.map_err(|mismatch| wrong_value(&mismatch, kind))?;
    Ok(lifetime.after(ctx.at_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::occurrence::afterwards;
    use crate::entities::subscription::Afterwards;

    fn ms(text: &str) -> u64 {
        let moment = Moment::read(text);
        moment.unwrap_or_else(|_| panic!("{text}")).due_ms()
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
