//! Camunda's `$like`: `*` stands for any text, `?` for one character, and `\` takes the
//! meaning of the character after it.

/// Whether a text matches a pattern as a whole, with the number of characters that were
/// compared, at most the product of both lengths: after a mismatch only the last `*` takes
/// in one character more, because giving more to an earlier one never helps.
pub(crate) fn matches_pattern(pattern: &str, text: &str) -> (bool, u64) {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut last_star = None;
    let mut steps = 0;
    loop {
        steps += 1;
        let (pattern_before, text_before) = (pattern.clone(), text.clone());
        let matched = match (pattern.next(), text.next()) {
            (Some('*'), _) => {
                text = text_before.clone();
                last_star = Some((pattern.clone(), text_before));
                true
            }
            (None, None) => return (true, steps),
            (Some('?'), Some(_)) => true,
            // A backslash at the end stands for itself.
            (Some('\\'), Some(found)) => pattern.next().unwrap_or('\\') == found,
            (Some(wanted), Some(found)) => wanted == found,
            (Some(_), None) => return (only_stars(pattern_before), steps),
            (None, Some(_)) => false,
        };
        if !matched {
            let Some((after_star, taken)) = &mut last_star else {
                return (false, steps);
            };
            taken.next();
            (pattern, text) = (after_star.clone(), taken.clone());
        }
    }
}

fn only_stars(mut rest: std::str::Chars<'_>) -> bool {
    rest.all(|c| c == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches_pattern;

    #[test]
    fn wildcards() {
        let table = [
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "A", false),
            ("*", "", true),
            ("*", "anything", true),
            ("?", "", false),
            ("?", "é", true),
            ("??", "é", false),
            ("order-*", "order-17", true),
            ("*-17", "order-17", true),
            ("o*r*7", "order-17", true),
            ("o*r*8", "order-17", false),
            ("**a**", "bab", true),
            ("a\\*", "a*", true),
            ("a\\*", "ab", false),
            ("a\\?b", "a?b", true),
            ("a\\\\b", "a\\b", true),
            ("a\\", "a\\", true),
            ("a%", "a%", true),
            ("a%", "ab", false),
            ("*abab", "abaabab", true),
            ("پرونده*", "پرونده ۱۷", true),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(
                matches_pattern(pattern, text).0,
                expected,
                "{pattern:?} on {text:?}"
            );
        }
    }

    #[test]
    fn work_is_bounded_by_the_product_of_the_lengths() {
        let pattern = "*a".repeat(100) + "b";
        let text = "a".repeat(10_000);
        let (found, steps) = matches_pattern(&pattern, &text);
        assert!(!found);
        assert!(steps <= 2 * (pattern.len() * text.len()) as u64, "{steps}");
    }

    /// The definition, without any care for the work that it takes.
    fn plainly(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|n| plainly(rest, &text[n..])),
            Some(('?', rest)) => !text.is_empty() && plainly(rest, &text[1..]),
            Some((c, rest)) => text.first() == Some(c) && plainly(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches_pattern(&pattern, &text).0, plainly(&p, &t));
        }
    }
}
