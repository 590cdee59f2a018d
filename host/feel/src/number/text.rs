//! Numbers as text: reading FEEL and JSON literals exactly, and printing without exponents for as
//! long as that stays readable.

use std::fmt;
use std::str::FromStr;

use super::{Number, POWERS, digits};

/// Zeros that are written out before scientific notation takes over.
const PLAIN_ZEROS: i32 = 40;

/// Why a text is not a number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    #[error("Expected a number such as -12.5 or 1e3, but found something else")]
    Syntax,
    #[error("Expected a number of magnitude below 1e6145, but it is greater")]
    Overflow,
}

impl FromStr for Number {
    type Err = NumberError;

    /// Reads `[+-]digits[.digits][e[+-]digits]`; a fraction without digits before it (`.5`) is
    /// FEEL's and is allowed. More than 34 significant digits are rounded half-even.
    fn from_str(text: &str) -> Result<Number, NumberError> {
        let bytes = text.as_bytes();
        let (negative, mut at) = match bytes.first() {
            Some(b'-') => (true, 1),
            Some(b'+') => (false, 1),
            _ => (false, 0),
        };
        let mut reading = Reading::default();
        at = reading.digits(bytes, at, false);
        let mut any = reading.seen;
        if bytes.get(at) == Some(&b'.') {
            reading.seen = false;
            at = reading.digits(bytes, at + 1, true);
            if !reading.seen {
                return Err(NumberError::Syntax);
            }
            any = true;
        }
        if !any {
            return Err(NumberError::Syntax);
        }
        let exponent = match bytes.get(at) {
            None => 0,
            Some(b'e' | b'E') => read_exponent(&bytes[at + 1..])?,
            Some(_) => return Err(NumberError::Syntax),
        };
        let exponent = (reading.exponent + exponent).clamp(-100_000, 100_000) as i32;
        if reading.coefficient == 0 {
            return Ok(Number::ZERO);
        }
        Number::rounded(negative, reading.coefficient, exponent, reading.sticky)
            .ok_or(NumberError::Overflow)
    }
}

/// Digits read so far: `coefficient * 10^exponent`, and whether later digits were dropped.
#[derive(Default)]
struct Reading {
    coefficient: u128,
    exponent: i64,
    sticky: bool,
    seen: bool,
}

impl Reading {
    fn digits(&mut self, bytes: &[u8], mut at: usize, fraction: bool) -> usize {
        while let Some(byte) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
            let digit = u128::from(byte - b'0');
            self.seen = true;
            if self.coefficient < POWERS[37] {
                self.coefficient = self.coefficient * 10 + digit;
                self.exponent -= i64::from(fraction);
            } else {
                self.sticky |= digit != 0;
                self.exponent += i64::from(!fraction);
            }
            at += 1;
        }
        at
    }
}

fn read_exponent(bytes: &[u8]) -> Result<i64, NumberError> {
    let (negative, rest) = match bytes.first() {
        Some(b'-') => (true, &bytes[1..]),
        Some(b'+') => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    if rest.is_empty() || !rest.iter().all(u8::is_ascii_digit) {
        return Err(NumberError::Syntax);
    }
    // Saturates far outside the range of a number.
    let value = rest.iter().fold(0i64, |value, byte| {
        (value * 10 + i64::from(byte - b'0')).min(10_000_000)
    });
    Ok(if negative { -value } else { value })
}

impl fmt::Display for Number {
    /// Prints without trailing zeros: `1.50` as `1.5`. Numbers with more than 40 zeros on either
    /// side are in scientific notation, which JSON and FEEL read as well.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts().trimmed();
        let (coefficient, exponent) = (parts.coefficient, parts.exponent);
        if parts.negative {
            formatter.write_str("-")?;
        }
        let count = digits(coefficient) as i32;
        if exponent > PLAIN_ZEROS || exponent + count < -PLAIN_ZEROS {
            let text = coefficient.to_string();
            let (first, rest) = text.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            write!(formatter, "{first}{point}{rest}e{}", exponent + count - 1)
        } else if exponent >= 0 {
            write!(
                formatter,
                "{coefficient}{:0<zeros$}",
                "",
                zeros = exponent as usize
            )
        } else if -exponent < count {
            let power = POWERS[exponent.unsigned_abs() as usize];
            let width = exponent.unsigned_abs() as usize;
            write!(
                formatter,
                "{}.{:0>width$}",
                coefficient / power,
                coefficient % power
            )
        } else {
            write!(
                formatter,
                "0.{coefficient:0>width$}",
                width = exponent.unsigned_abs() as usize
            )
        }
    }
}
