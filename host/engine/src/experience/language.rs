//! The languages that companies note of their customers, in the one form in which they are
//! compared: a BCP 47 tag. They come as such tags, as locales of POSIX (`fa_IR.UTF-8`), and with
//! the codes of three letters of ISO 639-2 (`fas`, `per`).

use std::sync::Arc;

use isolang::Language;

use crate::limits::MAX_LANGUAGE_TAG_CHARS;

/// The codes of ISO 639-2 that libraries use (B) where they are not those of the language's own
/// name (T), with the codes of two letters. There will be no others: the list is closed.
const BIBLIOGRAPHIC: [(&str, &str); 20] = [
    ("alb", "sq"),
    ("arm", "hy"),
    ("baq", "eu"),
    ("bur", "my"),
    ("chi", "zh"),
    ("cze", "cs"),
    ("dut", "nl"),
    ("fre", "fr"),
    ("geo", "ka"),
    ("ger", "de"),
    ("gre", "el"),
    ("ice", "is"),
    ("mac", "mk"),
    ("mao", "mi"),
    ("may", "ms"),
    ("per", "fa"),
    ("rum", "ro"),
    ("slo", "sk"),
    ("tib", "bo"),
    ("wel", "cy"),
];

/// Single languages that are written with the code of a language of several, as locales do.
const OF_MACROLANGUAGE: [(&str, &str); 3] = [("pes", "fa"), ("arb", "ar"), ("cmn", "zh")];

/// The tag for a language as somebody wrote it down; none where it is no language.
///
/// The language has its shortest code; letters are as BCP 47 recommends: `fa-IR`, `uz-Cyrl`.
pub fn canonical_tag(text: &str) -> Option<Arc<str>> {
    // What POSIX adds to a locale: `.UTF-8`, `@calendar=persian`.
    let name = text.trim().split(['.', '@']).next().unwrap_or_default();
    let name = name.replace('_', "-");
    let mut subtags = name.split('-');
    let language = subtags.next().unwrap_or_default().to_ascii_lowercase();
    let is_language =
        (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_language || name.len() > MAX_LANGUAGE_TAG_CHARS {
        return None;
    }
    let mut tag = shortest_code(&language).to_owned();
    for subtag in subtags {
        let fits = (1..=8).contains(&subtag.len())
            && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits {
            return None;
        }
        tag.push('-');
        tag += &in_its_letters(subtag);
    }
    Some(tag.into())
}

/// The language of a tag without region and script: `fa` of `fa-IR`.
pub fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

fn shortest_code(language: &str) -> &str {
    let known = BIBLIOGRAPHIC.iter().chain(&OF_MACROLANGUAGE);
    let mut known = known.filter(|(code, _)| *code == language);
    if let Some((_, short)) = known.next() {
        return short;
    }
    let found = Language::from_639_3(language).and_then(|found| found.to_639_1());
    found.unwrap_or(language)
}

/// A script begins with a capital, a region is all capitals, and the rest is small.
fn in_its_letters(subtag: &str) -> String {
    let small = subtag.to_ascii_lowercase();
    let is_letters = small.bytes().all(|byte| byte.is_ascii_lowercase());
    match small.len() {
        2 if is_letters => small.to_ascii_uppercase(),
        4 if is_letters => small[..1].to_ascii_uppercase() + &small[1..],
        _ => small,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_one_tag_however_it_is_written() {
        for (texts, expected) in [
            (
                &["fa", "FA", "fas", "per", "pes", " fa ", "Per"][..],
                Some("fa"),
            ),
            (
                &[
                    "fa-IR",
                    "fa_IR",
                    "FA_ir",
                    "fa_IR.UTF-8",
                    "fas-ir",
                    "per_IR.utf8",
                    "fa_IR@calendar=persian",
                ],
                Some("fa-IR"),
            ),
            (&["en", "eng", "en.UTF-8"], Some("en")),
            (&["en_GB.ISO-8859-1", "eng_gb"], Some("en-GB")),
            (&["de", "deu", "ger"], Some("de")),
            (&["de_CH", "ger-ch"], Some("de-CH")),
            (&["fra", "fre"], Some("fr")),
            (&["zho", "chi", "cmn"], Some("zh")),
            (&["zh_Hant_TW", "ZH-HANT-TW"], Some("zh-Hant-TW")),
            (&["uzb_cyrl"], Some("uz-Cyrl")),
            (&["sr-Latn-RS"], Some("sr-Latn-RS")),
            (&["ara", "arb"], Some("ar")),
            (&["es-419", "spa_419"], Some("es-419")),
            // It has no code of two letters.
            (&["ckb", "CKB"], Some("ckb")),
            (&["ckb_IQ"], Some("ckb-IQ")),
            // No language, as in POSIX's own locales, and no tags at all.
            (
                &[
                    "",
                    "C",
                    "C.UTF-8",
                    "POSIX",
                    "english",
                    "f",
                    "12",
                    "fa--IR",
                    "fa-",
                    "fa-IR!",
                    "فارسی",
                ],
                None,
            ),
        ] {
            for text in texts {
                assert_eq!(canonical_tag(text).as_deref(), expected, "{text}");
            }
        }
        assert_eq!(canonical_tag(&format!("fa{}", "-abcdefgh".repeat(4))), None);
        let again = canonical_tag("fas_ir").unwrap();
        assert_eq!(canonical_tag(&again), Some(again));
    }

    #[test]
    fn all_codes_of_libraries_lead_to_languages_that_exist() {
        for (code, short) in BIBLIOGRAPHIC {
            assert!(Language::from_639_1(short).is_some(), "{code}");
            assert_eq!(
                Language::from_639_3(code).and_then(|found| found.to_639_1()),
                None,
                "{code}"
            );
        }
    }
}
