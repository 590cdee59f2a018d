//! Addition, subtraction, multiplication, division and remainders of decimals, each rounded once,
//! half-even, to 34 digits. `None` means overflow or division by zero.

use super::{DIGITS, Number, POWERS, Parts, digits};

impl Number {
    pub fn checked_add(self, other: Number) -> Option<Number> {
        let (left, right) = (self.parts(), other.parts());
        if left.exponent == right.exponent {
            return add_aligned(left, right, left.exponent);
        }
        if left.exponent > right.exponent {
            add_shifted(left, right)
        } else {
            add_shifted(right, left)
        }
    }

    pub fn checked_sub(self, other: Number) -> Option<Number> {
        self.checked_add(other.negate())
    }

    pub fn negate(self) -> Number {
        let parts = self.parts();
        Number::pack(!parts.negative, parts.coefficient, parts.exponent)
    }

    pub fn abs(self) -> Number {
        if self.is_negative() {
            self.negate()
        } else {
            self
        }
    }

    pub fn checked_mul(self, other: Number) -> Option<Number> {
        let (left, right) = (self.parts(), other.parts());
        let negative = left.negative != right.negative;
        let exponent = left.exponent + right.exponent;
        if let Some(product) = left.coefficient.checked_mul(right.coefficient) {
            return Number::rounded(negative, product, exponent, false);
        }
        let (product, dropped, sticky) =
            Wide::product(left.coefficient, right.coefficient).narrow();
        Number::rounded(negative, product, exponent + dropped as i32, sticky)
    }

    pub fn checked_div(self, other: Number) -> Option<Number> {
        let (left, right) = (self.parts(), other.parts());
        let divisor = right.coefficient;
        if divisor == 0 {
            return None;
        }
        let mut exponent = left.exponent - right.exponent;
        let (mut quotient, mut rest) = (left.coefficient / divisor, left.coefficient % divisor);
        // Long division, as many digits a step as 128 bits hold.
        while rest != 0 {
            let have = digits(quotient);
            if quotient != 0 && have > DIGITS {
                break;
            }
            let room = if quotient == 0 { 38 } else { 38 - have };
            let step = (38 - digits(divisor)).min(room);
            let scaled = rest * POWERS[step as usize];
            quotient = quotient * POWERS[step as usize] + scaled / divisor;
            rest = scaled % divisor;
            exponent -= step as i32;
        }
        let negative = left.negative != right.negative;
        let exact = Parts {
            negative,
            coefficient: quotient,
            exponent,
        };
        // 1/4 is 0.25, not 0.2500…: a quotient that ends keeps no zeros that the steps appended.
        let exact = if rest == 0 && exponent < left.exponent - right.exponent {
            exact.trimmed_to(0)
        } else {
            exact
        };
        Number::rounded(negative, exact.coefficient, exact.exponent, rest != 0)
    }

    /// The remainder of flooring division: it has the sign of the divisor.
    pub fn modulo(self, divisor: Number) -> Option<Number> {
        if divisor.is_zero() {
            return None;
        }
        let rest = self.remainder(divisor)?;
        if rest.is_zero() || rest.is_negative() == divisor.is_negative() {
            Some(rest)
        } else {
            rest.checked_add(divisor)
        }
    }

    /// The remainder of truncating division, exact: both sides are taken to one exponent and the
    /// dividend is reduced digit group by digit group, so no quotient has to fit.
    fn remainder(self, divisor: Number) -> Option<Number> {
        let (left, right) = (self.parts(), divisor.parts());
        let exponent = left.exponent.min(right.exponent);
        let modulus = match POWERS.get((right.exponent - exponent) as usize) {
            Some(power) => right.coefficient.checked_mul(*power),
            None => None,
        };
        let Some(modulus) = modulus.filter(|modulus| digits(*modulus) <= 37) else {
            // The divisor is more than 34 places above the dividend's last digit: when it is also
            // greater, the dividend is its own remainder.
            return (self.abs() < divisor.abs()).then_some(self);
        };
        let mut rest = left.coefficient % modulus;
        let mut places = (left.exponent - exponent) as u32;
        while places > 0 && rest != 0 {
            let step = (38 - digits(modulus)).min(places);
            rest = (rest * POWERS[step as usize]) % modulus;
            places -= step;
        }
        Number::rounded(left.negative, rest, exponent, false)
    }
}

impl Parts {
    /// Drops trailing zeros of the coefficient while the exponent is below `limit`.
    pub(super) fn trimmed_to(mut self, limit: i32) -> Parts {
        while self.exponent < limit && self.coefficient.is_multiple_of(10) && self.coefficient != 0
        {
            self.coefficient /= 10;
            self.exponent += 1;
        }
        self
    }
}

fn add_aligned(left: Parts, right: Parts, exponent: i32) -> Option<Number> {
    if left.negative == right.negative {
        return Number::rounded(
            left.negative,
            left.coefficient + right.coefficient,
            exponent,
            false,
        );
    }
    let negative = if left.coefficient >= right.coefficient {
        left.negative
    } else {
        right.negative
    };
    Number::rounded(
        negative,
        left.coefficient.abs_diff(right.coefficient),
        exponent,
        false,
    )
}

/// `upper` has the greater exponent. It is scaled up as far as 37 digits allow; what is then left
/// of the distance is cut off `lower`, and remembered as sticky.
fn add_shifted(upper: Parts, lower: Parts) -> Option<Number> {
    if upper.coefficient == 0 {
        return Number::rounded(lower.negative, lower.coefficient, lower.exponent, false);
    }
    let distance = (upper.exponent - lower.exponent) as u32;
    let up = distance.min(37 - digits(upper.coefficient));
    let high = upper.coefficient * POWERS[up as usize];
    let down = (distance - up) as usize;
    let (low, sticky) = match POWERS.get(down) {
        Some(power) => (
            lower.coefficient / power,
            !lower.coefficient.is_multiple_of(*power),
        ),
        None => (0, lower.coefficient != 0),
    };
    let exponent = upper.exponent - up as i32;
    if upper.negative == lower.negative {
        Number::rounded(upper.negative, high + low, exponent, sticky)
    } else if high >= low {
        // With a sticky rest the true difference lies just below; borrow one unit for it.
        Number::rounded(
            upper.negative,
            high - low - u128::from(sticky),
            exponent,
            sticky,
        )
    } else {
        Number::rounded(lower.negative, low - high, exponent, sticky)
    }
}

/// A 256-bit product, in 64-bit words, least significant first.
struct Wide([u64; 4]);

impl Wide {
    fn product(left: u128, right: u128) -> Wide {
        let halves = |value: u128| [value as u64, (value >> 64) as u64];
        let (left, right) = (halves(left), halves(right));
        let mut words = [0u64; 4];
        for (i, a) in left.iter().enumerate() {
            let mut carry = 0u128;
            for (j, b) in right.iter().enumerate() {
                let sum = *a as u128 * *b as u128 + words[i + j] as u128 + carry;
                words[i + j] = sum as u64;
                carry = sum >> 64;
            }
            words[i + 2] = carry as u64;
        }
        Wide(words)
    }

    /// Divides in place, giving the remainder.
    fn divide_by(&mut self, divisor: u64) -> u64 {
        let mut rest = 0u128;
        for word in self.0.iter_mut().rev() {
            let part = rest << 64 | *word as u128;
            *word = (part / divisor as u128) as u64;
            rest = part % divisor as u128;
        }
        rest as u64
    }

    /// Cuts decimal digits off until 128 bits hold the value: (value, digits cut, whether any of
    /// them was not zero). At least 36 digits stay, so rounding afterwards is still exact.
    fn narrow(mut self) -> (u128, u32, bool) {
        let (mut dropped, mut sticky) = (0, false);
        while self.0[2] != 0 || self.0[3] != 0 {
            // One step may cut few digits near the end, so that precision is not lost.
            let step = if self.0[3] != 0 {
                16
            } else if self.0[2] >> 32 != 0 {
                9
            } else {
                1
            };
            sticky |= self.divide_by(10u64.pow(step)) != 0;
            dropped += step;
        }
        (
            (self.0[1] as u128) << 64 | self.0[0] as u128,
            dropped,
            sticky,
        )
    }
}
