//! How long history is kept, as ISO 8601 durations. Where a diagram says it is in `compile/retention.rs`.

use super::Written;
use super::duration::{DAY_MS, Duration};

/// The milliseconds of an ISO 8601 duration. Years and months count as the longest that there are, so that history is
/// never gone before the calendar says: who must keep it for ten years keeps it.
pub fn read_retention(text: &str) -> Option<u64> {
    // A sign is none: nothing is kept for less than no time.
    if !text.starts_with('P') {
        return None;
    }
    Duration::read(text).ok()?.longest_ms()
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
    use super::super::duration::HOUR_MS;
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
            ("+P90D", None),
            ("-PT0S", None),
            ("-PT0.0005S", None),
            ("PT1.9999999999S", Some(2_000)),
            ("PT1.0000000000001S", Some(1_001)),
            ("PT1.S", None),
            ("-P1D", None),
            ("-P999999999Y", None),
            ("P1.5D", None),
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
