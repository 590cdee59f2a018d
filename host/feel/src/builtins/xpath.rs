//! From XPath's regular expressions to those of the `regex` crate. What differs: escapes for XML
//! names and Unicode blocks, class subtraction, the flag `x`, what `.` leaves out, and characters
//! that are special in only one of the two.

use std::iter::Peekable;
use std::str::Chars;

use super::Failure;
use super::arguments::because;
use crate::limits::MAX_CLASS_NESTING;

type Translated<T = ()> = Result<T, Failure>;

/// The pattern in the other syntax.
///
/// # Errors
/// It has what a linear matcher cannot do, or what XPath does not have.
pub(super) fn translate(pattern: &str, flags: &str) -> Translated<String> {
    let mut translator = Translator {
        characters: pattern.chars().peekable(),
        output: String::with_capacity(pattern.len() + 8),
        skip_space: flags.contains('x'),
        dot: if flags.contains('s') { "." } else { r"[^\n\r]" },
    };
    while let Some(character) = translator.next() {
        translator.outside_class(character)?;
    }
    Ok(translator.output)
}

struct Translator<'a> {
    characters: Peekable<Chars<'a>>,
    output: String,
    skip_space: bool,
    dot: &'static str,
}

impl Translator<'_> {
    /// The next character outside of classes, where the flag `x` leaves out white space.
    fn next(&mut self) -> Option<char> {
        let skip = self.skip_space;
        self.characters
            .by_ref()
            .find(|character| !(skip && character.is_whitespace()))
    }

    fn outside_class(&mut self, character: char) -> Translated {
        match character {
            '\\' => {
                let escaped = self.next();
                self.escape(escaped, false)?;
            }
            '[' => self.class(0)?,
            '.' => self.output.push_str(self.dot),
            '#' => self.output.push_str("\\#"),
            '(' if self.characters.peek() == Some(&'?') => {
                self.characters.next();
                if self.next() != Some(':') {
                    return because(
                        "Expected '(?:' or a plain group, but found another kind of group",
                    );
                }
                self.output.push_str("(?:");
            }
            _ => self.output.push(character),
        }
        Ok(())
    }

    /// After `[`, up to its `]`.
    fn class(&mut self, nesting: u32) -> Translated {
        if nesting == MAX_CLASS_NESTING {
            return because(format!(
                "Expected at most {MAX_CLASS_NESTING} nested classes in the pattern, but there are more"
            ));
        }
        self.output.push('[');
        if self.characters.next_if_eq(&'^').is_some() {
            self.output.push('^');
        }
        while let Some(character) = self.characters.next() {
            match character {
                ']' => {
                    self.output.push(']');
                    return Ok(());
                }
                '\\' => {
                    let escaped = self.characters.next();
                    self.escape(escaped, true)?;
                }
                '-' if self.characters.next_if_eq(&'[').is_some() => {
                    self.output.push_str("--");
                    self.class(nesting + 1)?;
                }
                '[' | '&' | '~' => {
                    self.output.push('\\');
                    self.output.push(character);
                }
                _ => self.output.push(character),
            }
        }
        because("Expected ']' at the end of the class, but the pattern ends")
    }

    /// After a backslash.
    fn escape(&mut self, escaped: Option<char>, in_class: bool) -> Translated {
        const NAME_START: &str = r"\p{L}_:";
        const NAME: &str = r"\p{L}\p{N}\p{M}_:.\-";
        match escaped {
            None => {
                return because("Expected a character after the last '\\', but the pattern ends");
            }
            Some('i') => self.set(NAME_START, false, in_class),
            Some('I') => self.set(NAME_START, true, in_class),
            Some('c') => self.set(NAME, false, in_class),
            Some('C') => self.set(NAME, true, in_class),
            Some('p') => self.property(false, in_class)?,
            Some('P') => self.property(true, in_class)?,
            Some('0'..='9') => {
                return because("Expected a pattern without back-references, but found one");
            }
            Some(escaped) if escaped.is_ascii_alphabetic() && !"nrtsSdDwW".contains(escaped) => {
                return because(format!(
                    "Expected an escape of XPath, but found '\\{escaped}'"
                ));
            }
            // Punctuation stands for itself, but the other syntax knows fewer such escapes.
            Some(escaped) if escaped.is_ascii() && escaped != '<' && escaped != '>' => {
                self.output.push('\\');
                self.output.push(escaped);
            }
            Some(escaped) => self.output.push(escaped),
        }
        Ok(())
    }

    fn set(&mut self, set: &str, negated: bool, in_class: bool) {
        if in_class && !negated {
            self.output.push_str(set);
        } else {
            self.output.push_str(if negated { "[^" } else { "[" });
            self.output.push_str(set);
            self.output.push(']');
        }
    }

    /// After `\p`: `{Lu}` is a category, `{IsGreek}` a block.
    fn property(&mut self, negated: bool, in_class: bool) -> Translated {
        let mut name = String::new();
        if self.next() != Some('{') {
            return because("Expected '{' after '\\p', but found something else");
        }
        loop {
            match self.next() {
                None => return because("Expected '}' after '\\p{', but the pattern ends"),
                Some('}') => break,
                Some(character) => name.push(character),
            }
        }
        let Some(block) = name.strip_prefix("Is") else {
            self.output.push_str(if negated { "\\P{" } else { "\\p{" });
            self.output.push_str(&name);
            self.output.push('}');
            return Ok(());
        };
        match BLOCKS.iter().find(|(known, ..)| *known == block) {
            Some((_, first, last)) => {
                self.set(
                    &format!(r"\u{{{first:x}}}-\u{{{last:x}}}"),
                    negated,
                    in_class,
                );
                Ok(())
            }
            None => because(format!(
                "Expected a known Unicode block, but found '{block}'"
            )),
        }
    }
}

/// Unicode blocks by the names that XML Schema gives them: those of scripts in wide use.
const BLOCKS: [(&str, u32, u32); 40] = [
    ("BasicLatin", 0x0000, 0x007f),
    ("Latin-1Supplement", 0x0080, 0x00ff),
    ("LatinExtended-A", 0x0100, 0x017f),
    ("LatinExtended-B", 0x0180, 0x024f),
    ("IPAExtensions", 0x0250, 0x02af),
    ("SpacingModifierLetters", 0x02b0, 0x02ff),
    ("CombiningDiacriticalMarks", 0x0300, 0x036f),
    ("Greek", 0x0370, 0x03ff),
    ("GreekandCoptic", 0x0370, 0x03ff),
    ("Cyrillic", 0x0400, 0x04ff),
    ("Armenian", 0x0530, 0x058f),
    ("Hebrew", 0x0590, 0x05ff),
    ("Arabic", 0x0600, 0x06ff),
    ("Syriac", 0x0700, 0x074f),
    ("Devanagari", 0x0900, 0x097f),
    ("Bengali", 0x0980, 0x09ff),
    ("Gurmukhi", 0x0a00, 0x0a7f),
    ("Gujarati", 0x0a80, 0x0aff),
    ("Tamil", 0x0b80, 0x0bff),
    ("Telugu", 0x0c00, 0x0c7f),
    ("Kannada", 0x0c80, 0x0cff),
    ("Malayalam", 0x0d00, 0x0d7f),
    ("Sinhala", 0x0d80, 0x0dff),
    ("Thai", 0x0e00, 0x0e7f),
    ("Lao", 0x0e80, 0x0eff),
    ("Tibetan", 0x0f00, 0x0fff),
    ("Georgian", 0x10a0, 0x10ff),
    ("HangulJamo", 0x1100, 0x11ff),
    ("Ethiopic", 0x1200, 0x137f),
    ("Khmer", 0x1780, 0x17ff),
    ("LatinExtendedAdditional", 0x1e00, 0x1eff),
    ("GreekExtended", 0x1f00, 0x1fff),
    ("GeneralPunctuation", 0x2000, 0x206f),
    ("CurrencySymbols", 0x20a0, 0x20cf),
    ("LetterlikeSymbols", 0x2100, 0x214f),
    ("MathematicalOperators", 0x2200, 0x22ff),
    ("Hiragana", 0x3040, 0x309f),
    ("Katakana", 0x30a0, 0x30ff),
    ("CJKUnifiedIdeographs", 0x4e00, 0x9fff),
    ("HangulSyllables", 0xac00, 0xd7a3),
];
