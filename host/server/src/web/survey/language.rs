//! Which language a page is in, and which way that language runs.

use std::sync::Arc;

use gardesh_engine::experience::language::{canonical_tag, primary};

use crate::limits::MAX_ACCEPTED_LANGUAGES;

/// What is known of the reader's language, the strongest sign first.
#[derive(Default)]
pub struct Wishes<'a> {
    /// Chosen on the page: `?lang=` or the form's own language.
    pub chosen: Option<&'a str>,
    /// What the company knows of the customer.
    pub known: Option<&'a str>,
    /// The browser's `Accept-Language` header.
    pub accepted: Option<&'a str>,
}

/// The one of the offered languages that suits the reader best: as chosen, else as known,
/// else as accepted by the browser, else English, else the first offered.
pub fn negotiate(wishes: &Wishes<'_>, offered: &[Arc<str>]) -> Arc<str> {
    let explicit = wishes.chosen.into_iter().chain(wishes.known);
    let accepted = wishes.accepted.map(accepted).unwrap_or_default();
    explicit
        .chain(accepted)
        .chain(["en"])
        .find_map(|wanted| find(wanted, offered))
        .or_else(|| offered.first())
        .cloned()
        .unwrap_or_else(|| "en".into())
}

/// The offered language that is the wanted one, or another variety of it.
pub fn find<'o>(wanted: &str, offered: &'o [Arc<str>]) -> Option<&'o Arc<str>> {
    let wanted = canonical_tag(wanted)?;
    let same = |tag: &&Arc<str>| **tag == wanted;
    let akin = |tag: &&Arc<str>| primary(tag) == primary(&wanted);
    offered
        .iter()
        .find(same)
        .or_else(|| offered.iter().find(akin))
}

/// The tags of an `Accept-Language` header (RFC 9110, 12.5.4), the most welcome first.
fn accepted(header: &str) -> Vec<&str> {
    let mut weighted: Vec<(u16, &str)> = Vec::new();
    for entry in header.split(',').take(MAX_ACCEPTED_LANGUAGES) {
        let mut parts = entry.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let quality = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1_000, thousandths);
        if !tag.is_empty() && tag != "*" && quality > 0 {
            weighted.push((quality, tag));
        }
    }
    weighted.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
    weighted.into_iter().map(|(_, tag)| tag).collect()
}

/// A quality from 0 to 1 in thousandths; what is not one counts as 0.
fn thousandths(quality: &str) -> u16 {
    match quality.parse::<f32>() {
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1_000.0) as u16,
        _ => 0,
    }
}

/// `rtl` or `ltr`, as HTML's `dir` wants it.
pub fn direction(language: &str) -> &'static str {
    let mut subtags = language.split('-').map(str::to_ascii_lowercase);
    let primary = subtags.next().unwrap_or_default();
    let script = subtags.find(|subtag| subtag.len() == 4);
    let right_to_left = match script.as_deref() {
        Some(script) => matches!(
            script,
            "adlm" | "arab" | "hebr" | "nkoo" | "rohg" | "syrc" | "thaa"
        ),
        None => matches!(
            primary.as_str(),
            "ar" | "arc"
                | "bal"
                | "ckb"
                | "dv"
                | "fa"
                | "glk"
                | "he"
                | "khw"
                | "lrc"
                | "mzn"
                | "nqo"
                | "ps"
                | "sd"
                | "syr"
                | "ug"
                | "ur"
                | "yi"
        ),
    };
    if right_to_left { "rtl" } else { "ltr" }
}

/// A language's name in itself, as a reader looks for it; the tag where it is not known.
pub fn name(language: &str) -> &str {
    match primary(language).to_ascii_lowercase().as_str() {
        "ar" => "العربية",
        "az" => "Azərbaycanca",
        "ckb" => "کوردی",
        "cs" => "Čeština",
        "da" => "Dansk",
        "de" => "Deutsch",
        "el" => "Ελληνικά",
        "en" => "English",
        "es" => "Español",
        "fa" => "فارسی",
        "fi" => "Suomi",
        "fr" => "Français",
        "he" => "עברית",
        "hi" => "हिन्दी",
        "hu" => "Magyar",
        "hy" => "Հայերեն",
        "id" => "Bahasa Indonesia",
        "it" => "Italiano",
        "ja" => "日本語",
        "ko" => "한국어",
        "ku" => "Kurdî",
        "nl" => "Nederlands",
        "no" | "nb" => "Norsk",
        "pl" => "Polski",
        "ps" => "پښتو",
        "pt" => "Português",
        "ro" => "Română",
        "ru" => "Русский",
        "sv" => "Svenska",
        "tg" => "Тоҷикӣ",
        "tr" => "Türkçe",
        "uk" => "Українська",
        "ur" => "اردو",
        "vi" => "Tiếng Việt",
        "zh" => "中文",
        _ => language,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_sign_decides() {
        let offered: Vec<Arc<str>> = vec!["de".into(), "en".into(), "fa".into()];
        for (chosen, known, accepted, expected) in [
            (Some("fa"), Some("de"), Some("en"), "fa"),
            (Some("FA-ir"), None, None, "fa"),
            (Some("fa_IR.UTF-8"), Some("de"), None, "fa"),
            (None, Some("per"), Some("de"), "fa"),
            (None, Some("ger"), Some("fa"), "de"),
            (None, Some("C"), Some("fa"), "fa"),
            (Some("xx"), Some("de"), Some("fa"), "de"),
            (None, Some("fa"), Some("en"), "fa"),
            (None, None, Some("en;q=0.5, fa;q=0.8"), "fa"),
            (None, None, Some("fr, de-CH;q=0.3"), "de"),
            (None, None, Some("fa;q=0, *"), "en"),
            (None, None, Some("fa;q=abc,,;q=1"), "en"),
            (None, None, None, "en"),
        ] {
            assert_eq!(
                &*negotiate(
                    &Wishes {
                        chosen,
                        known,
                        accepted
                    },
                    &offered
                ),
                expected,
                "{chosen:?} {known:?} {accepted:?}"
            );
        }
        assert_eq!(&*negotiate(&Wishes::default(), &["tr".into()]), "tr");
    }

    #[test]
    fn direction_follows_script_before_language() {
        for (tag, expected) in [
            ("fa", "rtl"),
            ("fa-IR", "rtl"),
            ("FA", "rtl"),
            ("en", "ltr"),
            ("ku-Arab", "rtl"),
            ("az-Arab-IR", "rtl"),
            ("ur-Latn", "ltr"),
            ("", "ltr"),
        ] {
            assert_eq!(direction(tag), expected, "{tag}");
        }
    }
}
