//! From the bytes of a file to its text: a byte order mark, what the XML declaration says, and whether the two and
//! the bytes agree. What the text holds is judged elsewhere.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::diagnostic::{Diagnostic, Severity};
use crate::limits::{MAX_DECLARATION_BYTES, MAX_SHOWN_ENCODING_BYTES};
use crate::position::Positions;

/// The text of a file and what is probably wrong with how it says to be written.
pub(crate) struct Decoded<'b> {
    pub text: Cow<'b, str>,
    pub warning: Option<Diagnostic>,
}

/// The name of the encoding that a file is written in, as its bytes and its declaration say it; `UTF-8` where they
/// say nothing, or something that nobody knows.
#[must_use]
pub fn encoding_name(bytes: &[u8]) -> &'static str {
    let from_bytes = by_bytes(bytes).map(|(encoding, _)| encoding);
    let declared = || declaration(bytes).and_then(|label| Encoding::for_label(label.as_bytes()));
    from_bytes.or_else(declared).unwrap_or(UTF_8).name()
}

/// Reads the bytes as the file says, or tells in one diagnostic why they cannot be read so.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, Diagnostic> {
    if bytes.starts_with(&[0, 0, 0xFE, 0xFF]) || bytes.starts_with(&[0xFF, 0xFE, 0, 0]) {
        return Err(fault(
            "UTF-8 or UTF-16",
            "it is in UTF-32",
            "save the file in UTF-8",
        ));
    }
    if let Some((encoding, mark)) = by_bytes(bytes) {
        let text = text(encoding, &bytes[mark..], "its first bytes say so")?;
        let declared = declaration(text.as_bytes());
        return contradiction(encoding, declared.as_deref(), text);
    }
    let Some(label) = declaration(bytes) else {
        let text = text(UTF_8, bytes, "it declares no other encoding")?;
        return Ok(Decoded {
            text,
            warning: None,
        });
    };
    let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) else {
        let found = format!("it declares {:?}, which is not known", shown(&label));
        return Err(fault(
            "a known encoding",
            &found,
            "save the file in UTF-8 and declare that",
        ));
    };
    if encoding == UTF_16LE || encoding == UTF_16BE {
        // Otherwise the declaration could not have been read byte by byte.
        let found = format!("it declares {label} and its bytes are not");
        return Err(fault(
            "a declaration that is true",
            &found,
            "declare UTF-8, or save the file in UTF-16",
        ));
    }
    if matches!(label.to_ascii_lowercase().as_str(), "us-ascii" | "ascii") && !bytes.is_ascii() {
        let found = format!("it declares {label} and holds other bytes than those of ASCII");
        return Err(fault(
            "a declaration that is true",
            &found,
            "declare UTF-8 if the file is saved so",
        ));
    }
    let text = text(encoding, bytes, &format!("it declares {label}"))?;
    let warning = looks_like_utf8(encoding, bytes).then(|| {
        warning(format!(
            "Expected text in {} as declared, but what is not ASCII in it is valid UTF-8, too, which can hardly be chance. \
             Hint: if letters look wrong, declare UTF-8.",
            shown(&label)
        ))
    });
    Ok(Decoded { text, warning })
}

/// What the first bytes say, and how many of them are a mark that is no text.
fn by_bytes(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(bytes).or(match bytes {
        // A text in UTF-16 without a mark still begins with `<`.
        [b'<', 0, ..] => Some((UTF_16LE, 0)),
        [0, b'<', ..] => Some((UTF_16BE, 0)),
        _ => None,
    })
}

/// Compares a text that was read as its first bytes say with its declaration.
fn contradiction<'b>(
    encoding: &'static Encoding,
    declared: Option<&str>,
    text: Cow<'b, str>,
) -> Result<Decoded<'b>, Diagnostic> {
    let is_utf16 = |encoding| encoding == UTF_16LE || encoding == UTF_16BE;
    let Some(label) = declared else {
        return Ok(Decoded {
            text,
            warning: None,
        });
    };
    let named = Encoding::for_label(label.as_bytes());
    // "UTF-16" alone leaves the order of the bytes to the mark.
    let is_plain = label.eq_ignore_ascii_case("utf-16") && is_utf16(encoding);
    if is_plain || named == Some(encoding) {
        return Ok(Decoded {
            text,
            warning: None,
        });
    }
    let found = format!(
        "it declares {:?} and its first bytes are those of {}",
        shown(label),
        encoding.name()
    );
    let hint = format!("declare {}", encoding.name());
    if is_utf16(encoding) || named.is_none_or(is_utf16) {
        return Err(fault("a declaration that is true", &found, &hint));
    }
    // Others read such a file, so it is read by its mark.
    let message = format!("Expected a declaration that is true, but {found}. Hint: {hint}.");
    Ok(Decoded {
        text,
        warning: Some(warning(message)),
    })
}

/// The bytes as text, or where the first of them is that is none.
fn text<'b>(
    encoding: &'static Encoding,
    bytes: &'b [u8],
    because: &str,
) -> Result<Cow<'b, str>, Diagnostic> {
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text);
    }
    let (before, offset) = readable(encoding, bytes);
    let at = Positions::new(&before).end();
    let message = format!(
        "Expected text in {}, as {because}, but the byte at offset {offset} is none. \
         Hint: save the file in UTF-8, or declare the encoding that it is in: <?xml version=\"1.0\" encoding=\"...\"?>.",
        encoding.name()
    );
    Err(Diagnostic::of_file(at, "wrong-encoding", message))
}

/// The text before the first byte that cannot be read, and where that byte is.
fn readable(encoding: &'static Encoding, bytes: &[u8]) -> (String, usize) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut before = String::with_capacity(room.unwrap_or(bytes.len()));
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut before, true);
    let malformed = match result {
        DecoderResult::Malformed(length, after) => usize::from(length + after),
        _ => 0,
    };
    (before, read.saturating_sub(malformed))
}

/// What the XML declaration says, where the bytes are such that it can be read one by one.
fn declaration(bytes: &[u8]) -> Option<String> {
    let start = &bytes[..bytes.len().min(MAX_DECLARATION_BYTES)];
    let inside = start.strip_prefix(b"<?xml")?;
    let end = inside.windows(2).position(|pair| pair == b"?>")?;
    let inside = std::str::from_utf8(&inside[..end]).ok()?;
    let (before, after) = inside.split_once("encoding")?;
    before.ends_with(char::is_whitespace).then_some(())?;
    let value = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = value[1..].split_once(quote)?;
    Some(label.trim().to_owned())
}

/// Whether a text of one byte for each letter is one of UTF-8 as well, and not only by being ASCII.
fn looks_like_utf8(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    encoding != UTF_8
        && encoding.is_single_byte()
        && !bytes.is_ascii()
        && std::str::from_utf8(bytes).is_ok()
}

fn shown(label: &str) -> &str {
    &label[..label.floor_char_boundary(MAX_SHOWN_ENCODING_BYTES)]
}

fn fault(expected: &str, found: &str, hint: &str) -> Diagnostic {
    let message = format!("Expected {expected}, but {found}. Hint: {hint}.");
    Diagnostic::of_file((1, 1), "wrong-encoding", message)
}

fn warning(message: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        ..Diagnostic::of_file((1, 1), "wrong-encoding", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that declares an encoding.
    fn file(encoding: &str, text: &str) -> String {
        format!("<?xml version=\"1.0\" encoding='{encoding}'?>\n<a>{text}</a>")
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    fn one_byte(label: &str, text: &str) -> Vec<u8> {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        encoding.encode(text).0.into_owned()
    }

    #[test]
    fn files_in_many_encodings_are_read() {
        let marked = |text: &str, order| utf16(&format!("\u{feff}{text}"), order);
        let (sixteen, persian) = (file("UTF-16", "Prüfung ۱€"), file("UTF-8", "گردش"));
        for (bytes, expected, name) in [
            (persian.clone().into_bytes(), &persian, "UTF-8"),
            (format!("\u{feff}{persian}").into_bytes(), &persian, "UTF-8"),
            (marked(&sixteen, u16::to_le_bytes), &sixteen, "UTF-16LE"),
            (marked(&sixteen, u16::to_be_bytes), &sixteen, "UTF-16BE"),
            (utf16(&sixteen, u16::to_le_bytes), &sixteen, "UTF-16LE"),
            (utf16(&sixteen, u16::to_be_bytes), &sixteen, "UTF-16BE"),
            (
                marked("<a/>", u16::to_le_bytes),
                &"<a/>".to_owned(),
                "UTF-16LE",
            ),
        ] {
            let decoded = decode(&bytes).unwrap_or_else(|why| panic!("{name}: {why}"));
            assert_eq!(&decoded.text, expected);
            assert!(decoded.warning.is_none(), "{name}");
            assert_eq!(encoding_name(&bytes), name);
        }
        for (label, text, name) in [
            ("ISO-8859-1", "Prüfung", "windows-1252"),
            ("iso-8859-1", "Prüfung", "windows-1252"),
            ("windows-1252", "Prüfung für 5 €", "windows-1252"),
            ("ISO-8859-15", "5 €", "ISO-8859-15"),
            ("windows-1256", "سلام", "windows-1256"),
            ("Shift_JIS", "日本", "Shift_JIS"),
            ("US-ASCII", "plain", "windows-1252"),
        ] {
            let source = file(label, text);
            let bytes = one_byte(label, &source);
            let decoded = decode(&bytes).unwrap_or_else(|why| panic!("{label}: {why}"));
            assert_eq!(decoded.text, source);
            assert!(decoded.warning.is_none(), "{label}");
            assert_eq!(encoding_name(&bytes), name);
        }
        // A declaration of none, and one whose encoding is only named in its text.
        for text in [
            "<?xml version='1.0'?><a/>",
            "<a b='encoding=\"UTF-16\"'/>",
            "",
        ] {
            assert_eq!(decode(text.as_bytes()).unwrap().text, text);
        }
    }

    #[test]
    fn a_declaration_that_the_bytes_contradict_is_found() {
        let marked = |text: &str| utf16(&format!("\u{feff}{text}"), u16::to_le_bytes);
        for (bytes, place, part) in [
            (
                marked(&file("UTF-8", "")),
                (1, 1),
                "declares \"UTF-8\" and its first bytes are those of UTF-16LE",
            ),
            (marked(&file("UTF-16BE", "")), (1, 1), "those of UTF-16LE"),
            (
                file("UTF-16", "").into_bytes(),
                (1, 1),
                "declares UTF-16 and its bytes are not",
            ),
            (
                format!("\u{feff}{}", file("UTF-16", "")).into_bytes(),
                (1, 1),
                "those of UTF-8",
            ),
            (
                one_byte("latin1", &file("UTF-8", "Prüfung")),
                (2, 6),
                "the byte at offset 44 is none",
            ),
            (
                one_byte("latin1", "<a>\n ü</a>"),
                (2, 2),
                "declares no other encoding",
            ),
            (
                file("US-ASCII", "ü").into_bytes(),
                (1, 1),
                "other bytes than those of ASCII",
            ),
            (
                file("klingon", "").into_bytes(),
                (1, 1),
                "\"klingon\", which is not known",
            ),
            (
                file(&"x".repeat(400), "").into_bytes(),
                (1, 1),
                "which is not known",
            ),
            (
                file("Shift_JIS", "")
                    .into_bytes()
                    .into_iter()
                    .chain([0xFF])
                    .collect(),
                (2, 8),
                "Shift_JIS",
            ),
            (vec![0xFF, 0xFE, b'<', 0, 0], (1, 2), "UTF-16LE"),
            (vec![0xFF, 0xFE, 0, 0], (1, 1), "UTF-32"),
        ] {
            let Err(found) = decode(&bytes) else {
                panic!("{part}")
            };
            assert_eq!(
                (found.code, found.line, found.column),
                ("wrong-encoding", place.0, place.1),
                "{found}"
            );
            assert!(found.message.contains(part), "{part} in {found}");
            assert!(found.message.len() < 400, "{found}");
        }
        // What others read all the same is read and warned of.
        let saved_as_utf8 = file("ISO-8859-1", "Prüfung");
        for (bytes, text) in [
            (
                saved_as_utf8.clone().into_bytes(),
                file("ISO-8859-1", "PrÃ¼fung"),
            ),
            (
                format!("\u{feff}{saved_as_utf8}").into_bytes(),
                saved_as_utf8,
            ),
        ] {
            let decoded = decode(&bytes).unwrap();
            assert_eq!(decoded.text, text);
            assert!(decoded.warning.is_some_and(|found| !found.is_error()));
        }
    }
}
