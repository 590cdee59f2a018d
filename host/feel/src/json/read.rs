//! A strict JSON reader.

use std::borrow::Cow;
use std::sync::Arc;

use crate::limits::MAX_JSON_DEPTH;
use crate::number::{DIGITS, Exact, LARGEST_EXPONENT, exact};
use crate::{Context, Value};

/// Why a text is not a JSON value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Expected {expected}, but byte {position} of the JSON text {found}")]
pub struct JsonError {
    pub expected: Cow<'static, str>,
    pub found: &'static str,
    /// In bytes from the start.
    pub position: usize,
}

pub(super) fn read(bytes: &[u8]) -> Result<Value, JsonError> {
    // Checked once, so that strings can be cut out of the text afterwards.
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError {
        expected: "UTF-8".into(),
        found: "is not part of a character",
        position: error.valid_up_to(),
    })?;
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    reader.space();
    let value = reader.value()?;
    reader.space();
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.error("the end of the text")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn error(&self, expected: &'static str) -> JsonError {
        let found = if self.peek().is_none() {
            "is past its end"
        } else {
            "is something else"
        };
        JsonError {
            expected: expected.into(),
            found,
            position: self.at,
        }
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Value, JsonError> {
        match self.peek() {
            Some(b'{') => self.nested(Reader::object),
            Some(b'[') => self.nested(Reader::array),
            Some(b'"') => self.string().map(|text| Value::String(text.into())),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.error("a value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, JsonError> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("true, false or null"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth == MAX_JSON_DEPTH {
            return Err(JsonError {
                expected: format!("at most {MAX_JSON_DEPTH} levels of nesting").into(),
                found: "opens another level",
                position: self.at,
            });
        }
        self.depth += 1;
        self.at += 1;
        self.space();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Value, JsonError> {
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(items.into());
        }
        loop {
            self.space();
            items.push(self.value()?);
            self.space();
            if self.eat(b']') {
                return Ok(items.into());
            }
            if !self.eat(b',') {
                return Err(self.error("',' or ']'"));
            }
        }
    }

    fn object(&mut self) -> Result<Value, JsonError> {
        let mut context = Context::new();
        if self.eat(b'}') {
            return Ok(context.into());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in quotes"));
            }
            let name: Arc<str> = self.string()?.into();
            self.space();
            if !self.eat(b':') {
                return Err(self.error("':'"));
            }
            self.space();
            let value = self.value()?;
            context.insert(name, value);
            self.space();
            if self.eat(b'}') {
                return Ok(context.into());
            }
            if !self.eat(b',') {
                return Err(self.error("',' or '}'"));
            }
        }
    }

    fn number(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        self.eat(b'-');
        let first = self.at;
        self.digits()?;
        if self.at > first + 1 && self.text.as_bytes()[first] == b'0' {
            self.at = first;
            return Err(self.error("a number without leading zeros"));
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        match exact(&self.text[start..self.at]) {
            Ok(Exact::Number(number)) => Ok(Value::Number(number)),
            Ok(Exact::Long(number)) => Ok(Value::LongNumber(Arc::new(number))),
            Err(_) => Err(JsonError {
                expected: format!(
                    "a number below 1e{}",
                    LARGEST_EXPONENT + DIGITS.cast_signed()
                )
                .into(),
                found: "starts a greater one",
                position: start,
            }),
        }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            Err(self.error("a digit"))
        } else {
            Ok(())
        }
    }

    /// At the opening quote. Texts without escapes are taken as they stand.
    fn string(&mut self) -> Result<std::borrow::Cow<'a, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        self.plain();
        if self.eat(b'"') {
            return Ok(self.text[start..self.at - 1].into());
        }
        let mut output = self.text[start..self.at].to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(output.into());
                }
                Some(b'\\') => {
                    self.at += 1;
                    output.push(self.escape()?);
                }
                _ => return Err(self.error("'\"' or a character that is not a control character")),
            }
            let from = self.at;
            self.plain();
            output.push_str(&self.text[from..self.at]);
        }
    }

    fn plain(&mut self) {
        while self
            .peek()
            .is_some_and(|byte| byte != b'"' && byte != b'\\' && byte >= 0x20)
        {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => {
                self.at -= 1;
                return Err(self.error("an escape such as \\n or \\u00e9"));
            }
        })
    }

    /// After `\u`. Characters beyond the basic plane take two escapes.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let position = self.at;
        let unpaired = JsonError {
            expected: "a pair of surrogates".into(),
            found: "starts a single one",
            position,
        };
        let unit = self.hex()?;
        let code = match unit {
            0xd800..=0xdbff => {
                if !(self.eat(b'\\') && self.eat(b'u')) {
                    return Err(unpaired);
                }
                let low = self.hex()?;
                if !(0xdc00..=0xdfff).contains(&low) {
                    return Err(unpaired);
                }
                0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
            }
            _ => unit,
        };
        char::from_u32(code).ok_or(unpaired)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| (byte as char).to_digit(16));
            code = code * 16 + digit.ok_or_else(|| self.error("four hexadecimal digits"))?;
            self.at += 1;
        }
        Ok(code)
    }
}
