//! Rounding to a scale, and roots, powers, exponentials and logarithms. The latter are computed
//! on top of `dashu-float`, rounded to 34 digits; the ranges are checked first, so that no
//! argument makes them slow.

use dashu_float::{
    Context, FBig, Repr,
    round::{
        Rounded,
        mode::{HalfEven, Zero},
    },
};

use super::{DIGITS, LARGEST_EXPONENT, Number, POWERS, Parts, SMALLEST_EXPONENT};

/// What happens to the digits below the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    HalfEven,
    HalfUp,
    HalfDown,
    Up,
    Down,
    Floor,
    Ceiling,
}

impl Number {
    /// Rounds to `scale` digits after the decimal point; a negative scale rounds to tens,
    /// hundreds and so on. `None` when the scale is outside -6111..6176.
    pub fn round(self, scale: i64, rounding: Rounding) -> Option<Number> {
        if !(-i64::from(LARGEST_EXPONENT)..=-i64::from(SMALLEST_EXPONENT)).contains(&scale) {
            return None;
        }
        let parts = self.parts();
        let drop = -(scale as i32) - parts.exponent;
        if drop <= 0 {
            return Some(self);
        }
        // Beyond 38 digits every coefficient is a small fraction of one unit: 1 of 10 stands for it.
        let (quotient, rest, power) = match POWERS.get(drop as usize) {
            Some(power) => (parts.coefficient / power, parts.coefficient % power, *power),
            None => (0, u128::from(parts.coefficient != 0), 10),
        };
        let up = rest != 0
            && match rounding {
                Rounding::Up => true,
                Rounding::Down => false,
                Rounding::Floor => parts.negative,
                Rounding::Ceiling => !parts.negative,
                Rounding::HalfUp => rest >= power / 2,
                Rounding::HalfDown => rest > power / 2,
                Rounding::HalfEven => rest > power / 2 || (rest == power / 2 && quotient % 2 == 1),
            };
        Number::rounded(
            parts.negative,
            quotient + u128::from(up),
            -(scale as i32),
            false,
        )
    }

    /// `None` for negative numbers.
    pub fn sqrt(self) -> Option<Number> {
        if self.is_negative() {
            return None;
        }
        from_float(&context().sqrt(&self.to_repr()).ok()?.value())
    }

    /// e to this power.
    pub fn exp(self) -> Option<Number> {
        // e^14,200 is above 10^6,145 and e^-14,500 below 10^-6,176.
        if self > Number::from_i64(14_200) {
            return None;
        }
        if self < Number::from_i64(-14_500) {
            return Some(Number::ZERO);
        }
        from_float(&exponential(&self.to_repr(), DIGITS as usize)?)
    }

    /// Natural logarithm; `None` unless positive.
    pub fn ln(self) -> Option<Number> {
        if self.is_negative() || self.is_zero() {
            return None;
        }
        from_float(&context().ln(&self.to_repr(), None).ok()?.value())
    }

    /// `self ** exponent`; `None` on overflow, for zero to a negative power and for a negative
    /// base with a fractional exponent. `0 ** 0` is 1.
    pub fn power(self, exponent: Number) -> Option<Number> {
        if exponent.is_zero() || self == Number::ONE {
            return Some(Number::ONE);
        }
        if self.is_zero() {
            return (!exponent.is_negative()).then_some(Number::ZERO);
        }
        let whole = exponent.to_i64();
        if self.is_negative() && whole.is_none() {
            return None;
        }
        // A rough order of the result, so that nothing far out of range is computed.
        let order = self.abs().rough_ln() * exponent.to_f64();
        if order > 14_200.0 {
            return None;
        }
        if order < -14_500.0 {
            return Some(Number::ZERO);
        }
        match whole {
            Some(whole) => from_float(&whole_power(self.to_repr(), whole)?),
            None => from_float(&fractional_power(&self.to_repr(), &exponent.to_repr())?),
        }
    }

    /// The natural logarithm of a positive number, to the precision of a float.
    fn rough_ln(self) -> f64 {
        // Near one the two terms below would cancel each other out.
        if let Some(beyond) = self.checked_sub(Number::ONE)
            && beyond.abs().to_f64() < 0.5
        {
            return beyond.to_f64().ln_1p();
        }
        let parts = self.parts();
        (parts.coefficient as f64).ln() + f64::from(parts.exponent) * std::f64::consts::LN_10
    }

    /// The nearest 64-bit float, for callers whose interfaces have nothing better.
    pub fn to_f64(self) -> f64 {
        let Parts {
            negative,
            coefficient,
            exponent,
        } = self.parts();
        // Text is the exact way there; the standard library rounds it correctly.
        let magnitude: f64 = format!("{coefficient}e{exponent}")
            .parse()
            .unwrap_or(f64::INFINITY);
        if negative { -magnitude } else { magnitude }
    }

    fn to_repr(self) -> Repr<10> {
        let parts = self.parts();
        // At most 34 digits, so the coefficient fits a signed integer.
        let coefficient = parts.coefficient as i128;
        Repr::new(
            (if parts.negative {
                -coefficient
            } else {
                coefficient
            })
            .into(),
            parts.exponent as isize,
        )
    }
}

/// Decimal digits that always fit in 128 bits.
const HELD: usize = 38;

fn context() -> Context<HalfEven> {
    Context::new(DIGITS as usize)
}

/// Digits that powers are computed with. The library's own powers look for ever more digits until
/// it is clear how to round, which for a result halfway between two numbers never ends.
const WIDE: usize = 60;
/// Of those, the digits that are right whatever was lost on the way. A result that has no more
/// digits than these is exact once it is rounded to them, and halfway is halfway again.
const CERTAIN: usize = 50;

/// By squaring, in as many steps as the exponent has bits. Results of up to `WIDE` digits are
/// exact, since none of the products on the way has more.
fn whole_power(base: Repr<10>, exponent: i64) -> Option<FBig<HalfEven, 10>> {
    let context = Context::<HalfEven>::new(WIDE);
    let product = |a: &Repr<10>, b: &Repr<10>| Some(context.mul(a, b).ok()?.value().into_repr());
    let (mut square, mut result) = (base, Repr::one());
    let mut rest = exponent.unsigned_abs();
    loop {
        if rest & 1 == 1 {
            result = product(&result, &square)?;
        }
        rest >>= 1;
        if rest == 0 {
            break;
        }
        square = product(&square, &square)?;
    }
    if exponent < 0 {
        return Some(context.div(&Repr::one(), &result).ok()?.value());
    }
    Some(FBig::from_repr(result, context))
}

/// `exp(exponent * ln(base))`. Neither of the two ever lies halfway, but their product may.
fn fractional_power(base: &Repr<10>, exponent: &Repr<10>) -> Option<FBig<HalfEven, 10>> {
    let context = Context::<HalfEven>::new(WIDE);
    let logarithm = context.ln(base, None).ok()?.value();
    let scaled = context.mul(logarithm.repr(), exponent).ok()?.value();
    let power = exponential(scaled.repr(), WIDE)?;
    Some(power.with_precision(CERTAIN).value())
}

/// e to this power, to so many digits.
fn exponential(power: &Repr<10>, precision: usize) -> Option<FBig<HalfEven, 10>> {
    // So near to zero the result is one; the library would compute it to all the digits between.
    let magnitude = power.digits() as isize + power.exponent();
    if magnitude < -(precision as isize) - 1 {
        return Some(FBig::ONE);
    }
    let context = Context::<HalfEven>::new(precision);
    Some(context.exp(power, None).ok()?.value())
}

fn from_float(float: &FBig<HalfEven, 10>) -> Option<Number> {
    if float.repr().is_infinite() {
        return None;
    }
    // What does not fit in the integer is cut off, and only remembered as being there.
    let cut = float.clone().with_rounding::<Zero>().with_precision(HELD);
    let more = matches!(cut, Rounded::Inexact(..));
    let repr = cut.value().into_repr();
    let coefficient = i128::try_from(repr.significand().clone()).ok()?;
    // Far outside the range of numbers, so that it is cut there.
    let exponent = repr.exponent().clamp(-100_000, 100_000) as i32;
    Number::rounded(coefficient < 0, coefficient.unsigned_abs(), exponent, more)
}

#[cfg(test)]
pub(super) use oracle::{from_oracle, oracle_context};

/// The same operations by the arbitrary-precision crate, for tests to compare with.
#[cfg(test)]
mod oracle {
    use dashu_float::{
        Context, FBig, FpError, Repr,
        round::{Rounded, mode::HalfEven},
    };

    use super::Number;

    impl Number {
        pub(in crate::number) fn oracle(self) -> Repr<10> {
            self.to_repr()
        }
    }

    /// Wide enough for exact sums and products of the numbers in the tests.
    pub(in crate::number) fn oracle_context() -> Context<HalfEven> {
        Context::new(400)
    }

    /// Rounds by way of the text, which is read exactly; the crate itself rounds some sums twice.
    pub(in crate::number) fn from_oracle(
        result: Result<Rounded<FBig<HalfEven, 10>>, FpError>,
    ) -> Option<Number> {
        let exact = result.ok()?.value();
        format!("{}e{}", exact.repr().significand(), exact.repr().exponent())
            .parse()
            .ok()
    }
}
