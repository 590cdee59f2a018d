//! Tables and laws of decimal arithmetic.

use proptest::prelude::*;

use super::{Number, Rounding};

fn number(text: &str) -> Number {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn literals_print_in_their_shortest_form() {
    let cases = [
        ("0", "0"),
        ("-0", "0"),
        ("1.50", "1.5"),
        (".5", "0.5"),
        ("-12.345", "-12.345"),
        ("100", "100"),
        ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("0.000", "0"),
        ("1e40", "10000000000000000000000000000000000000000"),
        ("1e41", "1e41"),
        ("12e41", "1.2e42"),
        ("1e-42", "1e-42"),
        (
            "1234567890123456789012345678901234",
            "1234567890123456789012345678901234",
        ),
        (
            "12345678901234567890123456789012345",
            "12345678901234567890123456789012340",
        ),
        (
            "0.12345678901234567890123456789012345",
            "0.1234567890123456789012345678901234",
        ),
        (
            "99999999999999999999999999999999999",
            "100000000000000000000000000000000000",
        ),
        ("1e6144", "1e6144"),
        ("1e-7000", "0"),
    ];
    for (text, printed) in cases {
        assert_eq!(number(text).to_string(), printed, "{text}");
    }
}

#[test]
fn texts_that_are_not_numbers_are_refused() {
    for text in [
        "",
        "-",
        ".",
        "1.",
        "1e",
        "1e+",
        "abc",
        "1 2",
        "0x10",
        "NaN",
        "1e6145",
        "1e99999999999999999999",
    ] {
        assert!(text.parse::<Number>().is_err(), "{text}");
    }
}

#[test]
fn arithmetic_is_exact_or_rounded_once() {
    let cases = [
        ("0.1", '+', "0.2", "0.3"),
        ("1", '/', "3", "0.3333333333333333333333333333333333"),
        ("2", '/', "3", "0.6666666666666666666666666666666667"),
        ("1", '/', "4", "0.25"),
        ("10", '/', "4", "2.5"),
        ("1e10", '/', "4", "2500000000"),
        ("1", '-', "0.9", "0.1"),
        ("1e32", '+', "0.1", "100000000000000000000000000000000.1"),
        ("1e34", '+', "1e-10", "10000000000000000000000000000000000"),
        ("1e34", '-', "1e-10", "10000000000000000000000000000000000"),
        ("1e6000", '-', "1", "1e6000"),
        (
            "9999999999999999999999999999999999",
            '*',
            "9999999999999999999999999999999999",
            "99999999999999999999999999999999980000000000000000000000000000000000",
        ),
        (
            "123456789012345678901234567890",
            '*',
            "1.1",
            "135802467913580246791358024679",
        ),
        ("10", '%', "3", "1"),
        ("-10", '%', "3", "2"),
        ("10", '%', "-3", "-2"),
        ("10.1", '%', "4.5", "1.1"),
        ("1e30", '%', "7", "1"),
        ("2", '^', "10", "1024"),
        ("2", '^', "-1", "0.5"),
        ("2", '^', "0.5", "1.414213562373095048801688724209698"),
        ("3", '^', "1024", "3.733918487410200435329597541848666e488"),
        ("-2", '^', "3", "-8"),
        // Halfway between two numbers of 34 digits, where searching for more digits never ends.
        (
            "2",
            '^',
            "-49",
            "0.000000000000001776356839400250464677810668945312",
        ),
        (
            "0.5",
            '^',
            "50",
            "0.0000000000000008881784197001252323389053344726562",
        ),
        ("5", '^', "50", "88817841970012523233890533447265620"),
        ("1.05", '^', "17", "2.292018317801032401637344360351562"),
        (
            "343.732860125",
            '^',
            "3",
            "40612820.83554353177518582781445312",
        ),
        (
            "4",
            '^',
            "-24.5",
            "0.000000000000001776356839400250464677810668945312",
        ),
        ("25", '^', "24.5", "17763568394002504646778106689453120"),
        ("1.1025", '^', "8.5", "2.292018317801032401637344360351562"),
        ("4", '^', "-0.5", "0.5"),
        ("-1.5", '^', "87", "-2089005280842390.92377047522013369"),
        ("-1", '^', "9223372036854775807", "-1"),
        (
            "1.000000000000000000000000000000001",
            '^',
            "1000000000000000000",
            "1.0000000000000010000000000000005",
        ),
        (
            "0.99999999999999999",
            '^',
            "900000000000000000",
            "0.0001234098040866795439441955068294542",
        ),
        ("1e-6176", '^', "0.5", "1e-3088"),
        ("2", '^', "1e-6000", "1"),
    ];
    for (left, operator, right, expected) in cases {
        let (left_number, right_number) = (number(left), number(right));
        let result = match operator {
            '+' => left_number.checked_add(right_number),
            '-' => left_number.checked_sub(right_number),
            '*' => left_number.checked_mul(right_number),
            '/' => left_number.checked_div(right_number),
            '%' => left_number.modulo(right_number),
            _ => left_number.power(right_number),
        };
        assert_eq!(
            result.map(|result| result.to_string()).as_deref(),
            Some(expected),
            "{left} {operator} {right}"
        );
    }
}

#[test]
fn what_has_no_value_is_none() {
    assert_eq!(Number::ONE.checked_div(Number::ZERO), None);
    assert_eq!(Number::ONE.modulo(Number::ZERO), None);
    assert_eq!(number("1e6144").checked_mul(number("10")), None);
    assert_eq!(number("9e6144").checked_add(number("9e6144")), None);
    assert_eq!(number("-2").power(number("0.5")), None);
    assert_eq!(Number::ZERO.power(number("-1")), None);
    assert_eq!(number("10").power(number("1e30")), None);
    assert_eq!(number("-1").sqrt(), None);
    assert_eq!(Number::ZERO.ln(), None);
    assert_eq!(number("1e30").exp(), None);
    assert_eq!(number("-1e30").exp(), Some(Number::ZERO));
    assert_eq!(number("-1.1").power(number("99999999999999999")), None);
    assert_eq!(number("0.1").power(number("9e18")), Some(Number::ZERO));
}

#[test]
fn functions_give_34_digits() {
    assert_eq!(
        number("2").sqrt().map(|root| root.to_string()).as_deref(),
        Some("1.414213562373095048801688724209698")
    );
    assert_eq!(
        number("1").exp().map(|e| e.to_string()).as_deref(),
        Some("2.718281828459045235360287471352662")
    );
    assert_eq!(number("-1e-6176").exp(), Some(Number::ONE));
    assert_eq!(
        number("10").ln().map(|ln| ln.to_string()).as_deref(),
        Some("2.302585092994045684017991454684364")
    );
}

#[test]
fn rounding_modes() {
    use Rounding::{Ceiling, Down, Floor, HalfDown, HalfEven, HalfUp, Up};
    let cases = [
        ("2.5", 0, HalfEven, "2"),
        ("3.5", 0, HalfEven, "4"),
        ("-2.5", 0, HalfEven, "-2"),
        ("2.5", 0, HalfUp, "3"),
        ("-2.5", 0, HalfUp, "-3"),
        ("2.5", 0, HalfDown, "2"),
        ("2.51", 0, HalfDown, "3"),
        ("2.1", 0, Up, "3"),
        ("-2.1", 0, Up, "-3"),
        ("-2.9", 0, Down, "-2"),
        ("-1.5", 0, Floor, "-2"),
        ("-1.5", 0, Ceiling, "-1"),
        ("1.126", 2, HalfUp, "1.13"),
        ("1234", -2, HalfUp, "1200"),
        ("1e-100", 0, Up, "1"),
        ("1e-100", 0, HalfUp, "0"),
    ];
    for (text, scale, rounding, expected) in cases {
        let rounded = number(text)
            .round(scale, rounding)
            .map(|rounded| rounded.to_string());
        assert_eq!(
            rounded.as_deref(),
            Some(expected),
            "{text} to {scale} {rounding:?}"
        );
    }
}

prop_compose! {
    fn any_number()(coefficient in -(10i128.pow(34) - 1)..10i128.pow(34), exponent in -60i32..60) -> Number {
        Number::from_scaled(coefficient, exponent).unwrap_or(Number::ZERO)
    }
}

proptest! {
    #[test]
    fn integers_agree_with_machine_arithmetic(left in -(1i64 << 40)..(1i64 << 40), right in -(1i64 << 20)..(1i64 << 20)) {
        let (a, b) = (Number::from_i64(left), Number::from_i64(right));
        prop_assert_eq!(a.checked_add(b), Some(Number::from_i64(left + right)));
        prop_assert_eq!(a.checked_mul(b), Some(Number::from_i64(left * right)));
        prop_assert_eq!(a.cmp(&b), left.cmp(&right));
        if right != 0 {
            prop_assert_eq!(a.modulo(b), Some(Number::from_i64(left - right * (left as f64 / right as f64).floor() as i64)));
        }
    }

    #[test]
    fn printing_and_reading_is_the_identity(value in any_number()) {
        prop_assert_eq!(value.to_string().parse(), Ok(value));
    }

    #[test]
    fn addition_and_multiplication_commute(left in any_number(), right in any_number()) {
        prop_assert_eq!(left.checked_add(right), right.checked_add(left));
        prop_assert_eq!(left.checked_mul(right), right.checked_mul(left));
        prop_assert_eq!(left.checked_sub(right), right.checked_sub(left).map(Number::negate));
    }

    #[test]
    fn arithmetic_agrees_with_an_arbitrary_precision_oracle(left in any_number(), right in any_number()) {
        let context = super::functions::oracle_context();
        let (a, b) = (left.oracle(), right.oracle());
        prop_assert_eq!(left.checked_add(right), super::functions::from_oracle(context.add(&a, &b)));
        prop_assert_eq!(left.checked_mul(right), super::functions::from_oracle(context.mul(&a, &b)));
        if !right.is_zero() {
            prop_assert_eq!(left.checked_div(right), super::functions::from_oracle(context.div(&a, &b)));
        }
    }

    #[test]
    fn whole_powers_are_rounded_once(coefficient in -100_000i64..100_000, scale in 0i32..5, exponent in 1i64..60) {
        let base = Number::from_scaled(coefficient.into(), -scale).expect("in range");
        let context = super::functions::oracle_context();
        let exact = (1..exponent).try_fold(base.oracle(), |product, _| {
            context.mul(&product, &base.oracle()).map(|product| product.value().into_repr())
        });
        let expected = super::functions::from_oracle(exact.and_then(|exact| context.add(&exact, &Number::ZERO.oracle())));
        prop_assert_eq!(base.power(Number::from_i64(exponent)), expected);
    }

    #[test]
    fn roots_undo_powers(coefficient in 1i64..100_000_000, exponent in 0i64..40) {
        // The square root of a square, to a half-integer power, is a whole power.
        let base = Number::from_i64(coefficient).checked_div(Number::from_i64(1000)).expect("a fraction");
        let square = base.checked_mul(base).expect("in range");
        let half = Number::from_i64(2 * exponent + 1).checked_div(Number::from_i64(2)).expect("a half");
        prop_assert_eq!(square.power(half), base.power(Number::from_i64(2 * exponent + 1)));
    }

    #[test]
    fn remainders_lie_between_zero_and_the_divisor(left in any_number(), right in any_number()) {
        if let Some(rest) = left.modulo(right) {
            prop_assert!(rest.abs() <= right.abs());
            prop_assert!(rest.is_zero() || rest.is_negative() == right.is_negative());
        }
    }
}
