//! FEEL's number: a decimal of 34 significant digits with the range of IEEE 754 decimal128,
//! packed into 16 bytes. This file holds the representation, rounding into it, and order;
//! arithmetic, text and functions are beside it.
//!
//! DMN names decimal128 as FEEL's number type. The crates looked at either have 28 digits
//! (`rust_decimal`) or signal overflow by panicking (`fastnum`), so the basic operations are
//! here; only roots, powers and logarithms are left to an arbitrary-precision crate.

mod arithmetic;
mod functions;
mod long;
mod text;

pub use functions::Rounding;
pub use long::LongNumber;
pub(crate) use long::{Exact, exact};
pub use text::NumberError;

use std::cmp::Ordering;

/// Significant digits of every number.
pub const DIGITS: u32 = 34;
const LARGEST_COEFFICIENT: u128 = 10u128.pow(DIGITS) - 1;
pub(crate) const SMALLEST_EXPONENT: i32 = -6176;
pub(crate) const LARGEST_EXPONENT: i32 = 6111;
/// Powers of ten up to the largest that fits 128 bits.
static POWERS: [u128; 39] = powers();

const fn powers() -> [u128; 39] {
    let mut table = [1u128; 39];
    let mut index = 1;
    while index < table.len() {
        table[index] = table[index - 1] * 10;
        index += 1;
    }
    table
}

/// A decimal number. Equality and order are by value: `1.0` equals `1`.
///
/// Sign (1 bit), biased exponent (14 bits) and coefficient (113 bits) fill two words; the value
/// is `coefficient * 10^exponent`. There is no NaN, infinity or negative zero.
#[derive(Clone, Copy)]
pub struct Number {
    high: u64,
    low: u64,
}

/// A number taken apart.
#[derive(Clone, Copy)]
struct Parts {
    negative: bool,
    coefficient: u128,
    exponent: i32,
}

impl Number {
    pub const ZERO: Number = Number::from_i64(0);
    pub const ONE: Number = Number::from_i64(1);

    pub const fn from_i64(value: i64) -> Number {
        Number::pack(value < 0, value.unsigned_abs() as u128, 0)
    }

    pub const fn from_u64(value: u64) -> Number {
        Number::pack(false, value as u128, 0)
    }

    /// From an integer; `None` when rounding to 34 digits would be needed and lose digits.
    pub fn from_i128(value: i128) -> Option<Number> {
        let magnitude = value.unsigned_abs();
        (magnitude <= LARGEST_COEFFICIENT).then(|| Number::pack(value < 0, magnitude, 0))
    }

    /// `value * 10^exponent`, for instance an amount of nanoseconds as seconds.
    pub fn from_scaled(value: i128, exponent: i32) -> Option<Number> {
        Number::rounded(value < 0, value.unsigned_abs(), exponent, false)
    }

    /// The integer this number is, or `None` when it has a fraction or does not fit.
    pub fn to_i64(self) -> Option<i64> {
        let parts = self.parts();
        let magnitude = parts.integer()?;
        let signed = i128::try_from(magnitude).ok()?;
        i64::try_from(if parts.negative { -signed } else { signed }).ok()
    }

    /// Without the fraction, rounded towards zero; `None` when it does not fit.
    pub fn truncated_i128(self) -> Option<i128> {
        let parts = self.round(0, Rounding::Down)?.parts();
        let signed = i128::try_from(parts.integer()?).ok()?;
        Some(if parts.negative { -signed } else { signed })
    }

    pub fn is_integer(self) -> bool {
        let parts = self.parts();
        parts.exponent >= 0 || parts.coefficient == 0 || {
            let drop = parts.exponent.unsigned_abs() as usize;
            drop < POWERS.len() && parts.coefficient.is_multiple_of(POWERS[drop])
        }
    }

    pub fn is_zero(self) -> bool {
        self.parts().coefficient == 0
    }

    pub fn is_negative(self) -> bool {
        self.high >> 63 == 1
    }

    const fn pack(negative: bool, coefficient: u128, exponent: i32) -> Number {
        debug_assert!(coefficient <= LARGEST_COEFFICIENT);
        let sign = if negative && coefficient != 0 {
            1 << 63
        } else {
            0
        };
        let biased = (exponent - SMALLEST_EXPONENT) as u64;
        Number {
            high: sign | (biased << 49) | (coefficient >> 64) as u64,
            low: coefficient as u64,
        }
    }

    #[inline]
    const fn parts(self) -> Parts {
        Parts {
            negative: self.high >> 63 == 1,
            coefficient: ((self.high & ((1 << 49) - 1)) as u128) << 64 | self.low as u128,
            exponent: ((self.high >> 49) & 0x3fff) as i32 + SMALLEST_EXPONENT,
        }
    }

    /// Rounds half-even into 34 digits. `sticky` says that digits below the coefficient were
    /// dropped before. `None` on overflow; numbers too small become zero.
    fn rounded(negative: bool, coefficient: u128, exponent: i32, sticky: bool) -> Option<Number> {
        if coefficient <= LARGEST_COEFFICIENT
            && (SMALLEST_EXPONENT..=LARGEST_EXPONENT).contains(&exponent)
            && !sticky
        {
            return Some(Number::pack(negative, coefficient, exponent));
        }
        let excess = (digits(coefficient) as i32 - DIGITS as i32)
            .max(SMALLEST_EXPONENT - exponent)
            .max(0);
        let mut rounded = round_half_even(coefficient, excess as u32, sticky);
        let mut exponent = exponent + excess;
        if rounded > LARGEST_COEFFICIENT {
            rounded /= 10;
            exponent += 1;
        }
        if rounded == 0 {
            return Some(Number::ZERO);
        }
        while exponent > LARGEST_EXPONENT {
            rounded = rounded
                .checked_mul(10)
                .filter(|padded| *padded <= LARGEST_COEFFICIENT)?;
            exponent -= 1;
        }
        Some(Number::pack(negative, rounded, exponent))
    }
}

impl Parts {
    /// The magnitude when it is an integer that fits.
    fn integer(self) -> Option<u128> {
        let shift = self.exponent.unsigned_abs() as usize;
        if self.exponent == 0 || self.coefficient == 0 {
            Some(self.coefficient)
        } else if self.exponent > 0 {
            self.coefficient.checked_mul(*POWERS.get(shift)?)
        } else {
            let power = *POWERS.get(shift)?;
            self.coefficient
                .is_multiple_of(power)
                .then(|| self.coefficient / power)
        }
    }

    /// The same value without trailing zeros in the coefficient; for printing only, as the
    /// exponent may leave the range that `pack` takes.
    fn trimmed(mut self) -> Parts {
        if self.coefficient == 0 {
            return Parts {
                exponent: 0,
                ..self
            };
        }
        while self.coefficient.is_multiple_of(10) {
            self.coefficient /= 10;
            self.exponent += 1;
        }
        self
    }

    fn compare_magnitude(self, other: Parts) -> Ordering {
        if self.exponent == other.exponent || self.coefficient == 0 || other.coefficient == 0 {
            return self.coefficient.cmp(&other.coefficient);
        }
        let (left, right) = (
            digits(self.coefficient) as i32,
            digits(other.coefficient) as i32,
        );
        (left + self.exponent)
            .cmp(&(right + other.exponent))
            .then_with(|| {
                // Equal leading places: the exponents differ by fewer digits than a coefficient has.
                let shift = self.exponent.abs_diff(other.exponent) as usize;
                if self.exponent > other.exponent {
                    (self.coefficient * POWERS[shift]).cmp(&other.coefficient)
                } else {
                    self.coefficient.cmp(&(other.coefficient * POWERS[shift]))
                }
            })
    }
}

/// Decimal digits of `value`; 0 has one.
#[inline]
fn digits(value: u128) -> u32 {
    value.checked_ilog10().map_or(1, |log| log + 1)
}

/// `coefficient / 10^drop`, rounded half-even with `sticky` standing for lost lower digits.
fn round_half_even(coefficient: u128, drop: u32, sticky: bool) -> u128 {
    if drop == 0 {
        return coefficient;
    }
    let Some(power) = POWERS.get(drop as usize) else {
        return 0;
    };
    let (quotient, rest) = (coefficient / power, coefficient % power);
    let up = match rest.cmp(&(power / 2)) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => sticky || quotient % 2 == 1,
    };
    quotient + u128::from(up)
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let (left, right) = (self.parts(), other.parts());
        match (left.negative, right.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => left.compare_magnitude(right),
            (true, true) => right.compare_magnitude(left),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        (self.high == other.high && self.low == other.low) || self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number::from_i64(value)
    }
}

impl std::fmt::Debug for Number {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests;
