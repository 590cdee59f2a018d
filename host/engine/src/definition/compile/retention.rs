//! How long the history of a process's cases is kept, as its diagram says it.

use jiff::Span;

use super::Compiler;

/// The property of the process that says it.
const PROPERTY: &str = "gardesh:historyTimeToLive";

const HOUR_MS: u64 = 60 * 60 * 1_000;
const DAY_MS: u64 = 24 * HOUR_MS;

impl Compiler<'_> {
    /// Milliseconds, where the process says.
    pub(super) fn retention(&mut self) -> Option<u64> {
        let (_, root) = self.process.indexed().next()?;
        let (_, text) = root.properties.iter().find(|(name, _)| name == PROPERTY)?;
        let history_ms = read_retention(text);
        if history_ms.is_none() {
            let message = format!(
                "Expected an ISO 8601 duration in the property {PROPERTY}, such as P90D or P10Y, but it is '{text}'. Correct it, or remove the property to keep the history as long as the tenant does."
            );
            let place = (root.line, root.column);
            self.problem("invalid-retention", &root.id, place, message);
        }
        history_ms
    }
}

/// The milliseconds of an ISO 8601 duration. Years and months count as the longest that there are, so that history is
/// never gone before the calendar says: who must keep it for ten years keeps it.
pub fn read_retention(text: &str) -> Option<u64> {
    // The parser takes other forms, too, which would not be portable.
    if !text.starts_with('P') {
        return None;
    }
    let span: Span = text.parse().ok()?;
    let parts = [
        (i64::from(span.get_years()), 366 * DAY_MS),
        (i64::from(span.get_months()), 31 * DAY_MS),
        (i64::from(span.get_weeks()), 7 * DAY_MS),
        (i64::from(span.get_days()), DAY_MS),
        (i64::from(span.get_hours()), HOUR_MS),
        (span.get_minutes(), 60 * 1_000),
        (span.get_seconds(), 1_000),
        (span.get_milliseconds(), 1),
    ];
    parts.into_iter().try_fold(0_u64, |sum, (count, ms)| {
        sum.checked_add(u64::try_from(count).ok()?.checked_mul(ms)?)
    })
}

/// Milliseconds as an ISO 8601 duration.
pub fn write_retention(history_ms: u64) -> String {
    let (days, rest_ms) = (history_ms / DAY_MS, history_ms % DAY_MS);
    let (seconds, millis) = (rest_ms / 1_000, rest_ms % 1_000);
    match (days, seconds, millis) {
        (0, _, 0) => format!("PT{seconds}S"),
        (0, _, _) => format!("PT{seconds}.{millis:03}S"),
        (_, 0, 0) => format!("P{days}D"),
        (_, _, 0) => format!("P{days}DT{seconds}S"),
        _ => format!("P{days}DT{seconds}.{millis:03}S"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_never_shorter_than_the_calendar() {
        for (text, expected) in [
            ("P90D", Some(90 * DAY_MS)),
            ("P2W", Some(14 * DAY_MS)),
            ("P10Y", Some(3_660 * DAY_MS)),
            ("P1M", Some(31 * DAY_MS)),
            ("P1DT12H", Some(36 * HOUR_MS)),
            ("PT30M1.5S", Some(1_801_500)),
            ("PT0S", Some(0)),
            ("-P1D", None),
            ("P-1D", None),
            ("P", None),
            ("", None),
            ("90", None),
            ("90d", None),
            ("P99999999999999999999D", None),
            ("for ever", None),
        ] {
            assert_eq!(read_retention(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        for (text, history_ms) in [
            ("PT0S", 0),
            ("PT0.001S", 1),
            ("PT5400S", 5_400_000),
            ("P90D", 90 * DAY_MS),
            ("P1DT1S", DAY_MS + 1_000),
            ("P3660DT59.500S", 3_660 * DAY_MS + 59_500),
        ] {
            assert_eq!(write_retention(history_ms), text);
            assert_eq!(read_retention(text), Some(history_ms), "{text}");
        }
    }
}
