//! From source text to tokens. Names are cut into words here; which words make up one name is
//! decided by the parser, which knows the declared names.

use super::SyntaxError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    Number,
    /// With its quotes.
    String,
    Word,
    /// A name between backticks, with them: whatever characters it has.
    Quoted,
    /// An operator or bracket, or a character that only names may have.
    Symbol,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
}

impl Token {
    pub fn text<'a>(&self, source: &'a str) -> &'a str {
        &source[self.start as usize..self.end as usize]
    }
}

/// Operators of two characters; all others have one.
const PAIRS: [&str; 6] = ["**", "!=", "<=", ">=", "..", "->"];

/// Cuts `source` into tokens; the last one is `End`.
pub(super) fn tokens(source: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at = skip_space(source, at)?;
        let Some(first) = source[at..].chars().next() else {
            break;
        };
        let (kind, length) = match first {
            '"' => (TokenKind::String, string_length(source, at)?),
            '`' => (TokenKind::Quoted, quoted_length(source, at)?),
            '0'..='9' => (TokenKind::Number, number_length(&source[at..])),
            '.' if source[at + 1..].starts_with(|next: char| next.is_ascii_digit()) => {
                (TokenKind::Number, number_length(&source[at..]))
            }
            _ if is_name_start(first) => (TokenKind::Word, word_length(&source[at..])),
            _ if PAIRS.iter().any(|pair| source[at..].starts_with(pair)) => (TokenKind::Symbol, 2),
            _ => (TokenKind::Symbol, first.len_utf8()),
        };
        tokens.push(Token {
            kind,
            start: at as u32,
            end: (at + length) as u32,
        });
        at += length;
    }
    tokens.push(Token {
        kind: TokenKind::End,
        start: source.len() as u32,
        end: source.len() as u32,
    });
    Ok(tokens)
}

/// The words and symbols of a name. A name that has no words, or none that can be told apart, is
/// one word as it stands.
pub(super) fn words(name: &str) -> Vec<String> {
    match tokens(name) {
        Ok(tokens) => tokens[..tokens.len() - 1]
            .iter()
            .map(|token| token.text(name).to_owned())
            .collect(),
        Err(_) => vec![name.to_owned()],
    }
}

/// White space and comments.
fn skip_space(source: &str, mut at: usize) -> Result<usize, SyntaxError> {
    loop {
        let rest = &source[at..];
        let trimmed = rest.trim_start_matches(is_space);
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if trimmed.starts_with("/*") {
            let length = trimmed.find("*/").ok_or_else(|| {
                SyntaxError::new(at, "the end of the comment, '*/'", "the text ends")
            })?;
            at += length + 2;
        } else {
            return Ok(at);
        }
    }
}

/// FEEL's white space, which is Unicode's and some that Unicode no longer counts.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{180e}' | '\u{200b}' | '\u{feff}')
}

fn string_length(source: &str, start: usize) -> Result<usize, SyntaxError> {
    let mut escaped = false;
    for (index, character) in source[start + 1..].char_indices() {
        match character {
            '"' if !escaped => return Ok(index + 2),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Err(SyntaxError::new(
        start,
        "the closing quote of this string",
        "the text ends",
    ))
}

/// Nothing is escaped between backticks.
fn quoted_length(source: &str, start: usize) -> Result<usize, SyntaxError> {
    let Some(length) = source[start + 1..].find('`') else {
        return Err(SyntaxError::new(
            start,
            "the closing backtick of this name",
            "the text ends",
        ));
    };
    if source[start + 1..][..length].trim().is_empty() {
        return Err(SyntaxError::new(
            start,
            "a name between the backticks",
            "there is none",
        ));
    }
    Ok(length + 2)
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if let Some(b'e' | b'E') = bytes.get(length) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let from = (length + 1 + sign).min(bytes.len());
        if digits(from) > 0 {
            length = from + digits(from);
        }
    }
    length
}

fn word_length(text: &str) -> usize {
    text.find(|character| !is_name_part(character))
        .unwrap_or(text.len())
}

/// The characters that FEEL lets a name start with: letters of any script, `_` and `?`.
pub(super) fn is_name_start(character: char) -> bool {
    matches!(character,
        '?' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
        | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
        && !is_space(character)
}

pub(super) fn is_name_part(character: char) -> bool {
    is_name_start(character)
        || character.is_ascii_digit()
        || matches!(character, '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// The text of a string literal. A backslash before anything that is no escape stands for itself,
/// as regular expressions are often written so.
pub(super) fn unescape(literal: &str) -> String {
    let body = &literal[1..literal.len() - 1];
    if !body.contains('\\') {
        return body.to_owned();
    }
    let mut output = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(index) = rest.find('\\') {
        output.push_str(&rest[..index]);
        let (character, length) = escape(&rest[index..]);
        output.push(character);
        rest = &rest[index + length..];
    }
    output.push_str(rest);
    output
}

/// The character at a backslash, and how many bytes spell it.
fn escape(text: &str) -> (char, usize) {
    let simple = |character| (character, 2);
    match text.as_bytes().get(1) {
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'"') => simple('"'),
        Some(b'\'') => simple('\''),
        Some(b'\\') => simple('\\'),
        Some(b'u') => unicode(text, 4).unwrap_or(('\\', 1)),
        Some(b'U') => unicode(text, 6).unwrap_or(('\\', 1)),
        _ => ('\\', 1),
    }
}

fn unicode(text: &str, digits: usize) -> Option<(char, usize)> {
    let code = |text: &str| u32::from_str_radix(text.get(2..2 + digits)?, 16).ok();
    let high = code(text)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, 2 + digits));
    }
    // Two escapes spell a character beyond the basic plane.
    let low = text
        .get(2 + digits..)
        .filter(|rest| rest.starts_with("\\u"))
        .and_then(code)?;
    if !(0xd800..0xdc00).contains(&high) || !(0xdc00..0xe000).contains(&low) {
        return None;
    }
    char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
        .map(|character| (character, 2 * (2 + digits)))
}
