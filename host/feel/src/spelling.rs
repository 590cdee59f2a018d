//! Names that look like others: what an unknown name was perhaps meant to be. A suggestion may be generous, because
//! it is made where a name is unknown anyway; a suspicion must not be, because the name may be right.

use std::cmp::Reverse;

use crate::builtins;
use crate::limits::MAX_COMPARED_CHARS;

/// Shorter names differ from others by accident.
const SHORTEST: usize = 4;

/// From this length on two edits still make the same word.
const TWO_EDITS_FROM: usize = 6;

/// Of the candidates the one that is most like the name, case and separators aside; none where none is near.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let folded = folded(name);
    let near = candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .filter_map(|candidate| {
            let edits = edits(&folded, &self::folded(candidate))?;
            Some((edits, candidate))
        });
    near.min().map(|(_, candidate)| candidate)
}

/// The built-in function that a name was perhaps meant to be: by its whole name, or by one word of it, such as
/// `string length` for `lenght`.
pub fn nearest_function(name: &str) -> Option<&'static str> {
    if let Some(found) = nearest(name, builtins::names()) {
        return Some(found);
    }
    let folded = folded(name);
    let by_word = builtins::names().filter_map(|function| {
        let words = function.split(' ').filter(|word| *word != function);
        let edits = words.filter_map(|word| edits(&folded, word)).min()?;
        Some((edits, Reverse(function)))
    });
    let mut found: Vec<_> = by_word.collect();
    found.sort_unstable();
    match found[..] {
        // Of several that are as near none is meant more than the others.
        [(first, _), (second, _), ..] if first == second => None,
        [(_, Reverse(function)), ..] => Some(function),
        [] => None,
    }
}

/// Whether a name is plainly a misspelling of another, and not one that was chosen beside it. Such pairs as `order`
/// and `orders`, `line1` and `line2`, `minPrice` and `maxPrice`, `height` and `weight` differ by little, too.
pub fn is_misspelling(name: &str, other: &str) -> bool {
    let (letters, others) = (name.chars().count(), other.chars().count());
    if name == other || letters < SHORTEST || others < SHORTEST {
        return false;
    }
    if letters.max(others) > MAX_COMPARED_CHARS {
        return false;
    }
    if is_same_word(name, other) {
        return true;
    }
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let differs_at_an_end = name.starts_with(other)
        || other.starts_with(name)
        || name.chars().next() != other.chars().next()
        || (letters == others && without_last(name) == without_last(other));
    if differs_at_an_end || digits(name) != digits(other) {
        return false;
    }
    match strsim::osa_distance(name, other) {
        1 => true,
        // Two letters that are exchanged for others make another word.
        2 => {
            letters.min(others) >= TWO_EDITS_FROM
                && (letters != others || same_letters(name, other))
        }
        _ => false,
    }
}

/// Whether names differ in case and separators alone.
pub fn is_same_word(name: &str, other: &str) -> bool {
    folded(name) == folded(other)
}

fn without_last(text: &str) -> &str {
    let mut characters = text.chars();
    characters.next_back();
    characters.as_str()
}

fn same_letters(name: &str, other: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(name) == sorted(other)
}

/// The edits between two folded names, exchanged neighbours being one; none when they are too many.
fn edits(folded: &str, other: &str) -> Option<usize> {
    let (letters, others) = (folded.chars().count(), other.chars().count());
    let allowed = match letters.min(others) {
        0..SHORTEST => return None,
        SHORTEST..TWO_EDITS_FROM => 1,
        _ => 2,
    };
    if letters.abs_diff(others) > allowed || letters.max(others) > MAX_COMPARED_CHARS {
        return None;
    }
    Some(strsim::osa_distance(folded, other)).filter(|edits| *edits <= allowed)
}

/// Without what writers of names differ about: case, spaces, `_` and `-`.
fn folded(name: &str) -> String {
    let letters = name
        .chars()
        .filter(|letter| !matches!(letter, ' ' | '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_found_by_what_was_typed() {
        for (typed, meant) in [
            ("lenght", Some("string length")),
            ("length", Some("string length")),
            ("stringLength", Some("string length")),
            ("string_length", Some("string length")),
            ("substringBefore", Some("substring before")),
            ("containz", Some("contains")),
            ("toUpperCase", Some("upper case")),
            ("cuont", Some("count")),
            ("summ", None),
            ("list", None),
            ("max3", None),
            ("approve", None),
            ("f", None),
            ("", None),
        ] {
            assert_eq!(nearest_function(typed), meant, "{typed}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested() {
        let names = ["season", "guest count", "seasoning"];
        for (typed, meant) in [
            ("saeson", Some("season")),
            ("Season", Some("season")),
            ("guestCount", Some("guest count")),
            ("season", None),
            ("reason", Some("season")),
            ("dish", None),
        ] {
            assert_eq!(nearest(typed, names), meant, "{typed}");
        }
    }

    #[test]
    fn a_misspelling_is_told_from_another_name() {
        for (name, other) in [
            ("amuont", "amount"),
            ("ammount", "amount"),
            ("amont", "amount"),
            ("amaunt", "amount"),
            ("custmer", "customer"),
            ("costumer", "customer"),
            ("orderid", "orderId"),
            ("Amount", "amount"),
            ("order_id", "orderId"),
            ("recieve", "receive"),
            ("adressLnie", "addressLine"),
        ] {
            assert!(is_misspelling(name, other), "{name} {other}");
        }
        for (name, other) in [
            ("amount", "amount"),
            ("order", "orders"),
            ("approve", "approved"),
            ("line1", "line2"),
            ("itemA", "itemB"),
            ("height", "weight"),
            ("minPrice", "maxPrice"),
            ("fileName", "fileNote"),
            ("paidBy", "paidTo"),
            ("net", "get"),
            ("a1", "a"),
            ("price", "amount"),
        ] {
            assert!(!is_misspelling(name, other), "{name} {other}");
            assert!(!is_misspelling(other, name), "{other} {name}");
        }
        let long = "x".repeat(100_000);
        assert!(!is_misspelling(&long, &format!("{long}y")));
        assert_eq!(nearest(&long, [&*format!("{long}y")]), None);
    }
}
