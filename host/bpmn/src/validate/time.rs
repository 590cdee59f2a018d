//! The shapes of ISO 8601 dates, durations and cycles, and of cron expressions, as pure functions over text.
//! Only the shape: what a time means, and whether a day exists, is the engine's affair.

/// `2030-01-31T08:00[:00[.000]]` with `Z`, an offset or a zone in brackets.
pub(super) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let Some(zone_at) = time.find(['Z', '+', '-', '[']) else {
        return false;
    };
    let (clock, zone) = time.split_at(zone_at);
    has_shape(date, "0000-00-00") && is_clock(clock) && is_zone(zone)
}

fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole_valid = has_shape(whole, "00:00") || has_shape(whole, "00:00:00");
    whole_valid && (1..=9).contains(&fraction.len()) && is_digits(fraction)
}

/// `Z`, `+03:30`, `[Asia/Tehran]`, or an offset followed by a zone in brackets.
fn is_zone(text: &str) -> bool {
    let (offset, name) = match text.split_once('[') {
        Some((offset, name)) => (offset, Some(name)),
        None => (text, None),
    };
    let offset_valid = match offset.strip_prefix(['+', '-']) {
        Some(digits) => has_shape(digits, "00:00"),
        None => offset == "Z" || (offset.is_empty() && name.is_some()),
    };
    let name_valid =
        name.is_none_or(|name| name.strip_suffix(']').is_some_and(|name| !name.is_empty()));
    offset_valid && name_valid
}

/// `P1Y2M3W4DT5H6M7.8S` with at least one part.
pub(super) fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some(parts) = text.strip_prefix('P') else {
        return false;
    };
    match parts.split_once('T') {
        Some((date, time)) => {
            (date.is_empty() || are_parts(date, "YMWD")) && are_parts(time, "HMS")
        }
        None => are_parts(parts, "YMWD"),
    }
}

/// One or more numbers, each with a unit, the units in the order given.
fn are_parts(text: &str, mut units: &str) -> bool {
    let mut rest = text;
    while let Some(end) = rest.find(|c: char| !c.is_ascii_digit() && c != '.') {
        let unit = rest[end..].chars().next().unwrap_or_default();
        let Some(position) = units.find(unit) else {
            return false;
        };
        let (whole, fraction) = rest[..end].split_once('.').unwrap_or((&rest[..end], "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return false;
        }
        units = &units[position + unit.len_utf8()..];
        rest = &rest[end + unit.len_utf8()..];
    }
    rest.is_empty() && !text.is_empty()
}

/// `R[n]/[start/]duration`, or cron.
pub(super) fn is_cycle(text: &str) -> bool {
    let Some(repeating) = text.strip_prefix('R') else {
        return is_cron(text);
    };
    let Some((count, interval)) = repeating.split_once('/') else {
        return false;
    };
    let count_valid = count.is_empty() || count == "-1" || is_digits(count);
    let interval_valid = match interval.rsplit_once('/') {
        Some((start, duration)) => is_date_time(start) && is_duration(duration),
        None => is_duration(interval),
    };
    count_valid && interval_valid
}

/// Six fields from seconds to days of the week, or a name such as `@daily`; optionally after `TZ=zone`.
fn is_cron(text: &str) -> bool {
    const NAMES: [&str; 7] = [
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@daily",
        "@midnight",
        "@hourly",
    ];
    let is_field = |field: &str| {
        field
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "*/,-?#".contains(c))
    };
    let mut fields: Vec<&str> = text.split_whitespace().collect();
    if fields
        .first()
        .is_some_and(|first| first.starts_with("TZ=") || first.starts_with("CRON_TZ="))
    {
        fields.remove(0);
    }
    match fields.as_slice() {
        [name] => NAMES.contains(name),
        fields => fields.len() == 6 && fields.iter().all(|field| is_field(field)),
    }
}

/// Whether a text has the form of a pattern in which `0` stands for any digit.
fn has_shape(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(found, wanted)| match wanted {
                b'0' => found.is_ascii_digit(),
                _ => found == wanted,
            })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(valid: fn(&str) -> bool, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(valid(text), "{text:?} should be valid");
        }
        for text in no {
            assert!(!valid(text), "{text:?} should not be valid");
        }
    }

    #[test]
    fn dates_and_times() {
        check(
            is_date_time,
            &[
                "2030-01-31T08:00:00Z",
                "2030-01-31T08:00Z",
                "2030-01-31T08:00:00.123456789+03:30",
                "2030-01-31T08:00:00+03:30[Asia/Tehran]",
                "2030-01-31T08:00:00[Asia/Tehran]",
                "2030-01-31T08:00:00Z[UTC]",
            ],
            &[
                "",
                "2030-01-31",
                "2030-01-31T08:00:00",
                "2030-1-31T08:00:00Z",
                "2030-01-31T8:00Z",
                "2030-01-31T08:00:00.Z",
                "2030-01-31T08:00:00+3",
                "2030-01-31T08:00:00[]",
                "2030-01-31T08:00:00[Asia/Tehran",
                "یT08:00:00Z",
            ],
        );
    }

    #[test]
    fn durations() {
        check(
            is_duration,
            &[
                "PT15M",
                "P1D",
                "P1Y2M3W4DT5H6M7.5S",
                "PT0S",
                "P2W",
                "-PT1H",
                "P1.5D",
            ],
            &[
                "", "P", "PT", "P1", "1D", "PT1D", "P1H", "P1DT", "PT1S1M", "PT1M1M", "PT.5S",
                "PT1.S", "Pیک",
            ],
        );
    }

    #[test]
    fn cycles() {
        check(
            is_cycle,
            &[
                "R/PT1H",
                "R3/PT1H",
                "R-1/P1D",
                "R2/2030-01-31T08:00:00Z/P1D",
                "0 0 9 * * MON-FRI",
                "*/5 * * ? 1,2 6#3",
                "@daily",
                "TZ=Asia/Tehran 0 0 9 * * *",
            ],
            &[
                "",
                "R",
                "R3",
                "RX/PT1H",
                "R3/",
                "R/2030/P1D",
                "0 9 * * *",
                "@never",
                "a b c d e ф",
            ],
        );
    }
}
